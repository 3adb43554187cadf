"""The running account as the recorder sees it (`leansim.results.recorder.RunView`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from leansim.account import quotes
from leansim.account.margin import ReservedBuyingPowerForPositionParameters
from leansim.api.instant import Closings, closings
from leansim.api.naming import pascal
from leansim.api.time_zones import NS_PER_DAY, aware_utc
from leansim.feed.delistings import end_of_trading
from leansim.feed.phases import NEVER
from leansim.numbers import ZERO, dec
from leansim.results.market import Followed, MarketBars, MarketNow
from leansim.results.recorder import HoldingView, ModelNames, TradeRecord
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.instant import Instant
    from leansim.api.securities import Security
    from leansim.api.symbols import Symbol
    from leansim.api.workings import Workings

# what the class itself does, without the call of Python's that a named tuple's constructor is
_MARKET_NOW: Final[Callable[[tuple[int, Instant, Followed]], MarketNow]] = partial(tuple.__new__, MarketNow)
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_DATE = "%Y-%m-%dT%H:%M:%SZ"


class AccountView:
    """Reads the account of a run. Instants are int64 ns UTC, amounts in account currency.

    Attributes:
        last_equity: the account's value when it was last asked for, which is at the end of each step.

    """

    def __init__(self, workings: Workings, start_ns: int, end_ns: int) -> None:
        self._workings = workings
        self._start_ns = start_ns
        self._end_ns = end_ns
        self.last_equity = workings.portfolio._total_portfolio_value

    def move_to(self, workings: Workings) -> None:
        """Read another process of the same run from here on."""
        self._workings = workings

    @property
    def utc_ns(self) -> int:
        """The frontier."""
        return self._workings.clock.ns

    @property
    def start_ns(self) -> int:
        """Start date of the algorithm."""
        return self._start_ns

    @property
    def end_ns(self) -> int:
        """End date of the algorithm."""
        return self._end_ns

    @property
    def is_warming_up(self) -> bool:
        """Whether the warm-up goes on."""
        return self._workings.is_warming_up

    @property
    def equity(self) -> Decimal:
        """Total portfolio value."""
        self.last_equity = self._workings.portfolio._total_portfolio_value
        return self.last_equity

    @property
    def unrealized_profit(self) -> Decimal:
        """Total unrealized profit."""
        return self._workings.portfolio._total_unrealized_profit

    @property
    def total_fees(self) -> Decimal:
        """Fees paid so far."""
        return self._workings.portfolio._total_fees

    @property
    def net_profit(self) -> Decimal:
        """Total net profit."""
        return dec(self._workings.portfolio.total_net_profit)

    @property
    def holdings_value(self) -> Decimal:
        """Total value of the holdings, unsigned."""
        return dec(self._workings.portfolio.total_holdings_value)

    @property
    def sale_volume(self) -> Decimal:
        """Total sale volume since the start."""
        return self._workings.portfolio._total_sale_volume

    @property
    def currency_symbol(self) -> str:
        """Symbol of the account currency."""
        book = self._workings.portfolio.cash_book
        return str(book[book.account_currency].currency_symbol)

    @property
    def trading_days_per_year(self) -> int:
        """LEAN's setting."""
        return self._workings.settings.trading_days_per_year or 252

    def benchmark(self, _: int) -> Decimal:
        """Value of the benchmark now."""
        return self._workings.benchmark_value()

    def risk_free_rate(self, times_ns: Sequence[int]) -> Decimal:
        """Average of the risk-free interest rate over the given instants, as a fraction."""
        # LEAN looks the rate up by the UTC date of each sample.
        days = Counter(ns // NS_PER_DAY for ns in times_ns)
        rates = self._workings.data.interest_rates
        total = sum((rates.rate(aware_utc(day * NS_PER_DAY).date()) * count for day, count in days.items()), ZERO)
        return total / len(times_ns) if times_ns else ZERO

    def holdings(self) -> Iterable[HoldingView]:
        """Every security that was ever looked at, in the order they were added."""
        for security in self._workings.securities._made():
            holding = security.holdings
            yield HoldingView(
                security.symbol, pascal(str(security.type)), holding._holdings_value, holding._total_sale_volume
            )

    def market_now(self, symbols: Iterable[Symbol]) -> MarketNow:
        """This step, to ask for its bars later; of these securities those only the engine follows are kept now."""
        step = self._workings.current_slice
        assert step is not None, "a step is over"
        followed: Followed = {}
        for symbol in symbols:
            bar = self._followed_bar(symbol)
            if bar is not None:
                followed[symbol] = bar
        instant = step._instant
        return _MARKET_NOW((instant.ns, instant, followed))

    def market_bars(self, symbols: Sequence[Symbol], steps: Sequence[MarketNow]) -> dict[Symbol, MarketBars]:
        """The bars securities had in some steps, trades first."""
        closes = closings([step.instant for step in steps], symbols)
        found = {symbol: MarketBars(*figures) for symbol, figures in closes.items()}
        for at, step in enumerate(steps):
            for symbol, followed in step.followed.items():
                if symbol not in found:
                    found[symbol] = MarketBars(*Closings.none(len(steps)))
                bars = found[symbol]
                if bars.close[at] != bars.close[at]:
                    bars.close[at], bars.volume[at], bars.period_ns[at] = followed
        return found

    def _followed_bar(self, symbol: Symbol) -> tuple[float, float, int] | None:
        """The trade bar that ends now of a security only the engine follows, such as a mapped contract."""
        feed = self._workings.feed
        if not feed.is_subscribed(symbol) or not feed.request_of(symbol).internal:
            return None
        security = self._workings.securities._known(symbol)
        if security is None:
            return None
        bar = security.cache._last_trade
        if bar is None or bar.end_ns != self._workings.clock.ns:
            return None
        return float(bar.close), float(bar.volume), bar.period_ns

    def last_bar_ns(self, symbol: Symbol) -> int:
        """An instant after which a security has no bars any more: two days (of any zone) after its last."""
        last = end_of_trading(symbol, self._workings.data.map_files)
        return NEVER if last is None else (last.toordinal() - _EPOCH_ORDINAL + 2) * NS_PER_DAY

    def trade_records(self) -> list[TradeRecord]:
        """What each closed position earned, in time order."""
        records = self._workings.transactions._records
        return [TradeRecord(ns, profit, is_win) for ns, (profit, is_win) in sorted(records.items())]

    def multiplier(self, symbol: Symbol) -> Decimal:
        """Contract multiplier."""
        return dec(self._security(symbol).symbol_properties.contract_multiplier)

    def conversion_rate(self, symbol: Symbol) -> Decimal:
        """Rate of the security's quote currency."""
        return quotes.conversion_rate(self._workings.securities[symbol])

    def reserved_buying_power(self, symbol: Symbol) -> Decimal:
        """Buying power the position uses, times the leverage."""
        security = self._security(symbol)
        parameters = ReservedBuyingPowerForPositionParameters(security)
        reserved = call(security.buying_power_model, "get_reserved_buying_power_for_position", parameters)
        return dec(reserved.absolute_used_buying_power) * dec(security.leverage)

    def invested(self, symbol: Symbol) -> bool:
        """Whether a quantity of the security is held."""
        return bool(self._security(symbol).invested)

    def _security(self, symbol: Symbol) -> Security:
        """A security, also one that has left the run."""
        securities, feed = self._workings.securities, self._workings.feed
        return securities._known(symbol) or feed.removed_security(symbol) or securities[symbol]

    def models_of(self, symbols: Iterable[Symbol]) -> ModelNames:
        """Class names of the models the securities are traded with."""
        securities = [self._security(symbol) for symbol in symbols]
        return ModelNames(
            brokerage=type(self._workings.brokerage_model).__name__,
            fill=sorted({type(security.fill_model).__name__ for security in securities}),
            fee=sorted({type(security.fee_model).__name__ for security in securities}),
        )


def configuration(workings: Workings) -> dict[str, Any]:
    """LEAN's ``algorithmConfiguration`` of a run."""
    return {
        "name": workings.name,
        "tags": list(workings.tags),
        "accountCurrency": workings.portfolio.cash_book.account_currency,
        "brokerage": int(workings.brokerage_name),
        "accountType": int(getattr(workings.brokerage_model, "account_type", 0)),
        "parameters": dict(workings.parameters),
        "outOfSampleMaxEndDate": None,
        "outOfSampleDays": 0,
        "startDate": workings.start_date.strftime(_DATE),
        "endDate": workings.end_date.strftime(_DATE),
        "tradingDaysPerYear": workings.settings.trading_days_per_year,
    }

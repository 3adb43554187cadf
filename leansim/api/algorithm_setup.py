"""What an algorithm says in ``initialize``: dates, cash, time zone, brokerage, benchmark, warm-up, initializers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from leansim.api.enums import AccountType, BrokerageName, Resolution, SecurityType
from leansim.api.interest_rates import InterestRateProvider
from leansim.api.net import ArgumentException, ArgumentOutOfRangeException
from leansim.api.python_models import implementing
from leansim.api.symbols import Market, Symbol, SymbolCache
from leansim.api.time_zones import CachedDateTimeZone, to_ns, zone
from leansim.errors import NotEmulated
from leansim.trading.brokerage_names import brokerage_model

if TYPE_CHECKING:
    from leansim.api.workings import Workings

ONE_DAY = timedelta(days=1)
# .NET's last tick of a day, as Python sees it.
LAST_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)


class SetupMethods:
    """Mixin of ``QCAlgorithm``: what is fixed before the run begins."""

    _leansim: Workings

    # ---- dates

    def set_start_date(self, *arguments: Any, **named: Any) -> None:
        """``(year, month, day)`` or a date; its midnight in the algorithm's time zone."""
        start = _date(arguments, named, "start")
        if start < datetime(1900, 1, 1):
            raise ArgumentOutOfRangeException("Please select a start date after January 1st, 1900.")
        if start > self._leansim.today():
            raise ArgumentOutOfRangeException("Please select start date less than today")
        self._leansim.must_not_be_locked("SetStartDate")
        self._leansim.start_date = start
        self._leansim.clock.advance(self._leansim.time_zone.to_utc_ns(to_ns(start)))

    def set_end_date(self, *arguments: Any, **named: Any) -> None:
        """``(year, month, day)`` or a date, to its last instant; yesterday at the latest."""
        self._leansim.must_not_be_locked("SetEndDate")
        end = min(_date(arguments, named, "end"), self._leansim.today() - ONE_DAY)
        self._leansim.end_date = end + LAST_OF_DAY

    def set_time_zone(self, time_zone: str | CachedDateTimeZone) -> None:
        """The time zone of ``time`` and of the schedule; the start date keeps its local date."""
        self._leansim.must_not_be_locked("SetTimeZone")
        if isinstance(time_zone, str):
            try:
                time_zone = zone(time_zone)
            except ValueError:
                raise ArgumentException(f"TimeZone with id '{time_zone}' was not found.") from None
        workings = self._leansim
        workings.time_zone = time_zone
        workings.schedule.date_rules.set_default_time_zone(time_zone)
        workings.schedule.time_rules.set_default_time_zone(time_zone)
        workings.clock.advance(time_zone.to_utc_ns(to_ns(workings.start_date)))

    # ---- money

    def set_cash(self, *arguments: Any, **named: Any) -> None:
        """``(amount)`` of the account's currency, or ``(currency, amount[, conversion_rate])``."""
        self._leansim.must_not_be_locked("SetCash")
        parts = [*arguments, *named.values()]
        if not parts or any(isinstance(part, bool) for part in parts):
            raise TypeError("No method matches given arguments for SetCash")
        if isinstance(parts[0], str):
            if parts[0] != self._leansim.portfolio.cash_book.account_currency:
                raise NotEmulated("QCAlgorithm.set_cash of another currency")
            parts = parts[1:]
        self._leansim.portfolio.set_cash(parts[0])

    def set_account_currency(self, account_currency: str, starting_cash: float | None = None) -> None:
        """The account's currency, and the cash there is of it."""
        self._leansim.must_not_be_locked("SetAccountCurrency")
        self._leansim.portfolio.set_account_currency(account_currency, starting_cash)

    # ---- the market's other side

    def set_brokerage_model(
        self,
        brokerage: BrokerageName | Any | None = None,
        account_type: AccountType = AccountType.MARGIN,
        model: Any | None = None,
    ) -> None:
        """A brokerage's name, or a model (LEAN's or one written in Python)."""
        given = model if model is not None else brokerage
        workings = self._leansim
        if isinstance(given, BrokerageName):
            workings.brokerage_name = given
            given = brokerage_model(given, account_type)
        workings.set_brokerage_model(implementing("IBrokerageModel", given))

    def set_brokerage_message_handler(self, handler: Any) -> None:
        """Who decides what a brokerage's message means; there are none in a backtest."""
        self._leansim.brokerage_message_handler = handler

    def set_benchmark(self, *arguments: Any, **named: Any) -> None:
        """A symbol, a ticker, a function of the time, or ``(security_type, ticker)``."""
        self._leansim.must_not_be_locked("SetBenchmark")
        parts = [*arguments, *named.values()]
        if len(parts) == 2 and isinstance(parts[0], SecurityType):
            parts = [Symbol.create(parts[1], parts[0], Market.USA)]
        if len(parts) != 1:
            raise TypeError("No method matches given arguments for SetBenchmark")
        benchmark = parts[0]
        if isinstance(benchmark, str):
            known = SymbolCache._get_or_none(benchmark)
            if known is None:
                self._leansim.algorithm.debug(
                    f"Warning: SetBenchmark({benchmark}): no existing symbol found, "
                    "benchmark security will be added with Equity type."
                )
                known = Symbol.create(benchmark, SecurityType.EQUITY, Market.USA)
            benchmark = known
        self._leansim.set_benchmark(benchmark)

    def set_security_initializer(self, security_initializer: Any) -> None:
        """What is done to each new security, instead of the brokerage model's initializer."""
        self._leansim.must_not_be_locked("SetSecurityInitializer")
        self._leansim.user_initializers = [security_initializer]
        self._leansim.replaces_brokerage_initializer = True

    @property
    def security_initializer(self) -> Any:
        """What is done to each new security: the algorithm's own, else the brokerage model's."""
        return self._leansim.security_initializer

    def add_security_initializer(self, security_initializer: Any) -> None:
        """What is done to each new security after the initializers before it."""
        self._leansim.must_not_be_locked("AddSecurityInitializer")
        self._leansim.user_initializers.append(security_initializer)

    @property
    def risk_free_interest_rate_model(self) -> InterestRateProvider:
        """Where the risk-free rate comes from."""
        return InterestRateProvider(self._leansim.data.interest_rates)

    # ---- warm-up

    def set_warm_up(
        self, period: int | timedelta | None = None, resolution: Resolution | None = None, **named: Any
    ) -> None:
        """Begin that many bars, or that long, before the start date; ``(bar_count | time_span[, resolution])``."""
        self._leansim.must_not_be_locked("SetWarmup")
        for name in ("bar_count", "time_span"):
            period = named.pop(name, period)
        if named or isinstance(period, (bool, float)) or period is None:
            raise TypeError("No method matches given arguments for SetWarmUp")
        self._leansim.warm_up = period
        self._leansim.settings.warmup_resolution = resolution

    set_warmup = set_warm_up

    def set_finished_warming_up(self) -> None:
        """The engine's own switch; an algorithm has no use for it."""
        self._leansim.is_warming_up = False


def _date(arguments: tuple[Any, ...], named: dict[str, Any], name: str) -> datetime:
    in_order = [key for key in ("year", "month", "day", "start", "end") if key in named]
    if len(in_order) < len(named):
        raise TypeError(f"No method matches given arguments for Set{name.capitalize()}Date")
    parts = [*arguments, *(named[key] for key in in_order)]
    if len(parts) == 3 and all(isinstance(part, int) for part in parts):
        try:
            return datetime(*parts)
        except ValueError as error:
            raise ArgumentException(f"Date Invalid: {error}") from None
    if len(parts) == 1 and isinstance(parts[0], date):
        return datetime(parts[0].year, parts[0].month, parts[0].day)
    raise TypeError(f"No method matches given arguments for Set{name.capitalize()}Date")

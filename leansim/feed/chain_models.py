"""What an option chain asks of the feed: its underlying, and volatilities and greeks of all its contracts at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from leansim.api.chains import ModelValues, OptionChain, StepColumns, last_of
from leansim.api.enums import OptionRight, OptionStyle, SecurityType, TickType
from leansim.api.instant import Instant, Move
from leansim.api.option_symbols import OptionSymbol
from leansim.api.price_models import IndicatorBasedOptionPriceModel, QLOptionPriceModel, default_price_model
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_DAY, to_ns
from leansim.feed.dividend_yields import DividendYield
from leansim.feed.own_price_models import OwnValues, own_values, row_of
from leansim.pricing.lean_greeks import OptionModelValues
from leansim.pricing.quantlib_greeks import QuantLibModelValues

if TYPE_CHECKING:
    from leansim.api.securities import Security, SecurityManager
    from leansim.clock import TimeKeeper
    from leansim.feed.stream_factory import StreamFactory
    from leansim.feed.tape import Tape
    from leansim.lean_data.exchange_hours import SecurityExchangeHours
    from leansim.lean_data.folder import DataFolder

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

_YEAR_NS: Final = 365.0 * NS_PER_DAY
_TINY: Final = 1e-12
# how many instants are computed together at most
_MOST: Final = 128


@dataclass(frozen=True)
class _Contracts:
    """What never changes of a list of contracts; ``mirror``: where the other right of the same strike is, or -1."""

    symbols: list[Symbol]
    strike: Floats
    is_call: npt.NDArray[np.bool_]
    settlement: Int64s
    mirror: Int64s

    @classmethod
    def of(cls, symbols: list[Symbol]) -> _Contracts:
        settles: dict[Any, int] = {}
        places: dict[tuple[Any, Any, OptionRight], int] = {}
        keys = []
        settlement = np.empty(len(symbols), dtype=np.int64)
        for i, symbol in enumerate(symbols):
            sid = symbol.id
            expiry = sid.date
            if expiry not in settles:
                settles[expiry] = to_ns(OptionSymbol.get_settlement_date_time(symbol))
            settlement[i] = settles[expiry]
            keys.append((expiry, sid._exact_strike, sid.option_right))
            places[keys[-1]] = i
        other = {OptionRight.CALL: OptionRight.PUT, OptionRight.PUT: OptionRight.CALL}
        mirror = np.array([places.get((e, k, other[r]), -1) for e, k, r in keys], dtype=np.int64)
        strike = np.array([float(k) for _, k, _ in keys], dtype=np.float64)
        return cls(symbols, strike, np.array([r == OptionRight.CALL for _, _, r in keys]), settlement, mirror)


class _Ahead:
    """The model of a chain at several instants, computed together: much cheaper per instant than one by one.

    Which instants an algorithm will ask for is guessed from the ones it has asked for; what lies ahead is not shown
    before its time.
    """

    def __init__(self, tape: Tape, symbols: list[Symbol], first: int, size: int, values: ModelValues) -> None:
        self.tape = tape
        self.symbols = symbols
        self.first = first
        self.size = size
        self.values = values
        self.last = first

    def covers(self, tape: Tape, symbols: list[Symbol], step: int) -> bool:
        """Whether an instant of a chain is among them."""
        return self.tape is tape and self.symbols is symbols and self.first <= step < self.first + self.size

    def follows(self, tape: Tape, step: int) -> bool:
        """Whether an instant is the one after the last that was asked for."""
        return _is_next(self.tape, self.last, tape, step)


def _is_next(tape: Tape, step: int, later: Tape, step_of_later: int) -> bool:
    """Whether an instant is the one after another, or the first after the last of a day."""
    if tape is later:
        return step_of_later == step + 1
    return step_of_later == 1 and step == tape.steps - 1


class _AtInstant:
    """One instant of a model computed for several."""

    def __init__(self, values: ModelValues, row: int) -> None:
        self._values = values
        self._row = row

    def _of(self, name: str) -> Floats:
        values: Floats = getattr(self._values, name)[self._row]
        return values

    implied_volatility = property(lambda self: self._of("implied_volatility"))
    theoretical_price = property(lambda self: self._of("theoretical_price"))
    delta = property(lambda self: self._of("delta"))
    gamma = property(lambda self: self._of("gamma"))
    vega = property(lambda self: self._of("vega"))
    theta = property(lambda self: self._of("theta"))
    theta_per_day = property(lambda self: self._of("theta_per_day"))
    rho = property(lambda self: self._of("rho"))


class ChainModels:
    """LEAN's default price model over whole chains."""

    def __init__(
        self, folder: DataFolder, securities: SecurityManager, clock: TimeKeeper, streams: StreamFactory
    ) -> None:
        self._folder = folder
        self._securities = securities
        self._clock = clock
        self._streams = streams
        self._contracts: dict[Symbol, _Contracts] = {}
        self._yields: dict[Symbol, DividendYield] = {}
        self._ahead: dict[tuple[Symbol, Any], _Ahead] = {}
        # at which instant greeks of a chain were looked at last
        self._asked: dict[Symbol, tuple[Tape, int]] = {}
        # of each chain: its contracts, how many securities there were, and those among the contracts
        self._made: dict[Symbol, tuple[list[Symbol], int, dict[int, Any]]] = {}

    def underlying_of(self, canonical: Symbol, instant: Instant) -> Any:
        """The underlying's data point of this instant, else its last one; ``None`` when there is none yet."""
        underlying = canonical.underlying
        assert underlying is not None
        bar = last_of(instant, underlying)
        if bar is not None:
            return bar
        security: Security | None = self._securities.get(underlying)
        return None if security is None else security.get_last_data()

    def strike_multiplier(self, canonical: Symbol) -> float:
        """What strikes are multiplied by to compare them with the underlying's price."""
        return float(self._folder.symbol_properties.of(canonical).strike_multiplier)

    def greeks_asked(self, canonical: Symbol, quotes: Move) -> None:
        """Somebody looked at greeks of a chain, at the instant of these quotes."""
        self._asked[canonical] = quotes.tape, quotes.step

    def expects_greeks(self, canonical: Symbol, quotes: Move) -> bool:
        """Whether that is likely at this instant: it was done at the one before."""
        asked = self._asked.get(canonical)
        return asked is not None and _is_next(*asked, quotes.tape, quotes.step)

    def model_values(self, chain: OptionChain) -> ModelValues:
        """The price model of every contract of the chain, at the chain's instant."""
        canonical: Any = self._securities._known(chain.symbol)
        shared = default_price_model(chain.symbol) if canonical is None else canonical.price_model
        own = self._own_models(chain, shared)
        if not own:
            return self._values_of(chain, shared)
        models = [own.get(i, shared) for i in range(len(chain.columns.symbols))]
        distinct = {_key(model): model for model in models}
        evaluated = {key: self._values_of(chain, model) for key, model in distinct.items()}
        if len(evaluated) == 1:
            return next(iter(evaluated.values()))
        keys = [_key(model) for model in models]
        return OwnValues(len(models), lambda i: row_of(evaluated[keys[i]], i))

    def _own_models(self, chain: OptionChain, shared: Any) -> dict[int, Any]:
        """The price models of those contracts that do not have the chain's: a security may be given its own."""
        symbols, makings = chain.columns.symbols, self._securities._makings
        made = self._made.get(chain.symbol)
        if made is None or made[0] is not symbols or made[1] != makings:
            made = self._made[chain.symbol] = symbols, makings, self._securities._known_among(symbols)
        if not made[2]:
            return {}
        models = {i: option.price_model for i, option in made[2].items()}
        return {i: model for i, model in models.items() if model is not shared and _key(model) != _key(shared)}

    def _values_of(self, chain: OptionChain, model: Any) -> ModelValues:
        canonical, columns = chain.symbol, chain.columns
        if isinstance(model, QLOptionPriceModel):
            model._check(canonical.id.option_style)
        elif type(model) is not IndicatorBasedOptionPriceModel:
            return own_values(chain, model, self._securities)
        quotes = columns.move(TickType.QUOTE)
        if quotes is None or columns.columns_of(quotes) is not None:
            return self._evaluate(canonical, model, columns.symbols, last_prices(columns), None)
        tape, step = quotes.tape, quotes.step
        key = (canonical, _key(model))
        known = self._ahead.get(key)
        if known is None or not known.covers(tape, columns.symbols, step):
            size = 1
            if known is not None and known.follows(tape, step):
                size = min(known.size * 2, _MOST, tape.steps - step)
            known = self._ahead[key] = self._computed(canonical, model, columns, quotes, size)
        known.last = step
        return _AtInstant(known.values, step - known.first)

    def _computed(self, canonical: Symbol, model: Any, columns: StepColumns, quotes: Move, size: int) -> _Ahead:
        """The model from a chain's instant on, for so many instants of its day (one if the spots are unknown)."""
        tape, step = quotes.tape, quotes.step
        spots = self._spots(canonical, tape.grid[step : step + size]) if size > 1 else None
        if spots is None:
            size = 1
        instants = tape.grid[step : step + size]
        prices = prices_at(columns, quotes, instants)
        values = self._evaluate(canonical, model, columns.symbols, prices, None if spots is None else (spots, instants))
        return _Ahead(tape, columns.symbols, step, size, values)

    def _spots(self, canonical: Symbol, instants: Int64s) -> Floats | None:
        """The underlying's price at these instants of today; ``None`` when its stream does not tell."""
        underlying = canonical.underlying
        assert underlying is not None
        for stream in self._streams.of(underlying):
            if stream.tick_type is not TickType.TRADE:
                continue
            column = stream.tape.column.get(underlying)
            if column is None:
                return None
            at = np.searchsorted(stream.tape.grid, instants, side="right") - 1
            rows = stream.tape.rows[at, column]
            spots: Floats = stream.tape.columns["close"][rows]
            now = float(self._securities[underlying].cache.price)
            return spots if bool((rows >= 0).all()) and spots[0] == now else None
        return None

    def _evaluate(
        self,
        canonical: Symbol,
        model: Any,
        symbols: list[Symbol],
        price: Floats,
        ahead: tuple[Floats, Int64s] | None,
    ) -> ModelValues:
        """The model for prices of the contracts now, or (a row an instant) at the spots and instants of ``ahead``."""
        contracts = self._contracts.get(canonical)
        if contracts is None or contracts.symbols is not symbols:
            contracts = self._contracts[canonical] = _Contracts.of(symbols)
        underlying = canonical.underlying
        assert underlying is not None
        hours = self._folder.market_hours.entry_of(canonical)
        zone = hours.time_zone
        spot: Floats
        local: Int64s
        if ahead is None:
            known = underlying in self._securities
            spot = np.array([float(self._securities[underlying].cache.price) if known else 0.0])
            local = np.array([self._clock.local_ns(zone)], dtype=np.int64)
        else:
            spot, local = ahead[0], zone.to_local_column(ahead[1])
        if price.ndim == 2:
            spot, local = spot[:, None], local[:, None]
        day = self._clock.local_date(zone)
        rate = float(self._folder.interest_rates.rate(day))
        if isinstance(model, QLOptionPriceModel):
            years, first_exercise = whole_day_years([symbol.id.date for symbol in symbols], day, hours)
            return QuantLibModelValues(
                spot,
                contracts.strike,
                years,
                first_exercise,
                rate,
                contracts.is_call,
                price,
                engine=model._engine,
                american=canonical.id.option_style == OptionStyle.AMERICAN,
                volatility=self._own_volatility(underlying),
            )
        return OptionModelValues(
            spot,
            contracts.strike,
            (contracts.settlement - local) / _YEAR_NS,
            rate,
            self._yearly_dividend(canonical) / np.maximum(spot, _TINY),
            contracts.is_call,
            price,
            contracts.mirror,
            american=canonical.id.option_style == OptionStyle.AMERICAN,
            model=model._pricing_model,
            iv_model=model._pricing_model,
        )

    def _own_volatility(self, underlying: Symbol) -> float:
        """What the underlying's volatility model says; 0 without one."""
        security = self._securities._known(underlying)
        model = None if security is None else security.volatility_model
        return 0.0 if model is None else float(model.volatility)

    def _yearly_dividend(self, canonical: Symbol) -> float:
        """A year's dividends per share of the underlying; LEAN's model has none for indices."""
        underlying = canonical.underlying
        if canonical.security_type is not SecurityType.OPTION or underlying is None:
            return 0.0
        known = self._yields.get(underlying)
        hours = self._folder.market_hours.entry_of(underlying)
        if known is None:
            known = self._yields[underlying] = DividendYield(self._folder.factor_files.of(underlying), hours)
        return known.on(self._clock.local_date(hours.time_zone), 1.0)


def _key(model: Any) -> Any:
    """What makes two price models the same one."""
    return model._key if isinstance(model, (IndicatorBasedOptionPriceModel, QLOptionPriceModel)) else id(model)


def whole_day_years(expiries: list[datetime], day: date, hours: SecurityExchangeHours) -> tuple[Floats, float]:
    """QuantLib's times: to the first trading day after each expiry (0 once it is past), and to the next one."""
    ends: dict[datetime, float] = {}
    for expiry in expiries:
        if expiry not in ends:
            ends[expiry] = _days(day, _settled(expiry.date(), hours)) if day <= expiry.date() else 0.0
    return np.array([ends[expiry] for expiry in expiries]), _days(day, _settled(day, hours))


def _settled(day: date, hours: SecurityExchangeHours) -> date:
    """The first trading day after a day."""
    following = day + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day)
    return following if hours.is_date_open(midnight) else hours.get_next_trading_day(midnight).date()


def _days(begin: date, end: date) -> float:
    return (end - begin).days / 365.0


def last_prices(columns: StepColumns) -> Floats:
    """``Security.price`` of each contract: of its last quote (middle, or the side there is) or trade, the later one."""
    quotes, trades = columns.move(TickType.QUOTE), columns.move(TickType.TRADE)
    return _prices(
        None if quotes is None else (quotes.tape, _rows(columns, quotes, np.array(quotes.step))),
        None if trades is None else (trades.tape, _rows(columns, trades, np.array(trades.step))),
        len(columns.symbols),
    )


def prices_at(columns: StepColumns, quotes: Move, instants: Int64s) -> Floats:
    """The same at instants from the chain's own on, a row for each."""
    trades = columns.move(TickType.TRADE)
    steps = quotes.step + np.arange(len(instants))
    last_trade = None
    if trades is not None:
        at = np.searchsorted(trades.tape.grid, instants, side="right") - 1
        last_trade = trades.tape, _rows(columns, trades, at)
    return _prices((quotes.tape, _rows(columns, quotes, steps)), last_trade, len(columns.symbols))


def _prices(quotes: tuple[Tape, Int64s] | None, trades: tuple[Tape, Int64s] | None, size: int) -> Floats:
    """Of rows of two tapes the later one with a price; 0 where there is none."""
    price, ended = np.zeros(size), np.full(size, -1, dtype=np.int64)
    if quotes is not None:
        tape, rows = quotes
        bid, ask = tape.columns["bid_close"][rows], tape.columns["ask_close"][rows]
        middle = np.where((bid > 0) & (ask > 0), (bid + ask) / 2, np.fmax(bid, ask))
        known = (rows >= 0) & (middle > 0)
        price = np.where(known, middle, 0.0)
        ended = np.where(known, tape.end[rows], 0)
    if trades is not None:
        tape, rows = trades
        close = tape.columns["close"][rows]
        price = np.where((rows >= 0) & (close > 0) & (tape.end[rows] > ended), close, price)
    return price


def _rows(columns: StepColumns, move: Move, steps: Int64s) -> Int64s:
    """The rows of the chain's contracts at steps of a tape; -1 for none."""
    at = columns.columns_of(move)
    rows: Int64s = move.tape.rows[steps].astype(np.int64)
    if at is not None:
        rows = np.where(at >= 0, rows[..., at], -1)
    return np.where(steps[..., None] >= 0, rows, -1)

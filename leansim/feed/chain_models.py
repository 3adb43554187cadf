"""What an option chain asks of the feed: its underlying, and volatilities and greeks of all its contracts at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from leansim.api.chains import ModelValues, OptionChain, StepColumns, last_of
from leansim.api.enums import OptionRight, OptionStyle, SecurityType, TickType
from leansim.api.option_symbols import OptionSymbol
from leansim.api.price_models import IndicatorBasedOptionPriceModel
from leansim.api.slice import Move, Slice
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_DAY, to_ns
from leansim.errors import NotEmulated
from leansim.feed.dividend_yields import DividendYield
from leansim.pricing.lean_greeks import OptionModelValues

if TYPE_CHECKING:
    from leansim.api.securities import Option, Security, SecurityManager
    from leansim.clock import TimeKeeper
    from leansim.lean_data.folder import DataFolder

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

_YEAR_NS: Final = 365.0 * NS_PER_DAY


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
            keys.append((expiry, sid.exact_strike, sid.option_right))
            places[keys[-1]] = i
        other = {OptionRight.CALL: OptionRight.PUT, OptionRight.PUT: OptionRight.CALL}
        mirror = np.array([places.get((e, k, other[r]), -1) for e, k, r in keys], dtype=np.int64)
        strike = np.array([float(k) for _, k, _ in keys], dtype=np.float64)
        return cls(symbols, strike, np.array([r == OptionRight.CALL for _, _, r in keys]), settlement, mirror)


class ChainModels:
    """LEAN's default price model over whole chains."""

    def __init__(self, folder: DataFolder, securities: SecurityManager, clock: TimeKeeper) -> None:
        self._folder = folder
        self._securities = securities
        self._clock = clock
        self._contracts: dict[Symbol, _Contracts] = {}
        self._yields: dict[Symbol, DividendYield] = {}

    def underlying_of(self, canonical: Symbol, slice_: Slice) -> Any:
        """The underlying's data point of this instant, else its last one; ``None`` when there is none yet."""
        underlying = canonical.underlying
        assert underlying is not None
        bar = last_of(slice_, underlying)
        if bar is not None:
            return bar
        security: Security | None = self._securities.get(underlying)
        return None if security is None else security.get_last_data()

    def strike_multiplier(self, canonical: Symbol) -> float:
        """What strikes are multiplied by to compare them with the underlying's price."""
        return float(self._folder.symbol_properties.of(canonical).strike_multiplier)

    def model_values(self, chain: OptionChain) -> ModelValues:
        """The price model of every contract of the chain, at the chain's instant."""
        canonical = chain.symbol
        if canonical.security_type == SecurityType.FUTURE_OPTION:
            raise NotEmulated("OptionContract.greeks of futures options")
        option: Option | None = self._securities.get(canonical)  # type: ignore[assignment]  # a canonical option is one
        if option is not None and type(option.price_model) is not IndicatorBasedOptionPriceModel:
            raise NotEmulated("Option.price_model other than the default")
        columns = chain.columns
        contracts = self._contracts.get(canonical)
        if contracts is None or contracts.symbols is not columns.symbols:
            contracts = self._contracts[canonical] = _Contracts.of(columns.symbols)
        price = last_prices(columns)
        mirrored = np.where(contracts.mirror >= 0, price[contracts.mirror], 0.0) if len(price) else price
        underlying = canonical.underlying
        assert underlying is not None
        spot = float(self._securities[underlying].cache.price) if underlying in self._securities else 0.0
        zone = self._folder.market_hours.entry_of(canonical).time_zone
        local_ns = self._clock.local_ns(zone)
        day = self._clock.local_date(zone)
        american = canonical.id.option_style == OptionStyle.AMERICAN
        return OptionModelValues(
            spot,
            contracts.strike,
            (contracts.settlement - local_ns) / _YEAR_NS,
            float(self._folder.interest_rates.rate(day)),
            self._dividend_yield(canonical, spot),
            contracts.is_call,
            price,
            mirrored,
            american=american,
        )

    def _dividend_yield(self, canonical: Symbol, spot: float) -> float:
        underlying = canonical.underlying
        if canonical.security_type != SecurityType.OPTION or underlying is None:
            return 0.0
        known = self._yields.get(underlying)
        if known is None:
            hours = self._folder.market_hours.entry_of(underlying)
            known = self._yields[underlying] = DividendYield(self._folder.factor_files.of(underlying), hours)
        zone = self._folder.market_hours.entry_of(underlying).time_zone
        return known.on(self._clock.local_date(zone), spot)


def last_prices(columns: StepColumns) -> Floats:
    """``Security.price`` of each contract: of its last quote (middle, or the side there is) or trade, the later one."""
    size = len(columns.symbols)
    quote, quoted = np.zeros(size), np.zeros(size, dtype=np.int64)
    move = columns.move(TickType.QUOTE)
    if move is not None:
        rows = _rows(columns, move)
        bid, ask = (np.nan_to_num(move.tape.columns[f][rows]) for f in ("bid_close", "ask_close"))
        middle = np.where((bid > 0) & (ask > 0), (bid + ask) / 2, np.maximum(bid, ask))
        known = (rows >= 0) & (middle > 0)
        quote = np.where(known, middle, 0.0)
        quoted = np.where(known, move.tape.end[rows], 0)
    move = columns.move(TickType.TRADE)
    if move is None:
        return quote
    rows = _rows(columns, move)
    close = np.nan_to_num(move.tape.columns["close"][rows])
    traded = np.where((rows >= 0) & (close > 0), move.tape.end[rows], -1)
    return np.where(traded > quoted, close, quote)


def _rows(columns: StepColumns, move: Move) -> Int64s:
    at = columns.columns_of(move)
    rows = move.tape.rows[move.step].astype(np.int64)
    return rows if at is None else np.where(at >= 0, rows[at], -1)

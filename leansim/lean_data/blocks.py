"""Columns of bars: what a zip becomes, and what the feed walks through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from leansim.api.enums import Resolution, SecurityType, TickType
from leansim.api.futures_expiry import future_expiry
from leansim.api.symbols import OPTION_TYPES, ContractSymbols, Symbol, contract_symbols
from leansim.api.time_zones import (
    NS_PER_DAY,
    NS_PER_HOUR,
    NS_PER_MINUTE,
    NS_PER_SECOND,
    CachedDateTimeZone,
    FloatArray,
    Int64Array,
    to_ns,
)
from leansim.errors import DataError, NotEmulated
from leansim.lean_data.packed import DecimalColumns
from leansim.lean_data.paths import (
    PRICE_SCALE,
    OptionName,
    entry_name,
    has_scaled_prices,
    is_whole_history,
    parse_entry,
)
from leansim.lean_data.tables import Column, Table, divided, each_once, missing
from leansim.lean_data.ticks import read_ticks

COLUMNS: Final[dict[TickType, tuple[str, ...]]] = {
    TickType.TRADE: ("open", "high", "low", "close", "volume"),
    TickType.QUOTE: (
        "bid_open",
        "bid_high",
        "bid_low",
        "bid_close",
        "bid_size",
        "ask_open",
        "ask_high",
        "ask_low",
        "ask_close",
        "ask_size",
    ),
    TickType.OPEN_INTEREST: ("value",),
}
"""The columns of each kind of data, in the order of the files."""

PERIODS: Final = {
    Resolution.SECOND: NS_PER_SECOND,
    Resolution.MINUTE: NS_PER_MINUTE,
    Resolution.HOUR: NS_PER_HOUR,
    Resolution.DAILY: NS_PER_DAY,
}
"""Length of a bar in ns."""

_NOT_PRICES: Final = frozenset({"volume", "bid_size", "ask_size", "value"})

BoolArray = npt.NDArray[np.bool_]


class Clock(NamedTuple):
    """The instants of some rows: the distinct ones in their order, and of each row which of them it has.

    ``places`` is ``None`` where every security has a row at each of the instants, as in an active chain: many rows that
    need not be looked at.
    """

    instants: Int64Array
    places: Int64Array | None

    def spread(self, values: Int64Array, rows: int) -> Int64Array:
        """One value an instant as one value a row; how many rows there are."""
        if self.places is None:
            return np.tile(values, rows // len(values))
        spread: Int64Array = values[self.places]
        return spread

    def places_of(self, rows: int) -> Int64Array:
        """Which of the instants each row has."""
        return self.spread(np.arange(len(self.instants)), rows)

    def of(self, chosen: npt.NDArray[Any], rows: int) -> Clock:
        """The clock of some of the rows."""
        return Clock(self.instants, self.places_of(rows)[chosen])


@dataclass(frozen=True, slots=True)
class Block:
    """Bars of one kind and resolution, of one security or of all contracts of a root.

    Attributes:
        contracts: the securities, sorted by ticker.
        offsets: where each security's rows begin, and the end.
        time: when each bar ENDS, ns UTC. Daily bars end a day after their start here; ending them at the close is the
            feed's work (LEAN's ``daily_precise_end_time``).
        period: length of a bar in ns; 0 for open interest of an instant.
        columns: by name, see :data:`COLUMNS`. A missing side is NaN.
        clock: the instants in ``time``, where they are known.

    """

    contracts: tuple[Symbol, ...]
    offsets: Int64Array
    time: Int64Array
    period: int
    columns: Mapping[str, FloatArray]
    clock: Clock | None = None
    _index: dict[Symbol, int] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.time)

    def rows(self, contract: Symbol) -> slice:
        """The rows of a security; an empty slice when it has none."""
        if not self._index:
            self._index.update({symbol: at for at, symbol in enumerate(self.contracts)})
        at = self._index.get(contract)
        return slice(0, 0) if at is None else slice(int(self.offsets[at]), int(self.offsets[at + 1]))

    def between(self, start_ns: int, end_ns: int) -> Block:
        """The rows whose bars end after ``start_ns`` and up to ``end_ns``; securities without any are left out."""
        keep = (self.time > start_ns) & (self.time <= end_ns)
        counts = np.add.reduceat(keep, self.offsets[:-1]) if len(self.time) else np.zeros(0, dtype=np.int64)
        counts[self.offsets[:-1] == self.offsets[1:]] = 0
        held = [at for at, count in enumerate(counts) if count]
        offsets = np.zeros(len(held) + 1, dtype=np.int64)
        np.cumsum(counts[held], out=offsets[1:])
        columns = {name: values[keep] for name, values in self.columns.items()}
        return Block(tuple(self.contracts[at] for at in held), offsets, self.time[keep], self.period, columns)

    def select(self, contract: Symbol) -> Block:
        """The rows of one security alone."""
        rows = self.rows(contract)
        columns = {name: values[rows] for name, values in self.columns.items()}
        offsets = np.array([0, rows.stop - rows.start], dtype=np.int64)
        return Block((contract,), offsets, self.time[rows], self.period, columns)


@dataclass(frozen=True, slots=True)
class FileFormat:
    """How one zip is written: whose data, of which kind, on which clock."""

    symbol: Symbol
    resolution: Resolution
    tick_type: TickType
    day: date
    data_zone: CachedDateTimeZone
    exchange_zone: CachedDateTimeZone

    @property
    def names(self) -> tuple[str, ...]:
        """The columns after the clock."""
        return COLUMNS[self.tick_type]


def read_zip(path: Path, form: FileFormat) -> tuple[list[str], Block]:
    """The names of the entries read and their rows; DataError when the file cannot be read.

    Of an equity or index the first entry is read whatever its name, as LEAN does; of a root with contracts every
    entry whose name LEAN would give to one.
    """
    if form.resolution == Resolution.TICK:
        if form.symbol.is_canonical() or form.symbol.has_canonical():
            raise NotEmulated("tick data of options and futures")
        return read_ticks(path, form)
    from leansim.lean_data.zips import read_table  # late: it imports numba

    seen: list[str] = []

    def chosen(names: list[str]) -> list[int]:
        seen.extend(names)
        if not _has_contracts(form):
            return [0][: len(names)]
        tickers = {at: contract.value for at, contract in enumerate(_named(names, form)) if contract is not None}
        return sorted(tickers, key=tickers.__getitem__)

    table = read_table(path, len(form.names), dated=is_whole_history(form.resolution), chosen=chosen)
    if seen and not table.entries:
        example = entry_name(form.symbol, form.day, form.resolution, form.tick_type)
        raise DataError(f"{path}: no entry is named as LEAN names them (found {seen[0]}, expected such as {example})")
    if form.tick_type != TickType.QUOTE and any(bool(missing(values).any()) for values in table.values):
        raise DataError(f"{path}: a line ends early or has an empty cell; only quotes may lack a side")
    return table.entries, block_of(table, form)


def block_of(table: Table, form: FileFormat) -> Block:
    """The bars a table holds: prices scaled, times in UTC, contracts in their order."""
    scale = PRICE_SCALE if has_scaled_prices(form.symbol.security_type) else 1
    columns = dict(zip(form.names, table.values, strict=True))
    if scale != 1:
        prices = {name: values for name, values in columns.items() if name not in _NOT_PRICES}
        columns |= _each_once(prices, lambda values: divided(values, scale))
    # a file has few instants and a row of each for every contract
    local, when = clock_of(table.clock, PERIODS[form.resolution])
    if not is_whole_history(form.resolution):
        local = local + to_ns(datetime(form.day.year, form.day.month, form.day.day))
    ends, offsets = _end_times(local, form), table.offsets
    time = ends[when]
    clock = Clock(ends, when) if bool((ends[1:] > ends[:-1]).all()) else None
    kept = _forward(time, offsets)
    if kept is not None:
        counts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(kept)])
        time, offsets, clock = time[kept], counts[offsets], None
        columns = _each_once(columns, lambda values: values[kept])
    return ordered_block(contracts_of(table.entries, form), offsets, time, _period(form), columns, clock)


def _forward(time: Int64Array, offsets: Int64Array) -> BoolArray | None:
    """Which lines go on in time, ``None`` for all: LEAN passes over bars that end no later than one before them."""
    back = np.flatnonzero(time[1:] <= time[:-1]) + 1
    back = back[~np.isin(back, offsets)]
    if not len(back):
        return None
    kept = np.ones(len(time), dtype=np.bool_)
    for entry in np.unique(np.searchsorted(offsets, back, side="right") - 1).tolist():
        first, end = int(offsets[entry]), int(offsets[entry + 1])
        latest = np.maximum.accumulate(time[first:end])
        kept[first + 1 : end] = time[first + 1 : end] > latest[:-1]
    return kept


def _period(form: FileFormat) -> int:
    """How long a bar is; open interest is a tick, except that LEAN ends a day's with the day."""
    if form.tick_type == TickType.OPEN_INTEREST and form.resolution != Resolution.DAILY:
        return 0
    return PERIODS[form.resolution]


def _end_times(local: Int64Array, form: FileFormat) -> Int64Array:
    """The instants the bars end: LEAN adds the period on the exchange's clock, not to the instant."""
    period = _period(form)
    if form.data_zone == form.exchange_zone:
        return form.exchange_zone.to_utc_column(local + period)
    started = form.data_zone.to_utc_column(local)
    return form.exchange_zone.to_utc_column(form.exchange_zone.to_local_column(started) + period)


def ordered_block(
    contracts: list[Symbol],
    offsets: Int64Array,
    time: Int64Array,
    period: int,
    columns: Mapping[str, Column],
    clock: Clock | None = None,
) -> Block:
    """A block whose contracts are sorted by ticker, whatever order they came in."""
    order = sorted(range(len(contracts)), key=lambda at: contracts[at].value)
    if order != list(range(len(contracts))):
        rows = np.concatenate([np.arange(offsets[at], offsets[at + 1]) for at in order])
        counts = (offsets[1:] - offsets[:-1])[order]
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
        time, clock = time[rows], clock and clock.of(rows, len(time))
        columns = _each_once(columns, lambda values: values[rows])
        contracts = [contracts[at] for at in order]
    return Block(tuple(contracts), offsets, time, period, DecimalColumns(columns), clock)


def _each_once(columns: Mapping[str, Column], change: Callable[[Column], Column]) -> dict[str, Column]:
    """Columns changed alike; those that are one object, as in flat bars, stay one."""
    return dict(zip(columns, each_once(columns.values(), change), strict=True))


def contracts_of(entries: list[str], form: FileFormat) -> list[Symbol]:
    """The securities the entries of a zip are about."""
    if _has_contracts(form):
        return [contract for contract in _named(entries, form) if contract is not None]
    return [form.symbol] * len(entries)


def _has_contracts(form: FileFormat) -> bool:
    kind = form.symbol.security_type
    return kind in OPTION_TYPES or kind == SecurityType.FUTURE


def _named(entries: list[str], form: FileFormat) -> list[Symbol | None]:
    """The contracts of entries; ``None`` where LEAN gives no such name to one."""
    if form.symbol.security_type in OPTION_TYPES:
        return _options_named(entries, form)
    root, market = form.symbol.id.symbol, form.symbol.id.market
    names = [parse_entry(entry, SecurityType.FUTURE, form.resolution) for entry in entries]
    return [
        Symbol.create_future(root, market, future_expiry(root, market, month)) if isinstance(month, datetime) else None
        for month in names
    ]


def _options_named(entries: list[str], form: FileFormat) -> list[Symbol | None]:
    """The same of options; a contract's name differs from day to day in its beginning alone, and is read once."""
    contracts = contract_symbols(form.symbol)
    known = _contracts_by_name(contracts)
    beginning = 2 if is_whole_history(form.resolution) else 4
    found = []
    for entry in entries:
        ending = entry.split("_", beginning)[-1]
        contract = known.get(ending)
        if contract is None:
            name = parse_entry(entry, form.symbol.security_type, form.resolution)
            if isinstance(name, OptionName):
                contract = known[ending] = contracts.get(*name)
        found.append(contract)
    return found


@lru_cache(maxsize=256)
def _contracts_by_name(contracts: ContractSymbols) -> dict[str, Symbol]:
    """The contracts of a root by what stands behind the beginning of their entries' names, filled by readers."""
    del contracts
    return {}


def clock_of(time: Int64Array, period: int) -> Clock:
    """The distinct instants of a column of times, in their order, and of each row which of them it has."""
    if len(time) and period:
        first = int(time.min())
        step = (time - first) // period
        if bool((step * period + first == time).all()) and int(step.max()) < len(time):
            # bars on their grid: no need to sort them
            used = np.flatnonzero(np.bincount(step))
            place = np.zeros(int(used[-1]) + 1, dtype=np.int64)
            place[used] = np.arange(len(used), dtype=np.int64)
            return Clock(used * period + first, place[step])
    instants, place = np.unique(time, return_inverse=True)
    return Clock(instants, place)


def day_bounds(day: date, zone: CachedDateTimeZone) -> tuple[int, int]:
    """The instants a day begins and ends on a zone's clock."""
    start = to_ns(datetime(day.year, day.month, day.day))
    return zone.to_utc_ns(start), zone.to_utc_ns(start + NS_PER_DAY)

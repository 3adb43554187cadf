"""The bars of one security in the past, as a history request gives them: adjusted, ended, filled forward.

Instants are int64 ns UTC; the bars that come out have naive exchange times.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from leansim.api.bars import Bar, OpenInterest, QuoteBar, TradeBar
from leansim.api.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from leansim.api.time_zones import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND, NS_PER_US, from_ns
from leansim.feed.continuous import ContinuousFuture, Mapping
from leansim.feed.sessions import Sessions
from leansim.lean_data.paths import is_whole_history

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol
    from leansim.lean_data.blocks import Block
    from leansim.lean_data.folder import DataFolder

STEPS_NS = {
    Resolution.SECOND: NS_PER_SECOND,
    Resolution.MINUTE: NS_PER_MINUTE,
    Resolution.HOUR: NS_PER_HOUR,
    Resolution.DAILY: NS_PER_DAY,
}
_SIZES = frozenset({"volume", "bid_size", "ask_size", "value"})


@dataclass(frozen=True)
class PastRequest:
    """Bars of a symbol that begin at or after ``start_ns`` and end at or before ``end_ns``."""

    symbol: Symbol
    tick_type: TickType
    resolution: Resolution
    start_ns: int
    end_ns: int
    fill_forward: bool = True
    extended: bool = False
    normalization: DataNormalizationMode = DataNormalizationMode.RAW
    precise_daily: bool = True
    mapping: Mapping | None = None
    """How a continuous future is made of contracts; ``None`` for any other symbol."""


def past_bars(folder: DataFolder, request: PastRequest) -> list[Any]:
    """The bars of a request in time order: ``TradeBar``, ``QuoteBar`` or ``OpenInterest``."""
    symbol = request.symbol
    hours = folder.market_hours.entry_of(symbol)
    sessions = Sessions(hours, hours._data_time_zone, request.extended)
    rows = _rows(folder, request, sessions)
    if not rows:
        return []
    if request.fill_forward:
        rows = _filled(rows, request, sessions)
    zone = hours.time_zone
    make = _MAKERS[request.tick_type]
    bars: list[Any] = []
    for end, period, values, filled in rows:
        bar = make(symbol, from_ns(zone.to_local_ns(end - period)), timedelta(microseconds=period // NS_PER_US), values)
        bar.is_fill_forward = filled
        if request.fill_forward and bars and request.tick_type is TickType.QUOTE:
            bar.bid = bars[-1].bid if bar.bid is None else bar.bid
            bar.ask = bars[-1].ask if bar.ask is None else bar.ask
        bars.append(bar)
    return bars


Row = tuple[int, int, dict[str, float], bool]

_NEAR_NS = 2 * NS_PER_DAY
"""A daily bar is stamped with a midnight, and its session lies within two days of it."""


def _rows(folder: DataFolder, request: PastRequest, sessions: Sessions) -> list[Row]:
    """End, length and values of each real bar of the request."""
    rows: list[Row] = []
    future = None if request.mapping is None else ContinuousFuture(folder, request.symbol, request.mapping)
    for day in _days(request, sessions):
        block = folder.read_file(request.symbol, day, request.resolution, request.tick_type)
        if block is None:
            continue
        if future is not None:
            rows += _continuous_rows(block, future, request, sessions)
            continue
        part = block.rows(request.symbol) if request.symbol.has_canonical() else slice(None)
        stamps = block.time[part] - block.period
        # a file of a whole history has thousands of rows: only the few the request may want are looked at
        near = slice(*np.searchsorted(stamps, [request.start_ns - _NEAR_NS, request.end_ns + _NEAR_NS]))
        starts, ends = stamps[near], stamps[near] + block.period
        if request.resolution == Resolution.DAILY and request.precise_daily:
            starts, ends = _sessions_of(starts, sessions)
        keep = (starts >= request.start_ns) & (ends <= request.end_ns) & (ends > 0)
        filtered = request.resolution not in (Resolution.DAILY, Resolution.HOUR)
        if filtered and request.tick_type is not TickType.OPEN_INTEREST and len(ends):
            keep &= sessions.open_during(day, starts, ends)
        columns = {name: values[part][near] for name, values in block.columns.items()}
        for at in np.flatnonzero(keep):
            scale = _scale(folder, request, sessions, sessions.exchange_date(int(ends[at]) - 1))
            values = {name: _scaled(name, float(column[at]), scale) for name, column in columns.items()}
            rows.append((int(ends[at]), int(ends[at] - starts[at]), values, False))
    return rows


def _continuous_rows(block: Block, future: ContinuousFuture, request: PastRequest, sessions: Sessions) -> list[Row]:
    """The rows of the contract each day is mapped to, adjusted."""
    rows: list[Row] = []
    mapped: dict[date, Symbol | None] = {}
    for contract in block.contracts:
        part = block.rows(contract)
        ends = block.time[part]
        days = [sessions.date_of(end - 1) for end in ends.tolist()]
        for day in set(days) - mapped.keys():
            mapped[day] = future.contract_on(day)
        starts = ends - block.period
        if request.resolution == Resolution.DAILY and request.precise_daily:
            starts, ends = _sessions_of(starts, sessions)
        keep = (starts >= request.start_ns) & (ends <= request.end_ns) & (ends > 0)
        keep &= np.array([mapped[day] == contract for day in days], dtype=bool)
        if request.resolution not in (Resolution.DAILY, Resolution.HOUR) and keep.any():
            keep &= sessions.open_during(days[0], starts, ends)
        columns = {name: values[part] for name, values in block.columns.items()}
        for at in np.flatnonzero(keep):
            values = {name: float(column[at]) for name, column in columns.items()}
            adjusted = future.adjusted_values(values, days[at])
            rows.append((int(ends[at]), int(ends[at] - starts[at]), adjusted, False))
    return sorted(rows, key=lambda row: row[0])


def _days(request: PastRequest, sessions: Sessions) -> list[date]:
    """One day for each file the request touches."""
    first, last = sessions.date_of(request.start_ns), sessions.date_of(request.end_ns - 1)
    if is_whole_history(request.resolution):
        if request.symbol.has_canonical() and request.symbol.security_type is not SecurityType.FUTURE:
            return [max(first, date(year, 1, 1)) for year in range(first.year, last.year + 1)]
        return [last]
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _sessions_of(starts: Any, sessions: Sessions) -> tuple[Any, Any]:
    """Open and close of the day of each daily bar; zero where the exchange was closed."""
    opens, closes = np.zeros_like(starts), np.zeros_like(starts)
    for at, start in enumerate(starts.tolist()):
        session = sessions.hours._session(sessions.date_of(start))
        if session is not None:
            opens[at], closes[at] = session
    return opens, closes


def _scale(folder: DataFolder, request: PastRequest, sessions: Sessions, day: date) -> float:
    if request.normalization == DataNormalizationMode.RAW or request.symbol.security_type is not SecurityType.EQUITY:
        return 1.0
    factors = folder.factor_files.of(request.symbol)
    if request.normalization == DataNormalizationMode.SCALED_RAW:
        adjusted, last = DataNormalizationMode.ADJUSTED, sessions.exchange_date(request.end_ns)
        return float(factors.factor(day, adjusted) / factors.factor(last, adjusted))
    return float(factors.factor(day, request.normalization))


def _scaled(name: str, value: float, scale: float) -> float:
    """A price times the factor, to the digits a decimal of LEAN's would have; a size divided by it, whole."""
    if scale == 1.0 or value != value:
        return value
    return float(round(value / scale)) if name in _SIZES else round(value * scale, 12)


def _filled(rows: list[Row], request: PastRequest, sessions: Sessions) -> list[Row]:
    """The rows with the session's missing bars repeated from the one before, up to the end of the request."""
    step = STEPS_NS[request.resolution]
    daily = request.resolution == Resolution.DAILY and request.precise_daily
    real = {row[0] for row in rows}
    wanted: list[int] = []
    day, last = sessions.date_of(rows[0][0] - 1), sessions.date_of(request.end_ns)
    while day <= last:
        instants = sessions.closes(day) if daily else sessions.instants(day, step)
        wanted += [end for end in instants.tolist() if rows[0][0] < end <= request.end_ns and end not in real]
        day += timedelta(days=1)
    filled, at = [], 0
    for end in sorted(wanted):
        while at + 1 < len(rows) and rows[at + 1][0] < end:
            at += 1
        values = dict(rows[at][2])
        if "volume" in values:
            values["volume"] = 0.0
        filled.append((end, rows[at][1] if daily else step, values, True))
    return sorted([*rows, *filled], key=lambda row: row[0])


def _trade(symbol: Symbol, time: Any, period: timedelta, values: dict[str, float]) -> TradeBar:
    v = values
    return TradeBar(time, symbol, v["open"], v["high"], v["low"], v["close"], v["volume"], period)


def _quote(symbol: Symbol, time: Any, period: timedelta, values: dict[str, float]) -> QuoteBar:
    sides = []
    for side in ("bid", "ask"):
        prices = [values[f"{side}_{field}"] for field in ("open", "high", "low", "close")]
        sides.append(None if prices[-1] != prices[-1] else Bar(*prices))
    bid_size, ask_size = values["bid_size"], values["ask_size"]
    return QuoteBar(
        time,
        symbol,
        sides[0],
        0 if bid_size != bid_size else bid_size,
        sides[1],
        0 if ask_size != ask_size else ask_size,
        period,
    )


def _interest(symbol: Symbol, time: Any, period: timedelta, values: dict[str, float]) -> OpenInterest:
    return OpenInterest(time + period, symbol, values["value"])


_MAKERS: dict[TickType, Callable[..., Any]] = {
    TickType.TRADE: _trade,
    TickType.QUOTE: _quote,
    TickType.OPEN_INTEREST: _interest,
}

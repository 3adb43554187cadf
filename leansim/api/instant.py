"""What one instant brings, by symbol: what a slice, its dictionaries and its chains all read.

None of them is known to it: an instant nobody keeps is gone when its step is over, with everything made of it, and its
day can go too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from leansim.api.enums import SecurityType, TickType

if TYPE_CHECKING:
    from leansim.api.bars import BaseData, Tick
    from leansim.api.chains import ChainMaker
    from leansim.api.symbols import Symbol
    from leansim.api.time_zones import CachedDateTimeZone
    from leansim.feed.stream import Stream
    from leansim.feed.tape import Tape

_NONE: Final[list[Move]] = []

BY_TICKER: Final = attrgetter("value")
"""Sort key of symbols in LEAN's dictionaries; tickers are upper case."""


class Closings(NamedTuple):
    """The closing figures of one symbol's bars at some instants, as columns.

    ``close`` is NaN where there is no bar; ``volume`` of a quote is the mean of both sizes; ``period`` is in ns.
    """

    close: npt.NDArray[np.float64]
    volume: npt.NDArray[np.float64]
    period: npt.NDArray[np.int64]

    @classmethod
    def none(cls, count: int) -> Closings:
        """No bar at any of ``count`` instants."""
        return cls(np.full(count, np.nan), np.zeros(count), np.zeros(count, dtype=np.int64))

    def prefer(self, other: Closings, places: npt.NDArray[np.int64], *, finer_only: bool) -> None:
        """Take another's bars in at these places: all of them, or (``finer_only``) where they are shorter."""
        better = ~np.isnan(other.close)
        if finer_only:
            better &= np.isnan(self.close[places]) | (other.period < self.period[places])
        for mine, theirs in zip(self, other, strict=True):
            mine[places[better]] = theirs[better]


class Move(NamedTuple):
    """A stream that brings something at this instant: its day, and the step of the day."""

    stream: Stream
    tape: Tape
    step: int

    def bar(self, symbol: Symbol) -> BaseData | None:
        """What the symbol emits, ``None`` when nothing."""
        column = self.tape.column.get(symbol)
        return None if column is None else self.stream.bar(self.tape, self.step, column)

    def ticks(self, symbol: Symbol) -> list[Tick]:
        """The ticks of a symbol, of a stream of ticks."""
        column = self.tape.column.get(symbol)
        return [] if column is None else self.stream.ticks(self.tape, self.step, column)

    def points(self, symbol: Symbol) -> list[BaseData]:
        """The algorithm's own data about a symbol, of a stream of such."""
        column = self.tape.column.get(symbol)
        return [] if column is None else self.stream.points(self.tape, self.step, column)

    def symbols(self) -> list[Symbol]:
        """The symbols that emit, in the order of their tickers."""
        tape = self.tape
        if tape.points[self.step] == len(tape.symbols):
            return tape.symbols
        return [tape.symbols[i] for i in tape.emits[self.step].nonzero()[0]]


class Instant:
    """The streams that bring something at an instant.

    Attributes:
        ns: the instant, int64 ns UTC.
        every: all of them, also those the engine follows for itself.
        moves: those the algorithm sees, without ticks and data of its own.
        tick_moves: those of ticks.
        custom_moves: those of data of the algorithm's own.
        chains: who makes its option chains.
    """

    __slots__ = ("_seen", "_time", "_zone", "chains", "custom_moves", "every", "moves", "ns", "tick_moves")

    def __init__(
        self,
        zone: CachedDateTimeZone,
        ns: int,
        moves: list[Move],
        chains: ChainMaker | None,
        bars: list[Move] | None = None,
    ) -> None:
        """``bars``: those of the moves the algorithm sees, where none of them is of ticks or of data of its own."""
        self._zone = zone
        self._time: datetime | None = None
        self._seen: dict[tuple[TickType, Symbol], BaseData | None] = {}
        self.ns = ns
        self.every = moves
        self.chains = chains
        if bars is not None:
            self.moves = bars
            self.tick_moves = self.custom_moves = _NONE
            return
        shown = [move for move in moves if not move.stream.internal]
        self.tick_moves = [move for move in shown if move.stream.is_ticks]
        self.custom_moves = [move for move in shown if move.stream.is_custom]
        self.moves = [move for move in shown if move.stream.is_bars]

    @property
    def time(self) -> datetime:
        """The instant, on the algorithm's clock."""
        if self._time is None:
            self._time = self._zone.to_local(self.ns)
        return self._time

    def bar(self, symbol: Symbol, tick_type: TickType) -> Any:
        """One kind of data of a symbol, made once; of two resolutions the finer. ``None`` when the instant has none."""
        key = (tick_type, symbol)
        try:
            return self._seen[key]
        except KeyError:
            pass
        best: Any = None
        for move in self.moves:
            if move.stream.tick_type is tick_type:
                bar: Any = move.bar(symbol)
                if bar is not None and (best is None or bar.period < best.period):
                    best = bar
        self._seen[key] = best
        return best

    def symbols(self, tick_type: TickType) -> list[Symbol]:
        """The symbols with one kind of data, by ticker."""
        lists = [move.symbols() for move in self.moves if move.stream.tick_type is tick_type]
        if len(lists) == 1:
            return lists[0]
        return sorted({symbol for symbols in lists for symbol in symbols}, key=BY_TICKER)

    def ticks_of(self, symbol: Symbol) -> list[Tick] | None:
        """All ticks of a symbol, trades first; ``None`` when there are none."""
        found = [tick for move in self.tick_moves for tick in move.ticks(symbol)]
        return found or None

    def ticked(self) -> list[Symbol]:
        """The symbols with ticks, by ticker."""
        return sorted({symbol for move in self.tick_moves for symbol in move.symbols()}, key=BY_TICKER)

    def points_of(self, symbol: Symbol) -> list[BaseData]:
        """All of the algorithm's own data about a symbol."""
        return [point for move in self.custom_moves for point in move.points(symbol)]

    def data(self, symbol: Symbol, tick_type: TickType) -> list[Any]:
        """All data of a kind of a symbol: its ticks or the algorithm's own data, then its bar."""
        if self.custom_moves and symbol.security_type is SecurityType.BASE:
            return list(self.points_of(symbol))
        found: list[Any] = [
            tick for move in self.tick_moves if move.stream.tick_type is tick_type for tick in move.ticks(symbol)
        ]
        bar = self.bar(symbol, tick_type)
        return found if bar is None else [*found, bar]


def closings(steps: Sequence[list[Move]], symbols: Sequence[Symbol]) -> dict[Symbol, Closings]:
    """Of each symbol the closing figures of its trade bar, else of its quote bar, in some steps; no bar is made.

    A symbol that is of no day of these steps is not among them.
    """
    count = len(steps)
    kinds: dict[TickType, dict[Symbol, Closings]] = {TickType.QUOTE: {}, TickType.TRADE: {}}
    for day in _by_day(steps, symbols):
        found = kinds[day.stream.tick_type]
        columns = [day.tape.column[symbol] for symbol in day.members]
        for symbol, bars in zip(day.members, day.stream.closings(day.tape, day.steps, columns), strict=True):
            known = found.get(symbol)
            if known is None and len(day.places) == count:
                found[symbol] = bars
                continue
            if known is None:
                known = found[symbol] = Closings.none(count)
            known.prefer(bars, np.array(day.places), finer_only=True)
    quotes = kinds[TickType.QUOTE]
    for symbol, trades in kinds[TickType.TRADE].items():
        if symbol in quotes:
            quotes[symbol].prefer(trades, np.arange(count), finer_only=False)
        else:
            quotes[symbol] = trades
    return quotes


@dataclass(slots=True)
class _Day:
    """A day of a stream: the symbols wanted that are of it, which of the steps are of it, and which of its own."""

    stream: Stream
    tape: Tape
    members: list[Symbol]
    places: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)


def _by_day(steps: Sequence[list[Move]], symbols: Sequence[Symbol]) -> list[_Day]:
    """The days of quotes and trades of these symbols."""
    # a day is of one stream
    days: dict[Tape, _Day | None] = {}
    for place, moves in enumerate(steps):
        for stream, tape, step in moves:
            try:
                day = days[tape]
            except KeyError:
                members = [symbol for symbol in symbols if symbol in tape.column]
                wanted = members and stream.tick_type is not TickType.OPEN_INTEREST
                day = days[tape] = _Day(stream, tape, members) if wanted else None
            if day is not None:
                day.places.append(place)
                day.steps.append(step)
    return [day for day in days.values() if day is not None]

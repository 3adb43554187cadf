"""What one instant brings, by symbol: what a slice, its dictionaries and its chains all read.

None of them is known to it: an instant nobody keeps is gone when its step is over, with everything made of it, and its
day can go too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

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


class _Brought(NamedTuple):
    ns: int
    streams: Sequence[Stream]
    tapes: Sequence[Tape]
    steps: Sequence[int | None]
    has_data: bool
    data_points: int
    zone: CachedDateTimeZone
    chains: ChainMaker | None


# what the class itself does, without the call of Python's that a named tuple's constructor is
_MOVE: Final[Callable[[tuple[Any, ...]], Move]] = partial(tuple.__new__, Move)


class Instant(_Brought):
    """The streams that bring something at an instant.

    Every step of a run has one, and of few anything is looked at: it is a tuple, made without a call of Python's, and
    has the rest when it is asked for.

    Attributes:
        ns: the instant, int64 ns UTC.
        streams: all that may bring something, also those the engine follows for itself.
        tapes: the day of each of them; while they bring the same days, the same object at many instants.
        steps: the step of each of these days; ``None``: nothing comes of it now.
        has_data: whether anything comes that an algorithm sees.
        data_points: how many come, as LEAN counts them.
        zone: the algorithm's time zone.
        chains: who makes its option chains.
        tick_moves: of what the algorithm sees the moves of ticks.
        custom_moves: those of data of its own.
        hidden: the symbols with events that it does not see.
    """

    tick_moves: list[Move] = _NONE
    custom_moves: list[Move] = _NONE
    hidden: frozenset[Symbol] = frozenset()
    _every: list[Move] | None = None
    _moves: list[Move] | None = None
    _time: datetime | None = None
    _seen: dict[tuple[TickType, Symbol], BaseData | None] | None = None

    @classmethod
    def of(
        cls, zone: CachedDateTimeZone, ns: int, moves: list[Move], chains: ChainMaker | None, data_points: int = 0
    ) -> Self:
        """The instant of these moves."""
        streams, tapes, steps = zip(*moves, strict=True) if moves else ((), (), ())
        has_data = any(not stream.internal for stream in streams)
        return cls(ns, streams, tapes, steps, has_data, data_points, zone, chains).sorted_out()

    def sorted_out(self) -> Self:
        """Itself, with the moves apart that are none of bars; for when there may be such."""
        shown = [move for move in self.every if not move.stream.internal]
        self.tick_moves = [move for move in shown if move.stream.is_ticks]
        self.custom_moves = [move for move in shown if move.stream.is_custom]
        return self

    @property
    def every(self) -> list[Move]:
        """All moves, also those of streams the engine follows for itself."""
        if self._every is None:
            found = zip(self.streams, self.tapes, self.steps, strict=True)
            self._every = [_MOVE(move) for move in found if move[2] is not None]
        return self._every

    @property
    def moves(self) -> list[Move]:
        """Those of bars the algorithm sees."""
        if self._moves is None:
            self._moves = [move for move in self.every if move.stream.is_shown_as_bars]
        return self._moves

    @property
    def time(self) -> datetime:
        """The instant, on the algorithm's clock."""
        if self._time is None:
            self._time = self.zone.to_local(self.ns)
        return self._time

    def bar(self, symbol: Symbol, tick_type: TickType) -> Any:
        """One kind of data of a symbol, made once; of two resolutions the finer. ``None`` when the instant has none."""
        seen = self._seen
        if seen is None:
            seen = self._seen = {}
        key = (tick_type, symbol)
        try:
            return seen[key]
        except KeyError:
            pass
        best: Any = None
        for move in self.moves:
            if move.stream.tick_type is tick_type:
                bar: Any = move.bar(symbol)
                if bar is not None and (best is None or bar.period < best.period):
                    best = bar
        seen[key] = best
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


def closings(instants: Sequence[Instant], symbols: Sequence[Symbol]) -> dict[Symbol, Closings]:
    """Of each symbol the closing figures of its trade bar, else of its quote bar, at some instants; no bar is made.

    A symbol that is of no day of these instants is not among them.
    """
    count = len(instants)
    kinds: dict[TickType, dict[Symbol, Closings]] = {TickType.QUOTE: {}, TickType.TRADE: {}}
    for day in _by_day(instants, symbols):
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
    """A day of a stream: the symbols wanted that are of it, which of the instants are of it, and which of its own."""

    stream: Stream
    tape: Tape
    members: list[Symbol]
    places: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)


def _by_day(instants: Sequence[Instant], symbols: Sequence[Symbol]) -> list[_Day]:
    """The days of quotes and trades of these symbols."""
    # a day is of one stream
    days: dict[Tape, _Day | None] = {}
    place = 0
    for tapes, group in groupby(instants, attrgetter("tapes")):
        together = list(group)
        lines = zip(*(instant.steps for instant in together), strict=True)
        for stream, tape, line in zip(together[0].streams, tapes, lines, strict=True):
            places = [i for i, step in enumerate(line, place) if step is not None]
            if not places:
                continue
            try:
                day = days[tape]
            except KeyError:
                members = [symbol for symbol in symbols if symbol in tape.column]
                wanted = members and stream.is_shown_as_bars and stream.tick_type is not TickType.OPEN_INTEREST
                day = days[tape] = _Day(stream, tape, members) if wanted else None
            if day is not None:
                day.places += places
                day.steps += [step for step in line if step is not None]
        place += len(together)
    return [day for day in days.values() if day is not None]

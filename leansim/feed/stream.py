"""Data of one kind (root, resolution, tick type) of a group of symbols, moving through the days of a run.

All contracts of a chain share three streams (trades, quotes, open interest). A stream has one tape at a time: the
current day's. What a day brings is read when the frontier gets to that day's first session, after the universe of the
day was selected, so that nothing is read for contracts that are gone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from leansim.api.bars import Bar, BaseData, OpenInterest, QuoteBar, Tick, TradeBar
from leansim.api.enums import Resolution, TickType
from leansim.api.instant import Closings, Move
from leansim.api.security_cache import duration
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_DAY, CachedDateTimeZone
from leansim.feed.data_filters import Accepts, without_rejected
from leansim.feed.members import NOBODY, Members
from leansim.feed.phases import NEVER, Phase, Source
from leansim.feed.sessions import Sessions
from leansim.feed.sources import Rows
from leansim.feed.tape import (
    ASK,
    BID,
    INTEREST,
    OWN_CLOSE,
    QUOTE,
    TRADE,
    Bools,
    Columns,
    Floats,
    Int64s,
    Shown,
    Tape,
    build,
    middles,
)
from leansim.lean_data.blocks import Clock

_NONE: Final = np.empty(0, dtype=np.int64)
_NOTHING: Final = np.empty(0)

SIDES: Final = {field: (f"bid_{field}", f"ask_{field}") for field in ("open", "high", "low", "close")}

FIELDS: Final[dict[TickType, tuple[str, ...]]] = {
    TickType.TRADE: TRADE,
    TickType.QUOTE: QUOTE,
    TickType.OPEN_INTEREST: INTEREST,
}


class Frontier:
    """Counts the changes of all streams of a run.

    Attributes:
        version: while it stands still, nothing that was read has changed.
        days: while it stands still, every stream has the tape it had.
    """

    __slots__ = ("days", "version")

    def __init__(self) -> None:
        self.version = 0
        self.days = 0


class Stream:
    """One kind of data of a group of symbols.

    Attributes:
        next_ns: the next instant at which the stream may bring something (a lower bound until the day is read).
        tape, at: the day, and the instant of it that is published.
        root: the canonical symbol whose contracts these are; ``None`` for what is in no chain.
        order: where it stands among the data of one instant: underlyings first, then trades before quotes.
        layout: changes whenever its members do.
        days: changes whenever it has another tape.
        is_settled: whether ``next_ns`` is exact.
        is_shown_as_bars: whether all it brings are bars an algorithm sees.

    """

    def __init__(
        self,
        phases: Iterable[Phase],
        sessions: Sessions,
        zone: CachedDateTimeZone,
        tick_type: TickType,
        *,
        end_ns: int,
        order: tuple[int, int, str],
        internal: bool,
        root: Symbol | None = None,
        frontier: Frontier | None = None,
    ) -> None:
        self._phases = list(phases)
        self.sessions = sessions
        self.zone = zone
        self.tick_type = tick_type
        self.end_ns = end_ns
        self.order = order
        self.internal = internal
        self.root = root
        self.frontier = Frontier() if frontier is None else frontier
        self._members = NOBODY
        self.symbols, self.column, self.starts = NOBODY.symbols, NOBODY.column, NOBODY.starts
        self.layout = 0
        self.days = 0
        self.next_ns = NEVER
        self.at = 0
        self._filters: dict[Symbol, Accepts] = {}
        self._fields = self._fields_of()
        self._pending = 0
        self.is_settled = False
        self.is_shown_as_bars = self.is_bars and not internal
        self._day: date | None = None
        self._reached = -1
        self._filled_ns = 0
        self.tape = self._before(({}, _NONE, _NONE))

    is_ticks = False
    """Whether it brings ticks rather than bars: several an instant, in a place of their own in a slice."""
    is_custom = False
    """Whether it brings data of the algorithm's own class, which are in a slice under their symbol alone."""
    is_bars = True
    """Neither of them."""

    def _fields_of(self) -> tuple[str, ...]:
        """The columns of its rows."""
        return FIELDS[self.tick_type]

    @property
    def source(self) -> Source:
        """Where its rows come from now."""
        return self._phases[0].source

    # members

    def add(self, symbols: Sequence[Symbol], start_ns: int) -> None:
        """Bring these symbols too, from bars ending at ``start_ns`` on."""
        self._arrange(self._members.joined_by(symbols, start_ns), start_ns)

    def remove(self, symbols: Sequence[Symbol], now_ns: int) -> None:
        """No longer bring these symbols."""
        self._arrange(self._members.without(symbols), now_ns)

    def _arrange(self, members: Members, now_ns: int) -> None:
        """Take over another set of members, keeping what the ones that stay have shown."""
        if members is self._members:
            return
        symbols = members.symbols
        shown = self._shown(symbols)
        self._members = members
        self.symbols, self.column, self.starts = symbols, members.column, members.starts
        self.layout += 1
        self._changed()
        self.tape.retire()
        if symbols and self.is_settled and self._day is not None:
            self._load(self._day, shown)
        else:
            self.tape = self._before(shown)
            self.at = self._pending = 0
        if not symbols:
            self.next_ns = NEVER
            self.is_settled = False
            self._day = None
        elif self._day is None:
            self._schedule(self.sessions.date_of(now_ns))

    def _shown(self, symbols: list[Symbol]) -> Shown:
        """What each of these members shows now, and what it is filled forward from where that is something else."""
        tape, at = self.tape, self.at
        source = tape.left if at == tape.steps - 1 else tape.rows[at]
        seen = tape.seen[at]
        size = len(symbols)
        zero = np.zeros(size, dtype=np.int64)
        if not size or not bool((source >= 0).any()):
            return {}, zero, zero
        if symbols is not self.symbols:
            places = [tape.column.get(symbol, -1) for symbol in symbols]
            seen, source = _at(seen, places), _at(source, places)
        rows = source if np.array_equal(seen, source) else np.concatenate([seen, source])
        known = rows >= 0
        if not known.any():
            return {}, zero, zero
        columns = {f: np.where(known, tape.columns.take(f, rows), np.nan) for f in self._fields}
        own = tape.columns.own_close() if self.tick_type is TickType.QUOTE else None
        if own is not None:
            columns[OWN_CLOSE] = np.where(known, own[rows], np.nan)
        return columns, np.where(known, tape.end[rows], 0), np.where(known, tape.period[rows], 0)

    def _before(self, shown: Shown) -> Tape:
        empty = {f: np.empty(0) for f in self._fields}
        return build(self.symbols, self.column, shown, empty, None, _NONE, _NONE, _NONE, _NONE)

    def fill_at(self, step_ns: int) -> None:
        """Fill forward at another step from now on."""
        self._phases[-1].fill_forward_ns = step_ns
        if self.is_settled and self._day is not None and len(self._phases) == 1:
            self._load(self._day, self._shown(self.symbols))

    # days

    def _schedule(self, day: date) -> None:
        """Wait for the first day from ``day`` on that can bring something."""
        found = self._next_day(day)
        while found is None and len(self._phases) > 1:
            found = self._next_day(self.sessions.date_of(self._phases.pop(0).until_ns))
        self.is_settled = False
        if found is None:
            self._day = None
            self.next_ns = NEVER
        else:
            self._day, self.next_ns = found

    def _next_day(self, day: date) -> tuple[date, int] | None:
        """The first day from ``day`` on that is in the phase, and when it can first bring something."""
        end_ns = min(self.end_ns, self._phases[0].until_ns - 1)
        return self.sessions.next_day(day, end_ns, unfiltered=self.tick_type is TickType.OPEN_INTEREST)

    def settle(self) -> None:
        """Read the day that is due: ``next_ns`` is exact then, or a later day's bound if this one brings nothing."""
        if not self.is_settled and self._day is not None:
            self._load(self._day, self._shown(self.symbols))

    def _load(self, day: date, shown: Shown) -> None:
        """Make the tape of a day, without the instants that are past."""
        after_ns, phase = self._reached, self._phases[0]
        rows = phase.source.read(day)
        regular = end = period = member = _NONE
        block: Mapping[str, Floats] = dict.fromkeys(self._fields, _NOTHING)
        kept: Bools | None = None
        quiet: Bools | None = None
        clock: Clock | None = None
        if rows is not None:
            end, period, member, block, clock = rows.end, rows.period, rows.symbol, rows.columns, rows.clock
            strangers = False
            # nearly always the members of a chain are the contracts in its file, in the same order
            if rows.symbols != self.symbols:
                where = np.array([self.column.get(s, -1) for s in rows.symbols], dtype=np.int64)
                strangers = bool((where < 0).any())
                member = where[rows.symbol]
            if strangers or not self._wants_all(phase, day, rows):
                kept, quiet = self._wanted(phase, day, end, period, member)
                if quiet is not None:
                    kept = kept | quiet
                    quiet = quiet[kept]
                clock = None if clock is None else clock.of(kept, len(end))
                end, period, member = end[kept], period[kept], member[kept]
        if len(end) or shown[1].any():
            regular = self._regular(phase, day)
            regular = regular[(regular > after_ns) & (regular <= min(self.end_ns, phase.until_ns))]
        self.tape.retire()
        self.tape = build(self.symbols, self.column, shown, block, kept, end, period, member, regular, quiet, clock)
        self._let_filters_choose()
        self.at = self._pending = 0
        self._filled_ns = phase.bar_ns
        self._changed()
        self.is_settled = True
        self._look_ahead()

    def filter(self, symbol: Symbol, accepts: Accepts) -> None:
        """Let a function of the algorithm's decide which data of a member come through, from the next day read on."""
        self._filters[symbol] = accepts

    def _let_filters_choose(self) -> None:
        for symbol, accepts in self._filters.items():
            column = self.column.get(symbol)
            if column is not None:
                self.tape = without_rejected(self.tape, column, partial(self.bar, self.tape, column=column), accepts)

    def _wants_all(self, phase: Phase, day: date, rows: Rows) -> bool:
        """Whether every row of a day counts, all being of members: told by their instants alone; False: not known."""
        if self.is_ticks or rows.clock is None or not rows.symbols:
            return False
        instants = rows.clock.instants
        first, last = int(instants[0]), int(instants[-1])
        if first <= self._reached or first < int(self.starts.max()) or last > min(self.end_ns, phase.until_ns):
            return False
        if self.tick_type is TickType.OPEN_INTEREST or phase.resolution == Resolution.DAILY:
            return True
        return bool(self.sessions.open_during(day, instants - int(rows.period[0]), instants).all())

    def _wanted(
        self, phase: Phase, day: date, end: Int64s, period: Int64s, member: Int64s
    ) -> tuple[Bools, Bools | None]:
        """Which rows of a day count, and which are only filled forward from; ``None`` when there are no such.

        What counts is of members, from when they joined, not past, and in the sessions. LEAN fills forward before it
        looks at the sessions: a bar of other hours is not shown, but until the next bar of a session comes what is
        filled forward has its prices.
        """
        own: Bools = (member >= 0) & (end <= min(self.end_ns, phase.until_ns)) & (end >= self.starts[member])
        fresh = own & (end > self._reached)
        if self.tick_type is TickType.OPEN_INTEREST or phase.resolution == Resolution.DAILY:
            return fresh, None
        open_ = self.sessions.open_during(day, end - period, end)
        kept = fresh & open_
        if not phase.fill_forward_ns or not len(kept):
            return kept, None
        quiet = fresh & ~open_
        # the last before a session or the end of the day's rows is enough
        quiet[:-1] &= ~(quiet[1:] & (member[1:] == member[:-1]))
        return kept, quiet if quiet.any() else None

    def _regular(self, phase: Phase, day: date) -> Int64s:
        """The instants at which what was shown is shown again."""
        if not phase.fill_forward_ns:
            return _NONE
        closes = self.sessions.closes(day) if phase.resolution == Resolution.DAILY else _NONE
        if phase.fill_forward_ns >= NS_PER_DAY:
            return closes
        return np.union1d(self.sessions.instants(day, phase.fill_forward_ns), closes)

    def _look_ahead(self) -> None:
        instants = self.tape.instants
        if self._pending + 1 < len(instants):
            self.next_ns = instants[self._pending + 1]
        else:
            assert self._day is not None
            # the tape stays readable until the next day is read
            self._schedule(self._day + timedelta(days=1))

    # instants

    def take(self, ns: int) -> tuple[Move, int]:
        """Move up to an instant: the step of the day that is new, and how many data points came with it."""
        tape = self.tape
        at, points = self._pending, 0
        while self.is_settled and self.next_ns <= ns:
            at += 1
            points += tape.points[at]
            self._pending = at
            if at + 1 < tape.steps:
                self.next_ns = tape.instants[at + 1]
            else:
                self._look_ahead()
        self._reached = ns
        return Move(self, tape, at), points

    def known_until(self, most: int) -> int:
        """The instant before which it is known what comes: ``most`` steps ahead, but not the last one of the day."""
        if not self.is_settled:
            return self.next_ns
        return self.tape.instants[min(self._pending + most, self.tape.steps - 1)]

    def ahead(self, until_ns: int) -> tuple[list[int], range, list[int]]:
        """The instants to come before that one, and what :meth:`take` would give at each: step and data points."""
        tape = self.tape
        first = self._pending + 1
        last = bisect_left(tape.instants, until_ns, first)
        return tape.instants[first:last], range(first, last), tape.points[first:last]

    def go_on_after(self, ns: int) -> None:
        """What was ahead up to an instant was taken."""
        instants = self.tape.instants
        self._pending = bisect_right(instants, ns) - 1
        self.next_ns = instants[self._pending + 1]
        self._reached = max(self._reached, instants[self._pending])

    def _changed(self) -> None:
        self.days += 1
        self.frontier.days += 1
        self.frontier.version += 1

    # bars

    def ticks(self, tape: Tape, step: int, column: int) -> list[Tick]:
        """What a member of a stream of ticks brings at an instant; nothing here."""
        del tape, step, column
        return []

    def points(self, tape: Tape, step: int, column: int) -> list[BaseData]:
        """What a member of a stream of custom data brings at an instant; nothing here."""
        del tape, step, column
        return []

    def bar(self, tape: Tape, step: int, column: int) -> BaseData | None:
        """What a member emits at an instant, real or filled forward; ``None`` when nothing."""
        if not tape.emits.item(step, column):
            return None
        row = tape.rows.item(step, column)
        return self._bar(tape, row, tape.symbols[column], tape.instants[step])

    def closings(self, tape: Tape, steps: list[int], members: list[int]) -> list[Closings]:
        """Of some members the close and the size of what each emits at some instants, without making bars."""
        columns = tape.columns
        follow = steps == list(range(steps[0], steps[-1] + 1))
        span = slice(steps[0], steps[-1] + 1) if follow else np.array(steps)
        # a line a member, one after the other
        lines = tape.rows[span].T[members]
        rows, emits = lines.ravel(), tape.emits[span].T[members].ravel()
        filled = (tape.end[lines] != tape.grid[span]).ravel()
        period = tape.period[rows]
        if self._filled_ns:
            period = np.where(filled, self._filled_ns, period)
        if self.tick_type is TickType.TRADE:
            close = columns.take("close", rows)
            volume = np.where(filled, 0.0, columns.take("volume", rows))
        else:
            values = np.array([columns.take(field, rows) for field in (*SIDES["close"], "bid_size", "ask_size")])
            values[np.isnan(values)] = 0.0
            bid, ask, bid_size, ask_size = values
            close = np.where((bid > 0) & (ask > 0), middles(bid, ask), np.where(bid != 0, bid, ask))
            for i in ((close == 0) & emits).nonzero()[0].tolist():
                close[i] = columns.own_close_in(rows.item(i)) or 0.0
            volume = (bid_size + ask_size) / 2
        close[~emits] = np.nan
        figures = (figure.reshape(lines.shape) for figure in (close, volume, period))
        return [Closings(*line) for line in zip(*figures, strict=True)]

    def _bar(self, tape: Tape, row: int, symbol: Symbol, end_ns: int) -> BaseData:
        end = self.local(end_ns)
        filled = tape.end.item(row) != end_ns
        # what is filled forward from a warm-up of another resolution has the length of the stream's bars
        period = self._filled_ns if filled and self._filled_ns else tape.period.item(row)
        columns = tape.columns
        made: BaseData
        if self.tick_type is TickType.OPEN_INTEREST:
            made = OpenInterest(end, symbol, columns.cell("value", row))
        elif self.tick_type is TickType.TRADE:
            made = TradeBar.__new__(TradeBar)
            made.symbol = symbol
            made.open = columns.cell("open", row)
            made.high = columns.cell("high", row)
            made.low = columns.cell("low", row)
            made.close = columns.cell("close", row)
            # LEAN fills prices forward, not volumes
            made.volume = 0.0 if filled else columns.cell("volume", row)
            _set_times(made, end, period)
        else:
            made = QuoteBar.__new__(QuoteBar)
            made.symbol = symbol
            made._value = columns.own_close_in(row)
            made.bid = _side(columns, BID, row)
            made.ask = _side(columns, ASK, row)
            made.last_bid_size = _or_zero(columns.cell("bid_size", row))
            made.last_ask_size = _or_zero(columns.cell("ask_size", row))
            _set_times(made, end, period)
        made.is_fill_forward = filled
        return made

    def local(self, ns: int) -> datetime:
        """The exchange's clock at an instant."""
        return self.zone.to_local(ns)


def _set_times(bar: TradeBar | QuoteBar, end: datetime, period_ns: int) -> None:
    bar._period = duration(period_ns)
    bar._end = end
    bar._time = end - bar._period


def _at(rows: npt.NDArray[np.int32], places: list[int]) -> npt.NDArray[np.int32]:
    """The rows of these columns, -1 where there is no such column."""
    if not len(rows):
        return np.full(len(places), -1, dtype=np.int32)
    wanted = np.array(places)
    return np.where(wanted >= 0, rows[wanted], -1).astype(np.int32)


def _or_zero(value: float) -> float:
    return 0.0 if value != value else value


def _side(columns: Columns, fields: tuple[str, ...], row: int) -> Bar | None:
    open_, high, low, close = fields
    bar = Bar.__new__(Bar)
    bar.close = columns.cell(close, row)
    if bar.close != bar.close:
        return None
    bar.open = columns.cell(open_, row)
    bar.high = columns.cell(high, row)
    bar.low = columns.cell(low, row)
    return bar

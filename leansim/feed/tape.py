"""One day of one kind of data of a group of contracts, ready to be read at any instant of that day.

A tape has a column of values per field and, for each instant of the day, the row each member shows. Row numbers grow in
time within a member, so "the last row up to this instant" is a running maximum: the whole table is made by a few array
operations, and a time step costs nothing however many members there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol
from weakref import ref

import numpy as np
import numpy.typing as npt

from leansim.api.symbols import Symbol
from leansim.feed.value_lists import ValueLists
from leansim.lean_data.blocks import Clock
from leansim.lean_data.packed import PackedColumns, PlainColumns

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[Any]

BID: Final = ("bid_open", "bid_high", "bid_low", "bid_close")
ASK: Final = ("ask_open", "ask_high", "ask_low", "ask_close")
QUOTE: Final = (*BID, "bid_size", *ASK, "ask_size")
OWN_CLOSE: Final = "own close"
TRADE: Final = ("open", "high", "low", "close", "volume")
INTEREST: Final = ("value",)
_SIDE_OF: Final = {field: side for side in (BID, ASK) for field in side}
_NAN: Final = float("nan")
# the grid of a tape that brings nothing, and where a day begins
_BEFORE: Final = np.zeros(1, dtype=np.int64)
# a column of which so large a part was taken is put together whole: from then on taking costs less
_MUCH: Final = 0.05


class Viewer(Protocol):
    """Who looks at a day."""

    def detach(self) -> None:
        """Copy what may still be asked of the day: it is over."""


class Tape:
    """The rows of a day.

    ``symbols``  the members, by ticker; ``column`` says where each is
    ``columns``  field → value per row
    ``end``      per row, when its bar ended (int64 ns UTC)
    ``period``   per row, how long its bar is
    ``grid``     the instants something is emitted at; ``grid[0]`` is 0 and stands for "before the first of them"
    ``rows``     [instant, member] → the row it emits, real or filled forward; -1 where it has none yet
    ``seen``     the same with rows that were emitted themselves alone: what a security's cache keeps
    ``left``     [member] → the row the days after are filled forward from
    ``emits``    [instant, member] → whether the member emits a bar (real or filled forward) at that instant
    ``instants`` the grid, as Python's integers
    ``steps``    how many instants, the one before the first included
    ``points``   per instant, how many members emit
    ``lists``    field → its values as lists, where they were asked for
    """

    __slots__ = (
        "_viewers",
        "column",
        "columns",
        "emits",
        "end",
        "grid",
        "instants",
        "left",
        "lists",
        "period",
        "points",
        "rows",
        "seen",
        "steps",
        "symbols",
    )

    def __init__(
        self,
        symbols: list[Symbol],
        column: dict[Symbol, int],
        columns: Columns,
        end: Int64s,
        period: Int64s,
        grid: Int64s,
        rows: Int32s,
        seen: Int32s,
        left: Int32s,
        emits: Bools,
    ) -> None:
        self.symbols = symbols
        self.column = column
        self.columns = columns
        self.end = end
        self.period = period
        self.grid = grid
        self.rows = rows
        self.seen = seen
        self.left = left
        self.emits = emits
        self.instants: list[int] = grid.tolist()
        self.steps = len(self.instants)
        # of an active chain nearly always all, which is found out sooner than how many
        self.points: list[int] = (
            [0] + [len(symbols)] * (self.steps - 1) if emits[1:].all() else np.count_nonzero(emits, axis=1).tolist()
        )
        self._viewers: list[ref[Viewer]] = []
        self.lists: dict[str, ValueLists] = {}

    def listed(self, field: str, step: int) -> list[float]:
        """A field of all members at a step; 0 where one has no value or emits nothing."""
        lists = self.lists.get(field)
        if lists is None:
            lists = self.lists[field] = ValueLists(field)
        return lists.at(self, step)

    def seen_by(self, viewer: Viewer) -> None:
        """Somebody looks at this day, and goes on doing so as long as he is there."""
        self._viewers.append(ref(viewer))

    def retire(self) -> None:
        """Let whoever still looks at this day copy what it needs."""
        for reference in self._viewers:
            viewer = reference()
            if viewer is not None:
                viewer.detach()


class Columns(dict[str, Floats]):
    """The values of a tape by field: one where it lies, or the whole column, put together when it is first asked for.

    The first rows are what members showed before the day (see :data:`Shown`), then come the day's. A quote without a
    side has the side of the member's quote before it, as LEAN gives it; sizes stay as they are.
    """

    __slots__ = ("_before", "_block", "_first", "_gaps", "_kept", "_member", "_members", "_quiet", "_taken")

    def __init__(
        self,
        before: Mapping[str, Floats] | None,
        block: Mapping[str, Floats],
        kept: Bools | None,
        member: Int64s,
        quiet: Bools | None,
        members: int,
    ) -> None:
        self._before = before
        self._block = block if isinstance(block, PackedColumns) else PlainColumns(block)
        self._kept = None if kept is None else np.flatnonzero(kept)
        self._member = member
        self._members = members
        self._quiet = quiet
        self._first = 0 if before is None else len(next(iter(before.values())))
        self._gaps: dict[str, Gaps | None] = {}
        self._taken: dict[str, int] = {}

    def __missing__(self, field: str) -> Floats:
        made = self[field] = self._put_together(field)
        return made

    def cell(self, field: str, row: int) -> float:
        """The value of a field in a row."""
        whole = self.get(field)
        if whole is not None:
            return whole.item(row)
        gaps = self._gaps_of(field)
        if gaps is not None and row >= self._first and gaps.lacks.item(row - self._first):
            row = self._sources(gaps, np.array([row])).item()
            if row < 0:
                return _NAN
        return self._own_cell(field, row)

    def take(self, field: str, rows: Ints) -> Floats:
        """The values of a field in some rows."""
        if field in self:
            return self[field][rows]
        gaps = self._gaps_of(field)
        taken = self._taken[field] = self._taken.get(field, 0) + len(rows)
        if taken > _MUCH * len(self._member):
            return self[field][rows]
        if gaps is None:
            return self._own_taken(field, rows)
        rows = self._sources(gaps, rows)
        return np.where(rows >= 0, self._own_taken(field, rows), np.nan)

    def _own_cell(self, field: str, row: int) -> float:
        if row < self._first:
            assert self._before is not None, "somebody showed something"
            return self._before[field].item(row)
        row -= self._first
        return self._block.cell(field, row if self._kept is None else self._kept.item(row))

    def _own_taken(self, field: str, rows: Ints) -> Floats:
        before, first = self._before, self._first
        if before is None:
            return self._block.take(field, rows if self._kept is None else self._kept[rows])
        if not len(self._member):
            return before[field][rows]
        early = rows < first
        here = np.where(early, 0, rows - first)
        values = self._block.take(field, here if self._kept is None else self._kept[here])
        return np.where(early, before[field][np.where(early, rows, 0)], values)

    def _raw(self, field: str) -> Floats:
        values = self._block[field]
        if self._kept is not None:
            values = values[self._kept]
        return values if self._before is None else np.concatenate([self._before[field], values])

    def _put_together(self, field: str) -> Floats:
        values = self._raw(field)
        gaps = self._gaps_of(field)
        if gaps is None:
            return values
        source = self._sources(gaps, np.arange(len(values)))
        return np.where(source >= 0, values[source], np.nan)

    def own(self, field: str) -> Floats:
        """A field per row as it came, NaN for a side it lacks."""
        key = f"own {field}"
        made = self.get(key)
        if made is None:
            made = self[key] = self._raw(field)
        return made

    def last_known(self, field: str, row: int) -> float:
        """A size in a row, or the member's last before it where it is 0: LEAN's cache keeps it so."""
        value = self.cell(field, row)
        if value > 0 or row < self._first:
            return value
        member = self._member[: row - self._first + 1]
        # rows of a member are together
        begin = int((member == member[-1]).argmax())
        known = self._own_taken(field, np.arange(begin + self._first, row + 1)) > 0
        if self._quiet is not None:
            known &= ~self._quiet[begin : len(member)]
        places = np.flatnonzero(known)
        if len(places):
            return self.cell(field, begin + self._first + int(places[-1]))
        return self.cell(field, int(member[-1])) if self._first else 0.0

    def own_close_in(self, row: int) -> float | None:
        """A quote's close by the sides it came with, before a missing side was taken from the quote before it.

        ``None`` when it came with both: the close is the same then. It is what LEAN keeps as a bar's value.
        """
        if row < self._first:
            assert self._before is not None, "somebody showed something"
            carried = self._before.get(OWN_CLOSE)
            return None if carried is None else carried.item(row)
        bid, ask = self._own_cell("bid_close", row), self._own_cell("ask_close", row)
        return None if bid > 0 and ask > 0 else bid if bid > 0 else ask if ask == ask else 0.0

    def own_close(self) -> Floats | None:
        """The same of every quote, those with both sides too; ``None`` when all of them came so."""
        if all(self._gaps_in(side[-1]) is None for side in (BID, ASK)) and not self._carried_own_close:
            return None
        made = self.get(OWN_CLOSE)
        if made is None:
            bid, ask = np.nan_to_num(self._raw("bid_close")), np.nan_to_num(self._raw("ask_close"))
            made = np.where((bid > 0) & (ask > 0), middles(bid, ask), np.where(bid > 0, bid, ask))
            if self._before is not None and self._carried_own_close:
                carried = self._before[OWN_CLOSE]
                made[: len(carried)] = carried
            self[OWN_CLOSE] = made
        return made

    @property
    def _carried_own_close(self) -> bool:
        return self._before is not None and OWN_CLOSE in self._before

    def _gaps_of(self, field: str) -> Gaps | None:
        """Which rows lack the side a field is of; ``None``: none does."""
        side = _SIDE_OF.get(field)
        return None if side is None else self._gaps_in(side[-1])

    def _gaps_in(self, close: str) -> Gaps | None:
        if close not in self._gaps:
            lacks = self._block.missing(close)
            if lacks is not None and self._kept is not None:
                lacks = lacks[self._kept]
            if lacks is not None and lacks.any():
                turns = np.flatnonzero(lacks[1:] != lacks[:-1]) + 1
                self._gaps[close] = Gaps(lacks, np.concatenate([_BEFORE, turns]))
            else:
                self._gaps[close] = None
        return self._gaps[close]

    def _sources(self, gaps: Gaps, rows: Ints) -> Ints:
        """For each of these rows the last row of its member that has the side, -1 for none.

        Before the day that is what the member left to be filled forward from.
        """
        first, member = self._first, self._member
        at = rows - first
        lacking = np.flatnonzero(gaps.lacks[np.maximum(at, 0)] & (at >= 0))
        if not len(lacking):
            return rows
        at = at[lacking]
        # the row before those that lack it together, unless it is another member's
        start = gaps.turns[np.searchsorted(gaps.turns, at, side="right") - 1]
        known = (start > 0) & (member[start - 1] == member[at])
        left = member[at] + first - self._members if first else -1
        source = rows.copy()
        source[lacking] = np.where(known, start - 1 + first, left)
        return source


class Gaps(NamedTuple):
    """The rows of a day that lack a side of their quote: which they are, and where such or others begin."""

    lacks: Bools
    turns: Int64s


def middles(bid: Floats, ask: Floats) -> Floats:
    """The middles of two columns of prices, as :func:`~leansim.api.bars.middle` of each."""
    return np.round((bid + ask) / 2, 10)


def build(
    symbols: list[Symbol],
    column: dict[Symbol, int],
    shown: Shown,
    block: Mapping[str, Floats],
    kept: Bools | None,
    end: Int64s,
    period: Int64s,
    member: Int64s,
    regular: Int64s,
    quiet: Bools | None = None,
    clock: Clock | None = None,
) -> Tape:
    """A tape from what was shown before the day and the day's rows.

    ``kept`` says which rows of ``block`` count (``None``: all); ``end``, ``period`` and ``member`` are of those, and
    ``clock`` the instants in ``end``, where they are known. Rows of one member are together and
    in time order. ``regular`` are the instants at which a member that has shown something emits it again (empty: no
    fill-forward). ``quiet`` rows emit nothing themselves, but what is filled forward after them has their values.
    """
    members = len(symbols)
    before, before_end, before_period = shown
    carried = bool(before_end.any())
    if not carried and not len(end):
        nothing = np.full((1, members), -1, dtype=np.int32)
        columns = Columns(None, block, kept, member, quiet, members)
        emits = np.zeros(nothing.shape, dtype=np.bool_)
        return Tape(symbols, column, columns, end, period, _BEFORE, nothing, nothing, nothing[0], emits)
    first = len(before_end) if carried else 0
    ends = end if clock is None else clock.instants
    step = np.searchsorted(regular, ends)
    if len(regular) and len(ends) and int(step.max()) < len(regular) and bool((regular[step] == ends).all()):
        instants = regular
    else:
        instants = np.union1d(regular, ends)
        step = np.searchsorted(instants, ends)
    grid = np.concatenate([np.zeros(1, dtype=np.int64), instants])
    if clock is not None:
        is_full = clock.places is None and len(end) == len(ends) * members
        if is_full and quiet is None and not carried and instants is regular:
            rows = _full_table(member, len(ends), members)[np.searchsorted(ends, grid, side="right")]
            emits = rows >= 0
            if bool((rows[1] < 0).all()):
                keep = emits.any(axis=1)
                keep[0] = True
                grid, rows, emits = grid[keep], rows[keep], emits[keep]
            columns = Columns(None, block, kept, member, None, members)
            return Tape(symbols, column, columns, end, period, grid, rows, rows, rows[-1], emits)
        step = clock.spread(step, len(end))
    rows = np.full((len(grid), members), -1, dtype=np.int32)
    at = np.arange(first, first + len(end), dtype=np.int32)
    if carried:
        before_row = np.where(before_end > 0, np.arange(first, dtype=np.int32), -1)
        rows[0] = before_row[-members:]
    loud: Any = slice(None) if quiet is None else ~quiet
    seen = rows
    if quiet is not None or first > members:
        seen = np.full_like(rows, -1)
        if carried:
            seen[0] = before_row[:members]
        seen[step[loud] + 1, member[loud]] = at[loud]
        np.maximum.accumulate(seen, axis=0, out=seen)
    rows[step + 1, member] = at
    np.maximum.accumulate(rows, axis=0, out=rows)
    left = rows[-1]
    if instants is regular:
        emits = rows >= 0
    else:
        emits = np.zeros(rows.shape, dtype=np.bool_)
        on = np.searchsorted(instants, regular) + 1
        emits[on] = rows[on] >= 0
        emits[step[loud] + 1, member[loud]] = True
    emits[0] = False
    keep = emits.any(axis=1)
    keep[0] = True
    if not keep.all():
        seen = rows[keep] if seen is rows else seen[keep]
        grid, rows, emits = grid[keep], rows[keep], emits[keep]
    columns = Columns(before if carried else None, block, kept, member, quiet, members)
    ends = np.concatenate([before_end, end]) if carried else end
    periods = np.concatenate([before_period, period]) if carried else period
    return Tape(symbols, column, columns, ends, periods, grid, rows, seen, left, emits)


def _full_table(member: Int64s, steps: int, members: int) -> Int32s:
    """The row of each instant and member where all have a bar at every one, as in an active chain.

    The first line is of before them: -1.
    """
    firsts = np.empty(members, dtype=np.int32)
    firsts[member[::steps]] = np.arange(0, members * steps, steps)
    rows = np.empty((steps + 1, members), dtype=np.int32)
    rows[0] = -1
    np.add(np.arange(steps, dtype=np.int32)[:, None], firsts, out=rows[1:])
    return rows


Shown = tuple[Mapping[str, Floats], Int64s, Int64s]
"""What members showed before: a value per member and field, when each bar ended (0: nothing), and how long it is.

Twice as many where a member is filled forward from another row than was seen of it: first all that was seen, then all
that is filled forward from."""

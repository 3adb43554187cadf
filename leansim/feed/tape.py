"""One day of one kind of data of a group of contracts, ready to be read at any instant of that day.

A tape has a column of values per field and, for each instant of the day, the row each member shows. Row numbers grow in
time within a member, so "the last row up to this instant" is a running maximum: the whole table is made by a few array
operations, and a time step costs nothing however many members there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from weakref import WeakSet

import numpy as np
import numpy.typing as npt

from leansim.api.symbols import Symbol

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

BID: Final = ("bid_open", "bid_high", "bid_low", "bid_close")
ASK: Final = ("ask_open", "ask_high", "ask_low", "ask_close")
QUOTE: Final = (*BID, "bid_size", *ASK, "ask_size")
OWN_CLOSE: Final = "own close"
TRADE: Final = ("open", "high", "low", "close", "volume")
INTEREST: Final = ("value",)


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
    """

    __slots__ = (
        "column",
        "columns",
        "emits",
        "end",
        "grid",
        "instants",
        "left",
        "period",
        "points",
        "rows",
        "seen",
        "steps",
        "symbols",
        "viewers",
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
        self.points: list[int] = emits.sum(axis=1).tolist()
        self.viewers: WeakSet[Any] = WeakSet()

    def retire(self) -> None:
        """Let whoever still looks at this day copy what it needs."""
        for viewer in list(self.viewers):
            viewer.detach()


def _last_present(present: Bools, begin: Int64s) -> Int64s:
    """For each row: the last row from ``begin`` (its member's first) up to itself that has a value; -1 for none."""
    last = np.maximum.accumulate(np.where(present, np.arange(len(present), dtype=np.int64), -1))
    return np.where(last >= begin, last, -1)


class Columns(dict[str, Floats]):
    """The values of a tape by field, put together when a field is first asked for.

    The first rows are what members showed before the day (see :data:`Shown`), then come the day's. A quote without a
    side has the side of the member's quote before it, as LEAN gives it; sizes stay as they are.
    """

    __slots__ = ("_before", "_block", "_kept", "_member", "_members", "_quiet", "_sources")

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
        self._block = block
        self._kept = kept
        self._member = member
        self._members = members
        self._quiet = quiet
        self._sources: dict[tuple[str, ...], Int64s | None] = {}

    def __missing__(self, field: str) -> Floats:
        made = self[field] = self._put_together(field)
        return made

    def _raw(self, field: str) -> Floats:
        values = self._block[field]
        if self._kept is not None:
            values = values[self._kept]
        return values if self._before is None else np.concatenate([self._before[field], values])

    def _put_together(self, field: str) -> Floats:
        values = self._raw(field)
        side = BID if field in BID else ASK if field in ASK else None
        source = None if side is None else self._source(side)
        return values if source is None else np.where(source >= 0, values[source], np.nan)

    def own(self, field: str) -> Floats:
        """A field per row as it came, NaN for a side it lacks."""
        key = f"own {field}"
        made = self.get(key)
        if made is None:
            made = self[key] = self._raw(field)
        return made

    def last_known(self, field: str) -> Floats:
        """A size per row, with the member's size before it where it is 0: LEAN's cache keeps it so."""
        key = f"last known {field}"
        made = self.get(key)
        if made is None:
            values = self[field]
            known = values > 0
            if self._quiet is not None:
                known[len(known) - len(self._quiet) :] &= ~self._quiet
            source = self._find_source(known, seen=True)
            made = values if source is None else np.where(source >= 0, np.nan_to_num(values[source]), 0.0)
            self[key] = made
        return made

    def own_close(self) -> Floats | None:
        """Per quote, its close by the sides it came with, before a missing side was taken from the quote before it.

        ``None`` when every quote came with both: the close is the same then. It is what LEAN keeps as a bar's value.
        """
        if self._source(BID) is None and self._source(ASK) is None and not self._carried_own_close:
            return None
        made = self.get(OWN_CLOSE)
        if made is None:
            bid, ask = np.nan_to_num(self._raw("bid_close")), np.nan_to_num(self._raw("ask_close"))
            made = np.where((bid > 0) & (ask > 0), np.round((bid + ask) / 2, 10), np.where(bid > 0, bid, ask))
            if self._before is not None and self._carried_own_close:
                carried = self._before[OWN_CLOSE]
                made[: len(carried)] = carried
            self[OWN_CLOSE] = made
        return made

    @property
    def _carried_own_close(self) -> bool:
        return self._before is not None and OWN_CLOSE in self._before

    def _source(self, side: tuple[str, ...]) -> Int64s | None:
        """For each row the row its side is taken from, -1 for none; ``None`` when every row has its own."""
        if side not in self._sources:
            self._sources[side] = self._find_source(~np.isnan(self._raw(side[-1])))
        return self._sources[side]

    def _find_source(self, has_value: Bools, *, seen: bool = False) -> Int64s | None:
        """For each row the last row of its member that has a value, -1 for none; ``None`` when every row has one.

        Before the day that is what the member left to be filled forward from, or what was ``seen`` of it last.
        """
        member = self._member
        first = len(has_value) - len(member)
        present = has_value[first:]
        if present.all():
            return None
        at = np.arange(len(member), dtype=np.int64)
        new = np.ones(len(member), dtype=np.bool_)
        new[1:] = member[1:] != member[:-1]
        last = _last_present(present, np.maximum.accumulate(np.where(new, at, 0)))
        carried = member if seen else member + first - self._members
        source = np.where(last >= 0, last + first, carried if first else -1)
        sources: Int64s = np.concatenate([np.arange(first, dtype=np.int64), source])
        return sources


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
) -> Tape:
    """A tape from what was shown before the day and the day's rows.

    ``kept`` says which rows of ``block`` count (``None``: all); ``end``, ``period`` and ``member`` are of those. Rows
    of one member are together and in time order. ``regular`` are the instants at which a member that has shown
    something emits it again (empty: no fill-forward). ``quiet`` rows emit nothing themselves, but what is filled
    forward after them has their values.
    """
    members = len(symbols)
    before, before_end, before_period = shown
    carried = bool(before_end.any())
    first = len(before_end) if carried else 0
    step = np.searchsorted(regular, end)
    if len(regular) and len(end) and int(step.max()) < len(regular) and bool((regular[step] == end).all()):
        instants = regular
    else:
        instants = np.union1d(regular, end)
        step = np.searchsorted(instants, end)
    grid = np.concatenate([np.zeros(1, dtype=np.int64), instants])
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


Shown = tuple[Mapping[str, Floats], Int64s, Int64s]
"""What members showed before: a value per member and field, when each bar ended (0: nothing), and how long it is.

Twice as many where a member is filled forward from another row than was seen of it: first all that was seen, then all
that is filled forward from."""

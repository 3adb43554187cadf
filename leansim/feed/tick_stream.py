"""The stream of a security's ticks: an instant may bring several, and nothing is filled forward.

Its tape is that of bars without length; the rows of one instant lie together, the last one is what the security shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from leansim.api.bars import Tick
from leansim.errors import NotEmulated
from leansim.feed.stream import Stream
from leansim.feed.tape import Bools, Floats, Int64s, Tape
from leansim.feed.ticks import TICK_FIELDS, make_tick
from leansim.lean_data.ticks import MARKS

if TYPE_CHECKING:
    from datetime import date

    from leansim.api.bars import BaseData
    from leansim.api.symbols import Symbol
    from leansim.feed.phases import Phase


class TickStream(Stream):
    """Trades or quotes as they came."""

    is_ticks = True
    is_bars = False

    def _fields_of(self) -> tuple[str, ...]:
        return (*super()._fields_of(), *MARKS)

    def _wanted(
        self, phase: Phase, day: date, end: Int64s, period: Int64s, member: Int64s
    ) -> tuple[Bools, Bools | None]:
        """A tick at the very open of a session is in it."""
        del period
        own: Bools = (member >= 0) & (end <= min(self.end_ns, phase.until_ns)) & (end >= self.starts[member])
        kept: Bools = own & (end > self._reached) & self.sessions.open_during(day, end, end + 1)
        rows = self.source.read(day)
        if rows is not None and bool((rows.columns["suspicious"][kept] > 0).any()):
            raise NotEmulated("ticks the exchange marked as suspicious")
        if rows is not None:
            for symbol, accepts in self._filters.items():
                at = np.flatnonzero(kept & (member == self.column.get(symbol, -2)))
                kept[at] = [accepts(self._made(symbol, end.item(row), row, rows.columns.__getitem__)) for row in at]
        return kept, None

    def _let_filters_choose(self) -> None:
        """They have, tick by tick."""

    def ticks(self, tape: Tape, step: int, column: int) -> list[Tick]:
        """All ticks a member brings at an instant, in the order of the file."""
        if not tape.emits.item(step, column):
            return []
        last = tape.rows.item(step, column)
        now = tape.instants[step]
        first = last
        while first > 0 and tape.end.item(first - 1) == now and tape.rows.item(step - 1, column) < first:
            first -= 1
        return [self._tick(tape, row, tape.symbols[column]) for row in range(first, last + 1)]

    def _tick(self, tape: Tape, row: int, symbol: Symbol) -> Tick:
        return self._made(symbol, tape.end.item(row), row, tape.columns.own)

    def _made(self, symbol: Symbol, end_ns: int, row: int, column: Callable[[str], Floats]) -> Tick:
        values = {field: column(field).item(row) for field in TICK_FIELDS[self.tick_type]}
        return make_tick(symbol, self.tick_type, self.local(end_ns), values)

    def _bar(self, tape: Tape, row: int, symbol: Symbol, end_ns: int) -> BaseData:
        del end_ns
        return self._tick(tape, row, symbol)

"""What one instant brings: the port between the feed and the loop."""

from __future__ import annotations

from typing import Any

from leansim.api.enums import TickType
from leansim.api.slice import Slice
from leansim.api.symbols import Symbol
from leansim.api.universes import SecurityChanges
from leansim.feed.stream import publish


class TimeSlice:
    """One instant of the run.

    ``ns``            int64 nanoseconds UTC
    ``is_time_pulse`` nothing but the time: a universe is about to be selected at this instant
    ``changes``       securities added and removed (``changes.count`` is 0 when there are none; lists are lazy)
    ``slice``         what ``on_data`` gets; ``slice.has_data``, ``.delistings``, ``.splits``, ``.dividends``,
                      ``.symbol_changed_events`` are its usual members
    ``data_points``   as LEAN counts them
    """

    __slots__ = ("changes", "data_points", "is_time_pulse", "ns", "slice")

    def __init__(
        self, slice_: Slice, changes: SecurityChanges, data_points: int, *, is_time_pulse: bool = False
    ) -> None:
        self.ns = slice_._instant.ns
        self.slice = slice_
        self.changes = changes
        self.data_points = data_points
        self.is_time_pulse = is_time_pulse

    def publish(self) -> None:
        """Make the prices of this step visible in every ``Security.cache``; call once, after past scheduled events."""
        publish(self.slice._instant.every)

    def bar(self, symbol: Symbol, tick_type: TickType | int) -> Any | None:
        """The bar (real or filled forward) this step brings of a symbol, ``None`` when none: for consolidators."""
        return self.slice._instant.bar(symbol, TickType(tick_type))

    def data(self, symbol: Symbol, tick_type: TickType | int) -> list[Any]:
        """All this step brings of a kind of data of a symbol: the bar, or every tick."""
        return self.slice._instant.data(symbol, TickType(tick_type))

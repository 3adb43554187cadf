"""When the desk looks at what it holds.

Options that expire on another day move slowly beside what a look at them costs: they are looked at every quarter of an
hour, those of the day every minute (method 1.0). What is being opened, closed or rolled, and what the last look wanted
closed or rolled, is looked at every minute too, until it is done.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from tomking.market.calendar import to_new_york
from tomking.positions.position import MultiLegPosition


class Beat:
    """True in the minute of the first turn of each stretch of so many minutes, counted from midnight in New York.

    The whole minute counts, so that live a quote that is late by some seconds still does.
    """

    def __init__(self, minutes: int) -> None:
        """A stretch is so many minutes long; 1: always True."""
        self._minutes = minutes
        self._stretch: tuple[date, int] | None = None
        self._minute: tuple[date, int] | None = None

    def strikes(self, now: datetime) -> bool:
        """Whether the present minute is such a one."""
        local = to_new_york(now)
        today, minute = local.date(), local.hour * 60 + local.minute
        stretch = (today, minute // self._minutes)
        if stretch != self._stretch:
            self._stretch, self._minute = stretch, (today, minute)
        return self._minute == (today, minute)


class Rounds:
    """Which positions are looked at in a turn: all of them on each beat, between two beats those that cannot wait."""

    def __init__(self, minutes: int) -> None:
        """All of them every so many minutes."""
        self._beat = Beat(minutes)
        self._wanted: frozenset[str] = frozenset()
        self._sorted_at: tuple[int, date] | None = None
        self._urgent: Sequence[MultiLegPosition] = ()

    def due(self, positions: Sequence[MultiLegPosition], version: int, now: datetime) -> Sequence[MultiLegPosition]:
        """Those of the positions that are to be looked at now, in their order.

        Under the same `version` they are as they were: those that cannot wait are the same all day.
        """
        if self._beat.strikes(now):
            return positions
        sorted_at = (version, to_new_york(now).date())
        if sorted_at != self._sorted_at:
            self._sorted_at = sorted_at
            self._urgent = [each for each in positions if self._cannot_wait(each, sorted_at[1])]
        return self._urgent

    def remember(self, wanted: Collection[str]) -> None:
        """Positions the look just taken wanted closed or rolled: they are looked at again in the next turn."""
        if self._wanted != wanted:
            self._wanted = frozenset(wanted)
            self._sorted_at = None

    def _cannot_wait(self, position: MultiLegPosition, today: date) -> bool:
        if position.building or position.closing or position.position_id in self._wanted:
            return True
        return position.holds_until(today)

"""The clock of a run: one instant, and what every zone's clock reads at it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from leansim.api.time_zones import NS_PER_DAY, NS_PER_US, CachedDateTimeZone, aware_utc

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


class TimeKeeper:
    """The frontier of a run.

    Attributes:
        ns: the instant, int64 nanoseconds UTC. Only :meth:`advance` changes it.

    """

    __slots__ = ("_utc", "ns")

    def __init__(self, ns: int = 0) -> None:
        self.ns = ns
        self._utc: datetime | None = None

    def advance(self, ns: int) -> None:
        """Set the instant. LEAN's clock may go back within a step (past scheduled events), so earlier is allowed."""
        if ns != self.ns:
            self.ns = ns
            self._utc = None

    @property
    def utc(self) -> datetime:
        """The instant as LEAN hands it to Python: an aware UTC time."""
        if self._utc is None:
            self._utc = aware_utc(self.ns)
        return self._utc

    def local_ns(self, zone: CachedDateTimeZone) -> int:
        """What the zone's clock reads, in nanoseconds since 1970."""
        return zone.to_local_ns(self.ns)

    def local(self, zone: CachedDateTimeZone) -> datetime:
        """What the zone's clock reads: a naive time."""
        return zone.to_local(self.ns)

    def local_date(self, zone: CachedDateTimeZone) -> date:
        """The zone's calendar date."""
        return date.fromordinal(_EPOCH_DAY + self.local_ns(zone) // NS_PER_DAY)

    def since(self, ns: int) -> timedelta:
        """How long ago an instant was."""
        return timedelta(microseconds=(self.ns - ns) // NS_PER_US)

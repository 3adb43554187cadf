"""Time zones: LEAN's `TimeZones` and the arithmetic between UTC and local clocks, one instant or a whole column.

Instants are int64 nanoseconds since 1970-01-01 UTC. A local time is the same kind of number read off the zone's clock.
Local times a clock change skips or repeats are resolved as LEAN does: skipped ones move forward by the gap, repeated
ones mean the first occurrence.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from leansim.api.naming import ClrStatic, FixedClrObject

NS_PER_US: Final = 1_000
NS_PER_MS: Final = 1_000_000
NS_PER_SECOND: Final = 1_000_000_000
NS_PER_MINUTE: Final = 60 * NS_PER_SECOND
NS_PER_HOUR: Final = 3600 * NS_PER_SECOND
NS_PER_DAY: Final = 86_400 * NS_PER_SECOND

_EPOCH: Final = datetime(1970, 1, 1)
_ONE_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_NOT_IN_IANA: Final = {"UTC-05": "Etc/GMT+5"}
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2100
# the shortest stay at an offset in these years is about a month (daylight saving suspended for Ramadan)
_BETWEEN_PROBES: Final = timedelta(14)
_HALVES: Final = tuple(timedelta(0, 1 << power) for power in reversed(range(21)))
"""A million seconds, half of it and so on to a second: together more than two weeks."""

Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def to_ns(moment: date) -> int:
    """Nanoseconds since 1970 of a naive time, read as it stands; of an aware one, its UTC instant; of a date, its
    midnight, as .NET takes a date from Python.
    """
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    delta = moment - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * NS_PER_SECOND + delta.microseconds * NS_PER_US


@lru_cache(maxsize=1 << 12)
def local_date(text: str, layout: str = "%Y%m%d") -> datetime:
    """The naive midnight of a date written as LEAN's files write it; ``ValueError`` when it is none."""
    return datetime.strptime(text, layout)  # noqa: DTZ007  # LEAN's dates are dates of an exchange's calendar


def from_ns(ns: int) -> datetime:
    """The naive time of nanoseconds since 1970, to the microsecond."""
    return _EPOCH + timedelta(0, 0, ns // NS_PER_US)


class GMT(tzinfo):
    """The zone of LEAN's UTC times as Python sees them: ``utc_time.tzinfo``."""

    def utcoffset(self, moment: datetime | None, /) -> timedelta:
        """Zero."""
        return timedelta(0)

    def dst(self, moment: datetime | None, /) -> timedelta:
        """Zero."""
        return timedelta(0)

    def tzname(self, moment: datetime | None, /) -> str:
        """The name pythonnet gives the zone."""
        return "GMT 00:00"


GMT_ZONE: Final = GMT()
_UTC_EPOCH: Final = _EPOCH.replace(tzinfo=GMT_ZONE)


def aware_utc(ns: int) -> datetime:
    """The UTC instant as LEAN hands it to Python: aware, with a zone named GMT."""
    return _UTC_EPOCH + timedelta(0, 0, ns // NS_PER_US)


class CachedDateTimeZone(FixedClrObject):
    """A time zone as LEAN has it; made by :func:`zone`, one object a name.

    Attributes:
        id: the IANA name, also its text.

    """

    __slots__ = (
        "_last",
        "_last_ns",
        "_local_starts",
        "_local_starts_array",
        "_offset",
        "_offsets",
        "_offsets_array",
        "_since",
        "_starts",
        "_starts_array",
        "_until",
        "id",
    )

    def __init__(self, name: str) -> None:
        try:
            rules = ZoneInfo(_NOT_IN_IANA.get(name, name))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"there is no time zone named {name!r}") from error
        self.id = name
        starts, offsets = _transitions(rules)
        self._starts, self._offsets = starts, offsets
        # A local time belongs to the later offset once it has passed the change on both clocks: in a gap the earlier
        # offset moves it forward, in an overlap the earlier offset is the first occurrence.
        self._local_starts = [starts[0]] + [
            start + max(before, after) for start, before, after in zip(starts[1:], offsets, offsets[1:], strict=False)
        ]
        self._starts_array = np.array(starts, dtype=np.int64)
        self._local_starts_array = np.array(self._local_starts, dtype=np.int64)
        self._offsets_array = np.array(offsets, dtype=np.int64)
        # the offset asked for last, and from when until when it holds
        self._offset, self._since, self._until = 0, 0, 0
        # many ask what the clock reads at the frontier
        self._last_ns, self._last = 0, from_ns(self.to_local_ns(0))

    def offset_ns(self, utc_ns: int) -> int:
        """Local clock minus UTC at an instant."""
        if not self._since <= utc_ns < self._until:
            following = max(bisect_right(self._starts, utc_ns), 1)
            self._offset = self._offsets[following - 1]
            self._since = min(self._starts[following - 1], utc_ns)
            self._until = self._starts[following] if following < len(self._starts) else utc_ns + 1
        return self._offset

    def to_local_ns(self, utc_ns: int) -> int:
        """The local clock's reading at an instant."""
        return utc_ns + self.offset_ns(utc_ns)

    def to_utc_ns(self, local_ns: int) -> int:
        """The instant at which the local clock reads ``local_ns``."""
        return local_ns - self._offsets[max(bisect_right(self._local_starts, local_ns) - 1, 0)]

    def to_local(self, utc_ns: int) -> datetime:
        """The naive local time at an instant."""
        if utc_ns != self._last_ns:
            if utc_ns - self._last_ns == NS_PER_MINUTE and self._since <= self._last_ns and utc_ns < self._until:
                # a minute later on the same offset, as most steps are
                self._last += _MINUTE
            else:
                self._last = from_ns(utc_ns + self.offset_ns(utc_ns))
            self._last_ns = utc_ns
        return self._last

    def to_utc_column(self, local_ns: Int64Array) -> Int64Array:
        """:meth:`to_utc_ns` of a whole column."""
        if len(local_ns) and (offset := self._one_offset(self._local_starts, local_ns)) is not None:
            return local_ns - offset
        at = np.searchsorted(self._local_starts_array, local_ns, side="right") - 1
        utc: Int64Array = local_ns - self._offsets_array[np.maximum(at, 0)]
        return utc

    def to_local_column(self, utc_ns: Int64Array) -> Int64Array:
        """:meth:`to_local_ns` of a whole column."""
        if len(utc_ns) and (offset := self._one_offset(self._starts, utc_ns)) is not None:
            return utc_ns + offset
        at = np.searchsorted(self._starts_array, utc_ns, side="right") - 1
        local: Int64Array = utc_ns + self._offsets_array[np.maximum(at, 0)]
        return local

    def _one_offset(self, starts: list[int], times: Int64Array) -> int | None:
        """The offset that holds for a whole column, as for nearly every day; None when it changes within."""
        first, last = bisect_right(starts, int(times.min())), bisect_right(starts, int(times.max()))
        return self._offsets[max(first - 1, 0)] if first == last else None

    def __str__(self) -> str:
        return self.id

    def __repr__(self) -> str:
        return self.id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CachedDateTimeZone) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __reduce__(self) -> tuple[Any, ...]:
        return zone, (self.id,)


def _transitions(rules: ZoneInfo) -> tuple[list[int], list[int]]:
    """When the offset changes between 1970 and 2100 (UTC ns), and the offset from then on, found by bisection.

    Moments are read off UTC's clock, though the zone stands at them: that is how a zone is asked what its clock reads
    then, and what no other question is answered as fast as. There are nine thousand.
    """

    def offset(moment: datetime) -> timedelta:
        return rules.fromutc(moment) - moment

    before, last = datetime(_FIRST_YEAR, 1, 1, tzinfo=rules), datetime(_LAST_YEAR, 1, 1, tzinfo=rules)
    known = offset(before)
    changes = [(before, known)]
    while before < last:
        probe = before + _BETWEEN_PROBES
        now = offset(probe)
        if now != known:
            for span in _HALVES:
                if before + span < probe and offset(before + span) == known:
                    before += span
            changes.append((before + _ONE_SECOND, now))
            known = now
        before = probe
    starts = [to_ns(moment.replace(tzinfo=None)) for moment, _ in changes]
    return starts, [shift // _ONE_SECOND * NS_PER_SECOND for _, shift in changes]


@cache
def zone(name: str) -> CachedDateTimeZone:
    """The zone of an IANA name; ``ValueError`` when there is none."""
    return CachedDateTimeZone(name)


class _LazyZone:
    """A class attribute that is computed on first use: building a zone takes about a millisecond."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> CachedDateTimeZone:
        return zone(self._name)


class TimeZones(metaclass=ClrStatic):
    """LEAN's named time zones."""

    UTC = _LazyZone("UTC")
    EASTERN_STANDARD = _LazyZone("UTC-05")
    NEW_YORK = _LazyZone("America/New_York")
    LONDON = _LazyZone("Europe/London")
    HONG_KONG = _LazyZone("Asia/Hong_Kong")
    TOKYO = _LazyZone("Asia/Tokyo")
    ROME = _LazyZone("Europe/Rome")
    SYDNEY = _LazyZone("Australia/Sydney")
    VANCOUVER = _LazyZone("America/Vancouver")
    TORONTO = _LazyZone("America/Toronto")
    CHICAGO = _LazyZone("America/Chicago")
    LOS_ANGELES = _LazyZone("America/Los_Angeles")
    PHOENIX = _LazyZone("America/Phoenix")
    AUCKLAND = _LazyZone("Pacific/Auckland")
    MOSCOW = _LazyZone("Europe/Moscow")
    MADRID = _LazyZone("Europe/Madrid")
    BUENOS_AIRES = _LazyZone("America/Argentina/Buenos_Aires")
    BRISBANE = _LazyZone("Australia/Brisbane")
    SAO_PAULO = _LazyZone("America/Sao_Paulo")
    CAIRO = _LazyZone("Africa/Cairo")
    JOHANNESBURG = _LazyZone("Africa/Johannesburg")
    ANCHORAGE = _LazyZone("America/Anchorage")
    DENVER = _LazyZone("America/Denver")
    DETROIT = _LazyZone("America/Detroit")
    MEXICO_CITY = _LazyZone("America/Mexico_City")
    JERUSALEM = _LazyZone("Asia/Jerusalem")
    SHANGHAI = _LazyZone("Asia/Shanghai")
    MELBOURNE = _LazyZone("Australia/Melbourne")
    AMSTERDAM = _LazyZone("Europe/Amsterdam")
    ATHENS = _LazyZone("Europe/Athens")
    BERLIN = _LazyZone("Europe/Berlin")
    BUCHAREST = _LazyZone("Europe/Bucharest")
    DUBLIN = _LazyZone("Europe/Dublin")
    HELSINKI = _LazyZone("Europe/Helsinki")
    ISTANBUL = _LazyZone("Europe/Istanbul")
    MINSK = _LazyZone("Europe/Minsk")
    PARIS = _LazyZone("Europe/Paris")
    ZURICH = _LazyZone("Europe/Zurich")
    HONOLULU = _LazyZone("Pacific/Honolulu")
    KOLKATA = _LazyZone("Asia/Kolkata")

"""Which instants of a day belong to an exchange's sessions, in the days LEAN's data files are cut into.

A data file holds a day of the *data* clock; sessions follow the *exchange's*. All instants are int64 ns UTC.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from leansim.api.time_zones import NS_PER_DAY, CachedDateTimeZone

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import SecurityExchangeHours

Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_ONE_DAY: Final = timedelta(days=1)


class Sessions:
    """The sessions of an exchange, seen from the days of its data."""

    def __init__(self, hours: SecurityExchangeHours, data_zone: CachedDateTimeZone, extended: bool) -> None:
        self.hours = hours
        self.data_zone = data_zone
        self.extended = extended
        self.segments = lru_cache(maxsize=4)(self._segments)

    def date_of(self, ns: int) -> date:
        """The day of the data clock an instant is in."""
        return date.fromordinal(_EPOCH_ORDINAL + self.data_zone.to_local_ns(ns) // NS_PER_DAY)

    def exchange_date(self, ns: int) -> date:
        """The day of the exchange's clock an instant is in."""
        return date.fromordinal(_EPOCH_ORDINAL + self.hours.time_zone.to_local_ns(ns) // NS_PER_DAY)

    def window(self, day: date) -> tuple[int, int]:
        """The instants a day of the data clock begins and ends at."""
        midnight = (day.toordinal() - _EPOCH_ORDINAL) * NS_PER_DAY
        return self.data_zone.to_utc_ns(midnight), self.data_zone.to_utc_ns(midnight + NS_PER_DAY)

    def _segments(self, day: date) -> list[tuple[int, int]]:
        """Sessions that overlap the day, as opening and closing instants."""
        begin, end = self.window(day)
        zone = self.hours.time_zone
        found: list[tuple[int, int]] = []
        exchange_day = self.exchange_date(begin)
        while True:
            midnight = (exchange_day.toordinal() - _EPOCH_ORDINAL) * NS_PER_DAY
            if zone.to_utc_ns(midnight) >= end:
                return found
            parts = self.hours.get_market_hours(
                datetime(exchange_day.year, exchange_day.month, exchange_day.day)
            )._parts
            for part in parts:
                if self.extended or part.regular:
                    opens, closes = zone.to_utc_ns(midnight + part.start), zone.to_utc_ns(midnight + part.end)
                    if opens < end and closes > begin:
                        found.append((opens, closes))
            exchange_day += _ONE_DAY

    def next_day(self, day: date, end_ns: int, *, unfiltered: bool) -> tuple[date, int] | None:
        """The first day from ``day`` on with a session, and when it can first bring anything; None past the end."""
        while True:
            begin, _ = self.window(day)
            if begin > end_ns:
                return None
            if unfiltered:
                # LEAN reads open interest of every calendar day
                return day, begin
            segments = self.segments(day)
            if segments:
                return day, max(begin, segments[0][0]) + 1
            day += _ONE_DAY

    def instants(self, day: date, step_ns: int) -> Int64s:
        """The ends of the bars of that length a day's sessions are cut into."""
        begin, end = self.window(day)
        pieces = [
            np.arange(
                opens // step_ns * step_ns + step_ns, -(-closes // step_ns) * step_ns + 1, step_ns, dtype=np.int64
            )
            for opens, closes in self.segments(day)
        ]
        if not pieces:
            return np.empty(0, dtype=np.int64)
        instants = np.unique(np.concatenate(pieces))
        return instants[(instants > begin) & (instants <= end)]

    def closes(self, day: date) -> Int64s:
        """The regular closes within the day: when LEAN's daily bars end."""
        begin, end = self.window(day)
        found = []
        for exchange_day in (self.exchange_date(begin), self.exchange_date(begin) + _ONE_DAY):
            session = self.hours._session(exchange_day)
            if session is not None and begin < session[1] <= end:
                found.append(session[1])
        return np.array(found, dtype=np.int64)

    def open_during(self, day: date, start: Int64s, end: Int64s) -> Bools:
        """Whether a session overlaps each of these bars."""
        open_ = np.zeros(len(end), dtype=np.bool_)
        for opens, closes in self.segments(day):
            open_ |= (start < closes) & (end > opens)
        return open_

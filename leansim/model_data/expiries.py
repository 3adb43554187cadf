"""On which days options expire, and their last sessions: weekly Fridays, monthly third Fridays, quarters, Januaries.

A Friday without a session hands its expiry to the session before. Until February 2015 the monthly options on shares
expired on the Saturday after their last session, and LEAN names them by that Saturday.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from leansim.model_data.calendars import nyse

_FRIDAY = 4
_NO_MORE_SATURDAYS = date(2015, 2, 1)


@dataclass(frozen=True, slots=True)
class Expiry:
    """One expiry.

    Attributes:
        day: as LEAN names it.
        last: the last session its options trade in.
        is_morning: settled at the open after the last session.
    """

    day: date
    last: date
    is_morning: bool = False


@dataclass(frozen=True, slots=True)
class Cycle:
    """How many calendar days before they expire the expiries of a root are listed; 0: not at all."""

    weekly: int = 0
    monthly: int = 0
    quarterly: int = 0
    half_yearly: int = 0
    january: int = 0


def listed(cycle: Cycle, evening: date, *, shares: bool = False, morning: bool = False) -> list[tuple[Expiry, int]]:
    """The expiries after an evening, with the days ahead of which each was listed, in order.

    Args:
        cycle: of the root.
        evening: the session whose universe it is.
        shares: options on shares, whose monthly expiry once was a Saturday.
        morning: settled at the open of the expiry, so that the session before is the last.
    """
    farthest = max(cycle.weekly, cycle.monthly, cycle.quarterly, cycle.half_yearly, cycle.january)
    found = []
    friday = evening + timedelta(days=(_FRIDAY - evening.weekday()) % 7)
    while (friday - evening).days <= farthest:
        ahead = _ahead(cycle, friday)
        expiry = _expiry(friday, shares, morning)
        if expiry.last > evening and (friday - evening).days <= ahead:
            found.append((expiry, ahead))
        friday += timedelta(days=7)
    return found


def sessions_between(after: date, last: date) -> int:
    """Sessions later than `after`, up to and with `last`."""
    days = _sessions()
    return bisect.bisect_right(days, last) - bisect.bisect_right(days, after)


def session_on_or_before(day: date) -> date:
    """The last session that is not after a day."""
    days = _sessions()
    return days[bisect.bisect_right(days, day) - 1]


def _ahead(cycle: Cycle, friday: date) -> int:
    if not 15 <= friday.day <= 21:
        return cycle.weekly
    ahead = max(cycle.weekly, cycle.monthly)
    if friday.month % 3 == 0:
        ahead = max(ahead, cycle.quarterly)
    if friday.month % 6 == 0:
        ahead = max(ahead, cycle.half_yearly)
    return max(ahead, cycle.january) if friday.month == 1 else ahead


@cache
def _expiry(friday: date, shares: bool, morning: bool) -> Expiry:
    last = session_on_or_before(friday)
    if morning:
        return Expiry(last, session_on_or_before(last - timedelta(days=1)), True)
    if shares and friday < _NO_MORE_SATURDAYS and 15 <= friday.day <= 21:
        return Expiry(friday + timedelta(days=1), last)
    return Expiry(last, last)


@cache
def _sessions() -> list[date]:
    return [day.date() for day in nyse().sessions]

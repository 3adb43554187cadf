"""The exchange calendars behind sessions and market hours, from `exchange_calendars`."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

FIRST_DAY = "1998-01-01"
LAST_DAY = "2028-12-31"


@cache
def nyse() -> Any:
    """The calendar of the New York stock exchange; Cboe's index options follow its holidays and early closes."""
    return _calendar("XNYS")


@cache
def cme_globex() -> Any:
    """The calendar of CME's electronic trading, for the futures."""
    return _calendar("CMES")


@cache
def stock_holidays() -> frozenset[date]:
    """Weekdays on which the New York stock exchange is closed."""
    import pandas as pd  # late: it takes long to import

    calendar = nyse()
    weekdays = pd.bdate_range(calendar.first_session, calendar.last_session)
    return frozenset(set(weekdays.date) - set(calendar.sessions.date))


def _calendar(name: str) -> Any:
    # imported when needed: it takes longer to load than most files take to make
    import exchange_calendars  # type: ignore[import-untyped]  # the package ships no types

    return exchange_calendars.get_calendar(name, start=FIRST_DAY, end=LAST_DAY)

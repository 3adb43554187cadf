"""The exchange calendars behind sessions and market hours, from `exchange_calendars`."""

from __future__ import annotations

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


def _calendar(name: str) -> Any:
    # imported when needed: it takes longer to load than most files take to make
    import exchange_calendars  # type: ignore[import-untyped]  # the package ships no types

    return exchange_calendars.get_calendar(name, start=FIRST_DAY, end=LAST_DAY)

"""New York time, weeks of a month, and the instants options settle.

The only module that knows New York. Sessions, half days and holidays are the market's facts (`MarketView.session`);
here is only what follows from them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tomking.market.contract import Contract, Kind

NEW_YORK: Final = ZoneInfo("America/New_York")

FRIDAY: Final = 4

_MORNING: Final = time(9, 30)
_AFTERNOON: Final = time(16)

_MORNING_ROOTS: Final = frozenset({"SPX", "NDX", "RUT", "DJX"})
"""Index roots whose third-Friday options settle on opening prices (Cboe); SPXW and the like settle at the close."""

_QUARTERLY_MORNING: Final = frozenset({"ES", "MES", "NQ", "MNQ", "RTY", "M2K", "YM", "MYM"})
"""Equity index futures whose quarterly options stop with the future on its opening settlement (CME)."""

_FUTURES_CLOSE: Final = {
    "CL": time(14, 30),
    "MCL": time(14, 30),
    "NG": time(14, 30),
    "GC": time(13, 30),
    "MGC": time(13, 30),
    "OG": time(13, 30),
    "SI": time(13, 25),
    "SO": time(13, 25),
    "HG": time(13),
    "6E": time(10),
    "M6E": time(10),
    "6A": time(10),
    "M6A": time(10),
    "6B": time(10),
    "M6B": time(10),
    "6C": time(10),
    "ZB": time(17),
    "ZN": time(17),
    "OZB": time(17),
    "OZN": time(17),
    "LE": time(14),
    "HE": time(14),
    "ZC": time(14, 20),
    "ZS": time(14, 20),
    "ZW": time(14, 20),
}
"""When options on these futures stop on their last day, in New York time (CME Group product pages)."""


def to_new_york(instant: datetime) -> datetime:
    """An aware instant as aware New York time."""
    return instant.astimezone(NEW_YORK)


def from_new_york(day: date, at: time) -> datetime:
    """A New York wall-clock time as an aware UTC instant; of a time that comes twice, the first."""
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)


def session_date(instant: datetime) -> date:
    """The date in New York."""
    return to_new_york(instant).date()


def week_of_month(day: date) -> int:
    """Which of its weekday a date is in its month, from 1: the second Tuesday is 2."""
    return (day.day - 1) // 7 + 1


def is_third_friday(day: date) -> bool:
    """The day monthly options expire."""
    return day.weekday() == FRIDAY and week_of_month(day) == 3


def minutes_before(at: time, minutes: int) -> time:
    """A wall-clock time `minutes` earlier the same day.

    Raises:
        ValueError: that would be the day before.
    """
    moment = datetime.combine(date(2000, 1, 2), at) - timedelta(minutes=minutes)
    if moment.date() != date(2000, 1, 2):
        raise ValueError(f"{minutes} minutes before {at} is another day")
    return moment.time()


def settles_at(contract: Contract, closes: time | None = None) -> datetime:
    """The instant the value of an option is fixed, aware UTC.

    Args:
        contract: an option.
        closes: the close of the session on its expiry day, New York time; None: an ordinary day.

    Raises:
        ValueError: not an option.
    """
    if contract.kind is not Kind.OPTION or contract.expiry is None:
        raise ValueError(f"{contract.text} does not settle")
    return from_new_york(contract.expiry, _settlement_time(contract, contract.expiry, closes))


def _settlement_time(contract: Contract, expiry: date, closes: time | None) -> time:
    third_friday = is_third_friday(expiry)
    if contract.delivery is not None:
        if contract.underlying in _QUARTERLY_MORNING:
            return _MORNING if third_friday and expiry == contract.delivery else _AFTERNOON
        return _FUTURES_CLOSE.get(contract.root, _FUTURES_CLOSE.get(contract.underlying, _AFTERNOON))
    if contract.root in _MORNING_ROOTS and third_friday:
        return _MORNING
    return closes or _AFTERNOON

"""Counting business days the way LEAN's expiry rules do: Monday to Friday without holidays.

Times keep their hour; months are given by any day in them.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from leansim.api.net import ArgumentOutOfRangeException

ONE_DAY = timedelta(days=1)
WEDNESDAY, THURSDAY, FRIDAY = 2, 3, 4

Holidays = Collection[date]


def is_weekday(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


def is_business_day(day: datetime, holidays: Holidays) -> bool:
    """Monday to Friday and no holiday."""
    return is_weekday(day) and day.date() not in holidays


def add_business_days(day: datetime, count: int, holidays: Holidays) -> datetime:
    """``count`` business days after a day, before it when negative."""
    step = ONE_DAY if count > 0 else -ONE_DAY
    for _ in range(abs(count)):
        day += step
        while not is_business_day(day, holidays):
            day += step
    return day


def moved_off_holiday(day: datetime, count: int, holidays: Holidays) -> datetime:
    """``day``, or if it is a holiday ``count`` business days from it; weekends are left alone."""
    return add_business_days(day, count, holidays) if day.date() in holidays else day


def business_day_on_or_before(day: datetime, holidays: Holidays) -> datetime:
    """``day`` or the last business day before it."""
    while not is_business_day(day, holidays):
        day -= ONE_DAY
    return day


def last_of_month(month: datetime, matches: Callable[[datetime], bool]) -> datetime:
    """The last day of a month that matches."""
    day = datetime(month.year, month.month, calendar.monthrange(month.year, month.month)[1])
    while not matches(day):
        day -= ONE_DAY
    return day


def nth_last_business_day(month: datetime, n: int, holidays: Holidays) -> datetime:
    """The n-th business day of a month counted from its end."""
    if n > calendar.monthrange(month.year, month.month)[1]:
        raise ArgumentOutOfRangeException(f"Number of days ({n}) is larger than the size of month")
    day = last_of_month(month, lambda day: is_business_day(day, holidays))
    return add_business_days(day, 1 - n, holidays) if n > 1 else day


def nth_business_day(month: datetime, n: int, holidays: Holidays) -> datetime:
    """The n-th business day of a month."""
    length = calendar.monthrange(month.year, month.month)[1]
    if not 1 <= n <= length:
        raise ArgumentOutOfRangeException(f"{n} is not between 1 and the size of the month ({length})")
    return add_business_days(datetime(month.year, month.month, 1) - ONE_DAY, n, holidays)


def nth_weekday(month: datetime, n: int, weekday: int) -> datetime:
    """The n-th Monday (0) to Sunday (6) of a month."""
    if not 1 <= n <= 5:
        raise ArgumentOutOfRangeException("'n' lower than 1 or greater than 5")
    first = datetime(month.year, month.month, 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
    if day.month != month.month:
        raise ArgumentOutOfRangeException(f"{month:%Y-%m} has no such {n}th weekday")
    return day


def third_friday(month: datetime) -> datetime:
    """The third Friday of a month, holiday or not."""
    return nth_weekday(month, 3, FRIDAY)


def third_wednesday(month: datetime) -> datetime:
    """The third Wednesday of a month, holiday or not."""
    return nth_weekday(month, 3, WEDNESDAY)


def last_weekday(month: datetime, weekday: int) -> datetime:
    """The last Monday (0) to Sunday (6) of a month."""
    return last_of_month(month, lambda day: day.weekday() == weekday)


def previous_month(month: datetime, count: int = 1) -> datetime:
    """The first day of the month ``count`` months before."""
    months = month.year * 12 + month.month - 1 - count
    return datetime(months // 12, months % 12 + 1, 1)

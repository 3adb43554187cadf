"""Which dates a date rule means: every day, open days, and the starts and ends of weeks, months, quarters, years.

Dates are naive midnights. ``hours`` is the exchange's calendar, ``None`` one that is always open. ``forward`` searches
from the first day of the period on, otherwise from its last day back; an offset counts trading days and stops at the
period's other end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import ExchangeHours

ONE_DAY = timedelta(days=1)


def every_date(start: datetime, end: datetime) -> Iterator[datetime]:
    """Each date, both ends included."""
    day = start
    while day <= end:
        yield day
        day += ONE_DAY


def open_dates(hours: ExchangeHours, start: datetime, end: datetime, extended: bool) -> Iterator[datetime]:
    """Each date the exchange is open; ``extended`` counts days that have only extended hours."""
    return (day for day in every_date(start, end) if hours.is_date_open(day, extended))


def week_dates(
    hours: ExchangeHours | None, start: datetime, end: datetime, offset: int, forward: bool, extended: bool
) -> Iterator[datetime]:
    """One date a week. Without a calendar weeks start on Monday and end on Friday."""
    if hours is None:
        first, last = (1, 7) if forward else (-1, 5)
    else:
        weekdays = hours._trading_weekdays()
        first, last = int(min(weekdays)), int(max(weekdays))
    base, boundary = (first, last) if forward else (last, first)
    monday = _monday_of(start)
    final = _monday_of(end) + timedelta(days=6)
    for day in every_date(monday, final):
        if day.isoweekday() % 7 == base:
            chosen = _trading_day(hours, day, offset, forward, extended, day + timedelta(days=boundary - base))
            if start <= chosen <= end:
                yield chosen


def month_dates(
    hours: ExchangeHours | None, start: datetime, end: datetime, offset: int, forward: bool, extended: bool
) -> Iterator[datetime]:
    """One date a month."""
    return _of_periods(hours, start, end, offset, forward, extended, lambda day: (day.month, day.month))


def quarter_dates(
    hours: ExchangeHours | None, start: datetime, end: datetime, offset: int, forward: bool, extended: bool
) -> Iterator[datetime]:
    """One date a quarter."""

    def quarter(day: datetime) -> tuple[int, int]:
        first = (day.month - 1) // 3 * 3 + 1
        return first, first + 2

    return _of_periods(hours, start, end, offset, forward, extended, quarter)


def year_dates(
    hours: ExchangeHours | None, start: datetime, end: datetime, offset: int, forward: bool, extended: bool
) -> Iterator[datetime]:
    """One date a year. The year in which the rule begins counts only from the month it begins in, as in LEAN."""
    begin = datetime(start.year, start.month, 1)
    for first, last in _periods(begin, end, lambda _: (1, 12)):
        base = first if forward else last
        if base >= begin:
            chosen = _trading_day(hours, base, offset, forward, extended, last if forward else first)
            if start <= chosen <= end:
                yield chosen


def _of_periods(
    hours: ExchangeHours | None,
    start: datetime,
    end: datetime,
    offset: int,
    forward: bool,
    extended: bool,
    months: Callable[[datetime], tuple[int, int]],
) -> Iterator[datetime]:
    for first, last in _periods(start, end, months):
        base, boundary = (first, last) if forward else (last, first)
        chosen = _trading_day(hours, base, offset, forward, extended, boundary)
        if start <= chosen <= end:
            yield chosen


def _periods(
    start: datetime, end: datetime, months: Callable[[datetime], tuple[int, int]]
) -> Iterator[tuple[datetime, datetime]]:
    """First and last date of each period from the one of ``start`` to the one of ``end``."""
    day = start
    while day <= end:
        first_month, last_month = months(day)
        first = datetime(day.year, first_month, 1)
        following = datetime(day.year + last_month // 12, last_month % 12 + 1, 1)
        yield first, following - ONE_DAY
        day = following


def _monday_of(day: datetime) -> datetime:
    return day - timedelta(days=day.isoweekday() - 1)


def _trading_day(
    hours: ExchangeHours | None, base: datetime, offset: int, forward: bool, extended: bool, boundary: datetime | None
) -> datetime:
    step = ONE_DAY if forward else -ONE_DAY

    def is_open(day: datetime, with_extended: bool) -> bool:
        return hours is None or hours.is_date_open(day, with_extended)

    def following(day: datetime) -> datetime:
        day += step
        while not is_open(day, False):
            day += step
        return day

    chosen = base if is_open(base, extended) else following(base)
    for _ in range(offset):
        chosen = following(chosen)
    if boundary is not None and (chosen > boundary if forward else chosen < boundary):
        return _trading_day(hours, boundary, 0, not forward, extended, None)
    return chosen

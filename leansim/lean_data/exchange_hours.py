"""When an exchange is open: weekly sessions, holidays, early closes, late opens.

One class serves both sides: LEAN's methods take and give naive times of the exchange's clock; leansim's own take and
give instants, int64 ns UTC. Inside, local times are nanoseconds since 1970 and times of day nanoseconds since midnight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from leansim.api.enums import DayOfWeek, MarketHoursState
from leansim.api.naming import ClrObject
from leansim.api.net import (
    ArgumentException,
    HashSet,
    InvalidOperationException,
    ReadOnlyExtendedDictionary,
    hash_set,
    read_only_dictionary,
)
from leansim.api.time_zones import NS_PER_DAY, NS_PER_US, CachedDateTimeZone, from_ns, to_ns

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_SEARCH_DAYS: Final = 15


def _span(ns: int) -> timedelta:
    return timedelta(microseconds=ns // NS_PER_US)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


class Segment(NamedTuple):
    """A part of a day; times of day in ns, the end may be 24 h."""

    start: int
    end: int
    state: MarketHoursState

    @property
    def regular(self) -> bool:
        """Regular hours, not the extended ones before and after."""
        return self.state == MarketHoursState.MARKET


class MarketHoursSegment(ClrObject):
    """A part of a day as the algorithm sees it."""

    __slots__ = ("end", "start", "state")

    def __init__(self, state: MarketHoursState, start: timedelta, end: timedelta) -> None:
        self.state = state
        self.start = start
        self.end = end

    def __str__(self) -> str:
        return f"{self.state}: {self.start}-{self.end}"


class LocalMarketHours(ClrObject):
    """The sessions of one day.

    Attributes:
        day_of_week: LEAN's day of the week, Sunday 0.
        _parts: the segments, closed ones left out (leansim's own form; ``segments`` is LEAN's).

    """

    def __init__(self, day_of_week: DayOfWeek, parts: Iterable[Segment]) -> None:
        self.day_of_week = day_of_week
        self._parts = tuple(part for part in parts if part.state != MarketHoursState.CLOSED)

    @cached_property
    def segments(self) -> list[MarketHoursSegment]:
        """The parts of the day the exchange is open in some way."""
        return [MarketHoursSegment(part.state, _span(part.start), _span(part.end)) for part in self._parts]

    @property
    def is_closed_all_day(self) -> bool:
        """No session at all."""
        return not self._parts

    @property
    def is_open_all_day(self) -> bool:
        """Regular hours from midnight to midnight."""
        return len(self._parts) == 1 and self._parts[0] == (0, NS_PER_DAY, MarketHoursState.MARKET)

    @cached_property
    def market_duration(self) -> timedelta:
        """Length of the regular hours."""
        return _span(sum(part.end - part.start for part in self._parts if part.regular))

    def _open_at(self, time_of_day: int, extended: bool) -> bool:
        """Whether the exchange is open at a time of day."""
        for part in self._parts:
            if part.start <= time_of_day < part.end:
                return extended or part.regular
        return False

    def _open_within(self, start: int, end: int, extended: bool) -> bool:
        """Whether it is open at any time between two times of day."""
        if start == end:
            return self._open_at(start, extended)
        return any((extended or part.regular) and part.start < end and start < part.end for part in self._parts)

    def _next_open(self, time_of_day: int, extended: bool, previous_day_end: int | None) -> int | None:
        """The start of the next session that does not just continue the one before; None when there is none."""
        previous, from_day_before = previous_day_end, True
        for part in self._parts:
            if not (part.regular or extended):
                continue
            if part.end > time_of_day and not _continues(previous, part.start, from_day_before):
                return part.start
            previous, from_day_before = part.end, False
        return None

    def _next_close(self, time_of_day: int, extended: bool, last: bool, next_day_start: int | None) -> int | None:
        """The end of the current or next session, if none continues it; with ``last``, of the day's last one."""
        result = None
        for index, part in enumerate(self._parts):
            if part.end <= time_of_day or not (part.regular or extended):
                continue
            following: int | None
            if index + 1 < len(self._parts):
                after = self._parts[index + 1]
                following = after.start if after.regular or extended else None
            else:
                following = next_day_start
            if last:
                result = part.end
            elif not _continues(part.end, following, index + 1 == len(self._parts)):
                return part.end
        return result

    def __str__(self) -> str:
        return f"{self.day_of_week}: {' | '.join(str(part) for part in self.segments) or 'Closed All Day'}"


def _continues(end: int | None, start: int | None, over_midnight: bool) -> bool:
    if end is None or start is None:
        return False
    return end == NS_PER_DAY and start == 0 if over_midnight else end == start


class SecurityExchangeHours(ClrObject):
    """The hours of one exchange or product.

    Attributes:
        time_zone: the exchange's.
        _data_time_zone: of the clock the data files are written by.
        _holiday_dates: days without any session.
        _bank_holiday_dates: days that are no business days when expiries are counted, though the exchange trades.

    """

    def __init__(
        self,
        time_zone: CachedDateTimeZone,
        holidays: Iterable[date],
        week: Mapping[DayOfWeek, LocalMarketHours],
        early_closes: Mapping[date, int],
        late_opens: Mapping[date, int],
        bank_holidays: Iterable[date] = (),
        data_time_zone: CachedDateTimeZone | None = None,
    ) -> None:
        self.time_zone = time_zone
        self._data_time_zone = data_time_zone or time_zone
        self._holiday_dates = frozenset(holidays)
        self._bank_holiday_dates = frozenset(bank_holidays)
        self._early_close_times = dict(early_closes)
        self._late_open_times = dict(late_opens)
        self._week = [week.get(day) or LocalMarketHours(day, ()) for day in DayOfWeek]
        self._closed = [LocalMarketHours(day, ()) for day in DayOfWeek]
        self._days: dict[int, LocalMarketHours] = {}

    @classmethod
    def always_open(cls, time_zone: CachedDateTimeZone) -> SecurityExchangeHours:
        """Open around the clock."""
        all_day = (Segment(0, NS_PER_DAY, MarketHoursState.MARKET),)
        return cls(time_zone, (), {day: LocalMarketHours(day, all_day) for day in DayOfWeek}, {}, {})

    # --- as LEAN shows it ---

    @property
    def holidays(self) -> HashSet[datetime]:
        """Days without any session."""
        return hash_set("DateTime", sorted(_midnight(day) for day in self._holiday_dates))

    @property
    def bank_holidays(self) -> HashSet[datetime]:
        """Days that are no business days when expiries are counted, though the exchange trades."""
        return hash_set("DateTime", sorted(_midnight(day) for day in self._bank_holiday_dates))

    @property
    def early_closes(self) -> ReadOnlyExtendedDictionary[datetime, timedelta]:
        """Day → the time it closes."""
        times = {_midnight(day): _span(at) for day, at in self._early_close_times.items()}
        return read_only_dictionary("DateTime", "TimeSpan", times)

    @property
    def late_opens(self) -> ReadOnlyExtendedDictionary[datetime, timedelta]:
        """Day → the time it opens."""
        times = {_midnight(day): _span(at) for day, at in self._late_open_times.items()}
        return read_only_dictionary("DateTime", "TimeSpan", times)

    @cached_property
    def market_hours(self) -> ReadOnlyExtendedDictionary[DayOfWeek, LocalMarketHours]:
        """Day of the week → its ordinary sessions."""
        return read_only_dictionary("DayOfWeek", "LocalMarketHours", dict(zip(DayOfWeek, self._week, strict=True)))

    @cached_property
    def regular_market_duration(self) -> timedelta:
        """The most common length of a day's regular hours, the longer one of two equally common."""
        lengths = [hours.market_duration for hours in self._week]
        return max(set(lengths), key=lambda length: (lengths.count(length), length))

    @cached_property
    def is_market_always_open(self) -> bool:
        """Every day from midnight to midnight."""
        return all(hours.is_open_all_day for hours in self._week)

    def get_market_hours(self, local_date_time: datetime) -> LocalMarketHours:
        """The sessions of a date, with its early close or late open."""
        return self._on(local_date_time.toordinal())

    def is_open(
        self, moment: datetime | int, *end_and_extended: datetime | bool, extended_market_hours: bool | None = None
    ) -> bool:
        """``(time, extended)``: open at that time; ``(start, end, extended)``: open at any time between them.

        A ``datetime`` is read off the exchange's clock, an int is an instant in ns UTC.
        """
        rest = list(end_and_extended)
        if extended_market_hours is not None:
            rest.append(extended_market_hours)
        extended = bool(rest.pop()) if rest else False
        start = self._local(moment)
        if not rest:
            return self._open_local(start, extended)
        return self._open_between_local(start, self._local(rest[0]), extended)

    def _local(self, moment: datetime | int) -> int:
        return to_ns(moment) if isinstance(moment, datetime) else self.time_zone.to_local_ns(moment)

    def is_date_open(self, local_date_time: date, extended_market_hours: bool = False) -> bool:
        """Whether the day has regular hours, or any with ``extended_market_hours``."""
        hours = self._on(local_date_time.toordinal())
        if hours.is_closed_all_day:
            return False
        return extended_market_hours or bool(hours.market_duration)

    def get_next_market_open(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The next start of a session after a time."""
        return from_ns(self._next_open_local(to_ns(local_date_time), extended_market_hours))

    def get_next_market_close(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The next end of a session after a time."""
        return from_ns(self._next_close_local(to_ns(local_date_time), extended_market_hours, last=False))

    def get_last_daily_market_close(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The end of the last session of the day, or of the next open day's."""
        return from_ns(self._next_close_local(to_ns(local_date_time), extended_market_hours, last=True))

    def get_previous_market_open(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The last start of a session at or before a time."""
        return from_ns(self._previous_open_local(to_ns(local_date_time), extended_market_hours, first=False))

    def get_first_daily_market_open(self, local_date_time: datetime, extended_market_hours: bool) -> datetime:
        """The first start of a session on the day of a time, or on the last open day before."""
        return from_ns(self._previous_open_local(to_ns(local_date_time), extended_market_hours, first=True))

    def get_previous_trading_day(self, local_date: datetime) -> datetime:
        """The last day with regular hours before a date."""
        local_date -= timedelta(days=1)
        while not self.is_date_open(local_date):
            local_date -= timedelta(days=1)
        return local_date

    def get_next_trading_day(self, date: datetime) -> datetime:
        """The first day with regular hours after a date."""
        date += timedelta(days=1)
        while not self.is_date_open(date):
            date += timedelta(days=1)
        return date

    # --- leansim's own ---

    def _next_open(self, utc_ns: int, extended: bool = False) -> int:
        """The next start of a session, as an instant."""
        zone = self.time_zone
        return zone.to_utc_ns(self._next_open_local(zone.to_local_ns(utc_ns), extended))

    def _next_close(self, utc_ns: int, extended: bool = False) -> int:
        """The next end of a session, as an instant."""
        zone = self.time_zone
        return zone.to_utc_ns(self._next_close_local(zone.to_local_ns(utc_ns), extended, last=False))

    def _first_daily_open(self, day: date, extended: bool = False) -> datetime | None:
        """The first start of a session on a day, local; None when it has none."""
        parts = [part for part in self._on(day.toordinal())._parts if extended or part.regular]
        return _midnight(day) + _span(parts[0].start) if parts else None

    def _last_daily_close(self, day: date, extended: bool = False) -> datetime:
        """The end of the last session on a day, local, or on the next open day."""
        return self.get_last_daily_market_close(_midnight(day), extended)

    def _trading_weekdays(self) -> list[DayOfWeek]:
        """The days of the week that have sessions, Sunday first."""
        return [hours.day_of_week for hours in self._week if hours._parts]

    def _session(self, day: date, extended: bool = False) -> tuple[int, int] | None:
        """Start and end of the day's trading as instants, pauses not told apart; None when closed."""
        parts = [part for part in self._on(day.toordinal())._parts if extended or part.regular]
        if not parts:
            return None
        midnight = (day.toordinal() - _EPOCH_ORDINAL) * NS_PER_DAY
        zone = self.time_zone
        return zone.to_utc_ns(midnight + parts[0].start), zone.to_utc_ns(midnight + parts[-1].end)

    # --- local nanoseconds ---

    def _on(self, ordinal: int) -> LocalMarketHours:
        hours = self._days.get(ordinal)
        if hours is None:
            hours = self._days[ordinal] = self._made_on(ordinal)
        return hours

    def _made_on(self, ordinal: int) -> LocalMarketHours:
        day = date.fromordinal(ordinal)
        weekday = ordinal % 7
        if day in self._holiday_dates:
            return self._closed[weekday]
        ordinary = self._week[weekday]
        close, open_ = self._early_close_times.get(day), self._late_open_times.get(day)
        if close is None and open_ is None:
            return ordinary
        parts = list(ordinary._parts)
        before = None if close is None else _until(parts, close)
        if before is not None and (open_ is None or (close is not None and close >= open_)):
            parts = before
        if open_ is not None:
            parts = _from(parts, open_)
        if before is not None and open_ is not None and close is not None and close <= open_:
            # the market resumes after the early close
            parts = before + parts
        return LocalMarketHours(DayOfWeek(weekday), parts)

    def _open_local(self, local_ns: int, extended: bool) -> bool:
        day, time_of_day = divmod(local_ns, NS_PER_DAY)
        return self._on(_EPOCH_ORDINAL + day)._open_at(time_of_day, extended)

    def _open_between_local(self, start: int, end: int, extended: bool) -> bool:
        if start == end:
            return self._open_local(start, extended)
        day = start // NS_PER_DAY
        while day * NS_PER_DAY < end:
            midnight = day * NS_PER_DAY
            hours = self._on(_EPOCH_ORDINAL + day)
            if hours._open_within(max(start - midnight, 0), min(end - midnight, NS_PER_DAY), extended):
                return True
            day += 1
        return False

    def _next_open_local(self, local_ns: int, extended: bool) -> int:
        first, time_of_day = divmod(local_ns, NS_PER_DAY)
        yesterday = self._on(_EPOCH_ORDINAL + first - 1)._parts
        before = yesterday[-1].end if yesterday else None
        for day in range(first, first + _SEARCH_DAYS):
            ordinal = _EPOCH_ORDINAL + day
            hours = self._on(ordinal)
            if hours._parts:
                opens = hours._next_open(time_of_day, extended, before)
                if opens is not None and local_ns < day * NS_PER_DAY + opens:
                    return day * NS_PER_DAY + opens
                early = date.fromordinal(ordinal) in self._early_close_times
                before = None if early else hours._parts[-1].end
            else:
                before = None
            time_of_day = 0
        raise ArgumentException("Unable to locate next market open within two weeks.")

    def _next_close_local(self, local_ns: int, extended: bool, *, last: bool) -> int:
        first, time_of_day = divmod(local_ns, NS_PER_DAY)
        for day in range(first, first + _SEARCH_DAYS):
            ordinal = _EPOCH_ORDINAL + day
            hours = self._on(ordinal)
            if hours._parts:
                closes = hours._next_close(time_of_day, extended, last, self._start_of(ordinal + 1))
                if closes is not None and local_ns < day * NS_PER_DAY + closes:
                    return day * NS_PER_DAY + closes
            time_of_day = 0
        raise ArgumentException("Unable to locate next market close within two weeks.")

    def _start_of(self, ordinal: int) -> int | None:
        """When the first session of a day begins; None also for a day that closes early, as LEAN has it."""
        if date.fromordinal(ordinal) in self._early_close_times:
            return None
        parts = self._on(ordinal)._parts
        return parts[0].start if parts else None

    def _previous_open_local(self, local_ns: int, extended: bool, *, first: bool) -> int:
        if local_ns == self._next_open_local(local_ns, extended):
            return local_ns
        today = local_ns // NS_PER_DAY
        for day in range(today, today - 9, -1):
            found = None
            midnight = day * NS_PER_DAY
            for part in reversed(self._on(_EPOCH_ORDINAL + day)._parts):
                start = midnight + part.start
                if start > local_ns or not (part.regular or extended):
                    continue
                if first:
                    found = start
                elif self._next_open_local(start - 100, extended) == start:  # one .NET tick before
                    return start
            if found is not None:
                return found
        raise InvalidOperationException("Did not find last market open.")


ExchangeHours = SecurityExchangeHours
"""The name leansim's rooms know it by."""


def _until(parts: list[Segment], close: int) -> list[Segment]:
    """The day's parts up to an early close, by LEAN's rule: a part that begins after it takes the one before along."""
    for index, part in enumerate(parts):
        if part.start <= close <= part.end:
            return [*parts[:index], Segment(part.start, close, part.state)]
        if close < part.start:
            return parts[: max(index - 1, 0)]
    return parts


def _from(parts: list[Segment], open_: int) -> list[Segment]:
    """The day's parts from a late open on."""
    for index, part in enumerate(parts):
        if part.start <= open_ <= part.end:
            return [Segment(open_, part.end, part.state), *parts[index + 1 :]]
        if open_ < part.start:
            return parts[index:]
    return parts

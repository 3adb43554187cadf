"""Scheduled events: date rules, time rules, ``self.schedule`` and the queue that fires them in LEAN's order.

A date rule gives local midnights, a time rule turns them into instants (int64 ns UTC), both lazily and without end: an
event knows only its next instant. :class:`EventQueue` is what the loop talks to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from leansim.api.dates_of_rules import every_date, month_dates, open_dates, quarter_dates, week_dates, year_dates
from leansim.api.enums import DayOfWeek, SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException, ArgumentOutOfRangeException
from leansim.api.symbols import Market, Symbol, SymbolCache
from leansim.api.time_zones import (
    NS_PER_DAY,
    NS_PER_HOUR,
    NS_PER_US,
    CachedDateTimeZone,
    aware_utc,
    from_ns,
    to_ns,
    zone,
)

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import ExchangeHours

END_OF_TIME = datetime(2050, 12, 31)
NEVER = 2**63 - 1
_NOT_SORTED = -1


class FuncDateRule(ClrObject):
    """A named rule that gives the dates (naive midnights) on which events happen."""

    def __init__(self, name: str, get_dates_function: Callable[[datetime, datetime], Iterable[datetime]]) -> None:
        if not callable(get_dates_function):
            raise ArgumentException("Python DateRule provided is not a function")
        self.name = name
        self._dates = get_dates_function

    def get_dates(self, start: datetime, end: datetime) -> Iterable[datetime]:
        """The rule's dates from ``start`` to ``end``, both inclusive."""
        return self._dates(start, end)


class FuncTimeRule(ClrObject):
    """A named rule that turns dates into instants; an algorithm's own function answers naive UTC times."""

    def __init__(self, name: str, create_utc_event_times_function: Callable[[Any], Iterable[datetime]]) -> None:
        if not callable(create_utc_event_times_function):
            raise ArgumentException("Python TimeRule provided is not a function")
        self.name = name
        self._times = create_utc_event_times_function

    def create_utc_event_times(self, dates: Iterable[datetime]) -> Iterable[datetime]:
        """The instants on these dates, as UTC datetimes."""
        return self._times(dates)

    def instants(self, dates: Iterable[datetime]) -> Iterator[int]:
        """The instants on these dates in ns UTC."""
        return (to_ns(moment) for moment in self._times(dates))


class _InstantRule(FuncTimeRule):
    """A time rule of ours: its function answers ns UTC at once."""

    def __init__(self, name: str, function: Callable[[Iterable[datetime]], Iterator[int]]) -> None:
        super().__init__(name, lambda dates: (aware_utc(ns) for ns in function(dates)))
        self._instants = function

    def instants(self, dates: Iterable[datetime]) -> Iterator[int]:
        return self._instants(dates)


class ScheduledEvent(ClrObject):
    """One event of the schedule. ``enabled = False`` keeps it in the queue but silent."""

    def __init__(self, name: str, times: Iterable[Any], callback: Callable[[str, datetime], Any] | None = None) -> None:
        self.name = name
        self.enabled = True
        self._callback = callback
        self._times: Iterator[int] = (to_ns(time) if isinstance(time, datetime) else time for time in times)
        # Nothing is computed before it is asked for: during initialize the clock is not yet at the warm-up's start.
        self._next: int | None = None

    @property
    def _next_ns(self) -> int:
        """The next instant in ns UTC; :data:`NEVER` when there is none."""
        if self._next is None:
            self._next = next(self._times, NEVER)
        return self._next

    @property
    def next_event_utc_time(self) -> datetime:
        """The next instant as LEAN shows it."""
        return aware_utc(min(self._next_ns, to_ns(END_OF_TIME)))

    def _skip_until(self, ns: int) -> None:
        """Drop the instants before ``ns``."""
        while self._next_ns < ns:
            self._next = None

    def _scan(self, ns: int) -> None:
        """Fire every instant up to and including ``ns``."""
        while self._next_ns <= ns:
            fired = self._next_ns
            if self.enabled and self._callback is not None:
                self._callback(self.name, aware_utc(fired))
            self._next = None

    def __str__(self) -> str:
        return self.name


class EventQueue:
    """Every scheduled event of a run, by next instant and then by age.

    ``now_ns`` tells the frontier, so that an event added late skips what is past.

    Attributes:
        soonest: before this instant no event is due; before all instants while the order is not known.
    """

    def __init__(self) -> None:
        self._ages: dict[ScheduledEvent, int] = {}
        self._sorted: list[ScheduledEvent] = []
        self._count = 0
        self._now_ns: Callable[[], int] | None = None
        self.soonest = NEVER

    def start(self, now_ns: Callable[[], int]) -> None:
        """The run begins: events skip what lies before the frontier, now and when they are added later."""
        self._now_ns = now_ns
        frontier = now_ns()
        for event in self._ages:
            event._skip_until(frontier)
        self.soonest = _NOT_SORTED

    def add(self, event: ScheduledEvent) -> None:
        """Add an event."""
        if self._now_ns is not None:
            event._skip_until(self._now_ns())
        self._count += 1
        self._ages[event] = self._count
        self.soonest = _NOT_SORTED

    def remove(self, event: ScheduledEvent) -> None:
        """Forget an event."""
        self._ages.pop(event, None)
        self.soonest = _NOT_SORTED

    def next_ns(self) -> int:
        """The earliest instant of all events."""
        events = self._in_order()
        return events[0]._next_ns if events else NEVER

    def fire_before(self, ns: int, set_clock: Callable[[int], None]) -> None:
        """Fire what was due before ``ns``, the clock set to each event's own time."""
        events = self._in_order()
        while events and events[0]._next_ns < ns:
            due = events[0]._next_ns
            set_clock(due)
            events[0]._scan(due)
            self._resort_first()

    def fire_due(self, ns: int) -> None:
        """Fire what is due at ``ns``. What is added meanwhile waits for the next call, as in LEAN."""
        events = self._in_order()
        while events and events[0]._next_ns <= ns:
            events[0]._scan(ns)
            self._resort_first()

    def _in_order(self) -> list[ScheduledEvent]:
        if self.soonest == _NOT_SORTED:
            self._sorted = sorted(self._ages, key=lambda event: (event._next_ns, self._ages[event]))
            self.soonest = self._sorted[0]._next_ns if self._sorted else NEVER
        return self._sorted

    def _resort_first(self) -> None:
        """The first event has just fired: it goes to its new place."""
        _move_first(self._sorted)
        if self.soonest != _NOT_SORTED:
            self.soonest = self._sorted[0]._next_ns


def _move_first(events: list[ScheduledEvent]) -> None:
    """Move the first event to where its next instant belongs: behind the equal one a bisection meets first."""
    event = events[0]
    if len(events) == 1 or event._next_ns <= events[1]._next_ns:
        return
    events.pop(0)
    low, high = 0, len(events) - 1
    while low <= high:
        middle = low + (high - low) // 2
        other = events[middle]._next_ns
        if other == event._next_ns:
            low = middle + 1
            break
        if event._next_ns < other:
            high = middle - 1
        else:
            low = middle + 1
    events.insert(low, event)


class _Rules(ClrObject):
    """What date and time rules share: the securities' hours, the clock and the algorithm's time zone."""

    def __init__(self, algorithm: Any, time_zone: CachedDateTimeZone) -> None:
        self._algorithm = algorithm
        self._zone = time_zone
        self._warned = False

    @property
    def time_zone(self) -> CachedDateTimeZone:
        """The zone rules without a symbol are read in."""
        return self._zone

    def set_default_time_zone(self, time_zone: CachedDateTimeZone) -> None:
        """Change the zone rules without a symbol are read in."""
        self._zone = time_zone

    def _symbol(self, symbol: Any) -> Symbol:
        if isinstance(symbol, Symbol):
            return symbol
        if not isinstance(symbol, str):
            found: Symbol = self._algorithm._leansim.symbol_of(symbol)
            return found
        known = SymbolCache._get_or_none(symbol)
        if known is not None:
            return known
        if not self._warned:
            self._warned = True
            self._algorithm.debug(
                f"Warning: no existing symbol found for ticker {symbol}, it will be created with Equity type."
            )
        created = Symbol.create(symbol, SecurityType.EQUITY, Market.USA)
        SymbolCache.set(symbol, created)
        return created

    def _hours(self, symbol: Symbol) -> ExchangeHours:
        hours: ExchangeHours = self._algorithm._leansim.exchange_hours(symbol)
        return hours

    def _all_hours(self) -> list[ExchangeHours]:
        """The hours of SPY and of every subscribed security that closes at all, each once."""
        services = self._algorithm._leansim
        found = [services.data.market_hours.entry("usa", "SPY", SecurityType.EQUITY)]
        for security in self._algorithm.securities.values():
            symbol = security.symbol
            if symbol.security_type == SecurityType.EQUITY and symbol.id.market == Market.USA:
                continue
            hours = services.exchange_hours(symbol)
            if not hours.is_market_always_open and hours not in found:
                found.append(hours)
        return found


class DateRules(_Rules):
    """``self.date_rules``."""

    def on(self, *dates: Any) -> FuncDateRule:
        """``on(year, month, day)`` or ``on(date, …)``."""
        if len(dates) == 3 and all(isinstance(part, int) for part in dates):
            days = [datetime(*dates)]
        else:
            given = dates[0] if len(dates) == 1 and isinstance(dates[0], (list, tuple)) else dates
            days = [datetime(day.year, day.month, day.day) for day in given]
        name = ",".join(f"{day:%m/%d/%Y}" for day in days)
        return FuncDateRule(name, lambda start, end: (day for day in days if start <= day <= end))

    @property
    def today(self) -> FuncDateRule:
        """The current date of the algorithm's time zone."""
        return FuncDateRule("TodayOnly", lambda *_: [self._today()])

    @property
    def tomorrow(self) -> FuncDateRule:
        """The date after the current one."""
        return FuncDateRule("TomorrowOnly", lambda *_: [self._today() + timedelta(days=1)])

    def every(self, *days: Any) -> FuncDateRule:
        """Each of these days of the week, holidays included."""
        given = days[0] if len(days) == 1 and isinstance(days[0], (list, tuple)) else days
        wanted = {int(day) for day in given}
        name = ",".join(str(DayOfWeek(day)).capitalize() for day in given)
        return FuncDateRule(
            name, lambda start, end: (day for day in every_date(start, end) if day.isoweekday() % 7 in wanted)
        )

    def every_day(self, symbol: Any = None, extended_market_hours: bool = False) -> FuncDateRule:
        """Each day, or each day the symbol's exchange is open."""
        if symbol is None:
            return FuncDateRule("EveryDay", every_date)
        target = self._symbol(symbol)
        hours = self._hours(target)
        return FuncDateRule(
            f"{target.value}: EveryDay", lambda start, end: open_dates(hours, start, end, extended_market_hours)
        )

    def week_start(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> FuncDateRule:
        """The first day of the week (of the symbol's schedule), ``days_offset`` trading days later."""
        return self._weekly("WeekStart", symbol, days_offset, True, extended_market_hours)

    def week_end(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> FuncDateRule:
        """The last day of the week, ``days_offset`` trading days earlier."""
        return self._weekly("WeekEnd", symbol, days_offset, False, extended_market_hours)

    def month_start(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> FuncDateRule:
        """The first day of the month, ``days_offset`` trading days later."""
        return self._periodic("MonthStart", month_dates, 30, symbol, days_offset, True, extended_market_hours)

    def month_end(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> FuncDateRule:
        """The last day of the month, ``days_offset`` trading days earlier."""
        return self._periodic("MonthEnd", month_dates, 30, symbol, days_offset, False, extended_market_hours)

    def quarter_start(
        self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True
    ) -> FuncDateRule:
        """The first day of the quarter, ``days_offset`` trading days later."""
        return self._periodic("QuarterStart", quarter_dates, 92, symbol, days_offset, True, extended_market_hours)

    def quarter_end(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> FuncDateRule:
        """The last day of the quarter, ``days_offset`` trading days earlier."""
        return self._periodic("QuarterEnd", quarter_dates, 92, symbol, days_offset, False, extended_market_hours)

    def year_start(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> FuncDateRule:
        """The first day of the year, ``days_offset`` trading days later."""
        return self._periodic("YearStart", year_dates, 365, symbol, days_offset, True, extended_market_hours)

    def year_end(self, symbol: Any = None, days_offset: int = 0, extended_market_hours: bool = True) -> FuncDateRule:
        """The last day of the year, ``days_offset`` trading days earlier."""
        return self._periodic("YearEnd", year_dates, 365, symbol, days_offset, False, extended_market_hours)

    def _today(self) -> datetime:
        now = self._zone.to_local(self._algorithm._leansim.clock.ns)
        return datetime(now.year, now.month, now.day)

    def _weekly(self, rule: str, symbol: Any, offset: int, forward: bool, extended: bool) -> FuncDateRule:
        if isinstance(symbol, int):
            symbol, offset = None, symbol
        if symbol is None:
            if not 0 <= offset <= 6:
                raise ArgumentOutOfRangeException(f"DateRules.{rule}() : Offset must be between 0 and 6")
            return FuncDateRule(
                _rule_name(None, rule, offset if forward else -offset),
                lambda start, end: week_dates(None, start, end, offset, forward, False),
            )
        target = self._symbol(symbol)
        hours = self._hours(target)
        trading_days = len(hours._trading_weekdays())
        if offset > trading_days - 1:
            raise ArgumentOutOfRangeException(
                f"DateRules.{rule}() : {offset} is out of range for {target}'s schedule, "
                f"please use an offset between 0 - {trading_days - 1}"
            )
        return FuncDateRule(
            _rule_name(target, rule, offset if forward else -offset),
            lambda start, end: week_dates(hours, start, end, offset, forward, extended),
        )

    def _periodic(
        self, rule: str, period: Any, limit: int, symbol: Any, offset: int, forward: bool, extended: bool
    ) -> FuncDateRule:
        if isinstance(symbol, int):
            symbol, offset = None, symbol
        if not 0 <= offset <= limit and not (symbol is None and limit == 30):
            raise ArgumentOutOfRangeException(f"DateRules.{rule}() : Offset must be between 0 and {limit}")
        target = None if symbol is None else self._symbol(symbol)
        hours = None if target is None else self._hours(target)
        return FuncDateRule(
            _rule_name(target, rule, offset if forward else -offset),
            lambda start, end: period(hours, start, end, offset, forward, extended and target is not None),
        )


class TimeRules(_Rules):
    """``self.time_rules``."""

    @property
    def now(self) -> FuncTimeRule:
        """The current instant."""
        clock = self._algorithm._leansim.clock
        return _InstantRule("Now", lambda dates: (clock.ns for _ in dates))

    @property
    def midnight(self) -> FuncTimeRule:
        """The start of the day."""
        zone_ = self._zone
        return _InstantRule("Midnight", lambda dates: (zone_.to_utc_ns(to_ns(day)) for day in dates))

    @property
    def noon(self) -> FuncTimeRule:
        """Twelve hours after the start of the day (an hour off 12:00 on days of a clock change, as in LEAN)."""
        zone_ = self._zone
        return _InstantRule("Noon", lambda dates: (zone_.to_utc_ns(to_ns(day)) + 12 * NS_PER_HOUR for day in dates))

    def at(self, *arguments: Any, **named: Any) -> FuncTimeRule:
        """``at(hour, minute[, second][, time_zone])`` or ``at(timedelta[, time_zone])``."""
        time_zone = named.pop("time_zone", None)
        parts = list(arguments)
        if parts and isinstance(parts[-1], (CachedDateTimeZone, str)):
            time_zone = parts.pop()
        if isinstance(time_zone, str):
            time_zone = zone(time_zone)
        if (parts and isinstance(parts[0], timedelta)) or "time_of_day" in named:
            time_of_day = named.pop("time_of_day", None) or parts.pop(0)
        else:
            hour, minute, second = _hour_minute_second(parts, named)
            time_of_day = timedelta(hours=hour, minutes=minute, seconds=second)
        if named:
            raise TypeError(f"No method matches given arguments for at: {sorted(named)}")
        zone_ = time_zone or self._zone
        shift = _timedelta_ns(time_of_day)
        name = f"{time_of_day.total_seconds() / 3600:.2f}".rstrip("0").rstrip(".")
        return _InstantRule(name, lambda dates: (zone_.to_utc_ns(to_ns(day) + shift) for day in dates))

    def every(self, interval: timedelta) -> FuncTimeRule:
        """From midnight on, each ``interval``, around the clock."""
        if interval <= timedelta(0):
            raise ArgumentException("TimeRules.Every(): time span interval can not be zero or less")
        zone_, step = self._zone, _timedelta_ns(interval)

        def instants(dates: Iterable[datetime]) -> Iterator[int]:
            for day in dates:
                midnight = to_ns(day)
                for shift in range(0, NS_PER_DAY, step):
                    yield zone_.to_utc_ns(midnight + shift)

        return _InstantRule(f"Every {_minutes(interval.total_seconds() / 60)} min", instants)

    def after_market_open(
        self, symbol: Any = 0.0, minutes_after_open: float = 0, extended_market_open: bool = False
    ) -> FuncTimeRule:
        """Minutes after the symbol's first open of the day; without a symbol the earliest open of all securities."""
        symbol, minutes, extended = _symbol_first(symbol, minutes_after_open, extended_market_open)
        name = f"{_minutes(abs(minutes))} min {'after' if minutes > 0 else 'before'} "
        name += "ExtendedMarketOpen" if extended else "MarketOpen"
        shift = timedelta(minutes=minutes)
        if symbol is None:
            return _InstantRule(name, lambda dates: _earliest_opens(self._all_hours(), dates, extended, shift))
        target = self._symbol(symbol)
        hours = self._hours(target)
        return _InstantRule(f"{target}: {name}", lambda dates: _opens(hours, dates, extended, shift))

    def before_market_open(
        self, symbol: Any = 0.0, minutes_before_open: float = 0, extended_market_open: bool = False
    ) -> FuncTimeRule:
        """Minutes before the open."""
        symbol, minutes, extended = _symbol_first(symbol, minutes_before_open, extended_market_open)
        if symbol is None:
            return self.after_market_open(-minutes, extended)
        return self.after_market_open(symbol, -minutes, extended)

    def before_market_close(
        self, symbol: Any = 0.0, minutes_before_close: float = 0, extended_market_close: bool = False
    ) -> FuncTimeRule:
        """Minutes before the symbol's last close of the day; without a symbol the latest close of all securities."""
        symbol, minutes, extended = _symbol_first(symbol, minutes_before_close, extended_market_close)
        name = f"{_minutes(abs(minutes))} min {'before' if minutes > 0 else 'after'} "
        name += "ExtendedMarketClose" if extended else "MarketClose"
        shift = timedelta(minutes=minutes)
        if symbol is None:
            return _InstantRule(name, lambda dates: _latest_closes(self._all_hours(), dates, extended, shift))
        target = self._symbol(symbol)
        hours = self._hours(target)
        return _InstantRule(f"{target}: {name}", lambda dates: _closes(hours, dates, extended, shift))

    def after_market_close(
        self, symbol: Any = 0.0, minutes_after_close: float = 0, extended_market_close: bool = False
    ) -> FuncTimeRule:
        """Minutes after the close."""
        symbol, minutes, extended = _symbol_first(symbol, minutes_after_close, extended_market_close)
        if symbol is None:
            return self.before_market_close(-minutes, extended)
        return self.before_market_close(symbol, -minutes, extended)


class ScheduleManager(ClrObject):
    """``self.schedule``."""

    def __init__(self, algorithm: Any, time_zone: CachedDateTimeZone, queue: EventQueue) -> None:
        self._algorithm = algorithm
        self._queue = queue
        self.date_rules = DateRules(algorithm, time_zone)
        self.time_rules = TimeRules(algorithm, time_zone)

    def on(self, *arguments: Any, **named: Any) -> ScheduledEvent:
        """``on([name,] date_rule, time_rule, callback)``; the callback takes nothing."""
        parts = list(arguments)
        name = named.pop("name", None)
        if parts and isinstance(parts[0], str):
            name = parts.pop(0)
        parts += [named.pop(key) for key in ("date_rule", "time_rule", "callback") if key in named]
        if named or len(parts) != 3 or not callable(parts[2]):
            types = ", ".join(str(type(argument)) for argument in arguments)
            raise TypeError(f"No method matches given arguments for On: ({types})")
        date_rule, time_rule, callback = parts
        event = ScheduledEvent(
            name or f"{date_rule.name}: {time_rule.name}",
            time_rule.instants(self._dates(date_rule)),
            _without_arguments(callback),
        )
        self.add(event)
        return event

    def add(self, scheduled_event: ScheduledEvent) -> None:
        """Add an event."""
        self._queue.add(scheduled_event)

    def remove(self, scheduled_event: ScheduledEvent) -> None:
        """Remove an event."""
        self._queue.remove(scheduled_event)

    def training_now(self, training_code: Callable[[], Any]) -> ScheduledEvent:
        """Run code once, now."""
        return self.on("Training: Now", self.date_rules.today, self.time_rules.now, training_code)

    def training(self, date_rule: FuncDateRule, time_rule: FuncTimeRule, code: Callable[[], Any]) -> ScheduledEvent:
        """Run code by these rules."""
        return self.on(date_rule, time_rule, code)

    def _dates(self, date_rule: FuncDateRule) -> Iterator[datetime]:
        # A day back, so that an instant that belongs to yesterday's local date is not missed. A generator: the clock
        # is read when the first date is asked for.
        now = from_ns(self._algorithm._leansim.clock.ns)
        start = datetime(now.year, now.month, now.day) - timedelta(days=1)
        yield from date_rule.get_dates(start, END_OF_TIME)


def _without_arguments(callback: Callable[..., Any]) -> Callable[[str, datetime], Any]:
    return lambda *_: callback()


def _rule_name(symbol: Symbol | None, rule: str, offset: int) -> str:
    text = f"{rule}{offset:+d}" if offset else rule
    return text if symbol is None else f"{symbol.value}: {text}"


def _hour_minute_second(parts: list[Any], named: dict[str, Any]) -> tuple[int, int, int]:
    values = {"hour": None, "minute": None, "second": 0}
    for key in values:
        if parts:
            values[key] = parts.pop(0)
        elif key in named:
            values[key] = named.pop(key)
    hour, minute, second = values.values()
    if hour is None or minute is None or second is None or parts:
        raise TypeError("No method matches given arguments for at")
    return int(hour), int(minute), int(second)


def _symbol_first(symbol: Any, minutes: float, extended: bool) -> tuple[Any, float, bool]:
    """Tell ``(symbol, minutes, extended)`` from ``(minutes, extended)``."""
    if isinstance(symbol, (int, float)) and not isinstance(symbol, bool):
        given = float(symbol)
        if isinstance(minutes, bool):
            return None, given, minutes
        return None, given or float(minutes), extended
    return symbol, float(minutes), extended


def _minutes(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def _timedelta_ns(span: timedelta) -> int:
    return (span // timedelta(microseconds=1)) * NS_PER_US


def _opens(hours: ExchangeHours, dates: Iterable[datetime], extended: bool, shift: timedelta) -> Iterator[int]:
    span = _timedelta_ns(shift)
    for day in dates:
        if hours.is_date_open(day, extended):
            first = hours._first_daily_open(day, extended)
            if first is not None:
                yield hours.time_zone.to_utc_ns(to_ns(first) + span)


def _closes(hours: ExchangeHours, dates: Iterable[datetime], extended: bool, shift: timedelta) -> Iterator[int]:
    span = _timedelta_ns(shift)
    for day in dates:
        if hours.is_date_open(day, extended):
            yield hours.time_zone.to_utc_ns(to_ns(hours._last_daily_close(day, extended)) - span)


def _earliest_opens(
    all_hours: list[ExchangeHours], dates: Iterable[datetime], extended: bool, shift: timedelta
) -> Iterator[int]:
    for day in dates:
        opens = [ns for hours in all_hours for ns in _opens(hours, (day,), extended, shift)]
        if opens:
            yield min(opens)


def _latest_closes(
    all_hours: list[ExchangeHours], dates: Iterable[datetime], extended: bool, shift: timedelta
) -> Iterator[int]:
    for day in dates:
        closes = [ns for hours in all_hours for ns in _closes(hours, (day,), extended, shift)]
        if closes:
            yield max(closes)

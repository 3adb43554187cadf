"""The queue of scheduled events: order, what is added while it fires, what is silent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from leansim.api.dates_of_rules import month_dates, quarter_dates, week_dates, year_dates
from leansim.api.schedule import NEVER, EventQueue, ScheduledEvent


def _event(name: str, times: list[int], fired: list[str]) -> ScheduledEvent:
    return ScheduledEvent(name, times, lambda label, _: fired.append(label))


def _started(now: int = 0) -> EventQueue:
    queue = EventQueue()
    queue.start(lambda: now)
    return queue


def test_events_of_one_instant_fire_in_the_order_they_were_added() -> None:
    fired: list[str] = []
    queue = _started()
    for name in "abc":
        queue.add(_event(name, [10], fired))
    queue.fire_due(10)
    assert fired == list("abc")


def test_the_last_of_equal_events_comes_first_next_time_as_in_lean() -> None:
    # LEAN moves an event that fired only behind one that is due earlier; the last of its instant has none before it.
    fired: list[str] = []
    queue = _started()
    for name in "abc":
        queue.add(_event(name, [10, 20], fired))
    queue.fire_due(10)
    queue.fire_due(20)
    assert fired == list("abccab")


def test_past_events_fire_with_the_clock_at_their_own_time() -> None:
    fired: list[str] = []
    clock: list[int] = []
    queue = _started()
    queue.add(_event("late", [30], fired))
    queue.add(_event("early", [10, 20], fired))
    queue.fire_before(31, clock.append)
    assert fired == ["early", "early", "late"]
    assert clock == [10, 20, 30]


def test_an_event_at_the_step_itself_is_not_past() -> None:
    fired: list[str] = []
    queue = _started()
    queue.add(_event("now", [10], fired))
    queue.fire_before(10, lambda ns: None)
    assert fired == []
    queue.fire_due(10)
    assert fired == ["now"]


def test_an_event_added_by_an_event_waits_for_the_next_call() -> None:
    fired: list[str] = []
    queue = _started(now=10)
    queue.add(ScheduledEvent("first", [10], lambda *_: queue.add(_event("second", [10], fired))))
    queue.fire_due(10)
    assert fired == []
    queue.fire_before(11, lambda ns: None)
    assert fired == ["second"]


def test_instants_before_the_start_are_skipped_but_the_start_itself_counts() -> None:
    fired: list[str] = []
    queue = EventQueue()
    event = _event("x", [1, 5, 9], fired)
    queue.add(event)
    queue.start(lambda: 5)
    assert event._next_ns == 5
    queue.fire_due(9)
    assert fired == ["x", "x"]
    assert queue.next_ns() == NEVER


def test_a_disabled_event_is_silent_and_a_removed_one_is_gone() -> None:
    fired: list[str] = []
    queue = _started()
    silent, gone = _event("silent", [1, 2], fired), _event("gone", [1], fired)
    queue.add(silent)
    queue.add(gone)
    silent.enabled = False
    queue.remove(gone)
    queue.fire_due(1)
    silent.enabled = True
    queue.fire_due(2)
    assert fired == ["silent"]


@pytest.mark.parametrize(
    ("rule", "forward", "expected"),
    [
        (week_dates, True, ["2021-01-04", "2021-01-11", "2021-01-18", "2021-01-25"]),
        (week_dates, False, ["2021-01-01", "2021-01-08", "2021-01-15", "2021-01-22", "2021-01-29"]),
        (month_dates, True, ["2021-01-01"]),
        (month_dates, False, ["2021-01-31"]),
        (quarter_dates, True, ["2021-01-01"]),
        (quarter_dates, False, []),
        (year_dates, True, ["2021-01-01"]),
    ],
)
def test_periods_without_a_calendar(rule: object, forward: bool, expected: list[str]) -> None:
    start, end = datetime(2021, 1, 1), datetime(2021, 1, 31)
    found = list(rule(None, start, end, 0, forward, False))  # type: ignore[operator]  # one of the rules above
    assert [str(day.date()) for day in found] == expected


def test_an_offset_counts_days_and_stops_at_the_end_of_the_period() -> None:
    start = datetime(2021, 2, 1)
    days = list(month_dates(None, start, start + timedelta(days=27), 30, True, False))
    assert [str(day.date()) for day in days] == ["2021-02-28"]

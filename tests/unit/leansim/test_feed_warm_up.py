"""A warm-up in another resolution than the subscription's: one stream, two kinds of bars."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from leansim.api.enums import DayOfWeek, MarketHoursState, Resolution, SecurityType, TickType
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_HOUR, NS_PER_MINUTE, TimeZones, to_ns
from leansim.feed.phases import NEVER, NoSource, Phase, Source
from leansim.feed.sessions import Sessions
from leansim.feed.sources import Rows
from leansim.feed.stream import Stream
from leansim.feed.timeslice import TimeSlice
from leansim.lean_data.exchange_hours import LocalMarketHours, SecurityExchangeHours, Segment

SPY = Symbol.create("SPY", SecurityType.EQUITY, "usa")
NEW_YORK = TimeZones.NEW_YORK
START = datetime(2021, 1, 13)


class Bars:
    """A source with bars ending at these times of each day, the close being the day of the month."""

    def __init__(self, ends: list[timedelta], length: timedelta) -> None:
        self._ends = ends
        self._length = length
        self.read_days: list[date] = []

    def read(self, day: date) -> Rows | None:
        """One row for each time."""
        self.read_days.append(day)
        midnight = datetime(day.year, day.month, day.day)
        end = np.array([NEW_YORK.to_utc_ns(to_ns(midnight + after)) for after in self._ends], dtype=np.int64)
        period = np.full(len(end), to_ns(datetime(1970, 1, 1) + self._length), dtype=np.int64)
        values = np.full(len(end), float(day.day))
        columns = dict.fromkeys(("open", "high", "low", "close", "volume"), values)
        return Rows([SPY], np.zeros(len(end), dtype=np.int64), end, period, columns)


def stream_of(phases: list[Phase], first: datetime) -> Stream:
    """A stream of SPY's trades, open on every day of the week."""
    open_ = (Segment(int(9.5 * NS_PER_HOUR), 16 * NS_PER_HOUR, MarketHoursState.MARKET),)
    hours = SecurityExchangeHours(NEW_YORK, (), {day: LocalMarketHours(day, open_) for day in DayOfWeek}, {}, {})
    sessions = Sessions(hours, NEW_YORK, extended=False)
    stream = Stream(
        phases, sessions, NEW_YORK, TickType.TRADE, end_ns=ns(datetime(2021, 1, 15)), order=(0, 0, ""), internal=False
    )
    stream.add([SPY], ns(first))
    return stream


def ns(local: datetime) -> int:
    return NEW_YORK.to_utc_ns(to_ns(local))


def emitted(stream: Stream) -> list[tuple[datetime, timedelta, float, bool]]:
    """What the stream brings, to its end: end, length, close and whether it was filled forward."""
    found = []
    while stream.next_ns != NEVER:
        if not stream.is_settled:
            stream.settle()
            continue
        move, _ = stream.take(stream.next_ns)
        TimeSlice.of(NEW_YORK, 0, [move], None).publish()
        _, tape, step = move
        bar = stream.bar(tape, step, 0)
        assert bar is not None
        found.append((bar.end_time, bar.end_time - bar.time, float(bar.value), bool(bar.is_fill_forward)))
    return found


def phases(coarse: Source, fine: Source, fill_ns: int = NS_PER_MINUTE) -> list[Phase]:
    """Daily up to the run's start, minutes from there on."""
    return [
        Phase(coarse, Resolution.DAILY, 24 * 60 * NS_PER_MINUTE, ns(START)),
        Phase(fine, Resolution.MINUTE, fill_ns),
    ]


DAY = timedelta(hours=6, minutes=30)
CLOSE = timedelta(hours=16)


def test_daily_bars_come_before_the_start_and_minutes_after_it() -> None:
    daily, minutes = Bars([CLOSE], DAY), Bars([timedelta(hours=9, minutes=32)], timedelta(minutes=1))
    found = emitted(stream_of(phases(daily, minutes, fill_ns=0), datetime(2021, 1, 11)))
    assert found == [
        (datetime(2021, 1, 11, 16), DAY, 11.0, False),
        (datetime(2021, 1, 12, 16), DAY, 12.0, False),
        (datetime(2021, 1, 13, 9, 32), timedelta(minutes=1), 13.0, False),
        (datetime(2021, 1, 14, 9, 32), timedelta(minutes=1), 14.0, False),
    ]
    assert daily.read_days == [date(2021, 1, 11), date(2021, 1, 12)]
    assert minutes.read_days[0] == date(2021, 1, 13)


def test_the_last_bar_of_the_warm_up_is_filled_into_the_run_as_minutes() -> None:
    minutes = Bars([timedelta(hours=9, minutes=32)], timedelta(minutes=1))
    found = emitted(stream_of(phases(Bars([CLOSE], DAY), minutes), datetime(2021, 1, 12)))
    assert found[:3] == [
        (datetime(2021, 1, 12, 16), DAY, 12.0, False),
        (datetime(2021, 1, 13, 9, 31), timedelta(minutes=1), 12.0, True),
        (datetime(2021, 1, 13, 9, 32), timedelta(minutes=1), 13.0, False),
    ]


def test_data_that_do_not_exist_at_the_warm_ups_resolution_begin_with_the_run() -> None:
    minutes = Bars([timedelta(hours=9, minutes=31)], timedelta(minutes=1))
    found = emitted(stream_of(phases(NoSource(), minutes, fill_ns=0), datetime(2021, 1, 11)))
    assert [end for end, *_ in found] == [datetime(2021, 1, 13, 9, 31), datetime(2021, 1, 14, 9, 31)]

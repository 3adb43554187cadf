"""Consolidators and rolling windows away from any feed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from leansim.api.bars import Bar, BaseData, QuoteBar, TradeBar
from leansim.api.brick_bars import RangeBar, RenkoBar, VolumeRenkoBar
from leansim.api.net import ArgumentException, ArgumentOutOfRangeException, InvalidOperationException
from leansim.feed.brick_consolidators import (
    RangeConsolidator,
    RenkoConsolidator,
    VolumeRenkoConsolidator,
    of_size,
)
from leansim.feed.consolidators import (
    BaseDataConsolidator,
    Calendar,
    CalendarInfo,
    QuoteBarConsolidator,
    TradeBarConsolidator,
)
from leansim.feed.indicator import ExponentialMovingAverage, SimpleMovingAverage
from leansim.feed.windows import RollingWindow

MINUTE = timedelta(minutes=1)
OPEN = datetime(2021, 1, 4, 9, 30)


class Symbol:
    def __init__(self, id: str) -> None:
        self.id = id


SPY = Symbol("SPY")


def _bar(minute: int, close: float, volume: float = 1.0) -> TradeBar:
    return TradeBar(OPEN + minute * MINUTE, SPY, close, close + 1, close - 1, close, volume, MINUTE)


def _fed(consolidator: Any, bars: list[Any]) -> list[Any]:
    out: list[Any] = []
    consolidator.data_consolidated += lambda _, bar: out.append(bar)
    for bar in bars:
        consolidator.update(bar)
        consolidator.scan(bar.end_time)
    return out


def test_a_time_bar_is_emitted_when_its_last_minute_is_scanned() -> None:
    out = _fed(TradeBarConsolidator(timedelta(minutes=5)), [_bar(n, 100 + n) for n in range(7)])
    (bar,) = out
    assert (bar.time, bar.end_time) == (OPEN, OPEN + 5 * MINUTE)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (100, 105, 99, 104, 5)


def test_a_count_bar_ends_with_its_last_bar() -> None:
    first, second = _fed(TradeBarConsolidator(2), [_bar(n, 100 + n) for n in range(5)])
    assert first.end_time == OPEN + 2 * MINUTE
    assert (second.open, second.close) == (102, 103)


def test_a_quote_bar_opens_at_the_close_before() -> None:
    bars = [QuoteBar(OPEN + n * MINUTE, SPY, Bar(10 + n, 10 + n, 10 + n, 10 + n), 5, None, 0, MINUTE) for n in range(4)]
    _, second = _fed(QuoteBarConsolidator(timedelta(minutes=2)), bars)
    assert (second.bid.open, second.bid.low, second.bid.close) == (11, 11, 13)
    assert second.ask is None


def test_one_consolidator_takes_one_symbol() -> None:
    consolidator = TradeBarConsolidator(timedelta(minutes=5))
    consolidator.update(_bar(0, 1))
    other = TradeBar(OPEN, Symbol("QQQ"), 1, 1, 1, 1, 1, MINUTE)
    with pytest.raises(InvalidOperationException):
        consolidator.update(other)


def test_bars_longer_than_the_period_are_refused() -> None:
    with pytest.raises(ArgumentException):
        TradeBarConsolidator(timedelta(seconds=30)).update(_bar(0, 1))


def test_calendars_begin_where_leans_do() -> None:
    wednesday = datetime(2021, 2, 17, 10, 10)
    assert Calendar.WEEKLY(wednesday).start == datetime(2021, 2, 15)
    assert Calendar.MONTHLY(wednesday) == (datetime(2021, 2, 1), timedelta(days=28))
    assert Calendar.QUARTERLY(wednesday).end == datetime(2021, 4, 1)
    assert Calendar.YEARLY(wednesday).end == datetime(2022, 1, 1)


def test_a_rolling_window_is_newest_first_and_grows_when_read_beyond_its_size() -> None:
    window: RollingWindow[int] = RollingWindow[int](2)
    for value in (1, 2, 3):
        window.add(value)
    assert list(window) == [3, 2]
    assert window.most_recently_removed == 1
    assert window[-1] == 2
    assert window[3] is None
    assert window.size == 4
    with pytest.raises(ArgumentOutOfRangeException):
        _ = window[-5]


def test_an_average_that_is_not_ready_says_what_lean_says() -> None:
    simple, exponential = SimpleMovingAverage(3), ExponentialMovingAverage(3)
    for minute, value in enumerate((1.0, 2.0)):
        simple.update(OPEN + minute * MINUTE, value)
        exponential.update(OPEN + minute * MINUTE, value)
    assert (simple.is_ready, simple.current.value) == (False, 1.5)
    assert (exponential.is_ready, exponential.current.value) == (False, 0.0)
    exponential.update(OPEN + 2 * MINUTE, 6.0)
    assert exponential.current.value == 3.0


def test_the_mean_of_equal_prices_is_that_price() -> None:
    """What crosses a moving average is decided at equality; in doubles the rolling sum ends beside it."""
    average = SimpleMovingAverage(10)
    for number in range(200):
        average.update(OPEN + number * MINUTE, 144.91 + number % 7 / 100 if number < 180 else 145.09)
    assert average.current.value == 145.09


def test_a_point_older_than_the_last_is_ignored() -> None:
    average = SimpleMovingAverage(2)
    average.update(OPEN, 1.0)
    average.update(OPEN - MINUTE, 9.0)
    assert average.current.value == 1.0
    assert average.samples == 1


@pytest.mark.parametrize(
    ("kind", "size", "made"),
    [
        (RenkoBar, 0.5, RenkoConsolidator),
        (VolumeRenkoBar, 1000, VolumeRenkoConsolidator),
        (RangeBar, 12, RangeConsolidator),
        (TradeBar, 10, TradeBarConsolidator),
        (QuoteBar, 10, QuoteBarConsolidator),
        (BaseData, 10, BaseDataConsolidator),
    ],
)
def test_a_type_and_a_size_name_a_consolidator(kind: type, size: float, made: type) -> None:
    consolidator = of_size(kind, size)
    assert type(consolidator) is made
    assert issubclass(consolidator.output_type, TradeBar if kind is BaseData else kind)


def test_a_calendar_may_answer_with_a_date() -> None:
    def month(time: datetime) -> CalendarInfo:
        return CalendarInfo(time.date().replace(day=1), timedelta(days=31))  # type: ignore[arg-type]  # as .NET takes it

    consolidator = TradeBarConsolidator(month)
    out = _fed(consolidator, [_bar(0, 100), TradeBar(datetime(2021, 2, 1), SPY, 1, 1, 1, 1, 1, MINUTE)])
    assert [(bar.time, bar.end_time) for bar in out] == [(datetime(2021, 1, 1), datetime(2021, 2, 1))]

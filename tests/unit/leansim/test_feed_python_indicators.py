"""Indicators and consolidators an algorithm derives from LEAN's, with or without a call of the base's constructor."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from leansim.api.bars import Bar, QuoteBar
from leansim.api.enums import SecurityType
from leansim.api.exceptions import ClrNotImplementedException
from leansim.api.symbols import Symbol
from leansim.feed.consolidators import QuoteBarConsolidator
from leansim.feed.indicator import IndicatorDataPoint, SimpleMovingAverage
from leansim.feed.indicator_composites import IndicatorExtensions
from leansim.feed.python_indicators import PythonIndicator, feed_indicator, must_be_indicator

SPY = Symbol.create("SPY", SecurityType.EQUITY, "usa")
NINE = datetime(2021, 1, 11, 9)


class Last(PythonIndicator):
    """Ready after two data points; its base's constructor is never called."""

    def __init__(self) -> None:
        self.name = "last"
        self.value = 0.0
        self.taken = 0

    def update(self, data: Any) -> bool:
        self.taken += 1
        self.value = data.value
        return self.taken == 2


def point(minute: int, value: float) -> IndicatorDataPoint:
    return IndicatorDataPoint(SPY, NINE + timedelta(minutes=minute), value)


def test_an_indicator_of_the_algorithms_is_ready_when_its_update_says_so() -> None:
    last = Last()
    heard: list[float] = []
    last.updated += lambda _, updated: heard.append(updated.value)
    assert not last.is_ready
    assert last.warm_up_period == 0
    feed_indicator(last, point(1, 5.0))
    assert (last.is_ready, last.samples, last.current.value) == (False, 1, 5.0)
    feed_indicator(last, point(2, 6.0))
    assert last.is_ready
    assert heard == [5.0, 6.0]
    feed_indicator(last, point(1, 7.0))
    assert last.taken == 2, "older than the last one"


def test_its_own_update_called_by_the_algorithm_moves_nothing_of_the_engines() -> None:
    last = Last()
    last.update(point(1, 5.0))
    assert (last.taken, last.samples) == (1, 0)


def test_it_can_be_fed_by_another_indicator() -> None:
    last, average = Last(), SimpleMovingAverage(1)
    IndicatorExtensions.of(last, average)
    average.update(point(1, 4.0))
    assert (last.value, last.samples) == (4.0, 1)


def test_any_object_may_be_an_indicator_that_has_what_lean_asks() -> None:
    class Almost:
        value = 0.0
        is_ready = False

    with pytest.raises(ClrNotImplementedException, match=r"Indicator\.update must be implemented"):
        must_be_indicator(Almost())
    must_be_indicator(Last())
    must_be_indicator(SimpleMovingAverage(3))


class Noon(QuoteBarConsolidator):
    """A bar a day, emitted at noon; its base's constructor is never called."""

    def __init__(self) -> None:
        self.working_bar = None

    def update(self, data: QuoteBar) -> None:
        if self.working_bar is None:
            self.working_bar = QuoteBar(data.time, data.symbol, data.bid, 0, data.ask, 0)
        self.aggregate_bar(self.working_bar, data)

    def scan(self, current_local_time: datetime) -> None:
        if self.working_bar is not None and current_local_time.hour == 12:
            self.on_data_consolidated(self.working_bar)
            self.working_bar = None


def quote(minute: int, bid: float) -> QuoteBar:
    return QuoteBar(NINE + timedelta(minutes=minute), SPY, Bar(bid, bid, bid, bid), 1, Bar(9, 9, 9, 9), 1)


def test_a_consolidator_may_be_built_on_leans_way_to_put_bars_together() -> None:
    noon = Noon()
    bars: list[QuoteBar] = []
    noon.data_consolidated += lambda _, bar: bars.append(bar)
    first = quote(1, 5.0)
    for data in (first, quote(2, 4.0), quote(3, 6.0)):
        noon.update(data)
    noon.scan(datetime(2021, 1, 11, 12))
    assert [(bar.bid.open, bar.bid.low, bar.bid.close) for bar in bars if bar.bid is not None] == [(5.0, 4.0, 6.0)]
    assert noon.consolidated is bars[0]
    assert first.bid is not None
    assert first.bid.low == 5.0, "the data are left as they came"


def test_a_quote_bar_takes_in_quotes_and_a_trade() -> None:
    bar = quote(1, 5.0)
    bar.update(0, 4.0, 0, 0, 0, 7)
    assert bar.bid is not None
    assert (bar.bid.low, bar.bid.close, bar.last_bid_size, bar.last_ask_size, bar.value) == (4.0, 4.0, 1, 7, 4.0)
    bar.update(8.5, 0, 0, 3, 0, 0)
    assert bar.value == 8.5


class Own(PythonIndicator):
    """Tells of its values itself, as it may be fed by the algorithm alone."""

    def __init__(self) -> None:
        self.name = "own"
        self.value = 0.0

    @property
    def is_ready(self) -> bool:
        return True

    def update(self, data: Any) -> bool:
        self.value = data.value
        self.on_updated(IndicatorDataPoint(data.end_time, self.value))
        return True


def test_an_indicator_may_tell_of_its_values_itself() -> None:
    own = Own()
    average = IndicatorExtensions.sma(own, 2)
    for minute, value in ((1, 5.0), (2, 7.0)):
        own.update(point(minute, value))
    assert (average.is_ready, average.current.value) == (True, 6.0)

"""Consolidators that know the session, and the selectors of what feeds an indicator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from leansim.api.bars import Bar, QuoteBar, Tick, TradeBar
from leansim.api.data_fields import Field, type_to_select_from
from leansim.api.enums import DayOfWeek, MarketHoursState, Resolution, SecurityType, TickType
from leansim.api.net import ArgumentNullException
from leansim.api.reference import ReferenceData, use_reference_data
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_HOUR, TimeZones
from leansim.feed.session_consolidators import MarketHourAwareConsolidator
from leansim.lean_data.exchange_hours import LocalMarketHours, SecurityExchangeHours, Segment

SPY = Symbol.create("SPY", SecurityType.EQUITY, "usa")
MINUTE, DAY = timedelta(minutes=1), datetime(2021, 1, 11)
OPEN, CLOSE = DAY + timedelta(hours=9, minutes=30), DAY + timedelta(hours=10, minutes=30)


class OneHour:
    """Reference data with a session from 9:30 to 10:30, and pre-market from 9 on."""

    def __init__(self) -> None:
        pre = Segment(9 * NS_PER_HOUR, int(9.5 * NS_PER_HOUR), MarketHoursState.PRE_MARKET)
        session = Segment(int(9.5 * NS_PER_HOUR), int(10.5 * NS_PER_HOUR), MarketHoursState.MARKET)
        week = {day: LocalMarketHours(day, (pre, session)) for day in DayOfWeek}
        self._hours = SecurityExchangeHours(TimeZones.NEW_YORK, (), week, {}, {})

    def hours(self, *_: object) -> SecurityExchangeHours:
        return self._hours


@pytest.fixture(autouse=True)
def _reference() -> Iterator[None]:
    use_reference_data(cast(ReferenceData, OneHour()))
    yield
    use_reference_data(None)


def _bars(
    period: Any, *, strict: bool = True, extended: bool = False, first: datetime = DAY + timedelta(hours=9)
) -> list[tuple[datetime, datetime, float]]:
    """What minute bars from nine to the close, and the next day's first, become: start, end, volume."""
    consolidator = MarketHourAwareConsolidator(strict, period, TradeBar, TickType.TRADE, extended)
    out: list[TradeBar] = []
    consolidator.data_consolidated += lambda _, bar: out.append(bar)
    time = first
    while time < CLOSE:
        consolidator.update(TradeBar(time, SPY, 1, 1, 1, 1, 1, MINUTE))
        time += MINUTE
        consolidator.scan(time)
    consolidator.update(TradeBar(OPEN + timedelta(days=1), SPY, 1, 1, 1, 1, 1, MINUTE))
    return [(bar.time, bar.end_time, bar.volume) for bar in out]


def test_a_day_is_the_session() -> None:
    assert _bars(Resolution.DAILY) == [(OPEN, CLOSE, 60)]


def test_a_day_with_other_hours_begins_with_them() -> None:
    assert _bars(Resolution.DAILY, extended=True) == [(DAY + timedelta(hours=9), CLOSE, 90)]


def test_a_loose_day_ends_at_midnight() -> None:
    assert _bars(Resolution.DAILY, strict=False) == [(DAY, DAY + timedelta(days=1), 60)]


def test_an_odd_period_is_counted_from_the_open_and_cut_at_the_close() -> None:
    ends = [OPEN + n * 7 * MINUTE for n in range(1, 9)]
    found = _bars(7 * MINUTE)
    assert [end for _, end, _ in found] == [*ends, CLOSE]
    assert [start for start, _, _ in found] == [OPEN, *ends]
    assert [volume for _, _, volume in found] == [7] * 8 + [4]


def test_an_odd_period_of_extended_hours_is_counted_from_the_first_open() -> None:
    assert _bars(25 * MINUTE, extended=True)[0] == (DAY + timedelta(hours=9), DAY + timedelta(hours=9, minutes=25), 25)


def test_a_period_of_a_resolution_is_an_ordinary_one() -> None:
    nine, ten, eleven = (DAY + timedelta(hours=hour) for hour in (9, 10, 11))
    assert _bars(timedelta(hours=1)) == [(nine, ten, 30), (ten, eleven, 30)]


def test_only_bars_and_ticks_can_be_made_into_bars() -> None:
    with pytest.raises(ArgumentNullException):
        MarketHourAwareConsolidator(True, Resolution.DAILY, str, TickType.TRADE, False)


QUOTE = QuoteBar(DAY, SPY, Bar(1, 2, 3, 4), 0, Bar(5, 6, 7, 8), 0, MINUTE)
TRADE = TradeBar(DAY, SPY, 1, 4, 2, 3, 9, MINUTE)


def _tick() -> Tick:
    tick = Tick()
    tick.value, tick.bid_price, tick.ask_price, tick.quantity = 5.0, 4.0, 6.0, 7.0
    return tick


@pytest.mark.parametrize(
    ("selector", "quote", "trade", "tick"),
    [
        ("BID_OPEN", 1, 3, 5),
        ("BID_CLOSE", 4, 3, 5),
        ("ASK_HIGH", 6, 3, 5),
        ("ASK_LOW", 7, 3, 5),
        ("BID_PRICE", 4, 3, 4),
        ("ASK_PRICE", 8, 3, 6),
        ("VOLUME", 6, 9, 7),
        ("OPEN", 3, 1, 5),
        ("MEDIAN", 4.5, 3, 5),
        ("WEIGHTED", (4 + 5 + 2 * 6) / 4, 3, 5),
        ("SEVEN_BAR", (2 * 3 + 4 + 5 + 3 * 6) / 7, (2 + 4 + 2 + 9) / 7, 5),
    ],
)
def test_a_selector_reads_its_number_or_the_value(selector: str, quote: float, trade: float, tick: float) -> None:
    select = getattr(Field, selector)
    assert (select(QUOTE), select(TRADE), select(_tick())) == (quote, trade, tick)


def test_selectors_say_which_data_they_read() -> None:
    assert type_to_select_from(Field.ASK_PRICE) is QuoteBar
    assert type_to_select_from(Field.VOLUME) is TradeBar
    assert type_to_select_from(Field.HIGH) is type_to_select_from(None) is None

"""A bar of other hours is not shown, but until the next bar of a session comes it is filled forward."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from itertools import islice
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leansim.api.bars import QuoteBar, TradeBar
from leansim.api.enums import DayOfWeek, MarketHoursState, Resolution, SecurityType, TickType
from leansim.api.instant import closings
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_HOUR, NS_PER_MINUTE, TimeZones, from_ns, to_ns
from leansim.feed.phases import NEVER, Phase
from leansim.feed.security_window import Window
from leansim.feed.sessions import Sessions
from leansim.feed.sources import Rows
from leansim.feed.stream import FIELDS, Stream
from leansim.feed.stretch import Stretch
from leansim.feed.timeslice import TimeSlice
from leansim.lean_data.blocks import Clock
from leansim.lean_data.exchange_hours import LocalMarketHours, SecurityExchangeHours, Segment

SPY = Symbol.create("SPY", SecurityType.EQUITY, "usa")
GOOG = Symbol.create("GOOG", SecurityType.EQUITY, "usa")
AIG = Symbol.create("AIG", SecurityType.EQUITY, "usa")
NEW_YORK = TimeZones.NEW_YORK
MONDAY, TUESDAY = datetime(2021, 1, 11), datetime(2021, 1, 12)
OPEN = timedelta(hours=9, minutes=30)

Prices = dict[datetime, float]


class Minutes:
    """A source of minute bars: when each ends on New York's clock, and its close."""

    def __init__(
        self, prices: dict[Symbol, Prices], kind: TickType = TickType.TRADE, *, says_when: bool = False
    ) -> None:
        self.kind = kind
        self._prices = prices
        self._says_when = says_when

    def read(self, day: date) -> Rows | None:
        """The day's rows, of one symbol together."""
        found = [
            (at, NEW_YORK.to_utc_ns(to_ns(time)), close)
            for at, prices in enumerate(self._prices.values())
            for time, close in prices.items()
            if time.date() == day
        ]
        if not found:
            return None
        symbol = np.array([at for at, _, _ in found], dtype=np.int64)
        end = np.array([end for _, end, _ in found], dtype=np.int64)
        close = np.array([row[2] for row in found])
        columns = dict.fromkeys(FIELDS[self.kind], close)
        period = np.full(len(found), NS_PER_MINUTE, dtype=np.int64)
        clock = Clock(*np.unique(end, return_inverse=True)) if self._says_when else None
        return Rows(list(self._prices), symbol, end, period, columns, clock)


def stream_of(prices: dict[Symbol, Prices], kind: TickType = TickType.TRADE) -> Stream:
    """A stream of trades or quotes from Monday to Tuesday, in sessions of four minutes."""
    return stream_from(Minutes(prices, kind), list(prices))


def stream_from(source: Minutes, members: list[Symbol]) -> Stream:
    """The same of some of a source's symbols."""
    part = (Segment(int(9.5 * NS_PER_HOUR), int(9.5 * NS_PER_HOUR) + 4 * NS_PER_MINUTE, MarketHoursState.MARKET),)
    hours = SecurityExchangeHours(NEW_YORK, (), {day: LocalMarketHours(day, part) for day in DayOfWeek}, {}, {})
    phase = Phase(source, Resolution.MINUTE, NS_PER_MINUTE)
    stream = Stream(
        [phase],
        Sessions(hours, NEW_YORK, extended=False),
        NEW_YORK,
        source.kind,
        end_ns=ns(TUESDAY + timedelta(days=1)),
        order=(0, 0, ""),
        internal=False,
    )
    stream.add(members, ns(MONDAY))
    return stream


def ns(local: datetime) -> int:
    return NEW_YORK.to_utc_ns(to_ns(local))


def emitted(stream: Stream, until: datetime, symbol: Symbol = SPY) -> list[tuple[datetime, float, bool]]:
    """What the stream brings of a symbol up to a time: end, close and whether it was filled forward."""
    found = []
    while stream.next_ns <= ns(until):
        while not stream.is_settled and stream.next_ns <= ns(until):
            stream.settle()
        if stream.next_ns > ns(until):
            break
        at = stream.next_ns
        move, _ = stream.take(at)
        TimeSlice.of(NEW_YORK, at, [move], None).publish()
        _, tape, step = move
        bar = stream.bar(tape, step, tape.column[symbol]) if symbol in tape.column else None
        if bar is not None:
            found.append((from_ns(NEW_YORK.to_local_ns(at)), bar.value, bar.is_fill_forward))
    return found


def minute(day: datetime, count: int) -> datetime:
    """The end of a session's ``count``-th minute."""
    return day + OPEN + timedelta(minutes=count)


def test_a_bar_before_the_open_is_filled_into_the_session() -> None:
    stream = stream_of({SPY: {MONDAY + timedelta(hours=8): 5.0, minute(MONDAY, 3): 6.0}})
    assert emitted(stream, MONDAY + timedelta(hours=20)) == [
        (minute(MONDAY, 1), 5.0, True),
        (minute(MONDAY, 2), 5.0, True),
        (minute(MONDAY, 3), 6.0, False),
        (minute(MONDAY, 4), 6.0, True),
    ]


def test_a_bar_after_the_close_is_filled_into_the_days_after() -> None:
    stream = stream_of({SPY: {minute(MONDAY, 4): 5.0, MONDAY + timedelta(hours=16): 9.0, minute(TUESDAY, 4): 6.0}})
    assert emitted(stream, MONDAY + timedelta(hours=20)) == [(minute(MONDAY, 4), 5.0, False)]
    assert [close for _, close, _ in emitted(stream, TUESDAY + timedelta(hours=20))] == [9.0, 9.0, 9.0, 6.0]


def test_the_last_bar_of_other_hours_counts() -> None:
    after, before = MONDAY + timedelta(hours=16), TUESDAY + timedelta(hours=8)
    stream = stream_of({SPY: {minute(MONDAY, 4): 5.0, after: 9.0, before: 8.0}})
    assert [close for _, close, _ in emitted(stream, TUESDAY + timedelta(hours=20))] == [5.0, 8.0, 8.0, 8.0, 8.0]


def test_each_member_has_its_own() -> None:
    stream = stream_of({AIG: {MONDAY + timedelta(hours=8): 5.0}, SPY: {minute(MONDAY, 2): 6.0}})
    assert [close for _, close, _ in emitted(stream, MONDAY + timedelta(hours=20), AIG)] == [5.0] * 4


@pytest.mark.parametrize("says_when", [False, True])
@pytest.mark.parametrize("listed", [[AIG, SPY], [SPY, AIG]])
@pytest.mark.parametrize("members", [[SPY], [AIG, SPY]])
def test_members_find_their_rows_wherever_their_file_has_them(
    members: list[Symbol], listed: list[Symbol], says_when: bool
) -> None:
    closes = {SPY: 6.0, AIG: 50.0}
    source = Minutes(
        {symbol: {minute(MONDAY, n): closes[symbol] + n for n in (1, 2, 3, 4)} for symbol in listed},
        says_when=says_when,
    )
    for symbol in members:
        stream = stream_from(source, members)
        brought = emitted(stream, MONDAY + timedelta(hours=20), symbol)
        assert brought == [(minute(MONDAY, n), closes[symbol] + n, False) for n in (1, 2, 3, 4)]


def test_what_a_security_shows_is_of_the_session() -> None:
    stream = stream_of({SPY: {minute(MONDAY, 4): 5.0, MONDAY + timedelta(hours=16): 9.0, minute(TUESDAY, 4): 6.0}})
    window = Window(stream, SPY)
    seen = []
    for until in (minute(MONDAY, 4), minute(TUESDAY, 1), minute(TUESDAY, 3), minute(TUESDAY, 4)):
        emitted(stream, until)
        seen.append((window.number("close"), from_ns(NEW_YORK.to_local_ns(window.end_ns()))))
    assert seen == [(5.0, minute(MONDAY, 4))] * 3 + [(6.0, minute(TUESDAY, 4))]


def test_what_is_shown_outlives_a_change_of_members() -> None:
    prices = {AIG: {minute(MONDAY, 1): 1.0}, SPY: {minute(MONDAY, 4): 5.0, MONDAY + timedelta(hours=16): 9.0}}
    stream = stream_of(prices)
    emitted(stream, MONDAY + timedelta(hours=20))
    stream.remove([AIG], ns(MONDAY + timedelta(hours=20)))
    stream.add([AIG], ns(MONDAY + timedelta(hours=21)))
    assert [close for _, close, _ in emitted(stream, minute(TUESDAY, 2))] == [9.0, 9.0]
    assert Window(stream, SPY).number("close") == 5.0


def test_a_day_whose_members_have_all_left_brings_nothing() -> None:
    stream = stream_of({SPY: {minute(MONDAY, 1): 5.0}})
    assert len(emitted(stream, minute(MONDAY, 2))) == 2
    stream.remove([SPY], ns(minute(MONDAY, 2)))
    assert emitted(stream, TUESDAY + timedelta(hours=20)) == []


def test_closing_figures_of_many_instants_are_those_of_the_bars() -> None:
    closes = {MONDAY + OPEN + timedelta(minutes=m): float(10 + m) for m in (1, 3)}
    stream = stream_of({SPY: closes, AIG: {MONDAY + OPEN + timedelta(minutes=2): 20.0}})
    while stream.next_ns <= ns(MONDAY + OPEN + timedelta(minutes=4)):
        stream.settle()
        stream.take(stream.next_ns)
    tape = stream.tape
    steps = list(range(1, tape.steps))
    together = stream.closings(tape, steps, [1, 0])
    for column, figures in zip((1, 0), together, strict=True):
        bars = [stream.bar(tape, step, column) for step in steps]
        expected = [
            None if bar is None else (bar.close, bar.volume, int(bar.period / timedelta(microseconds=1)) * 1000)
            for bar in cast(list[TradeBar | None], bars)
        ]
        assert any(expected)
        found = zip(*(values.tolist() for values in figures), strict=True)
        assert [None if math.isnan(each[0]) else each for each in found] == expected


def test_closing_figures_over_days_and_kinds_are_those_of_an_instants_bars() -> None:
    late = {MONDAY + OPEN + timedelta(minutes=3): 7.0, TUESDAY + OPEN + timedelta(minutes=2): 8.0}
    trades = stream_of({SPY: late})
    quotes = stream_of(
        {AIG: {minute(MONDAY, 2): 3.0}, SPY: {minute(MONDAY, 1): 5.0, minute(TUESDAY, 1): 6.0}}, TickType.QUOTE
    )
    steps, laid_out, bars = [], [], []
    while (at := soonest([trades, quotes])) <= ns(TUESDAY + timedelta(hours=20)):
        moves = [stream.take(at)[0] for stream in (trades, quotes) if stream.next_ns == at]
        instant = TimeSlice.of(NEW_YORK, at, moves, None)
        instant.publish()
        steps.append(instant)
        known = {move.stream: move.step for move in moves}
        places = tuple(known.get(stream) for stream in (trades, quotes))
        laid_out.append(instant._replace(streams=(trades, quotes), tapes=(trades.tape, quotes.tape), steps=places))
        bars.append(instant.bar(SPY, TickType.TRADE) or instant.bar(SPY, TickType.QUOTE))
    # the last step once more, as at the end of a run
    several = [(steps, bars), ([*steps, steps[-1]], [*bars, bars[-1]]), (steps[::2], bars[::2]), (laid_out, bars)]
    for together, expected in several:
        found = closings(together, [SPY, GOOG])
        assert list(found) == [SPY]
        shown = [None if math.isnan(close) else close for close in found[SPY].close.tolist()]
        assert shown == [None if bar is None else bar.value for bar in expected]
        assert {type(bar) for bar in expected} >= {TradeBar, QuoteBar}
    for step, bar in zip(laid_out, bars, strict=True):
        closes = [figures.close.item() for figures in closings([step], [SPY]).values()]
        assert [None if math.isnan(close) else close for close in closes] == ([bar and bar.value] if step.moves else [])


def soonest(streams: list[Stream]) -> int:
    """When the first of these streams moves; days that are due are read."""
    while True:
        first = min(streams, key=lambda stream: stream.next_ns)
        if first.is_settled or first.next_ns == NEVER:
            return first.next_ns
        first.settle()


def brought(streams: list[Stream], together: int) -> list[tuple[int, list[list[tuple[int, int]]], bool, int]]:
    """What streams bring, so many instants laid out together: instant, moves by kind, whether any is shown, points."""
    found = []
    while (at := soonest(streams)) != NEVER:
        stretch = Stretch(streams, NEVER)
        steps = list(islice(stretch.steps(NEW_YORK, None), together)) if stretch.ns == at else []
        stretch.leave(steps[-1].ns if steps else at - 1)
        if not steps:
            taken = [stream.take(at) for stream in streams if stream.next_ns == at]
            points = sum(points for _, points in taken)
            steps = [TimeSlice.of(NEW_YORK, at, [move for move, _ in taken], None, points)]
        for each in steps:
            versions = {stream.frontier: stream.frontier.version for stream in streams}
            each.publish()
            first = each.streams[0].frontier
            assert first.version > versions[first], "whoever has read a price looks again"
            assert [stream.at for stream, _, _ in each.every] == [step for _, _, step in each.every]
            kinds = [
                [(streams.index(stream), step) for stream, _, step in moves]
                for moves in (each.every, each.moves, each.tick_moves, each.custom_moves)
            ]
            found.append((each.ns, kinds, each.has_data, each.data_points))
    return found


minutes_of_two_days = st.sets(st.tuples(st.sampled_from([MONDAY, TUESDAY]), st.integers(-2, 6)))


@given(st.lists(minutes_of_two_days, min_size=1, max_size=4), st.integers(1, 4), st.booleans(), st.booleans())
def test_what_is_laid_out_ahead_is_what_comes_one_by_one(
    traded: list[set[tuple[datetime, int]]], together: int, hides_the_first: bool, ends_with_ticks: bool
) -> None:
    def streams() -> list[Stream]:
        made = [stream_of({SPY: {minute(*at): 5.0 for at in sorted(times)}}) for times in traded]
        made[0].internal = hides_the_first
        made[-1].is_bars, made[-1].is_ticks = not ends_with_ticks, ends_with_ticks
        for stream in made:
            stream.is_shown_as_bars = stream.is_bars and not stream.internal
        return made

    assert brought(streams(), together) == brought(streams(), 0)

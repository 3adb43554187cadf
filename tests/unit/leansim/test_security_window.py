"""A security that is looked at in every step reads ahead; it sees what one sees that is looked at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leansim.api.bars import Bar, QuoteBar
from leansim.api.enums import SecurityType, TickType
from leansim.api.security_cache import SecurityCache
from leansim.api.symbols import Symbol
from leansim.api.time_zones import TimeZones
from leansim.feed.security_window import Window
from leansim.feed.stream import Frontier
from leansim.feed.tape import QUOTE, TRADE, Shown, Tape, build

MINUTE = 60_000_000_000
SYMBOL = Symbol.create("EURUSD", SecurityType.FOREX, "oanda")
prices = st.one_of(st.just(float("nan")), st.integers(0, 400).map(lambda ticks: ticks / 20))


@dataclass
class Days:
    """A stream of quotes as a window sees it: the day, and the instant of it that is published."""

    tape: Tape
    days: int = 0
    at: int = 0
    tick_type: TickType = TickType.QUOTE
    frontier: Frontier = field(default_factory=Frontier)

    @property
    def column(self) -> dict[Any, int]:
        """Where each symbol is."""
        return self.tape.column


def day_of(bids: list[float], asks: list[float]) -> Tape:
    """A day of one contract's quotes, a minute each."""
    count = len(bids)
    block = {f: np.array(bids if f.startswith("bid") else asks) for f in QUOTE}
    end = np.arange(1, count + 1, dtype=np.int64) * MINUTE
    nothing: Shown = ({}, np.zeros(1, np.int64), np.zeros(1, np.int64))
    period = np.full(count, MINUTE, dtype=np.int64)
    return build([SYMBOL], {SYMBOL: 0}, nothing, block, None, end, period, np.zeros(count, np.int64), end)


def seen(window: Window) -> tuple[int, Any]:
    """The row a window finds, and what it says of it."""
    window.moves()
    return window.at, (window.side("bid"), window.side("ask"), window.value("close")) if window.at >= 0 else None


@given(st.lists(st.lists(st.tuples(prices, prices), min_size=1, max_size=90), min_size=1, max_size=2), st.data())
def test_what_is_read_ahead_is_what_is_there(days: list[list[tuple[float, float]]], data: st.DataObject) -> None:
    stream = Days(day_of([], []))
    often = Window(cast(Any, stream), SYMBOL)
    for number, day in enumerate(days):
        stream.tape, stream.days = day_of([bid for bid, _ in day], [ask for _, ask in day]), number + 1
        left_out = data.draw(st.sets(st.integers(0, len(day)), max_size=2))
        for at in set(range(stream.tape.steps)) - left_out:
            stream.at = at
            assert seen(often) == seen(Window(cast(Any, stream), SYMBOL))


def trades_of(closes: list[float | None]) -> Tape:
    """A day of trades, none in the minutes of ``None``."""
    bars = [(minute, close) for minute, close in enumerate(closes, 1) if close is not None]
    end = np.array([minute * MINUTE for minute, _ in bars], dtype=np.int64)
    block = {f: np.array([close for _, close in bars]) for f in TRADE}
    nothing: Shown = ({}, np.zeros(1, np.int64), np.zeros(1, np.int64))
    period, member = np.full(len(bars), MINUTE, dtype=np.int64), np.zeros(len(bars), np.int64)
    regular = np.arange(1, len(closes) + 1, dtype=np.int64) * MINUTE
    return build([SYMBOL], {SYMBOL: 0}, nothing, block, None, end, period, member, regular)


def cache_over(*streams: Days) -> SecurityCache:
    cache = SecurityCache(SecurityType.FOREX, TimeZones.UTC)
    for stream in streams:
        cache._attach(Window(cast(Any, stream), SYMBOL))
    return cache


traded = st.one_of(st.none(), st.integers(1, 400).map(lambda ticks: ticks / 20))
minutes = st.lists(st.tuples(prices, prices, traded), min_size=1, max_size=40)
quoted_minutes = st.lists(st.tuples(prices, prices, st.none()), min_size=1, max_size=40)


@given(st.lists(st.one_of(quoted_minutes, minutes), min_size=1, max_size=3), st.data())
def test_a_cache_that_is_asked_often_says_what_a_new_one_says(
    days: list[list[tuple[float, float, float | None]]], data: st.DataObject
) -> None:
    frontier = Frontier()
    quotes, trades = Days(day_of([], []), frontier=frontier), Days(trades_of([]), 0, 0, TickType.TRADE, frontier)
    often = cache_over(trades, quotes)
    for number, day in enumerate(days, 1):
        quotes.tape, trades.tape = (
            day_of([b for b, _, _ in day], [a for _, a, _ in day]),
            trades_of([t for *_, t in day]),
        )
        quotes.days = trades.days = frontier.days = number
        left_out = data.draw(st.sets(st.integers(0, len(day)), max_size=2))
        for at in sorted(set(range(len(day) + 1)) - left_out):
            for stream in (quotes, trades):
                # a stream that shows nothing yet has no instant but the one before its first
                first = len(day) + 1 - stream.tape.steps
                stream.at = max(at - first, 0)
            frontier.version += 1
            new = cache_over(trades, quotes)
            assert (often.price, often.bid_price, often.ask_price) == (new.price, new.bid_price, new.ask_price)
            assert (often.open, often._last_ns) == (new.open, new._last_ns)


def test_a_price_put_in_by_hand_counts_at_once_for_a_security_that_was_read_ahead() -> None:
    frontier = Frontier()
    quotes = Days(day_of([1.0] * 30, [2.0] * 30), 1, 0, TickType.QUOTE, frontier)
    often = cache_over(quotes)
    for at in range(1, 21):
        quotes.at = at
        frontier.version += 1
        assert (often.price, often.bid_price, often.ask_price) == (Decimal("1.5"), 1, 2)
    later = datetime(1970, 1, 1, 1)
    often.add_data(QuoteBar(later, SYMBOL, Bar(5, 5, 5, 5), 1, Bar(7, 7, 7, 7), 1, timedelta(minutes=1)))
    assert (often.price, often.bid_price, often.ask_price) == (6, 5, 7)

"""A security that is looked at in every step reads ahead; it sees what one sees that is looked at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leansim.api.enums import SecurityType, TickType
from leansim.api.symbols import Symbol
from leansim.feed.security_window import Window
from leansim.feed.stream import Frontier
from leansim.feed.tape import QUOTE, Shown, Tape, build

MINUTE = 60_000_000_000
SYMBOL = Symbol.create("EURUSD", SecurityType.FOREX, "oanda")
prices = st.one_of(st.just(float("nan")), st.integers(0, 400).map(lambda ticks: ticks / 20))


@dataclass
class Days:
    """A stream of quotes as a window sees it: the day, and the instant of it that is published."""

    tape: Tape
    days: int = 0
    at: int = 0
    tick_type = TickType.QUOTE
    frontier = Frontier()

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

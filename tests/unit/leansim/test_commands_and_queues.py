"""Commands from outside, queues that come round, and the history of an indicator's values."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from fakes.command_line import backtest, seen
from fakes.lean_folder import january_of

from leansim.api.circular_queue import CircularQueue
from leansim.api.enums import OrderType

HEAD = """\
from AlgorithmImports import *


class Plain:
    def __init__(self):
        self.target, self.quantity = ["a b"], 10

    def run(self, algorithm):
        return True


class Dynamic(Command):
    zero = 0
    some = {"x": 1}

    def run(self, algorithm):
        return True


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 29)
        self.set_end_date(2021, 1, 29)
        self.set_benchmark(lambda time: 1)
        self.set_cash(10_000)
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return january_of(tmp_path / "data", "abc")


def run(data: Path, body: str) -> Result:
    return backtest(data, HEAD + body)


def test_a_link_says_what_is_sent(data: Path) -> None:
    body = """
        self.add_command(Plain)
        self.add_command(Dynamic)
        dynamic = Dynamic()
        dynamic.many = True
        for command in (Plain(), dynamic, {"symbol": "SPY", "of": {"n": 1}}):
            self.log("SEEN " + self.link(command).split("projectId=")[1])
        self.broadcast_command(dynamic)
        self.add_equity("ABC", Resolution.DAILY)
"""
    result = run(data, body)
    assert result.exit_code == 0, result.output
    assert seen(data) == [
        "0&command%5btarget%5d%5b0%5d=a+b&command%5bquantity%5d=10&command%5b%24type%5d=Plain",
        "0&command%5bmany%5d=True&command%5bsome%5d%5bx%5d=1&command%5b%24type%5d=Dynamic",
        "0&command%5bsymbol%5d=SPY&command%5bof%5d%5bn%5d=1",
    ]


def test_a_command_has_to_be_one_that_can_be_run(data: Path) -> None:
    result = run(data, "        self.add_command(dict)\n")
    assert result.exit_code != 0
    assert "must implement Run" in result.output


def test_the_first_item_of_a_queue_closes_the_circle() -> None:
    queue = CircularQueue[OrderType]([OrderType.MARKET, OrderType.LIMIT])
    circles: list[int] = []
    queue.circle_completed += lambda sender, arguments: circles.append(len(taken))
    taken: list[OrderType] = []
    for _ in range(5):
        taken.append(queue.dequeue())  # noqa: PERF401  # the handler looks at the list while it grows
    assert taken == [OrderType.MARKET, OrderType.LIMIT, OrderType.MARKET, OrderType.LIMIT, OrderType.MARKET]
    assert circles == [0, 2, 4]


def test_an_indicators_history_has_as_many_values_as_were_asked_for(data: Path) -> None:
    body = """
        abc = self.add_equity("ABC", Resolution.DAILY).symbol
        bands = BollingerBands("BB", 3, 2.0)
        found = self.indicator_history(bands, abc, 2)
        for points in found:
            middle = points.middle_band.value, points['middle_band'].value
            self.log(f"SEEN {points.end_time:%d} {middle} {points == 27}")
        self.log(f"SEEN {found.count} {[point.value for point in found.current]} {found['nothing']}")
        self.log(f"SEEN {list(found.data_frame.middleband)}")
        high = self.indicator_history(Identity("I"), abc, 2, Resolution.DAILY, Field.VOLUME)
        self.log(f"SEEN {[point.value for point in high.current]}")
"""
    result = run(data, body)
    assert result.exit_code == 0, result.output
    assert seen(data) == [
        "27 (26.0, 26.0) True",
        "28 (27.0, 27.0) False",
        "2 [27.0, 28.0] None",
        "[26.0, 27.0]",
        "[1000.0, 1000.0]",
    ]


def test_a_symbol_is_a_ticker_where_one_is_wanted(data: Path) -> None:
    body = """
        symbol = Symbol.create("ABC", SecurityType.EQUITY, Market.USA)
        self.log(f"SEEN {self.add_equity(symbol, Resolution.DAILY).symbol == symbol}")
"""
    result = run(data, body)
    assert result.exit_code == 0, result.output
    assert seen(data) == ["True"]

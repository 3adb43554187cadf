"""Named arguments: a method read by its Pascal name takes the names of C#, its snake_case twin those of Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.command_line import logged
from fakes.lean_folder import january_of

HEAD = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 29)
        self.set_end_date(2021, 1, 29)
        self.set_benchmark(lambda time: 1)
        abc = self.AddEquity("ABC", Resolution.Daily, fillForward=False, extendedMarketHours=True).Symbol

        def tried(method, *arguments, **named):
            try:
                method(*arguments, **named)
                self.log("SEEN fine")
            except TypeError as error:
                self.log(f"SEEN {error}")
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return january_of(tmp_path / "data", "abc")


def test_pascal_methods_take_the_names_of_c_sharp(data: Path) -> None:
    body = """
        tried(self.History, abc, 2, Resolution.Daily, fillForward=False)
        tried(self.History[TradeBar], abc, 2, Resolution.Daily, dataNormalizationMode=DataNormalizationMode.Raw)
        tried(self.MarketOrder, abc, 1, asynchronous=True, orderProperties=None)
        tried(self.TimeRules.AfterMarketOpen, abc, minutesAfterOpen=5)
        tried(self.Schedule.On, dateRule=self.DateRules.EveryDay(), timeRule=self.TimeRules.Noon, callback=print)
"""
    assert logged(data, HEAD + body) == ["fine"] * 5


def test_neither_takes_the_names_of_the_other(data: Path) -> None:
    body = """
        tried(self.History, abc, 2, fill_forward=False)
        tried(self.AddEquity, "ABC", fill_forward=False)
        tried(self.history, abc, 2, fillForward=False)
"""
    assert logged(data, HEAD + body) == [
        "No method matches given arguments for History",
        "No method matches given arguments for AddEquity",
        "No method matches given arguments for History",
    ]

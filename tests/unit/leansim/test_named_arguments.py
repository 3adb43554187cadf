"""Named arguments: a method read by its Pascal name takes the names of C#, its snake_case twin those of Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.command_line import backtest, seen
from fakes.lean_folder import write_folder, write_zip

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
    folder = write_folder(tmp_path / "data")
    days = "".join(f"202101{day:02} 00:00,{day}0000,{day}0000,{day}0000,{day}0000,1000\n" for day in range(4, 30))
    write_zip(folder / "equity/usa/daily/abc.zip", {"abc.csv": days})
    return folder


def logged(data: Path, body: str) -> list[str]:
    result = backtest(data, HEAD + body)
    assert result.exit_code == 0, result.output
    return seen(data)


def test_pascal_methods_take_the_names_of_c_sharp(data: Path) -> None:
    body = """
        tried(self.History, abc, 2, Resolution.Daily, fillForward=False)
        tried(self.History[TradeBar], abc, 2, Resolution.Daily, dataNormalizationMode=DataNormalizationMode.Raw)
        tried(self.MarketOrder, abc, 1, asynchronous=True, orderProperties=None)
        tried(self.TimeRules.AfterMarketOpen, abc, minutesAfterOpen=5)
        tried(self.Schedule.On, dateRule=self.DateRules.EveryDay(), timeRule=self.TimeRules.Noon, callback=print)
"""
    assert logged(data, body) == ["fine"] * 5


def test_neither_takes_the_names_of_the_other(data: Path) -> None:
    body = """
        tried(self.History, abc, 2, fill_forward=False)
        tried(self.AddEquity, "ABC", fill_forward=False)
        tried(self.history, abc, 2, fillForward=False)
"""
    assert logged(data, body) == [
        "No method matches given arguments for History",
        "No method matches given arguments for AddEquity",
        "No method matches given arguments for History",
    ]

"""An algorithm's data filters; securities that leave and come back, and what LEAN does to them then."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from fakes.command_line import backtest, seen
from fakes.lean_folder import write_folder, write_zip

HEAD = """\
from AlgorithmImports import *


class OnlySmall(SecurityDataFilter):
    def filter(self, vehicle, data):
        return data.value < 100


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_benchmark(lambda time: 1)
        self.set_cash(10_000)
"""
#: one minute bar each: (minutes after the open, price)
MINUTES = ((1, 50), (2, 150), (4, 60))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = write_folder(tmp_path / "data")
    rows = "".join(f"{34200000 + 60000 * (n - 1)},{p}0000,{p}0000,{p}0000,{p}0000,100\n" for n, p in MINUTES)
    write_zip(folder / "equity/usa/minute/abc/20210104_trade.zip", {"20210104_abc_minute_trade.csv": rows})
    ticks = "".join(f"{34200000 + 1000 * n},{p}0000,100,P,0,0\n" for n, p in MINUTES)
    write_zip(folder / "equity/usa/tick/abc/20210104_trade.zip", {"20210104_abc_Trade_Tick.csv": ticks})
    for ticker in ("abc", "xyz"):
        days = "".join(f"202101{day:02} 00:00,{day}0000,{day}0000,{day}0000,{day}0000,1000\n" for day in range(4, 9))
        write_zip(folder / f"equity/usa/daily/{ticker}.zip", {f"{ticker}.csv": days})
    return folder


def run(data: Path, body: str) -> Result:
    result = backtest(data, HEAD + body)
    assert result.exit_code == 0, result.output
    return result


def test_a_bar_that_is_turned_down_is_neither_shown_nor_anybodys_price_nor_is_what_is_filled_forward(
    data: Path,
) -> None:
    body = """
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 4)
        self.abc = self.add_equity("ABC", Resolution.MINUTE)
        self.abc.set_data_filter(OnlySmall())

    def on_data(self, slice):
        if (self.time.hour, self.time.minute) < (9, 37):
            bar = slice.bars[self.abc.symbol]
            self.log(f"SEEN {self.time:%M} {bar.close} {bar.is_fill_forward} {self.abc.price}")
"""
    run(data, body)
    # nothing in the two minutes of the bar of 150
    assert seen(data) == ["31 50.0 False 50.0", "34 60.0 False 60.0", "35 60.0 True 60.0", "36 60.0 True 60.0"]


def test_ticks_are_asked_for_one_by_one(data: Path) -> None:
    body = """
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 4)
        self.add_equity("ABC", Resolution.TICK).set_data_filter(OnlySmall())

    def on_data(self, slice):
        self.log(f"SEEN {[tick.value for tick in slice.ticks['ABC']]}")
"""
    run(data, body)
    assert seen(data) == ["[50.0]", "[60.0]"]


ROTATION = """
        self.set_start_date(2021, 1, 5)
        self.set_end_date(2021, 1, 8)
        self.universe_settings.resolution = Resolution.DAILY
        {setup}
        self.add_universe("mine", Resolution.DAILY, lambda time: ["ABC"] if time.day % 2 else ["XYZ"])

    def first_seen(self, security):
        self.log(f"SEEN new {{self.time.day}} {{security.symbol}}")

    def on_securities_changed(self, changes):
        for security in changes.added_securities:
            self.log(f"SEEN + {{self.time.day}} {{security.symbol}} {{security.price}}")
            if {trades}:
                self.market_on_open_order(security.symbol, 1)
        for security in changes.removed_securities:
            self.log(f"SEEN - {{self.time.day}} {{security.symbol}}")
            self.liquidate(security.symbol)
"""


def test_a_security_that_comes_back_is_initialized_again(data: Path) -> None:
    run(data, ROTATION.format(setup="self.set_security_initializer(self.first_seen)", trades=False))
    news = [line for line in seen(data) if line.startswith("new")]
    assert news == ["new 5 ABC", "new 6 XYZ", "new 7 ABC", "new 8 XYZ"]


def test_a_security_that_comes_back_gets_its_last_price_where_that_is_wanted(data: Path) -> None:
    run(data, ROTATION.format(setup="self.settings.seed_initial_prices = True", trades=False))
    assert [line for line in seen(data) if line.startswith("+")] == [
        "+ 5 ABC 4.0",
        "+ 6 XYZ 5.0",
        "+ 7 ABC 6.0",
        "+ 8 XYZ 7.0",
    ]


def test_what_was_sold_after_it_had_to_leave_is_new_when_it_is_selected_again(data: Path) -> None:
    run(data, ROTATION.format(setup="self.settings.seed_initial_prices = True", trades=True))
    # ABC has to leave on the 6th, is sold at that day's close, and is selected again at the midnight after
    assert [line for line in seen(data) if "ABC" in line] == ["+ 5 ABC 4.0", "- 6 ABC", "+ 7 ABC 6.0", "- 8 ABC"]

"""Universes of the holdings of a fund: when they select, what a filter sees, whom they bring."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from fakes.command_line import backtest, seen
from fakes.lean_folder import write_folder, write_text, write_zip

from leansim.api.enums import SecurityType
from leansim.api.symbols import Symbol

HEAD = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 5)
        self.set_end_date(2021, 1, 8)
        self.set_benchmark(lambda time: 1)
        self.universe_settings.resolution = Resolution.DAILY
        {universe}

    def choose(self, held):
        for each in held:
            told = (each.symbol.value, each.weight, each.shares_held, each.last_update)
            self.log(" ".join(["SEEN", str(self.time), *map(str, told)]))
        return [each.symbol for each in held if each.weight]

    def on_securities_changed(self, changes):
        for security in changes.added_securities:
            self.log(f"SEEN + {{self.time}} {{security.symbol}}")
        for security in changes.removed_securities:
            self.log(f"SEEN - {{self.time}} {{security.symbol}}")
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = write_folder(tmp_path / "data")
    for ticker in ("abc", "xyz"):
        days = "".join(f"202101{day:02} 00:00,{day}0000,{day}0000,{day}0000,{day}0000,1000\n" for day in range(4, 9))
        write_zip(folder / f"equity/usa/daily/{ticker}.zip", {f"{ticker}.csv": days})
    holdings = {"20210104": ("ABC,{ABC},20201231,0.5,10,", "XYZ,{XYZ},,,20,"), "20210106": ("XYZ,{XYZ},,0.5,,",)}
    identities = {name: str(Symbol.create(name, SecurityType.EQUITY, "usa").id) for name in ("ABC", "XYZ")}
    for day, lines in holdings.items():
        text = "".join(f"{line.format(**identities)}\n" for line in lines)
        write_text(folder / f"equity/usa/universes/etf/fund/{day}.csv", text)
    return folder


def run(data: Path, universe: str) -> Result:
    return backtest(data, HEAD.format(universe=universe))


def test_it_selects_at_the_midnight_after_each_file(data: Path) -> None:
    result = run(data, 'self.add_universe(self.universe.etf("FUND", self.universe_settings, self.choose))')
    assert result.exit_code == 0, result.output
    assert seen(data) == [
        "2021-01-05 00:00:00 ABC 0.5 10.0 2020-12-31 00:00:00",
        "2021-01-05 00:00:00 XYZ None 20.0 None",
        "+ 2021-01-05 00:00:00 ABC",
        "2021-01-07 00:00:00 XYZ 0.5 None None",
        "+ 2021-01-07 00:00:00 XYZ",
        "- 2021-01-07 00:00:00 ABC",
    ]


def test_without_a_filter_it_has_all_holdings(data: Path) -> None:
    result = run(data, 'self.add_universe(self.universe.etf("FUND"))')
    assert result.exit_code == 0, result.output
    assert seen(data)[:2] == ["+ 2021-01-05 00:00:00 ABC", "+ 2021-01-05 00:00:00 XYZ"]


def test_it_ends_with_its_fund_and_lets_go_of_all(data: Path) -> None:
    write_text(data / "equity/usa/map_files/fund.csv", "20200102,fund\n20210105,fund\n")
    result = run(data, 'self.add_universe(self.universe.etf("FUND"))')
    assert result.exit_code == 0, result.output
    assert seen(data) == [
        "+ 2021-01-05 00:00:00 ABC",
        "+ 2021-01-05 00:00:00 XYZ",
        "- 2021-01-06 00:00:00 ABC",
        "- 2021-01-06 00:00:00 XYZ",
    ]


def test_a_line_of_another_format_is_named(data: Path) -> None:
    write_text(data / "equity/usa/universes/etf/fund/20210104.csv", "ABC\n")
    result = run(data, 'self.add_universe(self.universe.etf("FUND"))')
    assert result.exit_code != 0
    assert "is not in LEAN's format of a fund's holdings" in " ".join(result.output.split())

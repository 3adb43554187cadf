"""`leansim backtest` from end to end, on a day or two of modelled data: what ends well, and every way to end badly."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from click.testing import CliRunner, Result

from leansim import backtesting
from leansim.cli import cli
from leansim.results.statistics import Statistics

HEAD = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2018, 1, 4)
        self.set_end_date(2018, 1, 5)
        self.set_cash(100_000)
        self.set_benchmark(lambda time: 1)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
"""
BUY_ONCE = """
    def on_data(self, slice):
        if not self.portfolio.invested:
            self.market_order(self.spy, 10, tag="first")
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lean.json").write_text("{}")
    return tmp_path


def backtest(here: Path, body: str, *options: str, head: str = HEAD) -> Result:
    (here / "main.py").write_text(head + body)
    arguments = ["backtest", str(here / "main.py"), "--output", str(here / "out"), "--data-provider", "model"]
    return CliRunner().invoke(cli, [*arguments, "--no-report", *options])


def on_data(code: str) -> str:
    return "\n    def on_data(self, slice):\n" + indent(code, " " * 8) + "\n"


def result_of(here: Path) -> dict[str, object]:
    (path,) = (path for path in (here / "out").glob("*.json") if (here / "out" / f"{path.stem}-summary.json").exists())
    return json.loads(path.read_text())


def test_a_run_writes_results_and_shows_statistics(here: Path) -> None:
    result = backtest(here, BUY_ONCE)
    assert result.exit_code == 0, result.output
    assert "Total Orders" in result.output
    assert "MODELLED DATA" in result.output
    written = result_of(here)
    assert written["state"]["Status"] == "Completed"
    assert written["statistics"]["Total Orders"] == "1"
    assert written["engine"]["modelledData"] is True
    assert written["engine"]["fillModels"]
    assert written["algorithmConfiguration"]["startDate"] == "2018-01-04T00:00:00Z"


def test_cycles_are_seldom_looked_for_until_the_results_are_written(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, seen, write = gc.get_threshold(), [], backtesting.write

    def watched(*arguments: Any) -> Statistics:
        seen.append(gc.get_threshold())
        return write(*arguments)

    monkeypatch.setattr(backtesting, "write", watched)
    assert backtest(here, BUY_ONCE).exit_code == 0
    assert [threshold[0] > 10 * before[0] for threshold in seen] == [True]
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_the_same_seed_gives_the_same_bytes(here: Path) -> None:
    files = []
    for folder in ("one", "two"):
        assert backtest(here, BUY_ONCE, "--data-folder", folder, "--output", str(here / folder / "out")).exit_code == 0
        files.append((here / folder / "out" / f"{here.name}-order-events.json").read_bytes())
    assert files[0] == files[1]


BUY_AN_OPTION = """
        self.add_option("SPY", Resolution.MINUTE).set_filter(-2, 2, 0, 30)

    def on_data(self, slice):
        for chain in slice.option_chains.values():
            wanted = [contract for contract in chain if contract.ask_price > 0]
            if wanted and not self.portfolio.invested:
                self.market_order(wanted[0].symbol, 1)
                self.market_order(self.spy, 10)
"""


def test_data_made_on_demand_give_what_generated_files_give(here: Path) -> None:
    span = ["--start", "2018-01-03", "--end", "2018-01-05", "--root", "spy", "--resolution", "minute"]
    generated = CliRunner().invoke(cli, ["data", "generate", *span, "--seed", "5", "--data-folder", "filled"])
    assert generated.exit_code == 0, generated.output
    told, results = [], []
    for folder in ("empty", "filled", "empty"):
        options = ["--data-folder", folder, "--seed", "5", "--output", str(here / folder / "out")]
        run = backtest(here, BUY_AN_OPTION, *options)
        assert run.exit_code == 0, run.output
        results.append(json.loads((here / folder / "out" / f"{here.name}.json").read_text()))
        told.append((here / folder / "out" / f"{here.name}-order-events.json").read_bytes())
    assert told[0] == told[1] == told[2]
    assert results[0]["statistics"] == results[1]["statistics"] == results[2]["statistics"]
    assert results[0]["statistics"]["Total Orders"] == "2"
    assert [each["engine"]["modelledData"] for each in results] == [True] * 3
    sources = [each["engine"]["dataSources"] for each in results]
    assert sources[0] == sources[1] == sources[2], "archives are counted and labelled alike, made or read"
    assert not list((here / "empty").rglob("*.zip")), "a run writes no archives"
    assert list((here / "empty" / ".leansim-cache").rglob("*.packed"))


def test_parameters_reach_the_algorithm(here: Path) -> None:
    body = on_data('self.set_runtime_statistic("seen", self.get_parameter("color"))')
    assert backtest(here, body, "--parameter", "color", "red").exit_code == 0
    assert result_of(here)["runtimeStatistics"]["seen"] == "red"


def test_what_the_algorithm_publishes_is_shown_and_kept(here: Path) -> None:
    body = """
    def on_end_of_algorithm(self):
        self.object_store.save("tomking/report.json", '{"denials": {"VIX_BAND": 4}, "groups": [{"outcome": "FILLED"}]}')
        self.set_runtime_statistic("tomking-report", "tomking/report.json")
"""
    result = backtest(here, body)
    assert result.exit_code == 0, result.output
    assert "VIX_BAND" in result.output
    assert "FILLED" in result.output
    assert result_of(here)["tomking"]["denials"] == {"VIX_BAND": 4}


def test_a_published_report_that_is_not_there_costs_no_results(here: Path) -> None:
    result = backtest(here, on_data('self.set_runtime_statistic("tomking-report", "gone/report.json")'))
    assert result.exit_code == 1
    assert "gone/report.json" in result.stderr
    assert result_of(here)["state"]["Status"] == "Completed"


def test_an_error_of_the_engine_itself_keeps_the_results(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("leansim.loop._Run.show_progress", broken)
    result = backtest(here, BUY_ONCE)
    assert isinstance(result.exception, ZeroDivisionError)
    assert "a bug" in result_of(here)["state"]["RuntimeError"]


def test_an_error_in_a_callback_names_file_and_line_and_keeps_the_results(here: Path) -> None:
    code = 'if self.portfolio.invested:\n    raise ValueError("the sky is falling")\nself.market_order(self.spy, 10)'
    result = backtest(here, on_data(code))
    assert result.exit_code == 1
    assert "the sky is falling" in result.stderr
    assert "main.py: line 14" in result.stderr
    assert "Traceback" not in result.output
    written = result_of(here)
    assert written["state"]["Status"] == "RuntimeError"
    assert len(written["orders"]) == 1


def test_an_error_in_initialize_is_shown_plainly(here: Path) -> None:
    result = backtest(here, '        raise ValueError("unknown parameter \\"zero_dte.delt\\"")\n')
    assert result.exit_code == 1
    assert 'unknown parameter "zero_dte.delt"' in result.stderr
    assert result_of(here)["statistics"] == {}


def test_a_member_that_is_not_emulated_is_named(here: Path) -> None:
    result = backtest(here, on_data("self.set_alpha(None)"))
    assert result.exit_code == 1
    assert "set_alpha" in result.stderr
    assert "not emulated" in result.stderr
    assert result_of(here)["state"]["Status"] == "RuntimeError"


def test_ctrl_c_keeps_the_results(here: Path) -> None:
    code = "if self.portfolio.invested:\n    raise KeyboardInterrupt\nself.market_order(self.spy, 10)"
    result = backtest(here, on_data(code))
    assert result.exit_code == 130
    assert "interrupted; the results so far are written" in result.stderr
    assert len(result_of(here)["orders"]) == 1


def test_no_algorithm_in_the_file(here: Path) -> None:
    result = backtest(here, "", head="x = 1\n")
    assert result.exit_code == 1
    assert "defines no algorithm" in result.stderr


def test_of_two_algorithms_the_one_lean_takes_runs_with_a_warning(here: Path) -> None:
    result = backtest(here, BUY_ONCE + "\n\nclass Zebra(Probe):\n    pass\n")
    assert result.exit_code == 0, result.output
    log = (here / "out" / f"{here.name}-log.txt").read_text()
    assert "defines 2 algorithms (Probe, Zebra); LEAN runs the last, Zebra" in log


def test_a_file_that_does_not_import(here: Path) -> None:
    result = backtest(here, "", head="from nowhere_at_all import x\n")
    assert result.exit_code == 1
    assert "nowhere_at_all" in result.stderr


def test_a_range_of_dates_without_data(here: Path) -> None:
    result = backtest(here, BUY_ONCE, head=HEAD.replace("2018", "2003"))
    assert result.exit_code == 1
    assert "no data at all between 2003-01-04 and 2003-01-05" in result.stderr


def test_a_truncated_archive_is_named(here: Path) -> None:
    span = ["--start", "2018-01-04", "--end", "2018-01-04", "--root", "spy", "--resolution", "minute"]
    assert CliRunner().invoke(cli, ["data", "generate", *span, "--data-folder", "data"]).exit_code == 0
    archive = here / "data/equity/usa/minute/spy/20180104_trade.zip"
    archive.write_bytes(archive.read_bytes()[:200])
    result = backtest(here, BUY_ONCE)
    assert result.exit_code == 1
    assert "20180104_trade.zip" in result.stderr
    assert result_of(here)["state"]["Status"] == "RuntimeError"

"""`leansim optimize`: the grid, what is looked for, runs that are never lost and never mixed up."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from distributed import LocalCluster
from rich.console import Console

from leansim.cli import cli
from leansim.errors import InputError
from leansim.sweep.grid import Axis, listed, points, stepped
from leansim.sweep.objective import Constraint, Objective, constraint, value_of
from leansim.sweep.running import Finished, Runner, Task, on_cluster
from leansim.sweep.sweeping import Sweep, best_of, run_sweep

ALGORITHM = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2018, 1, 4)
        self.set_end_date(2018, 1, 5)
        self.set_cash(100_000)
        self.set_benchmark(lambda time: 1)
        self.size = int(self.get_parameter("size", 1))
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol

    def on_data(self, slice):
        if self.size == 13:
            raise ValueError("thirteen is not traded")
        if not self.portfolio.invested:
            self.market_order(self.spy, self.size, tag=self.get_parameter("word", ""))
"""
RESULT = {
    "totalPerformance": {
        "portfolioStatistics": {"sharpeRatio": "1.25", "drawdown": "0.057", "compoundingAnnualReturn": "0.2"},
        "tradeStatistics": {"profitFactor": "1.4"},
    },
    "tomking": {"summary": {"profit_factor": 1.7}},
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lean.json").write_text("{}")
    (tmp_path / "config.json").write_text('{"data-provider": "model", "data-folder": "data", "seed": 3}')
    (tmp_path / "data").mkdir()
    (tmp_path / "probe.py").write_text(ALGORITHM)
    return tmp_path


def optimize(*words: str) -> Result:
    return CliRunner().invoke(cli, ["optimize", "probe.py", "--output", "out", *words])


def summary(folder: Path) -> dict[str, object]:
    return json.loads((folder / "out" / "optimization.json").read_text())


# -- the grid ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "step", "values"),
    [
        ("0.3", "0.5", "0.1", ("0.3", "0.4", "0.5")),
        ("1", "2", "0.4", ("1", "1.4", "1.8")),
        ("10", "10", "5", ("10",)),
        ("-1", "1", "1", ("-1", "0", "1")),
        ("100", "300", "100", ("100", "200", "300")),
    ],
)
def test_steps_are_counted_without_rounding(low: str, high: str, step: str, values: tuple[str, ...]) -> None:
    assert stepped("x", low, high, step).values == values


@pytest.mark.parametrize(
    ("low", "high", "step", "word"),
    [("1", "0", "1", "below"), ("0", "1", "0", "above 0"), ("a", "1", "1", "--values"), ("0", "1", "1e-9", "wider")],
)
def test_a_grid_that_makes_no_sense_is_refused(low: str, high: str, step: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        stepped("x", low, high, step)


def test_every_combination_once_the_last_running_fastest() -> None:
    found = points([Axis("a", ("1", "2")), listed("b", "x, y")])
    assert [tuple(point.values()) for point in found] == [("1", "x"), ("1", "y"), ("2", "x"), ("2", "y")]


@pytest.mark.parametrize("axes", [[], [Axis("a", ("1",)), Axis("a", ("2",))]])
def test_nothing_to_vary_or_the_same_twice_is_refused(axes: list[Axis]) -> None:
    with pytest.raises(InputError):
        points(axes)


# -- what is looked for -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sharpe Ratio", 1.25),
        ("SharpeRatio", 1.25),
        ("sharpe-ratio", 1.25),
        ("TotalPerformance.PortfolioStatistics.SharpeRatio", 1.25),
        ("Profit Factor", 1.4),
        ("tomking.summary.profit_factor", 1.7),
    ],
)
def test_a_statistic_is_found_however_it_is_spelled(name: str, value: float) -> None:
    assert value_of(RESULT, name) == value


def test_an_unknown_statistic_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="sharpeRatio"):
        value_of(RESULT, "Sharp Ratio")


def test_a_run_without_figures_has_none() -> None:
    assert math.isnan(value_of({"totalPerformance": None}, "Sharpe Ratio"))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("Drawdown < 0.06", True),
        ("Drawdown<0.05", False),
        ("Sharpe Ratio >= 1.25", True),
        ("Sharpe Ratio != 1.25", False),
    ],
)
def test_conditions(text: str, holds: bool) -> None:
    assert constraint(text).holds(RESULT) is holds


@pytest.mark.parametrize("text", ["Drawdown", "Drawdown < much", "< 1"])
def test_a_condition_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"Drawdown < 0\.25"):
        constraint(text)


def test_the_best_of_many() -> None:
    scores = [(1, 0.5), (2, math.nan), (3, 0.9), (4, 0.9)]
    assert Objective("x", is_maximum=True).best(scores) == 3
    assert Objective("x", is_maximum=False).best(scores) == 1
    assert Objective("x", is_maximum=True).best([(1, math.nan)]) is None
    assert Objective("x", True, (Constraint("Drawdown", "<", 0.01),)).broken(RESULT) == ["Drawdown < 0.01"]


# -- the runs ---------------------------------------------------------------------------------------------------------


def told(orders: dict[str, int]) -> Runner:
    """A runner that knows how each size ends."""

    def run_all(tasks: Sequence[Task]) -> Iterator[Finished]:
        for task in reversed(tasks):
            size = task.parameters["size"]
            total = {"portfolioStatistics": {"sharpeRatio": str(orders[size]), "drawdown": "0.1"}}
            yield Finished(task.number, task.parameters, {"totalPerformance": total, "statistics": {"Win Rate": "50%"}})

    return run_all


def sweep(here: Path, sizes: str, target: str = "Sharpe Ratio", *conditions: str) -> Sweep:
    objective = Objective(target, True, tuple(constraint(text) for text in conditions))
    return Sweep(here / "probe.py", [listed("size", sizes)], objective, here / "out")


def test_runs_are_shown_in_the_order_of_the_grid_whenever_they_end(here: Path) -> None:
    console = Console(record=True, width=100)
    run_sweep(sweep(here, "1,2,3"), told({"1": 5, "2": 9, "3": 7}), console)
    assert summary(here)["best"] == 2
    assert [run["score"] for run in summary(here)["runs"]] == [5, 9, 7]
    assert "Best: Sharpe Ratio 9 at size = 2" in console.export_text()


def test_another_sweep_does_not_mix_with_the_first(here: Path) -> None:
    run_sweep(sweep(here, "1"), told({"1": 5}), Console(quiet=True))
    run_sweep(sweep(here, "1"), told({"1": 5}), Console(quiet=True))
    with pytest.raises(InputError, match="another sweep"):
        run_sweep(sweep(here, "1,2"), told({"1": 5, "2": 5}), Console(quiet=True))


def test_a_target_no_result_has_ends_the_sweep_with_the_nearest_names(here: Path) -> None:
    with pytest.raises(InputError, match="sharpeRatio"):
        run_sweep(sweep(here, "1", "Sharp"), told({"1": 5}), Console(quiet=True))


def test_a_condition_keeps_a_run_from_being_the_best(here: Path) -> None:
    console = Console(record=True, width=100)
    rows = run_sweep(sweep(here, "1,2", "Sharpe Ratio", "Drawdown > 0.9"), told({"1": 5, "2": 6}), console)
    assert best_of(rows, sweep(here, "1").objective) is None
    assert "No run meets the conditions" in console.export_text()


def test_a_sweep_from_end_to_end_and_once_more(here: Path) -> None:
    words = ("--parameter", "size", "100", "200", "100", "--values", "word", "a,b", "--target", "End Equity")
    result = optimize(*words)
    assert result.exit_code == 0, result.output
    found = summary(here)
    grid = points([stepped("size", "100", "200", "100"), listed("word", "a,b")])
    assert [run["parameters"] for run in found["runs"]] == grid
    scores = [run["score"] for run in found["runs"]]
    assert found["best"] == scores.index(max(scores)) + 1
    assert scores[0] == scores[1] != scores[2], "the size decides, the word does not"
    page = (here / "out" / "optimization.html").read_text()
    assert found["modelledData"] == ("MODELLED DATA" in page)
    data = re.search(r'<script id="data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert data is not None
    assert json.loads(data[1])["axes"] == {"size": ["100", "200"], "word": ["a", "b"]}

    runs = sorted((here / "out" / "runs").iterdir())
    assert [run.name for run in runs] == ["1", "2", "3", "4"]
    stamps = [(run / "parameters.json").stat().st_mtime_ns for run in runs]
    shutil.rmtree(runs[2])
    assert optimize(*words).exit_code == 0
    assert summary(here) == found
    again = [(run / "parameters.json").stat().st_mtime_ns for run in runs]
    changed = [before != after for before, after in zip(stamps, again, strict=True)]
    assert changed == [False, False, True, False], "only what was missing ran again"


def test_a_failed_run_is_named_and_never_the_best(here: Path) -> None:
    result = optimize("--values", "size", "13", "--target", "End Equity")
    assert result.exit_code == 1
    (run,) = summary(here)["runs"]
    assert "thirteen is not traded" in run["error"]
    assert summary(here)["best"] is None
    assert list((here / "out" / "runs").iterdir()) == [], "nothing that could be taken for a result"


# -- a cluster --------------------------------------------------------------------------------------------------------


def test_no_scheduler_is_refused(here: Path) -> None:
    result = optimize("--values", "size", "1", "--cluster", "tcp://127.0.0.1:1")
    assert result.exit_code == 1
    assert "no scheduler answers" in result.output


def test_a_killed_worker_loses_no_result(here: Path) -> None:
    options = ("--data-folder", str(here / "data"), "--data-provider", "model")
    tasks = [
        Task(number, {"size": str(number)}, here / "probe.py", here / "out" / str(number), options)
        for number in range(1, 4)
    ]
    found = {}
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        victim = next(iter(cluster.workers.values())).process.pid
        for each in on_cluster(cluster.scheduler_address)(tasks):
            if not found:
                os.kill(victim, signal.SIGKILL)
            found[each.number] = (each.error, each.result["statistics"]["Total Orders"])
    assert found == dict.fromkeys((1, 2, 3), ("", "1"))

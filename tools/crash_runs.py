"""The algorithm in the markets it fears: `make backtest-crash` runs every stress preset and shows them in one table.

Three spans are real history, three are synthetic (docs/data.md); option quotes are modelled in all of them. Each
scenario has a data folder of its own, filled on demand, and a report of its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from leansim.model_data.scenarios import SCENARIOS, Scenario, scenario_named
from leansim.results.report import write_report
from leansim.sweep.running import Finished, Task, on_this_machine


def main(words: Sequence[str]) -> int:
    """Run what was asked for; 0 when every run completed."""
    parser = argparse.ArgumentParser(prog="make backtest-crash", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("build/crash"), help="where data and results go")
    parser.add_argument("--scenario", action="append", default=[], help="only this one; may be given several times")
    parser.add_argument("--parameter", nargs=2, action="append", default=[], metavar=("KEY", "VALUE"))
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(words)
    chosen = {name: scenario_named(name) for name in given.scenario or SCENARIOS}
    fixed = [word for key, value in given.parameter for word in ("--parameter", key, value)]
    tasks = [_task(number, name, scenario, given, fixed) for number, (name, scenario) in enumerate(chosen.items(), 1)]
    shutil.rmtree(given.folder / "runs", ignore_errors=True)  # a sweep would keep what an earlier program earned
    console = Console()
    runner = on_this_machine(os.cpu_count() or 1)
    runs = {
        each.number: each for each in track(runner(tasks), "scenarios", len(tasks), console=console, transient=True)
    }
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("scenario", "profit", "greatest fall", "worst day", "trades", "denied", "desk"):
        is_word = heading in {"scenario", "desk"}
        table.add_column(heading, justify="left" if is_word else "right", no_wrap=heading == "scenario")
    for task, name in zip(tasks, chosen, strict=True):
        table.add_row(name, *_figures(runs[task.number]))
    console.print(table)
    for task, run in zip(tasks, runs.values(), strict=True):
        if not run.error:
            result = task.folder / f"{task.project.name}.json"
            write_report(result, task.folder / "report.html")
            console.print(f"Report: {task.folder / 'report.html'}", highlight=False, soft_wrap=True)
    return 1 if any(run.error for run in runs.values()) else 0


def _task(number: int, name: str, scenario: Scenario, given: argparse.Namespace, fixed: Sequence[str]) -> Task:
    data = given.folder / "data" / name
    data.mkdir(parents=True, exist_ok=True)
    options = ["--data-folder", str(data.resolve()), "--data-provider", "model", "--seed", str(given.seed), *fixed]
    options += ["--scenario", name]
    span = {"backtest.start": f"{scenario.start}", "backtest.end": f"{scenario.end}"}
    return Task(number, span, given.project.resolve(), (given.folder / "runs" / name).resolve(), tuple(options))


def _figures(run: Finished) -> list[str]:
    if run.error:
        return ["", "", "", "", "", f"failed: {run.error}"]
    statistics, published = run.result["statistics"], run.result.get("tomking") or {}
    summary: Mapping[str, Any] = published.get("summary") or {}
    worst = _worst_day(published.get("days") or [])
    return [
        statistics.get("Net Profit", ""),
        statistics.get("Drawdown", ""),
        "" if worst is None else f"{worst:.2%}",
        str(summary.get("trades", "")),
        str(summary.get("denials", "")),
        str(run.result.get("runtimeStatistics", {}).get("Desk", "")),
    ]


def _worst_day(days: Sequence[Mapping[str, Any]]) -> float | None:
    """The worst change of equity from one day's mark to the next, money paid in or out left out."""
    changes = [(later["equity"] - later["flow"]) / day["equity"] - 1 for day, later in pairwise(days) if day["equity"]]
    return min(changes, default=None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A sweep from the command line: the grid, the runs, one table, one page."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from leansim.errors import InputError
from leansim.sweep.grid import Axis, points
from leansim.sweep.objective import Objective
from leansim.sweep.page import write_page
from leansim.sweep.running import Finished, Runner, Task

if TYPE_CHECKING:
    from rich.console import Console

GRID: Final = "sweep.json"
RESULT: Final = "optimization.json"
PAGE: Final = "optimization.html"
_SHOWN: Final = ("Net Profit", "Drawdown", "Sharpe Ratio", "Win Rate", "Total Orders")


@dataclass(frozen=True)
class Sweep:
    """What is to be run and what for.

    Attributes:
        project: the project folder or algorithm file.
        axes: the parameters that vary.
        objective: what makes a run good.
        output: folder of all runs and the summary.
        options: further words of ``leansim backtest``, the same for all runs.
    """

    project: Path
    axes: Sequence[Axis]
    objective: Objective
    output: Path
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A finished run with its score; ``broken`` names the conditions it does not meet."""

    run: Finished
    score: float
    broken: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether the run may be the best one."""
        return not self.run.error and not self.broken and not math.isnan(self.score)


def run_sweep(sweep: Sweep, runner: Runner, console: Console) -> list[Row]:
    """Run every point that has no result yet, write the summary and show it.

    Raises :class:`~leansim.errors.InputError` when the folder belongs to another sweep, or the objective names a
    statistic no result has.
    """
    grid = points(sweep.axes)
    _claim(sweep)
    width = len(str(len(grid)))
    tasks = [
        Task(number, parameters, sweep.project, sweep.output / "runs" / f"{number:0{width}d}", sweep.options)
        for number, parameters in enumerate(grid, 1)
    ]
    rows: list[Row] = []
    with _bar(console) as bar:
        shown = bar.add_task("", total=len(tasks), best="")
        for finished in runner(tasks):
            rows.append(_judged(finished, sweep.objective))
            best = best_of(rows, sweep.objective)
            bar.update(shown, advance=1, best="" if best is None else _told(best, sweep.objective))
    rows.sort(key=lambda row: row.run.number)
    best = best_of(rows, sweep.objective)
    _write(sweep, rows, best)
    _show(console, sweep, rows, best)
    return rows


def best_of(rows: Sequence[Row], objective: Objective) -> Row | None:
    """The best run that meets every condition."""
    number = objective.best([(row.run.number, row.score) for row in rows if row.counts])
    return next((row for row in rows if row.run.number == number), None)


def _judged(run: Finished, objective: Objective) -> Row:
    if run.error:
        return Row(run, math.nan, ())
    return Row(run, objective.score(run.result), tuple(objective.broken(run.result)))


def _claim(sweep: Sweep) -> None:
    """Mark the folder as this sweep's, so that no other mixes its runs in."""
    wanted = {
        "project": str(sweep.project.resolve()),
        "axes": {axis.name: list(axis.values) for axis in sweep.axes},
        "options": list(sweep.options),
    }
    path = sweep.output / GRID
    if path.is_file():
        if json.loads(path.read_text(encoding="utf-8")) != wanted:
            raise InputError(f"{sweep.output} holds another sweep; name another --output, or remove it")
        return
    sweep.output.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")


def _write(sweep: Sweep, rows: Sequence[Row], best: Row | None) -> None:
    content = {
        "target": sweep.objective.target,
        "direction": "max" if sweep.objective.is_maximum else "min",
        "constraints": [str(each) for each in sweep.objective.constraints],
        "best": None if best is None else best.run.number,
        "modelledData": any((row.run.result.get("engine") or {}).get("modelledData") for row in rows),
        "runs": [_record(row) for row in rows],
    }
    (sweep.output / RESULT).write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    write_page(sweep.output / PAGE, sweep.project.name, sweep.axes, content)


def _record(row: Row) -> dict[str, Any]:
    return {
        "number": row.run.number,
        "parameters": dict(row.run.parameters),
        "score": None if math.isnan(row.score) else row.score,
        "broken": list(row.broken),
        "error": row.run.error,
        "statistics": _statistics(row.run),
    }


def _statistics(run: Finished) -> Mapping[str, str]:
    found: Mapping[str, str] = run.result.get("statistics") or {}
    return found


def _show(console: Console, sweep: Sweep, rows: Sequence[Row], best: Row | None) -> None:
    target = sweep.objective.target.rsplit(".", 1)[-1]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for axis in sweep.axes:
        table.add_column(escape(axis.name), justify="right", overflow="fold")
    table.add_column(escape(target), justify="right")
    others = [name for name in _SHOWN if name.replace(" ", "") != target.replace(" ", "")]
    for name in others:
        table.add_column(name, justify="right")
    table.add_column("")
    for row in rows:
        table.add_row(
            *(escape(row.run.parameters[axis.name]) for axis in sweep.axes),
            "" if math.isnan(row.score) else f"{row.score:g}",
            *(_statistics(row.run).get(name, "") for name in others),
            escape(_remark(row, best)),
            style="bold" if row is best else "",
        )
    console.print(table)
    if best is None:
        console.print("No run meets the conditions.", highlight=False)
    else:
        console.print(f"Best: {_told(best, sweep.objective)}", highlight=False, soft_wrap=True)
    console.print(f"Page: {sweep.output / PAGE}", highlight=False, soft_wrap=True)


def _remark(row: Row, best: Row | None) -> str:
    if row.run.error:
        return f"failed: {row.run.error}"
    return "best" if row is best else "; ".join(f"not {each}" for each in row.broken)


def _told(row: Row, objective: Objective) -> str:
    where = ", ".join(f"{name} = {value}" for name, value in row.run.parameters.items())
    return f"{objective.target} {row.score:g} at {where}"


def _bar(console: Console) -> Progress:
    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[best]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )

"""The runs of a sweep: each in a process of its own, many at a time, none of them twice.

A run writes into a folder of its attempt and gets its final name when it is complete, so that a process that dies
leaves nothing that could be taken for a result, and a sweep that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from leansim.errors import InputError

PARAMETERS: Final = "parameters.json"
_ERROR = "Error: "
_CONNECT: Final = "3s"
_KEPT: Final = ("statistics", "totalPerformance", "runtimeStatistics", "tomking", "state", "engine")
_ROWS_OF_TRADES: Final = ("closedTrades",)


@dataclass(frozen=True)
class Task:
    """One run.

    Attributes:
        number: its place in the grid, from 1.
        parameters: what is varied, with this run's values.
        project: the project folder or algorithm file.
        folder: where its results will be.
        options: further words of ``leansim backtest``, the same for all runs.
    """

    number: int
    parameters: Mapping[str, str]
    project: Path
    folder: Path
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finished:
    """How a run ended: its result without the long lists, or why there is none."""

    number: int
    parameters: Mapping[str, str]
    result: Mapping[str, Any]
    error: str = ""


Runner = Callable[[Sequence[Task]], Iterator[Finished]]
"""Runs tasks and hands them out as they end, in any order."""


def on_this_machine(jobs: int) -> Runner:
    """Run ``jobs`` tasks at a time, each in a process of its own."""

    def run_all(tasks: Sequence[Task]) -> Iterator[Finished]:
        pool = ThreadPoolExecutor(jobs)
        try:
            for future in as_completed([pool.submit(run_task, task) for task in tasks]):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    return run_all


def on_cluster(address: str) -> Runner:
    """Run on the workers of a Dask scheduler, which gives a lost worker's tasks to another.

    The workers need leansim and see project, data and output under the same paths.
    """
    try:
        from distributed import Client
        from distributed import as_completed as as_completed_there
    except ImportError:
        wanted = 'pip install "tom-king-trading-framework[cluster]"'
        raise InputError(f"--cluster needs dask.distributed: {wanted}") from None

    def run_all(tasks: Sequence[Task]) -> Iterator[Finished]:
        try:
            client = Client(address, timeout=_CONNECT)  # type: ignore[no-untyped-call]  # distributed types half of itself
        except (OSError, ValueError) as error:
            raise InputError(f"--cluster {address}: no scheduler answers there ({error})") from error
        with client:
            futures = [client.submit(run_task, task, pure=False) for task in tasks]
            for future in as_completed_there(futures):  # type: ignore[no-untyped-call]  # as above
                yield future.result()

    return run_all


def run_task(task: Task) -> Finished:
    """Run one task to its end, or read what an earlier sweep left of the same task."""
    if (earlier := read_finished(task)) is not None:
        return earlier
    task.folder.parent.mkdir(parents=True, exist_ok=True)
    attempt = Path(tempfile.mkdtemp(prefix=f".{task.folder.name}-", dir=task.folder.parent))
    try:
        error = _backtest(task, attempt)
        if not error:
            (attempt / PARAMETERS).write_text(json.dumps(dict(task.parameters)), encoding="utf-8")
            _name_finally(attempt, task.folder)
            return read_finished(task) or Finished(task.number, task.parameters, {}, "its results are gone")
        return Finished(task.number, task.parameters, {}, error)
    finally:
        shutil.rmtree(attempt, ignore_errors=True)


def read_finished(task: Task) -> Finished | None:
    """The result in a task's folder, ``None`` when there is none."""
    if not (task.folder / PARAMETERS).is_file():
        return None
    try:
        (summary,) = task.folder.glob("*-summary.json")
        content = json.loads(summary.with_name(summary.name.replace("-summary", "")).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{task.folder} holds no readable result ({error}); remove it and start again") from error
    kept = {key: content[key] for key in _KEPT if key in content}
    total = kept.get("totalPerformance") or {}
    kept["totalPerformance"] = {key: value for key, value in total.items() if key not in _ROWS_OF_TRADES}
    return Finished(task.number, task.parameters, kept)


def _backtest(task: Task, folder: Path) -> str:
    """Run in a child process; its error text, empty when it completed."""
    command = [sys.executable, "-m", "leansim", "backtest", str(task.project), "--output", str(folder)]
    command += ["--object-store", str(folder / "storage"), "--no-report", *task.options]
    for name, value in task.parameters.items():
        command += ["--parameter", name, value]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    if not ended.returncode:
        return ""
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    told = next((line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)), "")
    return told or (lines[-1] if lines else f"the process ended with {ended.returncode}")


def _environment() -> dict[str, str]:
    """The child's environment: one thread for numpy, as the sweep itself uses every core."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _name_finally(attempt: Path, folder: Path) -> None:
    """Give an attempt its final name; another attempt of the same run may have been first, and is as good."""
    try:
        attempt.rename(folder)
    except OSError:
        if not (folder / PARAMETERS).is_file():
            raise

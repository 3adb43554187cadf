"""From the words of the command line to a sweep."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from leansim.backtesting import fresh_folder
from leansim.project import Overrides, load_project
from leansim.sweep.grid import listed, stepped
from leansim.sweep.objective import Objective, constraint
from leansim.sweep.running import on_cluster, on_this_machine
from leansim.sweep.sweeping import Sweep, run_sweep

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Wishes:
    """What the user said, word for word."""

    project: Path
    output: Path | None
    target: str
    is_maximum: bool
    stepped: tuple[tuple[str, str, str, str], ...]
    listed: tuple[tuple[str, str], ...]
    constraints: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...]
    jobs: int | None
    cluster: str | None
    data_folder: Path | None
    seed: int | None


def optimize_project(wishes: Wishes, console: Console) -> bool:
    """Run the sweep; True when every run completed.

    Raises :class:`~leansim.errors.InputError` for anything that cannot be run, before the first run begins.
    """
    loaded = load_project(wishes.project, Overrides(data_folder=wishes.data_folder, seed=wishes.seed))
    sweep = Sweep(
        project=wishes.project.resolve(),
        axes=[*(stepped(*words) for words in wishes.stepped), *(listed(*words) for words in wishes.listed)],
        objective=Objective(wishes.target, wishes.is_maximum, tuple(constraint(text) for text in wishes.constraints)),
        output=(wishes.output or fresh_folder(loaded.optimizations, datetime.now(UTC))).resolve(),
        options=_options(wishes),
    )
    runner = on_cluster(wishes.cluster) if wishes.cluster else on_this_machine(wishes.jobs or os.cpu_count() or 1)
    rows = run_sweep(sweep, runner, console)
    return not any(row.run.error for row in rows)


def _options(wishes: Wishes) -> tuple[str, ...]:
    words: list[str] = []
    for name, value in wishes.fixed:
        words += ["--parameter", name, value]
    if wishes.data_folder is not None:
        words += ["--data-folder", str(wishes.data_folder.resolve())]
    if wishes.seed is not None:
        words += ["--seed", str(wishes.seed)]
    return tuple(words)

"""LEAN's own Python algorithms through leansim, each in a process of its own, compared with LEAN's recorded run.

By hand, with the first difference of each shown::

    LEAN_REPOSITORY=../Lean python -m tests.conformance.algorithm_runs NAME [NAME ...]
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from leansim.results.compare import Comparison, Run, compare_runs, read_run

SHARED = Path(os.environ.get("TOMKING_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
ALGORITHMS = SHARED / "lean-goldens" / "algorithms"
SECONDS = 90
"""What one run may take; LEAN's own longest is 36 s."""


def lean_repository() -> Path | None:
    """The checkout of LEAN the environment names."""
    named = os.environ.get("LEAN_REPOSITORY")
    return Path(named) if named else None


def recording(name: str) -> dict[str, Any]:
    """LEAN's recorded run of an algorithm."""
    with gzip.open(ALGORITHMS / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        content: dict[str, Any] = json.load(file)
    return content


def difference(name: str, repository: Path, folder: Path) -> str:
    """Run an algorithm in ``folder`` and tell what differs first from LEAN's run; empty when nothing does.

    Order events (messages excepted), orders, the 28 statistics as printed and how the run ended are compared.
    """
    golden = recording(name)
    output = folder / "results"
    command = [sys.executable, "-m", "leansim", "backtest", str(repository / golden["file"]), "--no-report"]
    command += ["--data-folder", str(repository / "Data"), "--output", str(output)]
    command += ["--object-store", str(folder / "store")]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"no end after {SECONDS} s"
    if not output.is_dir():
        return f"no results: {_last_line(done.stderr)}"
    status = json.loads((output / f"{name}.json").read_text(encoding="utf-8"))["state"]["Status"]
    if status != golden["status"]:
        return f"status {status}, LEAN's is {golden['status']}: {_last_line(done.stderr)}"
    return _first(compare_runs(_comparable(read_run(ALGORITHMS / f"{name}.json.gz")), _comparable(read_run(output))))


def _comparable(run: Run) -> Run:
    """A run without the messages of its events, which are for people, and without the equity between statistics."""
    return replace(
        run,
        events=[{key: value for key, value in event.items() if key != "message"} for event in run.events],
        equity=[],
    )


def _first(comparison: Comparison) -> str:
    first = comparison.first
    if first is None:
        return ""
    counts = ", ".join(f"{len(each)} {subject}" for subject, each in comparison.subjects.items() if each)
    return f"{first.where}: expected {first.expected}, found {first.found} (differing: {counts})"


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if "Error" in line] or text.strip().splitlines()
    return lines[-1] if lines else "nothing was said"


def main(names: list[str]) -> int:
    """Compare the named algorithms; 1 when any differs."""
    repository = lean_repository()
    if repository is None:
        sys.stderr.write("LEAN_REPOSITORY names no checkout of LEAN\n")
        return 2
    differing = 0
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            found = difference(name, repository, Path(folder))
        differing += bool(found)
        sys.stdout.write(f"{name}: {found or 'equal'}\n")
        sys.stdout.flush()
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

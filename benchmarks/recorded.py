"""leansim beside LEAN's recorded times, on LEAN's own sample data: whole processes, from command line to results.

LEAN was measured three times each on an otherwise idle machine of two cores; the middle of its range counts here. The
sample data are where `LEAN_DATA` says, else beside the repository; without them nothing is measured.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, best_seconds

ALGORITHMS = Path(__file__).parent / "algorithms"
BESIDE = Path(__file__).resolve().parents[1].parent / "shared" / "lean-data"

LEAN_START_SECONDS = 3.0
LEAN_TOUCH_SECONDS = 6.95
LEAN_GREEKS_SECONDS = 108.5


def measure(folder: Path) -> Iterator[Figure]:
    """The cost of a run that does nothing, then a real chain read in two depths."""
    data = Path(os.environ.get("LEAN_DATA") or BESIDE)
    if not data.is_dir():
        print(f"recorded: not measured, LEAN's sample data are not in {data} (LEAN_DATA)", file=sys.stderr)
        return
    seconds = best_seconds(lambda: backtest(folder, data, "one_minute.py", ""))
    yield Figure("recorded: a run's fixed cost", "runs", 1 / seconds, "LEAN, recorded", 1 / LEAN_START_SECONDS)
    for mode, lean_seconds in (("touch", LEAN_TOUCH_SECONDS), ("greeks", LEAN_GREEKS_SECONDS)):
        # the first run copies the chain into the cache
        seconds = best_seconds(lambda mode=mode: backtest(folder, data, "goog_chain.py", mode), runs=2)
        contracts = int((folder / "store" / "read").read_text())
        name = f"recorded: 798 GOOG options, {mode}"
        yield Figure(name, "contracts", contracts / seconds, "LEAN, recorded", contracts / lean_seconds)


def backtest(folder: Path, data: Path, algorithm: str, mode: str) -> None:
    """One run in a process of its own."""
    command = [sys.executable, "-m", "leansim", "backtest", str(ALGORITHMS / algorithm), "--data-folder", str(data)]
    command += ["--output", str(folder / "results"), "--object-store", str(folder / "store"), "--no-report"]
    command += ["--parameter", "mode", mode] if mode else []
    subprocess.run(
        command, check=True, capture_output=True, env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    )

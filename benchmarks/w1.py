"""W1: a year of minutes of 200 SPXW contracts a day, through the ordinary LEAN API, beside the real engine's times.

The data are written by the generator that lies beside the recordings of the real engine, and the algorithm is the one
LEAN ran; without them nothing is measured. Each run is a process of its own, from command line to results: its time is
what the processor worked for it (user and system), its memory the most it had. What it traded has to be what LEAN
traded, to the cent. `python -m benchmarks w1 252` runs all days instead of 5, 10, 20 and 60 of them.

nautilus_trader and backtrader are measured too, the same way, where `W1_PEERS` names a Python that has them and scipy.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.figure import Figure

SHARED: Final = Path(os.environ.get("TOMKING_SHARED", Path(__file__).resolve().parents[1].parent / "shared"))
GOLDENS: Final = SHARED / "lean-goldens" / "w1"
LEAN_DATA: Final = Path(os.environ.get("LEAN_DATA") or SHARED / "lean-data")

YEAR: Final = 252
DAYS: Final = (5, 10, 20, 60)
QUOTES_A_DAY: Final = 390 * 200
#: seconds of the real engine for the year, two cores; `greeks` extrapolated
LEAN_SECONDS: Final = {"chain": 64.0, "touch": 119.0, "greeks": 1060.0}
EVENT_FIELDS: Final = ("symbolValue", "time", "status", "fillPrice", "fillQuantity", "direction", "quantity")
#: peers' scripts beside the recordings, their argument, and over how many days they are run
PEERS: Final = (
    ("nautilus_trader, quotes read from its cache", "w1_nautilus.py", "bars", (5, 10, 20)),
    ("nautilus_trader, a call for each quote", "w1_nautilus.py", "chain", (5, 10, 20)),
    ("backtrader", "w1_backtrader.py", "1", (5,)),
)


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds of the processor, and the most memory it had, in MiB."""

    seconds: float
    memory: float


def measure(folder: Path, days: Sequence[int] = ()) -> Iterator[Figure]:
    """Each mode, cold and cached where that differs: quotes a second over the longest run, and the year by the fit."""
    if not GOLDENS.is_dir() or not LEAN_DATA.is_dir():
        print(f"w1: not measured, LEAN's recordings are not in {GOLDENS} (or its data in {LEAN_DATA})", file=sys.stderr)
        return
    sizes = tuple(days) or DAYS
    data = written(folder, max(sizes))
    chain_cold: dict[int, Cost] = {}
    for mode in ("chain", "touch", "greeks"):
        costs: dict[int, Cost] = {}
        for size in sizes:
            if mode == "chain":
                shutil.rmtree(data / ".leansim-cache", ignore_errors=True)
                chain_cold[size] = run(folder, data, mode, size)
            costs[size] = run(folder, data, mode, size)
        if mode == "chain":
            yield figure("chain, cold zips", mode, chain_cold)
        yield figure(mode, mode, costs)
    python = os.environ.get("W1_PEERS")
    for name, script, argument, own in PEERS if python else ():
        words = [str(python), str(GOLDENS / script)]
        try:
            peer = {size: measured([*words, str(size), argument], folder) for size in own}
        except subprocess.CalledProcessError as error:
            print(f"w1 {name}: not measured: {error.output.decode().strip()}", file=sys.stderr)
        else:
            yield figure(name, "chain", peer)


def written(folder: Path, days: int) -> Path:
    """The data folder of so many days."""
    data = folder / "data"
    command = [sys.executable, str(GOLDENS / "write_w1.py"), str(days), str(data), "--lean-data", str(LEAN_DATA)]
    subprocess.run(command, check=True, capture_output=True, env=_environment(folder))
    return data


def run(folder: Path, data: Path, mode: str, days: int) -> Cost:
    """One backtest; raises ``ValueError`` when it trades anything else than LEAN did."""
    results, store = folder / "results", folder / "store"
    command = [sys.executable, "-m", "leansim", "backtest", str(GOLDENS / "w1_lean.py"), "--data-folder", str(data)]
    command += ["--output", str(results), "--object-store", str(store), "--no-report"]
    command += ["--parameter", "mode", mode, "--parameter", "days", str(days)]
    cost = measured(command, folder)
    check(json.loads((store / "w1").read_text()), results, days)
    return cost


def measured(command: list[str], folder: Path) -> Cost:
    """What a process takes from start to end; raises ``subprocess.CalledProcessError`` when it fails."""
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=_environment(folder))
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, (folder / "output.txt").read_bytes())
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def check(found: dict[str, Any], results: Path, days: int) -> None:
    """The trades of each day, and of a run of five days every order event, are those LEAN recorded."""
    recorded = json.loads((GOLDENS / "w1_chain_252d.json").read_text())
    if found["days"] != recorded["trades"][:days] or found["pnl"] != recorded["pnl"][:days]:
        raise ValueError(f"W1 over {days} days traded otherwise than LEAN: {found['pnl']}")
    if days == 5:
        expected = json.loads((GOLDENS / "w1_chain_5d.json").read_text())["order_events"]
        (file,) = results.glob("*-order-events.json")
        events = json.loads(file.read_text())
        if [[event[name] for name in EVENT_FIELDS] for event in events] != [
            [event[name] for name in EVENT_FIELDS] for event in expected
        ]:
            raise ValueError("W1 over 5 days: the order events are not LEAN's")


def figure(name: str, mode: str, costs: dict[int, Cost]) -> Figure:
    """The rate of the longest run; prints what all of them took."""
    sizes = list(costs)
    seconds = [cost.seconds for cost in costs.values()]
    for size, cost in costs.items():
        print(f"w1 {name}: {size} days {cost.seconds:.2f} s, {cost.memory:.0f} MiB", file=sys.stderr)
    if len(sizes) > 1:
        slope, fixed = np.polyfit(sizes, seconds, 1)
        worst = max(abs(fixed + slope * size - took) for size, took in zip(sizes, seconds, strict=True))
        print(
            f"w1 {name}: the year by the line through them {fixed + slope * YEAR:.1f} s "
            f"({fixed:.2f} s and {slope * 1000:.1f} ms a day, at most {worst:.2f} s off)",
            file=sys.stderr,
        )
    longest = max(sizes)
    rate = longest * QUOTES_A_DAY / costs[longest].seconds
    lean_rate = YEAR * QUOTES_A_DAY / LEAN_SECONDS[mode]
    return Figure(f"w1: {name}, {longest} days", "quotes", rate, "LEAN, recorded", lean_rate)


def _environment(folder: Path) -> dict[str, str]:
    """Ours, with compiled modules kept in a folder of the benchmark's: nothing is written beside the recordings."""
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
    return {**ours, **one_thread, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}

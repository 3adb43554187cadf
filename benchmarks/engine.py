"""leansim: time steps and quotes a second, beside the machine's floor for the same data."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from benchmarks.figure import Figure, best_seconds
from leansim import __version__
from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, RunStatus, run
from leansim.model_data.provider import ModelDataProvider
from leansim.results.recorder import EngineInfo, Recorder

ALGORITHMS = Path(__file__).parent / "algorithms"
SEED = 7


def measure(folder: Path) -> Iterator[Figure]:
    """The cost of a step, then of reading a chain in three depths. The first run makes the data and is not counted."""
    data = folder / "data"
    data.mkdir()
    backtest(folder, data, "empty.py", {})
    backtest(folder, data, "chain.py", {"mode": "none"})
    steps = 0

    def empty() -> None:
        nonlocal steps
        steps = backtest(folder, data, "empty.py", {})

    seconds = best_seconds(empty, runs=2)
    yield Figure("engine: empty time step", "steps", steps / seconds, "an empty Python call", empty_calls())

    floor = parse_rate(data)
    for mode in ("none", "touch", "greeks"):
        quotes = 0
        backtest(folder, data, "chain.py", {"mode": mode})

        def chain(mode: str = mode) -> None:
            nonlocal quotes
            quotes = backtest(folder, data, "chain.py", {"mode": mode})

        seconds = best_seconds(chain, runs=2)
        yield Figure(f"engine: 0DTE chain, {mode}", "quotes", quotes / seconds, "inflate and parse the zips", floor)


def backtest(folder: Path, data: Path, algorithm: str, parameters: dict[str, str]) -> int:
    """One run; the number the algorithm counted."""
    source = DataFolder(data, ModelDataProvider(data, seed=SEED))
    recorder = Recorder(EngineInfo(version=__version__, seed=SEED))
    config = RunConfig(ALGORITHMS / algorithm, source, parameters, folder / "store", algorithm_id="bench")
    result = run(config, recorder)
    if result.status is not RunStatus.COMPLETED:
        raise RuntimeError(result.error)
    counted = folder / "store" / ("steps" if algorithm == "empty.py" else "quotes")
    return int(counted.read_text())


def empty_calls() -> float:
    """Calls a second of a Python function that does nothing."""

    def nothing(_: object) -> None:
        return None

    def calls() -> None:
        for _ in range(1_000_000):
            nothing(None)

    return 1_000_000 / best_seconds(calls)


def parse_rate(data: Path) -> float:
    """Quotes a second when the chains' zips are only inflated and parsed."""
    zips = sorted((data / "indexoption" / "usa" / "minute" / "spxw").glob("*_quote_european.zip"))
    rows = 0

    def parse() -> None:
        nonlocal rows
        rows = 0
        for path in zips:
            with zipfile.ZipFile(path) as archive:
                text = b"".join(archive.read(entry) for entry in archive.namelist())
            rows += pl.read_csv(io.BytesIO(text), has_header=False, infer_schema_length=0).height

    seconds = best_seconds(parse)
    return rows / seconds

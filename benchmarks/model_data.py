"""Modelled data: quotes a second, from the asset's path to columns, to their text, to the zip, and to a run's copy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure
from leansim.api.enums import Resolution, SecurityType, TickType
from leansim.api.reference import use_reference_data
from leansim.api.symbols import Symbol
from leansim.lean_data.folder import DataFolder
from leansim.model_data import ModelDataProvider, chain, option_files
from leansim.model_data.assets import INDEX, Markets
from leansim.model_data.chain import Day, asset_day
from leansim.model_data.contract_files import RootFiles
from leansim.model_data.history import History
from leansim.model_data.lines import Archive
from leansim.model_data.products import OPTIONS
from leansim.model_data.provider import DEFAULT_HISTORY

SEED = 7
DAYS = 10
RUNS = 3


def measure(folder: Path) -> Iterator[Figure]:
    """CPU seconds of one core: the chain of the day, 200 contracts by 390 minutes, and a root of all terms."""
    history = History.load(DEFAULT_HISTORY)
    fridays = [day for day in history.modelled if chain.expires(history, day) and history.session_minutes(day) == 390]
    markets = Markets(history, SEED)
    days = [asset_day(markets, SEED, INDEX, day) for day in fridays[100 : 100 + DAYS]]
    quotes = 200 * 390 * DAYS
    floor = quotes / cpu_seconds(lambda: np.exp(np.ones((8, quotes))))

    def columns() -> None:
        for day in days:
            strike = chain.strikes(float(day.index[0]))
            option_files.quote_bars(SEED, day, strike)

    def texts() -> None:
        for day in days:
            list(Archive(False, [option_files.quote_lines(history, SEED, day)]).entries())

    name = "an exponential for each price"
    yield Figure("model: chain of the day, columns", "quotes", quotes / cpu_seconds(columns), name, floor)
    yield Figure("model: chain of the day, text", "quotes", quotes / cpu_seconds(texts), name, floor)
    files = RootFiles("spy", OPTIONS["spy"], markets, SEED)
    rows = sum(len(lines.names) * len(lines.clock) for day in days for lines in files.quote_lines(day))

    def zips() -> None:
        provider = ModelDataProvider(folder / f"model-{time.perf_counter_ns()}", SEED)
        for day in days:
            provider.fetch(f"option/usa/minute/spy/{day.session:%Y%m%d}_quote_american.zip")

    yield Figure("model: SPY of all terms, zips", "quotes", rows / cpu_seconds(zips), name, floor)
    yield Figure("model: SPY of all terms, as a run makes it", "quotes", rows / of_a_run(folder, days), name, floor)


def of_a_run(folder: Path, days: list[Day]) -> float:
    """CPU seconds from nothing to rows in memory and their packed copy, in a run that has begun."""
    root = folder / "run"
    root.mkdir()
    model = ModelDataProvider(root, SEED)

    def begun(copies: str) -> DataFolder:
        data = DataFolder(root, model, folder / copies)
        use_reference_data(data)
        data.read_file(spy, days[0].session - timedelta(days=1), Resolution.MINUTE, TickType.QUOTE)
        return data

    use_reference_data(DataFolder(root, model, cache=False))
    spy = Symbol.create_canonical_option(Symbol.create("SPY", SecurityType.EQUITY, "usa"), None, "usa", None)
    runs = iter([begun(f"copies-{number}") for number in range(RUNS)])

    def work() -> None:
        data = next(runs)
        for day in days:
            data.read_file(spy, day.session, Resolution.MINUTE, TickType.QUOTE)

    seconds = cpu_seconds(work, RUNS)
    use_reference_data(None)
    return seconds


def cpu_seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """The least CPU time of a few runs: other processes on the machine disturb it little."""
    seconds = []
    for _ in range(runs):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return min(seconds)

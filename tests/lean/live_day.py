"""main.py, unchanged, live-like on LEAN's sample quotes of one day; for tests of what live brokerages do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sample_data import LEAN_DATA, ROOT
from tomking.events import Event
from tomking.journal.journal import journal_prefix
from tomking.journal.reading import read_all
from tomking.journal.store import FileStore

from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, RunResult, run
from leansim.results.recorder import EngineInfo, Recorder
from leansim.trading.fault_plans import parse_plan

DAY = {
    "execution.step_seconds": "60",
    "execution.group_seconds": "600",
    "execution.fill_check_seconds": "5",
    "backtest.end": "2015-12-24",
}
"""One day, orders that live long enough to meet the next minute's quotes, and a turn of the desk every five seconds."""


def live_like(folder: Path, plan: Mapping[str, Any], route: str = "lean", **live: str) -> RunResult:
    """Run the day with a fault plan; the object store is `folder`, `live` are further settings of that section."""
    sample = json.loads((ROOT / "samples" / "goog-condor.json").read_text(encoding="utf-8"))["parameters"]
    config = RunConfig(
        ROOT / "TomKingAlgorithm" / "main.py",
        DataFolder(LEAN_DATA, cache=False),
        {**sample, **DAY, "live.route": route, **{f"live.{name}": value for name, value in live.items()}},
        folder,
        "live",
        live_like=True,
        faults=parse_plan(plan),
    )
    return run(config, Recorder(EngineInfo("test")))


def journaled(folder: Path) -> list[Event]:
    """Everything the processes of the day recorded."""
    return [record.event for record in read_all(FileStore(folder), journal_prefix("live", "default"))]

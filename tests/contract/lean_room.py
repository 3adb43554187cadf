"""The contract suite inside a run of leansim, where LeanBackend lives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from sample_data import LEAN_DATA

from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, RunStatus, run
from leansim.results.recorder import EngineInfo, Recorder

ALGORITHM = Path(__file__).parents[1] / "lean" / "algorithms" / "contract_room.py"


def findings(folder: Path, brokerage: str) -> dict[str, str]:
    """For each case what it stumbled over; empty where it was kept."""
    config = RunConfig(ALGORITHM, DataFolder(LEAN_DATA, cache=False), {"brokerage": brokerage}, folder, "contract")
    result = run(config, Recorder(EngineInfo("test")))
    assert result.status is RunStatus.COMPLETED, result.error
    return cast(dict[str, str], json.loads((folder / "contract" / "findings").read_text(encoding="utf-8")))

"""The last resort in leansim: at market where the brokerage model takes it, and by capability never elsewhere."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sample_data import LEAN_DATA, MISSING

from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, RunStatus, run
from leansim.results.recorder import EngineInfo, Recorder

pytestmark = pytest.mark.skipif(not LEAN_DATA.is_dir(), reason=MISSING)

ALGORITHM = Path(__file__).parent / "algorithms" / "last_resort.py"


def told(folder: Path, brokerage: str) -> dict[str, Any]:
    config = RunConfig(ALGORITHM, DataFolder(LEAN_DATA, cache=False), {"brokerage": brokerage}, folder, "last")
    result = run(config, Recorder(EngineInfo("test")))
    assert result.status is RunStatus.COMPLETED, result.error
    found: dict[str, Any] = json.loads((folder / "last" / "found").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("brokerage", ["DEFAULT", "INTERACTIVE_BROKERS_BROKERAGE", "CHARLES_SCHWAB"])
def test_a_way_out_nobody_takes_ends_at_market_where_the_model_takes_it(tmp_path: Path, brokerage: str) -> None:
    found = told(tmp_path, brokerage)
    *limits, last = found["orders"]
    assert found["declared"]
    assert found["outcome"] == "filled"
    assert last == [True, "filled"]
    assert len(limits) > 2
    assert all(order == [False, "canceled"] for order in limits)
    assert found["types"] == ["COMBO_LIMIT", "COMBO_MARKET"]
    assert Decimal(found["paid"]) == Decimal(found["expected"]), "at the quotes of the moment"
    assert (found["held"], found["book"], found["invalid"]) == (0, 0, 0)


def test_tastytrades_model_is_never_asked_for_what_it_refuses(tmp_path: Path) -> None:
    found = told(tmp_path, "TASTYTRADE")
    assert not found["declared"]
    assert found["outcome"] == "canceled"
    assert found["reason"].startswith("no fill within")
    assert all(order == [False, "canceled"] for order in found["orders"])
    assert found["types"] == ["COMBO_LIMIT"]
    assert (found["held"], found["book"], found["invalid"]) == (4, 4, 0)

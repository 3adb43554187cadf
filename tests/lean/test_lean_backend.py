"""The adapters to LEAN, driven by hand inside an algorithm: refusals, rest, cancel, fills, look-ups, symbols."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sample_data import LEAN_DATA, MISSING, ROOT

pytestmark = pytest.mark.skipif(not LEAN_DATA.is_dir(), reason=MISSING)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("probe")
    command = [sys.executable, "-m", "leansim", "backtest", str(Path(__file__).parent / "algorithms/backend_probe.py")]
    options = [
        "--data-folder",
        str(LEAN_DATA),
        "--output",
        str(folder / "out"),
        "--object-store",
        str(folder / "store"),
    ]
    done = subprocess.run(
        [*command, *options, "--no-report"],
        cwd=folder,
        env={**os.environ, "TOMKING_PATH": str(ROOT / "TomKingAlgorithm")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found: dict[str, Any] = json.loads((folder / "store/probe/answers").read_text())
    return found


def test_a_refusal_is_raised_and_reported_once(answers: dict[str, Any]) -> None:
    """LEAN says it with events inside the call (buying power) or with one ticket and no event (a pre-check)."""
    assert answers["too big"] == ["LEAN-3", []]
    assert answers["no such contract"] == ["LEAN-16", []]


def test_a_resting_package_is_accepted_once_and_canceled_once(answers: dict[str, Any]) -> None:
    assert answers["accepted"] == ["Accepted"]
    assert answers["cancel asked"] == []
    assert answers["canceled"] == ["Closed"]


def test_every_leg_is_filled_before_the_order_is_closed(answers: dict[str, Any]) -> None:
    assert answers["filled"] == ["Accepted", "Filled", "Filled", "Filled", "Filled", "Closed"]
    assert answers["looked up"] == ["closed", "filled", 4]
    assert answers["unknown"] is True
    assert answers["held"] == [
        ["GOOG 2016-01-15 720 P", 2],
        ["GOOG 2016-01-15 735 P", -2],
        ["GOOG 2016-01-15 765 C", -2],
        ["GOOG 2016-01-15 780 C", 2],
    ]


def test_contracts_and_symbols_go_both_ways(answers: dict[str, Any]) -> None:
    assert answers["equity"] is True
    assert answers["round trip"] is True
    assert answers["future"].startswith("ES ")


def test_the_store_lists_what_it_keeps(answers: dict[str, Any]) -> None:
    assert answers["keys"] == ["probe/answers"]

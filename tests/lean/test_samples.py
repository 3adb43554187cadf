"""main.py, unchanged, on LEAN's own sample quotes: a condor on GOOG, a vertical on SPXW, a strangle on ES options."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sample_data import LEAN_DATA, MISSING, ROOT

pytestmark = pytest.mark.skipif(not LEAN_DATA.is_dir(), reason=MISSING)


class Run:
    """One finished backtest: LEAN's result files, the framework's own report, the journal's folder."""

    def __init__(self, output: Path, store: Path) -> None:
        self.store = store
        self.result: dict[str, Any] = json.loads((output / "TomKingAlgorithm.json").read_text())
        self.events: list[dict[str, Any]] = json.loads((output / "TomKingAlgorithm-order-events.json").read_text())
        self.report: dict[str, Any] = json.loads((store / "tomking/backtest/default/report.json").read_text())
        self.has_report = (output / "report.html").stat().st_size > 100_000

    def groups(self, purpose: str) -> dict[str, int]:
        return {row["outcome"]: row["count"] for row in self.report["groups"] if row["purpose"] == purpose}


def backtest(folder: Path, sample: str) -> Run:
    output, store = folder / "output", folder / "store"
    command = [sys.executable, "-m", "leansim", "backtest", "TomKingAlgorithm", "--config", f"samples/{sample}.json"]
    paths = ["--data-folder", str(LEAN_DATA), "--output", str(output), "--object-store", str(store)]
    done = subprocess.run([*command, *paths], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return Run(output, store)


def test_goog_condor_is_opened_by_delta_managed_and_closed(tmp_path: Path) -> None:
    run = backtest(tmp_path, "goog-condor")
    assert run.result["state"]["Status"] == "Completed"
    assert run.has_report
    assert run.groups("open") == {"filled": 1}
    assert run.groups("close")["filled"] == 2, "the side whose short strike was reached goes alone, the rest later"
    (trade,) = run.report["trades"]
    assert len(trade["legs"]) == 4
    assert trade["exit_reason"] in {"time", "profit", "stop"}
    assert float(trade["entry_net"]) < 0, "a condor is sold for a credit"
    assert not run.report["open"]
    for event in run.events:
        assert event["symbolValue"].startswith("GOOG  151224")


def test_spxw_vertical_is_held_to_cash_settlement(tmp_path: Path) -> None:
    run = backtest(tmp_path, "spxw-vertical")
    assert run.groups("open")["filled"] == 1
    assert run.groups("close") == {}
    (trade,) = run.report["trades"]
    assert [leg["contract"] for leg in trade["legs"]] == ["SPXW 2021-01-04 3700 C", "SPXW 2021-01-04 3800 C"]
    assert trade["exit_reason"] == "settled"
    settled = [event for event in run.events if event["status"] == "filled" and event["fillPrice"] == 0]
    assert {event["isAssignment"] for event in settled} == {True, False}
    # the index closed at 3700.65, so the short call cost 65 and the credit less that, less 2 of fees, is the profit
    credit = -float(trade["entry_net"]) * 100
    assert trade["profit"] == pytest.approx(credit - 65 - 2, abs=0.01)
    assert float(run.result["totalPerformance"]["portfolioStatistics"]["endEquity"]) == pytest.approx(
        500_000 + trade["profit"], abs=0.01
    )


def test_es_strangle_by_our_own_deltas(tmp_path: Path) -> None:
    run = backtest(tmp_path, "es-strangle")
    assert run.groups("open") == {"filled": 1}
    (trade,) = run.report["trades"]
    assert {leg["contract"][-1] for leg in trade["legs"]} == {"P", "C"}
    assert trade["exit_reason"] == "profit"
    assert trade["profit"] > 0


def test_the_journal_replays_to_the_state_the_run_ended_in(tmp_path: Path) -> None:
    run = backtest(tmp_path, "goog-condor")
    command = [sys.executable, "-m", "tomking.journal", "replay", str(run.store)]
    replayed = subprocess.run(
        command, cwd=ROOT / "TomKingAlgorithm", capture_output=True, text=True, timeout=60, check=False
    )
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "the same as the run's" in replayed.stdout

    journal = sorted((run.store / "tomking/backtest/default/journal").iterdir())
    kept = journal[len(journal) // 2].read_text()
    journal[len(journal) // 2].write_text(kept.replace('"', "'", 1))
    damaged = subprocess.run(
        command, cwd=ROOT / "TomKingAlgorithm", capture_output=True, text=True, timeout=60, check=False
    )
    assert damaged.returncode != 0


def test_two_runs_give_the_same_order_events_byte_for_byte(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        backtest(folder, "es-strangle")
    name = "output/TomKingAlgorithm-order-events.json"
    assert (first / name).read_bytes() == (second / name).read_bytes()

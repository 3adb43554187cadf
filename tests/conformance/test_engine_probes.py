"""Our probes of LEAN, line by line: timing, object store, exceptions, combos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.lean_runs import GOLDENS, comparable, golden_probe, needs_goldens, probe_lines, run_algorithm

pytestmark = needs_goldens


def _compared(tmp_path: Path, algorithm: str, name: str, **parameters: str) -> tuple[list[Any], list[Any], str, str]:
    recorded = golden_probe(name)
    run = run_algorithm(GOLDENS / "probes" / f"{algorithm}.py", tmp_path, parameters)
    found = [comparable(line) for line in run.probe_lines()]
    expected = [comparable(line) for line in probe_lines(recorded["log_lines"])]
    return found, expected, run.result.status.value, recorded["status"]


def test_everything_inside_a_minute_and_a_warm_up_happens_in_leans_order(tmp_path: Path) -> None:
    found, expected, status, recorded_status = _compared(tmp_path, "k_timing", "k_timing")
    assert found == expected
    assert status == recorded_status


def test_combo_market_orders_answer_as_in_lean(tmp_path: Path) -> None:
    found, expected, status, recorded_status = _compared(tmp_path, "a_combo_market", "a_combo_market")
    assert found == expected
    assert status == recorded_status


@pytest.mark.parametrize(
    "where", ["eoa", "eod", "error", "filter", "initialize", "on_data", "on_order_event", "quit", "schedule"]
)
def test_an_exception_ends_the_run_where_and_when_it_does_in_lean(tmp_path: Path, where: str) -> None:
    found, expected, status, recorded_status = _compared(tmp_path, "s_raise", f"s_raise_{where}", where=where)
    assert found == expected
    assert status == recorded_status


def test_two_runs_share_an_object_store(tmp_path: Path) -> None:
    for name in ("h_object_store_run1", "h_object_store_run2"):
        found, expected, _, _ = _compared(tmp_path, "h_object_store", name)
        for line, recorded in zip(found, expected, strict=True):
            if str(recorded["k"]).startswith(("path", "exists_now")):
                continue  # the recording hides where the store lay
            if isinstance(recorded.get("keys"), list):
                line["keys"], recorded["keys"] = sorted(line["keys"]), sorted(recorded["keys"])
            assert line == recorded

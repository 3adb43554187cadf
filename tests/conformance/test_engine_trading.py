"""Orders, fills, fees, margins and expiries, record by record as LEAN recorded them."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import pytest

from conformance.lean_runs import (
    GOLDENS,
    MESSAGES,
    golden,
    golden_probe,
    needs_goldens,
    probe_lines,
    run_algorithm,
)
from leansim.account import strategy_matcher

pytestmark = needs_goldens

REPLAY = GOLDENS / "replay"
PLANS = sorted(file.stem for file in (REPLAY / "plans").glob("*.json"))
UNSTABLE: dict[str, Any] = golden("replay/UNSTABLE.json") if REPLAY.is_dir() else {}

#: LEAN groups positions in the order of a hash it draws anew in every run. These were recorded under another order than
#: ours: with the one named here (a seed of `positions_in_another_order`) they are equal, entry by entry.
ANOTHER_ORDER = {"es-001": 5, "es-008": 0, "l_stale": 2}

PROBES = {
    "b_combo_limit": ("b_combo_limit", {}),
    "d_buying_power": ("d_buying_power", {}),
    "g_tastytrade": ("g_tastytrade", {}),
    "i_expiry_equity": ("i_expiry", {"case": "equity"}),
    "i_expiry_equity_tasty": ("i_expiry", {"case": "equity", "model": "tasty"}),
    "i_expiry_index": ("i_expiry", {"case": "index"}),
    "i_expiry_index_tasty": ("i_expiry", {"case": "index", "model": "tasty"}),
    "i_expiry_future": ("i_expiry", {"case": "future"}),
    "l_stale": ("l_stale", {}),
    "m2_es_margin_default": ("m2_es_margin", {}),
    "m2_es_margin_tasty": ("m2_es_margin", {"model": "tasty"}),
    "m_margin": ("m_margin", {}),
    "n_fees_default": ("n_fees", {}),
    "n_fees_tasty": ("n_fees", {"model": "tasty"}),
    "p_liquidate": ("p_liquidate", {}),
    "t_close_tight_refused": ("t_close_tight", {}),
    "u_gtc_days": ("u_gtc_days", {}),
    "v_expiring_resting": ("v_expiring_resting", {}),
    "y_margin_at_fill": ("y_margin_at_fill", {}),
}


def _same(expected: Any, found: Any) -> bool:
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (expected, found))
    if numbers:
        return math.isclose(expected, found, rel_tol=1e-7, abs_tol=0.005)
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = (expected.keys() | found.keys()) - MESSAGES - {"message"}
        return all(key in expected and key in found and _same(expected[key], found[key]) for key in keys)
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(_same, expected, found))
    return bool(expected == found)


@pytest.fixture
def positions_in_another_order(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order in which positions are grouped, for the recordings that need another one than ours."""
    seed = ANOTHER_ORDER.get(request.node.callspec.id)
    if seed is None:
        return
    grouped = strategy_matcher._match.__wrapped__

    def draw(option: tuple[Any, int]) -> bytes:
        return hashlib.md5(f"{seed}{option[0].id}".encode(), usedforsecurity=False).digest()

    def match(options: tuple[tuple[Any, int], ...], lots: int) -> Any:
        return grouped(tuple(sorted(options, key=draw)), lots)

    monkeypatch.setattr(strategy_matcher, "_match", match)


@pytest.mark.usefixtures("positions_in_another_order")
@pytest.mark.parametrize("name", PROBES)
def test_a_probe_answers_as_in_lean(name: str, tmp_path: Path) -> None:
    algorithm, parameters = PROBES[name]
    recorded = golden_probe(name)
    run = run_algorithm(GOLDENS / "probes" / f"{algorithm}.py", tmp_path, parameters)
    expected, found = probe_lines(recorded["log_lines"]), run.probe_lines()
    assert len(found) == len(expected)
    for wanted, line in zip(expected, found, strict=True):
        assert _same(wanted, line), (wanted, line)
    assert run.result.status.value == recorded["status"]


@pytest.mark.usefixtures("positions_in_another_order")
@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_of_random_orders_replays_as_in_lean(plan: str, tmp_path: Path) -> None:
    file = REPLAY / "plans" / f"{plan}.json"
    run = run_algorithm(REPLAY / "replay.py", tmp_path, {"plan-file": str(file)})
    found = run.stored(json.loads(file.read_text(encoding="utf-8"))["record"])
    expected = golden(f"replay/records/{plan}.record.json.gz")
    unstable = UNSTABLE.get(plan, {})
    end = unstable.get("from", len(expected))
    assert len(found[:end]) == len(expected[:end])
    for index, (wanted, entry) in enumerate(zip(expected[:end], found[:end], strict=True)):
        left_out = set(unstable.get("entries", {}).get(str(index), ()))
        for one in (wanted, entry):
            for key in left_out:
                one.pop(key, None)
        assert _same(wanted, entry), (index, wanted, entry)

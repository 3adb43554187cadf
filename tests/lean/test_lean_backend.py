"""The adapters to LEAN, driven by hand inside an algorithm: refusals, rest, cancel, fills, look-ups, symbols."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sample_data import LEAN_DATA, MISSING, ROOT
from tomking.execution.fees import Execution, Product, tastytrade_fee

pytestmark = pytest.mark.skipif(not LEAN_DATA.is_dir(), reason=MISSING)


def told(folder: Path, algorithm: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "leansim", "backtest", str(Path(__file__).parent / "algorithms" / algorithm)]
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


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return told(tmp_path_factory.mktemp("probe"), "backend_probe.py")


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return told(tmp_path_factory.mktemp("late"), "late_probe.py")


def test_a_refusal_is_raised_and_reported_once(answers: dict[str, Any]) -> None:
    """LEAN says it with events inside the call (buying power) or with one ticket and no event (a pre-check)."""
    assert answers["too big"] == ["LEAN-3", []]
    assert answers["no such contract"] == ["LEAN-16", []]


def test_a_resting_package_is_accepted_once_and_canceled_once(answers: dict[str, Any]) -> None:
    assert answers["accepted"] == ["Accepted"]
    assert answers["cancel asked"] == []
    assert answers["canceled"] == ["Closed"]


def test_an_order_carries_its_id_from_the_start(answers: dict[str, Any]) -> None:
    """LEAN tells of the submission inside the call: the tag must be there by then, on every leg."""
    assert answers["tags"] == ["rests"] * 4 + ["fills"] * 4 + ["another"]


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


def test_what_the_framework_could_never_hold_is_left_out(answers: dict[str, Any]) -> None:
    names = ["GOOG 2016-01-15 735 P", "GOOG 2016-01-15 765 C", "GOOG 2016-01-15 780 C"]
    assert answers["held of what can be held"] == names


def test_tastytrades_schedule_is_charged_by_the_engine(answers: dict[str, Any]) -> None:
    for quantity, price, paid in answers["fees"]:
        trade = Execution(Product.EQUITY_OPTION, "GOOG", quantity, 0, Decimal(price), 100)
        assert Decimal(paid) == tastytrade_fee(trade)


def test_contracts_and_symbols_go_both_ways(answers: dict[str, Any]) -> None:
    assert answers["equity"] is True
    assert answers["round trip"] is True
    assert answers["future"].startswith("ES ")


def test_the_store_lists_what_it_keeps(answers: dict[str, Any]) -> None:
    assert answers["keys"] == ["probe/answers"]


# -- answers that come after the call, out of order and twice, as live ------------------------------------------------


def test_nothing_is_known_of_an_order_before_its_first_answer(late: dict[str, Any]) -> None:
    assert late["at once"] == []
    assert late["looked up at once"] == "working"


def test_late_answers_make_the_same_trade(late: dict[str, Any]) -> None:
    """Fills before the acceptance, each of them twice: four fills, one end, all told once."""
    assert sorted(late["filled"]) == ["Accepted", "Closed", "Filled", "Filled", "Filled", "Filled"]
    assert late["looked up"] == ["closed", "filled", 4]
    assert len(set(late["fill ids"])) == 4


def test_an_order_that_turns_invalid_when_it_would_fill_is_a_late_refusal(late: dict[str, Any]) -> None:
    """Two packages are accepted on margin for one: the second is refused by the engine when its turn has come."""
    assert late["both accepted"] == ["Accepted", "Accepted"]
    assert late["first"] == ["closed", "filled"]
    assert late["second"] == ["closed", "rejected"]
    assert "Insufficient buying power" in late["why"]
    assert late["second told"] == ["Closed"]


def test_a_contract_margined_in_two_structures_is_held_once(answers: dict[str, Any]) -> None:
    """The condor twice and one put more: LEAN counts that put apart, the book does not."""
    assert answers["groups of the short put"] == 2
    held, before = dict(answers["held with another"]), dict(answers["held"])
    assert held == {**before, "GOOG 2016-01-15 735 P": before["GOOG 2016-01-15 735 P"] - 1}

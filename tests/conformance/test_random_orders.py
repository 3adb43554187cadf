"""Random orders on LEAN's sample data never break an account's books, whatever the brokerage answers."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ledger import Ledger, audited
from stress import STRESS

from conformance.lean_runs import GOLDENS, SHARED, needs_goldens, run_algorithm
from leansim.api.enums import SecurityType
from leansim.api.order_events import OrderEvent
from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, run
from leansim.results.recorder import EngineInfo, Recorder
from leansim.trading.faults import EVENT, drawn_plan

pytestmark = needs_goldens

BROKERAGES = (None, "INTERACTIVE_BROKERS_BROKERAGE", "TASTYTRADE", "CHARLES_SCHWAB")
FIRST_SEED = 1000  # the recorded plans have the seeds before
SEEDS = range(FIRST_SEED, FIRST_SEED + STRESS)
VENUES = ("es", "goog", "spxw")


@pytest.fixture(scope="session")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Plans of the generator the recordings were made with."""
    folder = tmp_path_factory.mktemp("plans")
    command = [sys.executable, str(GOLDENS / "replay" / "make_plans.py"), str(SHARED / "lean-data"), str(folder)]
    subprocess.run([*command, str(SEEDS.start), str(SEEDS.stop)], check=True)
    return folder


def _plan(plans: Path, venue: str, seed: int) -> Path:
    file = plans / f"{venue}-{seed:03d}.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["brokerage"] = BROKERAGES[(seed + 3 * VENUES.index(venue)) % len(BROKERAGES)]
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("venue", VENUES)
def test_an_accounts_books_agree_with_its_order_events(plans: Path, venue: str, seed: int, tmp_path: Path) -> None:
    file = _plan(plans, venue, seed)
    with audited(Ledger()) as ledger:
        run = run_algorithm(GOLDENS / "replay" / "replay.py", tmp_path, {"plan-file": str(file)})
    assert run.result.error is None
    assert ledger.events == len([event for event in run.recorder.order_events if event.status])
    assert ledger.events > len(run.recorder.orders) // 2
    _replays_to_the_holdings(run.recorder.order_events, run.result.algorithm)


def _replays_to_the_holdings(events: list[OrderEvent], algorithm: Any) -> None:
    held: dict[Any, float] = {}
    for event in events:
        held[event.symbol] = held.get(event.symbol, 0.0) + event.fill_quantity
    shown = {symbol: algorithm.portfolio[symbol].quantity for symbol in held if symbol in algorithm.portfolio}
    assert shown == {symbol: quantity for symbol, quantity in held.items() if symbol in shown}
    assert all(quantity == 0 for symbol, quantity in held.items() if symbol not in shown)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("live_like", [True, False])
def test_what_was_told_is_what_is_true_whatever_goes_wrong(
    plans: Path, live_like: bool, seed: int, tmp_path: Path
) -> None:
    file = _plan(plans, "es", seed)
    drawn = drawn_plan(seed, live_like)
    # answers in another order tell of an order's end before its beginning, and LEAN takes that as said
    in_order = tuple(fault for fault in drawn.faults if fault.on != EVENT)
    faults = replace(drawn, cash=100_000 if live_like else None, faults=in_order)
    recorder = Recorder(EngineInfo("faults"))
    config = RunConfig(
        GOLDENS / "replay" / "replay.py",
        DataFolder(SHARED / "lean-data", cache=False),
        {"plan-file": str(file)},
        tmp_path,
        "faults",
        live_like=live_like,
        faults=faults,
    )
    with audited(Ledger(partial_combos=True)) as ledger:
        result = run(config, recorder)
    assert result.error is None
    assert ledger.fills, "it traded"
    assert result.books is not None
    portfolio = result.algorithm.portfolio
    told = {holding.symbol: holding.quantity for holding in portfolio.values() if holding.quantity}
    assert told == {symbol: float(holding.quantity) for symbol, holding in result.books.positions.items()}
    futures = [s.holdings for s in result.algorithm._leansim.securities._made() if s.type == SecurityType.FUTURE]
    settled = sum(float(holding._settled_profit) for holding in futures)
    assert portfolio.cash - settled == pytest.approx(float(result.books.cash), abs=0.005)

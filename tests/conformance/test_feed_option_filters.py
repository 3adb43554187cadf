"""Which contracts LEAN's option filters select, and the chains with greeks they lead to: GOOG, 2015-12-24."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from leansim.api.enums import Resolution, SecurityType
from leansim.api.slice import Slice
from leansim.api.symbols import Symbol

from .feed_runs import SHARED, FeedRun, needs_shared

pytestmark = needs_shared

FILTERS: dict[str, Callable[[Any], Any]] = {
    "strikes_2": lambda u: u.strikes(-2, 2),
    "strikes_5_exp_7": lambda u: u.strikes(-5, 5).expiration(0, 7),
    "exp_0_0": lambda u: u.expiration(0, 0),
    "exp_30_90": lambda u: u.expiration(30, 90).strikes(-3, 3),
    "calls": lambda u: u.calls_only().strikes(-3, 3).expiration(0, 30),
    "puts": lambda u: u.puts_only().strikes(-3, 3).expiration(0, 30),
    "front": lambda u: u.front_month(),
    "standards": lambda u: u.standards_only().strikes(-2, 2),
    "weeklys": lambda u: u.weeklys_only().strikes(-2, 2),
    "delta": lambda u: u.delta(0.1, 0.3).expiration(0, 60),
    "delta_puts": lambda u: u.puts_only().delta(-0.3, -0.05).expiration(0, 120),
    "iv": lambda u: u.implied_volatility(0.2, 0.3).expiration(0, 60).strikes(-10, 10),
    "open_interest": lambda u: u.open_interest(1000, 100000).expiration(0, 60),
    "iron_condor": lambda u: u.iron_condor(30, 5, 10),
    "call_spread": lambda u: u.call_spread(30, 5),
    "put_spread": lambda u: u.put_spread(30, 5),
    "strangle": lambda u: u.strangle(30, 10, -10),
    "straddle": lambda u: u.straddle(30),
    "naked_put": lambda u: u.naked_put(30, -5),
    "calendar": lambda u: u.put_calendar_spread(0, 7, 30),
    "butterfly": lambda u: u.call_butterfly(30, 5),
    "protective": lambda u: u.protective_collar(30, 5, -5),
}

TIMES = ("09:31", "10:00", "11:30", "12:59")
# bid, ask, last, open interest and underlying are in files; the rest is computed, LEAN's root search stops at 1e-4
COMPUTED = 1e-3


def recorded(name: str) -> dict[str, Any]:
    path = SHARED / "lean-goldens" / "tables" / f"filter-{name}.json.gz"
    golden: dict[str, Any] = json.loads(gzip.decompress(Path(path).read_bytes()))
    return golden


@pytest.mark.parametrize("name", FILTERS)
def test_filter_selects_and_values_as_lean(name: str) -> None:
    golden = recorded(name)
    run = FeedRun(datetime(2015, 12, 24), datetime(2015, 12, 24, 23, 59, 59))
    goog = Symbol.create("GOOG", SecurityType.EQUITY, "usa")
    canonical = Symbol.create_canonical_option(goog)
    run.add(canonical, Resolution.MINUTE).set_filter(FILTERS[name])
    selected, chains = [], []
    for step in run.steps():
        if step.changes.count:
            selected.append(
                {
                    "time": str(step.time),
                    "added": sorted(str(s.symbol.id) for s in step.changes.added_securities),
                    "removed": sorted(str(s.symbol.id) for s in step.changes.removed_securities),
                }
            )
        if step.time.strftime("%H:%M") in TIMES:
            chain = Slice(step).option_chains.get(canonical)
            if chain is not None:
                chains.append(_shown(chain, step.time))
    # the recording ends when the algorithm does; what a filter lets go the day after is in neither
    assert selected == golden["selected"]
    assert [c["time"] for c in chains] == [c["time"] for c in golden["chains"]]
    for ours, theirs in zip(chains, golden["chains"], strict=True):
        assert ours["count"] == theirs["count"]
        for our_row, their_row in zip(ours["rows"], theirs["rows"], strict=True):
            assert our_row[:9] == their_row[:9]
            assert our_row[9:] == pytest.approx(their_row[9:], abs=COMPUTED, rel=COMPUTED), our_row[0]


def _shown(chain: Any, time: datetime) -> dict[str, Any]:
    rows = []
    for contract in sorted(chain, key=lambda c: str(c.symbol.id))[:60]:
        greeks = contract.greeks
        rows.append(
            [
                str(contract.symbol.id), contract.strike, str(contract.expiry), int(contract.right), contract.bid_price,
                contract.ask_price, contract.last_price, contract.open_interest, contract.underlying_last_price,
                contract.implied_volatility, greeks.delta, greeks.gamma, greeks.theta, greeks.vega, greeks.rho,
            ]
        )  # fmt: skip
    return {"time": time.strftime("%H:%M"), "count": len(list(chain)), "rows": rows}

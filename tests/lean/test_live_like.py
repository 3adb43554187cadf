"""main.py, unchanged, live-like on LEAN's sample quotes of one day, with a brokerage that lets it down."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sample_data import LEAN_DATA, MISSING, ROOT

from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, RunResult, RunStatus, run
from leansim.results.recorder import EngineInfo, Recorder
from leansim.trading.fault_plans import parse_plan

pytestmark = pytest.mark.skipif(not LEAN_DATA.is_dir(), reason=MISSING)

#: One day, and orders that live long enough to meet the next minute's quotes.
LIVE = {
    "live.route": "lean",
    "execution.step_seconds": "60",
    "execution.group_seconds": "600",
    "backtest.end": "2015-12-24",
}
PLANS = {
    "uneven legs": [{"do": "partial", "shares": [1, 0, 1, 0.5]}],
    "late answers and deaths": [
        {"do": "delay", "on": "event", "nth": 3, "seconds": 90},
        {"do": "refuse", "on": "cancel", "nth": 2},
        {"do": "restart", "on": "submit", "nth": 4, "seconds": 20},
        {"do": "disconnect", "at": "2015-12-24T11:15:30", "seconds": 100},
        {"do": "restart", "at": "2015-12-24T11:40:00", "seconds": 90},
    ],
}


def live_like(folder: Path, plan: dict[str, Any]) -> tuple[RunResult, Recorder]:
    sample = json.loads((ROOT / "samples" / "goog-condor.json").read_text(encoding="utf-8"))["parameters"]
    recorder = Recorder(EngineInfo("test"))
    config = RunConfig(
        ROOT / "TomKingAlgorithm" / "main.py",
        DataFolder(LEAN_DATA, cache=False),
        {**sample, **LIVE},
        folder,
        "live",
        live_like=True,
        faults=parse_plan(plan),
    )
    return run(config, recorder), recorder


def uncovered(result: RunResult) -> dict[tuple[Any, Any], Decimal]:
    """Short contracts at the brokerage that no long one of their expiry and right covers."""
    assert result.books is not None
    net: defaultdict[tuple[Any, Any], Decimal] = defaultdict(Decimal)
    for symbol, holding in result.books.positions.items():
        net[symbol.id.date, symbol.id.option_right] += holding.quantity
    return {key: quantity for key, quantity in net.items() if quantity < 0}


@pytest.mark.parametrize("faults", PLANS.values(), ids=PLANS)
def test_a_live_day_ends_covered_or_halted_and_says_so(faults: list[dict[str, Any]], tmp_path: Path) -> None:
    result, recorder = live_like(tmp_path, {"cash": 100_000, "faults": faults})
    assert result.status is RunStatus.COMPLETED, result.error
    assert recorder.order_events, "it traded"
    assert not uncovered(result)
    assert result.books is not None
    held = {symbol: holding.quantity for symbol, holding in result.books.positions.items()}
    if held:
        said = " ".join(recorder.log_lines)
        assert "HALTED" in said or "STRANDED" in said
    known = {h.symbol: h.quantity for h in result.algorithm.portfolio.values() if h.invested}
    assert known == {symbol: float(quantity) for symbol, quantity in held.items()}


PROCESS = """
from AlgorithmImports import *


class process(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.set_cash(100000)
        self.goog = self.add_equity("GOOG").symbol
        self.sent = self.object_store.contains_key("sent")

    def on_warmup_finished(self):
        orders = [f"{o.id} {o.tag!r} {o.quantity} {o.limit_price}" for o in self.transactions.get_open_orders()]
        held = self.portfolio[self.goog].quantity
        late = self.object_store.contains_key("late")
        self.log(f"FOUND {held} {self.portfolio.cash:.2f} {orders} {late} {self.time}")

    def on_data(self, data):
        if not self.sent and self.time.hour == 10:
            self.sent = self.object_store.save("sent", "yes")
            self.limit_order(self.goog, 1, 700, tag="rests")
            self.market_order(self.goog, 2, tag="fills")
            self.schedule.on(self.date_rules.today, self.time_rules.at(10, 9, 58), self.save_late)
        if self.sent and self.time.minute == 30 and self.time.hour == 11:
            self.transactions.cancel_open_orders()

    def save_late(self):
        self.object_store.save("late", "yes")

    def on_order_event(self, event):
        self.log(f"EVENT {event.order_id} {event.status}")
"""


def test_a_new_process_finds_what_the_brokerage_has_and_what_reached_the_disk(tmp_path: Path) -> None:
    (tmp_path / "process.py").write_text(PROCESS, encoding="utf-8")
    recorder = Recorder(EngineInfo("test"))
    death = {"do": "restart", "at": "2015-12-24T10:10:00", "seconds": 65}
    plan = parse_plan({"cash": 50_000, "faults": [death]})
    config = RunConfig(
        tmp_path / "process.py", DataFolder(LEAN_DATA, cache=False), {}, tmp_path / "store", "x", True, plan
    )
    result = run(config, recorder)
    assert result.status is RunStatus.COMPLETED, result.error
    first, second = (line.partition("FOUND ")[2] for line in recorder.log_lines if "FOUND " in line)
    assert first == "0.0 50000.00 [] False 2015-12-24 00:00:00"
    held, cash, rest = second.split(" ", 2)
    assert held == "2.0"
    assert 48_000 < float(cash) < 49_000
    assert rest == "[\"1 '' 1.0 700.0\"] False 2015-12-24 10:11:05", "the tag is lost, and what was saved last"
    events = [line.partition("EVENT ")[2] for line in recorder.log_lines if "EVENT " in line]
    assert events == ["1 SUBMITTED", "2 SUBMITTED", "2 FILLED", "1 CANCEL_PENDING", "1 CANCELED"]
    assert [order.broker_id for order in recorder.orders.values()] == [["B1"], ["B2"], ["B1"]]
    assert sorted(recorder.orders) == [1, 2, 3], "ids of the second process come after those of the first"
    assert result.books is not None
    assert [holding.quantity for holding in result.books.positions.values()] == [2]

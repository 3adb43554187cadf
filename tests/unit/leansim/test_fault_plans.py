"""Fault plans: what is read, what is refused and how it is said, and that a seed repeats."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from leansim.errors import InputError
from leansim.trading.fault_plans import parse_plan, read_plan
from leansim.trading.faults import EVENT, SUBMIT, Fault, FaultDraw, FaultPlan, Subject, drawn_plan

NOON = datetime(2026, 1, 5, 12, 0)


def test_a_plan_is_read_from_json(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    content = {
        "description": "one of each kind of value",
        "seed": 3,
        "plugin": "tastytrade",
        "latency": {"request": 1},
        "cash": 50000,
        "positions": [{"symbol": "GOOCV VP83T1ZUHROL", "quantity": -100, "average_price": 700}],
        "faults": [
            {"do": "partial", "shares": [1, 0.5], "rest_seconds": 60},
            {"do": "restart", "at": "2026-01-05T10:30:00", "seconds": 5},
        ],
    }
    file.write_text(json.dumps(content), encoding="utf-8")
    plan = read_plan(str(file), live_like=True)
    assert plan.seed == 3
    assert plan.latency.request == 1.0
    assert plan.positions[0].quantity == -100
    first, second = plan.faults
    assert (first.on, first.shares, first.rest_seconds) == ("fill", (1.0, 0.5), 60.0)
    assert second.at == datetime(2026, 1, 5, 10, 30)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "JSON object"),
        ({"fault": []}, "fault is not known"),
        ({"plugin": "ib"}, 'plugin "ib"'),
        ({"latency": {"ack": 1}}, "ack is not known"),
        ({"latency": {"request": "1"}}, "latency.request must be a number"),
        ({"faults": [{"do": "explode"}]}, "faults[0]"),
        ({"faults": [{"do": "refuse", "on": "submit"}]}, "not on submit"),
        ({"faults": [{"do": "reject", "at": "2026-01-05T10:30:00"}]}, "not on clock"),
        ({"faults": [{"do": "restart", "on": "submit", "at": "2026-01-05T10:30:00"}]}, 'either "on" or "at"'),
        ({"faults": [{"do": "restart", "at": "noon"}]}, "faults[0].at"),
        ({"faults": [{"do": "restart", "at": "2026-01-05T10:30:00Z"}]}, "leave out the zone"),
        ({"faults": [{"do": "partial", "shares": [2]}]}, "between 0 and 1"),
        ({"faults": [{"do": "reject", "nht": 2}]}, "nht is not known"),
        ({"faults": [{"do": "message", "on": "submit", "kind": "loud"}]}, 'kind "loud"'),
        ({"positions": [{"symbol": "X"}]}, "positions[0] needs"),
    ],
)
def test_a_mistake_in_a_plan_is_named(content: Any, said: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_plan(content)
    assert said in str(refused.value)


def test_no_file_and_no_number(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a whole number is a seed"):
        read_plan(str(tmp_path / "absent.json"), live_like=True)


def test_what_needs_time_needs_live_like(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"faults": [{"do": "delay", "on": "event"}]}), encoding="utf-8")
    with pytest.raises(InputError, match="--live-like"):
        read_plan(str(file), live_like=False)
    assert read_plan(str(file), live_like=True).faults


@pytest.mark.parametrize("live_like", [True, False])
def test_a_seed_is_a_plan_and_always_the_same(live_like: bool) -> None:
    assert read_plan("17", live_like) == drawn_plan(17, live_like)
    drawn_plan(17, live_like).must_be_possible(live_like)
    assert len({drawn_plan(seed, live_like) for seed in range(20)}) > 15


def test_draws_repeat_and_chances_are_kept() -> None:
    plan = FaultPlan(seed=5, faults=(Fault("reject", SUBMIT, times=0, chance=0.25),))
    one, two = FaultDraw(plan), FaultDraw(plan)
    first = [one.befalls(Subject(SUBMIT), NOON) is not None for _ in range(1000)]
    assert first == [two.befalls(Subject(SUBMIT), NOON) is not None for _ in range(1000)]
    assert 180 < sum(first) < 320


def test_a_fault_befalls_only_what_it_names() -> None:
    named = Fault("delay", EVENT, symbol="SPXW", tag="open", type="combo_limit", status="filled", since=NOON)
    right = Subject(EVENT, ("SPXW  260105P06000000",), ("0dte/open/1",), "combo_limit", ("filled",))
    assert named.matches(right, NOON)
    for other in (
        Subject(SUBMIT, right.symbols, right.tags, right.type, right.statuses),
        Subject(EVENT, ("SPY",), right.tags, right.type, right.statuses),
        Subject(EVENT, right.symbols, ("close",), right.type, right.statuses),
        Subject(EVENT, right.symbols, right.tags, "limit", right.statuses),
        Subject(EVENT, right.symbols, right.tags, right.type, ("submitted",)),
    ):
        assert not named.matches(other, NOON)
    assert not named.matches(right, datetime(2026, 1, 5, 11, 59))

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from builders import created
from market_days import AT_1030, FRIDAY, day_market, spec_of
from tomking.events import GroupOutcome, Purpose
from tomking.execution.group import OrderGroup
from tomking.market.calendar import from_new_york
from tomking.settings import Settings
from tomking.strategies.catalog import specs
from tomking.strategies.entries import direction_of, entries_due, is_entry_day, session_move
from tomking.strategies.structure import Structure
from tomking.strategies.target import Direction

SPECS = specs(Settings())


@dataclass
class Past:
    groups: dict[str, OrderGroup] = field(default_factory=dict)


def past(*outcomes: GroupOutcome | None, at: datetime = AT_1030, purpose: Purpose = Purpose.OPEN) -> Past:
    groups = {}
    for number, outcome in enumerate(outcomes):
        group = OrderGroup(created(group_id=f"zero_dte-run-{number}", purpose=purpose), at)
        group.outcome = outcome
        groups[group.group_id] = group
    return Past(groups)


def due(now: datetime, before: Past | None = None, market: object = None) -> int:
    return len(entries_due(SPECS, market or day_market(), before or Past(), now))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "count"), [(time(10, 29), 0), (time(10, 30), 1), (time(11), 1), (time(11, 0, 1), 0), (time(15), 0)]
)
def test_only_inside_the_window(at: time, count: int) -> None:
    assert due(from_new_york(FRIDAY, at)) == count


def test_new_york_time_in_summer_too() -> None:
    assert due(from_new_york(date(2018, 7, 13), time(10, 30))) == 1
    assert due(datetime(2018, 7, 13, 15, 30, tzinfo=AT_1030.tzinfo)) == 0


@pytest.mark.parametrize("days", [-1, 1, 2, 3, 4, 5])
def test_only_on_fridays(days: int) -> None:
    assert due(AT_1030 + timedelta(days=days)) == 0


def test_not_on_a_holiday() -> None:
    assert due(AT_1030, market=day_market(open=False)) == 0


@pytest.mark.parametrize(
    ("before", "count"),
    [
        (past(None), 0),  # one is at work
        (past(GroupOutcome.FILLED), 0),
        (past(GroupOutcome.REDUCED), 0),
        (past(GroupOutcome.UNWOUND), 0),
        (past(GroupOutcome.STRANDED), 0),
        (past(GroupOutcome.CANCELED, at=AT_1030 - timedelta(minutes=1)), 1),
        (past(GroupOutcome.CANCELED, GroupOutcome.DENIED, at=AT_1030 - timedelta(minutes=1)), 1),
        (past(GroupOutcome.DENIED), 0),  # in the same market
        (past(*[GroupOutcome.CANCELED] * 3), 0),
        (past(GroupOutcome.FILLED, at=AT_1030 - timedelta(days=7)), 1),
        (past(GroupOutcome.FILLED, purpose=Purpose.CLOSE), 1),
    ],
)
def test_one_trade_a_session(before: Past, count: int) -> None:
    assert due(AT_1030, before) == count


@pytest.mark.parametrize(
    ("move", "direction"),
    [
        ("0.005", Direction.FLAT),
        ("0.00501", Direction.UP),
        ("-0.005", Direction.FLAT),
        ("-0.00501", Direction.DOWN),
        ("0", Direction.FLAT),
    ],
)
def test_the_direction_of_a_move(move: str, direction: Direction) -> None:
    assert direction_of(Decimal(move), Decimal("0.005")) is direction


@pytest.mark.parametrize(
    ("opened", "structure"),
    [(2740, Structure.IRON_CONDOR), (2720, Structure.CALL_SPREAD), (2760, Structure.PUT_SPREAD)],
)
def test_the_move_chooses_the_structure(opened: int, structure: Structure) -> None:
    (intent,) = entries_due(SPECS, day_market(opened_at=Decimal(opened)), Past(), AT_1030)
    assert intent.template is not None
    assert intent.template.structure is structure


@pytest.mark.parametrize("missing", ["opened_at", "price"])
def test_an_unknown_move_has_no_template(missing: str) -> None:
    market = day_market(**{missing: None})
    assert session_move("SPX", market) is None
    (intent,) = entries_due(SPECS, market, Past(), AT_1030)
    assert intent.template is None


def test_a_forced_structure_needs_no_opening_price() -> None:
    forced = specs(Settings.from_parameters({"zero_dte.structure": "put_spread"}))
    (intent,) = entries_due(forced, day_market(opened_at=None), Past(), AT_1030)
    assert intent.template is not None
    assert intent.template.structure is Structure.PUT_SPREAD


def test_a_disabled_strategy_does_not_wish() -> None:
    assert not entries_due(
        specs(Settings.from_parameters({"zero_dte.enabled": "false"})), day_market(), Past(), AT_1030
    )


def test_strangles_on_second_tuesdays() -> None:
    schedule = spec_of("futures_strangle").schedule
    days = [date(2018, 1, 1) + timedelta(days=number) for number in range(365)]
    found = [day for day in days if is_entry_day(schedule, day)]
    assert len(found) == 12
    assert all(day.weekday() == 1 and 8 <= day.day <= 14 for day in found)

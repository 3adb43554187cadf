"""The defects of earlier executors (method 3.4), by number: each is a test somewhere, and here is where."""

from __future__ import annotations

import ast
import importlib
import re
from decimal import Decimal
from pathlib import Path

import pytest
from builders import FRIDAY
from fakes.habits import Habits
from fakes.trading_room import Room
from tomking.market.contract import Kind, Right, option, shares

TESTS = Path(__file__).resolve().parents[2]
FRAMEWORK = TESTS.parent / "TomKingAlgorithm" / "tomking"

DEFECTS: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "waits in a loop for fills, so that a backtest hangs",
        (
            "unit/tomking/test_listed_defects.py::test_waiting_is_not_a_loop",
            "test_house_rules.py::test_no_ambient_time_or_chance",
        ),
    ),
    2: ("legs as separate orders", ("unit/tomking/test_executor.py::test_all_legs_fill_in_one_order",)),
    3: (
        "market orders to roll back, unconfirmed",
        (
            "unit/tomking/test_executor.py::test_what_cannot_be_balanced_halts_trading_and_names_the_legs",
            "unit/tomking/test_plan.py::test_each_attempt_offers_more",
        ),
    ),
    4: ("longs are sold first", ("unit/tomking/test_plan.py::test_leg_by_leg_the_shorts_are_bought_back_first",)),
    5: (
        "partly filled legs are not undone",
        (
            "unit/tomking/test_executor.py::test_nothing_follows_a_cancel_before_it_is_confirmed",
            "unit/tomking/test_executor.py::test_a_fill_after_the_cancel_reopens_the_group_and_is_undone",
        ),
    ),
    6: (
        "a failed leg does not stop the waiting",
        ("unit/tomking/test_plan.py::test_any_failure_ends_the_wish_at_once",),
    ),
    7: (
        "a live failure falls back to another road and sends twice",
        (
            "unit/tomking/test_executor.py::test_a_lost_reply_is_looked_up_and_never_sent_again",
            "unit/tomking/test_plan.py::test_the_road_is_chosen_by_capability",
        ),
    ),
    8: ("ids restart", ("unit/tomking/test_executor.py::test_ids_are_never_reused_within_or_across_runs",)),
    9: (
        "some structures and all exits take a path of their own",
        (
            "unit/tomking/test_atomic.py::test_every_structure_has_a_method_and_is_tested",
            "test_house_rules.py::test_only_the_executor_sends",
            "test_house_rules.py::test_leans_order_methods_are_called_in_one_place",
        ),
    ),
    10: (
        "fills are not in the recovery record",
        (
            "unit/tomking/test_desk.py::test_a_restart_goes_on_with_what_is_working",
            "unit/tomking/test_desk.py::test_a_difference_halts_and_names_both_sides",
        ),
    ),
    11: (
        "recovery knows only some strategies",
        ("unit/tomking/test_desk.py::test_a_restart_asks_about_every_unfinished_order_before_anything_else",),
    ),
    12: (
        "contracts are stored as text that cannot be read back",
        (
            "unit/tomking/test_codec.py::test_contracts_come_back_with_all_their_facts",
            "lean/test_lean_backend.py::test_contracts_and_symbols_go_both_ways",
        ),
    ),
    13: ("the tag is set after the send", ("lean/test_lean_backend.py::test_an_order_carries_its_id_from_the_start",)),
    14: (
        "limits are not enforced",
        (
            "unit/tomking/test_executor.py::test_only_so_many_groups_at_a_time_but_a_way_out_always",
            "unit/tomking/test_executor.py::test_any_package_is_checked",
        ),
    ),
    15: (
        "failed groups stay active",
        (
            "unit/tomking/test_executor.py::test_a_refusal_ends_the_trade_without_another_try",
            "unit/tomking/test_desk.py::test_finished_groups_are_forgotten_after_a_while_but_not_their_positions",
        ),
    ),
    16: ("modules that do not parse", ("unit/tomking/test_listed_defects.py::test_every_module_can_be_imported",)),
    17: (
        "features tested for by hasattr",
        ("unit/tomking/test_listed_defects.py::test_nothing_is_asked_whether_it_has",),
    ),
    18: (
        "zero taken for missing",
        ("unit/tomking/test_listed_defects.py::test_a_strike_of_zero_is_not_a_missing_one",),
    ),
    19: (
        "a market order when the spread is wide",
        (
            "unit/tomking/test_plan.py::test_a_bad_market_ends_it_before_anything_is_sent",
            "unit/tomking/test_depth.py::test_what_is_wrong_is_named",
        ),
    ),
    20: (
        "steps are a share of the price",
        (
            "unit/tomking/test_pricing.py::test_the_walk_goes_from_mid_to_natural_and_no_further",
            "unit/tomking/test_depth.py::test_the_budget_is_for_the_whole_group_in_currency",
        ),
    ),
    21: (
        "one grid for all products",
        (
            "unit/tomking/test_pricing.py::test_ticks_of_one_option",
            "unit/tomking/test_pricing.py::test_an_unknown_future_has_no_tick_and_says_so",
        ),
    ),
    22: ("wall clock in a backtest", ("test_house_rules.py::test_no_ambient_time_or_chance",)),
    23: (
        "saved after the send",
        ("unit/tomking/test_executor.py::test_the_record_is_durable_before_the_order_leaves",),
    ),
}


@pytest.mark.parametrize("number", DEFECTS)
def test_the_test_of_a_defect_exists(number: int) -> None:
    for test in DEFECTS[number][1]:
        file, name = test.split("::")
        assert re.search(rf"^def {name}\(", (TESTS / file).read_text(encoding="utf-8"), re.MULTILINE), test


def test_none_of_the_list_is_forgotten() -> None:
    assert sorted(DEFECTS) == list(range(1, 24))


def test_waiting_is_not_a_loop() -> None:
    """An order that is not answered costs one look at it, and the turn ends: time passes between turns only."""
    room = Room(Habits(fills=0))
    room.begin()
    room.executor.pump(room.now)
    asked: list[str] = []
    room.venue.boundary = asked.append
    room.executor.pump(room.now)
    assert asked == []


def modules() -> list[Path]:
    return [path for path in sorted(FRAMEWORK.rglob("*.py")) if "__pycache__" not in path.parts]


def test_every_module_can_be_imported() -> None:
    """LEAN's adapters need an engine around them and are imported there."""
    for path in modules():
        parts = path.relative_to(FRAMEWORK.parent).with_suffix("").parts
        if not parts[-1].startswith("lean_") and parts[-1] != "__main__":
            importlib.import_module(".".join(part for part in parts if part != "__init__"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.name)
def test_nothing_is_asked_whether_it_has(path: Path) -> None:
    """A name that is misspelled in `hasattr` switches a safety off, and nobody notices."""
    calls = [node.func.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if _is_call(node)]
    assert "hasattr" not in calls


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def test_a_strike_of_zero_is_not_a_missing_one() -> None:
    with pytest.raises(ValueError, match="positive"):
        option("SPX", FRIDAY, 0, Right.PUT)
    assert shares("SPX").strike is None
    assert shares("SPX").kind is Kind.SHARES
    assert option("SPX", FRIDAY, Decimal("0.5"), Right.PUT).strike == Decimal("0.5")

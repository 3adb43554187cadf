from __future__ import annotations

from decimal import Decimal

import pytest
from builders import NOON, condor, created, lt112, seconds
from hypothesis import given
from hypothesis import strategies as st
from tomking.errors import InvalidTransition
from tomking.events import CloseReason, GroupOutcome, LegFilled, OrderSubmitted
from tomking.execution.group import OrderGroup

LONG_PUT, SHORT_PUT, SHORT_CALL, LONG_CALL = (leg.contract for leg in condor())
ORDER = "alpha-run-1.run.1"


def sent(group: OrderGroup, order_id: str = ORDER, quantity: int = 3) -> None:
    event = OrderSubmitted(order_id, group.group_id, group.legs, quantity, Decimal("-2"), False, False)
    group.fold_submission(event, NOON)


def filled(group: OrderGroup, contract: object, quantity: int, fill_id: str = "", price: str = "1") -> bool:
    name = fill_id or f"F{len(group.fill_ids)}"
    return group.fold_fill(LegFilled(name, ORDER, contract, quantity, Decimal(price), Decimal(0)), NOON)  # type: ignore[arg-type]


def test_what_is_held_adds_up_from_the_fills() -> None:
    group = OrderGroup(created(quantity=3), NOON)
    sent(group)
    for leg in condor():
        filled(group, leg.contract, leg.ratio * 2)
    assert (group.units, group.excess, group.is_balanced) == (2, {}, True)
    filled(group, SHORT_PUT, -1, price="3")
    assert (group.units, group.excess, group.is_balanced) == (2, {SHORT_PUT: -1}, False)
    assert group.paid == -3
    assert group.held[SHORT_PUT] == -3


def test_a_fill_is_taken_once_by_its_id() -> None:
    group = OrderGroup(created(quantity=3), NOON)
    sent(group)
    assert filled(group, SHORT_PUT, -1, "F1")
    assert not filled(group, SHORT_PUT, -1, "F1")
    assert group.held == {SHORT_PUT: -1}


def test_an_id_is_never_sent_twice() -> None:
    group = OrderGroup(created(), NOON)
    sent(group)
    group.orders[ORDER].fold_closing(CloseReason.CANCELED, "", NOON)
    with pytest.raises(InvalidTransition, match="twice"):
        sent(group)


def test_one_order_works_at_a_time() -> None:
    group = OrderGroup(created(), NOON)
    sent(group)
    with pytest.raises(InvalidTransition, match="must not be sent"):
        sent(group, "alpha-run-1.run.2")
    assert list(group.orders) == [ORDER]


def test_a_late_fill_reopens_it() -> None:
    group = OrderGroup(created(quantity=3), NOON, withdrawn="too late")
    sent(group)
    group.orders[ORDER].fold_closing(CloseReason.CANCELED, "", NOON)
    group.outcome, group.outcome_text, group.finished_at = GroupOutcome.CANCELED, "nothing filled", NOON + seconds(1)
    filled(group, SHORT_PUT, -1)
    assert group.working
    assert group.reopened
    assert group.reason == ""


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), max_size=12))
def test_units_and_excess_always_make_up_what_is_held(fills: list[tuple[int, int]]) -> None:
    group = OrderGroup(created(lt112(), 4), NOON)
    sent(group, quantity=4)
    for number, (which, size) in enumerate(fills):
        leg = lt112()[which]
        try:
            filled(group, leg.contract, size if leg.ratio > 0 else -size, f"F{number}")
        except InvalidTransition:
            continue
    rebuilt = {leg.contract: leg.ratio * group.units + group.excess.get(leg.contract, 0) for leg in lt112()}
    assert {contract: quantity for contract, quantity in rebuilt.items() if quantity} == group.held
    assert group.is_balanced == (not group.excess)

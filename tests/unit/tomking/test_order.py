from __future__ import annotations

import json
from decimal import Decimal
from itertools import product

import pytest
from builders import NOON, put, put_spread, seconds
from hypothesis import given
from hypothesis import strategies as st
from tomking import codec
from tomking.errors import InvalidTransition
from tomking.events import CloseReason
from tomking.execution.order import ORDER_TRANSITIONS, REMARKS, WORKING, Order, OrderFact, OrderState

LONG, SHORT = put(2690), put(2710)
PRICE = Decimal("2.00")


def order(quantity: int = 2, state: OrderState = OrderState.PENDING) -> Order:
    return Order("alpha-run-1.run.1", put_spread(), quantity, Decimal("-1.20"), False, False, NOON, state)


IMPOSSIBLE = {
    (OrderState.FILLED, OrderFact.REFUSED),
    (OrderState.FILLED, OrderFact.CANCEL_REQUESTED),
    (OrderState.FILLED, OrderFact.FILLED_PARTLY),
    (OrderState.FILLED, OrderFact.FILLED_FULLY),
    (OrderState.FILLED, OrderFact.REJECTED),
    (OrderState.CANCELED, OrderFact.REFUSED),
    (OrderState.CANCELED, OrderFact.CANCEL_REQUESTED),
    (OrderState.CANCELED, OrderFact.REJECTED),
    (OrderState.EXPIRED, OrderFact.REFUSED),
    (OrderState.EXPIRED, OrderFact.CANCEL_REQUESTED),
    (OrderState.EXPIRED, OrderFact.REJECTED),
    (OrderState.REJECTED, OrderFact.CANCEL_REQUESTED),
}


@pytest.mark.parametrize(("state", "fact"), [*product(OrderState, OrderFact)])
def test_the_table_is_total(state: OrderState, fact: OrderFact) -> None:
    one = order(state=state)
    if (state, fact) in IMPOSSIBLE:
        with pytest.raises(InvalidTransition):
            one.fold(fact, NOON)
        assert one.state is state
        assert one.seen_at is None, "a refused fact must leave no trace"
    else:
        one.fold(fact, NOON)
        assert one.state is ORDER_TRANSITIONS[state, fact]


def test_remarks_are_for_transitions_that_exist() -> None:
    assert set(REMARKS) <= set(ORDER_TRANSITIONS)


def test_nothing_over_works_again_by_a_notice_alone() -> None:
    """Only an order believed not to exist may come back, and then as one to be looked up."""
    for (before, fact), after in ORDER_TRANSITIONS.items():
        if before not in WORKING and after in WORKING:
            assert before is OrderState.REJECTED, (before, fact)
            assert after is OrderState.UNKNOWN


def test_filled_is_derived_from_fills() -> None:
    one = order()
    one.fold_acceptance("V1", NOON)
    one.fold_fill(LONG, 2, PRICE, NOON)
    one.fold_fill(SHORT, -1, PRICE, NOON)
    assert one.state is OrderState.LIVE
    one.fold_fill(SHORT, -1, PRICE, NOON)
    assert one.state is OrderState.FILLED
    assert one.is_complete
    assert one.paid == 0


def test_an_order_read_from_a_snapshot_is_complete_when_its_last_leg_is() -> None:
    one = order()
    one.fold_fill(LONG, 2, PRICE, NOON)
    one.fold_fill(SHORT, -1, PRICE, NOON)
    again = codec.read(Order, json.loads(codec.write(one)))
    assert again == one
    again.fold_fill(SHORT, -1, PRICE, NOON)
    assert again.state is OrderState.FILLED


def test_a_notice_of_being_filled_is_not_believed() -> None:
    one = order()
    one.fold_fill(LONG, 2, PRICE, NOON)
    with pytest.raises(InvalidTransition, match="do not add up"):
        one.fold_closing(CloseReason.FILLED, "", NOON)
    assert one.is_working


def test_a_fill_after_the_cancel_counts_and_leaves_a_remark() -> None:
    one = order()
    one.fold(OrderFact.CANCEL_REQUESTED, NOON)
    one.fold_closing(CloseReason.CANCELED, "", NOON)
    one.fold_fill(LONG, 1, PRICE, NOON)
    assert one.state is OrderState.CANCELED
    assert one.filled == {LONG: 1}
    assert one.remarks == ["a fill arrived after the cancel was confirmed"]


@pytest.mark.parametrize(("contract", "quantity"), [(LONG, 3), (LONG, -1), (SHORT, 1), (SHORT, -3), (put(2000), 1)])
def test_impossible_fills_are_refused_and_change_nothing(contract: object, quantity: int) -> None:
    one = order()
    with pytest.raises(InvalidTransition):
        one.fold_fill(contract, quantity, PRICE, NOON)  # type: ignore[arg-type]
    assert one.filled == {}
    assert one.paid == 0
    assert one.state is OrderState.PENDING


def test_not_found_is_counted_until_the_order_shows_a_sign_of_life() -> None:
    one = order()
    one.fold(OrderFact.NOT_FOUND, NOON)
    one.fold(OrderFact.NOT_FOUND, NOON + seconds(5))
    assert (one.not_found, one.not_found_since, one.not_found_until) == (2, NOON, NOON + seconds(5))
    one.fold_acceptance("V1", NOON + seconds(6))
    assert (one.not_found, one.not_found_since, one.not_found_until) == (0, None, None)


@given(st.lists(st.tuples(st.sampled_from([LONG, SHORT]), st.integers(-3, 3).filter(bool))))
def test_fills_never_exceed_what_was_ordered(fills: list[tuple[object, int]]) -> None:
    one = order()
    for contract, quantity in fills:
        try:
            one.fold_fill(contract, quantity, PRICE, NOON)  # type: ignore[arg-type]
        except InvalidTransition:
            continue
    for contract, wanted in one.wanted.items():
        assert 0 <= one.filled.get(contract, 0) * wanted <= wanted * wanted
    assert (one.state is OrderState.FILLED) == one.is_complete

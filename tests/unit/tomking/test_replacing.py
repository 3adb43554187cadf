"""A price walked by replacing orders, on a broker that can: two ids, and never two orders that could both trade."""

from __future__ import annotations

import pytest
from builders import condor
from fakes.habits import Habits
from fakes.trading_room import Room
from tomking.errors import BackendUnreachable, OrderRefused
from tomking.events import CancelRequested, CloseReason, GroupOutcome, OrderSubmitted, Purpose
from tomking.execution.backend import OrderRequest
from tomking.execution.group import OrderGroup
from tomking.execution.order import Order, OrderState
from tomking.market.leg import reversed_legs

SHORT_PUT = condor()[1].contract


def first_shown() -> tuple[Room, OrderGroup, Order]:
    """Its first price is being shown."""
    room = Room(Habits(fills=0), replaces=True)
    group = room.begin()
    room.turn(3)
    (order,) = group.orders.values()
    assert order.state is OrderState.LIVE
    return room, group, order


def walked(room: Room, group: OrderGroup) -> list[str]:
    """What each order stood in for, after the walk."""
    room.turn(60, until=lambda: not group.working)
    return [order.replaces for order in group.orders.values()]


def test_each_step_replaces_the_order_before() -> None:
    room, group, _ = first_shown()
    replaced = walked(room, group)
    assert replaced == ["", *list(group.orders)[:-1]]
    assert len(replaced) > 3
    assert group.outcome is GroupOutcome.CANCELED
    cancels = [event.order_id for event in room.of(CancelRequested) if isinstance(event, CancelRequested)]
    assert set(cancels) == {list(group.orders)[-1]}, "only the last one is taken back"


def test_a_broker_that_cannot_is_never_asked_to() -> None:
    room = Room(Habits(fills=0))
    group = room.begin()
    assert not any(walked(room, group))


def test_what_replaces_is_durable_before_it_leaves() -> None:
    room, _, _ = first_shown()
    durable: list[bool] = []
    room.venue.on_submit = lambda request: durable.append(
        any(request.order_id in text for text in room.store.durable.values())
    )
    room.turn(10)
    assert durable
    assert all(durable)


def test_at_the_broker_at_most_one_of_the_two_works() -> None:
    room, group, _ = first_shown()
    while group.working:
        room.turn()
        assert len(room.venue.working) <= 1
    assert len(group.orders) > 2


def test_what_filled_meanwhile_is_not_replaced_and_not_bought_twice() -> None:
    """The old order is filled while the request is on its way: the broker drops the new one."""
    room, group, order = first_shown()
    replace = room.venue.replace

    def too_late(order_id: str, request: OrderRequest) -> None:
        venue_order = room.venue.orders_by_id[order_id]
        for leg in venue_order.request.legs:
            room.venue.fill(venue_order, leg.contract, leg.ratio)
        room.venue.end(venue_order, CloseReason.FILLED)
        replace(order_id, request)

    room.venue.replace = too_late  # type: ignore[method-assign]
    room.turn(20)
    assert group.outcome is GroupOutcome.FILLED
    assert order.is_complete
    assert room.venue.book == room.ledger.book.holdings() == {leg.contract: leg.ratio for leg in condor()}


def test_a_part_that_filled_meanwhile_is_balanced() -> None:
    room, group, _ = first_shown()
    replace = room.venue.replace

    def too_late(order_id: str, request: OrderRequest) -> None:
        room.venue.fill(room.venue.orders_by_id[order_id], SHORT_PUT, -1)
        replace(order_id, request)

    room.venue.replace = too_late  # type: ignore[method-assign]
    room.turn(12)
    room.venue.habits = Habits()
    room.turn(40)
    assert group.outcome is GroupOutcome.UNWOUND
    assert room.venue.book == room.ledger.book.holdings() == {}


@pytest.mark.parametrize("arrives", [True, False])
def test_without_an_answer_both_are_looked_up_and_nothing_is_sent_again(arrives: bool) -> None:
    room, group, old = first_shown()
    replace = room.venue.replace

    def unanswered(order_id: str, request: OrderRequest) -> None:
        if arrives:
            replace(order_id, request)
        raise BackendUnreachable("timed out")

    room.venue.replace = unanswered  # type: ignore[method-assign]
    room.turn(5, until=lambda: len(group.orders) == 2)
    new = list(group.orders.values())[-1]
    assert new.state in {OrderState.UNKNOWN, OrderState.LIVE}
    room.turn(25)
    assert not old.is_working
    assert old.state is OrderState.CANCELED
    assert len(set(room.venue.submissions)) == len(room.venue.submissions)
    room.turn(40)
    assert group.outcome is GroupOutcome.CANCELED
    assert room.venue.working == []


def test_a_refused_replacement_is_no_word_against_the_trade() -> None:
    """The old order works on; it is canceled, and the next price is an order of its own."""
    room, group, old = first_shown()

    def refused(order_id: str, request: OrderRequest) -> None:
        raise OrderRefused("CANNOT_UPDATE", "not now")

    room.venue.replace = refused  # type: ignore[method-assign]
    room.turn(18)
    assert old.state is OrderState.CANCELED
    states = [(order.replaces, order.state) for order in group.orders.values()]
    assert states[1] == (old.order_id, OrderState.REJECTED)
    assert states[2][0] == ""
    assert group.working
    assert not group.withdrawn


def test_a_venue_that_rejects_what_replaced_ends_the_trade() -> None:
    room, group, _ = first_shown()
    room.turn(8, until=lambda: len(group.orders) == 2)
    room.turn()
    room.venue.end(room.venue.orders_by_id[list(group.orders)[1]], CloseReason.REJECTED)
    room.turn(5)
    assert group.outcome is GroupOutcome.CANCELED
    assert len(group.orders) == 2


def test_a_death_before_the_request_left_is_made_good() -> None:
    room, group, _ = first_shown()

    def dies(order_id: str, request: OrderRequest) -> None:
        raise KeyboardInterrupt

    room.venue.replace = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        room.turn(10)
    del room.venue.replace
    room.die()
    room.turn(60)
    group = room.ledger.groups[group.group_id]
    assert group.outcome is GroupOutcome.CANCELED
    assert list(group.orders.values())[1].state is OrderState.REJECTED, "it never was"
    assert room.venue.working == []
    assert len(set(room.venue.submissions)) == len(room.venue.submissions)
    assert list(group.orders)[1] not in room.venue.submissions


def test_what_closes_is_never_replaced() -> None:
    """Only a new order says again that it must open nothing."""
    room = Room(Habits(fills=0), replaces=True)
    for leg in condor():
        room.venue.hold(leg.contract, leg.ratio)
    group = room.begin(legs=reversed_legs(condor()), purpose=Purpose.CLOSE, worst_net="9")
    assert not any(walked(room, group))
    assert len(group.orders) > 1


def test_the_journal_says_what_replaces_what() -> None:
    room, group, _ = first_shown()
    walked(room, group)
    told = {event.order_id: event.replaces for event in room.of(OrderSubmitted) if isinstance(event, OrderSubmitted)}
    assert told == {order.order_id: order.replaces for order in group.orders.values()}

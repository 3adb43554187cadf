"""Rolls: one package where the broker takes it, else what closes before what opens; and where the legs end up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from builders import FRIDAY, call, put, quote
from fakes.habits import CALM, Habits
from fakes.trading_room import Room
from tomking.errors import InvalidStructure
from tomking.events import CloseReason, ExitReason, GroupOutcome, PartialPolicy, Purpose
from tomking.execution.backend import OrderRequest
from tomking.execution.group import OrderGroup
from tomking.execution.roll import RollTerms, roll_group
from tomking.market.leg import Leg
from tomking.positions.position import MultiLegPosition, PositionStatus

LATER = FRIDAY.replace(month=2, day=2)
LEAPS = FRIDAY.replace(year=2019, day=18)

OLD_PUT, OLD_CALL = put(2600), call(2900)
NEW_PUT, NEW_CALL = put(2590, LATER), call(2910, LATER)
LEAP, WEEKLY, NEXT_WEEKLY = call(2300, LEAPS), call(2770), call(2780, LATER)
QUOTES = {
    OLD_PUT: quote("1.00", "1.10"),
    OLD_CALL: quote("0.80", "0.90"),
    NEW_PUT: quote("5.00", "5.10"),
    NEW_CALL: quote("4.00", "4.10"),
    LEAP: quote("480.00", "480.40", delta=0.82),
    WEEKLY: quote("1.95", "2.05"),
    NEXT_WEEKLY: quote("12.00", "12.20"),
}
ROLL = (Leg(OLD_PUT, 1), Leg(OLD_CALL, 1), Leg(NEW_PUT, -1), Leg(NEW_CALL, -1))


def room_with(*legs: Leg, quantity: int = 1, max_legs: int = 4, name: str = "held") -> tuple[Room, MultiLegPosition]:
    """A position that is on, at a calm broker."""
    room = Room(max_legs=max_legs)
    room.market.quotes.update(QUOTES)
    room.market.confirm(room.now)
    group = room.atomic.execute_atomic(legs, quantity, name)
    room.turn(120, until=lambda: not group.working)
    assert group.filled, group.reason
    return room, room.ledger.book.positions[group.group_id]


def strangle(max_legs: int = 4, quantity: int = 1) -> tuple[Room, MultiLegPosition]:
    return room_with(Leg(OLD_PUT, -1), Leg(OLD_CALL, -1), max_legs=max_legs, quantity=quantity)


def terms(*legs: Leg, quantity: int = 1, worst: str | None = "-6.80", **more: object) -> RollTerms:
    return RollTerms(
        legs=legs,
        quantity=quantity,
        worst_net=None if worst is None else Decimal(worst),
        **more,  # type: ignore[arg-type]
    )


def rolled(room: Room, position: MultiLegPosition, wish: RollTerms, habits: Habits = CALM) -> OrderGroup:
    room.venue.habits = habits
    group = room.atomic.execute_roll_atomic(position.position_id, wish)
    room.turn(200, until=lambda: not group.working)
    return group


def test_nothing_is_rolled_into_a_contract_another_trade_of_ours_holds_the_other_way() -> None:
    """A broker would net the two, and neither could be closed as what it is any more."""
    room, position = strangle()
    other = room.atomic.execute_atomic((Leg(NEW_PUT, 1),), 1, "other")
    room.turn(30)
    assert other.filled, other.reason
    refused = room.atomic.execute_roll_atomic(position.position_id, terms(*ROLL))
    assert refused.outcome is GroupOutcome.DENIED
    assert refused.reason.startswith(f"NETTED: {NEW_PUT.text}")
    same_side = room.atomic.execute_roll_atomic(other.group_id, terms(Leg(NEW_PUT, -1), Leg(NEW_CALL, 1), worst=None))
    assert same_side.outcome is not GroupOutcome.DENIED, "what it closes is its own"


def test_a_roll_is_one_order_that_says_which_legs_open() -> None:
    room, position = strangle(quantity=2)
    group = rolled(room, position, terms(*ROLL, quantity=2))
    assert group.filled, group.reason
    assert group.purpose is Purpose.ROLL
    sent = [room.venue.orders_by_id[order_id].request for order_id in group.orders]
    assert all(len(request.legs) == 4 and request.closing for request in sent)
    assert {request.opens for request in sent} == {(NEW_PUT, NEW_CALL)}
    assert room.venue.book == {NEW_PUT: -2, NEW_CALL: -2} == room.ledger.book.holdings()


def test_what_was_rolled_inside_a_position_is_what_it_now_is() -> None:
    room, position = room_with(Leg(LEAP, 1), Leg(WEEKLY, -1), quantity=2)
    wish = terms(
        Leg(WEEKLY, 1), Leg(NEXT_WEEKLY, -1), quantity=2, worst="-9.90", requirement=Decimal(96_000), max_loss=None
    )
    assert rolled(room, position, wish).filled
    assert position.held == {LEAP: 2, NEXT_WEEKLY: -2}
    assert position.legs == (Leg(LEAP, 1), Leg(NEXT_WEEKLY, -1))
    assert position.wanted == 2
    assert position.requirement == 96_000
    assert position.status is PositionStatus.ACTIVE
    assert position.exit_reason is ExitReason.ROLL
    assert room.ledger.book.open_positions == (position,)


def test_a_whole_roll_can_be_a_new_position_that_knows_its_origin() -> None:
    room, position = strangle(quantity=2)
    wish = terms(*ROLL, quantity=2, into_new_position=True, requirement=Decimal(5_000))
    group = rolled(room, position, wish)
    new = room.ledger.book.positions[group.group_id]
    assert (position.status, new.status) == (PositionStatus.CLOSED, PositionStatus.ACTIVE)
    assert new.origin == position.position_id
    assert new.legs == (Leg(NEW_PUT, -1), Leg(NEW_CALL, -1))
    assert (new.wanted, new.requirement) == (2, 5_000)
    assert position.exit_reason is ExitReason.ROLL
    assert position.realised != 0
    assert new.fees > 0
    assert room.ledger.book.open_positions == (new,)


@pytest.mark.parametrize("max_legs", [1, 2, 3])
def test_a_roll_too_long_for_one_order_closes_before_it_opens(max_legs: int) -> None:
    room, position = strangle(quantity=2, max_legs=max_legs)
    group = rolled(room, position, terms(*ROLL, quantity=2))
    assert group.filled, group.reason
    bought = [order.legs[0].ratio > 0 for order in group.orders.values() if order.filled]
    assert bought == sorted(bought, reverse=True)
    requests = [room.venue.orders_by_id[order_id].request for order_id in group.orders]
    assert all(request.closing == (request.legs[0].ratio > 0) and not request.opens for request in requests)
    if max_legs > 1:
        assert {len(request.legs) for request in requests} == {2}


@pytest.mark.parametrize("max_legs", [1, 2])
def test_never_more_shorts_than_before_while_it_is_rolled(max_legs: int) -> None:
    room, position = strangle(quantity=2, max_legs=max_legs)
    room.venue.habits = Habits(partial=0.6, fills=0.5)
    group = room.atomic.execute_roll_atomic(position.position_id, terms(*ROLL, quantity=2))
    while group.working:
        room.turn()
        assert room.venue.book.get(OLD_PUT, 0) + room.venue.book.get(NEW_PUT, 0) >= -2
        assert room.venue.book.get(OLD_CALL, 0) + room.venue.book.get(NEW_CALL, 0) >= -2
    assert group.is_balanced


def test_what_is_closed_stays_closed_when_nothing_can_be_opened() -> None:
    """Buying power is gone after the old legs are out: the old shorts are never sold again."""
    room, position = strangle(quantity=2, max_legs=2)

    def refuse_what_opens(request: OrderRequest) -> None:
        room.venue.habits = CALM if request.closing else Habits(refused=1)

    room.venue.on_submit = refuse_what_opens
    group = rolled(room, position, terms(*ROLL, quantity=2))
    assert group.outcome is GroupOutcome.REDUCED
    assert "2 of 2 closed, 0 opened anew" in group.reason
    assert room.venue.book == {}
    assert position.status is PositionStatus.CLOSED


def test_uneven_fills_of_one_package_are_brought_forward_and_taken_back() -> None:
    for seed in range(30):
        room, position = strangle(quantity=3)
        room.venue.chance.seed(seed)
        group = rolled(room, position, terms(*ROLL, quantity=3), Habits(partial=1, fills=0.4, fill_on_cancel=0.5))
        assert group.is_balanced, group.reason
        book = room.venue.book
        assert book.get(OLD_PUT, 0) == book.get(OLD_CALL, 0)
        assert book.get(NEW_PUT, 0) == book.get(NEW_CALL, 0)
        assert book.get(OLD_PUT, 0) + book.get(NEW_PUT, 0) >= -3
        assert room.ledger.book.holdings() == book


def test_what_came_in_alone_brings_the_rest_out() -> None:
    """The new legs of one package filled, the old ones not: the old ones follow, or there would be twice the shorts."""
    room, position = strangle()
    room.venue.habits = Habits(fills=0)
    group = room.atomic.execute_roll_atomic(position.position_id, terms(*ROLL))
    order = room.venue.orders_by_id[room.venue.working[0]]
    for contract in (NEW_PUT, NEW_CALL):
        room.venue.fill(order, contract, -1)
    room.venue.end(order, CloseReason.CANCELED)
    room.venue.habits = CALM
    room.turn(60, until=lambda: not group.working)
    assert group.filled, group.reason
    assert room.venue.book == {NEW_PUT: -1, NEW_CALL: -1}


def test_a_roll_of_a_different_size() -> None:
    room, position = strangle(quantity=3)
    legs = (Leg(OLD_PUT, 3), Leg(OLD_CALL, 3), Leg(NEW_PUT, -2), Leg(NEW_CALL, -2))
    group = rolled(room, position, terms(*legs, worst="-10.00", into_new_position=True))
    assert group.filled, group.reason
    new = room.ledger.book.positions[group.group_id]
    assert (new.legs, new.wanted) == ((Leg(NEW_PUT, -1), Leg(NEW_CALL, -1)), 2)


def test_legs_may_be_added_to_a_position() -> None:
    room, position = room_with(Leg(LEAP, 1), quantity=2)
    before = position.open_requirement
    group = rolled(room, position, terms(Leg(WEEKLY, -1), quantity=2, worst="-1.90", requirement=Decimal(10)))
    assert group.filled, group.reason
    assert (group.purpose, group.policy) == (Purpose.OPEN, PartialPolicy.UNWIND)
    assert position.legs == (Leg(LEAP, 1), Leg(WEEKLY, -1))
    assert position.requirement == before + 10
    assert position.entry_net is not None
    assert position.status is PositionStatus.ACTIVE


def test_some_legs_may_be_closed_alone() -> None:
    room, position = room_with(Leg(LEAP, 1), Leg(WEEKLY, -1))
    group = rolled(room, position, terms(Leg(WEEKLY, 1), worst="2.10", reason=ExitReason.PROFIT))
    assert group.filled, group.reason
    assert group.purpose is Purpose.CLOSE
    assert position.held == {LEAP: 1}
    assert position.status is PositionStatus.PARTIALLY_CLOSED


def test_a_roll_in_a_bad_market_is_denied_before_anything_is_sent() -> None:
    room, position = strangle()
    room.market.quotes[NEW_PUT] = quote("5.00", "20.00", room.now)
    group = room.atomic.execute_roll_atomic(position.position_id, terms(*ROLL, worst="-4"))
    assert group.outcome is GroupOutcome.DENIED
    assert room.venue.book == {OLD_PUT: -1, OLD_CALL: -1}
    assert position.status is PositionStatus.ACTIVE


@pytest.mark.parametrize(
    ("legs", "quantity", "code"),
    [
        (ROLL, 2, "INVALID_ROLL"),  # more than is held
        (ROLL, 0, "INVALID_ROLL"),
        ((Leg(OLD_PUT, 1), Leg(OLD_PUT, -1)), 1, "INVALID_ROLL"),
        ((Leg(OLD_PUT, 1), Leg(put(1000), -1)), 1, "NO_PACKAGE_PRICE"),
    ],
)
def test_what_cannot_be_rolled_is_denied(legs: tuple[Leg, ...], quantity: int, code: str) -> None:
    room, position = strangle()
    group = room.atomic.execute_roll_atomic(position.position_id, terms(*legs, quantity=quantity))
    assert group.outcome is GroupOutcome.DENIED
    assert group.reason.split(":")[0] == code


def test_a_position_that_does_not_exist_is_not_rolled() -> None:
    room = Room()
    group = room.atomic.execute_roll_atomic("nobody", terms(*ROLL))
    assert group.reason.startswith("NO_POSITION")


def test_an_urgent_roll_is_not_held_up_by_a_missing_price() -> None:
    _, position = strangle()
    made = roll_group(terms(*ROLL, worst=None), position, "g-run-9", {}.get)
    assert made is not None
    assert made.worst_net is None
    assert roll_group(terms(*ROLL), position, "g-run-9", {}.get) is None


def test_a_roll_closes_first_in_its_legs_however_it_was_named() -> None:
    _, position = strangle()
    made = roll_group(terms(*reversed(ROLL)), position, "g-run-9", QUOTES.get)
    assert made is not None
    assert [leg.contract for leg in made.legs] == [OLD_CALL, OLD_PUT, NEW_CALL, NEW_PUT]
    assert {leg.contract for leg in made.incoming} == {NEW_PUT, NEW_CALL}
    with pytest.raises(InvalidStructure, match="only -1 are held"):
        roll_group(terms(Leg(OLD_PUT, 2), Leg(NEW_PUT, -1)), position, "g-run-9", QUOTES.get)


def test_a_roll_survives_the_death_of_the_process_in_its_middle() -> None:
    room, position = strangle(quantity=2, max_legs=2)
    group = room.atomic.execute_roll_atomic(position.position_id, terms(*ROLL, quantity=2, into_new_position=True))
    while OLD_PUT in room.venue.book:
        room.turn()
    room.die()
    group = room.ledger.groups[group.group_id]
    assert group.working
    room.turn(100, until=lambda: not group.working)
    assert group.filled, group.reason
    assert room.venue.book == {NEW_PUT: -2, NEW_CALL: -2} == room.ledger.book.holdings()
    assert room.ledger.book.positions[group.group_id].origin == position.position_id

"""At market, once: what must get out, was walked to its end, and would else stay in or go leg by leg."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from builders import NOON, condor, condor_quotes, created, put, put_spread, quote, seconds
from fakes.habits import CALM, Habits
from fakes.trading_room import Room
from tomking import codec
from tomking.errors import BackendUnreachable, InvalidTransition
from tomking.events import DepthRefused, GroupOutcome, OperatorNote, OrderSubmitted, PartialPolicy, Purpose
from tomking.execution.backend import OrderRequest
from tomking.execution.depth import check_for_market
from tomking.execution.group import OrderGroup
from tomking.execution.order import Order, OrderState
from tomking.execution.rules import ExecutionRules
from tomking.market.leg import Leg, reversed_legs
from tomking.market.quote import Quote

NO_LIMITS = Habits(fills=0, fills_natural=0, fills_market=1)
"""Nobody takes an order with a limit, and everybody one without."""

NOTHING = Habits(fills=0, fills_natural=0, fills_market=0)

CLOSING = reversed_legs(condor())


def at_market(group: OrderGroup) -> list[Order]:
    return [order for order in group.orders.values() if order.at_market]


def held(habits: Habits = NO_LIMITS, *, combo_market: bool = True, quantity: int = 1) -> Room:
    """A condor is on; from now on the broker is as `habits` say."""
    room = Room(combo_market=combo_market)
    opened = room.begin(quantity=quantity)
    room.turn(30, until=lambda: not opened.working)
    assert opened.outcome is GroupOutcome.FILLED
    room.venue.habits = habits
    return room


def urgent(room: Room, worst_net: str | None = None, quantity: int = 1) -> OrderGroup:
    return room.begin(
        legs=CLOSING,
        quantity=quantity,
        group_id="alpha-run-2",
        purpose=Purpose.CLOSE,
        position_id="alpha-run-1",
        policy=PartialPolicy.KEEP,
        worst_net=worst_net,
    )


def ended(room: Room, group: OrderGroup) -> OrderGroup:
    room.turn(90, until=lambda: not group.working)
    assert not group.working
    return group


# -- when it goes ------------------------------------------------------------------------------------------------------


def test_an_urgent_close_goes_at_market_when_its_price_was_walked_to_the_end() -> None:
    room = held()
    group = ended(room, urgent(room))
    *limits, last = group.orders.values()
    assert group.outcome is GroupOutcome.FILLED
    assert at_market(group) == [last]
    assert len(limits) > 2
    assert {order.state for order in limits} == {OrderState.CANCELED}
    assert last.legs == CLOSING
    assert last.closing
    assert not last.unwind
    assert last.submitted_at - group.created_at >= room.executor.rules.life
    assert room.venue.book == room.ledger.book.holdings() == {}
    assert group.paid == Decimal("2.40"), "bought at the offers and sold at the bids of that moment"
    assert last.limit == Decimal("2.40"), "what it was expected to cost is in the journal"


def test_the_limit_before_it_has_ended() -> None:
    """At no moment the two could both trade; and it is durable before it leaves."""
    room = held()
    seen: list[tuple[list[str], bool]] = []

    def look(request: OrderRequest) -> None:
        if request.at_market:
            is_durable = any('"at_market":true' in text for text in room.store.durable.values())
            seen.append((room.venue.working, is_durable))

    room.venue.on_submit = look
    assert ended(room, urgent(room)).outcome is GroupOutcome.FILLED
    assert seen == [([], True)]


def test_what_is_left_of_a_close_goes_at_market() -> None:
    """Whole packages that were closed on the way are not closed again."""
    room = held(quantity=3)
    group = urgent(room, quantity=3)
    room.turn(3)
    (order,) = room.venue.working
    for leg in CLOSING:
        room.venue.fill(room.venue.orders_by_id[order], leg.contract, leg.ratio)
    assert ended(room, group).outcome is GroupOutcome.FILLED
    assert [order.quantity for order in at_market(group)] == [2]
    assert room.venue.book == {}


def test_a_trade_that_came_on_in_part_is_undone_at_market_before_it_goes_leg_by_leg() -> None:
    room = Room(NO_LIMITS, combo_market=True)
    group = room.begin()
    room.turn(3)
    (order,) = room.venue.working
    for leg in condor()[:2]:
        room.venue.fill(room.venue.orders_by_id[order], leg.contract, leg.ratio)
    ended(room, group)
    unwinds = [order for order in group.orders.values() if order.unwind]
    assert group.outcome is GroupOutcome.UNWOUND
    assert [(order.at_market, len(order.legs)) for order in unwinds] == [(False, 2), (True, 2)]
    assert room.venue.book == {}


# -- when it does not --------------------------------------------------------------------------------------------------


def test_what_opens_never_goes_at_market() -> None:
    for worst_net in ("-1.80", None):
        room = Room(NO_LIMITS, combo_market=True)
        group = ended(room, room.begin(worst_net=worst_net))
        assert (group.outcome, at_market(group)) == (GroupOutcome.CANCELED, [])


def test_a_close_with_a_worst_price_keeps_to_it() -> None:
    room = held()
    group = ended(room, urgent(room, worst_net="2.40"))
    assert (group.outcome, at_market(group)) == (GroupOutcome.CANCELED, [])


def test_a_broker_that_takes_none_is_never_asked() -> None:
    room = held(combo_market=False)
    group = ended(room, urgent(room))
    assert (group.outcome, at_market(group)) == (GroupOutcome.CANCELED, [])
    assert not room.of(OperatorNote)


def test_it_can_be_forbidden() -> None:
    room = held()
    room.executor.rules = replace(room.executor.rules, market_as_last_resort=False)
    group = ended(room, urgent(room))
    assert (group.outcome, at_market(group)) == (GroupOutcome.CANCELED, [])


def test_a_single_leg_has_its_limits() -> None:
    room = held()
    group = room.begin(
        legs=(Leg(put(2690), -1),),
        group_id="alpha-run-2",
        purpose=Purpose.CLOSE,
        position_id="alpha-run-1",
        worst_net=None,
    )
    assert (ended(room, group).outcome, at_market(group)) == (GroupOutcome.CANCELED, [])


def test_a_closed_market_is_not_waited_for_with_an_order_without_a_price() -> None:
    room = held()
    group = urgent(room)
    room.turn(28)
    room.market.open = False
    assert (ended(room, group).outcome, at_market(group)) == (GroupOutcome.CANCELED, [])


@pytest.mark.parametrize(
    ("poor", "code"),
    [
        (quote("0", "0.10"), "NO_BID"),
        (quote("1.80", "1.70"), "CROSSED_QUOTE"),
        (quote("1.70", "1.80", NOON - seconds(3600)), "STALE_QUOTE"),
        (quote("0.05", "9.00"), "PACKAGE_SPREAD"),
        (quote("1.70", "1.80", sizes=(0, 0)), "NO_BID"),
        (quote("1.70", "0"), "NO_ASK"),
    ],
)
@pytest.mark.parametrize("leg", put_spread())
def test_a_leg_with_a_poor_quote_is_not_traded_at_market(leg: Leg, poor: Quote, code: str) -> None:
    quotes = {**condor_quotes(), leg.contract: poor}
    found = check_for_market(condor(), 1, NOON, quotes.get, ExecutionRules())
    assert not found.accepted
    assert found.code == code


def test_poor_quotes_keep_it_out_of_the_market_and_the_operator_is_told_once() -> None:
    room = held()
    wing = put(2690)
    room.market.quotes[wing] = quote("0", "5.00")
    group = ended(room, urgent(room))
    assert (group.outcome, at_market(group)) == (GroupOutcome.CANCELED, [])
    found = room.ledger.groups[group.group_id].poor_quotes
    assert found is not None
    assert found.code == "NO_BID"
    again = room.begin(
        legs=CLOSING, group_id="alpha-run-3", purpose=Purpose.CLOSE, position_id="alpha-run-1", worst_net=None
    )
    assert at_market(ended(room, again)) == []
    (note,) = room.of(OperatorNote)
    assert isinstance(note, OperatorNote)
    assert note.code == "NOT_AT_MARKET"
    assert wing.text in note.text
    assert len(room.of(DepthRefused)) == 2


def test_quotes_that_turn_poor_while_the_limit_ends_bring_the_limit_back() -> None:
    """The last look is the one before the send."""
    room = held()
    group = urgent(room)
    cancel = room.venue.cancel

    def canceled(order_id: str) -> None:
        cancel(order_id)
        if room.now - group.created_at >= room.executor.rules.life:
            room.market.quotes[put(2690)] = quote("0", "5.00")

    room.venue.cancel = canceled  # type: ignore[method-assign]  # the broker of this test
    assert at_market(ended(room, group)) == []
    assert group.outcome is GroupOutcome.CANCELED
    assert len(room.of(OperatorNote)) == 1


def test_an_order_at_market_that_opens_is_impossible() -> None:
    for closing, opens in ((False, ()), (True, (put(2690),))):
        group = OrderGroup(created(), NOON)
        sent = OrderSubmitted(
            "alpha-run-1.run.1", group.group_id, condor(), 1, Decimal(1), False, closing, opens, at_market=True
        )
        with pytest.raises(InvalidTransition, match="would open at market"):
            group.fold_submission(sent, NOON)
        assert not group.orders


# -- what becomes of it ------------------------------------------------------------------------------------------------


def test_nobody_takes_it_and_it_is_not_sent_again() -> None:
    room = held(NOTHING)
    group = ended(room, urgent(room))
    (order,) = at_market(group)
    assert group.outcome is GroupOutcome.CANCELED
    assert order.state is OrderState.CANCELED
    assert order is list(group.orders.values())[-1]
    assert len(room.venue.at_market) == 1
    assert room.venue.book == room.ledger.book.holdings()


def test_a_part_that_filled_is_brought_into_balance_by_limits() -> None:
    room = held(NOTHING)
    group = urgent(room)
    room.turn(60, until=lambda: bool(room.venue.at_market))
    order = room.venue.orders_by_id[room.venue.at_market[0]]
    room.venue.fill(order, CLOSING[0].contract, CLOSING[0].ratio)
    room.turn(8)
    room.venue.habits = CALM
    ended(room, group)
    assert group.outcome is GroupOutcome.FILLED, "what closes is brought forward"
    assert len(at_market(group)) == 1
    assert room.venue.book == room.ledger.book.holdings() == {}


@pytest.mark.parametrize("arrives", [True, False])
def test_without_an_answer_it_is_looked_up_and_never_sent_again(arrives: bool) -> None:
    room = held()
    submit = room.venue.submit

    def unanswered(request: OrderRequest) -> None:
        if arrives or not request.at_market:
            submit(request)
        if request.at_market:
            raise BackendUnreachable("timed out")

    room.venue.submit = unanswered  # type: ignore[method-assign]  # the broker of this test
    group = ended(room, urgent(room))
    (order,) = at_market(group)
    assert order.state is (OrderState.FILLED if arrives else OrderState.REJECTED)
    assert group.outcome is (GroupOutcome.FILLED if arrives else GroupOutcome.CANCELED)
    assert len(set(room.venue.submissions)) == len(room.venue.submissions)
    assert room.venue.book == room.ledger.book.holdings()


def test_a_refusal_leaves_the_way_leg_by_leg() -> None:
    """Declared, and refused all the same: the group goes on as if it were not there."""
    room = Room(NO_LIMITS, combo_market=True)
    room.venue.habits = replace(NO_LIMITS, fills_market=0)
    group = room.begin()
    room.turn(3)
    (first,) = room.venue.working
    for leg in condor()[:2]:
        room.venue.fill(room.venue.orders_by_id[first], leg.contract, leg.ratio)

    def refuse(request: OrderRequest) -> None:
        room.venue.habits = replace(NOTHING, refused=1) if request.at_market else CALM

    room.venue.on_submit = lambda request: refuse(request) if len(group.orders) > 2 else None
    ended(room, group)
    assert [order.state for order in at_market(group)] == [OrderState.REJECTED]
    assert group.outcome is GroupOutcome.UNWOUND
    assert room.venue.book == {}


def test_a_new_process_knows_what_went_at_market() -> None:
    room = held(NOTHING)
    urgent(room)
    room.turn(60, until=lambda: bool(room.venue.at_market))
    room.die()
    group = room.ledger.groups["alpha-run-2"]
    assert group.was_at_market
    ended(room, group)
    assert len(room.venue.at_market) == 1


def test_a_record_from_before_there_were_such_orders_is_one_with_a_limit() -> None:
    sent = OrderSubmitted("alpha-run-1.run.1", "alpha-run-1", condor(), 1, Decimal(1), False, True)
    text = codec.to_json(sent)
    assert codec.from_json(text.replace(',"at_market":false', "")) == sent
    assert codec.from_json(codec.to_json(replace(sent, at_market=True))) == replace(sent, at_market=True)

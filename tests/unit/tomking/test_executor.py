"""Named scenarios of one trade, from the decision to the end, on a broker that does exactly what the test says."""

from __future__ import annotations

from decimal import Decimal

import pytest
from builders import NOON, call, condor, put, put_spread, quote
from fakes.habits import CALM, Habits
from fakes.trading_room import Room
from tomking.errors import JournalUnwritable
from tomking.events import (
    CloseReason,
    GroupFinished,
    GroupOutcome,
    LegFilled,
    OrderSubmitted,
    OrderUnknown,
    PartialPolicy,
    Purpose,
    TradingState,
    TradingStateChanged,
)
from tomking.execution.backend import Closed, Filled, OrderRequest
from tomking.execution.executor import Executor
from tomking.execution.order import OrderState
from tomking.execution.rules import ExecutionRules
from tomking.ledger import Ledger
from tomking.market.leg import Leg, reversed_legs

LONG_PUT, SHORT_PUT, SHORT_CALL, LONG_CALL = (leg.contract for leg in condor())


def test_all_legs_fill_in_one_order() -> None:
    room = Room()
    group = room.begin(quantity=2)
    room.turn(30)
    assert group.outcome is GroupOutcome.FILLED
    assert group.filled
    assert room.venue.book == {LONG_PUT: 2, SHORT_PUT: -2, SHORT_CALL: -2, LONG_CALL: 2}
    assert all(len(order.legs) == 4 for order in group.orders.values())
    assert room.ledger.book.holdings() == room.venue.book


def test_the_record_is_durable_before_the_order_leaves() -> None:
    room = Room()
    durable: list[bool] = []
    room.venue.on_submit = lambda request: durable.append(
        any(request.order_id in text for text in room.store.durable.values())
    )
    room.begin()
    room.turn(8)
    assert durable
    assert all(durable)


def test_nothing_is_sent_when_the_journal_cannot_be_written() -> None:
    room = Room()
    room.begin()
    room.store.refuses = True
    with pytest.raises(JournalUnwritable):
        room.turn()
    assert room.venue.submissions == []


def test_legs_one_by_one_where_the_broker_has_no_packages() -> None:
    room = Room(max_legs=1)
    group = room.begin()
    room.turn(60)
    assert group.outcome is GroupOutcome.FILLED
    bought_first = [order.legs[0].ratio for order in group.orders.values() if order.filled]
    assert bought_first == [1, 1, -1, -1]


@pytest.mark.parametrize("refused_leg", [1, 2, 3, 4])
def test_one_leg_fails_and_the_rest_is_undone(refused_leg: int) -> None:
    """Buying power is gone at leg k: nothing is left behind, and no short is ever held without its long."""
    room = Room(max_legs=1)
    group = room.begin()
    refusals = 0

    def check(request: OrderRequest) -> None:
        nonlocal refusals
        filled = sum(1 for order in group.orders.values() if order.filled)
        if filled == refused_leg - 1 and not group.withdrawn:
            refusals += 1
            room.venue.habits = Habits(refused=1)
        else:
            room.venue.habits = CALM

    room.venue.on_submit = check
    for _ in range(120):
        room.turn()
        book = room.venue.book
        assert -book.get(SHORT_PUT, 0) <= book.get(LONG_PUT, 0), "a naked put"
        assert -book.get(SHORT_CALL, 0) <= book.get(LONG_CALL, 0), "a naked call"
    assert refusals
    assert group.outcome is (GroupOutcome.CANCELED if refused_leg == 1 else GroupOutcome.UNWOUND)
    assert room.venue.book == {}


def test_a_refusal_ends_the_trade_without_another_try() -> None:
    room = Room(Habits(refused=1))
    group = room.begin()
    room.turn(40)
    assert group.outcome is GroupOutcome.CANCELED
    assert len(room.venue.submissions) == 1
    assert "BROKER_SAYS_NO" in group.reason


def test_a_lost_reply_is_looked_up_and_never_sent_again() -> None:
    room = Room(Habits(lost_after=1))
    group = room.begin()
    room.executor.pump(room.now)
    room.venue.habits = CALM
    assert room.of(OrderUnknown)
    room.turn(60)
    assert group.outcome is GroupOutcome.FILLED
    assert len(set(room.venue.submissions)) == len(room.venue.submissions)
    assert [order.state for order in group.orders.values()].count(OrderState.FILLED) == 1


def test_a_request_that_never_arrived_is_given_up_only_after_enough_answers() -> None:
    room = Room(Habits(lost_before=1))
    group = room.begin()
    room.executor.pump(room.now)
    room.venue.habits = CALM
    room.turn(9)
    assert group.working, "not believed yet"
    room.turn(10)
    assert group.outcome is GroupOutcome.CANCELED
    assert len(room.venue.submissions) == 1


def test_an_order_that_arrives_after_it_was_given_up_is_taken_back() -> None:
    room = Room(Habits(lost_before=1))
    group = room.begin()
    room.executor.pump(room.now)
    room.venue.habits = Habits(fills=0)
    room.turn(20)
    assert group.outcome is GroupOutcome.CANCELED
    order = next(iter(group.orders.values()))
    room.venue._accept(OrderRequest(order.order_id, order.legs, order.quantity, Decimal("-2.00"), False))
    room.turn(10)
    assert room.venue.working == []
    assert group.outcome is GroupOutcome.CANCELED
    assert group.reopened


def test_a_fill_after_the_cancel_reopens_the_group_and_is_undone() -> None:
    room = Room(Habits(fills=0))
    group = room.begin()
    room.turn(45)
    assert group.outcome is GroupOutcome.CANCELED
    room.venue.habits = CALM
    order = room.venue.orders_by_id[group.last_order.order_id]  # type: ignore[union-attr]
    room.venue._fill(order, SHORT_PUT, -1, True)
    room.turn(30)
    assert group.outcome is GroupOutcome.UNWOUND
    assert room.venue.book == {}
    assert room.ledger.book.holdings() == {}


def test_a_doubled_fill_counts_once() -> None:
    room = Room(Habits(doubled=1))
    group = room.begin()
    room.turn(40)
    assert group.outcome is GroupOutcome.FILLED
    assert len(room.of(LegFilled)) == 4
    assert room.ledger.book.holdings() == room.venue.book


def test_lost_notices_are_made_up_for_by_asking() -> None:
    room = Room(Habits(dropped=1))
    group = room.begin()
    room.turn(60)
    assert group.outcome is GroupOutcome.FILLED
    assert room.ledger.book.holdings() == room.venue.book


def test_a_notice_of_the_end_is_not_believed_without_a_look() -> None:
    """The fill was lost on the way; "canceled" alone would leave it out of the book."""
    room = Room(Habits(fills=0))
    group = room.begin()
    room.executor.pump(room.now)
    room.venue.drain()
    order = next(iter(room.venue.orders_by_id.values()))
    room.venue.habits = Habits(fills=0, dropped=1)
    room.venue._fill(order, SHORT_PUT, -1, False)
    room.venue._close(order, CloseReason.CANCELED)
    room.venue.habits = CALM
    room.venue._inbox.append((room.venue.turn, Closed(order.request.order_id, CloseReason.CANCELED, "")))
    room.executor.pump(room.now)
    assert group.held == {SHORT_PUT: -1} or group.orders[order.request.order_id].filled == {SHORT_PUT: -1}


def test_nothing_follows_a_cancel_before_it_is_confirmed() -> None:
    """The broker takes its time: the old order works on, and a second one beside it could fill twice."""
    room = Room(Habits(fills=0))
    group = room.begin()
    asked: list[str] = []
    room.venue.cancel = asked.append  # type: ignore[method-assign]
    room.turn(20)
    assert asked
    assert len(room.venue.submissions) == 1
    assert group.last_order is not None
    assert group.last_order.is_working


def test_what_closes_is_sent_so_that_it_cannot_open() -> None:
    """A close of what is not held any more would open its opposite; the broker must be told to refuse that."""
    room = Room()
    first = room.begin(legs=put_spread(), worst_net="-1.00")
    room.turn(20)
    assert first.filled
    sent: list[OrderRequest] = []
    room.venue.on_submit = sent.append
    close = room.begin(
        legs=reversed_legs(put_spread()),
        group_id="alpha-run-2",
        purpose=Purpose.CLOSE,
        position_id=first.group_id,
        worst_net="2.00",
    )
    room.turn(20)
    assert close.filled
    assert sent
    assert all(request.closing for request in sent)


def test_an_order_id_the_journal_lost_is_not_minted_again() -> None:
    """The disk lost the record of the first order: the next run counts its orders from one again."""
    room = Room(Habits(fills=0))
    group = room.begin()
    room.ledger.barrier()
    durable = dict(room.store.visible)
    room.executor.pump(room.now)
    assert len(room.venue.submissions) == 1
    room.store.visible, room.store.durable = durable, dict(durable)
    ledger = Ledger.opened(room.store, "tomking/live/test", "next", room.now)
    Executor(room.venue, ledger, room.market, ExecutionRules(), "next").pump(room.now)
    assert len(room.venue.submissions) == 2
    assert len(set(room.venue.submissions)) == 2
    assert all(order_id.startswith(group.group_id) for order_id in room.venue.submissions)


def test_whole_units_are_kept_when_the_policy_says_so() -> None:
    room = Room(Habits(fills=0))
    group = room.begin(quantity=3, policy=PartialPolicy.KEEP)
    room.executor.pump(room.now)
    order = next(iter(room.venue.orders_by_id.values()))
    for leg in condor():
        room.venue._fill(order, leg.contract, leg.ratio, True)
    room.turn(45)
    assert group.outcome is GroupOutcome.REDUCED
    assert room.venue.book == {leg.contract: leg.ratio for leg in condor()}


def test_what_cannot_be_balanced_halts_trading_and_names_the_legs() -> None:
    room = Room(Habits(fills=0))
    group = room.begin()
    room.executor.pump(room.now)
    order = next(iter(room.venue.orders_by_id.values()))
    room.venue._fill(order, SHORT_CALL, -1, True)
    room.turn(90)
    assert group.outcome is GroupOutcome.STRANDED
    assert SHORT_CALL.text in group.reason
    assert room.ledger.trading_state is TradingState.HALTED
    assert [note.code for note in room.ledger.state.notes] == ["STRANDED"]
    kinds = [type(event) for event in room.events]
    assert kinds.index(TradingStateChanged) < kinds.index(GroupFinished)  # a disk may lose what was written last
    assert room.venue.working == []


def test_undoing_leaves_other_positions_in_the_same_contracts_alone() -> None:
    room = Room()
    first = room.begin(legs=put_spread(), quantity=2, group_id="first-run-1", worst_net="-1.00")
    room.turn(20)
    assert first.filled
    room.venue.habits = Habits(fills=0)
    second = room.begin(group_id="second-run-2")
    room.executor.pump(room.now)
    order = room.venue.orders_by_id[second.last_order.order_id]  # type: ignore[union-attr]
    room.venue._fill(order, SHORT_PUT, -1, True)
    room.venue.habits = Habits(fills=0)
    room.turn(6)
    room.venue.habits = CALM
    room.turn(40)
    assert second.outcome is GroupOutcome.UNWOUND
    assert room.venue.book == {LONG_PUT: 2, SHORT_PUT: -2}
    assert room.ledger.book.positions["first-run-1"].held == {LONG_PUT: 2, SHORT_PUT: -2}


def test_several_trades_at_once_do_not_disturb_each_other() -> None:
    room = Room(Habits(partial=0.5, fills=0.5))
    groups = [room.begin(group_id=f"s{number}-run-{number}", quantity=2) for number in range(4)]
    room.turn(120)
    assert all(group.outcome is not None and group.is_balanced for group in groups)
    assert room.ledger.book.holdings() == room.venue.book


def test_a_rapid_market_is_not_chased_past_the_worst_price() -> None:
    room = Room(Habits(fills=0))
    group = room.begin(worst_net="-2.10")
    for _ in range(8):
        room.turn(5)
        room.market.quotes[SHORT_PUT] = quote("2.00", "2.10", room.now)
    assert group.outcome is GroupOutcome.CANCELED
    assert all(order.limit is not None and order.limit <= Decimal("-2.10") for order in group.orders.values())


def test_more_filled_than_ordered_is_a_persons_matter() -> None:
    room = Room(Habits(fills=0))
    group = room.begin()
    room.executor.pump(room.now)
    order_id = next(iter(group.orders))
    room.venue._inbox.append((0, Filled("F99", order_id, SHORT_PUT, -5, Decimal(1), Decimal(0), room.now)))
    room.turn(3)
    assert group.outcome is GroupOutcome.STRANDED
    assert room.ledger.trading_state is TradingState.HALTED


# -- the facade -------------------------------------------------------------------------------------------------------


def test_an_iron_condor_by_hand() -> None:
    room = Room()
    group = room.atomic.execute_iron_condor_atomic(SHORT_CALL, LONG_CALL, SHORT_PUT, LONG_PUT, 1)
    assert group.working
    assert not group.filled
    room.turn(40)
    assert group.filled
    assert group.strategy == "iron_condor"


def test_wrong_legs_are_denied_and_nothing_is_sent() -> None:
    room = Room()
    group = room.atomic.execute_iron_condor_atomic(LONG_CALL, SHORT_CALL, SHORT_PUT, LONG_PUT, 1)
    assert group.outcome is GroupOutcome.DENIED
    assert group.reason.startswith("INVALID_STRUCTURE: ")
    assert room.venue.submissions == []
    assert room.ledger.state.denial_counts == {"INVALID_STRUCTURE": 1}


@pytest.mark.parametrize(
    ("legs", "quantity", "code"),
    [
        ([Leg(SHORT_PUT, -2), Leg(LONG_PUT, 2)], 1, "INVALID_STRUCTURE"),
        ([Leg(SHORT_PUT, -1), Leg(SHORT_PUT, 1)], 1, "INVALID_STRUCTURE"),
        ([], 1, "INVALID_STRUCTURE"),
        (list(put_spread()), 0, "INVALID_QUANTITY"),
        ([Leg(put(2000), 1)], 1, "NO_PACKAGE_PRICE"),
        ([Leg(put(2000 + number), 1) for number in range(7)], 1, "TOO_MANY_LEGS"),
    ],
)
def test_any_package_is_checked(legs: list[Leg], quantity: int, code: str) -> None:
    room = Room()
    group = room.atomic.execute_atomic(legs, quantity, "custom")
    assert group.outcome is GroupOutcome.DENIED
    assert group.reason.split(":")[0] == code
    assert room.venue.submissions == []


@pytest.mark.parametrize(("state", "code"), [(TradingState.HALTED, "HALTED"), (TradingState.REDUCING, "REDUCING")])
def test_nothing_is_opened_by_hand_either_while_trading_is_stopped(state: TradingState, code: str) -> None:
    room = Room()
    room.ledger.record(TradingStateChanged(state, "TEST", "stopped"))
    group = room.atomic.execute_put_spread_atomic(SHORT_PUT, LONG_PUT, 1)
    assert group.outcome is GroupOutcome.DENIED
    assert group.reason.startswith(code)
    assert (room.executor.refusal(Purpose.CLOSE, ()) is None) == (state is TradingState.REDUCING)


@pytest.mark.parametrize("state", [TradingState.HALTED, TradingState.REDUCING])
def test_what_was_decided_before_trading_stopped_is_not_sent_after_it(state: TradingState) -> None:
    """Trading may stop in the middle of a turn: one group is stranded, another was about to send its first order."""
    room = Room()
    group = room.begin()
    room.ledger.record(TradingStateChanged(state, "TEST", "stopped"))
    room.turn(3)
    assert room.venue.submissions == []
    assert group.outcome is GroupOutcome.CANCELED
    assert state.value in group.reason


def test_nothing_is_opened_against_a_holding_of_our_own() -> None:
    """A broker nets opposite holdings: neither trade could be closed with strict position effect any more."""
    room = Room()
    room.begin()
    against = [Leg(SHORT_PUT, 1), Leg(put(2680), -1)]
    being_opened = room.executor.refusal(Purpose.OPEN, against)
    room.turn(30)
    held = room.executor.refusal(Purpose.OPEN, against)
    assert being_opened is not None
    assert held is not None
    assert being_opened.code == held.code == "NETTED"
    assert SHORT_PUT.text in held.text
    assert room.executor.refusal(Purpose.OPEN, [Leg(SHORT_PUT, -1), Leg(put(2680), 1)]) is None
    assert room.executor.refusal(Purpose.CLOSE, against) is None


def test_only_so_many_groups_at_a_time_but_a_way_out_always() -> None:
    room = Room(Habits(fills=0))
    for _ in range(2):
        assert room.atomic.execute_put_spread_atomic(SHORT_PUT, LONG_PUT, 1).working
    third = room.atomic.execute_call_spread_atomic(SHORT_CALL, LONG_CALL, 1)
    assert third.reason.startswith("TOO_MANY_GROUPS")
    assert room.executor.refusal(Purpose.CLOSE, put_spread()) is None


def test_a_ladder_puts_its_size_into_the_quantity() -> None:
    room = Room()
    far = [put(strike, NOON.date().replace(year=2019)) for strike in (2400, 2300)]
    for one in far:
        room.market.quotes[one] = quote("10.00", "10.20", room.now)
    group = room.atomic.execute_leap_ladder_atomic(far, [4, 2])
    assert group.working, group.reason
    assert group.quantity == 2
    assert {leg.contract: leg.ratio for leg in group.legs} == {far[0]: 2, far[1]: 1}
    assert room.atomic.execute_leap_ladder_atomic(far, [1]).outcome is GroupOutcome.DENIED


def test_ids_are_never_reused_within_or_across_runs() -> None:
    room = Room()
    other = Executor(room.venue, room.ledger, room.market, ExecutionRules(), "next")
    ids = [room.executor.new_group_id("a"), room.executor.new_group_id("a"), other.new_group_id("a")]
    assert len(set(ids)) == 3
    with pytest.raises(ValueError, match="letters, digits"):
        room.executor.new_group_id("a.b")


def test_every_submission_says_why() -> None:
    room = Room()
    room.begin()
    room.turn(12)
    records = [event for event in room.events if isinstance(event, OrderSubmitted)]
    assert len(records) >= 2
    assert call(2770) in {leg.contract for leg in records[0].legs}

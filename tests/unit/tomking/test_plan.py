"""What to do next, row by row: the group as it stands, the moment, the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import pytest
from builders import NOON, call, condor, condor_quotes, created, put, quote, seconds
from tomking.events import (
    CloseReason,
    DepthRefused,
    GroupCreated,
    GroupOutcome,
    LegFilled,
    OrderSubmitted,
    PartialPolicy,
    Purpose,
    TradingState,
)
from tomking.execution.actions import Action, Cancel, Finish, GiveUp, LookUp, RefuseDepth, Submit, Wait, Withdraw
from tomking.execution.group import OrderGroup
from tomking.execution.order import Order, OrderFact
from tomking.execution.plan import Surroundings, next_action
from tomking.execution.pricing import PackagePrice
from tomking.execution.rules import ExecutionRules
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.market.quote import Quote

RULES = ExecutionRules()
QUOTES = condor_quotes()
MARKET = PackagePrice(Decimal("-2.00"), Decimal("-2.40"))
LONG_PUT, SHORT_PUT, SHORT_CALL, LONG_CALL = (leg.contract for leg in condor())


class Story:
    """A group told fact by fact."""

    def __init__(self, decided: GroupCreated | None = None) -> None:
        self.group = OrderGroup(decided or created(), NOON)
        self.fills = 0

    def sent(
        self,
        legs: tuple[Leg, ...] | None = None,
        quantity: int = 1,
        limit: str = "-2.20",
        *,
        unwind: bool = False,
        at: float = 0,
    ) -> Order:
        order_id = f"{self.group.group_id}.run.{len(self.group.orders) + 1}"
        event = OrderSubmitted(
            order_id, self.group.group_id, legs or self.group.legs, quantity, Decimal(limit), unwind, unwind
        )
        self.group.fold_submission(event, NOON + seconds(at))
        return self.group.orders[order_id]

    def live(self, at: float = 0, **order: object) -> Order:
        sent = self.sent(at=at, **order)  # type: ignore[arg-type]
        sent.fold_acceptance("V", NOON + seconds(at))
        return sent

    def filled(self, order: Order, contract: Contract, quantity: int, price: str = "1") -> None:
        self.fills += 1
        fill = LegFilled(f"F{self.fills}", order.order_id, contract, quantity, Decimal(price), Decimal(0))
        self.group.fold_fill(fill, NOON)

    def withdrawn(self, at: float = 0) -> None:
        self.group.withdrawn, self.group.withdrawn_at = "no longer wanted", NOON + seconds(at)

    def next(
        self,
        at: float = 0,
        *,
        max_legs: int = 4,
        is_open: bool = True,
        quotes: Mapping[Contract, Quote] = QUOTES,
        asked: Mapping[str, datetime] | None = None,
        trading: TradingState = TradingState.ACTIVE,
    ) -> Action:
        around = Surroundings(quotes.get, is_open, max_legs, trading, asked or {})
        return next_action(self.group, NOON + seconds(at), around, RULES)


def ended(order: Order, reason: CloseReason = CloseReason.CANCELED, *, asked_for: bool = True) -> None:
    if asked_for and reason is CloseReason.CANCELED:
        order.fold(OrderFact.CANCEL_REQUESTED, NOON)
    order.fold_closing(reason, reason.value, NOON)


# -- bringing it on ---------------------------------------------------------------------------------------------------


def test_a_bad_market_ends_it_before_anything_is_sent() -> None:
    story = Story()
    action = story.next(quotes={**QUOTES, SHORT_PUT: quote("0", "3.10")})
    assert isinstance(action, RefuseDepth)
    assert action.found.code == "NO_BID"
    story.group.poor_quotes = DepthRefused(story.group.group_id, "NO_BID", "no bid")
    assert story.next() == Finish(GroupOutcome.DENIED, "NO_BID: no bid")


def test_the_quotes_are_looked_at_in_the_moment_of_the_first_order_and_not_again() -> None:
    story = Story()
    first = story.next()
    assert isinstance(first, Submit)
    assert first.market == MARKET
    ended(story.live())
    assert isinstance(story.next(quotes={**QUOTES, SHORT_PUT: quote("0", "3.10")}), Submit)


def test_a_way_out_is_not_stopped_by_bad_quotes() -> None:
    story = Story(created(purpose=Purpose.CLOSE))
    assert isinstance(story.next(), Submit)


def test_one_package_where_the_broker_takes_it() -> None:
    story = Story(created(quantity=3))
    assert story.next() == Submit(condor(), 3, Decimal("-2.20"), unwind=False, closing=False, market=MARKET)


def test_a_closing_package_says_so() -> None:
    story = Story(created(purpose=Purpose.CLOSE))
    action = story.next()
    assert isinstance(action, Submit)
    assert action.closing


def test_leg_by_leg_the_longs_first() -> None:
    story = Story(created(quantity=2))
    sequence = []
    for _ in range(4):
        action = story.next(max_legs=1)
        assert isinstance(action, Submit)
        leg = action.legs[0]
        sequence.append((leg.contract, leg.ratio * action.quantity))
        story.filled(story.sent(action.legs, action.quantity), leg.contract, leg.ratio * action.quantity)
    assert sequence == [(LONG_PUT, 2), (LONG_CALL, 2), (SHORT_PUT, -2), (SHORT_CALL, -2)]
    assert story.next(max_legs=1) == Finish(GroupOutcome.FILLED, "2 at a net 0")


def test_the_road_is_chosen_by_capability() -> None:
    action = Story().next(max_legs=3)
    assert isinstance(action, Submit)
    assert len(action.legs) == 1


def test_no_price_is_waited_for() -> None:
    assert isinstance(Story(created(purpose=Purpose.CLOSE)).next(quotes={}), Wait)


# -- the walk ---------------------------------------------------------------------------------------------------------


def test_a_price_is_shown_for_a_step_then_canceled() -> None:
    story = Story()
    order = story.live()
    assert isinstance(story.next(4.9), Wait)
    order.seen_at = NOON + seconds(5)
    assert story.next(5) == Cancel(order.order_id, "step 1: -2.20 to -2.15")


def test_a_step_is_a_new_order_after_the_confirmed_cancel() -> None:
    story = Story()
    order = story.live()
    order.fold(OrderFact.CANCEL_REQUESTED, NOON + seconds(5))
    assert isinstance(story.next(6), Wait), "not before the cancel is confirmed"
    order.fold_closing(CloseReason.CANCELED, "", NOON + seconds(6))
    assert story.next(6) == Submit(condor(), 1, Decimal("-2.15"), unwind=False, closing=False, market=MARKET)


def test_an_order_that_is_not_needed_any_more_is_taken_back() -> None:
    """The order before it was filled after its cancel: what works now would be one too many."""
    story = Story()
    first = story.live()
    ended(first)
    second = story.live(at=6)
    for leg in condor():
        story.filled(first, leg.contract, leg.ratio)
    assert story.next(7) == Withdraw("after a late fill more works than is wanted")
    story.withdrawn(at=7)
    assert isinstance(action := story.next(7), Cancel)
    assert action.order_id == second.order_id


def test_leg_by_leg_one_leg_too_many_is_given_back() -> None:
    story = Story()
    first = story.live(legs=(Leg(LONG_PUT, 1),))
    ended(first)
    second = story.live(legs=(Leg(LONG_PUT, 1),), at=6)
    story.filled(second, LONG_PUT, 1)
    story.filled(first, LONG_PUT, 1)
    assert story.next(7, max_legs=1) == Withdraw("more was filled than wanted")
    story.withdrawn(at=7)
    assert isinstance(action := story.next(12, max_legs=1), Submit)
    assert (action.legs, action.quantity, action.unwind) == ((Leg(LONG_PUT, -1),), 2, True)


def test_no_step_that_would_not_change_the_price() -> None:
    story = Story(created(worst_net="-2.20"))
    order = story.live()
    order.seen_at = NOON + seconds(6)
    assert isinstance(story.next(6), Wait)


def test_only_so_many_steps() -> None:
    story = Story(created(worst_net="-1.00"))
    for _ in range(RULES.max_steps + 1):
        ended(story.live())
    assert story.next(10) == Withdraw("the price was walked to its end")


def test_only_so_long() -> None:
    story = Story()
    story.live()
    assert story.next(30) == Withdraw("no fill within 30 s")
    story.withdrawn()
    action = story.next(30, asked={story.group.last_order.order_id: NOON + seconds(30)})  # type: ignore[union-attr]
    assert isinstance(action, Cancel)


def test_what_is_missing_is_sent_after_whole_units_filled() -> None:
    story = Story(created(quantity=3))
    order = story.live(quantity=3)
    for leg in condor():
        story.filled(order, leg.contract, leg.ratio)
    ended(order)
    action = story.next(6)
    assert isinstance(action, Submit)
    assert action.quantity == 2


# -- answers that do not come -----------------------------------------------------------------------------------------


def test_an_order_without_answer_is_looked_up_never_sent_again() -> None:
    story = Story()
    order = story.sent()
    assert isinstance(story.next(4), Wait)
    assert story.next(5) == LookUp(order.order_id)


def test_an_unknown_order_is_looked_up_at_intervals() -> None:
    story = Story()
    order = story.sent()
    order.fold(OrderFact.UNKNOWN, NOON, "timed out")
    assert story.next(0) == LookUp(order.order_id)
    assert isinstance(story.next(0.5, asked={order.order_id: NOON}), Wait)
    assert story.next(1, asked={order.order_id: NOON}) == LookUp(order.order_id)


@pytest.mark.parametrize(
    ("answers", "over", "given_up"), [(2, 20, False), (3, 9, False), (3, 10, True), (30, 9, False)]
)
def test_no_such_order_is_believed_after_enough_answers_over_enough_time(
    answers: int, over: float, given_up: bool
) -> None:
    story = Story()
    order = story.sent()
    for answer in range(answers):
        order.fold(OrderFact.NOT_FOUND, NOON + seconds(over * answer / (answers - 1)))
    assert isinstance(story.next(over), GiveUp) is given_up


def test_time_without_an_answer_proves_nothing() -> None:
    """An order may be seen a little later than the last look: it is looked for once more."""
    story = Story()
    order = story.sent()
    for after in (0, 4, 8):
        order.fold(OrderFact.NOT_FOUND, NOON + seconds(after))
    asked = {order.order_id: NOON + seconds(8)}
    assert story.next(10, asked=asked) == LookUp(order.order_id)


def test_an_order_that_filled_in_part_is_never_given_up() -> None:
    story = Story()
    order = story.sent()
    story.filled(order, LONG_PUT, 1)
    for after in range(0, 18, 2):
        order.fold(OrderFact.NOT_FOUND, NOON + seconds(after))
    assert story.next(20) == LookUp(order.order_id)


def test_a_silent_broker_is_not_an_answer() -> None:
    """However long it takes: unknown stays unknown, and nothing else is sent."""
    story = Story()
    order = story.sent()
    order.fold(OrderFact.UNKNOWN, NOON)
    story.withdrawn()
    for minutes in range(1, 60):
        assert story.next(60 * minutes) == LookUp(order.order_id)


def test_a_working_order_nobody_speaks_of_is_polled() -> None:
    story = Story(created(worst_net="-2.20"))
    order = story.live()
    assert story.next(5) == LookUp(order.order_id)


def test_a_cancel_without_confirmation_is_looked_up_then_asked_again() -> None:
    story = Story()
    order = story.live()
    story.withdrawn()
    order.fold(OrderFact.CANCEL_REQUESTED, NOON)
    assert isinstance(story.next(4), Wait)
    assert story.next(5) == LookUp(order.order_id)
    assert isinstance(story.next(5, asked={order.order_id: NOON + seconds(5)}), Wait)
    assert isinstance(story.next(6, asked={order.order_id: NOON + seconds(5)}), Cancel)


# -- when it fails ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [CloseReason.REJECTED, CloseReason.EXPIRED, CloseReason.NEVER_EXISTED])
def test_any_failure_ends_the_wish_at_once(reason: CloseReason) -> None:
    story = Story()
    ended(story.live(), reason)
    assert isinstance(story.next(1), Withdraw)


def test_a_cancel_nobody_asked_for_is_a_refusal() -> None:
    story = Story()
    ended(story.live(), asked_for=False)
    assert story.next(1) == Withdraw("canceled by the broker: canceled")


def test_a_closed_market_ends_the_wish() -> None:
    assert Story().next(is_open=False) == Withdraw("the market is closed")


@pytest.mark.parametrize("trading", [TradingState.HALTED, TradingState.REDUCING])
@pytest.mark.parametrize(
    ("purpose", "is_taken_back"), [(Purpose.OPEN, True), (Purpose.ROLL, True), (Purpose.CLOSE, False)]
)
def test_what_opens_is_taken_back_when_trading_stops(
    trading: TradingState, purpose: Purpose, is_taken_back: bool
) -> None:
    story = Story(created(purpose=purpose))
    assert isinstance(story.next(trading=trading), Withdraw) is is_taken_back
    story.live()
    assert isinstance(story.next(1, trading=trading), Withdraw) is is_taken_back


def test_nothing_filled_is_canceled() -> None:
    story = Story()
    story.withdrawn()
    assert story.next() == Finish(GroupOutcome.CANCELED, "no longer wanted")


def uneven(policy: PartialPolicy = PartialPolicy.UNWIND, **decided: object) -> Story:
    """Three wanted: one whole condor, and one put spread's short leg twice in excess."""
    story = Story(created(quantity=3, policy=policy, **decided))  # type: ignore[arg-type]
    order = story.live(quantity=3)
    for leg in condor():
        story.filled(order, leg.contract, leg.ratio)
    story.filled(order, SHORT_PUT, -2)
    ended(order)
    return story


def test_an_uneven_fill_is_balanced_not_continued() -> None:
    assert uneven().next() == Withdraw("filled unevenly")


def test_all_or_nothing_undoes_whole_units_too_as_one_package_first() -> None:
    story = uneven()
    story.withdrawn()
    action = story.next()
    assert isinstance(action, Submit)
    assert action.unwind
    assert action.closing
    wanted = {LONG_PUT: -1, SHORT_PUT: 3, SHORT_CALL: 1, LONG_CALL: -1}
    assert {leg.contract: leg.ratio * action.quantity for leg in action.legs} == wanted


def test_whole_units_may_be_kept() -> None:
    story = uneven(PartialPolicy.KEEP)
    story.withdrawn()
    action = story.next()
    assert isinstance(action, Submit)
    assert action.legs == (Leg(SHORT_PUT, 1),)
    assert action.quantity == 2
    story.filled(story.sent(action.legs, 2, unwind=True), SHORT_PUT, 2)
    assert story.next() == Finish(GroupOutcome.REDUCED, "1 of 3 kept: no longer wanted")


def test_leg_by_leg_the_shorts_are_bought_back_first() -> None:
    story = uneven()
    story.withdrawn()
    bought = []
    for turn in range(4):
        action = story.next(10 * turn, max_legs=1)
        assert isinstance(action, Submit)
        leg = action.legs[0]
        bought.append(leg.ratio)
        order = story.sent(action.legs, action.quantity, unwind=True, at=10 * turn)
        story.filled(order, leg.contract, leg.ratio * action.quantity)
    assert bought == [1, 1, -1, -1]
    assert isinstance(story.next(60, max_legs=1), Finish)
    assert story.group.held == {}


def test_longs_are_kept_while_a_short_cannot_be_bought_back() -> None:
    story = uneven()
    story.withdrawn()
    for turn in range(RULES.unwind_attempts):
        action = story.next(10 * turn, max_legs=1)
        assert isinstance(action, Submit)
        assert action.legs == (Leg(SHORT_PUT, 1),)
        ended(story.live(10 * turn, legs=action.legs, quantity=3, unwind=True))
    action = story.next(60, max_legs=1)
    assert isinstance(action, Finish)
    assert action.outcome is GroupOutcome.STRANDED
    assert f"+3 {SHORT_PUT.text}" in action.text


def test_each_attempt_offers_more() -> None:
    story = uneven(PartialPolicy.KEEP)
    story.withdrawn()
    limits = []
    for turn in range(3):
        action = story.next(10 * turn)
        assert isinstance(action, Submit)
        limits.append(action.limit)
        ended(story.live(10 * turn, legs=action.legs, quantity=2, unwind=True))
    assert limits == sorted(set(limits))


def test_attempts_are_not_burned_in_one_moment() -> None:
    story = uneven(PartialPolicy.KEEP)
    story.withdrawn()
    ended(story.live(0, legs=(Leg(SHORT_PUT, 1),), quantity=2, unwind=True), CloseReason.REJECTED)
    assert isinstance(story.next(1), Wait)
    assert isinstance(story.next(5), Submit)


def test_a_closed_market_does_not_burn_attempts() -> None:
    story = uneven()
    story.withdrawn()
    assert isinstance(story.next(3600, is_open=False), Wait)


def test_what_nobody_quotes_strands_the_group_in_the_end() -> None:
    story = uneven(PartialPolicy.KEEP)
    story.withdrawn()
    quotes = {contract: quote for contract, quote in QUOTES.items() if contract != SHORT_PUT}
    assert isinstance(story.next(299, quotes=quotes), Wait)
    action = story.next(300, quotes=quotes)
    assert isinstance(action, Finish)
    assert action.outcome is GroupOutcome.STRANDED


def test_a_close_is_brought_forward_never_taken_back() -> None:
    """Buying back a short and then selling it again would make the account naked once more."""
    back = (Leg(SHORT_PUT, 1), Leg(SHORT_CALL, 1), Leg(LONG_PUT, -1), Leg(LONG_CALL, -1))
    story = Story(created(back, 2, purpose=Purpose.CLOSE, worst_net="2.40"))
    order = story.live(quantity=2)
    story.filled(order, SHORT_PUT, 1)
    ended(order)
    assert story.next() == Withdraw("filled unevenly")
    story.withdrawn()
    action = story.next()
    assert isinstance(action, Submit)
    assert {leg.contract: leg.ratio * action.quantity for leg in action.legs} == {
        SHORT_CALL: 1,
        LONG_PUT: -1,
        LONG_CALL: -1,
    }


def test_a_late_fill_that_completes_the_trade_is_welcome() -> None:
    story = Story()
    order = story.live()
    ended(order)
    story.withdrawn()
    story.group.outcome = GroupOutcome.CANCELED
    for leg in condor():
        story.filled(order, leg.contract, leg.ratio)
    assert story.group.outcome is None, "reopened"
    assert isinstance(story.next(), Finish)
    assert story.next().outcome is GroupOutcome.FILLED  # type: ignore[union-attr]


def test_a_late_fill_of_a_part_is_undone() -> None:
    story = Story()
    order = story.live()
    ended(order)
    story.withdrawn()
    story.group.outcome = GroupOutcome.CANCELED
    story.filled(order, SHORT_CALL, -1)
    action = story.next()
    assert isinstance(action, Submit)
    assert action.legs == (Leg(SHORT_CALL, 1),)


def test_an_order_that_came_back_ends_the_wish_and_both_are_canceled() -> None:
    story = Story()
    given_up = story.sent()
    given_up.fold_closing(CloseReason.NEVER_EXISTED, "", NOON)
    story.live()
    given_up.fold_acceptance("V9", NOON)
    assert story.next() == Withdraw("an order given up before works after all")
    story.withdrawn()
    assert story.next() == LookUp(given_up.order_id)
    given_up.fold_acceptance("V9", NOON)
    assert story.next() == Cancel(given_up.order_id, "no longer wanted")


def test_a_finished_group_is_left_alone() -> None:
    story = Story()
    story.group.outcome = GroupOutcome.FILLED
    assert isinstance(story.next(), Wait)


def test_the_wings_are_where_the_test_thinks() -> None:
    assert (put(2690), put(2710), call(2770), call(2790)) == (LONG_PUT, SHORT_PUT, SHORT_CALL, LONG_CALL)

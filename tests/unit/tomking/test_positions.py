from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from builders import NOON, call, condor, condor_quotes, contract, created, lt112, put, put_spread, quote, seconds
from fakes.market import FakeMarket
from hypothesis import given
from hypothesis import strategies as st
from tomking.accounting import opened_today
from tomking.events import ContractSettled, ExitReason, FillReason, GroupCreated, LegFilled, Purpose
from tomking.market.contract import Style, shares
from tomking.market.leg import Leg
from tomking.positions.book import PositionBook
from tomking.positions.component import ComponentStatus, PositionComponent
from tomking.positions.marks import mark
from tomking.positions.position import MultiLegPosition, PositionStatus

D = Decimal
LONG, SHORT = put(2690), put(2710)


class Told:
    """A book told fill by fill."""

    def __init__(self) -> None:
        self.book = PositionBook()
        self.count = 0

    def group(self, **decided: object) -> GroupCreated:
        event = created(**decided)  # type: ignore[arg-type]
        self.book.group_created(event, NOON)
        return event

    def fill(self, group: GroupCreated, one: object, quantity: int, price: str, fee: str = "0") -> None:
        self.count += 1
        event = LegFilled(f"F{self.count}", "o", one, quantity, D(price), D(fee))  # type: ignore[arg-type]
        self.book.filled(group, event, NOON + seconds(self.count))

    def settle(self, one: object, quantity: int, price: str, reason: FillReason, name: str = "") -> None:
        self.count += 1
        event = ContractSettled(name or f"S{self.count}", one, quantity, D(price), reason)  # type: ignore[arg-type]
        self.book.settled(event, NOON + seconds(self.count))


def opened(**decided: object) -> tuple[Told, GroupCreated, MultiLegPosition]:
    """A short put spread, two of them, at a credit of 1.25 with a dollar of fees a contract."""
    told = Told()
    group = told.group(legs=put_spread(), quantity=2, requirement=4000, **decided)
    told.fill(group, LONG, 2, "1.75", "2")
    told.fill(group, SHORT, -2, "3.00", "2")
    told.book.group_finished(group)
    return told, group, told.book.positions[group.position_id]


def closing(told: Told, position: MultiLegPosition) -> GroupCreated:
    legs = (Leg(SHORT, 1), Leg(LONG, -1))
    return told.group(
        legs=legs, quantity=2, group_id="alpha-run-2", purpose=Purpose.CLOSE, position_id=position.position_id
    )


def test_the_life_of_a_position() -> None:
    told = Told()
    group = told.group(legs=put_spread(), quantity=2)
    position = told.book.positions[group.position_id]
    assert position.status is PositionStatus.BUILDING
    told.fill(group, LONG, 2, "1.75")
    told.fill(group, SHORT, -2, "3.00")
    assert position.status is PositionStatus.BUILDING
    told.book.group_finished(group)
    assert position.status is PositionStatus.ACTIVE
    close = closing(told, position)
    assert position.status is PositionStatus.CLOSING
    told.fill(close, SHORT, 1, "1.00")
    told.fill(close, LONG, -1, "0.50")
    told.book.group_finished(close)
    assert position.status is PositionStatus.PARTIALLY_CLOSED
    assert told.book.open_positions == (position,)
    again = told.group(legs=close.legs, group_id="alpha-run-3", purpose=Purpose.CLOSE, position_id=position.position_id)
    told.fill(again, SHORT, 1, "1.00")
    told.fill(again, LONG, -1, "0.50")
    told.book.group_finished(again)
    assert position.status is PositionStatus.CLOSED
    assert told.book.open_positions == ()
    assert told.book.closed_positions == (position,)


def test_entry_net_profit_and_fees() -> None:
    told, _, position = opened()
    assert position.entry_net == D("-1.25")
    assert position.fees == 4
    assert position.realised == -4
    close = closing(told, position)
    told.fill(close, SHORT, 2, "1.00", "2")
    told.fill(close, LONG, -2, "0.50", "2")
    # credit 1.25, bought back at 0.50: 0.75 x 100 x 2, less eight dollars of fees
    assert position.realised == D("142")
    assert told.book.realised == D("142")
    assert position.closed_at is not None


def test_a_leg_closed_by_itself_leaves_its_profit() -> None:
    told, _, position = opened()
    close = closing(told, position)
    told.fill(close, SHORT, 2, "0.05")
    told.book.group_finished(close)
    assert position.components[SHORT].status is ComponentStatus.CLOSED
    assert position.components[SHORT].realised == D("590")
    assert position.status is PositionStatus.PARTIALLY_CLOSED
    assert position.held == {LONG: 2}
    assert position.units == 0


def test_the_exit_reason_is_why_the_first_part_went() -> None:
    told, _, position = opened()

    def asked(name: str, leg: Leg, reason: ExitReason) -> GroupCreated:
        group = created(legs=(leg,), quantity=2, group_id=name, purpose=Purpose.CLOSE, position_id=position.position_id)
        group = replace(group, exit_reason=reason)
        told.book.group_created(group, NOON)
        return group

    told.book.group_finished(asked("alpha-run-2", Leg(SHORT, 1), ExitReason.PROFIT))
    urgent = asked("alpha-run-3", Leg(SHORT, 1), ExitReason.STOP)
    assert position.exit_reason is ExitReason.STOP  # nothing had gone for the first reason
    told.fill(urgent, SHORT, 2, "6.00")
    told.book.group_finished(urgent)
    asked("alpha-run-4", Leg(LONG, -1), ExitReason.PROFIT)
    assert position.exit_reason is ExitReason.STOP


def test_a_trade_that_never_filled_leaves_no_position() -> None:
    told = Told()
    group = told.group()
    told.book.group_finished(group)
    assert told.book.positions == {}
    assert told.book.open_ids == []


def test_a_late_fill_after_that_brings_the_position_back() -> None:
    told = Told()
    group = told.group(legs=put_spread())
    told.book.group_finished(group)
    told.fill(group, SHORT, -1, "3.00")
    assert told.book.holdings() == {SHORT: -1}
    assert told.book.positions[group.position_id].status is PositionStatus.BUILDING


def test_an_unwound_trade_keeps_what_it_cost() -> None:
    told = Told()
    group = told.group(legs=put_spread())
    told.fill(group, SHORT, -1, "3.00", "1")
    told.fill(group, SHORT, 1, "3.10", "1")
    told.book.group_finished(group)
    position = told.book.positions[group.position_id]
    assert position.status is PositionStatus.CLOSED
    assert position.realised == D("-12")


def test_the_same_contract_in_two_positions_is_counted_once_each() -> None:
    told, _, first = opened()
    other = told.group(legs=condor(), group_id="beta-run-2")
    told.fill(other, SHORT, -1, "3.00")
    assert told.book.holdings() == {LONG: 2, SHORT: -3}
    assert first.held == {LONG: 2, SHORT: -2}


def test_expiry_is_spread_over_the_positions_oldest_first() -> None:
    told, _, first = opened()
    other = told.group(legs=put_spread(), group_id="beta-run-2")
    told.fill(other, SHORT, -1, "3.00")
    told.fill(other, LONG, 1, "1.75")
    told.book.group_finished(other)
    told.settle(SHORT, 3, "0", FillReason.EXPIRED)
    told.settle(LONG, -3, "0", FillReason.EXPIRED)
    assert told.book.open_positions == ()
    assert told.book.unassigned == {}
    assert first.realised == D("246")
    assert told.book.positions["beta-run-2"].realised == D("125")
    assert first.components[SHORT].last_reason is FillReason.EXPIRED


def test_assigned_shares_stay_with_the_position_that_was_assigned() -> None:
    told = Told()
    short = contract(700, "P", underlying="GOOG", root="GOOG", style=Style.AMERICAN)
    group = told.group(legs=(Leg(short, -1),))
    told.fill(group, short, -1, "5.00")
    told.book.group_finished(group)
    told.settle(short, 1, "0", FillReason.ASSIGNED)
    told.settle(shares("GOOG"), 100, "700", FillReason.ASSIGNED)
    position = told.book.positions[group.position_id]
    assert position.held == {shares("GOOG"): 100}
    assert position.status is not PositionStatus.CLOSED
    assert told.book.open_positions == (position,)


def test_shares_of_a_short_that_was_assigned_in_part_have_their_position_too() -> None:
    told = Told()
    short = contract(700, "P", underlying="GOOG", root="GOOG", style=Style.AMERICAN)
    group = told.group(legs=(Leg(short, -1),), quantity=2)
    told.fill(group, short, -2, "5.00")
    told.book.group_finished(group)
    told.settle(short, 1, "0", FillReason.ASSIGNED)
    told.settle(shares("GOOG"), 100, "700", FillReason.ASSIGNED)
    assert told.book.positions[group.position_id].held == {short: -1, shares("GOOG"): 100}
    assert not told.book.unassigned


def test_what_nobody_can_place_is_kept_apart() -> None:
    told = Told()
    told.settle(shares("XYZ"), 100, "10", FillReason.ASSIGNED)
    assert told.book.unassigned == {shares("XYZ"): 100}
    assert told.book.holdings() == {shares("XYZ"): 100}
    told.settle(shares("XYZ"), -100, "11", FillReason.ASSIGNED)
    assert told.book.holdings() == {}


def test_trades_begun_in_a_session_are_counted_whatever_became_of_them() -> None:
    told, _, position = opened()
    now = NOON + seconds(60)
    assert opened_today(told.book, now) == 1
    closes = closing(told, position)
    told.fill(closes, SHORT, 2, "1.00")
    told.fill(closes, LONG, -2, "0.50")
    told.book.group_finished(closes)
    assert position.status is PositionStatus.CLOSED
    assert opened_today(told.book, now) == 1
    told.group(legs=put_spread(), group_id="alpha-run-3", position_id="alpha-run-3")
    assert opened_today(told.book, now) == 2, "not a fill yet, but at work"
    assert opened_today(told.book, now + timedelta(days=1)) == 1, "of yesterday's two, the one still being built"


def test_the_nearest_expiry_still_held() -> None:
    near, far = put(2700), put(2700, date(2018, 2, 16))
    told = Told()
    group = told.group(legs=(Leg(far, 1), Leg(near, -1)))
    told.fill(group, far, 1, "30")
    told.fill(group, near, -1, "5")
    told.book.group_finished(group)
    position = told.book.positions[group.position_id]
    assert position.expiry == near.expiry
    told.settle(near, 1, "0", FillReason.EXPIRED)
    assert position.expiry == far.expiry


def test_buying_power_shrinks_with_the_position() -> None:
    told, _, position = opened()
    assert position.open_requirement == 4000
    close = closing(told, position)
    told.fill(close, LONG, -2, "1")
    assert position.open_requirement == 4000, "the shorts are still there"
    told.fill(close, SHORT, 1, "1")
    assert position.open_requirement == 2000
    told.fill(close, SHORT, 1, "1")
    assert position.open_requirement == 0


def test_what_was_paid_for_ties_up_its_cost_to_the_end() -> None:
    told = Told()
    group = told.group(legs=(Leg(LONG, -1), Leg(SHORT, 1)), requirement=125)
    told.fill(group, SHORT, 1, "3.00")
    told.fill(group, LONG, -1, "1.75")
    told.book.group_finished(group)
    told.settle(LONG, 1, "0", FillReason.EXPIRED)
    assert told.book.positions[group.position_id].open_requirement == 125


def test_a_ratio_is_complete_only_with_all_its_legs() -> None:
    told = Told()
    group = told.group(legs=lt112(), quantity=2)
    for leg in lt112():
        told.fill(group, leg.contract, leg.ratio * 2, "1.00")
    position = told.book.positions[group.position_id]
    assert position.units == 2
    assert position.entry_net == D("-2")


EXECUTIONS = st.lists(
    st.tuples(st.integers(-5, 5).filter(bool), st.integers(0, 400).map(lambda number: D(number) / 20)), min_size=1
)


@given(EXECUTIONS)
def test_realised_and_open_cost_always_add_up_to_the_cash(executions: list[tuple[int, Decimal]]) -> None:
    part = PositionComponent(SHORT)
    cash = D(0)
    for number, (quantity, price) in enumerate(executions):
        part.execute(quantity, price, D(0), NOON + seconds(number), FillReason.TRADE)
        cash -= quantity * price * 100
    assert part.quantity == sum(quantity for quantity, _ in executions)
    assert abs(part.realised - (cash + part.open_cost * 100)) < D("1e-15")
    if part.quantity == 0:
        assert part.open_cost == 0
    assert (part.status is ComponentStatus.CLOSED) == (part.quantity == 0)


# -- marks ------------------------------------------------------------------------------------------------------------


def test_a_mark_at_mid() -> None:
    _, _, position = opened()
    worth = mark(position, FakeMarket(condor_quotes()), NOON)
    # two spreads owed at mid 1.25, opened at 1.25, four dollars of fees
    assert worth.value == D("-250")
    assert worth.profit == D("-4")
    assert worth.profit_fraction == D("-4") / D("250")
    assert worth.cost_to_close == D("3.05") - D("1.70")
    assert not worth.stale


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (None, "no quote"),
        (quote("2.95", "3.05", NOON - seconds(61)), "last quoted"),
        (quote("3.10", "3.05"), "crossed"),
        (quote("2.95", 0), "no offer"),
    ],
)
def test_a_bad_quote_makes_the_mark_stale(bad: object, word: str) -> None:
    _, _, position = opened()
    market = FakeMarket({**condor_quotes(), SHORT: bad})  # type: ignore[dict-item]
    worth = mark(position, market, NOON)
    assert worth.stale
    assert word in worth.reason


def test_without_a_quote_nine_tenths_of_intrinsic_are_shown() -> None:
    _, _, position = opened()
    market = FakeMarket({}, price=D("2700"))
    worth = mark(position, market, NOON)
    assert worth.value == -2 * D("0.9") * 10 * 100
    assert worth.stale
    assert worth.cost_to_close is None


def test_an_option_nobody_bids_for_is_still_a_price() -> None:
    _, _, position = opened()
    market = FakeMarket({SHORT: quote(0, "0.05"), LONG: quote(0, "0.05")})
    assert not mark(position, market, NOON).stale


def test_profit_as_a_share_of_all_that_was_received() -> None:
    told, _, position = opened()
    close = closing(told, position)
    told.fill(close, SHORT, 1, "1.00")
    told.fill(close, LONG, -1, "0.50")
    market = FakeMarket({SHORT: quote("1.00", "1.00"), LONG: quote("0.50", "0.50")})
    worth = mark(position, market, NOON)
    assert worth.profit == D("146")
    assert worth.profit_fraction == D("146") / D("250")
    assert call(2770) not in position.components

"""Options that end: live brokers tell of no expiry, and their holdings simply show them no more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from builders import FRIDAY, call, contract, put
from fakes.market import FakeMarket
from tomking.events import ContractSettled, FillReason, OperatorNote, TradingState
from tomking.market.contract import Contract, shares
from tomking.market.daily import DailyBar
from tomking.market.settlement import has_settled, settlement_price
from unit.tomking.test_desk import Room, idle

CLOSE = datetime(2018, 1, 5, 21, 0, tzinfo=UTC)
EVENING = CLOSE + timedelta(hours=2)
NEXT_DAY = CLOSE + timedelta(hours=12)
BAR = DailyBar(FRIDAY, Decimal(2720), Decimal(2750), Decimal(2690), Decimal(2705))


@pytest.mark.parametrize(
    ("option", "now", "is_over"),
    [
        (put(2700), CLOSE - timedelta(hours=1), False),
        (put(2700), CLOSE + timedelta(minutes=59), False),  # trades of the last minute may still be told
        (put(2700), CLOSE + timedelta(hours=1), True),
        (put(2700, date(2018, 1, 12)), NEXT_DAY, False),
        (shares("SPY"), NEXT_DAY, False),
    ],
)
def test_when_an_option_is_over(option: Contract, now: datetime, is_over: bool) -> None:
    assert has_settled(option, now) is is_over


@pytest.mark.parametrize(
    ("option", "worth"), [(put(2710), "5"), (put(2700), "0"), (call(2700), "5"), (call(2710), "0")]
)
def test_an_option_is_worth_its_intrinsic_value_at_the_close(option: Contract, worth: str) -> None:
    assert settlement_price(option, FakeMarket(days={"SPX": [BAR]}), NEXT_DAY) == Decimal(worth)


def test_one_that_settles_in_the_morning_at_the_open() -> None:
    third = date(2018, 1, 19)
    market = FakeMarket(days={"SPX": [DailyBar(third, Decimal(2720), Decimal(2750), Decimal(2690), Decimal(2705))]})
    morning = contract(2725, "P", third, root="SPX")
    assert settlement_price(morning, market, NEXT_DAY + timedelta(days=14)) == Decimal(5)


def test_in_the_evening_of_the_day_the_last_price_counts_and_later_nobody_knows() -> None:
    market = FakeMarket(price=Decimal(2700))
    assert settlement_price(put(2710), market, EVENING) == Decimal(10)
    assert settlement_price(put(2710), market, NEXT_DAY) is None
    assert settlement_price(put(2710), FakeMarket(price=None), EVENING) is None


def ended(room: Room) -> None:
    """The night after the expiry of what the room holds: the broker's holdings show it no more."""
    for option, quantity in dict(room.venue.book).items():
        room.venue.hold(option, -quantity)
    room.now = NEXT_DAY
    room.restart()


def test_what_ended_is_booked_and_nothing_halts() -> None:
    room = idle().start()
    room.open_spread()
    room.turn(40)
    assert room.desk.book.holdings()
    room.market.days = {"SPX": [BAR]}
    ended(room)
    assert room.desk.book.holdings() == {}
    assert room.desk.state.trading_state is TradingState.ACTIVE
    settled = {event.contract: event for event in room.of(ContractSettled) if isinstance(event, ContractSettled)}
    assert {(event.quantity, event.price) for event in settled.values()} == {(-1, Decimal(0)), (1, Decimal(5))}
    assert {event.reason for event in settled.values()} == {FillReason.EXPIRED}
    assert [note.code for note in room.of(OperatorNote) if isinstance(note, OperatorNote)] == ["SETTLED"] * 2
    count = len(room.of(ContractSettled))
    room.restart()
    room.turn(120)
    assert len(room.of(ContractSettled)) == count, "booked once"


def test_what_ended_at_an_unknown_price_is_a_persons_matter() -> None:
    room = idle().start()
    room.open_spread()
    room.turn(40)
    ended(room)
    assert room.desk.state.trading_state is TradingState.HALTED
    assert put(2690).text in room.desk.state.mismatch


def test_what_is_gone_before_its_end_is_a_difference() -> None:
    room = idle().start()
    room.open_spread()
    room.turn(40)
    room.market.days = {"SPX": [BAR]}
    for option, quantity in dict(room.venue.book).items():
        room.venue.hold(option, -quantity)
    room.restart()
    assert room.desk.state.trading_state is TradingState.HALTED
    assert not room.of(ContractSettled)

"""What passes the sieve, whatever order, repetition or loss the stream shows: each fill exactly once, news only."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tomking.adapters.tastytrade_messages import Answer, Sieve, read_message
from tomking.adapters.tastytrade_notices import FillNotice, Notice, OrderNotice, Unmapped
from tomking.adapters.tastytrade_orders import Fill, Order, OrderLeg, Status

ACCOUNT = "5WT00042"
START = datetime(2026, 11, 5, 15, tzinfo=UTC)
BARE = Order(
    1, ACCOUNT, Status.LIVE, "Limit", "Day", 3, Decimal("-1.05"), None, "SPY", "Equity", True, True, False, (), "id-1",
    None, None, None, None, None, None, None, None, None, None, None, None, START,
)  # fmt: skip


def fill(name: str, quantity: int = 1) -> Fill:
    return Fill(name, quantity, Decimal("1.00"), START, "X")


def order(status: str = Status.LIVE, *legs: tuple[str, ...], order_id: int = 1, seconds: int = 0) -> Order:
    """An order whose legs show these fills."""
    shown = tuple(
        OrderLeg(f"LEG{number}", "Equity Option", "Buy to Open", 3, 3 - len(names), tuple(fill(n) for n in names))
        for number, names in enumerate(legs)
    )
    at = START + timedelta(seconds=seconds)
    return replace(BARE, order_id=order_id, status=status, legs=shown, updated_at=at)


def pass_through(sieve: Sieve, *orders: Order) -> list[Notice]:
    found = []
    for item in orders:
        found += sieve.news(item)
        sieve.keep(item)
    return found


def fills_of(notices: list[Notice]) -> list[str]:
    return [notice.fill.fill_id for notice in notices if isinstance(notice, FillNotice)]


def states_of(notices: list[Notice]) -> list[str]:
    return [str(notice.order.status) for notice in notices if isinstance(notice, OrderNotice)]


def test_a_snapshot_repeats_all_fills_and_only_the_new_ones_pass() -> None:
    sieve = Sieve()
    first, second = order("Live", ("a",), ()), order("Live", ("a", "c"), ("b",))
    assert fills_of(pass_through(sieve, first)) == ["a"]
    assert fills_of(pass_through(sieve, second, second, first)) == ["c", "b"]


def test_fills_come_before_their_order() -> None:
    notices = pass_through(Sieve(), order("Filled", ("a",), ("b",)))
    assert [type(notice) for notice in notices] == [FillNotice, FillNotice, OrderNotice]


def test_filled_with_one_leg_only_is_followed_by_the_rest() -> None:
    sieve = Sieve()
    notices = pass_through(sieve, order("Filled", ("a",), ()), order("Filled", ("a",), ("b",)))
    assert fills_of(notices) == ["a", "b"]
    assert states_of(notices) == ["Filled", "Filled"]


def test_an_old_message_does_not_reopen_an_order_but_its_fills_count() -> None:
    sieve = Sieve()
    notices = pass_through(sieve, order("Cancelled", ("a",)), order("Live", ("a", "late")))
    assert fills_of(notices) == ["a", "late"]
    assert states_of(notices) == ["Cancelled"]


def test_a_fill_after_the_cancel_is_news() -> None:
    notices = pass_through(Sieve(), order("Cancelled", ("a",)), order("Cancelled", ("a", "late")))
    assert fills_of(notices) == ["a", "late"]
    assert states_of(notices) == ["Cancelled", "Cancelled"]


def test_more_fills_weigh_more_than_a_later_stamp() -> None:
    """The recorded payloads show stamps that do not move with the fills."""
    notices = pass_through(Sieve(), order("Live", ("a",), seconds=9), order("Live", ("a", "b"), seconds=1))
    assert fills_of(notices) == ["a", "b"]
    assert states_of(notices) == ["Live", "Live"]


def test_the_later_stamp_wins_among_equals() -> None:
    sieve = Sieve()
    notices = pass_through(sieve, order("Live", (), seconds=5), order("Routed", (), seconds=2))
    assert states_of(notices) == ["Live"]
    assert states_of(pass_through(sieve, order("Cancel Requested", (), seconds=6))) == ["Cancel Requested"]


@dataclass(frozen=True)
class Life:
    """The true snapshots of one order, oldest first."""

    snapshots: tuple[Order, ...]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    legs = draw(st.integers(1, 4))
    shown: list[tuple[str, ...]] = [()] * legs
    snapshots = [order("Routed", *shown)]
    for count in range(draw(st.integers(0, 8))):
        leg = draw(st.integers(0, legs - 1))
        shown[leg] = (*shown[leg], f"fill-{count}")
        snapshots.append(order("Live", *shown, seconds=count))
    end = draw(st.sampled_from(["Filled", "Cancelled", "Rejected", "Live", "Dead"]))
    snapshots.append(order(end, *shown, seconds=20))
    return Life(tuple(snapshots))


@given(lives(), st.data())
def test_any_order_of_messages_gives_each_fill_once_and_the_last_state_last(life: Life, data: st.DataObject) -> None:
    messages = data.draw(st.lists(st.sampled_from(life.snapshots), max_size=30))
    # a gap ends with the picture read over REST, which is the newest of all
    notices = pass_through(Sieve(), *messages, life.snapshots[-1])
    true = [fill.fill_id for _, fill in life.snapshots[-1].executions()]
    assert sorted(fills_of(notices)) == sorted(true)
    states = [notice.order for notice in notices if isinstance(notice, OrderNotice)]
    assert states[-1] == life.snapshots[-1]
    filled = [state.filled for state in states]
    assert filled == sorted(filled)


def test_what_it_remembers_is_bounded() -> None:
    sieve = Sieve(remembered_orders=10)
    for number in range(1_000):
        pass_through(sieve, order("Filled", ("a",), order_id=number))
    assert len(sieve._orders) == 10
    assert fills_of(pass_through(sieve, order("Filled", ("a",), order_id=995))) == []


def test_an_order_that_is_still_touched_is_remembered_longest() -> None:
    sieve = Sieve(remembered_orders=3)
    working = order("Live", ("a",), order_id=1)
    for number in range(2, 50):
        pass_through(sieve, working, order("Filled", ("b",), order_id=number))
    assert fills_of(pass_through(sieve, working)) == []


def test_what_was_not_handed_on_is_still_news() -> None:
    sieve = Sieve()
    assert fills_of(sieve.news(order("Live", ("a",)))) == ["a"]
    assert fills_of(sieve.news(order("Live", ("a",)))) == ["a"]


# -- messages that cannot be read ---------------------------------------------------------------------------------

ORDER_DATA = {"id": 9, "account-number": ACCOUNT, "status": "Live"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Unmapped("", "not JSON")),
        ("{", Unmapped("", "not JSON")),
        (b"\xff\xfe", Unmapped("", "not JSON")),
        ("[]", Unmapped("", "not an object")),
        ("7", Unmapped("", "not an object")),
        ("{}", Unmapped("", "")),
        ('{"type": 7}', Unmapped("", "type: text is needed")),
        ('{"type": "Order"}', Unmapped("Order", "data: an object is needed")),
        ('{"type": "Order", "data": []}', Unmapped("Order", "data: an object is needed")),
        (json.dumps({"type": "Order", "data": ORDER_DATA}), Unmapped("Order", "data.order-type: text is needed", 9)),
        (
            json.dumps({"type": "Order", "data": {**ORDER_DATA, "account-number": "5WT99999"}}),
            Unmapped("Order", "of another account"),
        ),
        (
            json.dumps({"type": "CurrentPosition", "data": {"account-number": ACCOUNT, "quantity-direction": "Up"}}),
            Unmapped("CurrentPosition", "data.quantity: a number is needed"),
        ),
        ('{"type": "SomethingNew", "data": {"x": [[[]]]}}', Unmapped("SomethingNew", "")),
        ('{"action": "heartbeat"}', Answer("heartbeat", False, "")),
        ('{"action": "heartbeat", "status": "ok"}', Answer("heartbeat", True, "")),
        ('{"action": 5}', Unmapped("", "action: text is needed")),
        ("[" * 100_000, Unmapped("", "not JSON")),
    ],
)
def test_what_cannot_be_read_is_told_and_survives(text: str | bytes, expected: object) -> None:
    assert read_message(text, ACCOUNT) == expected


@given(st.binary(max_size=100) | st.text(max_size=100))
def test_any_text_is_read_without_an_exception(text: str | bytes) -> None:
    read_message(text, ACCOUNT)

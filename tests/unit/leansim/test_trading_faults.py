"""A brokerage that answers later, wrongly, in part or never: what the algorithm sees, and what is true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from trading_bench import MINUTE, MORNING, Bench, legs

from leansim.api.enums import OrderStatus
from leansim.api.order_requests import UpdateOrderFields
from leansim.errors import ProcessDied
from leansim.trading.fault_plans import parse_plan

Make = Callable[..., Bench]
SUBMITTED, FILLED, INVALID = "SUBMITTED", "FILLED", "INVALID"


@pytest.fixture
def bench(tmp_path: Path) -> Make:
    """Makes a bench with a plan; live-like unless it is said otherwise."""

    def make(*faults: dict[str, Any], live_like: bool = True, **plan: Any) -> Bench:
        return Bench(tmp_path, plan=parse_plan({"faults": list(faults), **plan}), live_like=live_like)

    return make


def statuses(bench: Bench, order_id: int) -> list[str]:
    return [status for number, status, _ in bench.seen if number == order_id]


def spread(bench: Bench, quantity: int = 1, limit: float = 3.0) -> tuple[list[Any], Any, Any]:
    """A put spread, 740 bought and 735 sold, sent as a combo: 1.2 at the market."""
    bought, sold = bench.put(740, 4.0, 4.2), bench.put(735, 3.0, 3.2)
    tickets = bench.algorithm.combo_limit_order(legs((bought, 1), (sold, -1)), quantity, limit)
    return list(tickets), bought, sold


def next_bar(bench: Bench, *symbols: Any) -> None:
    """A minute passes and the spread's quotes come again."""
    ns = bench.workings.clock.ns
    bench.wait((60 * 10**9 - ns % (60 * 10**9)) / 10**9)
    prices = {740.0: (4.0, 4.2), 735.0: (3.0, 3.2)}
    for symbol in symbols:
        bench.quote(symbol, *prices[symbol.id.strike_price])
    bench.handler.process_synchronous_events()


def test_an_order_call_returns_while_the_order_is_new_and_answers_come_in_order(bench: Make) -> None:
    desk = bench()
    tickets, bought, sold = spread(desk)
    assert [ticket.status for ticket in tickets] == [OrderStatus.NEW, OrderStatus.NEW]
    assert desk.seen == []
    assert desk.algorithm.live_mode
    desk.wait(5)
    assert [ticket.status for ticket in tickets] == [OrderStatus.SUBMITTED, OrderStatus.SUBMITTED]
    next_bar(desk, bought, sold)
    assert desk.held(bought) == 0, "the fill is known at the brokerage, not yet here"
    desk.wait(5)
    assert (desk.held(bought), desk.held(sold)) == (1, -1)
    assert statuses(desk, 1) == [SUBMITTED, FILLED]


def test_a_refusal_by_margin_is_an_event_later(bench: Make) -> None:
    desk = bench()
    desk.trade(desk.stock.symbol, 748.0)
    put = desk.put(700, 5.0, 5.2)
    ticket = desk.algorithm.market_order(put, -100)
    assert ticket.status == OrderStatus.NEW
    desk.wait(5)
    assert statuses(desk, 1) == [INVALID]


@pytest.mark.parametrize("live_like", [True, False])
def test_a_rejected_order_is_invalid_and_nothing_of_it_lives(bench: Make, live_like: bool) -> None:
    desk = bench({"do": "reject", "text": "no"}, live_like=live_like)
    tickets, bought, sold = spread(desk)
    if live_like:
        desk.wait(5)
    assert [ticket.status for ticket in tickets] == [OrderStatus.INVALID, OrderStatus.INVALID]
    desk.minute((bought, 4.0, 4.2), (sold, 3.0, 3.2))
    assert desk.session is not None
    assert not desk.session.books.positions


def test_the_nth_and_so_many_times(bench: Make) -> None:
    desk = bench({"do": "reject", "nth": 2, "times": 2})
    put = desk.put(740)
    found = []
    for _ in range(5):
        ticket = desk.algorithm.limit_order(put, 1, 1.0)
        desk.wait(5)
        found.append(ticket.status == OrderStatus.INVALID)
    assert found == [False, True, True, False, False]


@pytest.mark.parametrize("live_like", [True, False])
def test_legs_fill_unevenly_and_the_rest_can_be_canceled(bench: Make, live_like: bool) -> None:
    desk = bench({"do": "partial", "shares": [1, 0.5]}, live_like=live_like)
    tickets, bought, sold = spread(desk, quantity=4)
    if live_like:
        next_bar(desk, bought, sold)
        desk.wait(5)
    else:
        desk.minute((bought, 4.0, 4.2), (sold, 3.0, 3.2))
    assert (desk.held(bought), desk.held(sold)) == (4, -2)
    assert [ticket.status for ticket in tickets] == [OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED]
    tickets[1].cancel()
    if live_like:
        desk.wait(5)
    else:
        desk.minute()
    assert tickets[1].status == OrderStatus.CANCELED
    assert (desk.held(bought), desk.held(sold)) == (4, -2)
    assert desk.portfolio.total_fees == pytest.approx(0.65 * 6)


def test_the_rest_of_a_partial_fill_comes_later(bench: Make) -> None:
    desk = bench({"do": "partial", "shares": 0.5, "rest_seconds": 30})
    tickets, bought, sold = spread(desk, quantity=4)
    next_bar(desk, bought, sold)
    desk.wait(5)
    assert (desk.held(bought), desk.held(sold)) == (2, -2)
    desk.wait(30)
    assert (desk.held(bought), desk.held(sold)) == (4, -4)
    assert all(ticket.status == OrderStatus.FILLED for ticket in tickets)


def test_a_cancellation_comes_too_late(bench: Make) -> None:
    desk = bench({"do": "fill_first"})
    tickets, bought, sold = spread(desk, limit=0.9)
    desk.wait(5)
    tickets[0].cancel()
    desk.wait(5)
    assert (desk.held(bought), desk.held(sold)) == (1, -1)
    paid = sum(price * (1 if number == 1 else -1) for number, status, price in desk.seen if status == FILLED)
    assert paid == pytest.approx(0.9), "at the limit, not better"


def test_a_lost_request_is_never_answered(bench: Make) -> None:
    desk = bench({"do": "lose", "on": "submit"})
    tickets, bought, sold = spread(desk)
    next_bar(desk, bought, sold)
    desk.wait(600)
    assert [ticket.status for ticket in tickets] == [OrderStatus.NEW, OrderStatus.NEW]
    assert desk.seen == []


def test_an_invalid_order_may_live(bench: Make) -> None:
    desk = bench({"do": "invalid_but_live"})
    tickets, bought, sold = spread(desk)
    next_bar(desk, bought, sold)
    desk.wait(5)
    assert [ticket.status for ticket in tickets] == [OrderStatus.INVALID, OrderStatus.INVALID]
    assert desk.held(bought) == 0
    assert desk.session is not None
    assert desk.session.books.positions[bought].quantity == 1


def test_a_fill_said_twice_is_booked_twice_here_and_once_there(bench: Make) -> None:
    desk = bench({"do": "duplicate", "on": "event", "status": "filled", "seconds": 2})
    _, bought, sold = spread(desk)
    next_bar(desk, bought, sold)
    desk.wait(10)
    assert desk.held(bought) == 2, "LEAN believes its brokerage"
    assert desk.session is not None
    assert desk.session.books.positions[bought].quantity == 1


def test_events_of_a_batch_come_one_by_one_in_another_order(bench: Make) -> None:
    desk = bench({"do": "reorder", "on": "event", "status": "filled"})
    _, bought, sold = spread(desk)
    next_bar(desk, bought, sold)
    desk.wait(5)
    assert [number for number, status, _ in desk.seen if status == FILLED] == [2, 1]


def test_a_broken_line_refuses_orders_and_holds_answers(bench: Make) -> None:
    at = (MORNING + timedelta(seconds=30)).isoformat()
    desk = bench({"do": "disconnect", "at": at, "seconds": 120})
    said: list[str] = []
    desk.workings._hooks["on_brokerage_disconnect"] = lambda: said.append("gone")
    desk.workings._hooks["on_brokerage_reconnect"] = lambda: said.append("back")
    _, bought, sold = spread(desk)
    desk.wait(20)
    desk.wait(11)
    assert said == ["gone"]
    refused = desk.algorithm.limit_order(bought, 1, 1.0)
    next_bar(desk, bought, sold)
    desk.wait(5)
    assert refused.status == OrderStatus.INVALID
    assert desk.held(bought) == 0
    desk.wait(120)
    assert said == ["gone", "back"]
    assert desk.held(bought) == 1


def test_a_brokerage_gone_for_a_quarter_of_an_hour_ends_the_run(bench: Make) -> None:
    desk = bench({"do": "disconnect", "at": (MORNING + MINUTE).isoformat(), "seconds": 3600})
    desk.wait(14 * 60)
    assert desk.workings.runtime_error is None
    desk.wait(3 * 60)
    assert desk.workings.runtime_error is not None


def test_messages_reach_the_algorithm_and_an_error_ends_it(bench: Make) -> None:
    first, second = ((MORNING + number * MINUTE).isoformat() for number in (1, 2))
    desk = bench({"do": "message", "at": first, "text": "slow"}, {"do": "message", "at": second, "kind": "error"})
    said: list[Any] = []
    desk.workings._hooks["on_brokerage_message"] = said.append
    desk.wait(61)
    assert [message.message for message in said] == ["slow"]
    assert desk.workings.runtime_error is None
    desk.wait(61)
    assert desk.workings.runtime_error is not None


class TestTastytradePlugin:
    """LEAN's plug-in for Tastytrade, as far as its habits are known."""

    def test_a_combo_is_canceled_when_every_leg_is(self, bench: Make) -> None:
        desk = bench(plugin="tastytrade")
        tickets, _, _ = spread(desk)
        desk.wait(5)
        tickets[0].cancel()
        desk.wait(60)
        assert tickets[0].status == OrderStatus.CANCEL_PENDING
        tickets[1].cancel()
        desk.wait(5)
        assert [ticket.status for ticket in tickets] == [OrderStatus.CANCELED, OrderStatus.CANCELED]

    def test_a_partial_fill_is_told_with_the_rest_without_fees(self, bench: Make) -> None:
        desk = bench({"do": "partial", "shares": [0.5, 1], "rest_seconds": 30}, plugin="tastytrade")
        _, bought, sold = spread(desk, quantity=2)
        next_bar(desk, bought, sold)
        desk.wait(10)
        assert (desk.held(bought), desk.held(sold)) == (0, 0)
        desk.wait(30)
        assert (desk.held(bought), desk.held(sold)) == (2, -2)
        assert desk.portfolio.total_fees == 0

    def test_a_cancellation_loses_the_part_that_filled(self, bench: Make) -> None:
        desk = bench({"do": "partial", "shares": [1, 0]}, plugin="tastytrade")
        tickets, bought, sold = spread(desk, quantity=2)
        next_bar(desk, bought, sold)
        desk.wait(5)
        for ticket in tickets:
            ticket.cancel()
        desk.wait(5)
        assert [ticket.status for ticket in tickets] == [OrderStatus.CANCELED, OrderStatus.CANCELED]
        assert desk.held(bought) == 0
        assert desk.session is not None
        assert desk.session.books.positions[bought].quantity == 2

    def test_combo_market_orders_are_refused(self, bench: Make) -> None:
        desk = bench(plugin="tastytrade")
        bought, sold = desk.put(740), desk.put(735)
        desk.algorithm.combo_market_order(legs((bought, 1), (sold, -1)), 1)
        desk.wait(5)
        assert statuses(desk, 1) == [INVALID]


def test_an_update_reaches_the_brokerage_and_may_be_lost(bench: Make) -> None:
    desk = bench({"do": "lose", "on": "update"})
    tickets, bought, sold = spread(desk, limit=0.2)
    desk.wait(5)
    fields = UpdateOrderFields()
    fields.limit_price = 3.0
    tickets[0].update(fields)
    next_bar(desk, bought, sold)
    desk.wait(5)
    assert desk.held(bought) == 0, "the first update is lost"
    tickets[0].update(fields)
    next_bar(desk, bought, sold)
    desk.wait(5)
    assert desk.held(bought) == 1


def test_a_death_leaves_books_and_resting_orders(bench: Make) -> None:
    desk = bench({"do": "restart", "on": "event", "status": "filled", "seconds": 7})
    _, bought, sold = spread(desk)
    resting = desk.algorithm.limit_order(bought, 1, 0.5)
    next_bar(desk, bought, sold)
    with pytest.raises(ProcessDied) as died:
        desk.wait(5)
    assert desk.held(bought) == 0
    assert desk.session is not None
    assert statuses(desk, 1) == [SUBMITTED], "it died before it heard"
    remains = desk.session.remains(died.value)
    assert {symbol: held.quantity for symbol, held in remains.books.positions.items()} == {bought: 1, sold: -1}
    assert [order.id for order in remains.orders] == [resting.order_id]
    assert remains.books.cash == Decimal(100_000) - 120 - 2, "a spread for 1.2, and the fees of two legs"
    assert remains.ns == desk.workings.clock.ns + 7 * 10**9

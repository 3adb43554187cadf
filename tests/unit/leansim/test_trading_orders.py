"""Orders from the call to the fill, on hand-made prices."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ledger import Ledger, audited
from trading_bench import Bench, legs

from leansim.api.bars import Split
from leansim.api.enums import (
    DataNormalizationMode,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
    Resolution,
    SplitType,
)
from leansim.api.models import FillModel
from leansim.api.order_properties import OrderProperties, TimeInForce
from leansim.api.order_requests import UpdateOrderFields
from leansim.api.orders import MarketOnCloseOrder
from leansim.api.symbols import Symbol
from leansim.feed.subscriptions import SubscriptionRequest


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.quote(bench.stock.symbol, 749, 751)
    bench.trade(bench.stock.symbol, 750)
    return bench


def test_a_market_order_fills_inside_the_call_at_the_side_it_takes(bench: Bench) -> None:
    put = bench.put(700, bid=4, ask=5)

    bought = bench.algorithm.market_order(put, 2)
    assert bought.status == OrderStatus.FILLED
    assert bought.average_fill_price == 5.0
    assert bench.portfolio.cash == 100_000 - 1000 - 1.30

    sold = bench.algorithm.market_order(put, -2)
    assert sold.average_fill_price == 4.0
    assert bench.held(put) == 0
    assert bench.portfolio.cash == pytest.approx(100_000 - 200 - 2.60)


def test_a_limit_must_be_beaten_not_met_and_waits_for_a_later_bar(bench: Bench) -> None:
    put = bench.put(700, bid=4, ask=5)
    ticket = bench.algorithm.limit_order(put, 1, 4.5)
    bench.handler.process_synchronous_events()
    assert ticket.status == OrderStatus.SUBMITTED

    bench.minute((put, 4.0, 4.5))
    assert ticket.status == OrderStatus.SUBMITTED, "a low equal to the limit is no fill"

    bench.minute((put, 4.0, 4.4))
    assert ticket.status == OrderStatus.FILLED
    assert ticket.average_fill_price == 4.4, "a bar wholly below the limit fills at its high"


def test_without_new_quotes_a_limit_rests(bench: Bench) -> None:
    put = bench.put(700, bid=4, ask=5)
    ticket = bench.algorithm.limit_order(put, 1, 5.5)
    bench.minute()
    assert ticket.status == OrderStatus.SUBMITTED
    bench.minute((put, 4.0, 5.0))
    assert ticket.status == OrderStatus.FILLED


def test_a_market_order_waits_when_the_quote_is_stale(bench: Bench) -> None:
    put = bench.put(700, bid=4, ask=5)
    bench.at(bench.now + timedelta(minutes=61))
    bench.quote(bench.stock.symbol, 749, 751)
    ticket = bench.algorithm.market_order(put, 1)
    assert ticket.status == OrderStatus.SUBMITTED

    bench.minute((put, 4.2, 5.2))
    assert ticket.status == OrderStatus.FILLED
    assert ticket.average_fill_price == 5.2


def test_a_contract_without_a_price_is_refused_before_it_becomes_an_order(bench: Bench) -> None:
    put = bench.put(700, bid=None, ask=None)
    ticket = bench.algorithm.market_order(put, 1)
    assert ticket.status == OrderStatus.INVALID
    assert ticket.submit_request.response.error_code == OrderResponseErrorCode.SECURITY_PRICE_ZERO
    assert ticket.order_id < 0
    assert bench.seen == []


def test_a_market_order_in_a_closed_market_becomes_market_on_open(bench: Bench) -> None:
    bench.put(700)
    bench.at(datetime(2015, 12, 24, 13, 30))
    ticket = bench.algorithm.market_order(bench.stock.symbol, 1)
    assert ticket.order_type == OrderType.MARKET_ON_OPEN
    assert ticket.status == OrderStatus.SUBMITTED


def test_a_combo_fills_wholly_or_not_at_all(bench: Bench) -> None:
    near, far = bench.put(735, bid=7.0, ask=7.5), bench.put(720, bid=4.0, ask=None)
    bench.trade(far, 4.2)
    tickets = bench.algorithm.combo_limit_order(legs((near, -1), (far, 1)), 1, -3.0)
    bench.minute((near, 7.0, 7.5), (far, 4.0, 4.2))
    assert {ticket.status for ticket in tickets} == {OrderStatus.SUBMITTED}, "net -2.80 does not reach -3.00"

    bench.minute((near, 7.0, 7.5), (far, 3.5, 3.9))
    assert [ticket.average_fill_price for ticket in tickets] == [7.0, 3.9]
    assert bench.seen[-2:] == [(1, "FILLED", 7.0), (2, "FILLED", 3.9)]


def test_a_combo_at_its_limit_exactly_does_not_fill(bench: Bench) -> None:
    near, far = bench.put(735, bid=7.0, ask=7.5), bench.put(720, bid=4.0, ask=4.5)
    tickets = bench.algorithm.combo_limit_order(legs((near, -1), (far, 1)), 1, -2.5)
    bench.minute((near, 7.0, 7.5), (far, 4.0, 4.5))
    assert {ticket.status for ticket in tickets} == {OrderStatus.SUBMITTED}
    bench.minute((near, 7.1, 7.5), (far, 4.0, 4.5))
    assert {ticket.status for ticket in tickets} == {OrderStatus.FILLED}


def test_an_update_waits_for_the_end_of_the_step_and_keeps_the_group_together(bench: Bench) -> None:
    near, far = bench.put(735, bid=7.0, ask=7.5), bench.put(720, bid=4.0, ask=4.5)
    first, second = bench.algorithm.combo_limit_order(legs((near, -1), (far, 1)), 1, -9.0)
    fields = UpdateOrderFields()
    fields.limit_price = -2.0
    assert second.update(fields).is_success
    assert first.submit_request.group_order_manager.limit_price == -9.0
    bench.minute((near, 7.0, 7.5), (far, 4.0, 4.5))
    assert first.submit_request.group_order_manager.limit_price == -2.0
    assert first.status == second.status == OrderStatus.FILLED


def test_canceling_one_leg_cancels_the_group(bench: Bench) -> None:
    near, far = bench.put(735, bid=7.0, ask=7.5), bench.put(720, bid=4.0, ask=4.5)
    first, second = bench.algorithm.combo_limit_order(legs((near, -1), (far, 1)), 1, -9.0)
    assert second.cancel("enough").is_success
    assert (first.status, second.status) == (OrderStatus.SUBMITTED, OrderStatus.CANCEL_PENDING)
    bench.minute()
    assert (first.status, second.status) == (OrderStatus.CANCELED, OrderStatus.CANCELED)


def test_a_second_cancel_is_refused(bench: Bench) -> None:
    ticket = bench.algorithm.limit_order(bench.put(700), 1, 1.0)
    assert ticket.cancel().is_success
    again = ticket.cancel()
    assert not again.is_success
    assert again.error_code == OrderResponseErrorCode.REQUEST_CANCELED


def test_a_filled_order_cannot_be_updated(bench: Bench) -> None:
    ticket = bench.algorithm.market_order(bench.put(700), 1)
    response = ticket.update_quantity(2)
    assert response.error_code == OrderResponseErrorCode.INVALID_ORDER_STATUS


def test_a_day_order_ends_with_its_session(bench: Bench) -> None:
    put = bench.put(700)
    properties = OrderProperties()
    properties.time_in_force = TimeInForce.DAY
    day = bench.algorithm.limit_order(put, 1, 1.0, order_properties=properties)
    rests = bench.algorithm.limit_order(put, 1, 1.0)
    bench.at(datetime(2015, 12, 24, 12, 59))
    bench.minute((put, 4.0, 5.0))
    assert day.status == OrderStatus.CANCELED, "the session ends at 13:00 on Christmas Eve"
    assert rests.status == OrderStatus.SUBMITTED


def test_limits_are_rounded_to_the_tick(bench: Bench) -> None:
    ticket = bench.algorithm.limit_order(bench.put(700), 1, 1.237)
    assert bench.handler.find_order(ticket.order_id).limit_price == 1.24


def test_an_order_beyond_the_margin_is_refused_with_an_event(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cash=1000)
    bench.trade(bench.stock.symbol, 750)
    ticket = bench.algorithm.market_order(bench.stock.symbol, 100)
    assert ticket.status == OrderStatus.INVALID
    assert ticket.submit_request.response.error_code == OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER
    assert [status for _, status, _ in bench.seen] == ["INVALID"]
    assert bench.held(bench.stock.symbol) == 0


def test_margin_is_looked_at_again_when_a_resting_order_could_fill(tmp_path: Path) -> None:
    bench = Bench(tmp_path, cash=2000)
    bench.trade(bench.stock.symbol, 750)
    near, far = bench.put(735, bid=7.0, ask=7.5), bench.put(720, bid=4.0, ask=4.5)
    both = [bench.algorithm.combo_limit_order(legs((near, -1), (far, 1)), 1, -2.0) for _ in range(2)]
    assert all(ticket.status == OrderStatus.SUBMITTED for tickets in both for ticket in tickets)
    bench.minute((near, 7.0, 7.5), (far, 4.0, 4.5))
    assert {ticket.status for ticket in both[0]} == {OrderStatus.FILLED}
    assert {ticket.status for ticket in both[1]} == {OrderStatus.INVALID}


class _Failing(FillModel):
    def market_fill(self, asset: object, order: object) -> object:
        raise ValueError("no idea")


def test_an_exception_in_a_fill_model_leaves_the_order_unfilled(bench: Bench) -> None:
    put = bench.put(700)
    bench.workings.securities[put].set_fill_model(_Failing())
    ticket = bench.algorithm.market_order(put, 1)
    assert ticket.status == OrderStatus.SUBMITTED
    bench.minute((put, 4.0, 5.0))
    assert ticket.status == OrderStatus.SUBMITTED


def test_liquidate_closes_holdings_and_cancels_what_rests(bench: Bench) -> None:
    put = bench.put(700)
    bench.algorithm.market_order(put, 2)
    rests = bench.algorithm.limit_order(put, 1, 1.0)
    bench.algorithm.liquidate()
    bench.minute((put, 4.0, 5.0))
    assert bench.held(put) == 0
    assert rests.status == OrderStatus.CANCELED


def test_trades_are_closed_first_in_first_out(bench: Bench) -> None:
    put = bench.put(700, bid=4, ask=5)
    bench.algorithm.market_order(put, 1)
    bench.minute((put, 5.0, 6.0))
    bench.algorithm.market_order(put, 2)
    bench.minute((put, 7.0, 8.0))
    bench.algorithm.market_order(put, -2)
    trades = bench.workings.trade_builder.closed_trades
    assert [(float(t.entry_price), float(t.quantity), float(t.profit_loss)) for t in trades] == [
        (5.0, 1.0, 200.0),
        (6.0, 1.0, 100.0),
    ]
    assert bench.held(put) == 1


def test_a_split_keeps_the_worth_of_resting_orders(bench: Bench) -> None:
    ticket = bench.algorithm.limit_order(bench.stock.symbol, 10, 700)
    split = Split(bench.stock.symbol, bench.now, 750, 0.5, SplitType.SPLIT_OCCURRED)
    bench.handler.apply_split(split, DataNormalizationMode.ADJUSTED)
    assert not ticket.update_requests
    bench.handler.apply_split(split, DataNormalizationMode.RAW)
    bench.handler.drain()
    assert ticket.quantity == 20
    assert bench.handler.find_order(ticket.order_id).limit_price == 350.0


def test_a_split_keeps_the_worth_of_an_open_trade(bench: Bench) -> None:
    stock = bench.stock.symbol
    bench.algorithm.market_order(stock, 10)
    split = Split(stock, bench.now, 750, 0.5, SplitType.SPLIT_OCCURRED)
    bench.portfolio.apply_split(split, bench.stock, DataNormalizationMode.RAW)
    bench.handler.apply_split(split, DataNormalizationMode.RAW)
    bench.quote(stock, 380, 381)
    bench.algorithm.market_order(stock, -20)
    (trade,) = bench.workings.trade_builder.closed_trades
    assert (trade.quantity, float(trade.entry_price), float(trade.profit_loss)) == (20, 375.5, 20 * 4.5)


def of_the_engine(symbol: Symbol) -> SubscriptionRequest:
    return SubscriptionRequest(
        symbol, Resolution.MINUTE, normalization=DataNormalizationMode.BACKWARDS_RATIO, internal=True
    )


def test_an_order_says_how_prices_are_adjusted_as_the_first_order_found_what_the_algorithm_subscribed(
    bench: Bench,
) -> None:
    stock = bench.stock
    stock._requests = [of_the_engine(stock.symbol)]
    assert stock.data_normalization_mode == DataNormalizationMode.BACKWARDS_RATIO
    stock._configs = lambda: [cast(Any, SimpleNamespace(data_normalization_mode=DataNormalizationMode.RAW))]

    def mode_of_an_order() -> DataNormalizationMode:
        ticket = bench.algorithm.market_order(stock.symbol, 1)
        order = bench.handler.find_order(ticket.order_id)
        assert order is not None
        return DataNormalizationMode(order.price_adjustment_mode)

    assert mode_of_an_order() == DataNormalizationMode.RAW
    stock._configs = list
    assert mode_of_an_order() == DataNormalizationMode.RAW, "as the first order found it"


def test_where_only_the_engine_has_data_of_a_symbol_their_adjustment_is_its_orders(bench: Bench) -> None:
    bench.stock._requests = [of_the_engine(bench.stock.symbol)]
    ticket = bench.algorithm.market_order(bench.stock.symbol, 1)
    order = bench.handler.find_order(ticket.order_id)
    assert order is not None
    assert order.price_adjustment_mode == DataNormalizationMode.BACKWARDS_RATIO


def test_a_tag_for_an_order_that_nobody_could_pay_for_again_is_refused_by_telling_its_end_again(bench: Bench) -> None:
    put = bench.put(740)
    ticket = bench.algorithm.market_order(put, -6)
    ticket.update_tag("afterwards")
    cash = bench.portfolio.cash

    bench.handler.process_synchronous_events()

    told = [event for event in ticket.order_events if event.status == OrderStatus.FILLED]
    assert [event.fill_quantity for event in told] == [-6, 0]
    assert ticket.update_requests[0].response.error_code == OrderResponseErrorCode.BROKERAGE_FAILED_TO_UPDATE_ORDER
    assert ticket.tag != "afterwards"
    assert (bench.portfolio.cash, bench.held(put)) == (cash, -6)
    bench.algorithm.market_order(put, 6)
    (trade,) = bench.workings.trade_builder.closed_trades
    assert trade.quantity == 6
    assert not bench.workings.trade_builder.has_open_position(put)


def test_the_books_take_a_refused_tag_for_no_fill(tmp_path: Path) -> None:
    with audited(Ledger()) as ledger:
        bench = Bench(tmp_path)
        bench.quote(bench.stock.symbol, 749, 751)
        bench.trade(bench.stock.symbol, 750)
        ticket = bench.algorithm.market_order(bench.put(740), -6)
        ticket.update_tag("afterwards")
        bench.handler.process_synchronous_events()
    assert len(ticket.order_events) == 3
    assert (ledger.events, ledger.fills) == (2, 1)


def test_a_local_backtest_takes_any_number_of_orders_whatever_the_algorithm_asks_for(bench: Bench) -> None:
    bench.algorithm.set_maximum_orders(1)
    tickets = [bench.algorithm.market_order(bench.stock.symbol, 1) for _ in range(4)]
    assert [ticket.status for ticket in tickets] == [OrderStatus.FILLED] * 4


def test_how_long_before_a_close_is_the_classs_in_either_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    order = MarketOnCloseOrder.__new__(MarketOnCloseOrder)
    monkeypatch.setattr(MarketOnCloseOrder, "submission_time_buffer", timedelta(minutes=15, seconds=30))
    MarketOnCloseOrder.SubmissionTimeBuffer = timedelta(minutes=11)
    for at in (MarketOnCloseOrder, order):
        assert (at.submission_time_buffer, at.SubmissionTimeBuffer) == (timedelta(minutes=11),) * 2
        assert at.DefaultSubmissionTimeBuffer == timedelta(minutes=15, seconds=30)

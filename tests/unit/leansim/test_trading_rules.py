"""Tables and small rules of trading: fees, ticks, the order in which open orders are walked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trading_bench import Bench

from leansim.api.enums import OrderStatus, SecurityType
from leansim.api.orders import LimitOrder, MarketOrder, Order
from leansim.api.symbols import Symbol
from leansim.lean_data.symbol_properties import index_option_tick
from leansim.trading.fees import CharlesSchwabFeeModel, InteractiveBrokersFeeModel, TastytradeFeeModel, order_fee
from leansim.trading.open_orders import OpenOrders
from leansim.trading.price_steps import EquityPriceVariationModel, step_of

SPX = Symbol.create("SPX", SecurityType.INDEX, "usa")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.trade(bench.stock.symbol, 750)
    return bench


def _fee(bench: Bench, order: Order) -> float:
    fee: float = order_fee(bench.workings.securities[order.symbol], order).value.amount
    return fee


@pytest.mark.parametrize(
    ("bid", "ask", "quantity", "fee"),
    [
        (4.0, 5.0, 10, 6.5),
        (4.0, 5.0, 1, 1.0),
        (0.05, 0.09, 10, 5.0),
        (0.02, 0.04, 10, 2.5),
        # the other side of the quote decides
        (0.02, 0.2, 10, 2.5),
        (0.02, 0.2, -10, 6.5),
    ],
)
def test_interactive_brokers_charges_options_by_premium_with_a_minimum(
    bench: Bench, bid: float, ask: float, quantity: int, fee: float
) -> None:
    put = bench.put(700, bid, ask)
    bench.workings.securities[put].fee_model = InteractiveBrokersFeeModel()
    assert _fee(bench, MarketOrder(put, quantity, bench.workings.utc_time())) == fee


def test_interactive_brokers_takes_a_limit_for_the_premium(bench: Bench) -> None:
    put = bench.put(700)
    assert _fee(bench, LimitOrder(put, 100, 0.03, bench.workings.utc_time())) == 25.0


@pytest.mark.parametrize(("shares", "fee"), [(1, 1.0), (1000, 5.0)])
def test_interactive_brokers_charges_shares_with_a_minimum(bench: Bench, shares: int, fee: float) -> None:
    assert _fee(bench, MarketOrder(bench.stock.symbol, shares, bench.workings.utc_time())) == fee


def test_tastytrade_charges_options_to_open_only(bench: Bench) -> None:
    put = bench.put(700)
    bench.workings.securities[put].fee_model = TastytradeFeeModel()
    opens, closes = (MarketOrder(put, q, bench.workings.utc_time()) for q in (3, -3))
    assert _fee(bench, opens) == 3.0
    assert bench.algorithm.market_order(put, 3).status == OrderStatus.FILLED
    assert _fee(bench, closes) == 0.0


def test_schwab_charges_options_per_contract_and_shares_nothing(bench: Bench) -> None:
    put = bench.put(700)
    for security in (bench.stock, bench.workings.securities[put]):
        security.fee_model = CharlesSchwabFeeModel()
    assert _fee(bench, MarketOrder(put, -2, bench.workings.utc_time())) == 1.3
    assert _fee(bench, MarketOrder(bench.stock.symbol, 500, bench.workings.utc_time())) == 0.0


@pytest.mark.parametrize(
    ("root", "price", "tick"),
    [
        ("SPX", "2.99", "0.05"),
        ("SPX", "3", "0.1"),
        ("VIX", "2.99", "0.01"),
        ("VIX", "3", "0.05"),
        ("VIXW", "9", "0.01"),
    ],
)
def test_the_tick_of_an_index_option_depends_on_its_price(root: str, price: str, tick: str) -> None:
    assert index_option_tick(root, Decimal(price)) == Decimal(tick)


def test_shares_below_a_dollar_have_a_finer_tick(bench: Bench) -> None:
    bench.stock.price_variation_model = EquityPriceVariationModel()
    assert step_of(bench.stock, Decimal(1)) == Decimal("0.01")
    assert step_of(bench.stock, Decimal("0.99")) == Decimal("0.0001")


def _order(order_id: int) -> Order:
    order = MarketOrder(SPX, 1, 0)
    order._id = order_id
    return order


def test_open_orders_are_walked_in_nets_order() -> None:
    orders = OpenOrders()
    for order_id in (38, 1, 36, 37):
        orders.add(_order(order_id))
    # buckets by id modulo 37; in a bucket the newest first
    assert [order.id for order in orders] == [37, 1, 38, 36]


@given(st.lists(st.integers(1, 5000), unique=True, max_size=300))
def test_open_orders_find_what_was_put_in(ids: list[int]) -> None:
    orders = OpenOrders()
    for order_id in ids:
        orders.add(_order(order_id))
    assert sorted(order.id for order in orders) == sorted(ids)
    gone = ids[::2]
    for order_id in gone:
        assert orders.pop(order_id) is not None
        assert order_id not in orders
    assert len(orders) == len(ids) - len(gone)
    assert all(order_id in orders for order_id in ids[1::2])

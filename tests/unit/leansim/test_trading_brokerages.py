"""Brokerage models by name, what they refuse, the benchmarks they bring, and buying power models' own quantities."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from trading_bench import Bench

from leansim.account.margin import BuyingPowerModel
from leansim.account.order_sizes import (
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
    GetMaximumOrderQuantityResult,
)
from leansim.account.sizing import size_for_target
from leansim.api.benchmarks import FuncBenchmark, SecurityBenchmark
from leansim.api.enums import AccountType, BrokerageName
from leansim.api.net import ArgumentException
from leansim.api.order_properties import OrderProperties, TimeInForce, TradierOrderProperties
from leansim.api.orders import LimitOrder, MarketOnOpenOrder, MarketOrder, Order
from leansim.errors import NotEmulated
from leansim.trading.brokerage_models import DefaultBrokerageModel, InteractiveBrokersBrokerageModel
from leansim.trading.brokerage_names import brokerage_model
from leansim.trading.equity_brokerages import AxosClearingBrokerageModel, AxosFeeModel, TradierBrokerageModel
from leansim.trading.fees import OrderFeeParameters


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.trade(bench.stock.symbol, 750)
    return bench


def _order(bench: Bench, quantity: float, properties: OrderProperties | None = None) -> Order:
    return MarketOrder(bench.stock.symbol, quantity, bench.workings.utc_time(), "", properties)


def _code(model: DefaultBrokerageModel, bench: Bench, order: Order) -> str | None:
    taken, message = model.can_submit_order(bench.stock, order)
    assert taken is (message is None)
    return None if message is None else message.code


def test_a_name_gives_its_model_and_an_unknown_one_stops_by_name() -> None:
    assert isinstance(brokerage_model(BrokerageName.AXOS), AxosClearingBrokerageModel)
    assert isinstance(brokerage_model(BrokerageName.TRADIER_BROKERAGE), TradierBrokerageModel)
    with pytest.raises(NotEmulated, match="BrokerageName"):
        brokerage_model(BrokerageName.ZERODHA)


def test_axos_takes_whole_shares_and_charges_each(bench: Bench) -> None:
    model = AxosClearingBrokerageModel()
    assert _code(model, bench, _order(bench, 3)) is None
    assert _code(model, bench, _order(bench, 1.5)) == "NotSupported"
    assert _code(model, bench, MarketOnOpenOrder(bench.stock.symbol, 1, bench.workings.utc_time())) == "NotSupported"
    fee = AxosFeeModel().get_order_fee(OrderFeeParameters(bench.stock, _order(bench, -200)))
    assert fee.value.amount == pytest.approx(0.7)


def test_tradier_refuses_what_it_cannot_keep(bench: Bench) -> None:
    model = TradierBrokerageModel()
    today = OrderProperties()
    today.time_in_force = TimeInForce.DAY
    assert _code(model, bench, _order(bench, 10)) is None
    assert _code(model, bench, _order(bench, -10)) == "ShortOrderIsGtc"
    assert _code(model, bench, _order(bench, -10, today)) is None
    assert _code(model, bench, _order(bench, 10_000_001)) == "IncorrectOrderQuantity"


def test_tradier_fills_outside_the_session_only_when_a_limit_order_asks(bench: Bench) -> None:
    model = TradierBrokerageModel()
    assert bench.stock.exchange.exchange_open
    early = TradierOrderProperties()
    early.outside_regular_trading_hours = True
    now = bench.workings.utc_time()
    asking = LimitOrder(bench.stock.symbol, 1, 700, now, "", early)
    quiet = LimitOrder(bench.stock.symbol, 1, 700, now)
    # 8:00 in New York
    hours = bench.stock.exchange.hours
    session = hours._session(bench.stock.local_time.date())
    assert session is not None
    bench.workings.clock.advance(session[0] + 24 * 3600 * 10**9 - 90 * 60 * 10**9)
    assert not bench.stock.exchange.exchange_open
    assert model.can_execute_order(bench.stock, asking)
    assert not model.can_execute_order(bench.stock, quiet)


def test_a_brokerage_model_brings_the_benchmark() -> None:
    assert isinstance(DefaultBrokerageModel().get_benchmark(None), SecurityBenchmark)
    assert isinstance(InteractiveBrokersBrokerageModel().get_benchmark(None), FuncBenchmark)


class _EverySecondDay:
    def evaluate(self, time: object) -> float:
        return 1.0 if getattr(time, "day", 0) % 2 else 2.0


def test_a_benchmark_is_a_function_or_an_object_that_evaluates(bench: Bench) -> None:
    workings = bench.workings
    workings.set_benchmark(lambda time: time.year)
    assert workings.benchmark_value() == bench.stock.local_time.year
    workings.set_benchmark(_EverySecondDay())
    assert workings.benchmark_value() == (1 if workings.utc_time().day % 2 else 2)
    with pytest.raises(ArgumentException):
        FuncBenchmark(3)  # type: ignore[arg-type]  # what an algorithm may try


class _Hundreds(BuyingPowerModel):
    def get_maximum_order_quantity_for_target_buying_power(
        self, parameters: GetMaximumOrderQuantityForTargetBuyingPowerParameters
    ) -> GetMaximumOrderQuantityResult:
        own = super().get_maximum_order_quantity_for_target_buying_power(parameters)
        return GetMaximumOrderQuantityResult(own.quantity // 100 * 100)


def test_a_model_written_in_python_decides_how_much_a_target_is(bench: Bench) -> None:
    portfolio, target = bench.workings.portfolio, Decimal("0.99")
    bench.stock.buying_power_model = BuyingPowerModel(2)
    own = size_for_target(portfolio, bench.stock, target, Decimal(0)).quantity
    bench.stock.buying_power_model = _Hundreds(2)
    assert own % 100
    assert size_for_target(portfolio, bench.stock, target, Decimal(0)).quantity == own // 100 * 100


class WithoutBase(DefaultBrokerageModel):
    """An algorithm's own model that does not call the base's constructor."""

    def __init__(self) -> None:
        self.orders = 0


def test_a_model_of_the_algorithms_has_what_leans_constructor_makes() -> None:
    assert WithoutBase().account_type is AccountType.MARGIN


def test_an_order_is_worth_its_quantity_at_the_price_and_a_limit_order_at_the_worse_of_both(bench: Bench) -> None:
    stock, now = bench.stock, bench.workings.utc_time()
    price = stock.price
    assert price > 0
    assert MarketOrder(stock.symbol, -2, now).get_value(stock) == -2 * price
    assert LimitOrder(stock.symbol, 2, price - 1, now).get_value(stock) == 2 * (price - 1)

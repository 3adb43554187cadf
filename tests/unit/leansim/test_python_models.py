"""Models written in Python without a base class of LEAN's: refused when they lack a member, called in any spelling."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.command_line import backtest, logged, seen
from fakes.lean_folder import january_of

HEAD = """\
from AlgorithmImports import *
from System import NotImplementedException


class Margin:
    def __init__(self):
        self.asked = 1.0

    def GetLeverage(self, security):
        return 1 / self.asked

    def SetLeverage(self, security, leverage):
        self.asked = 1 / float(leverage)

    def GetMaximumOrderQuantityForTargetBuyingPower(self, parameters):
        return GetMaximumOrderQuantityResult(200)

    def other(self, parameters):
        return None

    get_maintenance_margin = get_initial_margin_requirement = get_initial_margin_required_for_order = other
    has_sufficient_buying_power_for_order = get_maximum_order_quantity_for_delta_buying_power = other
    get_reserved_buying_power_for_position = get_buying_power = other


class Nothing:
    pass


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 29)
        self.set_end_date(2021, 1, 29)
        self.set_benchmark(lambda time: 1)
        abc = self.add_equity("ABC", Resolution.DAILY)
        option = self.add_option("ABC")

        def tried(method, *arguments):
            try:
                method(*arguments)
                self.log("SEEN fine")
            except NotImplementedException as error:
                self.log(f"SEEN {error}")
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return january_of(tmp_path / "data", "abc")


def test_a_margin_model_may_be_any_class_with_the_methods(data: Path) -> None:
    body = """
        tried(abc.set_buying_power_model, Margin())
        abc.set_leverage(2)
        self.log(f"SEEN {abc.buying_power_model.asked} {abc.leverage} {abc.holdings.leverage}")
        abc.set_market_price(TradeBar(self.time, abc.symbol, 10, 10, 10, 10, 1))
        self.log(f"SEEN {self.calculate_order_quantity(abc.symbol, 1)}")
"""
    assert logged(data, HEAD + body) == ["fine", "0.5 2.0 2.0", "200.0"]


def test_a_model_that_lacks_a_method_is_refused(data: Path) -> None:
    body = """
        del Margin.get_buying_power, Margin.GetLeverage
        tried(abc.set_buying_power_model, Margin())
        tried(abc.set_margin_model, Margin())
        tried(abc.set_slippage_model, Nothing())
        tried(abc.set_settlement_model, Nothing())
        tried(abc.set_margin_interest_rate_model, Nothing())
        tried(abc.set_shortable_provider, Nothing())
        tried(abc.set_data_filter, Nothing())
        tried(abc.set_volatility_model, Nothing())
        tried(option.set_price_model, Nothing())
        tried(option.set_option_exercise_model, Nothing())
        tried(option.set_option_assignment_model, Nothing())
        tried(self.portfolio.set_margin_call_model, Nothing())
        tried(self.set_brokerage_model, Nothing())
        tried(self.subscription_manager.add_consolidator, abc.symbol, Nothing())
"""
    found = logged(data, HEAD + body)
    margin = "IBuyingPowerModel must be fully implemented. Please implement these missing methods on Margin: "
    assert found[:2] == [margin + "GetLeverage, GetBuyingPower"] * 2
    interfaces = [line.split(" ")[0] for line in found[2:]]
    assert interfaces == [
        "ISlippageModel",
        "ISettlementModel",
        "IMarginInterestRateModel",
        "IShortableProvider",
        "ISecurityDataFilter",
        "IVolatilityModel",
        "IOptionPriceModel",
        "IOptionExerciseModel",
        "IOptionAssignmentModel",
        "IMarginCallModel",
        "IBrokerageModel",
        "IDataConsolidator",
    ]


def test_fees_and_fills_may_come_from_any_class(data: Path) -> None:
    body = """
        tried(abc.set_fee_model, Nothing())
        tried(abc.set_fill_model, Nothing())
        tried(abc.set_slippage_model, ConstantSlippageModel(0))
"""
    assert logged(data, HEAD + body) == ["fine"] * 3


def test_a_model_reaches_the_method_it_overrides_in_either_spelling(data: Path) -> None:
    body = """
        class Fee(ConstantFeeModel):
            def GetOrderFee(self, parameters):
                return super().GetOrderFee(parameters)

        class Margin(SecurityMarginModel):
            def GetLeverage(self, security):
                return 2 * super().GetLeverage(security)

        class Broker(DefaultBrokerageModel):
            def GetFeeModel(self, security):
                return super().GetFeeModel(security)

        abc.set_fee_model(Fee(3))
        abc.set_buying_power_model(Margin(2))
        parameters = OrderFeeParameters(abc, MarketOrder(abc.symbol, 1, self.time))
        self.log(f"SEEN {abc.fee_model.GetOrderFee(parameters).value.amount} {abc.leverage}")
        self.log(f"SEEN {type(Broker().GetFeeModel(abc)).__name__}")
"""
    assert logged(data, HEAD + body) == ["3.0 4.0", "InteractiveBrokersFeeModel"]


def test_an_identity_consolidator_is_of_a_kind_of_data(data: Path) -> None:
    body = """
        made = IdentityDataConsolidator[TradeBar]()
        self.log(f"SEEN {type(made).__name__} {made.input_type is TradeBar} {made.output_type is TradeBar}")
        try:
            IdentityDataConsolidator()
        except TypeError as error:
            self.log(f"SEEN {error}")
"""
    assert logged(data, HEAD + body) == [
        "IdentityDataConsolidator[TradeBar] True True",
        "cannot instantiate an open generic type",
    ]


def test_rates_and_yields_may_come_from_any_class_in_either_spelling(data: Path) -> None:
    body = """
        class Rate:
            def GetInterestRate(self, date):
                return 0.5

        class Yield:
            def GetDividendYield(self, date, price):
                return 0.25

        june = datetime(2021, 6, 18)
        call = Symbol.create_option("ABC", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 10, june)
        delta = Delta(call, Rate(), Yield())
        for symbol, price in ((call, 2), (abc.symbol, 10)):
            delta.update(IndicatorDataPoint(symbol, self.time, price))
        self.log(f"SEEN {delta.risk_free_rate.current.value} {delta.dividend_yield.current.value}")
        tried(Delta, call, Nothing())
        tried(Delta, call, Rate(), Nothing())
"""
    numbers, rate, dividend = logged(data, HEAD + body)
    assert numbers == "0.5 0.25"
    assert rate.endswith("on Nothing: GetInterestRate")
    assert dividend.endswith("on Nothing: GetDividendYield")


def test_what_is_no_consolidator_or_rule_is_refused_with_leans_words(data: Path) -> None:
    body = """
        from System import ArgumentException
        index = self.add_index("SPX").symbol
        for attempt in (
            lambda: self.register_indicator(abc.symbol, SimpleMovingAverage(2), Nothing()),
            lambda: self.register_indicator(index, SimpleMovingAverage(2), QuoteBarConsolidator(timedelta(days=5))),
            lambda: self.subscription_manager.add_consolidator(
                index, QuoteBarConsolidator(timedelta(days=5)), TickType.QUOTE
            ),
            lambda: FuncDateRule("mine", 1),
            lambda: FuncTimeRule("mine", "hello"),
        ):
            try:
                attempt()
            except ArgumentException as error:
                self.log(f"SEEN {error}")
"""
    assert logged(data, HEAD + body) == [
        "Invalid third argument, should be either a valid consolidator or timedelta object. "
        "The following exception was thrown: ",
        "Type mismatch found between consolidator and symbol. Symbol: SPX does not support input type: QuoteBar. "
        "Supported types: TradeBar.",
        "No subscription with the requested Tick Type Quote was found. Available Tick Types: Trade",
        "Python DateRule provided is not a function",
        "Python TimeRule provided is not a function",
    ]


def test_a_kind_of_data_that_is_wanted_counts_among_ticks_only(data: Path) -> None:
    body = """
        minutes = self.add_equity("XYZ", Resolution.MINUTE).symbol
        ticks = self.add_equity("TIC", Resolution.TICK).symbol
        for symbol, made, wanted in (
            (minutes, TradeBarConsolidator(timedelta(days=1)), TickType.QUOTE),
            (ticks, TickQuoteBarConsolidator(timedelta(days=1)), None),
            (ticks, TickConsolidator(timedelta(days=1)), TickType.QUOTE),
        ):
            self.subscription_manager.add_consolidator(symbol, made, wanted)
            fed = [str(each.tick_type) for each in self.subscription_manager.subscriptions
                   if each.symbol == symbol and made in list(each.consolidators)]
            self.log(f"SEEN {fed}")
"""
    assert logged(data, HEAD + body) == ["['TRADE']", "['QUOTE']", "['QUOTE']"]


def test_an_indicators_own_value_may_be_spelled_as_in_net(data: Path) -> None:
    body = """
        class Last(PythonIndicator):
            def __init__(self):
                self.Value = 0

            def Update(self, input):
                self.Value = input.Value
                return True

        class Pair(PythonIndicator):
            def __init__(self):
                self.value = 0

            def update(self, input):
                self.current = IndicatorDataPoint(input.time, input.value)
                self.on_updated(self.current)

        last = Last()
        self.register_indicator(abc.symbol, last, Resolution.DAILY)
        for bar in self.history[TradeBar](abc.symbol, 2):
            last.Update(bar)
        self.log(f"SEEN {last.Value}")
        left, right = Pair(), Pair()
        both = CompositeIndicator(left, right, lambda a, b: IndicatorResult(a.current.value + b.current.value))
        left.update(IndicatorDataPoint(self.time, 10))
        right.update(IndicatorDataPoint(self.time, 20))
        self.log(f"SEEN {both.current.value}")
        self.last = last

    def on_end_of_algorithm(self):
        self.log(f"SEEN {self.last.current.value} {self.last.samples}")
"""
    found = logged(data, HEAD + body)
    assert found[:2] == ["28.0", "30.0"]
    assert found[2] == "29.0 1"


def test_a_price_is_not_taken_from_a_tick_by_hand(data: Path) -> None:
    result = backtest(data, HEAD + "        abc.set_market_price(Tick(self.time, abc.symbol, 1, 2))\n")
    assert result.exit_code != 0
    assert "a price taken from a Tick by hand" in result.output


@pytest.mark.parametrize(
    ("answer", "said"), [("True", "a tuple type but was 'bool'"), ("(True,)", "a tuple with at least '2' items")]
)
def test_a_brokerage_model_says_yes_in_a_tuple(data: Path, answer: str, said: str) -> None:
    body = f"""
        class Broker(DefaultBrokerageModel):
            def can_submit_order(self, security, order, message):
                return {answer}

        self.set_brokerage_model(Broker())

    def on_data(self, slice):
        self.market_order("ABC", 1)
        self.log("SEEN the order call returns")
"""
    result = backtest(data, HEAD + body)
    assert result.exit_code != 0
    assert f"Invalid return type from method 'can_submit_order'. Expected {said}" in " ".join(result.output.split())
    assert seen(data) == ["the order call returns"]

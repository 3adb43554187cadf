"""What a brokerage allows, charges and lends: LEAN's brokerage models.

A model gives each new security its fill, fee, slippage, settlement and buying power models and says which orders it
takes. An algorithm may subclass one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from leansim.account.future_margin import FutureMarginModel, FuturesOptionsMarginModel
from leansim.account.margin import BuyingPowerModel, OptionMarginModel, SecurityMarginModel
from leansim.account.settlement import DelayedSettlementModel, FutureSettlementModel, ImmediateSettlementModel
from leansim.api.benchmarks import Benchmark, FuncBenchmark, SecurityBenchmark
from leansim.api.decimals import exact
from leansim.api.enums import (
    AccountType,
    BrokerageMessageType,
    MarketHoursState,
    OrderField,
    OrderType,
    SecurityType,
    SettlementType,
)
from leansim.api.naming import ClrObject, pascal
from leansim.api.order_requests import UpdateOrderFields
from leansim.api.orders import direction_of
from leansim.api.shortable import NullShortableProvider
from leansim.api.symbols import Market, Symbol
from leansim.numbers import ZERO
from leansim.trading.equity_fills import EquityFillModel
from leansim.trading.fees import (
    CharlesSchwabFeeModel,
    ConstantFeeModel,
    FeeModel,
    InteractiveBrokersFeeModel,
    TastytradeFeeModel,
)
from leansim.trading.fills import FillModel, FutureFillModel, FutureOptionFillModel, ImmediateFillModel
from leansim.trading.slippage import NullSlippageModel

if TYPE_CHECKING:
    from leansim.api.bars import Split
    from leansim.api.order_requests import UpdateOrderRequest
    from leansim.api.order_ticket import OrderTicket
    from leansim.api.orders import Order
    from leansim.api.securities import Security

_ADJUSTED: Final = {
    OrderField.LIMIT_PRICE: (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED),
    OrderField.STOP_PRICE: (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP),
    OrderField.TRIGGER_PRICE: (OrderType.LIMIT_IF_TOUCHED,),
}
_FUTURES: Final = (SecurityType.FUTURE, SecurityType.FUTURE_OPTION)


class BrokerageMessageEvent(ClrObject):
    """A message of the brokerage's: type, code, text."""

    def __init__(self, type: BrokerageMessageType, code: str, message: str) -> None:
        self.type = type
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{pascal(str(self.type))} - Code: {self.code} - {self.message}"


def warning(code: str, text: str) -> BrokerageMessageEvent:
    """A brokerage's warning."""
    return BrokerageMessageEvent(BrokerageMessageType.WARNING, code, text)


#: LEAN's answer to "can this order be submitted": yes or no, and the brokerage's message.
Answer = tuple[bool, BrokerageMessageEvent | None]


class DefaultBrokerageModel(ClrObject):
    """LEAN's model when none is set: everything is allowed, Interactive Brokers' fees, index options free."""

    DEFAULT_MARKET_MAP: ClassVar[dict[SecurityType, str]] = {
        SecurityType.BASE: "usa",
        SecurityType.EQUITY: "usa",
        SecurityType.OPTION: "usa",
        SecurityType.FUTURE: "cme",
        SecurityType.FUTURE_OPTION: "cme",
        SecurityType.FOREX: "oanda",
        SecurityType.CFD: "oanda",
        SecurityType.CRYPTO: "coinbase",
        SecurityType.CRYPTO_FUTURE: "binance",
        SecurityType.INDEX: "usa",
        SecurityType.INDEX_OPTION: "usa",
    }
    _class_name: ClassVar[str] = "DefaultBrokerageModel"
    # also of a subclass of an algorithm's that does not call this __init__: in LEAN it has run
    account_type = AccountType.MARGIN

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        self.account_type = account_type

    @property
    def required_free_buying_power_percent(self) -> float:
        """Fraction of the account's value that must stay free."""
        return 0.0

    @property
    def default_markets(self) -> dict[SecurityType, str]:
        """The market of a ticker when none is named."""
        return self.DEFAULT_MARKET_MAP

    # -- what it allows

    def can_submit_order(self, security: Security, order: Order, message: Any = None) -> Answer:
        """Whether the order is taken, and what the brokerage says."""
        if security.type in _FUTURES and order.type == OrderType.MARKET_ON_OPEN:
            text = "MarketOnOpen orders are not supported for futures and future options."
            return False, warning("NotSupported", text)
        return True, None

    def can_update_order(
        self, security: Security, order: Order, request: UpdateOrderRequest, message: Any = None
    ) -> Answer:
        """Whether the update is taken, and what the brokerage says."""
        return True, None

    def can_execute_order(self, security: Security, order: Order) -> bool:
        """Whether the order may fill now."""
        return True

    def apply_split(self, tickets: list[OrderTicket], split: Split) -> None:
        """Adjust open orders to a split: fewer or more shares at prices that keep the order's value."""
        factor = exact(split.split_factor)
        for ticket in tickets:
            fields = UpdateOrderFields()
            fields.quantity = int(ticket._quantity / factor)
            for field, types in _ADJUSTED.items():
                if ticket.order_type in types:
                    setattr(fields, str(field).lower(), exact(ticket.get(field)) * factor)
            if ticket.order_type == OrderType.TRAILING_STOP and not ticket.get(OrderField.TRAILING_AS_PERCENTAGE):
                fields.trailing_amount = exact(ticket.get(OrderField.TRAILING_AMOUNT)) * factor
            ticket.update(fields)

    def get_benchmark(self, securities: Any) -> Benchmark:
        """What a run is compared with unless the algorithm says: SPY."""
        return SecurityBenchmark.create_instance(securities, Symbol.create("SPY", SecurityType.EQUITY, Market.USA))

    # -- the models of a security

    def get_leverage(self, security: Security) -> float:
        """Leverage: 2 for shares on margin."""
        on_margin = self.account_type == AccountType.MARGIN
        return 2.0 if on_margin and security.type == SecurityType.EQUITY else 1.0

    def get_fill_model(self, security: Security) -> FillModel:
        """When its orders fill."""
        match security.type:
            case SecurityType.EQUITY:
                return EquityFillModel()
            case SecurityType.FUTURE:
                return FutureFillModel()
            case SecurityType.FUTURE_OPTION:
                return FutureOptionFillModel()
            case _:
                return ImmediateFillModel()

    def get_fee_model(self, security: Security) -> FeeModel:
        """What they cost."""
        charged = (SecurityType.EQUITY, SecurityType.OPTION, SecurityType.FUTURE, SecurityType.FUTURE_OPTION)
        return InteractiveBrokersFeeModel() if security.type in charged else ConstantFeeModel(0)

    def get_slippage_model(self, security: Security) -> Any:
        """How much they slip."""
        return NullSlippageModel()

    def get_shortable_provider(self, security: Security) -> NullShortableProvider:
        """Who says what can be sold short; by default nothing is limited."""
        return NullShortableProvider.INSTANCE

    def get_margin_interest_rate_model(self, security: Security) -> Any:
        """What charges interest on a position; by default nothing does."""
        return None

    def get_settlement_model(self, security: Security) -> ImmediateSettlementModel:
        """When the money is there."""
        if self.account_type == AccountType.CASH:
            if security.type == SecurityType.EQUITY:
                return DelayedSettlementModel(1, timedelta(hours=6))
            if security.type == SecurityType.OPTION:
                return DelayedSettlementModel(1, timedelta(hours=6))
        return FutureSettlementModel() if security.type == SecurityType.FUTURE else ImmediateSettlementModel()

    def get_buying_power_model(self, security: Security) -> BuyingPowerModel:
        """What its positions tie up."""
        free = self.required_free_buying_power_percent
        match security.type:
            case SecurityType.FUTURE:
                return FutureMarginModel(security=security, required_free_buying_power_percent=free)
            case SecurityType.FUTURE_OPTION:
                return FuturesOptionsMarginModel(future_option=security, required_free_buying_power_percent=free)
            case SecurityType.OPTION | SecurityType.INDEX_OPTION:
                return OptionMarginModel(free)
            case _:
                return SecurityMarginModel(self.get_leverage(security), free)

    def _refuse_type(self, order: Order, supported: tuple[OrderType, ...]) -> Answer:
        names = ",".join(pascal(str(kind)) for kind in supported)
        text = f"The {self._class_name} does not support {pascal(str(order.type))} order type. Only supports [{names}]"
        return False, warning("NotSupported", text)

    def _refuse_security(self, security: Security) -> Answer:
        text = f"The {self._class_name} does not support {pascal(str(security.type))} security type."
        return False, warning("NotSupported", text)


class TastytradeBrokerageModel(DefaultBrokerageModel):
    """Tastytrade: five order types, no combo through zero, its own fees."""

    _class_name = "TastytradeBrokerageModel"
    _SECURITIES = (
        SecurityType.EQUITY,
        SecurityType.OPTION,
        SecurityType.INDEX_OPTION,
        SecurityType.FUTURE,
        SecurityType.FUTURE_OPTION,
    )
    _ORDERS = (
        OrderType.MARKET,
        OrderType.LIMIT,
        OrderType.STOP_MARKET,
        OrderType.STOP_LIMIT,
        OrderType.COMBO_LIMIT,
    )

    def get_fee_model(self, security: Security) -> FeeModel:
        """Tastytrade's."""
        return TastytradeFeeModel()

    def can_submit_order(self, security: Security, order: Order, message: Any = None) -> Answer:
        """Whether the order is taken, and what the brokerage says."""
        if security.type not in self._SECURITIES:
            return self._refuse_security(security)
        if order.type not in self._ORDERS:
            return self._refuse_type(order, self._ORDERS)
        if order.type == OrderType.COMBO_LIMIT and crosses_zero(security, order):
            return False, warning(
                "NotSupported",
                f"Order type '{pascal(str(order.type))}' is not supported for orders that cross the zero holdings "
                f"threshold in the {self._class_name}. This means you cannot change a position from positive to "
                "negative or vice versa using this order type. Please close the existing position first.",
            )
        return super().can_submit_order(security, order)


class CharlesSchwabBrokerageModel(DefaultBrokerageModel):
    """Schwab: shares and options, its own fees."""

    _class_name = "CharlesSchwabBrokerageModel"
    _SECURITIES = (SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION)
    _ORDERS = (
        OrderType.MARKET,
        OrderType.LIMIT,
        OrderType.STOP_MARKET,
        OrderType.COMBO_MARKET,
        OrderType.COMBO_LIMIT,
        OrderType.MARKET_ON_CLOSE,
        OrderType.MARKET_ON_OPEN,
        OrderType.STOP_LIMIT,
    )

    def get_fee_model(self, security: Security) -> FeeModel:
        """Schwab's."""
        return CharlesSchwabFeeModel()

    def can_submit_order(self, security: Security, order: Order, message: Any = None) -> Answer:
        """Whether the order is taken, and what the brokerage says."""
        if security.type not in self._SECURITIES:
            return self._refuse_security(security)
        if order.type not in self._ORDERS:
            return self._refuse_type(order, self._ORDERS)
        return super().can_submit_order(security, order)


class InteractiveBrokersBrokerageModel(DefaultBrokerageModel):
    """Interactive Brokers: its fees for everything, its limits for opening, closing and exercise orders."""

    _class_name = "InteractiveBrokersBrokerageModel"
    _ORDERS = (
        OrderType.MARKET,
        OrderType.MARKET_ON_OPEN,
        OrderType.MARKET_ON_CLOSE,
        OrderType.LIMIT,
        OrderType.STOP_MARKET,
        OrderType.STOP_LIMIT,
        OrderType.TRAILING_STOP,
        OrderType.LIMIT_IF_TOUCHED,
        OrderType.COMBO_MARKET,
        OrderType.COMBO_LIMIT,
        OrderType.COMBO_LEG_LIMIT,
        OrderType.OPTION_EXERCISE,
    )
    _ON_OPEN = (
        SecurityType.CFD,
        SecurityType.EQUITY,
        SecurityType.OPTION,
        SecurityType.FUTURE_OPTION,
        SecurityType.INDEX_OPTION,
    )
    _SECURITIES = (
        SecurityType.EQUITY,
        SecurityType.FOREX,
        SecurityType.OPTION,
        SecurityType.FUTURE,
        SecurityType.FUTURE_OPTION,
        SecurityType.INDEX,
        SecurityType.INDEX_OPTION,
        SecurityType.CFD,
    )

    def get_benchmark(self, securities: Any) -> Benchmark:
        """None: the value is always 0."""
        return FuncBenchmark(lambda _: 0)

    def get_fee_model(self, security: Security) -> FeeModel:
        """Interactive Brokers', for every type of security."""
        return InteractiveBrokersFeeModel()

    def can_submit_order(self, security: Security, order: Order, message: Any = None) -> Answer:
        """Whether the order is taken, and what the brokerage says."""
        if order.type not in self._ORDERS:
            return self._refuse_type(order, self._ORDERS)
        closing_kinds = (SecurityType.FUTURE, SecurityType.EQUITY, SecurityType.CFD)
        if order.type == OrderType.MARKET_ON_CLOSE and security.type not in closing_kinds:
            return False, warning(
                f"Unsupported order type for {pascal(str(security.type))} security type",
                "InteractiveBrokers does not support Market-on-Close orders for other security types different than "
                "Future and Equity.",
            )
        if order.type == OrderType.MARKET_ON_OPEN:
            refused = self._refuse_opening_order(security)
            if refused is not None:
                return False, refused
        group = order.group_order_manager
        if order.type == OrderType.COMBO_LEG_LIMIT and group is not None and group.count >= 4:
            return False, warning(
                "NotSupported",
                f"The {self._class_name} does not support four-leg ComboLegLimit orders. Use ComboLimit orders for "
                "four-leg combinations or more.",
            )
        if security.type not in self._SECURITIES:
            return self._refuse_security(security)
        if order.type == OrderType.OPTION_EXERCISE and _settles_in_cash(security):
            return False, warning(
                "NotSupported",
                f"The {self._class_name} does not support OptionExercise exercises for index and cash-settled options.",
            )
        return True, None

    def _refuse_opening_order(self, security: Security) -> BrokerageMessageEvent | None:
        """A market-on-open order is taken from the close to two minutes before the open."""
        if security.type not in self._ON_OPEN:
            return warning(
                "UnsupportedSecurityType",
                f"The broker does not support Market-on-Open orders for security type {pascal(str(security.type))}",
            )
        now = security.local_time
        session = next(
            (
                segment
                for segment in security.exchange.hours.get_market_hours(now).segments
                if segment.state == MarketHoursState.MARKET
            ),
            None,
        )
        if session is None:
            return None
        since_midnight = now - datetime(now.year, now.month, now.day)
        start, end = session.end, session.start - timedelta(minutes=2)
        allowed = start <= since_midnight < end if start <= end else since_midnight >= start or since_midnight < end
        if allowed:
            return None
        return warning(
            "NotSupported",
            f"MarketOnOpen submission time is invalid. Valid local times are {start}\u2013{end}. Consider setting "
            "daily_precise_end_time = false or using schedule.on.",
        )

    def can_execute_order(self, security: Security, order: Order) -> bool:
        """Everything but custom data."""
        return order.security_type != SecurityType.BASE


def crosses_zero(security: Security, order: Order) -> bool:
    """Whether an order turns a long holding short or a short one long."""
    held = security.holdings._quantity
    after = held + order._quantity
    return bool(held) and after != ZERO and direction_of(held) != direction_of(after)


def _settles_in_cash(security: Security) -> bool:
    if security.type == SecurityType.INDEX_OPTION:
        return True
    settlement = getattr(security, "exercise_settlement", SettlementType.PHYSICAL_DELIVERY)
    return security.type == SecurityType.OPTION and settlement == SettlementType.CASH

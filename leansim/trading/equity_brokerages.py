"""Brokerages for US shares beside the ones of `brokerage_models`: Axos Clearing and Tradier."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from leansim.api.benchmarks import Benchmark, FuncBenchmark
from leansim.api.decimals import Number, exact
from leansim.api.enums import OrderType, SecurityType
from leansim.api.order_events import CashAmount, OrderFee
from leansim.api.order_properties import DayTimeInForce, GoodTilCanceledTimeInForce, TradierOrderProperties
from leansim.api.shortable import LocalDiskShortableProvider, NullShortableProvider
from leansim.trading.brokerage_models import Answer, DefaultBrokerageModel, warning
from leansim.trading.fees import ConstantFeeModel, FeeModel, OrderFeeParameters

if TYPE_CHECKING:
    from leansim.api.bars import Split
    from leansim.api.order_requests import UpdateOrderRequest
    from leansim.api.order_ticket import OrderTicket
    from leansim.api.orders import Order
    from leansim.api.securities import Security

_MOST_SHARES: Final = 10_000_000
_LOWEST_SHORT_PRICE: Final = 5
_EXTENDED_SESSIONS: Final = (
    (timedelta(hours=4), timedelta(hours=9, minutes=24)),
    (timedelta(hours=16), timedelta(hours=19, minutes=55)),
)


class AxosFeeModel(FeeModel):
    """Axos: the same for each share."""

    def __init__(self, fees_per_share: Number | None = None) -> None:
        self._per_share = Decimal("0.0035") if fees_per_share is None else exact(fees_per_share)

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """The fee."""
        return OrderFee(CashAmount(self._per_share * abs(parameters.order._quantity), "USD"))


class AxosClearingBrokerageModel(DefaultBrokerageModel):
    """Axos Clearing: whole shares, three order types, no benchmark."""

    _class_name = "AxosClearingBrokerageModel"
    DEFAULT_MARKET_MAP: ClassVar[dict[SecurityType, str]] = {SecurityType.EQUITY: "usa"}
    _ORDERS = (OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET_ON_CLOSE)

    def get_fee_model(self, security: Security) -> FeeModel:
        """Axos'."""
        return AxosFeeModel()

    def get_shortable_provider(self, security: Security) -> NullShortableProvider:
        """Axos' files, of equities."""
        is_equity = security.type == SecurityType.EQUITY
        return LocalDiskShortableProvider("axos") if is_equity else super().get_shortable_provider(security)

    def get_benchmark(self, securities: Any) -> Benchmark:
        """None: the value is always 0."""
        return FuncBenchmark(lambda _: 0)

    def can_submit_order(self, security: Security, order: Order, message: Any = None) -> Answer:
        """Whether the order is taken, and what the brokerage says."""
        if security.type not in self.DEFAULT_MARKET_MAP:
            return self._refuse_security(security)
        if order.type not in self._ORDERS:
            return self._refuse_type(order, self._ORDERS)
        if order._quantity % 1:
            text = f"Order Quantity must be Integer, but provided {order._quantity}."
            return False, warning("NotSupported", text)
        return True, None


class TradierBrokerageModel(DefaultBrokerageModel):
    """Tradier: shares and options without fees, no short order that outlives the day, no new quantity by update."""

    _class_name = "TradierBrokerageModel"
    _ORDERS = (OrderType.LIMIT, OrderType.MARKET, OrderType.STOP_MARKET, OrderType.STOP_LIMIT)
    _SECURITIES = (SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION)

    def get_fee_model(self, security: Security) -> FeeModel:
        """Free."""
        return ConstantFeeModel(0)

    def can_submit_order(self, security: Security, order: Order, message: Any = None) -> Answer:
        """Whether the order is taken, and what the brokerage says."""
        if order.type not in self._ORDERS:
            return self._refuse_type(order, self._ORDERS)
        if order.security_type not in self._SECURITIES:
            return False, warning("NotSupported", "This model only supports equities and options.")
        in_force = order.properties.time_in_force
        if not isinstance(in_force, (GoodTilCanceledTimeInForce, DayTimeInForce)):
            return False, warning(
                "NotSupported",
                "This model only supports orders with the following time in force types: "
                "QuantConnect.Orders.TimeInForces.DayTimeInForce and "
                "QuantConnect.Orders.TimeInForces.GoodTilCanceledTimeInForce",
            )
        if security.holdings._quantity + order._quantity < 0:
            if isinstance(in_force, GoodTilCanceledTimeInForce):
                text = "You cannot place short stock orders with GTC, only day orders are allowed"
                return False, warning("ShortOrderIsGtc", text)
            if security.cache.price < _LOWEST_SHORT_PRICE:
                text = "Sell Short order cannot be placed for stock priced below $5"
                return False, warning("SellShortOrderLastPriceBelow5", text)
        if not 1 <= abs(order._quantity) <= _MOST_SHARES:
            return False, warning("IncorrectOrderQuantity", "Quantity should be between 1 and 10,000,000")
        if _asks_for_extended_hours(order) and not self.can_execute_order(security, order):
            return False, warning(
                "ExtendedMarket",
                "Tradier does not support explicitly placing out-of-regular-hours orders if not currently during the "
                "pre or post market session. PreMarket: 04:00:00-09:24:00. PostMarket: 16:00:00-19:55:00. "
                "Only equity limit orders are allowed during extended market hours.",
            )
        return True, None

    def can_update_order(
        self, security: Security, order: Order, request: UpdateOrderRequest, message: Any = None
    ) -> Answer:
        """Whether the update is taken, and what the brokerage says."""
        if request._quantity is not None and request._quantity != order._quantity:
            return False, warning("UpdateRejected", "Tradier does not support updating order quantities.")
        return True, None

    def can_execute_order(self, security: Security, order: Order) -> bool:
        """In the regular session, or before and after it when a limit order for shares asks for that."""
        if security.exchange.exchange_open:
            return True
        return (
            _asks_for_extended_hours(order)
            and order.type == OrderType.LIMIT
            and order.symbol.security_type == SecurityType.EQUITY
            and _in_extended_session(security.local_time)
        )

    def apply_split(self, tickets: list[OrderTicket], split: Split) -> None:
        """A reverse split cancels open orders."""
        if split.split_factor > 1:
            for ticket in tickets:
                ticket.cancel("Tradier Brokerage cancels open orders on reverse split symbols")
        else:
            super().apply_split(tickets, split)


def _asks_for_extended_hours(order: Order) -> bool:
    return isinstance(order.properties, TradierOrderProperties) and order.properties.outside_regular_trading_hours


def _in_extended_session(local: datetime) -> bool:
    since_midnight = local - datetime(local.year, local.month, local.day)
    return any(start <= since_midnight < end for start, end in _EXTENDED_SESSIONS)

"""What a fill costs. LEAN's fee models; an algorithm may subclass :class:`FeeModel`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from leansim.account import quotes
from leansim.api.decimals import Number, exact
from leansim.api.enums import OrderDirection, OrderType, SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException, KeyNotFoundException
from leansim.api.order_events import CashAmount, OrderFee
from leansim.api.orders import (
    ComboLegLimitOrder,
    ComboLimitOrder,
    LimitIfTouchedOrder,
    LimitOrder,
    StopLimitOrder,
    StopMarketOrder,
)
from leansim.api.symbols import Market, is_option
from leansim.numbers import ZERO
from leansim.trading import interactive_brokers_rates as rates
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.orders import Order
    from leansim.api.securities import Security


class OrderFeeParameters(ClrObject):
    """What a fee model is asked for: a security and an order."""

    def __init__(self, security: Security, order: Order) -> None:
        self.security = security
        self.order = order


def order_fee(security: Security, order: Order) -> OrderFee:
    """The fee of an order by the security's own model."""
    fee = call(security.fee_model, "get_order_fee", OrderFeeParameters(security, order))
    assert isinstance(fee, OrderFee)
    return fee


def _dollars(amount: Decimal) -> OrderFee:
    return OrderFee(CashAmount(amount, "USD"))


class FeeModel(ClrObject):
    """No fee; the base of all fee models."""

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """The fee of an order, as if it were filled completely now."""
        return _dollars(ZERO)


class ConstantFeeModel(FeeModel):
    """The same fee for every order."""

    def __init__(self, fee: Number, currency: str = "USD") -> None:
        self._fee = abs(exact(fee))
        self._currency = currency

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """The fee."""
        return OrderFee(CashAmount(self._fee, self._currency))


class TastytradeFeeModel(FeeModel):
    """Tastytrade: options pay to open, futures both ways, shares nothing."""

    _OPEN: ClassVar = {
        SecurityType.OPTION: Decimal(1),
        SecurityType.INDEX_OPTION: Decimal(1),
        SecurityType.FUTURE_OPTION: Decimal("2.5"),
    }
    _FUTURE = Decimal("1.25")

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """The fee: whether the order opens is judged from what is held now."""
        security, order = parameters.security, parameters.order
        rate = ZERO
        if security.type == SecurityType.FUTURE:
            rate = self._FUTURE
        elif is_option(security.type) and self._opens(order.direction, security.holdings._quantity):
            rate = self._OPEN[security.type]
        return _dollars(abs(order._quantity) * rate)

    @staticmethod
    def _opens(direction: OrderDirection, held: Decimal) -> bool:
        return held >= 0 if direction == OrderDirection.BUY else held <= 0


class CharlesSchwabFeeModel(FeeModel):
    """Schwab: options per contract, everything else free."""

    _RATES: ClassVar = {SecurityType.INDEX_OPTION: Decimal(1), SecurityType.OPTION: Decimal("0.65")}

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """The fee."""
        kind = parameters.security.type
        if not is_option(kind):
            return OrderFee.ZERO
        return _dollars(abs(parameters.order._quantity) * self._RATES.get(kind, ZERO))


class InteractiveBrokersFeeModel(FeeModel):
    """Interactive Brokers: LEAN's schedule, also its default. US markets, shares in India, futures at Eurex."""

    def __init__(
        self,
        monthly_forex_trade_amount_in_us_dollars: Number = 0,
        monthly_options_trade_amount_in_contracts: Number = 0,
    ) -> None:
        self._monthly_contracts = exact(monthly_options_trade_amount_in_contracts)

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """The fee; ArgumentException for a kind of security Interactive Brokers has no fee for."""
        security, order = parameters.security, parameters.order
        if order.type == OrderType.OPTION_EXERCISE and order.symbol.security_type == SecurityType.OPTION:
            return OrderFee.ZERO
        quantity = abs(order._quantity)
        match security.type:
            case SecurityType.OPTION | SecurityType.INDEX_OPTION:
                rate = rates.option_rate(self._monthly_contracts, potential_price(order, security))
                return _dollars(max(quantity * rate, Decimal(1)))
            case SecurityType.FUTURE | SecurityType.FUTURE_OPTION:
                if security.symbol.id.market == Market.EUREX:
                    return OrderFee(CashAmount(quantity * rates.EUREX_CONTRACT, "EUR"))
                return _dollars(quantity * self._contract_rate(security))
            case SecurityType.EQUITY:
                return self._share_fee(quantity, order, security)
        raise ArgumentException(f"Unsupported security type: {security.type}")

    @staticmethod
    def _contract_rate(security: Security) -> Decimal:
        if security.symbol.id.market not in rates.US_FUTURES_MARKETS:
            raise KeyNotFoundException(
                f"InteractiveBrokersFeeModel(): unexpected future Market {security.symbol.id.market}"
            )
        if security.type == SecurityType.FUTURE:
            return rates.future_rate(security.symbol.id.symbol)
        underlying = security.symbol.underlying
        assert underlying is not None
        return rates.future_option_rate(underlying.id.symbol)

    @staticmethod
    def _share_fee(quantity: Decimal, order: Order, security: Security) -> OrderFee:
        market = security.symbol.id.market
        rate = rates.SHARES.get(market)
        if rate is None:
            raise KeyNotFoundException(f"InteractiveBrokersFeeModel(): unexpected equity Market {market}")
        value = abs(order._unit_value(quotes.price(security))) * quotes.conversion_rate(security)
        fee = rate.per_share * quantity
        if fee < rate.minimum:
            fee = rate.minimum
        else:
            fee = min(fee, rate.maximum_fraction * value * quotes.multiplier(security))
        return OrderFee(CashAmount(fee, rate.currency))


def potential_price(order: Order, security: Security) -> Decimal:
    """The price LEAN takes an order's premium to be: its limit or stop, else the *other* side of the quote."""
    if isinstance(order, ComboLimitOrder):
        return order.group_order_manager._limit_price
    if isinstance(order, LimitOrder | StopLimitOrder | LimitIfTouchedOrder | ComboLegLimitOrder):
        return order._limit_price
    if isinstance(order, StopMarketOrder):
        return order._stop_price
    if order.type == OrderType.OPTION_EXERCISE:
        return ZERO
    return quotes.bid(security) if order.direction == OrderDirection.BUY else quotes.ask(security)

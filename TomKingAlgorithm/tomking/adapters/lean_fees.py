"""Tastytrade's real schedule as a fee model of LEAN's.

LEAN's own Tastytrade model knows the commissions only: no cap, no clearing, no exchange, regulatory or index fees. This
one charges `tomking.execution.fees`. It runs in LEAN and in leansim alike, uses only members both are known to have,
and cannot raise.
"""

from __future__ import annotations

from decimal import Decimal

from AlgorithmImports import (
    CashAmount,
    FeeModel,
    OrderFee,
    OrderFeeParameters,
    OrderType,
    Security,
    SecurityType,
)

from tomking.execution.fees import Execution, Product, tastytrade_fee

_PRODUCTS = (
    (SecurityType.EQUITY, Product.SHARES),
    (SecurityType.OPTION, Product.EQUITY_OPTION),
    (SecurityType.INDEX_OPTION, Product.INDEX_OPTION),
    (SecurityType.FUTURE, Product.FUTURE),
    (SecurityType.FUTURE_OPTION, Product.FUTURE_OPTION),
)


class TastytradeFees(FeeModel):
    """What Tastytrade charges an order, as if all of it filled now."""

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """The fee in dollars; expiry, exercise and assignment are free."""
        security, order = parameters.security, parameters.order
        product = next((product for kind, product in _PRODUCTS if security.type == kind), None)
        if product is None or order.type == OrderType.OPTION_EXERCISE:
            return OrderFee.ZERO
        selling = order.quantity < 0
        trade = Execution(
            product=product,
            root=_root(security, product),
            quantity=round(order.quantity),
            held=round(security.holdings.quantity),
            price=Decimal(repr(float(security.bid_price if selling else security.ask_price))),
            multiplier=round(security.symbol_properties.contract_multiplier),
        )
        return OrderFee(CashAmount(float(tastytrade_fee(trade)), "USD"))

    def give_to(self, security: Security) -> None:
        """Make this the fee model of a security."""
        security.set_fee_model(self)


def _root(security: Security, product: Product) -> str:
    """The root the schedule names; of an option on a future, the future's."""
    future = security.symbol.underlying if product is Product.FUTURE_OPTION else None
    return str((future or security.symbol).id.symbol)

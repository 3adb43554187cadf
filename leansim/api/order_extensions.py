"""LEAN's questions about the statuses and types of orders."""

from __future__ import annotations

from leansim.api.enums import OrderStatus, OrderType
from leansim.api.naming import ClrStatic

_CLOSED = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID)
_FILLS = (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED)
_LIMITS = (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)
_STOPS = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)


class OrderExtensions(metaclass=ClrStatic):
    """LEAN's extension methods, as functions of their first argument."""

    @staticmethod
    def is_closed(status: OrderStatus) -> bool:
        """Whether nothing can happen to such an order any more."""
        return status in _CLOSED

    @staticmethod
    def is_open(status: OrderStatus) -> bool:
        """Whether such an order may still fill."""
        return status not in _CLOSED

    @staticmethod
    def is_fill(status: OrderStatus) -> bool:
        """Whether it is a fill, whole or in part."""
        return status in _FILLS

    @staticmethod
    def is_limit_order(order_type: OrderType) -> bool:
        """Whether it is one of a single security with a limit: combos do not count."""
        return order_type in _LIMITS

    @staticmethod
    def is_stop_order(order_type: OrderType) -> bool:
        """Whether such an order has a stop."""
        return order_type in _STOPS

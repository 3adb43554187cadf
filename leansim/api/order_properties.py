"""What an order may carry besides its price: time in force and the brokerages' own properties.

A time in force knows when an order is over (`is_order_expired`); the simulated brokerage asks it at every scan.
"""

from __future__ import annotations

import copy
from datetime import datetime
from typing import TYPE_CHECKING, Self

from leansim.api.exchanges import Exchange
from leansim.api.naming import ClrEnum, ClrObject, ClrStatic

if TYPE_CHECKING:
    from leansim.api.order_events import OrderEvent
    from leansim.api.orders import Order
    from leansim.api.securities import Security


class TimeInForce(ClrObject, metaclass=ClrStatic):
    """How long an order may rest. ``DAY``, ``GOOD_TIL_CANCELED`` and ``good_til_date(expiry)`` make one."""

    GOOD_TIL_CANCELED: TimeInForce
    DAY: TimeInForce

    @staticmethod
    def good_til_date(expiry: datetime) -> TimeInForce:
        """An order that rests until the close of a date (of the exchange's calendar)."""
        return GoodTilDateTimeInForce(expiry)

    # a delegate in LEAN: both spellings are called
    GOOD_TIL_DATE = good_til_date

    def is_order_expired(self, security: Security, order: Order) -> bool:
        """Whether the order is over at the security's local time."""
        raise NotImplementedError

    def is_fill_valid(self, security: Security, order: Order, fill: OrderEvent) -> bool:
        """Whether a fill may still be given out; LEAN's own kinds allow every fill."""
        return True


class GoodTilCanceledTimeInForce(TimeInForce):
    """Rests until filled or canceled."""

    def is_order_expired(self, security: Security, order: Order) -> bool:
        """Never."""
        return False


class DayTimeInForce(TimeInForce):
    """Rests until the close of the regular session in which, or before which, it was sent."""

    def is_order_expired(self, security: Security, order: Order) -> bool:
        """At the last regular close on or after the order's time."""
        hours = security.exchange.hours
        order_time = hours.time_zone.to_local(order._time_ns)
        return security.local_time >= hours.get_last_daily_market_close(order_time, False)


class GoodTilDateTimeInForce(TimeInForce):
    """Rests until the close of a given date."""

    def __init__(self, expiry: datetime) -> None:
        self.expiry = expiry

    def is_order_expired(self, security: Security, order: Order) -> bool:
        """At the regular close of the expiry date."""
        midnight = datetime(self.expiry.year, self.expiry.month, self.expiry.day)
        return security.local_time >= security.exchange.hours.get_last_daily_market_close(midnight, False)


TimeInForce.GOOD_TIL_CANCELED = GoodTilCanceledTimeInForce()
TimeInForce.DAY = DayTimeInForce()


class OrderProperties(ClrObject):
    """Properties every brokerage knows: the time in force, good til canceled unless set, and an exchange to prefer."""

    def __init__(self, exchange: Exchange | None = None) -> None:
        self.time_in_force: TimeInForce = TimeInForce.GOOD_TIL_CANCELED
        self.exchange = exchange

    def clone(self) -> Self:
        """A shallow copy, as LEAN takes one for each order."""
        return copy.copy(self)


class IndiaOrderProperties(OrderProperties):
    """Brokers in India: the exchange, and the product type (kept, not simulated: as in LEAN's backtests)."""

    class IndiaProductType(ClrEnum):
        """Intraday, delivery, or carried forward."""

        MIS = 0
        CNC = 1
        NRML = 2

    def __init__(self, exchange: Exchange, product_type: IndiaProductType | None = None) -> None:
        super().__init__(exchange)
        self.product_type = None if product_type is None else str(product_type)


class TastytradeOrderProperties(OrderProperties):
    """Tastytrade: nothing beyond the time in force."""


class TradierOrderProperties(OrderProperties):
    """Tradier's: whether a limit order for shares may also fill before and after the regular session."""

    def __init__(self) -> None:
        super().__init__()
        self.outside_regular_trading_hours = False


class CharlesSchwabOrderProperties(OrderProperties):
    """Schwab: whether an order may fill outside regular hours (kept, not simulated: as in LEAN's backtests)."""

    def __init__(self) -> None:
        super().__init__()
        self.extended_regular_trading_hours = False


class InteractiveBrokersOrderProperties(OrderProperties):
    """Interactive Brokers: account routing and hours flags (kept, not simulated: as in LEAN's backtests)."""

    def __init__(self) -> None:
        super().__init__()
        self.account: str | None = None
        self.fa_group: str | None = None
        self.fa_method: str | None = None
        self.fa_percentage = 0
        self.fa_profile: str | None = None
        self.outside_regular_trading_hours = False

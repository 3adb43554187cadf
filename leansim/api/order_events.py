"""What happens to an order: `OrderEvent`, and the fee it may carry."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leansim.api.decimals import DecimalField, Number, OptionalDecimalField, exact
from leansim.api.enums import OrderDirection, OrderStatus
from leansim.api.naming import ClrObject, FixedClrObject, pascal
from leansim.api.symbols import Symbol, is_option
from leansim.api.time_zones import aware_utc
from leansim.numbers import ZERO, plain

if TYPE_CHECKING:
    from leansim.api.order_ticket import OrderTicket
    from leansim.api.orders import Order

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def utc_ns(time: datetime | int) -> int:
    """The instant (ns UTC) of a time an algorithm passed; a naive one is taken as UTC, as LEAN's constructors do."""
    if isinstance(time, int):
        return time
    aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1) * 1000


def is_closed(status: OrderStatus) -> bool:
    """Whether nothing more can happen to an order of this status: filled, canceled or invalid."""
    return status in (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID)


def is_fill(status: OrderStatus) -> bool:
    """Whether an event of this status fills, wholly or partially."""
    return status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED)


class CashAmount(ClrObject):
    """An amount in a currency."""

    amount = DecimalField("The amount.", read_only=True)

    def __init__(self, amount: Number, currency: str) -> None:
        self._amount = exact(amount)
        self.currency = currency

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CashAmount) and (self._amount, self.currency) == (other._amount, other.currency)

    def __hash__(self) -> int:
        return hash((self._amount, self.currency))


class OrderFee(ClrObject):
    """The fee of a fill: ``order_fee.value.amount`` in ``order_fee.value.currency``."""

    ZERO: OrderFee

    def __init__(self, order_fee: CashAmount) -> None:
        self.value = order_fee

    def __str__(self) -> str:
        return f"{plain(self.value._amount)} {self.value.currency}"


#: LEAN's "no currency": a zero fee is in it.
NULL_CURRENCY: Final = "QCC"
OrderFee.ZERO = OrderFee(CashAmount(0, NULL_CURRENCY))


def smart_rounding(value: Decimal) -> Decimal:
    """LEAN's rounding of prices in texts: four places above 1000, else seven significant digits."""
    if value > 1000:
        return round(value, 4)
    if not value:
        return ZERO
    scale = Decimal(10) ** (value.copy_abs().adjusted() + 1)
    return scale * round(value / scale, 7)


class OrderEvent(FixedClrObject):
    """A change of an order: submitted, filled, canceled, invalid…

    ``id`` counts the events of one order from 1. A fill model makes events with status and fill of its own; the
    transaction handler completes them (id, ticket, the order's prices) before the algorithm sees them.
    """

    __slots__ = (
        "__dict__",
        "_fill_price",
        "_fill_quantity",
        "_limit_price",
        "_quantity",
        "_stop_price",
        "_trailing_amount",
        "_trigger_price",
        "_utc_ns",
        "direction",
        "fill_price_currency",
        "id",
        "is_assignment",
        "is_in_the_money",
        "message",
        "order_fee",
        "order_id",
        "status",
        "symbol",
        "ticket",
        "trailing_as_percentage",
    )
    _missing = ("from_serialized", "short_to_string")

    fill_price = DecimalField("Price of this fill, 0 for events that fill nothing.")
    fill_quantity = DecimalField("Signed quantity of this fill.")
    quantity = DecimalField("Signed quantity of the order at this moment.")
    limit_price = OptionalDecimalField("The order's limit price, None for orders without one.")
    stop_price = OptionalDecimalField("The order's stop price, None for orders without one.")
    trigger_price = OptionalDecimalField("The order's trigger price, None for orders without one.")
    trailing_amount = OptionalDecimalField("The order's trailing amount, None for orders without one.")

    def __init__(
        self,
        order: Order | int,
        utc_time_or_symbol: datetime | int | Symbol,
        order_fee_or_time: OrderFee | datetime | int = OrderFee.ZERO,
        status_or_message: OrderStatus | str = "",
        direction: OrderDirection = OrderDirection.HOLD,
        fill_price: Number = 0,
        fill_quantity: Number = 0,
        order_fee: OrderFee = OrderFee.ZERO,
        message: str = "",
    ) -> None:
        """Two forms, as in LEAN.

        ``OrderEvent(order, utc_time, order_fee, message="")`` and
        ``OrderEvent(order_id, symbol, utc_time, status, direction, fill_price, fill_quantity, order_fee, message="")``.
        """
        self.id = 0
        self.is_assignment = False
        self.is_in_the_money = False
        self.trailing_as_percentage: bool | None = None
        self.ticket: OrderTicket | None = None
        self._limit_price: Decimal | None = None
        self._stop_price: Decimal | None = None
        self._trigger_price: Decimal | None = None
        self._trailing_amount: Decimal | None = None
        if isinstance(order, int):
            assert not isinstance(utc_time_or_symbol, datetime | int)
            assert isinstance(order_fee_or_time, datetime | int)
            assert isinstance(status_or_message, OrderStatus)
            self.order_id = order
            self.symbol = utc_time_or_symbol
            self._utc_ns = utc_ns(order_fee_or_time)
            self.status = status_or_message
            self.direction = direction
            self._fill_price = exact(fill_price)
            self._fill_quantity = exact(fill_quantity)
            self._quantity = ZERO
            self.fill_price_currency = ""
            self.order_fee = order_fee
            self.message = message
            return
        assert isinstance(utc_time_or_symbol, datetime | int)
        assert isinstance(order_fee_or_time, OrderFee)
        self.order_id = order.id
        self.symbol = order.symbol
        self._utc_ns = utc_ns(utc_time_or_symbol)
        self.status = order.status
        self.direction = order.direction
        self._fill_price = ZERO
        self._fill_quantity = ZERO
        self._quantity = order._quantity
        self.fill_price_currency = order.price_currency
        self.order_fee = order_fee_or_time
        self.message = str(status_or_message)

    @property
    def utc_time(self) -> datetime:
        """Aware UTC time of the event."""
        return aware_utc(self._utc_ns)

    @utc_time.setter
    def utc_time(self, value: datetime) -> None:
        self._utc_ns = utc_ns(value)

    @property
    def absolute_fill_quantity(self) -> float:
        """The fill's quantity without sign."""
        return float(abs(self._fill_quantity))

    def clone(self) -> OrderEvent:
        """A shallow copy."""
        return copy.copy(self)

    def __str__(self) -> str:
        text = (
            f"Time: {self.utc_time:%m/%d/%Y %H:%M:%S} OrderID: {self.order_id} EventID: {self.id} "
            f"Symbol: {self.symbol.value} Status: {pascal(str(self.status))} Quantity: {plain(self._quantity)}"
        )
        currency = currency_symbol(self.fill_price_currency)
        if self._fill_quantity:
            price = plain(smart_rounding(self._fill_price))
            text += f" FillQuantity: {plain(self._fill_quantity)} FillPrice: {currency}{price}"
        for label, value in (("LimitPrice", self._limit_price), ("StopPrice", self._stop_price)):
            if value is not None:
                text += f" {label}: {currency}{plain(smart_rounding(value))}"
        if self._trailing_amount is not None:
            amount = (
                f"{plain(self._trailing_amount * 100)}%"
                if self.trailing_as_percentage
                else f"{currency}{plain(self._trailing_amount)}"
            )
            text += f" TrailingAmount: {amount}"
        if self._trigger_price is not None:
            text += f" TriggerPrice: {currency}{plain(smart_rounding(self._trigger_price))}"
        if self.order_fee.value._amount:
            text += f" OrderFee: {self.order_fee}"
        if self.message:
            text += f" Message: {self.message}"
        if is_option(self.symbol.security_type):
            text += f" IsAssignment: {self.is_assignment}"
        return text


def currency_symbol(currency: str) -> str:
    """The sign LEAN prints before amounts of a currency."""
    return {"USD": "$", "EUR": "€", "GBP": "₤", "JPY": "¥", "INR": "₹", "": ""}.get(currency, currency)

"""`OrderTicket`: an algorithm's handle on an order."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.api.decimals import DecimalField, Number
from leansim.api.enums import (
    OrderField,
    OrderRequestStatus,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
    SecurityType,
)
from leansim.api.naming import ClrObject, pascal
from leansim.api.net import ArgumentException, Array, array
from leansim.api.order_events import OrderEvent
from leansim.api.order_requests import (
    CancelOrderRequest,
    OrderRequest,
    OrderResponse,
    SubmitOrderRequest,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from leansim.api.time_zones import aware_utc
from leansim.numbers import ZERO

if TYPE_CHECKING:
    from leansim.api.orders import Order
    from leansim.api.symbols import Symbol
    from leansim.api.transactions import SecurityTransactionManager

_FIELDS = {
    OrderField.LIMIT_PRICE: (
        "_limit_price",
        (
            OrderType.LIMIT,
            OrderType.STOP_LIMIT,
            OrderType.LIMIT_IF_TOUCHED,
            OrderType.COMBO_LIMIT,
            OrderType.COMBO_LEG_LIMIT,
        ),
    ),
    OrderField.STOP_PRICE: (
        "_stop_price",
        (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP),
    ),
    OrderField.TRIGGER_PRICE: ("_trigger_price", (OrderType.LIMIT_IF_TOUCHED,)),
    OrderField.TRAILING_AMOUNT: ("_trailing_amount", (OrderType.TRAILING_STOP,)),
}


class OrderTicket(ClrObject):
    """What became of an order request, and the way to change or cancel the order.

    Made by the transaction handler; a request that failed the pre-checks has a ticket with status INVALID and the
    order id of LEAN's "no order".
    """

    quantity_filled = DecimalField("Signed quantity filled so far.", read_only=True)
    average_fill_price = DecimalField("Average price of the fills so far.", read_only=True)

    def __init__(self, transactions: SecurityTransactionManager, submit_request: SubmitOrderRequest) -> None:
        self._transactions = transactions
        self._order: Order | None = None
        self._status_override: OrderStatus | None = None
        self._quantity_filled = ZERO
        self._average_fill_price = ZERO
        self._fill_value = ZERO
        self._events: list[OrderEvent] = []
        self._updates: list[UpdateOrderRequest] = []
        self.submit_request = submit_request
        self.cancel_request: CancelOrderRequest | None = None

    @staticmethod
    def _refused(
        transactions: SecurityTransactionManager, request: SubmitOrderRequest, response: OrderResponse
    ) -> OrderTicket:
        """The ticket of a request that never became an order."""
        request.set_response(response)
        ticket = OrderTicket(transactions, request)
        ticket._status_override = OrderStatus.INVALID
        return ticket

    # -- what it is

    @property
    def order_id(self) -> int:
        """LEAN's number of the order; negative when there is none."""
        return self.submit_request.order_id

    @property
    def status(self) -> OrderStatus:
        """The order's status; NEW while it is not processed."""
        if self._status_override is not None:
            return self._status_override
        return OrderStatus.NEW if self._order is None else self._order.status

    @property
    def symbol(self) -> Symbol:
        """The security."""
        return self.submit_request.symbol

    @property
    def security_type(self) -> SecurityType:
        """Type of the security."""
        return self.submit_request.security_type

    @property
    def order_type(self) -> OrderType:
        """Type of the order."""
        return self.submit_request.order_type

    @property
    def _quantity(self) -> Decimal:
        return self.submit_request._quantity if self._order is None else self._order._quantity

    @property
    def quantity(self) -> float:
        """Signed quantity of the order."""
        return float(self._quantity)

    @property
    def quantity_remaining(self) -> float:
        """Signed quantity not filled yet."""
        return float(self._quantity - self._quantity_filled)

    @property
    def tag(self) -> str | None:
        """The order's tag."""
        return self.submit_request.tag if self._order is None else self._order.tag

    @property
    def time(self) -> datetime:
        """Aware UTC time of the latest request."""
        return aware_utc(self.get_most_recent_order_request()._time_ns)

    @property
    def has_order(self) -> bool:
        """Whether the request was processed."""
        return self._order is not None

    @property
    def order_events(self) -> list[OrderEvent]:
        """The events so far."""
        return list(self._events)

    @property
    def update_requests(self) -> Array[UpdateOrderRequest]:
        """The updates asked for so far."""
        return array("UpdateOrderRequest", self._updates)

    def get(self, field: OrderField) -> float | bool:
        """A field of the order; ArgumentException when an order of this type does not have it."""
        if field == OrderField.TRAILING_AS_PERCENTAGE and self.order_type == OrderType.TRAILING_STOP:
            return self.submit_request.trailing_as_percentage
        name, types = _FIELDS.get(field, ("", ()))
        if self.order_type not in types:
            raise ArgumentException(
                f"Unable to get field {pascal(str(OrderField(field)))} on order of type {pascal(str(self.order_type))}"
            )
        source: object = self._order if self._order is not None else self.submit_request
        if self._order is not None and self.order_type == OrderType.COMBO_LIMIT:
            source = self._order.group_order_manager
        return float(getattr(source, name))

    def get_most_recent_order_request(self) -> OrderRequest:
        """The latest request: cancel, else the last update, else the submit request."""
        if self.cancel_request is not None:
            return self.cancel_request
        return self._updates[-1] if self._updates else self.submit_request

    def get_most_recent_order_response(self) -> OrderResponse:
        """The answer to the latest request."""
        return self.get_most_recent_order_request().response

    # -- changing it

    def update(self, fields: UpdateOrderFields) -> OrderResponse:
        """Ask for a change; it takes effect when the request is processed, at the end of the step."""
        request = UpdateOrderRequest(self._transactions._utc_ns, self.order_id, fields)
        ticket = self._transactions.update_order(request)
        return ticket._updates[-1].response

    def update_tag(self, tag: str) -> OrderResponse:
        """Ask for another tag; allowed for closed orders too."""
        return self._update_field(None, None, tag)

    def update_quantity(self, quantity: Number, tag: str | None = None) -> OrderResponse:
        """Ask for another quantity; of a combo order that of the group."""
        return self._update_field("quantity", quantity, tag)

    def update_limit_price(self, limit_price: Number, tag: str | None = None) -> OrderResponse:
        """Ask for another limit price."""
        return self._update_field("limit_price", limit_price, tag)

    def update_stop_price(self, stop_price: Number, tag: str | None = None) -> OrderResponse:
        """Ask for another stop price."""
        return self._update_field("stop_price", stop_price, tag)

    def update_trigger_price(self, trigger_price: Number, tag: str | None = None) -> OrderResponse:
        """Ask for another trigger price."""
        return self._update_field("trigger_price", trigger_price, tag)

    def update_stop_trailing_amount(self, trailing_amount: Number, tag: str | None = None) -> OrderResponse:
        """Ask for another trailing amount."""
        return self._update_field("trailing_amount", trailing_amount, tag)

    def _update_field(self, name: str | None, value: Number | None, tag: str | None) -> OrderResponse:
        fields = UpdateOrderFields()
        if name is not None:
            setattr(fields, name, value)
        fields.tag = tag
        return self.update(fields)

    def cancel(self, tag: str | None = None) -> OrderResponse:
        """Ask for the order (for a combo: all its legs) to be canceled; a tag replaces this order's tag."""
        request = CancelOrderRequest(self._transactions._utc_ns, self.order_id, tag)
        if self.cancel_request is not None and self.cancel_request.status != OrderRequestStatus.ERROR:
            return OrderResponse.error(
                request,
                OrderResponseErrorCode.REQUEST_CANCELED,
                f"Order {self.order_id} has already received a cancellation request.",
            )
        ticket = self._transactions.process_request(request)
        assert ticket.cancel_request is not None
        return ticket.cancel_request.response

    def __str__(self) -> str:
        requests: list[OrderRequest] = [self.submit_request, *self._updates]
        if self.cancel_request is not None:
            requests.append(self.cancel_request)
        answered = sum(request.response.is_processed for request in requests)
        order = "" if self._order is None else f"{self._order} "
        return f"{self.order_id}: {order}Request Count: {len(requests)} Response Count: {answered}"

    # -- kept up to date by the transaction handler

    def _set_order(self, order: Order) -> None:
        self._order = order

    def _add_event(self, event: OrderEvent) -> None:
        self._events.append(event)
        if not event._fill_quantity:
            return
        order = self._order
        assert order is not None
        if order.type != OrderType.OPTION_EXERCISE:
            self._quantity_filled += event._fill_quantity
            self._fill_value += abs(event._fill_quantity) * event._fill_price
            self._average_fill_price = self._fill_value / abs(self._quantity_filled)
            order._price = self._average_fill_price
        elif event.is_in_the_money:
            order._price = self.symbol.id._exact_strike
            # the option's own leg is at price 0 and would spoil the average of the underlying's
            if event._fill_price:
                self._quantity_filled += event._fill_quantity
                self._average_fill_price = order._price

    def _try_set_cancel_request(self, request: CancelOrderRequest) -> bool:
        if self.cancel_request is not None and self.cancel_request.status != OrderRequestStatus.ERROR:
            return False
        self.cancel_request = request
        return True

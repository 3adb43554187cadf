"""What an algorithm asks of an order (submit, update, cancel) and what it is answered."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from leansim.api.decimals import DecimalField, Number, OptionalDecimalField, exact
from leansim.api.enums import OrderRequestStatus, OrderRequestType, OrderResponseErrorCode, OrderType, SecurityType
from leansim.api.naming import ClrObject, pascal
from leansim.api.order_events import utc_ns
from leansim.api.symbols import Symbol, SymbolCache
from leansim.api.time_zones import aware_utc

if TYPE_CHECKING:
    from leansim.api.order_properties import OrderProperties
    from leansim.api.orders import GroupOrderManager, Order


class OrderResponse(ClrObject):
    """LEAN's answer to a request. ``error_code`` NONE and processed means success.

    The answer to a submit request says whether it was accepted for processing; read the ticket's status for what
    became of the order.
    """

    UNPROCESSED: OrderResponse

    def __init__(self, order_id: int, error_code: OrderResponseErrorCode, error_message: str | None) -> None:
        self.order_id = order_id
        self.error_code = error_code
        self.error_message = error_message if error_code != OrderResponseErrorCode.NONE else None

    @property
    def is_processed(self) -> bool:
        """Whether there is an answer yet."""
        return self is not OrderResponse.UNPROCESSED

    @property
    def is_error(self) -> bool:
        """Whether the request was refused."""
        return self.is_processed and self.error_code != OrderResponseErrorCode.NONE

    @property
    def is_success(self) -> bool:
        """Whether the request was taken."""
        return self.is_processed and not self.is_error

    def __str__(self) -> str:
        if not self.is_processed:
            return "Unprocessed"
        return f"Error: {pascal(str(self.error_code))} - {self.error_message}" if self.is_error else "Success"

    # -- the answers LEAN knows; `error` is the general one

    @staticmethod
    def success(request: OrderRequest) -> OrderResponse:
        """The request is taken."""
        return OrderResponse(request.order_id, OrderResponseErrorCode.NONE, None)

    @staticmethod
    def error(request: OrderRequest, error_code: OrderResponseErrorCode, error_message: str) -> OrderResponse:
        """The request is refused."""
        return OrderResponse(request.order_id, error_code, error_message)

    @staticmethod
    def invalid_status(request: OrderRequest, order: Order) -> OrderResponse:
        """The order is closed already."""
        return OrderResponse.error(
            request,
            OrderResponseErrorCode.INVALID_ORDER_STATUS,
            f"Unable to update order with id {request.order_id} because it already has "
            f"{pascal(str(order.status))} status.",
        )

    @staticmethod
    def invalid_new_status(request: OrderRequest, order: Order) -> OrderResponse:
        """The order is not confirmed yet."""
        return OrderResponse.error(
            request,
            OrderResponseErrorCode.INVALID_NEW_ORDER_STATUS,
            f"Unable to update or cancel order with id {request.order_id} and status {pascal(str(order.status))} "
            "because the submit confirmation has not been received yet.",
        )

    @staticmethod
    def unable_to_find_order(request: OrderRequest) -> OrderResponse:
        """There is no order of this id."""
        return OrderResponse.error(
            request,
            OrderResponseErrorCode.UNABLE_TO_FIND_ORDER,
            f"Unable to locate order with id {request.order_id}.",
        )

    @staticmethod
    def zero_quantity(request: OrderRequest) -> OrderResponse:
        """An order of nothing."""
        return OrderResponse.error(
            request,
            OrderResponseErrorCode.ORDER_QUANTITY_ZERO,
            f"Unable to {str(request.order_request_type).lower()} order with id {request.order_id} "
            "that has zero quantity.",
        )

    @staticmethod
    def missing_security(request: SubmitOrderRequest) -> OrderResponse:
        """The security is not subscribed."""
        return OrderResponse.error(
            request,
            OrderResponseErrorCode.MISSING_SECURITY,
            f"You haven't requested {request.symbol} data. Add this with add_security() in the initialize() method.",
        )

    @staticmethod
    def warming_up(request: OrderRequest) -> OrderResponse:
        """Orders are not allowed before the warm-up is over."""
        return OrderResponse.error(
            request,
            OrderResponseErrorCode.ALGORITHM_WARMING_UP,
            "This operation is not allowed in initialize or during warm up: OrderRequest."
            f"{str(request.order_request_type).lower()}. Please move this code to the on_warmup_finished() method.",
        )


OrderResponse.UNPROCESSED = OrderResponse(-(2**31), OrderResponseErrorCode.NONE, None)


class OrderRequest(ClrObject):
    """What all requests have: time, order id, tag, status and answer."""

    order_request_type: OrderRequestType

    def __init__(self, time: datetime | int, order_id: int, tag: str | None) -> None:
        self._time_ns = utc_ns(time)
        # a time of the algorithm's own says of no zone: LEAN keeps its digits, and writes them without a zone
        self._is_zoned = not isinstance(time, datetime) or time.tzinfo is not None
        self.order_id = order_id
        self.tag = tag
        self.response = OrderResponse.UNPROCESSED
        self.status = OrderRequestStatus.UNPROCESSED

    @property
    def time(self) -> datetime:
        """Aware UTC time of the request."""
        return aware_utc(self._time_ns)

    def set_response(self, response: OrderResponse, status: OrderRequestStatus = OrderRequestStatus.ERROR) -> None:
        """Give the answer; an error sets the status to error whatever ``status`` says."""
        self.status = OrderRequestStatus.ERROR if response.is_error else status
        self.response = response


#: The id of a request that never became an order.
NO_ORDER_ID: Final = int(OrderResponseErrorCode.UNABLE_TO_FIND_ORDER)


class SubmitOrderRequest(OrderRequest):
    """Make an order; an algorithm may leave out ``trigger_price``, or that and the trailing amount, as in LEAN."""

    order_request_type = OrderRequestType.SUBMIT
    quantity = DecimalField("Signed quantity.", read_only=True)
    limit_price = DecimalField("Limit price, 0 where there is none.", read_only=True)
    stop_price = DecimalField("Stop price, 0 where there is none.", read_only=True)
    trigger_price = DecimalField("Trigger price, 0 where there is none.", read_only=True)
    trailing_amount = DecimalField("Trailing amount, 0 where there is none.", read_only=True)

    def __init__(
        self,
        order_type: OrderType,
        security_type: SecurityType,
        symbol: Symbol | str,
        quantity: Number,
        stop_price: Number,
        limit_price: Number,
        *arguments: Any,
        **named: Any,
    ) -> None:
        given = _rest_of_request(arguments, named)
        super().__init__(given["time"], NO_ORDER_ID, given["tag"])
        self.order_type = order_type
        self.security_type = security_type
        self.symbol = symbol if isinstance(symbol, Symbol) else SymbolCache.get_symbol(symbol)
        self._quantity = exact(quantity)
        self._stop_price = exact(stop_price)
        self._limit_price = exact(limit_price)
        self._trigger_price = exact(given["trigger_price"])
        self._trailing_amount = exact(given["trailing_amount"])
        self.trailing_as_percentage: bool = given["trailing_as_percentage"]
        self.order_properties: OrderProperties | None = given["properties"]
        self.group_order_manager: GroupOrderManager | None = given["group_order_manager"]
        self.asynchronous: bool = given["asynchronous"]

    def _set_order_id(self, order_id: int) -> None:
        self.order_id = order_id


_PRICES: Final = {"trigger_price": 0, "trailing_amount": 0, "trailing_as_percentage": False}
_REST: Final = ("time", "tag", "properties", "group_order_manager", "asynchronous")


def _rest_of_request(arguments: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """What follows the limit price of a request, by name: LEAN has three forms, with none, one or all of the prices.

    The time tells them apart: the first argument that is a date, in the longest form an instant (ns UTC) too.
    """
    at = next((i for i, part in enumerate(arguments[:4]) if isinstance(part, datetime)), min(len(arguments), 3))
    names = (*list(_PRICES)[:at], *_REST)
    given: dict[str, Any] = {**_PRICES, **dict.fromkeys(_REST[2:4]), "asynchronous": False}
    given.update(zip(names, arguments, strict=False))
    given.update(named)
    if len(arguments) > len(names) or at == 2 or given.keys() != {*_PRICES, *_REST}:
        raise TypeError("No method matches given arguments for .ctor")
    return given


class UpdateOrderFields(ClrObject):
    """What to change of an order; what stays ``None`` stays as it is."""

    quantity = OptionalDecimalField("New signed quantity; of a combo order the quantity of the group.")
    limit_price = OptionalDecimalField("New limit price; of a combo limit order that of the group.")
    stop_price = OptionalDecimalField("New stop price.")
    trigger_price = OptionalDecimalField("New trigger price.")
    trailing_amount = OptionalDecimalField("New trailing amount.")

    def __init__(self) -> None:
        self._quantity: Decimal | None = None
        self._limit_price: Decimal | None = None
        self._stop_price: Decimal | None = None
        self._trigger_price: Decimal | None = None
        self._trailing_amount: Decimal | None = None
        self.tag: str | None = None


class UpdateOrderRequest(OrderRequest):
    """Change an order."""

    order_request_type = OrderRequestType.UPDATE
    quantity = OptionalDecimalField("New signed quantity.")
    limit_price = OptionalDecimalField("New limit price.")
    stop_price = OptionalDecimalField("New stop price.")
    trigger_price = OptionalDecimalField("New trigger price.")
    trailing_amount = OptionalDecimalField("New trailing amount.")

    def __init__(self, time: datetime | int, order_id: int, fields: UpdateOrderFields) -> None:
        super().__init__(time, order_id, fields.tag)
        self._quantity = fields._quantity
        self._limit_price = fields._limit_price
        self._stop_price = fields._stop_price
        self._trigger_price = fields._trigger_price
        self._trailing_amount = fields._trailing_amount

    def is_allowed_for_closed_order(self) -> bool:
        """Whether only the tag changes: allowed even when the order is closed."""
        return all(
            value is None
            for value in (
                self._quantity,
                self._limit_price,
                self._stop_price,
                self._trigger_price,
                self._trailing_amount,
            )
        )


class CancelOrderRequest(OrderRequest):
    """Cancel an order; its tag, where given, replaces the order's."""

    order_request_type = OrderRequestType.CANCEL

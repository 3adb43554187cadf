"""``algorithm.transactions``: the orders of a run, and the way requests take to the transaction handler."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from leansim.api.naming import ClrObject
from leansim.api.net import ClrException, Enumerable, InvalidOperationException, memoizing
from leansim.api.order_events import is_closed
from leansim.api.order_requests import CancelOrderRequest, OrderRequest, OrderResponse, SubmitOrderRequest
from leansim.api.symbols import Symbol
from leansim.api.time_zones import aware_utc
from leansim.numbers import ZERO

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from leansim.api.order_requests import UpdateOrderRequest
    from leansim.api.order_ticket import OrderTicket
    from leansim.api.orders import Order
    from leansim.trading.ports import TradingAlgorithm

OrderFilter = Callable[["Order"], bool]
TicketFilter = Callable[["OrderTicket"], bool]


class OrderProcessor(Protocol):
    """What handles the requests: the transaction handler."""

    @property
    def orders_count(self) -> int:
        """Orders made so far."""

    def process(self, request: OrderRequest) -> OrderTicket:
        """Take a request."""

    def orders(self) -> Iterable[Order]:
        """All processed orders, by id."""

    def tickets(self) -> Iterable[OrderTicket]:
        """All tickets, by id."""

    def open_orders(self) -> Iterable[Order]:
        """Orders not closed yet."""

    def open_tickets(self) -> Iterable[OrderTicket]:
        """Tickets of orders not closed yet."""

    def find_order(self, order_id: int) -> Order | None:
        """The order of an id."""

    def find_ticket(self, order_id: int) -> OrderTicket | None:
        """The ticket of an id."""


class SecurityTransactionManager(ClrObject):
    """The orders of a run. Orders handed out are copies; tickets are the real ones."""

    def __init__(self, algorithm: TradingAlgorithm) -> None:
        self._algorithm = algorithm
        self._processor: OrderProcessor | None = None
        self._last_order_id = 0
        self._last_group_id = 0
        self._records: dict[int, tuple[Decimal, bool]] = {}
        self.market_order_fill_timeout = timedelta()

    def set_order_processor(self, processor: OrderProcessor) -> None:
        """Connect the transaction handler."""
        self._processor = processor

    @property
    def _handler(self) -> OrderProcessor:
        assert self._processor is not None, "no transaction handler is connected"
        return self._processor

    @property
    def _utc_ns(self) -> int:
        return self._algorithm.clock.ns

    @property
    def utc_time(self) -> datetime:
        """The frontier, aware UTC."""
        return aware_utc(self._utc_ns)

    @property
    def last_order_id(self) -> int:
        """The id given last."""
        return self._last_order_id

    @property
    def orders_count(self) -> int:
        """Orders made so far."""
        return self._handler.orders_count

    def get_increment_order_id(self) -> int:
        """The next order id."""
        self._last_order_id += 1
        return self._last_order_id

    def get_increment_group_order_manager_id(self) -> int:
        """The next group id."""
        self._last_group_id += 1
        return self._last_group_id

    # -- requests

    def process_request(self, request: OrderRequest) -> OrderTicket:
        """Give a request to the handler; a plain exception while the algorithm warms up, as LEAN throws it."""
        if self._algorithm.is_warming_up:
            raise ClrException(str(OrderResponse.warming_up(request)))
        if isinstance(request, SubmitOrderRequest) and request.order_id < 1:
            request._set_order_id(self.get_increment_order_id())
        return self._handler.process(request)

    def add_order(self, request: SubmitOrderRequest) -> OrderTicket:
        """Submit an order without the algorithm's pre-checks."""
        return self.process_request(request)

    def update_order(self, request: UpdateOrderRequest) -> OrderTicket:
        """Ask for an update."""
        return self.process_request(request)

    def cancel_order(self, order_id: int, order_tag: str | None = None) -> OrderTicket:
        """Ask for a cancellation; without a tag the order's tag becomes empty, as in LEAN."""
        return self.process_request(CancelOrderRequest(self._utc_ns, order_id, order_tag or ""))

    def cancel_open_orders(self, symbol: Symbol | None = None, tag: str | None = None) -> list[OrderTicket]:
        """Cancel all open orders, or those of a symbol."""
        if self._algorithm.is_warming_up:
            raise InvalidOperationException(
                "This operation is not allowed in initialize or during warm up: cancel_open_orders. "
                "Please move this code to the on_warmup_finished() method."
            )
        if symbol is None:
            tag = f"Canceled by CancelOpenOrders() at {self.utc_time:%Y-%m-%dT%H:%M:%S.%f}0Z"
        canceled = []
        for ticket in list(self._handler.open_tickets()):
            if symbol is None or ticket.symbol == symbol:
                ticket.cancel(tag)
                canceled.append(ticket)
        return canceled

    # -- looking

    def get_order_by_id(self, order_id: int) -> Order | None:
        """A copy of the order, None when there is none."""
        order = self._handler.find_order(order_id)
        return None if order is None else order.clone()

    def get_orders_by_brokerage_id(self, brokerage_id: str) -> list[Order]:
        """Copies of the orders with a brokerage id (all legs of a combo may share one)."""
        return [order.clone() for order in self._handler.orders() if brokerage_id in order.broker_id]

    def get_orders(self, filter: OrderFilter | None = None) -> Enumerable[Order]:
        """Copies of all orders, or of those a function accepts."""
        wanted = [order.clone() for order in self._handler.orders() if filter is None or filter(order)]
        return memoizing("Order", wanted)

    def get_open_orders(self, symbol_or_filter: Symbol | OrderFilter | None = None) -> list[Order]:
        """Copies of the open orders, of a symbol, or of those a function accepts."""
        accepts = _acceptor(symbol_or_filter)
        return [order.clone() for order in self._handler.open_orders() if accepts(order)]

    def get_order_ticket(self, order_id: int) -> OrderTicket | None:
        """The ticket of an order, None when there is none."""
        return self._handler.find_ticket(order_id)

    def get_order_tickets(self, filter: TicketFilter | None = None) -> Enumerable[OrderTicket]:
        """All tickets, or those a function accepts."""
        wanted = [ticket for ticket in self._handler.tickets() if filter is None or filter(ticket)]
        return memoizing("OrderTicket", wanted)

    def get_open_order_tickets(self, symbol_or_filter: Symbol | TicketFilter | None = None) -> Enumerable[OrderTicket]:
        """Tickets of open orders, of a symbol, or those a function accepts."""
        accepts = _acceptor(symbol_or_filter)
        return memoizing("OrderTicket", [ticket for ticket in self._handler.open_tickets() if accepts(ticket)])

    def get_open_orders_remaining_quantity(self, symbol_or_filter: Symbol | TicketFilter | None = None) -> float:
        """Sum of the unfilled signed quantities of open orders."""
        return float(self._remaining(_acceptor(symbol_or_filter)))

    def _remaining(self, accepts: Callable[[Any], bool]) -> Decimal:
        tickets = [ticket for ticket in self._handler.open_tickets() if accepts(ticket)]
        return sum((ticket._quantity - ticket._quantity_filled for ticket in tickets), ZERO)

    def wait_for_order(self, order_id: int) -> bool:
        """Whether the order is closed; a backtest never waits."""
        ticket = self._handler.find_ticket(order_id)
        return ticket is not None and is_closed(ticket.status)

    # -- the record of closed positions

    def _add_transaction_record(self, ns: int, profit_loss: Decimal, is_win: bool) -> None:
        while ns in self._records:
            ns += 1_000_000
        self._records[ns] = (profit_loss, is_win)

    @property
    def win_count(self) -> int:
        """Closed positions that count as wins."""
        return sum(is_win for _, is_win in self._records.values())

    @property
    def loss_count(self) -> int:
        """Closed positions that count as losses."""
        return len(self._records) - self.win_count


def _acceptor(symbol_or_filter: Any) -> Callable[[Any], bool]:
    if symbol_or_filter is None:
        return lambda _: True
    if callable(symbol_or_filter) and not isinstance(symbol_or_filter, Symbol):
        return symbol_or_filter  # type: ignore[no-any-return]  # a filter an algorithm wrote
    symbol = getattr(symbol_or_filter, "symbol", symbol_or_filter)
    return lambda item: bool(item.symbol == symbol)

"""From a request to its events: LEAN's transaction handler of backtests.

A submit request is processed inside the order call; updates and cancellations wait for the next submit or the end of
the step. Every processed request is followed by a scan of the brokerage, so a market order is filled before the call
returns, and the algorithm's handler runs inside it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leansim.account import quotes
from leansim.account.margin import Sufficiency
from leansim.api.enums import (
    BrokerageMessageType,
    DataNormalizationMode,
    DelistingType,
    OrderDirection,
    OrderRequestStatus,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
    SecurityType,
)
from leansim.api.instant import BY_TICKER
from leansim.api.net import ArgumentException
from leansim.api.order_events import OrderEvent, OrderFee, is_closed, is_fill
from leansim.api.order_requests import (
    CancelOrderRequest,
    OrderRequest,
    OrderResponse,
    SubmitOrderRequest,
    UpdateOrderRequest,
)
from leansim.api.order_ticket import OrderTicket
from leansim.api.orders import (
    ComboLimitOrder,
    MarketOrder,
    OptionExerciseOrder,
    Order,
    create_order,
)
from leansim.api.securities import Option
from leansim.api.symbols import Symbol
from leansim.errors import NotEmulated
from leansim.numbers import plain
from leansim.trading.brokerage import (
    Brokerage,
    EventSink,
    Notices,
    SimulatedBrokerage,
    group_orders,
    insufficient_text,
    securities_of,
)
from leansim.trading.brokerage_models import BrokerageMessageEvent
from leansim.trading.expiry import LIQUIDATE_FROM_DELISTING, is_expired
from leansim.trading.margin_calls import DefaultMarginCallModel
from leansim.trading.open_orders import OpenOrders
from leansim.trading.overrides import call
from leansim.trading.price_steps import round_group_price, round_prices
from leansim.trading.short_sales import is_shortable, not_shortable
from leansim.trading.submission_prices import submission_data

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.feed.delistings import Due
    from leansim.results.recorder import Recorder
    from leansim.trading.ports import TradingAlgorithm

_CODE = OrderResponseErrorCode

BrokerageMaker = Callable[["TradingAlgorithm", EventSink, Notices], Brokerage]
"""Makes the brokerage of a handler, which takes its events and notices."""


class TransactionHandler:
    """The orders of a run, and what happens to them."""

    def __init__(
        self, algorithm: TradingAlgorithm, recorder: Recorder, make_brokerage: BrokerageMaker = SimulatedBrokerage
    ) -> None:
        self._algorithm = algorithm
        self._recorder = recorder
        notices = Notices(algorithm.notify_assignment, self._option_position_gone, self._delisted)
        self.brokerage: Brokerage = make_brokerage(algorithm, self.handle_events, notices)
        if algorithm.portfolio.margin_call_model is None:
            properties = algorithm.default_order_properties
            algorithm.portfolio.margin_call_model = DefaultMarginCallModel(algorithm.portfolio, properties)
        self._orders: dict[int, Order] = {}
        self._tickets: dict[int, OrderTicket] = {}
        self._open = OpenOrders()
        self._queue: deque[OrderRequest] = deque()
        self._status_before_cancel: dict[int, OrderStatus] = {}
        self._adjustments: dict[Symbol, DataNormalizationMode] = {}
        self._count = 0
        self._warned_rounding = False
        self._warned_lots = False
        self._delistings_of: object = None
        self._ended: list[Symbol] = []

    # -- what is known (OrderProcessor)

    @property
    def orders_count(self) -> int:
        """Orders made so far."""
        return self._count

    def orders(self) -> Iterable[Order]:
        """All processed orders, by id."""
        return [self._orders[order_id] for order_id in sorted(self._orders)]

    def tickets(self) -> Iterable[OrderTicket]:
        """All tickets, by id."""
        return [self._tickets[order_id] for order_id in sorted(self._tickets)]

    def open_orders(self) -> Iterable[Order]:
        """Orders not closed yet, in LEAN's order."""
        return list(self._open)

    def open_tickets(self) -> Iterable[OrderTicket]:
        """Tickets of orders not closed yet, in LEAN's order."""
        return [self._tickets[order.id] for order in self._open]

    def find_order(self, order_id: int) -> Order | None:
        """The order of an id."""
        return self._orders.get(order_id)

    def find_ticket(self, order_id: int) -> OrderTicket | None:
        """The ticket of an id."""
        return self._tickets.get(order_id)

    def _known(self, order_id: int) -> Order | None:
        return self._open.get(order_id) or self._orders.get(order_id)

    # -- requests in

    def process(self, request: OrderRequest) -> OrderTicket:
        """Take a request: submit at once, update and cancel into the queue."""
        if isinstance(request, SubmitOrderRequest):
            return self._add(request)
        if isinstance(request, UpdateOrderRequest):
            return self._ask_update(request)
        assert isinstance(request, CancelOrderRequest)
        return self._ask_cancel(request)

    def process_synchronous_events(self) -> None:
        """One turn of the loop: drain the queue, scan, and once a slice let delisted contracts end."""
        if self._queue:
            self.drain()
        self.brokerage.scan()
        current = self._algorithm.current_slice
        if current is not self._delistings_of:
            self._delistings_of = current
            self._ended = self._end(current.delistings._notices) if current._instant.auxiliary is not None else []
        elif self._ended:
            self._forget_prices()

    def _end(self, notices: Sequence[Due]) -> list[Symbol]:
        """What the brokerage does about delistings; the symbols that are no more."""
        ended = [symbol for symbols, kind, _ in notices if kind is not DelistingType.WARNING for symbol in symbols]
        ended.sort(key=BY_TICKER)
        if ended:
            self.brokerage.process_delistings(ended)
        return ended

    def _forget_prices(self) -> None:
        """Contracts that ended in this step lose their prices at its end."""
        for symbol in self._ended:
            security = self._algorithm.securities._known(symbol)
            if security is not None:
                security.cache.reset()
        self._ended = []

    def apply_split(self, split: Any, mode: DataNormalizationMode) -> None:
        """A split of an equity traded in raw prices: open trades and, by the brokerage model, open orders change."""
        symbol = split.symbol
        self._algorithm.trade_builder.apply_split(split, mode)
        if symbol.security_type != SecurityType.EQUITY or mode != DataNormalizationMode.RAW:
            return
        tickets = [ticket for ticket in self.open_tickets() if ticket.symbol == symbol]
        if tickets:
            call(self._algorithm.brokerage_model, "apply_split", tickets, split)

    def drain(self) -> None:
        """Process what waits, in order; a request made meanwhile is processed by the call that makes it.

        What a model of the algorithm's raises does not pass through the order call: it ends the run.
        """
        while self._queue and self._is_due(self._queue[0]):
            request = self._queue.popleft()
            try:
                request.set_response(self._processed(request), OrderRequestStatus.PROCESSED)
                self.brokerage.scan()
            except (NotEmulated, AssertionError):
                raise  # the engine's own
            except Exception as error:  # noqa: BLE001  the algorithm's own code: whatever it raises ends the run
                self._algorithm.set_runtime_error(error, "HandleOrderRequest")

    def _processed(self, request: OrderRequest) -> OrderResponse:
        if isinstance(request, SubmitOrderRequest):
            return self._submit(request)
        if isinstance(request, UpdateOrderRequest):
            return self._update(request)
        assert isinstance(request, CancelOrderRequest)
        return self._cancel(request)

    def _wait(self, request: OrderRequest) -> None:
        """Put a request into the queue."""
        self._queue.append(request)

    def _is_due(self, request: OrderRequest) -> bool:
        """Whether the queue's first request is processed now: in a backtest always."""
        del request
        return True

    def _add(self, request: SubmitOrderRequest) -> OrderTicket:
        if self._algorithm.is_warming_up:
            response = OrderResponse.warming_up(request)
        else:
            response = self._check_shortable(request)
        request.set_response(response)
        ticket = OrderTicket(self._algorithm.transactions, request)
        security = self._algorithm.securities[request.symbol]
        order = create_order(request)
        self._count += 1
        self._tickets[order.id] = ticket
        self._recorder.order(order)
        if response.is_success:
            order.order_submission_data = submission_data(security, self._algorithm.price_factor(security))
            self._open.add(order)
            self._wait(request)
            self.drain()
            return ticket
        warming = response.error_code == _CODE.ALGORITHM_WARMING_UP
        order.tag = "Algorithm warming up." if warming else response.error_message
        order.price_currency = security.symbol_properties.quote_currency
        order.status = OrderStatus.INVALID
        ticket._set_order(order)
        self._orders[order.id] = order
        self.handle_events([OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO, order.tag or "")])
        return ticket

    def _check_shortable(self, request: SubmitOrderRequest) -> OrderResponse:
        security = self._algorithm.securities[request.symbol]
        if request._quantity >= 0 or is_shortable(security, request._quantity, self._algorithm.transactions):
            return OrderResponse.success(request)
        return not_shortable(request, security, request._quantity)

    def _ask_update(self, request: UpdateOrderRequest) -> OrderTicket:
        order, ticket = self._known(request.order_id), self._tickets.get(request.order_id)
        if order is None or ticket is None:
            return self._ticket_of_nothing(request)
        ticket._updates.append(request)
        if order.status == OrderStatus.NEW:
            request.set_response(OrderResponse.invalid_new_status(request, order))
        elif is_closed(order.status) and not request.is_allowed_for_closed_order():
            request.set_response(OrderResponse.invalid_status(request, order))
        elif request._quantity is not None and not request._quantity:
            request.set_response(OrderResponse.zero_quantity(request))
        elif self._algorithm.is_warming_up:
            request.set_response(OrderResponse.warming_up(request))
        elif not self._may_be_short(order, request):
            security = self._algorithm.securities[order.symbol]
            request.set_response(not_shortable(request, security, ticket._quantity))
        else:
            request.set_response(OrderResponse.success(request), OrderRequestStatus.PROCESSING)
            self._wait(request)
        return ticket

    def _may_be_short(self, order: Order, request: UpdateOrderRequest) -> bool:
        """Whether an update asks for no more shares than can be borrowed."""
        quantity = order._quantity if request._quantity is None else request._quantity
        if order.direction != OrderDirection.SELL and quantity >= 0:
            return True
        security = self._algorithm.securities[order.symbol]
        return is_shortable(security, quantity, self._algorithm.transactions, order.id)

    def _ask_cancel(self, request: CancelOrderRequest) -> OrderTicket:
        order, ticket = self._known(request.order_id), self._tickets.get(request.order_id)
        if order is None or ticket is None:
            return self._ticket_of_nothing(request)
        if not ticket._try_set_cancel_request(request):
            request.set_response(
                OrderResponse.error(request, _CODE.INVALID_REQUEST, "Cancellation is already in progress.")
            )
            return ticket
        if request.tag is not None:
            order.tag = request.tag
        if order.status == OrderStatus.NEW:
            request.set_response(OrderResponse.invalid_new_status(request, order))
        elif is_closed(order.status):
            request.set_response(OrderResponse.invalid_status(request, order))
        elif self._algorithm.is_warming_up:
            request.set_response(OrderResponse.warming_up(request))
        else:
            self._status_before_cancel[order.id] = order.status
            order.status = OrderStatus.CANCEL_PENDING
            self.handle_events([OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO)])
            request.set_response(OrderResponse.success(request), OrderRequestStatus.PROCESSING)
            self._wait(request)
        return ticket

    def _ticket_of_nothing(self, request: UpdateOrderRequest | CancelOrderRequest) -> OrderTicket:
        """The ticket LEAN answers with when there is no such order."""
        response = OrderResponse.unable_to_find_order(request)
        submit = SubmitOrderRequest(
            OrderType.MARKET, SecurityType.BASE, Symbol.EMPTY, 0, 0, 0, 0, 0, False, request._time_ns, request.tag
        )
        ticket = OrderTicket._refused(self._algorithm.transactions, submit, response)
        submit._set_order_id(request.order_id)
        request.set_response(response)
        if isinstance(request, UpdateOrderRequest):
            ticket._updates.append(request)
        else:
            ticket._try_set_cancel_request(request)
        return ticket

    # -- requests processed

    def _submit(self, request: SubmitOrderRequest) -> OrderResponse:
        order = self._open.get(request.order_id)
        if order is None or order.id in self._orders:
            return OrderResponse.error(
                request,
                _CODE.ORDER_ALREADY_EXISTS,
                f"Cannot process submit request because order with id {request.order_id} already exists",
            )
        self._orders[order.id] = order
        security = self._algorithm.securities[order.symbol]
        order.price_currency = security.symbol_properties.quote_currency
        if not order.tag:
            order.tag = order._default_tag()
        self._round_quantity(order, security)
        legs = group_orders(order, self._orders.get)
        securities = None if legs is None else securities_of(legs, self._algorithm)
        self._round_prices(order, security, securities)
        order.price_adjustment_mode = self._adjustment(security)
        self._tickets[order.id]._set_order(order)
        if legs is None:
            return OrderResponse.success(request)
        if any(not leg._quantity for leg in legs):
            return self._refuse(legs, OrderResponse.zero_quantity(request))
        if securities is None:
            return self._refuse(legs, OrderResponse.missing_security(request))
        refused = self._refuse_for_margin(order, request, legs, securities)
        if refused is not None:
            return refused
        for leg, leg_security in securities.items():
            refusal = self._brokerage_refuses("can_submit_order", leg_security, leg)
            if refusal is not None:
                ids = ",".join(str(each.id) for each in legs)
                text = f"BrokerageModel declared unable to submit order: [{ids}] {refusal}"
                code = _CODE.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER
                response = OrderResponse.error(request, code, text)
                self._invalidate(legs, text)
                self._algorithm.error(text)
                return response
        if not all(self.brokerage.place(leg) for leg in legs):
            ids = ",".join(str(each.id) for each in legs)
            text = f"Brokerage failed to place orders: [{ids}]"
            self._invalidate(legs, text)
            self._algorithm.error(text)
            return OrderResponse.error(request, _CODE.BROKERAGE_FAILED_TO_SUBMIT_ORDER, text)
        return OrderResponse.success(request)

    def _adjustment(self, security: Security) -> DataNormalizationMode:
        """How prices of a symbol are adjusted, as its first order finds it: by what the algorithm subscribed.

        Data the engine keeps for itself (the contract a continuous future stands for) count where there are no others.
        """
        if self._algorithm.live_mode:
            return DataNormalizationMode.RAW
        if security.symbol not in self._adjustments:
            found = (security.subscription_data_config or security).data_normalization_mode
            self._adjustments[security.symbol] = found
        return self._adjustments[security.symbol]

    def _update(self, request: UpdateOrderRequest) -> OrderResponse:
        order = self._known(request.order_id)
        if order is None:
            return OrderResponse.unable_to_find_order(request)
        if order.status == OrderStatus.NEW:
            return OrderResponse.invalid_new_status(request, order)
        closed = is_closed(order.status)
        if closed and not request.is_allowed_for_closed_order():
            return OrderResponse.invalid_status(request, order)
        security = self._algorithm.securities[order.symbol]
        self._round_quantity(order, security)
        refusal = self._brokerage_refuses("can_update_order", security, order, request)
        if refusal is not None:
            text = f"OrderID: {order.id} {refusal}"
            self._algorithm.error(text)
            said = "BrokerageModel declared unable to update order"
            self.handle_events([OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO, said)])
            return OrderResponse.error(request, _CODE.BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER, text)
        if order.group_order_manager is None:
            changed = order.clone()
            changed._apply(request)
            refused = self._refuse_for_margin(changed, request, [changed], None)
            if refused is not None:
                return refused
        order._apply(request)
        legs = group_orders(order, self._orders.get)
        securities = None if legs is None else securities_of(legs, self._algorithm)
        self._round_prices(order, security, securities)
        self._tickets[order.id]._set_order(order)
        if closed or self.brokerage.update(order):
            return OrderResponse.success(request)
        text = f"Brokerage failed to update order with id {request.order_id}"
        self._algorithm.error(text)
        said = "Brokerage failed to update order"
        self.handle_events([OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO, said)])
        return OrderResponse.error(request, _CODE.BROKERAGE_FAILED_TO_UPDATE_ORDER, text)

    def _cancel(self, request: CancelOrderRequest) -> OrderResponse:
        order = self._known(request.order_id)
        if order is None:
            return OrderResponse.unable_to_find_order(request)
        if order.status == OrderStatus.NEW:
            self._restore_status(order)
            return OrderResponse.invalid_new_status(request, order)
        if is_closed(order.status):
            self._restore_status(order)
            return OrderResponse.invalid_status(request, order)
        if not self.brokerage.cancel(order):
            text = f"Brokerage failed to cancel order with id {order.id}"
            self._algorithm.error(text)
            self._restore_status(order)
            return OrderResponse.error(request, _CODE.BROKERAGE_FAILED_TO_CANCEL_ORDER, text)
        if request.tag is not None:
            order.tag = request.tag
        return OrderResponse.success(request)

    def _restore_status(self, order: Order) -> None:
        before = self._status_before_cancel.pop(order.id, None)
        if before is not None:
            order.status = before

    # -- checks of a request

    def _refuse_for_margin(
        self, order: Order, request: OrderRequest, legs: list[Order], securities: dict[Order, Security] | None
    ) -> OrderResponse | None:
        """The answer when there is no margin for the orders, None when there is. ``securities``: of a submit."""
        try:
            sufficiency: Sufficiency = self._algorithm.portfolio._has_sufficient_buying_power(legs)
        except NotEmulated:
            raise
        except Exception as error:  # noqa: BLE001  LEAN answers any failure of a margin model this way
            self._algorithm.error(f"Order Error: id: {order.id}, Error executing margin models: {error}")
            said = "Error executing margin models"
            self.handle_events([OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO, said)])
            text = "An error occurred while checking sufficient buying power for the orders."
            return OrderResponse.error(request, _CODE.PROCESSING_ERROR, text)
        if sufficiency.is_sufficient:
            return None
        if securities is None:
            text = (
                f"Brokerage failed to update order with id: {order.id}, Symbol: {order.symbol.value}, Insufficient "
                f"buying power to complete order, Reason: {sufficiency.reason}."
            )
            self._algorithm.error(text)
            self.handle_events([OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO, text)])
            return OrderResponse.error(request, _CODE.BROKERAGE_FAILED_TO_UPDATE_ORDER, text)
        text = insufficient_text(securities, sufficiency)
        self._algorithm.error(text)
        self._invalidate(legs, text)
        return OrderResponse.error(request, _CODE.INSUFFICIENT_BUYING_POWER, text)

    def _brokerage_refuses(self, method: str, *arguments: Any) -> BrokerageMessageEvent | None:
        """What the brokerage model says when it does not take something, None when it does."""
        answer = call(self._algorithm.brokerage_model, method, *arguments, None)
        if not isinstance(answer, tuple) or len(answer) < 2:
            found = f"tuple type but was '{type(answer).__name__}'"
            if isinstance(answer, tuple):
                found = f"tuple with at least '2' items but only '{len(answer)}' were returned"
            raise ArgumentException(
                f"Invalid return type from method '{method}'. Expected a {found}. The tuple must contain the return "
                "value as the first item, with the remaining ones being the out parameters."
            )
        allowed, message = answer[:2]
        if allowed:
            return None
        return message or BrokerageMessageEvent(BrokerageMessageType.WARNING, "InvalidOrder", "")

    def _refuse(self, legs: list[Order], response: OrderResponse) -> OrderResponse:
        text = response.error_message or ""
        self._algorithm.error(text)
        self._invalidate(legs, text)
        return response

    def _invalidate(self, orders: list[Order], message: str) -> None:
        for order in orders:
            if not is_closed(order.status):
                order.status = OrderStatus.INVALID
            self.handle_events([OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO, message)])

    def _round_quantity(self, order: Order, security: Security) -> None:
        lot = quotes.lot_size(security)
        rest = order._quantity % lot
        if not rest:
            return
        order._set_quantity(order._quantity - rest)
        if not self._warned_lots:
            self._warned_lots = True
            self._algorithm.error(
                f"Warning: Due to brokerage limitations, orders will be rounded to the nearest lot size of {plain(lot)}"
            )

    def _round_prices(self, order: Order, security: Security, group: dict[Order, Security] | None) -> None:
        if isinstance(order, ComboLimitOrder):
            changed = None if group is None else round_group_price(group.items())
            changes = [] if changed is None else [("_limit_price", *changed)]
        else:
            changes = round_prices(order, security)
        for name, before, after in changes:
            if before != after and not self._warned_rounding:
                self._warned_rounding = True
                label = "".join(part.capitalize() for part in name.split("_"))
                self._algorithm.error(
                    f"Warning: To meet brokerage precision requirements, order {label} was rounded to "
                    f"{plain(after)} from {plain(before)}"
                )

    # -- events out

    def handle_events(self, events: list[OrderEvent]) -> None:
        """Give a batch of events to orders, portfolio, trades and tickets, then each to recorder and algorithm."""
        batch = [(event, self._order_of(event)) for event in events]
        for event, order in batch:
            self._complete(event, order)
        fills = [event for event in events if is_fill(event.status)]
        self._algorithm.portfolio._process_fills(fills)
        for event in events:
            if is_fill(event.status):
                self._algorithm.trade_builder.process_fill(event)
            assert event.ticket is not None
            event.ticket._add_event(event)
        for event in events:
            if event.status != OrderStatus.NONE:
                self._recorder.order_event(event)
                self._algorithm.notify_order_event(event)

    def _order_of(self, event: OrderEvent) -> Order:
        order = self._open.pop(event.order_id) if is_closed(event.status) else self._known(event.order_id)
        if order is not None and is_closed(event.status):
            self._orders[order.id] = order
        found = order or self._orders[event.order_id]
        event.ticket = self._tickets[found.id]
        return found

    def _complete(self, event: OrderEvent, order: Order) -> None:
        """Set the order by the event, and what LEAN always tells in an event by the order."""
        if order.id in self._status_before_cancel:
            if is_closed(event.status):
                del self._status_before_cancel[order.id]
            elif event.status != OrderStatus.CANCEL_PENDING:
                self._status_before_cancel[order.id] = event.status
        settled = order.status in (OrderStatus.FILLED, OrderStatus.CANCELED)
        if not settled or event.status != OrderStatus.INVALID:
            order.status = event.status
        event.id = order._next_event_id()
        assert event.ticket is not None
        if event.status == OrderStatus.CANCELED:
            order._canceled_ns = event._utc_ns
        elif is_fill(event.status):
            order._last_fill_ns = event._utc_ns
        elif event.status in (OrderStatus.SUBMITTED, OrderStatus.UPDATE_SUBMITTED) and event.ticket._updates:
            order._last_update_ns = event._utc_ns
        event._quantity = order._quantity
        if not isinstance(order, ComboLimitOrder):
            for name in ("_limit_price", "_stop_price", "_trigger_price", "_trailing_amount"):
                value = getattr(order, name, None)
                if value is not None:
                    setattr(event, name, value)

    # -- what the brokerage does by itself

    def _open_order(self, order: Order) -> None:
        """Take up an order nobody requested: exercise, assignment, liquidation."""
        order.status = OrderStatus.SUBMITTED
        order._set_id(self._algorithm.transactions.get_increment_order_id())
        security = self._algorithm.securities[order.symbol]
        request = SubmitOrderRequest(
            order.type, security.type, order.symbol, order._quantity, 0, 0, 0, 0, False, order._time_ns, order.tag
        )
        request._set_order_id(order.id)
        ticket = OrderTicket(self._algorithm.transactions, request)
        ticket._set_order(order)
        order.price_adjustment_mode = self._adjustment(security)
        self._open.add(order)
        self._orders[order.id] = order
        self._tickets[order.id] = ticket
        self._count += 1
        self._recorder.order(order)

    def _option_position_gone(self, symbol: Symbol, tag: str | None) -> None:
        """A contract expired, or a short position was assigned early."""
        option = self._algorithm.securities._known(symbol)
        if not isinstance(option, Option):
            return
        held: Decimal = option.holdings._quantity
        if not held or (held > 0 and not is_expired(option)):
            return
        order = OptionExerciseOrder(symbol, -held, self._algorithm.clock.ns, tag)
        order.order_submission_data = submission_data(option, self._algorithm.price_factor(option))
        order.price_currency = option.symbol_properties.quote_currency
        self._open_order(order)
        for event in call(option.option_exercise_model, "option_exercise", option, order):
            self.handle_events([event])
            if event.is_assignment:
                if order.tag:
                    event.message = f"{event.message}. {order.tag}" if event.message else order.tag
                self._algorithm.notify_assignment(event)

    def _delisted(self, symbol: Symbol) -> None:
        """Anything but an option ends: what is held is sold at the last price."""
        security = self._algorithm.securities._known(symbol)
        if security is None or not security.holdings._quantity:
            return
        order = MarketOrder(symbol, -security.holdings._quantity, self._algorithm.clock.ns, LIQUIDATE_FROM_DELISTING)
        self._open_order(order)
        event = OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO, LIQUIDATE_FROM_DELISTING)
        event.status = OrderStatus.FILLED
        event._fill_price = security.cache.price
        event._fill_quantity = order._quantity
        self.handle_events([event])

"""The simulated brokerage: orders that rest, looked at in every step, filled by the models of their securities.

:class:`Brokerage` is all the transaction handler knows of a brokerage; a layer that fails on purpose, or one that
answers later, implements it around this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from leansim.account.margin import Sufficiency, order_value
from leansim.api.enums import OrderStatus, OrderType
from leansim.api.net import ClrException, InvalidOperationException
from leansim.api.order_events import OrderEvent, OrderFee, is_closed, smart_rounding
from leansim.api.securities import Option
from leansim.api.symbols import Symbol, is_option
from leansim.errors import NotEmulated
from leansim.numbers import plain
from leansim.trading import fill_prices
from leansim.trading.expiry import OptionAssignmentParameters
from leansim.trading.fees import order_fee
from leansim.trading.fills import FillModelParameters
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.orders import Order
    from leansim.api.securities import Security
    from leansim.trading.ports import TradingAlgorithm

#: Orders that may fill in the step in which they are made.
_AT_ONCE: Final = (OrderType.MARKET, OrderType.COMBO_MARKET, OrderType.OPTION_EXERCISE)
_HOUR_NS: Final = 3600 * 1_000_000_000

EventSink = Callable[[list[OrderEvent]], None]


class Brokerage(Protocol):
    """What the transaction handler asks of a brokerage. Answers come as events to the sink it was made with."""

    def place(self, order: Order) -> bool:
        """Take a new order; False when it cannot be taken."""

    def update(self, order: Order) -> bool:
        """Take the new values of an order; False when it does not rest here."""

    def cancel(self, order: Order) -> bool:
        """Cancel an order, and with it its group; False when a part of it does not rest here."""

    def scan(self) -> None:
        """Let resting orders fill, expire and fail by what is known now."""

    def process_delistings(self, ended: Iterable[Symbol]) -> None:
        """Let contracts end."""


@dataclass(frozen=True)
class Notices:
    """What a brokerage reports besides order events."""

    assigned: Callable[[OrderEvent], None]
    option_position_gone: Callable[[Symbol, str | None], None]
    delisted: Callable[[Symbol], None]


class SimulatedBrokerage:
    """LEAN's backtesting brokerage."""

    def __init__(self, algorithm: TradingAlgorithm, sink: EventSink, notices: Notices) -> None:
        self._algorithm = algorithm
        self._sink = sink
        self._notices = notices
        self._pending: dict[int, Order] = {}
        self._next_assignment_ns = 0
        self._assigning: set[Symbol] = set()

    # -- orders in

    def place(self, order: Order) -> bool:
        """Rest the order and say so."""
        if order.status != OrderStatus.NEW:
            return False
        self._pending[order.id] = order
        self._name(order)
        self._emit([self._event(order, OrderStatus.SUBMITTED)])
        return True

    def update(self, order: Order) -> bool:
        """Confirm the order's new values."""
        if order.id not in self._pending:
            return False
        self._pending[order.id] = order
        self._name(order)
        self._emit([self._event(order, OrderStatus.UPDATE_SUBMITTED)])
        return True

    def cancel(self, order: Order) -> bool:
        """Cancel the order and the rest of its group, leg by leg."""
        legs = self._group(order)
        if legs is None:
            return False
        complete = True
        for leg in legs:
            if self._pending.pop(leg.id, None) is None:
                complete = False
            self._name(leg)
            self._emit([self._event(leg, OrderStatus.CANCELED)])
        return complete

    def rests(self, order_id: int) -> bool:
        """Whether an order waits here."""
        return order_id in self._pending

    def resting(self) -> list[Order]:
        """The orders that wait here, by id."""
        return [self._pending[order_id] for order_id in sorted(self._pending)]

    def forget(self, orders: Iterable[Order]) -> None:
        """These orders rest here no longer; nobody is told."""
        for order in orders:
            self._pending.pop(order.id, None)

    def take_over(self, orders: Iterable[Order]) -> None:
        """Orders that rest here already when the algorithm's process begins."""
        for order in orders:
            self._pending[order.id] = order
            self._name(order)

    # -- time passes

    def scan(self) -> None:
        """Look at every resting order, by id: time in force, margin, fill model."""
        now = self._algorithm.clock.ns
        if now >= self._next_assignment_ns:
            self._next_assignment_ns = now - now % _HOUR_NS + _HOUR_NS
            self._assign_early()
        if not self._pending:
            return
        unmoved: set[int] = set()
        for order in [self._pending[order_id] for order_id in sorted(self._pending)]:
            if is_closed(order.status):
                self._pending.pop(order.id, None)
            elif order.type in _AT_ONCE or order._time_ns != now:
                self._scan_order(order, unmoved)

    def _scan_order(self, order: Order, unmoved: set[int]) -> None:
        legs = self._group(order)
        if legs is None:
            return
        group = order.group_order_manager
        if group is not None and group.id in unmoved:
            return
        securities = self._securities(legs)
        if securities is None:
            self._remove(legs, OrderStatus.INVALID)
            return
        if not self._may_fill(securities):
            return
        sufficiency = self._sufficiency(legs)
        if sufficiency is None:
            return
        if not sufficiency.is_sufficient:
            if order.status == OrderStatus.CANCEL_PENDING:
                return
            message = insufficient_text(securities, sufficiency)
            self._remove(legs, OrderStatus.INVALID, message)
            self._algorithm.error(message)
            return
        fills = self._fills(order, securities)
        if not fills:
            if group is not None and all(_is_leansims(s.fill_model) for s in securities.values()):
                # the other legs would be asked the same and answer the same
                unmoved.add(group.id)
            return
        self._deliver(legs, fills)

    def _may_fill(self, securities: dict[Order, Security]) -> bool:
        """What LEAN looks at before it computes margins."""
        for order, security in securities.items():
            if order.type == OrderType.MARKET_ON_OPEN:
                last_end = fill_prices.last_bar_end_local_ns(security)
                if last_end is None or fill_prices.local_ns(security, order._time_ns) >= last_end:
                    return False
            if order.time_in_force.is_order_expired(security, order):
                self._remove(list(securities), OrderStatus.CANCELED, "The order has expired.")
                return False
            if not call(self._algorithm.brokerage_model, "can_execute_order", security, order):
                return False
        return True

    def _sufficiency(self, legs: list[Order]) -> Sufficiency | None:
        """Whether there is margin for the fill; None when a margin model failed, which ends the order."""
        try:
            return self._algorithm.portfolio._has_sufficient_buying_power(legs)
        except NotEmulated:
            raise
        except Exception as error:  # noqa: BLE001  LEAN takes any failure of a margin model for a refusal
            self._remove(legs, OrderStatus.INVALID, str(error))
            ids = ",".join(str(leg.id) for leg in legs)
            self._algorithm.error(f"Order Error: ids: [{ids}], Error executing margin models: {error}")
            return None

    def _fills(self, order: Order, securities: dict[Order, Security]) -> list[OrderEvent]:
        """What the fill model gives, with fees. A failing model fills nothing, as in LEAN, and says so once a scan."""
        security = securities[order]
        fills: list[OrderEvent] = []
        try:
            if order.type == OrderType.OPTION_EXERCISE:
                assert isinstance(security, Option)
                fills += call(security.option_exercise_model, "option_exercise", security, order)
            else:
                found = list(call(security.fill_model, "fill", self._parameters(order, securities)))
                if all(order.time_in_force.is_fill_valid(security, order, fill) for fill in found):
                    fills += found
            for fill in fills:
                if fill.status == OrderStatus.FILLED and not fill.order_fee.value._amount:
                    leg = next(leg for leg in securities if leg.id == fill.order_id)
                    fill.order_fee = order_fee(securities[leg], leg)
        except NotEmulated:
            raise
        except Exception as error:
            if _is_leansims(security.fill_model) and not isinstance(error, ClrException):
                raise
            self._algorithm.error(
                f"Order Error: id: {order.id}, Transaction model failed to fill for order type: "
                f"{order.type} with error: {error}"
            )
        return fills

    def _parameters(self, order: Order, securities: dict[Order, Security]) -> FillModelParameters:
        span = self._algorithm.settings.stale_price_time_span
        return FillModelParameters(securities[order], order, span, securities, lambda _: None)

    def _deliver(self, legs: list[Order], fills: list[OrderEvent]) -> None:
        events: list[OrderEvent] = []
        assignments: list[tuple[Order, OrderEvent]] = []
        for leg in legs:
            for fill in (fill for fill in fills if fill.order_id == leg.id):
                if leg.status != fill.status or fill._fill_quantity:
                    # at once, so that a scan from inside the algorithm's handler does not fill it again
                    leg.status = fill.status
                    events.append(fill)
                if fill.is_assignment:
                    assignments.append((leg, fill))
        self._emit(events)
        for leg, fill in assignments:
            fill.message = leg.tag or ""
            self._notices.assigned(fill)
        if all(is_closed(fill.status) for fill in fills):
            for leg in legs:
                self._pending.pop(leg.id, None)

    # -- options end

    def _assign_early(self) -> None:
        short = [
            security
            for security in self._algorithm.portfolio._invested_securities()
            if isinstance(security, Option) and security.holdings.is_short
        ]
        for option in sorted(short, key=lambda security: security.symbol.id.symbol):
            result = call(option.option_assignment_model, "get_assignment", OptionAssignmentParameters(option))
            if result is None or not result.quantity:
                continue
            if option.symbol in self._assigning:
                raise InvalidOperationException(
                    f"Duplicate option exercise order request for symbol {option.symbol}. Please contact support"
                )
            self._assigning.add(option.symbol)
            self._notices.option_position_gone(option.symbol, result.tag)

    def process_delistings(self, ended: Iterable[Symbol]) -> None:
        """End contracts that are delisted now, options first, and cancel what rests in them."""
        for symbol in sorted(ended, key=lambda symbol: not is_option(symbol.security_type)):
            if is_option(symbol.security_type):
                self._notices.option_position_gone(symbol, None)
            else:
                self._notices.delisted(symbol)
            if not self._algorithm.is_warming_up:
                self._algorithm.transactions.cancel_open_orders(symbol)

    # -- shared

    def _emit(self, events: list[OrderEvent]) -> None:
        for event in events:
            self._assigning.discard(event.symbol)
        self._sink(events)

    def _event(self, order: Order, status: OrderStatus, message: str = "") -> OrderEvent:
        event = OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO, message)
        event.status = status
        return event

    def _remove(self, orders: list[Order], status: OrderStatus, message: str = "") -> None:
        events = [self._event(order, status, message) for order in orders]
        for order in orders:
            self._pending.pop(order.id, None)
        self._emit(events)

    def _group(self, order: Order) -> list[Order] | None:
        return group_orders(order, self._pending.get)

    def _securities(self, orders: list[Order]) -> dict[Order, Security] | None:
        return securities_of(orders, self._algorithm)

    @staticmethod
    def _name(order: Order) -> None:
        if not order.broker_id:
            order.broker_id.append(str(order.id))


def group_orders(order: Order, find: Callable[[int], Order | None]) -> list[Order] | None:
    """All orders of an order's group, by id; None while one of them is not there."""
    group = order.group_order_manager
    if group is None:
        return [order]
    orders = [order]
    for order_id in group.order_ids:
        if order_id == order.id:
            continue
        found = find(order_id)
        if found is None:
            return None
        orders.append(found)
    if len(orders) != group.count:
        return None
    return sorted(orders, key=lambda leg: leg.id)


def securities_of(orders: list[Order], algorithm: TradingAlgorithm) -> dict[Order, Security] | None:
    """The securities of some orders; None when one is not subscribed any more."""
    found: dict[Order, Security] = {}
    for order in orders:
        if order.symbol not in algorithm.securities:
            return None
        found[order] = algorithm.securities[order.symbol]
    return found


def insufficient_text(securities: dict[Order, Security], sufficiency: Sufficiency) -> str:
    """LEAN's message for orders there is no margin for."""
    ids = ",".join(str(order.id) for order in securities)
    values = ",".join(plain(smart_rounding(order_value(order, security))) for order, security in securities.items())
    return (
        f"Order Error: ids: [{ids}], Insufficient buying power to complete orders (Value:[{values}]), "
        f"Reason: {sufficiency.reason}."
    )


def _is_leansims(model: object) -> bool:
    return type(model).__module__.startswith("leansim.")

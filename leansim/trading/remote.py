"""A brokerage at the other end of a line: the simulated one, with answers that may be late, wrong or missing.

It keeps orders of its own, so what the algorithm knows and what is true may differ. Faults come from a plan; habits
from a plug-in:

``generic``    tells what happens when it happens.
``tastytrade`` as LEAN's Tastytrade plug-in: partial fills are told when the whole order is filled, and lost when the
               rest is canceled; every leg of a combo has to be canceled (updated) before anything is sent; fills
               carry no fees; expiry, exercise and assignment are not told; an order without an answer is an error.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from leansim.api.enums import OrderStatus
from leansim.api.order_events import OrderEvent, OrderFee, is_fill
from leansim.api.securities import Option
from leansim.api.time_zones import NS_PER_SECOND
from leansim.numbers import ZERO
from leansim.trading.books import Books
from leansim.trading.brokerage import EventSink, Notices, SimulatedBrokerage
from leansim.trading.faults import CANCEL, EVENT, FILL, SUBMIT, UPDATE, Fault, FaultDraw, Subject
from leansim.trading.habits import HABITS, TIME_OUT_SECONDS
from leansim.trading.partial_fills import in_parts, joined, prices_at_limit

if TYPE_CHECKING:
    from leansim.api.orders import GroupOrderManager, Order
    from leansim.api.symbols import Symbol
    from leansim.trading.line import Line
    from leansim.trading.ports import TradingAlgorithm

_PRICES: Final = ("_limit_price", "_stop_price", "_trigger_price", "_trailing_amount")


@dataclass(frozen=True)
class Around:
    """The run around an order: the algorithm's clock, and faults that concern more (outages, messages, restarts)."""

    local_time: Callable[[], datetime]
    trouble: Callable[[Fault, bool], None]
    time_out: Callable[[str], None]


class RemoteBrokerage:
    """See the module. ``books`` are the brokerage's own; they outlive the algorithm's process."""

    def __init__(
        self,
        algorithm: TradingAlgorithm,
        sink: EventSink,
        notices: Notices,
        draw: FaultDraw,
        line: Line,
        around: Around,
    ) -> None:
        own = Notices(notices.assigned, self._option_position_gone, self._delisted)
        self._inner = SimulatedBrokerage(algorithm, self._happened, own)
        self._algorithm = algorithm
        self._sink = sink
        self._notices = notices
        self._draw = draw
        self._line = line
        self._around = around
        self._habits = HABITS[draw.plan.plugin]
        self._latency = draw.plan.latency
        self._theirs: dict[int, Order] = {}
        self._ours: dict[int, Order] = {}
        self._groups: dict[int, GroupOrderManager] = {}
        self._gathered: dict[tuple[str, int], dict[int, Order]] = {}
        self._rest: dict[int, OrderEvent] = {}
        self._untold: dict[tuple[bool, int], list[OrderEvent]] = {}
        self._due: list[tuple[int, list[OrderEvent]]] = []
        self._silent: set[int] = set()
        self.books = Books(ZERO)

    # -- requests

    def place(self, order: Order) -> bool:
        """Send an order, a combo when its last leg is there."""
        if self._line.is_broken or order.status != OrderStatus.NEW:
            return False
        self._ours[order.id] = order
        legs = self._complete(SUBMIT, order, every_leg=True)
        if legs is None:
            return True
        theirs = [self._mirror(leg) for leg in legs]
        fault = self._befalls(SUBMIT, theirs)
        if fault is None or fault.do == "delay":
            self._request(lambda: self._arrive(theirs), fault)
        elif fault.do == "reject":
            self._request(lambda: self._refuse(theirs, fault.text), None)
        elif fault.do == "invalid_but_live":
            self._request(lambda: self._arrive_silently(theirs, fault.text), None)
        elif fault.do == "time_out":
            self._silent.update(leg.id for leg in theirs)
            self._request(lambda: self._arrive(theirs), None)
        if fault is not None and fault.do in ("lose", "time_out") and self._habits.times_out:
            self._line.answer(lambda: self._around.time_out(_named(theirs)), TIME_OUT_SECONDS, in_order=False)
        return True

    def update(self, order: Order) -> bool:
        """Send an order's new values."""
        return self._ask(UPDATE, order, self._update_there)

    def cancel(self, order: Order) -> bool:
        """Ask for an order's end, and that of its group."""
        return self._ask(CANCEL, order, self._cancel_there)

    def _ask(self, what: str, order: Order, there: Callable[[list[Order]], bool]) -> bool:
        if self._line.is_broken:
            return False
        legs = self._complete(what, order, every_leg=self._habits.wants_every_leg)
        if legs is None:
            return True
        # as they are now: the algorithm may change them again while this is on its way
        asked = [leg.clone() for leg in legs]
        for leg in asked:
            leg.group_order_manager = copy.copy(leg.group_order_manager)
        fault = self._befalls(what, [self._theirs[leg.id] for leg in legs])
        if fault is not None and fault.do == "refuse":
            return False
        if fault is not None and fault.do == "lose":
            return True
        if fault is not None and fault.do == "fill_first":
            self._request(lambda: self._fill_all(legs[0]), None)
            return True
        answers: list[bool] = []
        self._request(lambda: answers.append(there(asked)), fault)
        # nobody knows yet what becomes of a request on its way
        return answers[0] if answers else True

    def _complete(self, what: str, order: Order, *, every_leg: bool) -> list[Order] | None:
        """The legs a request is about; None while it waits for the other legs' requests."""
        group = order.group_order_manager
        if group is None or not every_leg:
            return [order]
        gathered = self._gathered.setdefault((what, group.id), {})
        gathered[order.id] = order
        wanted = group.count if what == SUBMIT else sum(self._is_open(leg) for leg in group.order_ids)
        if len(gathered) < wanted:
            return None
        del self._gathered[what, group.id]
        return [gathered[order_id] for order_id in sorted(gathered)]

    def _is_open(self, order_id: int) -> bool:
        return self._inner.rests(order_id) or order_id in self._rest

    def _request(self, what: Callable[[], None], fault: Fault | None) -> None:
        late = 0.0 if fault is None or fault.do != "delay" else fault.seconds
        self._line.request(what, self._draw.spread(self._latency.request) + late)

    # -- at the brokerage

    def _mirror(self, order: Order) -> Order:
        """The brokerage's own copy of an order, with its own group."""
        copy = self._theirs[order.id] = order.clone()
        group = order.group_order_manager
        if group is not None:
            if group.id not in self._groups:
                self._groups[group.id] = type(group)(group.id, group.count, group._quantity, group._limit_price)
                for order_id in group.order_ids:
                    self._groups[group.id].order_ids.add(order_id)
            copy.group_order_manager = self._groups[group.id]
        return copy

    def _arrive(self, legs: list[Order]) -> None:
        name = self.books.next_id() if self._line.is_slow else None
        for leg in legs:
            if name is not None:
                leg.broker_id = [name]
                self._ours[leg.id].broker_id = [name]
            # nothing fills on a bar that was over when the order arrived
            leg._time_ns = self._algorithm.clock.ns
            self._inner.place(leg)
        if self._line.is_slow:
            self._inner.scan()

    def _arrive_silently(self, legs: list[Order], text: str) -> None:
        """The order lives, and the algorithm is told it does not."""
        self._silent.update(leg.id for leg in legs)
        self._arrive(legs)
        self._tell([self._event(leg, OrderStatus.INVALID, text) for leg in legs])

    def _refuse(self, legs: list[Order], text: str) -> None:
        for leg in legs:
            leg.status = OrderStatus.INVALID
        self._tell([self._event(leg, OrderStatus.INVALID, text) for leg in legs])

    def _update_there(self, legs: list[Order]) -> bool:
        done = False
        for asked in legs:
            if not self._inner.rests(asked.id):
                continue
            theirs = self._theirs[asked.id]
            wanted, group = asked.group_order_manager, theirs.group_order_manager
            if wanted is not None and group is not None:
                group._quantity, group._limit_price = wanted._quantity, wanted._limit_price
            else:
                theirs._set_quantity(asked._quantity)
            for name in _PRICES:
                if name in vars(asked):
                    setattr(theirs, name, getattr(asked, name))
            done = self._inner.update(theirs)
        return done

    def _cancel_there(self, legs: list[Order]) -> bool:
        theirs = self._theirs[legs[0].id]
        if self._inner.rests(theirs.id):
            return self._inner.cancel(theirs)
        group = self._legs_of(theirs)
        open_legs = [leg for leg in group if self._rest.pop(leg.id, None) is not None]
        for leg in open_legs:
            leg.status = OrderStatus.CANCELED
        if open_legs and not self._habits.tells_partial_fills:
            # the whole order counts as canceled, and what of it was filled is never told
            self._untold.pop(_package(theirs), None)
            open_legs = group
        self._tell([self._event(leg, OrderStatus.CANCELED) for leg in open_legs])
        return bool(open_legs)

    def _fill_all(self, order: Order) -> None:
        """Everything of the order fills at its limit, or at the last prices where it has none."""
        theirs = self._theirs[order.id]
        if not self._inner.rests(theirs.id):
            return
        legs = self._legs_of(theirs)
        prices = prices_at_limit(legs, self._algorithm.securities)
        fills = []
        for leg, price in zip(legs, prices, strict=True):
            fill = self._event(leg, OrderStatus.FILLED)
            fill._fill_price, fill._fill_quantity = price, leg._quantity
            fills.append(fill)
        self._inner.forget(legs)
        self._happened(fills)

    def scan(self) -> None:
        """Let what rests there fill, expire and fail."""
        self._inner.scan()
        self._fill_due()
        for order_id in list(self._rest):
            order = self._theirs[order_id]
            if order.time_in_force.is_order_expired(self._algorithm.securities[order.symbol], order):
                del self._rest[order_id]
                order.status = OrderStatus.CANCELED
                self._tell([self._event(order, OrderStatus.CANCELED, "The order has expired.")])

    def process_delistings(self, ended: Iterable[Symbol]) -> None:
        """Let contracts end."""
        self._inner.process_delistings(ended)

    def _option_position_gone(self, symbol: Symbol, tag: str | None) -> None:
        option = self._algorithm.securities._known(symbol)
        if isinstance(option, Option):
            self.books.end(option)
        if self._habits.tells_settlements:
            self._notices.option_position_gone(symbol, tag)

    def _delisted(self, symbol: Symbol) -> None:
        security = self._algorithm.securities._known(symbol)
        if security is not None:
            self.books.sell_out(security)
        self._notices.delisted(symbol)

    # -- answers

    def _happened(self, events: list[OrderEvent]) -> None:
        """What the simulated brokerage says has happened; the plan may have it happen in part only."""
        fills = [event for event in events if is_fill(event.status)]
        fault = self._befalls(FILL, [self._theirs[event.order_id] for event in fills]) if fills else None
        if fault is None:
            self._is_so(events)
            return
        now, left = in_parts(fills, fault)
        for event in left:
            self._rest[event.order_id] = event
        self._is_so(now)
        if fault.rest_seconds is not None and left:
            self._due.append((self._algorithm.clock.ns + round(fault.rest_seconds * NS_PER_SECOND), left))
            if self._line.is_slow:
                self._line.request(self._fill_due, fault.rest_seconds)

    def _fill_due(self) -> None:
        """What was left of partial fills and is due fills; without answers between steps in the first step after."""
        now = self._algorithm.clock.ns
        due, self._due = [e for e in self._due if e[0] <= now], [e for e in self._due if e[0] > now]
        for _, left in due:
            self._fill_rest(left)

    def _fill_rest(self, left: list[OrderEvent]) -> None:
        """What was left fills too, as far as nobody canceled it."""
        events = [event for event in left if self._rest.pop(event.order_id, None) is not None]
        for event in events:
            event._utc_ns = self._algorithm.clock.ns
        self._is_so(events)

    def _is_so(self, events: list[OrderEvent]) -> None:
        """True from now on, whoever hears of it."""
        for event in events:
            order = self._theirs[event.order_id]
            order.status = event.status
            if is_fill(event.status):
                self.books.fill(event, order, self._algorithm.securities[event.symbol])
        self._tell(events)

    def _tell(self, events: list[OrderEvent]) -> None:
        """Pass events on, as far as the plug-in tells them and the plan lets them through."""
        told = self._as_told([event for event in events if not self._is_silent(event)])
        if not told:
            return
        fault = self._befalls(EVENT, [self._theirs[event.order_id] for event in told], told)
        seconds = self._draw.spread(self._latency.answer)
        if fault is None:
            self._line.answer(lambda: self._sink(told), seconds)
        elif fault.do == "delay":
            self._line.answer(lambda: self._sink(told), seconds + fault.seconds, in_order=False)
        elif fault.do == "duplicate":
            again = [event.clone() for event in told]
            self._line.answer(lambda: self._sink(told), seconds)
            self._line.answer(lambda: self._sink(again), seconds + fault.seconds, in_order=False)
        elif fault.do == "reorder":
            for event in self._draw.shuffle(told):
                self._line.answer(lambda event=event: self._sink([event]), seconds)  # type: ignore[misc]  # bound now

    def _is_silent(self, event: OrderEvent) -> bool:
        return event.order_id in self._silent and event.status != OrderStatus.INVALID

    def _as_told(self, events: list[OrderEvent]) -> list[OrderEvent]:
        """The events as the plug-in passes them on; fills of a package that is not complete may have to wait."""
        told: list[OrderEvent] = []
        for event in events:
            if not is_fill(event.status):
                told.append(event)
                continue
            if not self._habits.tells_fees:
                event.order_fee = OrderFee.ZERO
            if self._habits.tells_partial_fills:
                told.append(event)
            else:
                self._untold.setdefault(_package(self._theirs[event.order_id]), []).append(event)
        for package in [package for package, fills in self._untold.items() if self._is_complete(fills)]:
            told += joined(self._untold.pop(package))
        return told

    def _is_complete(self, fills: list[OrderEvent]) -> bool:
        return not any(leg.id in self._rest for leg in self._legs_of(self._theirs[fills[0].order_id]))

    # -- shared

    def _befalls(self, on: str, orders: list[Order], events: Iterable[OrderEvent] = ()) -> Fault | None:
        subject = Subject(
            on,
            tuple(order.symbol.value for order in orders),
            tuple(order.tag or "" for order in orders),
            str(orders[0].type).lower(),
            tuple({str(event.status).lower() for event in events}),
        )
        fault = self._draw.befalls(subject, self._now)
        if fault is not None and fault.do in ("message", "disconnect", "restart"):
            # a request is not on its way yet; what has happened at the brokerage is finished there first
            self._around.trouble(fault, on in (SUBMIT, UPDATE, CANCEL))
            return None
        return fault

    @property
    def _now(self) -> datetime:
        return self._around.local_time()

    def _legs_of(self, order: Order) -> list[Order]:
        group = order.group_order_manager
        return [order] if group is None else [self._theirs[order_id] for order_id in sorted(group.order_ids)]

    def _event(self, order: Order, status: OrderStatus, message: str = "") -> OrderEvent:
        event = OrderEvent(order, self._algorithm.clock.ns, OrderFee.ZERO, message)
        event.status = status
        return event

    # -- a new process of the algorithm's

    @property
    def unfilled(self) -> dict[int, OrderEvent]:
        """What is left of orders of which a part has filled, as the fill it would be."""
        return dict(self._rest)

    def open_orders(self) -> list[Order]:
        """What rests at the brokerage, in the brokerage's own copies."""
        return self._inner.resting() + [self._theirs[order_id] for order_id in sorted(self._rest)]

    def take_over(self, orders: Iterable[Order], unfilled: dict[int, OrderEvent]) -> None:
        """These orders rest here, as a process before left them."""
        for order in orders:
            self._ours[order.id] = order
            theirs = self._mirror(order)
            rest = unfilled.get(order.id)
            if rest is None:
                self._inner.take_over([theirs])
            else:
                self._rest[order.id] = rest
                rest.order_id = order.id


def _package(order: Order) -> tuple[bool, int]:
    """What an order belongs to: a group, or itself."""
    group = order.group_order_manager
    return (False, order.id) if group is None else (True, group.id)


def _named(orders: list[Order]) -> str:
    return ", ".join(str(order.id) for order in orders)

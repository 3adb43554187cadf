"""A broker with a truth of its own, and every bad habit a broker can have.

What it holds and what its orders did survives the death of our process; what it was about to tell us does not. With
`CALM` habits it is an ordinary, well-behaved broker and serves as the simple backend of other tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from math import gcd
from random import Random

from builders import NOON
from fakes.buying_power import margin
from fakes.habits import CALM, Habits
from fakes.market import FakeMarket
from tomking.errors import BackendUnreachable, OrderRefused
from tomking.events import CloseReason, FillReason
from tomking.execution.backend import (
    Accepted,
    Balances,
    Capabilities,
    Closed,
    Filled,
    Lost,
    OrderReport,
    OrderRequest,
    OrderStatus,
    Reckoned,
    Refused,
    Report,
    Settled,
)
from tomking.execution.pricing import package_price
from tomking.market.contract import Contract
from tomking.market.leg import Leg

Boundary = Callable[[str], None]


@dataclass
class VenueOrder:
    """An order as the broker knows it."""

    request: OrderRequest
    venue_order_id: str
    visible_from: int
    fills: list[Filled] = field(default_factory=list)
    close_reason: CloseReason | None = None

    @property
    def remaining(self) -> dict[Contract, int]:
        left = {leg.contract: leg.ratio * self.request.quantity for leg in self.request.legs}
        for fill in self.fills:
            left[fill.contract] -= fill.quantity
        return {contract: quantity for contract, quantity in left.items() if quantity}


class ChaoticBackend:
    """The broker and the way to it.

    Attributes:
        submissions: every order id that was sent, in order: none may be there twice.
        traded_late: the orders that traded after their end, whether that had been told or not.
        book: what the account truly holds.
        buying_power: what the account may tie up in all; None: there is no end to it.
        reckon: what it says beforehand that a package would tie up; None: nothing.
        dry_run: what it says when an order comes in that the order ties up; None: it does not say.
        boundary: called before and after every call; a test raises in it to die there.
        on_submit: called with each request as it arrives, before its fate; a test checks what must be true by then.
    """

    def __init__(
        self,
        market: FakeMarket,
        habits: Habits = CALM,
        *,
        seed: int = 0,
        max_legs: int = 4,
        replaces: bool = False,
        combo_market: bool = False,
        boundary: Boundary = lambda name: None,
    ) -> None:
        self.market = market
        self.habits = habits
        self.chance = Random(seed)
        self.capabilities = Capabilities(max_legs, replaces, combo_market)
        self.boundary = boundary
        self.on_submit: Callable[[OrderRequest], None] = lambda request: None
        self.submissions: list[str] = []
        self.canceled: list[str] = []
        self.traded_late: set[str] = set()
        self.orders_by_id: dict[str, VenueOrder] = {}
        self.book: dict[Contract, int] = {}
        self.equity = Decimal(100_000)
        self.cash = Decimal(100_000)
        self.buying_power: Decimal | None = None
        self.reckon: Callable[[Sequence[Leg]], Decimal] | None = None
        self.dry_run: Callable[[OrderRequest], Decimal] | None = None
        self.turn = 0
        self.now = NOON
        self._open: dict[str, VenueOrder] = {}
        self._coming: list[tuple[int, OrderRequest, str]] = []
        self._inbox: list[tuple[int, Report]] = []
        self._fill_count = 0
        self._dark_until = 0
        self._squeezed_until = 0

    def copied(self, market: FakeMarket, boundary: Boundary) -> ChaoticBackend:
        """The same broker with the same future, to be met by another process of ours."""
        twin = copy(self)
        twin.market, twin.boundary, twin.chance = market, boundary, Random()
        twin.chance.setstate(self.chance.getstate())
        twin.submissions, twin.canceled, twin.book = self.submissions[:], self.canceled[:], self.book.copy()
        twin.traded_late = self.traded_late.copy()
        twin.orders_by_id = {
            key: replace(each, fills=each.fills[:]) if key in self._open else each
            for key, each in self.orders_by_id.items()
        }
        twin._open = {key: twin.orders_by_id[key] for key in self._open}
        twin._coming, twin._inbox = self._coming[:], self._inbox[:]
        return twin

    # -- the broker's own life -----------------------------------------------------------------------------------------

    def tick(self, now: datetime) -> None:
        """A moment passes at the broker: the line breaks, late requests arrive, orders trade."""
        self.turn += 1
        self.now = now
        if self._happens(self.habits.cut):
            self._dark_until = self.turn + self.chance.randrange(2, 8)
            self._inbox.clear()
        if self._happens(self.habits.squeezed):
            self._squeezed_until = self.turn + self.chance.randrange(3, 10)
        if self._happens(self.habits.moved):
            self.market.wander(self.chance)
        if self._coming:
            arrived = [each for each in self._coming if each[0] <= self.turn]
            self._coming = [each for each in self._coming if each[0] > self.turn]
            for _, request, replaced in arrived:
                self._take(request, replaced)
        for order in list(self._open.values()):
            if self._can_trade(order) and self._happens(self._eagerness(order)):
                self._trade(order)

    def disconnect(self) -> None:
        """Our process died: what had not been handed over is gone."""
        self._inbox.clear()

    @property
    def is_quiet(self) -> bool:
        """Nothing works, nothing is on its way, nothing is still hidden."""
        is_all_seen = all(order.visible_from <= self.turn for order in self.orders_by_id.values())
        return not self._coming and not self._inbox and not self._open and is_all_seen

    @property
    def working(self) -> list[str]:
        return list(self._open)

    @property
    def at_market(self) -> list[str]:
        """The orders that named no price, of those that arrived."""
        return [order_id for order_id, order in self.orders_by_id.items() if order.request.at_market]

    def hold(self, contract: Contract, quantity: int) -> None:
        """A holding that was there before us."""
        self._book(contract, quantity)

    def settle(self, settlement_id: str, contract: Contract, quantity: int, price: Decimal, reason: FillReason) -> None:
        """Expiry, exercise or assignment of a holding."""
        self._book(contract, quantity)
        self._inbox.append((self.turn, Settled(settlement_id, contract, quantity, price, reason, self.now)))

    def fill(self, order: VenueOrder, contract: Contract, quantity: int) -> None:
        """A fill the test wants."""
        self._fill(order, contract, quantity, certainly_told=True)

    def end(self, order: VenueOrder, reason: CloseReason) -> None:
        """An end nobody asked for."""
        self._close(order, reason)

    # -- Backend -------------------------------------------------------------------------------------------------------

    def submit(self, request: OrderRequest) -> None:
        self._sent(request, "submit", "submitted")

    def replace(self, order_id: str, request: OrderRequest) -> None:
        self._sent(request, "replace", "replaced", order_id)

    def _sent(self, request: OrderRequest, before: str, after: str, replaced: str = "") -> None:
        self.boundary(before)
        self.submissions.append(request.order_id)
        self.on_submit(request)
        self._reach()
        if self._happens(self.habits.moved):
            self.market.wander(self.chance)
        fault = self._fault_of(request, replaced)
        if fault or self._happens(self.habits.refused):
            self.boundary("refused")
            raise OrderRefused(*(fault or ("BROKER_SAYS_NO", "turned down")))
        if self._happens(self.habits.lost_before):
            raise BackendUnreachable("no route to the broker")
        if self._happens(self.habits.late):
            self._coming.append((self.turn + self.chance.randrange(2, 12), request, replaced))
            raise BackendUnreachable("timed out")
        if not self._is_too_dear(request):
            self._take(request, replaced)
        self.boundary(after)
        if self._happens(self.habits.lost_after):
            raise BackendUnreachable("timed out after it had arrived")
        if self._happens(self.habits.reply_lost):
            self._tell(Lost(request.order_id, "the connection was reset"))

    def cancel(self, order_id: str) -> None:
        self.boundary("cancel")
        self.canceled.append(order_id)
        self._reach()
        if self._happens(self.habits.lost_before):
            raise BackendUnreachable("no route to the broker")
        order = self._open.get(order_id)
        if order is not None:
            if self._can_trade(order) and self._happens(self.habits.fill_on_cancel):
                self._trade(order)
            if order.close_reason is None and order.fills and self._happens(self.habits.after_cancel):
                self._close(order, CloseReason.CANCELED)
                self._trade(order, certainly_told=True)
            elif order.close_reason is None:
                self._close(order, CloseReason.CANCELED)
        self.boundary("canceled")
        if self._happens(self.habits.lost_after):
            raise BackendUnreachable("timed out after it had arrived")

    def drain(self) -> Sequence[Report]:
        if not self._inbox:
            return ()
        due = [report for turn, report in self._inbox if turn <= self.turn]
        self._inbox = [(turn, report) for turn, report in self._inbox if turn > self.turn]
        if len(due) > 1 and self._happens(self.habits.reordered):
            self.chance.shuffle(due)
        if due:
            self.boundary("drain")
        return due

    def look_up(self, order_id: str) -> OrderReport | None:
        self.boundary("look_up")
        self._answer()
        order = self.orders_by_id.get(order_id)
        return None if order is None or order.visible_from > self.turn else self._report(order)

    def orders(self) -> Sequence[OrderReport]:
        self.boundary("orders")
        self._answer()
        return [self._report(order) for order in self.orders_by_id.values() if order.visible_from <= self.turn]

    def positions(self) -> Mapping[Contract, int]:
        self.boundary("positions")
        self._answer()
        return dict(self.book)

    def requirement(self, legs: Sequence[Leg]) -> Decimal | None:
        return None if self.reckon is None else self.reckon(legs)

    def account_value(self) -> Decimal:
        return self.balances().equity

    def balances(self) -> Balances:
        self._answer()
        power = self.equity if self.buying_power is None else self.buying_power - margin(self.book)
        return Balances(self.equity, self.cash, power)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _happens(self, chance: float) -> bool:
        return chance > 0 and (chance >= 1 or self.chance.random() < chance)

    def _reach(self) -> None:
        """Nothing gets through while the line is broken."""
        if self.turn < self._dark_until:
            raise BackendUnreachable("disconnected")

    def _answer(self) -> None:
        self._reach()
        if self._happens(self.habits.unreadable):
            raise BackendUnreachable("no answer")

    def _fault_of(self, request: OrderRequest, replaced: str) -> tuple[str, str] | None:
        """What a broker checks before it takes an order."""
        if replaced and not self.capabilities.replaces:
            return "NO_REPLACING", "orders are not replaced here"
        ratios = [leg.ratio for leg in request.legs]
        if len(request.legs) > self.capabilities.max_legs:
            return "TOO_MANY_LEGS", f"{len(request.legs)} legs"
        if gcd(*ratios) != 1 or len({leg.contract for leg in request.legs}) != len(request.legs):
            return "INVALID_LEGS", f"ratios {ratios}"
        if request.at_market and not (self.capabilities.combo_market and len(request.legs) > 1):
            return "NO_MARKET_ORDERS", "not taken here"
        if request.limit == 0 or request.quantity <= 0:
            return "INVALID_PRICE_OR_SIZE", f"{request.limit} x {request.quantity}"
        if request.closing:
            for leg in request.legs:
                held = self.book.get(leg.contract, 0)
                if leg.contract in request.opens:
                    continue
                if held * leg.ratio >= 0 or abs(held) < abs(leg.ratio) * request.quantity:
                    return "WOULD_OPEN", f"{leg.contract.text}: {held} held"
        return self._fault_of_margin(request, replaced)

    def _fault_of_margin(self, request: OrderRequest, replaced: str) -> tuple[str, str] | None:
        """What would be tied up once everything that works has traded, and this order too."""
        is_squeezed = self.turn < self._squeezed_until
        if self.buying_power is None and not is_squeezed:
            return None
        before = Counter(self.book)
        for order_id, order in self._open.items():
            if order_id != replaced:
                before.update(order.remaining)
        after = before.copy()
        after.update({leg.contract: leg.ratio * request.quantity for leg in request.legs})
        is_tied, would_be = margin(before), margin(after)
        allowed = is_tied if is_squeezed or self.buying_power is None else self.buying_power
        if would_be <= is_tied or would_be <= allowed:
            return None
        return "BUYING_POWER", f"{would_be} would be tied up, {allowed} may be"

    def _is_too_dear(self, request: OrderRequest) -> bool:
        """Its dry run says so: the answer is a report, for a real one comes from another thread."""
        if self.dry_run is None:
            return False
        power = self.dry_run(request)
        self._tell(Reckoned(request.order_id, power, Decimal("1.00")))
        if request.most_buying_power is None or power <= request.most_buying_power:
            return False
        text = f"{power} would be tied up, {request.most_buying_power} may be"
        self._tell(Refused(request.order_id, "BUYING_POWER_EFFECT", text))
        return True

    def _take(self, request: OrderRequest, replaced: str) -> None:
        """The request has arrived; one that replaces trades only after the other has ended without a fill."""
        if not replaced:
            self._accept(request)
            return
        old = self._open.get(replaced)
        if old is None or old.fills:
            self._tell(Refused(request.order_id, "CANNOT_UPDATE", f"{replaced} cannot be replaced any more"))
            return
        new = self._accept(request)
        if self._can_trade(old) and self._happens(self.habits.fill_on_cancel):
            self._trade(old)
        if old.fills:
            self._close(new, CloseReason.CANCELED)
            return
        self._close(old, CloseReason.CANCELED)
        if self._can_trade(old) and self._happens(self.habits.after_cancel):
            self._trade(old, certainly_told=True)

    def _accept(self, request: OrderRequest) -> VenueOrder:
        hidden = self.chance.randrange(1, 6) if self._happens(self.habits.hidden) else 0
        order = VenueOrder(request, f"V{len(self.orders_by_id) + 1}", self.turn + hidden)
        self.orders_by_id[request.order_id] = self._open[request.order_id] = order
        self._tell(Accepted(request.order_id, order.venue_order_id))
        return order

    def _can_trade(self, order: VenueOrder) -> bool:
        """The market reaches halfway between mid and natural, and takes what names no price."""
        price = package_price(order.request.legs, self.market.quote)
        return price is not None and self._is_worth(order.request, (price.mid + price.natural) / 2)

    def _is_worth(self, request: OrderRequest, price: Decimal) -> bool:
        return request.at_market or request.limit >= price

    def _eagerness(self, order: VenueOrder) -> float:
        """How likely somebody takes the other side in a turn."""
        habits = self.habits
        if order.request.at_market and habits.fills_market is not None:
            return habits.fills_market
        if order.request.closing and not order.request.at_market and habits.fills_closing is not None:
            return habits.fills_closing
        price = package_price(order.request.legs, self.market.quote)
        is_natural = price is not None and self._is_worth(order.request, price.natural)
        return habits.fills_natural if is_natural and habits.fills_natural is not None else habits.fills

    def _trade(self, order: VenueOrder, *, certainly_told: bool = False) -> None:
        uneven = self._happens(self.habits.partial)
        for contract, quantity in order.remaining.items():
            size = self.chance.randrange(abs(quantity) + 1) if uneven else abs(quantity)
            if size:
                self._fill(order, contract, size if quantity > 0 else -size, certainly_told)
        if not order.remaining:
            self._close(order, CloseReason.FILLED)

    def _fill(self, order: VenueOrder, contract: Contract, quantity: int, certainly_told: bool) -> None:
        self._fill_count += 1
        quote = self.market.quotes[contract]
        price = quote.mid
        if order.request.at_market:
            price = quote.ask if quantity > 0 else quote.bid
        fill = Filled(
            f"F{self._fill_count}", order.request.order_id, contract, quantity, price, Decimal("1.00"), self.now
        )
        order.fills.append(fill)
        if order.close_reason is not None:
            self.traded_late.add(order.request.order_id)
        self._book(contract, quantity)
        if certainly_told:
            self._inbox.append((self.turn, fill))
        else:
            self._tell(fill)

    def _close(self, order: VenueOrder, reason: CloseReason) -> None:
        if order.close_reason is None:
            self._tell(Closed(order.request.order_id, reason, ""))
        order.close_reason = reason
        self._open.pop(order.request.order_id, None)

    def _book(self, contract: Contract, quantity: int) -> None:
        after = self.book.get(contract, 0) + quantity
        if after:
            self.book[contract] = after
        else:
            self.book.pop(contract, None)

    def _tell(self, report: Report) -> None:
        """Put a notice into the inbox: once, twice, late, out of order, or never."""
        if self.turn < self._dark_until or self._happens(self.habits.dropped):
            return
        for _ in range(2 if self._happens(self.habits.doubled) else 1):
            due = self.turn + (self.chance.randrange(1, 6) if self._happens(self.habits.delayed) else 0)
            self._inbox.append((due, report))

    def _report(self, order: VenueOrder) -> OrderReport:
        return OrderReport(
            order_id=order.request.order_id,
            venue_order_id=order.venue_order_id,
            status=OrderStatus.WORKING if order.close_reason is None else OrderStatus.CLOSED,
            legs=order.request.legs,
            quantity=order.request.quantity,
            fills=tuple(order.fills),
            close_reason=order.close_reason,
        )

"""The venue: takes orders, checks positions, lets them live, matches them and says what happened.

An order goes Received, Routed, In Flight, Live on a thread of its own; a reply to a request is made before any of it.
One lock guards everything; whoever listens is told inside of it and must only queue.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any

from fakes.tastytrade.acceptance import Acceptance
from fakes.tastytrade.contracts import order_tick, read_symbol
from fakes.tastytrade.ledger import ZERO, Holding, Ledger
from fakes.tastytrade.mischief import Mischief, OnCancel
from fakes.tastytrade.orders import WORKING, VenueFill, VenueLeg, VenueOrder, read_body
from fakes.tastytrade.refusal import Refusal, not_found, preflight
from fakes.tastytrade.timeline import Timeline

Tell = Callable[[str, dict[str, Any]], None]


class Rules(Enum):
    """How the venue fills: both rule sets of the sandbox, and its own quotes.

    `DOCUMENTED`: market orders at 1.00, limits up to 3.00 at once, others never. `SIMULATOR`: against the scripted
    quotes, as a market would.
    """

    DOCUMENTED = "documented"
    SIMULATOR = "simulator"


@dataclass(frozen=True)
class Quote:
    bid: Decimal
    ask: Decimal
    bid_size: int
    ask_size: int


@dataclass
class Conditions:
    """What the venue is like at present; a test changes it at any time.

    Attributes:
        online: False: orders are accepted and rejected with `Session offline`.
        open: False: orders rest in Received until it opens.
        boundary_fills: whether a documented limit of exactly 3.00 fills; the sources differ.
        listed_only: only symbols in `listed` trade.
        step: seconds between the statuses of an order.
        ledger_lag: seconds by which the positions lag behind a fill.
        keeps_identifiers: a replacement has the identifier it was sent with; nobody knows whether the real one has.
    """

    rules: Rules = Rules.SIMULATOR
    online: bool = True
    open: bool = True
    boundary_fills: bool = True
    listed_only: bool = False
    step: float = 0.002
    ledger_lag: float = 0.0
    keeps_identifiers: bool = True


class Venue:
    """Orders and what becomes of them.

    Attributes:
        submissions: identifier of every order that was taken, in order; none of ours may be there twice.
        now: the time orders are stamped with; a test may put its own there.
    """

    def __init__(self, ledger: Ledger, mischief: Mischief, tell: Tell) -> None:
        self.ledger = ledger
        self.mischief = mischief
        self.conditions = Conditions()
        self.acceptance = Acceptance(self)
        self.orders: dict[int, VenueOrder] = {}
        self.not_ended: dict[int, VenueOrder] = {}
        self.complex_orders: dict[int, tuple[str, list[int], int | None]] = {}
        self.quotes: dict[str, Quote] = {}
        self.listed: set[str] = set()
        self.submissions: list[str | None] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.lock = threading.RLock()
        self._tell = tell
        self._timeline = Timeline()
        self._last_id = 480_123_000
        self._last_fill = 0

    # -- the test's side ------------------------------------------------------------------------------------------

    def quote(self, symbol: str, bid: str, ask: str, bid_size: int = 100, ask_size: int = 100) -> None:
        """Set the market of one symbol and match what waits for it."""
        with self.lock:
            self.quotes[symbol] = Quote(Decimal(bid), Decimal(ask), bid_size, ask_size)
            for order in list(self.not_ended.values()):
                if order.status == "Live" and any(leg.contract.symbol == symbol for leg in order.legs):
                    self._match(order)

    def fill(self, order_id: int, units: int) -> None:
        """Fill a live order now, whatever the quotes say."""
        with self.lock:
            self._fill(self.orders[order_id], units)

    def hold(self, symbol: str, instrument_type: str, quantity: int, price: str = "1.00") -> None:
        """Give the account a holding without an order."""
        with self.lock:
            at = self.now()
            self.ledger.holdings[symbol] = Holding(
                read_symbol(symbol, instrument_type), quantity, Decimal(price), Decimal(price), at, at
            )

    def settle(self) -> None:
        """Wait until nothing more will happen by itself."""
        self._timeline.settle()

    def expire(self) -> None:
        """End of day: what works expires."""
        with self.lock:
            for order in list(self.not_ended.values()):
                if order.status in WORKING and order.time_in_force == "Day":
                    self._end(order, "Expired")

    def stop(self) -> None:
        self._timeline.stop()

    # -- the interface's side -------------------------------------------------------------------------------------

    def dry_run(self, body: Any) -> dict[str, Any]:
        with self.lock:
            order = read_body(self.ledger.number, body)
            warnings = self.acceptance.check(order)
            return {"order": order.to_json(), **self.acceptance.effects(order), "warnings": warnings, "notes": []}

    def place(self, body: Any) -> dict[str, Any]:
        with self.lock:
            order = read_body(self.ledger.number, body)
            warnings = self.acceptance.check(order)
            effects = self.acceptance.effects(order)
            self._take(order)
            return {"order": order.to_json(), **effects, "warnings": warnings}

    def margin_dry_run(self, body: Any) -> dict[str, Any]:
        with self.lock:
            return self.ledger.margin_json(read_body(self.ledger.number, body))

    def order(self, order_id: int) -> VenueOrder:
        found = self.orders.get(order_id)
        if found is None:
            raise not_found()
        return found

    def cancel(self, order_id: int) -> dict[str, Any]:
        with self.lock:
            order = self.order(order_id)
            if order.status not in {"Received", "Live", "Contingent"}:
                raise Refusal(422, "cannot_update_order", "The order could not be cancelled")
            order.cancel_requested = True
            self._move(order, "Cancel Requested")
            self._later(lambda: self._cancel(order))
            return order.to_json()

    def replace(self, order_id: int, body: Any) -> dict[str, Any]:
        with self.lock:
            old = self.order(order_id)
            new = read_body(self.ledger.number, body, replaced=old)
            if old.status not in {"Received", "Live"} or old.units_filled:
                raise Refusal(422, "cannot_update_order", "The order could not be replaced")
            if not self.conditions.keeps_identifiers:
                new.identifier = None
            new.contingent, new.replaces = "Pending Order", old.order_id
            self.submissions.append(new.identifier)
            self._register(new, "Contingent")
            old.replaced_by = new.order_id
            self._move(old, "Replace Requested")
            self._later(lambda: self._replaced(old, new))
            return new.to_json()

    def place_complex(self, body: Any, dry: bool) -> dict[str, Any]:
        with self.lock:
            kind, trigger, children = self._read_complex(body)
            orders = [*([trigger] if trigger else []), *children]
            first = orders[0]
            for order in orders if trigger is None else [first]:
                self.acceptance.check(order)
            complex_id = None
            if not dry:
                self._last_id += 1
                complex_id = self._last_id + 420_000_000
                for number, order in enumerate(children, start=1):
                    order.complex_order_tag = f"{kind}::oco-{number}-order"
                if trigger is not None:
                    trigger.complex_order_tag = f"{kind}::trigger-order"
                for order in orders:
                    order.complex_order_id = complex_id
                    if order is trigger or trigger is None:
                        self._take(order)
                    else:
                        order.contingent = "Pending Order"
                        self._register(order, "Contingent")
                ids = [order.order_id for order in children if order.order_id is not None]
                self.complex_orders[complex_id] = (kind, ids, trigger.order_id if trigger else None)
                inner = self.complex_json(complex_id)
            else:
                inner = {"account-number": self.ledger.number, "type": kind, "orders": [o.to_json() for o in children]}
                if trigger is not None:
                    inner["trigger-order"] = trigger.to_json()
            return {"complex-order": inner, **self.acceptance.effects(first), "warnings": []}

    def complex_json(self, complex_id: int) -> dict[str, Any]:
        if complex_id not in self.complex_orders:
            raise not_found()
        kind, children, trigger = self.complex_orders[complex_id]
        fields: dict[str, Any] = {
            "id": complex_id,
            "account-number": self.ledger.number,
            "type": kind,
            "orders": [self.orders[child].to_json() for child in children],
        }
        if trigger is not None:
            fields["trigger-order"] = self.orders[trigger].to_json()
        return fields

    def cancel_complex(self, complex_id: int) -> dict[str, Any]:
        with self.lock:
            fields = self.complex_json(complex_id)
            _, children, trigger = self.complex_orders[complex_id]
            for order_id in [*children, *([trigger] if trigger is not None else [])]:
                if self.orders[order_id].status in WORKING:
                    self.orders[order_id].cancel_requested = True
                    self._end(self.orders[order_id], "Cancelled")
            return fields

    def _read_complex(self, body: Any) -> tuple[str, VenueOrder | None, list[VenueOrder]]:
        kind = body.get("type") if isinstance(body, dict) else None
        if kind not in {"OTO", "OCO", "OTOCO"}:
            raise Refusal(400, "validation_error", "Request validation failed")
        trigger = read_body(self.ledger.number, body["trigger-order"]) if kind != "OCO" else None
        children = [read_body(self.ledger.number, child) for child in body.get("orders", [])]
        types = sorted(child.order_type for child in children)
        if "OCO" in kind and (len(types) != 2 or types[0] != "Limit" or not types[1].startswith("Stop")):
            raise preflight(
                "invalid_oco_order_type_combo", "An OCO needs one Limit order and one Stop or Stop Limit order."
            )
        return kind, trigger, children

    # -- life -----------------------------------------------------------------------------------------------------

    def _take(self, order: VenueOrder) -> None:
        order.behaviour = self.mischief.behaviour(order.identifier)
        self.submissions.append(order.identifier)
        self._register(order, "Routed" if self.conditions.open else "Received")
        if self.conditions.open:
            self._later(lambda: self._arrive(order))

    def _register(self, order: VenueOrder, status: str) -> None:
        self._last_id += 1
        order.order_id, order.received_at = self._last_id, self.now()
        self.orders[self._last_id] = order
        self._move(order, status)

    def open_session(self) -> None:
        """The session begins: what rests in Received is routed."""
        with self.lock:
            self.conditions.open = True
            for order in list(self.not_ended.values()):
                if order.status == "Received":
                    self._move(order, "Routed")
                    self._later(partial(self._arrive, order))

    def _arrive(self, order: VenueOrder) -> None:
        if order.terminal:
            return
        reason = order.behaviour.reject or (None if self.conditions.online else "Session offline")
        if reason is not None:
            order.reject_reason = reason
            self._end(order, "Rejected")
            return
        order.times["in-flight-at"] = self.now()
        self._move(order, "In Flight")
        self._later(lambda: self._go_live(order))

    def _go_live(self, order: VenueOrder) -> None:
        if order.terminal:
            return
        price = order.price
        if order.behaviour.off_tick or (
            price is not None and price % order_tick([leg.contract for leg in order.legs], price)
        ):
            order.reject_reason = "U R Out"
            self._end(order, "Cancelled")
            return
        order.times["live-at"] = self.now()
        self._move(order, order.behaviour.status or "Live")
        if order.behaviour.fills is None:
            self._match(order)
        else:
            self._fill_by_script(order, order.behaviour.fills)

    def _fill_by_script(self, order: VenueOrder, chunks: tuple[int, ...]) -> None:
        if not chunks or order.terminal or order.status == "Cancel Requested":
            return

        def fill() -> None:
            if not order.terminal and order.status != "Cancel Requested":
                self._fill(order, chunks[0])
                self._fill_by_script(order, chunks[1:])

        self._later(fill, order.behaviour.filled_after)

    def _match(self, order: VenueOrder) -> None:
        """Fill what the rules allow."""
        if order.order_type.startswith("Stop") or order.behaviour.fills is not None or order.behaviour.status:
            return
        if self.conditions.rules is Rules.DOCUMENTED:
            limit = abs(order.price) if order.price is not None else ZERO
            if limit < 3 or (limit == 3 and self.conditions.boundary_fills):
                self._fill(order, order.units_left)
            return
        natural, units = ZERO, order.units_left
        for leg, ratio in order.ratios():
            quote = self.quotes.get(leg.contract.symbol)
            if quote is None:
                return
            natural += ratio * (quote.ask if leg.direction > 0 else -quote.bid)
            units = min(units, (quote.ask_size if leg.direction > 0 else quote.bid_size) // ratio)
        if units > 0 and (order.price is None or natural <= order.price):
            self._fill(order, units)

    def _fill(self, order: VenueOrder, units: int) -> None:
        """Fill whole units; told leg by leg when the order is skewed, at once otherwise."""
        units = min(units, order.units_left)
        if units <= 0:
            return
        order.units_filled += units
        prices = self._leg_prices(order)
        fills = []
        complete = order.units_left == 0
        for position, (leg, ratio) in enumerate(order.ratios()):
            self._last_fill += 1
            fill = VenueFill(
                fill_id=f"2_TW::FAKE::{self._last_fill}-X",
                exec_id=str(9000 + self._last_fill),
                quantity=units * ratio,
                price=prices[position],
                at=self.now(),
                venue="MARKET_SIMULATOR_A" if leg.contract.underlying_type == "Equity" else "MARKET_SIMULATOR_CME",
            )
            leg.fills.append(fill)
            fills.append((leg, fill))
            self.ledger.record(leg, fill)
            if order.behaviour.skewed and position < len(order.legs) - 1:
                if complete and position == 0:
                    order.times["terminal-at"] = self.now()
                    self._move(order, "Filled")
                else:
                    self._touch(order)
        if complete:
            order.times.setdefault("terminal-at", self.now())
            if order.status != "Cancelled":
                order.status = "Filled"
        self._touch(order)
        if self.conditions.ledger_lag:
            self._later(partial(self._book, order, fills), self.conditions.ledger_lag)
        else:
            self._book(order, fills)
        if complete:
            self._after_fill(order)

    def _book(self, order: VenueOrder, fills: list[tuple[VenueLeg, VenueFill]]) -> None:
        for leg, fill in fills:
            self.ledger.book(order, leg, fill)
        for leg in order.legs:
            self._tell("CurrentPosition", self.ledger.position_json(self.ledger.holdings[leg.contract.symbol]))
        self._tell("AccountBalance", self.ledger.balances_json())

    def _leg_prices(self, order: VenueOrder) -> list[Decimal]:
        """What each leg trades at: the quotes' touch where there are quotes, else prices that add up to the limit."""
        legs = list(order.ratios())
        quoted = [self.quotes.get(leg.contract.symbol) for leg, _ in legs]
        if self.conditions.rules is Rules.SIMULATOR and order.behaviour.fills is None:
            found = [
                quote.ask if leg.direction > 0 else quote.bid
                for (leg, _), quote in zip(legs, quoted, strict=True)
                if quote is not None
            ]
            if len(found) == len(legs):
                return found
        if order.price is None:
            return [Decimal("1.00")] * len(legs)
        # one leg takes the net price, the others a token one; legs of the side the net price falls on always exist
        side = 1 if order.price > 0 else -1
        token = Decimal("0.05")
        main = next((n for n, (leg, _) in enumerate(legs) if leg.direction == side), 0)
        rest = sum((leg.direction * ratio * token for n, (leg, ratio) in enumerate(legs) if n != main), ZERO)
        leg, ratio = legs[main]
        price = (order.price - rest) / (leg.direction * ratio)
        return [price.quantize(Decimal("0.0001")) if n == main else token for n in range(len(legs))]

    def _cancel(self, order: VenueOrder) -> None:
        habit = order.behaviour.on_cancel
        if order.terminal or habit is OnCancel.IGNORE:
            return
        if habit is OnCancel.FILL_FIRST:
            self._fill(order, order.units_left)
            return
        self._end(order, "Cancelled")
        if habit is OnCancel.LATE_FILL:
            self._later(lambda: self._fill(order, 1))

    def _replaced(self, old: VenueOrder, new: VenueOrder) -> None:
        if old.terminal or new.terminal:
            self._end(new, "Cancelled")
            return
        if old.behaviour.replace_aborts:
            self._fill(old, 1)
            old.replaced_by = None
            if not old.terminal:
                self._move(old, "Live")
            self._end(new, "Cancelled")
            return
        old.edited, old.cancel_requested = True, True
        self._end(old, "Cancelled")
        new.contingent = None
        new.behaviour = self.mischief.behaviour(new.identifier)
        self._move(new, "Routed")
        self._later(lambda: self._arrive(new))

    def _after_fill(self, order: VenueOrder) -> None:
        """The other orders of a complex order: a filled trigger routes its children, a filled child ends the other."""
        found = self.complex_orders.get(order.complex_order_id or 0)
        if found is None:
            return
        _, children, trigger = found
        for child in (self.orders[order_id] for order_id in children):
            if order.order_id == trigger:
                child.contingent = None
                self._move(child, "Routed")
                self._later(partial(self._arrive, child))
            elif child is not order and not child.terminal:
                self._end(child, "Cancelled")

    def _end(self, order: VenueOrder, status: str) -> None:
        at = self.now()
        order.times["terminal-at"] = at
        if status == "Cancelled":
            order.times["cancelled-at"] = at
            order.cancelled_size = order.units_left
        self._move(order, status)

    def _move(self, order: VenueOrder, status: str) -> None:
        order.status = status
        self._touch(order)

    def _touch(self, order: VenueOrder) -> None:
        at = self.now()
        # two changes within one millisecond must not look alike
        last = order.updated_at
        order.updated_at = at if last is None or at.timestamp() - last.timestamp() >= 0.001 else _next_millisecond(last)
        if order.order_id is not None:
            if order.terminal:
                self.not_ended.pop(order.order_id, None)
            else:
                self.not_ended[order.order_id] = order
        self._tell("Order", order.to_json())

    def _later(self, event: Callable[[], None], more: float = 0.0) -> None:
        def locked() -> None:
            with self.lock:
                event()

        self._timeline.after(self.conditions.step + more, locked)


def _next_millisecond(at: datetime) -> datetime:
    return datetime.fromtimestamp((int(at.timestamp() * 1000) + 1) / 1000 + 1e-4, UTC)

"""A multi-leg trade we want: completely on, completely off, or stopped and reported.

A group has no status of its own that could disagree with its orders: what it holds, how many complete units, what is
in excess and how it would end are all computed from the fills of its orders.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from math import gcd

from tomking.errors import InvalidTransition
from tomking.events import (
    DepthRefused,
    GroupCreated,
    GroupOutcome,
    LegFilled,
    OrderAdopted,
    OrderSubmitted,
    PartialPolicy,
    Purpose,
)
from tomking.execution.order import WORKING, Order, OrderFact, OrderState
from tomking.market.contract import Contract
from tomking.market.leg import Leg, excess, units


def named(quantities: Mapping[Contract, int]) -> str:
    """Signed quantities for a person: ``+1 SPXW 2018-01-05 2710 P, -1 …``."""
    return ", ".join(f"{quantity:+d} {contract.text}" for contract, quantity in quantities.items())


def _sum_of(filled: Sequence[Mapping[Contract, int]]) -> dict[Contract, int]:
    """What several orders have filled together, zeros left out."""
    total: dict[Contract, int] = {}
    for each in filled:
        for contract, quantity in each.items():
            total[contract] = total.get(contract, 0) + quantity
    return {contract: quantity for contract, quantity in total.items() if quantity}


@dataclass(slots=True)
class OrderGroup:
    """Our all-or-nothing trade.

    Attributes:
        created: what was decided.
        created_at: when.
        orders: its orders by id, in the order of sending; at most one of them works, or one and what replaces it.
        fill_ids: fills already folded, for deduplication.
        poor_quotes: the last look at the quotes that kept an order back; None when none did.
        withdrawn: why the rest is no longer wanted; empty while it is.
        withdrawn_at: since when.
        outcome: how it ended; None while unfinished, and again after a late fill.
        outcome_text: in words.
        finished_at: when it last ended.
        reopened: a late fill brought it back to life at least once.
    """

    created: GroupCreated
    created_at: datetime
    orders: dict[str, Order] = field(default_factory=dict)
    fill_ids: set[str] = field(default_factory=set)
    poor_quotes: DepthRefused | None = None
    withdrawn: str = ""
    withdrawn_at: datetime | None = None
    outcome: GroupOutcome | None = None
    outcome_text: str = ""
    finished_at: datetime | None = None
    reopened: bool = False
    _held: dict[Contract, int] | None = field(default=None, init=False, repr=False, compare=False)
    _units: int | None = field(default=None, init=False, repr=False, compare=False)
    _excess: Mapping[Contract, int] | None = field(default=None, init=False, repr=False, compare=False)
    _is_complete: bool | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def group_id(self) -> str:
        """``<strategy>-<run>-<n>``."""
        return self.created.group_id

    @property
    def strategy(self) -> str:
        """Name of the strategy that wanted it."""
        return self.created.strategy

    @property
    def purpose(self) -> Purpose:
        """Open, close or roll."""
        return self.created.purpose

    @property
    def policy(self) -> PartialPolicy:
        """What becomes of it when it fills in part."""
        return self.created.policy

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The package."""
        return self.created.legs

    @property
    def quantity(self) -> int:
        """Packages wanted."""
        return self.created.quantity

    @property
    def held(self) -> Mapping[Contract, int]:
        """Signed sum of all fills by contract, zeros left out; remembered until the next fill."""
        if self._held is None:
            filled = [order.filled for order in self.orders.values() if order.filled]
            self._held = _sum_of(filled) if len(filled) > 1 else {**filled[0]} if filled else {}
        return self._held

    def is_whole(self, legs: tuple[Leg, ...]) -> bool:
        """An order of these legs opens the package, all of it."""
        return self.purpose is Purpose.OPEN and sorted(legs, key=repr) == sorted(self.legs, key=repr)

    @property
    def incoming(self) -> tuple[Leg, ...]:
        """Of a roll: the legs that are opened anew."""
        return self.created.incoming

    @property
    def outgoing(self) -> tuple[Leg, ...]:
        """Of a roll: the legs that close what is held; of anything else: none."""
        return tuple(leg for leg in self.legs if leg not in self.incoming) if self.incoming else ()

    @property
    def units(self) -> int:
        """Complete packages held; remembered until the next fill."""
        if self._units is None:
            self._units = units(self.legs, self.held)
        return self._units

    @property
    def units_closed(self) -> int:
        """Of a roll: packages that are out, whether opened anew or not; else as `units`."""
        return units(self.outgoing, self.held) if self.incoming else self.units

    @property
    def excess(self) -> Mapping[Contract, int]:
        """What is held beyond complete packages; remembered until the next fill.

        A roll may have closed more of them than it opened anew.
        """
        if self._excess is None:
            beyond = excess(self.legs, self.held)
            if ahead := self.units_closed - self.units:
                for leg in self.outgoing:
                    beyond[leg.contract] = beyond.get(leg.contract, 0) - leg.ratio * ahead
                beyond = {contract: quantity for contract, quantity in beyond.items() if quantity}
            self._excess = beyond
        return self._excess

    @property
    def is_balanced(self) -> bool:
        """Nothing is held beyond complete packages."""
        return not self.excess

    @property
    def is_complete(self) -> bool:
        """All of it is held, and nothing else; remembered until the next fill."""
        if self._is_complete is None:
            held, legs, quantity = self.held, self.created.legs, self.created.quantity
            self._is_complete = len(held) == len(legs) and held == {leg.contract: leg.ratio * quantity for leg in legs}
        return self._is_complete

    @property
    def paid(self) -> Decimal:
        """Σ quantity × price of all fills, in points, debit positive."""
        return sum((order.paid for order in self.orders.values()), Decimal(0))

    @property
    def working_orders(self) -> tuple[Order, ...]:
        """The orders that may still trade: at most one, unless the broker revives one we had given up."""
        return tuple([order for order in self.orders.values() if order.state in WORKING])

    @property
    def rival_orders(self) -> tuple[Order, ...]:
        """Of the orders that work those that no other of them stands in for: more than one is one too many."""
        working = self.working_orders
        if len(working) < 2:
            return working
        replaced = {order.replaces for order in working}
        return tuple(order for order in working if order.order_id not in replaced)

    @property
    def working(self) -> bool:
        """Not finished yet."""
        return self.outcome is None

    @property
    def filled(self) -> bool:
        """Finished, and all of it is on."""
        return self.outcome is GroupOutcome.FILLED

    @property
    def reason(self) -> str:
        """Why it ended as it did, in words; empty while it works."""
        return self.outcome_text

    @property
    def standing(self) -> str:
        """What it holds to the last leg, what of that is out of balance, and what still works: for an alert."""
        parts = [f"it holds {named(self.held) or 'nothing'}"]
        if self.excess:
            parts.append(f"out of balance {named(self.excess)}")
        if self.working_orders:
            parts.append(f"still at work {', '.join(order.order_id for order in self.working_orders)}")
        return "; ".join(parts)

    @property
    def has_traded(self) -> bool:
        """Anything was ever executed."""
        return bool(self.fill_ids)

    @property
    def entry_orders(self) -> tuple[Order, ...]:
        """The orders that were to bring it on, as opposed to those that balance or undo it."""
        return tuple([order for order in self.orders.values() if not order.unwind])

    @property
    def was_at_market(self) -> bool:
        """One of its orders named no price: there is never a second."""
        return any(order.at_market for order in self.orders.values())

    @property
    def last_order(self) -> Order | None:
        """The order sent last."""
        return next(reversed(self.orders.values()), None)

    # -- written by state.apply only ---------------------------------------------------------------------------------

    def fold_submission(self, event: OrderSubmitted, at: datetime) -> None:
        """An order is about to be sent.

        Raises:
            InvalidTransition: its id was used before, an order of the group still works that it does not replace, or it
                would open something at market.
        """
        if event.order_id in self.orders:
            raise InvalidTransition(f"{event.order_id} would be sent twice")
        if [order.order_id for order in self.working_orders] != ([event.replaces] if event.replaces else []):
            raise InvalidTransition(f"{self.group_id}: {event.order_id} must not be sent; {self.standing}")
        if event.at_market and (event.opens or not event.closing):
            raise InvalidTransition(f"{event.order_id} would open at market")
        if event.replaces:
            self.orders[event.replaces].fold(OrderFact.CANCEL_REQUESTED, at)
        self.orders[event.order_id] = Order(
            event.order_id,
            event.legs,
            event.quantity,
            event.limit,
            event.unwind,
            event.closing,
            at,
            replaces=event.replaces,
            at_market=event.at_market,
        )

    def fold_adoption(self, event: OrderAdopted, at: datetime) -> None:
        """An order of this group turned up that the journal had lost; what it does is looked up next."""
        if event.order_id not in self.orders:
            self.orders[event.order_id] = Order(
                event.order_id, event.legs, event.quantity, None, False, False, at, state=OrderState.UNKNOWN
            )
            self._widen(event)
            self.reopen()

    def _widen(self, event: OrderAdopted) -> None:
        """Take what the order trades besides into the package: of a group that was lost too, one order told the legs.

        Otherwise what it holds of them would be nobody's to balance.
        """
        wanted = {leg.contract: leg.ratio * self.quantity for leg in self.legs}
        added = {leg.contract: leg.ratio * event.quantity for leg in event.legs if leg.contract not in wanted}
        if not added:
            return
        wanted |= added
        size = gcd(*wanted.values())
        legs = tuple(Leg(contract, quantity // size) for contract, quantity in wanted.items())
        opened = {leg.contract for leg in self.incoming} | (added.keys() & {*event.opens})
        incoming = tuple(leg for leg in legs if leg.contract in opened)
        purpose = Purpose.ROLL if incoming else self.purpose
        self.created = replace(self.created, purpose=purpose, legs=legs, quantity=size, incoming=incoming)
        self._held = self._units = self._excess = self._is_complete = None

    def fold_fill(self, fill: LegFilled, at: datetime) -> bool:
        """Take a fill; False when it is known already. A fill of a finished group brings it back to life.

        Raises:
            InvalidTransition: the group has no such order, or it cannot have been filled like that.
        """
        if fill.fill_id in self.fill_ids:
            return False
        order = self.orders.get(fill.order_id)
        if order is None:
            raise InvalidTransition(f"no order {fill.order_id}")
        order.fold_fill(fill.contract, fill.quantity, fill.price, at)
        self.fill_ids.add(fill.fill_id)
        self._held = self._units = self._excess = self._is_complete = None
        if self.outcome is not None:
            self.reopen()
        return True

    def reopen(self) -> None:
        """Something happened after the end: decide anew."""
        if self.outcome is not None:
            self.outcome = None
            self.outcome_text = ""
            self.reopened = True

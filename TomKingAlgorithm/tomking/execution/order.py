"""One order at a broker, as the fold of what was recorded about it.

The table below is total: a fact that is not in a state's row is impossible, and raises. What markets do although it
looks impossible (a fill after a cancel) is in the table, and leaves a remark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum

from tomking.errors import InvalidTransition
from tomking.events import CloseReason
from tomking.market.contract import Contract
from tomking.market.leg import Leg


class OrderState(Enum):
    """Where an order stands, as far as we know."""

    PENDING = "pending"
    """Journaled and about to be sent, or sent and not answered."""
    LIVE = "live"
    """The broker has it and it works."""
    CANCEL_PENDING = "cancel_pending"
    """It works, and a cancel was asked for."""
    UNKNOWN = "unknown"
    """An answer was lost, or does not fit: only a look-up tells."""
    FILLED = "filled"
    """All of it executed: derived from fills, never taken from a notice."""
    CANCELED = "canceled"
    """Works no more; what had filled by then is in its fills."""
    REJECTED = "rejected"
    """The broker said no, or never had it."""
    EXPIRED = "expired"
    """Its session ended."""

    __hash__ = object.__hash__  # each is one object; Enum's own is many times slower, and every fact asks twice


class OrderFact(Enum):
    """What may be recorded about an order."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"
    CANCEL_REQUESTED = "cancel_requested"
    FILLED_PARTLY = "filled_partly"
    FILLED_FULLY = "filled_fully"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"

    __hash__ = object.__hash__


WORKING = frozenset({OrderState.PENDING, OrderState.LIVE, OrderState.CANCEL_PENDING, OrderState.UNKNOWN})
"""States in which the order may still trade; a group has at most one such order."""

_S, _F = OrderState, OrderFact

ORDER_TRANSITIONS: dict[tuple[OrderState, OrderFact], OrderState] = {
    # sent, not answered
    (_S.PENDING, _F.ACCEPTED): _S.LIVE,
    (_S.PENDING, _F.REFUSED): _S.REJECTED,
    (_S.PENDING, _F.UNKNOWN): _S.UNKNOWN,
    (_S.PENDING, _F.NOT_FOUND): _S.UNKNOWN,
    (_S.PENDING, _F.CANCEL_REQUESTED): _S.CANCEL_PENDING,
    (_S.PENDING, _F.FILLED_PARTLY): _S.LIVE,
    (_S.PENDING, _F.FILLED_FULLY): _S.FILLED,
    (_S.PENDING, _F.CANCELED): _S.CANCELED,
    (_S.PENDING, _F.REJECTED): _S.REJECTED,
    (_S.PENDING, _F.EXPIRED): _S.EXPIRED,
    # working
    (_S.LIVE, _F.ACCEPTED): _S.LIVE,
    (_S.LIVE, _F.REFUSED): _S.REJECTED,
    (_S.LIVE, _F.UNKNOWN): _S.UNKNOWN,
    (_S.LIVE, _F.NOT_FOUND): _S.UNKNOWN,
    (_S.LIVE, _F.CANCEL_REQUESTED): _S.CANCEL_PENDING,
    (_S.LIVE, _F.FILLED_PARTLY): _S.LIVE,
    (_S.LIVE, _F.FILLED_FULLY): _S.FILLED,
    (_S.LIVE, _F.CANCELED): _S.CANCELED,
    (_S.LIVE, _F.REJECTED): _S.REJECTED,
    (_S.LIVE, _F.EXPIRED): _S.EXPIRED,
    # working, cancel asked for
    (_S.CANCEL_PENDING, _F.ACCEPTED): _S.CANCEL_PENDING,
    (_S.CANCEL_PENDING, _F.REFUSED): _S.REJECTED,
    (_S.CANCEL_PENDING, _F.UNKNOWN): _S.UNKNOWN,
    (_S.CANCEL_PENDING, _F.NOT_FOUND): _S.UNKNOWN,
    (_S.CANCEL_PENDING, _F.CANCEL_REQUESTED): _S.CANCEL_PENDING,  # asked again: the first one may have been lost
    (_S.CANCEL_PENDING, _F.FILLED_PARTLY): _S.CANCEL_PENDING,
    (_S.CANCEL_PENDING, _F.FILLED_FULLY): _S.FILLED,
    (_S.CANCEL_PENDING, _F.CANCELED): _S.CANCELED,
    (_S.CANCEL_PENDING, _F.REJECTED): _S.REJECTED,
    (_S.CANCEL_PENDING, _F.EXPIRED): _S.EXPIRED,
    # nobody knows
    (_S.UNKNOWN, _F.ACCEPTED): _S.LIVE,
    (_S.UNKNOWN, _F.REFUSED): _S.REJECTED,
    (_S.UNKNOWN, _F.UNKNOWN): _S.UNKNOWN,
    (_S.UNKNOWN, _F.NOT_FOUND): _S.UNKNOWN,
    (_S.UNKNOWN, _F.CANCEL_REQUESTED): _S.CANCEL_PENDING,
    (_S.UNKNOWN, _F.FILLED_PARTLY): _S.UNKNOWN,  # it exists, but whether it still works is not known
    (_S.UNKNOWN, _F.FILLED_FULLY): _S.FILLED,
    (_S.UNKNOWN, _F.CANCELED): _S.CANCELED,
    (_S.UNKNOWN, _F.REJECTED): _S.REJECTED,
    (_S.UNKNOWN, _F.EXPIRED): _S.EXPIRED,
    # over; notices may be doubled or late, and fills may come after them
    (_S.FILLED, _F.ACCEPTED): _S.FILLED,
    (_S.FILLED, _F.UNKNOWN): _S.FILLED,
    (_S.FILLED, _F.NOT_FOUND): _S.FILLED,
    (_S.FILLED, _F.CANCELED): _S.FILLED,  # the cancel came too late
    (_S.FILLED, _F.EXPIRED): _S.FILLED,
    (_S.CANCELED, _F.ACCEPTED): _S.CANCELED,
    (_S.CANCELED, _F.UNKNOWN): _S.CANCELED,
    (_S.CANCELED, _F.NOT_FOUND): _S.CANCELED,
    (_S.CANCELED, _F.FILLED_PARTLY): _S.CANCELED,
    (_S.CANCELED, _F.FILLED_FULLY): _S.FILLED,
    (_S.CANCELED, _F.CANCELED): _S.CANCELED,
    (_S.CANCELED, _F.EXPIRED): _S.CANCELED,
    (_S.EXPIRED, _F.ACCEPTED): _S.EXPIRED,
    (_S.EXPIRED, _F.UNKNOWN): _S.EXPIRED,
    (_S.EXPIRED, _F.NOT_FOUND): _S.EXPIRED,
    (_S.EXPIRED, _F.FILLED_PARTLY): _S.EXPIRED,
    (_S.EXPIRED, _F.FILLED_FULLY): _S.FILLED,
    (_S.EXPIRED, _F.CANCELED): _S.EXPIRED,
    (_S.EXPIRED, _F.EXPIRED): _S.EXPIRED,
    # refused, or given up after "no such order": that it works after all is found out late, never ignored
    (_S.REJECTED, _F.ACCEPTED): _S.UNKNOWN,
    (_S.REJECTED, _F.REFUSED): _S.REJECTED,
    (_S.REJECTED, _F.UNKNOWN): _S.UNKNOWN,
    (_S.REJECTED, _F.NOT_FOUND): _S.REJECTED,
    (_S.REJECTED, _F.FILLED_PARTLY): _S.UNKNOWN,
    (_S.REJECTED, _F.FILLED_FULLY): _S.FILLED,
    (_S.REJECTED, _F.CANCELED): _S.CANCELED,
    (_S.REJECTED, _F.REJECTED): _S.REJECTED,
    (_S.REJECTED, _F.EXPIRED): _S.EXPIRED,
}

REMARKS: dict[tuple[OrderState, OrderFact], str] = {
    (_S.CANCELED, _F.FILLED_PARTLY): "a fill arrived after the cancel was confirmed",
    (_S.CANCELED, _F.FILLED_FULLY): "the rest was filled although the cancel had been confirmed",
    (_S.EXPIRED, _F.FILLED_PARTLY): "a fill arrived after the order had expired",
    (_S.EXPIRED, _F.FILLED_FULLY): "the rest was filled although the order had expired",
    (_S.REJECTED, _F.ACCEPTED): "an order believed not to exist works after all",
    (_S.REJECTED, _F.FILLED_PARTLY): "an order believed not to exist was filled in part",
    (_S.REJECTED, _F.FILLED_FULLY): "an order believed not to exist was filled",
    (_S.FILLED, _F.CANCELED): "the cancel came too late: all of it had been filled",
}
"""Legal, but a person should know."""

# asked for every fact that is folded, and a member is found slowly by way of its class
_NOT_FOUND, _CANCEL_REQUESTED = OrderFact.NOT_FOUND, OrderFact.CANCEL_REQUESTED
_FILLED_PARTLY, _FILLED_FULLY = OrderFact.FILLED_PARTLY, OrderFact.FILLED_FULLY

_PROOFS_OF_LIFE = frozenset({OrderFact.ACCEPTED, OrderFact.FILLED_PARTLY, OrderFact.FILLED_FULLY})

_CLOSING_FACT = {
    CloseReason.CANCELED: OrderFact.CANCELED,
    CloseReason.REJECTED: OrderFact.REJECTED,
    CloseReason.EXPIRED: OrderFact.EXPIRED,
    CloseReason.NEVER_EXISTED: OrderFact.REJECTED,
}


@dataclass(slots=True)
class Order:
    """An order and what became of it.

    Attributes:
        order_id: ours, minted before sending.
        legs: what it trades.
        quantity: multiples of `legs`.
        limit: net price per multiple, debit positive; of an order at market what it was expected to cost; None for an
            adopted order, whose limit the journal lost.
        unwind: it balances or undoes what an incomplete group holds.
        closing: sent with strict position effect.
        submitted_at: when its sending was recorded.
        state: see `OrderState`.
        venue_order_id: the broker's; None until it answered.
        filled: signed executed quantity by contract.
        paid: Σ quantity × price of what was executed, in points, debit positive.
        cancel_asked_at: when a cancel was last asked for; None before.
        not_found: answers "no such order" since it was last known to exist.
        not_found_since: instant of the first of them.
        not_found_until: instant of the last of them.
        seen_at: when anything was last recorded about it.
        text: the broker's words, when it refused or closed it.
        remarks: oddities met on the way.
        was_sent: False when it was refused before the broker had it.
        replaces: the order it was to stand in for; empty for one of its own.
        at_market: it named no price.
    """

    order_id: str
    legs: tuple[Leg, ...]
    quantity: int
    limit: Decimal | None
    unwind: bool
    closing: bool
    submitted_at: datetime
    state: OrderState = OrderState.PENDING
    venue_order_id: str | None = None
    filled: dict[Contract, int] = field(default_factory=dict)
    paid: Decimal = Decimal(0)
    cancel_asked_at: datetime | None = None
    not_found: int = 0
    not_found_since: datetime | None = None
    not_found_until: datetime | None = None
    seen_at: datetime | None = None
    text: str = ""
    remarks: list[str] = field(default_factory=list)
    was_sent: bool = True
    replaces: str = ""
    at_market: bool = False
    _wanted: dict[Contract, int] = field(init=False, repr=False, compare=False)
    _missing: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Made once: every fill asks what was ordered, and how many legs are not yet complete."""
        self._wanted = {leg.contract: leg.ratio * self.quantity for leg in self.legs}
        self._missing = len(self._wanted)
        if self.filled:
            self._missing -= sum([self.filled.get(each) == wanted for each, wanted in self._wanted.items()])

    @property
    def is_working(self) -> bool:
        """It may still trade, as far as we know."""
        return self.state in WORKING

    @property
    def wanted(self) -> Mapping[Contract, int]:
        """Signed quantity of every leg when all of it is filled."""
        return self._wanted

    @property
    def is_complete(self) -> bool:
        """Every leg is filled."""
        return self.filled == self._wanted

    # -- written by state.apply only; each refuses before it changes anything ------------------------------------------

    def fold(self, fact: OrderFact, at: datetime, text: str = "") -> None:
        """Take one fact.

        Raises:
            InvalidTransition: it is impossible in this state.
        """
        change = (self.state, fact)
        after = ORDER_TRANSITIONS.get(change)
        if after is None:
            raise InvalidTransition(f"{self.order_id} is {self.state.value}: {fact.value} is impossible")
        if change in REMARKS:
            self.remarks.append(REMARKS[change])
        if fact is _NOT_FOUND:
            self.not_found += 1
            self.not_found_since = self.not_found_since or at
            self.not_found_until = at
        elif self.not_found and fact in _PROOFS_OF_LIFE:
            self.not_found = 0
            self.not_found_since = self.not_found_until = None
        if fact is _CANCEL_REQUESTED:
            self.cancel_asked_at = at
        if text:
            self.text = text
        self.state = after
        self.seen_at = at

    def fold_acceptance(self, venue_order_id: str, at: datetime) -> None:
        """The broker has it under `venue_order_id`."""
        self.fold(OrderFact.ACCEPTED, at)
        self.venue_order_id = venue_order_id

    def fold_closing(self, reason: CloseReason, text: str, at: datetime) -> None:
        """The order works no more. `FILLED` as a reason needs fills that add up, and then changes nothing."""
        if reason is CloseReason.FILLED:
            if self.state is not OrderState.FILLED:
                raise InvalidTransition(f"{self.order_id} is said to be filled, but its fills do not add up")
            return
        self.fold(_CLOSING_FACT[reason], at, text)

    def fold_fill(self, contract: Contract, quantity: int, price: Decimal, at: datetime) -> None:
        """Take an execution; `quantity` is signed.

        Raises:
            InvalidTransition: a contract the order does not trade, the wrong direction, or more than was ordered.
        """
        wanted = self._wanted.get(contract)
        if wanted is None:
            raise InvalidTransition(f"{self.order_id} does not trade {contract.text}, but was filled in it")
        filled = self.filled
        after = filled.get(contract, 0) + quantity
        if quantity * wanted <= 0 or abs(after) > abs(wanted):
            raise InvalidTransition(
                f"{self.order_id}: {quantity:+d} {contract.text} makes {after:+d}, but {wanted:+d} was ordered"
            )
        missing = self._missing - (after == wanted)
        self.fold(_FILLED_PARTLY if missing else _FILLED_FULLY, at)
        filled[contract] = after
        self._missing = missing
        self.paid += quantity * price

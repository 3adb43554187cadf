"""One contract inside a multi-leg position: a fold of its executions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from tomking.events import FillReason
from tomking.market.contract import Contract

ZERO = Decimal(0)


class ComponentStatus(Enum):
    """Where one leg of a position stands; derived from its executions."""

    PENDING = "pending"
    """Nothing executed yet."""
    OPEN = "open"
    """Held."""
    REDUCED = "reduced"
    """Held, less than was once held."""
    CLOSED = "closed"
    """Was held, is no more; its profit stays on the books."""
    ROLLED = "rolled"
    """Closed by an exchange for another contract."""
    EXPIRED = "expired"
    """Closed by its expiry."""
    ASSIGNED = "assigned"
    """Closed by an assignment."""
    EXERCISED = "exercised"
    """Closed by an exercise."""


_CLOSED_BY = {
    FillReason.TRADE: ComponentStatus.CLOSED,
    FillReason.BY_HAND: ComponentStatus.CLOSED,
    FillReason.ROLLED: ComponentStatus.ROLLED,
    FillReason.EXPIRED: ComponentStatus.EXPIRED,
    FillReason.ASSIGNED: ComponentStatus.ASSIGNED,
    FillReason.EXERCISED: ComponentStatus.EXERCISED,
}


@dataclass(slots=True)
class PositionComponent:
    """What a position holds of one contract, and what it earned on what it holds no more.

    Cost is averaged: a reduction takes its share of the cost out, and the last one takes all that is left, so that
    realised profits always add up to the cash that flowed.

    Attributes:
        contract: what is held.
        quantity: signed number of contracts held now.
        opened: signed sum of all that increased the holding.
        opened_value: Σ quantity × price of what increased it, in points.
        open_cost: cost of what is held now, in points × contracts, signed like `quantity`.
        realised: profit on what was reduced, in account currency, without fees.
        fees: all fees charged, in account currency.
        opened_at: instant of the first execution; None before it.
        closed_at: instant the holding last became zero; None while held.
        last_reason: how the last change came about (a trade, expiry, assignment, exercise).
        changed_at: when that was; None before the first execution.
        entry_spot: price of the underlying when what is held was decided; None when it was not known.
    """

    contract: Contract
    quantity: int = 0
    opened: int = 0
    opened_value: Decimal = ZERO
    open_cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    last_reason: FillReason = FillReason.TRADE
    entry_spot: Decimal | None = None
    changed_at: datetime | None = None

    @property
    def entry_price(self) -> Decimal | None:
        """Average price of what increased the holding, in points; None before the first execution."""
        return self.opened_value / self.opened if self.opened else None

    @property
    def status(self) -> ComponentStatus:
        """Derived from what was executed."""
        if self.opened_at is None:
            return ComponentStatus.PENDING
        if self.quantity == 0:
            return _CLOSED_BY[self.last_reason]
        return ComponentStatus.REDUCED if abs(self.quantity) < abs(self.opened) else ComponentStatus.OPEN

    @property
    def is_short(self) -> bool:
        """True while contracts are owed."""
        return self.quantity < 0

    def execute(
        self, quantity: int, price: Decimal, fee: Decimal, at: datetime, reason: FillReason, spot: Decimal | None = None
    ) -> None:
        """Fold one execution: `quantity` signed, `price` per contract in points. Called by `state.apply` only."""
        self.fees += fee
        self.last_reason = reason
        self.changed_at = at
        if self.opened_at is None:
            self.opened_at = at
        if self.quantity * quantity < 0:
            quantity = self._reduce(quantity, price)
        before = self.quantity
        if quantity:
            if not before:
                self.entry_spot = spot
            value = quantity * price
            self.quantity = before + quantity
            self.opened += quantity
            self.opened_value += value
            self.open_cost += value
        self.closed_at = None if self.quantity else at

    def _reduce(self, quantity: int, price: Decimal) -> int:
        """Take `quantity` (of opposite sign) off the holding; return what is left over after crossing zero."""
        taken = -self.quantity if abs(quantity) >= abs(self.quantity) else quantity
        cost = self.open_cost if taken == -self.quantity else self.open_cost * taken / -self.quantity
        self.realised += (-taken * price - cost) * self.contract.multiplier
        self.open_cost -= cost
        self.quantity += taken
        if quantity != taken:  # the other side is a holding of its own, with an entry price of its own
            self.opened = 0
            self.opened_value = ZERO
        return quantity - taken

    def profit_at(self, price: Decimal) -> Decimal:
        """Unrealised profit in account currency if one contract is worth `price` points."""
        return (self.quantity * price - self.open_cost) * self.contract.multiplier

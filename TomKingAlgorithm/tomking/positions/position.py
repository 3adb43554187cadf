"""A multi-leg holding: which contracts belong together, why they are held, and what they earned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import gcd

from tomking.events import ExitReason, FillReason, Purpose
from tomking.market.contract import Contract
from tomking.market.leg import Leg, units
from tomking.positions.component import PositionComponent

ZERO = Decimal(0)


class PositionStatus(Enum):
    """Where a position stands; derived from fills and unfinished groups, never set."""

    BUILDING = "building"
    """The group that opens it is not finished."""
    ACTIVE = "active"
    """Held as it was built."""
    PARTIALLY_CLOSED = "partially_closed"
    """Part of what was built is gone: a leg closed by itself, expired, was assigned, or the size was reduced."""
    CLOSING = "closing"
    """A group that closes or rolls it is not finished."""
    CLOSED = "closed"
    """Nothing is held any more; the profit stays on the books."""


@dataclass(slots=True)
class MultiLegPosition:
    """Contracts held together for one reason.

    Attributes:
        position_id: id of the group that opened it.
        strategy: name of the strategy that wanted it.
        underlying: root of what its first leg is written on.
        legs: the package it was meant to be, ratios with greatest common divisor 1.
        wanted: packages that were wanted.
        requirement: buying power the wanted size ties up, in account currency.
        max_loss: the most the wanted size can lose, in account currency; None when unlimited or not stated.
        created_at: when it was decided.
        components: what is and was held, by contract, in the order of first execution.
        building: groups that open it and are unfinished.
        closing: groups that close or roll it and are unfinished.
        built: what was held when its opening group finished; empty before.
        exit_reason: why it was asked to close; of one that went in parts, why the first of them went.
        origin: position it was rolled from; None when it was opened fresh.
    """

    position_id: str
    strategy: str
    underlying: str
    legs: tuple[Leg, ...]
    wanted: int
    requirement: Decimal
    max_loss: Decimal | None
    created_at: datetime
    components: dict[Contract, PositionComponent] = field(default_factory=dict)
    building: set[str] = field(default_factory=set)
    closing: set[str] = field(default_factory=set)
    built: dict[Contract, int] = field(default_factory=dict)
    exit_reason: ExitReason | None = None
    origin: str | None = None
    _status: PositionStatus | None = field(default=None, init=False, repr=False, compare=False)

    def __iter__(self) -> Iterator[PositionComponent]:
        """The components, closed ones included."""
        return iter(self.components.values())

    @property
    def held(self) -> dict[Contract, int]:
        """Signed holdings by contract, zeros left out."""
        return {contract: part.quantity for contract, part in self.components.items() if part.quantity}

    @property
    def is_flat(self) -> bool:
        """True when nothing is held."""
        for part in self.components.values():  # noqa: SIM110  asked in every turn, a generator costs three times as much
            if part.quantity:
                return False
        return True

    @property
    def is_open(self) -> bool:
        """Something is held, or is still to be."""
        return bool(self.building) or not self.is_flat

    @property
    def status(self) -> PositionStatus:
        """Derived: see `PositionStatus`; remembered until something changes, for every turn asks it."""
        if self._status is None:
            self._status = self._derived_status()
        return self._status

    def _derived_status(self) -> PositionStatus:
        if self.building:
            return PositionStatus.BUILDING
        if not self.is_open:
            return PositionStatus.CLOSED
        if self.closing:
            return PositionStatus.CLOSING
        return PositionStatus.PARTIALLY_CLOSED if self._is_reduced else PositionStatus.ACTIVE

    @property
    def _is_reduced(self) -> bool:
        """Part of what was built is gone."""
        return any(abs(self.components[one].quantity) < abs(quantity) for one, quantity in self.built.items())

    @property
    def units(self) -> int:
        """Complete packages held."""
        return units(self.legs, self.held)

    def holds_until(self, day: date) -> bool:
        """Something that is held ends on that day, or should have ended before."""
        return any(
            part.quantity and contract.expiry is not None and contract.expiry <= day
            for contract, part in self.components.items()
        )

    @property
    def holds_other_legs(self) -> bool:
        """Options are held that do not belong to the package: a roll brought them, or they were added."""
        package = [leg.contract for leg in self.legs]
        if self.is_flat or [*self.components] == package:  # nearly always, and told without a search
            return False
        beyond = self.components.keys() - {*package}
        return any(contract.is_option and self.components[contract].quantity for contract in beyond)

    @property
    def entry_net(self) -> Decimal | None:
        """Average net price per package as opened, in points, debit positive; None until every leg has traded."""
        net = ZERO
        for leg in self.legs:
            part = self.components.get(leg.contract)
            price = part.entry_price if part is not None else None
            if price is None:
                return None
            net += leg.ratio * price
        return net

    @property
    def realised(self) -> Decimal:
        """Profit on everything closed so far, in account currency, after all fees paid so far."""
        return sum((part.realised - part.fees for part in self.components.values()), ZERO)

    @property
    def fees(self) -> Decimal:
        """All fees, in account currency."""
        return sum((part.fees for part in self.components.values()), ZERO)

    @property
    def opened_at(self) -> datetime | None:
        """Instant of the first execution; None before it."""
        return min((part.opened_at for part in self if part.opened_at is not None), default=None)

    @property
    def closed_at(self) -> datetime | None:
        """Instant the last contract went; None while anything is held."""
        if not self.is_flat:
            return None
        return max((part.closed_at for part in self if part.closed_at is not None), default=None)

    @property
    def expiry(self) -> date | None:
        """The nearest expiry among what is held; None when nothing held expires."""
        held = (part.contract.expiry for part in self if part.quantity and part.contract.expiry is not None)
        return min(held, default=None)

    @property
    def open_requirement(self) -> Decimal:
        """Buying power still tied up: the wanted size's, by the largest share of any leg still held or being built.

        What a package sold for a credit ties up, it ties up for its shorts; what one was paid for, for all its legs.
        """
        if self.building:
            return self.requirement
        net = self.entry_net
        for_shorts = net is not None and net < 0
        share = max(
            (
                Decimal(abs(part.quantity)) / (abs(leg.ratio) * self.wanted)
                for leg in self.legs
                if (leg.is_short or not for_shorts) and (part := self.components.get(leg.contract)) is not None
            ),
            default=ZERO,
        )
        return self.requirement * min(share, Decimal(1))

    # -- written by state.apply only ---------------------------------------------------------------------------------

    def execute(
        self,
        contract: Contract,
        quantity: int,
        price: Decimal,
        fee: Decimal,
        at: datetime,
        reason: FillReason,
        spot: Decimal | None = None,
    ) -> None:
        """Fold one execution or settlement; `spot` is the price of the underlying when it was decided."""
        self._status = None
        part = self.components.get(contract)
        if part is None:
            part = self.components[contract] = PositionComponent(contract)
        part.execute(quantity, price, fee, at, reason, spot)

    def group_opened(self, group_id: str, purpose: Purpose, reason: ExitReason | None) -> None:
        """A group began, or came back to life by a late fill, that opens, closes or rolls this position."""
        self._status = None
        (self.building if purpose is Purpose.OPEN else self.closing).add(group_id)
        if reason is not None and (self.exit_reason is None or not self._is_reduced):
            self.exit_reason = reason

    def group_finished(self, group_id: str, purpose: Purpose) -> None:
        """That group ended; what is held after the opening group is what was built."""
        self._status = None
        (self.building if purpose is Purpose.OPEN else self.closing).discard(group_id)
        if purpose is not Purpose.CLOSE:
            self.built = self.held

    def change_shape(self, requirement: Decimal, max_loss: Decimal | None) -> None:
        """Legs were added or exchanged: the package it is meant to be is what it holds now."""
        held = self.held
        self.wanted = gcd(*held.values())
        self.legs = tuple(Leg(contract, quantity // self.wanted) for contract, quantity in held.items())
        self.requirement, self.max_loss = requirement, max_loss

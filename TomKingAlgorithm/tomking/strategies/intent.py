"""What the functions over strategies hand to each other: wishes, plans, decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tomking.events import ExitReason
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.strategies.spec import StrategySpec
from tomking.strategies.target import Template


@dataclass(frozen=True, slots=True)
class Intent:
    """A wish to open a position, without strikes.

    Attributes:
        spec: the strategy that wishes.
        template: the legs it wants; None when the market does not say which (no opening price, too few sessions).
        text: why now.
        at: when, aware UTC.
    """

    spec: StrategySpec
    template: Template | None
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoStrike:
    """No acceptable contract for a leg.

    Attributes:
        code: NO_DIRECTION, NO_EXPIRY, NO_STRIKE or INVALID_STRUCTURE.
        reason: which leg, which bounds, what was there.
    """

    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePlan:
    """A trade with strikes and size, ready for the group checks and the executor.

    Prices are per package in points, debit positive; amounts are in account currency.

    Attributes:
        intent: what asked for it.
        template: the legs it was made from.
        legs: the package.
        prices: mid of every leg.
        quantity: packages, positive.
        expected_net: package mid.
        natural_net: what a marketable order would pay now.
        worst_net: the price the walk may never pass: the gate's floor, or half a spread beyond natural.
        multiplier: currency per point of the package.
        expected_max_loss: most one package can lose when filled at mid; None when the risk is not defined.
        max_loss: the same when filled at `worst_net`.
        stop_loss: loss of one package at its stop; None when it has none.
        requirement: buying power one package ties up when filled at `worst_net`: the larger of our own estimate and of
            the broker's figure, where it has one.
        most_requirement: the most the whole trade may tie up by the broker's own reckoning.
        stress_loss: loss of one package in the stress of the account, 0 or more.
        expiry: earliest expiry of the legs.
        limits: what bounded the size, tightest first, as text.
    """

    intent: Intent
    template: Template
    legs: tuple[Leg, ...]
    prices: Mapping[Contract, Decimal]
    quantity: int
    expected_net: Decimal
    natural_net: Decimal
    worst_net: Decimal
    multiplier: int
    expected_max_loss: Decimal | None
    max_loss: Decimal | None
    stop_loss: Decimal | None
    requirement: Decimal
    most_requirement: Decimal
    stress_loss: Decimal
    expiry: date
    limits: tuple[str, ...]

    @property
    def expected_credit(self) -> Decimal:
        """Credit of one package at mid, in currency; negative for a debit."""
        return -self.expected_net * self.multiplier

    @property
    def total_requirement(self) -> Decimal:
        """Buying power of the whole trade."""
        return self.requirement * self.quantity


@dataclass(frozen=True, slots=True)
class ExitIntent:
    """A decision to close a position or a part of it.

    One is also given for a position that is being closed already, when it has become urgent.

    Attributes:
        position_id: which.
        reason: the first rule that asked, in the order of `ExitReason`.
        text: the rule with its figures.
        is_urgent: it must be out now: no price bound but marketable limits.
        part: signed holdings to close; empty: everything held.
    """

    position_id: str
    reason: ExitReason
    text: str
    is_urgent: bool
    part: Mapping[Contract, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RollIntent:
    """A decision to exchange a part of a position, or to sell against it, as one package.

    Attributes:
        position_id: which.
        legs: what is traded: old contracts undone, new ones opened.
        quantity: packages.
        worst_net: the price the walk may never pass.
        text: the rule with its figures.
        reason: ROLL.
        requirement: buying power the position ties up afterwards; of a mere sale, what it adds.
        max_loss: the most it can lose afterwards; None when it is not defined.
        into_new_position: what comes in becomes a position of its own; never, a roll belongs to its trade.
    """

    position_id: str
    legs: tuple[Leg, ...]
    quantity: int
    worst_net: Decimal
    text: str
    reason: ExitReason
    requirement: Decimal
    max_loss: Decimal | None
    into_new_position: bool = False


@dataclass(frozen=True, slots=True)
class RollRefusal:
    """A roll that is due and cannot be made: a stable code and the reason."""

    position_id: str
    code: str
    text: str

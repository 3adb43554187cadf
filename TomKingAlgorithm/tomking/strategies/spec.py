"""How a strategy is declared, and what its functions hand to each other.

A `StrategySpec` is data: which legs, when, under which conditions, how big, when out. The catalog builds one from the
settings for each enabled strategy; everything else in this room is a pure function over it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum

from tomking.events import ExitReason, PartialPolicy
from tomking.market.contract import Right
from tomking.market.leg import Leg
from tomking.strategies.structure import Structure


@dataclass(frozen=True, slots=True)
class LegTarget:
    """The contract wanted for one leg.

    Attributes:
        right: call or put.
        ratio: signed ratio in the package; negative is sold.
        delta: wanted delta without its sign (0.16); ignored when `width` is given.
        minimum: smallest acceptable delta without its sign.
        maximum: largest acceptable one.
        width: points beyond the previous leg of the same right (further out of the money) instead of a delta.
    """

    right: Right
    ratio: int
    delta: float
    minimum: float
    maximum: float
    width: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A structure and its legs; legs of one right are listed from the money outwards."""

    structure: Structure
    legs: tuple[LegTarget, ...]


class Direction(Enum):
    """Where the underlying has gone since the open."""

    FLAT = "flat"
    UP = "up"
    DOWN = "down"


class Recurrence(Enum):
    """The days a strategy may enter."""

    DAILY = "daily"
    WEEKLY = "weekly"
    SECOND_TUESDAY = "second_tuesday"
    FIRST_WEDNESDAY = "first_wednesday"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a strategy may enter, in New York time.

    Attributes:
        recurrence: which sessions.
        weekday: for WEEKLY, 0 is Monday; a holiday is skipped, never moved.
        earliest: first moment of the entry window.
        latest: last moment of it.
        attempts: opening groups it may start in one session, when earlier ones found no price.
    """

    recurrence: Recurrence
    weekday: int
    earliest: time
    latest: time
    attempts: int


@dataclass(frozen=True, slots=True)
class ExpiryWindow:
    """Acceptable calendar days to expiry; the listed expiry nearest to `target` is taken, the earlier one of two."""

    target: int
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True)
class VixBand:
    """VIX values a strategy trades in: `above` < VIX < `below`; None leaves that side open."""

    above: Decimal | None
    below: Decimal | None

    @property
    def is_open(self) -> bool:
        """No bound at all: the strategy does not need the VIX."""
        return self.above is None and self.below is None


class CreditBasis(Enum):
    """What the credit is measured against."""

    MAX_LOSS = "max_loss"
    """The most the package can lose."""
    MARGIN = "margin"
    """The estimated margin of an undefined-risk package."""


@dataclass(frozen=True, slots=True)
class CreditGate:
    """The smallest credit worth the risk.

    Attributes:
        basis: what `fraction` is a share of.
        fraction: credit divided by the basis, both of one package.
        amount: least credit of one package in account currency.
    """

    basis: CreditBasis
    fraction: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitRules:
    """When a position is closed; None switches a rule off.

    Attributes:
        profit_fraction: profit as a fraction of the credit received.
        stop_multiple: loss as a multiple of the credit received.
        time_at: New York time on the expiry day from which it is closed by a patient walk.
        hard_at: New York time on the expiry day from which it must be out.
        hard_before_close_minutes: `hard_at` is never later than this before the session's end; `time_at` moves along.
        days_to_expiry: closed when this many calendar days are left, or fewer.
        delta: closed when a short leg's delta, without its sign, reaches this.
    """

    profit_fraction: Decimal | None
    stop_multiple: Decimal | None
    time_at: time | None
    hard_at: time | None
    hard_before_close_minutes: int
    days_to_expiry: int | None
    delta: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingRules:
    """How big a strategy may be. Tables have one entry a phase, beginning with phase 0.

    Attributes:
        buying_power_fractions: requirement of one position as a fraction of equity.
        max_positions: positions of this strategy at a time; 0: not traded in that phase.
        contract_caps: (equity from, contracts) pairs, rising; empty: no cap.
        vix_rise_fraction: a VIX this far above its open halves the size; None: never.
        vix_sizes: (VIX above, factor on the size) pairs; empty: the VIX does not matter.
    """

    buying_power_fractions: tuple[Decimal, ...]
    max_positions: tuple[int, ...]
    contract_caps: tuple[tuple[Decimal, int], ...]
    vix_rise_fraction: Decimal | None
    vix_sizes: tuple[tuple[Decimal, Decimal], ...]


@dataclass(frozen=True, slots=True)
class QuoteRules:
    """Which quotes a strike may be chosen from.

    Attributes:
        max_age_seconds: older quotes do not count.
        max_leg_spread_fraction: spread of a short leg over its mid; None: the package's spread is gate enough.
    """

    max_age_seconds: int
    max_leg_spread_fraction: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySpec:
    """One strategy on one underlying, complete.

    Attributes:
        name: as in the settings and in group ids: ``zero_dte``.
        is_enabled: it may open; what it once opened is managed to its end either way.
        underlying: root of the underlying: ``SPX``.
        root: root of the options: ``SPXW``.
        templates: the legs by direction; a strategy without a view has the same for all three.
        move_fraction: move since the open from which the direction is UP or DOWN; None: the move is not asked for.
        first_phase: first phase that trades the underlying.
        is_short_volatility: counted against the limit of positions that lose when volatility rises.
        policy: what becomes of a partly filled group.
    """

    name: str
    is_enabled: bool
    underlying: str
    root: str
    templates: Mapping[Direction, Template]
    move_fraction: Decimal | None
    schedule: Schedule
    expiry: ExpiryWindow
    vix: VixBand
    credit: CreditGate
    exits: ExitRules
    sizing: SizingRules
    quotes: QuoteRules
    first_phase: int
    is_short_volatility: bool
    policy: PartialPolicy


@dataclass(frozen=True, slots=True)
class Intent:
    """A wish to open a position, without strikes.

    Attributes:
        spec: the strategy that wishes.
        template: the legs it wants; None when the direction could not be told (no opening price).
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
        legs: the package.
        quantity: packages, positive.
        expected_net: package mid.
        natural_net: what a marketable order would pay now.
        worst_net: the price the walk may never pass: the credit gate's floor, or half a spread beyond natural.
        multiplier: currency per point of the package.
        expected_max_loss: most one package can lose when filled at mid; None when the risk is not defined.
        max_loss: the same when filled at `worst_net`.
        requirement: buying power one package ties up when filled at `worst_net`, own estimate.
        expiry: earliest expiry of the legs.
        limits: what bounded the size, tightest first, as text.
    """

    intent: Intent
    legs: tuple[Leg, ...]
    quantity: int
    expected_net: Decimal
    natural_net: Decimal
    worst_net: Decimal
    multiplier: int
    expected_max_loss: Decimal | None
    max_loss: Decimal | None
    requirement: Decimal
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
    """A decision to close a whole position.

    One is also given for a position that is being closed already, when it has become urgent.

    Attributes:
        position_id: which.
        reason: the first rule that asked, in the order of `ExitReason`.
        text: the rule with its figures.
        is_urgent: it must be out now: no price bound but marketable limits.
    """

    position_id: str
    reason: ExitReason
    text: str
    is_urgent: bool

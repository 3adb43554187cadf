"""Which contracts are wanted: how a strike is found, which legs make a trade, which of several trades today asks for.

All of it is data. `strikes` finds the contracts, `entries` chooses the template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from tomking.market.contract import Right
from tomking.strategies.structure import Structure


@dataclass(frozen=True, slots=True)
class ExpiryWindow:
    """Acceptable calendar days to expiry; the listed expiry nearest to `target` is taken, the earlier one of two."""

    target: int
    minimum: int
    maximum: int


# -- one leg ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ByDelta:
    """The strike whose delta, without its sign, is nearest to `delta` inside the bounds."""

    delta: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class ByWidth:
    """The strike exactly `points` beyond the previous leg of the same right, further out of the money."""

    points: Decimal


@dataclass(frozen=True, slots=True)
class ByWidthFraction:
    """The strike nearest to `fraction` of the underlying's price beyond the previous leg; off by a quarter at most."""

    fraction: Decimal


class Measure(Enum):
    """What a distance from the price of the underlying is counted in."""

    PRICE = "price"
    """The price itself: 0.05 is 5 % out of the money."""
    EXPECTED_MOVE = "expected_move"
    """One standard deviation until expiry, by the implied volatility at the money."""
    AVERAGE_RANGE = "average_range"
    """The mean true range of the last 14 sessions."""


@dataclass(frozen=True, slots=True)
class ByDistance:
    """The strike nearest to so many measures out of the money; a negative number is in the money.

    Attributes:
        measure: the unit.
        multiple: how many of them.
        tolerance: most the listed strike may be off, as a fraction of the underlying's price.
    """

    measure: Measure
    multiple: Decimal
    tolerance: Decimal


Selector = ByDelta | ByWidth | ByWidthFraction | ByDistance


@dataclass(frozen=True, slots=True)
class LegTarget:
    """The contract wanted for one leg.

    Attributes:
        right: call or put.
        ratio: signed ratio in the package; negative is sold.
        by: how its strike is found.
        expiry: its own window of expiries; None: the strategy's.
    """

    right: Right
    ratio: int
    by: Selector
    expiry: ExpiryWindow | None = None


# -- what a price must be worth ---------------------------------------------------------------------------------------


class CreditBasis(Enum):
    """What the credit is measured against."""

    MAX_LOSS = "max_loss"
    """The most the package can lose."""
    MARGIN = "margin"
    """The estimated margin of an undefined-risk package."""
    WIDTH = "width"
    """The distance of the package's highest two strikes: of LT112, its put debit spread."""
    LONG_COST = "long_cost"
    """What the long leg costs; the credit is the short leg's time value alone."""


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


@dataclass(frozen=True, slots=True)
class DebitGate:
    """The largest debit, as a fraction of the most the package can gain; None: not asked."""

    gain_fraction: Decimal | None


Gate = CreditGate | DebitGate


@dataclass(frozen=True, slots=True)
class Template:
    """A structure, its legs and what it must be worth; legs of one right are listed from the money outwards.

    Attributes:
        structure: what the legs must turn out to be.
        legs: the contracts wanted.
        gate: what the price must satisfy.
        spread_debit_fraction: most the debit spread inside (LT112) may cost, of its width; None: no bound.
        extrinsic_fraction: most the long leg's extrinsic value may be, as a fraction of its strike, beside what
            financing the strike until expiry costs; None: no bound.
    """

    structure: Structure
    legs: tuple[LegTarget, ...]
    gate: Gate
    spread_debit_fraction: Decimal | None = None
    extrinsic_fraction: Decimal | None = None

    @property
    def counts_ranges(self) -> bool:
        """A distance is counted in average ranges, so that choosing strikes needs the sessions of the past."""
        return any(isinstance(leg.by, ByDistance) and leg.by.measure is Measure.AVERAGE_RANGE for leg in self.legs)


# -- which trade today ------------------------------------------------------------------------------------------------


class Direction(Enum):
    """Where the underlying has gone since the open."""

    FLAT = "flat"
    UP = "up"
    DOWN = "down"


class Trend(Enum):
    """Where the fast average of closes stands against the slow one, and the price against the fast one."""

    FAR_ABOVE = "far_above"
    """The price is far above its fast average, whatever the averages say."""
    ABOVE = "above"
    FLAT = "flat"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class TrendRule:
    """How a trend is told.

    Attributes:
        fast: sessions of the fast exponential average.
        slow: sessions of the slow one.
        flat_fraction: averages closer than this fraction are flat.
        far_fraction: a price further above the fast average than this is far above.
    """

    fast: int
    slow: int
    flat_fraction: Decimal
    far_fraction: Decimal


@dataclass(frozen=True, slots=True)
class Always:
    """One template whatever the market does."""

    template: Template


@dataclass(frozen=True, slots=True)
class ByMove:
    """A template by the move since the session's open; beyond `threshold` it is UP or DOWN."""

    threshold: Decimal
    templates: Mapping[Direction, Template]


@dataclass(frozen=True, slots=True)
class ByTrend:
    """A template by the trend of the daily closes."""

    rule: TrendRule
    templates: Mapping[Trend, Template]


class Turn(Enum):
    """What a rotation counts."""

    WEEK_OF_MONTH = "week_of_month"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Rotating:
    """One template after the other, by the calendar, begun anew after the last."""

    by: Turn
    templates: tuple[Template, ...]


Choice = Always | ByMove | ByTrend | Rotating


def templates_of(choice: Choice) -> tuple[Template, ...]:
    """Every template a choice may make."""
    match choice:
        case Always(template):
            return (template,)
        case Rotating(_, templates):
            return templates
        case ByMove(_, by_direction):
            return tuple(by_direction.values())
        case ByTrend(_, by_trend):
            return tuple(by_trend.values())

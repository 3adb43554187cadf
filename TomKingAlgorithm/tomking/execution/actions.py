"""What the plan may decide, and the executor then does."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tomking.events import GroupOutcome
from tomking.execution.depth import DepthCheckResult
from tomking.execution.pricing import PackagePrice
from tomking.frozen import quickly_made
from tomking.market.contract import Contract
from tomking.market.leg import Leg


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do now."""

    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class Submit:
    """Send an order: see `OrderSubmitted` for the fields; `market` is what its legs trade at, where that is known."""

    legs: tuple[Leg, ...]
    quantity: int
    limit: Decimal
    unwind: bool
    closing: bool
    opens: tuple[Contract, ...] = ()
    replaces: str = ""
    at_market: bool = False
    market: PackagePrice | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ask for an order's end."""

    order_id: str
    text: str


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the broker what became of an order."""

    order_id: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Believe that an order never existed."""

    order_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The rest of the group is no longer wanted."""

    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class Finish:
    """The group has come to its end."""

    outcome: GroupOutcome
    text: str


@dataclass(frozen=True, slots=True)
class RefuseDepth:
    """The quotes are too poor for the first order."""

    found: DepthCheckResult


@dataclass(frozen=True, slots=True)
class StayOutOfMarket:
    """The quotes are too poor for an order at market: it stays with limits, and the operator is told."""

    found: DepthCheckResult


Action = Wait | Submit | Cancel | LookUp | GiveUp | Withdraw | Finish | RefuseDepth | StayOutOfMarket

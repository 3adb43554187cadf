"""The port to a broker: few commands out, only facts back.

A backend translates and nothing else. It decides nothing, waits for nothing, never resends and never falls back to
another road. Whatever arrives on other threads goes into its inbox; `drain` hands it over on the desk's thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol

from tomking.events import CloseReason, FillReason
from tomking.frozen import quickly_made
from tomking.market.contract import Contract
from tomking.market.leg import Leg


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a broker can do, declared; the road is chosen by this and never by an exception.

    Attributes:
        max_legs: legs one order may have; 1 when the broker has no multi-leg orders.
        replaces: one order can stand in for another, see `Backend.replace`.
        combo_market: a package of several legs may be sent at market.
    """

    max_legs: int
    replaces: bool = False
    combo_market: bool = False


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderRequest:
    """One order as it goes out.

    Attributes:
        order_id: ours, minted and journaled before; travels as tag or external identifier.
        legs: ratios with greatest common divisor 1.
        quantity: multiples of `legs`, positive.
        limit: net price per multiple in points, debit positive, on the tick grid, never 0; of an order at market what
            it is expected to cost, which the broker is not told.
        closing: every leg but those in `opens` reduces a holding; sent with strict position effect, so that a close
            never opens.
        opens: of a roll in one package: the contracts that are opened while the others close.
        most_buying_power: of an order that opens: the most it may tie up by the broker's own reckoning, in account
            currency; a broker that reckons before it sends (a dry run) refuses what needs more; None: not bounded.
        day: good for this session only.
        at_market: at whatever price: a package that closes, at a broker that declares `combo_market`.
    """

    order_id: str
    legs: tuple[Leg, ...]
    quantity: int
    limit: Decimal
    closing: bool
    opens: tuple[Contract, ...] = ()
    most_buying_power: Decimal | None = None
    day: bool = True
    at_market: bool = False


class OrderStatus(Enum):
    """What the broker says of an order; anything it says that we do not know is WORKING until it is looked up again."""

    WORKING = "working"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The broker took the order."""

    order_id: str
    venue_order_id: str


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What the broker reckoned of an order before it was sent: its dry run.

    Attributes:
        buying_power: what the order would tie up, in account currency; negative when it frees some.
        fees: what it would cost in all.
        warnings: what the broker remarked, without refusing.
    """

    order_id: str
    buying_power: Decimal
    fees: Decimal
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The order was turned down after `submit` returned; it does not exist.

    Attributes:
        was_sent: False when a check on our side, or the broker's dry run, came before the broker had it.
    """

    order_id: str
    code: str
    text: str
    was_sent: bool = True


@dataclass(frozen=True, slots=True)
class Filled:
    """One execution of one leg; `quantity` is signed."""

    fill_id: str
    order_id: str
    contract: Contract
    quantity: int
    price: Decimal
    fee: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """The order works no more, the broker says; the look-up decides what it filled."""

    order_id: str
    reason: CloseReason
    text: str


@dataclass(frozen=True, slots=True)
class Lost:
    """An answer will not come: treat the order as unknown."""

    order_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Expiry, exercise or assignment moved a holding; `quantity` is the signed change."""

    settlement_id: str
    contract: Contract
    quantity: int
    price: Decimal
    reason: FillReason
    at: datetime


@dataclass(frozen=True, slots=True)
class NotFound:
    """The late answer to a look-up: the broker knows no such order (which it may say too early)."""

    order_id: str


@dataclass(frozen=True, slots=True)
class OrderReport:
    """Everything the broker knows of one order, in one answer.

    Attributes:
        order_id: our id, read back from tag or external identifier.
        fills: all executions so far.
        close_reason: None while it works.
    """

    order_id: str
    venue_order_id: str
    status: OrderStatus
    legs: tuple[Leg, ...]
    quantity: int
    fills: tuple[Filled, ...]
    close_reason: CloseReason | None
    text: str = ""


Report = Accepted | Reckoned | Refused | Filled | Closed | Lost | Settled | OrderReport | NotFound
"""A look-up that was answered late comes as `OrderReport` or `NotFound`."""


@dataclass(frozen=True, slots=True)
class Balances:
    """The account as the broker sees it, in account currency.

    Attributes:
        equity: net liquidating value.
        cash: settled and unsettled cash.
        buying_power: what new trades may still tie up.
    """

    equity: Decimal
    cash: Decimal
    buying_power: Decimal


class Backend(Protocol):
    """A broker, or LEAN in front of one."""

    @property
    def capabilities(self) -> Capabilities:
        """What this broker can do."""
        ...

    def submit(self, request: OrderRequest) -> None:
        """Send an order. Returns at once; the broker's answer is a report.

        Raises:
            OrderRefused: it was turned down here and now; it certainly does not exist.
            BackendUnreachable: nobody knows whether it exists.
        """
        ...

    def replace(self, order_id: str, request: OrderRequest) -> None:
        """Let an order of the same legs and quantity stand in for one that works. Returns at once, as `submit`.

        The broker ends the old order before the new one may trade, and drops the new one if the old one traded
        meanwhile: each of the two is reported like any other order. Only for a broker that declares `replaces`.

        Raises:
            OrderRefused: the new order certainly does not exist; the old one is as it was.
            BackendUnreachable: nobody knows whether it exists, nor whether the old one works.
        """
        ...

    def cancel(self, order_id: str) -> None:
        """Ask for an order to end. Returns at once; `Closed` is the answer, and fills may come before or after it.

        Raises:
            BackendUnreachable: the request may or may not have arrived.
        """
        ...

    def drain(self) -> Sequence[Report]:
        """The reports that arrived since the last call, in order of arrival; duplicates are possible."""
        ...

    def look_up(self, order_id: str) -> OrderReport | None:
        """What the broker knows of an order by our id; None: "no such order" (which it may say too early).

        Raises:
            BackendUnreachable: no answer, or none yet: one that comes later is a report.
        """
        ...

    def orders(self) -> Sequence[OrderReport]:
        """All working and recent orders of the account that carry an id of ours.

        Raises:
            BackendUnreachable: no answer.
        """
        ...

    def positions(self) -> Mapping[Contract, int]:
        """Signed holdings of the account by contract, zeros left out.

        Raises:
            BackendUnreachable: no answer.
        """
        ...

    def requirement(self, legs: Sequence[Leg]) -> Decimal | None:
        """Buying power one package would tie up by the broker's own rules, in account currency.

        None: it cannot tell before an order, or not without waiting; then `most_buying_power` asks it when one is sent.
        """
        ...

    def account_value(self) -> Decimal:
        """Account value alone: asked in every look at the account, and LEAN reckons long to tell the rest.

        Raises:
            BackendUnreachable: no answer.
        """
        ...

    def balances(self) -> Balances:
        """Account value, cash and buying power.

        Raises:
            BackendUnreachable: no answer.
        """
        ...

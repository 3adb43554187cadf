"""Every fact that may be journaled. Nothing happens in the framework that is not one of these.

An event says what was decided or observed, never what to do about it; `state.apply` folds events into the state, and
the journal's order of them is the only order there is. Each class is a frozen dataclass of plain values so that
`codec` can write it as one JSON object and read it back equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Final, NamedTuple

from tomking.frozen import quickly_made
from tomking.market.contract import Contract
from tomking.market.leg import Leg


class TradingState(Enum):
    """What the desk may do."""

    ACTIVE = "active"
    """Open, manage and close."""
    REDUCING = "reducing"
    """Only what makes positions smaller."""
    HALTED = "halted"
    """Nothing new at all: orders of known groups are still canceled and unwound, a human decides the rest."""


class Purpose(Enum):
    """Why a group exists."""

    OPEN = "open"
    CLOSE = "close"
    ROLL = "roll"


class PartialPolicy(Enum):
    """What becomes of a group that fills only in part."""

    UNWIND = "unwind"
    """All or nothing: complete units are undone too."""
    KEEP = "keep"
    """Complete units are kept, the rest is undone."""


class ExitReason(Enum):
    """Why a position is closed; the order here is the order in which exits are asked."""

    EMERGENCY = "emergency"
    DRAWDOWN = "drawdown"
    PHASE = "phase"
    ASSIGNMENT = "assignment"
    EXPIRY = "expiry"
    TIME = "time"
    STOP = "stop"
    DTE = "dte"
    DELTA = "delta"
    PROFIT = "profit"
    ROLL = "roll"


class GroupOutcome(Enum):
    """How a group ended."""

    FILLED = "filled"
    """All of it."""
    REDUCED = "reduced"
    """Some complete units, in balance, kept by policy."""
    CANCELED = "canceled"
    """Nothing held."""
    UNWOUND = "unwound"
    """It filled in part and was undone."""
    DENIED = "denied"
    """A validator, or the broker's dry run, said no before anything was sent."""
    STRANDED = "stranded"
    """It could not be brought into balance: trading halts and the operator is called."""


class CloseReason(Enum):
    """Why an order stopped working."""

    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    NEVER_EXISTED = "never_existed"
    """The broker answered "no such order" often enough, long enough after the send."""


class FillReason(Enum):
    """How a quantity came to change."""

    TRADE = "trade"
    EXPIRED = "expired"
    ASSIGNED = "assigned"
    EXERCISED = "exercised"
    ROLLED = "rolled"
    """Exchanged for another contract of the same position."""
    BY_HAND = "by_hand"
    """Traded by a person outside the desk, and booked on their word."""


class Event:
    """Base of all facts."""

    __slots__ = ()


@quickly_made
@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """A process began to trade: with which settings, in which mode."""

    run: str
    mode: str
    deployment: str
    settings_hash: str
    version: str


@quickly_made
@dataclass(frozen=True, slots=True)
class IntentDenied(Event):
    """A wish to trade was refused by a validator, once."""

    strategy: str
    underlying: str
    code: str
    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class GroupCreated(Event):
    """A multi-leg trade was decided.

    Attributes:
        group_id: ``<strategy>-<run>-<n>``.
        position_id: the position it opens (its own id) or closes.
        legs: the package, ratios with greatest common divisor 1.
        quantity: packages wanted, positive.
        worst_net: the net price per package (debit positive) the walk may never pass; None: only marketable limits
            bound it, as for emergency exits.
        expected_net: package mid when decided.
        exit_reason: why a position is closed or rolled; None when opening.
        requirement: buying power the whole quantity ties up, in account currency; 0 when closing.
        most_requirement: the most it may tie up by the broker's own reckoning; None: not bounded.
        max_loss: the most the whole quantity can lose, in account currency; None when unlimited or not stated.
        incoming: of a roll: those of `legs` that are opened anew; the others close what the position holds.
        rolled_into: of a roll: the position the incoming legs go to, whose origin is `position_id`; empty: they stay in
            that position.
        spot: price of the underlying when decided; None when it was not known.
    """

    group_id: str
    strategy: str
    purpose: Purpose
    position_id: str
    legs: tuple[Leg, ...]
    quantity: int
    policy: PartialPolicy
    worst_net: Decimal | None
    expected_net: Decimal
    exit_reason: ExitReason | None = None
    requirement: Decimal = Decimal(0)
    max_loss: Decimal | None = None
    incoming: tuple[Leg, ...] = ()
    rolled_into: str = ""
    spot: Decimal | None = None
    most_requirement: Decimal | None = None


@quickly_made
@dataclass(frozen=True, slots=True)
class DepthRefused(Event):
    """The look at the legs' quotes before an order found them too poor: it is not sent."""

    group_id: str
    code: str
    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderSubmitted(Event):
    """An order is about to be sent: journaled and flushed before the send.

    Attributes:
        order_id: ``<group_id>.<run>.<k>``; it travels with the order as its tag.
        legs: what the order trades; the whole package, or one leg on the legged road, or an unwind.
        quantity: multiples of `legs`, positive.
        limit: net price per multiple, debit positive; never 0; of an order at market what it was expected to cost.
        unwind: the order undoes what an incomplete group holds.
        closing: every leg but those in `opens` reduces a holding: sent with strict position effect.
        opens: of a roll sent as one package: the contracts that are opened.
        replaces: the working order it stands in for, whose end the broker sees to before this one may trade; empty for
            an order of its own.
        at_market: it names no price to the broker: the last resort of what must get out.
        package_bid: what `legs` could be sold for in the moment of the decision, as a net price; None when they could
            not be priced.
        package_ask: what they would have cost.
    """

    order_id: str
    group_id: str
    legs: tuple[Leg, ...]
    quantity: int
    limit: Decimal
    unwind: bool
    closing: bool
    opens: tuple[Contract, ...] = ()
    replaces: str = ""
    at_market: bool = False
    package_bid: Decimal | None = None
    package_ask: Decimal | None = None


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderAdopted(Event):
    """The broker knows an order with an id of ours that the journal lost: it is taken over.

    Attributes:
        group_id: the group the id names; created just before when the journal lost that too.
        legs: what the order trades, as the broker says.
        quantity: multiples of `legs`, positive.
        opens: of a group that closes or rolls: the contracts of the order that make no holding smaller.
    """

    order_id: str
    group_id: str
    legs: tuple[Leg, ...]
    quantity: int
    opens: tuple[Contract, ...] = ()


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderAccepted(Event):
    """The broker has the order."""

    order_id: str
    venue_order_id: str


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderReckoned(Event):
    """What the broker reckoned of an order before it was sent: buying power it ties up, fees, remarks."""

    order_id: str
    buying_power: Decimal
    fees: Decimal
    warnings: tuple[str, ...] = ()


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderRefusedByVenue(Event):
    """The broker, or a check on the way, said no; the order does not exist.

    Attributes:
        was_sent: the broker had the order before it; False when a check on our side, or its dry run, came first.
    """

    order_id: str
    code: str
    text: str
    was_sent: bool = True


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderUnknown(Event):
    """The answer to a send or a cancel was lost: the order may exist."""

    order_id: str
    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderNotFound(Event):
    """The broker answered a look-up with "no such order"; one answer is not yet the truth."""

    order_id: str


@quickly_made
@dataclass(frozen=True, slots=True)
class CancelRequested(Event):
    """A cancel is about to be sent."""

    order_id: str
    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class LegFilled(Event):
    """A quantity of one leg was executed.

    Attributes:
        fill_id: the venue's id of the execution, or one derived from the venue's facts; fills are deduplicated by it.
        quantity: signed change of holdings.
        price: per contract, in points.
        fee: charged for this fill, in account currency.
    """

    fill_id: str
    order_id: str
    contract: Contract
    quantity: int
    price: Decimal
    fee: Decimal


@quickly_made
@dataclass(frozen=True, slots=True)
class OrderClosed(Event):
    """The order works no more; fills may still be reported late."""

    order_id: str
    reason: CloseReason
    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class GroupWithdrawn(Event):
    """The group is no longer wanted (too old, price walked to its end, trading state): its orders are to end."""

    group_id: str
    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class GroupFinished(Event):
    """The group came to its end."""

    group_id: str
    outcome: GroupOutcome
    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class ContractSettled(Event):
    """The exchange changed a holding: expiry, exercise or assignment, without an order of ours.

    Attributes:
        settlement_id: unique name of the settlement, for deduplication.
        quantity: signed change of holdings (closing the option, or the shares or future delivered).
        price: per contract in points: the cash value of the option, or the strike for what is delivered.
    """

    settlement_id: str
    contract: Contract
    quantity: int
    price: Decimal
    reason: FillReason


@quickly_made
@dataclass(frozen=True, slots=True)
class TradingStateChanged(Event):
    """The desk's permission to trade changed.

    Attributes:
        mark: equity from which the drawdown is measured from here on; None: the high-water mark.
    """

    state: TradingState
    code: str
    text: str
    mark: Decimal | None = None


@quickly_made
@dataclass(frozen=True, slots=True)
class PhaseChanged(Event):
    """The account moved to another phase."""

    old: int
    new: int
    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class EquityMarked(Event):
    """Account value at a day's mark, with deposits less withdrawals since the last mark."""

    day: date
    equity: Decimal
    flow: Decimal


@quickly_made
@dataclass(frozen=True, slots=True)
class VolatilityMarked(Event):
    """Implied volatility at the money of an underlying, a fraction a year, at the end of a session."""

    day: date
    underlying: str
    value: Decimal


@quickly_made
@dataclass(frozen=True, slots=True)
class MismatchFound(Event):
    """Book and broker disagree; `text` names every contract with both quantities."""

    text: str


@quickly_made
@dataclass(frozen=True, slots=True)
class HeldBeside(Event):
    """The account holds something that is not the desk's, as a person has declared.

    Attributes:
        quantity: signed, all of it; 0 when it is gone.
    """

    contract: Contract
    quantity: int


@quickly_made
@dataclass(frozen=True, slots=True)
class PositionTakenOver(Event):
    """A person gave holdings of the account to the desk, as a position of a strategy.

    Attributes:
        position_id: of the new position.
        legs: the package, ratios with greatest common divisor 1.
        quantity: packages.
        prices: what each leg is booked at, in points, in the order of `legs`.
        requirement: buying power it ties up, in account currency, as the person says.
    """

    position_id: str
    strategy: str
    legs: tuple[Leg, ...]
    quantity: int
    prices: tuple[Decimal, ...]
    requirement: Decimal


@quickly_made
@dataclass(frozen=True, slots=True)
class OperatorNote(Event):
    """Something a person must know or has decided (an alert that was raised, an acknowledgement)."""

    code: str
    text: str


QUIET_NOTES: Final = frozenset({"COMMAND", "BESIDE", "ADOPTED", "JOURNAL_TORN", "SETTLED"})
"""Codes of notes that are worth a line in the log; with any other a person must act now."""


class Record(NamedTuple):
    """An event with its place in the journal.

    Attributes:
        seq: position in the journal, from 1, without gaps.
        at: when it was recorded, aware UTC.
        run: the process run that wrote it.
        because: seq of the record that caused it; 0 when it came from outside.
    """

    seq: int
    at: datetime
    run: str
    because: int
    event: Event


record_of: Final[Callable[[tuple[int, datetime, str, int, Event]], Record]] = partial(tuple.__new__, Record)
"""The record of these fields, made in one call: `Record` itself takes three, and a start makes fifty thousand."""

"""Orders as Tastytrade tells them.

One convention inside: a net price is signed, **debit positive**; on the wire the price is a positive text and the
direction is `price-effect`. Symbols are Tastytrade's own texts, and words we do not know are kept as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tomking.adapters.tastytrade_fields import Row


class Status(StrEnum):
    """The order statuses we know; an order keeps any other word as plain text, and that is never terminal."""

    RECEIVED = "Received"
    ROUTED = "Routed"
    IN_FLIGHT = "In Flight"
    LIVE = "Live"
    CONTINGENT = "Contingent"
    CANCEL_REQUESTED = "Cancel Requested"
    REPLACE_REQUESTED = "Replace Requested"
    FILLED = "Filled"
    CANCELLED = "Cancelled"
    REJECTED = "Rejected"
    EXPIRED = "Expired"
    REMOVED = "Removed"
    PARTIALLY_REMOVED = "Partially Removed"


TERMINAL = frozenset(
    {
        Status.FILLED,
        Status.CANCELLED,
        Status.REJECTED,
        Status.EXPIRED,
        Status.REMOVED,
        Status.PARTIALLY_REMOVED,
    }
)


class Action(StrEnum):
    """What a leg does; `BUY` and `SELL` are for single outright futures only."""

    BUY_TO_OPEN = "Buy to Open"
    SELL_TO_OPEN = "Sell to Open"
    BUY_TO_CLOSE = "Buy to Close"
    SELL_TO_CLOSE = "Sell to Close"
    BUY = "Buy"
    SELL = "Sell"


class InstrumentType(StrEnum):
    """Kinds of instruments; index options are `EQUITY_OPTION` too."""

    EQUITY = "Equity"
    EQUITY_OPTION = "Equity Option"
    FUTURE = "Future"
    FUTURE_OPTION = "Future Option"


class OrderType(StrEnum):
    """Order types we send or read."""

    LIMIT = "Limit"
    MARKET = "Market"
    STOP = "Stop"
    STOP_LIMIT = "Stop Limit"


class TimeInForce(StrEnum):
    """How long an order works."""

    DAY = "Day"
    GTC = "GTC"
    IOC = "IOC"


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of one leg; `quantity` positive, the leg's action gives the direction."""

    fill_id: str
    quantity: int
    price: Decimal
    at: datetime
    venue: str


@dataclass(frozen=True, slots=True)
class OrderLeg:
    """One leg of an order with all its fills so far.

    Attributes:
        symbol: Tastytrade's order symbol.
        instrument_type: one of `InstrumentType`, or a word we do not know.
        action: one of `Action`, or a word we do not know.
        quantity: contracts, positive.
        remaining: contracts not filled.
    """

    symbol: str
    instrument_type: str
    action: str
    quantity: int
    remaining: int
    fills: tuple[Fill, ...]

    @property
    def direction(self) -> int:
        """+1 buys, -1 sells, 0 for an action we do not know."""
        return 1 if self.action.startswith("Buy") else -1 if self.action.startswith("Sell") else 0

    @property
    def filled(self) -> int:
        """Contracts filled, by the fills listed."""
        return sum(fill.quantity for fill in self.fills)


@dataclass(frozen=True, slots=True)
class Order:
    """A full snapshot of one order.

    Attributes:
        order_id: Tastytrade's id; None in the reply of a dry run.
        status: one of `Status`, or a word we do not know.
        size: how many times the lowest ratio, the greatest common divisor of the leg quantities.
        price: net per unit of `size` in points, debit positive; None for market and stop orders.
        external_identifier: the id we gave it; a tag, nothing keeps it unique.
        replaces: the order this one stands in for; None when it is no replacement.
        replaced_by: the order that stands in for this one.
        reject_reason: Tastytrade's words for a rejection, or for a cancel by the venue.
    """

    order_id: int | None
    account: str
    status: str
    order_type: str
    time_in_force: str
    size: int
    price: Decimal | None
    stop_trigger: Decimal | None
    underlying_symbol: str | None
    underlying_type: str | None
    cancellable: bool
    editable: bool
    edited: bool
    legs: tuple[OrderLeg, ...]
    external_identifier: str | None
    source: str | None
    replaces: int | None
    replaced_by: int | None
    complex_order_id: int | None
    complex_order_tag: str | None
    contingent_status: str | None
    cancelled_size: int | None
    reject_reason: str | None
    received_at: datetime | None
    live_at: datetime | None
    cancelled_at: datetime | None
    terminal_at: datetime | None
    updated_at: datetime | None

    @property
    def terminal(self) -> bool:
        """It will not work again; fills of it may still arrive."""
        return self.status in TERMINAL

    @property
    def filled(self) -> int:
        """Contracts filled over all legs."""
        return sum(leg.filled for leg in self.legs)

    @property
    def complete(self) -> bool:
        """Every leg shows all its fills; a `Filled` order may lack some for a moment."""
        return all(leg.filled == leg.quantity for leg in self.legs)

    def executions(self) -> Iterator[tuple[OrderLeg, Fill]]:
        """Every fill with its leg, in the order of the legs."""
        for leg in self.legs:
            for fill in leg.fills:
                yield leg, fill


@dataclass(frozen=True, slots=True)
class ComplexOrder:
    """Several orders tied together (OTO, OCO, OTOCO); `order_id` None in the reply of a dry run."""

    order_id: int | None
    account: str
    kind: str
    trigger: Order | None
    orders: tuple[Order, ...]


def read_order(row: Row) -> Order:
    """The order of a reply or a stream message.

    Raises:
        UnreadablePayload: a field we need is missing or wrong.
    """
    return Order(
        order_id=row.whole_or_none("id"),
        account=row.text("account-number"),
        status=_status(row.text("status")),
        order_type=row.text("order-type"),
        time_in_force=row.text("time-in-force"),
        size=row.whole("size"),
        price=row.optional("price", row.debit),
        stop_trigger=row.number_or_none("stop-trigger"),
        underlying_symbol=row.text_or_none("underlying-symbol"),
        underlying_type=row.text_or_none("underlying-instrument-type"),
        cancellable=row.flag_or("cancellable", False),
        editable=row.flag_or("editable", False),
        edited=row.flag_or("edited", False),
        legs=tuple(_read_leg(leg) for leg in row.rows("legs")),
        external_identifier=row.text_or_none("external-identifier"),
        source=row.text_or_none("source"),
        replaces=row.whole_or_none("replaces-order-id"),
        replaced_by=row.whole_or_none("replacing-order-id"),
        complex_order_id=row.whole_or_none("complex-order-id"),
        complex_order_tag=row.text_or_none("complex-order-tag"),
        contingent_status=row.text_or_none("contingent-status"),
        cancelled_size=row.whole_or_none("cancelled-size"),
        reject_reason=row.text_or_none("reject-reason"),
        received_at=row.moment_or_none("received-at"),
        live_at=row.moment_or_none("live-at"),
        cancelled_at=row.moment_or_none("cancelled-at"),
        terminal_at=row.moment_or_none("terminal-at"),
        updated_at=row.moment_or_none("updated-at"),
    )


def read_complex_order(row: Row) -> ComplexOrder:
    """A complex order and its children."""
    trigger = row.row_or_none("trigger-order")
    return ComplexOrder(
        order_id=row.whole_or_none("id"),
        account=row.text("account-number"),
        kind=row.text("type"),
        trigger=read_order(trigger) if trigger is not None else None,
        orders=tuple(read_order(child) for child in row.rows("orders")),
    )


def _status(word: str) -> str:
    try:
        return Status(word)
    except ValueError:
        return word


def _read_leg(row: Row) -> OrderLeg:
    quantity = row.whole("quantity")
    fills = tuple(
        Fill(
            fill_id=fill.text("fill-id"),
            quantity=fill.whole("quantity"),
            price=fill.number("fill-price"),
            at=fill.moment("filled-at"),
            venue=fill.text_or("destination-venue", ""),
        )
        for fill in row.rows_or_empty("fills")
    )
    remaining = row.whole_or_none("remaining-quantity")
    return OrderLeg(
        symbol=row.text("symbol"),
        instrument_type=row.text("instrument-type"),
        action=row.text("action"),
        quantity=quantity,
        remaining=quantity if remaining is None else remaining,
        fills=fills,
    )

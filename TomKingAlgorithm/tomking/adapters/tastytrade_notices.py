"""What the account stream hands on, in order of arrival.

Every order message is a full snapshot with all fills so far. The stream takes the new fills out of it, each exactly
once by its id however often and in whatever order messages repeat it, and then hands on the snapshot itself unless it
says nothing newer than the last one.
"""

from __future__ import annotations

from dataclasses import dataclass

from tomking.adapters.tastytrade_account import Balances, Position, TradingStatus
from tomking.adapters.tastytrade_orders import ComplexOrder, Fill, Order


@dataclass(frozen=True, slots=True)
class AccountSnapshot:
    """All orders since a day and all positions, read over REST.

    Attributes:
        orders: readable ones.
        unreadable: what could not be read of the others, a text each; never empty silently.
        positions: rows of quantity 0 included.
    """

    orders: tuple[Order, ...]
    unreadable: tuple[str, ...]
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class FillNotice:
    """One execution not handed on before; comes before the notice of its order.

    Attributes:
        order_id: Tastytrade's id.
        external_identifier: our id, None for an order of somebody else.
        symbol: Tastytrade's symbol of the leg.
        direction: +1 bought, -1 sold, 0 for an action we do not know.
    """

    order_id: int
    external_identifier: str | None
    symbol: str
    action: str
    direction: int
    fill: Fill


@dataclass(frozen=True, slots=True)
class OrderNotice:
    """An order that changed. `Filled` may come before all its fills: see `Order.complete`."""

    order: Order


@dataclass(frozen=True, slots=True)
class ComplexOrderNotice:
    """A complex order that changed; its children also come as orders of their own."""

    order: ComplexOrder


@dataclass(frozen=True, slots=True)
class PositionNotice:
    """A holding that changed."""

    position: Position


@dataclass(frozen=True, slots=True)
class BalancesNotice:
    """Balances that changed."""

    balances: Balances


@dataclass(frozen=True, slots=True)
class TradingStatusNotice:
    """What the account may do changed."""

    status: TradingStatus


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A message of a type we do not know, or one that could not be read; the stream lives on.

    Attributes:
        kind: the message's type, empty when it has none.
        problem: empty for an unknown type; for a known type what could not be read, and then the order or position
            in question must be read over REST.
        order_id: of the order that could not be read, when the message says so.
    """

    kind: str
    problem: str
    order_id: int | None = None


@dataclass(frozen=True, slots=True)
class StreamUp:
    """Connected, and everything that happened meanwhile was read again: nothing is missing up to here.

    The fills and orders of `snapshot` that are new come as notices of their own right after this one.
    """

    snapshot: AccountSnapshot
    attempt: int


@dataclass(frozen=True, slots=True)
class StreamDown:
    """The stream is silent from here until the next `StreamUp`; `reason` holds no secret."""

    reason: str


Notice = (
    FillNotice
    | OrderNotice
    | ComplexOrderNotice
    | PositionNotice
    | BalancesNotice
    | TradingStatusNotice
    | Unmapped
    | StreamUp
    | StreamDown
)

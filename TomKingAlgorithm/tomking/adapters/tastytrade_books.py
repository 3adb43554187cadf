"""The broker's books, read in one go: our orders, all holdings, the account.

Something may happen between two calls. So the orders are read before and after the holdings, and a reading counts only
when both say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from tomking.adapters.tastytrade_account import Balances as TheirBalances
from tomking.adapters.tastytrade_account import TradingStatus
from tomking.adapters.tastytrade_chains import Chains
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_outcomes import Accepted, Outcome
from tomking.adapters.tastytrade_own_orders import OwnOrders
from tomking.adapters.tastytrade_symbols_formats import UnmappableSymbol
from tomking.adapters.tastytrade_translation import balances, holdings, order_report
from tomking.execution.backend import Balances, OrderReport
from tomking.market.contract import Contract


@dataclass(frozen=True, slots=True)
class Books:
    """One reading.

    Attributes:
        orders: our own, working and recent.
        positions: signed holdings.
        foreign: what the account holds that the desk has no word for, a line each.
        begun_at: seconds of the timer.
    """

    orders: tuple[OrderReport, ...]
    positions: Mapping[Contract, int]
    foreign: tuple[str, ...]
    begun_at: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What one attempt came to.

    Attributes:
        books: None when something was not answered, or could not be read.
        is_torn: orders changed while the holdings were read, or it was given up: try again in a moment.
        balances: None when not answered.
        status: None when not answered.
    """

    books: Books | None
    is_torn: bool
    balances: Balances | None
    status: TradingStatus | None


def read_books(
    client: TastytradeClient,
    chains: Chains,
    own: OwnOrders,
    since: date,
    begun_at: float,
    is_wanted_elsewhere: Callable[[], bool],
) -> Reading:
    """Ask for everything; it is given up when something more urgent waits.

    Args:
        client: the account's calls.
        chains: the symbols.
        own: which orders are ours.
        since: the day (US Eastern) from which orders are read.
        begun_at: seconds of the timer.
        is_wanted_elsewhere: an order waits to be sent or canceled.
    """
    value, status = client.balances(), client.trading_status()
    before = None if is_wanted_elsewhere() else _own_orders(client, chains, own, since)
    held = None if is_wanted_elsewhere() else client.positions()
    if is_wanted_elsewhere():
        return _reading(None, value, status, is_torn=True)
    after = _own_orders(client, chains, own, since)
    books = None
    is_torn = before is not None and after is not None and _told(before) != _told(after)
    if before is not None and after is not None and isinstance(held, Accepted) and not is_torn:
        try:
            positions, foreign = chains.made(lambda symbols: holdings(held.value, symbols))
            books = Books(after, positions, tuple(foreign), begun_at)
        except UnmappableSymbol:
            books = None  # the chain of a holding could not be read now
    return _reading(books, value, status, is_torn=is_torn)


def _reading(
    books: Books | None, value: Outcome[TheirBalances], status: Outcome[TradingStatus], *, is_torn: bool
) -> Reading:
    return Reading(
        books,
        is_torn,
        balances(value.value) if isinstance(value, Accepted) else None,
        status.value if isinstance(status, Accepted) else None,
    )


def _own_orders(
    client: TastytradeClient, chains: Chains, own: OwnOrders, since: date
) -> tuple[OrderReport, ...] | None:
    """Our orders; None when there is no answer, or not all of them can be read."""
    found = client.search_orders(since)
    if not isinstance(found, Accepted) or found.value.unreadable:
        return None
    ours = [named for order in found.value.orders if (named := own.named(order)) is not None]
    try:
        return chains.made(lambda symbols: tuple(order_report(order, symbols) for order in ours))
    except UnmappableSymbol:
        return None


def _told(reports: tuple[OrderReport, ...]) -> list[object]:
    return [(report.venue_order_id, report.status, report.fills) for report in reports]

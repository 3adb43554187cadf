"""What the worker does with Tastytrade: places, cancels, looks up, reads the books, and listens to the account stream.

Everything here runs on the worker's thread, so it may wait for answers. What is found out is told as reports; nothing
is decided, and nothing that may have arrived is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from tomking.adapters.tastytrade_account import TradingStatus, restriction_of
from tomking.adapters.tastytrade_books import Books, read_books
from tomking.adapters.tastytrade_chains import Chains
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_notices import (
    BalancesNotice,
    FillNotice,
    Notice,
    OrderNotice,
    StreamUp,
    TradingStatusNotice,
    Unmapped,
)
from tomking.adapters.tastytrade_order_form import NewOrder
from tomking.adapters.tastytrade_orders import Order, Status
from tomking.adapters.tastytrade_outcomes import Accepted as Yes
from tomking.adapters.tastytrade_outcomes import Refused as No
from tomking.adapters.tastytrade_outcomes import Unreachable
from tomking.adapters.tastytrade_own_orders import OwnOrders
from tomking.adapters.tastytrade_replies import DryRun
from tomking.adapters.tastytrade_symbols import TastytradeSymbols
from tomking.adapters.tastytrade_symbols_formats import UnmappableSymbol
from tomking.adapters.tastytrade_translation import (
    balances,
    close_reason,
    filled,
    new_order,
    opens_something,
    order_report,
    replacement,
)
from tomking.clock import Timer
from tomking.execution.adoption import group_id_of
from tomking.execution.backend import (
    Accepted,
    Balances,
    Closed,
    Lost,
    NotFound,
    OrderRequest,
    OrderStatus,
    Reckoned,
    Refused,
    Report,
)
from tomking.market.calendar import session_date

LOOK_BACK: Final = timedelta(days=7)
"""How far back orders are searched: over the longest weekend."""

_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds of real time.

    Attributes:
        listening: between two looks at what the account stream brought.
        reading: between two readings of the broker's books.
        fresh: how old a reading may be when it is asked for.
        balances: how old the account's value may be when it is asked for.
        settle: how long holdings may lag behind a fill: a reading begins that long after the last thing that happened.
        grace: how long a filled order may lack fills before it is looked at once more, and how soon a cancel that came
            too early is asked for again.
        patience: how long an order may wait to be sent, after that its price is an old one, and it is turned down; and
            how long a cancel is asked for again.
    """

    listening: float = 0.05
    reading: float = 15.0
    fresh: float = 45.0
    balances: float = 120.0
    settle: float = 3.0
    grace: float = 0.5
    patience: float = 10.0


@dataclass(slots=True)
class _Sent:
    """What is known of one of our orders."""

    told: set[str] = field(default_factory=set)
    is_confirmed: bool = False


class Venue:
    """One account.

    Attributes:
        books: the latest reading; None before the first.
        balances: the account's latest value, and when it was told, in seconds of the timer.
        restriction: why nothing may be opened, in the broker's words; empty when everything may.
        moved_at: when something last happened to an order of ours, in seconds of the timer.
    """

    def __init__(
        self,
        client: TastytradeClient,
        symbols: TastytradeSymbols,
        now: Callable[[], datetime],
        timer: Timer,
        pace: Pace,
        tell: Callable[[Report], None],
        ask_later: Callable[[float, Callable[[], None]], None],
        has_commands: Callable[[], bool],
    ) -> None:
        """Nothing is asked yet.

        Args:
            client: the account's calls.
            symbols: the dictionary.
            now: the time orders are searched by.
            timer: real time.
            pace: waiting times.
            tell: takes what is found out.
            ask_later: does a task after some seconds of real time.
            has_commands: an order waits to be sent or canceled.
        """
        self.books: Books | None = None
        self.balances: tuple[Balances, float] | None = None
        self.restriction = ""
        self.moved_at = float("-inf")
        self._client = client
        self._chains = Chains(client, symbols)
        self._now = now
        self._timer = timer
        self._pace = pace
        self._tell = tell
        self._ask_later = ask_later
        self._has_commands = has_commands
        self._own = OwnOrders()
        self._sent: dict[str, _Sent] = {}
        self._groups: set[str] = set()

    # -- commands ------------------------------------------------------------------------------------------------------

    def place(self, request: OrderRequest, asked_at: float) -> None:
        """Send an order; the first of a group is reckoned before, and what the broker says to that is told."""
        if self._is_too_late(request, asked_at):
            return
        try:
            order = self._chains.made(lambda symbols: new_order(request, symbols))
        except UnmappableSymbol as error:
            self._refuse(request, "UNMAPPABLE_SYMBOL", str(error))
            return
        group_id = group_id_of(request.order_id)
        if group_id not in self._groups:
            objection = self._objection(request, order)
            if objection is not None:
                self._refuse(request, *objection)
                return
            self._groups.add(group_id)
        self._send(request, order)

    def _send(self, request: OrderRequest, order: NewOrder) -> None:
        outcome = self._client.place(order)
        self.moved_at = self._timer.elapsed()
        match outcome:
            case Yes():
                self._own.learn(request.order_id, outcome.value.order_id)
                self._tell(Accepted(request.order_id, str(outcome.value.order_id)))
                self._take(outcome.value.order)
            case No():
                self._tell(Refused(request.order_id, outcome.code, outcome.message))
            case Unreachable(left=False) if opens_something(request):
                self._refuse(request, "NOT_SENT", outcome.text)
            case Unreachable():
                # what closes is not refused for a broken line: the desk asks until the broker answers, then tries anew
                self._tell(Lost(request.order_id, outcome.text))

    def replace(self, order_id: str, request: OrderRequest, asked_at: float) -> None:
        """Let an order stand in for one of ours; the broker routes it once the old one has ended without a fill."""
        if self._is_too_late(request, asked_at):
            return
        venue_id = self._own.number(order_id)
        if venue_id is None:
            self._refuse(request, "NOT_SENT", f"the broker has not told its number of {order_id}")
            return
        self._own.expect(venue_id, request.order_id)
        outcome = self._client.replace(venue_id, replacement(request))
        self.moved_at = self._timer.elapsed()
        match outcome:
            case Yes():
                self._tell(Accepted(request.order_id, str(outcome.value.order_id)))
                self._take(outcome.value)
            case No():
                self._own.give_up(venue_id)
                self._tell(Refused(request.order_id, outcome.code, outcome.message))
                self._read_again(venue_id)
            case Unreachable(left=False):
                self._own.give_up(venue_id)
                self._refuse(request, "NOT_SENT", outcome.text)
            case Unreachable():
                self._tell(Lost(request.order_id, outcome.text))

    def _is_too_late(self, request: OrderRequest, asked_at: float) -> bool:
        """Turned down because it has waited too long."""
        waited = self._timer.elapsed() - asked_at
        if waited > self._pace.patience:
            self._refuse(request, "NOT_SENT", f"it waited {waited:.1f} s for its turn: its price is an old one")
        return waited > self._pace.patience

    def _refuse(self, request: OrderRequest, code: str, text: str) -> None:
        """Nothing was sent."""
        self._tell(Refused(request.order_id, code, text, was_sent=False))

    def _objection(self, request: OrderRequest, order: NewOrder) -> tuple[str, str] | None:
        """Ask for a dry run: code and text of what the broker has against the order; None when nothing.

        Without an answer nothing is opened, but what closes goes out all the same.
        """
        outcome = self._client.dry_run(order)
        match outcome:
            case No():
                return f"DRY_RUN_{outcome.code.upper()}", outcome.message
            case Unreachable():
                return ("NO_DRY_RUN", outcome.text) if opens_something(request) else None
            case Yes():
                return self._judge(request, outcome.value)

    def _judge(self, request: OrderRequest, found: DryRun) -> tuple[str, str] | None:
        if found.errors:
            return f"DRY_RUN_{found.errors[0].code.upper()}", "; ".join(error.message for error in found.errors)
        used = found.effect.used if found.effect is not None else Decimal(0)
        fees = found.fees.total if found.fees is not None else Decimal(0)
        warnings = tuple(f"{warning.code}: {warning.message}" for warning in found.warnings)
        self._tell(Reckoned(request.order_id, used, fees, warnings))
        most = request.most_buying_power
        if most is not None and used > most:
            return "BUYING_POWER", f"the broker would tie up {used:,.2f}, at most {most:,.2f} may be"
        return None

    def cancel(self, order_id: str, asked_at: float) -> None:
        """Ask for an order's end; how it ended is told when the broker says so.

        In its first instants an order cannot be canceled, and the broker refuses: it is asked again for a while.
        """
        venue_id = self._venue_id(order_id)
        if venue_id is None:
            return
        outcome = self._client.cancel(venue_id)
        self.moved_at = self._timer.elapsed()
        match outcome:
            case Yes():
                self._take(outcome.value)
            case No():
                found = self._client.order(venue_id)
                if isinstance(found, Yes):
                    self._take(found.value)
                    if not found.value.terminal and self.moved_at - asked_at < self._pace.patience:
                        self._ask_later(self._pace.grace, lambda: self.cancel(order_id, asked_at))
            case Unreachable(left=True):
                self._tell(Lost(order_id, outcome.text))
            case Unreachable():
                pass  # nothing was asked; the desk asks again when no answer comes

    # -- questions -----------------------------------------------------------------------------------------------------

    def look_up(self, order_id: str) -> None:
        """Tell what the broker knows of an order; no word when there was no answer."""
        venue_id = self._venue_id(order_id)
        if venue_id is None:
            return
        outcome = self._client.order(venue_id)
        match outcome:
            case Yes():
                self._tell_whole(outcome.value)
            case No(status=status) if status == _NOT_FOUND:
                self._tell(NotFound(order_id))
            case _:
                pass

    def _venue_id(self, order_id: str) -> int | None:
        """The broker's id of our order; None when there is no answer, or no such order, which is told."""
        if self._own.number(order_id) is None:
            found = self._client.search_orders(self._search_from())
            if not isinstance(found, Yes):
                return None
            for order in found.value.orders:
                self._own.named(order)
            if self._own.number(order_id) is None and not found.value.unreadable:  # what is not read might be the one
                self._tell(NotFound(order_id))
        return self._own.number(order_id)

    def _search_from(self) -> date:
        return session_date(self._now() - LOOK_BACK)

    def read(self) -> None:
        """Read the books; kept only when nothing moved meanwhile."""
        begun_at = self._timer.elapsed()
        wait = self.moved_at + self._pace.settle - begun_at
        if wait > 0:
            self._ask_later(wait, self.read)
            return
        found = read_books(self._client, self._chains, self._own, self._search_from(), begun_at, self._has_commands)
        if found.balances is not None:
            self.balances = found.balances, begun_at
        if found.status is not None:
            self._take_status(found.status)
        if found.is_torn:
            self._ask_later(self._pace.settle, self.read)
        elif found.books is not None:
            self.books = found.books

    # -- what the broker says ------------------------------------------------------------------------------------------

    def hear(self, notice: Notice) -> None:
        """Take one notice of the account stream."""
        match notice:
            case FillNotice():
                self._take_fill(notice)
            case OrderNotice():
                self._take(notice.order)
            case BalancesNotice() if notice.balances.currency == "USD":
                self.balances = balances(notice.balances), self._timer.elapsed()
            case TradingStatusNotice():
                self._take_status(notice.status)
            case Unmapped(order_id=int(venue_id)):
                self._read_again(venue_id)
            case StreamUp():
                self.read()
            case _:
                pass  # holdings are read with the books; an interruption ends with a StreamUp

    def _take_status(self, status: TradingStatus) -> None:
        self.restriction = restriction_of(status)

    def _take_fill(self, notice: FillNotice) -> None:
        order_id = self._own.id_of(notice.order_id, notice.external_identifier)
        if not order_id:
            return
        self.moved_at = self._timer.elapsed()
        self._own.learn(order_id, notice.order_id)
        sent = self._sent.setdefault(order_id, _Sent())
        sent.is_confirmed = False
        if notice.fill.fill_id in sent.told:
            return
        try:
            report = self._chains.made(lambda symbols: filled(changed(notice, external_identifier=order_id), symbols))
        except UnmappableSymbol:
            self._read_again(notice.order_id)
            return
        sent.told.add(notice.fill.fill_id)
        self._tell(report)

    def _take(self, order: Order) -> None:
        """Take a snapshot: while the order works tell it, after its end look once more, because fills may follow."""
        own = self._own.named(order)
        if own is None:
            return
        self.moved_at = self._timer.elapsed()
        sent = self._sent.setdefault(own.external_identifier or "", _Sent())
        if not own.terminal:
            self._tell_whole(own)
        elif not sent.is_confirmed:
            sent.is_confirmed = True
            is_short_of_fills = own.status == Status.FILLED and not own.complete
            self._ask_later(self._pace.grace if is_short_of_fills else 0.0, lambda: self._confirm(own))

    def _confirm(self, order: Order) -> None:
        """An order of ours has ended: tell its whole story, or only that it ended when there is no answer."""
        assert order.order_id is not None
        outcome = self._client.order(order.order_id)
        reason = close_reason(order)
        if isinstance(outcome, Yes):
            self._tell_whole(outcome.value)
        elif reason is not None:
            self._tell(Closed(order.external_identifier or "", reason, order.reject_reason or ""))

    def _read_again(self, venue_id: int) -> None:
        outcome = self._client.order(venue_id)
        if isinstance(outcome, Yes):
            self._take(outcome.value)

    def _tell_whole(self, order: Order) -> None:
        own = self._own.named(order)
        if own is None:
            return
        try:
            report = self._chains.made(lambda symbols: order_report(own, symbols))
        except UnmappableSymbol as error:
            self._tell(Lost(own.external_identifier or "", f"its state at the broker cannot be read: {error}"))
            return
        if report.status is OrderStatus.CLOSED:
            self.moved_at = self._timer.elapsed()
        self._tell(report)

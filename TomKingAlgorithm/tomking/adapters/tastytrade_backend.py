"""The port of the desk to Tastytrade: what is asked goes to the worker at once, what came back waits to be drained.

No method waits for the network. A question whose answer is not there yet ends as `BackendUnreachable`, which to the
desk means "no answer"; the answer comes with one of the next `drain`: of an order as its whole story, or as "no such
order". Lists, holdings and balances come from the worker's latest reading of the broker's books.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Final

from tomking.adapters.tastytrade_books import Books
from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_stream import AccountStream
from tomking.adapters.tastytrade_symbols import TastytradeSymbols
from tomking.adapters.tastytrade_translation import MAX_LEGS, opens_something
from tomking.adapters.tastytrade_venue import Pace, Venue
from tomking.adapters.tastytrade_worker import Worker
from tomking.clock import Timer
from tomking.errors import BackendUnreachable, InvalidTransition, OrderRefused
from tomking.execution.backend import Balances, Capabilities, OrderReport, OrderRequest, Report
from tomking.market.contract import Contract
from tomking.market.leg import Leg

_STOP_SECONDS: Final = 25.0
"""A little longer than the longest call."""


class TastytradeBackend:
    """The `Backend` that trades a Tastytrade account directly.

    Attributes:
        capabilities: one order for up to four legs.
    """

    def __init__(
        self,
        client: TastytradeClient,
        symbols: TastytradeSymbols,
        now: Callable[[], datetime],
        timer: Timer,
        pace: Pace | None = None,
        stream: AccountStream | None = None,
        *,
        replaces: bool = False,
    ) -> None:
        """Nothing is asked before `read` and `begin`.

        Args:
            client: the account's calls.
            symbols: the dictionary.
            now: the time of the desk.
            timer: real time.
            pace: waiting times.
            stream: the account stream; without one the desk lives on what it asks.
            replaces: a price is changed by replacing the order; False: by cancelling it and sending another.
        """
        self.capabilities = Capabilities(MAX_LEGS, replaces, combo_market=False)
        self._client = client
        self._stream = stream
        self._pace = pace or Pace()
        self._timer = timer
        self._inbox: deque[Report] = deque()
        self._asked: set[str] = set()
        self._is_reading_asked = False
        self._worker = worker = Worker("tastytrade", timer)
        self._venue = Venue(
            client, symbols, now, timer, self._pace, self._inbox.append, worker.later, lambda: worker.has_commands
        )

    # -- begin and end -------------------------------------------------------------------------------------------------

    def read(self) -> bool:
        """Read books and balances on this thread, before `begin`; False when one of them could not be read."""
        self._venue.read()
        return self._venue.books is not None and self._venue.balances is not None

    def begin(self) -> None:
        """From here on everything is the worker's."""
        if self._stream is not None:
            self._worker.every(self._pace.listening, self._listen)
            self._stream.start()
        self._worker.every(self._pace.reading, self._read)
        self._worker.start()

    def stop(self) -> None:
        """Let the worker finish the call it is in; what works at the broker stays as it is."""
        self._worker.stop(_STOP_SECONDS)
        if self._stream is not None:
            self._stream.stop()
        self._client.close()

    def _listen(self) -> None:
        if self._stream is not None:
            for notice in self._stream.drain():
                self._venue.hear(notice)

    @property
    def foreign(self) -> tuple[str, ...]:
        """What the account holds that the desk has no word for."""
        return self._venue.books.foreign if self._venue.books is not None else ()

    @property
    def restriction(self) -> str:
        """Why the account may open nothing now; empty when it may."""
        return self._venue.restriction

    @property
    def is_idle(self) -> bool:
        """The worker has done everything that was asked of it so far."""
        return self._worker.is_idle

    # -- Backend: commands ---------------------------------------------------------------------------------------------

    def submit(self, request: OrderRequest) -> None:
        """Hand the order to the worker.

        Raises:
            OrderRefused: the account may open nothing, too many orders wait already, or it is at market, where
                Tastytrade takes single legs alone; nothing was sent.
        """
        self._send(request, self._venue.place)

    def replace(self, order_id: str, request: OrderRequest) -> None:
        """Hand the order and what it stands in for to the worker.

        Raises:
            OrderRefused: as for `submit`.
        """
        self._send(request, partial(self._venue.replace, order_id))

    def _send(self, request: OrderRequest, how: Callable[[OrderRequest, float], None]) -> None:
        if self._venue.restriction and opens_something(request):
            raise OrderRefused("ACCOUNT_RESTRICTED", self._venue.restriction, was_sent=False)
        if request.at_market:
            raise OrderRefused("NO_MARKET_ORDERS", "Tastytrade takes no package at market", was_sent=False)
        asked_at = self._timer.elapsed()
        if not self._worker.command(lambda: how(request, asked_at)):
            raise OrderRefused("QUEUE_FULL", "too many orders wait to be sent", was_sent=False)

    def cancel(self, order_id: str) -> None:
        """Hand the cancel to the worker.

        Raises:
            BackendUnreachable: too much waits already; nothing was sent.
        """
        asked_at = self._timer.elapsed()
        if not self._worker.command(lambda: self._venue.cancel(order_id, asked_at)):
            raise BackendUnreachable("too many orders wait to be sent")

    def drain(self) -> Sequence[Report]:
        """The reports that came since the last call.

        Raises:
            InvalidTransition: the worker died of an error nobody foresaw: nothing reaches the broker any more.
        """
        if self._worker.died and not self._inbox:
            raise InvalidTransition("the thread that talks to Tastytrade has died; the log says of what: restart")
        taken: list[Report] = []
        while self._inbox:
            taken.append(self._inbox.popleft())
        return taken

    # -- Backend: questions --------------------------------------------------------------------------------------------

    def look_up(self, order_id: str) -> OrderReport | None:
        """Ask the worker to look the order up.

        Raises:
            BackendUnreachable: always: the answer comes with a later `drain`.
        """
        if order_id not in self._asked:
            self._asked.add(order_id)
            if not self._worker.question(lambda: self._look_up(order_id)):
                self._asked.discard(order_id)
        raise BackendUnreachable("asked; the answer comes as a report")

    def _look_up(self, order_id: str) -> None:
        self._asked.discard(order_id)
        self._venue.look_up(order_id)

    def orders(self) -> Sequence[OrderReport]:
        """Our orders of the last days, by the latest reading.

        Raises:
            BackendUnreachable: something happened since; a new reading was asked for.
        """
        return self._books().orders

    def positions(self) -> Mapping[Contract, int]:
        """Holdings by the same reading as `orders`.

        Raises:
            BackendUnreachable: as for `orders`.
        """
        return self._books().positions

    def requirement(self, legs: Sequence[Leg]) -> Decimal | None:  # noqa: ARG002 - the port's
        """None: the broker tells with the dry run of an order, and not without waiting."""
        return None

    def account_value(self) -> Decimal:
        """The account's value as last told.

        Raises:
            BackendUnreachable: that is too long ago.
        """
        return self.balances().equity

    def balances(self) -> Balances:
        """The account as last told.

        Raises:
            BackendUnreachable: that is too long ago.
        """
        told = self._venue.balances
        if told is None or self._timer.elapsed() - told[1] > self._pace.balances:
            raise BackendUnreachable("the account's value has not been told for a while")
        return told[0]

    def _books(self) -> Books:
        books = self._venue.books
        if books is not None:
            age = self._timer.elapsed() - books.begun_at
            if age <= self._pace.fresh and books.begun_at >= self._venue.moved_at and not self._worker.has_commands:
                return books
        if not self._is_reading_asked:
            self._is_reading_asked = self._worker.question(self._read)
        raise BackendUnreachable("asked; a new reading of the books is under way")

    def _read(self) -> None:
        self._is_reading_asked = False
        self._venue.read()

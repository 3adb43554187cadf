"""The account stream: one thread that keeps a websocket to Tastytrade alive and hands on what it says.

Connect, subscribe, read orders and positions again over REST, then listen: in this order, so that nothing can happen
unseen between the picture and the stream. The server repeats nothing after a gap, so every connection begins with the
same picture. A connection ends when nothing arrives for a while although heartbeats go out, when the server says that
something is wrong, or when nobody takes the notices; then the next one is made, after a pause that grows.

Uses `websockets`, as the design's table of dependencies says for the live route; LEAN's image gets it from the
project's requirements.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Condition, Event, Thread
from typing import Protocol

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tomking.adapters.tastytrade_http import USER_AGENT
from tomking.adapters.tastytrade_messages import Answer, Sieve, read_message
from tomking.adapters.tastytrade_notices import AccountSnapshot, Notice, StreamDown, StreamUp
from tomking.adapters.tastytrade_order_form import SOURCE
from tomking.adapters.tastytrade_orders import Order
from tomking.adapters.tastytrade_outcomes import Accepted, Outcome
from tomking.adapters.tastytrade_session import Secret
from tomking.clock import Timer

PRODUCTION = "wss://streamer.tastyworks.com"
SANDBOX = "wss://streamer.cert.tastyworks.com"

_ATTENTION = 0.2
"""Seconds after which the thread looks up from the line: whether it is to stop, or a heartbeat is due."""

# at level debug the library writes whole frames, and ours hold the access token
_SILENT = logging.getLogger("tomking.tastytrade.wire")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_SILENT.setLevel(logging.CRITICAL)


class Wire(Protocol):
    """An open connection, as far as the stream uses it."""

    def send(self, message: str) -> None:
        """Send one text."""
        ...

    def recv(self, timeout: float | None = None) -> str | bytes:
        """The next message; `TimeoutError` when none comes in time."""
        ...


Dial = Callable[[], AbstractContextManager[Wire]]


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """How the stream lives; all spans in seconds.

    Attributes:
        heartbeat: between heartbeats; the server wants one every 2 to 60.
        silence: without any message, answers to heartbeats included, until the connection counts as dead.
        handshake: to connect, and again until the subscription is confirmed.
        pause: before the first new attempt; doubles with each that fails.
        longest_pause: what the pause grows to.
        patience: a full queue is waited for before the connection is given up.
        capacity: notices that wait to be taken.
        largest_message: bytes; a larger one ends the connection.
        remembered_orders: orders whose fills are known by id.
    """

    heartbeat: float = 20.0
    silence: float = 60.0
    handshake: float = 10.0
    pause: float = 1.0
    longest_pause: float = 60.0
    patience: float = 10.0
    capacity: int = 10_000
    largest_message: int = 16 * 1024 * 1024
    remembered_orders: int = 5_000


class _Broken(Exception):
    """This connection is of no use any more; the text says why and holds no secret."""


class AccountStream:
    """The stream of one account. `start`, then `drain` from time to time; `stop` at the end.

    Args:
        address: `PRODUCTION`, `SANDBOX` or a local server.
        bearer: the value of the `Authorization` header, fresh at each call; another one than the one it is given.
        reread: all orders since yesterday and all positions.
        dial: replaces the network; for tests.
    """

    def __init__(
        self,
        address: str,
        account: str,
        bearer: Callable[[Secret | None], Outcome[Secret]],
        reread: Callable[[], Outcome[AccountSnapshot]],
        timer: Timer,
        settings: StreamSettings | None = None,
        dial: Dial | None = None,
    ) -> None:
        self._address = address
        self._account = account
        self._bearer = bearer
        self._reread = reread
        self._timer = timer
        self._settings = settings or StreamSettings()
        self._dial = dial or self._dial_websocket
        self._sieve = Sieve(self._settings.remembered_orders)
        self._notices: deque[Notice] = deque()
        self._changed = Condition()
        self._stopping = Event()
        self._up = False
        self._since = 0.0
        self._request = 0
        self._token: Secret | None = None
        self._refused: Secret | None = None
        self._thread = Thread(target=self._run, name="tastytrade-stream", daemon=True)

    @property
    def connected(self) -> bool:
        """Subscribed and caught up."""
        return self._up

    @property
    def alive(self) -> bool:
        """The thread runs; False after `start` means nothing will ever arrive."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Connect on a thread of its own and keep connected; returns at once."""
        self._thread.start()

    def stop(self, timeout: float = 10.0) -> None:
        """End the connection and wait for the thread."""
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    def drain(self, most: int | None = None) -> list[Notice]:
        """Take what has arrived, oldest first; returns at once."""
        with self._changed:
            count = len(self._notices) if most is None else min(most, len(self._notices))
            taken = [self._notices.popleft() for _ in range(count)]
            if taken:
                self._changed.notify_all()
        return taken

    def wait(self, timeout: float) -> bool:
        """Wait until something is there to be drained; False when nothing came in time."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._notices), timeout)

    # -- the thread -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        attempt = 0
        pause = self._settings.pause
        while not self._stopping.is_set():
            attempt += 1
            reason = self._live(attempt)
            if self._up:
                self._up = False
                self._hand_on_at_last(StreamDown(reason))
                # a connection that stood for a while was a good one; one that fell at once makes the pause grow
                if self._timer.elapsed() - self._since >= self._settings.silence:
                    attempt, pause = 0, self._settings.pause
            self._stopping.wait(pause * (0.75 + 0.5 * self._timer.chance()))
            pause = min(self._settings.longest_pause, pause * 2)

    def _live(self, attempt: int) -> str:
        """One connection from dialling to its end; returns why it ended."""
        try:
            with self._dial() as wire:
                self._subscribe(wire)
                self._catch_up(attempt)
                self._listen(wire)
        except _Broken as problem:
            return str(problem)
        except (WebSocketException, OSError, EOFError) as problem:
            return f"connection lost: {type(problem).__name__}"
        return "stopped"

    def _subscribe(self, wire: Wire) -> None:
        self._say(wire, {"action": "connect", "value": [self._account], "source": SOURCE})
        deadline = self._timer.elapsed() + self._settings.handshake
        while not self._stopping.is_set():
            left = deadline - self._timer.elapsed()
            if left <= 0:
                raise _Broken("no answer to the subscription")
            try:
                found = read_message(wire.recv(min(left, _ATTENTION)), self._account)
            except TimeoutError:
                continue
            if isinstance(found, Answer) and found.action == "connect":
                if found.ok:
                    return
                self._refused = self._token
                raise _Broken(f"subscription refused: {self._blotted(found.message)}")
            # what arrives before the answer is in the picture that is read next

    def _catch_up(self, attempt: int) -> None:
        picture = self._reread()
        if not isinstance(picture, Accepted):
            raise _Broken("orders and positions could not be read again")
        self._hand_on([StreamUp(picture.value, attempt)])
        self._up, self._since = True, self._timer.elapsed()
        for order in picture.value.orders:
            self._sift(order)

    def _listen(self, wire: Wire) -> None:
        beat = heard = self._timer.elapsed()
        while not self._stopping.is_set():
            now = self._timer.elapsed()
            if now - heard >= self._settings.silence:
                raise _Broken("silence")
            if now - beat >= self._settings.heartbeat:
                self._say(wire, {"action": "heartbeat"})
                beat = now
            due = min(beat + self._settings.heartbeat, heard + self._settings.silence) - now
            try:
                text = wire.recv(min(max(due, 0.0), _ATTENTION))
            except TimeoutError:
                continue
            heard = self._timer.elapsed()
            found = read_message(text, self._account)
            if isinstance(found, Answer):
                if not found.ok:
                    raise _Broken(f"{found.action} refused: {self._blotted(found.message)}")
            elif isinstance(found, Order):
                self._sift(found)
            else:
                self._hand_on([found])

    def _say(self, wire: Wire, message: dict[str, object]) -> None:
        token = self._bearer(self._refused)
        if not isinstance(token, Accepted):
            raise _Broken("no access token")
        self._token, self._refused = token.value, None
        self._request += 1
        wire.send(json.dumps({**message, "auth-token": token.value.reveal(), "request-id": self._request}))

    def _blotted(self, text: str) -> str:
        """The server's words without the token we sent."""
        return text if self._token is None else text.replace(self._token.reveal().removeprefix("Bearer "), "***")

    def _sift(self, order: Order) -> None:
        news = self._sieve.news(order)
        if news:
            self._hand_on(news)
        # kept only now: what could not be handed on comes again with the picture after the next connect
        self._sieve.keep(order)

    def _hand_on(self, notices: Sequence[Notice]) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: self._room_for(len(notices)), self._settings.patience):
                raise _Broken("nobody takes the notices")
            if self._stopping.is_set():
                raise _Broken("stopped")
            self._notices.extend(notices)
            self._changed.notify_all()

    def _room_for(self, count: int) -> bool:
        fits = len(self._notices) + count <= self._settings.capacity or not self._notices
        return fits or self._stopping.is_set()

    def _hand_on_at_last(self, notice: StreamDown) -> None:
        """The end of a connection is told even to a full queue: it is one more at most for each `StreamUp` taken."""
        with self._changed:
            self._notices.append(notice)
            self._changed.notify_all()

    def _dial_websocket(self) -> AbstractContextManager[Wire]:
        return connect(
            self._address,
            open_timeout=self._settings.handshake,
            close_timeout=1.0,
            max_size=self._settings.largest_message,
            max_queue=1_024,
            user_agent_header=USER_AGENT,
            compression=None,
            proxy=None,
            logger=_SILENT,
        )

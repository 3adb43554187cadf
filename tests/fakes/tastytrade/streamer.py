"""The account streamer: a websocket that tells subscribers what the venue says, as badly as it was told to."""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from typing import Any

from fakes.tastytrade.gatekeeper import Gatekeeper
from fakes.tastytrade.mischief import Mischief, StreamFault
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

_LOGGER = logging.getLogger("fakes.tastytrade.streamer")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False


class _Subscriber:
    """One connection that was confirmed; a thread of its own sends, so that the venue never waits."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.silent = False
        self._sender = threading.Thread(target=self._send, name="fake-stream-send", daemon=True)
        self._sender.start()

    def _send(self) -> None:
        while (line := self.lines.get()) is not None:
            try:
                self.connection.send(line)
            except ConnectionClosed:
                return
        self.connection.close()


class Streamer:
    """Who listens, and what they get.

    Attributes:
        heartbeat_limit: seconds without a heartbeat after which the server closes; None for ever.
        connections: subscriptions confirmed so far.
        heartbeats: heartbeats answered so far.
    """

    def __init__(self, gatekeeper: Gatekeeper, mischief: Mischief, account: str, port: int = 0) -> None:
        self.heartbeat_limit: float | None = 70.0
        self.connections = 0
        self.heartbeats = 0
        self._gatekeeper = gatekeeper
        self._mischief = mischief
        self._account = account
        self._lock = threading.Lock()
        self._subscribers: list[_Subscriber] = []
        self._held_back: str | None = None
        self._session = 0
        self._server: Server = serve(
            self._serve, "127.0.0.1", port, compression=None, ping_interval=None, logger=_LOGGER, close_timeout=0.5
        )
        self.port: int = self._server.socket.getsockname()[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="fake-streamer", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def tell(self, kind: str, data: dict[str, Any]) -> None:
        """A notification for everybody, spoiled as the script or the dice say."""
        with self._lock:
            if not self._subscribers:
                return
            line = _line(kind, data)
            fault = self._mischief.notification()
            if fault is StreamFault.DROP:
                return
            if fault is StreamFault.DISCONNECT:
                self._disconnect()
                return
            if fault is StreamFault.SILENCE:
                for subscriber in self._subscribers:
                    subscriber.silent = True
                return
            if fault is StreamFault.REORDER and self._held_back is None:
                self._held_back = line
                return
            if fault is StreamFault.LARGE:
                line = _line(kind, {**data, "padding": "x" * 100_000})
            lines = [line, line] if fault is StreamFault.DUPLICATE else [line]
            if fault is StreamFault.UNKNOWN:
                lines.insert(0, _line("SomethingNew", {"account-number": self._account, "depth": {"of": ["things"]}}))
            if fault is StreamFault.GARBAGE:
                lines.insert(0, "{not json")
            if self._held_back is not None:
                lines.append(self._held_back)
                self._held_back = None
            self._send(lines)

    def repeat(self, count: int, order: dict[str, Any]) -> None:
        """Tell everybody of `count` orders like this one, each with an id and fill ids of its own."""
        with self._lock:
            text = _line("Order", order)
            for number in range(count):
                self._send([text.replace("#", str(1_000_000 + number))])

    def say(self, *lines: str) -> None:
        """Send raw texts to everybody."""
        with self._lock:
            self._send(list(lines))

    def disconnect(self) -> None:
        """End all connections without a word."""
        with self._lock:
            self._disconnect()

    def stop(self) -> None:
        with self._lock:
            self._disconnect()
        self._server.shutdown()
        self._thread.join(5)

    def _send(self, lines: list[str]) -> None:
        for subscriber in self._subscribers:
            if not subscriber.silent:
                for line in lines:
                    subscriber.lines.put(line)

    def _disconnect(self) -> None:
        for subscriber in self._subscribers:
            subscriber.lines.put(None)
        self._subscribers.clear()

    def _serve(self, connection: ServerConnection) -> None:
        subscriber: _Subscriber | None = None
        with self._lock:
            self._session += 1
            session = f"fake-{self._session}"
        heard = time.monotonic()
        try:
            while self.heartbeat_limit is None or time.monotonic() - heard < self.heartbeat_limit:
                try:
                    text = connection.recv(timeout=0.1)
                except TimeoutError:
                    continue
                heard = time.monotonic()
                reply, confirmed = self._answer(text, session, subscriber is not None)
                if subscriber is not None:
                    if not subscriber.silent:
                        subscriber.lines.put(json.dumps(reply))
                    continue
                if not confirmed:
                    connection.send(json.dumps(reply))
                    continue
                subscriber = _Subscriber(connection)
                with self._lock:
                    # whoever reads the answer is subscribed already: nothing told from then on passes it by
                    subscriber.lines.put(json.dumps(reply))
                    self.connections += 1
                    self._subscribers.append(subscriber)
        except ConnectionClosed:
            pass
        finally:
            if subscriber is not None:
                with self._lock:
                    if subscriber in self._subscribers:
                        self._subscribers.remove(subscriber)
                subscriber.lines.put(None)

    def _answer(self, text: str | bytes, session: str, connected: bool) -> tuple[dict[str, Any], bool]:
        """The reply to a client's message, and whether it subscribed."""
        try:
            message = json.loads(text)
        except ValueError:
            message = {}
        action = message.get("action")
        reply: dict[str, Any] = {"status": "ok", "action": action, "web-socket-session-id": session}
        if "request-id" in message:
            reply["request-id"] = message["request-id"]
        problem = None
        if action == "connect":
            value = message.get("value")
            if not self._gatekeeper.streams(message.get("auth-token")):
                problem = "Unknown domain"
            elif not isinstance(value, list) or self._account not in value:
                problem = "value missing or not valid"
            else:
                reply["value"] = value
        elif action == "heartbeat":
            # the real one answers heartbeats with any token at all; an unconfirmed connection is told so
            if not connected:
                problem = "connect-not-completed"
            self.heartbeats += problem is None
        else:
            problem = "action missing or not valid"
        if problem is not None:
            reply |= {"status": "error", "message": problem}
        return reply, action == "connect" and problem is None


def _line(kind: str, data: dict[str, Any]) -> str:
    return json.dumps({"type": kind, "data": data, "timestamp": int(time.time() * 1000)})

"""The fake put together: HTTP on one port, the account streamer on another, on loopback only."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from fakes.tastytrade.gatekeeper import Gatekeeper
from fakes.tastytrade.instruments import Instruments
from fakes.tastytrade.ledger import Ledger
from fakes.tastytrade.mischief import Fault, Mischief, Rates
from fakes.tastytrade.refusal import Refusal, page
from fakes.tastytrade.remote import obey
from fakes.tastytrade.routes import Routes
from fakes.tastytrade.streamer import Streamer
from fakes.tastytrade.venue import Venue
from tomking.adapters.tastytrade_session import Credentials, Secret

_BEFORE = {
    Fault.TIMEOUT_BEFORE,
    Fault.DROP_BEFORE,
    Fault.ERROR_500_BEFORE,
    Fault.HTML_502_BEFORE,
    Fault.HTML_404,
    Fault.TOO_MANY_JSON,
    Fault.TOO_MANY_HTML,
    Fault.UNAUTHORIZED,
}
_ERROR_500 = {
    "error": {
        "code": "internal_server_error",
        "message": "Internal Server Error. Unique customer support identifier: 00000000000000000000000000000000",
    }
}


class FakeTastytrade:
    """A server to be used in a `with`; all parts are there to be scripted and looked at.

    Args:
        seed: trouble is drawn from it; None for a server that behaves unless scripted.
        http_port: 0 for any; a server that is started again takes its old one.

    Attributes:
        venue: orders, quotes, conditions and the ledger.
        script: trouble to come; see `mischief`.
        stall: seconds a call that "times out" is held; the client's timeout must be shorter.
        requests: method and path of every call that arrived, in order.
    """

    def __init__(
        self, seed: int | None = None, rates: Rates | None = None, http_port: int = 0, stream_port: int = 0
    ) -> None:
        self.mischief = Mischief(seed, rates)
        self.script = self.mischief.script
        self.gatekeeper = Gatekeeper()
        self.instruments = Instruments()
        ledger = Ledger()
        self.streamer = Streamer(self.gatekeeper, self.mischief, ledger.number, stream_port)
        self.venue = Venue(ledger, self.mischief, self.streamer.tell)
        self.venue.listed = self.instruments.symbols
        self.routes = Routes(self.venue, self.instruments)
        self.stall = 3.0
        self.requests: list[tuple[str, str]] = []
        self._stopping = threading.Event()
        self._http = _Server(("127.0.0.1", http_port), _handler(self))
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="fake-http", daemon=True)
        self._thread.start()

    @property
    def ledger(self) -> Ledger:
        return self.venue.ledger

    @property
    def account(self) -> str:
        return self.ledger.number

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def stream_address(self) -> str:
        return self.streamer.address

    def credentials(self) -> Credentials:
        return Credentials(Secret(self.gatekeeper.client_secret), Secret(self.gatekeeper.refresh_token))

    def stop(self) -> None:
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)
        self.streamer.stop()
        self.venue.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # -- one call -------------------------------------------------------------------------------------------------

    def reply(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> tuple[int, bytes] | None:
        """Status and body; None: the connection is cut without an answer."""
        parts = urlsplit(target)
        if parts.path == "/_fake":
            return _json(200, obey(self, json.loads(raw, parse_float=Decimal)))
        self.requests.append((method, parts.path))
        if not self.gatekeeper.taken(headers):
            return 401, page(401)
        if self.gatekeeper.crowded():
            return 429, page(429)
        body = _parsed(raw)
        if parts.path == "/oauth/token":
            # grants are flaky by `Gatekeeper.rules` only: dice here would change which call meets what
            fault = self.script.take_call(method, parts.path)
            return self._spoiled(fault, lambda: _json(*self.gatekeeper.refresh(body)))
        identifier = body.get("external-identifier") if isinstance(body, dict) else None
        fault = self.mischief.call(method, parts.path, identifier)
        return self._spoiled(fault, lambda: self._answer(method, parts.path, parts.query, headers, body))

    def _answer(self, method: str, path: str, query: str, headers: Mapping[str, str], body: Any) -> tuple[int, bytes]:
        try:
            self.gatekeeper.admit(method, path, headers)
            return _json(*self.routes.answer(method, path, parse_qs(query), body))
        except Refusal as refusal:
            return _json(refusal.status, refusal.body)

    def _spoiled(self, fault: Fault | None, answer: Callable[[], tuple[int, bytes]]) -> tuple[int, bytes] | None:
        done: tuple[int, bytes] | None = None if fault in _BEFORE else answer()
        if fault is None or (done is None and fault is None):
            return done
        if fault in {Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER}:
            self._stopping.wait(self.stall)
            return None
        if fault in {Fault.DROP_BEFORE, Fault.DROP_AFTER}:
            return None
        if fault is Fault.UNAUTHORIZED:
            self.gatekeeper.revoke()
            return _json(401, {"error": {"code": "unauthorized", "message": "Unauthorized"}})
        replies: dict[Fault, tuple[int, bytes]] = {
            Fault.ERROR_500_BEFORE: _json(500, _ERROR_500),
            Fault.ERROR_500_AFTER: _json(500, _ERROR_500),
            Fault.ERROR_504_AFTER: _json(504, {"error": {"code": "timeout_error", "message": "Upstream timed out"}}),
            Fault.HTML_502_BEFORE: (502, page(502)),
            Fault.HTML_502_AFTER: (502, page(502)),
            Fault.HTML_404: (404, page(404)),
            Fault.HTML_200_AFTER: (200, b"<html><body>maintenance</body></html>"),
            Fault.EMPTY_200_AFTER: (200, b""),
            Fault.CUT_OFF_AFTER: (200, (done or (0, b"{}"))[1][:40]),
            Fault.TOO_MANY_JSON: _json(429, {"error": {"code": "too_many_requests", "message": "Too many requests"}}),
            Fault.TOO_MANY_HTML: (429, page(429)),
        }
        return replies[fault]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def _handler(fake: FakeTastytrade) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length) if length else b""
            reply = fake.reply(self.command, self.path, self.headers, raw)
            if reply is None:
                # a reset instead of a tidy end: the client must not take it for an empty answer
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            status, body = reply
            kind = "application/json" if body[:1] in (b"{", b"") else "text/html"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815 - the names the library calls

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(fake.venue.now().timestamp() if timestamp is None else timestamp, usegmt=True)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is written: requests hold secrets."""

    return Handler


def _json(status: int, body: Mapping[str, Any]) -> tuple[int, bytes]:
    return status, json.dumps(body).encode()


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw, parse_float=Decimal) if raw else None
    except ValueError:
        return None

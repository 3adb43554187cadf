"""HTTP to Tastytrade: one request out, one status and body back, and whether a lost one may have arrived.

Uses `httpx`, as the design's table of dependencies says for the live route; LEAN's image gets it from the project's
requirements. With `tastytrade_stream` this is the only module that touches the network. It resends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx

from tomking.adapters.tastytrade_outcomes import Trouble, Unreachable
from tomking.clock import Timer

USER_AGENT = "tomking/1.0"
"""Product and version: without one the answer is a web page with status 401."""

Transport = httpx.BaseTransport
"""What takes the place of the network in tests: a function of a request."""

_LARGEST_BODY = 64 * 1024 * 1024
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        path: below the base address, parts quoted with `quoted`.
        body: JSON text; None for none.
        timeout: seconds from sending to the last byte.
    """

    method: str
    path: str
    timeout: float
    params: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and whole body."""

    status: int
    body: bytes = field(repr=False)


def quoted(text: str) -> str:
    """One part of a path: `/ESZ6` as `%2FESZ6`, blanks as `%20`."""
    return quote(text, safe="")


class Http:
    """Keeps connections to one host. Safe from several threads.

    Args:
        address: `https://api.tastyworks.com`, or a sandbox.
        transport: replaces the network; for tests.
        connect_timeout: seconds to reach the host.
    """

    def __init__(
        self,
        address: str,
        timer: Timer,
        transport: httpx.BaseTransport | None = None,
        user_agent: str = USER_AGENT,
        connect_timeout: float = 5.0,
    ) -> None:
        self._timer = timer
        self._connect_timeout = connect_timeout
        self._date = ""
        self._client = httpx.Client(
            base_url=address,
            headers={"User-Agent": user_agent, "Accept": "application/json", "Content-Type": "application/json"},
            transport=transport,
            follow_redirects=False,
            trust_env=False,
        )

    def send(self, request: Request, headers: Mapping[str, str]) -> Reply | Unreachable:
        """Send once and read the answer to its end."""
        deadline = self._timer.elapsed() + request.timeout
        limits = httpx.Timeout(request.timeout, connect=min(self._connect_timeout, request.timeout))
        where = f"{request.method} {request.path}"
        try:
            with self._client.stream(
                request.method,
                request.path,
                params=request.params or None,
                content=request.body,
                headers=headers,
                timeout=limits,
            ) as response:
                self._date = response.headers.get("Date", "")
                body = bytearray()
                for piece in response.iter_bytes():
                    body += piece
                    # the library's timeout is for one piece; a server that drips would hold us for ever
                    if self._timer.elapsed() > deadline or len(body) > _LARGEST_BODY:
                        return Unreachable(Trouble.NO_ANSWER, f"{where}: the answer did not end", left=True)
                return Reply(response.status_code, bytes(body))
        except _NEVER_LEFT as problem:
            return Unreachable(Trouble.NO_CONNECTION, f"{where}: {type(problem).__name__}", left=False)
        except httpx.DecodingError as problem:
            return Unreachable(Trouble.BAD_ANSWER, f"{where}: {type(problem).__name__}", left=True)
        except httpx.TransportError as problem:
            return Unreachable(Trouble.NO_ANSWER, f"{where}: {type(problem).__name__}", left=True)

    @property
    def server_time(self) -> datetime | None:
        """The other side's clock, by the latest answer; None before the first, and where it names no time."""
        try:
            return parsedate_to_datetime(self._date).astimezone(UTC)
        except ValueError:
            return None

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

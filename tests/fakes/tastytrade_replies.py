"""Tastytrade as a function from request to reply, for tests that need no socket; and time that stands still."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from tomking.adapters.tastytrade_client import TastytradeClient, Timeouts
from tomking.adapters.tastytrade_limits import CircuitSettings, Kind, RateLimiter
from tomking.adapters.tastytrade_session import Credentials, Secret, SessionSettings
from tomking.clock import Timer

ACCOUNT = "5WT00042"
CLIENT_SECRET = "client-secret-that-must-not-show"
REFRESH_TOKEN = "refresh-token-that-must-not-show"
ACCESS_TOKEN = "access-token-that-must-not-show"

Respond = Callable[[httpx.Request], httpx.Response]


class FrozenTimer:
    """Time that passes only by waiting, or when told to; every wait is remembered."""

    def __init__(self) -> None:
        self.at = 1_000.0
        self.waits: list[float] = []

    def elapsed(self) -> float:
        return self.at

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds

    def chance(self) -> float:
        return 0.5


def token_reply(token: str = ACCESS_TOKEN, lifetime: int = 900) -> httpx.Response:
    return httpx.Response(200, json={"access_token": token, "token_type": "Bearer", "expires_in": lifetime})


def unlimited(timer: Timer) -> RateLimiter:
    """A limiter that never makes a test wait."""
    return RateLimiter(timer, rates=dict.fromkeys(Kind, 1e6), overall=1e6)


class Replies:
    """A transport: answers OAuth by itself, everything else by `respond`, and keeps what was asked."""

    def __init__(self, respond: Respond, oauth: Respond | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self.refreshes = 0
        self._respond = respond
        self._oauth = oauth

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            self.refreshes += 1
            return self._oauth(request) if self._oauth else token_reply()
        self.requests.append(request)
        return self._respond(request)


def client_of(
    replies: Replies,
    timer: Timer | None = None,
    *,
    session: SessionSettings | None = None,
    circuit: CircuitSettings | None = None,
    limiter: RateLimiter | None = None,
    timeouts: Timeouts | None = None,
) -> TastytradeClient:
    """Our client with these replies for a network."""
    timer = timer or FrozenTimer()
    return TastytradeClient(
        "http://tastytrade.test",
        ACCOUNT,
        Credentials(Secret(CLIENT_SECRET), Secret(REFRESH_TOKEN)),
        timer,
        transport=httpx.MockTransport(replies),
        session=session,
        circuit=circuit,
        limiter=limiter or unlimited(timer),
        timeouts=timeouts,
    )


def always(status: int, body: bytes = b"", content_type: str = "application/json") -> Respond:
    return lambda request: httpx.Response(status, content=body, headers={"Content-Type": content_type})

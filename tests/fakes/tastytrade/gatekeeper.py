"""Who may ask: OAuth grants and tokens, User-Agent, scopes, version header, request rate."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fakes.tastytrade.refusal import Refusal

_PRODUCT = re.compile(r"[^\s/]+/\S+")


@dataclass
class Rules:
    """What is asked of a client.

    Attributes:
        lifetime: seconds a token lives.
        flaky_refreshes: how many refreshes are refused before one succeeds again.
        can_trade: the grant has the `trade` scope.
        production: knows `Accept-Version`; the sandbox answers 404 to an order with it.
        calls_per_second: more are answered by a 429 page; None for no limit.
    """

    lifetime: float = 900.0
    flaky_refreshes: int = 0
    can_trade: bool = True
    production: bool = True
    calls_per_second: int | None = None


@dataclass
class Gatekeeper:
    """Grants of one user. `refreshes` counts the tokens handed out."""

    client_secret: str = "fake-client-secret-0123456789abcdef"
    refresh_token: str = "fake-refresh-token-0123456789abcdef"
    rules: Rules = field(default_factory=Rules)
    refreshes: int = 0
    _tokens: dict[str, float] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def refresh(self, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of `POST /oauth/token`; its errors have an envelope of their own."""
        with self._lock:
            if not isinstance(body, dict) or body.get("grant_type") != "refresh_token":
                return 400, {"error_code": "invalid_request", "error_description": "grant_type is invalid"}
            if self.rules.flaky_refreshes > 0:
                self.rules.flaky_refreshes -= 1
                return 400, {"error_code": "invalid_request", "error_description": "not a customer"}
            if body.get("client_secret") != self.client_secret:
                return 401, {"error_code": "invalid_client", "error_description": "Invalid client"}
            if body.get("refresh_token") != self.refresh_token:
                return 400, {"error_code": "invalid_grant", "error_description": "Invalid JWT"}
            self.refreshes += 1
            token = f"fake-access-token-{self.refreshes:06d}"
            self._tokens[token] = time.monotonic() + self.rules.lifetime
            return 200, {"access_token": token, "token_type": "Bearer", "expires_in": int(self.rules.lifetime)}

    def revoke(self) -> None:
        """All tokens end now; the grant lives."""
        with self._lock:
            self._tokens.clear()

    def taken(self, headers: Mapping[str, str]) -> bool:
        """False when the User-Agent is missing or malformed: a page, not JSON."""
        return bool(_PRODUCT.match(headers.get("User-Agent") or ""))

    def crowded(self) -> bool:
        """True when this call is one too many in this second."""
        limit = self.rules.calls_per_second
        if limit is None:
            return False
        with self._lock:
            now = time.monotonic()
            while self._recent and now - self._recent[0] >= 1.0:
                self._recent.popleft()
            self._recent.append(now)
            return len(self._recent) > limit

    def admit(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Let an authorised call pass.

        Raises:
            Refusal: 401, 403, or the sandbox's 404 for a version header.
        """
        if not self._lives((headers.get("Authorization") or "").removeprefix("Bearer ")):
            raise Refusal(401, "unauthorized", "Unauthorized")
        if not self.rules.production and "Accept-Version" in headers and "/orders" in path:
            raise Refusal(404, "record_not_found", "Couldn't find the requested record")
        if method != "GET" and not self.rules.can_trade:
            raise Refusal(403, "insufficient_scopes", "Token has insufficient scopes")

    def streams(self, token: object) -> bool:
        """Whether the account streamer takes this token; the word `Bearer` is part of it."""
        return isinstance(token, str) and token.startswith("Bearer ") and self._lives(token.removeprefix("Bearer "))

    def _lives(self, token: str) -> bool:
        with self._lock:
            return self._tokens.get(token, 0.0) > time.monotonic()

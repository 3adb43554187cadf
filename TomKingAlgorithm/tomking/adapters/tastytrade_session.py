"""The OAuth2 session: a short-lived access token made of a refresh token that never changes.

The token lives 15 minutes and is renewed early. A refresh that fails is tried again a few times, because the sandbox
refuses healthy ones now and then; after that the grant is left alone for a while, because too many failed logins block
the address for hours. While the present token still lives, a failed renewal costs nothing.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass

from tomking.adapters.tastytrade_fields import Row
from tomking.adapters.tastytrade_http import Http, Request
from tomking.adapters.tastytrade_outcomes import Accepted, Outcome, Refused, Trouble, Unreachable, read_reply
from tomking.clock import Timer


class Secret:
    """A text that does not show: not in `repr`, `str` or a format; read it with `reveal`."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not text:
            raise ValueError("a secret cannot be empty")
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the wire only."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A personal grant of the user."""

    client_secret: Secret
    refresh_token: Secret


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How the session keeps its token.

    Attributes:
        early: seconds before its end a token is renewed.
        attempts: tries of one refresh.
        pause: seconds before the second try; doubles with each.
        rest: seconds the grant is left alone after a refresh that failed for good.
        timeout: seconds for one try.
    """

    early: float = 120.0
    attempts: int = 4
    pause: float = 1.0
    rest: float = 60.0
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class _Token:
    bearer: Secret
    ends: float


class Session:
    """Hands out the value of the `Authorization` header. Safe from several threads: one refreshes, the others wait."""

    def __init__(
        self, http: Http, credentials: Credentials, timer: Timer, settings: SessionSettings | None = None
    ) -> None:
        self._http = http
        self._credentials = credentials
        self._timer = timer
        self._settings = settings or SessionSettings()
        self._lock = threading.Lock()
        self._token: _Token | None = None
        self._failure: tuple[float, Refused | Unreachable] | None = None

    def bearer(self) -> Outcome[Secret]:
        """`Bearer <token>`, refreshed when its end is near; refused when the grant is."""
        now = self._timer.elapsed()
        token = self._token
        if token is not None and now < token.ends - self._settings.early:
            return Accepted(token.bearer)
        with self._lock:
            return self._renewed()

    def renew(self, stale: Secret) -> Outcome[Secret]:
        """Another token than `stale`, which Tastytrade did not take although it should still live."""
        with self._lock:
            if self._token is not None and self._token.bearer is stale:
                self._token = None
            return self._renewed()

    def blot(self, text: str) -> str:
        """The text with every secret of this session blotted out; for words that came from outside."""
        token = self._token
        secrets = [self._credentials.client_secret.reveal(), self._credentials.refresh_token.reveal()]
        if token is not None:
            secrets.append(token.bearer.reveal().removeprefix("Bearer "))
        for secret in secrets:
            text = text.replace(secret, "***")
        return text

    def _renewed(self) -> Outcome[Secret]:
        now = self._timer.elapsed()
        token = self._token
        if token is not None and now < token.ends - self._settings.early:
            return Accepted(token.bearer)
        lives = token is not None and now < token.ends
        if self._failure is not None and now < self._failure[0]:
            return Accepted(token.bearer) if token is not None and lives else self._failure[1]
        result = self._refresh(1 if lives else self._settings.attempts)
        if isinstance(result, Accepted):
            self._token, self._failure = result.value, None
            return Accepted(result.value.bearer)
        # a live token is tried again soon and quietly, a dead grant is left alone
        rest = min(self._settings.rest, self._settings.early / 8) if lives else self._settings.rest
        self._failure = (self._timer.elapsed() + rest, result)
        return Accepted(token.bearer) if token is not None and lives else result

    def _refresh(self, attempts: int) -> Outcome[_Token]:
        pause = self._settings.pause
        result = self._ask()
        for _ in range(attempts - 1):
            if isinstance(result, Accepted):
                break
            self._timer.wait(pause * (0.75 + 0.5 * self._timer.chance()))
            pause *= 2
            result = self._ask()
        return result

    def _ask(self) -> Outcome[_Token]:
        body = json.dumps(
            {
                "grant_type": "refresh_token",
                "refresh_token": self._credentials.refresh_token.reveal(),
                "client_secret": self._credentials.client_secret.reveal(),
            }
        ).encode()
        asked = self._timer.elapsed()
        reply = self._http.send(Request("POST", "/oauth/token", self._settings.timeout, body=body), {})
        if isinstance(reply, Unreachable):
            return Unreachable(Trouble.NO_TOKEN, reply.text, left=False)

        def token(row: Row) -> _Token:
            if row.text("token_type") != "Bearer":
                raise row.bad("token_type", "Bearer is needed")
            # the lifetime counts from the request, so an answer that was slow only ends the token earlier
            return _Token(Secret(f"Bearer {row.text('access_token')}"), asked + float(row.number("expires_in")))

        outcome = read_reply(reply.status, reply.body, token)
        if isinstance(outcome, Refused):
            return Refused(outcome.status, outcome.code, self.blot(outcome.message))
        if isinstance(outcome, Unreachable):
            return Unreachable(Trouble.NO_TOKEN, f"POST /oauth/token: {outcome.text}", left=False)
        return outcome

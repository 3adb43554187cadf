"""The one way to Tastytrade's REST interface: circuit, rate, token, request, outcome, in this order.

Nothing is sent twice, with one exception: a request answered by a JSON 401 was not looked at, so it goes out once more
with a fresh token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from tomking.adapters.tastytrade_fields import Row
from tomking.adapters.tastytrade_http import Http, Request
from tomking.adapters.tastytrade_limits import CircuitBreaker, Kind, RateLimiter
from tomking.adapters.tastytrade_outcomes import Accepted, Outcome, Reason, Refused, Trouble, Unreachable, read_reply
from tomking.adapters.tastytrade_session import Secret, Session

T = TypeVar("T")


class Gate:
    """Sends requests with a token and sorts what comes back. Safe from several threads."""

    def __init__(self, http: Http, session: Session, limiter: RateLimiter, breaker: CircuitBreaker) -> None:
        self._http = http
        self._session = session
        self._limiter = limiter
        self._breaker = breaker

    def ask(
        self,
        method: str,
        path: str,
        kind: Kind,
        timeout: float,
        read: Callable[[Row], T],
        params: tuple[tuple[str, str], ...] = (),
        body: Mapping[str, object] | None = None,
    ) -> Outcome[T]:
        """One call.

        Args:
            path: below the base address, already quoted.
            kind: whose rate it counts on.
            timeout: seconds for each try.
            read: makes the value of the reply's top-level object.
            params: query parameters.
            body: JSON object to send; its texts are sent as they are, so decimals stay exact.
        """
        where = f"{method} {path}"
        if not self._breaker.enter():
            return Unreachable(Trouble.CIRCUIT_OPEN, f"{where}: not sent, the server did not answer before", left=False)
        if not self._limiter.enter(kind):
            self._breaker.abandoned()
            return Unreachable(Trouble.THROTTLED, f"{where}: not sent, too many calls wait", left=False)
        token = self._session.bearer()
        if not isinstance(token, Accepted):
            self._breaker.abandoned()
            return token
        content = json.dumps(body).encode() if body is not None else None
        request = Request(method, path, timeout, params, content)
        outcome = self._once(request, token.value, read)
        if isinstance(outcome, Refused) and outcome.status == 401 and outcome.code != "user_agent_refused":
            token = self._session.renew(token.value)
            if not isinstance(token, Accepted):
                return token
            outcome = self._once(request, token.value, read)
        return outcome

    def _once(self, request: Request, bearer: Secret, read: Callable[[Row], T]) -> Outcome[T]:
        reply = self._http.send(request, {"Authorization": bearer.reveal()})
        outcome: Outcome[T] = reply if isinstance(reply, Unreachable) else read_reply(reply.status, reply.body, read)
        if isinstance(outcome, Unreachable):
            self._breaker.failed(throttled=outcome.trouble is Trouble.THROTTLED)
            text = outcome.text if outcome is reply else f"{request.method} {request.path}: {outcome.text}"
            return replace(outcome, text=self._session.blot(text))
        self._breaker.answered()
        if isinstance(outcome, Refused):
            return Refused(
                outcome.status,
                self._session.blot(outcome.code),
                self._session.blot(outcome.message),
                tuple(
                    Reason(self._session.blot(reason.code), self._session.blot(reason.message))
                    for reason in outcome.reasons
                ),
            )
        return outcome

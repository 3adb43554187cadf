"""What a call to Tastytrade ended in: accepted, refused, or nobody knows.

::

    status and body                            outcome
    2xx, readable                              Accepted
    2xx, anything else (HTML, empty, cut off)  Unreachable, may have arrived
    4xx with an error code                     Refused: it certainly did not happen
    401 as a web page                          Refused: the User-Agent was not taken
    4xx without an error code                  Unreachable, may have arrived
    408, 425, 429                              Unreachable, may have arrived
    3xx, 5xx, anything                         Unreachable, may have arrived
    no connection, own limits, no token        Unreachable, never left
    timeout or loss after sending              Unreachable, may have arrived

A web page with status 404 is not "no such order": a proxy wrote it. A 429 is no refusal either, because nothing says
which machine on the way wrote it; looking the order up costs one call, believing it could cost a position.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Generic, TypeVar

from tomking.adapters.tastytrade_fields import Row, UnreadablePayload

T = TypeVar("T")
U = TypeVar("U")

_AMBIGUOUS_4XX = frozenset({408, 425, 429})
_TEXT_LIMIT = 400


class Trouble(Enum):
    """Why there is no answer; `left` of `Unreachable` says what may have happened all the same."""

    NO_CONNECTION = "no connection"
    NO_ANSWER = "no answer"
    BAD_ANSWER = "unreadable answer"
    SERVER_FAULT = "server fault"
    THROTTLED = "too many requests"
    CIRCUIT_OPEN = "circuit open"
    NO_TOKEN = "no access token"


@dataclass(frozen=True, slots=True)
class Accepted(Generic[T]):
    """Tastytrade did it, or answered the question."""

    value: T


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a refusal: a code of a preflight check, or the field a validation names."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A definite no: nothing was placed, cancelled or changed.

    Attributes:
        status: HTTP status.
        code: what to decide by: the first inner code of a preflight failure, else the outer one.
        message: Tastytrade's own words, secrets blotted out.
        reasons: all inner reasons.
    """

    status: int
    code: str
    message: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer that can be relied on.

    Attributes:
        left: False only when the request certainly never reached Tastytrade; True means look it up, never resend.
        text: what happened, for people; holds no secret.
    """

    trouble: Trouble
    text: str
    left: bool


Outcome = Accepted[T] | Refused | Unreachable


def read_reply(status: int, body: bytes, read: Callable[[Row], T]) -> Outcome[T]:
    """Sort one HTTP answer into its outcome; see the table of this module.

    Args:
        status: HTTP status.
        body: the whole body, undecoded.
        read: makes the value of the reply's top-level object; may raise `UnreadablePayload`.
    """
    payload = _object(body)
    if 200 <= status < 300:
        if payload is None:
            return Unreachable(Trouble.BAD_ANSWER, f"status {status} without a readable body", left=True)
        try:
            return Accepted(read(Row(payload)))
        except UnreadablePayload as problem:
            return Unreachable(Trouble.BAD_ANSWER, f"status {status}: {problem}", left=True)
    if status == 429:
        return Unreachable(Trouble.THROTTLED, "status 429", left=True)
    if 400 <= status < 500 and status not in _AMBIGUOUS_4XX:
        refusal = _refusal(status, payload)
        if refusal is not None:
            return refusal
        if status == 401:
            return Refused(401, "user_agent_refused", "a web page instead of JSON: the User-Agent was not taken")
        return Unreachable(Trouble.BAD_ANSWER, f"status {status} without an error code", left=True)
    trouble = Trouble.SERVER_FAULT if status >= 500 else Trouble.BAD_ANSWER
    refusal = _refusal(status, payload)
    return Unreachable(trouble, f"status {status}" + (f" {refusal.code}" if refusal else ""), left=True)


def _object(body: bytes) -> dict[str, object] | None:
    """The JSON object of a body with exact decimals; None for anything else."""
    try:
        parsed: object = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _refusal(status: int, payload: dict[str, object] | None) -> Refused | None:
    """The error of the usual envelope, or of OAuth's own; None when there is no code."""
    if payload is None:
        return None
    try:
        whole = Row(payload)
        if "error" not in payload:
            code = whole.text_or_none("error_code")
            return Refused(status, code, _short(whole.text_or("error_description", ""))) if code else None
        error = whole.row("error")
        code = error.text_or_none("code")
        if not code:
            return None
        reasons = tuple(
            Reason(
                item.text_or_none("code") or item.text_or("domain", ""),
                _short(item.text_or_none("message") or item.text_or("reason", "")),
            )
            for item in error.rows_or_empty("errors")
        )
        outer = _short(error.text_or("message", ""))
    except UnreadablePayload:
        return None
    if code == "preflight_check_failure" and reasons and reasons[0].code:
        return Refused(status, reasons[0].code, reasons[0].message or outer, reasons)
    return Refused(status, code, outer, reasons)


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_LIMIT else text[:_TEXT_LIMIT] + "…"

"""How often we may ask, and when we stop asking: rate limits and the circuit breaker.

Tastytrade publishes no quota. The rates are those its own server for language models keeps to (reference:
`src/safety/rate-limit.ts` of tastytrade/tastytrade-mcp, read in 2026).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from tomking.clock import Timer


class Kind(Enum):
    """Calls that share one rate."""

    ACCOUNTS = "accounts"
    BALANCES = "balances"
    POSITIONS = "positions"
    STATUS = "trading status"
    REPORTS = "margin and transactions"
    ORDERS = "orders"
    INSTRUMENT = "instrument"
    CHAIN = "chain"
    MARKET_DATA = "market data"


CALLS_PER_SECOND: Mapping[Kind, float] = {
    Kind.ACCOUNTS: 1.0,
    Kind.BALANCES: 1.0,
    Kind.POSITIONS: 1.0,
    Kind.STATUS: 1.0,
    Kind.REPORTS: 1.0,
    Kind.ORDERS: 20.0,
    Kind.INSTRUMENT: 3.0,
    Kind.CHAIN: 2.0,
    Kind.MARKET_DATA: 2.0,
}
ALL_CALLS_PER_SECOND = 50.0


class _Bucket:
    """Tokens that refill with time, at most one second's worth (and at least one call)."""

    __slots__ = ("_at", "_rate", "_room", "_tokens")

    def __init__(self, rate: float, at: float) -> None:
        self._rate = rate
        self._room = max(rate, 1.0)
        self._tokens = self._room
        self._at = at

    def delay(self, now: float) -> float:
        """Seconds until a call may go."""
        self._tokens = min(self._room, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (1.0 - self._tokens) / self._rate)

    def take(self) -> None:
        self._tokens -= 1.0


class RateLimiter:
    """Spaces calls out: waits a little, and refuses when the wait would be long. Safe from several threads."""

    def __init__(
        self,
        timer: Timer,
        patience: float = 10.0,
        rates: Mapping[Kind, float] = CALLS_PER_SECOND,
        overall: float = ALL_CALLS_PER_SECOND,
    ) -> None:
        self._timer = timer
        self._patience = patience
        now = timer.elapsed()
        self._overall = _Bucket(overall, now)
        self._buckets = {kind: _Bucket(rate, now) for kind, rate in rates.items()}
        self._lock = threading.Lock()

    def enter(self, kind: Kind) -> bool:
        """Wait for this call's turn; False when it would not come within `patience` seconds."""
        with self._lock:
            now = self._timer.elapsed()
            delay = max(self._overall.delay(now), self._buckets[kind].delay(now))
            if delay > self._patience:
                return False
            # taken before the wait: whoever comes next waits behind this call
            self._overall.take()
            self._buckets[kind].take()
        if delay > 0:
            self._timer.wait(delay)
        return True


class CircuitState(Enum):
    """Whether calls go out."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


@dataclass(frozen=True, slots=True)
class CircuitSettings:
    """When the circuit breaks.

    Attributes:
        failures: calls without an answer in a row that open it.
        cool_down: seconds it stays open the first time.
        longest: seconds it stays open at most; the time doubles with each probe that fails.
    """

    failures: int = 5
    cool_down: float = 5.0
    longest: float = 120.0


class CircuitBreaker:
    """Stops asking a server that does not answer, and tries it again with a single call. Safe from several threads.

    Closed: calls go out; `failures` without an answer in a row, or one "too many requests", open it. Open: nothing
    goes out until the cool-down is over. Half open: one call is let out as a probe; its answer closes the circuit, its
    failure opens it again for twice as long.
    """

    def __init__(self, timer: Timer, settings: CircuitSettings | None = None) -> None:
        self._timer = timer
        self._settings = settings or CircuitSettings()
        self._lock = threading.Lock()
        self._failures = 0
        self._openings = 0
        self._opens_until: float | None = None
        self._probing = False

    @property
    def state(self) -> CircuitState:
        """Where it stands now."""
        with self._lock:
            return self._state()

    def enter(self) -> bool:
        """Whether a call may go out now; whoever gets True reports back with `answered` or `failed`."""
        with self._lock:
            state = self._state()
            if state is CircuitState.CLOSED:
                return True
            if state is CircuitState.OPEN or self._probing:
                return False
            self._probing = True
            return True

    def answered(self) -> None:
        """The server answered, if only to refuse."""
        with self._lock:
            self._failures = self._openings = 0
            self._opens_until = None
            self._probing = False

    def failed(self, throttled: bool = False) -> None:
        """The server did not answer, or said "too many requests"."""
        with self._lock:
            self._failures += 1
            again = self._probing
            self._probing = False
            if again or throttled or self._failures >= self._settings.failures:
                span = min(self._settings.longest, self._settings.cool_down * 2**self._openings)
                span *= 0.75 + 0.5 * self._timer.chance()
                self._opens_until = self._timer.elapsed() + span
                self._openings += 1

    def abandoned(self) -> None:
        """The call that was let out was not sent after all."""
        with self._lock:
            self._probing = False

    def _state(self) -> CircuitState:
        if self._opens_until is None:
            return CircuitState.CLOSED
        return CircuitState.HALF_OPEN if self._timer.elapsed() >= self._opens_until else CircuitState.OPEN

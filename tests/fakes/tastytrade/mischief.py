"""What may go wrong, said by a script or drawn from a seed.

An order's fate is a `Behaviour`, a lost or spoiled HTTP answer is a `Fault`, a bad stretch of the stream is a
`StreamFault`. Drawn ones depend on the seed and on the order's identifier or the number of the call, and on nothing
else: the same calls meet the same trouble whatever the threads do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random


class Fault(Enum):
    """What becomes of an HTTP call. `BEFORE`: nothing was done; `AFTER`: it was done, and the answer is lost."""

    TIMEOUT_BEFORE = "timeout before"
    TIMEOUT_AFTER = "timeout after"
    DROP_BEFORE = "drop before"
    DROP_AFTER = "drop after"
    ERROR_500_BEFORE = "500 before"
    ERROR_500_AFTER = "500 after"
    ERROR_504_AFTER = "504 after"
    HTML_502_BEFORE = "502 page before"
    HTML_502_AFTER = "502 page after"
    HTML_404 = "404 page"
    HTML_200_AFTER = "200 page after"
    EMPTY_200_AFTER = "200 empty after"
    CUT_OFF_AFTER = "200 cut off after"
    TOO_MANY_JSON = "429"
    TOO_MANY_HTML = "429 page"
    UNAUTHORIZED = "401"


class StreamFault(Enum):
    """What becomes of a notification."""

    DUPLICATE = "sent twice"
    REORDER = "sent after the next one"
    DROP = "never sent"
    DISCONNECT = "the connection ends before it"
    SILENCE = "nothing is sent any more, heartbeats included"
    UNKNOWN = "one of a type nobody knows comes before it"
    GARBAGE = "text that is no JSON comes before it"
    LARGE = "padded to more than 64 KiB"


class OnCancel(Enum):
    """What a cancel request meets."""

    CANCEL = "cancelled"
    FILL_FIRST = "filled before the cancel arrives"
    LATE_FILL = "one more unit is filled after the cancel was confirmed"
    IGNORE = "stays in Cancel Requested"


@dataclass(frozen=True)
class Behaviour:
    """The fate of one order.

    Attributes:
        fills: units filled one after the other as soon as it is live, whatever the quotes say; None: by the rules.
        skewed: each leg's fill is a message of its own, legs out of step; the order is `Filled` after the first leg.
        reject: after acceptance, with this reason.
        off_tick: cancelled by the venue after acceptance, as for a price it does not take.
        status: this word instead of `Live`.
        filled_after: seconds from live to the first fill, and between fills.
    """

    fills: tuple[int, ...] | None = None
    skewed: bool = False
    reject: str | None = None
    off_tick: bool = False
    status: str | None = None
    on_cancel: OnCancel = OnCancel.CANCEL
    replace_aborts: bool = False
    filled_after: float = 0.0


@dataclass
class Script:
    """Trouble ordered by a test: each entry is used once, first in first out."""

    orders: deque[Behaviour] = field(default_factory=deque)
    by_identifier: dict[str, Behaviour] = field(default_factory=dict)
    calls: list[tuple[str, str, Fault]] = field(default_factory=list)
    stream: deque[StreamFault | None] = field(default_factory=deque)

    def fail(self, method: str, path: str, *faults: Fault) -> None:
        """The next calls of `method` whose path contains `path` meet these, one each."""
        self.calls += [(method, path, fault) for fault in faults]

    def take_call(self, method: str, path: str) -> Fault | None:
        for position, (wanted, part, fault) in enumerate(self.calls):
            if wanted == method and part in path:
                del self.calls[position]
                return fault
        return None


@dataclass(frozen=True)
class Rates:
    """How often trouble is drawn, each between 0 and 1."""

    order: float = 0.3
    write: float = 0.2
    read: float = 0.05
    stream: float = 0.1


_ORDER_DRAWS: tuple[Callable[[Random], Behaviour], ...] = (
    lambda draw: Behaviour(reject=draw.choice(["Session offline", "Price out of bounds"])),
    lambda draw: Behaviour(off_tick=True),
    lambda draw: Behaviour(fills=(1,), on_cancel=draw.choice(list(OnCancel)[:3])),
    lambda draw: Behaviour(fills=(1, 1, 100), skewed=draw.random() < 0.5),
    lambda draw: Behaviour(fills=(100,), skewed=True),
    lambda draw: Behaviour(fills=(), on_cancel=OnCancel.FILL_FIRST),
    lambda draw: Behaviour(fills=(), on_cancel=OnCancel.LATE_FILL, replace_aborts=True),
    lambda draw: Behaviour(status="Dead"),
)
_READ_FAULTS = (
    Fault.TIMEOUT_BEFORE,
    Fault.DROP_BEFORE,
    Fault.ERROR_500_BEFORE,
    Fault.HTML_502_BEFORE,
    Fault.HTML_404,
    Fault.EMPTY_200_AFTER,
    Fault.TOO_MANY_JSON,
    Fault.UNAUTHORIZED,
)


class Mischief:
    """The script first, then the dice."""

    def __init__(self, seed: int | None = None, rates: Rates | None = None) -> None:
        self.script = Script()
        self._seed = seed
        self.rates = rates or Rates()
        self._counts: dict[str, int] = {}

    def behaviour(self, identifier: str | None) -> Behaviour:
        if identifier is not None and identifier in self.script.by_identifier:
            return self.script.by_identifier[identifier]
        if self.script.orders:
            return self.script.orders.popleft()
        draw = self._draw("order", identifier)
        if draw is None or draw.random() >= self.rates.order:
            return Behaviour()
        return draw.choice(_ORDER_DRAWS)(draw)

    def call(self, method: str, path: str, identifier: str | None) -> Fault | None:
        scripted = self.script.take_call(method, path)
        if scripted is not None:
            return scripted
        draw = self._draw(f"{method} {path if identifier is None else ''}", identifier)
        rate = self.rates.read if method == "GET" else self.rates.write
        if draw is None or draw.random() >= rate:
            return None
        return draw.choice(_READ_FAULTS if method == "GET" else tuple(Fault))

    def notification(self) -> StreamFault | None:
        if self.script.stream:
            return self.script.stream.popleft()
        draw = self._draw("stream", None)
        if draw is None or draw.random() >= self.rates.stream:
            return None
        return draw.choice([fault for fault in StreamFault if fault is not StreamFault.SILENCE])

    def _draw(self, what: str, name: str | None) -> Random | None:
        if self._seed is None:
            return None
        key = f"{what}|{name}" if name is not None else what
        self._counts[key] = self._counts.get(key, 0) + 1
        return Random(f"{self._seed}|{key}|{self._counts[key]}")

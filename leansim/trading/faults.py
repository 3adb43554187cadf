"""What is to go wrong at the brokerage in a run: a plan, drawn from a seed or read from JSON (`fault_plans`).

A plan is a list of faults. Each says what happens (``do``), at what (``on`` a submit, an update, a cancellation, a
fill, a batch of events; or ``at`` a time), and to which of them. The same plan and seed give the same run.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from leansim.errors import InputError

SUBMIT: Final = "submit"
UPDATE: Final = "update"
CANCEL: Final = "cancel"
FILL: Final = "fill"
EVENT: Final = "event"
CLOCK: Final = "clock"

#: What can be done to what. Those of the second table need answers that come later, so ``--live-like``.
ACTIONS: Final = {
    "reject": (SUBMIT,),
    "partial": (FILL,),
    "refuse": (UPDATE, CANCEL),
    "fill_first": (CANCEL,),
}
LIVE_ACTIONS: Final = {
    "lose": (SUBMIT, UPDATE, CANCEL, EVENT),
    "delay": (SUBMIT, UPDATE, CANCEL, EVENT),
    "invalid_but_live": (SUBMIT,),
    "time_out": (SUBMIT,),
    "duplicate": (EVENT,),
    "reorder": (EVENT,),
    "message": (SUBMIT, UPDATE, CANCEL, EVENT, CLOCK),
    "disconnect": (SUBMIT, UPDATE, CANCEL, EVENT, CLOCK),
    "restart": (SUBMIT, UPDATE, CANCEL, EVENT, CLOCK),
}
MESSAGES: Final = ("information", "warning", "error")
PLUGINS: Final = ("generic", "tastytrade")


@dataclass(frozen=True)
class Subject:
    """What a fault may befall: a package of orders on its way, its fill, or a batch of its events.

    ``symbols`` and ``tags`` are texts of its orders; ``status`` is an event's, in lower case with underscores.
    """

    on: str
    symbols: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    type: str = ""
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """One entry of a plan.

    Which: ``on`` or ``at`` (the algorithm's time); of those that match ``symbol`` (part of a leg's text), ``tag``
    (part of it), ``type`` (``combo_limit``…), ``status`` (of events), ``since`` and ``until`` (the algorithm's times)
    the ``nth`` and the next, ``times`` in all (0: all that follow), each with ``chance``.

    How: ``seconds`` a delay, an outage or the time until a restarted process is back; ``shares`` how much of each leg
    fills at first (a number for all legs, or one a leg); ``rest_seconds`` when the rest fills (None: never); ``events``
    of a disconnection ``held`` until it is over or ``lost``; ``kind``, ``code`` and ``text`` of a message or refusal.
    """

    do: str
    on: str = CLOCK
    at: datetime | None = None
    nth: int = 1
    times: int = 1
    chance: float = 1.0
    symbol: str = ""
    tag: str = ""
    type: str = ""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    seconds: float = 30.0
    shares: float | tuple[float, ...] = 0.5
    rest_seconds: float | None = None
    events: str = "held"
    kind: str = "warning"
    code: str = "Fault"
    text: str = "a fault of the plan"

    def matches(self, subject: Subject, now: datetime) -> bool:
        """Whether this is the kind of thing the fault may befall."""
        return (
            subject.on == self.on
            and (not self.symbol or any(self.symbol in text for text in subject.symbols))
            and (not self.tag or any(self.tag in text for text in subject.tags))
            and (not self.type or self.type == subject.type)
            and (not self.status or self.status in subject.statuses)
            and (self.since is None or now >= self.since)
            and (self.until is None or now <= self.until)
        )

    def share(self, leg: int) -> float:
        """How much of a leg fills at first."""
        if isinstance(self.shares, tuple):
            return self.shares[leg] if leg < len(self.shares) else 1.0
        return self.shares


@dataclass(frozen=True)
class Latency:
    """Seconds until the brokerage has a request, and until its answer is back; ``jitter`` makes both up to so much
    longer, as a fraction."""

    request: float = 0.2
    answer: float = 0.3
    jitter: float = 0.0


@dataclass(frozen=True)
class Position:
    """What the brokerage holds for the account when the run begins; ``symbol`` is a security identifier's text."""

    symbol: str
    quantity: float
    average_price: float


@dataclass(frozen=True)
class FaultPlan:
    """A whole plan. ``plugin`` says whose habits the brokerage has; see :mod:`leansim.trading.remote`."""

    seed: int = 0
    plugin: str = "generic"
    latency: Latency = Latency()
    cash: float | None = None
    positions: tuple[Position, ...] = ()
    faults: tuple[Fault, ...] = ()

    def must_be_possible(self, live_like: bool) -> None:
        """Raise ``InputError`` for faults that a synchronous backtest cannot have."""
        if live_like:
            return
        wrong = sorted({fault.do for fault in self.faults if fault.do in LIVE_ACTIONS})
        if self.plugin != "generic":
            wrong.append(f'plugin "{self.plugin}"')
        if self.cash is not None or self.positions:
            wrong.append("an account of the brokerage's")
        if wrong:
            raise InputError(f"the fault plan has {', '.join(wrong)}: that needs --live-like, where answers come later")


class FaultDraw:
    """The faults of a plan as a run meets them: counts what passed, and draws by the seed."""

    def __init__(self, plan: FaultPlan) -> None:
        self.plan = plan
        self._random = random.Random(plan.seed)
        self._seen = [0] * len(plan.faults)
        self._done = [0] * len(plan.faults)

    def befalls(self, subject: Subject, now: datetime) -> Fault | None:
        """The first fault of the plan that befalls this; every fault that could counts it."""
        found = None
        for place, fault in enumerate(self.plan.faults):
            if not fault.matches(subject, now):
                continue
            self._seen[place] += 1
            exhausted = fault.times and self._done[place] >= fault.times
            if self._seen[place] < fault.nth or exhausted or self._random.random() >= fault.chance:
                continue
            if found is None:
                self._done[place] += 1
                found = fault
        return found

    def spread(self, seconds: float) -> float:
        """A latency with the plan's jitter."""
        return seconds * (1 + self._random.random() * self.plan.latency.jitter)

    def shuffle(self, items: list[Any]) -> list[Any]:
        """The items in another order, if there is one."""
        mixed = list(items)
        self._random.shuffle(mixed)
        return mixed if mixed != items else mixed[::-1]


def drawn_plan(seed: int, live_like: bool) -> FaultPlan:
    """A plan drawn from a seed: the same number gives the same plan."""
    draw = random.Random(seed)
    faults = [
        Fault("reject", SUBMIT, times=0, chance=draw.choice((0.0, 0.05, 0.15))),
        Fault(
            "partial",
            FILL,
            times=0,
            chance=draw.choice((0.0, 0.1, 0.3)),
            shares=tuple(draw.choice((0.0, 0.5, 1.0)) for _ in range(4)),
            rest_seconds=draw.choice((None, 45.0, 240.0)),
        ),
        Fault("refuse", CANCEL, times=0, chance=draw.choice((0.0, 0.1))),
        Fault("fill_first", CANCEL, times=0, chance=draw.choice((0.0, 0.1))),
    ]
    if live_like:
        faults += [
            Fault("delay", SUBMIT, times=0, chance=draw.choice((0.0, 0.1)), seconds=draw.uniform(5, 90)),
            Fault("lose", SUBMIT, times=0, chance=draw.choice((0.0, 0.03))),
            Fault("delay", EVENT, times=0, chance=draw.choice((0.0, 0.1)), seconds=draw.uniform(5, 120)),
            Fault("reorder", EVENT, times=0, chance=draw.choice((0.0, 0.2))),
            Fault("disconnect", SUBMIT, nth=draw.randint(1, 6), seconds=draw.uniform(10, 300)),
        ]
    latency = Latency(draw.uniform(0.05, 1.0), draw.uniform(0.05, 2.0), draw.uniform(0.0, 1.0))
    return FaultPlan(seed=seed, latency=latency, faults=tuple(fault for fault in faults if fault.chance))

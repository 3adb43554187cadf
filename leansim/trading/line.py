"""The line between an algorithm and its brokerage: what is said on it arrives at once, or later.

Answers keep their order unless a fault says otherwise. A broken line carries nothing: requests fail, answers wait for
its repair or are lost.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leansim.api.schedule import EventQueue

_NS: Final = 1_000_000_000
NEVER: Final = 1 << 62

Saying = Callable[[], None]


class Alarms:
    """What is to happen at instants (ns UTC) between an algorithm's time steps, in order of time, then of age."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Saying]] = []
        self._count = 0

    def set(self, ns: int, what: Saying) -> None:
        """Do it at that instant."""
        self._count += 1
        heapq.heappush(self._waiting, (ns, self._count, what))

    def next_ns(self) -> int:
        """The next instant; :data:`NEVER` when nothing waits."""
        return self._waiting[0][0] if self._waiting else NEVER

    def ring(self, ns: int) -> None:
        """Do what is due up to and including an instant, also what is set meanwhile for it."""
        while self.next_ns() <= ns:
            heapq.heappop(self._waiting)[2]()

    def let_pass(self, until_ns: int, queue: EventQueue, set_clock: Callable[[int], None]) -> None:
        """Time passes up to an instant (not included): alarms and scheduled events, each at its own time."""
        while (due := min(self.next_ns(), queue.next_ns())) < until_ns:
            if self.next_ns() <= due:
                set_clock(due)
                self.ring(due)
            else:
                queue.fire_before(due + 1, set_clock)


class Line:
    """The line of one session. ``alarms``: None where everything arrives at once."""

    def __init__(self, alarms: Alarms | None, now_ns: Callable[[], int]) -> None:
        self.is_broken = False
        self._alarms = alarms
        self._now_ns = now_ns
        self._held: list[Saying] = []
        self._holds = True
        self._last_ns = 0
        self._on_its_way: dict[int, Saying] = {}
        self._requests = 0

    @property
    def is_slow(self) -> bool:
        """Whether things arrive later than they are said."""
        return self._alarms is not None

    def request(self, what: Saying, seconds: float) -> None:
        """Something for the brokerage; it arrives even when the algorithm's process has died meanwhile."""
        if self._alarms is None:
            what()
            return
        self._requests += 1
        number = self._requests
        self._on_its_way[number] = what

        def arrive() -> None:
            if self._on_its_way.pop(number, None) is not None:
                what()

        self._alarms.set(self._now_ns() + round(seconds * _NS), arrive)

    def answer(self, what: Saying, seconds: float, *, in_order: bool = True) -> None:
        """Something for the algorithm, not before what was said earlier."""
        if self._alarms is None:
            what()
            return
        due = self._now_ns() + round(seconds * _NS)
        if in_order:
            due = self._last_ns = max(due, self._last_ns)
        self._alarms.set(due, lambda: self._deliver(what))

    def _deliver(self, what: Saying) -> None:
        if not self.is_broken:
            what()
        elif self._holds:
            self._held.append(what)

    def tear(self, *, holds: bool) -> None:
        """The line breaks; what is answered meanwhile is held, or lost."""
        self.is_broken = True
        self._holds = holds

    def mend(self) -> None:
        """The line is back, and with it what was held."""
        self.is_broken = False
        held, self._held = self._held, []
        for what in held:
            what()

    def all_requests_arrive(self) -> None:
        """What is on its way to the brokerage is there now."""
        while self._on_its_way:
            self._on_its_way.pop(min(self._on_its_way))()

"""What happens later: one thread, events in the order of their due times."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable


class Timeline:
    """Runs events when they are due, one at a time and never in the caller's thread."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._running = False
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="fake-timeline", daemon=True)
        self._thread.start()

    def after(self, seconds: float, event: Callable[[], None]) -> None:
        with self._changed:
            self._count += 1
            heapq.heappush(self._due, (time.monotonic() + seconds, self._count, event))
            self._changed.notify_all()

    def settle(self, timeout: float = 10.0) -> None:
        """Wait until nothing is due any more."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._due and not self._running, timeout), "not settled"

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._running = False
                self._changed.notify_all()
                while not self._stopped and (not self._due or self._due[0][0] > time.monotonic()):
                    self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._stopped:
                    return
                _, _, event = heapq.heappop(self._due)
                self._running = True
            event()

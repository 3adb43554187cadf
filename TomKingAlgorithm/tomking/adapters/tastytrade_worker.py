"""One thread that does what takes time, one thing after the other, so that the thread that asked never waits.

Commands (what changes something at the broker) go before questions, each kind in the order it came in, and before both
goes what is repeated in short intervals. The lines are bounded: what finds its line full is turned away at once, and
the caller says so to whoever asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Final

from tomking.clock import Timer

Task = Callable[[], None]

MOST_COMMANDS: Final = 256
MOST_QUESTIONS: Final = 1_024


@dataclass(slots=True)
class _Repeated:
    seconds: float
    task: Task
    at: float


class Worker:
    """The thread and its lines.

    Attributes:
        died: a task raised what nobody foresaw, and nothing will be done any more; the traceback is in the log.
    """

    def __init__(self, name: str, timer: Timer) -> None:
        self.died = False
        self._timer = timer
        self._commands: deque[Task] = deque()
        self._questions: deque[Task] = deque()
        self._later: list[tuple[float, Task]] = []
        self._repeated: list[_Repeated] = []
        self._changed = Condition()
        self._busy = False
        self._commanded = False
        self._stopping = False
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def every(self, seconds: float, task: Task) -> None:
        """Do `task` every `seconds`, before anything else; said before `start`."""
        self._repeated.append(_Repeated(seconds, task, self._timer.elapsed() + seconds))

    def start(self) -> None:
        """Begin; what was put before is done now."""
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Finish what is being done, leave the rest, and say whether that took less than `seconds`."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def command(self, task: Task) -> bool:
        """Do `task` before all questions; False when the line is full."""
        return self._put(self._commands, MOST_COMMANDS, task)

    def question(self, task: Task) -> bool:
        """Do `task` when no command waits; False when the line is full."""
        return self._put(self._questions, MOST_QUESTIONS, task)

    def later(self, seconds: float, task: Task) -> None:
        """Ask `task` as a question in `seconds` of real time; for the worker's own tasks."""
        with self._changed:
            self._later.append((self._timer.elapsed() + seconds, task))
            self._changed.notify_all()

    @property
    def is_idle(self) -> bool:
        """Nothing is being done and nothing waits, not even for later; what is repeated does not count."""
        with self._changed:
            return not (self._busy or self._commands or self._questions or self._later)

    @property
    def has_commands(self) -> bool:
        """A command is being carried out, or waits."""
        with self._changed:
            return self._commanded or bool(self._commands)

    def _put(self, line: deque[Task], most: int, task: Task) -> bool:
        with self._changed:
            if self._stopping or len(line) >= most:
                return False
            line.append(task)
            self._changed.notify_all()
            return True

    def _run(self) -> None:
        finished = False
        try:
            while (task := self._next()) is not None:
                task()
            finished = True
        finally:
            self.died = not finished

    def _next(self) -> Task | None:
        """The next task, waited for; None when there will be no more."""
        with self._changed:
            self._busy = self._commanded = False
            while True:
                self._changed.notify_all()
                if self._stopping:
                    return None
                task = self._due()
                if task is not None:
                    self._busy = True
                    return task
                alarms = [each.at for each in self._repeated] + [at for at, _ in self._later]
                self._changed.wait(max(0.0, min(alarms) - self._timer.elapsed()) if alarms else None)

    def _due(self) -> Task | None:
        now = self._timer.elapsed()
        for each in self._repeated:
            if now >= each.at:
                each.at = now + each.seconds
                return each.task
        for at, task in [each for each in self._later if each[0] <= now]:
            self._later.remove((at, task))
            self._questions.append(task)
        if self._commands:
            self._commanded = True
            return self._commands.popleft()
        return self._questions.popleft() if self._questions else None

"""An executor with everything around it, turned by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

from builders import NOON, condor_quotes, created, seconds
from fakes.chaotic_backend import ChaoticBackend
from fakes.faulty_store import FaultyStore
from fakes.habits import CALM, Habits
from fakes.market import FakeMarket
from tomking.events import Event
from tomking.execution.atomic import AtomicOrderExecutor
from tomking.execution.executor import Executor
from tomking.execution.group import OrderGroup
from tomking.execution.recovery import resolve_orders
from tomking.execution.rules import ExecutionRules
from tomking.ledger import Ledger
from tomking.settings import Settings


class Room:
    """An executor with everything around it; a second passes a turn."""

    def __init__(
        self, habits: Habits = CALM, *, max_legs: int = 4, replaces: bool = False, combo_market: bool = False
    ) -> None:
        self.market = FakeMarket(condor_quotes())
        self.venue = ChaoticBackend(
            self.market, habits, max_legs=max_legs, replaces=replaces, combo_market=combo_market
        )
        self.store = FaultyStore()
        self.now: datetime = NOON
        self.events: list[Event] = []
        self._runs = 0
        self.start()

    def start(self) -> None:
        """A new process: the journal is read, the broker is asked about every order."""
        self._runs += 1
        run = f"run{self._runs}"
        self.ledger = Ledger.opened(self.store, "tomking/live/test", run, self.now)
        self.executor = Executor(self.venue, self.ledger, self.market, ExecutionRules(), run)
        self.atomic = AtomicOrderExecutor(self.executor, lambda: not resolve_orders(self.executor), Settings().risk)
        self.ledger.listener = lambda record: self.events.append(record.event)

    def die(self) -> None:
        """The process is gone, and what was not flushed with it; another one starts."""
        self.venue.disconnect()
        self.store.lose_unflushed(Random(1))
        self.start()
        self.atomic.check_and_recover_incomplete_orders()

    def begin(self, **decided: object) -> OrderGroup:
        return self.executor.begin(created(**decided))  # type: ignore[arg-type]

    def turn(self, count: int = 1, until: Callable[[], bool] = lambda: False) -> None:
        for _ in range(count):
            self.executor.pump(self.now)
            if until():
                return
            self.now += seconds(1)
            self.ledger.now = self.now
            self.market.confirm(self.now)
            self.venue.tick(self.now)
            self.executor.pump(self.now)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if type(event) is kind]

"""The journal and the state it adds up to, written together: one `record` for everything that happens."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from operator import attrgetter
from typing import Any, get_type_hints

from tomking import codec
from tomking.errors import InvalidTransition
from tomking.events import (
    CancelRequested,
    DepthRefused,
    Event,
    GroupFinished,
    GroupWithdrawn,
    OrderSubmitted,
    Record,
    TradingState,
    record_of,
)
from tomking.execution.adoption import group_id_of
from tomking.execution.group import OrderGroup
from tomking.journal.journal import Journal, go_on
from tomking.journal.reading import read_newest
from tomking.journal.store import Store
from tomking.market.contract import Contract
from tomking.positions.book import PositionBook
from tomking.state import State, apply

_DECISIONS = frozenset({OrderSubmitted, CancelRequested, DepthRefused, GroupWithdrawn, GroupFinished})


class Ledger:
    """What the desk and the executor write to and read from.

    Attributes:
        state: the sum of all records; nothing but `record` changes it.
        journal: where they are kept.
        now: instant of the present step; every record carries it.
        poisoned: groups with a record that no longer fits, met while replaying: group id to what was wrong.
        dropped: what a crash tore off the journal, in words.
        listener: shown every new record, for logs and alerts; it must not raise.
    """

    def __init__(self, state: State, journal: Journal, now: datetime) -> None:
        self.state = state
        self.journal = journal
        self.now = now
        self.poisoned: dict[str, str] = {}
        self.dropped = ""
        self.listener: Callable[[Record], None] | None = None
        self._last_of_group: dict[str, int] = {}

    @classmethod
    def opened(cls, store: Store, prefix: str, run: str, now: datetime) -> Ledger:
        """The ledger as the journal tells it, ready to be continued.

        A record that no longer fits poisons its group and is passed over: one bad group does not stop the start.

        Raises:
            JournalCorrupt: a record that was durable is damaged or missing.
        """
        with _nothing_is_garbage():
            snapshot, reading = read_newest(store, prefix)
            state = State() if snapshot is None else codec.read(State, snapshot)
            poisoned: dict[str, str] = {}
            for record in reading:
                try:
                    apply(state, record)
                except InvalidTransition as error:
                    poisoned.setdefault(_told_by[type(record.event)](record.event), f"record {record.seq}: {error}")
        ledger = cls(state, go_on(store, prefix, run, reading), now)
        ledger.poisoned, ledger.dropped = poisoned, reading.dropped
        return ledger

    def record(self, event: Event) -> None:
        """Journal one fact and fold it into the state.

        Raises:
            InvalidTransition: it is impossible; neither journal nor state has changed.
        """
        kind, journal, last_of_group = type(event), self.journal, self._last_of_group
        group_id = _told_by[kind](event)
        because = last_of_group.get(group_id, 0) if kind in _DECISIONS else 0
        seq = journal.last_seq + 1
        record = record_of((seq, self.now, journal.run, because, event))
        apply(self.state, record)  # refuses before it changes anything, so a bad fact never reaches the journal
        journal.append(record)
        if group_id:
            last_of_group[group_id] = seq
        if self.listener is not None:
            self.listener(record)

    def barrier(self) -> None:
        """Return only when everything recorded would survive the death of the process.

        Raises:
            JournalUnwritable: it would not.
        """
        self.journal.barrier()

    # -- what the executor reads -------------------------------------------------------------------------------------

    @property
    def groups(self) -> Mapping[str, OrderGroup]:
        """Unfinished groups and those finished lately, by id."""
        return self.state.groups

    @property
    def open_groups(self) -> tuple[OrderGroup, ...]:
        """Unfinished groups, oldest first."""
        return self.state.open_groups

    @property
    def trading_state(self) -> TradingState:
        """The desk's permission to trade."""
        return self.state.trading_state

    @property
    def beside(self) -> Mapping[Contract, int]:
        """What the account is known to hold beside the desk's positions."""
        return self.state.beside

    @property
    def mismatch(self) -> str:
        """How book and broker differed when they were last compared; empty when they agreed."""
        return self.state.mismatch

    def trades(self, contract: Contract) -> bool:
        """The desk trades this contract or has traded it: a holding in it is not simply somebody else's."""
        state = self.state
        return any(contract in position.components for position in state.book.positions.values()) or any(
            contract in order.wanted for group in state.groups.values() for order in group.orders.values()
        )

    def group_of(self, order_id: str) -> OrderGroup | None:
        """The group an order belongs to."""
        return self.state.group_of(order_id)

    def is_retired(self, order_id: str) -> bool:
        """The order belonged to a group that ended long ago and was forgotten; its fills are in the book."""
        return order_id in self.state.retired_orders

    @property
    def book(self) -> PositionBook:
        """All positions."""
        return self.state.book


@contextmanager
def _nothing_is_garbage() -> Iterator[None]:
    """Spare the collector the search through all that is being read: a third of the time of a long replay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _teller(kind: type[Event]) -> Callable[[Any], str]:
    """How events of this kind name their group: themselves, or by the id of one of its orders."""
    names = get_type_hints(kind)
    if "group_id" in names:
        return attrgetter("group_id")
    return (lambda event: group_id_of(event.order_id)) if "order_id" in names else lambda _: ""


_told_by = {kind: _teller(kind) for kind in codec.EVENTS.values()}
"""By kind of event, what tells the group it is about; empty when it is about none."""

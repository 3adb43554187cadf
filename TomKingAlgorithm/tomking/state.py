"""What the desk knows: the sum of all records. `apply` is the only code that changes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import blake2s
from itertools import takewhile

from tomking import codec
from tomking.errors import InvalidTransition
from tomking.events import (
    CancelRequested,
    ContractSettled,
    DepthRefused,
    EquityMarked,
    GroupCreated,
    GroupFinished,
    GroupOutcome,
    GroupWithdrawn,
    HeldBeside,
    IntentDenied,
    LegFilled,
    MismatchFound,
    OperatorNote,
    OrderAccepted,
    OrderAdopted,
    OrderClosed,
    OrderNotFound,
    OrderReckoned,
    OrderRefusedByVenue,
    OrderSubmitted,
    OrderUnknown,
    PhaseChanged,
    PositionTakenOver,
    Record,
    RunStarted,
    TradingState,
    TradingStateChanged,
    VolatilityMarked,
)
from tomking.execution.adoption import group_id_of
from tomking.execution.group import OrderGroup
from tomking.execution.order import Order, OrderFact
from tomking.market.contract import Contract
from tomking.positions.book import PositionBook

KEPT_NOTES = 100
"""Operator notes kept for the dashboard; the journal has all of them."""

KEPT_VOLATILITIES = 252
"""A year of sessions: the rank of implied volatility is told by no more."""

FINISHED_GROUPS_KEPT_FOR = timedelta(days=3)
"""A finished group stays this long after its end so that a late fill still finds it; then the book remembers alone."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person should know, and when it was said."""

    at: datetime
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Account value at the end of a day; `flow` is what was deposited less withdrawn since the mark before."""

    day: date
    equity: Decimal
    flow: Decimal


@dataclass(frozen=True, slots=True)
class VolatilityMark:
    """Implied volatility at the money, a fraction a year, at the end of a day."""

    day: date
    value: Decimal


@dataclass(slots=True)
class State:
    """Everything that survives a restart.

    Attributes:
        seq: sequence number of the last record applied.
        at: its instant; None before the first.
        run: the process run that wrote last.
        settings_hash: which settings it runs with.
        trading_state: the desk's permission to trade, with its code and text.
        trading_since: when it last changed; None: never.
        resumed_from: equity from which the drawdown is measured since trading resumed; None: the high-water mark.
        phase: account-size stage; None before it was first told.
        groups: unfinished groups and those finished lately, by id.
        open_group_ids: ids of the unfinished ones, in order of creation.
        retired_orders: ids of the orders of groups that were forgotten: the broker may still list them, and they must
            not be taken for unknown ones.
        book: all positions.
        denials: last denial by ``strategy|underlying|code``.
        denial_counts: how often each code was recorded.
        outcome_counts: how many groups ended each way.
        marks: daily account values.
        volatilities: by underlying, implied volatilities at the money of the latest sessions, oldest first.
        high_water_mark: highest equity at a mark, moved along with deposits and withdrawals; None before the first.
        mismatch: difference between book and broker as last found; empty when there is none.
        beside: what the account holds beside the desk's positions, signed, by contract.
        notes: the latest notes to the operator.
    """

    seq: int = 0
    at: datetime | None = None
    run: str = ""
    settings_hash: str = ""
    trading_state: TradingState = TradingState.ACTIVE
    trading_code: str = ""
    trading_text: str = ""
    trading_since: datetime | None = None
    resumed_from: Decimal | None = None
    phase: int | None = None
    groups: dict[str, OrderGroup] = field(default_factory=dict)
    open_group_ids: list[str] = field(default_factory=list)
    retired_orders: set[str] = field(default_factory=set)
    book: PositionBook = field(default_factory=PositionBook)
    denials: dict[str, Note] = field(default_factory=dict)
    denial_counts: dict[str, int] = field(default_factory=dict)
    outcome_counts: dict[str, int] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    volatilities: dict[str, list[VolatilityMark]] = field(default_factory=dict)
    high_water_mark: Decimal | None = None
    mismatch: str = ""
    beside: dict[Contract, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    @property
    def open_groups(self) -> tuple[OrderGroup, ...]:
        """Unfinished groups, oldest first."""
        return tuple([self.groups[group_id] for group_id in self.open_group_ids])

    def group_of(self, order_id: str) -> OrderGroup | None:
        """The group an order belongs to, by its id."""
        group = self.groups.get(group_id_of(order_id))
        return group if group is not None and order_id in group.orders else None


def digest(state: State) -> str:
    """A short text equal for equal states and different for different ones."""
    text = json.dumps(json.loads(codec.write(state)), sort_keys=True, separators=(",", ":"))
    return blake2s(text.encode(), digest_size=16).hexdigest()


def apply(state: State, record: Record) -> None:
    """Fold one record into `state`.

    Raises:
        InvalidTransition: the event is impossible here; the state is as it was.
    """
    seq, at, run, _, event = record
    match event:
        case LegFilled():
            _fill(state, event, at)
        case OrderSubmitted():
            _group(state, event.group_id).fold_submission(event, at)
        case OrderAccepted():
            group, order = _order(state, event.order_id)
            order.fold_acceptance(event.venue_order_id, at)
            if order.is_working:
                _reopen(state, group)
        case GroupFinished():
            _finish(state, event, at)
        case GroupCreated():
            if event.group_id in state.groups:
                raise InvalidTransition(f"{event.group_id} would be created twice")
            state.groups[event.group_id] = OrderGroup(event, at)
            state.open_group_ids.append(event.group_id)
            state.book.group_created(event, at)
        case DepthRefused():
            _group(state, event.group_id).poor_quotes = event
        case OrderReckoned():
            group, order = _order(state, event.order_id)
            if group.is_whole(order.legs):
                state.book.reckoned(group.created, event.buying_power * group.quantity / order.quantity)
        case OrderClosed():
            _order(state, event.order_id)[1].fold_closing(event.reason, event.text, at)
        case OrderRefusedByVenue():
            order = _order(state, event.order_id)[1]
            order.fold(OrderFact.REFUSED, at, f"{event.code}: {event.text}")
            order.was_sent = event.was_sent
        case OrderUnknown():
            group, order = _order(state, event.order_id)
            order.fold(OrderFact.UNKNOWN, at, event.text)
            if order.is_working:
                _reopen(state, group)
        case OrderNotFound():
            _order(state, event.order_id)[1].fold(OrderFact.NOT_FOUND, at)
        case CancelRequested():
            _order(state, event.order_id)[1].fold(OrderFact.CANCEL_REQUESTED, at)
        case OrderAdopted():
            group = _group(state, event.group_id)
            group.fold_adoption(event, at)
            _reopen(state, group)
        case GroupWithdrawn():
            group = _group(state, event.group_id)
            group.withdrawn, group.withdrawn_at = event.text, at
        case ContractSettled():
            if event.settlement_id not in state.book.settlement_ids:
                state.book.settled(event, at)
        case TradingStateChanged():
            state.trading_state, state.trading_code, state.trading_text = event.state, event.code, event.text
            state.trading_since, state.resumed_from = at, event.mark
        case IntentDenied():
            state.denials[f"{event.strategy}|{event.underlying}|{event.code}"] = Note(at, event.code, event.text)
            _count(state.denial_counts, event.code)
        case PhaseChanged():
            state.phase = event.new
        case EquityMarked():
            _mark(state, event, at)
        case VolatilityMarked():
            _mark_volatility(state, event)
        case MismatchFound():
            state.mismatch = event.text
        case HeldBeside():
            _hold_beside(state, event.contract, event.quantity)
        case PositionTakenOver():
            if event.position_id in state.book.positions:
                raise InvalidTransition(f"{event.position_id} exists already")
            state.book.taken_over(event, at)
            for leg in event.legs:
                rest = state.beside.get(leg.contract, 0) - leg.ratio * event.quantity
                _hold_beside(state, leg.contract, rest)
        case OperatorNote():
            state.notes = [*state.notes[-KEPT_NOTES + 1 :], Note(at, event.code, event.text)]
        case RunStarted():
            state.settings_hash = event.settings_hash
        case _:
            raise InvalidTransition(f"nobody knows what {type(event).__name__} changes")
    state.seq, state.at, state.run = seq, at, run


def _hold_beside(state: State, contract: Contract, quantity: int) -> None:
    if quantity:
        state.beside[contract] = quantity
    else:
        state.beside.pop(contract, None)


def _group(state: State, group_id: str) -> OrderGroup:
    group = state.groups.get(group_id)
    if group is None:
        raise InvalidTransition(f"no group {group_id}")
    return group


def _order(state: State, order_id: str) -> tuple[OrderGroup, Order]:
    group = state.groups.get(group_id_of(order_id))
    order = group.orders.get(order_id) if group is not None else None
    if group is None or order is None:
        raise InvalidTransition(f"no order {order_id}")
    return group, order


def _fill(state: State, event: LegFilled, at: datetime) -> None:
    group = _group(state, group_id_of(event.order_id))
    was_finished = group.outcome is not None
    if not group.fold_fill(event, at):
        return
    if was_finished:
        _reopen(state, group)
    state.book.filled(group.created, event, at)


def _reopen(state: State, group: OrderGroup) -> None:
    """Bring a group back among the unfinished ones, at its old place."""
    group.reopen()
    if group.group_id not in state.open_group_ids:
        state.open_group_ids.append(group.group_id)
        state.open_group_ids.sort(key=lambda each: (state.groups[each].created_at, each))
        if not group.withdrawn:  # what came back late is balanced or undone, never continued
            group.withdrawn, group.withdrawn_at = "reopened after its end", state.at
        state.book.group_opened(group.created)


def _finish(state: State, event: GroupFinished, at: datetime) -> None:
    group = _group(state, event.group_id)
    if group.outcome is not None:
        raise InvalidTransition(f"{event.group_id} has ended already: {group.outcome.value}")
    if event.outcome is not GroupOutcome.STRANDED and group.working_orders:
        raise InvalidTransition(f"{event.group_id} cannot end while {group.working_orders[0].order_id} works")
    group.outcome, group.outcome_text, group.finished_at = event.outcome, event.text, at
    state.open_group_ids.remove(event.group_id)
    state.book.group_finished(group.created)
    _count(state.outcome_counts, event.outcome.value)


def _mark(state: State, event: EquityMarked, at: datetime) -> None:
    state.marks.append(Mark(event.day, event.equity, event.flow))
    before = state.high_water_mark
    state.high_water_mark = event.equity if before is None else max(before + event.flow, event.equity)
    oldest = at - FINISHED_GROUPS_KEPT_FOR
    too_old = [
        group_id
        for group_id, group in takewhile(lambda each: each[1].created_at < oldest, state.groups.items())
        if group.finished_at is not None
        and group.finished_at < oldest
        and group.outcome is not None
        and group.outcome is not GroupOutcome.STRANDED
    ]
    for group_id in too_old:
        state.retired_orders.update(state.groups.pop(group_id).orders)


def _mark_volatility(state: State, event: VolatilityMarked) -> None:
    """A session has one mark, its last."""
    known = [each for each in state.volatilities.get(event.underlying, ()) if each.day != event.day]
    state.volatilities[event.underlying] = [*known, VolatilityMark(event.day, event.value)][-KEPT_VOLATILITIES:]


def _count(counts: dict[str, int], key: str) -> None:
    counts[key] = counts.get(key, 0) + 1

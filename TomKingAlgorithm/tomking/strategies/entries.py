"""Which strategies wish to open now: schedule, window, and one trade a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from tomking.events import GroupOutcome, Purpose
from tomking.execution.group import OrderGroup
from tomking.market.calendar import is_first_wednesday, is_second_tuesday, session_date, to_new_york
from tomking.market.view import MarketView
from tomking.strategies.spec import Direction, Intent, Recurrence, Schedule, StrategySpec

_MAY_TRY_AGAIN = frozenset({GroupOutcome.CANCELED, GroupOutcome.DENIED})
"""Outcomes that held nothing; after any other the session is over for the strategy."""


class Ledger(Protocol):
    """What entries must know of the past; the desk's state is one."""

    @property
    def groups(self) -> Mapping[str, OrderGroup]:
        """Groups by id, at least those of the present session."""
        ...


def entries_due(specs: Sequence[StrategySpec], market: MarketView, ledger: Ledger, now: datetime) -> list[Intent]:
    """The wishes of this moment, in the order of `specs`; the validators decide which may live."""
    local = to_new_york(now)
    due = []
    for spec in specs:
        if not spec.is_enabled or not is_entry_time(spec.schedule, local.replace(tzinfo=None)):
            continue
        if not market.is_open(spec.underlying, now):
            continue
        if _may_enter(spec, ledger.groups.values(), local.date()):
            due.append(intent_for(spec, market, now))
    return due


def is_entry_time(schedule: Schedule, local: datetime) -> bool:
    """True inside the entry window of an entry day; `local` is New York time."""
    return is_entry_day(schedule, local.date()) and schedule.earliest <= local.time() <= schedule.latest


def is_entry_day(schedule: Schedule, day: date) -> bool:
    """True on the days the rule names; holidays are the market's matter."""
    match schedule.recurrence:
        case Recurrence.DAILY:
            return True
        case Recurrence.WEEKLY:
            return day.weekday() == schedule.weekday
        case Recurrence.SECOND_TUESDAY:
            return is_second_tuesday(day)
        case Recurrence.FIRST_WEDNESDAY:
            return is_first_wednesday(day)


def intent_for(spec: StrategySpec, market: MarketView, now: datetime) -> Intent:
    """The wish with the structure that today's move asks for."""
    if spec.move_fraction is None:
        return Intent(spec, spec.templates[Direction.FLAT], "scheduled", now)
    move = session_move(spec.underlying, market)
    if move is None:
        return Intent(spec, None, "scheduled; the move since the open is unknown", now)
    direction = direction_of(move, spec.move_fraction)
    return Intent(spec, spec.templates[direction], f"{move:+.2%} since the open", now)


def session_move(underlying: str, market: MarketView) -> Decimal | None:
    """Change since the session's open as a signed fraction; None while either price is missing."""
    spot, opened = market.spot(underlying), market.session_open(underlying)
    return None if spot is None or not opened else spot / opened - 1


def direction_of(move: Decimal, threshold: Decimal) -> Direction:
    """UP or DOWN beyond the threshold, FLAT up to and including it."""
    if move > threshold:
        return Direction.UP
    return Direction.DOWN if move < -threshold else Direction.FLAT


def _may_enter(spec: StrategySpec, groups: Iterable[OrderGroup], today: date) -> bool:
    """One trade a session, and no more attempts than allowed when the market would not trade."""
    outcomes = [
        group.outcome
        for group in groups
        if group.strategy == spec.name and group.purpose is Purpose.OPEN and session_date(group.created_at) == today
    ]
    return all(outcome in _MAY_TRY_AGAIN for outcome in outcomes) and len(outcomes) < spec.schedule.attempts

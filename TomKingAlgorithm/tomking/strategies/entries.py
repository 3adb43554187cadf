"""Which strategies wish to open now: schedule, window, one trade a session, and which trade today asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol

from tomking.events import GroupOutcome, Purpose
from tomking.execution.group import OrderGroup
from tomking.market.calendar import session_date, to_new_york, week_of_month
from tomking.market.daily import DailyBar, exponential_average
from tomking.market.view import MarketView
from tomking.strategies.intent import Intent
from tomking.strategies.spec import Recurrence, Schedule, StrategySpec
from tomking.strategies.target import (
    Always,
    ByMove,
    ByTrend,
    Direction,
    Rotating,
    Trend,
    TrendRule,
    Turn,
)

_MAY_TRY_AGAIN = frozenset({GroupOutcome.CANCELED, GroupOutcome.DENIED})
"""Outcomes that held nothing; after any other the session is over for the strategy."""

_BETWEEN_ATTEMPTS = timedelta(minutes=1)
"""Attempts in the same market would all end as the first one did."""


class Ledger(Protocol):
    """What entries must know of the past; the desk's state is one."""

    @property
    def groups(self) -> Mapping[str, OrderGroup]:
        """Groups by id, at least those of the present session."""
        ...


def entries_due(specs: Sequence[StrategySpec], market: MarketView, ledger: Ledger, now: datetime) -> list[Intent]:
    """The wishes of this moment, in the order of `specs`; the validators decide which may live."""
    local = to_new_york(now)
    day, at = local.date(), local.time()
    due = []
    for spec in specs:
        if not spec.is_enabled or not is_in_window(spec.schedule, at) or not is_entry_day(spec.schedule, day):
            continue
        if not market.is_open(spec.underlying, now):
            continue
        if _may_enter(spec, ledger.groups.values(), day, now):
            due.append(intent_for(spec, market, now))
    return due


def is_in_window(schedule: Schedule, at: time) -> bool:
    """Inside the window of its entries, both ends included; New York time."""
    return schedule.earliest <= at <= schedule.latest


def is_renewal_day(schedule: Schedule, day: date) -> bool:
    """True on the weekday of its entries, in every week: what is held is renewed then, when its chain is there."""
    return schedule.recurrence is Recurrence.DAILY or day.weekday() == schedule.weekday


def is_entry_day(schedule: Schedule, day: date) -> bool:
    """True on the days the rule names, whatever the account; holidays are the market's matter."""
    match schedule.recurrence:
        case Recurrence.DAILY:
            return True
        case Recurrence.WEEKLY:
            return day.weekday() == schedule.weekday
        case Recurrence.MONTHLY:
            return day.weekday() == schedule.weekday and equity_wanted(schedule, day) is not None


def equity_wanted(schedule: Schedule, day: date) -> Decimal | None:
    """The equity from which a monthly strategy enters in this week of the month; None: never in this week."""
    return dict(schedule.weeks).get(week_of_month(day))


def intent_for(spec: StrategySpec, market: MarketView, now: datetime) -> Intent:
    """The wish with the template today asks for."""
    match spec.choice:
        case Always(template):
            return Intent(spec, template, "scheduled", now)
        case Rotating(turn, templates):
            day = session_date(now)
            number = week_of_month(day) if turn is Turn.WEEK_OF_MONTH else day.month
            place = (number - 1) % len(templates)
            return Intent(spec, templates[place], f"scheduled, number {place + 1} of {len(templates)}", now)
        case ByMove(threshold, templates):
            move = session_move(spec.underlying, market)
            if move is None:
                return Intent(spec, None, "scheduled; the move since the open is unknown", now)
            return Intent(spec, templates[direction_of(move, threshold)], f"{move:+.2%} since the open", now)
        case ByTrend(rule, templates):
            trend = trend_of(market.spot(spec.underlying), market.daily(spec.underlying), rule)
            if trend is None:
                return Intent(spec, None, "scheduled; too few sessions are known to tell the trend", now)
            return Intent(spec, templates[trend], f"trend {trend.value.replace('_', ' ')}", now)


def session_move(underlying: str, market: MarketView) -> Decimal | None:
    """Change since the session's open as a signed fraction; None while either price is missing."""
    spot, opened = market.spot(underlying), market.session_open(underlying)
    return None if spot is None or not opened else spot / opened - 1


def direction_of(move: Decimal, threshold: Decimal) -> Direction:
    """UP or DOWN beyond the threshold, FLAT up to and including it."""
    if move > threshold:
        return Direction.UP
    return Direction.DOWN if move < -threshold else Direction.FLAT


def trend_of(spot: Decimal | None, daily: Sequence[DailyBar], rule: TrendRule) -> Trend | None:
    """The trend; None while the price or enough sessions are missing."""
    fast, slow = exponential_average(daily, rule.fast), exponential_average(daily, rule.slow)
    if spot is None or fast is None or slow is None:
        return None
    if spot > fast * (1 + rule.far_fraction):
        return Trend.FAR_ABOVE
    apart = fast / slow - 1
    if abs(apart) <= rule.flat_fraction:
        return Trend.FLAT
    return Trend.ABOVE if apart > 0 else Trend.BELOW


def _may_enter(spec: StrategySpec, groups: Iterable[OrderGroup], today: date, now: datetime) -> bool:
    """One trade a session and product; where the market would not trade, some more attempts, but not at once."""
    attempts = [
        group
        for group in groups
        if group.strategy == spec.name
        and group.purpose is Purpose.OPEN
        and group.legs[0].contract.underlying == spec.underlying
        and session_date(group.created_at) == today
    ]
    return len(attempts) < spec.schedule.attempts and all(
        group.outcome in _MAY_TRY_AGAIN and now - group.created_at >= _BETWEEN_ATTEMPTS for group in attempts
    )

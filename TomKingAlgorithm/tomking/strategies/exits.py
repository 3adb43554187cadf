"""When a position is closed: one decision a pass, in the order of `ExitReason`.

Rules that need a price do not decide on a stale mark; those that need the clock only always do. What is asked for is a
whole package: with a tight account LEAN refuses single closing legs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal

from tomking.events import ExitReason
from tomking.market.calendar import minutes_before, settles_at, to_new_york
from tomking.market.contract import Contract, Kind
from tomking.market.greeks import own_deltas, years_between
from tomking.market.view import MarketView
from tomking.positions.marks import Mark, mark
from tomking.positions.position import MultiLegPosition, PositionStatus
from tomking.strategies.spec import ExitIntent, ExitRules, StrategySpec


def exits_due(
    specs: Sequence[StrategySpec],
    positions: Iterable[MultiLegPosition],
    market: MarketView,
    now: datetime,
    emergency: str = "",
) -> list[ExitIntent]:
    """The positions to close now, at most one decision for each.

    A position that is being closed already is named again only when it has become urgent.

    Args:
        specs: all strategies, the disabled ones too.
        positions: open positions.
        market: the present market.
        now: the present instant.
        emergency: why everything must be closed; empty when it need not.
    """
    rules = {spec.name: spec.exits for spec in specs}
    found = []
    for position in positions:
        if position.status in (PositionStatus.BUILDING, PositionStatus.CLOSED):
            continue
        if position.strategy not in rules or not market.is_open(position.underlying, now):
            continue
        intent = exit_of(rules[position.strategy], position, market, now, emergency)
        if intent is not None and (intent.is_urgent or position.status is not PositionStatus.CLOSING):
            found.append(intent)
    return found


def exit_of(
    rules: ExitRules, position: MultiLegPosition, market: MarketView, now: datetime, emergency: str = ""
) -> ExitIntent | None:
    """The first rule that asks for this position to be closed."""
    if emergency:
        return ExitIntent(position.position_id, ExitReason.EMERGENCY, emergency, True)
    by_clock = _expiry_or_time(rules, position, market, now)
    if by_clock is not None:
        return by_clock
    worth = mark(position, market, now)
    return (
        _stop(rules, position, worth)
        or _days_left(rules, position, now)
        or _delta(rules, position, market, now)
        or _profit(rules, position, worth)
    )


def exit_times(rules: ExitRules, closes: time) -> tuple[time, time] | None:
    """When the patient and the hard exit begin on the expiry day, New York time; None: no time exit.

    The hard exit is never later than its distance before the close; on a half day both move by the same span.
    """
    if rules.time_at is None or rules.hard_at is None:
        return None
    latest = minutes_before(closes, rules.hard_before_close_minutes)
    if rules.hard_at <= latest:
        return rules.time_at, rules.hard_at
    day = date(2000, 1, 1)
    lead = datetime.combine(day, rules.hard_at) - datetime.combine(day, rules.time_at)
    return minutes_before(latest, int(lead.total_seconds() // 60)), latest


def short_delta(position: MultiLegPosition, market: MarketView, now: datetime) -> tuple[Contract, float] | None:
    """The held short option with the largest delta without its sign; None when none has a usable quote."""
    spot = market.spot(position.underlying)
    if spot is None:
        return None
    largest: tuple[Contract, float] | None = None
    for contract, quantity in position.held.items():
        quote = market.quote(contract)
        if quantity >= 0 or contract.kind is not Kind.OPTION or quote is None or not quote.is_two_sided:
            continue
        years = years_between(now, settles_at(contract))
        deltas, _ = own_deltas([contract], [quote], float(spot), years, market.rate())
        delta = abs(float(deltas[0]))
        if not math.isnan(delta) and (largest is None or delta > largest[1]):
            largest = (contract, delta)
    return largest


# -- the rules, one a function; each answers None when it does not ask -----------------------------------------------


def _expiry_or_time(
    rules: ExitRules, position: MultiLegPosition, market: MarketView, now: datetime
) -> ExitIntent | None:
    local = to_new_york(now)
    expiry = position.expiry
    if expiry is None or local.date() < expiry:
        return None
    if rules.days_to_expiry is not None:
        return ExitIntent(position.position_id, ExitReason.EXPIRY, f"expires today, {expiry}", True)
    session = market.session(position.underlying, expiry)
    times = None if session is None else exit_times(rules, session.closes)
    if times is None:
        return None
    patient, hard = times
    if local.time() >= hard:
        return ExitIntent(position.position_id, ExitReason.TIME, f"hard exit at {hard:%H:%M}", True)
    if local.time() >= patient:
        return ExitIntent(position.position_id, ExitReason.TIME, f"time exit at {patient:%H:%M}", False)
    return None


def _stop(rules: ExitRules, position: MultiLegPosition, worth: Mark) -> ExitIntent | None:
    fraction = _decisive(worth)
    if rules.stop_multiple is None or fraction is None or fraction > -rules.stop_multiple:
        return None
    text = f"loss of {-fraction:.2f} times the credit, the stop is {rules.stop_multiple}"
    return ExitIntent(position.position_id, ExitReason.STOP, text, True)


def _days_left(rules: ExitRules, position: MultiLegPosition, now: datetime) -> ExitIntent | None:
    if rules.days_to_expiry is None or position.expiry is None:
        return None
    left = (position.expiry - to_new_york(now).date()).days
    if left > rules.days_to_expiry:
        return None
    text = f"{left} days to expiry, the limit is {rules.days_to_expiry}"
    return ExitIntent(position.position_id, ExitReason.DTE, text, False)


def _delta(rules: ExitRules, position: MultiLegPosition, market: MarketView, now: datetime) -> ExitIntent | None:
    if rules.delta is None:
        return None
    tested = short_delta(position, market, now)
    if tested is None or tested[1] < rules.delta:
        return None
    text = f"{tested[0].text} has a delta of {tested[1]:.2f}, the limit is {rules.delta:.2f}"
    return ExitIntent(position.position_id, ExitReason.DELTA, text, False)


def _profit(rules: ExitRules, position: MultiLegPosition, worth: Mark) -> ExitIntent | None:
    fraction = _decisive(worth)
    if rules.profit_fraction is None or fraction is None or fraction < rules.profit_fraction:
        return None
    text = f"profit of {fraction:.0%} of the credit, the target is {rules.profit_fraction:.0%}"
    return ExitIntent(position.position_id, ExitReason.PROFIT, text, False)


def _decisive(worth: Mark) -> Decimal | None:
    """Profit over credit when the mark may decide something."""
    return None if worth.stale else worth.profit_fraction

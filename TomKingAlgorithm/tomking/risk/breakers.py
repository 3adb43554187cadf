"""What stops a strategy, or all of them, after losses: streaks, bad days, weeks and months (method 2.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import takewhile
from typing import Final

from tomking.risk.account import ClosedTrade, Periods
from tomking.risk.case import Case, Check
from tomking.risk.verdict import Denial
from tomking.settings.breakers import BreakerSettings

LEAST_LOSSES: Final = 3
"""Losses from which a rate of losses says something (method 2.8)."""


def losses_in_a_row(trades: tuple[ClosedTrade, ...]) -> int:
    """How many of the latest trades lost, one after the other."""
    return sum(1 for _ in takewhile(lambda trade: trade.profit < 0, reversed(trades)))


class LossStreak(Check):
    """The strategy has not just lost several times in a row, nor most of its latest trades."""

    code = "LOSS_STREAK"

    def check(self, case: Case) -> Denial | None:
        """Deny for some days after the last loss of a streak."""
        settings = case.settings.breakers
        trades = tuple(trade for trade in case.account.closed if trade.strategy == case.spec.name)
        if not trades or case.now - trades[-1].at >= timedelta(days=settings.pause_days):
            return None
        streak, limit = losses_in_a_row(trades), settings.losses_in_a_row[case.account.phase]
        if streak >= limit:
            return self.deny(f"{streak} losses in a row, {limit} pause {case.spec.name} for {settings.pause_days} days")
        window = trades[-settings.loss_rate_trades :]
        lost = sum(trade.profit < 0 for trade in window)
        if lost >= LEAST_LOSSES and lost > settings.loss_rate_fraction * len(window):
            return self.deny(f"{lost} of the last {len(window)} trades lost, that pauses {case.spec.name}")
        return None


@dataclass(frozen=True, slots=True)
class PeriodFall:
    """A loss of a period, as a share of its limit: 1 is the limit itself.

    Attributes:
        share: loss ÷ limit.
        fall: the loss, a fraction of the equity it is measured from.
        since: in words, from where on.
        limit: the fraction at which new trades stop.
    """

    share: Decimal
    fall: Decimal
    since: str
    limit: Decimal

    @property
    def text(self) -> str:
        """Loss and limit in words."""
        return f"{self.fall:.1%} below {self.since}, {self.limit:.1%}"


def worst_period(
    periods: Periods, day_high: Decimal | None, equity: Decimal, settings: BreakerSettings
) -> PeriodFall | None:
    """The period whose loss is nearest to its limit, or furthest beyond it; None while no beginning is known."""
    limits = (
        ("today's high", day_high, settings.intraday_loss_fraction),
        ("the start of the day", periods.day, settings.day_loss_fraction),
        ("the start of the week", periods.week, settings.week_loss_fraction),
        ("the start of the month", periods.month, settings.month_loss_fraction),
    )
    falls = [
        PeriodFall(fall / limit, fall, name, limit)
        for name, began, limit in limits
        if (fall := fall_from(began, equity)) is not None
    ]
    return max(falls, key=lambda each: each.share, default=None)


def flattening(periods: Periods, equity: Decimal, settings: BreakerSettings) -> str:
    """Why everything must be closed: the loss of a day, week or month is a multiple of its limit; empty when none is.

    The day's high is not asked: one bad quote would make it.
    """
    worst = worst_period(periods, None, equity, settings)
    if settings.flatten_multiple is None or worst is None or worst.share < settings.flatten_multiple:
        return ""
    return f"{worst.text} is the limit: everything is closed, a person must resume"


class PeriodLoss(Check):
    """The account has not lost its limit of the day, the week or the month, nor fallen far from today's high."""

    code = "PERIOD_LOSS"

    def check(self, case: Case) -> Denial | None:
        """Deny for the rest of the period."""
        account = case.account
        worst = worst_period(account.periods, account.day_high, account.equity, case.settings.breakers)
        if worst is None or worst.share < 1:
            return None
        return self.deny(f"{worst.text} stops new trades for the period")


class DayLoss(Check):
    """The account has not lost today what the strategy stops at."""

    code = "DAY_LOSS"

    def check(self, case: Case) -> Denial | None:
        """Deny for the rest of the day."""
        limit, fall = case.spec.conditions.day_loss_fraction, fall_from(case.account.periods.day, case.account.equity)
        if limit is None or fall is None or fall < limit:
            return None
        return self.deny(f"{fall:.1%} lost today, {case.spec.name} stops at {limit:.1%}")


def fall_from(began: Decimal | None, equity: Decimal) -> Decimal | None:
    """The fall as a fraction; None when the beginning is not known."""
    return None if began is None or began <= 0 else 1 - equity / began

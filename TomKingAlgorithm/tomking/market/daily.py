"""What completed sessions say: averages, ranges, trends. Bars come oldest first; the present session is not among them.

Each function answers None while it has too few bars: a figure from half a window is another figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class DailyBar:
    """One completed session of an underlying."""

    day: date
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def average_range(bars: Sequence[DailyBar], sessions: int) -> Decimal | None:
    """Mean true range of the last `sessions`, in points: the gap from the close before counts."""
    if len(bars) <= sessions:
        return None
    ranges = [
        max(bar.high, before.close) - min(bar.low, before.close) for before, bar in pairwise(bars[-sessions - 1 :])
    ]
    return sum(ranges, Decimal(0)) / sessions


def exponential_average(bars: Sequence[DailyBar], sessions: int) -> Decimal | None:
    """Exponential average of the closes, begun with the mean of the first `sessions` of them."""
    if len(bars) < sessions:
        return None
    closes = [bar.close for bar in bars]
    value = sum(closes[:sessions], Decimal(0)) / sessions
    weight = Decimal(2) / (sessions + 1)
    for close in closes[sessions:]:
        value += weight * (close - value)
    return value


def rank(value: Decimal, bars: Sequence[DailyBar], sessions: int) -> Decimal | None:
    """Where a value stands between the lowest and the highest close of the last `sessions`: 0 to 1 inside them."""
    return rank_among(value, [bar.close for bar in bars], sessions)


def rank_among(value: Decimal, past: Sequence[Decimal], sessions: int) -> Decimal | None:
    """The same among any values of completed sessions."""
    if len(past) < sessions:
        return None
    low, high = min(past[-sessions:]), max(past[-sessions:])
    return (value - low) / (high - low) if high > low else None


def price_range(bars: Sequence[DailyBar], sessions: int) -> tuple[Decimal, Decimal] | None:
    """Lowest low and highest high of the last `sessions`."""
    if len(bars) < sessions:
        return None
    window = bars[-sessions:]
    return min(bar.low for bar in window), max(bar.high for bar in window)

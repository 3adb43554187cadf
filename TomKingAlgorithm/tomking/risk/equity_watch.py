"""The account's value within the day: its high, and sudden falls. Kept in memory; a restart begins a new look."""

from __future__ import annotations

from collections import deque
from datetime import date, datetime, timedelta
from decimal import Decimal

from tomking.market.calendar import session_date
from tomking.settings.breakers import BreakerSettings


class EquityWatch:
    """Sees every equity the desk reads.

    Attributes:
        day_high: highest equity of the present day; None before the first.
    """

    def __init__(self, settings: BreakerSettings) -> None:
        self._settings = settings
        self._window = timedelta(minutes=settings.sudden_minutes)
        self._seen: deque[tuple[datetime, Decimal]] = deque()
        self._day: date | None = None
        self.day_high: Decimal | None = None

    def see(self, now: datetime, equity: Decimal, phase: int) -> str:
        """Take one reading; the words of a sudden fall, or nothing."""
        day = session_date(now)
        if day != self._day:
            self._day, self.day_high = day, None
            self._seen.clear()
        self.day_high = equity if self.day_high is None else max(self.day_high, equity)
        while self._seen and now - self._seen[0][0] > self._window:
            self._seen.popleft()
        # only what may still be the highest of the window is kept
        while self._seen and self._seen[-1][1] <= equity:
            self._seen.pop()
        self._seen.append((now, equity))
        highest = self._seen[0][1]
        fall = 1 - equity / highest if highest > 0 else Decimal(0)
        if fall < self._settings.sudden_fraction[phase]:
            return ""
        return f"{fall:.1%} lost within {self._settings.sudden_minutes} minutes"

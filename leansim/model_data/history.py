"""The real history under the model: daily S&P 500 bars, VIX and oil closes, a short interest rate, sessions."""

from __future__ import annotations

import bisect
import csv
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from leansim.errors import DataError

FULL_SESSION_MINUTES = 390
EARLY_SESSION_MINUTES = 210


class DailyBar(NamedTuple):
    """One day of the index; volume in shares of its members."""

    open: float
    high: float
    low: float
    close: float
    volume: int


@dataclass(frozen=True)
class History:
    """Daily series by date, loaded from the csv files of `data/history`.

    The model covers the days that have a bar and a VIX close, and whose previous session has a VIX close too.
    """

    bars: dict[date, DailyBar]
    vix: dict[date, float]
    rates: dict[date, float]
    oil: dict[date, float]

    @classmethod
    def load(cls, folder: Path) -> History:
        """Reads the four files.

        Raises:
            DataError: a file is missing or has a line that is not of its columns.
        """
        bars = {day: _bar(cells) for day, cells in _read(folder / "sp500_daily.csv", 6)}
        vix = {day: float(v[0]) for day, v in _read(folder / "vix_daily.csv", 2)}
        rates = {day: float(v[0]) / 100.0 for day, v in _read(folder / "risk_free.csv", 2)}
        oil = {day: float(v[0]) for day, v in _read(folder / "wti_daily.csv", 2)}
        return cls(bars, vix, rates, oil)

    @cached_property
    def sessions(self) -> list[date]:
        """Days with a bar, in order."""
        return sorted(self.bars)

    @cached_property
    def modelled(self) -> list[date]:
        """Days the model can make, in order."""
        days = [day for day in self.sessions if day in self.vix]
        return days[1:]

    @cached_property
    def modelled_set(self) -> frozenset[date]:
        """The same as a set."""
        return frozenset(self.modelled)

    def previous(self, day: date) -> date | None:
        """The last session before `day`."""
        index = bisect.bisect_left(self.sessions, day)
        return self.sessions[index - 1] if index else None

    def following(self, day: date) -> date | None:
        """The first session after `day`."""
        index = bisect.bisect_right(self.sessions, day)
        return self.sessions[index] if index < len(self.sessions) else None

    def rate(self, day: date) -> float:
        """Short rate in force on `day`, a fraction per year."""
        months = self._rate_dates
        return self.rates[months[max(0, bisect.bisect_right(months, day) - 1)]]

    @cached_property
    def _rate_dates(self) -> list[date]:
        return sorted(self.rates)

    def session_minutes(self, day: date) -> int:
        """Minutes from the opening to the close of the stock market: 390, or 210 on an early close."""
        return EARLY_SESSION_MINUTES if day in early_closes() else FULL_SESSION_MINUTES


@cache
def early_closes() -> frozenset[date]:
    """Days on which the New York stock exchange closed at 13:00."""
    from leansim.model_data.calendars import nyse

    return frozenset(day.date() for day in nyse().early_closes)


def _bar(cells: list[str]) -> DailyBar:
    first, high, low, last = map(float, cells[:4])
    return DailyBar(first, high, low, last, int(cells[4]))


def _read(path: Path, columns: int) -> list[tuple[date, list[str]]]:
    """Lines of a history file as date and the other columns."""
    try:
        with path.open(newline="") as file:
            lines = list(csv.reader(file))[1:]
    except FileNotFoundError:
        raise DataError(
            f"{path} is missing: the modelled data are built on it; restore data/history from the repository"
        ) from None
    for number, line in enumerate(lines, start=2):
        if len(line) != columns:
            raise DataError(f"{path}, line {number}: {len(line)} columns where {columns} belong")
    return [(date.fromisoformat(line[0]), line[1:]) for line in lines]

"""The risk-free rate: the primary credit rate LEAN ships, carried from change to change."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from pathlib import Path
from typing import Final

from leansim.errors import DataError

DEFAULT_RATE: Final = Decimal("0.01")
"""What LEAN uses when the file is missing."""


class InterestRates:
    """``alternative/interest-rate/usa/interest-rate.csv``. Before its first line the first rate holds."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @cached_property
    def _changes(self) -> tuple[list[date], list[Decimal]]:
        if self._path is None:
            return [], []
        days, rates = [], []
        for line in self._path.read_text(encoding="utf-8").splitlines()[1:]:
            if not line.strip():
                continue
            cells = line.split(",")
            try:
                days.append(date.fromisoformat(cells[0]))
                rates.append(Decimal(cells[1]) / 100)
            except (ValueError, IndexError, InvalidOperation) as error:
                raise DataError(f"{self._path}: the line {line!r} is not 'YYYY-MM-DD,percent'") from error
        return days, rates

    def rate(self, day: date) -> Decimal:
        """The rate on a day, as a fraction of one."""
        days, rates = self._changes
        if not days:
            return DEFAULT_RATE
        return rates[max(bisect_right(days, day) - 1, 0)]

"""Margin files of futures: what a contract ties up, from each change on."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, NamedTuple

from leansim.api.time_zones import local_date
from leansim.errors import DataError
from leansim.numbers import ZERO

_INTRADAY_PART: Final = Decimal("0.4")


class MarginRequirement(NamedTuple):
    """Money a contract, from ``since`` on."""

    since: date
    initial_overnight: Decimal
    maintenance_overnight: Decimal
    initial_intraday: Decimal
    maintenance_intraday: Decimal


NO_MARGIN: Final = MarginRequirement(date(1, 1, 1), ZERO, ZERO, ZERO, ZERO)


class MarginHistory:
    """The margins of one future; without a file all are 0, as in LEAN."""

    def __init__(self, rows: list[MarginRequirement]) -> None:
        self.rows = sorted(rows)
        self._dates = [row.since for row in self.rows]

    def on(self, day: date) -> MarginRequirement:
        """The margins on a day; before the first line, that of the first line."""
        if not self.rows:
            return NO_MARGIN
        return self.rows[max(bisect_right(self._dates, day) - 1, 0)]


def read_margins(path: Path | None) -> MarginHistory:
    """The history in a margin file; DataError for a line that is none."""
    if path is None:
        return MarginHistory([])
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line[:1].isdigit():
            continue
        cells = line.split(",")
        try:
            initial, maintenance = Decimal(cells[1]), Decimal(cells[2])
            rows.append(
                MarginRequirement(
                    local_date(cells[0]).date(),
                    initial,
                    maintenance,
                    Decimal(cells[3]) if len(cells) > 3 else initial * _INTRADAY_PART,
                    Decimal(cells[4]) if len(cells) > 4 else maintenance * _INTRADAY_PART,
                )
            )
        except (ValueError, IndexError, InvalidOperation) as error:
            raise DataError(f"{path}: the line {line!r} is not 'YYYYMMDD,initial,maintenance[,…]'") from error
    return MarginHistory(rows)

"""LEAN's daily files of coarse data of all equities: what universes of fundamentals select from."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from leansim.errors import DataError

if TYPE_CHECKING:
    from leansim.lean_data.folder import DataFolder

_CELLS = 8


@dataclass(frozen=True)
class CoarseRow:
    """One equity of a day; ``identity`` is its identifier's text."""

    identity: str
    ticker: str
    close: float
    volume: float
    dollar_volume: float
    has_fundamentals: bool
    price_factor: float
    split_factor: float


def read_coarse(folder: DataFolder, day: date) -> list[CoarseRow]:
    """The rows of a day; none without a file."""
    path = folder.path(f"equity/usa/fundamental/coarse/{day:%Y%m%d}.csv")
    if path is None:
        return []
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        for cells in csv.reader(file):
            if len(cells) < _CELLS:
                raise DataError(f"{path}: the line {','.join(cells)!r} is not in LEAN's coarse format")
            close, volume, money, price_factor, split_factor = (float(cells[at]) for at in (2, 3, 4, 6, 7))
            reports = cells[5].strip() == "True"
            rows.append(CoarseRow(cells[0], cells[1], close, volume, money, reports, price_factor, split_factor))
    return rows

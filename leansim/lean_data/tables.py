"""The lines of a zip as columns, before they are bars of anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from leansim.api.time_zones import FloatArray, Int64Array

_Before = TypeVar("_Before")
_After = TypeVar("_After")

MISSING: Final = -(2**63)
"""What stands for an empty cell in a column of decimals."""


@dataclass(frozen=True, slots=True, eq=False)
class Decimals:
    """A column of decimals as they are written.

    Attributes:
        whole: the numbers without their points, fewer than sixteen digits; :data:`MISSING` where a cell is empty.
        scale: what they are divided by.

    """

    whole: Int64Array
    scale: int

    def __getitem__(self, rows: npt.NDArray[Any] | slice) -> Decimals:
        return Decimals(self.whole[rows], self.scale)

    def floats(self) -> FloatArray:
        """The nearest floats; NaN where a cell is empty."""
        # exactly rounded: both are held exactly, and a division rounds once
        values: FloatArray = self.whole / self.scale
        values[self.whole == MISSING] = np.nan
        return values


Column = FloatArray | Decimals


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of all entries, one after the other.

    Attributes:
        entries: the entries' names, as chosen by the reader.
        offsets: where each entry's lines begin, and the end.
        clock: first column in ns on the data clock: since midnight in minute files, since 1970 in hour and daily files.
        values: the other columns; an empty cell is NaN. Equal ones may be one object: none is to be written to.

    """

    entries: list[str]
    offsets: Int64Array
    clock: Int64Array
    values: list[Column]

    def floats(self) -> list[FloatArray]:
        """The other columns as floats."""
        return each_once(self.values, as_floats)


def as_floats(column: Column) -> FloatArray:
    """A column as floats; NaN where a cell is empty."""
    return column.floats() if isinstance(column, Decimals) else column


def missing(column: Column) -> npt.NDArray[np.bool_]:
    """Which cells of a column are empty."""
    return column.whole == MISSING if isinstance(column, Decimals) else np.isnan(column)


def divided(column: Column, by: int) -> Column:
    """A column divided by a power of ten."""
    if isinstance(column, Decimals) and column.scale == 1:
        return Decimals(column.whole, by)
    # fractions are rounded as they are read, and once more as they are divided
    return as_floats(column) / by


def each_once(columns: Iterable[_Before], change: Callable[[_Before], _After]) -> list[_After]:
    """Columns changed alike; those that are one object, as in flat bars, stay one."""
    changed: dict[int, _After] = {}
    found = []
    for column in columns:
        if id(column) not in changed:
            changed[id(column)] = change(column)
        found.append(changed[id(column)])
    return found

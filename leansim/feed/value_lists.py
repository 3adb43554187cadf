"""A field of all members of a tape as lists of floats: what contracts of a chain are made of, instant after instant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from leansim.feed.tape import Tape

# how many instants, and how many values, are read together at most
_MOST: Final = 32
_MOST_VALUES: Final = 16_384


class ValueLists:
    """One list per instant; several together, which costs a third, once they are asked for one after the other."""

    __slots__ = ("_field", "_first", "_last", "_lists")

    def __init__(self, field: str) -> None:
        self._field = field
        self._first = 0
        self._last = -1
        self._lists: list[list[float]] = []

    def at(self, tape: Tape, step: int) -> list[float]:
        """The values at a step of the tape these lists are of; 0 where a member has none or emits nothing."""
        if not self._first <= step < self._first + len(self._lists):
            size = 1
            if self._lists and step == self._last + 1:
                size = min(2 * len(self._lists), _MOST, max(_MOST_VALUES // len(tape.symbols), 1))
            self._lists = self._read(tape, slice(step, step + size)).tolist()
            self._first = step
        self._last = step
        return self._lists[step - self._first]

    def _read(self, tape: Tape, steps: slice) -> npt.NDArray[np.float64]:
        rows, shown = tape.rows[steps], tape.emits[steps]
        if self._field == "volume":
            # LEAN fills prices forward, not volumes
            shown = shown & (tape.end[rows] == tape.grid[steps, None])
        values = tape.columns.take(self._field, rows.ravel()).reshape(rows.shape)
        return np.where(shown & (values == values), values, 0.0)

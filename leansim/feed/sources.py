"""Where streams get their rows: blocks of a data folder, cut into days, ended and adjusted as LEAN does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leansim.api.enums import Resolution, TickType
from leansim.api.symbols import Symbol
from leansim.feed.sessions import Sessions
from leansim.lean_data.blocks import Block, Clock
from leansim.lean_data.paths import is_whole_history
from leansim.lean_data.ticks import MARKS

if TYPE_CHECKING:
    from leansim.lean_data.folder import DataFolder

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

_SIZES = frozenset({"volume", "bid_size", "ask_size", "value"})


@dataclass(frozen=True)
class Rows:
    """A day's bars: rows of one symbol together and in time order; ``symbol`` is a position in ``symbols``.

    ``clock``: the instants in ``end``, where they are known.
    """

    symbols: list[Symbol]
    symbol: Int64s
    end: Int64s
    period: Int64s
    columns: Mapping[str, Floats]
    clock: Clock | None = None


class BlockSource:
    """The rows of a root, or of one security.

    ``representative`` names the files (the canonical symbol, or the security); ``scale`` is what the prices of a day
    are multiplied with; ``strict`` ends daily bars at the session's close.
    """

    def __init__(
        self,
        folder: DataFolder,
        representative: Symbol,
        sessions: Sessions,
        resolution: Resolution,
        tick_type: TickType,
        *,
        strict: bool,
        scale: Callable[[date], float] | None = None,
    ) -> None:
        self._folder = folder
        self._representative = representative
        self._sessions = sessions
        self._resolution = resolution
        self._tick_type = tick_type
        self._strict = strict
        self._scale = scale
        self._held: tuple[object, Rows | None] | None = None

    def read(self, day: date) -> Rows | None:
        """The rows of all contracts on a day of the data clock; ``None`` when there are none."""
        if is_whole_history(self._resolution):
            rows = self._history(day)
            return None if rows is None else self._scaled(self._of_day(rows, day), day)
        if self._held is None or self._held[0] != day:
            block = self._block(day)
            self._held = (day, None if block is None else self._scaled(_rows(block), day))
        return self._held[1]

    def _block(self, day: date) -> Block | None:
        return self._folder.read_file(self._representative, day, self._resolution, self._tick_type)

    def _history(self, day: date) -> Rows | None:
        """The whole file of hour or daily bars; options have a file a year, a renamed equity one a ticker."""
        key = (day.year, self._folder.named_on(self._representative, day).value)
        if self._held is None or self._held[0] != key:
            block = self._block(day)
            rows = None if block is None else _rows(block)
            if rows is not None and self._strict and self._resolution == Resolution.DAILY:
                rows = self._ended_at_close(rows)
            self._held = (key, rows)
        return self._held[1]

    def _ended_at_close(self, rows: Rows) -> Rows:
        """Daily bars from the day's regular open to its close, as LEAN's precise daily times have it."""
        starts, where = np.unique(rows.end - rows.period, return_inverse=True)
        end, period = np.empty_like(starts), np.empty_like(starts)
        for i, start in enumerate(starts.tolist()):
            session = self._sessions.hours._session(self._sessions.date_of(start))
            end[i], period[i] = (session[1], session[1] - session[0]) if session is not None else (0, 0)
        open_ = end[where] > 0
        kept = {name: values[open_] for name, values in rows.columns.items()}
        return Rows(rows.symbols, rows.symbol[open_], end[where][open_], period[where][open_], kept)

    def _of_day(self, rows: Rows, day: date) -> Rows:
        begin, end = self._sessions.window(day)
        keep = (rows.end > begin) & (rows.end <= end)
        columns = {name: values[keep] for name, values in rows.columns.items()}
        return Rows(rows.symbols, rows.symbol[keep], rows.end[keep], rows.period[keep], columns)

    def _scaled(self, rows: Rows, day: date) -> Rows:
        if self._scale is None:
            return rows
        scale = self._scale(day)
        if scale == 1.0:
            return rows
        # LEAN multiplies prices exactly and divides sizes by the same factor, to whole numbers.
        columns = {name: _adjusted(name, values, scale) for name, values in rows.columns.items()}
        return Rows(rows.symbols, rows.symbol, rows.end, rows.period, columns, rows.clock)


def _adjusted(name: str, values: Floats, scale: float) -> Floats:
    if name in MARKS:
        return values
    return np.round(values / scale) if name in _SIZES else np.round(values * scale, 12)


def _rows(block: Block) -> Rows:
    symbol = np.repeat(np.arange(len(block.contracts)), np.diff(block.offsets))
    period = np.broadcast_to(np.int64(block.period), len(block.time))
    return Rows(list(block.contracts), symbol, block.time, period, block.columns, block.clock)

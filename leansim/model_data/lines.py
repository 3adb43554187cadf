"""What a modelled zip holds, as columns: the lines of entries that share their clock, and the archive they make up.

An archive becomes the text of LEAN's files, for people and for LEAN, or the table leansim would read from that text. Of
both the numbers are the same by construction: a number in the table is what its text says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leansim.api.time_zones import NS_PER_MINUTE
from leansim.lean_data.tables import Table
from leansim.model_data.number_text import Cells, tick_lines, tick_values
from leansim.model_data.writer import csv_lines, split_lines

Floats = NDArray[np.float64]
Minutes = NDArray[np.int64]

_EPOCH = datetime(1970, 1, 1)
_MS_PER_MINUTE = 60_000
_MINUTES_OF_DAY = 24 * 60


class Lines(Protocol):
    """Lines of several entries of one zip, the same number of each."""

    @property
    def names(self) -> Sequence[str]:
        """Of the entries."""

    @property
    def clock(self) -> Minutes:
        """When the bars start: minutes of the day, in dated files since 1970, on the file's clock."""

    def texts(self, clock: Sequence[str]) -> Iterator[bytes]:
        """The text of each entry; `clock` is that of the first column."""

    def values(self) -> list[Floats]:
        """The columns after the clock, entries by lines; an empty cell is NaN."""


@dataclass(frozen=True)
class TickLines:
    """Lines of small whole numbers: prices in ticks, sizes.

    Attributes:
        names: of the entries.
        clock: as of all `Lines`.
        cells: of each column, entries by lines.
    """

    names: Sequence[str]
    clock: Minutes
    cells: Sequence[Cells]

    def texts(self, clock: Sequence[str]) -> Iterator[bytes]:
        """The text of each entry."""
        return tick_lines(clock, self.cells)

    def values(self) -> list[Floats]:
        """The columns after the clock."""
        return tick_values(self.cells)


@dataclass(frozen=True)
class NumberLines:
    """Lines of any numbers.

    Attributes:
        names: of the entries.
        clock: as of all `Lines`.
        columns: entries by lines; floats have no more than `decimals`, whole numbers none.
        decimals: of floats in the file.
    """

    names: Sequence[str]
    clock: Minutes
    columns: Sequence[NDArray[np.float64] | NDArray[np.int64]]
    decimals: int = 0

    def texts(self, clock: Sequence[str]) -> Iterator[bytes]:
        """The text of each entry."""
        import polars as pl  # late: a run that needs no text need not load it

        count = len(self.names)
        frame = pl.DataFrame(
            {"clock": list(clock) * count, **{str(at): column.ravel() for at, column in enumerate(self.columns)}}
        )
        return split_lines(csv_lines(frame, self.decimals), [len(clock)] * count)

    def values(self) -> list[Floats]:
        """The columns after the clock."""
        return [column.astype(np.float64, copy=False) for column in self.columns]


@dataclass(frozen=True)
class Archive:
    """What a zip holds.

    Attributes:
        dated: it is a file of hours or days: entries go on from one of the `lines` to the next.
        lines: of all entries, rising in time.
    """

    dated: bool
    lines: Iterable[Lines]

    def entries(self) -> Iterator[tuple[str, bytes]]:
        """Names and texts: those of dated archives in the order of their names, of others in that of the lines."""
        if not self.dated:
            for lines in self.lines:
                clock = [str(minute * _MS_PER_MINUTE) for minute in lines.clock.tolist()]
                yield from zip(lines.names, lines.texts(clock), strict=True)
            return
        found: dict[str, list[bytes]] = {}
        for lines in self.lines:
            clock = [f"{_EPOCH + timedelta(minutes=minute):%Y%m%d %H:%M}" for minute in lines.clock.tolist()]
            for name, text in zip(lines.names, lines.texts(clock), strict=True):
                found.setdefault(name, []).append(text)
        for name in sorted(found):
            yield name, b"".join(found[name])

    def table(self, columns: int) -> Table:
        """What a reader makes of the zip, in the same order.

        Args:
            columns: after the clock.
        """
        parts = list(self.lines)
        names = [name for lines in parts for name in lines.names]
        entries = sorted(set(names)) if self.dated else names
        place = {name: at for at, name in enumerate(entries)}
        lengths = np.repeat([len(lines.clock) for lines in parts], [len(lines.names) for lines in parts])
        entry = np.repeat(np.array([place[name] for name in names], np.int64), lengths)
        clock = np.concatenate([np.zeros(0, np.int64), *(np.tile(lines.clock, len(lines.names)) for lines in parts)])
        every = zip(*(lines.values() for lines in parts), strict=True)
        values = [np.concatenate([column.ravel() for column in column_of]) for column_of in every]
        values = values or [np.zeros(0)] * columns
        if (entry[1:] < entry[:-1]).any():
            order = np.argsort(entry, kind="stable")
            clock, values = clock[order], [column[order] for column in values]
        offsets = np.concatenate([[0], np.cumsum(np.bincount(entry, minlength=len(entries)))])
        return Table(entries, offsets, clock * NS_PER_MINUTE, values)


def minute_of(day: date) -> int:
    """Midnight of a day in minutes since 1970."""
    return (datetime(day.year, day.month, day.day) - _EPOCH).days * _MINUTES_OF_DAY

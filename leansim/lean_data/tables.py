"""The lines of a zip as columns, before they are bars of anything."""

from __future__ import annotations

from dataclasses import dataclass

from leansim.api.time_zones import FloatArray, Int64Array


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of all entries, one after the other.

    Attributes:
        entries: the entries' names, as chosen by the reader.
        offsets: where each entry's lines begin, and the end.
        clock: first column in ns on the data clock: since midnight in minute files, since 1970 in hour and daily files.
        values: the other columns; an empty cell is NaN. Equal ones may be one array: none is to be written to.

    """

    entries: list[str]
    offsets: Int64Array
    clock: Int64Array
    values: list[FloatArray]

"""Lines of text as columns of numbers.

A compiled function reads plain decimals. Where something else stands in a file (an exponent, a quotation mark, more
digits than a float holds exactly, or a mistake), it is read again cell by cell, and it is told what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

import numpy as np

from leansim.api.time_zones import NS_PER_MINUTE, NS_PER_MS, Int64Array
from leansim.lean_data.line_parser import DONE, FULL, MOST_DIGITS, ODD, Places, parse
from leansim.lean_data.tables import MISSING, Column, Decimals

# no line of a file is shorter in the mean, but for those of quotes without a side: the table grows for them
_BYTES_OF_A_CELL: Final = 3
_FIRST_YEAR: Final = 1678
_LAST_YEAR: Final = 2261
"""The years of which every instant is a number of nanoseconds."""

_NUMBER: Final = re.compile(
    r'[ \t]*("?)([+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf(inity)?|nan))?\1\r?', re.ASCII | re.IGNORECASE
)
_MINUTE: Final = re.compile(r'[ \t]*("?)(\d{8})[ \t]+(\d\d?):(\d\d?)\1\r?', re.ASCII)
_MARK: Final = "\ufeff"


class Lines(NamedTuple):
    """What texts hold: where each one's lines begin, and the end; the clock in ns; the other columns."""

    offsets: Int64Array
    clock: Int64Array
    values: list[Column]


def read_lines(texts: Callable[[], Iterable[tuple[str, bytes]]], size: int, columns: int, *, dated: bool) -> Lines:
    """The lines of texts.

    Args:
        texts: of each its name and what it holds; called again when that is not plain.
        size: of all texts together.
        columns: how many follow the clock.
        dated: the clock is ``YYYYMMDD HH:mm`` rather than milliseconds since midnight.

    Raises:
        ValueError: with what is wrong in which line.

    """
    plain = _plain(texts(), size, columns, dated)
    return _cell_by_cell(texts(), columns, dated) if plain is None else plain


def _plain(texts: Iterable[tuple[str, bytes]], size: int, columns: int, dated: bool) -> Lines | None:
    """Lines of nothing but plain decimals; ``None`` where there is something else."""
    table = np.empty((columns + 1, size // (_BYTES_OF_A_CELL * (columns + 1)) + 1), dtype=np.int64)
    at, places = np.zeros(3, dtype=np.uint64), np.zeros(columns + 1, dtype=np.uint64)
    ends = [0]
    # where nothing is compiled (NUMBA_DISABLE_JIT), digits that are too many would warn
    with np.errstate(over="ignore"):
        for _, text in texts:
            while (state := parse(np.frombuffer(text, dtype=np.uint8), at, table, places, dated)) != DONE:
                if state == FULL:
                    table = np.concatenate([table, np.empty_like(table)], axis=1)
                elif state == ODD or not _refined(table, places, at):
                    return None
            ends.append(int(at[0]))
    clock = _instants(table[0, : ends[-1]]) if dated else table[0, : ends[-1]]
    if clock is None:
        return None
    return Lines(np.array(ends, dtype=np.int64), clock, list(_columns(table[1:, : ends[-1]], places[1:])))


def _refined(table: Int64Array, places: Places, at: Places) -> bool:
    """Whether a column could be given the decimals a number of it has."""
    row, column, decimals = (int(number) for number in at)
    numbers = table[column, :row]
    known = numbers[numbers != MISSING]
    factor = 10 ** (decimals - int(places[column]))
    if len(known) and int(np.abs(known).max()) * factor >= 10**MOST_DIGITS:
        return False
    numbers[numbers != MISSING] *= factor
    places[column] = decimals
    return True


def _columns(table: Int64Array, places: Places) -> Iterator[Column]:
    """The columns of a table; one that is equal to the one before it, as in flat bars, is the same."""
    before: Decimals | None = None
    for numbers, decimals in zip(table, places.tolist(), strict=True):
        scale = 10**decimals
        if before is None or before.scale != scale or not np.array_equal(before.whole, numbers):
            before = Decimals(numbers, scale)
        yield before


def _instants(digits: Int64Array) -> Int64Array | None:
    """What dates of twelve digits are in ns since 1970; ``None`` when one is no date."""
    days, minutes = digits // 10_000, digits % 10_000
    years, months = days // 10_000, (days // 100 % 100) - 1
    since = (years - 1970) * 12 + months
    midnights = since.astype("M8[M]").astype("M8[D]") + (days % 100 - 1)
    right = (years >= _FIRST_YEAR) & (years <= _LAST_YEAR) & (months >= 0) & (months < 12)
    right &= (midnights.astype("M8[M]").astype(np.int64) == since) & (minutes < 24 * 100) & (minutes % 100 < 60)
    if not right.all():
        return None
    instants: Int64Array = midnights.astype("M8[ns]").astype(np.int64)
    return instants + (minutes // 100 * 60 + minutes % 100) * NS_PER_MINUTE


def _cell_by_cell(texts: Iterable[tuple[str, bytes]], columns: int, dated: bool) -> Lines:
    """Lines of any numbers there are, one after the other."""
    clock: list[int] = []
    values: list[list[float]] = [[] for _ in range(columns)]
    ends = [0]
    for name, text in texts:
        body = text.rstrip(b"\r\n").decode("utf-8", "replace").removeprefix(_MARK)
        for number, line in enumerate(body.split("\n") if body else (), 1):
            cells = line.split(",")
            try:
                clock.append(_minute(cells[0]) if dated else _nanoseconds(cells[0]))
                if len(clock) == 1 and len(cells) <= columns:
                    raise ValueError("the first line ends early")
                found = [_number(cell) for cell in cells[1 : columns + 1]]
            except ValueError as error:
                raise ValueError(
                    f"line {number} of {name} does not have LEAN's {columns + 1} columns of numbers: {error}"
                ) from error
            for column, value in zip(values, found + [np.nan] * (columns - len(found)), strict=True):
                column.append(value)
        ends.append(len(clock))
    arrays = [np.array(column, dtype=np.float64) for column in values]
    return Lines(np.array(ends, dtype=np.int64), np.array(clock, dtype=np.int64), list(arrays))


def _number(cell: str) -> float:
    found = _NUMBER.fullmatch(cell)
    if found is None:
        raise ValueError(f"{cell!r} is no number")
    # decimals have no negative zero
    return float(found[2] or "nan") + 0.0


def _nanoseconds(cell: str) -> int:
    milliseconds = _number(cell)
    if np.isnan(milliseconds):
        raise ValueError("it is blank or has no time")
    nanoseconds = np.rint(milliseconds * NS_PER_MS)
    if not -(2.0**63) <= nanoseconds < 2.0**63:
        raise ValueError(f"{cell!r} is no time")
    return int(nanoseconds)


def _minute(cell: str) -> int:
    if not cell.strip('" \t\r'):
        raise ValueError("it is blank or has no time")
    found = _MINUTE.fullmatch(cell)
    if found is not None:
        day, hour, minute = (int(digits) for digits in found.groups()[1:])
        instants = _instants(np.array([day * 10_000 + hour * 100 + minute]))
        if instants is not None:
            return int(instants[0])
    raise ValueError(f"the time in the first column cannot be read: {cell!r} is none")

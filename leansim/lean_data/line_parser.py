"""The numbers in lines of text, read by a compiled function.

Imported when the first zip is read. It is compiled once an installation (about a second) and kept beside this file, or
in the user's cache folder when nothing can be written there; later runs load it as quickly as they load pandas.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from leansim.api.time_zones import NS_PER_MS, Int64Array
from leansim.lean_data.tables import MISSING

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.uint64]
Parse = Callable[[Bytes, Places, Int64Array, Places, bool], int]
_Function = TypeVar("_Function", bound=Callable[..., object])

MOST_DIGITS: Final = 15
"""So many digits make a whole number that a float holds exactly."""

DONE: Final = 0
FULL: Final = 1
FINER: Final = 2
ODD: Final = 3

# a clock in milliseconds is read in nanoseconds
_PLACES_OF_CLOCK: Final = np.uint64(6)
_DIGITS_OF_CLOCK: Final = np.uint64(9)
# indexes are unsigned: of a signed one it would be asked at every byte whether it counts from the end
_NONE: Final = np.uint64(0)
_ONE: Final = np.uint64(1)
_MOST: Final = np.uint64(MOST_DIGITS)
_ZERO: Final = np.uint8(ord("0"))
_NINE: Final = np.uint8(9)
_COMMA: Final = np.uint8(ord(","))
_NEWLINE: Final = np.uint8(ord("\n"))
_RETURN: Final = np.uint8(ord("\r"))
_POINT: Final = np.uint8(ord("."))
_MINUS: Final = np.uint8(ord("-"))
_SPACE: Final = np.uint8(ord(" "))
_COLON: Final = np.uint8(ord(":"))
_NO_NUMBER: Final = np.int64(MISSING + 1)
_EMPTY: Final = np.int64(MISSING)

_TEXT: Final = numba.types.Array(numba.uint8, 1, "C", readonly=True)
_SIGNATURE: Final = numba.int64(_TEXT, numba.uint64[::1], numba.int64[:, ::1], numba.uint64[::1], numba.boolean)


def _part(function: _Function) -> _Function:
    """A function that the compiled one calls; it is compiled with it."""
    return cast(_Function, numba.njit(function))


@_part
def _digits(text: Bytes, at: np.uint64, end: np.uint64, value: np.int64) -> tuple[np.int64, np.uint64]:
    """A number followed by the digits that begin there, and where they end."""
    while True:
        if at >= end:
            return value, at
        digit = np.uint8(text[at] - _ZERO)
        if digit > _NINE:
            return value, at
        value = value * 10 + digit
        at += _ONE


@_part
def _decimal(text: Bytes, at: np.uint64, end: np.uint64, places: np.uint64) -> tuple[np.int64, np.uint64, np.uint64]:
    """Any cell: its number times ten to the ``places``, where it ends, and how many decimals it has."""
    negative = at < end and text[at] == _MINUS
    if negative:
        at += _ONE
    start = at
    value, at = _digits(text, at, end, np.int64(0))
    digits = at - start
    decimals = _NONE
    if at < end and text[at] == _POINT:
        start = at + _ONE
        value, at = _digits(text, start, end, value)
        decimals = at - start
        if digits == _NONE or decimals == _NONE:
            return _NO_NUMBER, at, decimals
    after = text[at] if at < end else _NEWLINE
    if after == _RETURN and at + _ONE < end and text[at + _ONE] == _NEWLINE:
        after = _NEWLINE
    if after != _COMMA and after != _NEWLINE:
        return _NO_NUMBER, at, decimals
    if digits == _NONE:
        return (_NO_NUMBER if negative else _EMPTY), at, decimals
    if digits + max(places, decimals) > _MOST:
        return _NO_NUMBER, at, decimals
    for _ in range(decimals, places):
        value *= 10
    return (-value if negative else value), at, decimals


@_part
def _minute(text: Bytes, at: np.uint64, end: np.uint64) -> tuple[np.int64, np.uint64]:
    """``YYYYMMDD HH:mm`` as one number of twelve digits, and where it ends."""
    day, space = _digits(text, at, end, np.int64(0))
    if space - at != np.uint64(8) or space >= end or text[space] != _SPACE:
        return _NO_NUMBER, at
    hour, colon = _digits(text, space + _ONE, end, day)
    if colon - space != np.uint64(3) or colon >= end or text[colon] != _COLON:
        return _NO_NUMBER, at
    minute, after = _digits(text, colon + _ONE, end, hour)
    if after - colon != np.uint64(3) or (after < end and text[after] != _COMMA):
        return _NO_NUMBER, at
    return minute, after


def _parse(text: Bytes, at: Places, table: Int64Array, places: Places, dated: bool) -> int:
    """Read lines into the rows of a table.

    Args:
        text: lines that end with a line feed, with or without a return before it; the last one need not.
        at: the row to begin with, and when all was read, the one after it; then of a column that has to be finer,
            which and how many decimals. What is not done is begun again with the same text.
        table: a row for each column: the clock (nanoseconds since midnight, or the digits of a date), then the cells.
        places: decimals of the numbers in each column, the clock apart.
        dated: the clock is a date.

    Returns:
        :data:`DONE`; :data:`FULL` when the table has no row left; :data:`FINER` when a number has more decimals than
        its column; :data:`ODD` when there is something else than a plain decimal.

    """
    columns, rows = np.uint64(table.shape[0]), np.uint64(table.shape[1])
    end = np.uint64(len(text))
    while end > _NONE and (text[end - _ONE] == _NEWLINE or text[end - _ONE] == _RETURN):
        end -= _ONE
    here, row = _NONE, at[0]
    while here < end:
        if row == rows:
            return FULL
        if dated:
            clock, here = _minute(text, here, end)
        else:
            start = here
            clock, here = _digits(text, start, end, np.int64(0))
            digits = here - start
            if _NONE < digits <= _DIGITS_OF_CLOCK and here < end and text[here] == _COMMA:
                clock *= NS_PER_MS
            else:
                clock, here, decimals = _decimal(text, start, end, _PLACES_OF_CLOCK)
                if clock == _EMPTY or decimals > _PLACES_OF_CLOCK:
                    return ODD
        if clock == _NO_NUMBER:
            return ODD
        table[0, row] = clock
        after = text[here] if here < end else _NEWLINE
        column = _ONE
        while column < columns and after == _COMMA:
            start = here + _ONE
            value, here = _digits(text, start, end, np.int64(0))
            digits = here - start
            after = text[here] if here < end else _NEWLINE
            if (after != _COMMA and after != _NEWLINE) or places[column] != _NONE or digits > _MOST:
                value, here, decimals = _decimal(text, start, end, places[column])
                if value == _NO_NUMBER:
                    return ODD
                if decimals > places[column]:
                    at[1], at[2] = column, decimals
                    return FINER
                after = text[here] if here < end else _NEWLINE
            elif digits == _NONE:
                value = _EMPTY
            table[column, row] = value
            column += _ONE
        if column < columns and row == _NONE:
            # the first line tells how many columns there are
            return ODD
        while column < columns:
            table[column, row] = _EMPTY
            column += _ONE
        while after != _NEWLINE:
            here += _ONE
            after = text[here] if here < end else _NEWLINE
        here += _ONE
        row += _ONE
    at[0] = row
    return DONE


def _compiled() -> Parse:
    try:
        return cast(Parse, numba.njit(_SIGNATURE, cache=True)(_parse))
    except (RuntimeError, OSError):
        # nothing can be written anywhere, or nothing has room for it: this process compiles for itself
        return cast(Parse, numba.njit(_SIGNATURE)(_parse))


parse: Final = _compiled()

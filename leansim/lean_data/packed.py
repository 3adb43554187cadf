"""Columns of numbers in one file that is mapped into memory: opening it reads nothing, a value is read where it lies.

Prices and sizes are decimals with few digits. A column holds them as whole numbers of their common unit, counted from
the smallest, in as few bytes as the largest needs: a day of a chain takes a fifth of the floats' size, and one price of
one contract costs no more than a look at one place. A column that cannot be given back exactly that way is kept as it
is. Columns with the same bytes are written once.

A file is a line of JSON, padded to a multiple of eight bytes: what the writer said of it, and of each column where it
begins, how many values it has, their type, and what makes numbers of them; then the columns. Each has a checksum, which
is looked at when the column is first read.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from isal import isal_zlib

from leansim.errors import DataError
from leansim.lean_data.tables import Column, Decimals, as_floats, missing

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# LEAN writes prices with four decimals at most, a few with six; what has more is kept as it is
_SCALES: Final = (1, 100, 10_000, 1_000_000)
_LARGEST: Final = float(2**52)
_WIDTHS: Final = (1, 2, 4, 8)
_ALIGNED: Final = 8
_FEW: Final = 256
# a map keeps its file open, and a process may have so many open files: what is small is read
_MAPPED_FROM: Final = 1 << 18


class PackedColumns(Mapping[str, Floats]):
    """The columns of a file, in place.

    ``meta`` is what the writer put in; ``written`` is what the file holds, where that is known and need not be read.
    Raises ``ValueError`` or ``OSError`` when the file is not whole, and :class:`~leansim.errors.DataError` when a
    column turns out to be damaged.
    """

    def __init__(self, path: Path | str, written: bytes | None = None) -> None:
        self._path = path
        body = _body(path) if written is None else written
        end = body.find(b"\n")
        header = json.loads(body[:end])
        self.meta: dict[str, Any] = header["meta"]
        self._places: dict[str, list[Any]] = header["columns"]
        self._whole: dict[str, list[Any]] = header["whole"]
        self._body = body
        self._begin = end + 1
        # by their place: columns of the same bytes have one
        self._stored: dict[tuple[int, int, str], npt.NDArray[Any]] = {}
        self._known: dict[str, Floats] = {}
        self._cells: dict[str, tuple[Any, ...]] = {}
        if self._begin + header["size"] != len(body):
            raise ValueError(f"{path} is not whole")

    def __getitem__(self, name: str) -> Floats:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._decimals(name, self._numbers_of(name, self._places))
        return known

    def cell(self, name: str, row: int) -> float:
        """One value of a column."""
        known = self._known.get(name)
        if known is not None:
            return known.item(row)
        found = self._cells.get(name)
        if found is None:
            found = self._cells[name] = (self._numbers_of(name, self._places), *self._places[name][4:])
        stored, scale, unit, smallest, missing = found
        count = stored.item(row)
        if scale is None:
            return count  # type: ignore[no-any-return]  # kept as it is: a float
        if missing and count < 0:
            return float("nan")
        return float((count * unit + smallest) / scale)

    def take(self, name: str, rows: npt.NDArray[Any]) -> Floats:
        """Some values of a column."""
        known = self._known.get(name)
        return self._decimals(name, self._numbers_of(name, self._places)[rows]) if known is None else known[rows]

    def missing(self, name: str) -> Bools | None:
        """Which values of a column are missing (NaN); ``None`` for none."""
        place = self._places[name]
        if place[4] is None:
            gone = np.isnan(self[name])
            return gone if gone.any() else None
        return self._numbers_of(name, self._places) < 0 if place[7] else None

    def whole(self, name: str) -> Int64s:
        """A column of whole numbers."""
        _, _, _, _, _, unit, smallest, _ = self._whole[name]
        return _counted(self._numbers_of(name, self._whole), unit, smallest)

    def counts_up(self, name: str, steps: int) -> bool:
        """Whether a column of whole numbers is nothing but 0, 1, … up to ``steps``, again and again."""
        _, size, _, _, _, unit, smallest, _ = self._whole[name]
        if not size or size % steps or unit != 1 or smallest:
            return False
        stored = self._numbers_of(name, self._whole)
        return bool((stored.reshape(-1, steps) == np.arange(steps).astype(stored.dtype)).all())

    def _numbers_of(self, name: str, places: Mapping[str, list[Any]]) -> npt.NDArray[Any]:
        start, size, kind, check, *_ = places[name]
        stored = self._stored.get((start, size, kind))
        if stored is None:
            dtype = np.dtype(kind)
            begin = self._begin + start
            if isal_zlib.crc32(memoryview(self._body)[begin : begin + size * dtype.itemsize]) != check:
                raise DataError(f"{self._path} is damaged: delete it, it is made again")
            stored = self._stored[start, size, kind] = np.frombuffer(self._body, dtype, size, begin)
        return stored

    def _decimals(self, name: str, stored: npt.NDArray[Any]) -> Floats:
        _, _, _, _, scale, unit, smallest, missing = self._places[name]
        if scale is None:
            return np.asarray(stored, dtype=np.float64)
        values: Floats = _counted(stored, unit, smallest) / scale
        if missing:
            values[stored < 0] = np.nan
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class PlainColumns(dict[str, Floats]):
    """Columns in memory, read the same way as those of a file."""

    def cell(self, name: str, row: int) -> float:
        """One value of a column."""
        return self[name].item(row)

    def take(self, name: str, rows: npt.NDArray[Any]) -> Floats:
        """Some values of a column."""
        taken: Floats = self[name][rows]
        return taken

    def missing(self, name: str) -> Bools | None:
        """Which values of a column are missing (NaN); ``None`` for none."""
        gone = np.isnan(self[name])
        return gone if gone.any() else None


class DecimalColumns(Mapping[str, Floats]):
    """Columns as a zip or a model has them, which are floats when they are looked at.

    Attributes:
        written: the columns; equal ones may be one object.

    """

    def __init__(self, written: Mapping[str, Column]) -> None:
        self.written = written
        self._known: dict[int, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        column = self.written[name]
        known = self._known.get(id(column))
        if known is None:
            known = self._known[id(column)] = as_floats(column)
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self.written)

    def __len__(self) -> int:
        return len(self.written)


def _body(path: Path | str) -> bytes | mmap.mmap:
    with open(path, "rb", buffering=0) as file:
        if os.fstat(file.fileno()).st_size < _MAPPED_FROM:
            return file.read()
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _counted(stored: npt.NDArray[Any], unit: int, smallest: int) -> Int64s:
    """Whole numbers from how many units above the smallest they are."""
    counts = stored.astype(np.int64)
    if unit != 1:
        counts *= unit
    if smallest:
        counts += smallest
    return counts


def pack(meta: Mapping[str, Any], whole: Mapping[str, Int64s], columns: Mapping[str, Floats]) -> bytes:
    """The bytes of a file: ``whole`` are columns of whole numbers, ``columns`` of any."""
    bodies: list[bytes] = []
    written: dict[bytes, int] = {}
    end = 0

    def placed(stored: npt.NDArray[Any], *how: Any) -> list[Any]:
        nonlocal end
        body = stored.tobytes()
        start = written.setdefault(body, end)
        if start == end:
            bodies.append(body + bytes(-len(body) % _ALIGNED))
            end += len(bodies[-1])
        return [start, len(stored), stored.dtype.str, isal_zlib.crc32(body), *how]

    decimals = columns.written if isinstance(columns, DecimalColumns) else columns
    places = {
        "whole": {name: placed(*_packed(numbers, None, 1)) for name, numbers in whole.items()},
        "columns": _same_once(decimals, lambda column: placed(*_packed_column(column))),
    }
    header = json.dumps({"meta": dict(meta), "size": end, **places}, separators=(",", ":")).encode()
    return b"".join([header, b" " * (-(len(header) + 1) % _ALIGNED), b"\n", *bodies])


def _same_once(columns: Mapping[str, Column], place: Callable[[Column], list[Any]]) -> dict[str, list[Any]]:
    """The places of columns; one that is equal to the one before it, as in flat bars, has its place."""
    places: dict[str, list[Any]] = {}
    before: tuple[Column, list[Any]] | None = None
    for name, column in columns.items():
        if before is None or not _is_same(before[0], column):
            before = (column, place(column))
        places[name] = before[1]
    return places


def _is_same(one: Column, other: Column) -> bool:
    if one is other or isinstance(one, Decimals) or isinstance(other, Decimals):
        return one is other
    return np.array_equal(one.view(np.int64), other.view(np.int64))


def _packed_column(column: Column) -> tuple[Any, ...]:
    gaps = missing(column)
    some = gaps if bool(gaps.any()) else None
    packed = _packed_decimals(column, some) if isinstance(column, Decimals) else _packed_floats(column, some)
    return packed or (np.ascontiguousarray(as_floats(column), dtype="<f8"), None, 1, 0, False)


def _packed_decimals(column: Decimals, gaps: Bools | None) -> tuple[Any, ...] | None:
    """Whole numbers of the smallest scale that is enough, as floats have them; ``None`` where those are kept."""
    stored, _, unit, smallest, some = _packed(column.whole, gaps, 1)
    reach = int(stored.max()) * unit if len(stored) else 0
    if not len(stored) or not max(abs(smallest), abs(smallest + reach)) / column.scale < _LARGEST / _SCALES[-1]:
        return None
    step = unit if reach > 0 else 0
    for scale in _SCALES:
        if not smallest * scale % column.scale and not step * scale % column.scale:
            return stored, scale, step * scale // column.scale or 1, smallest * scale // column.scale, some
    return None


def _packed_floats(column: Floats, gaps: Bools | None) -> tuple[Any, ...] | None:
    found = _scaled(column if gaps is None else np.where(gaps, 0.0, column))
    return None if found is None else _packed(found[0], gaps, found[1])


def _scaled(values: Floats) -> tuple[Int64s, int] | None:
    """Whole numbers and what they are divided by to give the values back exactly; ``None`` when nothing does."""
    if not len(values) or not float(np.abs(values).max()) < _LARGEST / _SCALES[-1]:
        return None
    for scale in _SCALES:
        # one value tells nearly always
        if float(np.rint(values[0] * scale) / scale) != values[0]:
            continue
        whole = np.rint(values * scale)
        if np.array_equal(whole / scale, values):
            # a negative zero would come back as a zero
            return None if bool(np.signbit(values[values == 0]).any()) else (whole.astype(np.int64), scale)
    return None


def _packed(whole: Int64s, gaps: Bools | None, scale: int) -> tuple[Any, ...]:
    """Units above the smallest number (-1: missing), then what gives the numbers back: scale, unit, smallest, gaps."""
    present = whole if gaps is None else whole[~gaps]
    smallest = int(present.min()) if len(present) else 0
    unit, counts = _in_units(present - smallest)
    reach = int(counts.max()) if len(counts) else 0
    kind = next(f"<i{width}" for width in _WIDTHS if reach < 1 << 8 * width - 1)
    if gaps is None:
        return counts.astype(kind), scale, unit, smallest, False
    stored = np.full(len(whole), -1, dtype=kind)
    stored[~gaps] = counts
    return stored, scale, unit, smallest, True


def _in_units(counts: Int64s) -> tuple[int, Int64s]:
    """The largest number all of these are multiples of (1 for nothing but zeros), and which multiples."""
    # a few tell what it can be at most, and nearly always what it is
    likely = int(np.gcd.reduce(counts[:: len(counts) // _FEW + 1])) if len(counts) else 1
    if likely > 1:
        multiples = counts // likely
        if np.array_equal(multiples * likely, counts):
            return likely, multiples
    unit = 1 if likely == 1 else int(np.gcd.reduce(counts)) or 1
    return unit, counts if unit == 1 else counts // unit

"""Columns of numbers in one file, small on disk and unpacked one by one when first read.

Prices and sizes are decimals with few digits that change little from row to row: as whole numbers of their common unit,
each written as the difference to the one before, they compress to a tenth of their size and unpack faster than they
could be read. A column that cannot be given back exactly that way is kept as it is.

A file is a line of JSON (what the writer said of it, where each column lies and how it is packed), then the columns.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from leansim.errors import DataError

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

# LEAN writes prices with four decimals at most, a few with six; what has more is kept as it is
_SCALES: Final = (1, 100, 10_000, 1_000_000)
_LARGEST: Final = float(2**52)
# bytes of a difference; the last holds any
_WIDTHS: Final = (1, 2, 4, 8)
_LEVEL: Final = 1


class PackedColumns(Mapping[str, Floats]):
    """The columns of a file, read at once and unpacked when asked for.

    ``meta`` is what the writer put in. Raises ``ValueError`` or ``OSError`` when the file is not whole, and
    :class:`~leansim.errors.DataError` when a column turns out to be damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        raw = path.read_bytes()
        end = raw.index(b"\n")
        header = json.loads(raw[:end])
        self.meta: dict[str, Any] = header["meta"]
        self._whole: dict[str, list[Any]] = header["whole"]
        self._columns: dict[str, list[Any]] = header["columns"]
        self._body = raw[end + 1 :]
        self._known: dict[str, Floats] = {}
        if sum(place[1] for places in (self._whole, self._columns) for place in places.values()) != len(self._body):
            raise ValueError(f"{path} is not whole")

    def __getitem__(self, name: str) -> Floats:
        known = self._known.get(name)
        if known is None:
            start, length, scale, *how = self._columns[name]
            body = self._unpacked(start, length)
            known = self._known[name] = np.frombuffer(body) if scale is None else _decimals(body, scale, *how)
        return known

    def whole(self, name: str) -> Int64s:
        """A column of whole numbers."""
        start, length, *how = self._whole[name]
        return _numbers(self._unpacked(start, length), *how)[0]

    def _unpacked(self, start: int, length: int) -> bytes:
        try:
            return zlib.decompress(self._body[start : start + length])
        except zlib.error as error:
            raise DataError(f"{self._path} is damaged ({error}): delete it, it is made again") from error

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def pack(meta: Mapping[str, Any], whole: Mapping[str, Int64s], columns: Mapping[str, Floats]) -> bytes:
    """The bytes of a file: ``whole`` are columns of whole numbers, ``columns`` of any."""
    bodies: list[bytes] = []
    end = 0

    def placed(body: bytes, how: list[Any]) -> list[Any]:
        nonlocal end
        bodies.append(body)
        end += len(body)
        return [end - len(body), len(body), *how]

    header = {
        "meta": dict(meta),
        "whole": {name: placed(*_packed(numbers, None)) for name, numbers in whole.items()},
        "columns": {name: placed(*_packed_decimals(values)) for name, values in columns.items()},
    }
    return b"".join([json.dumps(header, separators=(",", ":")).encode(), b"\n", *bodies])


def _packed_decimals(values: Floats) -> tuple[bytes, list[Any]]:
    missing = np.isnan(values)
    some = bool(missing.any())
    known = np.where(missing, 0.0, values) if some else values
    scale = _scale_of(known)
    if scale is None:
        return _squeezed(values), [None]
    whole = np.rint(known * scale).astype(np.int64)
    body, how = _packed(whole, missing if some else None)
    return body, [scale, *how]


def _scale_of(values: Floats) -> int | None:
    """What makes whole numbers of the values that give them back exactly; ``None`` when nothing does."""
    if not len(values) or not float(np.abs(values).max()) < _LARGEST / _SCALES[-1]:
        return None
    for scale in _SCALES:
        # one value tells nearly always
        if float(np.rint(values[0] * scale) / scale) == values[0] and np.array_equal(
            np.rint(values * scale) / scale, values
        ):
            # a negative zero would come back as a zero
            return None if bool(np.signbit(values[values == 0]).any()) else scale
    return None


def _packed(whole: Int64s, missing: npt.NDArray[np.bool_] | None) -> tuple[bytes, list[Any]]:
    """Whole numbers as differences, and what gives them back: the smallest, the unit, the width, which are missing."""
    smallest = int(whole.min()) if len(whole) else 0
    counts = whole - smallest
    unit = int(np.gcd.reduce(counts)) or 1 if len(whole) else 1
    if unit != 1:
        counts //= unit
    if missing is not None:
        counts[missing] = -1
    steps = np.diff(counts, prepend=0)
    reach = int(max(-steps.min(), steps.max())) if len(steps) else 0
    width = next(width for width in _WIDTHS if reach < 1 << 8 * width - 1)
    return _squeezed(steps.astype(f"<i{width}")), [smallest, unit, width, missing is not None]


def _numbers(
    packed: bytes, smallest: int, unit: int, width: int, missing: bool
) -> tuple[Int64s, npt.NDArray[np.bool_] | None]:
    counts = np.cumsum(np.frombuffer(packed, dtype=f"<i{width}"), dtype=np.int64)
    gone = counts < 0 if missing else None
    if unit != 1:
        counts *= unit
    if smallest:
        counts += smallest
    return counts, gone


def _decimals(packed: bytes, scale: int, smallest: int, unit: int, width: int, missing: bool) -> Floats:
    whole, gone = _numbers(packed, smallest, unit, width, missing)
    values: Floats = whole / scale
    if gone is not None:
        values[gone] = np.nan
    return values


def _squeezed(values: npt.NDArray[Any]) -> bytes:
    squeeze = zlib.compressobj(_LEVEL, strategy=zlib.Z_FILTERED)
    return squeeze.compress(np.ascontiguousarray(values).tobytes()) + squeeze.flush()

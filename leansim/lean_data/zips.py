"""Reading a LEAN zip whole: every entry inflated, all lines parsed at once.

Imported when the first file is read: polars takes as long to import as pandas.
"""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from leansim.api.time_zones import NS_PER_MS, FloatArray, Int64Array
from leansim.errors import DataError
from leansim.lean_data.tables import Table

_LOCAL_HEADER: Final = 30
_CLOCK: Final = "clock"
BoolArray = npt.NDArray[np.bool_]
# of PKWARE's APPNOTE: the end of the directory (without its comment), and what it lists of each entry
_END: Final = struct.Struct("<4s4H2LH")
_END_MARK: Final = b"PK\x05\x06"
_LISTED: Final = struct.Struct("<4s6H3L5H2L")
_LISTED_MARK: Final = b"PK\x01\x02"
_IS_UTF8: Final = 0x800
_IN_EXTRA: Final = 0xFFFFFFFF
# of RFC 1952: what stands before and behind deflated bytes (checksum and size of what they were made of)
_BEFORE: Final = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
_BEHIND: Final = struct.Struct("<2L")
# a line of its own behind every entry: no bar begins before midnight
_NO_CLOCK: Final = -1
_BREAK: Final = gzip.compress(f"\n{_NO_CLOCK}\n".encode(), mtime=0)
_FIRST_LINE: Final = 256


class _Entry(NamedTuple):
    """What the directory says of an entry: sizes in bytes, and where its header starts."""

    name: str
    method: int
    crc: int
    packed: int
    whole: int
    start: int


def read_table(path: Path, columns: int, *, dated: bool, wanted: Callable[[str], bool]) -> Table:
    """Read a zip.

    Args:
        path: the zip.
        columns: how many columns follow the clock.
        dated: the clock is ``YYYYMMDD HH:mm`` rather than milliseconds since midnight.
        wanted: which entries are read; others are ignored, as LEAN ignores them.

    Raises:
        DataError: the zip is truncated or damaged, or its lines are not in LEAN's format.

    """
    raw, entries = _listed(path, wanted)
    found = None if dated else _read_together(raw, entries, columns)
    if found is not None:
        return found
    texts = _inflate(path, raw, entries)
    bodies = [text.rstrip(b"\r\n") for text in texts]
    counts = [body.count(b"\n") + 1 if body else 0 for body in bodies]
    frame = _parse(b"\n".join([body for body in bodies if body]), columns, dated, path)
    if frame.height != sum(counts) or frame[_CLOCK].null_count():
        raise DataError(f"{path}: a line is blank or has no time, which is not LEAN's format")
    offsets = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=offsets[1:])
    try:
        clock = _dated_clock(frame) if dated else _daily_clock(frame)
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise DataError(f"{path}: a time in the first column cannot be read: {error}") from error
    return Table([entry.name for entry in entries], offsets, clock, _values(frame))


def _listed(path: Path, wanted: Callable[[str], bool]) -> tuple[bytes, list[_Entry]]:
    """The bytes of a zip, and where in them the entries are that are read."""
    try:
        raw = path.read_bytes()
        return raw, [entry for entry in _directory(raw) if wanted(entry.name)]
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise _no_zip(path, error) from error


def _inflate(path: Path, raw: bytes, entries: list[_Entry]) -> list[bytes]:
    try:
        return [_entry_bytes(raw, entry) for entry in entries]
    except (zlib.error, ValueError) as error:
        raise _no_zip(path, error) from error


def _no_zip(path: Path, error: Exception) -> DataError:
    return DataError(
        f"{path} cannot be read as a zip ({error}). It is probably truncated: delete it and download or generate "
        "that day again."
    )


def _directory(raw: bytes) -> list[_Entry]:
    """What a zip holds. Zipfile takes longer over a chain's thousands of small entries than it takes to inflate them.

    It is asked where the directory is no plain one: of archives written as large ones, and of damaged ones.
    """
    end = raw.rfind(_END_MARK)
    if end < 0 or end + _END.size > len(raw):
        return _unusual_directory(raw)
    *_, count, size, at, comment = _END.unpack_from(raw, end)
    if at + size != end or end + _END.size + comment != len(raw):
        return _unusual_directory(raw)
    entries = []
    for _ in range(count):
        if at + _LISTED.size > end:
            return _unusual_directory(raw)
        mark, _, _, flags, method, _, _, crc, packed, whole, names, extra, comment, *_, start = _LISTED.unpack_from(
            raw, at
        )
        if mark != _LISTED_MARK or _IN_EXTRA in (packed, whole, start):
            return _unusual_directory(raw)
        at += _LISTED.size
        name = raw[at : at + names].decode("utf-8" if flags & _IS_UTF8 else "cp437")
        entries.append(_Entry(name, method, crc, packed, whole, start))
        at += names + extra + comment
    return entries if at == end else _unusual_directory(raw)


def _unusual_directory(raw: bytes) -> list[_Entry]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return [
            _Entry(info.filename, info.compress_type, info.CRC, info.compress_size, info.file_size, info.header_offset)
            for info in archive.infolist()
        ]


def _packed_bytes(raw: bytes, entry: _Entry) -> bytes:
    start = entry.start
    names = int.from_bytes(raw[start + 26 : start + 28], "little") + int.from_bytes(
        raw[start + 28 : start + 30], "little"
    )
    start += _LOCAL_HEADER + names
    return raw[start : start + entry.packed]


def _entry_bytes(raw: bytes, entry: _Entry) -> bytes:
    packed = _packed_bytes(raw, entry)
    if entry.method == zipfile.ZIP_DEFLATED:
        data = zlib.decompress(packed, -15, max(entry.whole, 1))
    elif entry.method == zipfile.ZIP_STORED:
        data = packed
    else:
        raise ValueError(f"entry {entry.name} is compressed by method {entry.method}")
    if len(data) != entry.whole or zlib.crc32(data) != entry.crc:
        raise ValueError(f"entry {entry.name} is damaged")
    return data


def _read_together(raw: bytes, entries: list[_Entry], columns: int) -> Table | None:
    """The lines of all entries, if every number in them is whole, as scaled prices are.

    Deflated entries are a gzip archive but for what stands around them, and polars inflates and reads one in three
    quarters of the time. ``None`` when that is not possible: then they are read one by one, and it is told what is
    wrong.
    """
    if not entries or any(entry.method != zipfile.ZIP_DEFLATED for entry in entries):
        return None
    deflated = [_packed_bytes(raw, entry) for entry in entries]
    if _may_have_fractions(deflated[0]):
        return None
    behind = [_BEHIND.pack(entry.crc, entry.whole) for entry in entries]
    members = [part for pair in zip(deflated, behind, strict=True) for part in (_BEFORE, *pair, _BREAK)]
    schema = dict.fromkeys((_CLOCK, *(f"c{index}" for index in range(columns))), pl.Int64())
    try:
        frame = pl.read_csv(b"".join(members), has_header=False, schema=schema, extra_columns="ignore")
    except (pl.exceptions.PolarsError, OSError):
        return None
    clock = frame[_CLOCK].to_numpy().astype(np.float64, copy=False)
    is_break, is_blank = clock == _NO_CLOCK, np.isnan(clock)
    breaks = np.flatnonzero(is_break)
    if len(breaks) != len(entries) or breaks[-1] != len(clock) - 1:
        return None
    kept = ~is_break
    if is_blank.any():
        # a line end behind the last line of an entry is none of a line without anything in it
        kept &= ~is_blank
        nothing = frame.filter(pl.Series(is_blank)).null_count().sum_horizontal().item()
        if bool((is_blank[:-1] & kept[1:]).any()) or nothing != (columns + 1) * np.count_nonzero(is_blank):
            return None
    offsets = np.zeros(len(entries) + 1, dtype=np.int64)
    offsets[1:] = np.cumsum(kept)[breaks]
    nanoseconds: Int64Array = np.rint(clock[kept] * NS_PER_MS).astype(np.int64)
    return Table([entry.name for entry in entries], offsets, nanoseconds, _values(frame, kept))


def _may_have_fractions(deflated: bytes) -> bool:
    """Whether a first line has a point or cannot be read: one line tells nearly always."""
    try:
        text = zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated, _FIRST_LINE)
    except zlib.error:
        return True
    return b"." in text.partition(b"\n")[0]


def _parse(text: bytes, columns: int, dated: bool, path: Path) -> pl.DataFrame:
    schema: dict[str, pl.DataType] = {_CLOCK: pl.String() if dated else pl.Float64()}
    schema.update({f"c{index}": pl.Float64() for index in range(columns)})
    if not text:
        return pl.DataFrame(schema=schema)
    try:
        return pl.read_csv(text, has_header=False, schema=schema, extra_columns="ignore")
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"{path}: a line does not have LEAN's {columns + 1} columns of numbers: {str(error).splitlines()[0]}"
        ) from error


def _values(frame: pl.DataFrame, kept: BoolArray | None = None) -> list[FloatArray]:
    """The columns after the clock; one that is equal to the one before it, as in flat bars, is the same array.

    ``kept`` says which lines count; ``None``: all of them.
    """
    values: list[FloatArray] = []
    before: pl.Series | None = None
    for name in frame.columns[1:]:
        column = frame[name]
        if before is None or not column.equals(before):
            made = column.to_numpy().astype(np.float64, copy=False)
            values.append(made if kept is None else made[kept])
        else:
            values.append(values[-1])
        before = column
    return values


def _daily_clock(frame: pl.DataFrame) -> Int64Array:
    nanoseconds: Int64Array = np.rint(frame[_CLOCK].to_numpy() * NS_PER_MS).astype(np.int64)
    return nanoseconds


def _dated_clock(frame: pl.DataFrame) -> Int64Array:
    parsed = frame[_CLOCK].str.strptime(pl.Datetime("ns"), "%Y%m%d %H:%M")
    nanoseconds: Int64Array = parsed.to_physical().to_numpy().astype(np.int64)
    return nanoseconds

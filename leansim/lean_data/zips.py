"""Reading a LEAN zip whole: its entries inflated and read one after the other.

Imported when the first file is read: what reads the lines takes as long to import as pandas.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, cast

from isal import isal_zlib

from leansim.errors import DataError
from leansim.lean_data.lines import read_lines
from leansim.lean_data.tables import Table

_LOCAL_HEADER: Final = 30
# of PKWARE's APPNOTE: the end of the directory (without its comment), and what it lists of each entry
_END: Final = struct.Struct("<4s4H2LH")
_END_MARK: Final = b"PK\x05\x06"
_LISTED: Final = struct.Struct("<4s6H3L5H2L")
_LISTED_MARK: Final = b"PK\x01\x02"
_IS_UTF8: Final = 0x800
_IN_EXTRA: Final = 0xFFFFFFFF
# its types take the class for an instance
_NotInflated: Final = cast("type[Exception]", isal_zlib.error)


class _Entry(NamedTuple):
    """What the directory says of an entry: sizes in bytes, and where its header starts."""

    name: str
    method: int
    crc: int
    packed: int
    whole: int
    start: int


def read_table(path: Path, columns: int, *, dated: bool, chosen: Callable[[list[str]], Sequence[int]]) -> Table:
    """Read a zip.

    Args:
        path: the zip.
        columns: how many columns follow the clock.
        dated: the clock is ``YYYYMMDD HH:mm`` rather than milliseconds since midnight.
        chosen: of the names of all entries those that are read, in the order of the table; others are ignored, as LEAN
            ignores them.

    Raises:
        DataError: the zip is truncated or damaged, or its lines are not in LEAN's format.

    """
    try:
        raw = path.read_bytes()
        listed = _directory(raw)
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise _no_zip(path, error) from error
    entries = [listed[at] for at in chosen([entry.name for entry in listed])]

    def texts() -> Iterator[tuple[str, bytes]]:
        try:
            for entry in entries:
                yield entry.name, _entry_bytes(raw, entry)
        except (_NotInflated, ValueError) as error:
            raise _no_zip(path, error) from error

    try:
        lines = read_lines(texts, sum(entry.whole for entry in entries), columns, dated=dated)
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error
    return Table([entry.name for entry in entries], *lines)


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
        data = isal_zlib.decompress(packed, -zlib.MAX_WBITS, max(entry.whole, 1))
    elif entry.method == zipfile.ZIP_STORED:
        data = packed
    else:
        raise ValueError(f"entry {entry.name} is compressed by method {entry.method}")
    if len(data) != entry.whole or isal_zlib.crc32(data) != entry.crc:
        raise ValueError(f"entry {entry.name} is damaged")
    return data

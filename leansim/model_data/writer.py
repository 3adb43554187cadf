"""LEAN's files, byte for byte the same each time: zips with fixed times, written aside and then renamed."""

from __future__ import annotations

import errno
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leansim.errors import DataError

if TYPE_CHECKING:
    import polars as pl

# Level and window of the compression. A chain has hundreds of entries of a few kilobytes: with zlib's full window most
# of the time would go into clearing it.
_LEVEL, _WINDOW = 1, -12
_UNFINISHED = re.compile(r"\..+\.(\d+)\.tmp")
_COMMENT_PREFIX = "modelled by leansim"

# Parts of a zip by its specification (APPNOTE 4.3): local header, line of the directory, end of the directory.
_LOCAL = struct.Struct("<4s5H3L2H")
_LINE = struct.Struct("<4s4B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_NEEDED_VERSION, _UNIX, _DEFLATED = 20, 3, 8
_NEW_YEAR_1980 = 0x21
_READABLE = 0o644 << 16


def write_zip(path: Path, entries: Iterable[tuple[str, bytes]], label: str) -> None:
    """Writes a zip whose comment is `label`.

    The standard library's writer takes longer over a chain's small entries than their compression does.
    """
    packed = _zip(entries, label.encode())
    _replace(path, lambda temporary: temporary.write_bytes(packed))


def _zip(entries: Iterable[tuple[str, bytes]], comment: bytes) -> bytes:
    body, directory, count = bytearray(), bytearray(), 0
    for name, content in entries:
        encoded = name.encode("ascii")
        squeeze = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW)
        squeezed = squeeze.compress(content) + squeeze.flush()
        facts = (zlib.crc32(content), len(squeezed), len(content))
        # no flags; deflated at midnight, the first of January 1980: the same bytes each time
        kind = (0, _DEFLATED, 0, _NEW_YEAR_1980)
        directory += _LINE.pack(
            b"PK\1\2", _NEEDED_VERSION, _UNIX, _NEEDED_VERSION, 0, *kind, *facts, len(encoded), 0, 0, 0, 0, _READABLE,
            len(body),
        )  # fmt: skip
        directory += encoded
        body += _LOCAL.pack(b"PK\3\4", _NEEDED_VERSION, *kind, *facts, len(encoded), 0)
        body += encoded
        body += squeezed
        count += 1
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), len(body), len(comment))
    return bytes(body + directory + end + comment)


def modelled_by(model: str) -> str:
    """What a zip of a model says of itself in its comment."""
    return f"{_COMMENT_PREFIX}: {model}"


def write_text(path: Path, text: str) -> None:
    """Writes a text file with Unix line ends."""
    _replace(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline="\n"))


def is_modelled(path: Path) -> bool:
    """Whether a zip of a data folder was written by the model (real ones were not)."""
    with path.open("rb") as file:
        # the comment is the end of the file; the longest one the writer makes is far shorter than this
        file.seek(max(0, path.stat().st_size - 512))
        return _COMMENT_PREFIX.encode() in file.read()


def csv_lines(frame: pl.DataFrame, decimals: int | None = None) -> bytes:
    """Comma-separated lines without a header; a null is an empty cell."""
    return frame.write_csv(include_header=False, float_precision=decimals).encode()


def split_lines(text: bytes, lines: Sequence[int]) -> Iterator[bytes]:
    """Cuts a text into parts of so many lines each; every part has one at least."""
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))[np.cumsum(lines, dtype=np.int64) - 1] + 1
    start = 0
    for end in ends.tolist():
        yield text[start:end]
        start = end


def remove_leftovers(root: Path) -> None:
    """Removes what killed processes of this machine were in the middle of writing."""
    if os.name != "posix":
        return  # whether a process lives cannot be asked there without ending it
    for path in root.rglob(".*.tmp"):
        match = _UNFINISHED.fullmatch(path.name)
        if match is not None and not _is_running(int(match[1])):
            path.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _replace(path: Path, fill: Callable[[Path], object]) -> None:
    """Fills a file beside `path` and moves it there, so that no reader sees half a file.

    Raises:
        DataError: the folder cannot be written to, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            fill(temporary)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror or error}. {_advice(error)} Files that are finished stay, and "
            "the same command goes on from there."
        ) from error


def _advice(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free some space, or name a data folder on another disk with --data-folder."
    return "Give yourself the right to write there, or name another data folder with --data-folder."

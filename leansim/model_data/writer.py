"""LEAN's files, byte for byte the same each time: zips with fixed times, written aside and then renamed."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_COMPRESSION_LEVEL = 3
_COMMENT_PREFIX = b"modelled by leansim"


def write_zip(path: Path, entries: Iterable[tuple[str, bytes]], label: str) -> None:
    """Writes a zip whose comment says that its content is modelled, and by which model."""

    def fill(temporary: Path) -> None:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL) as archive:
            for name, content in entries:
                info = zipfile.ZipInfo(name, _ZIP_TIME)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system = 3
                info.external_attr = 0o644 << 16
                archive.writestr(info, content, compresslevel=_COMPRESSION_LEVEL)
            archive.comment = _COMMENT_PREFIX + b": " + label.encode()

    _replace(path, fill)


def write_text(path: Path, text: str) -> None:
    """Writes a text file with Unix line ends."""
    _replace(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline="\n"))


def is_modelled(path: Path) -> bool:
    """Whether a zip of a data folder was written by the model (real ones were not)."""
    with path.open("rb") as file:
        # the comment is the end of the file; the longest one the writer makes is far shorter than this
        file.seek(max(0, path.stat().st_size - 512))
        return _COMMENT_PREFIX in file.read()


def csv_lines(frame: pl.DataFrame, decimals: int | None = None) -> bytes:
    """Comma-separated lines without a header; a null is an empty cell."""
    return frame.write_csv(include_header=False, float_precision=decimals).encode()


def bar_lines(tables: Iterable[Mapping[str, object]], decimals: int) -> bytes:
    """The lines of tables of one shape, under each other; a table is its columns by name."""
    import polars as pl  # late: a run whose files are all there need not load it

    return csv_lines(pl.concat(pl.DataFrame(columns) for columns in tables), decimals)


def split_lines(text: bytes, lines: Sequence[int]) -> Iterator[bytes]:
    """Cuts a text into parts of so many lines each; every part has one at least."""
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))[np.cumsum(lines) - 1] + 1
    start = 0
    for end in ends.tolist():
        yield text[start:end]
        start = end


def _replace(path: Path, fill: Callable[[Path], object]) -> None:
    """Fills a file beside `path` and moves it there, so that no reader sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        fill(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)

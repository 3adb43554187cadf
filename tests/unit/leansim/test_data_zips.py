"""The directory of a zip is read as Python's zipfile reads it, and what is damaged is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import binary, booleans, dictionaries, sampled_from, text

from leansim.errors import DataError
from leansim.lean_data import zips
from leansim.lean_data.tables import Table

NAMES = text("abc_é/0", min_size=1, max_size=12)


def made(entries: dict[str, bytes], method: int, comment: bytes, *, large: bool) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.comment = comment
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with archive.open(info, "w", force_zip64=large) as entry:
                entry.write(content)
    return file.getvalue()


@given(
    dictionaries(NAMES, binary(max_size=80), max_size=6),
    sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    sampled_from([b"", b"modelled from history"]),
    booleans(),
)
def test_a_directory_says_what_zipfile_says(
    entries: dict[str, bytes], method: int, comment: bytes, large: bool
) -> None:
    raw = made(entries, method, comment, large=large)
    assert zips._directory(raw) == zips._unusual_directory(raw)
    assert [entry.name for entry in zips._directory(raw)] == list(entries)
    assert [zips._entry_bytes(raw, entry) for entry in zips._directory(raw)] == list(entries.values())


def test_plain_directories_are_read_without_zipfile(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = made({"a.csv": b"1", "b.csv": b"2"}, zipfile.ZIP_DEFLATED, b"modelled", large=False)
    monkeypatch.delattr(zips, "_unusual_directory")
    assert [entry.name for entry in zips._directory(raw)] == ["a.csv", "b.csv"]


def test_what_stands_before_an_archive_is_passed_over() -> None:
    raw = b"#!/bin/sh\n" + made({"a.csv": b"12"}, zipfile.ZIP_STORED, b"", large=False)
    (entry,) = zips._directory(raw)
    assert zips._entry_bytes(raw, entry) == b"12"


def read(
    folder: Path, raw: bytes, chosen: Callable[[list[str]], Sequence[int]] = lambda names: range(len(names))
) -> Table:
    path = folder / "some.zip"
    path.write_bytes(raw)
    return zips.read_table(path, 1, dated=False, chosen=chosen)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_entries_are_read_in_the_order_they_are_chosen_in(tmp_path: Path, method: int) -> None:
    raw = made(
        {"a.csv": b"1,2\n3,4", "b.csv": b"", "c.csv": b"5,6\r\n", "d.csv": b"no numbers"}, method, b"", large=False
    )
    table = read(tmp_path, raw, lambda names: [names.index(name) for name in ("c.csv", "b.csv", "a.csv")])
    assert (table.entries, table.offsets.tolist()) == (["c.csv", "b.csv", "a.csv"], [0, 1, 1, 3])
    assert table.clock.tolist() == [5_000_000, 1_000_000, 3_000_000]
    assert [column.tolist() for column in table.floats()] == [[6, 2, 4]]


def test_of_an_archive_without_entries_nothing_is_read(tmp_path: Path) -> None:
    table = read(tmp_path, made({}, zipfile.ZIP_DEFLATED, b"", large=False))
    assert (table.entries, table.offsets.tolist(), table.clock.tolist()) == ([], [0], [])
    assert [column.tolist() for column in table.floats()] == [[]]


@pytest.mark.parametrize("content", [b"1,2", b"1,2.5", b"1,1e5"])
@pytest.mark.parametrize("what", ["crc", "whole"])
def test_an_entry_of_another_content_than_the_directory_says_is_refused(
    tmp_path: Path, content: bytes, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = made({"a.csv": content, "b.csv": b"3,4"}, zipfile.ZIP_DEFLATED, b"", large=False)
    assert len(read(tmp_path, raw).clock) == 2
    first, second = zips._directory(raw)
    for wrong in ([first._replace(**{what: 4}), second], [first, second._replace(**{what: 4})]):
        monkeypatch.setattr(zips, "_directory", lambda _, wrong=wrong: wrong)
        with pytest.raises(DataError, match=r"cannot be read as a zip \(entry .\.csv is damaged\).*download"):
            read(tmp_path, raw)


@pytest.mark.parametrize("at", [0, 5, 40])
def test_deflated_bytes_that_are_none_are_refused(tmp_path: Path, at: int) -> None:
    raw = bytearray(made({"a.csv": b"1,2\n3,4\n" * 50}, zipfile.ZIP_DEFLATED, b"", large=False))
    (entry,) = zips._directory(bytes(raw))
    start = raw.index(b"a.csv") + len("a.csv")
    raw[start + min(at, entry.packed - 1)] ^= 0xFF
    with pytest.raises(DataError, match="cannot be read as a zip"):
        read(tmp_path, bytes(raw))


def test_an_entry_compressed_otherwise_is_refused(tmp_path: Path) -> None:
    raw = made({"a.csv": b"1,2\n" * 50}, zipfile.ZIP_BZIP2, b"", large=False)
    with pytest.raises(DataError, match=r"entry a\.csv is compressed by method 12"):
        read(tmp_path, raw)


def test_a_line_that_is_wrong_is_told_with_its_entry_and_file(tmp_path: Path) -> None:
    raw = made({"a.csv": b"1,2", "b.csv": b"1,2\n\n"}, zipfile.ZIP_DEFLATED, b"", large=False)
    assert len(read(tmp_path, raw).clock) == 2
    raw = made({"a.csv": b"1,2", "b.csv": b"1,2\n3,x"}, zipfile.ZIP_DEFLATED, b"", large=False)
    with pytest.raises(DataError, match=r"some\.zip: line 2 of b\.csv does not have LEAN's 2 columns of numbers"):
        read(tmp_path, raw)

"""The directory of a zip is read as Python's zipfile reads it, its entries together as one by one."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import binary, booleans, dictionaries, lists, one_of, sampled_from, text, tuples

from leansim.errors import DataError
from leansim.lean_data import zips

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


CELL = sampled_from(["", "0", "7", "34200000", "1250", "123456789012"])
LINE = lists(CELL, min_size=2, max_size=4).map(lambda cells: ",".join(["34200000", *cells]))
ODD = sampled_from(["", ",1,2", "1,2.5,3", "-1", "-1,2,3", "x,1,2", "5"])
LINES = lists(one_of(LINE, LINE, LINE, ODD), max_size=5)
END = sampled_from(["\n", "\r\n"])


@given(lists(tuples(LINES, END, sampled_from([0, 0, 1, 2])), min_size=1, max_size=4))
def test_entries_read_together_are_those_read_one_by_one(entries: list[tuple[list[str], str, int]]) -> None:
    """A plain file is read the short way, an odd one the long way; whichever it is, the same comes out or is raised."""
    texts = [(end.join(lines) + end * more).encode() for lines, end, more in entries]
    raw = made({f"{at}.csv": text for at, text in enumerate(texts)}, zipfile.ZIP_DEFLATED, b"", large=False)
    together = zips._read_together(raw, zips._directory(raw), 2)
    with TemporaryDirectory() as folder:
        path = Path(folder, "some.zip")
        path.write_bytes(raw)
        with mock.patch.object(zips, "_read_together", return_value=None):
            try:
                apart = zips.read_table(path, 2, dated=False, wanted=lambda _: True)
            except DataError:
                apart = None
    if together is None:
        return
    assert apart is not None
    assert together.entries == apart.entries
    assert together.offsets.tolist() == apart.offsets.tolist()
    assert together.clock.tolist() == apart.clock.tolist()
    for mine, other in zip(together.values, apart.values, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("end", ["", "\n"])
def test_files_of_whole_numbers_are_read_together(end: str) -> None:
    texts = {f"{at}.csv": f"34200000,{at},{at}\n34260000,,{at}{end}".encode() for at in range(3)}
    raw = made(texts, zipfile.ZIP_DEFLATED, b"", large=False)
    table = zips._read_together(raw, zips._directory(raw), 2)
    assert table is not None
    assert (table.entries, table.offsets.tolist()) == (list(texts), [0, 2, 4, 6])
    assert table.clock.tolist() == [34_200_000_000_000, 34_260_000_000_000] * 3
    np.testing.assert_array_equal(table.values, [[0, np.nan, 1, np.nan, 2, np.nan], [0, 0, 1, 1, 2, 2]])


@pytest.mark.parametrize("what", ["crc", "whole"])
def test_an_entry_of_another_content_than_the_directory_says_is_not_read_together(what: str) -> None:
    raw = made({"a.csv": b"1,2", "b.csv": b"3,4"}, zipfile.ZIP_DEFLATED, b"", large=False)
    first, second = zips._directory(raw)
    assert zips._read_together(raw, [first, second], 1) is not None
    for wrong in ([first._replace(**{what: 5}), second], [first, second._replace(**{what: 5})]):
        assert zips._read_together(raw, wrong, 1) is None


@pytest.mark.parametrize("content", [b"1,2\n\n3,4", b"\n1,2", b"1,2\n,2\n", b"1,2\n-1\n3,4", b"1,2.5", b"1,x"])
def test_an_odd_entry_is_not_read_together(content: bytes) -> None:
    raw = made({"a.csv": b"1,2\n", "b.csv": content}, zipfile.ZIP_DEFLATED, b"", large=False)
    assert zips._read_together(raw, zips._directory(raw), 1) is None

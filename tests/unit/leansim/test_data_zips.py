"""The directory of a zip is read as Python's zipfile reads it, plain or unusual."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis.strategies import binary, booleans, dictionaries, sampled_from, text

from leansim.lean_data import zips

NAMES = text("abc_é/0", min_size=1, max_size=12)


def made(entries: dict[str, bytes], method: int, comment: bytes, *, large: bool) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.comment = comment
        for name, content in entries.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=large) as entry:
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

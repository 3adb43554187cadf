"""Modelled files beside LEAN's own samples of the same kind: entry names, columns, number formats."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

import pytest

from leansim.model_data import ModelDataProvider

SHARED = Path(os.environ.get("TOMKING_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
DATA = SHARED / "lean-data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no sample data in {SHARED}")

# a modelled file, and the sample it must look like
ZIPS = [
    ("index/usa/minute/spx/20150109_trade.zip", "index/usa/minute/spx/20210104_trade.zip"),
    ("index/usa/daily/spx.zip", "index/usa/daily/spx.zip"),
    (
        "indexoption/usa/minute/spxw/20150109_quote_european.zip",
        "indexoption/usa/minute/spxw/20210108_quote_european.zip",
    ),
    (
        "indexoption/usa/minute/spxw/20150109_openinterest_european.zip",
        "indexoption/usa/minute/spx/20210104_openinterest_european.zip",
    ),
    ("equity/usa/minute/spy/20150109_trade.zip", "equity/usa/minute/spy/20131007_trade.zip"),
    ("equity/usa/daily/spy.zip", "equity/usa/daily/spy.zip"),
]
TEXTS = [
    ("indexoption/usa/universes/spxw/20150108.csv", "indexoption/usa/universes/spx/20210104.csv"),
    ("alternative/interest-rate/usa/interest-rate.csv", "alternative/interest-rate/usa/interest-rate.csv"),
    ("equity/usa/map_files/spy.csv", "equity/usa/map_files/spy.csv"),
    ("equity/usa/factor_files/spy.csv", "equity/usa/factor_files/spy.csv"),
]


def shape(name: str) -> str:
    """An entry name with its numbers, root and right left open."""
    return re.sub(r"(?<=_)(call|put)(?=_)", "right", re.sub(r"\d+", "9", name)).replace("spxw", "spx")


def forms(lines: list[str]) -> set[tuple[str, ...]]:
    """How cells are written: empty, whole number, decimal number, text."""
    found = set()
    for line in lines:
        found.add(tuple("" if not c else "n" if re.fullmatch(r"-?\d+(\.\d+)?", c) else "t" for c in line.split(",")))
    return found


@pytest.mark.parametrize(("relative", "sample"), ZIPS)
def test_zips_look_like_lean_s(tmp_path: Path, relative: str, sample: str) -> None:
    assert ModelDataProvider(tmp_path).fetch(relative)
    ours, theirs = zipfile.ZipFile(tmp_path / relative), zipfile.ZipFile(DATA / sample)
    assert {shape(name) for name in ours.namelist()} == {shape(name) for name in theirs.namelist()}
    our_lines = [line for name in ours.namelist() for line in ours.read(name).decode().splitlines()]
    their_lines = [line for name in theirs.namelist() for line in theirs.read(name).decode().splitlines()]
    assert forms(our_lines) <= forms(their_lines) | {("n", "", "", "", "", "", "n", "n", "n", "n", "n")}
    # prices are whole numbers where LEAN scales them, and only there
    cell = 1
    whole = "." in their_lines[0].split(",")[cell]
    assert ("." in our_lines[0].split(",")[cell]) == whole
    assert ours.testzip() is None


@pytest.mark.parametrize(("relative", "sample"), TEXTS)
def test_texts_look_like_lean_s(tmp_path: Path, relative: str, sample: str) -> None:
    assert ModelDataProvider(tmp_path).fetch(relative)
    ours, theirs = ((root / name).read_text().split() for root, name in ((tmp_path, relative), (DATA, sample)))
    if relative.startswith("indexoption"):
        assert ours[0] == theirs[0]
    assert forms(ours) <= forms(theirs)
    assert {line.count(",") for line in ours} == {line.count(",") for line in theirs}

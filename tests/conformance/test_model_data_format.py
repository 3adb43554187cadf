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
    (
        "option/usa/minute/qqq/20150109_quote_american.zip",
        "option/usa/minute/goog/20151224_quote_american.zip",
    ),
    (
        "option/usa/minute/qqq/20150109_openinterest_american.zip",
        "option/usa/minute/goog/20151224_openinterest_american.zip",
    ),
    ("option/usa/hour/xle_2015_openinterest_american.zip", "option/usa/hour/aapl_2014_openinterest_american.zip"),
    ("future/cme/minute/es/20150109_trade.zip", "future/cme/minute/es/20200106_trade.zip"),
    ("future/cme/minute/es/20150109_quote.zip", "future/cme/minute/es/20200106_quote.zip"),
    ("future/cme/minute/es/20150109_openinterest.zip", "future/cme/minute/es/20200106_openinterest.zip"),
    ("future/cme/daily/es_trade.zip", "future/cme/daily/es_trade.zip"),
    ("future/cme/hour/es_openinterest.zip", "future/cme/hour/es_openinterest.zip"),
    (
        "futureoption/cme/daily/es/201503/es_2015_trade_american.zip",
        "futureoption/cme/daily/es/202003/es_2020_trade_american.zip",
    ),
    (
        "futureoption/comex/hour/og/201504/og_2015_quote_american.zip",
        "futureoption/comex/hour/og/202004/og_2020_quote_american.zip",
    ),
    (
        "futureoption/cme/minute/es/201503/20150109_quote_american.zip",
        "futureoption/cme/minute/es/202003/20200106_quote_american.zip",
    ),
]
TEXTS = [
    ("indexoption/usa/universes/spxw/20150108.csv", "indexoption/usa/universes/spx/20210104.csv"),
    ("alternative/interest-rate/usa/interest-rate.csv", "alternative/interest-rate/usa/interest-rate.csv"),
    ("equity/usa/map_files/spy.csv", "equity/usa/map_files/spy.csv"),
    ("equity/usa/factor_files/spy.csv", "equity/usa/factor_files/spy.csv"),
    ("option/usa/universes/spy/20150108.csv", "option/usa/universes/spy/20240105.csv"),
    ("future/cme/universes/es/20150108.csv", "future/cme/universes/es/20200103.csv"),
    ("futureoption/cme/universes/es/201503/20150108.csv", "futureoption/cme/universes/es/202003/20200103.csv"),
    ("future/cme/map_files/es.csv", "future/cme/map_files/es.csv"),
    ("future/cme/margins/ES.csv", "future/cme/margins/ES.csv"),
]


def shape(name: str) -> str:
    """An entry name with its numbers, root and right left open."""
    text = re.sub(r"(?<=_)(call|put)(?=_)", "right", re.sub(r"\d+", "9", name))
    return text.replace("spxw", "spx").replace("qqq", "goog").replace("xle", "aapl")


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
    one_sided = {(clock, "", "", "", "", "", "n", "n", "n", "n", "n") for clock in ("n", "t")}
    assert forms(our_lines) <= forms(their_lines) | one_sided
    # prices are whole numbers where LEAN scales them, and only there
    with_decimals = [any("." in line.split(",", 1)[1] for line in lines) for lines in (our_lines, their_lines)]
    assert with_decimals[0] == with_decimals[1]
    assert ours.testzip() is None


@pytest.mark.parametrize(("relative", "sample"), TEXTS)
def test_texts_look_like_lean_s(tmp_path: Path, relative: str, sample: str) -> None:
    assert ModelDataProvider(tmp_path).fetch(relative)
    ours, theirs = ((root / name).read_text().split() for root, name in ((tmp_path, relative), (DATA, sample)))
    if "universes" in relative or "margins" in relative:
        assert ours[0] == theirs[0]
    known = forms(theirs)
    if relative.startswith("futureoption"):  # the sample does not know its contracts' open interest
        known |= {(*cells[:-1], "n") for cells in known}
    assert forms(ours) <= known
    assert {line.count(",") for line in ours} == {line.count(",") for line in theirs}

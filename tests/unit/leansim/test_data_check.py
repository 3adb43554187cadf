from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from leansim.data_check import check_folder
from leansim.errors import InputError

QUOTE = """\
34200000,10000,12000,9000,11000,5,10100,12100,9100,11100,5
34260000,10000,12000,9000,11000,5,10100,12100,9100,11100,5
"""
ENTRY = "20180105_spxw_minute_quote_european_call_27000000_20180105.csv"
NAME = "indexoption/usa/minute/spxw/20180105_quote_european.zip"


def folder(root: Path, text: str = QUOTE, entry: str = ENTRY, name: str = NAME) -> Path:
    path = root / name
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, text)
    return root


def problems(root: Path, serious: bool = True) -> list[str]:
    """Problems of archives; the databases are always missing here."""
    found = check_folder(root).problems
    return [problem.text for problem in found if problem.file.endswith(".zip") and problem.serious is serious]


def test_good_data(tmp_path: Path) -> None:
    findings = check_folder(folder(tmp_path))
    assert findings.files == {"indexoption minute": 1}
    assert findings.rows == {"indexoption minute": 2}
    assert problems(tmp_path) == []


def test_missing_databases_are_wrong(tmp_path: Path) -> None:
    findings = check_folder(folder(tmp_path))
    assert [problem.file for problem in findings.problems] == [
        "market-hours/market-hours-database.json",
        "symbol-properties/symbol-properties-database.csv",
    ]
    assert findings.wrong


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("".join(reversed(QUOTE.splitlines(keepends=True))), "times do not rise"),
        (QUOTE.splitlines()[0] + "\n" + QUOTE.splitlines()[0], "times do not rise"),
        (QUOTE.replace(",12000,9000", ",8000,9000", 1), "1 rows whose high is below their low"),
        ("34200000,1,2\n", "20180105_quote_european.zip"),
        ("34200000,a,b,c,d,5,1,1,1,1,5\n", "20180105_quote_european.zip"),
    ],
)
def test_bad_rows(tmp_path: Path, text: str, message: str) -> None:
    assert message in problems(folder(tmp_path, text))[0]


def test_crossed_quotes_are_noted_only(tmp_path: Path) -> None:
    root = folder(tmp_path, QUOTE.replace("11100,5", "10900,5", 1))
    assert problems(root, serious=False) == ["1 rows with the bid above the ask at the close"]
    assert problems(root) == []


def test_a_strange_entry_name(tmp_path: Path) -> None:
    assert "not named as LEAN names them" in problems(folder(tmp_path, entry="quotes.csv"))[0]


def test_a_truncated_archive(tmp_path: Path) -> None:
    path = folder(tmp_path) / NAME
    path.write_bytes(path.read_bytes()[:-30])
    assert NAME.rsplit("/", 1)[1] in problems(tmp_path)[0]


def test_a_folder_without_prices_and_no_folder(tmp_path: Path) -> None:
    assert "no archive of prices anywhere in it" in [problem.text for problem in check_folder(tmp_path).problems]
    with pytest.raises(InputError, match="does not exist"):
        check_folder(tmp_path / "nowhere")

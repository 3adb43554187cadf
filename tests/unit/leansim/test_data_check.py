from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from leansim.cli import cli
from leansim.data_check import check_folder
from leansim.errors import InputError
from leansim.model_data import ModelDataProvider, generate
from leansim.model_data.stock_routes import MARKET_HOURS, SYMBOL_PROPERTIES

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
    assert [problem.file for problem in findings.problems if problem.serious] == [
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


# --- files held against each other ---

DAYS = (date(2017, 10, 13), date(2017, 10, 16), date(2017, 10, 17))
SPX = "index/usa/minute/spx/20171016_trade.zip"
XLE = "equity/usa/minute/xle/20171016_trade.zip"
OPTIONS = "option/usa/minute/xle/20171016_quote_american.zip"
UNIVERSE = "option/usa/universes/xle/20171013.csv"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sound")
    generate(root, DAYS[0], DAYS[-1], ["spx", "xle"], resolutions=["minute"])
    return root


@pytest.fixture
def copied(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "data"))


def found(root: Path, serious: bool) -> list[tuple[str, str]]:
    return [(p.file, p.text) for p in check_folder(root).problems if p.serious is serious]


def rewritten(path: Path, change: Callable[[str], str]) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name).decode() for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name, change(text))


def cells(change: Callable[[int, str], str]) -> Callable[[str], str]:
    """A change of each cell by its column."""

    def changed(text: str) -> str:
        lines = (line.split(",") for line in text.splitlines())
        return "\n".join(",".join(change(at, cell) for at, cell in enumerate(line)) for line in lines) + "\n"

    return changed


def test_a_generated_folder_is_sound(sound: Path) -> None:
    assert found(sound, True) == []
    assert found(sound, False) == []


def test_an_hour_s_shift_is_another_time_zone(copied: Path) -> None:
    rewritten(copied / SPX, cells(lambda at, cell: str(int(cell) + 3_600_000) if at == 0 else cell))
    rewritten(copied / OPTIONS, cells(lambda at, cell: str(int(cell) - 3_600_000) if at == 0 else cell))
    (one, late), (other, early) = found(copied, True)
    assert {one, other} == {SPX, OPTIONS}
    assert "another time zone?" in late
    assert "another time zone?" in early


def test_a_wrong_scale_is_told_by_decimals_and_by_the_days_around(copied: Path) -> None:
    rewritten(copied / XLE, cells(lambda at, cell: f"{int(cell) / 10_000:.2f}" if 0 < at < 5 else cell))
    rewritten(copied / SPX, cells(lambda at, cell: str(int(float(cell) * 10_000)) if 0 < at < 5 else cell))
    texts = dict(found(copied, True))
    assert "a wrong scale" in texts[XLE]
    assert "times those of the file before: a wrong scale" in texts[SPX]


def test_a_missing_day_and_a_missing_universe_are_noted(copied: Path) -> None:
    (copied / SPX).unlink()
    (copied / UNIVERSE).unlink()
    notes = dict(found(copied, False))
    assert (
        "1 trading days between 2017-10-13 and 2017-10-17 have no file: 2017-10-16"
        in notes["index/usa/minute/spx (trade)"]
    )
    assert (
        "1 days have quotes and no universe of the trading day before, the first 2017-10-16"
        in notes["option/usa/minute/xle (quote)"]
    )
    assert found(copied, True) == []


def test_a_universe_that_does_not_fit_its_prices(copied: Path) -> None:
    path = copied / UNIVERSE
    lines = path.read_text().splitlines()
    lines[1] = ",,,50.00,50.00,50.00,50.00,1,,,,,,,"
    path.write_text("\n".join(lines[: len(lines) // 2]) + "\n")
    ((file, text),) = found(copied, True)
    assert file == UNIVERSE
    assert "the underlying closes at 50" in text
    assert any(file == UNIVERSE and "lists" in text for file, text in found(copied, False))


def test_a_file_of_a_closed_day_and_one_named_twice_are_noted(copied: Path) -> None:
    folder_ = (copied / SPX).parent
    shutil.copy(copied / SPX, folder_ / "20171015_trade.zip")  # a Sunday
    (copied / XLE).rename(copied / f"{XLE}.zip")
    notes = dict(found(copied, False))
    assert "no trading day" in notes["index/usa/minute/spx/20171015_trade.zip"]
    assert "never found" in notes[f"{XLE}.zip"]


# --- futures, and prices of options ---

ES = "future/cme/minute/es/20160309_trade.zip"
OF_ES = "futureoption/cme/minute/es/201603/20160309_quote_american.zip"


@pytest.fixture(scope="module")
def futures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("futures")
    provider = ModelDataProvider(root)
    files = (ES, ES.replace("trade", "quote"), OF_ES, "future/cme/minute/es/20160306_trade.zip")
    universes = ("future/cme/universes/es/20160308.csv", "futureoption/cme/universes/es/201603/20160308.csv")
    for relative in (MARKET_HOURS, SYMBOL_PROPERTIES, *files, *universes):
        assert provider.fetch(relative), provider.reason
    return root


@pytest.fixture
def of_futures(futures: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(futures, tmp_path / "futures"))


def test_futures_around_the_clock_are_sound(futures: Path) -> None:
    assert found(futures, True) == []


@pytest.mark.parametrize("hours", [-5, 1, -1])
def test_futures_on_another_clock_trade_while_globex_is_closed(of_futures: Path, hours: int) -> None:
    day = 86_400_000

    def shifted(text: str) -> str:
        rows = sorted(((int(line.split(",", 1)[0]) + hours * 3_600_000) % day, line) for line in text.splitlines())
        return "".join(f"{start},{line.split(',', 1)[1]}\n" for start, line in rows)

    rewritten(of_futures / ES, shifted)
    ((file, text),) = found(of_futures, True)
    assert file == ES
    assert f"a clock {-hours:+d} hours from it: another time zone?" in text


@pytest.mark.parametrize("factor", [100, 10_000])
def test_option_prices_on_another_scale_differ_from_their_universe(copied: Path, of_futures: Path, factor: int) -> None:
    """LEAN reads prices of options on shares in ten-thousandths, and of options on futures as they are."""
    rewritten(copied / OPTIONS, cells(lambda at, cell: str(int(cell) // factor) if cell and at in PRICES else cell))
    rewritten(of_futures / OF_ES, cells(lambda at, cell: str(float(cell) * factor) if cell and at in PRICES else cell))
    for root, file in ((copied, OPTIONS), (of_futures, OF_ES)):
        ((at, text),) = found(root, True)
        assert at == file
        assert "times what their universe says: a wrong scale" in text


PRICES = (1, 2, 3, 4, 6, 7, 8, 9)


def test_what_an_interrupted_run_left_is_no_data(copied: Path) -> None:
    torn = (copied / OPTIONS).parent / ".20171018_quote_american.zip.4711.tmp"
    torn.write_bytes((copied / OPTIONS).read_bytes()[:100])
    assert found(copied, True) == []
    assert found(copied, False) == []


def test_the_command_says_what_is_wrong_and_fails(copied: Path) -> None:
    sound = CliRunner().invoke(cli, ["data", "check", str(copied)])
    assert sound.exit_code == 0, sound.output
    (copied / OPTIONS).write_bytes((copied / OPTIONS).read_bytes()[:5000])
    torn = CliRunner().invoke(cli, ["data", "check", str(copied)])
    assert torn.exit_code == 1
    assert f"wrong: {OPTIONS}" in torn.output
    assert "1 wrong" in torn.output

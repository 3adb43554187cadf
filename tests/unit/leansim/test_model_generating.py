"""Writing spans of days: what is chosen, going on after an interruption, disks that fail, scenarios."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from leansim.cli import cli
from leansim.errors import DataError, InputError
from leansim.model_data import ModelDataProvider, generate
from leansim.model_data.history import History
from leansim.model_data.provider import DEFAULT_HISTORY, STAMP
from leansim.model_data.scenarios import SCENARIOS, with_scenario
from leansim.model_data.writer import remove_leftovers

DAY = date(2017, 10, 16)  # the fifth day of the synthetic October
QUOTES = "option/usa/minute/gld/20171016_quote_american.zip"


def test_only_what_is_named_is_made(tmp_path: Path) -> None:
    generate(tmp_path, DAY, DAY, ["GLD"], resolutions=["minute"])
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.zip")}
    assert found == {
        "equity/usa/minute/gld/20171016_trade.zip",
        QUOTES,
        QUOTES.replace("quote", "openinterest"),
    }
    # the first day trades from the universe of the session before
    assert (tmp_path / "option/usa/universes/gld/20171013.csv").is_file()
    generate(tmp_path, DAY, DAY, ["spx"], resolutions=["daily"])
    assert (tmp_path / "index/usa/daily/spx.zip").is_file()
    assert not (tmp_path / "index/usa/minute").exists()


@pytest.mark.parametrize(("roots", "resolutions", "text"), [(["ndx"], ["minute"], "ndx"), (["spy"], ["tick"], "tick")])
def test_what_there_is_not_is_named(tmp_path: Path, roots: list[str], resolutions: list[str], text: str) -> None:
    with pytest.raises(InputError, match=text):
        generate(tmp_path, DAY, DAY, roots, resolutions=resolutions)


def test_a_future_brings_its_options_maps_and_margins(tmp_path: Path) -> None:
    generate(tmp_path, DAY, DAY, ["mcl"], resolutions=["minute"])
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*") if path.is_file()}
    assert "future/nymex/margins/MCL.csv" in names
    assert "future/nymex/map_files/mcl.csv" in names
    assert "futureoption/nymex/minute/mcl/201801/20171016_quote_american.zip" in names
    assert "futureoption/nymex/universes/mcl/201801/20171016.csv" in names


def test_a_broken_off_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, written = os.replace, []

    def failing(source: Path, target: Path) -> None:
        if len(written) == 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(Path(target))
        real(source, target)

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(DataError, match=r"No space left on device.*Free some space.*goes on from there"):
        generate(tmp_path, DAY, DAY, ["gld"], resolutions=["minute"])
    before = {path: path.stat().st_mtime_ns for path in written}
    assert not list(tmp_path.rglob("*.tmp"))
    monkeypatch.setattr(os, "replace", real)
    assert generate(tmp_path, DAY, DAY, ["gld"], resolutions=["minute"]) > 5
    assert {path: path.stat().st_mtime_ns for path in written} == before


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "equity").write_text("a file where a folder belongs")
    with pytest.raises(DataError, match=r"gld\.csv cannot be written.*Give yourself the right"):
        generate(tmp_path, DAY, DAY, ["gld"])


def test_the_command(tmp_path: Path) -> None:
    options = ["--data-folder", str(tmp_path), "--root", "xle", "--resolution", "minute", "--seed", "4"]
    span = ["--start", "2017-10-16", "--end", "2017-10-16"]
    result = CliRunner().invoke(cli, ["data", "generate", *span, *options])
    assert result.exit_code == 0, result.output
    assert "files in" in result.output
    assert (tmp_path / "equity/usa/minute/xle/20171016_trade.zip").is_file()
    wrong = CliRunner().invoke(cli, ["data", "generate", *span, *options, "--scenario", "doom"])
    assert wrong.exit_code != 0
    assert "doom is no scenario; there are august-2015" in wrong.output


# --- scenarios ---


def test_a_synthetic_crash_is_in_the_history_and_leaves_real_returns_after_it() -> None:
    history, scenario = History.load(DEFAULT_HISTORY), SCENARIOS["like-october-1987"]
    made = with_scenario(history, scenario)
    days = [day for day in made.sessions if day >= date(2017, 10, 9)]
    closes = np.array([made.bars[day].close for day in days])
    moves = np.diff(closes) / closes[:-1] * 100
    np.testing.assert_allclose(moves[: len(scenario.moves)], scenario.moves, atol=0.01)
    real = np.array([history.bars[day].close for day in days])
    np.testing.assert_allclose(moves[20:80], (np.diff(real) / real[:-1] * 100)[20:80], atol=0.01)
    assert [made.vix[day] for day in days[1:6]] == [13.0, 18.0, 23.0, 36.0, 120.0]
    assert made.vix[date(2018, 6, 1)] == pytest.approx(history.vix[date(2018, 6, 1)], abs=0.02)
    for day in days:
        bar = made.bars[day]
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
    assert history.bars[DAY] != made.bars[DAY]
    assert history.bars[date(2017, 10, 9)] == made.bars[date(2017, 10, 9)]


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenarios_have_days_to_run(name: str) -> None:
    scenario, history = SCENARIOS[name], History.load(DEFAULT_HISTORY)
    assert scenario.start in history.modelled_set
    assert scenario.end in history.modelled_set
    assert len(scenario.moves) == len(scenario.vix)
    assert (scenario.first is not None) == name.startswith("like-") == scenario.about.startswith("synthetic")
    assert (with_scenario(history, scenario) is history) == (scenario.first is None)
    if scenario.first:
        assert scenario.start < scenario.first < scenario.end


def test_a_folder_keeps_its_scenario(tmp_path: Path) -> None:
    first = ModelDataProvider(tmp_path, scenario="like-october-1987")
    assert first.fetch(QUOTES)
    assert "scenario like-october-1987" in (tmp_path / STAMP).read_text()
    again = ModelDataProvider(tmp_path)
    assert again.scenario == "like-october-1987"
    assert "synthetic" in again.label
    assert again.history.bars[DAY].close < 0.85 * History.load(DEFAULT_HISTORY).bars[DAY].close
    with pytest.raises(InputError, match="scenario like-october-1987"):
        ModelDataProvider(tmp_path, scenario="like-march-2020")


def test_every_root_can_be_made_in_a_crash(tmp_path: Path) -> None:
    provider = ModelDataProvider(tmp_path, scenario="like-october-1987")
    for relative in (
        "indexoption/usa/minute/spxw/20171016_quote_european.zip",
        "option/usa/minute/iwm/20171017_quote_american.zip",
        "future/cme/minute/nq/20171016_quote.zip",
        "futureoption/cme/minute/es/201712/20171016_quote_american.zip",
        "indexoption/usa/universes/xsp/20171016.csv",
    ):
        assert provider.fetch(relative), provider.reason


# --- killed ---

KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from leansim.model_data import writer

def half(self, data):
    # what a write is when the power goes: half of a file on the disk, and nobody to clean up
    global left
    left -= 1
    with open(self, "wb") as file:
        file.write(data if left else data[: len(data) // 2])
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

left = int(sys.argv.pop())
Path.write_bytes = half
from leansim.cli import main
main()
"""
GENERATE = [
    "data",
    "generate",
    "--start",
    "2017-10-16",
    "--end",
    "2017-10-16",
    "--root",
    "xle",
    "--resolution",
    "minute",
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a run nobody interrupted."""
    root = tmp_path_factory.mktemp("whole")
    result = CliRunner().invoke(cli, [*GENERATE, "--data-folder", str(root)])
    assert result.exit_code == 0, result.output
    return contents(root)


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("zips", [1, 3])
def test_a_killed_run_leaves_no_torn_file_and_goes_on(tmp_path: Path, whole: dict[str, bytes], zips: int) -> None:
    command = [sys.executable, "-c", KILLED_IN_THE_MIDDLE, *GENERATE, "--data-folder", str(tmp_path), str(zips)]
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    after = contents(tmp_path)
    torn = [name for name in after if name.endswith(".tmp")]
    assert len(torn) == 1
    finished = {name: content for name, content in after.items() if name not in torn}
    assert finished == {name: whole[name] for name in finished}
    assert sum(name.endswith(".zip") for name in finished) == zips - 1
    written = {name: (tmp_path / name).stat().st_mtime_ns for name in finished}
    again = CliRunner().invoke(cli, [*GENERATE, "--data-folder", str(tmp_path)])
    assert again.exit_code == 0, again.output
    assert contents(tmp_path) == whole
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in finished} == written


def test_what_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for process in (os.getpid(), gone.pid):
        (tmp_path / f".20171016_trade.zip.{process}.tmp").write_bytes(b"PK")
    remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [f".20171016_trade.zip.{os.getpid()}.tmp"]

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes.finished_run import finished_run

from leansim.backtesting import fresh_folder, read_published
from leansim.cli import brief, cli
from leansim.errors import InputError
from leansim.results.writer import write

ROOT = Path(__file__).resolve().parents[3]


def leansim(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


@pytest.mark.parametrize(
    "command",
    [(), ("backtest",), ("data",), ("data", "generate"), ("data", "check"), ("report",), ("compare",), ("init",)],
)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    result = leansim(*command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, leansim.cli; "
        "print([m for m in ('numba', 'numpy', 'pandas', 'polars', 'plotly', 'rich', 'scipy') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_plain_backtest_loads_nothing_of_other_ways_to_run() -> None:
    code = (
        "import sys, leansim.project, leansim.backtesting; "
        "print([m for m in ('leansim.brokerage_session', 'leansim.model_data', 'leansim.results.report', "
        "'leansim.sweep', 'leansim.trading.faults', 'leansim.trading.remote', 'pandas', 'rich.progress') "
        "if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("backtest", "{here}/nowhere"), "does not exist; name a project folder"),
        (("backtest", "{here}"), "has no main.py"),
        (
            ("backtest", "{here}/x.py", "--data-folder", "{here}/none"),
            "none does not exist; name one with --data-folder",
        ),
        (("backtest", "{here}/x.py", "--faults", "absent.json"), "a whole number is a seed"),
        (("data", "check", "{here}/none"), "none does not exist"),
        (("data", "generate", "--start", "2018-02-01", "--end", "2018-01-01"), "--end 2018-01-01 is before --start"),
        (("report", "{here}/none.json"), "none.json cannot be read"),
        (("compare", "{here}/none.json", "{here}/none.json"), "none.json cannot be read"),
    ],
)
def test_bad_input_ends_with_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "x.py").write_text("")
    monkeypatch.chdir(tmp_path)
    result = leansim(*(argument.format(here=tmp_path) for argument in arguments))
    assert result.exit_code == 1
    assert message in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.output


def test_debug_shows_where_it_arose(tmp_path: Path) -> None:
    result = leansim("report", tmp_path / "none.json", "--debug")
    assert isinstance(result.exception, InputError)


def test_an_unknown_option_is_a_usage_error() -> None:
    assert leansim("backtest", "x", "--ouput", "y").exit_code == 2


def test_data_check_ends_with_1_when_something_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "equity/usa/daily").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "equity/usa/daily/spy.zip", "w") as archive:
        archive.writestr("spy.csv", "20180102 00:00,1,2,1,2,5\n")
    result = leansim("data", "check", tmp_path)
    assert result.exit_code == 1
    assert "market-hours-database.json" in result.output
    assert "equity daily" in result.output


def test_report_and_compare(tmp_path: Path) -> None:
    for name in "ab":
        write(finished_run(), tmp_path / name, "run")
    result = leansim("report", tmp_path / "a/run.json")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "a/report.html").is_file()
    assert leansim("compare", tmp_path / "a", tmp_path / "b").exit_code == 0
    events = tmp_path / "b/run-order-events.json"
    events.write_text(events.read_text().replace('"filled"', '"canceled"'))
    different = leansim("compare", tmp_path / "a", tmp_path / "b")
    assert different.exit_code == 1
    assert "First difference: order event 2 (status)" in different.output


def test_init_makes_a_workspace_and_leaves_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "lean.json: written" in leansim("init").output
    assert "lean.json: exists" in leansim("init").output
    assert json.loads((tmp_path / "lean.json").read_text()) == {"data-folder": "data"}


def test_results_never_share_a_folder(tmp_path: Path) -> None:
    now = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    first = fresh_folder(tmp_path, now)
    first.mkdir()
    assert [first.name, fresh_folder(tmp_path, now).name] == ["2026-01-05_14-30-00", "2026-01-05_14-30-00_2"]


def test_the_report_an_algorithm_published(tmp_path: Path) -> None:
    (tmp_path / "tomking").mkdir()
    (tmp_path / "tomking/report.json").write_text('{"denials": {}}')
    assert read_published(tmp_path, {}) is None
    assert read_published(tmp_path, {"tomking-report": "tomking/report.json"}) == {"denials": {}}
    for bad in ("tomking/none.json", "../outside.json"):
        with pytest.raises(InputError, match="has no such file"):
            read_published(tmp_path, {"tomking-report": bad})
    (tmp_path / "tomking/report.json").write_text("{")
    with pytest.raises(InputError, match="not valid JSON"):
        read_published(tmp_path, {"tomking-report": "tomking/report.json"})


def test_an_algorithms_error_is_told_without_the_calls_in_between() -> None:
    whole = (
        "unknown parameter 'x'\n  at initialize\n    self.read()\n in main.py: line 31\n"
        "  at read\n    raise ValueError\n in tomking/settings.py: line 56"
    )
    told = brief(whole).splitlines()
    assert told[0] == "unknown parameter 'x'"
    assert told[1].startswith("  raised in tomking/settings.py: line 56, called from main.py: line 31")
    assert brief("no data at all") == "no data at all"

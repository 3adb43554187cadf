"""The two commands of the README, as a newcomer types them: in a clean copy of the tree, set-up included."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHORT_YEAR = "--parameter backtest.end 2018-01-16"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what git has and would add, without anything that was made by running it."""
    target = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for line in listed.stdout.splitlines():
        if (ROOT / line).is_file():
            (target / line).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / line, target / line)
    subprocess.run(["git", "init", "--quiet"], cwd=target, check=True)
    subprocess.run(["git", "add", "--all"], cwd=target, check=True)
    return target


def make(clone: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "MAKE", "MFLAGS"))
    }
    return subprocess.run(
        ["make", *words], cwd=clone, env=environment, capture_output=True, text=True, timeout=900, check=False
    )


@pytest.mark.xdist_group("fresh_clone")
def test_make_backtest_sets_itself_up_and_leaves_a_report(clone: Path) -> None:
    done = make(clone, "backtest", f"ARGS={SHORT_YEAR}")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    reports = list((clone / "TomKingAlgorithm" / "backtests").rglob("report.html"))
    assert len(reports) == 1
    assert "report.html" in done.stdout.replace("\n", "")

    again = make(clone, "backtest", f"ARGS={SHORT_YEAR}")
    assert again.returncode == 0
    assert "setting up" not in again.stdout

    replayed = make(clone, "replay")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


@pytest.mark.xdist_group("fresh_clone")
def test_make_test_sets_itself_up(clone: Path) -> None:
    done = make(clone, "test", "ARGS=tests/test_house_rules.py", "JOBS=1")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert " passed" in done.stdout


def test_make_alone_explains_itself(clone: Path) -> None:
    done = make(clone)
    assert done.returncode == 0
    for target in ("backtest", "test", "check", "bench", "stress", "report", "push", "lean-backtest", "clean"):
        assert f"make {target} " in done.stdout.replace("\x1b[1m", "").replace("\x1b[0m", "")

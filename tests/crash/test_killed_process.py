"""No exception, no clean-up: the operating system ends the process, and another one starts on the files it left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
CHILD = Path(__file__).with_name("child.py")
SEED = "2"


def run(folder: Path, name: str = "-", which: int = 0) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join((str(TESTS), str(TESTS.parent / "TomKingAlgorithm")))
    surroundings = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, str(CHILD), str(folder), SEED, name, str(which)]
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("name", "which"),
    [("save", 2), ("flush", 3), ("flushed", 3), ("saved", 4), ("submit", 2), ("submitted", 1), ("cancel", 1)],
)
def test_a_killed_process_is_made_good_by_the_next(tmp_path: Path, name: str, which: int) -> None:
    killed = run(tmp_path, name, which)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    after = run(tmp_path)
    assert after.returncode == 0, after.stderr
    assert after.stdout.startswith("2 starts")


def test_killed_in_the_recovery_and_in_the_recovery_from_that(tmp_path: Path) -> None:
    for name, which in (("submitted", 2), ("orders", 1), ("flush", 1)):
        assert run(tmp_path, name, which).returncode == -signal.SIGKILL
    after = run(tmp_path)
    assert after.returncode == 0, after.stderr
    assert after.stdout.startswith("4 starts")

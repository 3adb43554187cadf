"""Which Python the environment is made with: the quickest on the PATH that works."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "tools" / "quickest_python.sh"


def python_that(does: str, folder: Path) -> str:
    """A `python3.11` in a folder of its own, which is returned."""
    folder.mkdir()
    python = folder / "python3.11"
    python.write_text(f"#!/bin/sh\n{does}\n")
    python.chmod(0o755)
    return str(folder)


def chosen(path: str) -> str:
    done = subprocess.run([SCRIPT], env={"PATH": path}, capture_output=True, text=True, check=False)
    return done.stdout


def test_the_quickest_that_works_is_chosen_and_not_the_first(tmp_path: Path) -> None:
    slow = python_that("echo 0.002", tmp_path / "slow")
    broken = python_that("echo 1e-9; exit 1", tmp_path / "without ensurepip")
    quick = python_that("echo 1.5e-5", tmp_path / "quick")
    # the machine's own, which may be among them, needs longer than either says
    assert chosen(":".join([slow, broken, quick, os.defpath])) == f"{quick}/python3.11\n"


def test_a_machine_without_python_is_told_nothing(tmp_path: Path) -> None:
    for tool in ("bash", "sort", "head", "cut"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / tool).symlink_to(found)
    assert chosen(str(tmp_path)) == ""

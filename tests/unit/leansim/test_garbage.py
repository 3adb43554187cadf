"""The process of one command: what it leaves to the system when it ends, and what has to be done before."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
KNOT = """
import gc, gzip, zipfile
from leansim.garbage import until_the_process_ends

class Knot:
    def __init__(self, file):
        self.me, self.file = self, file
        file.write("written, " if hasattr(file, "encoding") else b"written, ")
    def __del__(self):
        print("taken apart")

opened = [open(FOLDER + "/text", "w"), open(FOLDER + "/closed", "w"), open(FOLDER + "/full", "wb")]
opened[1].close()
seldom = gc.get_threshold()
with until_the_process_ends():
    print(gc.get_threshold()[0] > 10 * seldom[0])
    Knot(opened[0])
    del opened[0]
    Knot(gzip.open(FOLDER + "/packed.gz", "wt"))
    Knot(zipfile.ZipFile(FOLDER + "/archive.zip", "w").open("entry", "w"))
    raise SystemExit(3)
"""
COMMAND = """
import gc, sys
from leansim.cli import main

sys.argv = ["leansim", "--version"]
try:
    main()
except SystemExit:
    print(gc.get_freeze_count() > 1000, gc.get_threshold()[0] > 7000)
"""


def run(code: str, *, expected: int = 0) -> list[str]:
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (expected, "")
    return ended.stdout.splitlines()


def test_what_is_held_at_the_end_is_not_taken_apart_and_open_files_are_written(tmp_path: Path) -> None:
    assert run(f"FOLDER = {str(tmp_path)!r}\n{KNOT}", expected=3) == ["True"]
    assert (tmp_path / "text").read_text() == "written, "
    assert gzip.decompress((tmp_path / "packed.gz").read_bytes()) == b"written, "
    assert zipfile.ZipFile(tmp_path / "archive.zip").read("entry") == b"written, "


def test_a_command_ends_so() -> None:
    assert run(COMMAND)[-1] == "True True"

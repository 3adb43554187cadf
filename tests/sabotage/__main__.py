"""Break a copy of the framework in every way of `breakages`, and see that the tests notice: `make sabotage`.

The tree itself is never touched. First the unbroken copy must pass the same tests; then each broken copy must fail
its own. Ends with 1 when a breakage survives, or does not fit the source any more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sabotage.breakages import BREAKAGES, Breakage

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "TomKingAlgorithm"
TESTS = ROOT / "tests" / "unit" / "tomking"

PASSED, FAILED = 0, 1
"""Exit codes of pytest; any other means that the tests could not be run, which proves nothing."""

LONGEST_SECONDS = 120


def broken_text(breakage: Breakage) -> str:
    """The source with the mistake in it.

    Raises:
        ValueError: the text to replace does not occur exactly once.
    """
    text = (PROJECT / "tomking" / breakage.file).read_text(encoding="utf-8")
    if text.count(breakage.old) != 1:
        raise ValueError(f"{breakage.name!r} fits {breakage.file} {text.count(breakage.old)} times, not once")
    return text.replace(breakage.old, breakage.new)


def exit_code(folder: Path, tests: Sequence[str]) -> int:
    """What pytest says of `tests` with the copy of the project in `folder`; -1 when it never ends."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command += ["-o", f"pythonpath={folder / PROJECT.name} {ROOT / 'tests'}"]
    command += [str(TESTS / test) for test in tests]
    surroundings = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=surroundings, capture_output=True, timeout=LONGEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return -1
    return done.returncode


def copied(folder: Path) -> Path:
    """A copy of the framework below `folder`; the folder of its package."""
    to = folder / PROJECT.name / "tomking"
    shutil.copytree(PROJECT / "tomking", to, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def verdict(breakage: Breakage | None) -> str:
    """``caught``, or what went wrong; None is the unbroken framework, which must pass all the tests."""
    with tempfile.TemporaryDirectory() as name:
        package = copied(Path(name))
        if breakage is None:
            every = sorted({test for each in BREAKAGES for test in each.tests})
            return "passes" if exit_code(Path(name), every) == PASSED else "FAILS UNBROKEN"
        try:
            text = broken_text(breakage)
        except ValueError as error:
            return f"DOES NOT FIT: {error}"
        (package / breakage.file).write_text(text, encoding="utf-8")
        code = exit_code(Path(name), breakage.tests)
    return {FAILED: "caught", PASSED: "SURVIVED"}.get(code, f"PROVES NOTHING: pytest ended with {code}")


def main(words: Sequence[str]) -> int:
    """Try the breakages whose names contain one of `words`, all of them by default."""
    chosen = [each for each in BREAKAGES if not words or any(word in each.name for word in words)]
    with ThreadPoolExecutor(max_workers=int(os.environ.get("JOBS", "2"))) as pool:
        unbroken, *verdicts = pool.map(verdict, [None, *chosen])
    table = Table("breakage", "file", "tests", "verdict", title=f"the unbroken framework {unbroken}")
    for breakage, said in zip(chosen, verdicts, strict=True):
        table.add_row(breakage.name, breakage.file, "\n".join(breakage.tests), said)
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    caught = verdicts.count("caught")
    print(f"{caught} of {len(chosen)} breakages caught")
    return 0 if caught == len(chosen) and unbroken == "passes" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

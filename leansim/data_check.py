"""`leansim data check`: whether a folder is what LEAN reads.

Every archive is opened and every line of it read: names as LEAN writes them, times that rise, numbers where numbers
belong, no high below its low. A bid above its ask is noted only, because recorded data have them. The market hours and
the symbol properties must be there and whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from leansim.errors import DataError, InputError
from leansim.lean_data.folder import DataFolder
from leansim.lean_data.zips import Table, read_table

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS: Final = {"trade": 5, "quote": 10, "openinterest": 1}
_ZIP: Final = re.compile(
    r"(?P<kind>equity|index|option|indexoption|future|futureoption)/\w+/(?P<resolution>minute|hour|daily)/.+\.zip"
)
_TICK: Final = re.compile(r"_(trade|quote|openinterest)(_american|_european)?\.zip$")
_CONTRACT: Final = r"(american|european)_(call|put)_\d+_\d{8}"
_ENTRIES: Final = {
    ("equity", "minute"): r"\d{8}_[\w.]+_minute_(trade|quote)\.csv",
    ("index", "minute"): r"\d{8}_[\w.]+_minute_(trade|quote)\.csv",
    ("option", "minute"): rf"\d{{8}}_[\w.]+_minute_\w+_{_CONTRACT}\.csv",
    ("future", "minute"): r"\d{8}_\w+_minute_\w+_\d{6}(_\d{6,8})?\.csv",
    ("equity", "dated"): r"[\w.]+\.csv",
    ("index", "dated"): r"[\w.]+\.csv",
    ("option", "dated"): rf"[\w.]+_(trade|quote|openinterest)_{_CONTRACT}\.csv",
    ("future", "dated"): r"\w+_(trade|quote|openinterest)_\d{6}(_\d{6,8})?\.csv",
}
_SHOWN: Final = 50


@dataclass(frozen=True)
class Problem:
    """Something about one file; what is not serious happens in real data too and does not make a folder wrong."""

    file: str
    text: str
    serious: bool = True


@dataclass
class Findings:
    """What a check found: files and rows looked at by kind of data, and what is wrong."""

    files: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        """Whether anything serious is."""
        return any(problem.serious for problem in self.problems)


def check_folder(root: Path) -> Findings:
    """Check a data folder.

    Raises :class:`~leansim.errors.InputError` when there is no such folder.
    """
    root = root.expanduser().resolve()
    if not root.is_dir():
        raise InputError(f"data folder {root} does not exist; name another, or make one with `leansim data generate`")
    findings = Findings()
    _check_databases(root, findings)
    for path in sorted(root.rglob("*.zip")):
        relative = path.relative_to(root).as_posix()
        match = _ZIP.fullmatch(relative)
        if match is None:
            continue
        kind = f"{match['kind']} {match['resolution']}"
        findings.files[kind] = findings.files.get(kind, 0) + 1
        problems = _check_zip(path, match["kind"], match["resolution"], kind, findings)
        findings.problems += (Problem(relative, text, serious) for text, serious in problems)
    if not findings.files:
        findings.problems.append(Problem(".", "no archive of prices anywhere in it"))
    return findings


def show_findings(console: Console, findings: Findings) -> None:
    """A table of what was looked at, and the problems."""
    from rich.markup import escape
    from rich.table import Table as Grid

    grid = Grid("Data", "Files", "Rows", title="Checked")
    for kind, files in sorted(findings.files.items()):
        grid.add_row(kind, f"{files:,}", f"{findings.rows.get(kind, 0):,}")
    console.print(grid)
    ordered = sorted(findings.problems, key=lambda problem: not problem.serious)
    for problem in ordered[:_SHOWN]:
        mark = "wrong" if problem.serious else "note"
        console.print(f"{mark}: {escape(problem.file)}: {escape(problem.text)}", highlight=False, soft_wrap=True)
    if len(ordered) > _SHOWN:
        console.print(f"… and {len(ordered) - _SHOWN} more", highlight=False)
    serious = sum(problem.serious for problem in ordered)
    console.print(f"{serious} wrong, {len(ordered) - serious} notes", highlight=False)


def _check_databases(root: Path, findings: Findings) -> None:
    folder = DataFolder(root, cache=False)
    for name, read in (
        ("market-hours/market-hours-database.json", lambda: folder.market_hours),
        ("symbol-properties/symbol-properties-database.csv", lambda: folder.symbol_properties),
    ):
        try:
            read()
        except DataError as error:
            findings.problems.append(Problem(name, str(error)))


def _check_zip(path: Path, kind: str, resolution: str, counted: str, findings: Findings) -> Iterator[tuple[str, bool]]:
    tick = _TICK.search(path.name)
    minute = resolution == "minute"
    columns = _COLUMNS[tick[1] if tick else "trade"]
    if minute and tick is None:
        yield "the name does not say trade, quote or openinterest", True
        return
    try:
        table = read_table(path, columns, dated=not minute, wanted=lambda _: True)
    except DataError as error:
        yield str(error), True
        return
    findings.rows[counted] = findings.rows.get(counted, 0) + len(table.clock)
    family = "option" if kind.endswith("option") else kind
    pattern = re.compile(_ENTRIES[family, "minute" if minute else "dated"])
    strange = [name for name in table.entries if not pattern.fullmatch(name)]
    if strange:
        yield f"{len(strange)} entries are not named as LEAN names them, the first: {strange[0]}", True
    yield from _check_rows(table, columns)


def _check_rows(table: Table, columns: int) -> Iterator[tuple[str, bool]]:
    for position, name in enumerate(table.entries):
        rows = slice(table.offsets[position], table.offsets[position + 1])
        if np.any(np.diff(table.clock[rows]) <= 0):
            yield f"{name}: times do not rise", True
    sides = {1: (), 5: (0,), 10: (0, 5)}[columns]
    for side in sides:
        _, high, low, _ = table.values[side : side + 4]
        wrong = int(np.count_nonzero(high < low))
        if wrong:
            yield f"{wrong} rows whose high is below their low", True
    if len(sides) == 2:
        crossed = int(np.count_nonzero(table.values[3] > table.values[8]))
        if crossed:
            yield f"{crossed} rows with the bid above the ask at the close", False

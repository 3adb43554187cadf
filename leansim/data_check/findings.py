"""What a check of a data folder found, and how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.console import Console

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

    def note(self, file: str, text: str) -> None:
        """Something that real data have too."""
        self.problems.append(Problem(file, text, serious=False))

    def fault(self, file: str, text: str) -> None:
        """Something that makes results wrong."""
        self.problems.append(Problem(file, text))


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

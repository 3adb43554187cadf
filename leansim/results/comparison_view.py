"""Two runs side by side: on the terminal, and as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leansim.results.compare import Comparison, Difference, Run, event_line, moment
from leansim.results.document import write_document

if TYPE_CHECKING:
    from rich.console import Console

MOST_ROWS: Final = 500
"""Rows of a kind on the page; the result files have all."""
_SHOWN_LINES: Final = 5


def show_differences(console: Console, comparison: Comparison) -> None:
    """The first difference with what came before it, how many there are by subject, and the statistics side by side."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    first = comparison.first
    if first is None:
        counts = ", ".join(f"{count} {subject}" for subject, count in comparison.compared.items())
        console.print(f"Equal: {counts}.", highlight=False)
        return
    console.print(f"First difference: {escape(first.where)}", style="bold", highlight=False, soft_wrap=True)
    for line in first.context:
        console.print(f"    before:   {escape(line)}", highlight=False, soft_wrap=True)
    console.print(f"    expected: {escape(first.expected)}", highlight=False, soft_wrap=True)
    console.print(f"    found:    {escape(first.found)}", highlight=False, soft_wrap=True)
    for subject, differences in comparison.subjects.items():
        console.print(f"{subject}: {len(differences)} of {comparison.compared[subject]} differ", highlight=False)
    for each in comparison.subjects["equity"][:_SHOWN_LINES]:
        console.print(f"    {each.where}: expected {each.expected}, found {each.found}", highlight=False)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading, justify in (("Statistic", "left"), ("expected", "right"), ("found", "right")):
        table.add_column(heading, justify="right" if justify == "right" else "left", overflow="fold")
    for name, theirs, ours, differs in statistics_rows(comparison):
        table.add_row(escape(name), escape(theirs), escape(ours), style="bold" if differs else "dim")
    console.print(table)


def statistics_rows(comparison: Comparison) -> list[tuple[str, str, str, bool]]:
    """Every statistic of either run: name, expected, found, and whether they differ."""
    theirs, ours = comparison.expected.statistics, comparison.found.statistics
    differing = {each.where for each in comparison.subjects["statistics"]}
    return [
        (name, str(theirs.get(name, "")), str(ours.get(name, "")), name in differing)
        for name in dict.fromkeys((*theirs, *ours))
    ]


def write_comparison(comparison: Comparison, titles: Sequence[str], target: Path) -> None:
    """Write the page: both equities in one picture, statistics, fills and orders side by side."""
    expected, found = comparison.expected, comparison.found
    first = comparison.first
    write_document(
        target,
        "compare.html",
        {"curves": [{"name": title, **_curve(run)} for title, run in zip(titles, (expected, found), strict=True)]},
        modelled=expected.modelled or found.modelled,
        title=" and ".join(titles),
        titles=titles,
        first=first,
        counts=[(name, len(found), comparison.compared[name]) for name, found in comparison.subjects.items()],
        statistics=statistics_rows(comparison),
        fills=_side_by_side(_fills(expected), _fills(found))[:MOST_ROWS],
        fill_total=max(len(_fills(expected)), len(_fills(found))),
        orders=_rows(comparison.subjects["orders"]),
        order_total=len(comparison.subjects["orders"]),
        most=MOST_ROWS,
    )


def _curve(run: Run) -> dict[str, Any]:
    return {"x": [moment(seconds) for seconds, _ in run.equity], "y": [value for _, value in run.equity]}


def _fills(run: Run) -> list[str]:
    return [event_line(event) for event in run.events if _is_fill(event)]


def _is_fill(event: Mapping[str, Any]) -> bool:
    return bool(event.get("fillQuantity"))


def _side_by_side(expected: Sequence[str], found: Sequence[str]) -> list[tuple[str, str, bool]]:
    count = max(len(expected), len(found))
    padded = [[*lines, *[""] * (count - len(lines))] for lines in (expected, found)]
    return [(theirs, ours, theirs != ours) for theirs, ours in zip(*padded, strict=True)]


def _rows(differences: Sequence[Difference]) -> list[tuple[str, str, bool]]:
    return [(each.expected, each.found, True) for each in differences[:MOST_ROWS]]

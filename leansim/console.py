"""What the command line shows: the progress of a run, and tables of its results."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from leansim.results.published import section, table_rows

if TYPE_CHECKING:
    from rich.progress import Progress

    from leansim.loop import Progress as RunProgress
    from leansim.results.statistics import Statistics

_LINE_EVERY_SECONDS = 5.0
_FOR_THE_REPORT = frozenset({"average_win", "average_loss", "days_in_market_fraction", "median_minutes_to_fill"})
"""Columns a terminal has no room for."""


class RunDisplay:
    """Shows a run while it goes on: a bar on a terminal, a plain line every five seconds elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._next_line = self._started + _LINE_EVERY_SECONDS
        self._bar: Progress | None = None
        if console.is_terminal:
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.fields[date]}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[figures]}"),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            self._task = self._bar.add_task("run", total=1.0, date="", figures="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, progress: RunProgress) -> None:
        """Called by the run a few times a second."""
        now = time.monotonic()
        speed = progress.steps / max(now - self._started, 0.001)
        figures = f"{speed:,.0f} steps/s  equity {progress.equity:,.2f}"
        if self._bar is not None:
            self._bar.update(self._task, completed=progress.fraction, date=f"{progress.time:%Y-%m-%d}", figures=figures)
        elif now >= self._next_line:
            self._next_line = now + _LINE_EVERY_SECONDS
            self._console.print(f"{progress.time:%Y-%m-%d}  {progress.fraction:4.0%}  {figures}", highlight=False)


def show_statistics(console: Console, statistics: Statistics) -> None:
    """LEAN's statistics, two to a row, as LEAN's own tools show them."""
    items = list(statistics.summary.items())
    if not items:
        console.print("No statistics: the run ended before its first daily sample.")
        return
    half = (len(items) + 1) // 2
    table = Table(title="Statistics", box=SIMPLE_HEAD, pad_edge=False, padding=0)
    for heading in ("Statistic", "Value") * 2:
        table.add_column(heading, overflow="fold")
    for left, right in zip(items[:half], [*items[half:], ("", "")], strict=False):
        table.add_row(*(escape(text) for text in (*left, *right)))
    console.print(table)
    trades = statistics.total.trades
    if trades.total_number_of_trades:
        console.print(
            f"{trades.total_number_of_trades} closed trades: {trades.number_of_winning_trades} won, "
            f"{trades.number_of_losing_trades} lost, profit {trades.total_profit_loss:,.2f} before fees of "
            f"{trades.total_fees:,.2f}",
            highlight=False,
        )


def show_published(console: Console, published: Mapping[str, Any]) -> None:
    """Trades, denials and group outcomes from the report the algorithm published itself."""
    titles = {"strategies": "Trades by exit reason", "denials": "Denials by reason", "groups": "Group outcomes"}
    for key, title in titles.items():
        rows = table_rows(published.get(key))
        if rows:
            show_rows(console, title, rows)


def show_rows(console: Console, title: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """A table of objects: a column for each key; of an inner list only its first entry, the report has the others."""
    brief = [{key: _first(value) for key, value in row.items() if key not in _FOR_THE_REPORT} for row in rows]
    shown = section("", brief, title)
    table = Table(title=title, box=SIMPLE_HEAD, pad_edge=False, padding=0)
    for column, numeric in zip(shown.columns, shown.numeric, strict=True):
        # folded, never cut: half a number is worse than none
        table.add_column(escape(column), justify="right" if numeric else "left", overflow="fold")
    for row in shown.rows:
        table.add_row(*(escape(text) for text in row))
    console.print(table)


def _first(value: Any) -> Any:
    """The first entry of a list, and of an object its first value."""
    if isinstance(value, list):
        return _first(value[0]) if value else ""
    return _first(next(iter(value.values()), "")) if isinstance(value, Mapping) else value

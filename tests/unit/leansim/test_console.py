from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from fakes.finished_run import finished_run
from rich.console import Console

from leansim import console as shown
from leansim.loop import Progress
from leansim.results.statistics import Statistics, statistics_of


def progress(fraction: float, steps: int) -> Progress:
    return Progress(datetime(2018, 1, 5, tzinfo=UTC), fraction, Decimal("100250.5"), steps)


def test_without_a_terminal_a_line_comes_every_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(shown.time, "monotonic", lambda: now)
    output = io.StringIO()
    with shown.RunDisplay(Console(file=output, width=120)) as display:
        display.show(progress(0.1, 10))
        now = 106.0
        display.show(progress(0.5, 600))
        now = 107.0
        display.show(progress(0.6, 700))
    assert output.getvalue() == "2018-01-05   50%  100 steps/s  equity 100,250.50\n"


def test_on_a_terminal_there_is_a_bar_that_goes_away() -> None:
    output = io.StringIO()
    with shown.RunDisplay(Console(file=output, width=120, force_terminal=True)) as display:
        display.show(progress(0.5, 600))
    assert "2018-01-05" in output.getvalue()


def test_all_statistics_are_shown_whole() -> None:
    output = io.StringIO()
    statistics = statistics_of(finished_run())
    shown.show_statistics(Console(file=output, width=60), statistics)
    text = "".join(part.strip("│ ") for part in output.getvalue().split())
    assert all(name.replace(" ", "")[:6] in text for name in statistics.summary)
    assert "1 closed trades: 1 won, 0 lost, profit 100.00 before fees of 3.25" in output.getvalue().replace("\n", " ")


def test_a_run_without_statistics_says_so() -> None:
    output = io.StringIO()
    shown.show_statistics(Console(file=output), Statistics())
    assert output.getvalue().startswith("No statistics")


def test_trades_denials_and_groups_of_a_published_report() -> None:
    output = io.StringIO()
    published = {
        "strategies": [{"strategy": "zero_dte", "exit_reason": "profit", "count": 20}],
        "denials": {"VIX_BAND": 4},
        "groups": [{"outcome": "UNWOUND", "cost": 12.5}],
        "other": [1],
    }
    shown.show_published(Console(file=output, width=80), published)
    assert "profit" in output.getvalue()
    assert "VIX_BAND" in output.getvalue()
    assert "UNWOUND" in output.getvalue()
    assert "other" not in output.getvalue()

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.finished_run import finished_run
from rich.console import Console

from leansim.errors import InputError
from leansim.results.compare import compare_results
from leansim.results.comparison_view import show_differences, write_comparison
from leansim.results.writer import write


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    for name in "ab":
        write(finished_run(), tmp_path / name, "run")
    return tmp_path / "a", tmp_path / "b"


def change(path: Path, edit: Callable[[Any], None]) -> None:
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def shown(expected: Path, found: Path) -> str:
    output = io.StringIO()
    show_differences(Console(file=output, width=200), compare_results(expected, found))
    return output.getvalue()


def test_equal_runs_have_no_difference(runs: tuple[Path, Path]) -> None:
    assert not compare_results(*runs).differs
    assert shown(*runs).startswith("Equal: 2 order events, 1 orders")


def test_the_first_difference_comes_with_what_was_before_it(runs: tuple[Path, Path]) -> None:
    change(runs[1] / "run-order-events.json", lambda events: events[1].update(fillPrice=1.7))
    text = shown(*runs)
    assert "First difference: order event 2 (fillPrice)" in text
    assert "before:   2018-01-02 05:00:00 order 1 SPX submitted buy 2" in text
    assert "fillPrice 1.6" in text
    assert "fillPrice 1.7" in text
    assert "order events: 1 of 2 differ" in text


def test_a_missing_event_is_a_difference(runs: tuple[Path, Path]) -> None:
    change(runs[1] / "run-order-events.json", lambda events: events.pop())
    first = compare_results(*runs).first
    assert first is not None
    assert first.found == "nothing"


def test_orders_equity_and_statistics_are_compared(runs: tuple[Path, Path]) -> None:
    def edit(result: Any) -> None:
        result["orders"]["1"]["tag"] = "other"
        result["statistics"]["Total Fees"] = "$9.99"
        result["charts"]["Strategy Equity"]["series"]["Equity"]["values"][3][4] += 1

    change(runs[1] / "run.json", edit)
    comparison = compare_results(*runs)
    assert [len(comparison.subjects[subject]) for subject in ("order events", "orders", "equity", "statistics")] == [
        0,
        1,
        1,
        1,
    ]


def test_a_recording_of_lean_is_one_side(runs: tuple[Path, Path], tmp_path: Path) -> None:
    result = json.loads((runs[0] / "run.json").read_text())
    events = json.loads((runs[0] / "run-order-events.json").read_text())
    recording = {
        "orders": list(result["orders"].values()),
        "order_events": [
            {key: value for key, value in event.items() if key not in ("id", "algorithmId")} for event in events
        ],
        "equity": [
            [point[0], point[4]] for point in result["charts"]["Strategy Equity"]["series"]["Equity"]["values"][::5]
        ],
        "statistics": result["statistics"],
    }
    path = tmp_path / "golden.json.gz"
    path.write_bytes(gzip.compress(json.dumps(recording).encode()))
    assert not compare_results(path, runs[0]).differs


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no result"):
        compare_results(tmp_path / "empty", tmp_path / "empty")
    (tmp_path / "cut.json.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(InputError, match=r"cut\.json\.gz"):
        compare_results(tmp_path / "cut.json.gz", tmp_path / "empty")


def test_statistics_are_shown_side_by_side(runs: tuple[Path, Path]) -> None:
    change(runs[1] / "run.json", lambda result: result["statistics"].update({"Total Fees": "$9.99"}))
    (line,) = (line for line in shown(*runs).splitlines() if line.lstrip().startswith("Total Fees"))
    before = json.loads((runs[0] / "run.json").read_text())["statistics"]["Total Fees"]
    assert line.split()[-2:] == [before, "$9.99"]


def test_the_page_has_both_runs(runs: tuple[Path, Path], tmp_path: Path) -> None:
    change(runs[1] / "run-order-events.json", lambda events: events[1].update(fillPrice=1.7))
    write_comparison(compare_results(*runs), ("before", "after <b>"), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "First difference: order event 2 (fillPrice)" in page
    assert "after &lt;b&gt;" in page
    assert "MODELLED DATA" in page
    for run in runs:
        change(run / "run.json", lambda result: result["engine"].update(modelledData=False))
    write_comparison(compare_results(*runs), ("before", "after"), tmp_path / "real.html")
    assert "MODELLED DATA" not in (tmp_path / "real.html").read_text()
    fills = [line for line in page.splitlines() if "<tr class=open>" in line and "fill" in line]
    assert len(fills) == 1
    assert "at 1.6" in fills[0]
    assert "at 1.7" in fills[0]

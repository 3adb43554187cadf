from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.finished_run import finished_run

from leansim.results.recorder import EngineInfo, Recorder
from leansim.results.writer import RunTimes, time_span, write

# What LEAN's own result of a backtest has, from `BacktestResult` and the files of `lean backtest`.
LEAN_KEYS = {
    "rollingWindow", "charts", "orders", "profitLoss", "statistics", "runtimeStatistics", "state", "serverStatistics",
    "algorithmConfiguration", "totalPerformance",
}  # fmt: skip


def written(directory: Path, recorder: Recorder | None = None, **more: Any) -> dict[str, Any]:
    write(recorder or finished_run(), directory, "run", **more)
    return json.loads((directory / "run.json").read_text())


def test_all_of_leans_files_are_there(tmp_path: Path) -> None:
    write(finished_run(), tmp_path, "run")
    assert {path.name for path in tmp_path.iterdir()} == {
        "run.json",
        "run-summary.json",
        "run-order-events.json",
        "run-log.txt",
        "data-monitor-report-run.json",
        "succeeded-data-requests-run.txt",
        "failed-data-requests-run.txt",
    }


def test_the_result_has_leans_keys_and_the_engine(tmp_path: Path) -> None:
    result = written(tmp_path)
    assert set(result) == LEAN_KEYS | {"engine"}
    assert set(result["charts"]) >= {
        "Strategy Equity",
        "Benchmark",
        "Drawdown",
        "Exposure",
        "Portfolio Turnover",
        "Capacity",
    }
    assert result["engine"]["modelledData"] is True
    assert result["engine"]["seed"] == 7
    assert result["state"]["Status"] == "Completed"
    assert len(result["statistics"]) == 28


def test_an_order_event_has_leans_keys(tmp_path: Path) -> None:
    write(finished_run(), tmp_path, "run")
    submitted, filled = json.loads((tmp_path / "run-order-events.json").read_text())
    assert list(filled) == [
        "id", "algorithmId", "orderId", "orderEventId", "symbol", "symbolValue", "symbolPermtick", "time", "status",
        "orderFeeAmount", "orderFeeCurrency", "fillPrice", "fillPriceCurrency", "fillQuantity", "direction",
        "isAssignment", "quantity",
    ]  # fmt: skip
    assert (submitted["status"], filled["status"], filled["direction"]) == ("submitted", "filled", "buy")
    assert filled["id"] == "run-1-2"
    assert filled["time"] == 1514869200


def test_two_equal_runs_write_equal_bytes(tmp_path: Path) -> None:
    first = RunTimes(datetime(2026, 1, 1, tzinfo=UTC))
    write(finished_run(), tmp_path / "a", "run", first)
    write(finished_run(), tmp_path / "b", "run")
    events = [(tmp_path / name / "run-order-events.json").read_bytes() for name in "ab"]
    assert events[0] == events[1]
    assert (tmp_path / "a/run.json").read_bytes() != (tmp_path / "b/run.json").read_bytes()


def test_figures_have_leans_digits(tmp_path: Path) -> None:
    write(finished_run(), tmp_path, "run")
    text = (tmp_path / "run.json").read_text()
    order = json.loads(text, parse_float=Decimal)["orders"]["1"]
    assert str(order["price"]) == "1.6"
    assert str(order["quantity"]) == "2.0"
    performance = json.loads(text)["totalPerformance"]
    assert performance["tradeStatistics"]["averageMAE"] == "-10"
    assert performance["tradeStatistics"]["averageTradeDuration"] == "01:30:00"
    assert performance["closedTrades"][0]["duration"] == "01:30:00"
    assert performance["portfolioStatistics"]["drawdownRecovery"].isdigit()


def test_equity_is_candles_and_the_summary_has_only_them(tmp_path: Path) -> None:
    result = written(tmp_path)
    candles = result["charts"]["Strategy Equity"]["series"]["Equity"]
    assert candles["seriesType"] == 2
    assert all(len(candle) == 5 for candle in candles["values"])
    summary = json.loads((tmp_path / "run-summary.json").read_text())
    assert set(summary) == (LEAN_KEYS | {"engine"}) - {"orders", "profitLoss"}
    assert list(summary["charts"]["Strategy Equity"]["series"]) == ["Equity"]
    assert summary["totalPerformance"]["closedTrades"] is None


def test_a_failed_run_keeps_its_results_and_says_why(tmp_path: Path) -> None:
    result = written(tmp_path, finished_run(error="no such strike\n  at main.py line 7"))
    assert result["state"]["Status"] == "RuntimeError"
    assert "main.py line 7" in result["state"]["RuntimeError"]
    assert result["orders"]


def test_a_run_that_never_began_is_written_too(tmp_path: Path) -> None:
    recorder = Recorder(EngineInfo("0.1.0"))
    recorder.log("Algorithm Initialization: no luck")
    recorder.finish("RuntimeError", "initialize failed")
    result = written(tmp_path, recorder)
    assert result["statistics"] == {}
    assert result["state"]["RuntimeError"] == "initialize failed"
    assert not (tmp_path / "run-order-events.json").exists()


def test_the_published_report_is_kept(tmp_path: Path) -> None:
    assert written(tmp_path, published={"denials": {"VIX": 3}})["tomking"] == {"denials": {"VIX": 3}}


def test_data_requests(tmp_path: Path) -> None:
    write(finished_run(), tmp_path, "run")
    assert (tmp_path / "succeeded-data-requests-run.txt").read_text() == "a.zip\nb.zip\n"
    report = json.loads((tmp_path / "data-monitor-report-run.json").read_text())
    assert report["total-data-requests-count"] == 3
    assert report["failed-universe-data-requests-count"] == 1
    assert report["failed-data-requests-percentage"] == 33


@pytest.mark.parametrize(
    ("ticks", "expected"),
    [
        (0, "00:00:00"),
        (36_000_000_000, "01:00:00"),
        (-5, "-00:00:00.0000005"),
        (864_000_000_000 + 1, "1.00:00:00.0000001"),
    ],
)
def test_durations_are_written_as_dotnet_writes_them(ticks: int, expected: str) -> None:
    assert time_span(ticks) == expected

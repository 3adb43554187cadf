"""The files of a run, in LEAN's shapes and under LEAN's names.

::

    <id>.json                    everything: charts, orders, statistics, performance, state, configuration
    <id>-summary.json            the same without the long series
    <id>-order-events.json       order events; depends on nothing but the run, so two equal runs write equal bytes
    <id>-log.txt                 log lines
    data-monitor-report-<id>.json, succeeded-data-requests-<id>.txt, failed-data-requests-<id>.txt

Beside LEAN's keys ``<id>.json`` and the summary have ``engine`` (who computed this, from which data, with which
models) and, when the algorithm published one, its own report under ``tomking``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leansim.results.lean_json import dumps, iso_time
from leansim.results.orders_json import event_as_json, order_as_json, symbol_as_json
from leansim.results.rounding import ZERO, rounded, text
from leansim.results.sampling import EQUITY_CHART
from leansim.results.statistics import Performance, Statistics, statistics_of

if TYPE_CHECKING:
    from leansim.account.trades import ClosedTrade
    from leansim.results.recorder import EngineInfo, Recorder
    from leansim.results.trade_statistics import TradeStatistics

PARITY = (
    "leansim follows LEAN's rules for time, data, orders, fills, fees, margin, expiry and statistics and is checked "
    "against recorded runs of LEAN; what it does not emulate stops the run by name. See docs/leansim.md."
)
_TICKS = 10_000_000
_SUMMARY_POINTS = 100
_SUMMARY_DAYS = 7


@dataclass(frozen=True)
class RunTimes:
    """Wall-clock start and end of a run (aware UTC); only in ``state``, never in the order events."""

    start: datetime | None = None
    end: datetime | None = None


def write(
    recorder: Recorder,
    directory: Path,
    run_id: str,
    times: RunTimes | None = None,
    published: Mapping[str, Any] | None = None,
) -> Statistics:
    """Write all files of a finished run into ``directory`` (made when absent) and return its statistics.

    Args:
        recorder: of a run that ended, by itself, by an error or by Ctrl-C.
        run_id: first part of the file names and of the order events' ids.
        times: when the run was made.
        published: the report the algorithm saved itself, as it was read from the object store.

    """
    directory.mkdir(parents=True, exist_ok=True)
    statistics = statistics_of(recorder)
    state = _state(recorder, times or RunTimes())
    result = _result(recorder, statistics, state)
    if published is not None:
        result["tomking"] = published
    _save(directory / f"{run_id}.json", dumps(result, indent=True))
    _save(directory / f"{run_id}-summary.json", dumps(_summary(result), indent=True))
    if recorder.order_events:
        events = [event_as_json(event, run_id) for event in recorder.order_events]
        _save(directory / f"{run_id}-order-events.json", dumps(events))
    _save(directory / f"{run_id}-log.txt", "".join(f"{line}\n" for line in recorder.log_lines))
    _write_requests(recorder, directory, run_id)
    return statistics


def runtime_statistics(recorder: Recorder, statistics: Statistics) -> dict[str, str]:
    """LEAN's runtime statistics, sorted by name: the algorithm's own and the state of the account at the end."""
    figures = dict(recorder.runtime_statistics)
    figures["Probabilistic Sharpe Ratio"] = statistics.summary.get("Probabilistic Sharpe Ratio", "0%")
    closing, sampler, view = recorder.closing, recorder.sampler, recorder.view
    if closing is not None and sampler is not None and view is not None:
        money, start = view.currency_symbol, sampler.starting_equity
        figures["Unrealized"] = money + _two_digits(closing.unrealized_profit)
        figures["Fees"] = f"-{money}{_two_digits(closing.total_fees)}"
        figures["Net Profit"] = money + _two_digits(closing.net_profit)
        figures["Return"] = _two_digits((closing.equity - start) / start * 100 if start > 0 else ZERO) + " %"
        figures["Equity"] = money + _two_digits(closing.equity)
        figures["Holdings"] = money + _two_digits(closing.holdings_value)
        figures["Volume"] = money + _two_digits(closing.sale_volume)
    return dict(sorted(figures.items()))


def engine_block(engine: EngineInfo) -> dict[str, Any]:
    """Who computed a result and from what."""
    return {
        "name": "leansim",
        "version": engine.version,
        "modelledData": engine.modelled,
        "dataSources": [
            {"name": source.name, "detail": source.detail, "modelled": source.modelled}
            for source in engine.data_sources
        ],
        "brokerageModel": engine.brokerage_model,
        "fillModels": list(engine.fill_models),
        "feeModels": list(engine.fee_models),
        "seed": engine.seed,
        "parity": PARITY,
    }


def _result(recorder: Recorder, statistics: Statistics, state: dict[str, str]) -> dict[str, Any]:
    return {
        "rollingWindow": {period: _performance(performance, []) for period, performance in statistics.rolling.items()},
        "charts": recorder.charts.as_json(),
        "orders": {str(number): order_as_json(recorder.orders[number]) for number in sorted(recorder.orders)},
        "profitLoss": {iso_time(record.ns): record.profit_loss for record in recorder.trade_records},
        "statistics": statistics.summary,
        "runtimeStatistics": runtime_statistics(recorder, statistics),
        "state": state,
        "serverStatistics": {"LEAN Version": f"leansim {recorder.engine.version}"},
        "algorithmConfiguration": recorder.configuration,
        "totalPerformance": _performance(statistics.total, [_trade(trade) for trade in statistics.total.closed_trades]),
        "engine": engine_block(recorder.engine),
    }


def _summary(result: dict[str, Any]) -> dict[str, Any]:
    kept = (
        "statistics", "runtimeStatistics", "state", "serverStatistics", "algorithmConfiguration", "engine", "tomking",
    )  # fmt: skip
    equity = result["charts"][EQUITY_CHART]
    series = {"Equity": equity["series"]["Equity"] | {"values": _thinned(equity["series"]["Equity"]["values"])}}
    return {
        "rollingWindow": {},
        "charts": {EQUITY_CHART: equity | {"series": series}},
        **{key: result[key] for key in kept if key in result},
        "totalPerformance": result["totalPerformance"] | {"closedTrades": None},
    }


def _thinned(candles: list[list[Any]]) -> list[list[Any]]:
    """Candles of some days each when there are very many, so that the summary stays small."""
    days = min(_SUMMARY_DAYS, len(candles) // _SUMMARY_POINTS)
    if days <= 1:
        return candles
    step = days * 86_400
    merged: list[list[Any]] = []
    for time, first, high, low, last in candles:
        end = time + -time % step
        if merged and merged[-1][0] == end:
            current = merged[-1]
            merged[-1] = [end, current[1], max(current[2], high), min(current[3], low), last]
        else:
            merged.append([end, first, high, low, last])
    return merged


def _performance(performance: Performance, closed_trades: list[Any]) -> dict[str, Any]:
    portfolio = {
        _camel(entry.name): _four_digits(getattr(performance.portfolio, entry.name))
        for entry in fields(performance.portfolio)
    }
    return {
        "tradeStatistics": _trade_statistics(performance.trades),
        "portfolioStatistics": portfolio,
        "closedTrades": closed_trades,
    }


def _trade_statistics(statistics: TradeStatistics) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    for entry in fields(statistics):
        value = getattr(statistics, entry.name)
        if entry.name.endswith("_ns"):
            key = _camel(entry.name.removesuffix("_ns")) + "DateTime"
            shape[key] = None if value is None else iso_time(value)
        elif entry.name.endswith("_ticks"):
            shape[_camel(entry.name.removesuffix("_ticks")) + "Duration"] = time_span(value)
        elif isinstance(value, Decimal):
            shape[_camel(entry.name)] = _four_digits(value)
        else:
            shape[_camel(entry.name)] = value
    return shape


def _trade(trade: ClosedTrade) -> dict[str, Any]:
    return {
        "id": trade.id,
        "symbols": [symbol_as_json(symbol) for symbol in trade.symbols],
        "entryTime": iso_time(trade.entry_ns),
        "entryPrice": trade.entry_price,
        "direction": 0 if trade.direction == "Long" else 1,
        "quantity": trade.quantity,
        "exitTime": iso_time(trade.exit_ns),
        "exitPrice": trade.exit_price,
        "profitLoss": trade.profit_loss,
        "totalFees": trade.total_fees,
        "mae": trade.mae,
        "mfe": trade.mfe,
        "duration": time_span((trade.exit_ns - trade.entry_ns) // 100),
        "endTradeDrawdown": trade.end_trade_drawdown,
        "isWin": trade.is_win,
        "orderIds": list(trade.order_ids),
    }


def time_span(ticks: int) -> str:
    """A duration in ticks of 100 ns as .NET writes it: ``1.02:03:04.5000000``, days and fraction only when not zero."""
    sign, ticks = ("-", -ticks) if ticks < 0 else ("", ticks)
    seconds, fraction = divmod(ticks, _TICKS)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    day_part = f"{days}." if days else ""
    fraction_part = f".{fraction:07d}" if fraction else ""
    return f"{sign}{day_part}{hour:02d}:{minute:02d}:{second:02d}{fraction_part}"


def _state(recorder: Recorder, times: RunTimes) -> dict[str, str]:
    return {
        "StartTime": f"{times.start:%Y-%m-%dT%H:%M:%SZ}" if times.start else "",
        "EndTime": f"{times.end:%Y-%m-%dT%H:%M:%SZ}" if times.end else "",
        "RuntimeError": recorder.error,
        "StackTrace": recorder.stack,
        "LogCount": str(len(recorder.log_lines)),
        "OrderCount": str(len(recorder.orders)),
        "InsightCount": "0",
        "Name": recorder.name,
        "Status": recorder.status,
    }


def _write_requests(recorder: Recorder, directory: Path, run_id: str) -> None:
    succeeded, failed = recorder.requests_succeeded, recorder.requests_failed
    universes = [sum("universe" in path or "coarse" in path for path in paths) for paths in (succeeded, failed)]
    report = {
        "succeeded-data-requests-count": len(succeeded),
        "failed-data-requests-count": len(failed),
        "succeeded-universe-data-requests-count": universes[0],
        "failed-universe-data-requests-count": universes[1],
        "total-data-requests-count": len(succeeded) + len(failed),
        "failed-data-requests-percentage": _share(len(failed), len(succeeded)),
        "total-universe-data-requests-count": sum(universes),
        "failed-universe-data-requests-percentage": _share(universes[1], universes[0]),
        "data-request-rates": [],
    }
    _save(directory / f"data-monitor-report-{run_id}.json", dumps(report))
    _save(directory / f"succeeded-data-requests-{run_id}.txt", "".join(f"{path}\n" for path in succeeded))
    _save(directory / f"failed-data-requests-{run_id}.txt", "".join(f"{path}\n" for path in failed))


def _share(part: int, rest: int) -> float:
    return float(round(part / (part + rest) * 100)) if part + rest else 0.0


def _save(path: Path, document: str) -> None:
    path.write_text(document, encoding="utf-8", newline="\n")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.upper() if word in ("mae", "mfe") else word.capitalize() for word in rest)


def _four_digits(value: Decimal | int) -> str:
    """LEAN writes these figures as text, so that no reader loses digits."""
    return text(rounded(value, 4)) if isinstance(value, Decimal) else str(value)


def _two_digits(value: Decimal) -> str:
    shown = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{shown if shown else abs(shown):,}"

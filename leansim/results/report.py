"""One HTML file that shows a run and opens offline.

The report is made from result files alone, leansim's or LEAN's own, so it can be made again at any time. What the
algorithm published about itself (``tomking`` in the result) is shown section by section, whatever its sections are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from leansim.errors import InputError
from leansim.results.document import write_document
from leansim.results.doubts import doubts
from leansim.results.published import DRAWN, MAX_ROWS, Section, cell, section, sections_of

_STATUSES = {0: "New", 1: "Submitted", 2: "PartiallyFilled", 3: "Filled", 5: "Canceled", 6: "None", 7: "Invalid"}
_STATUSES |= {8: "CancelPending", 9: "UpdateSubmitted"}
_TYPES = (
    "Market", "Limit", "StopMarket", "StopLimit", "MarketOnOpen", "MarketOnClose", "OptionExercise", "LimitIfTouched",
    "ComboMarket", "ComboLimit", "ComboLegLimit", "TrailingStop",
)  # fmt: skip
_NEW_YORK = ZoneInfo("America/New_York")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Row = Mapping[str, Any]


def write_report(result: Path, target: Path) -> None:
    """Write the report of a result file.

    Raises :class:`~leansim.errors.InputError` when it is not a result file.
    """
    show(read_result(result), target)


def read_result(path: Path) -> dict[str, Any]:
    """A result file with its neighbors: order events, log lines and failed requests under keys of their own."""
    if path.is_dir():
        raise InputError(f"{path} is a folder; name the <id>.json in it")
    content = _read(path)
    if not isinstance(content, dict) or "statistics" not in content or "charts" not in content:
        raise InputError(f"{path} is not a result of a backtest: it has no statistics or charts")
    events = path.with_name(f"{path.stem}-order-events.json")
    log = path.with_name(f"{path.stem}-log.txt")
    failed = path.with_name(f"failed-data-requests-{path.stem}.txt")
    return {
        **content,
        "id": path.stem,
        "orderEvents": _read(events) if events.is_file() else [],
        "logLines": log.read_text(encoding="utf-8").splitlines() if log.is_file() else [],
        "failedRequests": failed.read_text(encoding="utf-8").splitlines() if failed.is_file() else [],
    }


def show(result: Mapping[str, Any], target: Path) -> None:
    """Write the page of a result that `read_result` read."""
    equity = equity_points(result)
    sections = sections_of(result.get("tomking"))
    months = monthly_returns(equity, _start_equity(result))
    write_document(
        target,
        "report.html",
        _drawn(result, equity, sections),
        title=_title(result),
        state=result.get("state", {}),
        modelled=bool((result.get("engine") or {}).get("modelledData")),
        engine=result.get("engine"),
        configuration=result.get("algorithmConfiguration", {}),
        doubts=doubts(result),
        headline=_headline(result, equity),
        statistics=result["statistics"],
        runtime=result.get("runtimeStatistics", {}),
        months=months,
        month_names=_MONTHS,
        depth=_depth_of(months),
        sections=sections,
        tables=_tables(result),
        log_lines=result["logLines"][:MAX_ROWS],
        log_total=len(result["logLines"]),
        failed=result["failedRequests"][:MAX_ROWS],
        failed_total=len(result["failedRequests"]),
        max_rows=MAX_ROWS,
    )


def equity_points(result: Mapping[str, Any]) -> list[tuple[int, float]]:
    """Equity over time (Unix seconds, value): the close of each candle."""
    series = result["charts"].get("Strategy Equity", {}).get("series", {}).get("Equity", {})
    return [(int(point[0]), float(point[-1])) for point in series.get("values", []) if point[-1] is not None]


def monthly_returns(equity: Sequence[tuple[int, float]], start: float | None) -> dict[int, list[float | None]]:
    """Returns in percent by year: twelve months (``None`` without data) and the year as the thirteenth."""
    last: dict[tuple[int, int], float] = {}
    for seconds, value in equity:
        # the sample of a day's end is stamped with the next midnight in New York, and belongs to the day before it
        moment = datetime.fromtimestamp(seconds - 1, _NEW_YORK)
        last[moment.year, moment.month] = value
    table: dict[int, list[float | None]] = {}
    before = start if start else (equity[0][1] if equity else 0.0)
    opening: dict[int, float] = {}
    for (year, month), value in sorted(last.items()):
        row = table.setdefault(year, [None] * 13)
        opening.setdefault(year, before)
        row[month - 1] = _percent(value, before)
        row[12] = _percent(value, opening[year])
        before = value
    return table


def _drawn(
    result: Mapping[str, Any], equity: Sequence[tuple[int, float]], sections: Sequence[Section]
) -> dict[str, Any]:
    """What the page's script draws: equity and its fall, the sections' panels, the trades."""
    highest = 0.0
    falls = []
    for _, value in equity:
        highest = max(highest, value)
        falls.append(round((value / highest - 1) * 100, 4) if highest else 0.0)
    published = result.get("tomking") or {}
    trades = published.get("trades") if isinstance(published, Mapping) else None
    drawn = [_drawable(trade) for trade in trades[:MAX_ROWS]] if isinstance(trades, list) and _can_draw(trades) else []
    return {
        "times": [_moment(seconds) for seconds, _ in equity],
        "equity": [value for _, value in equity],
        "drawdown": falls,
        "panels": {
            each.key: [{"traces": panel.traces, "percent": panel.percent} for panel in each.panels] for each in sections
        },
        "trades": drawn,
    }


def _can_draw(trades: Sequence[Any]) -> bool:
    return all(isinstance(each, Mapping) and set(DRAWN) <= set(each) for each in trades)


def _drawable(trade: Row) -> Row:
    return {name: trade[name] for name in DRAWN}


def _headline(result: Mapping[str, Any], equity: Sequence[tuple[int, float]]) -> list[Row]:
    """The figures a reader looks for first; all of them stand in the tables below, too."""
    statistics = result["statistics"]
    start = _start_equity(result)
    if not equity or not start:
        return []
    gain = equity[-1][1] - start
    tiles = [
        ("Net profit", f"{gain:+,.0f}", statistics.get("Net Profit", ""), _mood(gain)),
        ("A year", statistics.get("Compounding Annual Return", ""), "compounded", _mood(gain)),
        ("Greatest fall", statistics.get("Drawdown", ""), "from the highest equity", ""),
        ("Sharpe", statistics.get("Sharpe Ratio", ""), f"Sortino {statistics.get('Sortino Ratio', '')}", ""),
        _wins(result),
        ("Fees", statistics.get("Total Fees", ""), f"{statistics.get('Total Orders', '')} orders", ""),
    ]
    return [{"name": name, "value": value, "remark": remark, "mood": mood} for name, value, remark, mood in tiles]


def _wins(result: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Whole trades where the algorithm tells them; LEAN's statistics count single legs."""
    published = result.get("tomking")
    summary = published.get("summary") if isinstance(published, Mapping) else None
    if isinstance(summary, Mapping) and summary.get("win_fraction") is not None:
        remark = f"of {summary.get('trades')} trades, profit factor {cell(summary.get('profit_factor'))}"
        return "Wins", f"{summary['win_fraction']:.0%}", remark, ""
    statistics = result["statistics"]
    return "Wins", statistics.get("Win Rate", ""), f"profit-loss ratio {statistics.get('Profit-Loss Ratio', '')}", ""


def _mood(value: float) -> str:
    return "gain" if value > 0 else "loss" if value < 0 else ""


def _depth_of(months: Mapping[int, Sequence[float | None]]) -> Callable[[float], float]:
    """How deep a month's color is, 0 to 1: its size beside the largest month's."""
    largest = max((abs(value) for row in months.values() for value in row[:12] if value is not None), default=0.0)
    return lambda value: round(min(abs(value) / largest, 1.0), 3) if largest else 0.0


def _tables(result: Mapping[str, Any]) -> list[Section]:
    trades = result.get("totalPerformance", {}).get("closedTrades") or []
    orders = list(result.get("orders", {}).values())
    return [
        section("closed-trades", [_trade(trade) for trade in trades], "Closed trades"),
        section("orders", [_order(order) for order in orders]),
        section("events", [_event(event) for event in result["orderEvents"]], "Order events"),
    ]


def _trade(trade: Row) -> Row:
    symbols = trade.get("symbols") or [trade.get("symbol", {})]
    return {
        "Symbol": ", ".join(str(symbol.get("value", "")) for symbol in symbols),
        "Direction": "Long" if trade["direction"] == 0 else "Short",
        "Quantity": trade["quantity"],
        "Entry": _plain_time(trade["entryTime"]),
        "Entry price": trade["entryPrice"],
        "Exit": _plain_time(trade["exitTime"]),
        "Exit price": trade["exitPrice"],
        "Profit": trade["profitLoss"],
        "Fees": trade["totalFees"],
        "Win": "yes" if trade.get("isWin") else "no",
    }


def _order(order: Row) -> Row:
    group = order.get("groupOrderManager") or {}
    return {
        "Id": order["id"],
        "Group": group.get("id", ""),
        "Time": _plain_time(order["time"]),
        "Symbol": order["symbol"]["value"],
        "Type": _TYPES[order["type"]] if 0 <= order["type"] < len(_TYPES) else order["type"],
        "Quantity": order["quantity"],
        "Price": order["price"],
        "Limit": order.get("limitPrice", group.get("limitPrice") or ""),
        "Status": _STATUSES.get(order["status"], order["status"]),
        "Tag": order.get("tag", ""),
    }


def _event(event: Row) -> Row:
    return {
        "Time": _moment(int(event["time"])),
        "Order": event["orderId"],
        "Symbol": event["symbolValue"],
        "Status": event["status"],
        "Direction": event["direction"],
        "Fill": event["fillQuantity"] or "",
        "Price": event["fillPrice"] or "",
        "Fee": event.get("orderFeeAmount", ""),
        "Message": event.get("message", ""),
    }


def _title(result: Mapping[str, Any]) -> str:
    name = result.get("algorithmConfiguration", {}).get("name")
    return str(result["id"] if name in (None, "", "local") else name)


def _start_equity(result: Mapping[str, Any]) -> float | None:
    text = result["statistics"].get("Start Equity")
    return float(text) if text else None


def _percent(value: float, before: float) -> float | None:
    return round((value / before - 1) * 100, 2) if before else None


def _plain_time(text: str) -> str:
    return text.replace("T", " ").removesuffix("Z")


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON ({error})") from error

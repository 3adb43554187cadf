"""One HTML file that shows a run and opens offline.

The report is made from result files alone, leansim's or LEAN's own, so it can be made again at any time. What the
algorithm published about itself (``tomking`` in the result) is shown section by section, whatever its sections are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
import plotly.offline  # type: ignore[import-untyped]  # plotly ships no types

from leansim.errors import InputError
from leansim.results.published import MAX_ROWS, Section, section, sections_of

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
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(render(read_result(result)), encoding="utf-8", newline="\n")


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


def render(result: Mapping[str, Any]) -> str:
    """The document of a result that `read_result` read."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("leansim.results"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    equity = equity_points(result)
    document = environment.get_template("report.html").render(
        title=_title(result),
        state=result.get("state", {}),
        engine=result.get("engine"),
        configuration=result.get("algorithmConfiguration", {}),
        statistics=result["statistics"],
        runtime=result.get("runtimeStatistics", {}),
        months=monthly_returns(equity, _start_equity(result)),
        month_names=_MONTHS,
        sections=sections_of(result.get("tomking")),
        tables=_tables(result),
        log_lines=result["logLines"][:MAX_ROWS],
        log_total=len(result["logLines"]),
        failed=result["failedRequests"][:MAX_ROWS],
        failed_total=len(result["failedRequests"]),
        max_rows=MAX_ROWS,
        charts=_script_json(_charts(result, equity)),
        plotly=plotly.offline.get_plotlyjs(),
    )
    return document + "\n"


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


def _charts(result: Mapping[str, Any], equity: Sequence[tuple[int, float]]) -> dict[str, Any]:
    times = [_moment(seconds) for seconds, _ in equity]
    highest = 0.0
    falls = []
    for _, value in equity:
        highest = max(highest, value)
        falls.append(round((value / highest - 1) * 100, 4) if highest else 0.0)
    sections = {f"section-{each.key}": each.lines for each in sections_of(result.get("tomking")) if each.lines}
    return {"times": times, "equity": [value for _, value in equity], "drawdown": falls, "sections": sections}


def _tables(result: Mapping[str, Any]) -> list[Section]:
    trades = result.get("totalPerformance", {}).get("closedTrades") or []
    orders = list(result.get("orders", {}).values())
    return [
        section("trades", [_trade(trade) for trade in trades], "Closed trades"),
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


def _script_json(value: Any) -> str:
    """JSON that may stand in a script element: no ``</script>`` can end it early."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not valid JSON ({error})") from error

"""What differs between two runs: first event by event, then the orders, the equity and the statistics.

Either side may be leansim's or LEAN's: a folder of results, a result file, or a recording of LEAN with the keys
``orders``, ``order_events``, ``equity`` and ``statistics`` (gzipped or not).
"""

from __future__ import annotations

import gzip
import json
import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leansim.errors import InputError

_CONTEXT = 2
_RELATIVE = 1e-9
# Ids of a run and what it does not decide; submission prices are compared through the fills they lead to.
_IGNORED_IN_EVENTS = frozenset({"id", "algorithmId"})
_COMPARED_IN_ORDERS = (
    "id", "type", "symbol", "quantity", "price", "limitPrice", "stopPrice", "status", "tag", "time", "lastFillTime",
    "canceledTime", "groupOrderManager",
)  # fmt: skip
# LEAN adds it on its console only, not in its files.
_MAY_BE_ABSENT = frozenset({"OrderListHash"})


@dataclass(frozen=True)
class Run:
    """One side of a comparison; `modelled`: some of its data were."""

    name: str
    orders: list[dict[str, Any]]
    events: list[dict[str, Any]]
    equity: list[tuple[int, float]]
    statistics: dict[str, str]
    modelled: bool = False


@dataclass(frozen=True)
class Difference:
    """One difference: where it is, what was expected and found, and for events what came right before."""

    where: str
    expected: str
    found: str
    context: tuple[str, ...] = ()


@dataclass
class Comparison:
    """Two runs with all their differences by subject, in the order they are looked for."""

    expected: Run
    found: Run
    subjects: dict[str, list[Difference]] = field(default_factory=dict)
    compared: dict[str, int] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return any(self.subjects.values())

    @property
    def first(self) -> Difference | None:
        """The first difference."""
        return next((differences[0] for differences in self.subjects.values() if differences), None)


def compare_results(expected: Path, found: Path) -> Comparison:
    """Compare two results.

    Raises :class:`~leansim.errors.InputError` when one of the paths holds no result.
    """
    return compare_runs(read_run(expected), read_run(found))


def compare_runs(expected: Run, found: Run) -> Comparison:
    """Compare two runs already read."""
    comparison = Comparison(expected, found)
    for subject, count, differences in (
        ("order events", len(expected.events), _events(expected.events, found.events)),
        ("orders", len(expected.orders), _orders(expected.orders, found.orders)),
        ("equity", len(expected.equity), _equity(expected.equity, found.equity)),
        ("statistics", len(expected.statistics), _statistics(expected.statistics, found.statistics)),
    ):
        comparison.compared[subject] = count
        comparison.subjects[subject] = list(differences)
    return comparison


def read_run(path: Path) -> Run:
    """Read one side: a folder with one result, a result file, or a recording."""
    file = _result_in(path) if path.is_dir() else path
    content = _read(file)
    if not isinstance(content, dict) or "statistics" not in content:
        raise InputError(f"{file} holds no result: it has no statistics")
    if "order_events" in content:
        return Run(
            file.name,
            content["orders"],
            content["order_events"],
            [(int(seconds), float(value)) for seconds, value in content.get("equity") or []],
            content["statistics"] or {},
        )
    events = file.with_name(f"{file.stem}-order-events.json")
    series = content.get("charts", {}).get("Strategy Equity", {}).get("series", {}).get("Equity", {})
    return Run(
        file.name,
        sorted(content.get("orders", {}).values(), key=lambda order: int(order["id"])),
        _read(events) if events.is_file() else [],
        [(int(point[0]), float(point[-1])) for point in series.get("values", [])],
        content["statistics"],
        bool((content.get("engine") or {}).get("modelledData")),
    )


def _events(expected: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    for position in range(max(len(expected), len(found))):
        ours = found[position] if position < len(found) else None
        theirs = expected[position] if position < len(expected) else None
        keys = [] if ours is None or theirs is None else _differing(theirs, ours, _IGNORED_IN_EVENTS)
        if ours is not None and theirs is not None and not keys:
            continue
        context = tuple(event_line(event) for event in expected[max(0, position - _CONTEXT) : position])
        what = f" ({', '.join(keys)})" if keys else ""
        yield Difference(
            f"order event {position + 1}{what}",
            _with(theirs, keys, event_line),
            _with(ours, keys, event_line),
            context,
        )


def _orders(expected: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    theirs = {int(order["id"]): order for order in expected}
    ours = {int(order["id"]): order for order in found}
    for number in sorted(theirs.keys() | ours.keys()):
        left, right = theirs.get(number), ours.get(number)
        keys = (
            []
            if left is None or right is None
            else [key for key in _COMPARED_IN_ORDERS if not _same(left.get(key), right.get(key))]
        )
        if left is None or right is None or keys:
            what = f" ({', '.join(keys)})" if keys else ""
            yield Difference(f"order {number}{what}", _with(left, keys, order_line), _with(right, keys, order_line))


def _equity(expected: Sequence[tuple[int, float]], found: Sequence[tuple[int, float]]) -> Iterator[Difference]:
    times = [seconds for seconds, _ in found]
    for seconds, value in expected:
        position = bisect_right(times, seconds) - 1
        ours = found[position][1] if position >= 0 else None
        if ours is None or not _same(value, ours):
            yield Difference(f"equity at {moment(seconds)}", f"{value}", "none" if ours is None else f"{ours}")


def _statistics(expected: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Difference]:
    for name in dict.fromkeys((*expected, *found)):
        theirs, ours = expected.get(name), found.get(name)
        if theirs != ours and not (name in _MAY_BE_ABSENT and (theirs is None or ours is None)):
            yield Difference(name, str(theirs), str(ours))


def event_line(event: Mapping[str, Any]) -> str:
    """An order event on one line."""
    fill = f" fill {event['fillQuantity']} at {event['fillPrice']}" if event.get("fillQuantity") else ""
    message = f" «{event['message']}»" if event.get("message") else ""
    return (
        f"{moment(event['time'])} order {event['orderId']} {event['symbolValue']} {event['status']} "
        f"{event['direction']} {event['quantity']}{fill}{message}"
    )


def order_line(order: Mapping[str, Any]) -> str:
    """An order on one line."""
    return (
        f"{order['time']} order {order['id']} {order['symbol']['value']} type {order['type']} {order['quantity']} "
        f"at {order['price']} status {order['status']} tag {order.get('tag', '')!r}"
    )


def _with(item: Mapping[str, Any] | None, keys: Sequence[str], line: Any) -> str:
    if item is None:
        return "nothing"
    values = ", ".join(f"{key} {item.get(key)!r}" for key in keys)
    return f"{line(item)}{' | ' + values if values else ''}"


def _differing(expected: Mapping[str, Any], found: Mapping[str, Any], ignored: frozenset[str]) -> list[str]:
    keys = dict.fromkeys((*expected, *found))
    return [key for key in keys if key not in ignored and not _same(expected.get(key), found.get(key))]


def _same(expected: Any, found: Any) -> bool:
    numbers = int | float
    if isinstance(expected, numbers) and isinstance(found, numbers) and not isinstance(expected, bool):
        return math.isclose(expected, found, rel_tol=_RELATIVE, abs_tol=_RELATIVE)
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return expected.keys() == found.keys() and all(_same(expected[key], found[key]) for key in expected)
    return bool(expected == found)


def _result_in(folder: Path) -> Path:
    names = [
        path
        for path in sorted(folder.glob("*.json"))
        if not path.stem.endswith(("-summary", "-order-events")) and not path.name.startswith("data-monitor-report")
    ]
    results = [path for path in names if (folder / f"{path.stem}-summary.json").is_file()]
    if len(results) != 1:
        found = "no result" if not results else f"{len(results)} results"
        raise InputError(f"{folder} holds {found}; name one <id>.json")
    return results[0]


def _read(path: Path) -> Any:
    try:
        raw = path.read_bytes()
        return json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, EOFError) as error:
        raise InputError(f"{path} is not a JSON result ({error})") from error


def moment(seconds: float) -> str:
    """An instant (Unix seconds) as text, UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"

"""The report an algorithm publishes about itself, turned into tables.

An algorithm saves one JSON object in the object store and names its key in the runtime statistic ``tomking-report``.
Every entry is a section: a list of objects is a table, an object is a table of names and values, plain values are
gathered in a first section. Known sections come first, others follow in their own order; a section whose rows have a
time (``time``, ``at``, ``day``, ``date``) and numbers is drawn as lines over time, too. Keys are read as names:
``exit_reason`` is headed "exit reason", and ``win_fraction`` "win %" with its values in percent.

The section ``trades`` is special in what is drawn, not written: ``legs``, ``payoff`` (prices, profits, break-evens) and
``life`` (instants and profits). Instants (ISO 8601, UTC) are shown to the minute.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

MAX_ROWS: Final = 2000
DRAWN: Final = ("payoff", "life", "legs")
_TITLES: Final[Mapping[str, str]] = {"by_vix": "By VIX at the close before", "by_phase": "By phase"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")
_FIRST: Final = ("summary", "strategies", "by_phase", "by_vix", "groups", "denials", "phases")
_CLOCKS: Final = ("time", "at", "day", "date")
_FRACTION: Final = "_fraction"
_FEWEST_POINTS = 8
_ALIKE: Final = 20.0
"""Numbers share a picture while the largest of one column is at most so many times that of the other."""
_SHOWN_ABOVE: Final = "equity"
"""What the page shows at its top is not drawn again."""


@dataclass(frozen=True)
class Panel:
    """Numbers of one kind over time: traces of ``name``, ``x`` and ``y``; ``percent`` says they are shares."""

    title: str
    traces: list[dict[str, Any]]
    percent: bool


@dataclass(frozen=True)
class Section:
    """A table with a title, its cells as text; ``total`` rows of which at most :data:`MAX_ROWS` are here.

    ``numeric`` says of each column whether it holds numbers, ``panels`` are the same numbers over time. ``is_figures``:
    names and values, to be read one by one.
    """

    key: str
    title: str
    columns: list[str]
    numeric: list[bool]
    rows: list[list[str]]
    total: int
    panels: list[Panel]
    is_figures: bool = False


def table_rows(section: Any) -> list[dict[str, Any]]:
    """A section as rows: a list of objects as it is, an object as name and value."""
    if isinstance(section, Mapping):
        return [
            {"name": name, **value} if isinstance(value, Mapping) else {"name": name, "value": value}
            for name, value in section.items()
        ]
    if isinstance(section, Sequence) and not isinstance(section, str):
        return [dict(row) if isinstance(row, Mapping) else {"value": row} for row in section]
    return []


def sections_of(published: Any) -> list[Section]:
    """The sections of a published report; none when there is no report."""
    if not isinstance(published, Mapping):
        return []
    plain = {key: value for key, value in published.items() if not isinstance(value, Mapping | list)}
    ordered = {"summary": {**plain, **_mapping(published.get("summary"))}}
    ordered |= {key: published[key] for key in _FIRST if key in published and key != "summary"}
    ordered |= {key: value for key, value in published.items() if key not in ordered and key not in plain}
    return [
        _figures(key, value) if _is_plain(value) else section(key, rows)
        for key, value in ordered.items()
        if (rows := table_rows(value))
    ]


def section(key: str, rows: Sequence[Mapping[str, Any]], title: str | None = None) -> Section:
    """A section of rows; its columns are all keys in the order they first appear."""
    columns = [column for column in dict.fromkeys(column for row in rows for column in row) if column not in DRAWN]
    return Section(
        key=key,
        title=title or _title(key),
        columns=[_heading(column) for column in columns],
        numeric=[all(_is_number(row.get(column)) for row in rows) for column in columns],
        rows=[list(row) for row in zip(*(_texts(column, rows[:MAX_ROWS]) for column in columns), strict=True)],
        total=len(rows),
        panels=_panels(rows, columns),
    )


def _figures(key: str, values: Mapping[str, Any]) -> Section:
    """An object of plain values: a name and a text each."""
    names = [name for name in values if name not in DRAWN]
    # codes are written in capitals and stay as they are
    rows = [[name if name.isupper() else _heading(name), *_texts(name, [values])] for name in names]
    return Section(key, _title(key), ["name", "value"], [False, True], rows, len(rows), [], is_figures=True)


def _is_plain(value: Any) -> bool:
    return isinstance(value, Mapping) and not any(isinstance(inner, Mapping | list) for inner in value.values())


def _title(key: str) -> str:
    return _TITLES.get(key) or key.replace("_", " ").replace("-", " ").capitalize()


def _heading(column: str) -> str:
    return _name(column) + (" %" if column.endswith(_FRACTION) else "")


def _texts(column: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A column's cells; its broken numbers all with as many decimals as the longest of them has."""
    values = [row.get(column) for row in rows]
    if column.endswith(_FRACTION):
        values = [round(value * 100, 1) if isinstance(value, float) else value for value in values]
    broken = [value for value in values if isinstance(value, float)]
    places = max((-int(_short(value).as_tuple().exponent) for value in broken), default=0)
    return [f"{value:,.{max(places, 0)}f}" if isinstance(value, float) else cell(value) for value in values]


def _short(value: float) -> Decimal:
    """A number with at most six decimals and no zeros at its end."""
    return Decimal(repr(round(value, 6))).normalize()


def cell(value: Any) -> str:
    """A value as text: numbers with at most six decimals, an inner list as one line for each of its items."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{_short(value):,f}"
        case list():
            return "\n".join(cell(item) for item in value)
        case dict():
            return " · ".join(cell(item) for item in value.values())
        case str() if _INSTANT.fullmatch(value):
            return value[:16].replace("T", " ")
    return str(value)


def _panels(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[Panel]:
    """Shares in one picture, then numbers of like size together; what is always zero is not drawn."""
    clock = next((column for column in columns if column in _CLOCKS), None)
    if clock is None or len(rows) < _FEWEST_POINTS:
        return []
    sizes = {
        column: max(abs(row.get(column) or 0) for row in rows)
        for column in columns
        if column != _SHOWN_ABOVE and all(_is_number(row.get(column)) and row.get(column) != "" for row in rows)
    }
    groups: list[list[str]] = [[column for column in sizes if column.endswith(_FRACTION) and sizes[column]]]
    for column, size in sizes.items():
        if not size or column.endswith(_FRACTION):
            continue
        near = next((group for group in groups[1:] if _alike(size, sizes[group[0]])), None)
        if near is None:
            groups.append([column])
        else:
            near.append(column)
    times = [str(row.get(clock)) for row in rows]
    return [
        Panel(
            ", ".join(_name(column) for column in group),
            [{"name": _name(column), "x": times, "y": [row.get(column) for row in rows]} for column in group],
            group is groups[0],
        )
        for group in groups
        if group
    ]


def _alike(one: float, other: float) -> bool:
    return max(one, other) <= _ALIKE * min(one, other)


def _name(column: str) -> str:
    return column.removesuffix(_FRACTION).replace("_", " ")


def _is_number(value: Any) -> bool:
    """Whether a value can stand in a column of numbers; an empty one can."""
    return value is None or value == "" or (isinstance(value, int | float) and not isinstance(value, bool))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

"""The report an algorithm publishes about itself, turned into tables.

An algorithm saves one JSON object in the object store and names its key in the runtime statistic ``tomking-report``.
Every entry is a section: a list of objects is a table, an object is a table of names and values, plain values are
gathered in a first section. Known sections come first, others follow in their own order; a section whose rows have a
time (``time``, ``at``, ``day``, ``date``) and numbers is drawn as lines over time, too. Keys are read as names:
``exit_reason`` is headed "exit reason", and ``win_fraction`` "win %" with its values in percent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

MAX_ROWS: Final = 2000
_FIRST: Final = ("summary", "strategies", "groups", "denials", "phases")
_CLOCKS: Final = ("time", "at", "day", "date")
_FRACTION: Final = "_fraction"
_FEWEST_POINTS = 8


@dataclass(frozen=True)
class Section:
    """A table with a title, its cells as text; ``total`` rows of which at most :data:`MAX_ROWS` are here.

    ``numeric`` says of each column whether it holds numbers, ``lines`` are the same numbers over time.
    """

    key: str
    title: str
    columns: list[str]
    numeric: list[bool]
    rows: list[list[str]]
    total: int
    lines: list[dict[str, Any]]


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
    return [section(key, rows) for key, value in ordered.items() if (rows := table_rows(value))]


def section(key: str, rows: Sequence[Mapping[str, Any]], title: str | None = None) -> Section:
    """A section of rows; its columns are all keys in the order they first appear."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return Section(
        key=key,
        title=title or key.replace("_", " ").replace("-", " ").capitalize(),
        columns=[_heading(column) for column in columns],
        numeric=[all(_is_number(row.get(column)) for row in rows) for column in columns],
        rows=[list(row) for row in zip(*(_texts(column, rows[:MAX_ROWS]) for column in columns), strict=True)],
        total=len(rows),
        lines=_lines(rows, columns),
    )


def _heading(column: str) -> str:
    return column.removesuffix(_FRACTION).replace("_", " ") + (" %" if column.endswith(_FRACTION) else "")


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
    return str(value)


def _lines(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    clock = next((column for column in columns if column in _CLOCKS), None)
    if clock is None or len(rows) < _FEWEST_POINTS:
        return []
    numeric = [
        column
        for column in columns
        if all(
            isinstance(row.get(column), int | float | None) and not isinstance(row.get(column), bool) for row in rows
        )
    ]
    times = [str(row.get(clock)) for row in rows]
    return [{"name": column, "x": times, "y": [row.get(column) for row in rows]} for column in numeric]


def _is_number(value: Any) -> bool:
    """Whether a value can stand in a column of numbers; an empty one can."""
    return value is None or value == "" or (isinstance(value, int | float) and not isinstance(value, bool))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}

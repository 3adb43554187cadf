"""JSON as LEAN's serializer writes it.

Decimals keep their digits and always show a decimal point, text keeps its letters, and an indented document has two
spaces a level. A document written twice from the same values is the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from leansim.results.rounding import double_text, text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def dumps(value: Any, indent: bool = False) -> str:
    """The document; keys stay in the order of the dictionaries."""
    return "".join(_parts(value, "\n" if indent else ""))


def iso_time(ns: int) -> str:
    """An instant as LEAN writes it: ``2015-12-24T14:32:00Z``, with the digits of a fraction when there is one."""
    moment = _EPOCH + timedelta(microseconds=ns // 1000)
    fraction = f"{ns % 1_000_000_000 // 100:07d}".rstrip("0")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}Z"


def _parts(value: Any, newline: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _container("{", "}", [(f"{_string(str(key))}:", item) for key, item in value.items()], newline)
    elif isinstance(value, list | tuple):
        yield from _container("[", "]", [("", item) for item in value], newline)
    else:
        yield _scalar(value)


def _container(opening: str, closing: str, items: list[tuple[str, Any]], newline: str) -> Iterator[str]:
    if not items:
        yield opening + closing
        return
    inner = newline + "  " if newline else ""
    gap = " " if newline else ""
    yield opening
    for position, (key, item) in enumerate(items):
        yield f"{',' if position else ''}{inner}{key}{gap if key else ''}"
        yield from _parts(item, inner)
    yield newline + closing


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case Decimal():
            return _with_point(text(value))
        case float():
            return _with_point(double_text(value))
        case str():
            return _string(value)
    raise TypeError(f"{type(value).__name__} has no place in a result file")


def _with_point(number: str) -> str:
    return number if any(mark in number for mark in ".E") else number + ".0"


def _string(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)

"""JSON as LEAN's serializer writes it.

Decimals keep their digits and always show a decimal point, text keeps its letters, and an indented document has two
spaces a level. A document written twice from the same values is the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from leansim.results.rounding import double_text, text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def dumps(value: Any, indent: bool = False) -> str:
    """The document; keys stay in the order of the dictionaries."""
    parts: list[str] = []
    _write(value, "\n" if indent else "", parts.append)
    return "".join(parts)


def iso_time(ns: int) -> str:
    """An instant as LEAN writes it: ``2015-12-24T14:32:00Z``, with the digits of a fraction when there is one."""
    moment = _EPOCH + timedelta(microseconds=ns // 1000)
    fraction = f"{ns % 1_000_000_000 // 100:07d}".rstrip("0")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' + fraction if fraction else ''}Z"


def _write(value: Any, newline: str, put: Callable[[str], None]) -> None:
    """Hand over the pieces of a value one by one; ``newline`` breaks and indents a line, or is empty."""
    is_object = isinstance(value, dict)
    if not is_object and not isinstance(value, list | tuple):
        put(_scalar(value))
        return
    opening, closing = "{}" if is_object else "[]"
    if not value:
        put(opening + closing)
        return
    inner = newline + "  " if newline else ""
    colon = ": " if newline else ":"
    before = opening + inner
    for item in value:
        put(before)
        if is_object:
            put(_string(str(item)) + colon)
        _write(value[item] if is_object else item, inner, put)
        before = "," + inner
    put(newline + closing)


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


_string = json.JSONEncoder(ensure_ascii=False).encode

"""JSON as LEAN's serializer writes it.

Decimals keep their digits and always show a decimal point, text keeps its letters, and an indented document has two
spaces a level. A document written twice from the same values is the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from leansim.results.rounding import double_text, text

_EPOCH = datetime(1970, 1, 1)


def dumps(value: Any, indent: bool = False) -> str:
    """The document; keys stay in the order of the dictionaries."""
    parts: list[str] = []
    _write(value, "\n" if indent else "", parts.append)
    return "".join(parts)


def iso_time(ns: int) -> str:
    """An instant as LEAN writes it: ``2015-12-24T14:32:00Z``, with the digits of a fraction when there is one."""
    seconds = (_EPOCH + timedelta(microseconds=ns // 1000)).isoformat(timespec="seconds")
    ticks = ns % 1_000_000_000 // 100
    return f"{seconds}.{f'{ticks:07d}'.rstrip('0')}Z" if ticks else seconds + "Z"


def _write(value: Any, newline: str, put: Callable[[str], None]) -> None:
    """Hand over the pieces of a value one by one; ``newline`` breaks and indents a line, or is empty."""
    inner = newline + "  " if newline else ""
    if not value and isinstance(value, dict | list | tuple):
        put("{}" if isinstance(value, dict) else "[]")
        return
    if isinstance(value, dict):
        colon = ": " if newline else ":"
        before, closing = "{" + inner, "}"
        for key, item in value.items():
            # most are scalars: no call for each
            scalar = _SCALARS.get(type(item))
            if scalar is not None:
                put(f"{before}{_string(str(key))}{colon}{scalar(item)}")
            else:
                put(f"{before}{_string(str(key))}{colon}")
                _write(item, inner, put)
            before = "," + inner
    elif isinstance(value, list | tuple):
        before, closing = "[" + inner, "]"
        for item in value:
            scalar = _SCALARS.get(type(item))
            if scalar is not None:
                put(before + scalar(item))
            else:
                put(before)
                _write(item, inner, put)
            before = "," + inner
    else:
        put(_derived(value))
        return
    put(newline + closing)


def _with_point(number: str) -> str:
    return number if "." in number or "E" in number else number + ".0"


_string = json.encoder.encode_basestring

_SCALARS: Final[dict[type, Callable[[Any], str]]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    int: int.__repr__,
    Decimal: lambda value: _with_point(text(value)),
    float: lambda value: _with_point(double_text(value)),
    str: _string,
}


def _derived(value: Any) -> str:
    """A scalar, also one of a class made of one of these."""
    for kind in type(value).__mro__:
        if kind in _SCALARS:
            return _SCALARS[kind](value)
    raise TypeError(f"{type(value).__name__} has no place in a result file")

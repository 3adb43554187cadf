"""What one tunable number is, and how it is read from text.

A section of the settings is a frozen dataclass whose fields are made by `parameter`; everything about a number (unit,
range, source) stands beside its default, so that the refusal of a wrong one, the table printed at start and the
generated documentation can all be read from the same place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from datetime import date, time
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from tomking.errors import SettingsError
from tomking.market.contract import plain

T = TypeVar("T")
Pair = tuple[Any, Any]

_NONE = "none"
_TRUE = {"true", "yes", "on", "1"}
_FALSE = {"false", "no", "off", "0"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """What is known of a field beside its default.

    Attributes:
        unit: of the value, or of each value of a list: ``fraction``, ``USD``, ``New York time``.
        about: one sentence: what it does.
        source: who says so: seed, method, LEAN, Tastytrade, design, own.
        low: smallest allowed value, of each value of a list; None: no bound.
        high: largest.
        choices: allowed texts; empty: any.
    """

    unit: str
    about: str
    source: str
    low: Any = None
    high: Any = None
    choices: tuple[str, ...] = ()


def parameter(
    default: T,
    *,
    unit: str,
    about: str,
    source: str,
    low: object = None,
    high: object = None,
    choices: tuple[str, ...] = (),
) -> T:
    """A dataclass field with its facts; `default` is also what the type checker sees."""
    facts = Parameter(unit, about, source, low, high, choices)
    return field(default=default, metadata={"parameter": facts})


@dataclass(frozen=True, slots=True)
class Row:
    """One parameter with its present value, for tables and documents."""

    name: str
    value: str
    default: str
    unit: str
    bounds: str
    source: str
    about: str


class Section:
    """Base of every section: checks each field against its facts when made.

    Raises:
        SettingsError: a value is outside its range or not one of its choices.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        """Check every field's range."""
        for name, facts in parameters_of(type(self)).items():
            _check(name, facts, getattr(self, name))


def parameters_of(section: type[Any]) -> dict[str, Parameter]:
    """The fields of a section with their facts, in order."""
    return {entry.name: entry.metadata["parameter"] for entry in fields(section)}


def read(section: type[Any], name: str, text: str) -> object:
    """`text` as the type of the section's field `name`.

    Raises:
        SettingsError: it is not one.
    """
    try:
        return _convert(get_type_hints(section)[name], text.strip())
    except (ValueError, InvalidOperation) as problem:
        wanted = parameters_of(section)[name].unit
        raise SettingsError(f"{name} = {text!r} cannot be read as {wanted}: {problem}") from problem


def _convert(kind: Any, text: str) -> object:
    if get_origin(kind) in (UnionType, Union):
        if text.lower() == _NONE:
            return None
        (kind,) = (part for part in get_args(kind) if part is not NoneType)
    if get_origin(kind) is tuple:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        inner = get_args(kind)[0]
        if get_origin(inner) is tuple:
            return tuple(_pair(get_args(inner), part) for part in parts)
        return tuple(_convert(inner, part) for part in parts)
    return _scalar(kind, text)


def _pair(kinds: tuple[Any, ...], text: str) -> Pair:
    key, mark, value = text.partition(":")
    if not mark:
        raise ValueError(f"{text!r} is not a key:value pair")
    return _scalar(kinds[0], key.strip()), _scalar(kinds[1], value.strip())


def _scalar(kind: Any, text: str) -> object:
    if kind is bool:
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise ValueError("use true or false")
    if kind is Decimal:
        number = Decimal(text)
        if not number.is_finite():
            raise ValueError("a finite number is needed")
        return number
    if kind is date:
        return date.fromisoformat(text)
    if kind is time:
        return _minute(text)
    if kind in (int, float, str):
        return kind(text)
    raise TypeError(f"no conversion to {kind!r}")


def _minute(text: str) -> time:
    """A time of day; the rules that go by the clock are asked once a minute."""
    found = time.fromisoformat(text)
    if found != found.replace(second=0, microsecond=0) or found.tzinfo is not None:
        raise ValueError("a whole minute is needed, as in 15:45")
    return found


def _check(name: str, facts: Parameter, value: object) -> None:
    for single in _values(value):
        if facts.choices and single not in facts.choices:
            raise SettingsError(f"{name} = {single!r} is not one of: {', '.join(facts.choices)}")
        below = facts.low is not None and not single >= facts.low
        above = facts.high is not None and not single <= facts.high
        if below or above:
            raise SettingsError(f"{name} = {shown(single)} {facts.unit} is outside {bounds(facts)}")


def _values(value: object) -> Iterator[Any]:
    """The single values to check: of a list each one, of a pair its second, of None none."""
    if value is None:
        return
    if isinstance(value, tuple):
        for part in value:
            yield part[1] if isinstance(part, tuple) else part
    else:
        yield value


def bounds(facts: Parameter) -> str:
    """The allowed range or choices as text; empty when anything goes."""
    if facts.choices:
        return ", ".join(facts.choices)
    if facts.low is None and facts.high is None:
        return ""
    low = "" if facts.low is None else shown(facts.low)
    high = "" if facts.high is None else shown(facts.high)
    return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"


def shown(value: object) -> str:
    """A value as it is written in a configuration file; `read` gives it back."""
    if value is None:
        return _NONE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(":".join(map(shown, part)) if isinstance(part, tuple) else shown(part) for part in value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, time):
        return value.isoformat("minutes")
    return str(value)

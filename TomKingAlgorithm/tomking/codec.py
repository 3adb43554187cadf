"""Events and states as JSON and back, exactly.

One rule for every dataclass: an object of its fields, by name. Decimals, dates, instants and enums are texts; a
contract is one line of text; a mapping with keys that are not texts is a list of pairs. What a field is, its type
annotation says, so a new event needs no code here, and reading refuses whatever does not fit the annotation.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from tomking import events
from tomking.errors import JournalCorrupt
from tomking.events import Event
from tomking.market.contract import Contract, Kind, Right, Style

SCHEMA = 1
"""Version of the written form; a reader refuses a version it does not know."""

Writer = Callable[[Any], Any]
Reader = Callable[[Any], Any]

_EVENTS: Mapping[str, type[Event]] = {
    name: thing
    for name, thing in vars(events).items()
    if isinstance(thing, type) and issubclass(thing, Event) and thing is not Event
}


def to_json(event: Event) -> str:
    """The event as one line of JSON: its kind, then its fields."""
    return json.dumps(event_to_data(event), separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Event:
    """The event written by `to_json`, equal to the original.

    Raises:
        JournalCorrupt: not JSON, a kind that does not exist, or fields that do not fit.
    """
    try:
        return event_from_data(json.loads(text))
    except json.JSONDecodeError as error:
        raise JournalCorrupt(f"not an event: {error}") from error


def event_to_data(event: Event) -> dict[str, Any]:
    """The event as plain JSON values."""
    return {"kind": type(event).__name__, **_codec(type(event))[0](event)}


def event_from_data(data: dict[str, Any]) -> Event:
    """Opposite of `event_to_data`; `data` is used up.

    Raises:
        JournalCorrupt: a kind that does not exist, or fields that do not fit.
    """
    kind = data.pop("kind", None) if isinstance(data, dict) else None
    event_class = _EVENTS.get(kind) if isinstance(kind, str) else None
    if event_class is None:
        raise JournalCorrupt(f"unknown kind of event {kind!r}: written by a newer version, or damaged")
    event = read(event_class, data)
    assert isinstance(event, Event)
    return event


def write(value: object) -> Any:
    """Any dataclass of ours as plain JSON values; the type is not written."""
    return _codec(type(value))[0](value)


def read(wanted: type[Any], data: Any) -> Any:
    """Opposite of `write`.

    Raises:
        JournalCorrupt: the data do not fit the type.
    """
    try:
        return _codec(wanted)[1](data)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise JournalCorrupt(f"{wanted.__name__} cannot be read: {type(error).__name__} {error}") from error


# -- contracts: one line, because nothing is written more often -----------------------------------------------------


@lru_cache(maxsize=65_536)
def contract_to_text(contract: Contract) -> str:
    """All facts of a contract in one line: ``option SPX SPXW 100 2018-01-05 2710 P european -``."""
    facts = (
        contract.kind.value,
        contract.underlying,
        contract.root,
        str(contract.multiplier),
        contract.expiry.isoformat() if contract.expiry else "-",
        str(contract.strike) if contract.strike is not None else "-",
        contract.right.value if contract.right else "-",
        contract.style.value if contract.style else "-",
        contract.delivery.isoformat() if contract.delivery else "-",
    )
    if any(" " in fact or not fact for fact in facts):
        raise ValueError(f"a contract's names have no blanks: {contract!r}")
    return " ".join(facts)


@lru_cache(maxsize=65_536)
def contract_from_text(text: str) -> Contract:
    """Opposite of `contract_to_text`.

    Raises:
        ValueError: not such a line.
    """
    kind, underlying, root, multiplier, expiry, strike, right, style, delivery = text.split(" ")
    return Contract(
        Kind(kind),
        underlying,
        root,
        int(multiplier),
        None if expiry == "-" else date.fromisoformat(expiry),
        None if strike == "-" else Decimal(strike),
        None if right == "-" else Right(right),
        None if style == "-" else Style(style),
        None if delivery == "-" else date.fromisoformat(delivery),
    )


# -- one writer and one reader a type, made once --------------------------------------------------------------------


def _same(value: Any) -> Any:
    return value


def _instant_to_text(value: datetime) -> str:
    if value.tzinfo is not UTC:
        raise ValueError(f"instants are aware UTC, found {value!r}")
    return value.isoformat()


def _instant_from_text(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"an instant without a zone: {text}")
    return value.astimezone(UTC)


def _exactly(wanted: type[Any]) -> Reader:
    def reader(value: Any) -> Any:
        if type(value) is not wanted:
            raise TypeError(f"expected {wanted.__name__}, found {value!r}")
        return value

    return reader


_PLAIN: dict[Any, tuple[Writer, Reader]] = {
    str: (_same, _exactly(str)),
    int: (_same, _exactly(int)),
    bool: (_same, _exactly(bool)),
    float: (_same, float),
    Decimal: (str, Decimal),
    date: (date.isoformat, date.fromisoformat),
    datetime: (_instant_to_text, _instant_from_text),
    Contract: (contract_to_text, contract_from_text),
}


_made: dict[Any, tuple[Writer, Reader]] = {}


def _codec(of: Any) -> tuple[Writer, Reader]:
    made = _PLAIN.get(of) or _made.get(of)
    if made is None:
        made = _made[of] = _make(of)
    return made


def _make(of: Any) -> tuple[Writer, Reader]:
    if isinstance(of, type) and issubclass(of, Enum):
        return (lambda value: value.value), of
    if is_dataclass(of):
        return _dataclass_codec(of)
    origin, arguments = get_origin(of), get_args(of)
    if origin in {Union, types.UnionType}:
        return _optional_codec(of, arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _list_codec(arguments[0], tuple)
    if origin is list:
        return _list_codec(arguments[0], list)
    if origin is set:
        return _list_codec(arguments[0], set)
    if origin is dict:
        return _dict_codec(*arguments)
    raise TypeError(f"no written form for {of!r}")


def _optional_codec(of: Any, arguments: Sequence[Any]) -> tuple[Writer, Reader]:
    inner = [argument for argument in arguments if argument is not type(None)]
    if len(inner) != 1 or len(arguments) != 2:
        raise TypeError(f"only `X | None` has a written form, not {of!r}")
    write_inner, read_inner = _codec(inner[0])
    return (
        lambda value: None if value is None else write_inner(value),
        lambda value: None if value is None else read_inner(value),
    )


def _list_codec(item: Any, container: type[Any]) -> tuple[Writer, Reader]:
    write_item, read_item = _codec(item)
    if container is set:  # sets have no order of their own; a digest needs one
        return (lambda values: sorted(map(write_item, values)), lambda values: set(map(read_item, values)))
    return (lambda values: [write_item(value) for value in values], lambda values: container(map(read_item, values)))


def _dict_codec(key: Any, value: Any) -> tuple[Writer, Reader]:
    write_key, read_key = _codec(key)
    write_value, read_value = _codec(value)
    if key is str:
        return (
            lambda mapping: {name: write_value(each) for name, each in mapping.items()},
            lambda mapping: {name: read_value(each) for name, each in mapping.items()},
        )
    return (
        lambda mapping: [[write_key(name), write_value(each)] for name, each in mapping.items()],
        lambda pairs: {read_key(name): read_value(each) for name, each in pairs},
    )


def _dataclass_codec(of: Any) -> tuple[Writer, Reader]:
    hints = get_type_hints(of)
    parts = [(field.name, *_codec(hints[field.name])) for field in fields(of) if field.init]
    names = {name for name, _, _ in parts}
    in_order = [(name, read_part) for name, _, read_part in parts]
    by_place = not any(field.kw_only for field in fields(of) if field.init)

    def writer(value: Any) -> dict[str, Any]:
        return {name: write_part(getattr(value, name)) for name, write_part, _ in parts}

    def reader(data: Any) -> Any:
        if by_place and data.keys() == names:  # nearly always: fifty thousand times at a start
            return of(*[read_part(data[name]) for name, read_part in in_order])
        surplus = data.keys() - names
        if surplus:
            raise ValueError(f"unknown fields {sorted(surplus)}")
        # a field that is not there keeps its default: that is how older records are read
        return of(**{name: read_part(data[name]) for name, _, read_part in parts if name in data})

    return writer, reader

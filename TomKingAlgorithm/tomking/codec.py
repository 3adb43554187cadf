"""Events and states as JSON and back, exactly.

One rule for every dataclass: an object of its fields, by name. Decimals, dates, instants and enums are texts; a
contract and a leg are one line of text; a mapping with keys that are not texts is a list of pairs. What a field is,
its type annotation says, so a new event needs no code here, and reading refuses whatever does not fit the annotation.
A field that is not there has its default: events are written without what is empty by default, and older records are
without what was added later. So the default of a field belongs to the written form as its name does.

Text is written straight from the fields, for a record is written before every order; it is read by `json`.
"""

from __future__ import annotations

import json
import json.encoder
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from tomking import events
from tomking.errors import JournalCorrupt
from tomking.events import Event
from tomking.market.contract import Contract, Kind, Right, Style
from tomking.market.leg import Leg

SCHEMA = 2
"""Version of the written form; a reader refuses a version it does not know."""

quoted = json.encoder.encode_basestring
"""A text as JSON writes it."""

Writer = Callable[[Any], str]
Reader = Callable[[Any], Any]

EVENTS: Mapping[str, type[Event]] = {
    name: thing
    for name, thing in vars(events).items()
    if isinstance(thing, type) and issubclass(thing, Event) and thing is not Event
}
"""Every kind of event by its name."""


def to_json(event: Event) -> str:
    """The event as one line of JSON: its kind, then its fields."""
    return _event_writers[type(event)](event)


def from_json(text: str) -> Event:
    """The event written by `to_json`, equal to the original.

    Raises:
        JournalCorrupt: not JSON, a kind that does not exist, or fields that do not fit.
    """
    try:
        return event_from_data(json.loads(text))
    except json.JSONDecodeError as error:
        raise JournalCorrupt(f"not an event: {error}") from error


def event_from_data(data: dict[str, Any]) -> Event:
    """The event whose JSON was read as `data`, which is used up.

    Raises:
        JournalCorrupt: a kind that does not exist, or fields that do not fit.
    """
    kind: Any = data.pop("kind", None) if type(data) is dict else None
    try:
        row = (kind, *data, *map(type, data.values()))
        way = _ways_of_events.get(row)
        if way is None:
            way = _ways_of_events[row] = _way(EVENTS[kind], data)
        event: Event = way(data)
    except _MISFITS as error:
        if type(kind) is not str or kind not in EVENTS:
            raise JournalCorrupt(f"unknown kind of event {kind!r}: written by a newer version, or damaged") from error
        raise _misfit(kind, error) from error
    return event


def write(value: object) -> str:
    """Any dataclass of ours as one line of JSON; the type is not written."""
    return _writer(type(value))(value)


def read(wanted: type[Any], data: Any) -> Any:
    """The value of the type `wanted` whose JSON, as `write` writes it, was read as `data`.

    Raises:
        JournalCorrupt: the data do not fit the type.
    """
    try:
        return _reader(wanted)(data)
    except _MISFITS as error:
        raise _misfit(wanted.__name__, error) from error


_MISFITS = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError)
"""What reading data meets that do not fit the type."""


def _misfit(wanted: str, error: Exception) -> JournalCorrupt:
    return JournalCorrupt(f"{wanted} cannot be read: {type(error).__name__} {error}")


# -- contracts and legs: one line, because nothing is written more often ----------------------------------------------


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
    text = " ".join(facts)
    if text.count(" ") != len(facts) - 1 or not contract.underlying or not contract.root:
        raise ValueError(f"a contract's names have no blanks: {contract!r}")
    return text


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


def leg_to_text(leg: Leg) -> str:
    """Its ratio, then its contract: ``-2 option SPX SPXW 100 2018-01-05 2710 P european -``."""
    return f"{leg.ratio:+d} {contract_to_text(leg.contract)}"


@lru_cache(maxsize=65_536)
def leg_from_text(text: str) -> Leg:
    """Opposite of `leg_to_text`.

    Raises:
        ValueError: not such a line.
    """
    ratio, _, contract = text.partition(" ")
    return Leg(contract_from_text(contract), int(ratio))


# -- one written form a type, made once -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Form:
    """How the values of one type are written and read.

    Attributes:
        write: makes the JSON text of a value.
        reads: by the JSON types it may be written as, what makes the value of it; None where that is the value.
        pattern: the same text with ``%s`` for the value's own `str`, where that is all; empty where it is not.
    """

    write: Writer
    reads: Mapping[type[Any], Reader | None]
    pattern: str = ""


def _instant_to_text(value: datetime) -> str:
    if value.tzinfo is not UTC:
        raise ValueError(f"instants are aware UTC, found {value!r}")
    return f'"{value.isoformat()}"'


def _instant_from_text(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"an instant without a zone: {text}")
    return value.astimezone(UTC)


@lru_cache(maxsize=4_096)
def _legs_to_text(legs: tuple[Leg, ...]) -> str:
    return f"[{','.join([quoted(leg_to_text(leg)) for leg in legs])}]"


@lru_cache(maxsize=4_096)
def _legs_from_texts(*texts: str) -> tuple[Leg, ...]:
    """A package is in the record of its group and of its orders."""
    return tuple([leg_from_text(text) for text in texts])


_PLAIN: dict[Any, _Form] = {
    str: _Form(quoted, {str: None}),
    int: _Form(str, {int: None}, "%s"),
    bool: _Form({False: "false", True: "true"}.__getitem__, {bool: None}),
    Decimal: _Form('"%s"'.__mod__, {str: lru_cache(4_096)(Decimal)}, '"%s"'),
    date: _Form('"%s"'.__mod__, {str: date.fromisoformat}, '"%s"'),
    datetime: _Form(_instant_to_text, {str: _instant_from_text}),
    Contract: _Form(lru_cache(65_536)(lambda contract: quoted(contract_to_text(contract))), {str: contract_from_text}),
    Leg: _Form(lru_cache(65_536)(lambda leg: quoted(leg_to_text(leg))), {str: leg_from_text}),
    tuple[Leg, ...]: _Form(_legs_to_text, {list: lambda texts: _legs_from_texts(*texts)}),
}


_writers: dict[Any, Writer] = {}
_readers: dict[Any, Reader] = {}


def _writer(of: Any) -> Writer:
    """Writes any value of the type."""
    made = _writers.get(of)
    if made is None:
        made = _writers[of] = _form(of).write
    return made


def _reader(of: Any) -> Reader:
    """Reads any JSON value as the type, or refuses it."""
    made = _readers.get(of)
    if made is None:
        made = _readers[of] = _dataclass_reader(of) if is_dataclass(of) and of not in _PLAIN else _plain_reader(of)
    return made


def _plain_reader(of: Any) -> Reader:
    reads = _form(of).reads
    if len(reads) == 1:
        ((wire, read_it),) = reads.items()

        def reader_of_one(value: Any) -> Any:
            if type(value) is not wire:
                raise _wrong_wire(of, reads, value)
            return value if read_it is None else read_it(value)

        return reader_of_one

    def reader(value: Any) -> Any:
        if type(value) not in reads:
            raise _wrong_wire(of, reads, value)
        read_it = reads[type(value)]
        return value if read_it is None else read_it(value)

    return reader


def _wrong_wire(of: Any, reads: Mapping[type[Any], object], found: object) -> TypeError:
    wires = " or ".join([wire.__name__ for wire in reads])
    return TypeError(f"{of!r} is written as {wires}, found {found!r}")


def _form(of: Any) -> _Form:
    if of in _PLAIN:
        return _PLAIN[of]
    if isinstance(of, type) and issubclass(of, Enum):
        return _enum_form(of)
    if is_dataclass(of):
        return _dataclass_form(of)
    origin, arguments = get_origin(of), get_args(of)
    if origin in {Union, types.UnionType}:
        return _optional_form(of, arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return _list_form(arguments[0], tuple)
    if origin is list:
        return _list_form(arguments[0], list)
    if origin is set:
        return _list_form(arguments[0], set)
    if origin is dict:
        return _dict_form(*arguments)
    raise TypeError(f"no written form for {of!r}")


def _enum_form(of: type[Enum]) -> _Form:
    written = {member: quoted(member.value) for member in of}
    return _Form(written.__getitem__, {str: {member.value: member for member in of}.__getitem__})


def _optional_form(of: Any, arguments: Sequence[Any]) -> _Form:
    inner = [argument for argument in arguments if argument is not type(None)]
    if len(inner) != 1 or len(arguments) != 2:
        raise TypeError(f"only `X | None` has a written form, not {of!r}")
    write_inner = _writer(inner[0])
    return _Form(
        lambda value: "null" if value is None else write_inner(value), {**_form(inner[0]).reads, type(None): None}
    )


def _list_form(item: Any, container: type[Any]) -> _Form:
    write_item, read_item = _writer(item), _reader(item)
    if container is set:  # sets have no order of their own; a digest needs one
        return _Form(
            lambda values: f"[{','.join(sorted(map(write_item, values)))}]",
            {list: lambda values: set(map(read_item, values))},
        )
    return _Form(
        lambda values: f"[{','.join(map(write_item, values))}]",
        {list: lambda values: container([read_item(value) for value in values])},
    )


def _dict_form(key: Any, value: Any) -> _Form:
    write_key, read_key = _writer(key), _reader(key)
    write_value, read_value = _writer(value), _reader(value)
    if key is str:
        return _Form(
            lambda mapping: (
                f"{{{','.join([f'{quoted(name)}:{write_value(each)}' for name, each in mapping.items()])}}}"
            ),
            {dict: lambda mapping: {name: read_value(each) for name, each in mapping.items()}},
        )
    return _Form(
        lambda mapping: f"[{','.join([f'[{write_key(name)},{write_value(each)}]' for name, each in mapping.items()])}]",
        {list: lambda pairs: {read_key(name): read_value(each) for name, each in pairs}},
    )


def _dataclass_form(of: Any) -> _Form:
    return _Form(_dataclass_writer(of), {dict: _reader(of)})


def _dataclass_writer(of: Any) -> Writer:
    """Writes all fields."""
    forms = _field_forms(of)
    return _compiled_writer(",".join([f'"{name}":{_slot(name, form)}' for name, form in forms.items()]), forms)


def _event_writer(kind: str) -> Writer:
    """Writes the kind, and the fields but for those that are empty by default and are so."""
    of: Any = EVENTS[kind]
    forms = _field_forms(of)
    inside = f'"kind":"{kind}"'
    for field in fields(of):
        name, default = field.name, field.default
        part = f',"{name}":{_slot(name, forms[name])}'
        if default is None:
            part = f"{{'' if value.{name} is None else f'''{part}'''}}"
        elif default is False or default in ("", ()):
            part = f"{{f'''{part}''' if value.{name} else ''}}"
        inside += part
    return _compiled_writer(inside, forms)


def _slot(name: str, form: _Form) -> str:
    """The place of a field in an f-string."""
    return form.pattern % f"{{value.{name}!s}}" if form.pattern else f"{{write_{name}(value.{name})}}"


def _compiled_writer(inside: str, forms: Mapping[str, _Form]) -> Writer:
    """Writes an object with this inside, in the one f-string one would write by hand for the class.

    Records are written between a decision and its order, and nothing that goes through the fields one by one is half
    as quick.
    """
    written_by = {f"write_{name}": form.write for name, form in forms.items()}
    made: Writer = eval(f'lambda value: f"""{{{{{inside}}}}}"""', written_by)
    return made


@cache
def _field_forms(of: Any) -> Mapping[str, _Form]:
    hints = get_type_hints(of)
    return {field.name: _form(hints[field.name]) for field in fields(of) if field.init}


def _dataclass_reader(of: Any) -> Reader:
    """Reads by the names that are there and the JSON types of their values.

    What to do for each such row is found out once, and whether it fits.
    """
    ways: dict[tuple[object, ...], Reader] = {}

    def reader(data: dict[str, Any]) -> Any:
        if type(data) is not dict:
            raise _wrong_wire(of, {dict: None}, data)
        row = (*data, *map(type, data.values()))
        way = ways.get(row)
        if way is None:
            way = ways[row] = _way(of, data)
        return way(data)

    return reader


def _way(of: Any, data: Mapping[str, Any]) -> Reader:
    """Makes an object from rows like this one, in the one expression one would write by hand."""
    forms = _field_forms(of)
    if surplus := set(data) - set(forms):
        raise ValueError(f"unknown fields {sorted(surplus)}")
    given: dict[str, str] = {}
    readers: dict[str, Reader] = {}
    for name, value in data.items():
        reads = forms[name].reads
        if type(value) not in reads:
            raise _wrong_wire(name, reads, value)
        read_part = reads[type(value)]
        given[name] = f"data['{name}']"
        if read_part is not None:
            readers[f"read_{name}"] = read_part
            given[name] = f"read_{name}({given[name]})"
    in_order = [field.name for field in fields(of) if field.init and not field.kw_only]
    arguments = [
        each if in_order[place : place + 1] == [name] else f"{name}={each}"
        for place, (name, each) in enumerate(given.items())
    ]
    made: Reader = eval(f"lambda data: of({', '.join(arguments)})", {"of": of, **readers})
    return made


_event_writers: Mapping[type[Event], Writer] = {of: _event_writer(kind) for kind, of in EVENTS.items()}
_ways_of_events: dict[tuple[object, ...], Reader] = {}
"""As the ways of a `_dataclass_reader`, of all events together: a start reads fifty thousand."""

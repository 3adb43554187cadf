"""The shape of leansim's API: where a class of ours differs from LEAN's class of the name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

from conformance.lean_stubs import StubClass, StubMember, Stubs
from leansim.api.inventory import offered
from leansim.api.registry import CLRMetatype, emulated, resolve
from leansim.api.surface import namespace_names, namespaces


def compared_classes(stubs: Stubs) -> Iterator[tuple[type, list[StubClass]]]:
    """Every class leansim offers, with LEAN's of the same namespace and name."""
    for namespace in namespaces():
        for name in namespace_names(namespace) or ():
            if name in emulated():
                ours = resolve(namespace, name)
                stub = stubs.get(f"{namespace}.{name}")
                if stub and not isinstance(ours, CLRMetatype):
                    yield ours, stub


def differences(cls: type, stubs: list[StubClass], members: dict[str, StubMember]) -> Iterator[str]:
    """What differs: ``Class.member: how``, Class being the one of ours that declares the member."""
    if issubclass(cls, Enum):
        yield from (f"{cls.__name__}.{text}" for text in _enum_differences(cls, stubs, members))
        return
    for name, ours in offered(cls).items():
        lean = members.get(name)
        where = f"{ours.owner.__name__}.{name}"
        if lean is None:
            yield f"{where}: LEAN has no such member"
        elif lean.kind != ours.kind and not lean.generic:
            yield f"{where}: a {ours.kind}, in LEAN a {lean.kind}"
        elif ours.kind == "method":
            yield from (f"{where}: {text}" for text in _parameter_differences(getattr(cls, name), lean.overloads))


def _enum_differences(cls: type[Enum], stubs: list[StubClass], members: dict[str, StubMember]) -> Iterator[str]:
    ours = {name: int(member) for name, member in cls.__members__.items()}  # type: ignore[call-overload]  # a ClrEnum
    for name, number in stubs[0].enum_integers().items():
        if ours.get(name) != number:
            yield f"{name}: {ours.get(name)}, in the stubs {number}"
    for name in ours.keys() - members.keys():
        yield f"{name}: LEAN has no such member"


def _parameter_differences(method: Any, overloads: list[tuple[str, ...]]) -> Iterator[str]:
    """Parameters LEAN lacks, and those we lack unless ours takes any name."""
    parameters = list(inspect.signature(method).parameters.values())
    if parameters and parameters[0].name == "self":
        parameters = parameters[1:]
    ours = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    lean = dict.fromkeys(name for overload in overloads for name in overload)
    foreign = [name for name in ours if name not in lean and f"*{name}" not in lean and not name.startswith("_")]
    if foreign:
        yield f"LEAN has no parameter {', '.join(foreign)}"
    missing = [name for name in lean if name not in ours and not name.startswith("*")]
    if missing and not any(p.kind is p.VAR_KEYWORD for p in parameters):
        yield f"no parameter {', '.join(missing)}"
    in_order = [name for name in ours if name in lean]
    if overloads and not missing and not any(_same_order(in_order, overload) for overload in overloads):
        yield f"parameters in the order {', '.join(in_order)}"


def _same_order(ours: list[str], overload: tuple[str, ...]) -> bool:
    return [name for name in ours if name in overload] == [name for name in overload if name in ours]

"""What LEAN's API has: names its namespaces export, members its classes have. Read from generated files when asked.

`tools/generate_lean_surface.py` writes the two files from QuantConnect's stubs. Nothing here is loaded on the happy
path: the members are looked at only after an attribute was not found.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from leansim.api.naming import snake


@cache
def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files("leansim.api").joinpath(name).read_text(encoding="utf-8"))
    return document


@cache
def star_imports() -> tuple[str, ...]:
    """The namespaces LEAN's AlgorithmImports imports whole, in its order."""
    return tuple(_document("surface_names.json")["star_imports"])


@cache
def namespace_names(namespace: str) -> dict[str, None] | None:
    """What a namespace of LEAN's or .NET's exports, in order; None for one the stubs do not have."""
    text = _document("surface_names.json")["namespaces"].get(namespace)
    return None if text is None else dict.fromkeys(text.split())


def namespaces() -> tuple[str, ...]:
    """All namespaces of LEAN and of .NET that the stubs have."""
    return tuple(_document("surface_names.json")["namespaces"])


@cache
def members_of(class_name: str) -> frozenset[str]:
    """The snake_case members LEAN's class of that name has, inherited ones included; empty for an unknown class."""
    table = _document("surface_members.json")
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [class_name]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in table:
            continue
        seen.add(name)
        own, bases = table[name]
        found.update(own.split())
        waiting += bases.split()
    return frozenset(found)


def is_known_member(cls: type, name: str) -> bool:
    """Whether LEAN's class (or a base) of our class's name has a member; either spelling."""
    spellings = {name, snake(name), snake(name).upper()}
    for base in cls.__mro__:
        # QCAlgorithm's own subclasses are the user's: their names mean nothing in LEAN
        known = members_of(base.__name__.split("[")[0])
        if not known.isdisjoint(spellings):
            return True
    return False

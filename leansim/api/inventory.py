"""The inventory of leansim's API: the public members of a class and what each is. For the table and the tests of it."""

from __future__ import annotations

import ast
import inspect
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from leansim.api.naming import MissingMember, pascal, snake

Kind = Literal["value", "method", "class"]
"""A property, field or constant; something called; a nested class."""


@dataclass(frozen=True)
class Offered:
    """A public member of a class of ours and the class that declares it."""

    kind: Kind
    owner: type


def offered(cls: type) -> dict[str, Offered]:
    """The public members of a class of ours that are ours, once each: not Python's own, not their Pascal spelling."""
    found: dict[str, Offered] = {}
    for base in cls.__mro__:
        if base.__module__.startswith("leansim"):
            for name, value in vars(base).items():
                if not isinstance(value, MissingMember) and not _is_second_spelling(base, name, value):
                    found.setdefault(name, Offered(_kind(base, value), base))
            for name in _assigned(base):
                found.setdefault(name, Offered("value", base))
    return {name: member for name, member in found.items() if not name.startswith("_")}


def _is_second_spelling(cls: type, name: str, value: Any) -> bool:
    """Whether a member is another one, of a name in snake_case or UPPER_CASE, under its Pascal name."""
    first = snake(name)
    if name != pascal(first):
        return False
    return any(inspect.getattr_static(cls, spelled, None) is value for spelled in {first, first.upper()} - {name})


def _kind(cls: type, value: Any) -> Kind:
    if isinstance(value, type) and value.__qualname__.startswith(f"{cls.__qualname__}."):
        return "class"
    plain = value.__func__ if isinstance(value, staticmethod | classmethod) else getattr(value, "__wrapped__", value)
    return "method" if inspect.isfunction(plain) else "value"


@cache
def _classes_of(module: str) -> dict[str, ast.ClassDef]:
    """The classes a module defines, nested ones too, by qualified name."""
    found: dict[str, ast.ClassDef] = {}

    def add(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                found[prefix + node.name] = node
                add(node.body, f"{prefix}{node.name}.")

    add(ast.parse(inspect.getsource(sys.modules[module])).body, "")
    return found


@cache
def _assigned(cls: type) -> frozenset[str]:
    """What the methods of a class assign to ``self``."""
    declared = _classes_of(cls.__module__).get(cls.__qualname__)
    methods = [item for item in declared.body if isinstance(item, ast.FunctionDef)] if declared is not None else []
    return frozenset(
        node.attr
        for method in methods
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )

"""Frozen dataclasses that are made as quickly as others.

Every field of a frozen dataclass is set past its own refusal, one call each: for a record with many fields that takes
longer than all else that is done to it, and fifty thousand are made at a start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, Field, fields, make_dataclass
from typing import Any, TypeVar

_Class = TypeVar("_Class")


def quickly_made(frozen: type[_Class]) -> type[_Class]:
    """The class, a frozen dataclass with slots, with another `__init__`.

    While its fields are set, the object is of a class of the same shape that is not frozen.

    Raises:
        TypeError: the class does something else when an object is made.
    """
    known: Sequence[Field[Any]] = fields(frozen)  # type: ignore[arg-type]  # dataclasses have no type of their own
    has_checks = any("__post_init__" in vars(kind) for kind in frozen.__mro__)
    if has_checks or any(not field.init or field.kw_only or field.default_factory is not MISSING for field in known):
        raise TypeError(f"{frozen.__name__} does more than to take its fields")
    names = [field.name for field in known]
    defaults = {field.name: field.default for field in known if field.default is not MISSING}
    thawed = make_dataclass(frozen.__name__, names, bases=frozen.__bases__, slots=True)
    parameters = [f"{name}=defaults['{name}']" if name in defaults else name for name in names]
    steps = ["thaw(self, '__class__', thawed)", *[f"self.{name} = {name}" for name in names], "self.__class__ = frozen"]
    source = "\n    ".join([f"def __init__(self, {', '.join(parameters)}):", *steps])
    made: dict[str, Any] = {"thaw": object.__setattr__, "thawed": thawed, "frozen": frozen, "defaults": defaults}
    exec(source, made)
    type.__setattr__(frozen, "__init__", made["__init__"])
    return frozen

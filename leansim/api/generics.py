"""Names of .NET's generic types as pythonnet writes them: ``KeyValuePair[Symbol,TradeBar]``."""

from __future__ import annotations

from functools import cache
from typing import Final, TypeVar

T = TypeVar("T")

_CLR_NAMES: Final[dict[type, str]] = {str: "String", int: "Int32", float: "Decimal", bool: "Boolean", object: "Object"}


def clr_name(kind: type | str) -> str:
    """The .NET name of a type argument: ``str`` → ``String``; our classes carry LEAN's names."""
    return kind if isinstance(kind, str) else _CLR_NAMES.get(kind, kind.__name__)


@cache
def generic(base: type[T], *arguments: type | str) -> type[T]:
    """The class ``Base[A,B]``: a subclass named as pythonnet names the closed generic type; one class a name."""
    name = f"{base.__name__}[{','.join(clr_name(argument) for argument in arguments)}]"
    made: type[T] = type(name, (base,), {"__slots__": (), "__module__": base.__module__})
    return made

"""A method that is looked at without being called, where that is a common slip.

In pythonnet every method of a .NET object is an object of class ``MethodBinding``. To make one at each call of every
method would cost more than the calls; so it is done where the class's name is likely to be read: ``keys``, ``values``
and ``items``, which are properties in C# and are written without parentheses by those who come from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class MethodBinding:
    """A method and its object, as pythonnet shows them."""

    __slots__ = ("_function", "_owner")

    def __init__(self, function: Callable[..., Any], owner: object) -> None:
        self._function = function
        self._owner = owner

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._function(self._owner, *arguments, **named)

    def __repr__(self) -> str:
        return f"<bound method '{self._function.__name__}'>"


class Bound:
    """Descriptor that hands a function out as a `MethodBinding`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.__doc__ = function.__doc__
        self.__wrapped__ = function

    def __get__(self, owner: object, kind: type | None = None) -> Any:
        return self._function if owner is None else MethodBinding(self._function, owner)


def bind(cls: type, *names: str) -> None:
    """Hand these methods of a class out as bindings, where the class itself defines them."""
    for name in names:
        function = vars(cls).get(name)
        if function is not None and not isinstance(function, Bound):
            setattr(cls, name, Bound(function))

"""Calling a model that an algorithm may have written in Python, in either spelling.

A subclass may override ``market_fill`` or ``MarketFill``; LEAN finds both. Where both spellings exist, the one of the
most derived class counts. A model may also be any object that has the methods (LEAN wraps it by its names).
"""

from __future__ import annotations

from typing import Any

from leansim.api.naming import pascal

_SPELLINGS: dict[tuple[type, str], str] = {}


def _spelling(kind: type, method: str) -> str:
    key = (kind, method)
    found = _SPELLINGS.get(key)
    if found is None:
        found = _SPELLINGS[key] = _search(kind, method)
    return found


def _search(kind: type, method: str) -> str:
    other = pascal(method)
    for base in kind.__mro__:
        if method in vars(base):
            return method
        if other in vars(base):
            return other
    return method


def call(model: object, method: str, *arguments: Any) -> Any:
    """Call a model's method, whichever way its class spells it."""
    return getattr(model, _spelling(type(model), method))(*arguments)


def is_overridden(kind: type, method: str, base: type) -> bool:
    """Whether a class of models has a version of the method that is not ``base``'s own."""
    found = getattr(kind, _spelling(kind, method), None)
    return found is not getattr(base, method)

"""An event of .NET's: handlers are added with ``+=``, taken away with ``-=``, and all called in that order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Event:
    """``x.updated += handler``; a handler takes what the event is fired with."""

    __slots__ = ("_handlers",)

    def __init__(self) -> None:
        self._handlers: list[Callable[..., Any]] = []

    def __iadd__(self, handler: Callable[..., Any]) -> Event:
        self._handlers.append(handler)
        return self

    def __isub__(self, handler: Callable[..., Any]) -> Event:
        if handler in self._handlers:
            self._handlers.remove(handler)
        return self

    def __call__(self, *arguments: Any) -> None:
        """Call the handlers in the order they were added."""
        for handler in list(self._handlers):
            handler(*arguments)

    def __bool__(self) -> bool:
        return bool(self._handlers)

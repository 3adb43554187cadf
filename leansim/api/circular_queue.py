"""``CircularQueue``: items that come round and round."""

from __future__ import annotations

from collections import deque
from typing import Any, Generic, TypeVar

from leansim.api.naming import ClrObject
from leansim.feed.events import Event

T = TypeVar("T")


class CircularQueue(ClrObject, Generic[T]):
    """``CircularQueue[OrderType](items)`` or ``(item, item…)``: what is taken out goes to the end of the queue.

    ``circle_completed += handler(sender, arguments)`` is called when the first item is taken out.
    """

    def __init__(self, *items: Any) -> None:
        given = items[0] if len(items) == 1 and isinstance(items[0], (list, tuple)) else items
        self._items: deque[T] = deque(given)
        self._head: T | None = self._items[0] if self._items else None
        self.circle_completed = Event()

    def dequeue(self) -> T:
        """The next item."""
        item = self._items.popleft()
        if item == self._head:
            self.on_circle_completed()
        self._items.append(item)
        return item

    def on_circle_completed(self) -> None:
        """Tell the handlers."""
        self.circle_completed(self, None)

"""Rolling windows: the last values of something, newest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException, ArgumentOutOfRangeException, InvalidOperationException

T = TypeVar("T")

DEFAULT_SIZE = 2


class RollingWindow(ClrObject, Generic[T]):
    """The last ``size`` items, index 0 the newest. ``RollingWindow[TradeBar](5)``, as in LEAN.

    An index at or beyond the size makes the window larger and gives ``None``.
    """

    def __init__(self, size: int) -> None:
        if isinstance(size, bool) or not isinstance(size, int):
            raise TypeError("No method matches given arguments for RollingWindow`1")
        if size < 0:
            raise ArgumentException("RollingWindow must have size of at least 0.")
        self._items: deque[T | None] = deque()
        self._size = size
        self._samples = 0
        self._removed: T | None = None

    @property
    def size(self) -> int:
        """How many items it holds when full."""
        return self._size

    @size.setter
    def size(self, value: int) -> None:
        self._size = value
        while len(self._items) > value:
            self._items.pop()

    @property
    def count(self) -> int:
        """How many items it holds now."""
        return len(self._items)

    @property
    def samples(self) -> int:
        """How many items were ever added."""
        return self._samples

    @property
    def is_ready(self) -> bool:
        """Whether it is full."""
        return self._samples >= self._size

    @property
    def most_recently_removed(self) -> T | None:
        """The item that fell out last. Raises ``InvalidOperationException`` when none did."""
        if self._samples <= self._size:
            raise InvalidOperationException("No items have been removed yet!")
        return self._removed

    def add(self, item: T | None) -> None:
        """Add the newest item; the oldest falls out of a full window."""
        self._samples += 1
        self._items.appendleft(item)
        if len(self._items) > self._size:
            self._removed = self._items.pop()

    def reset(self) -> None:
        """Forget everything."""
        self._items.clear()
        self._samples = 0

    def __getitem__(self, index: int) -> T | None:
        if index < 0:
            if self._size + index < 0:
                raise ArgumentOutOfRangeException("Index is out of the size range.")
            index += len(self._items)
            if index < 0:
                return None
        if index < len(self._items):
            return self._items[index]
        if index >= self._size:
            self._size = index + 1
        return None

    def __setitem__(self, index: int, value: T) -> None:
        if index < 0:
            if self._size + index < 0:
                raise ArgumentOutOfRangeException("Index is out of the size range.")
            index += self._size
        if index >= self._size:
            self._size = index + 1
        while len(self._items) <= index:
            self.add(None)
        self._items[index] = value

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T | None]:
        return iter(list(self._items))


class Windowed(ClrObject):
    """Something with a current value and a window of the ones before it, as indicators and consolidators have."""

    def __init__(self) -> None:
        self.window: RollingWindow[Any] = RollingWindow(DEFAULT_SIZE)

    @property
    def current(self) -> Any:
        """The newest value."""
        return self.window[0]

    @property
    def previous(self) -> Any:
        """The value before it, ``None`` when there is none."""
        return self.window[1] if self.window.count > 1 else None

    def __getitem__(self, index: int) -> Any:
        return self.window[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.window)

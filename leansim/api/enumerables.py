"""What .NET gives to iterate over: enumerables without length or index, sets, arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any, Generic, TypeVar

from leansim.api.generics import clr_name, generic
from leansim.api.naming import ClrObject

T = TypeVar("T")


class Enumerable(ClrObject, Generic[T]):
    """Something to iterate over, again and again; no length, no index, as .NET's IEnumerable."""

    __slots__ = ("_source",)

    def __init__(self, source: Iterable[T] | Callable[[], Iterable[T]]) -> None:
        self._source = source

    def __iter__(self) -> Iterator[T]:
        return iter(self._source() if callable(self._source) else self._source)


class MemoizingEnumerable(Enumerable[T]):
    """LEAN's MemoizingEnumerable: reads its source once, then from memory."""

    __slots__ = ("_rest", "_seen")

    def __init__(self, source: Iterable[T] | Callable[[], Iterable[T]]) -> None:
        super().__init__(source)
        self._seen: list[T] = []
        self._rest: Iterator[T] | None = None

    def __iter__(self) -> Iterator[T]:
        if self._rest is None:
            self._rest = iter(self._source() if callable(self._source) else self._source)
        at = 0
        while True:
            if at == len(self._seen):
                following = list(islice(self._rest, 1))
                if not following:
                    return
                self._seen += following
            yield self._seen[at]
            at += 1


def memoizing(item: type | str, source: Iterable[T] | Callable[[], Iterable[T]]) -> MemoizingEnumerable[T]:
    """A ``MemoizingEnumerable[item]`` over ``source``."""
    made: MemoizingEnumerable[T] = generic(MemoizingEnumerable, item)(source)
    return made


class Collection(Enumerable[T]):
    """An enumerable that knows its size: ``len``, ``count``, ``in``; no index."""

    __slots__ = ()

    def _items(self) -> list[T]:
        return list(self)

    def __len__(self) -> int:
        return len(self._items())

    def __contains__(self, item: object) -> bool:
        return item in self._items()

    @property
    def count(self) -> int:
        """How many."""
        return len(self)

    def contains(self, item: T) -> bool:
        """Whether it is among them."""
        return item in self


class HashSet(Collection[T]):
    """.NET's HashSet."""

    __slots__ = ("_members",)

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._members = dict.fromkeys(items)
        super().__init__(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, item: object) -> bool:
        return item in self._members

    def add(self, item: T) -> bool:
        """Put an item in; False when it was there."""
        if item in self._members:
            return False
        self._members[item] = None
        return True

    def remove(self, item: T) -> bool:
        """Take an item out; False when it was not there."""
        if item not in self._members:
            return False
        del self._members[item]
        return True


def hash_set(item: type | str, items: Iterable[T] = ()) -> HashSet[T]:
    """A ``HashSet[item]``."""
    made: HashSet[T] = generic(HashSet, item)(items)
    return made


class Array(ClrObject, Generic[T]):
    """A .NET array: length, integer index, iteration; no slices. Made by :func:`array`."""

    __slots__ = ("_cells",)

    def __init__(self, items: Iterable[T]) -> None:
        self._cells: list[T] = list(items)

    @property
    def length(self) -> int:
        """How many."""
        return len(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[T]:
        return iter(self._cells)

    def __contains__(self, item: object) -> bool:
        return item in self._cells

    def _at(self, index: int) -> int:
        if not isinstance(index, int):
            raise TypeError("array index has type " + type(index).__name__ + ", expected an integer")
        if not -len(self._cells) <= index < len(self._cells):
            raise IndexError("array index out of range")
        return index

    def __getitem__(self, index: int) -> T:
        return self._cells[self._at(index)]

    def __setitem__(self, index: int, item: T) -> None:
        self._cells[self._at(index)] = item


class ByteArray(Array[int]):
    """A ``Byte[]``: what the object store gives; ``bytes(x)`` copies it."""

    __slots__ = ()

    def __init__(self, data: bytes | bytearray | Iterable[int]) -> None:
        super().__init__(bytes(data))

    def __bytes__(self) -> bytes:
        return bytes(self._cells)


ByteArray.__name__ = ByteArray.__qualname__ = "Byte[]"


@cache
def _array_type(name: str) -> type[Array[Any]]:
    return type(f"{name}[]", (Array,), {"__slots__": ()})


def array(item: type | str, items: Iterable[T]) -> Array[T]:
    """An ``item[]`` of ``items``."""
    return _array_type(clr_name(item))(items)

""".NET objects as Python meets them through LEAN: dictionaries here; exceptions, enumerables and arrays beside it.

What is missing here is missing on purpose: a .NET enumerable has no index, a key-value pair does not unpack, a
dictionary of LEAN's iterates over pairs. ``type(x).__name__`` reads ``Name[T]`` as pythonnet writes generic types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar, overload

from leansim.api.enumerables import (
    Array,
    ByteArray,
    Collection,
    Enumerable,
    HashSet,
    MemoizingEnumerable,
    array,
    hash_set,
    memoizing,
)
from leansim.api.exceptions import (
    ApplicationException,
    ArgumentException,
    ArgumentNullException,
    ArgumentOutOfRangeException,
    ArithmeticException,
    ClrException,
    ClrNotImplementedException,
    DirectoryNotFoundException,
    DivideByZeroException,
    FileNotFoundException,
    FormatException,
    IndexOutOfRangeException,
    InvalidCastException,
    InvalidOperationException,
    IOException,
    KeyNotFoundException,
    NotSupportedException,
    NullReferenceException,
    ObjectDisposedException,
    OverflowException,
    SystemException,
    TimeoutException,
)
from leansim.api.generics import (
    clr_name,
    generic,
)
from leansim.api.method_binding import bind
from leansim.api.naming import ClrObject

__all__ = [
    "ApplicationException",
    "ArgumentException",
    "ArgumentNullException",
    "ArgumentOutOfRangeException",
    "ArithmeticException",
    "Array",
    "ByteArray",
    "ClrDictionary",
    "ClrException",
    "ClrNotImplementedException",
    "Collection",
    "DictionaryView",
    "DirectoryNotFoundException",
    "DivideByZeroException",
    "Enumerable",
    "ExtendedDictionary",
    "FileNotFoundException",
    "FormatException",
    "HashSet",
    "IOException",
    "IndexOutOfRangeException",
    "InvalidCastException",
    "InvalidOperationException",
    "KeyNotFoundException",
    "KeyValuePair",
    "MemoizingEnumerable",
    "NotSupportedException",
    "NullReferenceException",
    "ObjectDisposedException",
    "OverflowException",
    "ReadOnlyExtendedDictionary",
    "SystemException",
    "TimeoutException",
    "array",
    "clr_name",
    "dictionary",
    "generic",
    "hash_set",
    "memoizing",
    "read_only_dictionary",
]

K = TypeVar("K")
V = TypeVar("V")
D = TypeVar("D")

_OFTEN_NOT_CALLED = ("keys", "values", "items")
_WITHOUT_PASCAL = frozenset(("Copy", "Fromkeys", "Get", "Items", "Pop", "Popitem", "Setdefault", "Update"))


class KeyValuePair(ClrObject, Generic[K, V]):
    """One entry of a dictionary being iterated. It does not unpack: ``for k, v in d`` raises TypeError, as in LEAN."""

    __slots__ = ("key", "value")

    def __init__(self, key: K, value: V) -> None:
        self.key = key
        self.value = value

    def __str__(self) -> str:
        return f"[{self.key}, {self.value}]"


class ExtendedDictionary(ClrObject, Generic[K, V]):
    """A dictionary of LEAN's: Python's methods and .NET's; iterated as key-value pairs; read-only unless said so.

    Subclasses give ``_find`` and ``_pairs`` (and ``__len__`` where it can be known without looking at the values), and
    name their type arguments in ``_pair_types``; all else follows. ``_missing`` is what a failed look-up raises.
    """

    __slots__ = ()

    _pair_types: tuple[type | str, type | str] = ("Object", "Object")

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        bind(cls, *_OFTEN_NOT_CALLED)

    def _find(self, key: Any) -> tuple[bool, V | None]:
        """Whether the key is there, and its value."""
        raise NotImplementedError

    def _pairs(self) -> Iterable[tuple[K, V]]:
        """All entries, in LEAN's order."""
        raise NotImplementedError

    def _missing(self, key: object) -> ClrException:
        return KeyNotFoundException(f"'{key}' wasn't found in the {type(self).__name__} object.")

    def __getattr__(self, name: str) -> Any:
        if name in _WITHOUT_PASCAL:  # LEAN itself writes these in Python's way
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return super().__getattr__(name)

    @property
    def is_read_only(self) -> bool:
        """Whether entries cannot be set or removed."""
        return True

    # reading

    def __getitem__(self, key: Any) -> V:
        found, value = self._find(key)
        if not found:
            raise self._missing(key)
        return value  # type: ignore[return-value]  # found says it is there

    def __contains__(self, key: object) -> bool:
        return key is not None and self._find(key)[0]

    def __len__(self) -> int:
        return sum(1 for _ in self._pairs())

    def __iter__(self) -> Iterator[KeyValuePair[K, V]]:
        pair = generic(KeyValuePair, *self._pair_types)
        for key, value in self._pairs():
            yield pair(key, value)

    @property
    def count(self) -> int:
        """How many entries."""
        return len(self)

    def contains_key(self, key: Any) -> bool:
        """Whether the key is there."""
        return key in self

    def try_get_value(self, key: Any, value: object = None) -> tuple[bool, V | None]:
        """Whether the key is there, and its value: pythonnet returns an ``out`` parameter that way."""
        return self._find(key)

    @overload
    def get(self, key: Any) -> V | None: ...
    @overload
    def get(self, key: Any, default_value: D) -> V | D: ...
    def get(self, key: Any, default_value: Any = None) -> Any:
        """The value, or ``default_value``."""
        if key is None:
            return default_value
        found, value = self._find(key)
        return value if found else default_value

    def keys(self) -> list[K]:
        """All keys, in a list."""
        return [key for key, _ in self._pairs()]

    def values(self) -> list[V]:
        """All values, in a list."""
        return [value for _, value in self._pairs()]

    @property
    def Keys(self) -> list[K]:
        """All keys: .NET's property, beside the method Python's dictionaries have."""
        return list(self.keys())

    @property
    def Values(self) -> list[V]:
        """All values, likewise."""
        return list(self.values())

    def get_keys(self) -> list[K]:
        """All keys, by the name pythonnet gives the getter of .NET's ``Keys``."""
        return self.keys()

    def get_values(self) -> list[V]:
        """All values, likewise."""
        return self.values()

    def items(self) -> list[tuple[K, V]]:
        """All entries, in a list of tuples."""
        return list(self._pairs())

    def copy(self) -> dict[K, V]:
        """A Python dictionary of all entries."""
        return dict(self._pairs())

    def fromkeys(self, sequence: Iterable[K], value: V | None = None) -> dict[K, V | None]:
        """A Python dictionary of these keys with their values here, or ``value``."""
        return {key: self.get(key, value) for key in sequence if key is not None}

    # changing

    def _refused(self, what: str) -> InvalidOperationException:
        return InvalidOperationException(
            f"{what} is an invalid operation. {type(self).__name__} is a read-only collection."
        )

    def __setitem__(self, key: Any, value: V) -> None:
        raise self._refused("Set")

    def remove(self, key: Any) -> bool:
        """Take an entry out; False when it was not there."""
        raise self._refused("Remove/Pop")

    def clear(self) -> None:
        """Take everything out."""
        raise self._refused("Clear")

    def popitem(self) -> tuple[K, V]:
        """LEAN does not support it."""
        raise NotSupportedException(f"Popitem is not supported for {type(self).__name__}")

    def setdefault(self, key: Any, default_value: V | None = None) -> V | None:
        """The value; when there is none, ``default_value`` is put there first."""
        found, value = self._find(key)
        if found:
            return value
        if self.is_read_only:
            raise KeyNotFoundException(f"'{key}' key does not exist in the {type(self).__name__}")
        self[key] = default_value  # type: ignore[assignment]  # as in LEAN, null is a value
        return default_value

    def pop(self, key: Any, *default_value: Any) -> Any:
        """Remove an entry and return its value; the default, or nothing, when there is none."""
        if key is None and not default_value:
            raise KeyNotFoundException("None is not a valid key")
        found, value = (False, None) if key is None else self._find(key)
        if found:
            self.remove(key)
            return value
        return default_value[0] if default_value else None

    def update(self, other: Mapping[K, V]) -> None:
        """Set many entries."""
        if self.is_read_only:
            raise self._refused("Update")
        for key, value in other.items():
            self[key] = value


bind(ExtendedDictionary, *_OFTEN_NOT_CALLED)


class DictionaryView(ExtendedDictionary[K, V]):
    """LEAN's read-only view of a Python dictionary."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[K, V]) -> None:
        self._entries = entries

    def _find(self, key: Any) -> tuple[bool, V | None]:
        if key in self._entries:
            return True, self._entries[key]
        return False, None

    def _pairs(self) -> Iterable[tuple[K, V]]:
        return self._entries.items()

    def __len__(self) -> int:
        return len(self._entries)


class ReadOnlyExtendedDictionary(DictionaryView[K, V]):
    """LEAN's ReadOnlyExtendedDictionary; made by :func:`read_only_dictionary`."""

    __slots__ = ()


def read_only_dictionary(
    key: type | str, value: type | str, entries: Mapping[K, V]
) -> ReadOnlyExtendedDictionary[K, V]:
    """A ``ReadOnlyExtendedDictionary[key,value]`` over ``entries``."""
    kind = generic(ReadOnlyExtendedDictionary, key, value)
    kind._pair_types = (key, value)
    made: ReadOnlyExtendedDictionary[K, V] = kind(entries)
    return made


class ClrDictionary(DictionaryView[K, V]):
    """A dictionary of .NET's that can be changed; made by :func:`dictionary`."""

    __slots__ = ()

    _entries: dict[K, V]

    def __init__(self, entries: dict[K, V] | None = None) -> None:
        super().__init__({} if entries is None else entries)

    @property
    def is_read_only(self) -> bool:
        """False."""
        return False

    def __setitem__(self, key: Any, value: V) -> None:
        self._entries[key] = value

    def add(self, key: K, value: V) -> None:
        """A new entry; ArgumentException when the key is taken."""
        if key in self._entries:
            raise ArgumentException(f"An item with the same key has already been added. Key: {key}")
        self._entries[key] = value

    def remove(self, key: Any) -> bool:
        """Take an entry out; False when it was not there."""
        if key not in self._entries:
            return False
        del self._entries[key]
        return True

    def clear(self) -> None:
        """Take everything out."""
        self._entries.clear()


ClrDictionary.__name__ = ClrDictionary.__qualname__ = "Dictionary"


def dictionary(key: type | str, value: type | str, entries: dict[K, V] | None = None) -> ClrDictionary[K, V]:
    """A ``Dictionary[key,value]`` over ``entries``."""
    kind = generic(ClrDictionary, key, value)
    kind._pair_types = (key, value)
    made: ClrDictionary[K, V] = kind(entries)
    return made

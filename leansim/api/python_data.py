"""Data of the algorithm's own: a class with ``get_source`` and ``reader``, whose objects carry any members they like.

::

    class Rates(PythonData):
        def get_source(self, config, date, is_live_mode):
            return SubscriptionDataSource("rates.csv", SubscriptionTransportMedium.OBJECT_STORE, FileFormat.CSV)

        def reader(self, config, line, date, is_live_mode):
            point = Rates()
            point.symbol, point.time, point.value = config.symbol, ..., ...
            point["TenYears"] = ...                 # read as point.ten_years, point.tenyears or point["tenYears"]
            return point

What reads the lines is :mod:`leansim.feed.custom`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self

from leansim.api.bars import BaseData
from leansim.api.enums import FileFormat, SubscriptionTransportMedium
from leansim.api.naming import ClrObject, snake
from leansim.api.net import KeyNotFoundException
from leansim.api.symbols import Symbol, SymbolCache

__all__ = ["DynamicData", "PythonData", "SubscriptionDataSource"]

_REMOTE: Final = ("http://", "https://")
_NEVER: Final = datetime(1, 1, 1)
_OWN: Final = frozenset({"symbol", "time", "end_time", "value", "is_fill_forward", "data_type"})
"""Members every data point has; any other name an algorithm sets is the point's own."""


class SubscriptionDataSource(ClrObject):
    """Where a day's lines are: a file, or a key of the object store.

    Attributes:
        source: the path or the key; an entry of a zip follows a ``#``.
        sort: whether the points come in another order than their time's and are to be sorted.
    """

    def __init__(
        self,
        source: str,
        transport_medium: SubscriptionTransportMedium | None = None,
        format: FileFormat = FileFormat.CSV,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
    ) -> None:
        if transport_medium is None:
            remote = source.lower().startswith(_REMOTE)
            transport_medium = (
                SubscriptionTransportMedium.REMOTE_FILE if remote else SubscriptionTransportMedium.LOCAL_FILE
            )
        self.source = source
        self.transport_medium = transport_medium
        self.format = format
        self.headers = list(dict(headers or {}).items())
        self.sort = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SubscriptionDataSource):
            return NotImplemented
        mine = (self.source, self.transport_medium, self.headers)
        return mine == (other.source, other.transport_medium, other.headers)

    def __hash__(self) -> int:
        return hash((self.source, self.transport_medium))

    def __str__(self) -> str:
        return f"{_spoken(self.transport_medium)}: {_spoken(self.format)} {self.source}"


class DynamicData(BaseData):
    """A data point with members of its own, under any spelling of their names."""

    _storage: dict[str, Any]
    _by_snake_name: dict[str, Any]

    def __new__(cls, *arguments: object, **named: object) -> Self:
        """A class of the algorithm's need not call this one's ``__init__``."""
        del arguments, named
        made = super().__new__(cls)
        object.__setattr__(made, "_storage", {})
        object.__setattr__(made, "_by_snake_name", {})
        BaseData.__init__(made)
        made.symbol = Symbol.EMPTY
        return made

    def __init__(self) -> None:
        """Nothing: the data point is complete when it is made."""

    def __setattr__(self, name: str, value: Any) -> None:
        own = snake(name)
        if own in _OWN:
            object.__setattr__(self, own, float(value) if own == "value" else value)
        elif name.startswith("_") or hasattr(type(self), name):
            object.__setattr__(self, name, value)
        else:
            self.set_property(name, value)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            lowered = name.lower()
            for known in (self._storage, self._by_snake_name):
                if lowered in known:
                    return known[lowered]
        return super().__getattr__(name)

    def __getitem__(self, name: str) -> Any:
        return self.get_property(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.set_property(name, value)

    def set_property(self, name: str, value: Any) -> Any:
        """Set a member by its name, of any spelling; time, end time, value and symbol are the point's."""
        lowered, spelled = name.lower(), snake(name)
        if isinstance(value, Decimal):
            value = float(value)
        if lowered == "symbol" and isinstance(value, str):
            self.symbol = SymbolCache.get_symbol(value)
        elif lowered in ("symbol", "time", "value"):
            setattr(self, lowered, value)
        elif lowered in ("endtime", "end_time"):
            self.end_time = value
        self._storage[lowered] = value
        if spelled != lowered:
            self._by_snake_name[spelled] = value
        return value

    def get_property(self, name: str) -> Any:
        """A member by its name. KeyNotFoundException: the point has no such member."""
        lowered = name.lower()
        if lowered in ("time", "value", "symbol", "price"):
            return getattr(self, lowered)
        if lowered == "endtime":
            return self.end_time
        for known in (self._storage, self._by_snake_name):
            if lowered in known:
                return known[lowered]
        raise KeyNotFoundException(
            f"Property with name '{lowered}' does not exist. Properties: Time, Symbol, Value {', '.join(self._storage)}"
        )

    def has_property(self, name: str) -> bool:
        """Whether a member of that name was set."""
        return name.lower() in self._storage

    def get_storage_dictionary(self) -> dict[str, Any]:
        """The members that were set, by their names in small letters."""
        return dict(self._storage)

    def clone(self, fill_forward: bool | None = None) -> Self:
        """A copy with the same members; ``fill_forward`` marks it."""
        copy = super().clone(fill_forward)
        object.__setattr__(copy, "_storage", dict(self._storage))
        object.__setattr__(copy, "_by_snake_name", {})
        return copy


class PythonData(DynamicData):
    """What an algorithm's own class of data inherits from; its time stands for its end while no end is set."""

    @property
    def time(self) -> datetime:
        """When what the point is about begins."""
        return self._time

    @time.setter
    def time(self, value: datetime) -> None:
        object.__setattr__(self, "_time", value)

    @property
    def end_time(self) -> datetime:
        """When the point is complete, and can be known; the time while it was not set."""
        return self._time if self._end == _NEVER else self._end

    @end_time.setter
    def end_time(self, value: datetime) -> None:
        object.__setattr__(self, "_end", value)
        if self._time == _NEVER:
            object.__setattr__(self, "_time", value)

    def is_of_type(self, type: type) -> bool:
        """Whether the point is of this class."""
        return self.__class__ is type


def _spoken(member: Any) -> str:
    return "".join(part.capitalize() for part in str(member).split("_"))

"""The universe file of a day as a table: one row per listed contract, columns read when asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from leansim.api.bars import TradeBar
from leansim.api.enums import SecurityType
from leansim.api.greeks import GreekLists, ModeledGreeks
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException
from leansim.api.option_symbols import FutureOptionSymbol, FutureSymbol, IndexOptionSymbol, OptionSymbol
from leansim.api.symbols import SecurityIdentifier, Symbol

if TYPE_CHECKING:
    from leansim.lean_data.universe import UniverseDay

_DAYS_OF_YEAR: Final = 365.0
_STANDARD_RULES: Final[dict[SecurityType, Callable[[Symbol], bool]]] = {
    SecurityType.OPTION: OptionSymbol.is_standard,
    SecurityType.INDEX_OPTION: IndexOptionSymbol.is_standard,
    SecurityType.FUTURE_OPTION: FutureOptionSymbol.is_standard,
    SecurityType.FUTURE: FutureSymbol.is_standard,
}

Floats = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class ContractRow(ClrObject):
    """One contract of a universe file, as an own selector sees it."""

    __slots__ = ("_row", "_table", "symbol")

    def __init__(self, table: ContractTable, row: int) -> None:
        self._table = table
        self._row = row
        self.symbol = table.symbol(row)

    @property
    def row(self) -> int:
        """Its row in the table (leansim's own)."""
        return self._row

    @property
    def id(self) -> SecurityIdentifier:
        """The identifier."""
        return self.symbol.id

    @property
    def time(self) -> datetime:
        """The day of the file."""
        return self._table.time

    @property
    def end_time(self) -> datetime:
        """When the file can be known."""
        return self._table.end_time

    @property
    def underlying(self) -> Any:
        """The underlying's bar."""
        return self._table.underlying

    def _of(self, name: str) -> float:
        return float(self._table.column(name)[self._row])

    @property
    def open(self) -> float:
        """Open of the day."""
        return self._of("open")

    @property
    def high(self) -> float:
        """High of the day."""
        return self._of("high")

    @property
    def low(self) -> float:
        """Low of the day."""
        return self._of("low")

    @property
    def close(self) -> float:
        """Close of the day."""
        return self._of("close")

    @property
    def price(self) -> float:
        """The close."""
        return self._of("close")

    @property
    def value(self) -> float:
        """The close."""
        return self._of("close")

    @property
    def volume(self) -> float:
        """Volume of the day."""
        return self._of("volume")

    @property
    def open_interest(self) -> float:
        """Open interest."""
        return self._of("open_interest")

    @property
    def implied_volatility(self) -> float:
        """Implied volatility."""
        return self._of("implied_volatility")

    @property
    def greeks(self) -> ModeledGreeks:
        """Greeks."""
        return ModeledGreeks._at(self._table.greeks, self._row)

    def __str__(self) -> str:
        return str(self.symbol)


class OptionUniverse(ContractRow):
    """A row of an option universe."""

    __slots__ = ()


class FutureUniverse(ContractRow):
    """A row of a futures universe."""

    __slots__ = ()


class ContractTable:
    """The contracts of one universe file.

    ``time`` is the day of the file and ``end_time`` the midnight after it, naive, in the exchange's zone.
    """

    def __init__(self, day: UniverseDay) -> None:
        self.time = datetime(day.day.year, day.day.month, day.day.day)
        self.end_time = self.time + timedelta(days=1)
        self._day = day
        self._own = len(day.contracts)
        self._kind = FutureUniverse if day.symbol.security_type is SecurityType.FUTURE else OptionUniverse
        self._extra: list[Symbol] = []
        self._index: dict[Symbol, int] | None = None
        self._columns: dict[str, npt.NDArray[Any]] = {}

    def __len__(self) -> int:
        return self._own + len(self._extra)

    def symbol(self, row: int) -> Symbol:
        """The symbol of a row."""
        return self._day.contracts[row] if row < self._own else self._extra[row - self._own]

    def symbols(self, rows: Int64s) -> list[Symbol]:
        """The symbols of some rows."""
        if self._extra:
            return [self.symbol(row) for row in rows.tolist()]
        contracts = self._day.contracts
        return [contracts[row] for row in rows.tolist()]

    @cached_property
    def underlying(self) -> TradeBar | None:
        """The underlying's bar of that day; ``None`` for futures and where the file has none."""
        values = self._day.underlying
        if values is None:
            return None
        bar = TradeBar(self.time, self._day.symbol.underlying, period=timedelta(days=1))
        bar.open, bar.high, bar.low, bar.close, bar.volume = (
            values[f] for f in ("open", "high", "low", "close", "volume")
        )
        return bar

    def row(self, row: int) -> ContractRow:
        """A row as an object."""
        return self._kind(self, row)

    def _said(self, what: str, say: Callable[[SecurityIdentifier], float], dtype: type) -> npt.NDArray[Any]:
        """What the identifiers say, per row; 0 of what is no option."""
        made = self._columns.get(what)
        if made is None:
            ids = [contract.id for contract in (*self._day.contracts, *self._extra)]
            if what != "day" and not (ids and ids[0].has_underlying):
                made = np.zeros(len(ids), dtype=dtype)
            else:
                made = np.array([say(identifier) for identifier in ids], dtype=dtype)
            self._columns[what] = made
        return made

    @property
    def strike(self) -> Floats:
        """Strike per row."""
        return self._said("strike", attrgetter("strike_price"), np.float64)

    @property
    def expiry_day(self) -> Int64s:
        """Expiry per row, as a day number (``date.toordinal``)."""
        return self._said("day", lambda identifier: identifier.date.toordinal(), np.int64)

    @property
    def right(self) -> Int64s:
        """0 for calls, 1 for puts, per row."""
        return self._said("right", lambda identifier: int(identifier.option_right), np.int64)

    def column(self, name: str) -> Floats:
        """A number per row; 0 for contracts an own selector brought that the file does not list."""
        values = self._day.columns.get(name)
        if values is None:
            values = np.zeros(self._own)
        elif name == "theta":
            # the file has it per day
            values = values * _DAYS_OF_YEAR
        return values if not self._extra else np.concatenate([values, np.zeros(len(self._extra))])

    @cached_property
    def greeks(self) -> GreekLists:
        """The greeks of the rows."""
        return GreekLists(self._greek)

    def _greek(self, name: str) -> list[float]:
        if name == "theta_per_day":
            return [theta / _DAYS_OF_YEAR for theta in self._greek("theta")]
        values: list[float] = self.column(name).tolist()
        return values

    def standard(self, rows: Int64s) -> Bools:
        """Whether each of these rows is a monthly contract; LEAN decides once per expiry, by its first contract."""
        rule = _STANDARD_RULES[self._day.symbol.security_type]
        known: dict[int, bool] = {}
        out = np.empty(len(rows), dtype=np.bool_)
        for i, (row, day) in enumerate(zip(rows.tolist(), self.expiry_day[rows].tolist(), strict=True)):
            if day not in known:
                known[day] = rule(self.symbol(row))
            out[i] = known[day]
        return out

    def rows_of(self, chosen: list[Any], among: Int64s) -> Int64s:
        """The rows of symbols, rows or anything with a ``symbol``; a symbol that is not listed becomes an empty row."""
        if self._index is None:
            self._index = {self.symbol(row): row for row in range(len(self))}
        allowed = set(among.tolist())
        found = []
        for item in chosen:
            symbol = item if isinstance(item, Symbol) else getattr(item, "symbol", None)
            if not isinstance(symbol, Symbol):
                raise ArgumentException(f"{type(item).__name__} is neither a contract nor a symbol")
            row = self._index.get(symbol)
            if row is None or (row not in allowed and row < self._own):
                row = len(self)
                self._extra.append(symbol)
                self._index[symbol] = row
                self._columns = {}
                self.__dict__.pop("greeks", None)
            found.append(row)
        return np.array(found, dtype=np.int64)

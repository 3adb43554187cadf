"""Universe files: all contracts of a root at the end of a day, with prices and, for options, greeks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import InvalidOperation
from itertools import repeat
from pathlib import Path
from typing import Final

import numpy as np

from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.futures_expiry import future_expiry
from leansim.api.symbols import Symbol, contract_symbols, strike_written
from leansim.api.time_zones import FloatArray, local_date
from leansim.errors import DataError

BAR_COLUMNS: Final = ("open", "high", "low", "close", "volume", "open_interest")
GREEK_COLUMNS: Final = ("implied_volatility", "delta", "gamma", "vega", "theta", "rho")


@dataclass(frozen=True, slots=True)
class UniverseDay:
    """One universe file.

    Attributes:
        day: the day whose end the file describes; it is used on the next trading day.
        symbol: the canonical the file belongs to.
        contracts: in the file's order.
        columns: float64 a contract: :data:`BAR_COLUMNS`, and of equity and index options :data:`GREEK_COLUMNS`
            (theta a day). A cell that is empty or no number is 0, as LEAN reads it.
        underlying: the underlying's values by :data:`BAR_COLUMNS`; None when the file has no such line (futures).

    """

    day: date
    symbol: Symbol
    contracts: tuple[Symbol, ...]
    columns: Mapping[str, FloatArray]
    underlying: dict[str, float] | None

    def __len__(self) -> int:
        return len(self.contracts)


def read_universe(path: Path, symbol: Symbol, day: date) -> UniverseDay:
    """Read a universe file; DataError when it is not in LEAN's format."""
    futures = symbol.security_type == SecurityType.FUTURE
    keys = 1 if futures else 3
    names = list(BAR_COLUMNS)
    if symbol.security_type not in (SecurityType.FUTURE, SecurityType.FUTURE_OPTION):
        names += GREEK_COLUMNS
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    width = keys + len(names)
    lines = [line for line in text.splitlines() if line[:1] != "#" and line.strip()]
    if lines and min(map(str.count, lines, repeat(","))) < width - 1:
        raise DataError(f"{path} is not a universe file of {symbol.value}: a line has fewer than {width} cells")
    own = next((line for line in lines if line[0] == ","), None)
    listed = lines if own is None else [line for line in lines if line[0] != ","]
    cells = list(map(str.split, listed, repeat(","), repeat(keys)))
    try:
        contracts = _futures(symbol, cells) if futures else _options(symbol, cells)
    except (ValueError, InvalidOperation, IndexError) as error:
        raise DataError(f"{path}: a contract cannot be read: {error}") from error
    underlying = None
    if own is not None:
        underlying = dict(zip(BAR_COLUMNS, _numbers(own.split(",")[keys:width]).tolist(), strict=False))
    return UniverseDay(day, symbol, tuple(contracts), _Columns(listed, keys, names), underlying)


class _Columns(Mapping[str, FloatArray]):
    """The numbers of a file, read when the first is asked for: filters by expiry and strike look at none."""

    def __init__(self, lines: list[str], keys: int, names: Sequence[str]) -> None:
        self._lines = lines
        self._keys = keys
        self._names = tuple(names)
        self._read: dict[str, FloatArray] | None = None

    def __getitem__(self, name: str) -> FloatArray:
        if self._read is None:
            # what stands behind the last column is not looked at, as in LEAN
            width = self._keys + len(self._names)
            cells = zip(*(line.split(",", width)[self._keys : width] for line in self._lines), strict=True)
            columns: list[Sequence[str]] = list(cells) or [()] * len(self._names)
            self._read = {name: _numbers(column) for name, column in zip(self._names, columns, strict=True)}
            self._lines = []
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _numbers(cells: Sequence[str]) -> FloatArray:
    """A column; LEAN reads a cell that is empty or no number as 0 (its own sample data has one)."""
    try:
        return np.array([float(cell) if cell else 0.0 for cell in cells])
    except ValueError:
        return np.array([_number(cell) for cell in cells])


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return 0.0


def _futures(canonical: Symbol, cells: Sequence[Sequence[str]]) -> list[Symbol]:
    root, market = canonical.id.symbol, canonical.id.market
    months = [local_date(month, "%Y%m") for month, *_ in cells]
    return [Symbol.create_future(root, market, future_expiry(root, market, month)) for month in months]


def _options(canonical: Symbol, cells: Sequence[Sequence[str]]) -> list[Symbol]:
    if not cells:
        return []
    made = contract_symbols(canonical)
    index_option = canonical.security_type == SecurityType.INDEX_OPTION
    style = OptionStyle.EUROPEAN if index_option else OptionStyle.AMERICAN
    expiries, strikes, rights, _ = zip(*cells, strict=True)
    prices = list(map(strike_written, strikes))
    alike: dict[tuple[str, str], list[int]] = {}
    for place, key in enumerate(zip(expiries, rights, strict=True)):
        alike.setdefault(key, []).append(place)
    contracts: list[Symbol] = [canonical] * len(cells)
    for (expiry, right), places in alike.items():
        kind = OptionRight.CALL if right[0].upper() == "C" else OptionRight.PUT
        found = made.at_strikes(style, kind, [prices[place] for place in places], local_date(expiry))
        for place, contract in zip(places, found, strict=True):
            contracts[place] = contract
    return contracts

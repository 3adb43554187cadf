"""Universe files: all contracts of a root at the end of a day, with prices and, for options, greeks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final

import numpy as np

from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.futures_expiry import future_expiry
from leansim.api.symbols import Symbol, contract_symbols
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
    columns: dict[str, FloatArray]
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
    lines = [line.split(",") for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if any(len(line) < width for line in lines):
        raise DataError(f"{path} is not a universe file of {symbol.value}: a line has fewer than {width} cells")
    # what stands behind the last column is not looked at, as in LEAN
    cells: list[Sequence[str]] = list(zip(*(line[:width] for line in lines), strict=True)) or [()] * width
    values = {name: _numbers(column) for name, column in zip(names, cells[keys:], strict=True)}
    rows = [row for row, expiry in enumerate(cells[0]) if expiry]
    try:
        contracts = _futures(symbol, cells[0]) if futures else _options(symbol, cells, rows)
    except (ValueError, InvalidOperation, IndexError) as error:
        raise DataError(f"{path}: a contract cannot be read: {error}") from error
    own = [row for row, expiry in enumerate(cells[0]) if not expiry]
    underlying = {name: float(values[name][own[0]]) for name in BAR_COLUMNS} if own else None
    picked = np.array(rows, dtype=np.int64)
    return UniverseDay(
        day, symbol, tuple(contracts), {name: column[picked] for name, column in values.items()}, underlying
    )


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


def _futures(canonical: Symbol, months: Sequence[str]) -> list[Symbol]:
    root, market = canonical.id.symbol, canonical.id.market
    return [
        Symbol.create_future(root, market, future_expiry(root, market, local_date(month, "%Y%m")))
        for month in months
        if month
    ]


def _options(canonical: Symbol, cells: Sequence[Sequence[str]], rows: list[int]) -> list[Symbol]:
    made = contract_symbols(canonical)
    index_option = canonical.security_type == SecurityType.INDEX_OPTION
    style = OptionStyle.EUROPEAN if index_option else OptionStyle.AMERICAN
    rights = [OptionRight.CALL if cells[2][row][0].upper() == "C" else OptionRight.PUT for row in rows]
    strikes = {text: Decimal(text) for text in {cells[1][row] for row in rows}}
    alike: dict[tuple[str, str], list[int]] = {}
    for place, row in enumerate(rows):
        alike.setdefault((cells[0][row], cells[2][row]), []).append(place)
    contracts: list[Symbol] = [canonical] * len(rows)
    for (expiry, _), places in alike.items():
        wanted = [strikes[cells[1][rows[place]]] for place in places]
        found = made.at_strikes(style, rights[places[0]], wanted, local_date(expiry))
        for place, contract in zip(places, found, strict=True):
            contracts[place] = contract
    return contracts

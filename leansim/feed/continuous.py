"""The continuous future: one symbol whose data are those of the contract it is mapped to, day by day."""

from __future__ import annotations

import json
from bisect import bisect_left
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

import numpy as np

from leansim.api.enums import DataMappingMode, DataNormalizationMode
from leansim.api.futures_expiry import future_expiry
from leansim.api.symbols import SecurityIdentifier, Symbol
from leansim.errors import DataError
from leansim.feed.sources import BlockSource, Rows

if TYPE_CHECKING:
    from leansim.lean_data.folder import DataFolder

Number = TypeVar("Number", bound=Any)
_SIZES: Final = frozenset({"volume", "bid_size", "ask_size", "value"})
_SCALES: Final = {
    DataNormalizationMode.BACKWARDS_RATIO: "BackwardsRatioScale",
    DataNormalizationMode.BACKWARDS_PANAMA_CANAL: "BackwardsPanamaCanalScale",
    DataNormalizationMode.FORWARD_PANAMA_CANAL: "ForwardPanamaCanalScale",
}


class Mapping(NamedTuple):
    """How a continuous future is made of contracts."""

    mode: DataMappingMode
    normalization: DataNormalizationMode
    offset: int = 0

    @classmethod
    def of(cls, mode: DataMappingMode, normalization: DataNormalizationMode, offset: int) -> Mapping:
        """LEAN's choice: futures are adjusted backwards by ratio unless another futures mode is named.

        ``offset`` counts the contracts from the one the map file names on.
        """
        raw = normalization == DataNormalizationMode.RAW
        kept = normalization if raw or normalization in _SCALES else DataNormalizationMode.BACKWARDS_RATIO
        return cls(mode, kept, offset)


class ContinuousFuture:
    """Which contract a canonical future stands for, and by what its prices are adjusted."""

    def __init__(self, folder: DataFolder, symbol: Symbol, mapping: Mapping) -> None:
        self.symbol = symbol
        self.mapping = mapping
        self._files = folder.map_files.of(symbol)
        self._contracts: dict[str, Symbol] = {}
        self._factors = _factors(folder, symbol, mapping)

    def identity_on(self, day: date) -> str:
        """The identifier's text of the contract of a day, as LEAN's events show it; empty without a map file."""
        return self._files.ticker_on(day, "", self.mapping.mode)

    def contract_on(self, day: date) -> Symbol | None:
        """The contract of a day; ``None`` without a map file."""
        text = self.identity_on(day)
        if not text:
            return None
        found = self._contracts.get(text)
        if found is None:
            found = self._contracts[text] = following(Symbol(SecurityIdentifier.parse(text), text), self.mapping.offset)
        return found

    def adjusted(self, rows: Rows, day: date) -> Rows:
        """The rows of a day with adjusted prices."""
        columns = self.adjusted_values(dict(rows.columns), day)
        return Rows(rows.symbols, rows.symbol, rows.end, rows.period, columns)

    def adjusted_values(self, columns: dict[str, Number], day: date) -> dict[str, Number]:
        """Prices of a day by field (numbers or columns), adjusted; sizes stay."""
        days, values = self._factors
        at = bisect_left(days, day)
        if at >= len(days):
            return columns
        value = values[at]
        ratio = self.mapping.normalization == DataNormalizationMode.BACKWARDS_RATIO
        return {
            name: column if name in _SIZES else column * value if ratio else column + value
            for name, column in columns.items()
        }


def following(contract: Symbol, count: int) -> Symbol:
    """The contract that many expiries after one."""
    root, market = contract.id.symbol, contract.id.market
    for _ in range(count):
        expiry = following_expiry = contract.id.date
        months = 0
        while following_expiry <= expiry:
            months += 1
            year, month = divmod(expiry.year * 12 + expiry.month - 1 + months, 12)
            found = future_expiry(root, market, datetime(year, month + 1, 1))
            following_expiry = datetime(found.year, found.month, found.day)
        contract = Symbol.create_future(root, market, following_expiry)
    return contract


class ContinuousSource:
    """The rows of a continuous future."""

    def __init__(self, contracts: BlockSource, future: ContinuousFuture) -> None:
        self._contracts = contracts
        self._future = future

    def read(self, day: date) -> Rows | None:
        """The rows of the day's contract under the continuous symbol; ``None`` when there are none."""
        contract = self._future.contract_on(day)
        rows = None if contract is None else self._contracts.read(day)
        if rows is None or contract not in rows.symbols:
            return None
        own = rows.symbol == rows.symbols.index(contract)
        size = int(own.sum())
        columns = {name: column[own] for name, column in rows.columns.items()}
        alone = Rows([self._future.symbol], np.zeros(size, dtype=np.int64), rows.end[own], rows.period[own], columns)
        return self._future.adjusted(alone, day)


def _factors(folder: DataFolder, symbol: Symbol, mapping: Mapping) -> tuple[list[date], list[float]]:
    """The days up to which each adjustment holds, and the adjustments."""
    scale = _SCALES.get(mapping.normalization)
    if scale is None:
        return [], []
    relative = f"future/{symbol.id.market}/factor_files/{symbol.id.symbol.lower()}.csv"
    path = folder.path(relative)
    if path is None:
        return [], []
    found: dict[date, float] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if row["DataMappingMode"] == int(mapping.mode) and len(row[scale]) > mapping.offset:
                found[date.fromisoformat(row["Date"][:10])] = float(row[scale][mapping.offset])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: the line {line[:60]!r}… is not in LEAN's futures factor format") from error
    days = sorted(found)
    return days, [found[day] for day in days]

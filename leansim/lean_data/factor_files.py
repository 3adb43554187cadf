"""Factor files: what past prices are multiplied by so that splits and dividends leave no jumps."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, NamedTuple

from leansim.api.enums import DataMappingMode, DataNormalizationMode
from leansim.api.symbols import Symbol
from leansim.api.time_zones import local_date
from leansim.errors import DataError
from leansim.lean_data.map_files import MapFiles
from leansim.numbers import ONE, ZERO

_SPLITS_ONLY: Final = (DataNormalizationMode.SPLIT_ADJUSTED, DataNormalizationMode.TOTAL_RETURN)


class FactorRow(NamedTuple):
    """The factors that hold up to and on ``until``; ``reference_price`` is the raw close of that day."""

    until: date
    price_factor: Decimal
    split_factor: Decimal
    reference_price: Decimal

    @property
    def scale(self) -> Decimal:
        """Both factors."""
        return self.price_factor * self.split_factor


class FactorFile:
    """The factors of one equity; without rows prices are left alone."""

    def __init__(self, rows: list[FactorRow]) -> None:
        self.rows = sorted(rows, key=lambda row: row.until)
        self._dates = [row.until for row in self.rows]

    def factor(self, day: date, mode: DataNormalizationMode) -> Decimal:
        """What the raw prices of a day are multiplied by; 1 for raw data."""
        if mode == DataNormalizationMode.RAW:
            return ONE
        row = self.row_on(day)
        if row is None:
            return ONE
        return row.split_factor if mode in _SPLITS_ONLY else row.scale

    def row_on(self, day: date) -> FactorRow | None:
        """The row that holds on a day."""
        at = bisect_left(self._dates, day)
        return self.rows[at] if at < len(self.rows) else None

    def dividend_after(self, day: date) -> tuple[Decimal, Decimal] | None:
        """If the next trading day after ``day`` is ex-dividend: ratio of the price factors, and reference price."""
        pair = self._pair(day)
        if pair is None or pair[0].price_factor == pair[1].price_factor:
            return None
        return pair[0].price_factor / pair[1].price_factor, pair[0].reference_price

    def split_after(self, day: date) -> tuple[Decimal, Decimal] | None:
        """If a split is effective on the next trading day after ``day``: its factor, and the reference price."""
        pair = self._pair(day)
        if pair is None or pair[0].split_factor == pair[1].split_factor:
            return None
        return pair[0].split_factor / pair[1].split_factor, pair[0].reference_price

    def _pair(self, day: date) -> tuple[FactorRow, FactorRow] | None:
        at = bisect_left(self._dates, day)
        if at >= len(self.rows) - 1 or self._dates[at] != day:
            return None
        return self.rows[at], self.rows[at + 1]


class ContractFactorRow(NamedTuple):
    """Up to and on ``until``, in one mapping mode: the scales of the front contract, the next one, and so on."""

    until: date
    mode: DataMappingMode | None
    scales: Mapping[DataNormalizationMode, tuple[Decimal, ...]]


class ContractFactors:
    """What joins the contracts of a continuous future; without rows prices are left alone."""

    def __init__(self, rows: list[ContractFactorRow]) -> None:
        self.rows = sorted(rows, key=lambda row: row.until)

    def factor(
        self, day: date, mode: DataNormalizationMode, mapping: DataMappingMode, contract_depth_offset: int = 0
    ) -> Decimal:
        """For ``BACKWARDS_RATIO`` what a day's prices are multiplied by; for the Panama modes what is added."""
        neutral = ONE if mode in (DataNormalizationMode.RAW, DataNormalizationMode.BACKWARDS_RATIO) else ZERO
        for row in self.rows:
            if row.until >= day and row.mode == mapping:
                scales = row.scales.get(mode, ())
                if len(scales) > contract_depth_offset:
                    return scales[contract_depth_offset]
        return neutral


class FactorFiles:
    """All factor files of a data folder."""

    def __init__(self, root: Path, map_files: MapFiles) -> None:
        self._root = root
        self._map_files = map_files
        self._made: dict[Path, FactorFile] = {}
        self._contracts: dict[Path, ContractFactors] = {}

    def of(self, symbol: Symbol) -> FactorFile:
        """The factors of an equity, or of the equity under an option; empty when there is no file."""
        equity = symbol if symbol.underlying is None else symbol.underlying
        name = self._map_files.of(equity).permtick.lower()
        path = self._root / "equity" / equity.id.market / "factor_files" / f"{name}.csv"
        made = self._made.get(path)
        if made is None:
            made = self._made[path] = FactorFile(_rows(path) if path.is_file() else [])
        return made

    def of_future(self, symbol: Symbol) -> ContractFactors:
        """The factors of a continuous future; empty when there is no file."""
        path = self._root / "future" / symbol.id.market / "factor_files" / f"{symbol.id.symbol.lower()}.csv"
        made = self._contracts.get(path)
        if made is None:
            made = self._contracts[path] = ContractFactors(_contract_rows(path) if path.is_file() else [])
        return made


_SCALES: Final = {
    DataNormalizationMode.BACKWARDS_RATIO: "BackwardsRatioScale",
    DataNormalizationMode.BACKWARDS_PANAMA_CANAL: "BackwardsPanamaCanalScale",
    DataNormalizationMode.FORWARD_PANAMA_CANAL: "ForwardPanamaCanalScale",
}


def _contract_rows(path: Path) -> list[ContractFactorRow]:
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        try:
            raw = json.loads(line, parse_float=Decimal, parse_int=Decimal)
            mode = raw.get("DataMappingMode")
            rows.append(
                ContractFactorRow(
                    date.fromisoformat(raw["Date"][:10]),
                    None if mode is None else DataMappingMode(int(mode)),
                    {kind: tuple(raw.get(name) or ()) for kind, name in _SCALES.items()},
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path}: the line {line[:80]!r} is not in LEAN's format: {error}") from error
    return rows


def _rows(path: Path) -> list[FactorRow]:
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split(",")
        if len(cells) < 3 or "inf" in line:
            continue
        try:
            until = local_date(cells[0]).date()
            reference = Decimal(cells[3]) if len(cells) > 3 and cells[3] else ZERO
            rows.append(FactorRow(until, Decimal(cells[1]), Decimal(cells[2]), reference))
        except (ValueError, InvalidOperation) as error:
            raise DataError(f"{path}: the line {line!r} is not in LEAN's factor file format") from error
    return rows

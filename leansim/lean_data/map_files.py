"""Map files: which ticker a security had when. Equities are renamed; a continuous future is mapped to its contracts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple

from leansim.api.enums import DataMappingMode, SecurityType
from leansim.api.symbols import DEFAULT_DATE, Symbol
from leansim.api.time_zones import local_date
from leansim.errors import DataError

# LEAN resolves a bare ticker as of today. A day before the last one map files name gives the same answer in every run.
_NOW: Final = date(2050, 12, 30)
_FOREVER: Final = date(2050, 12, 31)
_BEGINNING: Final = DEFAULT_DATE.date()


class MapRow(NamedTuple):
    """Until ``until`` (inclusive) the ticker was ``ticker``; ``mode`` only in futures' files."""

    until: date
    ticker: str
    mode: DataMappingMode | None


class MapFile:
    """The tickers of one security.

    Attributes:
        permtick: the file's name: the last ticker, upper case.

    """

    def __init__(self, permtick: str, rows: Sequence[MapRow]) -> None:
        self.permtick = permtick.upper()
        self.rows = sorted(set(rows), key=lambda row: row.until)

    def __bool__(self) -> bool:
        return bool(self.rows)

    @property
    def first_date(self) -> date:
        """The first day of the security."""
        return self.rows[0].until if self.rows else _BEGINNING

    @property
    def delisting_date(self) -> date:
        """The last day of the security."""
        return self.rows[-1].until if self.rows else _FOREVER

    @property
    def first_ticker(self) -> str:
        """The ticker it was listed under; a counter as in ``AAA.1`` is dropped."""
        ticker = self.ticker_on(self.first_date, self.permtick)
        name, dot, counter = ticker.rpartition(".")
        return name if dot and name and counter.isdigit() else ticker

    def ticker_on(self, day: date, default: str = "", mode: DataMappingMode | None = None) -> str:
        """The ticker on a day; of a continuous future the identifier's text of the contract in that mapping mode."""
        for row in self.rows:
            if row.until >= day and (row.mode is None or row.mode == mode):
                return row.ticker
        return default

    def has_data(self, day: date) -> bool:
        """Whether the security existed on a day."""
        return not self.rows or self.first_date <= day <= self.delisting_date


class MapFiles:
    """All map files of a data folder, read market by market when first asked."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._loaded: dict[tuple[str, str], dict[str, MapFile]] = {}
        self._by_ticker: dict[tuple[str, str], dict[str, list[tuple[date, str]]]] = {}

    def resolve(self, ticker: str, market: str, day: date = _NOW, folder: str = "equity") -> MapFile:
        """The file of the security that had a ticker on a day; an empty one when no file tells."""
        files, by_ticker = self._read(folder, market)
        owner = ticker.upper()
        entries = by_ticker.get(owner)
        if entries:
            at = min(bisect_left(entries, (day, "")), len(entries) - 1)
            owner = entries[at][1]
        found = files.get(owner)
        if found is None or (found.first_date > day and day != _BEGINNING):
            return MapFile(ticker, ())
        return found

    def of(self, symbol: Symbol) -> MapFile:
        """The file of a security; of an option that of its equity, of a future that of its root."""
        if symbol.security_type == SecurityType.FUTURE:
            return self.resolve(symbol.id.symbol, symbol.id.market, _BEGINNING, "future")
        if symbol.security_type == SecurityType.OPTION and symbol.underlying is not None:
            symbol = symbol.underlying
        if symbol.security_type not in (SecurityType.EQUITY, SecurityType.BASE):
            return MapFile(symbol.value, ())
        return self.resolve(symbol.id.symbol, symbol.id.market, symbol.id.date.date())

    def first_ticker(self, ticker: str, market: str) -> tuple[str, datetime] | None:
        """The ticker an equity was listed under and since when; None when no file tells."""
        found = self.resolve(ticker, market)
        if not found:
            return None
        first = found.first_date
        return found.first_ticker, datetime(first.year, first.month, first.day)

    def _read(self, folder: str, market: str) -> tuple[dict[str, MapFile], dict[str, list[tuple[date, str]]]]:
        key = (folder, market)
        if key not in self._loaded:
            files = {}
            by_ticker: dict[str, list[tuple[date, str]]] = {}
            for path in sorted((self._root / folder / market / "map_files").glob("*.csv")):
                made = files[path.stem.upper()] = MapFile(path.stem, _rows(path))
                for row in made.rows:
                    by_ticker.setdefault(row.ticker, []).append((row.until, made.permtick))
            for entries in by_ticker.values():
                entries.sort()
            self._loaded[key], self._by_ticker[key] = files, by_ticker
        return self._loaded[key], self._by_ticker[key]


def _rows(path: Path) -> list[MapRow]:
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) < 2:
            continue
        try:
            until = local_date(cells[0]).date()
            mode = DataMappingMode(int(cells[3])) if len(cells) > 3 and cells[3] else None
        except ValueError as error:
            raise DataError(f"{path}: the line {line!r} is not in LEAN's map file format: {error}") from error
        rows.append(MapRow(until, cells[1].upper(), mode))
    return rows

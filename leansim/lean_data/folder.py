"""`DataFolder`: the door to LEAN's data. Everything is read when asked for and kept as long as it is small."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

from leansim.api.enums import Resolution, SecurityType, TickType
from leansim.api.symbols import Symbol
from leansim.errors import DataError
from leansim.lean_data.archives import Archives, Tables
from leansim.lean_data.blocks import Block, FileFormat, day_bounds
from leansim.lean_data.cache import PackedCopies, default_cache_folder
from leansim.lean_data.exchange_hours import ExchangeHours
from leansim.lean_data.factor_files import FactorFiles
from leansim.lean_data.interest_rates import InterestRates
from leansim.lean_data.map_files import MapFile, MapFiles
from leansim.lean_data.margins import MarginHistory, read_margins
from leansim.lean_data.market_hours import MarketHoursDatabase
from leansim.lean_data.paths import is_whole_history, margin_path, universe_path, zip_path
from leansim.lean_data.security_definitions import SecurityDefinition, read_security_definitions
from leansim.lean_data.symbol_properties import SymbolPropertiesDatabase
from leansim.lean_data.universe import UniverseDay, read_universe

# Rows of blocks and universe files kept in memory; a row of quotes is about 90 bytes.
_KEPT_ROWS: Final = 3_000_000
_KEPT_UNIVERSES: Final = 64


class DataProvider(Tables, Protocol):
    """Where files come from that the folder does not have. Archives are taken from its tables: no zip is written.

    Attributes:
        listed_files: files found by listing a folder rather than by name: map and factor files. They are made first.
    """

    listed_files: tuple[str, ...]

    @property
    def label(self) -> str:
        """What results say of the archives it made."""

    def fetch(self, relative: str) -> bool:
        """Make that file of the folder exist; False when this provider cannot."""
        ...

    def asked(self, relative: str, form: FileFormat | None) -> None:
        """Told of every file that is asked for, there or not, so that the next ones can be prepared.

        ``form`` is how an archive is read; None of other files.
        """
        ...

    def close(self) -> None:
        """Nothing more will be asked for."""
        ...


class LocalData:
    """Only what is in the folder."""

    listed_files: tuple[str, ...] = ()
    label = origin = ""

    def fetch(self, relative: str) -> bool:
        """False: nothing is fetched."""
        del relative
        return False

    def table(self, relative: str, columns: int) -> None:
        """None: nothing is made."""

    def asked(self, relative: str, form: FileFormat | None) -> None:
        """Nothing can be prepared."""

    def close(self) -> None:
        """Nothing is open."""


class DataRequests:
    """Which files were asked for, each once, in the order of the first request: LEAN's data monitor.

    Attributes:
        succeeded: relative paths of files that were there.
        failed: those that were not.
        made: archives that were not, and were made by the provider; they succeeded.

    """

    def __init__(self) -> None:
        self.made: set[str] = set()
        self._succeeded: dict[str, None] = {}
        self._failed: dict[str, None] = {}

    @property
    def succeeded(self) -> list[str]:
        """Files that were there."""
        return list(self._succeeded)

    @property
    def failed(self) -> list[str]:
        """Files that were not."""
        return list(self._failed)

    def record(self, relative: str, found: bool) -> None:
        """Note a request."""
        (self._succeeded if found else self._failed)[relative] = None


class DataFolder:
    """A LEAN data folder.

    Args:
        root: the folder ``lean init`` makes, or one of the same structure.
        provider: makes missing files, such as the model does.
        cache: where copies of big zips are kept; None chooses (see `default_cache_folder`), False keeps none.

    Raises:
        DataError: the folder does not exist or is not a LEAN data folder.

    """

    def __init__(self, root: Path, provider: DataProvider | None = None, cache: Path | bool | None = None) -> None:
        self.root = Path(root)
        if not self.root.is_dir():
            raise DataError(
                f"The data folder {self.root} does not exist. Run `lean init` or `leansim data generate` to make one, "
                "or name another with --data-folder."
            )
        self.provider: DataProvider = provider or LocalData()
        self.requests = DataRequests()
        chosen = default_cache_folder(self.root) if cache is None or cache is True else cache
        self._archives = Archives(self.root, self.provider, PackedCopies(chosen or None))
        self._blocks: OrderedDict[tuple[str, Symbol], Block] = OrderedDict()
        self._rows = 0  # of all of them
        self._renamed: dict[Symbol, MapFile] = {}
        self._universes: OrderedDict[tuple[str, Symbol], UniverseDay] = OrderedDict()
        self._margins: dict[str, MarginHistory] = {}

    def path(self, relative: str) -> Path | None:
        """The file of a relative path, made by the provider when absent; None when there is none. Recorded."""
        self.provider.asked(relative, None)
        path = self.root / relative
        found = path.is_file() or (self.provider.fetch(relative) and path.is_file())
        self.requests.record(relative, found)
        return path if found else None

    # --- the databases ---

    @cached_property
    def market_hours(self) -> MarketHoursDatabase:
        """Hours of every product; DataError when the folder has no market hours."""
        return MarketHoursDatabase(self._required("market-hours/market-hours-database.json"))

    @cached_property
    def symbol_properties(self) -> SymbolPropertiesDatabase:
        """Multipliers and ticks; DataError when the folder has none."""
        return SymbolPropertiesDatabase(self._required("symbol-properties/symbol-properties-database.csv"))

    @cached_property
    def interest_rates(self) -> InterestRates:
        """The risk-free rate; 1 % when the folder has none, as in LEAN."""
        return InterestRates(self.path("alternative/interest-rate/usa/interest-rate.csv"))

    @cached_property
    def map_files(self) -> MapFiles:
        """Renamed tickers and continuous futures."""
        for relative in self.provider.listed_files:
            self.path(relative)
        return MapFiles(self.root)

    @cached_property
    def security_definitions(self) -> list[SecurityDefinition]:
        """The industry's identifiers of securities; none without the file."""
        return read_security_definitions(self.path("symbol-properties/security-database.csv"))

    @cached_property
    def factor_files(self) -> FactorFiles:
        """Splits and dividends."""
        return FactorFiles(self.root, self.map_files)

    def margins(self, future: Symbol) -> MarginHistory:
        """The margins of a future's root; 0 without a file, as in LEAN."""
        relative = margin_path(future)
        known = self._margins.get(relative)
        if known is None:
            known = self._margins[relative] = read_margins(self.path(relative))
        return known

    def _required(self, relative: str) -> Path:
        path = self.path(relative)
        if path is None:
            raise DataError(
                f"{self.root / relative} is missing: {self.root} is not a LEAN data folder. "
                "Run `lean init` or `leansim data generate` to make one, or name another with --data-folder."
            )
        return path

    # --- what symbols ask (leansim.api.reference) ---

    def first_ticker(self, ticker: str, market: str) -> tuple[str, datetime] | None:
        """The ticker an equity was first listed under and since when."""
        return self.map_files.first_ticker(ticker, market)

    def hours(self, market: str, ticker: str | None, security_type: SecurityType) -> ExchangeHours:
        """Exchange hours of a product."""
        return self.market_hours.entry(market, ticker, security_type)

    def market_of(self, ticker: str, security_type: SecurityType) -> str | None:
        """The first market that lists a ticker."""
        return self.symbol_properties.market_of(ticker, security_type)

    def definition_of(self, identity: str) -> SecurityDefinition | None:
        """The industry's identifiers of the security with LEAN's identity text."""
        return next((found for found in self.security_definitions if found.security == identity), None)

    def price_step(self, symbol: Symbol) -> Decimal:
        """The smallest change of a symbol's price."""
        return self.symbol_properties.of(symbol).minimum_price_variation

    # --- prices ---

    def read_file(self, symbol: Symbol, day: date, resolution: Resolution, tick_type: TickType) -> Block | None:
        """The rows of the whole file a day's data are in; None when there is no such file.

        Minute files hold a day; hour and daily files years. Of options and futures all contracts of the root are read.
        The file is named by the ticker of the day.
        """
        hours = self.market_hours.entry_of(symbol)
        owner = self.named_on(symbol.canonical if symbol.has_canonical() else symbol, day)
        relative = zip_path(owner, day, resolution, tick_type)
        key = (relative, owner)
        known = self._blocks.get(key)
        if known is not None:
            self._blocks.move_to_end(key)
            return known
        block = self._read(
            relative, FileFormat(owner, resolution, tick_type, day, hours._data_time_zone, hours.time_zone)
        )
        if block is not None:
            self._keep(key, block)
        return block

    def prepare(self, relative: str, form: FileFormat) -> None:
        """Have the copy of an archive made, if there is no zip of it, without keeping its rows."""
        if not self._archives.has_zip(relative):
            self._archives.made(relative, form)

    def _read(self, relative: str, form: FileFormat) -> Block | None:
        self.provider.asked(relative, form)
        if self._archives.has_zip(relative):
            self.requests.record(relative, True)
            return self._archives.zipped(relative, form)
        block = self._archives.made(relative, form)
        if block is not None:
            self.requests.made.add(relative)
        self.requests.record(relative, block is not None)
        return block

    def named_on(self, symbol: Symbol, day: date) -> Symbol:
        """An equity, or the options on one, under the ticker it had on a day; others as they are."""
        map_file = self._renamed.get(symbol)
        if map_file is None:
            map_file = self._renamed[symbol] = _map_file_if_renamed(self.map_files, symbol)
        if not map_file:
            return symbol
        ticker = map_file.ticker_on(day)
        equity = symbol if symbol.security_type == SecurityType.EQUITY else symbol.underlying
        if not ticker or equity is None or ticker == equity.value:
            return symbol
        return symbol.update_mapped_symbol(ticker)

    def read_day(self, symbol: Symbol, day: date, resolution: Resolution, tick_type: TickType) -> Block | None:
        """The rows of a day on the data clock; None when there is no file or no row."""
        block = self.read_file(symbol, day, resolution, tick_type)
        if block is None:
            return None
        if is_whole_history(resolution):
            start, end = day_bounds(day, self.market_hours.entry_of(symbol)._data_time_zone)
            block = block.between(start, end)
        return block if len(block) else None

    def _keep(self, key: tuple[str, Symbol], block: Block) -> None:
        self._blocks[key] = block
        self._rows += len(block)
        while self._rows > _KEPT_ROWS and len(self._blocks) > 1:
            self._rows -= len(self._blocks.popitem(last=False)[1])

    def read_universe(self, symbol: Symbol, day: date) -> UniverseDay | None:
        """The universe file of a day, named by the ticker of that day; None when there is none."""
        canonical = self.named_on(symbol.canonical if symbol.has_canonical() else symbol, day)
        relative = universe_path(canonical, day)
        key = (relative, canonical)
        known = self._universes.get(key)
        if known is None:
            path = self.path(relative)
            if path is None:
                return None
            known = self._universes[key] = read_universe(path, canonical, day)
            while len(self._universes) > _KEPT_UNIVERSES:
                self._universes.popitem(last=False)
        return known


def _map_file_if_renamed(map_files: MapFiles, symbol: Symbol) -> MapFile:
    """The map file of an equity or of options on one; an empty one when it never had another ticker than its symbol."""
    equity = symbol if symbol.security_type == SecurityType.EQUITY else symbol.underlying
    if equity is None or symbol.security_type not in (SecurityType.EQUITY, SecurityType.OPTION):
        return MapFile(symbol.value, ())
    found = map_files.of(symbol)
    return found if any(row.ticker != equity.value for row in found.rows) else MapFile(symbol.value, ())


def read_day(
    folder: DataFolder, symbol: Symbol, day: date, resolution: Resolution, tick_type: TickType
) -> Block | None:
    """:meth:`DataFolder.read_day`."""
    return folder.read_day(symbol, day, resolution, tick_type)

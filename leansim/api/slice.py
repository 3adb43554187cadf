"""What ``on_data`` gets: a view of the columns at one instant. Nothing is made before it is looked at.

A slice belongs to its instant for good: it remembers the tapes and the rows it shows, so that one kept by the algorithm
still answers with its own prices when the run has gone on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from leansim.api.bars import (
    BaseData,
    Delisting,
    Dividend,
    OpenInterest,
    QuoteBar,
    Split,
    SymbolChangedEvent,
    Tick,
    TradeBar,
)
from leansim.api.enums import SecurityType, TickType
from leansim.api.instant import BY_TICKER
from leansim.api.net import ArgumentException, ClrException, KeyNotFoundException, NotSupportedException
from leansim.api.symbols import Symbol, SymbolCache, SymbolDictionary
from leansim.api.time_zones import aware_utc

if TYPE_CHECKING:
    from leansim.api.instant import Instant
    from leansim.feed.delistings import Due

V = TypeVar("V")


def _no_data(key: object, where: str) -> ClrException:
    return KeyNotFoundException(
        f"'{key}' wasn't found in the {where} object, likely because there was no-data at this moment in time and it "
        "wasn't possible to fillforward historical data. Please check the data exists before accessing it with "
        'data.ContainsKey("key")'
    )


class DataDictionary(SymbolDictionary[V]):
    """LEAN's dictionary of data by symbol, sorted by ticker; entries of a slice are made when looked at."""

    __slots__ = ("_every_lazy", "_find_lazy", "_known", "_list_lazy", "time")
    __setattr__ = object.__setattr__  # made in every step, and set by nobody

    def __init__(self, time: datetime | None = None) -> None:
        self.time = time
        self._known: dict[Symbol, V] = {}
        self._find_lazy: Callable[[Symbol], V | None] | None = None
        self._list_lazy: Callable[[], list[Symbol]] | None = None
        self._every_lazy: Callable[[], list[V]] | None = None

    @classmethod
    def _lazy(
        cls,
        time: datetime | None,
        find: Callable[[Symbol], V | None],
        symbols: Callable[[], list[Symbol]],
        every: Callable[[], list[V]] | None = None,
    ) -> Self:
        """A dictionary that asks functions: for one entry, all symbols by ticker, and (if cheap) all entries."""
        made = cls(time)
        made._find_lazy = find
        made._list_lazy = symbols
        made._every_lazy = every
        return made

    def _find_symbol(self, symbol: Symbol) -> tuple[bool, V | None]:
        value = self._known.get(symbol)
        if value is None and self._find_lazy is not None:
            value = self._find_lazy(symbol)
            if value is not None:
                self._known[symbol] = value
        return value is not None, value

    def _keys(self) -> list[Symbol]:
        symbols = set(self._known)
        if self._list_lazy is not None:
            listed = self._list_lazy()
            if not symbols or symbols.issubset(listed):
                return listed
            symbols.update(listed)
        return sorted(symbols, key=BY_TICKER)

    def values(self) -> list[V]:
        """All entries, by ticker."""
        if self._every_lazy is not None and not self._known:
            return list(self._every_lazy())
        return [value for _, value in self._pairs()]

    def _pairs(self) -> Iterable[tuple[Symbol, V]]:
        if self._every_lazy is not None and self._list_lazy is not None and not self._known:
            return zip(self._list_lazy(), self._every_lazy(), strict=True)
        pairs = []
        for symbol in self._keys():
            found, value = self._find_symbol(symbol)
            if found and value is not None:
                pairs.append((symbol, value))
        return pairs

    def keys(self) -> list[Symbol]:
        """All symbols, by ticker."""
        return list(self._keys())

    def __len__(self) -> int:
        return len(self._keys())

    def _missing(self, key: object) -> ClrException:
        return _no_data(key, type(self).__name__)

    @property
    def is_read_only(self) -> bool:
        """False: LEAN's data dictionaries can be written."""
        return False

    def __setitem__(self, key: Any, value: V) -> None:
        symbol = SymbolCache._named(key) if isinstance(key, str) else self._symbol_of(key)
        assert symbol is not None, "only the text of an unknown ticker stands for no symbol"
        self._known[symbol] = value

    def add(self, key: Symbol, value: V) -> None:
        """A new entry; ArgumentException when the symbol is there."""
        if key in self:
            raise ArgumentException(f"An item with the same key has already been added. Key: {key}")
        self[key] = value

    def remove(self, key: Any) -> bool:
        """Take an entry out; False when it was not there."""
        self._settle()
        return self._known.pop(key, None) is not None

    def clear(self) -> None:
        """Take everything out."""
        self._find_lazy = self._list_lazy = self._every_lazy = None
        self._known = {}

    def _settle(self) -> None:
        """Make every entry, so that what is removed does not come back."""
        self._known = dict(self._pairs())
        self._find_lazy = self._list_lazy = self._every_lazy = None

    def get_value(self, key: Symbol) -> V | None:
        """The entry, or None."""
        return self.get(key)


class TradeBars(DataDictionary[TradeBar]):
    """Trade bars by symbol."""

    __slots__ = ()
    _pair_types = ("Symbol", "TradeBar")


class QuoteBars(DataDictionary[QuoteBar]):
    """Quote bars by symbol."""

    __slots__ = ()
    _pair_types = ("Symbol", "QuoteBar")


class Ticks(DataDictionary[list[Tick]]):
    """Ticks by symbol."""

    __slots__ = ()
    _pair_types = ("Symbol", "List[Tick]")


class Splits(DataDictionary[Split]):
    """Splits by symbol."""

    __slots__ = ()
    _pair_types = ("Symbol", "Split")


class Dividends(DataDictionary[Dividend]):
    """Dividends by symbol."""

    __slots__ = ()
    _pair_types = ("Symbol", "Dividend")


class Delistings(DataDictionary[Delisting]):
    """Delistings by symbol."""

    __slots__ = ("_notices",)
    _pair_types = ("Symbol", "Delisting")

    def __init__(self, time: datetime | None = None) -> None:
        super().__init__(time)
        # what its entries are made of when somebody looks: hundreds of contracts end together
        self._notices: Sequence[Due] = ()


class SymbolChangedEvents(DataDictionary[SymbolChangedEvent]):
    """Symbol changes by symbol."""

    __slots__ = ()
    _pair_types = ("Symbol", "SymbolChangedEvent")


class Slice(SymbolDictionary[Any]):
    """Everything an instant brings, by kind and by symbol."""

    __slots__ = (
        "_auxiliary",
        "_dictionaries",
        "_instant",
        "has_data",
    )
    __setattr__ = object.__setattr__

    _pair_types = ("Symbol", "BaseData")

    def __init__(
        self,
        instant: Instant,
        auxiliary: dict[type[DataDictionary[Any]], DataDictionary[Any]] | None = None,
    ) -> None:
        """``auxiliary``: by class, the dictionaries of events there are.

        Those are delistings, splits, dividends and symbol changes. Events of symbols that are subscribed by the engine
        for itself, ``hidden`` at the instant, are in those dictionaries only.
        """
        self._instant = instant
        self._auxiliary = auxiliary
        self.has_data = instant.has_data or (auxiliary is not None and bool(self._events_shown()))
        self._dictionaries: dict[str, Any] | None = None

    def _events_shown(self) -> set[Symbol]:
        """The symbols with events an algorithm sees among the slice's keys."""
        symbols: set[Symbol] = set()
        for auxiliary in (self._auxiliary or {}).values():
            symbols.update(auxiliary.keys())
        return symbols - self._instant.hidden

    def _events(self, kind: type[DataDictionary[Any]]) -> Any:
        if self._auxiliary is None:
            self._auxiliary = {}
        known = self._auxiliary.get(kind)
        if known is None:
            known = self._auxiliary[kind] = kind(self.time)
        return known

    @property
    def delistings(self) -> Delistings:
        """Delistings by symbol."""
        events: Delistings = self._events(Delistings)
        return events

    @property
    def splits(self) -> Splits:
        """Splits by symbol."""
        events: Splits = self._events(Splits)
        return events

    @property
    def dividends(self) -> Dividends:
        """Dividends by symbol."""
        events: Dividends = self._events(Dividends)
        return events

    @property
    def symbol_changed_events(self) -> SymbolChangedEvents:
        """Symbol changes by symbol."""
        events: SymbolChangedEvents = self._events(SymbolChangedEvents)
        return events

    @property
    def ticks(self) -> Ticks:
        """Ticks by symbol: trades, then quotes."""
        instant = self._instant
        ticks: Ticks = self._made("ticks", lambda: Ticks._lazy(self.time, instant.ticks_of, instant.ticked))
        return ticks

    @property
    def time(self) -> datetime:
        """The instant, on the algorithm's clock."""
        return self._instant.time

    @property
    def utc_time(self) -> datetime:
        """The instant, aware UTC."""
        return aware_utc(self._instant.ns)

    # by kind

    def _made(self, name: str, make: Callable[[], Any]) -> Any:
        """A dictionary of the slice, made when it is first looked at."""
        known = self._dictionaries
        if known is None:
            known = self._dictionaries = {}
        found = known.get(name)
        if found is None:
            found = known[name] = make()
        return found

    @property
    def bars(self) -> TradeBars:
        """Trade bars by symbol."""
        bars: TradeBars = self._made("bars", lambda: _lazy(TradeBars, self._instant, TickType.TRADE))
        return bars

    @property
    def quote_bars(self) -> QuoteBars:
        """Quote bars by symbol."""
        bars: QuoteBars = self._made("quote_bars", lambda: _lazy(QuoteBars, self._instant, TickType.QUOTE))
        return bars

    @property
    def option_chains(self) -> Any:
        """Option chains by canonical symbol."""
        return self._made("option_chains", partial(_option_chains, self._instant))

    @property
    def futures_chains(self) -> Any:
        """Futures chains by canonical symbol."""
        return self._made("futures_chains", partial(_futures_chains, self._instant))

    @property
    def future_chains(self) -> Any:
        """The same as ``futures_chains``."""
        return self.futures_chains

    # by symbol

    def _find_symbol(self, symbol: Symbol) -> tuple[bool, Any]:
        if self._instant.tick_moves:
            ticks = self._instant.ticks_of(symbol)
            if ticks is not None:
                return True, ticks
        if symbol.security_type is SecurityType.BASE:
            points = self._instant.points_of(symbol)
            return bool(points), points[-1] if points else None
        equity = symbol.security_type is SecurityType.EQUITY
        value = None if equity else self._instant.bar(symbol, TickType.QUOTE)
        if value is None:
            value = self._instant.bar(symbol, TickType.TRADE)
        return value is not None, value

    def _keys(self) -> list[Symbol]:
        symbols: set[Symbol] = set(self._instant.ticked()) if self._instant.tick_moves else set()
        for move in self._instant.moves:
            stream = move.stream
            # an equity's quotes are no default data: LEAN shows its trades only
            if stream.tick_type is TickType.TRADE or stream.order[0] != SecurityType.EQUITY:
                symbols.update(move.symbols())
        for move in self._instant.custom_moves:
            symbols.update(move.symbols())
        symbols |= self._events_shown()
        return sorted(symbols, key=BY_TICKER)

    def keys(self) -> list[Symbol]:
        """All symbols that have data (or a corporate event), by ticker."""
        return self._keys()

    def _pairs(self) -> Iterable[tuple[Symbol, Any]]:
        return [(s, value) for s in self._keys() for found, value in [self._find_symbol(s)] if found]

    def __len__(self) -> int:
        return len(self._keys())

    def __bool__(self) -> bool:
        return len(self) > 0

    def __getitem__(self, key: Any) -> Any:
        found, value = self._find(key)
        if not found and key not in self:
            raise self._missing(key)
        return value  # a symbol with nothing but a corporate event is there, without data

    def __contains__(self, key: object) -> bool:
        if key is None or self._find(key)[0]:
            return key is not None
        return self._auxiliary is not None and self._symbol_of(key) in self._events_shown()

    def __setitem__(self, key: Any, value: Any) -> None:
        raise NotSupportedException("The Slice object is read-only. You cannot set data in the slice.")

    def _missing(self, key: object) -> ClrException:
        return _no_data(key, "Slice")

    @property
    def all_data(self) -> list[BaseData]:
        """Every data point, bars of all kinds."""
        points = []
        for move in self._instant.moves:
            points += [bar for symbol in move.symbols() if (bar := move.bar(symbol)) is not None]
        for move in self._instant.custom_moves:
            points += [point for symbol in move.symbols() for point in move.points(symbol)]
        return points

    def get(self, key: Any, *rest: Any) -> Any:
        """``(symbol[, default])``: its data; ``(type)``: the dictionary of that kind; ``(type, symbol)``: one of it."""
        if isinstance(key, type):
            kind = self._of_kind(key)
            return kind[rest[0]] if rest else kind
        return super().get(key, *rest)

    Get = get

    def _of_kind(self, kind: type) -> Any:
        from leansim.api.chains import FuturesChain, OptionChain

        by_kind: dict[type, Callable[[], Any]] = {
            TradeBar: lambda: self.bars,
            QuoteBar: lambda: self.quote_bars,
            Delisting: lambda: self.delistings,
            Split: lambda: self.splits,
            Dividend: lambda: self.dividends,
            SymbolChangedEvent: lambda: self.symbol_changed_events,
            OptionChain: lambda: self.option_chains,
            FuturesChain: lambda: self.futures_chains,
            Tick: self._last_ticks,
            OpenInterest: lambda: DataDictionary[OpenInterest](self.time),
        }
        return by_kind[kind]() if kind in by_kind else self._custom(kind)

    def _last_ticks(self) -> DataDictionary[Tick]:
        """Of each symbol the last tick."""
        found: DataDictionary[Tick] = DataDictionary(self.time)
        for symbol, ticks in self.ticks.items():
            found[symbol] = ticks[-1]
        return found

    def _custom(self, kind: type) -> DataDictionary[Any]:
        """The algorithm's own data of a class: of each symbol the last there is."""
        found: DataDictionary[Any] = DataDictionary(self.time)
        for move in self._instant.custom_moves:
            for symbol in move.symbols():
                point = move.points(symbol)[-1]
                if type(point) is kind:
                    found[symbol] = point
        return found

    def __iter__(self) -> Iterator[Any]:
        return super().__iter__()


def _lazy(kind: Any, instant: Instant, tick_type: TickType) -> Any:
    return kind._lazy(instant.time, lambda symbol: instant.bar(symbol, tick_type), lambda: instant.symbols(tick_type))


def _option_chains(instant: Instant) -> Any:
    from leansim.api.chains import OptionChains

    return OptionChains._of_instant(instant)


def _futures_chains(instant: Instant) -> Any:
    from leansim.api.chains import FuturesChains

    return FuturesChains._of_instant(instant)

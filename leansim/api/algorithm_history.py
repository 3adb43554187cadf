"""History as an algorithm asks for it: ``self.history(...)``, ``self.history[TradeBar](...)``, last known prices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from leansim.api.bars import BaseData
from leansim.api.enums import Resolution
from leansim.api.naming import ClrObject, named_in_snake
from leansim.api.net import memoizing
from leansim.api.slice import DataDictionary
from leansim.api.symbols import Symbol
from leansim.errors import NotEmulated
from leansim.feed.chain_history import chains_frame, chains_of, is_of_chains
from leansim.feed.frames import bars_frame
from leansim.feed.history import Options, Span

if TYPE_CHECKING:
    from leansim.api.workings import Workings

_OPTION_NAMES = (
    "resolution",
    "fill_forward",
    "extended_market_hours",
    "data_mapping_mode",
    "data_normalization_mode",
    "contract_depth_offset",
    "flatten",
)


class HistoryMethod(ClrObject):
    """``self.history``: called it gives a data frame, indexed by a type and called it gives the bars themselves."""

    __slots__ = ("_kind", "_pascal", "_workings")

    def __init__(self, workings: Workings, kind: type | None = None, pascal: bool = False) -> None:
        self._workings = workings
        self._kind = kind
        self._pascal = pascal

    def __getitem__(self, kind: type) -> HistoryMethod:
        return HistoryMethod(self._workings, kind, self._pascal)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """``([type,] symbol | [symbols], periods | timedelta | start[, end][, resolution, fill_forward, …])``."""
        if self._pascal:
            named = named_in_snake(named, "History")
        parts = list(arguments)
        kind = self._kind
        if parts and isinstance(parts[0], type):
            kind = parts.pop(0)
        if "type" in named:
            kind = named.pop("type")
        given = _symbols_of(parts, named)
        span = _span_of(parts, named)
        flatten = bool(named.get("flatten"))
        options = _options_of(parts, named)
        workings = self._workings
        several = not isinstance(given, (Symbol, str)) and not hasattr(given, "symbol")
        if given is None:
            symbols = [symbol for symbol in workings.feed.subscribed() if not symbol.is_canonical()]
        elif several:
            symbols = [workings.symbol_of(item) for item in given]
        else:
            symbols = [workings.symbol_of(given)]
        if is_of_chains(kind, symbols):
            if self._kind is None:
                return chains_frame(workings, symbols, span, options, flatten)
            if several:
                raise NotEmulated(f"history[{self._kind.__name__}] of several symbols")
            return memoizing(self._kind, chains_of(workings, symbols[0], span, options))
        if kind is not None and not issubclass(kind, BaseData):
            raise NotEmulated(f"history of {kind.__name__}")
        if self._kind is not None:
            return workings.history.typed(symbols if several else symbols[0], self._kind, span, options)
        return bars_frame(workings.history.bars(symbols, kind, span, options))


class HistoryMethods:
    """Mixin of ``QCAlgorithm``: the past."""

    _leansim: Workings

    @property
    def history(self) -> HistoryMethod:
        """Bars of the past, as a data frame or one by one."""
        return HistoryMethod(self._leansim)

    @property
    def History(self) -> HistoryMethod:
        """The same, with C#'s names of arguments."""
        return HistoryMethod(self._leansim, pascal=True)

    def get_last_known_prices(self, symbol: Any) -> Any:
        """The last data point of each kind of a symbol or security; of several, a dictionary of them."""
        workings = self._leansim
        if isinstance(symbol, Iterable) and not isinstance(symbol, (str, Symbol)):
            found: DataDictionary[Any] = DataDictionary(workings.clock.local(workings.time_zone))
            for item in symbol:
                points = workings.history.last_known_prices(workings.symbol_of(item))
                if points:
                    found[workings.symbol_of(item)] = memoizing("BaseData", points)
            return found
        return memoizing("BaseData", workings.history.last_known_prices(workings.symbol_of(symbol)))

    def get_last_known_price(self, symbol: Any) -> Any:
        """The last trade, else the last quote; ``None`` when there is none."""
        points = self._leansim.history.last_known_prices(self._leansim.symbol_of(symbol))
        return points[-1] if points else None


def _symbols_of(parts: list[Any], named: dict[str, Any]) -> Any:
    for name in ("symbol", "symbols", "tickers", "ticker"):
        if name in named:
            return named.pop(name)
    if parts and not isinstance(parts[0], (int, float, timedelta, date)):
        return parts.pop(0)
    return None


def _span_of(parts: list[Any], named: dict[str, Any]) -> Span:
    for name in ("periods", "span", "start"):
        if name in named:
            parts.insert(0, named.pop(name))
    if not parts:
        raise TypeError("No method matches given arguments for History")
    first = parts.pop(0)
    if isinstance(first, bool):
        raise TypeError("No method matches given arguments for History")
    if isinstance(first, int):
        return Span(bars=first)
    if isinstance(first, timedelta):
        return Span(length=first)
    if isinstance(first, date):
        end = named.pop("end", None)
        if end is None and parts and isinstance(parts[0], date):
            end = parts.pop(0)
        return Span(start=_moment(first), end=None if end is None else _moment(end))
    raise TypeError(f"No method matches given arguments for History: ({type(first)})")


def _options_of(parts: list[Any], named: dict[str, Any]) -> Options:
    given: dict[str, Any] = dict(zip(_OPTION_NAMES, parts, strict=False))
    if len(parts) > len(_OPTION_NAMES) or any(name not in _OPTION_NAMES for name in named):
        raise TypeError("No method matches given arguments for History")
    given.update(named)
    resolution = given.get("resolution")
    if resolution is not None and not isinstance(resolution, Resolution):
        raise TypeError(f"No method matches given arguments for History: ({type(resolution)})")
    return Options(
        resolution,
        given.get("fill_forward"),
        given.get("extended_market_hours"),
        given.get("data_normalization_mode"),
        given.get("data_mapping_mode"),
        given.get("contract_depth_offset"),
    )


def _moment(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)

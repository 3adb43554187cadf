"""History requests: which bars of which symbols, and how they are handed out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from leansim.api.bars import BaseData, OpenInterest, QuoteBar, Tick, TradeBar
from leansim.api.custom_types import custom_type_of
from leansim.api.enums import DataMappingMode, DataNormalizationMode, Resolution, SecurityType, TickType
from leansim.api.net import ArgumentException, InvalidOperationException, MemoizingEnumerable, memoizing
from leansim.api.slice import DataDictionary
from leansim.api.symbols import Symbol
from leansim.api.time_zones import to_ns
from leansim.errors import NotEmulated
from leansim.feed.consolidators import SPANS
from leansim.feed.continuous import Mapping as Continuation
from leansim.feed.past import PastRequest, past_bars
from leansim.feed.past_events import EVENT_TYPES, EventRequest, past_events
from leansim.feed.subscriptions import TICK_TYPES, has_data, has_precise_days
from leansim.feed.ticks import past_ticks
from leansim.feed.warm_up import start_ns_of_bars

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.api.workings import Workings

TYPES: dict[TickType, type] = {TickType.TRADE: TradeBar, TickType.QUOTE: QuoteBar, TickType.OPEN_INTEREST: OpenInterest}
# LEAN looks this many bars back for a last known price, then further, then days.
SEED_BARS = 5
SEED_RETRY_BARS = {Resolution.MINUTE: 24 * 60, Resolution.HOUR: 24, Resolution.DAILY: 10}
SEED_LAST_RESORT_DAYS = 50
_SEED_ORDER = (TickType.OPEN_INTEREST, TickType.TRADE, TickType.QUOTE)


@dataclass(frozen=True)
class Span:
    """How far a request reaches: a number of bars, a length of time, or two dates of the algorithm's clock."""

    bars: int | None = None
    length: timedelta | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Options:
    """The optional arguments of a history request; ``None`` takes the subscription's."""

    resolution: Resolution | None = None
    fill_forward: bool | None = None
    extended_market_hours: bool | None = None
    data_normalization_mode: DataNormalizationMode | None = None
    data_mapping_mode: DataMappingMode | None = None
    contract_depth_offset: int | None = None


class HistoryProvider:
    """History of one run. Nothing after the frontier is ever given."""

    def __init__(self, workings: Workings) -> None:
        self._workings = workings

    def bars(self, symbols: Iterable[Symbol], kind: type | None, span: Span, options: Options) -> list[Any]:
        """The bars of all symbols in time order, of one type or of all but open interest; or the events of a type."""
        found: list[Any] = []
        for symbol in symbols:
            if kind in EVENT_TYPES:
                found += past_events(self._workings.data, kind, self._event_request(symbol, span, options))
                continue
            if symbol.security_type is SecurityType.BASE:
                if kind is None or issubclass(self.type_for_indicator(symbol, None), kind):
                    found += self._workings.custom.past(self._request(symbol, TickType.TRADE, span, options))
                continue
            for tick_type in self._tick_types(symbol, kind, options.resolution):
                request = self._request(symbol, tick_type, span, options)
                read = past_ticks if request.resolution == Resolution.TICK else past_bars
                found += read(self._workings.data, request)
        zone = {symbol: self._workings.exchange_hours(symbol).time_zone for symbol in {bar.symbol for bar in found}}
        if len(zone) > 1:
            found.sort(key=lambda bar: zone[bar.symbol].to_utc_ns(to_ns(bar.end_time)))
        else:
            found.sort(key=lambda bar: bar.end_time)
        return found

    def typed(
        self, symbols: Symbol | Sequence[Symbol], kind: type, span: Span, options: Options
    ) -> MemoizingEnumerable[Any]:
        """``history[TradeBar]``: the bars of one symbol, or a dictionary a time step of several."""
        if not isinstance(symbols, (list, tuple)):
            return memoizing(kind, self.bars([symbols], kind, span, options))  # type: ignore[list-item]  # one symbol
        steps: dict[datetime, DataDictionary[Any]] = {}
        for bar in self.bars(symbols, kind, span, options):
            step = steps.setdefault(bar.end_time, DataDictionary(bar.end_time))
            step[bar.symbol] = bar
        return memoizing("DataDictionary", list(steps.values()))

    def bars_for_indicator(self, symbol: Symbol, count: int, period: Any) -> list[Any]:
        """The bars that make an indicator ready: of its resolution or time span, or the subscription's."""
        resolution = period if isinstance(period, Resolution) else None
        if isinstance(period, timedelta):
            fitting = [r for r, span in SPANS.items() if span <= period and period % span == timedelta(0)]
            resolution = max(fitting)
            count *= period // SPANS[resolution]
        kind = self.type_for_indicator(symbol, resolution)
        return self.bars([symbol], kind, Span(bars=count), Options(resolution=resolution))

    def type_for_indicator(self, symbol: Symbol, resolution: Resolution | None) -> type:
        """The type of the bars an indicator is fed with: of trades, where there are none of quotes."""
        custom = custom_type_of(symbol)
        if custom is not None:
            return custom
        tick_types = self._tick_types(symbol, None, resolution)
        for wanted in (TickType.TRADE, TickType.QUOTE):
            if wanted in tick_types:
                return TYPES[wanted]
        return TYPES[tick_types[-1]]

    def last_known_prices(self, security: Security | Symbol) -> list[BaseData]:
        """The last data point of each kind, in time order; empty when there is none in reach."""
        symbol = security if isinstance(security, Symbol) else security.symbol
        if symbol.is_canonical() and symbol.security_type is not SecurityType.FUTURE:
            return []
        kinds = list(self._workings.feed.tick_types(symbol) or TICK_TYPES[symbol.security_type])
        kinds.sort(key=_SEED_ORDER.index)
        own, mode = max(self._resolution(symbol, None), Resolution.MINUTE), None
        if symbol == self._workings.initializing and self._workings.feed.is_known_as_benchmark(symbol):
            own, mode = Resolution.HOUR, DataNormalizationMode.ADJUSTED
        asked = {k: Resolution.DAILY if k is TickType.OPEN_INTEREST else own for k in kinds}
        found: dict[TickType, Any] = {}
        self._look_back(symbol, found, asked, SEED_BARS, mode)
        missing = [kind for kind in kinds if kind not in found]
        if missing:
            # as far as the first kind that is missing is asked for, and in its bars
            resolution = asked[missing[0]]
            self._look_back(symbol, found, dict.fromkeys(missing, resolution), SEED_RETRY_BARS[resolution], mode)
        if any(kind not in found for kind in kinds):
            # days, of all kinds: also in place of the bars that were found
            self._look_back(symbol, found, dict.fromkeys(kinds, Resolution.DAILY), SEED_LAST_RESORT_DAYS, mode)
        return sorted(found.values(), key=lambda bar: (bar.time, -_SEED_ORDER.index(_kind_of(bar))))

    def _look_back(
        self,
        symbol: Symbol,
        found: dict[TickType, Any],
        asked: Mapping[TickType, Resolution],
        count: int,
        mode: DataNormalizationMode | None,
    ) -> None:
        """Set the last data point of each kind that has one in the last ``count`` bars of its resolution."""
        for kind, resolution in asked.items():
            if not has_data(symbol.security_type, kind, resolution):
                continue
            options = Options(resolution, fill_forward=False, data_normalization_mode=mode)
            request = self._request(symbol, kind, Span(bars=count), options)
            bars = past_bars(self._workings.data, request)
            if bars:
                found[kind] = bars[-1]

    # ---- inside

    def _resolution(self, symbol: Symbol, wanted: Resolution | None) -> Resolution:
        if wanted is not None:
            return wanted
        feed = self._workings.feed
        return (
            feed.request_of(symbol).resolution
            if feed.tick_types(symbol)
            else self._workings.universe_settings.resolution
        )

    def _tick_types(self, symbol: Symbol, kind: type | None, resolution: Resolution | None) -> list[TickType]:
        available = list(self._workings.feed.tick_types(symbol)) or list(TICK_TYPES[symbol.security_type])
        if kind is OpenInterest:
            # subscribed for the engine alone, but there for who asks
            available = list(TICK_TYPES[symbol.security_type])
        own = self._resolution(symbol, resolution)
        if own == Resolution.TICK:
            if symbol.security_type is not SecurityType.EQUITY:
                raise NotEmulated(f"history of ticks of {symbol.security_type}")
            return [TickType.TRADE, TickType.QUOTE] if kind in (None, BaseData, Tick) else []
        if symbol.security_type is SecurityType.EQUITY and own >= Resolution.HOUR:
            available = [TickType.TRADE]  # there are no hours or days of their quotes, whatever is asked for
        if kind is None or kind is BaseData:
            return [tick_type for tick_type in available if tick_type is not TickType.OPEN_INTEREST]
        return [tick_type for tick_type in available if issubclass(TYPES[tick_type], kind)]

    def _request(self, symbol: Symbol, tick_type: TickType, span: Span, options: Options) -> PastRequest:
        workings = self._workings
        resolution = self._resolution(symbol, options.resolution)
        # the security itself may be in the making: an initializer seeds it
        own = workings.feed.request_of(symbol) if workings.feed.is_subscribed(symbol) else None
        extended = options.extended_market_hours
        if extended is None:
            extended = own is not None and own.extended_market_hours
        fill = options.fill_forward
        if fill is None:
            fill = workings.universe_settings.fill_forward if own is None else own.fill_forward
        mode = options.data_normalization_mode
        if mode is None:
            settings = workings.universe_settings
            mode = settings.data_normalization_mode if own is None else workings.normalization(symbol)
        start_ns, end_ns = self._instants(symbol, resolution, span, options.extended_market_hours)
        if resolution >= Resolution.HOUR:
            extended = False
        return PastRequest(
            symbol,
            tick_type,
            resolution,
            start_ns,
            min(end_ns, workings.clock.ns),
            fill,
            extended,
            mode,
            workings.settings.daily_precise_end_time and has_precise_days(symbol, workings.exchange_hours(symbol)),
            self._mapping(symbol, mode, options),
        )

    def _event_request(self, symbol: Symbol, span: Span, options: Options) -> EventRequest:
        resolution = self._resolution(symbol, options.resolution)
        start_ns, end_ns = self._instants(symbol, resolution, span, options.extended_market_hours)
        mode = options.data_mapping_mode
        if mode is None:
            mode = self._workings.universe_settings.data_mapping_mode
        return EventRequest(symbol, start_ns, min(end_ns, self._workings.clock.ns), mode)

    def _mapping(self, symbol: Symbol, mode: DataNormalizationMode, options: Options) -> Continuation | None:
        """How a continuous future is made of contracts: as asked for, else as subscribed."""
        if symbol.security_type is not SecurityType.FUTURE or not symbol.is_canonical():
            return None
        workings = self._workings
        mapping, offset = workings.universe_settings.data_mapping_mode, workings.universe_settings.contract_depth_offset
        if workings.feed.is_subscribed(symbol):
            request = workings.feed.request_of(symbol)
            mapping, offset = request.mapping_mode, request.contract_depth_offset
        if options.data_mapping_mode is not None:
            mapping = options.data_mapping_mode
        if options.contract_depth_offset is not None:
            offset = options.contract_depth_offset
        return Continuation.of(mapping, mode, offset)

    def _instants(self, symbol: Symbol, resolution: Resolution, span: Span, extended: bool | None) -> tuple[int, int]:
        workings = self._workings
        zone, now = workings.time_zone, workings.clock.ns
        if span.bars is not None:
            if resolution == Resolution.TICK:
                raise InvalidOperationException(
                    "History functions that accept a 'periods' parameter can not be used with Resolution.Tick"
                )
            return start_ns_of_bars(workings, symbol, span.bars, resolution, extended), now
        if span.length is not None:
            return zone.to_utc_ns(to_ns(zone.to_local(now) - span.length)), now
        if span.start is None:
            raise ArgumentException("a history request needs a number of bars, a length of time, or dates")
        end = now if span.end is None else zone.to_utc_ns(to_ns(span.end))
        return zone.to_utc_ns(to_ns(span.start)), end


def _kind_of(bar: BaseData) -> TickType:
    return next(kind for kind, made in TYPES.items() if type(bar) is made)

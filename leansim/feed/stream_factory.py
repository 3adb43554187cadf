"""The streams of a run: made for the first symbol that needs one, shared by all that are alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from leansim.api.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from leansim.api.symbols import Symbol, parted
from leansim.api.time_zones import to_ns
from leansim.feed.continuous import ContinuousFuture, ContinuousSource, Mapping
from leansim.feed.custom import CustomData, CustomSource, CustomStream
from leansim.feed.phases import NEVER, NoSource, Phase, Source, WarmUp
from leansim.feed.security_window import Window
from leansim.feed.sessions import Sessions
from leansim.feed.sources import BlockSource
from leansim.feed.stream import Frontier, Stream
from leansim.feed.subscriptions import SubscriptionRequest, has_data, has_precise_days, tick_types_of
from leansim.feed.tick_stream import TickStream
from leansim.lean_data.blocks import PERIODS

if TYPE_CHECKING:
    from leansim.api.bars import BaseData
    from leansim.lean_data.folder import DataFolder


class _Key(NamedTuple):
    """What symbols of one stream have in common."""

    files: Symbol
    tick_type: TickType
    resolution: Resolution
    fill_forward: bool
    extended: bool
    internal: bool
    normalization: DataNormalizationMode
    mapping: Mapping | None


class StreamFactory:
    """All streams, in the order LEAN hands their data on: by security type, then tick type, then ticker."""

    def __init__(self, folder: DataFolder, is_raw: Callable[[Symbol], bool]) -> None:
        self.ordered: list[Stream] = []
        self.end_ns = NEVER
        self.strict = True
        self.warm_up: WarmUp | None = None
        self.custom: CustomData | None = None
        self._frontier = Frontier()
        self._folder = folder
        self._is_raw = is_raw
        self._streams: dict[_Key, Stream] = {}
        self._of: dict[Symbol, tuple[Stream, ...]] = {}
        self._continuous: dict[tuple[Symbol, Mapping], ContinuousFuture] = {}
        self._fill_ns = PERIODS[Resolution.MINUTE]
        self._finest: Resolution | None = None

    def of(self, symbol: Symbol) -> tuple[Stream, ...]:
        """The streams that bring a symbol."""
        return self._of.get(symbol, ())

    def last_trades(self, symbols: Iterable[Symbol]) -> dict[Symbol, Callable[[], float]]:
        """The closes of the symbols' last trade bars, each read when called; those without any trades are left out.

        LEAN takes the last one of the file, also outside of the hours that are subscribed.
        """
        found: dict[Symbol, Callable[[], float]] = {}
        # contracts that were subscribed together share them
        for streams, together in groupby(symbols, self._of.get):
            stream = _with_trades(streams or ())
            if stream is None:
                continue
            for symbol in together:
                row = Window(stream, symbol).row()
                if row >= 0:
                    day = stream.sessions.date_of(stream.tape.end.item(row) - 1)
                    found[symbol] = partial(_last_close, stream.source, day, symbol)
        return found

    def subscribe(self, symbols: dict[Symbol, None], request: SubscriptionRequest, ns: int) -> None:
        """Bring these symbols, which have files and settings in common, from ``ns`` on."""
        wanted = list(symbols)
        first = wanted[0]
        if not request.internal:
            self._fill_at(request.resolution)
        streams = tuple(self._stream(first, t, request, ns) for t in tick_types_of(first, request.resolution))
        for stream in streams:
            stream.add(wanted, ns)
        new, known = parted(symbols, self._of)
        self._of.update(dict.fromkeys(new, streams))
        for symbol in known:
            self._of[symbol] = (*self._of[symbol], *streams)

    def follow(self, symbol: Symbol, ns: int) -> None:
        """Bring a symbol's hourly trades from the day before ``ns`` on, for the engine alone."""
        hours = self._folder.market_hours.entry_of(symbol)
        local = hours.time_zone.to_local(ns)
        before = hours.get_previous_trading_day(datetime(local.year, local.month, local.day))
        request = SubscriptionRequest(symbol, Resolution.HOUR, fill_forward=False, internal=True)
        self._stream(symbol, TickType.TRADE, request, ns).add((symbol,), hours.time_zone.to_utc_ns(to_ns(before)))

    def unsubscribe(self, symbols: Iterable[Symbol], ns: int) -> None:
        """End these symbols' data."""
        together: dict[tuple[Stream, ...], list[Symbol]] = {}
        for symbol in symbols:
            together.setdefault(self._of.pop(symbol, ()), []).append(symbol)
        for streams, gone in together.items():
            for stream in streams:
                stream.remove(gone, ns)

    def _fill_at(self, resolution: Resolution) -> None:
        """Fill forward at the finest resolution of all subscriptions, as LEAN does."""
        if resolution == Resolution.TICK or (self._finest is not None and self._finest <= resolution):
            return
        self._finest = resolution
        self._fill_ns = PERIODS[resolution]
        for key, stream in self._streams.items():
            if key.fill_forward and not stream.is_ticks:
                stream.fill_at(self._fill_ns)

    def _stream(self, symbol: Symbol, tick_type: TickType, request: SubscriptionRequest, ns: int) -> Stream:
        contract = symbol.has_canonical()
        files = symbol.canonical if contract else symbol
        internal = request.internal or tick_type is TickType.OPEN_INTEREST
        normalization = DataNormalizationMode.RAW if contract else request.normalization
        mapping = None
        if symbol.security_type is SecurityType.FUTURE and not contract:
            mapping = Mapping.of(request.mapping_mode, request.normalization, request.contract_depth_offset)
        key = _Key(
            files,
            tick_type,
            request.resolution,
            request.fill_forward,
            request.extended_market_hours,
            internal,
            normalization,
            mapping,
        )
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = self._make(key, contract, ns)
            self.ordered = sorted(self._streams.values(), key=lambda s: s.order)
        return stream

    def _make(self, key: _Key, contract: bool, ns: int) -> Stream:
        hours = self._folder.market_hours.entry_of(key.files)
        sessions = Sessions(hours, hours._data_time_zone, key.extended)
        if key.files.security_type is SecurityType.BASE:
            return self._make_custom(key, sessions)
        source = partial(self._source, key, sessions)
        is_ticks = key.resolution == Resolution.TICK
        fill_ns = self._fill_ns if key.fill_forward and not is_ticks else 0
        phases = [Phase(source(key.resolution), key.resolution, fill_ns)]
        warm_up = self.warm_up
        if warm_up is not None and ns < warm_up.until_ns and warm_up.resolution != key.resolution:
            resolution, until_ns = warm_up
            # LEAN fills at the warm-up's own resolution in it
            step_ns = PERIODS[resolution] if key.fill_forward else 0
            exists = has_data(key.files.security_type, key.tick_type, resolution)
            phases.insert(0, Phase(source(resolution) if exists else NoSource(), resolution, step_ns, until_ns))
        return (TickStream if is_ticks else Stream)(
            phases,
            sessions,
            hours.time_zone,
            key.tick_type,
            end_ns=self.end_ns,
            order=(int(key.files.security_type), int(key.tick_type), key.files.value),
            internal=key.internal,
            root=key.files if contract else None,
            frontier=self._frontier,
        )

    def _make_custom(self, key: _Key, sessions: Sessions) -> Stream:
        """A stream of the algorithm's own data; the class itself knows of no warm-up."""
        assert self.custom is not None, "the run says who reads custom data"
        request = SubscriptionRequest(key.files, key.resolution, key.fill_forward, key.extended)
        points: list[BaseData] = []
        start = partial(self.custom.points, request, end_ns=self.end_ns)
        fill_ns = self._fill_ns if key.fill_forward and key.resolution != Resolution.TICK else 0
        phase = Phase(CustomSource(key.files, sessions, start, points), key.resolution, fill_ns)
        return CustomStream(
            [phase],
            sessions,
            sessions.hours.time_zone,
            key.tick_type,
            points=points,
            end_ns=self.end_ns,
            order=(int(key.files.security_type), int(key.tick_type), key.files.value),
            internal=key.internal,
            frontier=self._frontier,
        )

    def _source(self, key: _Key, sessions: Sessions, resolution: Resolution) -> Source:
        source = BlockSource(
            self._folder,
            key.files,
            sessions,
            resolution,
            key.tick_type,
            strict=self.strict and has_precise_days(key.files, sessions.hours),
            scale=self._scale(key) if key.files.security_type is SecurityType.EQUITY else None,
        )
        return source if key.mapping is None else ContinuousSource(source, self.continuous(key.files, key.mapping))

    def continuous(self, symbol: Symbol, mapping: Mapping) -> ContinuousFuture:
        """The continuous future of a canonical symbol, one object a mapping."""
        known = self._continuous.get((symbol, mapping))
        if known is None:
            known = self._continuous[symbol, mapping] = ContinuousFuture(self._folder, symbol, mapping)
        return known

    def _scale(self, key: _Key) -> Callable[[date], float] | None:
        """What an equity's prices of a day are multiplied with."""
        if key.normalization == DataNormalizationMode.RAW:
            return None
        factors = self._folder.factor_files.of(key.files)

        def scale(day: date) -> float:
            return 1.0 if self._is_raw(key.files) else float(factors.factor(day, key.normalization))

        return scale


def _with_trades(streams: tuple[Stream, ...]) -> Stream | None:
    """The stream of trades among these, if it shows any."""
    stream = next((each for each in streams if each.tick_type is TickType.TRADE), None)
    return stream if stream is not None and bool((stream.tape.rows[stream.at] >= 0).any()) else None


def _last_close(source: Source, day: date, symbol: Symbol) -> float:
    rows = source.read(day)
    assert rows is not None, "a bar of that day was shown"
    return float(rows.columns["close"][np.flatnonzero(rows.symbol == rows.symbols.index(symbol))[-1]])

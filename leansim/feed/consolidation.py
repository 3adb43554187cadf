"""Which consolidator is fed by which subscription, and when it is looked at although nothing came."""

from __future__ import annotations

import heapq
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from leansim.api.bars import BaseData, QuoteBar, Tick, TradeBar
from leansim.api.enums import Resolution, SecurityType, TickType
from leansim.api.naming import pascal
from leansim.api.net import ArgumentException
from leansim.api.symbols import OPTION_TYPES
from leansim.api.time_zones import NS_PER_SECOND, to_ns
from leansim.feed.consolidators import SPANS
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.api.symbols import Symbol
    from leansim.api.time_zones import CachedDateTimeZone
    from leansim.api.workings import Workings
    from leansim.feed.session_bars import Session
    from leansim.feed.timeslice import TimeSlice

BAR_TYPES: dict[TickType, type] = {TickType.TRADE: TradeBar, TickType.QUOTE: QuoteBar}
TICKS: dict[TickType, type] = {TickType.TRADE: Tick, TickType.QUOTE: Tick}
_OF_OUTPUT: dict[type, TickType] = {TradeBar: TickType.TRADE, QuoteBar: TickType.QUOTE}
_FIRST: dict[SecurityType, TickType] = dict.fromkeys(
    (*OPTION_TYPES, SecurityType.FUTURE, SecurityType.FOREX), TickType.QUOTE
)
"""What LEAN names first among the data of a kind of security, where that is not trades."""
NS_PER_US = 1_000


class _Scan:
    """When a consolidator is to be looked at next; LEAN guesses it from the length of its last bar."""

    def __init__(self, age: int, consolidator: Any, increment_ns: int, clock: Any, zone: CachedDateTimeZone) -> None:
        self.age = age
        self.consolidator = consolidator
        self.disposed = False
        self.due = 0
        self._increment = max(increment_ns, NS_PER_SECOND)
        self._clock = clock
        self._zone = zone
        self._span = 0
        consolidator.data_consolidated += self._emitted

    def scan(self) -> None:
        self.consolidator.scan(self._clock.local(self._zone))
        self.advance()

    def skip_to(self, ns: int) -> bool:
        """Leave out the looks before ``ns`` that would see nothing; False when there is something to look at."""
        is_idle = getattr(self.consolidator, "_is_idle", None)
        if is_idle is None or not is_idle():
            return False
        step = self._span or self._increment
        self.due += -(-(ns - self.due) // step) * step
        return True

    def advance(self) -> None:
        """Set the next look without a new bar."""
        now = self._clock.ns
        if self.due > now:
            return
        if self._span:
            self.due = now + self._span
            return
        working = self.consolidator.working_data
        end = 0 if working is None else self._zone.to_utc_ns(to_ns(working.end_time))
        self.due = end if end > now else now + self._increment

    def _emitted(self, _: Any, bar: Any) -> None:
        if bar is None:
            return
        if not self._span:
            length: timedelta = bar.end_time - bar.time
            self._span = max((length // timedelta(microseconds=1)) * NS_PER_US, self._increment)
        self.due = self._zone.to_utc_ns(to_ns(bar.end_time)) + self._span


class ConsolidatorRegister:
    """Every consolidator of a run. Fed in the order they were added, per symbol and kind of data.

    Attributes:
        scans: the consolidators there are.
        sessions, volatile: the securities whose sessions are kept, and whose volatility models are fed.
    """

    def __init__(self, workings: Workings) -> None:
        self._workings = workings
        self._fed: dict[tuple[Symbol, TickType], list[Any]] = {}
        self.scans: dict[Any, _Scan] = {}
        self._fresh: list[_Scan] = []
        self._waiting: list[tuple[int, int, _Scan]] = []
        self._count = 0
        self.sessions: dict[Symbol, Session] = {}
        self.volatile: dict[Symbol, Security] = {}

    def feed_volatility(self, security: Security, wanted: bool) -> None:
        """Feed a security's volatility model from now on, or no longer."""
        if wanted:
            self.volatile[security.symbol] = security
        else:
            self.volatile.pop(security.symbol, None)

    def tell_securities(self, step: TimeSlice) -> None:
        """Give this step's bars, but those filled forward, to what securities keep of them."""
        workings = self._workings
        for symbol, security in self.volatile.items():
            for tick_type in workings.feed.tick_types(symbol):
                for data in step.data(symbol, tick_type):
                    if not data.is_fill_forward:
                        call(security.volatility_model, "update", security, data)
        for symbol, session in self.sessions.items():
            session.scan(workings.clock.local(workings.exchange_hours(symbol).time_zone))
            for tick_type in workings.feed.tick_types(symbol):
                for data in step.data(symbol, tick_type):
                    if not data.is_fill_forward:
                        session.update(data)

    def tick_type(self, symbol: Symbol, consolidator: Any, wanted: TickType | None = None) -> TickType:
        """The kind of data a consolidator is fed with. Raises ``ArgumentException`` when there is none.

        Only among ticks does the kind that is ``wanted`` count; a bar is of one kind as it is.
        """
        feed = self._workings.feed
        subscribed = sorted(feed.tick_types(symbol))
        if not subscribed:
            raise ArgumentException(
                f"Please subscribe to this symbol before adding a consolidator for it. Symbol: {symbol.value}"
            )
        kind = getattr(consolidator, "input_type", None) or BaseData
        if kind is BaseData and wanted is None:
            wanted = _FIRST.get(symbol.security_type, TickType.TRADE)
        ticks = feed.request_of(symbol).resolution == Resolution.TICK
        types = TICKS if ticks else BAR_TYPES
        sought = _OF_OUTPUT.get(consolidator.output_type) if wanted is None else wanted
        for tick_type in subscribed:
            if issubclass(types[tick_type], kind) and (not ticks or sought in (None, tick_type)):
                return tick_type
        if wanted is not None and wanted not in subscribed:
            raise ArgumentException(
                f"No subscription with the requested Tick Type {pascal(str(wanted))} was found. "
                f"Available Tick Types: {', '.join(pascal(str(tick_type)) for tick_type in subscribed)}"
            )
        raise ArgumentException(
            f"Type mismatch found between consolidator and symbol. Symbol: {symbol.value} does not support input type: "
            f"{kind.__name__}. Supported types: {','.join(types[tick_type].__name__ for tick_type in subscribed)}."
        )

    def add(self, symbol: Symbol, consolidator: Any, tick_type: TickType | None = None) -> None:
        """Feed a consolidator with a symbol's data."""
        key = (symbol, self.tick_type(symbol, consolidator, tick_type))
        self._fed.setdefault(key, []).append(consolidator)
        workings = self._workings
        increment = (
            SPANS.get(workings.feed.request_of(symbol).resolution, timedelta(0))
            // timedelta(microseconds=1)
            * NS_PER_US
        )
        self._count += 1
        scan = _Scan(self._count, consolidator, increment, workings.clock, workings.exchange_hours(symbol).time_zone)
        self.scans[consolidator] = scan
        self._fresh.append(scan)

    def remove(self, symbol: Symbol | None, consolidator: Any) -> None:
        """Feed it no longer."""
        for (fed, _), consolidators in self._fed.items():
            if consolidator in consolidators and (symbol is None or fed == symbol):
                consolidators.remove(consolidator)
        scan = self.scans.pop(consolidator, None)
        if scan is not None:
            scan.disposed = True

    def fed_by(self, symbol: Symbol, tick_type: TickType) -> list[Any]:
        """The consolidators that get a symbol's data of a kind."""
        return list(self._fed.get((symbol, tick_type), ()))

    def scan_past(self, ns: int) -> None:
        """Look at every consolidator that is due before ``ns``, the clock set to its time."""
        for scan in self._fresh:
            scan.advance()
            self._push(scan)
        self._fresh.clear()
        clock = self._workings.clock
        while self._waiting and self._waiting[0][0] < ns:
            due, _, scan = heapq.heappop(self._waiting)
            if scan.disposed:
                continue
            if scan.due <= due and not scan.skip_to(ns):
                if due != clock.ns:
                    clock.advance(due)
                scan.scan()
            self._push(scan)

    def feed(self, step: TimeSlice) -> None:
        """Give this step's bars to the consolidators that want them, then look at each once."""
        clock = self._workings.clock
        for (symbol, tick_type), consolidators in list(self._fed.items()):
            if not consolidators:
                continue
            news = step.data(symbol, tick_type)
            if not news:
                continue
            local = clock.local(self._workings.exchange_hours(symbol).time_zone)
            for consolidator in list(consolidators):
                for data in news:
                    consolidator.update(data)
                consolidator.scan(local)

    def resolution_of(self, symbol: Symbol) -> Resolution:
        """The resolution a symbol is subscribed with."""
        return self._workings.feed.request_of(symbol).resolution

    def _push(self, scan: _Scan) -> None:
        heapq.heappush(self._waiting, (scan.due, scan.age, scan))

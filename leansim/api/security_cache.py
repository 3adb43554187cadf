"""What is known of a security's prices: a window on the columns at the frontier, read only when asked.

LEAN's rules for its cache hold: bars filled forward do not touch it; a zero price changes nothing; of a quote and a
trade that end together the quote counts, and of equities only trades do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from leansim.api.bars import BaseData, OpenInterest, QuoteBar, Tick, TradeBar
from leansim.api.enums import SecurityType, TickType
from leansim.api.naming import ClrObject
from leansim.numbers import ZERO, dec

if TYPE_CHECKING:
    from leansim.feed.stream import Frontier, Window

_TICK_TYPE_OF: Final = {TradeBar: TickType.TRADE, QuoteBar: TickType.QUOTE, OpenInterest: TickType.OPEN_INTEREST}


@dataclass(frozen=True, slots=True)
class Prices:
    """Open, high, low and close of one side or of the trades."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@dataclass(frozen=True, slots=True)
class BarView:
    """The last bar that was not filled forward, in decimals: what fill models go by.

    ``end_ns`` and ``period_ns`` in nanoseconds (UTC); ``time`` and ``end_time`` naive, in the exchange's zone. A quote
    has ``bid`` and ``ask`` (``None`` for a side that was never quoted), a trade has ``trade`` and ``volume``.
    """

    end_ns: int
    period_ns: int
    time: datetime
    end_time: datetime
    bid: Prices | None = None
    ask: Prices | None = None
    bid_size: Decimal = ZERO
    ask_size: Decimal = ZERO
    trade: Prices | None = None
    volume: Decimal = ZERO

    def _middle(self, field: str) -> Decimal:
        if self.trade is not None:
            return Decimal(getattr(self.trade, field))
        bid: Decimal = getattr(self.bid, field) if self.bid is not None else ZERO
        ask: Decimal = getattr(self.ask, field) if self.ask is not None else ZERO
        return (bid + ask) / 2 if bid and ask else bid or ask

    @property
    def open(self) -> Decimal:
        """The open; of a quote the middle of both sides, or the side there is."""
        return self._middle("open")

    @property
    def high(self) -> Decimal:
        """The high, likewise."""
        return self._middle("high")

    @property
    def low(self) -> Decimal:
        """The low, likewise."""
        return self._middle("low")

    @property
    def close(self) -> Decimal:
        """The close, likewise."""
        return self._middle("close")


@dataclass(slots=True)
class _State:
    """The cache's answers at one frontier."""

    price: Decimal = ZERO
    open: Decimal = ZERO
    high: Decimal = ZERO
    low: Decimal = ZERO
    close: Decimal = ZERO
    bid_price: Decimal = ZERO
    ask_price: Decimal = ZERO
    bid_size: Decimal = ZERO
    ask_size: Decimal = ZERO
    volume: Decimal = ZERO
    open_interest: int = 0
    quote: BarView | None = None
    trade: BarView | None = None
    last: BarView | None = None


class SecurityCache(ClrObject):
    """The last known data of one security; prices are decimals, 0 while unknown.

    The feed attaches a :class:`~leansim.feed.stream.Window` per kind of data. Data put in by hand (seeding, or an
    algorithm) count until the feed brings newer.
    """

    __slots__ = ("_at", "_frontier", "_objects", "_pushed", "_seen", "_state", "_type", "_windows", "properties")

    def __init__(self, security_type: SecurityType) -> None:
        self._type = security_type
        self._windows: list[Window] = []
        self._pushed: dict[TickType, tuple[int, BarView | float, BaseData]] = {}
        self._state = _State()
        self._at: tuple[int, ...] | None = None
        self._seen = -1
        self._frontier: Frontier | None = None
        self._objects: dict[type, BaseData] = {}
        self.properties: dict[str, Any] = {}

    # filled by the feed

    def attach(self, window: Window) -> None:
        """Read this kind of data from here on."""
        self._windows.append(window)
        self._frontier = window.frontier
        self._windows.sort(key=lambda w: w.tick_type)
        self._at = None

    def detach(self, window: Window) -> None:
        """The feed no longer brings this kind of data; what is known stays known."""
        state = self._now()
        self._keep(state)
        self._windows = [w for w in self._windows if w is not window]
        self._at = None

    def _keep(self, state: _State) -> None:
        for window in self._windows:
            bar = window.api_bar()
            if bar is not None:
                view = window.view() if window.tick_type != TickType.OPEN_INTEREST else float(bar.value)
                assert view is not None
                self._pushed[window.tick_type] = (window.end_ns(), view, bar)

    def add_data(self, data: BaseData) -> None:
        """Take in a bar or open interest by hand, as LEAN's seeding does."""
        tick_type = _TICK_TYPE_OF.get(type(data))
        if tick_type is None:
            if isinstance(data, Tick):
                tick_type = data.tick_type
            return
        self._push(tick_type, data)

    def _push(self, tick_type: TickType, data: BaseData) -> None:
        from leansim.feed.stream import view_of

        now = max((w.now_ns() for w in self._windows), default=0)
        view = float(data.value) if tick_type == TickType.OPEN_INTEREST else view_of(data)
        self._pushed[tick_type] = (now, view, data)
        self._at = None

    def reset(self) -> None:
        """Forget everything."""
        self._windows = []
        self._pushed = {}
        self._at = None
        self._state = _State()

    # what is known

    def _now(self) -> _State:
        frontier = self._frontier
        if self._at is not None and (frontier is None or frontier.version == self._seen):
            return self._state
        if frontier is not None:
            self._seen = frontier.version
        at = tuple(w.position() for w in self._windows)
        if at != self._at:
            self._at = at
            self._objects = {}
            self._state = self._read()
        return self._state

    def _read(self) -> _State:
        state = _State()
        views: dict[TickType, tuple[int, BarView]] = {}
        for tick_type, (arrived, view, _) in self._pushed.items():
            if isinstance(view, BarView):
                views[tick_type] = (arrived, view)
            else:
                state.open_interest = int(view)
        for window in self._windows:
            if window.row() < 0:
                continue
            if window.tick_type == TickType.OPEN_INTEREST:
                state.open_interest = int(window.number("value"))
                continue
            shown = window.view()
            assert shown is not None
            known = views.get(window.tick_type)
            if known is None or shown.end_ns > known[0]:
                views[window.tick_type] = (shown.end_ns, shown)
        trade = views.get(TickType.TRADE)
        quote = views.get(TickType.QUOTE)
        for entry in sorted(filter(None, (trade, quote)), key=lambda e: (e[0], e[1].trade is None)):
            view = entry[1]
            if view.trade is None:
                state.quote = view
                if view.ask is not None and view.ask.close:
                    state.ask_price = view.ask.close
                if view.bid is not None and view.bid.close:
                    state.bid_price = view.bid.close
                state.bid_size = view.bid_size
                state.ask_size = view.ask_size
                if self._type == SecurityType.EQUITY:
                    continue
            else:
                state.trade = view
                state.volume = view.volume
            state.last = view
            state.open = view.open or state.open
            state.high = view.high or state.high
            state.low = view.low or state.low
            if view.close:
                state.price = state.close = view.close
        return state

    @property
    def price(self) -> Decimal:
        """The last price: of the last trade, or the middle of the last quote."""
        return self._now().price

    @property
    def open(self) -> Decimal:
        """Open of the last bar."""
        return self._now().open

    @property
    def high(self) -> Decimal:
        """High of the last bar."""
        return self._now().high

    @property
    def low(self) -> Decimal:
        """Low of the last bar."""
        return self._now().low

    @property
    def close(self) -> Decimal:
        """Close of the last bar."""
        return self._now().close

    @property
    def bid_price(self) -> Decimal:
        """The last bid."""
        return self._now().bid_price

    @property
    def ask_price(self) -> Decimal:
        """The last ask."""
        return self._now().ask_price

    @property
    def bid_size(self) -> Decimal:
        """Size of the last bid."""
        return self._now().bid_size

    @property
    def ask_size(self) -> Decimal:
        """Size of the last ask."""
        return self._now().ask_size

    @property
    def volume(self) -> Decimal:
        """Volume of the last trade bar."""
        return self._now().volume

    @property
    def open_interest(self) -> int:
        """The last open interest."""
        return self._now().open_interest

    @property
    def last_quote(self) -> BarView | None:
        """The last quote bar that was not filled forward; a side it lacked is the side before."""
        return self._now().quote

    @property
    def last_trade(self) -> BarView | None:
        """The last trade bar that was not filled forward."""
        return self._now().trade

    @property
    def last_ns(self) -> int | None:
        """When the data point of :meth:`get_data` ended, ns UTC; ``None`` while there is none."""
        last = self._now().last
        return None if last is None else last.end_ns

    def get_data(self, kind: type | None = None) -> Any:
        """The last data point that was not filled forward, or ``None``; with a type the last one of that type."""
        state = self._now()
        if kind is None:
            if state.last is None:
                return None
            kind = QuoteBar if state.last.trade is None else TradeBar
        tick_type = _TICK_TYPE_OF.get(kind)
        if tick_type is None:
            return None
        known = self._objects.get(kind)
        if known is None:
            known = self._make(tick_type)
            if known is not None:
                self._objects[kind] = known
        return known

    def _make(self, tick_type: TickType) -> BaseData | None:
        pushed = self._pushed.get(tick_type)
        for window in self._windows:
            if window.tick_type == tick_type and window.row() >= 0 and (pushed is None or window.end_ns() > pushed[0]):
                bar: BaseData = window.api_bar()
                return bar
        return None if pushed is None else pushed[2]

    def has_data(self, kind: type) -> bool:
        """Whether a data point of that type is known."""
        return self.get_data(kind) is not None


def prices(open_: float, high: float, low: float, close: float) -> Prices | None:
    """Four column values as decimals; ``None`` for a side that is not there (NaN)."""
    if close != close:
        return None
    return Prices(dec(open_), dec(high), dec(low), dec(close))


def duration(ns: int) -> timedelta:
    """Nanoseconds as a timedelta."""
    return timedelta(microseconds=ns // 1000)

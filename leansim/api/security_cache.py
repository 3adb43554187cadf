"""What is known of a security's prices: a window on the columns at the frontier, read only when asked.

LEAN's rules for its cache hold: bars filled forward do not touch it; a zero price changes nothing; of a quote and a
trade that end together the quote counts, and of equities only trades do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from leansim.api.bars import BaseData, OpenInterest, QuoteBar, Tick, TradeBar
from leansim.api.enums import SecurityType, TickType
from leansim.api.naming import FixedClrObject
from leansim.errors import NotEmulated
from leansim.numbers import ZERO, dec

if TYPE_CHECKING:
    from leansim.api.time_zones import CachedDateTimeZone
    from leansim.feed.security_window import Closes, Window
    from leansim.feed.stream import Frontier

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


class Source(Protocol):
    """What the cache reads of one kind of data: a place in a stream, or a data point that was put in."""

    @property
    def tick_type(self) -> TickType:
        """The kind of data."""

    def end_ns(self) -> int:
        """When it ended, ns UTC."""

    def value(self, field: str) -> Decimal:
        """Open, high, low or close; of a quote the middle of both sides, or the side there is. 0 for none."""

    def side(self, name: str) -> Decimal:
        """Close of a quote's ``bid`` or ``ask``, 0 for none."""

    def size(self, name: str) -> Decimal:
        """Size of a quote's ``bid`` or ``ask``; ``volume`` of a trade."""

    def view(self) -> BarView | None:
        """All of it, in decimals."""


class _Given:
    """A data point put in by hand, or kept when its stream let it go; it counts until the feed brings a newer one."""

    __slots__ = ("arrived", "bar", "shown", "tick_type")

    def __init__(self, tick_type: TickType, arrived: int, shown: BarView | None, bar: BaseData) -> None:
        self.tick_type = tick_type
        self.arrived = arrived
        self.shown = shown
        self.bar = bar

    def end_ns(self) -> int:
        return 0 if self.shown is None else self.shown.end_ns

    def value(self, field: str) -> Decimal:
        return ZERO if self.shown is None else Decimal(getattr(self.shown, field))

    def side(self, name: str) -> Decimal:
        found: Prices | None = getattr(self.shown, name)
        return ZERO if found is None else found.close

    def size(self, name: str) -> Decimal:
        found: Decimal = getattr(self.shown, name if name == "volume" else f"{name}_size")
        return found

    def view(self) -> BarView | None:
        return self.shown


class SecurityCache(FixedClrObject):
    """The last known data of one security; prices are decimals, 0 while unknown.

    The feed attaches a :class:`~leansim.feed.security_window.Window` per kind of data. Data put in by hand (seeding, or
    an algorithm) count until the feed brings newer. A value is read when it is asked for: most securities of a chain
    are looked at once a day or never, and of most only the price matters.
    """

    __slots__ = (
        "_bars",
        "_days",
        "_frontier",
        "_given",
        "_live",
        "_moves",
        "_only",
        "_price",
        "_priced",
        "_quote",
        "_ranked",
        "_read",
        "_read_at",
        "_seen",
        "_settled",
        "_steady",
        "_trade",
        "_type",
        "_views",
        "_windows",
        "_zone",
        "properties",
    )
    _missing = (
        "add_data_list",
        "get_all",
        "process_data_point",
        "session",
        "set_local_time_keeper",
        "share_type_cache_instance",
        "store_data",
        "try_get_value",
        "update_open_interest",
    )

    def __init__(self, security_type: SecurityType, time_zone: CachedDateTimeZone) -> None:
        self._type = security_type
        self._zone = time_zone
        self._windows: list[Window] = []
        # those of them that say something of prices
        self._priced: list[Window] = []
        self._given: dict[TickType, _Given] = {}
        # what follows holds while no window moves and no data are put in
        self._settled = False
        # whether the ranking stays while the same windows have bars, and which those are
        self._steady = False
        self._live = 0
        self._moves = -1
        # the one window, of quotes, that may move while no stream has another tape
        self._only: Window | None = None
        self._days = -1
        # what it said last, and at which count of changes
        self._read: Closes | None = None
        self._read_at = -1
        self._seen = -1
        self._frontier: Frontier | None = None
        self._trade: Source | None = None
        self._quote: Source | None = None
        self._ranked: list[Source] = []
        self._price: Decimal | None = None
        self._views: dict[TickType, BarView | None] = {}
        self._bars: dict[type, BaseData] = {}
        self.properties: dict[str, Any] = {}

    # filled by the feed

    def _attach(self, window: Window) -> None:
        """Read this kind of data from here on."""
        self._windows.append(window)
        self._frontier = window.frontier
        self._windows.sort(key=lambda w: w.tick_type)
        self._priced = [window for window in self._windows if window.tick_type is not TickType.OPEN_INTEREST]
        self._look_again()

    def _detach(self) -> None:
        """The feed no longer brings any data; what is known stays known."""
        for window in self._windows:
            bar = window.api_bar()
            if bar is not None:
                shown = window.view() if window.tick_type is not TickType.OPEN_INTEREST else None
                self._given[window.tick_type] = _Given(window.tick_type, window.end_ns(), shown, bar)
        self._windows = []
        self._priced = []
        self._look_again()

    def add_data(self, data: BaseData) -> None:
        """Take in a bar or open interest by hand, as LEAN's seeding does."""
        tick_type = _TICK_TYPE_OF.get(type(data))
        if type(data) is Tick:
            raise NotEmulated("a price taken from a Tick by hand")
        if tick_type is not None:
            from leansim.feed.security_window import view_of

            now = max((w.now_ns() for w in self._windows), default=0)
            shown = None if tick_type is TickType.OPEN_INTEREST else view_of(data, self._zone)
            self._given[tick_type] = _Given(tick_type, now, shown, data)
            self._look_again()

    def reset(self) -> None:
        """Forget everything."""
        self._windows = []
        self._priced = []
        self._given = {}
        self._look_again()

    # what is known

    def _look_again(self) -> None:
        self._settled = False
        self._only = None
        self._seen = self._read_at = -1

    def _known(self) -> list[Source]:
        """Trade and quote, as far as they count for the price, the one that counts more last."""
        frontier = self._frontier
        if frontier is not None and frontier.version != self._seen:
            self._seen = frontier.version
            self._look_at_all(frontier)
        if not self._settled:
            self._settled = True
            self._forget()
            self._rank()
        return self._ranked

    def _look_at_all(self, frontier: Frontier) -> None:
        """Whether any of the windows has moved, and whether it is still the same ones that have bars."""
        moves = live = 0
        for window in self._priced:
            moves += window.moves()
            live += live + (window.at >= 0)
        if moves != self._moves:
            self._moves = moves
            if self._steady and self._settled and live == self._live:
                self._forget()
            else:
                self._settled = False
        self._live = live
        self._only = None
        if self._steady and self._settled:
            speaking = [window for window in self._priced if not window.is_silent()]
            if len(speaking) == 1 and speaking[0].has_quotes_ahead():
                self._only = speaking[0]
                self._days = frontier.days

    def _forget(self) -> None:
        """What was made of another bar."""
        self._price = None
        if self._bars:
            self._bars = {}
        if self._views:
            self._views = {}

    def _rank(self) -> None:
        live = [window for window in self._priced if window.at >= 0]
        self._steady = len(live) < 2 and not self._given
        if self._steady:
            # as good as always: one kind of data, nothing put in by hand
            only = live[0] if live else None
            self._trade = only if only is not None and only.tick_type is TickType.TRADE else None
            self._quote = None if only is self._trade else only
            counts = self._trade if self._type is SecurityType.EQUITY else only
            self._ranked = [] if counts is None else [counts]
            return
        # when each arrived and when it ended: what was seeded together counts by when it ended
        traded = quoted = (0, 0)
        trade: Source | None = None
        quote: Source | None = None
        for kind, given in self._given.items():
            if kind is TickType.TRADE:
                traded, trade = (given.arrived, given.end_ns()), given
            elif kind is TickType.QUOTE:
                quoted, quote = (given.arrived, given.end_ns()), given
        for window in live:
            ended = window.end_ns()
            if window.tick_type is TickType.TRADE:
                if trade is None or ended > traded[0]:
                    traded, trade = (ended, ended), window
            elif quote is None or ended > quoted[0]:
                quoted, quote = (ended, ended), window
        self._trade, self._quote = trade, quote
        ranked = (trade, None if self._type is SecurityType.EQUITY else quote)
        self._ranked = [source for source in (ranked if quoted >= traded else ranked[::-1]) if source is not None]

    def _now(self) -> Closes | None:
        """Bid, ask and close where no other quote or trade can count today; ``None`` when all have to be looked at."""
        # of what is held it is asked several times a step
        frontier = self._frontier
        if frontier is None:
            return None
        if frontier.version == self._read_at:
            return self._read
        only = self._only
        if only is None or frontier.days != self._days:
            return None
        self._read_at, self._read = frontier.version, only.closes_now()
        return self._read

    def _last(self, field: str) -> Decimal:
        return self._last_of(self._known(), field)

    @staticmethod
    def _last_of(known: list[Source], field: str) -> Decimal:
        for source in reversed(known):
            value = source.value(field)
            if value:
                return value
        return ZERO

    @property
    def price(self) -> Decimal:
        """The last price: of the last trade, or the middle of the last quote."""
        now = self._now()
        if now is not None:
            return now[2]
        frontier = self._frontier
        if frontier is None or frontier.version != self._seen or self._price is None:
            known = self._known()
            if self._price is None:
                self._price = self._last_of(known, "close")
        return self._price

    @property
    def open(self) -> Decimal:
        """Open of the last bar."""
        return self._last("open")

    @property
    def high(self) -> Decimal:
        """High of the last bar."""
        return self._last("high")

    @property
    def low(self) -> Decimal:
        """Low of the last bar."""
        return self._last("low")

    @property
    def close(self) -> Decimal:
        """Close of the last bar."""
        return self.price

    def _seeded(self, what: str, side: str) -> Decimal:
        """What the seeded quote says of a side that no quote since has had."""
        given = self._given.get(TickType.QUOTE)
        return ZERO if given is None else Decimal(getattr(given, what)(side))

    @property
    def bid_price(self) -> Decimal:
        """The last bid."""
        now = self._now()
        if now is not None:
            return now[0]
        self._known()
        found = ZERO if self._quote is None else self._quote.side("bid")
        return found or self._seeded("side", "bid")

    @property
    def ask_price(self) -> Decimal:
        """The last ask."""
        now = self._now()
        if now is not None:
            return now[1]
        self._known()
        found = ZERO if self._quote is None else self._quote.side("ask")
        return found or self._seeded("side", "ask")

    @property
    def bid_size(self) -> Decimal:
        """Size of the last bid."""
        self._known()
        found = ZERO if self._quote is None else self._quote.size("bid")
        return found or self._seeded("size", "bid")

    @property
    def ask_size(self) -> Decimal:
        """Size of the last ask."""
        self._known()
        found = ZERO if self._quote is None else self._quote.size("ask")
        return found or self._seeded("size", "ask")

    @property
    def volume(self) -> Decimal:
        """Volume of the last trade bar."""
        self._known()
        return ZERO if self._trade is None else self._trade.size("volume")

    @property
    def open_interest(self) -> int:
        """The last open interest."""
        for window in self._windows:
            if window.tick_type is TickType.OPEN_INTEREST and window.row() >= 0:
                return int(window.number("value"))
        given = self._given.get(TickType.OPEN_INTEREST)
        return 0 if given is None else int(given.bar.value)

    def _view(self, source: Source | None) -> BarView | None:
        if source is None:
            return None
        kind = source.tick_type
        if kind not in self._views:
            self._views[kind] = source.view()
        return self._views[kind]

    @property
    def _last_quote(self) -> BarView | None:
        """The last quote bar that was not filled forward; a side it lacked is the side before."""
        self._known()
        return self._view(self._quote)

    @property
    def _last_trade(self) -> BarView | None:
        """The last trade bar that was not filled forward."""
        self._known()
        return self._view(self._trade)

    @property
    def _last_ns(self) -> int | None:
        """When the data point of :meth:`get_data` ended, ns UTC; ``None`` while there is none."""
        known = self._known()
        return known[-1].end_ns() if known else None

    @property
    def _is_known(self) -> bool:
        """Whether :meth:`get_data` has something to give."""
        return bool(self._known())

    def get_data(self, py_type: type | None = None) -> Any:
        """The last data point that was not filled forward, or ``None``; with a type the last one of that type."""
        kind = py_type
        known = self._known()
        if kind is None:
            if not known:
                return None
            kind = TradeBar if known[-1].tick_type is TickType.TRADE else QuoteBar
        tick_type = _TICK_TYPE_OF.get(kind)
        if tick_type is None:
            point = self._make(TickType.TRADE) if self._type is SecurityType.BASE else None
            return point if isinstance(point, kind) else None
        bar = self._bars.get(kind)
        if bar is None:
            bar = self._make(tick_type)
            if bar is not None:
                self._bars[kind] = bar
        return bar

    def _make(self, tick_type: TickType) -> BaseData | None:
        given = self._given.get(tick_type)
        for window in self._windows:
            if window.tick_type != tick_type or window.row() < 0:
                continue
            if given is None or window.end_ns() > given.arrived:
                bar: BaseData = window.api_bar()
                return bar
        return None if given is None else given.bar

    def has_data(self, type: type) -> bool:
        """Whether a data point of that type is known."""
        return self.get_data(type) is not None


def prices(open_: float, high: float, low: float, close: float) -> Prices | None:
    """Four column values as decimals; ``None`` for a side that is not there (NaN)."""
    if close != close:
        return None
    return Prices(dec(open_), dec(high), dec(low), dec(close))


@lru_cache(maxsize=1 << 8)
def duration(ns: int) -> timedelta:
    """Nanoseconds as a timedelta; bars have few lengths."""
    return timedelta(microseconds=ns // 1000)

"""`security.session`: the bar of today's regular session in the making, and the ones of the days before.

It costs nothing until an algorithm sets its size.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from leansim.api.bars import Bar, BaseData, OpenInterest, QuoteBar, Tick, TradeBar
from leansim.api.enums import TickType
from leansim.feed.indicator import EPOCH
from leansim.feed.windows import RollingWindow

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol
    from leansim.lean_data.exchange_hours import SecurityExchangeHours

_ONE_DAY = timedelta(days=1)


class SessionBar(TradeBar):
    """A day's session: prices of trades, or the middle of quotes where a security is known by its quotes; zeros until
    the first data.
    """

    def __init__(self, source_tick_type: TickType = TickType.TRADE, symbol: Symbol | None = None) -> None:
        super().__init__(None, symbol, period=_ONE_DAY)
        self.open_interest = 0.0
        self._source = source_tick_type
        self._quote: QuoteBar | None = None
        self._day: date | None = None
        self._traded_until = EPOCH
        self._priced_until = EPOCH

    def _begin(self, day: date, before: SessionBar | None) -> None:
        """The first data of a day; a quoted security opens at the last quote of the session before."""
        self._day = day
        self.time = datetime(day.year, day.month, day.day)
        self._quote = QuoteBar(self.time, self.symbol, None, 0, None, 0, _ONE_DAY)
        if before is not None and before._quote is not None:
            for side in ("bid", "ask"):
                last = getattr(before._quote, side)
                if last is not None:
                    setattr(self._quote, side, Bar(*[last.close] * 4))

    def _take(self, data: BaseData) -> None:
        if data.time < self._priced_until:
            return
        trade = data if isinstance(data, TradeBar) else None
        tick = data if isinstance(data, Tick) else None
        if self._traded_until <= data.time and (trade is not None or tick is not None):
            self._traded_until = data.end_time
            self.volume += trade.volume if trade is not None else tick.quantity if tick is not None else 0.0
        if self._source == TickType.TRADE:
            if trade is not None:
                self._price(trade.open, trade.high, trade.low, trade.close, data.end_time)
            elif tick is not None and tick.tick_type == TickType.TRADE:
                self._price(tick.value, tick.value, tick.value, tick.value, data.end_time)
        elif isinstance(data, QuoteBar):
            self._quoted(data.bid, data.ask, data.end_time)
        elif tick is not None and tick.tick_type == TickType.QUOTE:
            bid, ask = (Bar(*[price] * 4) if price else None for price in (tick.bid_price, tick.ask_price))
            self._quoted(bid, ask, data.end_time)

    def _price(self, open_: float, high: float, low: float, close: float, end: datetime) -> None:
        if self._priced_until == EPOCH:
            self.open, self.high, self.low = open_, high, low
        self.high, self.low, self.close = max(self.high, high), min(self.low, low), close
        self._priced_until = end

    def _quoted(self, bid: Bar | None, ask: Bar | None, end: datetime) -> None:
        assert self._quote is not None, "the day has begun"
        for side, new in (("bid", bid), ("ask", ask)):
            known: Bar | None = getattr(self._quote, side)
            if new is None:
                continue
            if known is None:
                setattr(self._quote, side, new.clone())
            else:
                known.close = new.close
                known.high, known.low = max(known.high, new.high), min(known.low, new.low)
        quote = self._quote
        self.open, self.high, self.low, self.close = quote.open, quote.high, quote.low, quote.close
        self._priced_until = end

    def __str__(self) -> str:
        prices = (self.open, self.high, self.low, self.close, self.volume)
        o, h, low, c, v = (f"{price:.7g}" for price in prices)
        return f"O: {o} H: {h} L: {low} C: {c} V: {v} OI: {self.open_interest:g}"


class Session(RollingWindow[SessionBar]):
    """The session in the making at index 0 and as its own prices, the days before behind it.

    ``started`` is called when it is to be fed: when its size is first set.
    """

    def __init__(
        self, tick_type: TickType, exchange_hours: SecurityExchangeHours, symbol: Symbol, size: int = 0
    ) -> None:
        super().__init__(size)
        self.symbol = symbol
        self._tick_type = tick_type
        self._hours = exchange_hours
        self._working: SessionBar | None = None
        self._finished: SessionBar | None = None
        self._started: Callable[[], None] = lambda: None
        if size:
            self._start()

    @property
    def size(self) -> int:
        """How many sessions are kept, today's included; setting it begins."""
        return self._size

    @size.setter
    def size(self, value: int) -> None:
        RollingWindow.size.fset(self, value)  # type: ignore[attr-defined]  # the base's setter
        if value > 0 and self._working is None:
            self._start()
            self._started()

    def _start(self) -> None:
        self._working = SessionBar(self._tick_type, self.symbol)
        self.add(self._working)

    def update(self, data: BaseData) -> None:
        """Take in a bar or tick of the security; what lies outside the regular session does not count."""
        working = self._working
        if working is None:
            return
        day = data.time.date()
        if working._day is not None and day > working._day:
            working = self._finish(working)
        if working._day is None:
            working._begin(day, self._finished)
        if isinstance(data, OpenInterest):
            working.open_interest = float(data.value)
        elif self._hours.is_open(data.time, data.end_time, False):
            working._take(data)

    def scan(self, current_local_time: datetime) -> None:
        """A new day ends the session even when nothing came."""
        working = self._working
        if working is not None and working._day is not None and current_local_time.date() > working._day:
            self._finish(working)

    def _finish(self, working: SessionBar) -> SessionBar:
        self._finished = working
        self._working = made = SessionBar(self._tick_type, self.symbol)
        self.add(made)
        return made

    def reset(self) -> None:
        """Forget everything, when it was ever begun."""
        if self._working is not None:
            super().reset()
            self._finished = None
            self._start()

    def _now(self, name: str) -> Any:
        return 0.0 if self._working is None else getattr(self._working, name)

    @property
    def open(self) -> float:
        """The open of the session in the making, 0 before the first data."""
        return float(self._now("open"))

    @property
    def high(self) -> float:
        """Its high."""
        return float(self._now("high"))

    @property
    def low(self) -> float:
        """Its low."""
        return float(self._now("low"))

    @property
    def close(self) -> float:
        """Its last price."""
        return float(self._now("close"))

    @property
    def volume(self) -> float:
        """Its volume."""
        return float(self._now("volume"))

    @property
    def open_interest(self) -> float:
        """Its open interest."""
        return float(self._now("open_interest"))

    @property
    def end_time(self) -> datetime:
        """When it ends."""
        return EPOCH if self._working is None else self._working.end_time

    def __str__(self) -> str:
        return "" if self._working is None else str(self._working)

"""One symbol's place in a stream: what a security's cache reads its prices from.

Most securities of a chain are looked at once a day or never; one that is held is looked at in every step. What is read
again and again is read ahead: the bars of a member are rows that follow each other.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from leansim.api.bars import Bar, BaseData, QuoteBar, TradeBar
from leansim.api.enums import TickType
from leansim.api.security_cache import BarView, duration, prices
from leansim.api.time_zones import NS_PER_US, CachedDateTimeZone, to_ns
from leansim.feed.stream import SIDES, Frontier, Stream
from leansim.feed.tape import ASK, BID
from leansim.numbers import dec, dec_or_zero
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.api.symbols import Symbol

# how often a day is looked at before its rows are listed, and how many bars are read together at most
_OFTEN: Final = 4
_MOST: Final = 128


class Window:
    """One symbol's place in a stream: what a security's cache reads.

    Attributes:
        at: the row of the last real bar when it was looked for last, -1 when there was none; prices are read there.
    """

    __slots__ = (
        "_ahead",
        "_ahead_from",
        "_column",
        "_day",
        "_moves",
        "_reads",
        "_rows",
        "_stream",
        "at",
        "symbol",
        "tick_type",
    )

    def __init__(self, stream: Stream, symbol: Symbol, security: Security | None = None) -> None:
        self._stream = stream
        if security is not None and security.data_filter is not None:
            stream.filter(symbol, partial(call, security.data_filter, "filter", security))
        self.symbol = symbol
        self.tick_type = stream.tick_type
        self.at = -1
        self._moves = 0
        # the day looked at, where the symbol is in it, and of each of its instants the row, once it is looked at often
        self._day = -1
        self._column = -1
        self._reads = 0
        self._rows: list[int] = []
        # of a quote's close in some rows of that day, from the first of them on: bid, ask, and the middle of both
        self._ahead: list[Closes] = []
        self._ahead_from = 0

    @property
    def frontier(self) -> Frontier:
        """The count of changes of all streams."""
        return self._stream.frontier

    def moves(self) -> int:
        """How often another bar was found to be the last real one; looks for it."""
        stream = self._stream
        if self._day != stream.days:
            self._begin_day()
        elif self._rows:
            at = self._rows[stream.at]
            if at != self.at:
                self.at = at
                self._moves += 1
            return self._moves
        column = self._column
        if column < 0:
            return self._moves
        at = stream.tape.seen.item(stream.at, column)
        if at != self.at:
            self.at = at
            self._moves += 1
        self._reads += 1
        if self._reads == _OFTEN:
            self._rows = stream.tape.seen[:, column].tolist()
        return self._moves

    def _begin_day(self) -> None:
        stream = self._stream
        self._day = stream.days
        self._column = stream.column.get(self.symbol, -1)
        self._reads = 0
        self._rows = []
        self._ahead = []
        self.at = -1
        self._moves += 1

    def has_quotes_ahead(self) -> bool:
        """Whether it has had a quote on this day, and has listed where those to come are."""
        return self.tick_type is TickType.QUOTE and self.at >= 0 and bool(self._rows)

    def closes_now(self) -> Closes:
        """Bid, ask and close of the last quote, of a window that :meth:`has_quotes_ahead` of the stream's tape."""
        row = self._rows[self._stream.at]
        place = row - self._ahead_from
        return self._ahead[place] if 0 <= place < len(self._ahead) else self._closes_in(row)

    def is_silent(self) -> bool:
        """Whether the tape looked at has no bar of its own: while that tape stays, it says nothing."""
        return self._column < 0 or self._stream.tape.seen.item(-1, self._column) < 0

    def row(self) -> int:
        """The row of the last real bar at the published frontier, -1 when there was none."""
        self.moves()
        return self.at

    def number(self, field: str) -> float:
        """A field of that row."""
        return self._stream.tape.columns.cell(field, self.row())

    def end_ns(self) -> int:
        """When that row's bar ended, -1 for no row."""
        row = self.row()
        return -1 if row < 0 else self._stream.tape.end.item(row)

    def now_ns(self) -> int:
        """The last instant the stream has published."""
        return self._stream.tape.instants[self._stream.at]

    def value(self, field: str) -> Decimal:
        """Open, high, low or close; of a quote the middle of both sides, or the side there is. 0 for none."""
        if self.tick_type is TickType.TRADE:
            return dec_or_zero(self._stream.tape.columns.cell(field, self.at))
        if field == "close":
            return self._closes_in(self.at)[2]
        bid, ask = (self._stream.tape.columns.cell(side, self.at) for side in SIDES[field])
        return _closes_of(bid, ask)[2]

    def side(self, name: str) -> Decimal:
        """Close of a quote's ``bid`` or ``ask``, 0 for none."""
        closes = self._closes_in(self.at)
        return closes[0] if name == "bid" else closes[1]

    def _closes_in(self, row: int) -> Closes:
        """A quote's close; more rows are read together once they are asked for one after the other."""
        place = row - self._ahead_from
        known = len(self._ahead)
        if 0 <= place < known:
            return self._ahead[place]
        size = 1
        if known and place == known and self._rows:
            size = min(4 * known, _MOST, self._rows[-1] - row + 1)
        self._ahead = self._read_closes(row, size)
        self._ahead_from = row
        return self._ahead[0]

    def _read_closes(self, row: int, size: int) -> list[Closes]:
        columns = self._stream.tape.columns
        bid, ask = SIDES["close"]
        if size == 1:
            return [_closes_of(columns.cell(bid, row), columns.cell(ask, row))]
        rows = np.arange(row, row + size)
        return list(map(_closes_of, columns.take(bid, rows).tolist(), columns.take(ask, rows).tolist()))

    def size(self, name: str) -> Decimal:
        """Size of a quote's ``bid`` or ``ask``, the last one known; ``volume`` of a trade."""
        row, columns = self.at, self._stream.tape.columns
        if name == "volume":
            return dec_or_zero(columns.cell(name, row))
        return dec_or_zero(columns.last_known(f"{name}_size", row))

    def api_bar(self) -> Any:
        """That row as the algorithm sees it, ``None`` when there is none."""
        row = self.row()
        if row < 0:
            return None
        stream = self._stream
        return stream._bar(stream.tape, row, self.symbol, stream.tape.end.item(row))

    def view(self) -> BarView | None:
        """That row in decimals, ``None`` when there is none."""
        row = self.row()
        if row < 0:
            return None
        stream = self._stream
        tape = stream.tape
        end_ns, period_ns = tape.end.item(row), tape.period.item(row)
        end = stream.local(end_ns)
        time = end - duration(period_ns)
        values = {f: tape.columns.cell(f, row) for f in stream._fields}
        if stream.tick_type is TickType.TRADE:
            trade = prices(values["open"], values["high"], values["low"], values["close"])
            return BarView(end_ns, period_ns, time, end, trade=trade, volume=dec_or_zero(values["volume"]))
        return BarView(
            end_ns,
            period_ns,
            time,
            end,
            bid=prices(*(values[f] for f in BID)),
            ask=prices(*(values[f] for f in ASK)),
            bid_size=self.size("bid"),
            ask_size=self.size("ask"),
        )


Closes = tuple[Decimal, Decimal, Decimal]


@lru_cache(maxsize=1 << 14)
def _closes_of(bid: float, ask: float) -> Closes:
    """Bid and ask, 0 where there is none, and the middle of both, or the side there is."""
    of_bid, of_ask = dec_or_zero(bid), dec_or_zero(ask)
    return of_bid, of_ask, (of_bid + of_ask) / 2 if of_bid and of_ask else of_bid or of_ask


def view_of(data: BaseData, zone: CachedDateTimeZone) -> BarView:
    """A bar an algorithm (or seeding) put in, in decimals; its naive times are of the exchange's zone."""
    if not isinstance(data, (TradeBar, QuoteBar)):
        raise TypeError(f"a {type(data).__name__} is no bar")
    end_ns = zone.to_utc_ns(to_ns(data.end_time))
    period_ns = int(data.period / timedelta(microseconds=1)) * NS_PER_US

    def side(bar: Bar | TradeBar | None) -> Any:
        return None if bar is None else prices(bar.open, bar.high, bar.low, bar.close)

    if isinstance(data, TradeBar):
        return BarView(end_ns, period_ns, data.time, data.end_time, trade=side(data), volume=dec(data.volume))
    return BarView(
        end_ns,
        period_ns,
        data.time,
        data.end_time,
        bid=side(data.bid),
        ask=side(data.ask),
        bid_size=dec(data.last_bid_size),
        ask_size=dec(data.last_ask_size),
    )

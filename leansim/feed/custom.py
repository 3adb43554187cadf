"""The stream of an algorithm's own data: rows are the points its class made, an instant may bring several of them.

A row has the value as its close, so that prices are read as from any stream, and the place of its point in a list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from leansim.api.bars import BaseData
from leansim.api.custom_types import custom_type_of
from leansim.api.time_zones import NS_PER_US, from_ns, to_ns
from leansim.errors import NotEmulated
from leansim.feed.custom_sources import CustomPoints, CustomTexts
from leansim.feed.sources import Rows
from leansim.feed.stream import Stream
from leansim.feed.subscriptions import SubscriptionRequest
from leansim.feed.tape import TRADE, Bools, Int64s, Tape

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol
    from leansim.feed.past import PastRequest
    from leansim.feed.phases import Phase
    from leansim.feed.sessions import Sessions
    from leansim.lean_data.folder import DataFolder

_FIELDS = (*TRADE, "point")


class CustomData:
    """Reads the algorithm's own data, for streams and for history requests.

    ``config_of`` makes of a request what a class is told about its subscription.
    """

    def __init__(
        self,
        folder: DataFolder,
        texts: CustomTexts,
        config_of: Callable[[SubscriptionRequest], Any],
        complain: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._texts = texts
        self._config_of = config_of
        self._complain = complain

    def points(self, request: SubscriptionRequest, start_ns: int, end_ns: int) -> Iterator[BaseData]:
        """The points of a subscription from one instant to another; none where no class of data was added."""
        data_type = custom_type_of(request.symbol)
        if data_type is None:
            return iter(())
        zone = self._folder.market_hours.entry_of(request.symbol).time_zone
        points = CustomPoints(data_type, self._config_of(request), self._texts, self._complain)
        return points.between(from_ns(zone.to_local_ns(start_ns)), from_ns(zone.to_local_ns(end_ns)))

    def past(self, request: PastRequest) -> list[Any]:
        """The points of a history request."""
        if request.fill_forward:
            raise NotEmulated("history of custom data filled forward")
        asked = SubscriptionRequest(request.symbol, request.resolution, fill_forward=False, extended_market_hours=True)
        zone = self._folder.market_hours.entry_of(request.symbol).time_zone
        found = self.points(asked, request.start_ns, request.end_ns)
        return [point for point in found if zone.to_utc_ns(to_ns(point.end_time)) <= request.end_ns]


class CustomSource:
    """The rows of one symbol's points, day after day."""

    def __init__(
        self, symbol: Symbol, sessions: Sessions, start: Callable[[int], Iterator[BaseData]], points: list[BaseData]
    ) -> None:
        self._symbol = symbol
        self._sessions = sessions
        self._start = start
        self._made = points
        self._coming: Iterator[BaseData] | None = None
        self._next: tuple[int, int, BaseData] | None = None
        self._held: tuple[date, Rows | None] | None = None

    def read(self, day: date) -> Rows | None:
        """The rows of a day, and on the first one those that end as it begins."""
        if self._held is None or self._held[0] != day:
            self._held = (day, self._rows(day))
        return self._held[1]

    def _rows(self, day: date) -> Rows | None:
        begin, end = self._sessions.window(day)
        if self._coming is None:
            self._coming = self._start(begin)
            self._advance()
        ends, periods, values, places = [], [], [], []
        while self._next is not None and self._next[0] <= end:
            end_ns, period_ns, point = self._next
            places.append(len(self._made))
            self._made.append(point)
            ends.append(end_ns)
            periods.append(period_ns)
            values.append(float(point.price))
            self._advance()
        if not ends:
            return None
        nothing = np.zeros(len(ends))
        columns = dict.fromkeys(_FIELDS, nothing) | {
            "close": np.array(values),
            "point": np.array(places, dtype=np.float64),
        }
        when, length = np.array(ends, dtype=np.int64), np.array(periods, dtype=np.int64)
        return Rows([self._symbol], np.zeros(len(ends), dtype=np.int64), when, length, columns)

    def _advance(self) -> None:
        assert self._coming is not None, "the first day was asked for"
        point = next(self._coming, None)
        if point is None:
            self._next = None
            return
        zone = self._sessions.hours.time_zone
        end_ns = zone.to_utc_ns(to_ns(point.end_time))
        self._next = (end_ns, end_ns - zone.to_utc_ns(to_ns(point.time)), point)


class CustomStream(Stream):
    """The points of one symbol."""

    is_custom = True
    is_bars = False

    def __init__(self, *arguments: Any, points: list[BaseData], **named: Any) -> None:
        self._points = points
        super().__init__(*arguments, **named)

    def _fields_of(self) -> tuple[str, ...]:
        return _FIELDS

    def _wanted(
        self, phase: Phase, day: date, end: Int64s, period: Int64s, member: Int64s
    ) -> tuple[Bools, Bools | None]:
        """A point without length has no session it could be in: where nothing ever closes, all count."""
        if not self.sessions.hours.is_market_always_open:
            return super()._wanted(phase, day, end, period, member)
        own: Bools = (member >= 0) & (end <= min(self.end_ns, phase.until_ns)) & (end >= self.starts[member])
        return own & (end > self._reached), None

    def points(self, tape: Tape, step: int, column: int) -> list[BaseData]:
        """All that comes at an instant, in the order it was read."""
        if not tape.emits.item(step, column):
            return []
        last = tape.rows.item(step, column)
        now = tape.instants[step]
        if tape.end.item(last) != now:
            return [self._bar(tape, last, tape.symbols[column], now)]
        first = last
        while first > 0 and tape.end.item(first - 1) == now and tape.rows.item(step - 1, column) < first:
            first -= 1
        return [self._bar(tape, row, tape.symbols[column], now) for row in range(first, last + 1)]

    def _bar(self, tape: Tape, row: int, symbol: Symbol, end_ns: int) -> BaseData:
        del symbol
        point = self._points[int(tape.columns.cell("point", row))]
        if tape.end.item(row) == end_ns:
            return point
        filled = point.clone(True)
        filled.time = self.local(end_ns) - timedelta(microseconds=self._filled_ns // NS_PER_US)
        filled.end_time = self.local(end_ns)
        return filled

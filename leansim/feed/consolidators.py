"""Consolidators: many small bars in, few large ones out, at the instants LEAN emits them.

Times are naive exchange times, prices floats. A consolidator does not know what feeds it: see `consolidation`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from leansim.api.bars import Bar, BaseData, QuoteBar, TradeBar
from leansim.api.enums import Resolution
from leansim.api.generics import generic
from leansim.api.naming import ClrStatic
from leansim.api.net import ArgumentException, InvalidOperationException
from leansim.feed.events import Event
from leansim.feed.windows import Windowed

ZERO = timedelta(0)
ONE_SECOND = timedelta(seconds=1)
ONE_HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)
_NEVER = datetime(1, 1, 1)


class CalendarInfo(NamedTuple):
    """The start of a consolidated bar and its length."""

    start: datetime
    period: timedelta

    @property
    def end(self) -> datetime:
        """The end of the bar."""
        return self.start + self.period


CalendarFunction = Callable[[datetime], CalendarInfo]
SPANS = {
    Resolution.SECOND: ONE_SECOND,
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: ONE_HOUR,
    Resolution.DAILY: ONE_DAY,
}


class DataConsolidator(Windowed):
    """Base of all consolidators. ``data_consolidated += handler(sender, bar)``; ``consolidated`` is the last bar."""

    input_type: type = BaseData
    output_type: type = BaseData

    def __init__(self) -> None:
        super().__init__()
        self.data_consolidated = Event()
        self.consolidated: Any = None

    @property
    def working_data(self) -> Any:
        """A copy of the bar in the making, ``None`` between bars."""
        return None

    def update(self, data: Any) -> None:
        """Take in a data point."""
        raise NotImplementedError

    def scan(self, current_local_time: datetime) -> None:
        """Emit the bar in the making when its time is over."""

    def _is_idle(self) -> bool:
        """Whether :meth:`scan` does nothing until the next data point."""
        return type(self).scan is DataConsolidator.scan

    def reset(self) -> None:
        """Forget everything."""
        self.consolidated = None
        self.window.reset()

    def dispose(self) -> None:
        """Drop the handlers."""
        self.data_consolidated = Event()

    def _emit(self, bar: Any) -> None:
        if bar is not None:
            self.window.add(bar)
        self.data_consolidated(self, bar)
        # Set last: handlers see the new bar and, here, the one before it.
        self.consolidated = bar


class PythonConsolidator(DataConsolidator):
    """Base of consolidators written in an algorithm: it gives ``update`` and ``scan``, keeps its state itself, and
    calls ``on_data_consolidated(self, bar)`` when a bar is complete. Whether it calls ``super().__init__()`` makes no
    difference, as in LEAN.
    """

    consolidated: Any
    working_data: Any = None

    def __new__(cls, *_: Any, **__: Any) -> PythonConsolidator:
        self = super().__new__(cls)
        DataConsolidator.__init__(self)
        return self

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def on_data_consolidated(self, consolidator: Any, data: Any) -> None:
        """Hand out a bar."""
        if data is not None:
            self.window.add(data)
        self.data_consolidated(consolidator, data)


class IdentityDataConsolidator(DataConsolidator):
    """Every data point is a bar of its own. An algorithm names its kind: ``IdentityDataConsolidator[TradeBar]()``."""

    _kind: type | None = None

    def __class_getitem__(cls, kind: type) -> type[IdentityDataConsolidator]:
        """The class for one kind of data."""
        made = generic(IdentityDataConsolidator, kind)
        made._kind = kind
        return made

    def __init__(self, kind: type | None = None) -> None:
        super().__init__()
        named = kind or self._kind
        if named is None:
            raise TypeError("cannot instantiate an open generic type")
        self.input_type = self.output_type = named
        self._last: Any = None

    @property
    def working_data(self) -> Any:
        return None if self._last is None else self._last.clone()

    def update(self, data: Any) -> None:
        if self._last is None or self._last.end_time != data.end_time:
            self._emit(data)
            self._last = data


class PeriodConsolidator(DataConsolidator):
    """Bars of a time span, of a number of data points, of both, or of a calendar function.

    LEAN's arguments: ``(timedelta[, start_time])``, ``(count)``, ``(count, timedelta)``, ``(calendar function)``.
    """

    _count: int | None
    _calendar: CalendarFunction | None
    _start_time: timedelta | None
    _period: timedelta | None

    def __new__(cls, *_: Any, **__: Any) -> PeriodConsolidator:
        """A subclass of an algorithm's need not call ``super().__init__()``: it has bars of a second then."""
        self = super().__new__(cls)
        self._begin()
        return self

    def __init__(self, period: Any, second: timedelta | None = None, *, start_time: timedelta | None = None) -> None:
        self._begin()
        second = start_time if second is None else second
        if isinstance(period, timedelta):
            self._period, self._start_time, self._spans = period, second, True
        elif isinstance(period, int) and not isinstance(period, bool):
            self._count, self._period = period, second
        elif callable(period):
            self._calendar, self._period = period, ONE_SECOND
        else:
            raise ArgumentException(f"Unable to create a consolidator period from {period}")

    def _begin(self) -> None:
        DataConsolidator.__init__(self)
        self._count = self._calendar = self._start_time = None
        self._period = ONE_SECOND
        self._spans = False
        self._working: Any = None
        self._seen = 0
        self._last_emit: datetime | None = None
        self._symbol_id: Any = None
        self._checked = False

    @property
    def working_data(self) -> Any:
        return None if self._working is None else self._working.clone()

    @property
    def working_bar(self) -> Any:
        """The bar in the making itself; a subclass that makes its bars keeps them here."""
        return self._working

    @working_bar.setter
    def working_bar(self, value: Any) -> None:
        self._working = value

    @property
    def period(self) -> timedelta | None:
        """The length of a bar; ``None`` when only data points are counted."""
        return self._period

    def aggregate_bar(self, working_bar: Any, data: Any) -> Any:
        """Take a data point into a bar in the making, ``None`` to begin one; the bar."""
        raise NotImplementedError

    def on_data_consolidated(self, e: Any) -> None:
        """Hand out a bar."""
        self._emit(e)

    def _takes(self, data: Any) -> bool:
        """Whether a data point counts at all."""
        del data
        return True

    def update(self, data: Any) -> None:
        if self._symbol_id is None:
            self._symbol_id = data.symbol.id
        elif data.symbol.id != self._symbol_id:
            raise InvalidOperationException(
                "Consolidators can only be used with a single symbol. The previous consolidated SecurityIdentifier "
                f"({self._symbol_id}) is not the same as in the current data ({data.symbol.id})."
            )
        if not self._takes(data):
            return
        if self._spans and not self._checked:
            self._checked = True
            if self._period is not None and data.end_time - data.time > self._period:
                raise ArgumentException(
                    f"For Symbol {data.symbol} can not consolidate bars of period: {self._period}, "
                    f"using data of the same or higher period: {data.end_time - data.time}"
                )
        counting = self._count is not None
        fire, first_aggregate = False, counting
        if self._count is not None:
            self._seen += 1
            if self._seen >= self._count:
                self._seen, fire = 0, True
        if self._last_emit is None:
            self._last_emit = data.time if counting else _NEVER
        if self._period is not None:
            working = self._working
            if (
                working is not None
                and data.time - working.time >= self._period
                and self._start_of_bar(data) > self._last_emit
            ):
                fire = True
            if self._period == ZERO:
                fire = first_aggregate = True
        if first_aggregate and data.time >= self._last_emit:
            self._aggregate(data)
            if counting:
                self._working.end_time = data.end_time
        if fire:
            working = self._working
            if isinstance(working, TradeBar) and self._period is not None:
                working.period = self._period
            self._last_emit = data.time if counting or working is None else working.end_time
            self._finish()
        if not first_aggregate and data.time >= self._last_emit:
            self._aggregate(data)

    def scan(self, current_local_time: datetime) -> None:
        working = self._working
        if (
            working is not None
            and self._period
            and current_local_time - working.time >= self._period
            and self._last_emit is not None
            and self._rounded(current_local_time) > self._last_emit
        ):
            self._last_emit = working.end_time
            self._finish()

    def _is_idle(self) -> bool:
        return self._working is None and type(self).scan is PeriodConsolidator.scan

    def reset(self) -> None:
        super().reset()
        self._working = self._last_emit = self._symbol_id = None
        self._seen = 0
        self._checked = False

    # ---- inside

    def _aggregate(self, data: Any) -> None:
        self._working = self.aggregate_bar(self._working, data)

    def _finish(self) -> None:
        self._emit(self._working)
        self._working = None

    @property
    def _bar_period(self) -> timedelta | None:
        """The length of a new bar when the consolidator is ruled by time."""
        return self._period if self._count is None else None

    def _rounded(self, time: datetime) -> datetime:
        if self._calendar is not None:
            start, period = self._calendar(time)
            if not isinstance(start, datetime):
                # .NET makes a time of a date
                start = datetime(start.year, start.month, start.day)
            if self._working is None or self._period is None:
                self._period = period
            return start
        if self._count is not None or self._period is None:
            return time
        if self._start_time is not None:
            return _from_start(self._period, self._start_time, time)
        return time if self._period > ONE_DAY else round_down(time, self._period)

    def _start_of_bar(self, data: Any) -> datetime:
        start = self._rounded(data.time)
        if self._period is not None and start + self._period < data.end_time:
            if data.end_time - data.time == ONE_HOUR and start.date() < data.time.date():
                return self._rounded(data.end_time)
            return data.time  # type: ignore[no-any-return]  # a bar's time
        return start


class TradeBarConsolidator(PeriodConsolidator):
    """Trade bars to larger trade bars."""

    input_type = output_type = TradeBar

    @classmethod
    def from_resolution(cls, resolution: Resolution) -> TradeBarConsolidator:
        """A consolidator to bars of a resolution."""
        return cls(SPANS[resolution])

    def aggregate_bar(self, working_bar: Any, data: TradeBar) -> TradeBar:
        if working_bar is None:
            start = self._start_of_bar(data)
            period = self._bar_period or data.period
            return TradeBar(start, data.symbol, data.open, data.high, data.low, data.close, data.volume, period)
        working_bar.close = data.close
        working_bar.volume += data.volume
        working_bar.low = min(working_bar.low, data.low)
        working_bar.high = max(working_bar.high, data.high)
        made: TradeBar = working_bar
        return made


class QuoteBarConsolidator(PeriodConsolidator):
    """Quote bars to larger quote bars; a new bar opens at the close of the one before."""

    input_type = output_type = QuoteBar

    @classmethod
    def from_resolution(cls, resolution: Resolution) -> QuoteBarConsolidator:
        """A consolidator to bars of a resolution."""
        return cls(SPANS[resolution])

    def aggregate_bar(self, working_bar: Any, data: QuoteBar) -> QuoteBar:
        if working_bar is None:
            start = self._start_of_bar(data)
            working_bar = QuoteBar(start, data.symbol, None, 0, None, 0, self._bar_period or data.period)
            before = self.consolidated
            if before is not None:
                _open_at(working_bar, before)
        if data.bid is not None:
            working_bar.last_bid_size = data.last_bid_size
            working_bar.bid = _joined(working_bar.bid, data.bid)
        if data.ask is not None:
            working_bar.last_ask_size = data.last_ask_size
            working_bar.ask = _joined(working_bar.ask, data.ask)
        working_bar.value = data.value
        made: QuoteBar = working_bar
        return made


class BaseDataConsolidator(PeriodConsolidator):
    """The values of any data points to trade bars without volume."""

    input_type, output_type = BaseData, TradeBar

    @classmethod
    def from_resolution(cls, resolution: Resolution) -> BaseDataConsolidator:
        """A consolidator to bars of a resolution."""
        return cls(SPANS[resolution])

    def aggregate_bar(self, working_bar: Any, data: Any) -> TradeBar:
        if working_bar is None:
            period = self._bar_period or (data.end_time - data.time)
            value = data.value
            return TradeBar(self._start_of_bar(data), data.symbol, value, value, value, value, 0, period)
        working_bar.close = data.value
        working_bar.low = min(working_bar.low, data.value)
        working_bar.high = max(working_bar.high, data.value)
        made: TradeBar = working_bar
        return made


class SequentialConsolidator(DataConsolidator):
    """One consolidator behind another."""

    def __init__(self, first: DataConsolidator, second: DataConsolidator) -> None:
        super().__init__()
        self.first = first
        self.second = second
        self.input_type, self.output_type = first.input_type, second.output_type
        first.data_consolidated += lambda _, bar: second.update(bar)
        second.data_consolidated += lambda _, bar: self._emit(bar)

    @property
    def working_data(self) -> Any:
        return self.second.working_data

    def update(self, data: Any) -> None:
        self.first.update(data)

    def scan(self, current_local_time: datetime) -> None:
        self.first.scan(current_local_time)


class Calendar(metaclass=ClrStatic):
    """Calendar functions for consolidators."""

    @staticmethod
    def WEEKLY(time: datetime) -> CalendarInfo:
        """Weeks from Monday on."""
        day = datetime(time.year, time.month, time.day)
        return CalendarInfo(day - timedelta(days=day.weekday()), timedelta(days=7))

    @staticmethod
    def MONTHLY(time: datetime) -> CalendarInfo:
        """Months."""
        return _months(time, time.month, 1)

    @staticmethod
    def QUARTERLY(time: datetime) -> CalendarInfo:
        """Quarters."""
        return _months(time, (time.month - 1) // 3 * 3 + 1, 3)

    @staticmethod
    def YEARLY(time: datetime) -> CalendarInfo:
        """Years."""
        return _months(time, 1, 12)


def round_down(time: datetime, span: timedelta) -> datetime:
    """The last multiple of a span, counted from the first day of the calendar as .NET does."""
    return time if not span else time - (time - _NEVER) % span


def for_type(kind: type, period: Any) -> DataConsolidator:
    """The consolidator that fits data of a type. A period of zero passes every data point on."""
    if period == ZERO:
        return IdentityDataConsolidator(kind)
    if issubclass(kind, TradeBar):
        return TradeBarConsolidator(period)
    if issubclass(kind, QuoteBar):
        return QuoteBarConsolidator(period)
    return BaseDataConsolidator(period)


def _months(time: datetime, first: int, count: int) -> CalendarInfo:
    start = datetime(time.year, first, 1)
    after = first - 1 + count
    return CalendarInfo(start, datetime(time.year + after // 12, after % 12 + 1, 1) - start)


def _from_start(period: timedelta, start: timedelta, time: datetime) -> datetime:
    """The start of the bar a time is in, when bars are counted from a time of day on."""
    midnight = datetime(time.year, time.month, time.day)
    begin = midnight + start
    if begin > time:
        begin -= ONE_DAY
    return begin + (time - begin) // period * period


def _joined(bar: Bar | None, data: Bar) -> Bar:
    if bar is None:
        return data.clone()
    bar.close = data.close
    bar.high = max(bar.high, data.high)
    bar.low = min(bar.low, data.low)
    return bar


def _open_at(working: QuoteBar, before: QuoteBar) -> None:
    if before.bid is not None and before.bid.close:
        working.bid = Bar(*[before.bid.close] * 4)
    if before.ask is not None and before.ask.close:
        working.ask = Bar(*[before.ask.close] * 4)
    working.last_bid_size, working.last_ask_size = before.last_bid_size, before.last_ask_size

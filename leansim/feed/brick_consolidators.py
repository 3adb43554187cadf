"""Consolidators whose bars end with a price or a volume instead of a time: Renko, volume and range bars.

They count in decimals, as LEAN does: a brick closes at a multiple of its size, not a rounding of doubles away from it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from leansim.api.bars import BaseData, QuoteBar, Tick, TradeBar
from leansim.api.brick_bars import Brick, RangeBar, RenkoBar, VolumeRenkoBar
from leansim.api.decimals import Number, exact
from leansim.api.enums import BarDirection, RenkoType, TickType
from leansim.api.net import ArgumentException, ArgumentOutOfRangeException
from leansim.api.reference import required_reference_data
from leansim.feed.consolidators import (
    BaseDataConsolidator,
    DataConsolidator,
    QuoteBarConsolidator,
    TradeBarConsolidator,
)
from leansim.numbers import ONE, ZERO, round_half_even

Selector = Callable[[Any], Number]


class RenkoConsolidator(DataConsolidator):
    """Renko bars with wicks: one of ``bar_size`` each time the price moved so far, two to turn around."""

    output_type = RenkoBar
    type = RenkoType.WICKED

    def __init__(self, bar_size: Number) -> None:
        super().__init__()
        self._size = exact(bar_size)
        if self._size <= 0:
            raise ArgumentException("Renko consolidator BarSize must be strictly greater than zero")
        self._start: datetime | None = None
        self._open = self._high = self._low = ZERO
        self._last: RenkoBar | None = None

    @property
    def working_data(self) -> Any:
        """A copy of the last bar: between bars LEAN has nothing else to show."""
        return None if self._last is None else self._last.clone()

    @staticmethod
    def get_closest_multiple(price: Number, bar_size: Number) -> float:
        """The multiple of a bar size nearest to a price."""
        return float(_closest_multiple(exact(price), exact(bar_size)))

    def update(self, data: Any) -> None:
        rate = exact(data.price)
        if self._start is None:
            self._start = data.time
            self._open = self._high = self._low = _closest_multiple(rate, self._size)
            return
        self._high, self._low = max(self._high, rate), min(self._low, rate)
        if rate == self._open:
            return
        step = self._size if rate > self._open else -self._size
        last = self._last
        with_trend = last is None or (last.direction == BarDirection.RISING) == (step > 0)
        if not with_trend and last is not None:
            turn = last._prices.open
            if not _beyond(rate, turn + step, step):
                return
            self._brick(data, turn, turn + step)
        while _beyond(rate, self._open + step, step):
            self._brick(data, self._open, self._open + step)

    def _brick(self, data: Any, open_: Decimal, close: Decimal) -> None:
        rising = close > open_
        prices = Brick(open_, close if rising else self._high, self._low if rising else close, close)
        bar = RenkoBar(data.symbol, self._start, data.time, self._size, prices)
        bar.type = RenkoType.WICKED
        bar._closed = False
        self._last = bar
        self._start, self._open = data.time, close
        if rising:
            self._low = close
        else:
            self._high = close
        self._emit(bar)

    def reset(self) -> None:
        super().reset()
        self._start = self._last = None


class WickedRenkoConsolidator(RenkoConsolidator):
    """Another name of :class:`RenkoConsolidator`."""


class _TimelessConsolidator(DataConsolidator):
    """Bars of what a selector reads of each data point: its value and its volume, if nothing else is said."""

    def __init__(self, selector: Selector | None, volume_selector: Selector | None) -> None:
        super().__init__()
        self._value = selector or (lambda data: data.value)
        self._volume = volume_selector or _volume_of
        self._bar: Any = None

    @property
    def working_data(self) -> Any:
        return None if self._bar is None else self._bar.clone()

    def update(self, data: Any) -> None:
        value, volume = exact(self._value(data)), exact(self._volume(data))
        if self._bar is not None:
            self._take(data.time, value, volume)
        if self._bar is None:
            self._begin(data, value, volume)

    def _take(self, time: datetime, value: Decimal, volume: Decimal) -> None:
        raise NotImplementedError

    def _begin(self, data: Any, value: Decimal, volume: Decimal) -> None:
        raise NotImplementedError

    def reset(self) -> None:
        super().reset()
        self._bar = None


class ClassicRenkoConsolidator(_TimelessConsolidator):
    """Renko bars without wicks: ``(bar_size[, even_bars])`` or ``(bar_size, selector[, volume_selector, even_bars])``.

    ``even_bars``: the first bar opens at a multiple of the size.
    """

    output_type = RenkoBar
    type = RenkoType.CLASSIC

    def __init__(
        self,
        bar_size: Number,
        selector: Selector | RenkoType | bool | None = None,
        volume_selector: Selector | None = None,
        even_bars: bool = True,
    ) -> None:
        if isinstance(selector, RenkoType):
            if selector != RenkoType.CLASSIC:
                raise ArgumentException("Please use the new RenkoConsolidator type if RenkoType is not Classic")
            selector = None
        if isinstance(selector, bool):
            even_bars = selector
        super().__init__(selector if callable(selector) else None, volume_selector)
        self._size = exact(bar_size)
        if self._size <= 0:
            raise ArgumentOutOfRangeException(
                "RenkoConsolidator bar size must be positve and greater than 1e-28 (Parameter 'barSize')"
            )
        self._even = even_bars
        self._close: Decimal | None = None

    def _take(self, time: datetime, value: Decimal, volume: Decimal) -> None:
        if self._bar._take(time, value, volume):
            self._close = self._bar._prices.close
            self._emit(self._bar)
            self._bar = None

    def _begin(self, data: Any, value: Decimal, volume: Decimal) -> None:
        open_ = self._close
        if open_ is None:
            open_ = _ceiling(value, self._size) if self._even else value
        prices = Brick(open_, open_, open_, open_)
        self._bar = RenkoBar(data.symbol, data.time, data.time, self._size, prices, volume)

    def reset(self) -> None:
        super().reset()
        self._close = None


class VolumeRenkoConsolidator(DataConsolidator):
    """Bars of a fixed volume, from trade bars or trade ticks."""

    output_type = VolumeRenkoBar

    def __init__(self, bar_size: Number) -> None:
        super().__init__()
        self._size = exact(bar_size)
        self._bar: VolumeRenkoBar | None = None

    @property
    def working_data(self) -> Any:
        return self._bar

    def update(self, data: Any) -> None:
        close = exact(data.price)
        if type(data) is TradeBar:
            volume = exact(data.volume)
            prices = Brick(exact(data.open), exact(data.high), exact(data.low), close)
        elif type(data) is Tick:
            if data.tick_type != TickType.TRADE:
                return
            volume, prices = exact(data.quantity), Brick(close, close, close, close)
        else:
            raise ArgumentException(f"{type(self).__name__} must be used with TradeBar or Tick data.")
        if self._bar is None:
            self._bar = VolumeRenkoBar(data.symbol, data.time, data.end_time, self._size, prices)
        left = self._bar._take(data.end_time, prices, volume)
        while left >= 0:
            bar = self._bar
            self._emit(bar)
            self._bar = bar.rollover()
            left = self._bar._take(data.end_time, prices, left)

    def reset(self) -> None:
        super().reset()
        self._bar = None


class RangeConsolidator(_TimelessConsolidator):
    """Bars of ``range`` price steps of the symbol from low to high; a jump makes several."""

    output_type = RangeBar

    def __init__(self, range: int, selector: Selector | None = None, volume_selector: Selector | None = None) -> None:
        super().__init__(selector, volume_selector)
        self._range = range
        self._step = self._size = ZERO

    @property
    def range(self) -> int:
        """How many price steps a bar has."""
        return self._range

    @property
    def range_size(self) -> float:
        """The distance in prices; 0 before the first data point."""
        return float(self._size)

    def _take(self, time: datetime, value: Decimal, volume: Decimal) -> None:
        rising = value > self._bar._prices.high
        self._bar._take(time, value, volume)
        while self._bar.is_closed:
            bar = self._bar
            self._emit(bar)
            open_ = bar._prices.high + self._step if rising else bar._prices.low - self._step
            self._bar = RangeBar(bar.symbol, bar.end_time, self._size, open_)
            # Only the last of several bars gets the volume.
            far = abs(open_ - value) > self._size
            self._bar._take(time, value, ZERO if far else volume)

    def _begin(self, data: Any, value: Decimal, volume: Decimal) -> None:
        if not self._size:
            self._step = required_reference_data().price_step(data.symbol)
            self._size = self._step * self._range
            value = _ceiling(value, self._size)
        self._bar = RangeBar(data.symbol, data.time, self._size, value, volume)

    def reset(self) -> None:
        super().reset()
        self._step = self._size = ZERO


class ClassicRangeConsolidator(RangeConsolidator):
    """Range bars of which a jump makes only one; the next opens at the next price."""

    def _take(self, time: datetime, value: Decimal, volume: Decimal) -> None:
        self._bar._take(time, value, volume)
        if self._bar.is_closed:
            self._emit(self._bar)
            self._bar = None


def _beyond(price: Decimal, limit: Decimal, step: Decimal) -> bool:
    return price > limit if step > 0 else price < limit


def _ceiling(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).quantize(ONE, rounding=ROUND_CEILING) * step


def _closest_multiple(price: Decimal, size: Decimal) -> Decimal:
    if size <= 0:
        raise ArgumentException("BarSize must be strictly greater than zero")
    below = (price / size).quantize(ONE, rounding=ROUND_FLOOR)
    return size * (below + round_half_even((price - size * below) / size))


def _volume_of(data: BaseData) -> float:
    if isinstance(data, TradeBar):
        return data.volume
    return float(data.quantity) if isinstance(data, Tick) else 0.0


def of_size(kind: type, size: Number) -> DataConsolidator:
    """The consolidator of bars to bars of a type and size: of a price or volume for bricks, else of that many bars."""
    brick = _BRICKS.get(kind)
    if brick is not None:
        return brick(size)
    return {TradeBar: TradeBarConsolidator, QuoteBar: QuoteBarConsolidator}.get(kind, BaseDataConsolidator)(int(size))


def is_brick(kind: type) -> bool:
    """Whether bars of a type end with a price or a volume."""
    return kind in _BRICKS


_BRICKS: Final[dict[type, Callable[[Number], DataConsolidator]]] = {
    RenkoBar: RenkoConsolidator,
    VolumeRenkoBar: VolumeRenkoConsolidator,
    RangeBar: lambda size: RangeConsolidator(int(size)),
}

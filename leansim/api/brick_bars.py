"""Bars that end with a price or a volume instead of a time: Renko bricks, volume bricks and range bars.

Inside, prices are decimals, so that a brick of 0.1 closes where LEAN's does; an algorithm reads floats.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from leansim.api.bars import TradeBar
from leansim.api.decimals import Number, exact
from leansim.api.enums import BarDirection, RenkoType
from leansim.api.net import InvalidOperationException
from leansim.numbers import ZERO


class Brick(NamedTuple):
    """Open, high, low and close, exact."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


class BaseRenkoBar(TradeBar):
    """A bar of a fixed size of price or volume."""

    def __init__(
        self,
        symbol: Any = None,
        start: datetime | None = None,
        end: datetime | None = None,
        size: Decimal = ZERO,
        prices: Brick | None = None,
        volume: Decimal = ZERO,
    ) -> None:
        super().__init__(start, symbol)
        if end is not None:
            self.end_time = end
        self._size = size
        self._exact_volume = volume
        self.volume = float(volume)
        self._put(prices or Brick(ZERO, ZERO, ZERO, ZERO))
        self.type = RenkoType.CLASSIC
        self._closed = False

    def _put(self, prices: Brick) -> None:
        self._prices = prices
        self.open, self.high, self.low, self.close = (float(price) for price in prices)

    @property
    def brick_size(self) -> float:
        """The size that ends the bar."""
        return float(self._size)

    @property
    def start(self) -> datetime:
        """When the bar began."""
        return self.time

    @property
    def is_closed(self) -> bool:
        """Whether the bar is complete."""
        return self._closed


class RenkoBar(BaseRenkoBar):
    """A bar of one price step: a wicked one is complete when it is made, a classic one takes in prices."""

    @property
    def direction(self) -> BarDirection:
        """Whether the price rose or fell."""
        if self._prices.open == self._prices.close:
            return BarDirection.NO_DELTA
        return BarDirection.RISING if self._prices.open < self._prices.close else BarDirection.FALLING

    @property
    def spread(self) -> float:
        """The distance between open and close."""
        return float(abs(self._prices.close - self._prices.open))

    def update(  # type: ignore[override]  # so it is in LEAN
        self, time: datetime, current_value: Number, volume_since_last_update: Number
    ) -> bool:
        """Take in a price and the volume since the last one; whether the bar is complete."""
        if self.type == RenkoType.WICKED:
            raise InvalidOperationException('A "Wicked" RenkoBar cannot be updated!')
        return self._closed or self._take(time, exact(current_value), exact(volume_since_last_update))

    def _take(self, time: datetime, price: Decimal, volume: Decimal) -> bool:
        """Take in a price; whether the bar is complete."""
        open_, high, low, _ = self._prices
        self.end_time = time
        floor, ceiling = open_ - self._size, open_ + self._size
        close = min(ceiling, max(floor, price))
        self._exact_volume += volume
        self.volume = float(self._exact_volume)
        self._closed = price <= floor or price >= ceiling
        self._put(Brick(open_, max(high, close), min(low, close), close))
        return self._closed


class VolumeRenkoBar(BaseRenkoBar):
    """A bar of a fixed volume."""

    @property
    def is_closed(self) -> bool:
        """Whether the volume is complete."""
        return self._exact_volume >= self._size

    def update(  # type: ignore[override]  # so it is in LEAN
        self, time: datetime, high: Number, low: Number, close: Number, volume: Number
    ) -> float:
        """Take in what was traded; the volume that is too much, negative while there is room."""
        if self.is_closed:
            return 0.0
        prices = Brick(self._prices.open, exact(high), exact(low), exact(close))
        return float(self._take(time, prices, exact(volume)))

    def _take(self, time: datetime, prices: Brick, volume: Decimal) -> Decimal:
        """Take in what was traded; the volume that is too much, negative while there is room."""
        self.end_time = time
        excess = self._exact_volume + volume - self._size
        self._exact_volume = self._size if excess > 0 else self._exact_volume + volume
        self.volume = float(self._exact_volume)
        own = self._prices
        self._put(Brick(own.open, max(own.high, prices.high), min(own.low, prices.low), prices.close))
        return excess

    def rollover(self) -> VolumeRenkoBar:
        """The next bar, which opens at this one's close."""
        close = self._prices.close
        return VolumeRenkoBar(self.symbol, self.end_time, self.end_time, self._size, Brick(close, close, close, close))


class RangeBar(TradeBar):
    """A bar of a fixed distance between high and low."""

    def __init__(
        self,
        symbol: Any = None,
        end_time: datetime | None = None,
        range_size: Decimal = ZERO,
        open: Decimal = ZERO,
        volume: Decimal = ZERO,
    ) -> None:
        super().__init__(None, symbol)
        if end_time is not None:
            # The bar has no beginning of its own in LEAN: only its end is set.
            self.end_time = end_time
        self._size = range_size
        self._exact_volume = volume
        self.volume = float(volume)
        self._closed = False
        self._put(Brick(open, open, open, open))

    def _put(self, prices: Brick) -> None:
        self._prices = prices
        self.open, self.high, self.low, self.close = (float(price) for price in prices)

    @property
    def range_size(self) -> float:
        """The distance that ends the bar."""
        return float(self._size)

    @property
    def is_closed(self) -> bool:
        """Whether the range is complete."""
        return self._closed

    def update(  # type: ignore[override]  # so it is in LEAN
        self, time: datetime, current_value: Number, volume_since_last_update: Number
    ) -> None:
        """Take in a price and the volume since the last one."""
        self._take(time, exact(current_value), exact(volume_since_last_update))

    def _take(self, time: datetime, price: Decimal, volume: Decimal) -> None:
        """Take in a price; one beyond the range completes the bar at its edge, and its volume does not count."""
        self.end_time = time
        open_, high, low, close = self._prices
        if price < low and high - price > self._size:
            self._closed, low = True, high - self._size
            close = low
        elif price > high and price - low > self._size:
            self._closed, high = True, low + self._size
            close = high
        else:
            low, high = min(low, price), max(high, price)
            self._exact_volume += volume
            self.volume = float(self._exact_volume)
        self._put(Brick(open_, high, low, close))

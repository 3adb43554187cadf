"""Indicators of several securities: a value is made when all of them have a bar of the same end."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from leansim.api.net import ArgumentException
from leansim.api.option_symbols import hours_of
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, to_ns
from leansim.feed.indicator import IndicatorBase

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


class Side:
    """One of the securities: its last bar, and the bars it had when all had one."""

    def __init__(self, symbol: Symbol, period: int) -> None:
        self.zone = hours_of(symbol).time_zone
        self.bars: deque[Any] = deque(maxlen=period)
        self.bar: Any = None
        self.end_ns = 0

    @property
    def is_ready(self) -> bool:
        """Whether it has enough bars."""
        return len(self.bars) == self.bars.maxlen

    def take(self, bar: Any, floor_ns: int) -> None:
        """The last bar; ends are compared rounded down to the resolution of the first bar there was."""
        self.bar = bar
        ns = self.zone.to_utc_ns(to_ns(bar.end_time))
        self.end_ns = ns - ns % floor_ns

    def reset(self) -> None:
        """Forget everything."""
        self.bars.clear()
        self.bar, self.end_ns = None, 0


class MultiSymbolIndicator(IndicatorBase):
    """Base of them; the symbol of a bar says whose it is."""

    def __init__(self, name: str, symbols: Iterable[Symbol], period: int) -> None:
        self._sides = {symbol: Side(symbol, period) for symbol in symbols}
        # two clocks can be a bar apart
        apart = len({side.zone for side in self._sides.values()}) > 1
        super().__init__(name, period + apart)
        self._floor_ns = 1
        self._result = 0.0

    @property
    def is_ready(self) -> bool:
        """When all have enough bars."""
        return all(side.is_ready for side in self._sides.values())

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        side = self._sides.get(data.symbol)
        if side is None:
            known = ", ".join(str(symbol) for symbol in self._sides)
            raise ArgumentException(
                f"Input symbol {data.symbol} does not correspond to any "
                f"of the symbols this indicator works on ({known})"
            )
        if self.samples == 1:
            self._floor_ns = _floor(data.end_time - data.time)
        side.take(data, self._floor_ns)
        self._taken(data.symbol, data)
        if self.samples > 1 and len({each.end_ns for each in self._sides.values()}) == 1:
            for each in self._sides.values():
                each.bars.append(each.bar)
            self._result = self._joint()
        return self._result

    def _taken(self, symbol: Symbol, bar: Any) -> None:
        """A bar has come."""

    def _joint(self) -> float:
        """The value when all have a bar of the same end."""
        raise NotImplementedError

    def reset(self) -> None:
        self._result = 0.0
        for side in self._sides.values():
            side.reset()
        super().reset()


def _floor(length: timedelta) -> int:
    """What ends are rounded down to: the resolution a bar of this length is of."""
    if length > _HOUR:
        return NS_PER_DAY
    if length == _HOUR:
        return NS_PER_HOUR
    return NS_PER_MINUTE if length >= _MINUTE else 1

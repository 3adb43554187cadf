"""Wilder's swing indices, the mass index and the stochastic: indicators of where a bar lies in the recent range."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from leansim.feed.indicator import Derived, ExponentialMovingAverage, IndicatorBase, named
from leansim.feed.indicators import Maximum, Minimum, Sum


class WilderSwingIndex(IndicatorBase):
    """The swing from one bar to the next: ``([name,] limit move)``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, (limit,) = named("SI", "", arguments)
        super().__init__(name if isinstance(arguments[0], str) else "SI", 2)
        self._limit = abs(float(limit))
        self._before: Any = None

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        before, self._before = self._before, data
        if before is None:
            return 0.0
        high, low = abs(data.high - before.close), abs(data.low - before.close)
        span, body = data.high - data.low, 0.25 * abs(before.close - before.open)
        largest = max(high, low, span)
        if largest == high:
            reach = high - 0.5 * low + body
        elif largest == low:
            reach = low - 0.5 * high + body
        else:
            reach = span + body
        if not reach or not self._limit:
            return 0.0
        move = data.close - before.close + 0.5 * (data.close - data.open) + 0.25 * (before.close - before.open)
        return float(50.0 * move / reach * max(high, low) / self._limit)

    def reset(self) -> None:
        self._before = None
        super().reset()


class WilderAccumulativeSwingIndex(IndicatorBase):
    """The running sum of swings: ``([name,] limit move)``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(arguments[0] if isinstance(arguments[0], str) else "ASI", 2)
        self._swing = WilderSwingIndex(arguments[-1])

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        return self._value + self._swing._value if self._swing.update(data) else 0.0

    def reset(self) -> None:
        self._swing.reset()
        super().reset()


class MassIndex(IndicatorBase):
    """Sum of ratios of an average range to its average: ``([name,] ema period, sum period)``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("MASS", "", arguments or (9, 25))
        period, total = (*rest, 25)[:2]
        super().__init__(name, 2 * (period - 1) + total)
        self._average = ExponentialMovingAverage(period)
        self._twice = ExponentialMovingAverage(period)
        self._sum = Sum(total)

    @property
    def is_ready(self) -> bool:
        """When the sum is."""
        return self._sum.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        if self._average.update(time, data.high - data.low):
            self._twice.update(time, self._average._value)
        if self._twice.is_ready:
            twice = self._twice._value
            self._sum.update(time, self._average._value / twice if twice else 0.0)
        return self._sum._value if self._sum.is_ready else float(self._sum.period)

    def reset(self) -> None:
        for part in (self._average, self._twice, self._sum):
            part.reset()
        super().reset()


class Stochastic(IndicatorBase):
    """``([name,] period, k period, d period)``: where the close lies in the range, and two averages of it."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, (period, k, d) = named("STO", "", arguments)
        super().__init__(name, period + k + d - 2)
        self._maximum = Maximum(f"{name}_Max", period)
        self._minimum = Minimum(f"{name}_Min", period)
        self._fast_sum = Sum(f"{name}_SumFastK", k)
        self._slow_sum = Sum(f"{name}_SumD", d)
        self.fast_stoch = Derived(f"{name}_FastStoch", lambda: self._maximum.is_ready)
        self.stoch_k = Derived(f"{name}_StochK", lambda: self._fast_sum.is_ready)
        self.stoch_d = Derived(f"{name}_StochD", lambda: self._slow_sum.is_ready)

    @property
    def is_ready(self) -> bool:
        """When all three lines are."""
        return self.fast_stoch.is_ready and self.stoch_k.is_ready and self.stoch_d.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self._maximum.update(time, data.high)
        self._minimum.update(time, data.low)
        low = self._minimum._value
        span = self._maximum._value - low
        fast = 0.0
        if self._maximum.is_ready and span:
            fast = (data.close - low) / span
            self._fast_sum.update(time, fast)
        self.fast_stoch.put(data.symbol, time, fast * 100)
        k = _mean(self._fast_sum)
        if self._fast_sum.is_ready:
            self._slow_sum.update(time, k)
        self.stoch_k.put(data.symbol, time, k * 100)
        self.stoch_d.put(data.symbol, time, _mean(self._slow_sum) * 100)
        return float(fast * 100)

    def reset(self) -> None:
        parts = (self._maximum, self._minimum, self._fast_sum, self._slow_sum)
        for part in (*parts, self.fast_stoch, self.stoch_k, self.stoch_d):
            part.reset()
        super().reset()


def _mean(total: Sum) -> float:
    return total._value / total.period if total.is_ready else 0.0

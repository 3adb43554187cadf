"""The common indicators with LEAN's definitions, its first values and its readiness.

Constructors take LEAN's arguments: an optional name first, then periods. Bands and lines of an indicator are indicators
themselves (``bb.upper_band.current.value``).
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

from leansim.api.enums import MovingAverageType
from leansim.api.net import ArgumentException
from leansim.feed.indicator import Derived, IndicatorBase, RollingIndicator, SimpleMovingAverage, moving_average, named


class Identity(IndicatorBase):
    """The value itself: ``([name])``."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name, 1)

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        return value


class Sum(RollingIndicator):
    """The sum of the last values."""

    _short = "SUM"

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.values.append(value)
        return math.fsum(self.values)


class Variance(RollingIndicator):
    """Population variance of the last values."""

    _short = "VAR"

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.values.append(value)
        if self.samples < 2:
            return 0.0
        mean = math.fsum(self.values) / len(self.values)
        return math.fsum((item - mean) ** 2 for item in self.values) / len(self.values)


class StandardDeviation(Variance):
    """Population standard deviation of the last values."""

    _short = "STD"

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        return math.sqrt(super()._compute(time, value, data))


class MeanAbsoluteDeviation(RollingIndicator):
    """Mean distance of the last values from their mean."""

    _short = "MAD"

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.values.append(value)
        if self.samples < 2:
            return 0.0
        mean = math.fsum(self.values) / len(self.values)
        return math.fsum(abs(item - mean) for item in self.values) / len(self.values)


class Maximum(RollingIndicator):
    """The largest of the last values, and how long ago it was."""

    _short = "MAX"
    _sign = 1.0

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._since = 0

    @property
    def periods_since_maximum(self) -> int:
        """Data points since the extreme."""
        return self._since

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.values.append(value)
        sign = self._sign
        if self.samples == 1 or sign * value >= sign * self._value:
            self._since = 0
            return value
        if self._since >= self.period - 1:
            newest_first = list(reversed(self.values))
            extreme = max(newest_first, key=lambda item: sign * item)
            self._since = newest_first.index(extreme)
            return extreme
        self._since += 1
        return self._value

    def reset(self) -> None:
        super().reset()
        self._since = 0


class Minimum(Maximum):
    """The smallest of the last values, and how long ago it was."""

    _short = "MIN"
    _sign = -1.0

    @property
    def periods_since_minimum(self) -> int:
        """Data points since the extreme."""
        return self._since


class _Change(IndicatorBase):
    """Base of the changes against the value ``period`` data points ago (the oldest one until there is that one)."""

    _short = ""

    def __init__(self, *arguments: Any) -> None:
        name, (period,) = named(self._short, "", arguments)
        super().__init__(name, period + 1)
        self.period = period
        self._values: list[float] = []

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self._values.append(value)
        if len(self._values) > self.period + 1:
            self._values.pop(0)
        return self._change(value, self._values[0])

    def _change(self, value: float, before: float) -> float:
        """The change."""
        raise NotImplementedError

    def reset(self) -> None:
        super().reset()
        self._values.clear()


class Momentum(_Change):
    """The difference."""

    _short = "MOM"

    def _change(self, value: float, before: float) -> float:
        return value - before


class RateOfChange(_Change):
    """The difference as a fraction."""

    _short = "ROC"

    def _change(self, value: float, before: float) -> float:
        return (value - before) / before if before else 0.0


class RateOfChangePercent(RateOfChange):
    """The difference in percent."""

    _short = "ROCP"

    def _change(self, value: float, before: float) -> float:
        return 100 * super()._change(value, before)


class MomentumPercent(RateOfChangePercent):
    """The same as :class:`RateOfChangePercent`."""

    _short = "MOMP"


class RelativeStrengthIndex(IndicatorBase):
    """``([name,] period[, moving average type])``."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("RSI", "", arguments)
        period = rest[0]
        self.moving_average_type = rest[1] if len(rest) > 1 else MovingAverageType.WILDERS
        super().__init__(name, period + 1)
        self.average_gain = moving_average(self.moving_average_type, f"{name}Up", period)
        self.average_loss = moving_average(self.moving_average_type, f"{name}Down", period)
        self._before: float | None = None

    @property
    def is_ready(self) -> bool:
        """When both averages are."""
        return self.average_gain.is_ready and self.average_loss.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        if self._before is not None:
            self.average_gain.update(time, max(value - self._before, 0.0))
            self.average_loss.update(time, max(self._before - value, 0.0))
        self._before = value
        loss, gain = max(self.average_loss._value, 0.0), max(self.average_gain._value, 0.0)
        if round(loss, 10) == 0:
            return 100.0
        return 100.0 - 100.0 / (1 + gain / loss)

    def reset(self) -> None:
        super().reset()
        self._before = None
        self.average_gain.reset()
        self.average_loss.reset()


class TrueRange(IndicatorBase):
    """The range of a bar, the gap to the close before it included."""

    _bars = True

    def __init__(self, name: str = "TR") -> None:
        super().__init__(name, 2)
        self._close: float | None = None

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        before, self._close = self._close, data.close
        if before is None:
            return float(data.high - data.low)
        return float(max(data.high - data.low, abs(before - data.high), abs(before - data.low)))

    def reset(self) -> None:
        super().reset()
        self._close = None


class AverageTrueRange(IndicatorBase):
    """``([name,] period[, moving average type])``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("ATR", "", arguments)
        kind = rest[1] if len(rest) > 1 else MovingAverageType.WILDERS
        super().__init__(name, rest[0])
        self.true_range = TrueRange(name)
        self._smoother = moving_average(kind, f"{name}_{kind}", rest[0])

    @property
    def is_ready(self) -> bool:
        """When the average is."""
        return self._smoother.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.true_range.update(data)
        self._smoother.update(time, self.true_range._value)
        return self._smoother._value

    def reset(self) -> None:
        super().reset()
        self.true_range.reset()
        self._smoother.reset()


class BollingerBands(IndicatorBase):
    """``([name,] period, k[, moving average type])``."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("BB", "", arguments)
        period, self._k = rest[0], float(rest[1])
        self.moving_average_type = rest[2] if len(rest) > 2 else MovingAverageType.SIMPLE
        super().__init__(name, period)
        self.standard_deviation = StandardDeviation(f"{name}_StandardDeviation", period)
        self.middle_band = moving_average(self.moving_average_type, f"{name}_MiddleBand", period)
        self.upper_band = Derived(f"{name}_UpperBand", lambda: self.is_ready)
        self.lower_band = Derived(f"{name}_LowerBand", lambda: self.is_ready)
        self.band_width = Derived(f"{name}_BandWidth", lambda: self.is_ready)
        self.percent_b = Derived(f"{name}_%B", lambda: self.is_ready)
        self.price = Identity(f"{name}_Close")

    @property
    def is_ready(self) -> bool:
        """When the middle band is."""
        return self.middle_band.is_ready and self.standard_deviation.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float | None:
        self.standard_deviation.update(time, value)
        self.middle_band.update(time, value)
        self.price.update(time, value)
        middle, width = self.middle_band._value, self._k * self.standard_deviation._value
        self.upper_band.put(None, time, middle + width)
        self.lower_band.put(None, time, middle - width)
        if middle:
            self.band_width.put(None, time, 2 * width / middle * 100)
        if width:
            self.percent_b.put(None, time, (value - (middle - width)) / (2 * width))
        # Without any deviation %B is stale, and LEAN does not update the indicator.
        return None if self.is_ready and not width else value

    def reset(self) -> None:
        super().reset()
        parts = (self.standard_deviation, self.middle_band, self.upper_band, self.lower_band)
        for part in (*parts, self.band_width, self.percent_b, self.price):
            part.reset()


class MovingAverageConvergenceDivergence(IndicatorBase):
    """``([name,] fast, slow, signal[, moving average type])``."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("MACD", "", arguments)
        fast, slow, signal = rest[:3]
        if fast >= slow:
            raise ArgumentException("MovingAverageConvergenceDivergence: fastPeriod must be less than slowPeriod")
        kind = rest[3] if len(rest) > 3 else MovingAverageType.EXPONENTIAL
        super().__init__(name, slow + signal - 1)
        self.fast = moving_average(kind, f"{name}_Fast", fast)
        self.slow = moving_average(kind, f"{name}_Slow", slow)
        self.signal = moving_average(kind, f"{name}_Signal", signal)
        self.histogram = Identity(f"{name}_Histogram")

    @property
    def is_ready(self) -> bool:
        """When the signal is."""
        return self.signal.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        fast, slow = self.fast.update(time, value), self.slow.update(time, value)
        macd = self.fast._value - self.slow._value
        if fast and slow and self.signal.update(time, macd):
            self.histogram.update(time, macd - self.signal._value)
        return macd

    def reset(self) -> None:
        super().reset()
        for part in (self.fast, self.slow, self.signal, self.histogram):
            part.reset()


class CommodityChannelIndex(IndicatorBase):
    """``([name,] period[, moving average type])``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("CCI", "", arguments)
        self.moving_average_type = rest[1] if len(rest) > 1 else MovingAverageType.SIMPLE
        super().__init__(name, rest[0])
        self.typical_price_average = moving_average(self.moving_average_type, f"{name}_TypicalPriceAvg", rest[0])
        self.typical_price_mean_deviation = MeanAbsoluteDeviation(f"{name}_TypicalPriceMAD", rest[0])

    @property
    def is_ready(self) -> bool:
        """When both parts are."""
        return self.typical_price_average.is_ready and self.typical_price_mean_deviation.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        typical = (data.high + data.low + data.close) / 3
        self.typical_price_average.update(time, typical)
        self.typical_price_mean_deviation.update(time, typical)
        weighted = 0.015 * self.typical_price_mean_deviation._value
        return (typical - self.typical_price_average._value) / weighted if weighted else 0.0

    def reset(self) -> None:
        super().reset()
        self.typical_price_average.reset()
        self.typical_price_mean_deviation.reset()


class AverageDirectionalIndex(IndicatorBase):
    """``([name,] period)``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, (period,) = named("ADX", "", arguments)
        super().__init__(name, period * 2)
        self.period: int = period
        self.positive_directional_index = Derived(f"{name}_PositiveDirectionalIndex", self._smoothed)
        self.negative_directional_index = Derived(f"{name}_NegativeDirectionalIndex", self._smoothed)
        self._average = moving_average(MovingAverageType.WILDERS, name, period)
        self._before: Any = None
        self._range = self._up = self._down = 0.0

    def _smoothed(self) -> bool:
        return self.samples > self.period

    @property
    def is_ready(self) -> bool:
        """When the average of the index is."""
        return self._average.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        true_range = up = down = 0.0
        before, self._before = self._before, data
        if before is not None:
            true_range = max(data.high - data.low, abs(data.high - before.close), abs(data.low - before.close))
            # Equal moves have to compare as equal: LEAN counts in decimals.
            rise, fall = round(data.high - before.high, 10), round(before.low - data.low, 10)
            if rise > 0 and rise >= fall:
                up = rise
            if fall > 0 and fall > rise:
                down = fall
        keep = 1 - 1 / self.period if self.samples > self.period + 1 else 1.0
        self._range = self._range * keep + true_range
        self._up = self._up * keep + up
        self._down = self._down * keep + down
        ready = self._range != 0 and self._smoothed()
        positive = 100 * self._up / self._range if ready else 0.0
        negative = 100 * self._down / self._range if ready else 0.0
        self.positive_directional_index.put(None, time, positive)
        self.negative_directional_index.put(None, time, negative)
        if positive + negative == 0:
            return 50.0
        self._average.update(time, 100 * abs(positive - negative) / (positive + negative))
        return self._average._value

    def reset(self) -> None:
        super().reset()
        self._before = None
        self._range = self._up = self._down = 0.0
        for part in (self._average, self.positive_directional_index, self.negative_directional_index):
            part.reset()


class DonchianChannel(IndicatorBase):
    """``([name,] period)`` or ``([name,] upper period, lower period)``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("DCH", "", arguments)
        upper, lower = rest[0], rest[-1]
        super().__init__(name, max(upper, lower))
        self.upper_band = Maximum(f"{name}_UpperBand", upper)
        self.lower_band = Minimum(f"{name}_LowerBand", lower)

    @property
    def is_ready(self) -> bool:
        """When both bands are."""
        return self.upper_band.is_ready and self.lower_band.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.upper_band.update(time, data.high)
        self.lower_band.update(time, data.low)
        return (self.upper_band._value + self.lower_band._value) / 2

    def reset(self) -> None:
        super().reset()
        self.upper_band.reset()
        self.lower_band.reset()


class KeltnerChannels(IndicatorBase):
    """``([name,] period, k[, moving average type])``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("KC", "", arguments)
        period, self._k = rest[0], float(rest[1])
        kind = rest[2] if len(rest) > 2 else MovingAverageType.SIMPLE
        super().__init__(name, period)
        self.average_true_range = AverageTrueRange(f"{name}_AverageTrueRange", period, MovingAverageType.SIMPLE)
        self.middle_band = moving_average(kind, f"{name}_MiddleBand", period)
        self.upper_band = Derived(f"{name}_UpperBand", lambda: self.middle_band.is_ready)
        self.lower_band = Derived(f"{name}_LowerBand", lambda: self.middle_band.is_ready)

    @property
    def is_ready(self) -> bool:
        """When the middle band and the range are."""
        return self.middle_band.is_ready and self.average_true_range.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.average_true_range.update(data)
        self.middle_band.update(time, (data.high + data.low + data.close) / 3)
        middle, width = self.middle_band._value, self._k * self.average_true_range._value
        ready = self.middle_band.is_ready
        self.lower_band.put(None, time, middle - width if ready else 0.0)
        self.upper_band.put(None, time, middle + width if ready else 0.0)
        return middle

    def reset(self) -> None:
        super().reset()
        for part in (self.average_true_range, self.middle_band, self.upper_band, self.lower_band):
            part.reset()


class WilliamsPercentR(IndicatorBase):
    """``([name,] period)``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, (period,) = named("WILR", "", arguments)
        super().__init__(name, period)
        self.maximum = Maximum(f"{name}_Max", period)
        self.minimum = Minimum(f"{name}_Min", period)

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.minimum.update(time, data.low)
        self.maximum.update(time, data.high)
        span = self.maximum._value - self.minimum._value
        if not self.maximum.is_ready or not span:
            return 0.0
        return float(-100.0 * (self.maximum._value - data.close) / span)

    def reset(self) -> None:
        super().reset()
        self.maximum.reset()
        self.minimum.reset()


class AroonOscillator(IndicatorBase):
    """``([name,] up period, down period)``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("AROON", "", arguments)
        self._up, self._down = rest[0], rest[-1]
        super().__init__(name, 1 + max(self._up, self._down))
        self._max = Maximum(f"{name}_Max", self._up + 1)
        self._min = Minimum(f"{name}_Min", self._down + 1)
        self.aroon_up = Derived(f"{name}_AroonUp", lambda: self._max.is_ready)
        self.aroon_down = Derived(f"{name}_AroonDown", lambda: self._min.is_ready)

    @property
    def is_ready(self) -> bool:
        """When both lines are."""
        return self._max.is_ready and self._min.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self._max.update(time, data.high)
        self._min.update(time, data.low)
        up = 100.0 * (self._up - self._max.periods_since_maximum) / self._up
        down = 100.0 * (self._down - self._min.periods_since_minimum) / self._down
        self.aroon_up.put(None, time, up)
        self.aroon_down.put(None, time, down)
        return float(up - down)

    def reset(self) -> None:
        super().reset()
        for part in (self._max, self._min, self.aroon_up, self.aroon_down):
            part.reset()


class IntradayVwap(IndicatorBase):
    """Volume-weighted average price of the day: ``([name])``; bars filled forward do not count."""

    _bars = True

    def __init__(self, name: str = "VWAP") -> None:
        super().__init__(name, 1)
        self._day: date | None = None
        self._volume = self._turnover = 0.0

    @property
    def is_ready(self) -> bool:
        """When there was volume."""
        return self._volume > 0

    def _compute(self, time: datetime, value: float, data: Any) -> float | None:
        if not hasattr(data, "volume") or data.is_fill_forward:
            return None
        if self._day != time.date():
            self._day = time.date()
            self._volume = self._turnover = 0.0
        self._volume += data.volume
        self._turnover += (data.high + data.low + data.close) / 3 * data.volume
        return self._turnover / self._volume if self._volume else value

    def reset(self) -> None:
        super().reset()
        self._day = None
        self._volume = self._turnover = 0.0


class VolumeWeightedAveragePriceIndicator(IndicatorBase):
    """Volume-weighted average price of the last bars: ``([name,] period)``."""

    _bars = True

    def __init__(self, *arguments: Any) -> None:
        name, (period,) = named("VWAP", "", arguments)
        super().__init__(name, period)
        self._turnover = SimpleMovingAverage(period)
        self._volume = SimpleMovingAverage(period)

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        price = (data.open + data.high + data.low + data.close) / 4
        self._turnover.update(time, price * data.volume)
        self._volume.update(time, data.volume)
        return self._turnover._value / self._volume._value if self._volume._value else 0.0

    def reset(self) -> None:
        super().reset()
        self._turnover.reset()
        self._volume.reset()

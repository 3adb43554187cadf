"""Indicators made of a straight line through the last values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from leansim.feed.indicator import IndicatorBase, RollingIndicator, named
from leansim.feed.indicator_composites import IndicatorExtensions
from leansim.feed.indicators import Identity, StandardDeviation


class LeastSquaresMovingAverage(RollingIndicator):
    """The end of the line of least squares through the last values; the value itself until ready."""

    _short = "LSMA"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.intercept = Identity(f"{self.name}_Intercept")
        self.slope = Identity(f"{self.name}_Slope")

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.values.append(value)
        if not self.is_ready:
            return value
        at = np.arange(1.0, self.period + 1)
        series = np.array(self.values)
        spread = at - at.mean()
        slope = float(spread @ (series - series.mean()) / (spread @ spread)) if self.period > 1 else 0.0
        intercept = float(series.mean() - slope * at.mean())
        self.intercept.update(time, intercept)
        self.slope.update(time, slope)
        return intercept + slope * self.period

    def reset(self) -> None:
        super().reset()
        self.intercept.reset()
        self.slope.reset()


class RegressionChannel(IndicatorBase):
    """A regression line and lines ``k`` standard deviations away: ``([name,] period, k)``."""

    def __init__(self, *arguments: Any) -> None:
        name, (period, k) = named("RC", "", arguments)
        super().__init__(name, period)
        self._deviation = StandardDeviation(period)
        self.linear_regression = LeastSquaresMovingAverage(f"{name}_LinearRegression", period)
        width = IndicatorExtensions.times(self._deviation, float(k))
        self.lower_channel = IndicatorExtensions.minus(self.linear_regression, width, f"{name}_LowerChannel")
        width = IndicatorExtensions.times(self._deviation, float(k))
        self.upper_channel = IndicatorExtensions.plus(self.linear_regression, width, f"{name}_UpperChannel")

    @property
    def intercept(self) -> Identity:
        """The line's start."""
        return self.linear_regression.intercept

    @property
    def slope(self) -> Identity:
        """The line's slope."""
        return self.linear_regression.slope

    @property
    def is_ready(self) -> bool:
        """When all parts are."""
        parts = (self._deviation, self.linear_regression, self.upper_channel, self.lower_channel)
        return all(part.is_ready for part in parts)

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self._deviation.update(time, value)
        self.linear_regression.update(time, value)
        return self.linear_regression._value

    def reset(self) -> None:
        # The channels reset what they are made of.
        self.lower_channel.reset()
        self.upper_channel.reset()
        super().reset()

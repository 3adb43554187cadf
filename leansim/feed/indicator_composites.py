"""Indicators made of other indicators: sums, ratios, averages of averages, delays; and LEAN's ``IndicatorExtensions``.

A chained indicator listens to the ``updated`` event of the one before it; nobody updates it by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from leansim.api.bars import number_text
from leansim.api.enums import IndicatorStatus
from leansim.api.naming import ClrObject, ClrStatic
from leansim.feed.indicator import (
    EPOCH,
    ExponentialMovingAverage,
    IndicatorBase,
    IndicatorDataPoint,
    RollingIndicator,
    SimpleMovingAverage,
)
from leansim.feed.indicators import Maximum, Minimum, Sum
from leansim.feed.python_indicators import PythonIndicator, feed_indicator


class IndicatorResult(ClrObject):
    """What a composition came to: a value, and whether it counts."""

    def __init__(self, value: float, status: IndicatorStatus = IndicatorStatus.SUCCESS) -> None:
        self.value = float(value)
        self.status = status


Composer = Callable[[Any, Any], IndicatorResult | float]
Made = TypeVar("Made")


class ConstantIndicator(IndicatorBase):
    """Always the same value: ``(name, value)``; ready from the start."""

    def __init__(self, name: str, value: float) -> None:
        super().__init__(name, 0)
        self._constant = float(value)
        self._start()

    def _start(self) -> None:
        self.window.reset()
        self.window.add(IndicatorDataPoint(EPOCH, self._constant))

    @property
    def is_ready(self) -> bool:
        """Always."""
        return True

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        return self._constant

    def reset(self) -> None:
        super().reset()
        self._start()


class CompositeIndicator(IndicatorBase):
    """A function of two indicators: ``([name,] left, right, composer)``; new when both have a new value."""

    def __init__(self, *arguments: Any) -> None:
        name = arguments[0] if arguments[0] is None or isinstance(arguments[0], str) else None
        left, right, composer = arguments[-3:]
        self.left = managed(left)
        self.right = managed(right)
        super().__init__(name or f"COMPOSE({self.left.name},{self.right.name})", 0)
        self._composer: Composer = composer
        self._fresh: set[str] = set()
        self.left.updated += lambda _, point: self._arrived("left", point)
        self.right.updated += lambda _, point: self._arrived("right", point)

    @property
    def is_ready(self) -> bool:
        """When both are."""
        return bool(self.left.is_ready and self.right.is_ready)

    def _arrived(self, side: str, point: IndicatorDataPoint) -> None:
        other, name = (self.right, "right") if side == "left" else (self.left, "left")
        self._fresh.add(side)
        if name in self._fresh or isinstance(other, ConstantIndicator):
            time = max(point.time, self.left.current.time, self.right.current.time)
            self.update(IndicatorDataPoint(time, 0.0))
            self._fresh.clear()

    def _compute(self, time: datetime, value: float, data: Any) -> float | None:
        result = self._composer(self.left, self.right)
        if not isinstance(result, IndicatorResult):
            return float(result)
        return result.value if result.status == IndicatorStatus.SUCCESS else None

    def reset(self) -> None:
        self.left.reset()
        self.right.reset()
        super().reset()


class ResetCompositeIndicator(CompositeIndicator):
    """A composite that resets something more: ``([name,] left, right, composer, extra_reset_action)``."""

    def __init__(self, *arguments: Any) -> None:
        *parts, self._extra = arguments
        super().__init__(*parts)
        if not isinstance(arguments[0], str):
            self.name = f"RESET_{self.name}"

    def reset(self) -> None:
        super().reset()
        self._extra()


class FunctionalIndicator(IndicatorBase):
    """A function of each data point: ``(name, compute_next_value, is_ready[, reset])``."""

    def __init__(
        self,
        name: str,
        compute_next_value: Callable[[Any], float],
        is_ready: Callable[[Any], bool],
        reset: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(name, 0)
        self._function = compute_next_value
        self._ready = is_ready
        self._reset = reset

    @property
    def is_ready(self) -> bool:
        """As the function given says."""
        return bool(self._ready(self))

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        return float(self._function(IndicatorDataPoint(time, value) if data is None else data))

    def reset(self) -> None:
        if self._reset is not None:
            self._reset()
        super().reset()


class FilteredIdentity(IndicatorBase):
    """The last value a filter let through: ``([name,] filter)``."""

    def __init__(self, *arguments: Any) -> None:
        name = arguments[0] if isinstance(arguments[0], str) else ""
        super().__init__(name, 1)
        self._filter = arguments[-1] or (lambda _: True)
        self._last = 0.0

    @property
    def is_ready(self) -> bool:
        """When there is a value above zero."""
        return self.samples > 0 and self._value > 0

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        if self._filter(IndicatorDataPoint(time, value) if data is None else data):
            self._last = value
        return self._last


class WindowIdentity(RollingIndicator):
    """The value itself, ready after ``period`` of them: ``([name,] period)``."""

    _short = "WIN-ID"

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        return value


class Delay(RollingIndicator):
    """The value ``period`` data points ago, the oldest one until then: ``([name,] period)``."""

    _short = "DELAY"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.warm_up_period = self.period + 1
        self._oldest = 0.0

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        full = len(self.values) == self.period
        oldest = self.values[0] if full else 0.0
        self.values.append(value)
        return oldest if full else self.values[0]


def managed(indicator: Any) -> Any:
    """An indicator other indicators can listen to; one written in an algorithm has to say its name and state."""
    if isinstance(indicator, IndicatorBase):
        return indicator
    raise TypeError(f"{type(indicator).__name__} is no indicator: derive it from {PythonIndicator.__name__}")


def ratio(left: Any, right: Any) -> IndicatorResult:
    """Left over right; no result while right is zero."""
    if right.current.value == 0:
        return IndicatorResult(0.0, IndicatorStatus.MATH_ERROR)
    return IndicatorResult(left.current.value / right.current.value)


def _composed(left: Any, right: Any, name: str | None, composer: Composer) -> CompositeIndicator:
    if isinstance(right, (int, float)):
        right = ConstantIndicator(number_text(right), right)
    return CompositeIndicator(name, left, right, composer)


class IndicatorExtensions(metaclass=ClrStatic):
    """Indicators of indicators, as functions of their first argument."""

    @staticmethod
    def update(indicator: Any, time: datetime, value: float) -> bool:
        """Give an indicator a value; whether it is ready."""
        return bool(indicator.update(time, value))

    @staticmethod
    def of(second: Any, first: Any, wait_for_first_to_ready: bool = True) -> Any:
        """Feed the second indicator with the first one's values; gives the second."""

        def pass_on(_: Any, point: Any) -> None:
            if not wait_for_first_to_ready or managed(first).is_ready:
                feed_indicator(managed(second), point)

        managed(first).updated += pass_on
        return second

    @staticmethod
    def weighted_by(value: Any, weight: Any, period: int) -> ResetCompositeIndicator:
        """The mean of the last values of one indicator weighted by another's."""
        x, y = WindowIdentity(period), WindowIdentity(period)
        numerator, denominator = Sum("Sum_xy", period), Sum("Sum_y", period)

        def add(own: WindowIdentity, other: WindowIdentity, point: Any) -> None:
            own.update(point)
            if own.samples == other.samples:
                numerator.update(point.time, point.value * other.current.value)

        def weigh(_: Any, point: Any) -> None:
            add(y, x, point)
            denominator.update(point)

        managed(value).updated += lambda _, point: add(x, y, point)
        managed(weight).updated += weigh

        def forget() -> None:
            x.reset()
            y.reset()

        return ResetCompositeIndicator(numerator, denominator, ratio, forget)

    @staticmethod
    def plus(left: Any, right: Any, name: str | None = None) -> CompositeIndicator:
        """The sum with another indicator or a number."""
        return _composed(left, right, name, lambda a, b: a.current.value + b.current.value)

    @staticmethod
    def minus(left: Any, right: Any, name: str | None = None) -> CompositeIndicator:
        """The difference to another indicator or a number."""
        return _composed(left, right, name, lambda a, b: a.current.value - b.current.value)

    @staticmethod
    def times(left: Any, right: Any, name: str | None = None) -> CompositeIndicator:
        """The product with another indicator or a number."""
        return _composed(left, right, name, lambda a, b: a.current.value * b.current.value)

    @staticmethod
    def over(left: Any, right: Any, name: str | None = None) -> CompositeIndicator:
        """The ratio to another indicator or a number; no new value while that is zero."""
        return _composed(left, right, name, ratio)

    @staticmethod
    def sma(left: Any, period: int, wait_for_first_to_ready: bool = True) -> SimpleMovingAverage:
        """A simple moving average of an indicator."""
        made = SimpleMovingAverage(f"SMA{period}_Of_{left.name}", period)
        return _averaged(made, left, wait_for_first_to_ready)

    @staticmethod
    def ema(
        left: Any, period: int, smoothing_factor: float | None = None, wait_for_first_to_ready: bool = True
    ) -> ExponentialMovingAverage:
        """An exponential moving average of an indicator."""
        own = () if smoothing_factor is None else (smoothing_factor,)
        return _averaged(
            ExponentialMovingAverage(f"EMA{period}_Of_{left.name}", period, *own), left, wait_for_first_to_ready
        )

    @staticmethod
    def max(left: Any, period: int, wait_for_first_to_ready: bool = True) -> Maximum:
        """The largest of an indicator's last values."""
        return _averaged(Maximum(f"MAX{period}_Of_{left.name}", period), left, wait_for_first_to_ready)

    @staticmethod
    def min(left: Any, period: int, wait_for_first_to_ready: bool = True) -> Minimum:
        """The smallest of an indicator's last values."""
        return _averaged(Minimum(f"MIN{period}_Of_{left.name}", period), left, wait_for_first_to_ready)


def _averaged(second: Made, first: Any, wait: bool) -> Made:
    made: Made = IndicatorExtensions.of(second, first, wait)
    return made

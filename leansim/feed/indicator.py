"""What an indicator is, and the moving averages others are made of.

Values are floats. An indicator takes data points in time order, one a time; one of the same symbol that is older than
the last is ignored, as in LEAN.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from leansim.api.bars import BaseData
from leansim.api.enums import MovingAverageType
from leansim.api.net import ArgumentException, NotSupportedException
from leansim.errors import NotEmulated
from leansim.feed.events import Event
from leansim.feed.windows import Windowed
from leansim.numbers import ZERO, dec

EPOCH = datetime(1, 1, 1)


class IndicatorDataPoint(BaseData):
    """One value of an indicator. LEAN's forms: ``()``, ``(time, value)``, ``(symbol, time, value)``."""

    __slots__ = ()

    def __init__(self, *arguments: Any) -> None:
        super().__init__()
        if len(arguments) == 3:
            self.symbol, arguments = arguments[0], arguments[1:]
        if len(arguments) == 2:
            self.time = arguments[0]
            self.value = float(arguments[1])

    @property
    def price(self) -> float:
        """The value."""
        return float(self.value)

    def __str__(self) -> str:
        return f"{self.end_time} - {self.value}"


class IndicatorBase(Windowed):
    """Base of all indicators: current value, readiness, the ``updated`` event, and comparison by value.

    Attributes:
        samples: how many data points it took.
        warm_up_period: how many it needs to be ready.

    """

    _bars = False

    def __init__(self, name: str, warm_up_period: int) -> None:
        super().__init__()
        self.name = name
        self.warm_up_period = warm_up_period
        self.samples = 0
        self.updated = Event()
        self.consolidators: list[Any] = []
        self.window.add(IndicatorDataPoint())
        self._last_time: dict[Any, Any] = {}

    @property
    def previous(self) -> IndicatorDataPoint:
        """The value before the current one; zero when there is none."""
        return super().previous or IndicatorDataPoint()

    @property
    def is_ready(self) -> bool:
        """Whether it took enough data points."""
        return self.samples >= self.warm_up_period

    @property
    def _value(self) -> float:
        """The current value; a shortcut inside other indicators."""
        current: IndicatorDataPoint = self.window._items[0]  # type: ignore[assignment]  # never empty
        return current.value

    def update(self, *arguments: Any) -> bool:
        """``(data)`` or, for indicators of values, ``(time, value)``; whether it is ready."""
        if len(arguments) == 2:
            if self._bars:
                raise NotSupportedException(
                    f"{type(self).__name__} does not support the `Update(DateTime, decimal)` method. "
                    "Use one of the following methods instead: Update(TradeBar), Update(QuoteBar)"
                )
            return self._take(None, arguments[0], float(arguments[1]), None)
        data = arguments[0]
        return self._take(data.symbol, data.end_time, data.value, data)

    def _take(self, symbol: Any, time: datetime, value: float, data: Any) -> bool:
        """One data point; ``data`` is the bar when there is one."""
        key = None if symbol is None else symbol.id
        last = self._last_time.get(key)
        if last is not None and (time < last[0] or (data is not None and data is last[1])):
            return self.is_ready
        if self._bars and not hasattr(data, "high"):
            raise ArgumentException(f"'input' expected to be of type IBaseDataBar but is of type {type(data).__name__}")
        self._last_time[key] = (time, data)
        self.samples += 1
        result = self._compute(time, value, data)
        if result is not None:
            point = IndicatorDataPoint(symbol, time, result)
            self.window.add(point)
            self.on_updated(point)
        return self.is_ready

    def on_updated(self, consolidated: IndicatorDataPoint) -> None:
        """Tell of a new value; an indicator written in an algorithm may call it itself."""
        self.updated(self, consolidated)

    def _compute(self, time: datetime, value: float, data: Any) -> float | None:
        """The next value from a value (or bar); ``None`` leaves the current value as it is."""
        raise NotImplementedError

    def reset(self) -> None:
        """Forget everything."""
        self.samples = 0
        self._last_time.clear()
        self.window.reset()
        self.window.add(IndicatorDataPoint())

    def __lt__(self, other: Any) -> bool:
        return self._value < _number(other)

    def __le__(self, other: Any) -> bool:
        return self._value <= _number(other)

    def __gt__(self, other: Any) -> bool:
        return self._value > _number(other)

    def __ge__(self, other: Any) -> bool:
        return self._value >= _number(other)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, IndicatorBase):
            return self is other
        return isinstance(other, (int, float)) and self._value == other

    def __hash__(self) -> int:
        return id(self)

    def __float__(self) -> float:
        return self._value

    def __str__(self) -> str:
        return f"{self._value:.5f}".rstrip("0").rstrip(".") if self._value % 1 else f"{self._value:.1f}"


def _number(other: Any) -> float:
    return other._value if isinstance(other, IndicatorBase) else float(other)


def named(name: str, default: str, arguments: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The name and the other arguments of a constructor: LEAN's indicators take a name first, or none."""
    if arguments and isinstance(arguments[0], str):
        return arguments[0], arguments[1:]
    text = ",".join(str(int(a)) if isinstance(a, float) and a.is_integer() else str(a) for a in arguments)
    return (f"{name}({text})" if arguments else default), arguments


class Derived(IndicatorBase):
    """A part of another indicator, such as a band: its owner sets the value."""

    def __init__(self, name: str, ready: Callable[[], bool]) -> None:
        super().__init__(name, 0)
        self._ready = ready

    @property
    def is_ready(self) -> bool:
        """As its owner says."""
        return self._ready()

    def put(self, symbol: Any, time: datetime, value: float) -> None:
        """Set the value."""
        self.samples += 1
        point = IndicatorDataPoint(symbol, time, value)
        self.window.add(point)
        self.updated(self, point)


class RollingIndicator(IndicatorBase):
    """An indicator of the last ``period`` values: ``(period)`` or ``(name, period)``."""

    _short = ""

    def __init__(self, *arguments: Any) -> None:
        name, (period,) = named(self._short, "", arguments)
        if period < 1:
            raise ArgumentException("RollingWindow must have size of at least 1.")
        super().__init__(name, period)
        self.period: int = period
        self.values: deque[float] = deque(maxlen=period)

    def reset(self) -> None:
        super().reset()
        self.values.clear()


class SimpleMovingAverage(RollingIndicator):
    """The mean of the last values."""

    _short = "SMA"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.rolling_sum = Derived(f"{self.name}_Sum", lambda: self.is_ready)
        self._sum = ZERO

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        # decimals, as in LEAN: the mean of equal prices is that price, and not a rounding of doubles beside it
        if len(self.values) == self.period:
            self._sum -= dec(self.values[0])
        self.values.append(value)
        self._sum += dec(value)
        self.rolling_sum.put(None, time, float(self._sum))
        return float(self._sum / len(self.values))

    def reset(self) -> None:
        super().reset()
        self._sum = ZERO


class ExponentialMovingAverage(IndicatorBase):
    """Exponential average, first the mean of ``period`` values: ``([name,] period[, smoothing])``."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("EMA", "", arguments)
        period = rest[0]
        super().__init__(name, period)
        self.period: int = period
        self._k = dec(float(rest[1])) if len(rest) > 1 else Decimal(2) / (1 + period)
        self._sum = self._exact = ZERO

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        if self.samples <= self.period:
            self._sum += dec(value)
            self._exact = self._sum / self.period
            return float(self._exact) if self.samples == self.period else 0.0
        # decimals, as in LEAN: two averages that run into the same price must not cross by a rounding of doubles
        self._exact = dec(value) * self._k + self._exact * (1 - self._k)
        return float(self._exact)

    def reset(self) -> None:
        super().reset()
        self._sum = self._exact = ZERO


class WilderMovingAverage(IndicatorBase):
    """Wilder's average: ``([name,] period)``; the mean of what it has until it is ready."""

    def __init__(self, *arguments: Any) -> None:
        name, (period,) = named("WWMA", "", arguments)
        super().__init__(name, period)
        self.period: int = period
        self._first: list[float] = []

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        if not self.is_ready:
            self._first.append(value)
            return sum(self._first) / len(self._first)
        k = 1.0 / self.period
        return value * k + self._value * (1 - k)

    def reset(self) -> None:
        super().reset()
        self._first.clear()


class LinearWeightedMovingAverage(RollingIndicator):
    """The mean of the last values, the newest weighing most; zero until ready."""

    _short = "LWMA"

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.values.append(value)
        if not self.is_ready:
            return 0.0
        weighted = sum(weight * item for weight, item in enumerate(self.values, 1))
        return weighted / (self.period * (self.period + 1) // 2)


class DoubleExponentialMovingAverage(IndicatorBase):
    """Twice smoothed: ``([name,] period)``."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("DEMA", "", arguments)
        period = rest[0]
        super().__init__(name, 1 + 2 * (period - 1))
        self._factor = float(rest[1]) if len(rest) > 1 else 1.0
        self._first = ExponentialMovingAverage(period)
        self._second = ExponentialMovingAverage(period)

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self._first.update(time, value)
        if not self._first.is_ready:
            return self._first._value
        self._second.update(time, self._first._value)
        return (self._factor + 1) * self._first._value - self._factor * self._second._value

    def reset(self) -> None:
        super().reset()
        self._first.reset()
        self._second.reset()


class TripleExponentialMovingAverage(IndicatorBase):
    """Thrice smoothed: ``([name,] period)``; zero until ready."""

    def __init__(self, *arguments: Any) -> None:
        name, (period,) = named("TEMA", "", arguments)
        super().__init__(name, 3 * (period - 1) + 1)
        self._parts = [ExponentialMovingAverage(period) for _ in range(3)]

    @property
    def is_ready(self) -> bool:
        """When the third smoothing is."""
        return self._parts[2].is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        first, second, third = self._parts
        first.update(time, value)
        if first.is_ready:
            second.update(time, first._value)
        if second.is_ready:
            third.update(time, second._value)
        return 3 * first._value - 3 * second._value + third._value if third.is_ready else 0.0

    def reset(self) -> None:
        super().reset()
        for part in self._parts:
            part.reset()


class HullMovingAverage(IndicatorBase):
    """Hull's average: ``([name,] period)``."""

    def __init__(self, *arguments: Any) -> None:
        name, (period,) = named("HMA", "", arguments)
        if period < 2:
            raise ArgumentException("The Hull Moving Average period should be greater or equal to 2")
        last = round(period**0.5)
        super().__init__(name, period + last - 1)
        self._slow = LinearWeightedMovingAverage(period)
        self._fast = LinearWeightedMovingAverage(round(period / 2))
        self._last = LinearWeightedMovingAverage(last)

    @property
    def is_ready(self) -> bool:
        """When the last average is."""
        return self._last.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self._fast.update(time, value)
        self._slow.update(time, value)
        if self._fast.is_ready and self._slow.is_ready:
            self._last.update(time, 2 * self._fast._value - self._slow._value)
        return self._last._value

    def reset(self) -> None:
        super().reset()
        for part in (self._slow, self._fast, self._last):
            part.reset()


_AVERAGES: dict[MovingAverageType, Callable[..., IndicatorBase]] = {
    MovingAverageType.SIMPLE: SimpleMovingAverage,
    MovingAverageType.EXPONENTIAL: ExponentialMovingAverage,
    MovingAverageType.WILDERS: WilderMovingAverage,
    MovingAverageType.LINEAR_WEIGHTED_MOVING_AVERAGE: LinearWeightedMovingAverage,
    MovingAverageType.DOUBLE_EXPONENTIAL: DoubleExponentialMovingAverage,
    MovingAverageType.TRIPLE_EXPONENTIAL: TripleExponentialMovingAverage,
    MovingAverageType.HULL: HullMovingAverage,
}


def moving_average(kind: MovingAverageType, name: str, period: int) -> IndicatorBase:
    """A moving average of LEAN's type."""
    make = _AVERAGES.get(kind)
    if make is None:
        raise NotEmulated(f"MovingAverageType.{kind}")
    return make(name, period)

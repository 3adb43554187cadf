"""Indicators of the breadth of a market: how many of several securities rose and fell in each period."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from leansim.api.bars import TradeBar
from leansim.api.net import ArgumentException
from leansim.feed.indicator import IndicatorBase, IndicatorDataPoint
from leansim.feed.indicator_composites import IndicatorExtensions

_Measure = Callable[[list[TradeBar]], float]
_Comparison = Callable[[float, float], float]


class AdvanceDeclineIndicator(IndicatorBase):
    """A comparison of the bars that closed higher than their last with those that closed lower.

    A value is made with the last bar of a period; ``add(symbol)`` says whose bars count.
    """

    _bars = True

    def __init__(self, name: str, compute_sub: _Measure, compute_main: _Comparison) -> None:
        super().__init__(name, 2)
        self._measure = compute_sub
        self._compare = compute_main
        self._bars_now: dict[Any, TradeBar | None] = {}
        self._bars_before: dict[Any, TradeBar | None] = {}
        self._period: datetime | None = None

    def add(self, asset: Any) -> None:
        """Count this symbol too."""
        self._bars_now.setdefault(asset.id)

    add_stock = add

    def remove(self, asset: Any) -> None:
        """Count this symbol no longer."""
        self._bars_now.pop(asset.id, None)

    remove_stock = remove

    @property
    def is_ready(self) -> bool:
        """When one period is over."""
        return bool(self._bars_before)

    def _compute(self, time: datetime, value: float, data: Any) -> float | None:
        self._enqueue(data)
        bars = self._bars_now.values()
        if not self._bars_before or any(bar is None for bar in bars):
            return None
        risen: list[TradeBar] = []
        fallen: list[TradeBar] = []
        for key, bar in self._bars_now.items():
            before = self._bars_before.get(key)
            if before is None or bar is None or bar.close == before.close:
                continue
            (risen if bar.close > before.close else fallen).append(bar)
        return self._compare(self._measure(risen), self._measure(fallen))

    def _enqueue(self, bar: TradeBar) -> None:
        if self._period is not None and bar.end_time == self._period:
            self._bars_before[bar.symbol.id] = bar
            return
        if self._period is not None and bar.time > self._period:
            self._bars_before = dict(self._bars_now)
            self._bars_now = dict.fromkeys(self._bars_now)
            self._period = bar.time
        if bar.symbol.id in self._bars_now and self._period in (None, bar.time):
            self._bars_now[bar.symbol.id] = bar
            self._period = bar.time

    def reset(self) -> None:
        self._bars_before = {}
        self._bars_now = dict.fromkeys(self._bars_now)
        self._period = None
        super().reset()


def _count(bars: list[TradeBar]) -> float:
    return len(bars)


def _volume(bars: list[TradeBar]) -> float:
    return sum(bar.volume for bar in bars)


def _fraction(risen: float, fallen: float) -> float:
    return risen / fallen if fallen else risen


class AdvanceDeclineDifference(AdvanceDeclineIndicator):
    """Risen less fallen: ``([name])``."""

    def __init__(self, name: str = "A/D Difference") -> None:
        super().__init__(name, _count, lambda risen, fallen: risen - fallen)


class AdvanceDeclineRatio(AdvanceDeclineIndicator):
    """Risen over fallen: ``([name])``."""

    def __init__(self, name: str = "A/D Ratio") -> None:
        super().__init__(name, _count, _fraction)


class AdvanceDeclineVolumeRatio(AdvanceDeclineIndicator):
    """Volume of the risen over volume of the fallen: ``([name])``."""

    def __init__(self, name: str = "A/D Volume Rate") -> None:
        super().__init__(name, _volume, _fraction)


class _OfAssets(IndicatorBase):
    """Base of indicators that pass their bars, and whose bars count, on to advance-decline indicators."""

    _bars = True

    def _parts(self) -> Iterable[Any]:
        raise NotImplementedError

    def add(self, asset: Any) -> None:
        """Count this symbol too."""
        for part in self._parts():
            part.add(asset)

    def remove(self, asset: Any) -> None:
        """Count this symbol no longer."""
        for part in self._parts():
            part.remove(asset)


class ArmsIndex(_OfAssets):
    """Ratio of rising to falling securities over the ratio of their volumes: ``([name])``."""

    def __init__(self, name: str = "TRIN") -> None:
        super().__init__(name, 2)
        self.ad_ratio = AdvanceDeclineRatio(f"{name}_A/D Ratio")
        self.adv_ratio = AdvanceDeclineVolumeRatio(f"{name}_A/D Volume Ratio")
        self._arms = IndicatorExtensions.over(self.ad_ratio, self.adv_ratio, name)

    def _parts(self) -> Iterable[Any]:
        return self.ad_ratio, self.adv_ratio

    add_stock, remove_stock = _OfAssets.add, _OfAssets.remove

    @property
    def is_ready(self) -> bool:
        """When both ratios are."""
        return self.ad_ratio.is_ready and self.adv_ratio.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.ad_ratio.update(data)
        self.adv_ratio.update(data)
        return self._arms._value if self.adv_ratio._value else 0.0

    def reset(self) -> None:
        self._arms.reset()  # and with it both ratios
        super().reset()


class McClellanOscillator(_OfAssets):
    """Difference of two averages of the advance-decline difference: ``([name,] fast, slow)``."""

    def __init__(self, *arguments: Any) -> None:
        name = arguments[0] if arguments and isinstance(arguments[0], str) else "McClellanOscillator"
        fast, slow = _two(arguments)
        if fast > slow:
            raise ArgumentException("fastPeriod must be less than slowPeriod.")
        self.ad_difference = AdvanceDeclineDifference("ADD")
        self.ema_fast = IndicatorExtensions.ema(self.ad_difference, fast)
        self.ema_slow = IndicatorExtensions.ema(self.ad_difference, slow)
        super().__init__(name, self.ema_slow.warm_up_period + self.ad_difference.warm_up_period)
        self._delta = IndicatorExtensions.minus(self.ema_fast, self.ema_slow)

    def _parts(self) -> Iterable[Any]:
        return (self.ad_difference,)

    @property
    def is_ready(self) -> bool:
        """When the slow average is."""
        return self.ema_slow.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.ad_difference.update(data)
        return self._delta._value

    def reset(self) -> None:
        self.ad_difference.reset()
        self._delta.reset()
        super().reset()


class McClellanSummationIndex(_OfAssets):
    """The running sum of a McClellan oscillator: ``([name,] fast, slow)``."""

    def __init__(self, *arguments: Any) -> None:
        name = arguments[0] if arguments and isinstance(arguments[0], str) else "McClellanSummationIndex"
        self.mc_clellan_oscillator = McClellanOscillator(*_two(arguments))
        super().__init__(name, self.mc_clellan_oscillator.warm_up_period)
        self._sum = 0.0
        self._summed: datetime | None = None
        self.mc_clellan_oscillator.updated += self._add

    def _parts(self) -> Iterable[Any]:
        return (self.mc_clellan_oscillator,)

    def _add(self, _: Any, point: IndicatorDataPoint) -> None:
        if point.end_time != self._summed:
            self._summed = point.end_time
            self._sum += point.value

    @property
    def is_ready(self) -> bool:
        """When the oscillator is."""
        return self.mc_clellan_oscillator.is_ready

    def _compute(self, time: datetime, value: float, data: Any) -> float:
        self.mc_clellan_oscillator.update(data)
        return self._sum + self.mc_clellan_oscillator._value

    def reset(self) -> None:
        self.mc_clellan_oscillator.reset()
        super().reset()


def _two(arguments: tuple[Any, ...]) -> tuple[int, int]:
    """A fast and a slow period, LEAN's where they are not given."""
    given = [argument for argument in arguments if not isinstance(argument, str)]
    fast, slow = (given + [19, 39][len(given) :])[:2]
    return fast, slow

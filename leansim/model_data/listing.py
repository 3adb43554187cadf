"""Which strikes of which expiries are listed on an evening.

A strike is listed once the price comes near enough, and stays until it expires: between the lowest and the highest
bound the price drew since the expiry was listed, on a grid that was fixed on that day. An expiry a year away has few
strikes, down to those of deep calls; when it becomes one of the next months, and at last of the next weeks, finer
grids are added. Deep in the money only calls of a year and more are listed, which are bought for their delta.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.assets import Markets
from leansim.model_data.expiries import Expiry, listed
from leansim.model_data.products import OptionRoot

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stage:
    """How strikes are chosen while an expiry is some time away.

    Attributes:
        step: between strikes near the money, as a share of the price.
        lowest, highest: outermost strikes, in deviations (volatility index times the root of the time left).
        wing: strikes below this many deviations are twice as far apart.
        call_from, put_to: calls and puts are listed so many deviations into the money.
    """

    step: float
    lowest: float
    highest: float
    wing: float
    call_from: float
    put_to: float


_WEEKLY = Stage(0.0065, -1.9, 1.3, -1.4, -0.4, 0.25)
MONTHLY = Stage(0.0115, -2.6, 2.0, -1.9, -0.15, 0.15)
_YEARLY = Stage(0.028, -2.0, 0.3, -0.8, -1.4, 0.05)
# A market in turmoil is listed densely no further out than this multiple of the volatility an expiry was listed in.
_DENSEST = 1.3
_NICE = (1.0, 2.0, 2.5, 5.0)


@dataclass(frozen=True, slots=True)
class Strikes:
    """The contracts of one expiry: strikes in order, which of them have a call and a put, which are near the price."""

    expiry: Expiry
    strike: Floats
    has_call: NDArray[np.bool_]
    has_put: NDArray[np.bool_]
    is_near: NDArray[np.bool_]


class _Listed(NamedTuple):
    """Strikes of a stage, the lowest with a call, the highest with a put, and where those near the price end."""

    strike: Floats
    call_from: float
    put_to: float
    near: tuple[float, ...]


@dataclass(frozen=True)
class Series:
    """What strikes are listed by: days, their ordinals, the underlying's close, the volatility index as a fraction."""

    days: list[date]
    ordinals: NDArray[np.int64]
    close: Floats
    volatility: Floats

    @classmethod
    def of(cls, markets: Markets, asset: str, scale: float) -> Series:
        """The days on which an asset has a volatility index."""
        bars, volatility = markets.bars(asset), markets.volatility(asset)
        days = sorted(bars.keys() & volatility.keys())
        close = np.array([bars[day].close for day in days]) * scale
        ordinals = np.array([day.toordinal() for day in days])
        return cls(days, ordinals, close, np.array([volatility[day] for day in days]) / 100.0)


class Listing:
    """The contracts of one root, evening by evening."""

    def __init__(self, root: OptionRoot, markets: Markets) -> None:
        self._root = root
        self._markets = markets

    @cached_property
    def _series(self) -> Series:
        return Series.of(self._markets, self._root.asset, self._root.scale)

    def on(self, evening: date) -> Iterator[Strikes]:
        """The contracts listed at the end of a day that trade after it, by expiry."""
        root = self._root
        for expiry, ahead in listed(root.cycle, evening, shares=root.style == "american", morning=root.is_morning):
            yield strikes_of(self._series, expiry, evening, list(self._stages(expiry, ahead, evening)))

    def _stages(self, expiry: Expiry, ahead: int, evening: date) -> Iterator[tuple[Stage, int]]:
        """The stages an expiry has been in, with the days before it from which on."""
        cycle, left = self._root.cycle, (expiry.last - evening).days
        if ahead > cycle.monthly and cycle.monthly:
            yield _YEARLY, ahead
        if ahead >= cycle.monthly and left <= cycle.monthly:
            yield MONTHLY, cycle.monthly
        if left <= cycle.weekly:
            yield _WEEKLY, cycle.weekly


def strikes_of(series: Series, expiry: Expiry, evening: date, stages: list[tuple[Stage, int]]) -> Strikes:
    """The strikes of an expiry on an evening; `stages` with the days before it from which each lists."""
    found = [_stage(series, stage, expiry, ahead, evening) for stage, ahead in stages]
    strike = np.unique(np.round(np.concatenate([stage.strike for stage in found]), 4))
    has_call = strike >= min(stage.call_from for stage in found)
    has_put = strike <= max(stage.put_to for stage in found)
    is_near = (strike >= found[-1].near[0]) & (strike <= found[-1].near[1])
    return Strikes(expiry, strike, has_call, has_put, is_near)


def _stage(series: Series, stage: Stage, expiry: Expiry, ahead: int, evening: date) -> _Listed:
    """What a stage has listed up to an evening."""
    last = bisect.bisect_right(series.days, evening)
    first = min(bisect.bisect_left(series.days, expiry.day - timedelta(days=ahead)), last - 1)
    price = series.close[first:last]
    root_of_time = np.sqrt((expiry.day.toordinal() - series.ordinals[first:last]) / 365.0)
    volatility = series.volatility[first:last]
    calm, deviation = np.minimum(volatility, _DENSEST * volatility[0]) * root_of_time, volatility * root_of_time

    def reach(deviations: float, width: Floats = calm) -> float:
        far = price * np.exp(deviations * width)
        return float(far.min() if deviations < 0 else far.max())

    step = strike_step(float(price[0]), stage.step)
    wing, lowest, highest = reach(stage.wing), reach(stage.lowest, deviation), reach(stage.highest)
    outer = np.arange(math.ceil(lowest / (2 * step)), math.ceil(wing / (2 * step))) * (2 * step)
    inner = np.arange(math.ceil(wing / step), math.floor(highest / step) + 1) * step
    strike = np.concatenate([outer[outer > 0], inner])
    near = tuple(float(price[-1] * np.exp(end * deviation[-1])) for end in (stage.lowest, stage.highest))
    return _Listed(strike, reach(stage.call_from), reach(stage.put_to), near)


def strike_step(price: float, share: float) -> float:
    """The distance of strikes: a share of the price, rounded down to 1, 2, 2.5 or 5 times a power of ten."""
    wanted = price * share
    power = 10.0 ** math.floor(math.log10(wanted))
    return max(nice for nice in _NICE if nice * power <= wanted * (1.0 + 1e-9)) * power

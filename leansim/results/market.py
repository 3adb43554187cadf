"""What the market did in some steps: what the capacity estimate wants of it after a fill."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from leansim.api.time_zones import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from leansim.numbers import dec

if TYPE_CHECKING:
    from leansim.api.instant import Instant
    from leansim.api.symbols import Symbol

_LENGTHS = (("Daily", NS_PER_DAY), ("Hour", NS_PER_HOUR), ("Minute", NS_PER_MINUTE), ("Second", NS_PER_SECOND))
# prices are whole numbers of this part of a point, if they are worked with as whole numbers
_PARTS = 10**8
_LARGEST = 2.0**62


Followed: TypeAlias = "dict[Symbol, tuple[float, float, int]]"


class MarketBar(NamedTuple):
    """The bar of one security in a time step; for quotes the volume is the mean of the two sizes.

    ``resolution`` is LEAN's name: Tick, Second, Minute, Hour, Daily.
    """

    close: Decimal
    volume: Decimal
    resolution: str


class MarketNow(NamedTuple):
    """Where the bars of a time step are, kept: its instant (ns UTC), and what came then.

    ``followed`` are the bars of securities only the engine has data of: close, volume, and length in ns.
    """

    ns: int
    instant: Instant
    followed: Followed


class MarketBars(NamedTuple):
    """The bars of one security in some steps, as columns.

    ``close`` is NaN where a step had none; ``period_ns`` is their length.
    """

    close: npt.NDArray[np.float64]
    volume: npt.NDArray[np.float64]
    period_ns: npt.NDArray[np.int64]

    def bar(self, step: int) -> MarketBar:
        """The bar of one step, which must have one."""
        period = self.period_ns.item(step)
        return MarketBar(dec(self.close.item(step)), dec(self.volume.item(step)), resolution_of(period))


def exact_turnover(close: npt.NDArray[np.float64], volume: npt.NDArray[np.float64]) -> Decimal | None:
    """The sum of close times volume of some bars, none negative; ``None`` when whole numbers cannot tell it exactly."""
    twice = volume * 2
    parts = np.rint(close * _PARTS)
    if not bool((parts / _PARTS == close).all() and (np.rint(twice) == twice).all()):
        return None
    if float(parts @ twice) >= _LARGEST:
        return None
    return Decimal(int(parts.astype(np.int64) @ twice.astype(np.int64))) / (2 * _PARTS)


@lru_cache(maxsize=64)
def resolution_of(period_ns: int) -> str:
    """LEAN's name of a bar's length: the longest resolution that fits in it (a day's session is an hour bar)."""
    for name, length in _LENGTHS:
        if period_ns >= length:
            return name
    return "Tick"

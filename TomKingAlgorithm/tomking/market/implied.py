"""The deviation hidden in an option's price, for a whole chain at once and without a loop over options.

Everything is scaled until two numbers are left: `x`, the logarithm of forward over strike seen from the side that is
out of the money (never positive), and the price as a share of √(forward × strike). The deviation sought is volatility
times the root of the life in years.

The guess asks the same of a market whose prices move by sums instead of by factors (Bachelier's). There the answer
hangs on one number only, the distance to the strike over the price, and is read off a short table. It is carried back
by a factor that is exact at the money, and elsewhere up to the third power of a small deviation. For deviations below
0.3, which is half a year at 40 %, the guess is right to 1e-4, for most of a chain to 1e-6. One Householder step of
fourth order on the logarithm of the price, which is a concave function of the deviation, then ends at rounding. Only
what the step had to bend far, extreme lives and strikes, takes another.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfcx, erfinv, ndtr  # type: ignore[import-untyped]  # scipy ships no types

Numbers = NDArray[np.float64]

_ROOT_TWO_PI: Final = 2.5066282746310002
_AT_THE_MONEY: Final = 1e-16
"""Smaller moneyness is no moneyness: a forward cannot be told from its strike below it."""
_NEAREST: Final = 1e-8
"""Least distance over price: below it Bachelier's answer does not change any more."""
_NODES: Final = 2048
_LAST_NODE: Final = 26.0
"""Where the table ends: prices of 1e-294 of the distance."""
_SETTLED: Final = 3e-4
"""What a step bends less is left with its fourth power as error: rounding."""
_MORE_STEPS: Final = 12
"""Seven are the most that deviations up to 12 need, prices at the last of their ten digits below the largest."""


def implied_deviation(ratio: Numbers, price: Numbers) -> Numbers:
    """The deviation at which an option is worth `price`, scaled; NaN where none is.

    Args:
        ratio: forward over strike seen from the side that is out of the money: above 0, at most 1.
        price: a price over the root of forward × strike; it must lie above 0 and below the root of `ratio`.
    """
    shape = np.shape(price)
    ratio, price = np.ravel(ratio), np.ravel(price)
    with np.errstate(all="ignore"):  # what has no deviation may divide by nothing: it is left out below
        x = np.minimum(np.log(ratio), -_AT_THE_MONEY)
        root = np.sqrt(ratio)  # also the largest price
        distance = np.maximum(1.0 - ratio, _AT_THE_MONEY) / root
        found, left = _step(x, root, price, _guess(x, distance, price))
        for _ in range(_MORE_STEPS):
            if not left.size:
                break
            found[left], further = _step(x[left], root[left], price[left], found[left])
            left = left[further]
        found[~((price > 0) & (price < root) & (found > 0))] = np.nan
    found[left] = np.nan
    return found.reshape(shape)


def _bachelier_table() -> tuple[Numbers, Numbers]:
    """Values of z / m at even steps of √z, and what each lacks of the next.

    `m` is distance over deviation, `z` is ln(1 + distance over price): both begin at 0 together, and their quotient is
    nearly a straight line in √z.
    """
    m = np.linspace(0.0, 6.08, _NODES)[1:] ** 2
    price_per_deviation = np.exp(-0.5 * m * m) * (1.0 / _ROOT_TWO_PI - 0.5 * m * erfcx(m / np.sqrt(2.0)))
    z = np.log1p(m / price_per_deviation)
    at = np.linspace(0.0, _LAST_NODE, _NODES + 1)
    table = np.interp(at, np.append(0.0, np.sqrt(z)), np.append(_ROOT_TWO_PI, z / m))
    return table, np.diff(table)


_TABLE, _RISE = _bachelier_table()


def _guess(x: Numbers, distance: Numbers, price: Numbers) -> Numbers:
    """A first deviation; `distance` is that of forward and strike, scaled as the price is."""
    far = np.maximum(distance / price, _NEAREST)
    z = np.log1p(far)
    place = np.sqrt(z) * (_NODES / _LAST_NODE)
    node = place.astype(np.intp)
    z_over_m = np.take(_TABLE, node, mode="clip") + (place - node) * np.take(_RISE, node, mode="clip")
    bachelier = price * far / z * z_over_m
    # at the money the price is erf(deviation / √8); further out the same curve is run through more slowly
    slower = np.sqrt(1.0 + x * x * (1.0 / 120.0))
    worth = bachelier * x / (distance * slower * -_ROOT_TWO_PI)
    return np.asarray(erfinv(np.minimum(worth, 1.0 - 1e-15)) * slower * np.sqrt(8.0))


def _step(x: Numbers, root: Numbers, price: Numbers, deviation: Numbers) -> tuple[Numbers, NDArray[np.intp]]:
    """Householder's step on ln(price), and which it had to bend too far to be the last.

    Derivatives are by ln(deviation): by the deviation, times it.
    """
    h, t = x / deviation, 0.5 * deviation
    value = root * ndtr(h + t) - ndtr(h - t) / root
    hh, tt = h * h, t * t
    slope = deviation * np.exp(-0.5 * (hh + tt)) / (value * _ROOT_TWO_PI)
    newton = np.log(price / value) / slope
    second = hh - tt  # of the value, over its slope
    bend = (second - slope) * newton
    third = second * second - 3.0 * hh - tt - slope * (3.0 * second - 2.0 * slope)
    grown = newton * (1.0 + 0.5 * bend) / (1.0 + bend + third * newton * newton * (1.0 / 6.0))
    return deviation + deviation * grown, np.flatnonzero(np.abs(bend) > _SETTLED)

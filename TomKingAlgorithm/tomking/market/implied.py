"""The deviation hidden in an option's price, for a whole chain at once and without a loop over options.

Everything is scaled until two numbers are left: `x`, the logarithm of forward over strike seen from the side that is
out of the money (never positive), and the price as a share of √(forward × strike). The deviation sought is volatility
times the root of the life in years. A first guess from a rational curve through three points of the price, then two
Householder steps of fourth order, bring it to within rounding at every price: the price seen as a function of the
deviation has one inflection, at √(2|x|), and on each of its three stretches a scale is known on which it is nearly
straight. The idea of the stretches is Peter Jäckel's ("Let's be rational", 2015); curves and steps are our own.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri  # type: ignore[import-untyped]  # scipy ships no types

Numbers = NDArray[np.float64]

_ROOT_TWO_PI: Final = 2.5066282746310002
_STEPS: Final = 2
_AT_THE_MONEY: Final = 1e-16
"""Smaller moneyness is no moneyness: below it the inflection cannot be told from 0."""


def implied_deviation(ratio: Numbers, price: Numbers) -> Numbers:
    """The deviation at which an option is worth `price`, scaled; NaN where none is.

    Args:
        ratio: forward over strike seen from the side that is out of the money: above 0, at most 1.
        price: a price over the root of forward × strike; it must lie above 0 and below the root of `ratio`.
    """
    shape = np.shape(price)
    ratio, price = np.ravel(ratio), np.ravel(price)
    x = np.minimum(np.log(ratio), -_AT_THE_MONEY)
    root = np.sqrt(ratio)  # also the largest price
    with np.errstate(all="ignore"):  # what has no deviation may divide by nothing: it is left out below
        found = _from_guess(x, price, root)
    found[~((price > 0) & (price < root) & (found > 0))] = np.nan
    return found.reshape(shape)


def _from_guess(x: Numbers, price: Numbers, root: Numbers) -> Numbers:
    depth = -np.log(price)
    deviation, small, large = _guess(x, price, depth, root)
    for _ in range(_STEPS):
        h, t = x / deviation, 0.5 * deviation
        d1 = h + t
        slope = root * np.exp(-0.5 * d1 * d1) / _ROOT_TWO_PI
        value = root * ndtr(d1) - ndtr(h - t) / root
        hh = h * h / (deviation * deviation)
        second = hh * deviation - 0.5 * t  # of the price, over its slope; likewise the third
        third = second * second - 3.0 * hh - 0.25
        newton = (price - value) / slope
        if small.size:
            seen = _seen_from_nothing(*(part[small] for part in (depth, value, slope, second, third)))
            newton[small], second[small], third[small] = seen
        if large.size:  # rare: prices near the largest one
            seen = _seen_from_all(*(part[large] for part in (price, value, root, slope, second, third)))
            newton[large], second[large], third[large] = seen
        bend = second * newton
        deviation = deviation + newton * (1.0 + 0.5 * bend) / (1.0 + bend + third * newton * newton * (1.0 / 6.0))
    return deviation


def _guess(
    x: Numbers, price: Numbers, depth: Numbers, root: Numbers
) -> tuple[Numbers, NDArray[np.intp], NDArray[np.intp]]:
    """A deviation within a fifth of the right one, and where prices lie below or above the middle stretch."""
    at = np.sqrt(-2.0 * x)  # the inflection: the slope is greatest and known without an exponential
    steepest = _ROOT_TWO_PI / root  # deviation per price there
    value = 0.5 * root - ndtr(-at) / root
    below = price < value
    # the other end of the stretch: where the tangent at the inflection meets nothing, or all
    end = at + (np.where(below, 0.0, root) - value) * steepest
    h, t = x / end, 0.5 * end
    value_end = root * ndtr(h + t) - ndtr(h - t) / root
    per_price = _ROOT_TWO_PI / root * np.exp(0.5 * (h + t) ** 2)
    guess = _curve(price, value, value_end, at, end, steepest, per_price)
    small, large = np.flatnonzero(below & (price < value_end)), np.flatnonzero(~below & (price > value_end))
    if small.size:  # straight in the inverse root of -ln price, which begins at 0 with a known slope
        depth_end = -np.log(value_end[small])
        goal = 1.0 / np.sqrt(depth[small])
        inverse = 1.0 / np.sqrt(depth_end)
        per_goal = per_price[small] * value_end[small] * 2.0 * depth_end / inverse
        first = -x[small] / np.sqrt(2.0)
        guess[small] = _curve(goal, np.zeros(small.size), inverse, np.zeros(small.size), end[small], first, per_goal)
    if large.size:  # exact at the money
        top = root[large]
        guess[large] = -2.0 * ndtri((top - price[large]) / (top + 1.0 / top))
    return guess, small, large


def _curve(
    value: Numbers,
    begin: Numbers,
    end: Numbers,
    first: Numbers,
    last: Numbers,
    slope_first: Numbers,
    slope_last: Numbers,
) -> Numbers:
    """The rational curve through two points with two slopes; monotone when they are."""
    part = (value - begin) / (end - begin)
    mean = (last - first) / (end - begin)
    bow = part * (1.0 - part)
    rise = (mean * part * part + slope_first * bow) / (mean + (slope_first + slope_last - 2.0 * mean) * bow)
    return np.asarray(first + (last - first) * rise, dtype=np.float64)


def _seen_from_nothing(
    depth: Numbers, value: Numbers, slope: Numbers, second: Numbers, third: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Newton step and curvatures of 1 / √(−ln value); `depth` is −ln of the price sought."""
    here = -np.log(value)
    g = slope / value
    newton = (np.sqrt(here / depth) - 1.0) * 2.0 * here / g
    log_second = second - g
    log_third = third - g * (3.0 * second - 2.0 * g)
    steep = g / here
    return newton, log_second + 1.5 * steep, steep * (3.75 * steep + 4.5 * log_second) + log_third


def _seen_from_all(
    price: Numbers, value: Numbers, top: Numbers, slope: Numbers, second: Numbers, third: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Newton step and curvatures of −ln(largest price − value)."""
    g = slope / (top - value)
    newton = np.log((top - value) / (top - price)) / g
    return newton, second + g, third + 3.0 * second * g + 2.0 * g * g

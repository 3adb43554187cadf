"""Moments of a sample of doubles, with the formulas of the library LEAN uses.

Each is computed in one pass as there: the last digits matter where a variance is nearly zero, because LEAN divides by
it all the same. NaN where the sample is too small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist


def mean(sample: Sequence[float]) -> float:
    """Sum over count; NaN for an empty sample."""
    return sum(sample) / len(sample) if sample else math.nan


def variance(sample: Sequence[float]) -> float:
    """Unbiased variance; NaN below two values."""
    if len(sample) < 2:
        return math.nan
    total = sample[0]
    spread = 0.0
    for count, value in enumerate(sample[1:], start=2):
        total += value
        difference = count * value - total
        spread += (difference * difference) / (count * (count - 1))
    return spread / (len(sample) - 1)


def deviation(sample: Sequence[float]) -> float:
    """Square root of the unbiased variance."""
    return math.sqrt(variance(sample))


def covariance(first: Sequence[float], second: Sequence[float]) -> float:
    """Unbiased covariance; NaN below two values. Raises ``ValueError`` for samples of different length."""
    mean_first = mean_second = together = 0.0
    count = 0
    for x, y in zip(first, second, strict=True):
        count += 1
        previous = mean_second
        mean_first += (x - mean_first) / count
        mean_second += (y - mean_second) / count
        together += (x - mean_first) * (y - previous)
    return together / (count - 1) if count > 1 else math.nan


def skewness(sample: Sequence[float]) -> float:
    """Unbiased skewness; NaN below three values or without spread."""
    count, _, m2, m3, _ = _powers(sample)
    if count < 3 or m2 == 0:
        return math.nan
    return (count * m3 * math.sqrt(m2 / (count - 1)) / (m2 * m2 * (count - 2))) * (count - 1)


def kurtosis(sample: Sequence[float]) -> float:
    """Unbiased excess kurtosis; NaN below four values or without spread."""
    count, _, m2, _, m4 = _powers(sample)
    if count < 4 or m2 == 0:
        return math.nan
    scale = (count * count - 1.0) / ((count - 2) * (count - 3))
    return scale * (count * m4 / (m2 * m2) - 3 + 6.0 / (count + 1))


def normal_cdf(value: float) -> float:
    """Standard normal distribution function."""
    return 0.5 * math.erfc(-value / math.sqrt(2))


def normal_quantile(center: float, spread: float, probability: float) -> float:
    """Inverse of the normal distribution function; ``center`` itself when there is no spread."""
    return center + spread * NormalDist().inv_cdf(probability) if spread else center


def _powers(sample: Sequence[float]) -> tuple[int, float, float, float, float]:
    count, m1, m2, m3, m4 = 0, 0.0, 0.0, 0.0, 0.0
    for value in sample:
        count += 1
        d = value - m1
        s = d / count
        s2 = s * s
        t = d * s * (count - 1)
        m1 += s
        m4 += t * s2 * (count * count - 3 * count + 3) + 6 * s2 * m2 - 4 * s * m3
        m3 += t * s * (count - 2) - 3 * s * m2
        m2 += t
    return count, m1, m2, m3, m4

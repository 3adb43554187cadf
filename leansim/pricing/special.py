"""The special functions of scipy that prices need, with types.

Scipy takes a third of a run's start to import: it is, when a price is first computed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _scipy() -> Any:
    import scipy.special  # type: ignore[import-untyped]  # scipy ships no types

    return scipy.special


def ndtr(x: Floats) -> Floats:
    """Distribution function of the standard normal distribution."""
    return np.asarray(_scipy().ndtr(x))


def ndtri(p: Floats) -> Floats:
    """Inverse of `ndtr`."""
    return np.asarray(_scipy().ndtri(p))


def erfcx(x: Floats) -> Floats:
    """Scaled complementary error function, ``exp(x*x) * erfc(x)``."""
    return np.asarray(_scipy().erfcx(x))


def binomial_distribution(successes: Floats, trials: int, probability: Floats) -> Floats:
    """Probability of at most `successes` (rounded down) in `trials`."""
    return np.asarray(_scipy().bdtr(successes, trials, probability))

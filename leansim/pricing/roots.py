"""Brent's method on many equations at once, with the stopping rule LEAN's numerics library has.

The rule matters: LEAN asks for 0.01 % of the option's price both as a residual and as a distance, so its implied
volatility is not the root but where the search happened to stop. Following the same path gives the same number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

_EPSILON = float(np.finfo(float).eps)

# Rows of the three points a search holds: its best estimate, the end of the bracket on the other side of the root, and
# the estimate before the best one.
_BEST, _OTHER, _LAST = 0, 1, 2
# Where each of them comes from when the other end turns out to be the better estimate.
_SWAPPED = [_OTHER, _BEST, _BEST]


def brent(
    function: Callable[[Floats, Indices], Floats],
    lower: Floats,
    upper: Floats,
    accuracy: Floats,
    max_iterations: int = 100,
) -> Floats:
    """Roots between `lower` and `upper`.

    Args:
        function: values of the equations number `indices` at `x` (arrays of one length).
        lower: lower bounds, one per equation.
        upper: upper bounds.
        accuracy: stop when the residual or half the bracket is below it.
        max_iterations: rounds after which an equation counts as unsolved.

    Returns:
        One root per equation; NaN where the bounds do not enclose a change of sign or the search did not end.
    """
    roots = np.full(lower.shape, np.nan)
    ids = np.arange(lower.size)
    f_lower, f_upper = function(lower, ids), function(upper, ids)
    bracketed = np.isfinite(f_lower) & np.isfinite(f_upper) & (np.sign(f_lower) != np.sign(f_upper))
    x, f = np.stack([upper, upper, lower]), np.stack([f_upper, f_upper, f_lower])
    half = np.full(lower.size, np.nan)
    # the last two steps, the newer first
    steps = np.zeros((2, lower.size))
    ids, x, f, steps, half, accuracy = _keep(bracketed, ids, x, f, steps, half, accuracy)
    for _ in range(max_iterations + 1):
        if not ids.size:
            break
        same_side = f[_BEST] * f[_OTHER] > 0.0
        x[_OTHER] = np.where(same_side, x[_LAST], x[_OTHER])
        f[_OTHER] = np.where(same_side, f[_LAST], f[_OTHER])
        steps = np.where(same_side, x[_BEST] - x[_LAST], steps)
        swap = np.abs(f[_OTHER]) < np.abs(f[_BEST])
        x, f = np.where(swap, x[_SWAPPED], x), np.where(swap, f[_SWAPPED], f)

        half_before, half = half, 0.5 * (x[_OTHER] - x[_BEST])
        smallest = _EPSILON * np.abs(x[_BEST]) + 0.5 * accuracy
        solved = (np.abs(half) <= smallest) | (np.abs(f[_BEST]) < accuracy)
        roots[ids[solved]] = x[_BEST, solved]
        going = ~solved & (half != half_before)
        ids, x, f, steps, half, accuracy, smallest = _keep(going, ids, x, f, steps, half, accuracy, smallest)

        jump, taken = _interpolate(x, f, steps[1], half, smallest)
        steps = np.stack([np.where(taken, jump, half), np.where(taken, steps[0], half)])
        x[_LAST], f[_LAST] = x[_BEST], f[_BEST]
        x[_BEST] += np.where(np.abs(steps[0]) > smallest, steps[0], np.copysign(smallest, half))
        f[_BEST] = function(x[_BEST], ids)
        ids, x, f, steps, half, accuracy = _keep(np.isfinite(f[_BEST]), ids, x, f, steps, half, accuracy)
    return roots


def _interpolate(x: Floats, f: Floats, step_before: Floats, half: Floats, smallest: Floats) -> tuple[Floats, Bools]:
    """The step of an inverse quadratic (or, with two points, linear) interpolation, and whether it may be taken."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        s = f[_BEST] / f[_LAST]
        a, b = f[_LAST] / f[_OTHER], f[_BEST] / f[_OTHER]
        linear = x[_LAST] == x[_OTHER]
        bracket = 2.0 * half
        p = np.where(linear, bracket * s, s * (bracket * a * (a - b) - (x[_BEST] - x[_LAST]) * (b - 1.0)))
        q = np.where(linear, 1.0 - s, (a - 1.0) * (b - 1.0) * (s - 1.0))
        q = np.where(p > 0.0, -q, q)
        p = np.abs(p)
        shrinking = (np.abs(step_before) >= smallest) & (np.abs(f[_LAST]) > np.abs(f[_BEST]))
        inside = 2.0 * p < np.minimum(1.5 * bracket * q - np.abs(smallest * q), np.abs(step_before * q))
        return p / q, shrinking & inside


def _keep(mask: Bools, ids: Indices, *columns: Floats) -> tuple:  # type: ignore[type-arg]  # ids and what came with it
    """The masked part of every array, along its last axis."""
    return (ids, *columns) if mask.all() else (ids[mask], *(column[..., mask] for column in columns))

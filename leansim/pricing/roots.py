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
Equations = Callable[[Indices], Callable[[Floats], Floats]]
"""Of which equations, and then at which places (arrays of one length), the values are asked."""

_EPSILON = float(np.finfo(float).eps)


def brent(
    equations: Equations,
    lower: Floats,
    upper: Floats,
    accuracy: Floats,
    *,
    idle: float = 0.0,
    max_iterations: int = 100,
) -> Floats:
    """Roots between `lower` and `upper`.

    Args:
        equations: what is to become 0.
        lower: lower bounds, one per equation.
        upper: upper bounds.
        accuracy: stop when the residual or half the bracket is below it.
        idle: share of equations that may be carried along when they are solved: sorting them out has its price too.
        max_iterations: rounds after which an equation counts as unsolved.

    Returns:
        One root per equation; NaN where the bounds do not enclose a change of sign or the search did not end.
    """
    roots = np.full(lower.shape, np.nan)
    everything = np.arange(lower.size)
    values = equations(everything)
    f_lower, f_upper = values(lower), values(upper)
    bracketed = np.isfinite(f_lower) & np.isfinite(f_upper) & (np.sign(f_lower) != np.sign(f_upper))
    ids = np.flatnonzero(bracketed)
    if len(ids) < len(everything):
        values = equations(ids)
    nothing = np.zeros(len(ids))
    # rows: the best estimate, the end of the bracket on the other side of the root and the estimate before the best
    # one, each with its value; the last step and the one before it; half the bracket; the accuracy
    state = np.stack([upper, f_upper, upper, f_upper, lower, f_lower])[:, ids]
    state = np.concatenate([state, [nothing, nothing, np.full(len(ids), np.nan), accuracy[ids]]])
    searching = np.ones(len(ids), bool)
    with np.errstate(all="ignore"):
        for _ in range(max_iterations + 1):
            best, f_best, *_, half, wanted = state
            half_before = half.copy()
            _enclose(state)
            smallest = _EPSILON * np.abs(best) + 0.5 * wanted
            solved = (np.abs(half) <= smallest) | (np.abs(f_best) < wanted)
            solved &= searching
            roots[ids[solved]] = best[solved]
            searching &= ~solved & (half != half_before)
            count = np.count_nonzero(searching)
            if not count:
                break
            if count < (1.0 - idle) * len(ids):
                kept = np.flatnonzero(searching)
                ids, state, smallest, searching = ids[kept], state[:, kept], smallest[kept], searching[kept]
                values = equations(ids)
            _step(state, smallest)
            state[1] = values(state[0])
            searching &= np.isfinite(state[1])
    return roots


def _enclose(state: Floats) -> None:
    """The best estimate first, the root between it and the other end."""
    best, f_best, other, f_other, last, f_last, step, step_before, half, _ = state
    same_side = f_best * f_other > 0.0
    np.copyto(other, last, where=same_side)
    np.copyto(f_other, f_last, where=same_side)
    moved = best - last
    np.copyto(step, moved, where=same_side)
    np.copyto(step_before, moved, where=same_side)
    swap = np.abs(f_other) < np.abs(f_best)
    np.copyto(last, best, where=swap)
    np.copyto(f_last, f_best, where=swap)
    np.copyto(best, other, where=swap)
    np.copyto(f_best, f_other, where=swap)
    np.copyto(other, last, where=swap)
    np.copyto(f_other, f_last, where=swap)
    np.multiply(0.5, other - best, out=half)


def _step(state: Floats, smallest: Floats) -> None:
    """To the next estimate: by interpolation if that shrinks the bracket fast enough, else to its middle."""
    best, f_best, other, f_other, last, f_last, step, step_before, half, _ = state
    s, a, b = f_best / f_last, f_last / f_other, f_best / f_other
    linear = last == other
    bracket = 2.0 * half
    p = np.where(linear, bracket * s, s * (bracket * a * (a - b) - (best - last) * (b - 1.0)))
    q = np.where(linear, 1.0 - s, (a - 1.0) * (b - 1.0) * (s - 1.0))
    # both with the sign that makes the numerator positive
    np.copysign(q, -q * p, out=q)
    np.abs(p, out=p)
    shrinking = (np.abs(step_before) >= smallest) & (np.abs(f_last) > np.abs(f_best))
    shrinking &= 2.0 * p < np.minimum(1.5 * bracket * q - np.abs(smallest * q), np.abs(step_before * q))
    step_before[:] = np.where(shrinking, step, half)
    step[:] = np.where(shrinking, p / q, half)
    last[:], f_last[:] = best, f_best
    best += np.where(np.abs(step) > smallest, step, np.copysign(smallest, half))

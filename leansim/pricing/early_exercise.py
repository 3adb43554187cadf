"""Calls that may be exercised early, on binomial trees: the backward induction, where it cannot be avoided.

Only those nodes of a row are worked out that matter for the root, from which the strike can be reached and at which a
call is not exercised anyway. Two properties of such calls tell where they are exercised without asking every node. The
more rows are left, the more a call is worth: a node that is kept in one row is kept in all rows before it. And the
border rises by at most one node a row: a node from which both ways lead to exercise is exercised itself.

Where that border lies, seen from the strike, depends on the lattice, hardly on the spot. So calls are laid beside each
other with their strikes at the same place, each with its root wherever that may be: all have their borders at nearly
the same nodes, and only there exercise is compared with waiting.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

STEPS = 200

# Standard deviations that are worked out around the root and, of ways that start there, around those that end at the
# strike: what lies beyond changes the price by less than 1e-10 of the spot, most by far less; by about 1e-8 where a
# price may become many times what it is (150 % of volatility for two years, and strikes at a multiple of the spot).
_DEVIATIONS = 6.0
# Rows after which the border of exercise is looked up again.
_ROWS = 8


class Lattice(NamedTuple):
    """Up factor, risk-neutral probability of an up move and discount of one step, each per contract."""

    up: Floats
    probability: Floats
    discount: Floats

    def take(self, indices: Indices) -> Lattice:
        """The lattices at `indices`."""
        return Lattice(self.up[indices], self.probability[indices], self.discount[indices])


class _Calls(NamedTuple):
    """Calls laid beside each other; the nearer their borders and their roots, the less work.

    Levels count nodes from the node at or next to the strike, two between the two ends of a step: there the underlying
    costs ``origin``. ``root`` is the spot's level, an even number, and ``level`` where on, in the money, exercise pays
    as much as to wait for one step and to exercise then.
    """

    lattice: Lattice
    origin: Floats
    strike: Floats
    root: Floats
    level: Floats


def reach(rows: ArrayLike) -> Floats:
    """Nodes between the middle of where so many rows lead and the last one that matters."""
    return np.asarray(_DEVIATIONS * np.sqrt(rows) + 2.0)


def call_prices(lattice: Lattice, spot: Floats, strike: Floats, place: Floats, level: Floats) -> Floats:
    """Prices of calls that are worked on together.

    Args:
        lattice: their trees.
        spot: prices of the underlying.
        strike: strike prices.
        place: the strikes' places in the trees, in levels above the spot.
        level: from where on exercise pays as much as waiting for one step, in levels above the spot.
    """
    # a tree that lies above its strike as a whole begins there
    origin = np.clip(2.0 * np.round(place / 2.0), -STEPS, STEPS)
    calls = _Calls(lattice, spot * lattice.up**origin, strike, -origin, level - origin)
    price, at_once = _induction(calls)
    # what is exercised at once is worth that to the last digit: a price at its bound has LEAN's answer only then
    return np.where(at_once, spot - strike, price)


def _induction(calls: _Calls) -> tuple[Floats, NDArray[np.bool_]]:
    """Prices of the calls, and which are exercised at once; nodes of a row along axis 0, contracts along axis 1.

    Values are kept multiplied by a power of each contract's own for the level and one for the row: so a node is the
    mere sum of the two it leads to, or its exercise. Node 0 of a row is the first that the lowest root leads to.
    """
    lattice, lanes = calls.lattice, len(calls.root)
    low = int(calls.root.min())
    first, last = _active(calls)
    # no call is exercised below the level `kept`; all are from the number `end` of a row on
    kept = math.floor(calls.level.min())
    end = max(math.ceil((max(calls.level.max() - 1.0, 1.0) + STEPS - low) / 2.0), 0)
    ends = [2 * number - row + low for row, number in enumerate(last)]
    lowest = max(min(2 * first[STEPS] - STEPS + low, kept, *ends), low - STEPS - 2)
    tilt = np.sqrt(lattice.probability / (1.0 - lattice.probability))
    exercise = _exercise(calls, tilt, lowest, max(ends))
    weight = lattice.discount * np.sqrt(lattice.probability * (1.0 - lattice.probability))
    scale, per_row = weight**STEPS, 1.0 / weight
    value, before = np.zeros((2, last[STEPS] + 2, lanes))
    waiting = np.empty((last[STEPS] + 1, lanes))
    top = min(end, last[STEPS])
    bottom = min(first[STEPS], top)
    at = 2 * bottom - STEPS + low - lowest
    np.multiply(exercise[at : at + 2 * (top - bottom) + 1 : 2], scale, out=value[bottom : top + 1])
    for row in range(STEPS - 1, -1, -1):
        value, before = before, value
        scale *= per_row
        top = min(end, last[row])
        bottom = min(first[row], top)
        start = min(max(bottom, (kept + row - low + 1) // 2), top)
        np.add(before[bottom:start], before[bottom + 1 : start + 1], out=value[bottom:start])
        at = 2 * start - row + low - lowest
        np.multiply(exercise[at : at + 2 * (top - start) + 1 : 2], scale, out=value[start : top + 1])
        if start == top:
            continue
        here, there = value[start:top], waiting[: top - start]
        np.add(before[start:top], before[start + 1 : top + 1], out=there)
        np.maximum(here, there, out=here)
        if row % _ROWS == 0:
            given = here > there
            below = int(given.any(axis=1).argmax())
            if below:
                kept = 2 * (start + below) - row + low - 1
            above = given.all(axis=1)[::-1]
            if above[0]:
                end = top - int(np.logical_and.accumulate(above).sum())
    lane, level = np.arange(lanes), calls.root.astype(np.intp)
    node = np.minimum((level - low) // 2, top)
    found = value[node, lane]
    worth = exercise[np.maximum(2 * node + low - lowest, 0), lane] * scale
    at_once = (level >= 2 * top + low) | ((found == worth) & (found > 0.0))
    return found * tilt**-calls.root, at_once


def _exercise(calls: _Calls, tilt: Floats, lowest: int, highest: int) -> Floats:
    """What exercise brings at each level, as `_induction` keeps it but for the power of the row."""
    count = highest - lowest + 1
    gain, paid = (_powers(base, lowest, count) for base in (calls.lattice.up * tilt, tilt))
    gain *= calls.origin
    paid *= calls.strike
    gain -= paid
    return np.maximum(gain, 0.0, out=gain)


def _powers(base: Floats, lowest: int, count: int) -> Floats:
    """So many powers of each base, from the lowest exponent on, along axis 0."""
    powers = np.empty((count, len(base)))
    powers[0] = base ** float(lowest)
    known, step = 1, base
    while known < count:
        more = min(known, count - known)
        np.multiply(powers[:more], step, out=powers[known : known + more])
        known, step = known + more, step * step
    return powers


def _active(calls: _Calls) -> tuple[list[int], list[int]]:
    """Of each row: the number of the first node that has to be worked out, and of the one behind the last."""
    row = np.arange(STEPS + 1)
    low, high = int(calls.root.min()), int(calls.root.max())
    root = np.arange(low, high + 1, 2)[:, None]
    skew = 2.0 * calls.lattice.probability - 1.0
    # from each root, the lowest strike without the drift of the tree: what matters for it encloses what does for others
    strike = -1.0 - root - skew.max() * STEPS
    far = _DEVIATIONS * np.sqrt(row)
    middle = strike * row / STEPS
    width = np.sqrt(row * (STEPS - row) / STEPS * np.maximum(_DEVIATIONS**2 - strike**2 / STEPS, 0.0))
    lower = (root + np.where(strike <= -far, -far, middle - width)).min(axis=0) + skew.min() * row - 2.0
    upper = (root + np.where(strike <= far, far, middle + width)).max(axis=0) + skew.max() * row + 2.0
    count = row + (high - low) // 2 + 1
    first = np.clip(np.ceil((lower + row - low) / 2.0), 0, count).astype(np.int64)
    last = np.clip(np.floor((upper + row - low) / 2.0) + 1, 0, count).astype(np.int64)
    # a node needs the two behind it: the number of the last one never grows towards the root
    return first.tolist(), np.maximum.accumulate(last).tolist()

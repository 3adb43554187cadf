"""Calls that may be exercised early, on binomial trees: the backward induction, where it cannot be avoided.

Only those nodes of a row are worked out that matter for the root, from which the strike can be reached and at which a
call is not exercised anyway. Two properties of such calls tell where they are exercised without asking every node. The
more rows are left, the more a call is worth: a node that is kept in one row is kept in all rows before it. And the
border rises by at most one node a row: a node from which both ways lead to exercise is exercised itself.
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
# strike: what lies beyond weighs less than 1e-10 of the spot in the price.
_DEVIATIONS = 6.5
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


class Calls(NamedTuple):
    """Calls that are worked on together; the nearer their strikes in the tree, the less work.

    Nodes are counted from the spot's, two between the two ends of a step: ``place`` says where the strikes are, and
    ``level`` from where on, in the money, exercise pays as much as to wait for one step and to exercise then.
    """

    lattice: Lattice
    spot: Floats
    strike: Floats
    place: Floats
    level: Floats


def reach(rows: ArrayLike) -> Floats:
    """Nodes between the middle of where so many rows lead and the last one that matters."""
    return np.asarray(_DEVIATIONS * np.sqrt(rows) + 2.0)


def induction(calls: Calls) -> Floats:
    """Prices of the calls; nodes of the tree along axis 0, contracts along axis 1.

    Values are kept multiplied by a power of each contract's own for the node and one for the row: so a node is the mere
    sum of the two it leads to, or its exercise. At the root they are the prices.
    """
    lattice, place = calls.lattice, calls.place
    first, last = _active(calls)
    ends = [0, *(2 * end - row for row, end in enumerate(last))]
    lowest = max(-STEPS, min(2 * first[STEPS] - STEPS, math.floor(place.min()), *ends))
    exercise = _exercise(calls, lowest, max(ends))
    weight = lattice.discount * np.sqrt(lattice.probability * (1.0 - lattice.probability))
    scale, per_row = weight**STEPS, 1.0 / weight
    value, before = np.zeros((2, STEPS + 2, len(place)))
    worth = np.empty((len(exercise[0]), len(place)))

    def exercised(row: int, first: int, last: int) -> Floats:
        """What exercise brings at the nodes of a row, in a place that is used again."""
        half, odd = divmod(2 * first - row - lowest, 2)
        return np.multiply(exercise[odd][half : half + last + 1 - first], scale, out=worth[: last + 1 - first])

    # no call is exercised below the node `kept`; all are from the number `end` of a row on
    kept = math.floor(calls.level.min())
    end = max(math.ceil((max(calls.level.max() - 1.0, place.max()) + STEPS) / 2.0), 0)
    top = min(end, last[STEPS])
    bottom = min(first[STEPS], top)
    value[bottom : top + 1] = exercised(STEPS, bottom, top)
    for row in range(STEPS - 1, -1, -1):
        value, before = before, value
        scale *= per_row
        top = min(end, last[row])
        bottom = min(first[row], top)
        np.add(before[bottom:top], before[bottom + 1 : top + 1], out=value[bottom:top])
        start = min(max(bottom, (kept + row + 1) // 2), top)
        here, there = value[start:top], exercised(row, start, top)
        np.maximum(here, there[:-1], out=here)
        value[top] = there[-1]
        if row % _ROWS == 0 and start < top:
            given = (here == there[:-1]) & (here > 0.0)
            below = int(given.any(axis=1).argmax())
            if below:
                kept = 2 * (start + below) - row - 1
            above = given.all(axis=1)[::-1]
            if above[0]:
                end = top - int(np.logical_and.accumulate(above).sum())
    # what is exercised at once is worth that to the last digit: a price at its bound has LEAN's answer only then
    at_once = (value[0] == exercised(0, 0, 0)[0]) & (value[0] > 0.0)
    return np.where(at_once, calls.spot - calls.strike, value[0])


def _exercise(calls: Calls, lowest: int, highest: int) -> tuple[Floats, Floats]:
    """What exercise brings, as `induction` keeps it, at every other node from the lowest, and at those between them."""
    up, probability, _ = calls.lattice
    tilt = np.sqrt(probability / (1.0 - probability))
    count = (highest - lowest) // 2 + 1
    rising, leaning = (_powers(base, lowest, count) for base in (up * tilt, tilt))
    even = calls.spot * rising - calls.strike * leaning
    odd = calls.spot * up * tilt * rising - calls.strike * tilt * leaning
    return np.maximum(even, 0.0, out=even), np.maximum(odd, 0.0, out=odd)


def _powers(base: Floats, lowest: int, count: int) -> Floats:
    """So many powers of each base, from the lowest exponent on every other one, along axis 0."""
    powers = np.empty((count, len(base)))
    powers[0] = base**lowest
    known, step = 1, base * base
    while known < count:
        more = min(known, count - known)
        np.multiply(powers[:more], step, out=powers[known : known + more])
        known, step = known + more, step * step
    return powers


def _active(calls: Calls) -> tuple[list[int], list[int]]:
    """Of each row: the number of the first node that has to be worked out, and of the one behind the last."""
    row = np.arange(STEPS + 1)
    skew = 2.0 * calls.lattice.probability - 1.0
    # the lowest strike, without the drift of the tree: what matters for it encloses what matters for the others
    strike = calls.place.min() - skew.max() * STEPS
    far = _DEVIATIONS * np.sqrt(row)
    middle = strike * row / STEPS
    width = np.sqrt(row * (STEPS - row) / STEPS * max(_DEVIATIONS**2 - strike**2 / STEPS, 0.0))
    lower = skew.min() * row + np.where(strike <= -far, -far, middle - width) - 2.0
    upper = skew.max() * row + np.where(strike <= far, far, middle + width) + 2.0
    first = np.clip(np.ceil((lower + row) / 2.0), 0, row + 1).astype(np.int64)
    last = np.clip(np.floor((upper + row) / 2.0) + 1, 0, row + 1).astype(np.int64)
    # a node needs the two behind it: the number of the last one never grows towards the root
    return first.tolist(), np.maximum.accumulate(last).tolist()

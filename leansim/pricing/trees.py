"""Binomial trees as LEAN builds them, vectorised across contracts.

Two trees of 200 steps: Cox-Ross-Rubinstein, and LEAN's "forward tree", which puts the drift into the up factor but
lays its nodes out as if the tree were symmetric (node i of the last row is ``spot * up ** (2 i - 200)``). And LEAN's
own early exercise: calls are exercised when that pays, puts never are. Both are kept: the aim is LEAN's numbers.

A put, which is never exercised early, is a binomial sum and has a closed form. A call is the backward induction.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leansim.pricing.special import binomial_distribution

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

STEPS = 200

# Contracts worked on together in the backward induction: enough to hide numpy's overhead per row of the tree, few
# enough to have their strikes at nearly the same place of the tree.
_LANES = 512
# Standard deviations from the root that are worked out, and from the strike: what lies beyond the one weighs less than
# 1e-11 in the price, and beyond the other the option is worth less than 1e-9 of the spot more than its exercise.
_ROOT_DEVIATIONS = 7.0
_STRIKE_DEVIATIONS = 6.0
# Nodes above the strike at which exercise has to pay for a tree to count as one whose calls are exercised.
_EARLY_NODES = 2


class Lattice(NamedTuple):
    """Up factor, risk-neutral probability of an up move and discount of one step, each per contract."""

    up: Floats
    probability: Floats
    discount: Floats


def cox_ross_rubinstein(years: Floats, rate: Floats, dividend_yield: Floats, volatility: Floats) -> Lattice:
    """Symmetric tree: down is 1 / up, the drift is in the probability."""
    step = years / STEPS
    up = np.exp(volatility * np.sqrt(step))
    up = np.where(up == 1.0, 1.0001, up)  # LEAN's stand-in for a tree without width
    down = 1.0 / up
    return Lattice(up, (np.exp((rate - dividend_yield) * step) - down) / (up - down), np.exp(-rate * step))


def forward_tree(years: Floats, rate: Floats, dividend_yield: Floats, volatility: Floats) -> Lattice:
    """LEAN's forward tree: both factors are multiplied by the drift of one step."""
    step = years / STEPS
    drift = np.exp((rate - dividend_yield) * step)
    width = volatility * np.sqrt(step)
    up, down = np.exp(width) * drift, np.exp(-width) * drift
    flat = up - down == 0.0  # LEAN's stand-in for a tree without width
    up, down = np.where(flat, 1.0001, up), np.where(flat, 0.9999, down)
    return Lattice(up, (drift - down) / (up - down), np.exp(-rate * step))


def tree_price(lattice: Lattice, spot: Floats, strike: Floats, is_call: Bools) -> Floats:
    """Option prices on one lattice per contract; one-dimensional arrays of one length."""
    # a probability outside [0, 1] (a stand-in tree with drift) has no binomial distribution: induction still defines it
    regular = (lattice.probability > 0.0) & (lattice.probability < 1.0)
    prices = np.empty(len(spot))
    puts = np.flatnonzero(regular & ~is_call)
    if len(puts):
        prices[puts] = _put_sum(_lanes(lattice, puts), spot[puts], strike[puts])
    calls = np.flatnonzero(regular & is_call)
    if len(calls):
        prices[calls] = _calls(_lanes(lattice, calls), spot[calls], strike[calls])
    rest = np.flatnonzero(~regular)
    if len(rest):
        prices[rest] = _whole_tree(_lanes(lattice, rest), spot[rest], strike[rest], is_call[rest])
    return prices


def _whole_tree(lattice: Lattice, spot: Floats, strike: Floats, is_call: Bools) -> Floats:
    """Backward induction node by node, whatever the probabilities are."""
    up, probability, discount = lattice
    nodes = spot * np.exp(np.log(up) * np.arange(-STEPS, STEPS + 1)[:, None])
    exercise = np.maximum(np.where(is_call, nodes - strike, strike - nodes), 0.0)
    value = exercise[::2]
    for row in range(STEPS - 1, -1, -1):
        value = discount * (probability * value[1:] + (1.0 - probability) * value[:-1])
        value = np.where(is_call, np.maximum(value, exercise[STEPS - row : STEPS + row + 1 : 2]), value)
    return np.asarray(value[0])


class _Block(NamedTuple):
    """Calls that are worked on together.

    `place` says how many nodes above the spot the strike is; `early`: far above it every call is worth its exercise.
    """

    lattice: Lattice
    spot: Floats
    strike: Floats
    place: Floats
    early: bool


def _calls(lattice: Lattice, spot: Floats, strike: Floats) -> Floats:
    """Prices of calls, those with their strikes at nearly the same place of the tree together."""
    prices = np.empty(len(spot))
    place = np.log(strike / spot) / np.log(lattice.up)
    early = _exercised_deep(lattice)
    order = np.lexsort((place, early))
    for start in range(0, len(order), _LANES):
        lanes = order[start : start + _LANES]
        block = _Block(_lanes(lattice, lanes), spot[lanes], strike[lanes], place[lanes], bool(early[lanes].all()))
        prices[lanes] = _induction(block)
    return prices


def _exercised_deep(lattice: Lattice) -> Bools:
    """Whether a call deep in the money is worth its exercise: waiting neither gains on the stock nor on the strike."""
    up, probability, discount = lattice
    growth = discount * (probability * up + (1.0 - probability) / up)
    # exercise pays where spot * (1 - growth) >= strike * (1 - discount), which a little above the strike it does
    return np.asarray((discount <= 1.0) & ((1.0 - growth) * up**_EARLY_NODES >= 1.0 - discount))


def _lanes(lattice: Lattice, chosen: Bools | NDArray[np.intp]) -> Lattice:
    return Lattice(lattice.up[chosen], lattice.probability[chosen], lattice.discount[chosen])


def _put_sum(lattice: Lattice, spot: Floats, strike: Floats) -> Floats:
    """Discounted expectation of max(strike - node, 0): two binomial distribution functions."""
    up, probability, discount = lattice
    growth = probability * up + (1.0 - probability) / up
    last_below = np.floor((STEPS + np.log(strike / spot) / np.log(up)) / 2.0)
    last_below = np.clip(last_below, -1, STEPS)
    cash = np.where(last_below < 0, 0.0, binomial_distribution(np.maximum(last_below, 0), STEPS, probability))
    asset = np.where(
        last_below < 0, 0.0, binomial_distribution(np.maximum(last_below, 0), STEPS, probability * up / growth)
    )
    return np.asarray(discount**STEPS * (strike * cash - spot * growth**STEPS * asset))


def _induction(block: _Block) -> Floats:
    """Backward induction: nodes of the tree along axis 0, contracts along axis 1; calls may be exercised in any row.

    Of each row only the nodes are worked out that matter for the root and whose value is not plain. Values are kept
    multiplied by the root of the odds to the power of the node, which makes both ways to the next row weigh the same:
    a node is the sum of two, times one number of the contract, or its exercise. At the root they are the prices.
    """
    lattice, spot, strike, place, _ = block
    low, high = _active(block)
    # the lowest and the highest node of all rows, counted from the spot's
    lowest = min(2 * low[row] - row for row in range(STEPS + 1))
    highest = max(2 * high[row] - row for row in range(STEPS + 1)) + 1
    tilt = np.sqrt(lattice.probability / (1.0 - lattice.probability))
    exercise = _powers(lattice.up * tilt, lowest, highest)
    exercise *= spot
    exercise -= strike * _powers(tilt, lowest, highest)
    np.maximum(exercise, 0.0, out=exercise)
    weight = lattice.discount * np.sqrt(lattice.probability * (1.0 - lattice.probability))

    def worth(row: int, first: int, end: int) -> Floats:
        """What exercise brings at the nodes from `first` to `end` of a row."""
        start = 2 * first - row - lowest
        return exercise[start : start + 2 * (end - first) : 2]

    value, before = np.zeros((2, STEPS + 2, len(spot)))
    value[low[STEPS] : high[STEPS]] = worth(STEPS, low[STEPS], high[STEPS])
    nearest = float(place.min())
    first_worth = int(nearest) if abs(nearest) < STEPS else -STEPS
    known = high[STEPS]
    for row in range(STEPS - 1, -1, -1):
        bottom, top = low[row], high[row]
        if known <= top:
            # nodes that come into reach from above: they are worth their exercise
            value[known : top + 1] = worth(row + 1, known, top + 1)
        known = top
        if bottom == top:
            continue
        value, before = before, value
        here = value[bottom:top]
        np.add(before[bottom:top], before[bottom + 1 : top + 1], out=here)
        np.multiply(here, weight, out=here)
        start = max(bottom, (first_worth + row) // 2)
        if start < top:
            here = value[start:top]
            np.maximum(here, worth(row, start, top), out=here)
    return np.array(value[0] if known else worth(0, 0, 1)[0])


def _powers(base: Floats, lowest: int, highest: int) -> Floats:
    """The powers of each base from the lowest exponent to the highest, along axis 0."""
    powers = np.empty((highest - lowest + 1, len(base)))
    powers[0] = base**lowest
    powers[1:] = base
    return np.multiply.accumulate(powers, axis=0, out=powers)


def _active(block: _Block) -> tuple[list[int], list[int]]:
    """Of each row: the first node that has to be worked out, and the one behind the last."""
    row = np.arange(STEPS + 1)
    left = STEPS - row
    place = block.place
    skew = 2.0 * block.lattice.probability - 1.0
    reach = _ROOT_DEVIATIONS * np.sqrt(row) + 2.0
    lower, upper = np.maximum(-row, skew.min() * row - reach), np.minimum(row, skew.max() * row + reach)
    reach = _STRIKE_DEVIATIONS * np.sqrt(left) + 2.0
    lower = np.maximum(lower, place.min() - skew.max() * left - reach)
    if block.early:
        upper = np.minimum(upper, np.maximum(place.max() - skew.min() * left, place.max()) + reach + _EARLY_NODES)
    first = np.clip(np.ceil((lower + row) / 2.0), 0, row + 1).astype(np.int64)
    last = np.clip(np.floor((upper + row) / 2.0) + 1, first, row + 1).astype(np.int64)
    return first.tolist(), last.tolist()

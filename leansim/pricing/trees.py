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

# Contracts worked on together in the backward induction: enough to hide numpy's overhead per row of the tree.
_LANES = 256
# Standard deviations of the final row that are worked out; what lies beyond weighs less than 1e-14 in the price.
_BAND_DEVIATIONS = 8.0


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
    closed = ~is_call & (lattice.probability > 0.0) & (lattice.probability < 1.0)
    prices = np.empty(len(spot))
    if closed.any():
        prices[closed] = _put_sum(_lanes(lattice, closed), spot[closed], strike[closed])
    if not closed.all():
        rest = np.flatnonzero(~closed)
        for start in range(0, len(rest), _LANES):
            lanes = rest[start : start + _LANES]
            prices[lanes] = _induction(_lanes(lattice, lanes), spot[lanes], strike[lanes], is_call[lanes])
    return prices


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


def _induction(lattice: Lattice, spot: Floats, strike: Floats, is_call: Bools) -> Floats:
    """Backward induction: rows of the tree along axis 0, contracts along axis 1; calls may be exercised in any row."""
    exponents = np.arange(-STEPS, STEPS + 1)[:, None]
    intrinsic = np.where(is_call, 1.0, -1.0) * (spot * np.exp(np.log(lattice.up) * exponents) - strike)
    np.maximum(intrinsic, 0.0, out=intrinsic)
    value = intrinsic[::2].copy()
    exercise = np.where(is_call, intrinsic, 0.0)
    up_weight = lattice.discount * lattice.probability
    down_weight = lattice.discount * (1.0 - lattice.probability)
    scratch = np.empty_like(value)
    skew = float(np.abs(lattice.probability - 0.5).max())
    band = min(STEPS, int(_BAND_DEVIATIONS * 0.5 * np.sqrt(STEPS) + STEPS * skew) + 1)
    lowest_worth = int((value > 0.0).any(axis=1).argmax())  # below it even a rise to the end leaves nothing
    for row in range(STEPS - 1, -1, -1):
        low = max(0, row // 2 - band, lowest_worth - (STEPS - row))
        high = min(row, row // 2 + band) + 1
        here, above = value[low:high], scratch[low:high]
        np.multiply(value[low + 1 : high + 1], up_weight, out=above)
        np.multiply(here, down_weight, out=here)
        np.add(here, above, out=here)
        first = STEPS - row + 2 * low
        np.maximum(here, exercise[first : first + 2 * (high - low) - 1 : 2], out=here)
    return np.array(value[0])

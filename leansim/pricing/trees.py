"""Binomial trees as LEAN builds them, vectorised across contracts.

Two trees of 200 steps: Cox-Ross-Rubinstein, and LEAN's "forward tree", which puts the drift into the up factor but
lays its nodes out as if the tree were symmetric (node i of the last row is ``spot * up ** (2 i - 200)``). And LEAN's
own early exercise: calls are exercised when that pays, puts never are. Both are kept: the aim is LEAN's numbers.

What is never exercised early is a binomial sum and has a closed form: puts, and calls on which waiting costs nothing.
The other calls are a backward induction (`early_exercise`).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from leansim.pricing.early_exercise import STEPS, Lattice, call_prices, reach
from leansim.pricing.special import binomial_distribution

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

# Calls worked on together in the backward induction: enough to hide numpy's overhead per row of the tree, few enough to
# be alike and to stay in a processor's own memory.
_LANES = 2048
# Waiting that costs less than this share of the spot in a step is free.
_FREE = 1e-12
# The induction multiplies with powers of the odds, which beyond these probabilities leave the range of numbers.
_LEAST_PROBABILITY = 0.05


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
    up, probability, discount = lattice
    with np.errstate(all="ignore"):
        # what is left of a unit of the underlying after a step
        kept = discount * (probability * up + (1.0 - probability) / up)
        place = np.log(strike / spot) / np.log(up)
        level = place + np.fmax(np.log((1.0 - discount) / (1.0 - kept)) / np.log(up), 0.0)
        never = (discount <= 1.0) & ((kept >= 1.0 - _FREE) | (level > reach(STEPS)))
        # a drift that is more than the width of a step turns the tree upside down or takes its probabilities from it
        regular = (up > 1.0) & (probability > 0.0) & (probability < 1.0)
        summed = regular & (~is_call | never)
        even = np.abs(probability - 0.5) < 0.5 - _LEAST_PROBABILITY
        induced = is_call & regular & ~summed & even & (kept < 1.0 - _FREE)
    prices = np.empty(len(spot))
    chosen = np.flatnonzero(summed)
    if len(chosen):
        prices[chosen] = _sum(lattice.take(chosen), spot[chosen], strike[chosen], is_call[chosen])
    chosen = np.flatnonzero(induced)
    for lanes in _alike(chosen, kept, place):
        prices[lanes] = call_prices(lattice.take(lanes), spot[lanes], strike[lanes], place[lanes], level[lanes])
    rest = np.flatnonzero(~summed & ~induced)
    if len(rest):
        prices[rest] = _whole_tree(lattice.take(rest), spot[rest], strike[rest], is_call[rest])
    return prices


def _alike(chosen: Indices, kept: Floats, place: Floats) -> list[Indices]:
    """The chosen calls in lots: alike in what waiting costs, which decides where they are exercised, and in place."""
    if not len(chosen):
        return []
    by_cost = chosen[np.argsort(kept[chosen])]
    lots = []
    for some in np.array_split(by_cost, math.ceil(math.sqrt(len(chosen) / _LANES))):
        by_place = some[np.argsort(place[some])]
        lots += np.array_split(by_place, math.ceil(len(some) / _LANES))
    return lots


def _sum(lattice: Lattice, spot: Floats, strike: Floats, is_call: Bools) -> Floats:
    """Discounted expectation of the exercise in the last row: two binomial distribution functions."""
    up, probability, discount = lattice
    growth = probability * up + (1.0 - probability) / up
    last_below = np.clip(np.floor((STEPS + np.log(strike / spot) / np.log(up)) / 2.0), -1, STEPS)
    nodes = np.maximum(last_below, 0.0)
    cash = np.where(last_below < 0, 0.0, binomial_distribution(nodes, STEPS, probability))
    asset = np.where(last_below < 0, 0.0, binomial_distribution(nodes, STEPS, probability * up / growth))
    forward = spot * growth**STEPS
    put = strike * cash - forward * asset
    return np.asarray(discount**STEPS * np.where(is_call, np.maximum(put + forward - strike, 0.0), put))


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

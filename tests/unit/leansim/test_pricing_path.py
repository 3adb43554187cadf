"""Whole chains at once against LEAN's price model one contract, one node and one step of its search at a time.

The reference here is written without any of the shortcuts of `leansim.pricing`: a full tree in plain recursion, Brent's
method on one equation, each contract and its mirror solved for itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.special import ndtr

from leansim.pricing.lean_greeks import OptionModelValues

STEPS = 200


def black_scholes(spot: float, strike: float, t: float, r: float, q: float, call: bool, volatility: float) -> float:
    deviation = volatility * math.sqrt(t)
    d1 = (math.log(spot / strike) + (r - q + volatility**2 / 2) * t) / deviation
    sign = 1 if call else -1
    legs = spot * math.exp(-q * t) * ndtr(sign * d1) - strike * math.exp(-r * t) * ndtr(sign * (d1 - deviation))
    return float(sign * legs)


def forward_tree(spot: float, strike: float, t: float, r: float, q: float, call: bool, volatility: float) -> float:
    step = t / STEPS
    up = math.exp(volatility * math.sqrt(step)) * math.exp((r - q) * step)
    down = math.exp(-volatility * math.sqrt(step)) * math.exp((r - q) * step)
    if up == down:
        up, down = 1.0001, 0.9999
    probability, discount = (math.exp((r - q) * step) - down) / (up - down), math.exp(-r * step)
    sign = 1.0 if call else -1.0
    nodes = spot * up ** np.arange(-STEPS, STEPS + 1.0)
    value = np.maximum(sign * (nodes[::2] - strike), 0.0)
    for row in range(STEPS - 1, -1, -1):
        value = discount * (probability * value[1:] + (1 - probability) * value[:-1])
        if call:  # a put is never exercised early in LEAN's tree
            value = np.maximum(value, nodes[STEPS - row : STEPS + row + 1 : 2] - strike)
    return float(value[0])


def search(miss: Callable[[float], float], lower: float, upper: float, accuracy: float) -> float | None:
    """Brent's method as the numerics library of LEAN words it; ``None`` where it fails."""
    low, high = miss(lower), miss(upper)
    if not (math.isfinite(low) and math.isfinite(high)) or np.sign(low) == np.sign(high):
        return None
    root, at_root, other, at_other = upper, high, upper, high
    last, at_last = lower, low
    step = before = 0.0
    middle = math.nan
    for _ in range(101):
        if np.sign(at_root) == np.sign(at_other):
            other, at_other = last, at_last
            step = before = root - last
        if abs(at_other) < abs(at_root):
            last, root, other = root, other, root
            at_last, at_root, at_other = at_root, at_other, at_root
        least = 2.0**-52 * abs(root) + 0.5 * accuracy
        was, middle = middle, (other - root) / 2
        if abs(middle) <= least or abs(at_root) < accuracy:
            return root
        if middle == was:
            return None
        if abs(before) >= least and abs(at_last) > abs(at_root):
            s = at_root / at_last
            if last == other:
                p, q = 2 * middle * s, 1 - s
            else:
                a, b = at_last / at_other, at_root / at_other
                p = s * (2 * middle * a * (a - b) - (root - last) * (b - 1))
                q = (a - 1) * (b - 1) * (s - 1)
            if p > 0:
                q = -q
            p = abs(p)
            if 2 * p < min(3 * middle * q - abs(least * q), abs(before * q)):
                before, step = step, p / q
            else:
                before = step = middle
        else:
            before = step = middle
        last, at_last = root, at_root
        root += step if abs(step) > least else math.copysign(least, middle)
        at_root = miss(root)
        if not math.isfinite(at_root):
            return None
    return None


def implied(terms: tuple[float, ...], call: bool, price: float, american: bool) -> float | None:
    """The volatility LEAN implies from one price."""
    spot, strike, t, r, q = terms
    if price <= 0.0 or t <= 0.0:
        return None
    accuracy = max(1e-4, 1e-4 * price)
    guess = search(lambda v: black_scholes(spot, strike, t, r, q, call, v) - price, 1e-7, 4.0, accuracy)
    if not american:
        return guess
    lower, upper = (1e-7, 4.0) if guess is None else (max(1e-7, guess / 2), min(4.0, guess * 1.5))
    return search(lambda v: forward_tree(spot, strike, t, r, q, call, v) - price, lower, upper, accuracy)


def volatility_and_delta(
    terms: tuple[float, ...], call: bool, price: float, mirror: float, american: bool
) -> tuple[float, float]:
    spot, strike, t, r, q = terms
    if price <= 0.0:
        return 0.0, 0.0
    own, other = implied(terms, call, price, american), implied(terms, not call, mirror, american)
    in_the_money = strike < spot if call else strike > spot
    first, second = (other, own) if in_the_money and mirror > 0.0 else (own, other)
    volatility = round(next((found for found in (first, second) if found is not None), 0.0), 7)
    if not american:
        deviation = volatility * math.sqrt(t)
        drift = math.log(spot / strike) + (r - q + volatility**2 / 2) * t
        sign = 1 if call else -1
        d1 = drift / deviation if deviation else 10.0
        return volatility, sign * float(ndtr(sign * d1)) * math.exp(-q * t)
    drift, width = math.exp((r - q) * t / STEPS), volatility * math.sqrt(t / STEPS)
    up, down = math.exp(width) * drift, math.exp(-width) * drift
    up, down = 1.00001 if up == 1.0 else up, 0.99999 if down == 1.0 else down
    ends = [forward_tree(spot * factor, strike, t, r, q, call, volatility) for factor in (up, down)]
    return volatility, (ends[0] - ends[1]) / (spot * up - spot * down) if up != down else 0.0


def chain(seed: int, american: bool, count: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]  # floats
    """Terms of strikes (spot, strike, years, rate, yield) and the prices of put and call, some of them hopeless."""
    rng = np.random.default_rng(seed)
    years = rng.choice([1e-5, 20 / 365 / 1440, 0.4 / 365, 3 / 365, 45 / 365, 1.9], count)
    volatility = rng.uniform(0.08, 0.9, count)
    strike = np.round(750.0 * np.exp(rng.normal(0, 1.6, count) * volatility * np.sqrt(years)), 1)
    rate, dividend = rng.choice([0.0, 0.0025, 0.01, 0.05], count), rng.choice([0.0, 0.0, 0.02, 0.07], count)
    terms = np.stack([np.full(count, 750.0), strike, years, rate, dividend], axis=1)
    fair = forward_tree if american else black_scholes
    prices = np.array(
        [
            [fair(*map(float, one), side, float(v)) for side in (False, True)]
            for one, v in zip(terms, volatility, strict=True)
        ]
    )
    quoted = np.maximum(np.round(prices / 0.05) * 0.05, 0.025)
    intrinsic = np.maximum(np.stack([strike - 750.0, 750.0 - strike], axis=1), 0.0)
    fault = rng.integers(0, 12, (count, 2))
    quoted = np.where(fault == 0, 0.0, quoted)  # nobody bids or asks
    quoted = np.where(fault == 1, intrinsic, quoted)  # worth its exercise
    quoted = np.where(fault == 2, 0.95 * intrinsic, quoted)  # less
    return terms, np.where(fault == 3, 800.0, quoted)  # more than any volatility explains


@pytest.mark.parametrize("american", [True, False])
def test_a_chain_at_once_takes_leans_path(american: bool) -> None:
    terms, prices = chain(seed=4, american=american, count=40 if american else 400)
    values = OptionModelValues(
        *(column[:, None] for column in terms.T), [False, True], prices, [1, 0], american=american
    )
    exact = np.array(
        [
            [
                volatility_and_delta(tuple(map(float, one)), side, price[side], price[not side], american)
                for side in (False, True)
            ]
            for one, price in zip(terms, prices.tolist(), strict=True)
        ]
    )
    np.testing.assert_allclose(values.implied_volatility, exact[..., 0], rtol=0, atol=1.01e-7)
    np.testing.assert_allclose(values.delta, exact[..., 1], rtol=0, atol=1e-6)
    solved = (values.implied_volatility > 0).mean()
    assert 0.5 < solved < 0.95

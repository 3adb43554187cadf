"""LEAN's price model of options on futures, on arrays: QuantLib's binomial tree, as LEAN calls it.

Options on futures are the one kind LEAN does not give its indicator model to: they keep the older model, which prices
with QuantLib's Cox-Ross-Rubinstein engine of 100 steps, treats the future as a spot without dividends, counts whole
days to one trading day after expiry, and takes vega and rho, which that engine lacks, from a Black formula in which the
volatility stands where the deviation belongs (and the other greeks too, where the tree fails). All of that is kept.

One thing is near and not equal: QuantLib implies the volatility of American options on a finite-difference grid, this
module on the tree itself: the two are within 0.001 of volatility of each other, and closer in delta.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leansim.pricing.black import normal_density
from leansim.pricing.roots import brent
from leansim.pricing.special import ndtr

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

STEPS = 100

_LOWEST_VOLATILITY, _HIGHEST_VOLATILITY = 1e-7, 4.0
_NEWTON_TOLERANCE, _NEWTON_ROUNDS = 1e-3, 10
_ACCURACY = 1e-6


class _Tree(NamedTuple):
    """Root value and the derivatives read from the first rows of the tree."""

    price: Floats
    delta: Floats
    gamma: Floats


class QuantLibModelValues:
    """What LEAN answers for options on futures; arguments broadcast, properties are float64 arrays of that shape.

    Args:
        spot: price of the future.
        strike: strike price.
        years: whole days from today to the first trading day after expiry / 365.
        first_exercise_years: whole days from today to the next trading day / 365: no exercise before.
        rate: risk-free rate of the day, a fraction.
        is_call: True for calls.
        price: the contract's `Security.price`; 0 or NaN: no data, all zero.
    """

    def __init__(
        self,
        spot: ArrayLike,
        strike: ArrayLike,
        years: ArrayLike,
        first_exercise_years: ArrayLike,
        rate: ArrayLike,
        is_call: ArrayLike,
        price: ArrayLike,
    ) -> None:
        columns = (spot, strike, years, first_exercise_years, rate, price)
        *arrays, call = np.broadcast_arrays(*(np.asarray(c, float) for c in columns), np.asarray(is_call, bool))
        self._shape = call.shape
        self._known = ((arrays[0] > 0.0) & (arrays[5] > 0.0) & (arrays[2] > 0.0)).ravel()
        flat = [a.ravel()[self._known] for a in arrays]
        self._spot, self._strike, self._years, self._first_exercise, self._rate, self._price = flat
        self._sign = np.where(call.ravel()[self._known], 1.0, -1.0)

    @cached_property
    def implied_volatility(self) -> Floats:
        """Annual volatility, a fraction; 0 where neither the tree nor LEAN's fall-back finds one."""
        return self._full(self._volatility)

    @cached_property
    def theoretical_price(self) -> Floats:
        """Model price at LEAN's first guess of the volatility, before it was implied."""
        guess = np.sqrt(2.0 * np.pi / self._years) * self._price / self._spot
        return self._full(np.maximum(self._tree(guess, np.arange(len(guess))).price, 0.0))

    @cached_property
    def delta(self) -> Floats:
        """Price change for one point of the future."""
        return self._full(self._solved.delta)

    @cached_property
    def gamma(self) -> Floats:
        """Change of delta for one point of the future."""
        return self._full(self._solved.gamma)

    @cached_property
    def theta(self) -> Floats:
        """Price change for one year, from the Black-Scholes equation at the root of the tree."""
        price, delta, gamma = self._solved
        drift = self._rate * self._spot * delta + 0.5 * (self._volatility * self._spot) ** 2 * gamma
        return self._full(self._rate * price - drift)

    @cached_property
    def theta_per_day(self) -> Floats:
        """Price change for one calendar day."""
        return self.theta / 365.0

    @cached_property
    def vega(self) -> Floats:
        """LEAN's vega per percentage point: Black's, with the volatility taken for the deviation."""
        d1, _ = self._black()
        return self._full(self._spot * normal_density(d1) * np.sqrt(self._years) / 100.0)

    @cached_property
    def rho(self) -> Floats:
        """LEAN's rho per percentage point: Black's, with the volatility taken for the deviation."""
        _, d2 = self._black()
        discounted = self._strike * np.exp(-self._rate * self._years)
        return self._full(self._sign * self._years * discounted * ndtr(self._sign * d2) / 100.0)

    @cached_property
    def _volatility(self) -> Floats:
        def miss(volatility: Floats, indices: Indices) -> Floats:
            return np.subtract(self._tree(volatility, indices).price, self._price[indices])

        size = len(self._price)
        # below this the drift of a step is more than its width, and the tree has no probabilities
        lower = np.maximum(_LOWEST_VOLATILITY, np.abs(self._rate) * np.sqrt(self._years / STEPS))
        with np.errstate(all="ignore"):
            found = brent(miss, lower, np.full(size, _HIGHEST_VOLATILITY), np.full(size, _ACCURACY))
            return np.asarray(np.where(np.isnan(found), self._newton(), found))

    @cached_property
    def _solved(self) -> _Tree:
        with np.errstate(all="ignore"):
            tree = self._tree(self._volatility, np.arange(len(self._price)))
            d1, d2 = self._black()
            delta = self._sign * ndtr(self._sign * d1)
            discounted = self._strike * np.exp(-self._rate * self._years)
            price = self._spot * delta - discounted * self._sign * ndtr(self._sign * d2)
            gamma = normal_density(d1) / (self._spot * self._volatility)
            failed = np.isnan(tree.price)
            return _Tree(*(np.where(failed, b, t) for b, t in zip((price, delta, gamma), tree, strict=True)))

    def _tree(self, volatility: Floats, indices: Indices) -> _Tree:
        """Backward induction for some of the contracts."""
        spot, strike, years = self._spot[indices], self._strike[indices], self._years[indices]
        rate, sign = self._rate[indices], self._sign[indices]
        step = years / STEPS
        jump = volatility * np.sqrt(step)
        up = 0.5 + 0.5 * (rate - 0.5 * volatility**2) * step / jump
        up = np.where((up >= 0.0) & (up <= 1.0), up, np.nan)
        discount = np.exp(-rate * step)
        levels = spot * np.exp(jump * np.arange(-STEPS, STEPS + 1)[:, None])
        intrinsic = np.maximum(sign * (levels - strike), 0.0)
        up_weight, down_weight = discount * up, discount * (1.0 - up)
        value = intrinsic[::2].copy()
        rows = {}
        for row in range(STEPS - 1, -1, -1):
            value = up_weight * value[1:] + down_weight * value[:-1]
            exercise = intrinsic[STEPS - row : STEPS + row + 1 : 2]
            may_exercise = row * step >= self._first_exercise[indices]
            value = np.where(may_exercise, np.maximum(value, exercise), value)
            if row <= 2:
                rows[row] = value, levels[STEPS - row : STEPS + row + 1 : 2]
        (two, at_two), (one, at_one), (root, _) = rows[2], rows[1], rows[0]
        slopes = np.diff(two, axis=0) / np.diff(at_two, axis=0)
        gamma = 2.0 * (slopes[1] - slopes[0]) / (at_two[2] - at_two[0])
        return _Tree(np.asarray(root[0]), (one[1] - one[0]) / (at_one[1] - at_one[0]), gamma)

    def _newton(self) -> Floats:
        """LEAN's fall-back where no volatility is implied: at most ten Newton steps, else 0."""
        forward = self._spot * np.exp(self._rate * self._years)
        discount = np.exp(-self._rate * self._years)
        estimate = np.sqrt(2.0 * np.pi / self._years) * self._price / self._spot
        result = np.zeros(len(self._price))
        open_ = np.ones(len(self._price), bool)
        for _ in range(_NEWTON_ROUNDS - 1):
            d1 = np.log(forward / self._strike) / estimate + 0.5 * estimate
            legs = forward * ndtr(self._sign * d1) - self._strike * ndtr(self._sign * (d1 - estimate))
            vega = discount * forward * normal_density(d1) * np.sqrt(self._years)
            stepped = estimate - (discount * self._sign * legs - self._price) / vega
            stepped = np.clip(stepped, _LOWEST_VOLATILITY, _HIGHEST_VOLATILITY)
            done = open_ & (np.abs(stepped - estimate) / stepped <= _NEWTON_TOLERANCE)
            result[done] = stepped[done]
            open_ &= ~done
            estimate = stepped
        return result

    def _black(self) -> tuple[Floats, Floats]:
        with np.errstate(all="ignore"):
            forward = self._spot * np.exp(self._rate * self._years)
            d1 = np.asarray(np.log(forward / self._strike) / self._volatility + 0.5 * self._volatility)
        return d1, np.asarray(d1 - self._volatility)

    def _full(self, values: Floats) -> Floats:
        result = np.zeros(self._known.shape)
        result[self._known] = np.where(np.isfinite(values), values, 0.0)
        return np.asarray(result.reshape(self._shape))

"""LEAN's older price model on arrays: an engine of QuantLib's, as LEAN calls it.

Options on futures have it by default (the Cox-Ross-Rubinstein tree of 100 steps); an algorithm may name an engine for
any option. The underlying is a spot without dividends, the time is counted in whole days to one trading day after
expiry, and a greek the engine lacks comes from a Black formula in which the volatility stands where the deviation
belongs (all greeks, where a tree has no probabilities). All of that is kept.

One thing is near and not equal: QuantLib implies the volatility of American options on a finite-difference grid, this
module on the tree: the two are within 0.001 of volatility of each other, and closer in delta.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leansim.pricing.black import normal_density
from leansim.pricing.quantlib_engines import ENGINES, STEPS, Answer, Terms
from leansim.pricing.roots import brent
from leansim.pricing.special import ndtr

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_LOWEST_VOLATILITY, _HIGHEST_VOLATILITY = 1e-7, 4.0
_NEWTON_TOLERANCE, _NEWTON_ROUNDS = 1e-3, 10
_ACCURACY = 1e-6
_TREE = "binomial_cox_ross_rubinstein"


class QuantLibModelValues:
    """What LEAN's price model answers with an engine; arguments broadcast, properties are float64 arrays of that shape.

    Args:
        spot: price of the underlying.
        strike: strike price.
        years: whole days from today to the first trading day after expiry / 365.
        first_exercise_years: whole days from today to the next trading day / 365: no exercise before.
        rate: risk-free rate of the day, a fraction.
        is_call: True for calls.
        price: the contract's `Security.price`; 0 or NaN: no data, all zero.
        engine: a name of `leansim.pricing.quantlib_engines.ENGINES`.
        american: style of the contracts.
        volatility: the underlying's own, for the theoretical price; 0: none, LEAN's first guess is taken.
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
        *,
        engine: str = _TREE,
        american: bool = True,
        volatility: float = 0.0,
    ) -> None:
        columns = (spot, strike, years, first_exercise_years, rate, price)
        *arrays, call = np.broadcast_arrays(*(np.asarray(c, float) for c in columns), np.asarray(is_call, bool))
        self._shape = call.shape
        self._known = ((arrays[0] > 0.0) & (arrays[5] > 0.0) & (arrays[2] > 0.0)).ravel()
        flat = [a.ravel()[self._known] for a in arrays]
        first_exercise = flat[3] if american else np.full_like(flat[3], np.inf)
        sign = np.where(call.ravel()[self._known], 1.0, -1.0)
        self._terms = Terms(flat[0], flat[1], flat[2], first_exercise, flat[4], sign)
        self._price = flat[5]
        self._engine = ENGINES[engine]
        self._american = american
        self._underlying_volatility = volatility

    @cached_property
    def implied_volatility(self) -> Floats:
        """Annual volatility, a fraction; 0 where neither the tree nor LEAN's fall-back finds one."""
        return self._full(self._volatility)

    @cached_property
    def theoretical_price(self) -> Floats:
        """Model price at the underlying's volatility or LEAN's first guess, not at the implied one."""
        volatility = self._underlying_volatility or self._first_guess
        with np.errstate(all="ignore"):
            return self._full(
                np.maximum(self._engine(self._terms, np.broadcast_to(volatility, self._price.shape)).price, 0.0)
            )

    @cached_property
    def delta(self) -> Floats:
        """Price change for one point of the underlying."""
        return self._full(self._solved.delta)

    @cached_property
    def gamma(self) -> Floats:
        """Change of delta for one point of the underlying."""
        return self._full(self._solved.gamma)

    @cached_property
    def theta(self) -> Floats:
        """Price change for one year."""
        return self._full(self._solved.theta)

    @cached_property
    def theta_per_day(self) -> Floats:
        """Price change for one calendar day."""
        return self.theta / 365.0

    @cached_property
    def vega(self) -> Floats:
        """Price change for one percentage point of volatility."""
        return self._full(self._solved.vega / 100.0)

    @cached_property
    def rho(self) -> Floats:
        """Price change for one percentage point of the rate."""
        return self._full(self._solved.rho / 100.0)

    @property
    def _first_guess(self) -> Floats:
        return np.asarray(np.sqrt(2.0 * np.pi / self._terms.years) * self._price / self._terms.spot)

    @cached_property
    def _volatility(self) -> Floats:
        engine = ENGINES[_TREE if self._american else "black_scholes"]

        def miss(indices: Indices) -> Callable[[Floats], Floats]:
            terms, wanted = self._terms.take(indices), self._price[indices]
            return lambda volatility: np.subtract(engine(terms, volatility).price, wanted)

        size = len(self._price)
        lower = np.full(size, _LOWEST_VOLATILITY)
        if self._american:
            # below this the drift of a step is more than its width, and the tree has no probabilities
            lower = np.maximum(lower, np.abs(self._terms.rate) * np.sqrt(self._terms.years / STEPS))
        with np.errstate(all="ignore"):
            found = brent(miss, lower, np.full(size, _HIGHEST_VOLATILITY), np.full(size, _ACCURACY))
            return np.asarray(np.where(np.isnan(found), self._newton(), found))

    @cached_property
    def _solved(self) -> Answer:
        """The engine's greeks at the implied volatility, and Black's where it has none."""
        with np.errstate(all="ignore"):
            answers = zip(self._engine(self._terms, self._volatility), self._black(), strict=True)
            return Answer(*(np.where(np.isnan(own), black, own) for own, black in answers))

    def _black(self) -> Answer:
        """QuantLib's Black formula as LEAN asks it: the volatility in the place of the deviation."""
        spot, strike, years, _, rate, sign = self._terms
        deviation = self._volatility
        forward = spot * np.exp(rate * years)
        d1 = np.asarray(np.log(forward / strike) / deviation + 0.5 * deviation)
        delta = sign * ndtr(sign * d1)
        money = strike * np.exp(-rate * years) * ndtr(sign * (d1 - deviation))
        price = np.asarray(spot * delta - sign * money)
        gamma = np.asarray(normal_density(d1) / (spot * deviation))
        drift = rate * spot * delta + 0.5 * deviation**2 / years * spot**2 * gamma
        vega = spot * normal_density(d1) * np.sqrt(years)
        theta = np.asarray(rate * price - drift)
        return Answer(price, np.asarray(delta), gamma, theta, np.asarray(vega), np.asarray(sign * years * money))

    def _newton(self) -> Floats:
        """LEAN's fall-back where no volatility is implied: at most ten Newton steps, else 0."""
        spot, strike, years, _, rate, sign = self._terms
        forward = spot * np.exp(rate * years)
        discount = np.exp(-rate * years)
        estimate = self._first_guess
        result = np.zeros(len(self._price))
        open_ = np.ones(len(self._price), bool)
        for _ in range(_NEWTON_ROUNDS - 1):
            d1 = np.log(forward / strike) / estimate + 0.5 * estimate
            legs = forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - estimate))
            vega = discount * forward * normal_density(d1) * np.sqrt(years)
            stepped = estimate - (discount * sign * legs - self._price) / vega
            stepped = np.clip(stepped, _LOWEST_VOLATILITY, _HIGHEST_VOLATILITY)
            done = open_ & (np.abs(stepped - estimate) / stepped <= _NEWTON_TOLERANCE)
            result[done] = stepped[done]
            open_ &= ~done
            estimate = stepped
        return result

    def _full(self, values: Floats) -> Floats:
        result = np.zeros(self._known.shape)
        result[self._known] = np.where(np.isfinite(values), values, 0.0)
        return np.asarray(result.reshape(self._shape))

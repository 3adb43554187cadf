"""Prices and greeks with LEAN's conventions, one class per pricing model.

They differ from the textbook (`black`) in what LEAN does at the edges: a contract without deviation gets ``d1 = 10``,
gamma and theta use at least 1 % of volatility, gamma ignores the dividend yield, and the trees' greeks are finite
differences of whole trees. Units are LEAN's: vega and rho per percentage point, theta per calendar day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from leansim.pricing.black import normal_density
from leansim.pricing.early_exercise import STEPS, Lattice
from leansim.pricing.special import ndtr
from leansim.pricing.trees import cox_ross_rubinstein, forward_tree, tree_price

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]
Pricer = Callable[[Indices], Callable[[Floats], Floats]]

_DAYS_PER_YEAR = 365.0
_LOWEST_VOLATILITY = 0.01
_STAND_IN_D1 = 10.0


class Contracts(NamedTuple):
    """What a price depends on besides the volatility; one-dimensional arrays of one length."""

    spot: Floats
    strike: Floats
    years: Floats
    rate: Floats
    dividend_yield: Floats
    is_call: Bools

    def take(self, indices: Indices) -> Contracts:
        """The contracts at `indices`."""
        s, k, t, r, q, call = self
        return Contracts(s[indices], k[indices], t[indices], r[indices], q[indices], call[indices])


class Formulas(Protocol):
    """A pricing model: everything from contracts and their volatilities."""

    def price(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Theoretical price."""

    def pricer(self, contracts: Contracts) -> Pricer:
        """Of which contracts, and then at which volatilities, the theoretical price is asked: a search's inner loop."""

    def delta(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one unit of the underlying."""

    def gamma(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Change of delta for one unit of the underlying."""

    def vega(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one percentage point of volatility."""

    def theta_per_day(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one calendar day."""

    def rho(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one percentage point of the rate."""


class BlackScholes:
    """LEAN's Black-Scholes."""

    def price(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Theoretical price."""
        s, k, t, r, q, _ = contracts
        sign, d1, d2 = _d1_d2(contracts, volatility)
        return np.asarray(sign * (s * np.exp(-q * t) * ndtr(sign * d1) - k * np.exp(-r * t) * ndtr(sign * d2)))

    def pricer(self, contracts: Contracts) -> Pricer:
        """The same; what does not depend on the volatility is worked out once."""
        s, k, t, r, q, call = contracts
        sign = np.where(call, 1.0, -1.0)
        root = np.sqrt(t)
        # everything carries the sign of the right: sign * d = moneyness / deviation +- half * sign
        moneyness = sign * (np.log(s / k) + (r - q) * t) / root
        half = 0.5 * sign * root
        spot_leg, strike_leg = sign * s * np.exp(-q * t), sign * k * np.exp(-r * t)

        def price_of(indices: Indices) -> Callable[[Floats], Floats]:
            m, h, long, short = (column[indices] for column in (moneyness, half, spot_leg, strike_leg))

            def price(volatility: Floats) -> Floats:
                centre, aside = m / volatility, h * volatility
                return np.asarray(long * ndtr(centre + aside) - short * ndtr(centre - aside))

            return price

        return price_of

    def delta(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one unit of the underlying."""
        sign, d1, _ = _d1_d2(contracts, volatility)
        return np.asarray(sign * ndtr(sign * d1) * np.exp(-contracts.dividend_yield * contracts.years))

    def gamma(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Change of delta for one unit of the underlying."""
        _, d1, _ = _d1_d2(contracts, volatility)
        width = np.maximum(volatility, _LOWEST_VOLATILITY) * np.sqrt(contracts.years)
        return np.asarray(normal_density(d1) / contracts.spot / width)

    def vega(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one percentage point of volatility."""
        _, d1, _ = _d1_d2(contracts, volatility)
        carry = np.exp(-contracts.dividend_yield * contracts.years)
        return np.asarray(contracts.spot * np.sqrt(contracts.years) * normal_density(d1) * carry / 100.0)

    def theta_per_day(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one calendar day."""
        s, k, t, r, q, _ = contracts
        sign, d1, d2 = _d1_d2(contracts, volatility)
        carry, discount = np.exp(-q * t), np.exp(-r * t)
        decay = s * np.maximum(volatility, _LOWEST_VOLATILITY) * normal_density(d1) * carry * 0.5 / np.sqrt(t)
        interest = q * s * carry * sign * ndtr(sign * d1) - r * k * discount * sign * ndtr(sign * d2)
        return np.asarray((interest - decay) / _DAYS_PER_YEAR)

    def rho(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one percentage point of the rate."""
        sign, _, d2 = _d1_d2(contracts, volatility)
        discount = np.exp(-contracts.rate * contracts.years)
        return np.asarray(sign * contracts.strike * contracts.years * discount * ndtr(sign * d2) / 100.0)


class Tree:
    """LEAN's binomial greeks over either lattice: differences of two or three trees."""

    def __init__(self, lattice: Callable[[Floats, Floats, Floats, Floats], Lattice], drift_in_factors: bool) -> None:
        self._lattice = lattice
        self._drift_in_factors = drift_in_factors

    def price(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Theoretical price."""
        return self._price(contracts, volatility, contracts.spot)

    def pricer(self, contracts: Contracts) -> Pricer:
        """Of which contracts, and then at which volatilities, the theoretical price is asked."""

        def price_of(indices: Indices) -> Callable[[Floats], Floats]:
            chosen = contracts.take(indices)
            return lambda volatility: self.price(chosen, volatility)

        return price_of

    def delta(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one unit of the underlying, between the nodes one step up and one step down."""
        step = contracts.years / STEPS
        drift = np.exp((contracts.rate - contracts.dividend_yield) * step) if self._drift_in_factors else 1.0
        up = np.exp(volatility * np.sqrt(step)) * drift
        up = np.where(up == 1.0, 1.00001, up)
        if self._drift_in_factors:
            down = np.exp(-volatility * np.sqrt(step)) * drift
            down = np.where(down == 1.0, 0.99999, down)
        else:
            down = 1.0 / up
        spot_up, spot_down = contracts.spot * up, contracts.spot * down
        # one lot: the more trees there are, the more alike are those that are worked on together
        both = np.tile(np.arange(len(spot_up)), 2)
        prices = self._price(contracts.take(both), volatility[both], np.concatenate([spot_up, spot_down]))
        rise = prices[: len(spot_up)] - prices[len(spot_up) :]
        return _divide(rise, spot_up - spot_down)

    def gamma(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Change of delta for one unit of the underlying, between the nodes two steps up and two steps down."""
        spot = contracts.spot
        up = np.exp(volatility * np.sqrt(contracts.years / STEPS))
        up = np.where(up == 1.0, 1.0001, up)
        spot_up, spot_down = spot * up * up, spot / up / up
        middle = self._price(contracts, volatility, spot)
        slope_up = (self._price(contracts, volatility, spot_up) - middle) / (spot_up - spot)
        slope_down = (middle - self._price(contracts, volatility, spot_down)) / (spot - spot_down)
        return _divide(2.0 * (slope_up - slope_down), spot_up - spot_down)

    def vega(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one percentage point of volatility: the change over the next point."""
        return self.price(contracts, volatility + 0.01) - self.price(contracts, volatility)

    def theta_per_day(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one calendar day, from a tree two of its own steps shorter."""
        step = contracts.years / STEPS
        shorter = contracts._replace(years=contracts.years - 2.0 * step)
        change = self.price(shorter, volatility) - self.price(contracts, volatility)
        return np.asarray(change * 0.5 / step / _DAYS_PER_YEAR)

    def rho(self, contracts: Contracts, volatility: Floats) -> Floats:
        """Price change for one percentage point of the rate, from a shift of 0.01 points."""
        shift = 0.0001
        shifted = contracts._replace(rate=contracts.rate + shift)
        return np.asarray((self.price(shifted, volatility) - self.price(contracts, volatility)) / shift / 100.0)

    def _price(self, contracts: Contracts, volatility: Floats, spot: Floats) -> Floats:
        lattice = self._lattice(contracts.years, contracts.rate, contracts.dividend_yield, volatility)
        return tree_price(lattice, spot, contracts.strike, contracts.is_call)


BLACK_SCHOLES: Formulas = BlackScholes()
COX_ROSS_RUBINSTEIN: Formulas = Tree(cox_ross_rubinstein, drift_in_factors=False)
FORWARD_TREE: Formulas = Tree(forward_tree, drift_in_factors=True)


def _d1_d2(contracts: Contracts, volatility: Floats) -> tuple[Floats, Floats, Floats]:
    """Sign of the right, d1 and d2; LEAN's stand-in for d1 where nothing deviates."""
    s, k, t, r, q, call = contracts
    deviation = volatility * np.sqrt(np.maximum(t, 0.0))
    drift = np.log(s / k) + (r - q + 0.5 * volatility * volatility) * t
    d1 = np.full(s.shape, _STAND_IN_D1)
    np.divide(drift, deviation, out=d1, where=deviation != 0.0)
    return np.where(call, 1.0, -1.0), d1, d1 - deviation


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    """A quotient that is 0 where the denominator is."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator != 0.0)

"""LEAN's default option price model on arrays: implied volatility and greeks as `contract.greeks` shows them.

LEAN prices a contract with its own indicators: one volatility is implied from the contract's mid and one from its
mirror's (same strike and expiry, other right), the out-of-the-money one of the two counts for both, and everything else
follows from it. By default European contracts use Black-Scholes and American ones LEAN's "forward tree" of 200 steps,
though the theoretical price comes from Black-Scholes for both. A contract whose volatility cannot be implied keeps 0,
and its greeks are computed with that 0 (calls get delta 1, puts 0).

Everything is vectorised and lazy: one `OptionModelValues` per chain (or per chain and day: pass all the minutes at
once, it is several times cheaper per contract than one call per minute), each greek computed when first asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leansim.pricing.lean_formulas import BLACK_SCHOLES, COX_ROSS_RUBINSTEIN, FORWARD_TREE, Contracts, Formulas
from leansim.pricing.roots import brent

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Indices = NDArray[np.intp]

_LOWEST_VOLATILITY = 1e-7
_HIGHEST_VOLATILITY = 4.0
_ACCURACY = 1e-4
_LARGEST_DECIMAL = 7.9e28
# A formula is so cheap that solved contracts may be carried along for a while; a tree is not.
_IDLE = 0.4


class PricingModel(Enum):
    """LEAN's `OptionPricingModelType`; the integers are LEAN's."""

    BLACK_SCHOLES = 0
    BINOMIAL_COX_ROSS_RUBINSTEIN = 1
    FORWARD_TREE = 2


_FORMULAS = {
    PricingModel.BLACK_SCHOLES: BLACK_SCHOLES,
    PricingModel.BINOMIAL_COX_ROSS_RUBINSTEIN: COX_ROSS_RUBINSTEIN,
    PricingModel.FORWARD_TREE: FORWARD_TREE,
}


class OptionModelValues:
    """What LEAN's price model answers for many contracts.

    All arguments broadcast to one shape; every property is a float64 array of that shape.

    Args:
        spot: price of the underlying (LEAN: `underlying.Price`).
        strike: strike price, in the same unit as `spot`.
        years: (settlement time of the contract - local time) in days / 365. Negative: every greek is 0.
        rate: risk-free rate of the day, a fraction (0.0025 = 0.25 %).
        dividend_yield: continuous yield, a fraction; LEAN uses 0 for index options and options on futures.
        is_call: True for calls.
        price: the contract's `Security.price` (mid of bid and ask, or the last trade). 0 or NaN: no data, all zero.
        mirror: where the contract with the other right is along the last axis; -1, or None for all: not subscribed.
        american: style of the contracts; decides the models that are not named.
        model: pricing model of the greeks; None: LEAN's default for the style.
        iv_model: pricing model of the implied volatility; None: LEAN's default for the style. The price model a user
            sets by name (`OptionPriceModels.forward_tree()`) names both.
    """

    def __init__(
        self,
        spot: ArrayLike,
        strike: ArrayLike,
        years: ArrayLike,
        rate: ArrayLike,
        dividend_yield: ArrayLike,
        is_call: ArrayLike,
        price: ArrayLike,
        mirror: ArrayLike | None = None,
        *,
        american: bool = False,
        model: PricingModel | None = None,
        iv_model: PricingModel | None = None,
    ) -> None:
        columns = (spot, strike, years, rate, dividend_yield, price)
        *arrays, call, other = np.broadcast_arrays(
            *(np.asarray(c, float) for c in columns), np.asarray(is_call, bool), -1 if mirror is None else mirror
        )
        self._shape = call.shape
        self._known = ((arrays[0] > 0.0) & (arrays[5] > 0.0)).ravel()
        s, k, t, r, q, self._price = (a.ravel()[self._known] for a in arrays)
        self._contracts = Contracts(s, k, t, r, q, call.ravel()[self._known])
        self._mirror = self._mirrors(other)
        default = PricingModel.FORWARD_TREE if american else PricingModel.BLACK_SCHOLES
        self._formulas = _FORMULAS[default if model is None else model]
        self._iv_model = default if iv_model is None else iv_model
        # LEAN prices with the volatility's model only if it was named, not if it was defaulted
        self._price_formulas = _FORMULAS[PricingModel.BLACK_SCHOLES if iv_model is None else iv_model]

    @cached_property
    def implied_volatility(self) -> Floats:
        """Annual volatility, a fraction, 7 decimals; 0 where none was found below 400 %."""
        return self._full(self._volatility)

    @cached_property
    def theoretical_price(self) -> Floats:
        """Model price at the implied volatility; 0 where the volatility is 0."""
        priced = np.flatnonzero((self._volatility > 0.0) & (self._contracts.years > 0.0))
        values = np.zeros_like(self._price)
        values[priced] = self._price_formulas.price(self._contracts.take(priced), self._volatility[priced])
        return self._full(_as_decimal(values))

    @cached_property
    def delta(self) -> Floats:
        """Price change for one unit of the underlying."""
        return self._greek(self._formulas.delta)

    @cached_property
    def gamma(self) -> Floats:
        """Change of delta for one unit of the underlying."""
        return self._greek(self._formulas.gamma)

    @cached_property
    def vega(self) -> Floats:
        """Price change for one percentage point of volatility."""
        return self._greek(self._formulas.vega)

    @cached_property
    def theta_per_day(self) -> Floats:
        """Price change for one calendar day."""
        return self._greek(self._formulas.theta_per_day)

    @cached_property
    def theta(self) -> Floats:
        """Price change for one year: 365 times `theta_per_day`."""
        return self.theta_per_day * 365.0

    @cached_property
    def rho(self) -> Floats:
        """Price change for one percentage point of the rate."""
        return self._greek(self._formulas.rho)

    def _mirrors(self, mirror: Indices) -> Indices:
        """Of each contract with data: which of them its mirror is, or -1."""
        width = self._shape[-1] if self._shape else 1
        place = (np.arange(mirror.size) // width * width + mirror.ravel())[self._known]
        found = np.cumsum(self._known)[place] - 1
        return np.where((mirror.ravel()[self._known] >= 0) & self._known[place], found, -1)

    @cached_property
    def _volatility(self) -> Floats:
        """Implied volatilities of the contracts with data.

        LEAN solves contract and mirror and prefers the out-of-the-money one (at the money: the contract itself). So the
        preferred one is solved first, once for both, and the other only where that fails.
        """
        call, spot, strike = self._contracts.is_call, self._contracts.spot, self._contracts.strike
        mirrored = self._mirror >= 0
        yields = mirrored & np.where(call, strike < spot, strike > spot)
        solved = np.full(len(spot), np.nan)
        self._solve(solved, ~yields)
        preferred = np.where(yields, solved[self._mirror], solved)
        failed = np.isnan(preferred) & mirrored
        if failed.any():
            self._solve(solved, failed & yields)
            preferred = np.where(failed, np.where(yields, solved, solved[self._mirror]), preferred)
        return np.asarray(np.round(np.nan_to_num(preferred), 7), np.float64)

    def _solve(self, solved: Floats, chosen: Bools) -> None:
        """Put in the volatilities at which the chosen contracts' own prices are fair; NaN where the search fails."""
        indices = np.flatnonzero(chosen & (self._contracts.years > 0.0))
        solved[indices] = implied_volatilities(self._iv_model, self._contracts.take(indices), self._price[indices])

    def _greek(self, formula: Callable[[Contracts, Floats], Floats]) -> Floats:
        living = np.flatnonzero(self._contracts.years >= 0.0)
        values = np.zeros_like(self._price)
        with np.errstate(all="ignore"):
            values[living] = formula(self._contracts.take(living), self._volatility[living])
        return self._full(np.round(_as_decimal(values), 7))

    def _full(self, values: Floats) -> Floats:
        result = np.zeros(self._known.shape)
        result[self._known] = values
        return result.reshape(self._shape)


def formulas_of(model: PricingModel) -> Formulas:
    """The formulas of a pricing model."""
    return _FORMULAS[model]


def implied_volatilities(model: PricingModel, contracts: Contracts, price: Floats) -> Floats:
    """What LEAN implies from prices with a model; NaN where its search fails. Contracts must not have expired."""
    formulas = _FORMULAS[model]
    guess = None if formulas is BLACK_SCHOLES else _imply(BLACK_SCHOLES, contracts, price, None)
    return _imply(formulas, contracts, price, guess)


def _imply(formulas: Formulas, contracts: Contracts, price: Floats, guess: Floats | None) -> Floats:
    """LEAN's search; a guess (NaN where there is none) narrows its bounds to half and one and a half times itself."""
    lower = np.full_like(price, _LOWEST_VOLATILITY)
    upper = np.full_like(price, _HIGHEST_VOLATILITY)
    if guess is not None:
        lower = np.fmax(lower, 0.5 * guess)
        upper = np.fmin(upper, 1.5 * guess)
    accuracy = np.maximum(_ACCURACY, _ACCURACY * price)

    price_of = formulas.pricer(contracts)

    def miss(indices: Indices) -> Callable[[Floats], Floats]:
        price_at, wanted = price_of(indices), price[indices]
        return lambda volatility: price_at(volatility) - wanted

    return brent(miss, lower, upper, accuracy, idle=_IDLE if formulas is BLACK_SCHOLES else 0.0)


def _as_decimal(values: Floats) -> Floats:
    """LEAN keeps results as decimals: what does not fit one (infinite, not a number, too large) stays at 0."""
    return np.where(np.isfinite(values) & (np.abs(values) < _LARGEST_DECIMAL), values, 0.0)

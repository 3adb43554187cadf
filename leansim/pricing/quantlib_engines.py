"""QuantLib's pricing engines on arrays, as LEAN's older price models call them: no dividends, flat rate and volatility.

An engine answers what QuantLib's does and NaN for what it does not: LEAN then asks a Black formula instead
(`leansim.pricing.quantlib_greeks`). Tests hold every engine against QuantLib itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leansim.pricing.black import normal_density
from leansim.pricing.special import ndtr

Floats = NDArray[np.float64]

STEPS = 100
_UPS = np.arange(STEPS + 1)[:, None]
_CRITICAL_PRICE_TOLERANCE, _CRITICAL_PRICE_ROUNDS = 1e-6, 100


class Terms(NamedTuple):
    """What is priced; arrays of one length. ``sign``: 1 for calls, -1 for puts.

    ``first_exercise`` is in years from today: an American option is not exercised before; infinite for European ones.
    """

    spot: Floats
    strike: Floats
    years: Floats
    first_exercise: Floats
    rate: Floats
    sign: Floats

    def take(self, indices: NDArray[np.intp]) -> Terms:
        """Some of them."""
        return Terms(*(column[indices] for column in self))


class Answer(NamedTuple):
    """Price and derivatives in mathematical units (theta a year, vega and rho of 1.00); NaN: the engine has none."""

    price: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats
    rho: Floats


Engine = Callable[[Terms, Floats], Answer]


def _only_price(price: Floats) -> Answer:
    nothing = np.full_like(price, np.nan)
    return Answer(price, nothing, nothing, nothing, nothing, nothing)


def black_scholes(terms: Terms, volatility: Floats) -> Answer:
    """The analytic formula."""
    s, k, t, _, r, sign = terms
    d1, d2 = _d1_d2(terms, volatility)
    discounted = k * np.exp(-r * t)
    density = s * normal_density(d1)
    money = discounted * ndtr(sign * d2)
    theta = -density * volatility / (2.0 * np.sqrt(t)) - sign * r * money
    return Answer(
        np.asarray(sign * (s * ndtr(sign * d1) - money)),
        np.asarray(sign * ndtr(sign * d1)),
        np.asarray(density / (s * s * volatility * np.sqrt(t))),
        np.asarray(theta),
        np.asarray(density * np.sqrt(t)),
        np.asarray(sign * t * money),
    )


def integral(terms: Terms, volatility: Floats) -> Answer:
    """The same price by integration; no greeks."""
    return _only_price(black_scholes(terms, volatility).price)


def barone_adesi_whaley(terms: Terms, volatility: Floats) -> Answer:
    """Quadratic approximation of American options; calls without dividends are European."""
    s, k, t, _, r, sign = terms
    variance = volatility**2 * t
    deviation = np.sqrt(variance)
    discount = np.exp(-r * t)
    european = black_scholes(terms, volatility)
    put = terms._replace(sign=np.full_like(sign, -1.0))
    n = 2.0 * r * t / variance
    m = np.where(discount == 1.0, 2.0 / variance, n / np.where(discount == 1.0, 1.0, 1.0 - discount))
    q = (1.0 - n - np.sqrt((n - 1.0) ** 2 + 4.0 * m)) / 2.0
    critical = _critical_price(put, volatility, q, n)
    d1 = (np.log(critical / k) + r * t + 0.5 * variance) / deviation
    premium = -(critical / q) * ndtr(d1) * (s / critical) ** q
    price = np.where(s > critical, black_scholes(put, volatility).price + premium, k - s)
    return _calls_from(european, _only_price(price), sign)


def _critical_price(put: Terms, volatility: Floats, q: Floats, n: Floats) -> Floats:
    """The price of the underlying below which a put is exercised, by Newton's method."""
    _, k, t, _, r, _ = put
    deviation = volatility * np.sqrt(t)
    lowest_q = (1.0 - n - np.sqrt((n - 1.0) ** 2 + 4.0 * n)) / 2.0
    lowest = k / (1.0 - 1.0 / lowest_q)
    price = lowest + (k - lowest) * np.exp((r * t - 2.0 * deviation) * k / (k - lowest))
    for _ in range(_CRITICAL_PRICE_ROUNDS):
        here = put._replace(spot=price)
        d1, _ = _d1_d2(here, volatility)
        held = black_scholes(here, volatility).price - ndtr(d1) * price / q
        open_ = np.abs(k - price - held) / k > _CRITICAL_PRICE_TOLERANCE
        if not open_.any():
            break
        slope = -ndtr(-d1) * (1.0 - 1.0 / q) - (1.0 + normal_density(-d1) / deviation) / q
        price = np.where(open_, (k - held + slope * price) / (1.0 + slope), price)
    return np.asarray(price)


def bjerksund_stensland(terms: Terms, volatility: Floats) -> Answer:
    """Flat-boundary approximation of American options; calls without dividends are European."""
    s, k, t, _, r, sign = terms
    # a put is a call with the asset and the strike changed about, and so are their rates
    asset, strike = k, s
    carried = -r * t
    variance = volatility**2 * t
    beta = 0.5 - carried / variance + np.abs(carried / variance - 0.5)
    infinite = beta / (beta - 1.0) * strike
    lowest = strike
    height = -(carried + 2.0 * np.sqrt(variance)) * lowest / (infinite - lowest)
    trigger = lowest + (infinite - lowest) * (1.0 - np.exp(height))
    phi = partial(_phi, asset, trigger, carried, variance)
    value = (trigger - strike) * (asset / trigger) ** beta - (trigger - strike) * trigger**-beta * phi(beta, trigger)
    value += phi(1.0, trigger) - phi(1.0, strike) - strike * (phi(0.0, trigger) - phi(0.0, strike))
    price = np.where(asset >= trigger, asset - strike, value)
    return _calls_from(black_scholes(terms, volatility), _only_price(price), sign)


def _phi(
    asset: Floats, trigger: Floats, carried: Floats, variance: Floats, gamma: Floats | float, level: Floats
) -> Floats:
    power = gamma * carried + 0.5 * gamma * (gamma - 1.0) * variance
    d = -(np.log(asset / level) + carried + (gamma - 0.5) * variance) / np.sqrt(variance)
    kappa = 2.0 * carried / variance + (2.0 * gamma - 1.0)
    beyond = (trigger / asset) ** kappa * ndtr(d - 2.0 * np.log(trigger / asset) / np.sqrt(variance))
    return np.asarray(np.exp(power) * asset**gamma * (ndtr(d) - beyond))


def _calls_from(calls: Answer, puts: Answer, sign: Floats) -> Answer:
    return Answer(*(np.where(sign > 0.0, call, put) for call, put in zip(calls, puts, strict=True)))


class _Lattice(NamedTuple):
    """A tree: the factor of one step up and of one step down, and the probability of up; NaN where it has none."""

    up: Floats
    down: Floats
    probability: Floats


def _drift(terms: Terms, volatility: Floats) -> tuple[Floats, Floats]:
    """Drift of the logarithm and variance of one step."""
    step = terms.years / STEPS
    variance = volatility**2 * step
    return terms.rate * step - 0.5 * variance, variance


def _cox_ross_rubinstein(terms: Terms, volatility: Floats) -> _Lattice:
    drift, variance = _drift(terms, volatility)
    jump = np.sqrt(variance)
    return _Lattice(np.exp(jump), np.exp(-jump), 0.5 + 0.5 * drift / jump)


def _trigeorgis(terms: Terms, volatility: Floats) -> _Lattice:
    drift, variance = _drift(terms, volatility)
    jump = np.sqrt(variance + drift**2)
    return _Lattice(np.exp(jump), np.exp(-jump), 0.5 + 0.5 * drift / jump)


def _jarrow_rudd(terms: Terms, volatility: Floats) -> _Lattice:
    drift, variance = _drift(terms, volatility)
    jump = np.sqrt(variance)
    return _Lattice(np.exp(drift + jump), np.exp(drift - jump), np.full_like(drift, 0.5))


def _additive_equal_probabilities(terms: Terms, volatility: Floats) -> _Lattice:
    drift, variance = _drift(terms, volatility)
    jump = -0.5 * drift + 0.5 * np.sqrt(4.0 * variance - 3.0 * drift**2)
    return _Lattice(np.exp(drift + jump), np.exp(drift - jump), np.full_like(drift, 0.5))


def _tian(terms: Terms, volatility: Floats) -> _Lattice:
    drift, variance = _drift(terms, volatility)
    q = np.exp(variance)
    growth = np.exp(drift) * np.sqrt(q)
    width = np.sqrt(q * q + 2.0 * q - 3.0)
    up, down = 0.5 * growth * q * (q + 1.0 + width), 0.5 * growth * q * (q + 1.0 - width)
    return _Lattice(up, down, (growth - down) / (up - down))


def tree(lattice: Callable[[Terms, Floats], _Lattice]) -> Engine:
    """A binomial engine of 100 steps: price, delta, gamma and theta."""

    def engine(terms: Terms, volatility: Floats) -> Answer:
        return _backward(terms, volatility, lattice(terms, volatility))

    return engine


def _backward(terms: Terms, volatility: Floats, lattice: _Lattice) -> Answer:
    """Backward induction; delta and gamma from the first rows, theta from the Black-Scholes equation."""
    step = terms.years / STEPS
    up = np.where((lattice.probability >= 0.0) & (lattice.probability <= 1.0), lattice.probability, np.nan)
    discount = np.exp(-terms.rate * step)
    up_weight, down_weight = discount * up, discount * (1.0 - up)
    levels = np.asarray(terms.spot * lattice.up**_UPS * lattice.down ** _UPS[::-1])
    value = np.maximum(terms.sign * (levels - terms.strike), 0.0)
    # QuantLib moves the first day of exercise to the nearest step
    first_row = np.ceil(terms.first_exercise / step - 0.5)
    rows: dict[int, tuple[Floats, Floats]] = {}
    for row in range(STEPS - 1, -1, -1):
        levels = levels[:-1] / lattice.down
        value = up_weight * value[1:] + down_weight * value[:-1]
        may_exercise = row >= first_row
        if may_exercise.any():
            value = np.where(may_exercise, np.maximum(value, terms.sign * (levels - terms.strike)), value)
        if row <= 2:
            rows[row] = value, levels
    (two, at_two), (one, at_one), (root, _) = rows[2], rows[1], rows[0]
    slopes = np.diff(two, axis=0) / np.diff(at_two, axis=0)
    price = np.asarray(root[0])
    delta = np.asarray((one[1] - one[0]) / (at_one[1] - at_one[0]))
    gamma = np.asarray(2.0 * (slopes[1] - slopes[0]) / (at_two[2] - at_two[0]))
    drift = terms.rate * terms.spot * delta + 0.5 * (volatility * terms.spot) ** 2 * gamma
    nothing = np.full_like(price, np.nan)
    return Answer(price, delta, gamma, np.asarray(terms.rate * price - drift), nothing, nothing)


ENGINES: dict[str, Engine] = {
    "black_scholes": black_scholes,
    "barone_adesi_whaley": barone_adesi_whaley,
    "bjerksund_stensland": bjerksund_stensland,
    "integral": integral,
    "binomial_cox_ross_rubinstein": tree(_cox_ross_rubinstein),
    "binomial_jarrow_rudd": tree(_jarrow_rudd),
    "additive_equiprobabilities": tree(_additive_equal_probabilities),
    "binomial_trigeorgis": tree(_trigeorgis),
    "binomial_tian": tree(_tian),
}
"""By the names of LEAN's ``OptionPriceModels.QuantLib``."""


def _d1_d2(terms: Terms, volatility: Floats) -> tuple[Floats, Floats]:
    deviation = volatility * np.sqrt(terms.years)
    d1 = np.asarray((np.log(terms.spot / terms.strike) + terms.rate * terms.years) / deviation + 0.5 * deviation)
    return d1, d1 - deviation

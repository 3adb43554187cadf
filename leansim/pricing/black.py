"""Black-76 and Black-Scholes: prices and greeks of European options, vectorised.

All arguments broadcast. Volatility is annual, time in years, rates continuous, all as fractions. Where
`volatility * sqrt(years)` is 0 the price is the discounted intrinsic value and delta its slope.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from leansim.pricing.special import ndtr

Floats = NDArray[np.float64]

_INV_SQRT_2PI = 0.3989422804014327


class Greeks(NamedTuple):
    """Price and its derivatives, in plain mathematical units.

    `delta`, `gamma` for one unit of the underlying, `vega` for 1.00 of volatility, `theta` for one year passing, `rho`
    for 1.00 of the rate. Divide vega and rho by 100 for percentage points, theta by 365 for a calendar day.
    """

    price: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats


def normal_density(x: Floats) -> Floats:
    """Density of the standard normal distribution."""
    return np.asarray(_INV_SQRT_2PI * np.exp(-0.5 * x * x))


def black76_price(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    discount: ArrayLike,
    is_call: ArrayLike,
) -> Floats:
    """Price of a European option on a forward; `discount` is the value today of 1 at expiry."""
    f, k = np.asarray(forward, float), np.asarray(strike, float)
    deviation = np.asarray(volatility, float) * np.sqrt(years)
    sign = np.where(is_call, 1.0, -1.0)
    d1, d2 = _d1_d2(f, k, deviation)
    return np.asarray(discount * sign * (f * ndtr(sign * d1) - k * ndtr(sign * d2)))


def black76_delta(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    discount: ArrayLike,
    is_call: ArrayLike,
) -> Floats:
    """Derivative of `black76_price` with respect to the forward."""
    f, k = np.asarray(forward, float), np.asarray(strike, float)
    d1, _ = _d1_d2(f, k, np.asarray(volatility, float) * np.sqrt(years))
    return np.asarray(discount * (ndtr(d1) - np.where(is_call, 0.0, 1.0)))


def black76_greeks(
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    rate: ArrayLike,
    is_call: ArrayLike,
) -> Greeks:
    """Price and greeks of a European option on a forward or future, discounted at `rate`.

    `delta` and `gamma` are for one unit of the forward; `rho` keeps the forward fixed.
    """
    f, t, r = np.asarray(forward, float), np.asarray(years, float), np.asarray(rate, float)
    # a future is an asset that yields the rate; only rho differs, because a change of rate leaves the future alone
    greeks = black_scholes_greeks(f, strike, t, r, r, volatility, is_call)
    return greeks._replace(rho=np.asarray(-t * greeks.price))


def black_scholes_price(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    is_call: ArrayLike,
) -> Floats:
    """Price of a European option on a spot that pays a continuous dividend yield."""
    t, r = np.asarray(years, float), np.asarray(rate, float)
    forward = spot * np.exp((r - dividend_yield) * t)
    return black76_price(forward, strike, t, volatility, np.exp(-r * t), is_call)


def black_scholes_greeks(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    volatility: ArrayLike,
    is_call: ArrayLike,
) -> Greeks:
    """Price and greeks of a European option on a spot that pays a continuous dividend yield."""
    s, k, t = np.asarray(spot, float), np.asarray(strike, float), np.asarray(years, float)
    r, q, vol = np.asarray(rate, float), np.asarray(dividend_yield, float), np.asarray(volatility, float)
    sign = np.where(is_call, 1.0, -1.0)
    deviation = vol * np.sqrt(t)
    carry, discount = np.exp(-q * t), np.exp(-r * t)
    d1, d2 = _d1_d2(s * carry / discount, k, deviation)
    n1, n2 = ndtr(sign * d1), ndtr(sign * d2)
    spot_leg, strike_leg = s * carry * n1, k * discount * n2
    density = s * carry * normal_density(d1)
    with np.errstate(divide="ignore", invalid="ignore"):
        gamma = np.where(deviation > 0, density / (s * s * deviation), 0.0)
        decay = np.where(deviation > 0, density * vol / (2.0 * np.sqrt(t)), 0.0)
    return Greeks(
        price=np.asarray(sign * (spot_leg - strike_leg)),
        delta=np.asarray(sign * carry * n1),
        gamma=gamma,
        vega=np.asarray(density * np.sqrt(t)),
        theta=np.asarray(-decay + sign * (q * spot_leg - r * strike_leg)),
        rho=np.asarray(sign * t * strike_leg),
    )


def _d1_d2(forward: Floats, strike: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """The two arguments of the normal distribution; without deviation plus or minus infinity (0 at the money)."""
    log_moneyness = np.log(forward / strike)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = log_moneyness / deviation
    centre = np.where(deviation > 0, centre, np.copysign(np.inf, log_moneyness))
    half = 0.5 * deviation
    return centre + half, centre - half

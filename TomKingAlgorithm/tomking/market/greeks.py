"""Option prices, deltas and implied volatilities, a whole side of a chain at once.

Black's formula on the forward serves both worlds: an option on a future is valued on the future itself (Black-76); an
option on an index or share on its spot carried at the rate (Black-Scholes, no dividends: within the lives traded here
they move a delta less than a tick of price does). American exercise is not modelled: far out of the money and near
expiry its premium is below a tick. All functions broadcast over numpy arrays; fractions, years and rates are plain
numbers (0.15, 0.25, 0.02).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr  # type: ignore[import-untyped]  # scipy ships no types

from tomking.market.contract import Contract, Right
from tomking.market.implied import Numbers, implied_deviation
from tomking.market.quote import Quote

YEAR: Final = timedelta(days=365)
_SHORTEST: Final = timedelta(minutes=1) / YEAR
"""Floor of a life in years: in the last minute a delta is a step and a volatility has no meaning. The seed's floor of
0.001 years, 8.8 hours, would falsify every 0DTE delta; the Greeks shown and limited leave out what expires today, so
all they are made of lives longer than that."""

_LOWEST_VOLATILITY: Final = 1e-4
_HIGHEST_VOLATILITY: Final = 20.0
_ROOT_TWO_PI: Final = 2.5066282746310002


def years_between(now: datetime, settles: datetime) -> float:
    """Life of an option in years of 365 days, never below a minute."""
    return max((settles - now) / YEAR, _SHORTEST)


def carry(years: Numbers | float, rate: Numbers | float) -> Numbers:
    """Growth from spot to forward: e to the rate × years."""
    return np.asarray(np.exp(np.asarray(rate) * years), dtype=np.float64)


def black_price(
    forward: Numbers | float,
    strike: Numbers | float,
    years: Numbers | float,
    volatility: Numbers | float,
    rate: Numbers | float,
    is_call: NDArray[np.bool_] | bool,
) -> Numbers:
    """Discounted price of a European option on a forward."""
    forward, strike, deviation, d1 = _terms(forward, strike, years, volatility)
    sign = _sign(is_call)
    value = sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - deviation)))
    return np.asarray(value / carry(years, rate), dtype=np.float64)


def black_delta(
    forward: Numbers | float,
    strike: Numbers | float,
    years: Numbers | float,
    volatility: Numbers | float,
    rate: Numbers | float,
    is_call: NDArray[np.bool_] | bool,
    *,
    on_future: bool,
) -> Numbers:
    """Change of the price per point of the underlying: of the future when `on_future`, else of the spot."""
    *_, d1 = _terms(forward, strike, years, volatility)
    sign = _sign(is_call)
    value = sign * ndtr(sign * d1)
    return np.asarray(value / carry(years, rate) if on_future else value, dtype=np.float64)


def implied_volatility(
    price: Numbers | float,
    forward: Numbers | float,
    strike: Numbers | float,
    years: Numbers | float,
    rate: Numbers | float,
    is_call: NDArray[np.bool_] | bool,
) -> Numbers:
    """The volatility at which `black_price` gives `price`; NaN where none from 0.01 to 2,000 % does.

    It is sought on the out-of-the-money side of each strike by put-call parity, so that no accuracy is lost on options
    deep in the money.
    """
    price, forward, strike = np.broadcast_arrays(price, forward, strike)
    intrinsic = np.maximum(_sign(is_call) * (forward - strike), 0.0)
    with np.errstate(all="ignore"):  # a future at or below 0 has none; nor has what is no number
        value = (price * carry(years, rate) - intrinsic) / np.sqrt(forward * strike)
        ratio = np.minimum(forward, strike) / np.maximum(forward, strike)
    volatility = np.asarray(implied_deviation(ratio, value) / np.sqrt(years), dtype=np.float64)
    volatility[(volatility < _LOWEST_VOLATILITY) | (volatility > _HIGHEST_VOLATILITY)] = np.nan
    return volatility


@dataclass(frozen=True, slots=True)
class Greeks:
    """What a price does when something moves; arrays of one shape.

    Attributes:
        delta: change per point of the underlying.
        gamma: change of delta per point.
        vega: change of the price per volatility point (0.01).
        theta: change of the price per calendar day.
    """

    delta: Numbers
    gamma: Numbers
    vega: Numbers
    theta: Numbers


def black_greeks(
    forward: Numbers | float,
    strike: Numbers | float,
    years: Numbers | float,
    volatility: Numbers | float,
    rate: Numbers | float,
    is_call: NDArray[np.bool_] | bool,
    *,
    on_future: bool,
) -> Greeks:
    """The derivatives of `black_price`: by the future when `on_future`, else by the spot that is carried to it."""
    forward, strike, deviation, d1 = _terms(forward, strike, years, volatility)
    sign = _sign(is_call)
    growth = carry(years, rate)
    above, beyond = ndtr(sign * d1), ndtr(sign * (d1 - deviation))
    density = np.exp(-0.5 * d1 * d1) * (1.0 / _ROOT_TWO_PI)
    weight = forward * density / growth
    gamma = density / (forward * deviation)
    if on_future:
        delta, gamma = sign * above / growth, gamma / growth
        carried = rate * sign * (forward * above - strike * beyond)
    else:
        delta, gamma = sign * above, gamma * growth
        carried = -rate * sign * strike * beyond
    return Greeks(
        delta=np.asarray(delta, dtype=np.float64),
        gamma=np.asarray(gamma, dtype=np.float64),
        vega=np.asarray(weight * np.sqrt(years) * 0.01, dtype=np.float64),
        theta=np.asarray((carried / growth - 0.5 * weight * deviation / years) * (1.0 / 365.0), dtype=np.float64),
    )


def own_deltas(
    contracts: Sequence[Contract], quotes: Sequence[Quote], spot: float, years: float, rate: float
) -> tuple[Numbers, Numbers]:
    """Deltas and implied volatilities of options of one expiry from their mids; NaN where the mid has no volatility.

    Options on a future (those with a `delivery`) are valued on `spot` as the future's price.
    """
    if not contracts:
        return np.empty(0), np.empty(0)
    on_future = contracts[0].delivery is not None
    forward = spot if on_future else spot * float(carry(years, rate))
    strikes = np.array([float(contract.strike or 0) for contract in contracts])
    is_call = np.array([contract.right is Right.CALL for contract in contracts])
    mids = np.array([float(quote.mid) for quote in quotes])
    volatilities = implied_volatility(mids, forward, strikes, years, rate, is_call)
    deltas = black_delta(forward, strikes, years, volatilities, rate, is_call, on_future=on_future)
    return deltas, volatilities


def _sign(is_call: NDArray[np.bool_] | bool) -> Numbers:
    """1 for calls, -1 for puts."""
    return np.asarray(np.multiply(is_call, 2.0) - 1.0)


def _terms(
    forward: Numbers | float, strike: Numbers | float, years: Numbers | float, volatility: Numbers | float
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Forward, strike, deviation and d1; a future at or below 0, as oil was once, has no d1: NaN."""
    forward, strike = np.asarray(forward, dtype=np.float64), np.asarray(strike, dtype=np.float64)
    deviation = np.maximum(np.asarray(volatility, dtype=np.float64) * np.sqrt(years), 1e-300)
    with np.errstate(invalid="ignore", divide="ignore"):
        d1 = np.log(forward / strike) / deviation + 0.5 * deviation
    return forward, strike, deviation, d1

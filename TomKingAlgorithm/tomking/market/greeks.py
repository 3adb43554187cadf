"""Option prices, deltas and implied volatilities, a whole side of a chain at once.

Black's formula on the forward serves both worlds: an option on a future is valued on the future itself (Black-76); an
option on an index or share on its spot carried at the rate (Black-Scholes, no dividends: within the lives traded here
they move a delta less than a tick of price does). American exercise is not modelled: far out of the money and near
expiry its premium is below a tick. All functions broadcast over numpy arrays; fractions, years and rates are plain
numbers (0.15, 0.25, 0.02).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr  # type: ignore[import-untyped]  # scipy ships no types

from tomking.market.contract import Contract, Right
from tomking.market.quote import Quote

Numbers = NDArray[np.float64]

YEAR: Final = timedelta(days=365)
_SHORTEST: Final = timedelta(minutes=1) / YEAR
"""Floor of a life in years: in the last minute a delta is a step and a volatility has no meaning. (The seed's floor of
0.001 years is 8.8 hours: it would falsify every 0DTE delta, so it serves display marks only.)"""

_LOWEST_VOLATILITY: Final = 1e-4
_HIGHEST_VOLATILITY: Final = 20.0
_PRICE_TOLERANCE: Final = 1e-12
_MOST_STEPS: Final = 100
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
    forward, strike, deviation = _inputs(forward, strike, years, volatility)
    sign = np.where(is_call, 1.0, -1.0)
    d1 = np.log(forward / strike) / deviation + 0.5 * deviation
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
    forward, strike, deviation = _inputs(forward, strike, years, volatility)
    d1 = np.log(forward / strike) / deviation + 0.5 * deviation
    value = np.where(is_call, ndtr(d1), -ndtr(-d1))
    return np.asarray(value / carry(years, rate) if on_future else value, dtype=np.float64)


def implied_volatility(
    price: Numbers | float,
    forward: Numbers | float,
    strike: Numbers | float,
    years: Numbers | float,
    rate: Numbers | float,
    is_call: NDArray[np.bool_] | bool,
) -> Numbers:
    """The volatility at which `black_price` gives `price`; NaN where none does (price outside its bounds).

    Newton's method inside a shrinking bracket, on the out-of-the-money side of each strike by put-call parity, so that
    no accuracy is lost on options deep in the money.
    """
    price, forward, strike, years, rate, call = (
        np.array(part) for part in np.broadcast_arrays(price, forward, strike, years, rate, is_call)
    )
    growth = carry(years, rate)
    value = np.asarray(price * growth, dtype=np.float64)
    out_call = forward < strike
    flipped = out_call != call
    value = np.where(flipped, value - np.where(call, forward - strike, strike - forward), value)
    solvable = (value > 0) & (value < np.where(out_call, forward, strike)) & (years > 0)

    low = np.full(value.shape, _LOWEST_VOLATILITY)
    high = np.full(value.shape, _HIGHEST_VOLATILITY)
    root = np.sqrt(np.maximum(years, _SHORTEST))
    # the inflection point of price in volatility: from there Newton's steps cannot leave the bracket for long
    guess = np.clip(np.sqrt(2.0 * np.abs(np.log(forward / strike))) / root, 0.05, 5.0)
    sign = np.where(out_call, 1.0, -1.0)
    scale = _PRICE_TOLERANCE * forward
    for _ in range(_MOST_STEPS):
        deviation = guess * root
        d1 = np.log(forward / strike) / deviation + 0.5 * deviation
        error = sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - deviation))) - value
        open_still = solvable & (np.abs(error) > np.minimum(scale, value * 1e-9)) & (high - low > 1e-14)
        if not open_still.any():
            break
        high = np.where(error > 0, guess, high)
        low = np.where(error > 0, low, guess)
        vega = forward * np.exp(-0.5 * d1 * d1) / _ROOT_TWO_PI * root
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = guess - error / vega
        inside = np.isfinite(step) & (step > low) & (step < high)
        guess = np.where(open_still, np.where(inside, step, 0.5 * (low + high)), guess)
    at_edge = (guess < 2 * _LOWEST_VOLATILITY) | (guess > 0.99 * _HIGHEST_VOLATILITY)
    return np.where(solvable & ~at_edge, guess, np.nan)


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


def _inputs(
    forward: Numbers | float, strike: Numbers | float, years: Numbers | float, volatility: Numbers | float
) -> tuple[Numbers, Numbers, Numbers]:
    deviation = np.maximum(np.asarray(volatility, dtype=np.float64) * np.sqrt(years), 1e-300)
    return np.asarray(forward, dtype=np.float64), np.asarray(strike, dtype=np.float64), deviation

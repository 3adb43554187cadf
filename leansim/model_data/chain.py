"""The chain of one expiry day: its strikes, and fair values of every contract at every minute.

Weekly S&P 500 options (SPXW) that expire on a Friday at the close. The forward is the index itself: one day's interest
on 2,000 points is less than a tick.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import path, surface
from leansim.model_data.assets import INDEX, Markets
from leansim.model_data.history import History
from leansim.model_data.randomness import generator
from leansim.pricing.special import ndtr

Floats = NDArray[np.float64]

FRIDAY = 4

# A derived asset's extremes are modelled themselves: they need not be met by as good a candidate as real ones.
_DERIVED_CANDIDATES = 12

_STRIKE_STEP = 5.0
_STRIKES_BELOW = 60
_STRIKES_ABOVE = 39
# Variance left is never less than what half a minute of the session brings: at the last quote options are not yet dead.
_LAST_MOMENT = 0.5 / 390.0


class FairValues(NamedTuple):
    """Arrays of strikes by times: values of calls and puts, and the calls' delta."""

    call: Floats
    put: Floats
    call_delta: Floats


@dataclass(frozen=True)
class Day:
    """One modelled session: an asset and its volatility index at each sample of the path; of the S&P 500, the VIX."""

    session: date
    minutes: int
    index: Floats
    vix: Floats


def model_day(history: History, seed: int, day: date) -> Day:
    """The path of a modelled day; the same for every file that shows the day."""
    minutes = history.session_minutes(day)
    previous = history.previous(day)
    assert previous is not None, "a modelled day has a session before it"
    index = path.index_path(generator(seed, "index", day), history.bars[day], minutes)
    vix = path.vix_path(generator(seed, "vix", day), index, history.vix[previous], history.vix[day])
    return Day(day, minutes, index, vix)


def asset_day(markets: Markets, seed: int, asset: str, day: date) -> Day:
    """The path of an asset's day."""
    history = markets.history
    if asset == INDEX:
        return model_day(history, seed, day)
    minutes = history.session_minutes(day)
    previous = history.previous(day)
    assert previous is not None, "a modelled day has a session before it"
    rng = generator(seed, f"path {asset}", day)
    level = path.index_path(rng, markets.bars(asset)[day], minutes, _DERIVED_CANDIDATES)
    volatility = markets.volatility(asset)
    return Day(day, minutes, level, path.vix_path(rng, level, volatility[previous], volatility[day]))


def expires(history: History, day: date) -> bool:
    """Whether a chain expires on this day: a Friday with a session."""
    return day.weekday() == FRIDAY and day in history.modelled_set


def strikes(previous_close: float) -> Floats:
    """The strikes listed the evening before: 100 of them, 5 points apart, more below the index than above."""
    centre = round(previous_close / _STRIKE_STEP)
    return np.asarray(_STRIKE_STEP * (centre + np.arange(-_STRIKES_BELOW, _STRIKES_ABOVE + 1)), float)


def session_values(day: Day, strike: Floats) -> FairValues:
    """Fair values at the beginning of every minute and at the close: minutes + 1 times."""
    every_minute = slice(None, None, path.SAMPLES_PER_MINUTE)
    left = np.maximum(1.0 - path.elapsed_variance(day.minutes)[every_minute], _LAST_MOMENT)
    variance = surface.session_variance(day.vix[every_minute]) * left
    return fair_values(day.index[every_minute], variance, strike)


def fair_values(index: Floats, atm_variance: Floats, strike: Floats, rho: float = surface.RHO) -> FairValues:
    """Fair values for every strike (rows) at every pair of index level and at-the-money total variance (columns)."""
    log_moneyness = np.log(strike)[:, None] - np.log(index)
    deviation = np.sqrt(surface.total_variance(log_moneyness, atm_variance, rho))
    d1 = 0.5 * deviation - log_moneyness / deviation
    delta = ndtr(d1)
    call = np.maximum(index * delta - strike[:, None] * ndtr(d1 - deviation), 0.0)
    put = np.maximum(call - (index - strike[:, None]), 0.0)
    return FairValues(call, put, delta)

"""The volatility surface: SSVI for the smile, the VIX for level and term structure, trading time for the last days.

Calibrated once on real quotes (S&P 500 chains of December 2015, E-mini options of January 2020, weekly options of
January 2021; 677 quotes, 1 to 1,094 days): one smile for all, 0.4 to 0.9 volatility points from the quotes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RHO = -0.673
ETA = 1.300
GAMMA = 0.441

# At-the-money 30-day volatility as a share of the VIX.
_ATM_SHARE_OF_VIX = 0.88
# Speed (per year) at which volatility goes to its long-run level, and that level squared as a share of the VIX.
_REVERSION = 6.0
_LONG_RUN_SHARE = 0.20
_TRADING_DAYS = 252
# Share of a trading day's variance that falls between opening and close. With it the implied deviation of a session is
# about 5 % above what the index did from open to close in 2014-2018.
_SESSION_SHARE = 0.85


def total_variance(log_moneyness: Floats, atm_variance: Floats, rho: float = RHO) -> Floats:
    """SSVI: implied volatility squared times time, at ln(strike / forward) and the at-the-money total variance."""
    phi = ETA / (atm_variance**GAMMA * (1.0 + atm_variance) ** (1.0 - GAMMA))
    x = phi * log_moneyness
    return np.asarray(0.5 * atm_variance * (1.0 + rho * x + np.sqrt((x + rho) ** 2 + 1.0 - rho * rho)))


def spot_variance(vix: Floats) -> Floats:
    """Annual variance rate right now (volatility squared) for a VIX in points."""
    level = vix / 100.0
    long_run = _LONG_RUN_SHARE * level
    month = _REVERSION * 30.0 / 365.0
    weight = (1.0 - np.exp(-month)) / month
    return np.asarray(long_run + ((_ATM_SHARE_OF_VIX * level) ** 2 - long_run) / weight)


def term_variance(vix: Floats, left: Floats, days: int, *, is_morning: bool = False) -> Floats:
    """Total variance until an expiry, at the money.

    Args:
        vix: the asset's volatility index now, in points.
        left: share of this session's variance that is still to come.
        days: sessions after this one, up to the last.
        is_morning: settled at the open after the last session.
    """
    night = (1.0 - _SESSION_SHARE) if is_morning else 0.0
    years = (_SESSION_SHARE * left + days + night) / _TRADING_DAYS
    level = vix / 100.0
    long_run = _LONG_RUN_SHARE * level
    decay = -np.expm1(-_REVERSION * years) / _REVERSION
    return np.asarray(long_run * years + (spot_variance(vix) - long_run) * decay)


def day_variance(vix: Floats) -> Floats:
    """Total variance of one trading day, the night before it included."""
    return spot_variance(vix) / _TRADING_DAYS


def night_variance(vix: float) -> float:
    """Total variance from a close to the next opening."""
    return float((1.0 - _SESSION_SHARE) * day_variance(np.array(vix)))


def session_variance(vix: Floats) -> Floats:
    """Total variance of one trading session, from opening to close."""
    return _SESSION_SHARE * day_variance(vix)

"""Our prices, greeks and volatilities against fifty digits of arithmetic.

The reference has one formula only, the price; its greeks are differences of that price. What is asked of ours:

    price       2e-15 of the spot
    greeks      1e-12 of themselves, beside 1e-15 in their own units (theta: 1e-15 of the spot)
    volatility  1e-12, beside what the last digit of the price cannot tell apart
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from mpmath import mp, mpf
from tomking.market.greeks import black_greeks, black_price, implied_volatility

DIGITS = 50


class Case(NamedTuple):
    spot: float
    strike: float
    years: float
    volatility: float
    rate: float
    is_call: bool


def cases() -> list[Case]:
    """An hour to two years, up to four deviations from the money, calls and puts."""
    rng = np.random.default_rng(1)
    found = []
    for years in (1 / 365 / 24, 0.5 / 365, 7 / 365, 45 / 365, 0.5, 2.0):
        for deviations in (-4.0, -2.0, -0.7, 0.0, 0.4, 1.5, 3.0):
            volatility, rate = float(rng.uniform(0.08, 0.9)), float(rng.uniform(0.0, 0.06))
            strike = 2740.0 * float(np.exp(deviations * volatility * np.sqrt(years)))
            found.append(Case(2740.0, strike, years, volatility, rate, bool(deviations > 0) ^ bool(rng.random() < 0.3)))
    return found


def worth(case: Case, on_future: bool, spot: mpf, years: mpf, volatility: mpf) -> mpf:
    """The price of an option on a spot, or on a future, to all digits."""
    strike, rate = mpf(case.strike), mpf(case.rate)
    forward = spot if on_future else spot * mp.exp(rate * years)
    sign = 1 if case.is_call else -1
    deviation = volatility * mp.sqrt(years)
    d1 = mp.log(forward / strike) / deviation + deviation / 2
    legs = forward * mp.ncdf(sign * d1) - strike * mp.ncdf(sign * (d1 - deviation))
    return sign * legs * mp.exp(-rate * years)


@pytest.mark.parametrize("on_future", [True, False])
def test_greeks_to_the_last_digits(on_future: bool) -> None:
    with mp.workdps(DIGITS):
        for case in cases():
            at = mpf(case.spot), mpf(case.years), mpf(case.volatility)

            def price(spot: mpf, years: mpf, volatility: mpf) -> mpf:
                return worth(case, on_future, spot, years, volatility)  # noqa: B023  used at once

            reference = {
                "delta": mp.diff(price, at, (1, 0, 0)),
                "gamma": mp.diff(price, at, (2, 0, 0)),
                "theta": -mp.diff(price, at, (0, 1, 0)) / 365,
                "vega": mp.diff(price, at, (0, 0, 1)) / 100,
            }
            growth = 1.0 if on_future else float(mp.exp(mpf(case.rate) * mpf(case.years)))
            terms = (case.spot * growth, case.strike, case.years, case.volatility, case.rate, case.is_call)
            assert float(black_price(*terms)) == pytest.approx(float(price(*at)), rel=0, abs=2e-15 * case.spot)
            ours = black_greeks(*terms, on_future=on_future)
            for name, exact in reference.items():
                least = 1e-15 * (case.spot if name == "theta" else 1.0)
                assert float(getattr(ours, name)) == pytest.approx(float(exact), rel=1e-12, abs=least), (name, case)


def test_volatilities_to_the_last_digits() -> None:
    with mp.workdps(DIGITS):
        for case in cases():
            spot, years, volatility = mpf(case.spot), mpf(case.years), mpf(case.volatility)
            price = float(worth(case, True, spot, years, volatility))
            if price < 1e-12 * case.spot:
                continue
            vega = float(
                mp.diff(lambda v, case=case: worth(case, True, mpf(case.spot), mpf(case.years), v), volatility)
            )
            found = implied_volatility(price, case.spot, case.strike, case.years, case.rate, case.is_call)
            # the price carries the intrinsic value's digits too: half of its last one is all that is known
            unknown = np.spacing(max(price, abs(case.spot - case.strike))) / vega
            assert float(found) == pytest.approx(case.volatility, rel=1e-12, abs=4 * unknown), case

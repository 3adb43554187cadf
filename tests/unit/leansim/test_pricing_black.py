"""Black-Scholes, Black-76 and implied volatility against two independent libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
import QuantLib
from vollib.black import black as vollib_black
from vollib.black_scholes_merton import black_scholes_merton as vollib_bsm
from vollib.black_scholes_merton.greeks import analytical as vollib_greeks

from leansim.pricing import black
from leansim.pricing.implied import implied_volatility

RNG = np.random.default_rng(11)
COUNT = 300
SPOT = RNG.uniform(50, 150, COUNT)
STRIKE = SPOT * np.exp(RNG.normal(0, 0.25, COUNT))
YEARS = 10 ** RNG.uniform(-3.5, 0.5, COUNT)
RATE = RNG.uniform(-0.01, 0.06, COUNT)
YIELD = RNG.uniform(0, 0.04, COUNT)
VOL = RNG.uniform(0.05, 0.9, COUNT)
CALL = RNG.random(COUNT) < 0.5
FLAGS = ["c" if call else "p" for call in CALL]
COLUMNS = list(zip(FLAGS, SPOT, STRIKE, YEARS, RATE, VOL, YIELD, strict=True))


def test_prices_are_vollibs() -> None:
    ours = black.black_scholes_price(SPOT, STRIKE, YEARS, RATE, YIELD, VOL, CALL)
    theirs = [vollib_bsm(*row) for row in COLUMNS]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


def test_black76_prices_are_vollibs() -> None:
    ours = black.black76_price(SPOT, STRIKE, YEARS, VOL, np.exp(-RATE * YEARS), CALL)
    theirs = [vollib_black(f, s, k, t, r, v) for f, s, k, t, r, v, _ in COLUMNS]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    ("name", "scale"), [("delta", 1.0), ("gamma", 1.0), ("vega", 0.01), ("theta", 1 / 365), ("rho", 0.01)]
)
def test_greeks_are_vollibs(name: str, scale: float) -> None:
    ours = getattr(black.black_scholes_greeks(SPOT, STRIKE, YEARS, RATE, YIELD, VOL, CALL), name) * scale
    theirs = [getattr(vollib_greeks, name)(*row) for row in COLUMNS]
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)


def test_black76_greeks_are_quantlibs() -> None:
    ours = black.black76_greeks(SPOT, STRIKE, YEARS, VOL, RATE, CALL)
    for i in range(COUNT):
        kind = QuantLib.Option.Call if CALL[i] else QuantLib.Option.Put
        deviation, discount = VOL[i] * math.sqrt(YEARS[i]), math.exp(-RATE[i] * YEARS[i])
        theirs = QuantLib.BlackCalculator(QuantLib.PlainVanillaPayoff(kind, STRIKE[i]), SPOT[i], deviation, discount)
        assert ours.price[i] == pytest.approx(theirs.value(), rel=1e-9, abs=1e-11)
        assert ours.delta[i] == pytest.approx(theirs.deltaForward(), rel=1e-9, abs=1e-11)
        assert ours.gamma[i] == pytest.approx(theirs.gammaForward(), rel=1e-9, abs=1e-11)
        assert ours.vega[i] == pytest.approx(theirs.vega(YEARS[i]), rel=1e-9, abs=1e-11)
        assert ours.rho[i] == pytest.approx(-YEARS[i] * ours.price[i])


def test_black76_theta_is_the_slope_in_time() -> None:
    step = 1e-7
    now = black.black76_price(SPOT, STRIKE, YEARS, VOL, np.exp(-RATE * YEARS), CALL)
    later = black.black76_price(SPOT, STRIKE, YEARS - step, VOL, np.exp(-RATE * (YEARS - step)), CALL)
    theta = black.black76_greeks(SPOT, STRIKE, YEARS, VOL, RATE, CALL).theta
    np.testing.assert_allclose(theta, (later - now) / step, rtol=2e-3, atol=1e-4)


def test_delta_of_the_forward() -> None:
    ours = black.black76_delta(SPOT, STRIKE, YEARS, VOL, np.exp(-RATE * YEARS), CALL)
    np.testing.assert_allclose(ours, black.black76_greeks(SPOT, STRIKE, YEARS, VOL, RATE, CALL).delta, atol=1e-14)


def test_without_deviation_an_option_is_worth_its_intrinsic_value() -> None:
    greeks = black.black_scholes_greeks([110.0, 90.0], 100.0, [0.0, 0.5], 0.0, 0.0, [0.3, 0.0], True)
    assert greeks.price.tolist() == [10.0, 0.0]
    assert greeks.delta.tolist() == [1.0, 0.0]
    assert greeks.gamma.tolist() == [0.0, 0.0]


def test_implied_volatility_returns_the_volatility_of_the_price() -> None:
    forward, discount = SPOT * np.exp((RATE - YIELD) * YEARS), np.exp(-RATE * YEARS)
    # out of the money, so that the price carries the volatility in all its digits; far from worthless
    is_call = forward < STRIKE
    reachable = np.abs(np.log(forward / STRIKE)) < 8 * VOL * np.sqrt(YEARS)
    price = black.black76_price(forward, STRIKE, YEARS, VOL, discount, is_call)
    found = implied_volatility(price, forward, STRIKE, YEARS, discount, is_call)
    assert reachable.sum() > COUNT / 2
    np.testing.assert_allclose(found[reachable], VOL[reachable], rtol=1e-12)


@pytest.mark.parametrize("volatility", [0.01, 0.2, 3.0, 6.0])
def test_implied_volatility_at_the_money_and_at_extremes(volatility: float) -> None:
    strike = 100.0 * np.exp(np.array([-1.0, -0.1, 0.0, 0.1, 1.0]) * min(volatility, 1.0))
    is_call = strike >= 100.0
    price = black.black76_price(100.0, strike, 1.0, volatility, 0.97, is_call)
    np.testing.assert_allclose(implied_volatility(price, 100.0, strike, 1.0, 0.97, is_call), volatility, rtol=1e-11)


def test_implied_volatility_of_an_impossible_price_is_not_a_number() -> None:
    prices = [0.0, -1.0, 10.0, 9.0, 110.0, 111.0, math.nan]  # the call 110/100 is worth between 10 and 110
    assert np.isnan(implied_volatility(prices, 110.0, 100.0, 0.5, 1.0, True)).all()
    assert np.isfinite(implied_volatility([10.01, 109.9], 110.0, 100.0, 0.5, 1.0, True)).all()

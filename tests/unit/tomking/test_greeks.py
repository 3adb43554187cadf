"""Our prices, deltas and volatilities against two independent libraries."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import erfcx, ndtr
from tomking.market import implied
from tomking.market.greeks import black_delta, black_greeks, black_price, carry, implied_volatility, years_between
from tomking.market.implied import implied_deviation
from vollib.black import black as vollib_price
from vollib.black.greeks import analytical as vollib_black_greeks
from vollib.black.greeks.analytical import delta as vollib_black_delta
from vollib.black.implied_volatility import implied_volatility as vollib_volatility
from vollib.black_scholes.greeks import analytical as vollib_greeks
from vollib.black_scholes.greeks.analytical import delta as vollib_delta

CASES = [
    (forward, forward * moneyness, years, volatility, rate, is_call)
    for forward in (95.0, 2740.0)
    for moneyness in (0.8, 0.97, 1.0, 1.03, 1.3)
    for years in (2.5 / 24 / 365, 5.5 / 24 / 365, 21 / 365, 0.25, 1.5)
    for volatility in (0.08, 0.2, 0.9)
    for rate in (0.0, 0.05)
    for is_call in (True, False)
]


def test_prices_are_those_of_quantlib_and_vollib() -> None:
    for forward, strike, years, volatility, rate, is_call in CASES:
        ours = float(black_price(forward, strike, years, volatility, rate, is_call))
        kind = QuantLib.Option.Call if is_call else QuantLib.Option.Put
        theirs = QuantLib.blackFormula(kind, strike, forward, volatility * math.sqrt(years), math.exp(-rate * years))
        assert ours == pytest.approx(theirs, abs=1e-9 * forward)
        flag = "c" if is_call else "p"
        assert ours == pytest.approx(vollib_price(flag, forward, strike, years, rate, volatility), abs=1e-8 * forward)


def test_deltas_are_those_of_vollib() -> None:
    for forward, strike, years, volatility, rate, is_call in CASES:
        flag = "c" if is_call else "p"
        on_future = float(black_delta(forward, strike, years, volatility, rate, is_call, on_future=True))
        assert on_future == pytest.approx(vollib_black_delta(flag, forward, strike, years, rate, volatility), abs=1e-9)
        spot = forward / float(carry(years, rate))
        on_spot = float(black_delta(forward, strike, years, volatility, rate, is_call, on_future=False))
        assert on_spot == pytest.approx(vollib_delta(flag, spot, strike, years, rate, volatility), abs=1e-9)


def test_greeks_are_those_of_quantlib() -> None:
    """1e-11 of themselves, beside 1e-12 in their own units (theta: of the forward)."""
    for forward, strike, years, volatility, rate, is_call in CASES:
        discount = math.exp(-rate * years)
        spot = forward * discount
        kind = QuantLib.Option.Call if is_call else QuantLib.Option.Put
        payoff = QuantLib.PlainVanillaPayoff(kind, strike)
        theirs = QuantLib.BlackCalculator(payoff, forward, volatility * math.sqrt(years), discount)
        ours = black_greeks(forward, strike, years, volatility, rate, is_call, on_future=False)
        assert float(ours.delta) == pytest.approx(theirs.delta(spot), rel=1e-11, abs=1e-12)
        assert float(ours.gamma) == pytest.approx(theirs.gamma(spot), rel=1e-11, abs=1e-12)
        assert float(ours.vega) == pytest.approx(theirs.vega(years) / 100, rel=1e-11, abs=1e-12)
        assert float(ours.theta) == pytest.approx(theirs.theta(spot, years) / 365, rel=1e-11, abs=1e-12 * forward)


def test_volatilities_are_those_of_quantlib_and_vollib() -> None:
    """1e-8 of themselves wherever the price has a millionth of the forward in time value to tell it by."""
    compared = 0
    for forward, strike, years, volatility, rate, is_call in CASES:
        growth = math.exp(rate * years)
        price = float(black_price(forward, strike, years, volatility, rate, is_call))
        intrinsic = max(0.0, forward - strike if is_call else strike - forward)
        if price * growth - intrinsic < 1e-6 * forward:
            continue
        found = float(implied_volatility(price, forward, strike, years, rate, is_call))
        kind = QuantLib.Option.Call if is_call else QuantLib.Option.Put
        deviation = QuantLib.blackFormulaImpliedStdDev(kind, strike, forward, price, 1 / growth, 0.0, 0.2, 1e-14, 200)
        assert found == pytest.approx(deviation / math.sqrt(years), rel=1e-8)
        flag = "c" if is_call else "p"
        assert found == pytest.approx(vollib_volatility(price, forward, strike, rate, years, flag), rel=1e-8)
        compared += 1
    assert compared > 150


@settings(max_examples=300)
@given(
    moneyness=st.floats(-3.5, 3.5),
    years=st.floats(1 / 365 / 24, 2),
    volatility=st.floats(0.03, 2),
    rate=st.floats(0, 0.08),
    is_call=st.booleans(),
)
def test_a_volatility_is_found_again(
    moneyness: float, years: float, volatility: float, rate: float, is_call: bool
) -> None:
    forward = 2740.0
    strike = forward * math.exp(moneyness * volatility * math.sqrt(years))
    price = black_price(forward, strike, years, volatility, rate, is_call)
    worth = black_price(forward, strike, years, volatility, rate, strike > forward)
    if worth > 1e-4:
        assert float(implied_volatility(price, forward, strike, years, rate, is_call)) == pytest.approx(
            volatility, rel=1e-5
        )


def test_every_deviation_is_found_again_to_rounding() -> None:
    """Far wings, the money, minutes and decades: 1e-12 of itself, beside what the price's own last digit hides."""
    rng = np.random.default_rng(3)
    deviation = np.exp(rng.uniform(math.log(1e-6), math.log(8.0), 60_000))
    ratio = np.exp(-deviation * rng.uniform(0.0, 36.0, deviation.size))
    x = np.log(ratio)
    seen = (x < 0) & (x > -50)
    deviation, ratio, x = deviation[seen], ratio[seen], x[seen]
    h, t, root = x / deviation, deviation / 2, np.sqrt(ratio)
    scale = np.exp(-0.5 * (h * h + t * t))
    price = 0.5 * scale * (erfcx(-(h + t) / math.sqrt(2)) - erfcx(-(h - t) / math.sqrt(2)))  # nothing cancels to 0
    found = implied_deviation(ratio, price)
    hidden = 1e-15 * (1 + h * h) * (root * ndtr(h + t) + ndtr(h - t) / root) * math.sqrt(2 * math.pi) / scale
    assert np.all(np.abs(found - deviation) <= 1e-12 * deviation + hidden)


def test_one_step_is_enough_for_a_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day to two years, 5 to 80 %, out to five deviations: nothing asks for a second one."""
    monkeypatch.setattr(implied, "_MORE_STEPS", 0)
    for years in (1 / 365, 30 / 365, 0.5, 2.0):
        for volatility in (0.05, 0.2, 0.8):
            strikes = 2740.0 * np.exp(np.linspace(-5, 5, 201) * volatility * math.sqrt(years))
            if volatility * math.sqrt(years) < 0.6:
                prices = black_price(2740.0, strikes, years, volatility, 0.02, strikes > 2740.0)
                found = implied_volatility(prices, 2740.0, strikes, years, 0.02, strikes > 2740.0)
                assert np.allclose(found, volatility, rtol=1e-9, atol=0)


@pytest.mark.parametrize("on_future", [True, False])
def test_derivatives_are_those_of_the_price(on_future: bool) -> None:
    """Against vollib's formulas and against differences of our own price."""
    rate = 0.03
    for spot, strike, years, volatility, is_call in (
        (100.0, 100.0, 0.25, 0.2, True),
        (100.0, 85.0, 0.3, 0.25, False),
        (2740.0, 2400.0, 0.33, 0.22, False),
        (2740.0, 2900.0, 0.02, 0.12, True),
    ):
        growth = 1.0 if on_future else float(carry(years, rate))

        def price(at: float, life: float, vol: float) -> float:
            forward = at if on_future else at * float(carry(life, rate))
            return float(black_price(forward, strike, life, vol, rate, is_call))  # noqa: B023  used at once

        found = black_greeks(spot * growth, strike, years, volatility, rate, is_call, on_future=on_future)
        step = spot * 1e-4
        up, mid, down = (
            price(spot + step, years, volatility),
            price(spot, years, volatility),
            price(spot - step, years, volatility),
        )
        assert float(found.delta) == pytest.approx((up - down) / (2 * step), rel=1e-4)
        assert float(found.gamma) == pytest.approx((up - 2 * mid + down) / step**2, rel=1e-3)
        vega = (price(spot, years, volatility + 1e-4) - price(spot, years, volatility - 1e-4)) / 2e-4 / 100
        assert float(found.vega) == pytest.approx(vega, rel=1e-4)
        day = 1e-5
        theta = (price(spot, years - day, volatility) - price(spot, years + day, volatility)) / (2 * day) / 365
        assert float(found.theta) == pytest.approx(theta, rel=1e-4)
        flag = "c" if is_call else "p"
        library = vollib_black_greeks if on_future else vollib_greeks
        arguments = (flag, spot, strike, years, rate, volatility)
        assert float(found.vega) == pytest.approx(library.vega(*arguments), rel=1e-8)
        assert float(found.gamma) == pytest.approx(library.gamma(*arguments), rel=1e-8)
        assert float(found.theta) == pytest.approx(library.theta(*arguments), rel=1e-6)


def test_a_price_without_a_volatility_has_none() -> None:
    strikes = np.array([90.0, 90.0, 110.0, 110.0])
    prices = np.array([9.0, 0.0, 200.0, -1.0])  # below intrinsic, nothing, above the forward, impossible
    found = implied_volatility(prices, 100.0, strikes, 0.25, 0.0, np.array([True, False, True, True]))
    assert np.isnan(found).all()


def test_what_is_no_number_stays_none_and_touches_nothing_else() -> None:
    """One wrong quote of a chain is one missing volatility, without a warning."""
    prices = np.array([2.0, np.nan, np.inf, -np.inf, 5e-324, 2.0])
    found = implied_volatility(prices, 100.0, 105.0, 0.25, 0.0, True)
    assert np.isnan(found[1:4]).all()
    assert found[0] == found[5]
    assert float(black_price(100.0, 105.0, 0.25, found[0], 0.0, True)) == pytest.approx(2.0, rel=1e-13)
    assert not found[4] > 0.05  # the least price a number can be: some small volatility, or none
    futures = np.array([np.nan, 0.0, -37.6])
    assert np.isnan(implied_volatility(2.0, futures, 105.0, 0.25, 0.0, True)).all()
    assert np.isnan(black_delta(futures[2], 105.0, 0.25, 0.2, 0.0, True, on_future=True))
    assert implied_volatility(np.empty(0), 100.0, np.empty(0), 0.25, 0.0, np.empty(0, dtype=bool)).shape == (0,)
    assert implied_volatility(2.0, 100.0, np.full((2, 3), 105.0), 0.25, 0.0, True).shape == (2, 3)


def test_forward_and_strike_that_meet() -> None:
    """Exactly, and by the last digit: the same volatility, with no number divided by nothing."""
    for strike in (100.0, np.nextafter(100.0, 101.0), np.nextafter(100.0, 99.0), 100.0 + 1e-10):
        price = black_price(100.0, strike, 0.1, 0.3, 0.01, True)
        assert float(implied_volatility(price, 100.0, strike, 0.1, 0.01, True)) == pytest.approx(0.3, rel=1e-12)


def test_a_whole_side_is_one_call() -> None:
    strikes = np.linspace(2000, 3500, 301)
    is_call = strikes > 2740
    prices = black_price(2740, strikes, 30 / 365, 0.15, 0.02, is_call)
    found = implied_volatility(prices, 2740, strikes, 30 / 365, 0.02, is_call)
    priced = np.asarray(prices) > 1e-6
    assert np.allclose(found[priced], 0.15, atol=1e-7)


def test_the_last_minute_is_the_shortest_life() -> None:
    end = datetime(2018, 1, 5, 21, tzinfo=UTC)
    assert years_between(end - timedelta(days=365), end) == 1
    assert (
        years_between(end, end) == years_between(end + timedelta(hours=1), end) == timedelta(minutes=1) / timedelta(365)
    )

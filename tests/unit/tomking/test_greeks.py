"""Our prices, deltas and volatilities against two independent libraries."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from tomking.market.greeks import black_delta, black_greeks, black_price, carry, implied_volatility, years_between
from tomking.market.implied import implied_deviation
from vollib.black import black as vollib_price
from vollib.black.greeks import analytical as vollib_black_greeks
from vollib.black.greeks.analytical import delta as vollib_black_delta
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


@settings(max_examples=200)
@given(
    x=st.floats(-8, 0),
    deviation=st.floats(0.0005, 4),
)
def test_every_deviation_is_found_again_to_rounding(x: float, deviation: float) -> None:
    """Two steps are enough everywhere: far wings, the money, short and long lives."""
    h, t = x / deviation, deviation / 2
    price = math.exp(x / 2) * float(ndtr(h + t)) - math.exp(-x / 2) * float(ndtr(h - t))
    slope = math.exp(x / 2 - (h + t) ** 2 / 2) / math.sqrt(2 * math.pi)
    if price > 1e-60 and slope > 1e-60 and math.exp(x / 2) - price > 1e-9:
        found = float(implied_deviation(np.exp(np.array([x])), np.array([price]))[0])
        # what rounding of the price itself cannot tell apart is left out
        cancelled = 4e-16 * math.exp(-x / 2) * float(ndtr(h - t)) / slope
        assert found == pytest.approx(deviation, rel=1e-9, abs=10 * cancelled)


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

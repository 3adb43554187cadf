"""Our prices, deltas and volatilities against two independent libraries."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import QuantLib
from hypothesis import given, settings
from hypothesis import strategies as st
from tomking.market.greeks import black_delta, black_price, carry, implied_volatility, years_between
from vollib.black import black as vollib_price
from vollib.black.greeks.analytical import delta as vollib_black_delta
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

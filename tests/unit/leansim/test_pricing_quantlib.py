"""The model of options on futures against QuantLib itself."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
import QuantLib

from leansim.pricing.quantlib_greeks import STEPS, QuantLibModelValues

SPOT, RATE, DAYS = 3243.0, 0.0225, 77
TODAY = QuantLib.Date(6, 1, 2020)
CHAIN = [
    (3000.0, False, 29.1),
    (3200.0, False, 80.0),
    (3300.0, False, 130.0),
    (3500.0, False, 290.0),
    (2600.0, False, 2.0),
    (3000.0, True, 272.0),
    (3200.0, True, 115.0),
    (3400.0, True, 8.0),
    (3500.0, True, 1.9),
]
IDS = [f"{'C' if is_call else 'P'}{strike:.0f}" for strike, is_call, _ in CHAIN]


@pytest.fixture(scope="module")
def values() -> QuantLibModelValues:
    strike, is_call, price = zip(*CHAIN, strict=True)
    return QuantLibModelValues(SPOT, strike, DAYS / 365, 1 / 365, RATE, is_call, price)


@pytest.fixture(autouse=True)
def evaluation_date() -> Iterator[None]:
    before = QuantLib.Settings.instance().evaluationDate
    QuantLib.Settings.instance().evaluationDate = TODAY
    yield
    QuantLib.Settings.instance().evaluationDate = before


def option(strike: float, is_call: bool, volatility: float) -> tuple[QuantLib.VanillaOption, object]:
    counter = QuantLib.Actual365Fixed()

    def flat(rate: float) -> QuantLib.YieldTermStructureHandle:
        return QuantLib.YieldTermStructureHandle(QuantLib.FlatForward(TODAY, rate, counter))

    process = QuantLib.BlackScholesMertonProcess(
        QuantLib.QuoteHandle(QuantLib.SimpleQuote(SPOT)),
        flat(0.0),
        flat(RATE),
        QuantLib.BlackVolTermStructureHandle(
            QuantLib.BlackConstantVol(TODAY, QuantLib.NullCalendar(), volatility, counter)
        ),
    )
    kind = QuantLib.Option.Call if is_call else QuantLib.Option.Put
    exercise = QuantLib.AmericanExercise(TODAY + 1, TODAY + DAYS)
    made = QuantLib.VanillaOption(QuantLib.PlainVanillaPayoff(kind, strike), exercise)
    made.setPricingEngine(QuantLib.BinomialVanillaEngine(process, "crr", STEPS))
    return made, process


@pytest.mark.parametrize("i", range(len(CHAIN)), ids=IDS)
def test_greeks_at_one_volatility_are_quantlibs(values: QuantLibModelValues, i: int) -> None:
    strike, is_call, price = CHAIN[i]
    theirs, _ = option(strike, is_call, float(values.implied_volatility[i]))
    assert theirs.NPV() == pytest.approx(price, abs=1e-4)
    assert values.delta[i] == pytest.approx(theirs.delta(), abs=1e-9)
    assert values.gamma[i] == pytest.approx(theirs.gamma(), abs=1e-10)
    assert values.theta[i] == pytest.approx(theirs.theta(), abs=1e-4)
    assert values.theta_per_day[i] == values.theta[i] / 365


@pytest.mark.parametrize("i", range(len(CHAIN)), ids=IDS)
def test_implied_volatility_is_near_quantlibs(values: QuantLibModelValues, i: int) -> None:
    strike, is_call, price = CHAIN[i]
    probe, process = option(strike, is_call, 0.15)
    implied = probe.impliedVolatility(price, process)
    assert values.implied_volatility[i] == pytest.approx(implied, abs=1e-3)
    theirs, _ = option(strike, is_call, implied)
    assert values.delta[i] == pytest.approx(theirs.delta(), abs=1e-3)
    # vega and rho as LEAN asks for them: the volatility in the place of the deviation
    kind = QuantLib.Option.Call if is_call else QuantLib.Option.Put
    growth = math.exp(RATE * DAYS / 365)
    black = QuantLib.BlackCalculator(QuantLib.PlainVanillaPayoff(kind, strike), SPOT * growth, implied, 1 / growth)
    assert values.vega[i] == pytest.approx(black.vega(DAYS / 365) / 100, rel=3e-3)
    assert values.rho[i] == pytest.approx(black.rho(DAYS / 365) / 100, rel=5e-3)


def test_theoretical_price_is_that_of_the_first_guess(values: QuantLibModelValues) -> None:
    guess = math.sqrt(2 * math.pi / (DAYS / 365)) * CHAIN[1][2] / SPOT
    assert values.theoretical_price[1] == pytest.approx(option(3200.0, False, guess)[0].NPV(), abs=1e-8)


def test_where_the_tree_has_no_probabilities_black_answers() -> None:
    # a put below its intrinsic value ends at the smallest volatility; a worthless option's first guess is as small
    values = QuantLibModelValues(3243.0, [3500.0, 3243.0], 0.2, 0.003, RATE, [False, True], [100.0, 0.001])
    assert values.implied_volatility.tolist() == pytest.approx([1e-7, 1e-7])
    assert values.delta.tolist() == [-1.0, 1.0]
    assert values.theoretical_price[1] == 0.0


def test_impossible_and_missing_prices() -> None:
    # a call below its intrinsic value; no price; no future
    values = QuantLibModelValues([3243.0, 3243.0, 0.0], 3000.0, 0.2, 0.003, RATE, True, [200.0, math.nan, 10.0])
    assert values.implied_volatility[0] < 1e-3
    assert values.delta.tolist() == pytest.approx([1.0, 0.0, 0.0])
    for name in ("implied_volatility", "theoretical_price", "gamma", "vega", "theta", "rho"):
        assert np.isfinite(getattr(values, name)).all(), name
        assert getattr(values, name)[1:].tolist() == [0.0, 0.0], name

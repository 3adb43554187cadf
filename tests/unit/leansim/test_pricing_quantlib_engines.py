"""QuantLib's engines against QuantLib itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import QuantLib  # type: ignore[import-untyped]  # it ships no types

from leansim.pricing.quantlib_engines import ENGINES, STEPS, Terms

SPOT, RATE, DAYS, VOLATILITY = 100.0, 0.03, 120, 0.25
STRIKES = np.array([80.0, 95.0, 100.0, 105.0, 130.0])
TODAY = QuantLib.Date(6, 1, 2020)
# this version has no greeks of puts of its own: LEAN's has none either, QuantLib's of today has
NO_GREEKS_OF_PUTS = "bjerksund_stensland"


def binomial(name: str) -> Callable[[Any], Any]:
    return lambda process: QuantLib.BinomialVanillaEngine(process, name, STEPS)


THEIRS: dict[str, Callable[[Any], Any]] = {
    "black_scholes": QuantLib.AnalyticEuropeanEngine,
    "integral": QuantLib.IntegralEngine,
    "barone_adesi_whaley": QuantLib.BaroneAdesiWhaleyApproximationEngine,
    "bjerksund_stensland": QuantLib.BjerksundStenslandApproximationEngine,
    "binomial_cox_ross_rubinstein": binomial("crr"),
    "binomial_jarrow_rudd": binomial("jr"),
    "additive_equiprobabilities": binomial("eqp"),
    "binomial_trigeorgis": binomial("trigeorgis"),
    "binomial_tian": binomial("tian"),
}
EUROPEAN = ("black_scholes", "integral")


@pytest.fixture(autouse=True)
def evaluation_date() -> Iterator[None]:
    before = QuantLib.Settings.instance().evaluationDate
    QuantLib.Settings.instance().evaluationDate = TODAY
    yield
    QuantLib.Settings.instance().evaluationDate = before


def theirs(name: str, strike: float, is_call: bool, first_exercise_days: int) -> Any:
    counter = QuantLib.Actual365Fixed()

    def flat(rate: float) -> Any:
        return QuantLib.YieldTermStructureHandle(QuantLib.FlatForward(TODAY, rate, counter))

    volatility = QuantLib.BlackConstantVol(TODAY, QuantLib.NullCalendar(), VOLATILITY, counter)
    process = QuantLib.BlackScholesMertonProcess(
        QuantLib.QuoteHandle(QuantLib.SimpleQuote(SPOT)),
        flat(0.0),
        flat(RATE),
        QuantLib.BlackVolTermStructureHandle(volatility),
    )
    end = TODAY + DAYS
    exercise = (
        QuantLib.EuropeanExercise(end)
        if name in EUROPEAN
        else QuantLib.AmericanExercise(TODAY + first_exercise_days, end)
    )
    kind = QuantLib.Option.Call if is_call else QuantLib.Option.Put
    made = QuantLib.VanillaOption(QuantLib.PlainVanillaPayoff(kind, strike), exercise)
    made.setPricingEngine(THEIRS[name](process))
    return made


def asked(what: Callable[[], float]) -> float:
    try:
        return what()
    except RuntimeError:
        return math.nan


@pytest.mark.parametrize("is_call", [True, False], ids=["calls", "puts"])
@pytest.mark.parametrize("name", sorted(ENGINES))
def test_every_engine_answers_as_quantlibs(name: str, is_call: bool) -> None:
    size = len(STRIKES)
    first_exercise = math.inf if name in EUROPEAN else 4 / 365
    columns = [np.full(size, value) for value in (SPOT, DAYS / 365, first_exercise, RATE, 1.0 if is_call else -1.0)]
    ours = ENGINES[name](Terms(columns[0], STRIKES, *columns[1:]), np.full(size, VOLATILITY))
    options = [theirs(name, float(strike), is_call, 4) for strike in STRIKES]
    assert ours.price.tolist() == pytest.approx([option.NPV() for option in options], abs=3e-6)
    if name == NO_GREEKS_OF_PUTS and not is_call:
        assert np.isnan(ours.delta).all()
        return
    for greek in ("delta", "gamma", "theta", "vega", "rho"):
        expected = [asked(getattr(option, greek)) for option in options]
        assert getattr(ours, greek).tolist() == pytest.approx(expected, abs=1e-8, nan_ok=True), greek

"""LEAN's trees, its root search and the edges of its price model."""

from __future__ import annotations

import math

import numpy as np
import pytest
import QuantLib
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq

from leansim.pricing import trees
from leansim.pricing.early_exercise import STEPS, Lattice
from leansim.pricing.lean_greeks import OptionModelValues, PricingModel
from leansim.pricing.roots import brent

GREEKS = ("delta", "gamma", "vega", "theta", "theta_per_day", "rho")


def plain_tree(lattice: Lattice, i: int, spot: float, strike: float, is_call: bool) -> float:
    """One contract, one node at a time."""
    up, probability, discount = (float(column[i]) for column in lattice)
    steps = STEPS
    sign = 1.0 if is_call else -1.0
    value = [max(sign * (spot * up ** (2 * n - steps) - strike), 0.0) for n in range(steps + 1)]
    for row in range(steps - 1, -1, -1):
        for n in range(row + 1):
            value[n] = discount * ((1 - probability) * value[n] + probability * value[n + 1])
            if is_call:
                value[n] = max(value[n], spot * up ** (2 * n - row) - strike)
    return value[0]


@pytest.mark.parametrize("build", [trees.forward_tree, trees.cox_ross_rubinstein])
def test_trees_equal_the_plain_recursion(build) -> None:  # type: ignore[no-untyped-def]  # the two share a signature
    rng = np.random.default_rng(5)
    count = 24
    spot, strike = rng.uniform(80, 120, count), rng.uniform(70, 130, count)
    years, volatility = rng.uniform(0.01, 2, count), rng.uniform(0.05, 1.5, count)
    rate, dividend = rng.uniform(0, 0.08, count), rng.uniform(0, 0.03, count)
    is_call = np.arange(count) % 3 > 0
    lattice = build(years, rate, dividend, volatility)
    ours = trees.tree_price(lattice, spot, strike, is_call)
    plain = [plain_tree(lattice, i, spot[i], strike[i], bool(is_call[i])) for i in range(count)]
    np.testing.assert_allclose(ours, plain, rtol=1e-9, atol=1e-10)


def whole_tree(lattice: Lattice, spot: float | NDArray[np.float64], strike: NDArray[np.float64]) -> NDArray[np.float64]:
    """Calls, every node of every row."""
    nodes = spot * lattice.up ** np.arange(-STEPS, STEPS + 1)[:, None]
    exercise = np.maximum(nodes - strike, 0.0)
    value = exercise[::2]
    for row in range(STEPS - 1, -1, -1):
        value = lattice.discount * (lattice.probability * value[1:] + (1.0 - lattice.probability) * value[:-1])
        value = np.maximum(value, exercise[STEPS - row : STEPS + row + 1 : 2])
    return np.asarray(value[0])


@pytest.mark.parametrize("build", [trees.forward_tree, trees.cox_ross_rubinstein])
@pytest.mark.parametrize(("rate", "dividend"), [(0.003, 0.0), (0.0, 0.0), (0.06, 0.0), (0.01, 0.05), (-0.01, 0.0)])
def test_what_is_left_out_of_a_tree_does_not_matter(build, rate: float, dividend: float) -> None:  # type: ignore[no-untyped-def]  # the two share a signature
    rng = np.random.default_rng(11)
    count = 1500
    strike = 100.0 * np.exp(rng.normal(0.0, 0.4, count))
    years, volatility = rng.choice([0.5 / 365, 0.02, 0.3, 2.0], count), rng.uniform(0.08, 1.5, count)
    lattice = build(years, np.full(count, rate), np.full(count, dividend), volatility)
    ours = trees.tree_price(lattice, np.full(count, 100.0), strike, np.ones(count, bool))
    regular = (lattice.probability > 0.0) & (lattice.probability < 1.0)
    assert regular.sum() > 0.9 * count
    np.testing.assert_allclose(ours, whole_tree(lattice, 100.0, strike), rtol=1e-9, atol=1e-9)


def test_what_is_exercised_at_once_is_worth_exactly_that() -> None:
    # LEAN finds its lowest volatility for a price that is the intrinsic value, and none for one that is less
    spot, strike = np.full(5, 748.4), np.array([600.0, 640.0, 700.0, 725.0, 740.0])
    lattice = trees.forward_tree(*(np.full(5, x) for x in (0.02, 0.01, 0.0, 1e-7)))
    np.testing.assert_array_equal(trees.tree_price(lattice, spot, strike, np.ones(5, bool)), spot - strike)


def mixed_calls(count: int, seed: int) -> tuple[Lattice, NDArray[np.float64], NDArray[np.float64]]:
    """Lattices, spots and strikes of calls of all kinds: near and far, short and long, calm and wild."""
    rng = np.random.default_rng(seed)
    years = rng.choice([1e-4, 0.5 / 365, 0.02, 0.3, 2.0], count)
    volatility = rng.choice([0.02, 0.2, 0.25, 1.5, 4.0], count) * rng.uniform(0.9, 1.1, count)
    rate, dividend = rng.choice([0.0025, 0.01, 0.05], count), rng.choice([0.0, 0.0, 0.02], count)
    spot = rng.choice([80.0, 100.0, 748.4], count)
    strike = spot * np.exp(rng.normal(-0.5, 1.5, count) * volatility * np.sqrt(years))
    return trees.forward_tree(years, rate, dividend, volatility), spot, strike


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2, 7, 60]), st.sampled_from([16, 100, 2048]))
@example(502, 60, 16)
@example(1290, 60, 16)
@settings(max_examples=8, deadline=None)
def test_a_price_does_not_depend_on_what_is_worked_out_with_it(seed: int, lots: int, lanes: int) -> None:
    count = 240
    lattice, spot, strike = mixed_calls(count, seed)
    together = trees.tree_price(lattice, spot, strike, np.ones(count, bool))
    apart = np.empty(count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trees, "_LANES", lanes)
        for some in np.array_split(np.random.default_rng(seed).permutation(count), lots):
            apart[some] = trees.tree_price(lattice.take(some), spot[some], strike[some], np.ones(len(some), bool))
    allowed = np.where(lattice.up > 1.1, 1e-7, 2e-10)  # a step of 10 %: a spread of 140 % and more to expiry
    assert (np.abs(apart - together) / spot <= allowed).all()


def test_calls_of_all_kinds_beside_each_other_have_the_prices_of_whole_trees() -> None:
    lattice, spot, strike = mixed_calls(3000, seed=7)
    ours = trees.tree_price(lattice, spot, strike, np.ones(3000, bool))
    whole = whole_tree(lattice, spot, strike)
    np.testing.assert_allclose(ours / spot, whole / spot, rtol=0, atol=1e-10)


def test_cox_ross_rubinstein_is_quantlibs() -> None:
    spot, strike, volatility, rate, dividend, days = 100.0, 95.0, 0.3, 0.05, 0.06, 365
    today = QuantLib.Date(1, 1, 2024)
    QuantLib.Settings.instance().evaluationDate = today
    counter = QuantLib.Actual365Fixed()

    def flat(level: float) -> QuantLib.YieldTermStructureHandle:
        return QuantLib.YieldTermStructureHandle(QuantLib.FlatForward(today, level, counter))

    process = QuantLib.BlackScholesMertonProcess(
        QuantLib.QuoteHandle(QuantLib.SimpleQuote(spot)),
        flat(dividend),
        flat(rate),
        QuantLib.BlackVolTermStructureHandle(
            QuantLib.BlackConstantVol(today, QuantLib.NullCalendar(), volatility, counter)
        ),
    )
    expiry = today + days
    cases = [
        (True, QuantLib.Option.Call, QuantLib.AmericanExercise(today, expiry)),
        # LEAN never exercises a put early
        (False, QuantLib.Option.Put, QuantLib.EuropeanExercise(expiry)),
    ]
    for is_call, kind, exercise in cases:
        option = QuantLib.VanillaOption(QuantLib.PlainVanillaPayoff(kind, strike), exercise)
        option.setPricingEngine(QuantLib.BinomialVanillaEngine(process, "crr", STEPS))
        lattice = trees.cox_ross_rubinstein(*(np.array([x]) for x in (days / 365, rate, dividend, volatility)))
        ours = trees.tree_price(lattice, np.array([spot]), np.array([strike]), np.array([is_call]))
        # QuantLib puts the drift at the nodes, LEAN into the probability: alike, not equal
        assert ours[0] == pytest.approx(option.NPV(), rel=2e-3)


def test_brent_finds_roots_where_bounds_enclose_one() -> None:
    target = np.array([0.5, 2.0, 30.0, -1.0, 100.0])

    def miss(indices):  # type: ignore[no-untyped-def]  # the search gives arrays
        return lambda x: x**3 - target[indices]

    accuracy = np.full(5, 1e-10)
    found = brent(miss, np.zeros(5), np.full(5, 4.0), accuracy)
    expected = [brentq(lambda x, t=t: x**3 - t, 0, 4) for t in (0.5, 2.0, 30.0)]
    np.testing.assert_allclose(found[:3], expected, atol=1e-9)
    assert np.isnan(found[3:]).all()


def test_brent_stops_at_the_accuracy_it_was_asked_for() -> None:
    calls = []

    def miss(_):  # type: ignore[no-untyped-def]  # the search gives arrays
        return lambda x: calls.append(len(x)) or np.exp(x) - 3.0

    rough = brent(miss, np.array([0.0]), np.array([4.0]), np.array([1e-2]))
    few = len(calls)
    fine = brent(miss, np.array([0.0]), np.array([4.0]), np.array([1e-12]))
    assert len(calls) - few > few
    assert abs(fine[0] - math.log(3)) < 1e-11 < abs(rough[0] - math.log(3)) < 1e-2


def test_brent_gives_up_on_a_function_that_breaks() -> None:
    found = brent(
        lambda _: lambda x: np.where(x > 1.0, np.nan, x - 0.5), np.zeros(1), np.full(1, 2.0), np.full(1, 1e-6)
    )
    assert np.isnan(found[0])


def test_unsolvable_contracts_get_lean_s_stand_ins() -> None:
    # prices below the intrinsic value: no volatility explains them
    values = OptionModelValues(100.0, [80.0, 120.0], 0.1, 0.01, 0.0, [True, False], [15.0, 15.0])
    assert values.implied_volatility.tolist() == [0.0, 0.0]
    assert values.delta.tolist() == [1.0, 0.0]
    assert values.gamma.tolist() == [0.0, 0.0]
    assert values.vega.tolist() == [0.0, 0.0]
    assert values.theoretical_price.tolist() == [0.0, 0.0]


def test_unsolvable_american_contracts_take_the_smallest_steps() -> None:
    # without volatility and drift the tree has no width: LEAN then differs over a hundred-thousandth of the price
    value = OptionModelValues(100.0, 80.0, 0.1, 0.0, 0.0, True, 15.0, american=True)
    lattice = trees.forward_tree(*(np.array([x]) for x in (0.1, 0.0, 0.0, 0.0)))
    up, down = (plain_tree(lattice, 0, 100.0 * factor, 80.0, True) for factor in (1.00001, 0.99999))
    assert value.implied_volatility == 0.0
    assert value.delta == pytest.approx((up - down) / 0.002, abs=1e-7)
    # at the strike's very node the step decides on which side of it the contract lies
    at_strike = OptionModelValues(100.0, 100.0001, 0.1, 0.0, 0.0, True, 99.99995, american=True)
    up, down = (plain_tree(lattice, 0, 100.0 * factor, 100.0001, True) for factor in (1.00001, 0.99999))
    assert at_strike.implied_volatility == 0.0
    assert at_strike.delta == pytest.approx((up - down) / 0.002, abs=1e-7)


def implied(*prices: float, mirror: list[int] | None = None) -> list[float]:
    """Volatilities of a put and a call with the strike 90 at 100."""
    is_call = [False, True][: len(prices)] if len(prices) == 2 else [True]
    values = OptionModelValues(100.0, 90.0, 0.2, 0.0, 0.0, is_call, prices, mirror)
    return values.implied_volatility.tolist()  # type: ignore[no-any-return]  # numpy knows no depth of lists


def test_the_mirror_decides_where_it_is_out_of_the_money() -> None:
    put, call = implied(0.8, 11.5, mirror=[1, 0])
    assert call == put == implied(0.8, 11.5)[0]
    assert implied(11.5)[0] > call
    # a mirror that cannot be solved is no help, and is helped itself
    assert implied(95.0, 11.5, mirror=[1, 0]) == implied(11.5) * 2
    # nor is one without a price, which has nothing to be explained either
    assert implied(0.0, 11.5, mirror=[1, 0]) == [0.0, *implied(11.5)]
    # one that is not there
    assert implied(0.8, 11.5, mirror=[-1, -1]) == implied(0.8, 11.5)


def test_mirrors_are_looked_for_in_their_own_row() -> None:
    price = np.array([[0.8, 11.5], [0.0, 11.5], [1.2, 11.9]])
    rows = OptionModelValues(100.0, 90.0, 0.2, 0.0, 0.0, [False, True], price, [1, 0]).implied_volatility
    assert rows.tolist() == [implied(*row, mirror=[1, 0]) for row in price]


def test_nothing_is_known_without_prices() -> None:
    values = OptionModelValues([100.0, 100.0, 0.0], 100.0, 0.1, 0.0, 0.0, True, [0.0, math.nan, 5.0])
    for name in ("implied_volatility", "theoretical_price", *GREEKS):
        assert getattr(values, name).tolist() == [0.0, 0.0, 0.0], name


def test_after_expiry_every_greek_is_zero() -> None:
    values = OptionModelValues(100.0, 90.0, -0.001, 0.01, 0.0, True, 10.0, american=True)
    assert values.implied_volatility == 0.0
    assert [float(getattr(values, name)) for name in GREEKS] == [0.0] * len(GREEKS)


def test_at_the_moment_of_expiry_nothing_overflows() -> None:
    values = OptionModelValues(100.0, 90.0, 0.0, 0.01, 0.0, [True, False], 10.0)
    assert values.delta.tolist() == [1.0, 0.0]
    assert values.gamma.tolist() == [0.0, 0.0]


def test_shape_is_that_of_the_arguments() -> None:
    values = OptionModelValues(np.full((3, 1), 100.0), [90.0, 100.0], 0.1, 0.0, 0.0, True, np.full((3, 2), 12.0))
    assert values.delta.shape == values.theta.shape == (3, 2)
    np.testing.assert_array_equal(values.theta, values.theta_per_day * 365)


def test_style_and_name_choose_the_model() -> None:
    arguments = (100.0, [90.0, 110.0], 1.0, 0.02, 0.0, [True, False], [16.0, 15.0])
    european = OptionModelValues(*arguments)
    american = OptionModelValues(*arguments, american=True)
    named = OptionModelValues(*arguments, model=PricingModel.FORWARD_TREE, iv_model=PricingModel.FORWARD_TREE)
    np.testing.assert_array_equal(american.delta, named.delta)
    assert not np.array_equal(european.implied_volatility, american.implied_volatility)
    # LEAN prices with Black-Scholes unless a model was named: only then does the price come back
    np.testing.assert_allclose(named.theoretical_price, [16.0, 15.0], rtol=5e-4)
    assert not np.allclose(american.theoretical_price, [16.0, 15.0], rtol=2e-3)
    binomial = PricingModel.BINOMIAL_COX_ROSS_RUBINSTEIN
    np.testing.assert_allclose(
        OptionModelValues(*arguments, model=binomial, iv_model=binomial).delta, european.delta, atol=2e-3
    )

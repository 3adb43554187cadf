"""Greatest losses against a brute-force search over prices; uncovered shorts against the exchange's rule."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import gcd

import pytest
import QuantLib
from builders import FRIDAY, NOON, call, condor, contract, put, put_spread
from hypothesis import given
from hypothesis import strategies as st
from tomking.market.calendar import settles_at
from tomking.market.contract import Contract, Style
from tomking.market.greeks import years_between
from tomking.market.leg import Leg
from tomking.market.payoff import is_covered, max_loss, payoff
from tomking.risk.buying_power import Quoted, UnknownMargin, paired, requirement, scan
from tomking.settings import Settings

RISK = Settings().risk
LATER = date(2018, 3, 2)


def at(spot: int, prices: dict[Contract, Decimal]) -> Quoted:
    return Quoted(Decimal(spot), prices, NOON, 0.02)


GRID = [Decimal(price) for price in range(0, 6001, 10)]


def brute(legs: tuple[Leg, ...], net: Decimal) -> Decimal:
    return max(Decimal(0), max(net - payoff(legs, price) for price in GRID))


@st.composite
def packages(draw: st.DrawFn) -> tuple[Leg, ...]:
    count = draw(st.integers(1, 5))
    found: dict[Contract, int] = {}
    for _ in range(count):
        strike = draw(st.sampled_from(range(2500, 3000, 20)))
        one = (put if draw(st.booleans()) else call)(strike)
        found[one] = draw(st.sampled_from([-3, -2, -1, 1, 2, 3]))
    divisor = gcd(*found.values())
    return tuple(Leg(one, ratio // divisor) for one, ratio in found.items())


@given(packages(), st.integers(-50, 50))
def test_the_greatest_loss_is_what_a_search_finds(legs: tuple[Leg, ...], net: int) -> None:
    loss = max_loss(legs, Decimal(net))
    if loss is None:
        rights = {leg.contract.right for leg in legs if leg.is_short}
        assert any(sum(leg.ratio for leg in legs if leg.contract.right is right) < 0 for right in rights), (
            "called undefined although every short is covered"
        )
    else:
        assert loss == brute(legs, Decimal(net))


@pytest.mark.parametrize(
    ("legs", "net", "loss"),
    [
        (condor(), "-2.20", "17.80"),
        (put_spread(), "-1.30", "18.70"),
        ((Leg(put(2690), -1), Leg(put(2710), 1)), "4.00", "4.00"),
        ((Leg(put(2660), 1), Leg(put(2710), -1), Leg(call(2770), -1), Leg(call(2790), 1)), "-3", "47"),
        ((Leg(put(2700), 1),), "5", "5"),
        ((Leg(call(2700), 1), Leg(call(2710), -2), Leg(call(2720), 1)), "2", "2"),
    ],
)
def test_known_structures(legs: tuple[Leg, ...], net: str, loss: str) -> None:
    assert max_loss(legs, Decimal(net)) == Decimal(loss)
    assert requirement(legs, Decimal(net), at(2740, {}), RISK) == Decimal(loss) * 100


@pytest.mark.parametrize(
    ("legs", "covered"),
    [
        ((Leg(put(2710), -1),), False),
        ((Leg(put(2710), -1), Leg(call(2770), 1)), False),
        ((Leg(put(2700), 1), Leg(put(2680), -1), Leg(put(2640), -2)), False),
        ((Leg(call(2300, LATER), 1), Leg(call(2750), -1)), True),
        ((Leg(call(2300), 1), Leg(call(2750, LATER), -1)), False),  # the long expires first
        ((Leg(put(2700, LATER), 1), Leg(put(2650), 1), Leg(put(2640), -1), Leg(put(2600, LATER), -1)), True),
        ((Leg(put(2700), 2), Leg(put(2640), -2)), True),
    ],
)
def test_a_short_is_covered_by_a_long_that_lives_as_long(legs: tuple[Leg, ...], covered: bool) -> None:
    assert is_covered(legs) is covered
    assert is_covered(tuple(reversed(legs))) is covered


def test_a_naked_index_put_by_the_exchanges_rule() -> None:
    legs = (Leg(put(2600), -1),)
    # premium 3 + max(15 % of 2740 less 140 out of the money, 10 % of the strike)
    assert requirement(legs, Decimal(-3), at(2740, {put(2600): Decimal(3)}), RISK) == (3 + max(411 - 140, 260)) * 100
    far = (Leg(put(2400), -1),)
    assert requirement(far, Decimal(-1), at(2740, {put(2400): Decimal(1)}), RISK) == (1 + 240) * 100


def test_a_naked_share_option_needs_a_fifth() -> None:
    one = contract(760, "C", FRIDAY, underlying="GOOG", root="GOOG", style=Style.AMERICAN)
    assert requirement((Leg(one, -1),), Decimal(-2), at(750, {one: Decimal(2)}), RISK) == (2 + 150 - 10) * 100


def test_a_strangle_is_its_greater_side_and_the_other_premium() -> None:
    legs = (Leg(put(2600), -1), Leg(call(2900), -1))
    values = {put(2600): Decimal(3), call(2900): Decimal(2)}
    put_side = 3 + max(Decimal("0.15") * 2740 - 140, Decimal(260))
    call_side = 2 + max(Decimal("0.15") * 2740 - 160, Decimal(274))
    expected = max(put_side + 2, call_side + 3) * 100
    assert requirement(legs, Decimal(-5), at(2740, values), RISK) == expected


def es(strike: int, right: str, root: str = "ES") -> Contract:
    return contract(
        strike, right, LATER, underlying=root, root=root, style=Style.AMERICAN, multiplier=50, delivery=LATER
    )


def test_options_on_a_future_take_its_margin() -> None:
    prices = {
        es(2500, "P"): Decimal(10),
        es(2900, "C"): Decimal(6),
        es(2650, "P"): Decimal(24),
        es(2700, "P"): Decimal(36),
    }
    # 13,000 USD are 260 points: at 2480 the put is 20 in the money, and volatility is a quarter higher
    strangle = (Leg(es(2500, "P"), -1), Leg(es(2900, "C"), -1))
    needed = requirement(strangle, Decimal(-16), at(2740, prices), RISK)
    assert 4_000 < needed < 13_000
    one_side = requirement((Leg(es(2500, "P"), -1),), Decimal(-10), at(2740, prices), RISK)
    both = one_side + requirement((Leg(es(2900, "C"), -1),), Decimal(-6), at(2740, prices), RISK)
    assert one_side < needed < both, "a strangle is scanned as a whole: its sides do not lose together"
    two_puts = (Leg(es(2700, "P"), 1), Leg(es(2650, "P"), -1), Leg(es(2500, "P"), -2))
    assert one_side < requirement(two_puts, Decimal(-8), at(2740, prices), RISK) < 2 * one_side + 12 * 50
    spread = (Leg(es(2500, "P"), 1), Leg(es(2550, "P"), -1))
    assert requirement(spread, Decimal(-5), at(2740, {}), RISK) == 45 * 50


def test_a_scan_is_the_worst_of_its_scenarios() -> None:
    """Against LEAN-free brute force: QuantLib's Black formula over the same moves."""
    one, price, spot = es(2500, "P"), 10.0, 2740.0
    quoted = at(2740, {one: Decimal(10)})
    years = years_between(NOON, settles_at(one))
    growth = math.exp(-0.02 * years)
    volatility = QuantLib.blackFormulaImpliedStdDev(QuantLib.Option.Put, 2500.0, spot, price, growth) / math.sqrt(years)
    losses = []
    for part, counts in (
        (-1, 1),
        (-2 / 3, 1),
        (-1 / 3, 1),
        (0, 1),
        (1 / 3, 1),
        (2 / 3, 1),
        (1, 1),
        (-2, 0.35),
        (2, 0.35),
    ):
        for shift in (0.75, 1.25):
            deviation = volatility * shift * math.sqrt(years)
            worth = QuantLib.blackFormula(QuantLib.Option.Put, 2500.0, spot + 260 * part, deviation, growth)
            losses.append((worth - price) * 50 * counts)
    assert float(scan([Leg(one, -1)], quoted, RISK)) == pytest.approx(max(losses) + price * 50, abs=0.05)


def test_a_far_option_on_a_future_has_a_minimum() -> None:
    far = es(1500, "P")
    assert scan([Leg(far, -1)], at(2740, {far: Decimal("0.05")}), RISK) == 1300 + Decimal("2.50")


@pytest.mark.parametrize("naked_puts", [1, 2, 3])
def test_of_a_one_one_two_only_the_far_puts_are_naked(naked_puts: int) -> None:
    prices = {put(2700): Decimal(30), put(2680): Decimal(25), put(2400): Decimal(5)}
    legs = (Leg(put(2700), 1), Leg(put(2680), -1), Leg(put(2400), -naked_puts))
    net = Decimal(5 - 5 * naked_puts)
    needed = requirement(legs, net, at(2740, prices), RISK)
    assert needed == naked_puts * (5 + 240) * 100 + 5 * 100, (
        "the spread's debit and the far puts by the exchange's rule"
    )
    pairs, left = paired(legs)
    assert [(a.contract, b.contract) for a, b in pairs] == [(put(2700), put(2680))]
    assert [(leg.contract, leg.ratio) for leg in left] == [(put(2400), -naked_puts)]


def test_an_unknown_future_is_not_guessed() -> None:
    with pytest.raises(UnknownMargin, match=r"risk\.future_margin"):
        requirement((Leg(es(80, "P", "NG"), -1),), Decimal(-1), at(100, {}), RISK)


@given(packages(), st.integers(-50, 50), st.integers(1, 400))
def test_a_worse_price_never_needs_less(legs: tuple[Leg, ...], net: int, worse: int) -> None:
    values = {leg.contract: Decimal(5) for leg in legs}
    before = requirement(legs, Decimal(net), at(2740, values), RISK)
    assert requirement(legs, Decimal(net + worse), at(2740, values), RISK) >= before
    tighter = replace(RISK, naked_index_fraction=Decimal("0.30"))
    assert requirement(legs, Decimal(net), at(2740, values), tighter) >= before

"""Payoff, greatest loss and gain, and break-evens against a search over every price."""

from __future__ import annotations

from decimal import Decimal
from math import gcd

import pytest
from builders import FRIDAY, call, condor, put
from hypothesis import given
from hypothesis import strategies as st
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.market.payoff import break_evens, is_covered, max_loss, max_profit, payoff

LATER = FRIDAY.replace(month=3, day=2)
STEP, HIGHEST = 10, 3500
GRID = [Decimal(price) for price in range(0, HIGHEST + 1, STEP)]
"""All strikes lie on the grid, so every corner of a payoff does, and between two points it is straight."""


@st.composite
def packages(draw: st.DrawFn) -> tuple[Leg, ...]:
    found: dict[Contract, int] = {}
    for _ in range(draw(st.integers(1, 5))):
        strike = draw(st.sampled_from(range(2500, 3000, 20)))
        found[(put if draw(st.booleans()) else call)(strike)] = draw(st.sampled_from([-3, -2, -1, 1, 2, 3]))
    divisor = gcd(*found.values())
    return tuple(Leg(one, ratio // divisor) for one, ratio in found.items())


NAMED = {
    "condor": condor(),
    "put spread": (Leg(put(2690), 1), Leg(put(2710), -1)),
    "call spread": (Leg(call(2770), 1), Leg(call(2790), -1)),
    "put condor": (Leg(put(2690), 1), Leg(put(2700), -1), Leg(put(2710), -1), Leg(put(2720), 1)),
    "strangle": (Leg(put(2600), -1), Leg(call(2900), -1)),
    "ladder": (Leg(put(2500), 1), Leg(put(2400), 1), Leg(put(2300), 1)),
    "1-1-2": (Leg(put(2700), 1), Leg(put(2650), -1), Leg(put(2500), -2)),
    "ratio": (Leg(put(2700), 1), Leg(put(2650), -2)),
    "call ratio": (Leg(call(2700), 2), Leg(call(2750), -3)),
    "butterfly": (Leg(call(2700), 1), Leg(call(2720), -2), Leg(call(2740), 1)),
    "box": (Leg(call(2700), 1), Leg(put(2700), -1), Leg(call(2800), -1), Leg(put(2800), 1)),
    "long put": (Leg(put(2700), 1),),
    "short call": (Leg(call(2700), -1),),
}


def profits(legs: tuple[Leg, ...], net: Decimal) -> list[Decimal]:
    return [payoff(legs, price) - net for price in GRID]


def searched_break_evens(legs: tuple[Leg, ...], net: Decimal) -> list[Decimal]:
    """Zeros on the grid but for those inside a flat stretch, and crossings between two points."""
    found: list[Decimal] = []
    values = profits(legs, net)
    for at in range(1, len(GRID) - 1):
        before, here, after = values[at - 1 : at + 2]
        if here == 0 and not before == after == 0:
            found.append(GRID[at])
        elif here * after < 0:
            found.append(GRID[at] + STEP * here / (here - after))
    first, second = values[:2]
    return [STEP * first / (first - second), *found] if first * second < 0 else found


def check(legs: tuple[Leg, ...], net: Decimal) -> None:
    values = profits(legs, net)
    loss, gain = max_loss(legs, net), max_profit(legs, net)
    if loss is not None:
        assert loss == max(Decimal(0), -min(values))
    rises_for_ever = values[-1] > values[-2]
    assert (gain is None) == rises_for_ever
    if gain is not None:
        assert gain == max(values)
    inside = [price for price in break_evens(legs, net) if price < HIGHEST]
    assert inside == pytest.approx(searched_break_evens(legs, net))


@given(packages(), st.integers(-60, 60), st.sampled_from(["0", "0.25", "0.5"]))
def test_any_package(legs: tuple[Leg, ...], whole: int, part: str) -> None:
    check(legs, whole + Decimal(part))


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("net", ["-25.5", "-2.20", "0", "0.75", "9", "60"])
def test_every_structure(name: str, net: str) -> None:
    check(NAMED[name], Decimal(net))


def test_a_condor_by_hand() -> None:
    legs = condor()  # 2690/2710/2770/2790 for a credit of 2.20
    assert max_loss(legs, Decimal("-2.20")) == Decimal("17.80")
    assert max_profit(legs, Decimal("-2.20")) == Decimal("2.20")
    assert break_evens(legs, Decimal("-2.20")) == (Decimal("2707.80"), Decimal("2772.20"))


def test_the_1_1_2_by_hand() -> None:
    """Credit 25: below 2500 it is short two puts, cushioned by the 50 of the spread and the credit."""
    legs = NAMED["1-1-2"]
    assert max_loss(legs, Decimal(-25)) is None
    assert max_profit(legs, Decimal(-25)) == 75
    assert break_evens(legs, Decimal(-25)) == (Decimal("2462.5"),)


def test_several_expiries_have_no_single_payoff() -> None:
    diagonal = (Leg(call(2300, LATER), 1), Leg(call(2750), -1))
    assert is_covered(diagonal)
    assert max_loss(diagonal, Decimal(430)) == 430
    assert max_profit(diagonal, Decimal(430)) is None
    with pytest.raises(ValueError, match="several"):
        break_evens(diagonal, Decimal(430))

"""Method 3.3, a row a case: what each structure is, and every way of not being it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from builders import FRIDAY, call, contract, put
from tomking.errors import InvalidStructure
from tomking.market.contract import Right, Style, shares
from tomking.market.leg import Leg
from tomking.strategies.structure import SHAPES, Facts, Structure, check_net, validate

LATER = date(2018, 3, 2)
LEAPS = date(2019, 1, 18)
S = Structure
AT = Facts(spot=Decimal(2740), today=FRIDAY)
DELTAS = Facts(deltas={call(2300, LEAPS): 0.82, call(2600, LEAPS): 0.65})


def legs(*pairs: tuple[object, int]) -> tuple[Leg, ...]:
    return tuple(Leg(one, ratio) for one, ratio in pairs)  # type: ignore[arg-type]


GOOD = [
    (S.SINGLE, legs((put(2700), -1)), AT),
    (S.IRON_CONDOR, legs((put(2690), 1), (put(2710), -1), (call(2770), -1), (call(2790), 1)), AT),
    (
        S.IRON_CONDOR,
        legs((put(2660), 1), (put(2710), -1), (call(2770), -1), (call(2790), 1)),
        Facts(allows_broken_wings=True),
    ),
    (S.PUT_SPREAD, legs((put(2690), 1), (put(2710), -1)), AT),
    (S.PUT_SPREAD, legs((put(2690), -1), (put(2710), 1)), AT),
    (S.CALL_SPREAD, legs((call(2770), -1), (call(2790), 1)), AT),
    (S.PUT_CONDOR, legs((put(2690), 1), (put(2700), -1), (put(2710), -1), (put(2720), 1)), AT),
    (S.CALL_CONDOR, legs((call(2690), 1), (call(2700), -1), (call(2710), -1), (call(2720), 1)), AT),
    (S.STRANGLE, legs((put(2600), -1), (call(2900), -1)), AT),
    (S.IPMCC, legs((call(2300, LEAPS), 1), (call(2750), -1)), DELTAS),
    (S.LEAP_LADDER, legs((put(2500, LEAPS), 1), (put(2400, LEAPS), 1), (put(2300, LEAPS), 1)), AT),
    (S.LT112, legs((put(2700), 1), (put(2650), -1), (put(2500), -2)), AT),
    (
        S.LT112,
        legs((put(2700, LATER), 1), (put(2650, LATER), -1), (put(2500), -2)),
        Facts(allows_calendar=True),
    ),
    (S.BEAR_TRAP, legs((put(2740), 1), (put(2710), -1), (put(2500), -3)), AT),
    (S.RATIO_SPREAD, legs((put(2700), 1), (put(2650), -2)), AT),
    (S.RATIO_SPREAD, legs((call(2700), 2), (call(2650 + 100), -3)), AT),
    (S.BUTTERFLY, legs((call(2700), 1), (call(2710), -2), (call(2720), 1)), AT),
    (S.BOX, legs((call(2700), 1), (put(2700), -1), (call(2800), -1), (put(2800), 1)), AT),
]

AMERICAN = [contract(k, r, style=Style.AMERICAN) for k in (2700, 2800) for r in Right]

BAD = [
    (S.SINGLE, legs((put(2700), -1), (put(2690), 1)), AT, "by rising strike"),
    (S.IRON_CONDOR, legs((put(2710), 1), (put(2690), -1), (call(2770), -1), (call(2790), 1)), AT, "by rising strike"),
    (S.IRON_CONDOR, legs((put(2690), 1), (put(2780), -1), (call(2770), -1), (call(2790), 1)), AT, "by rising strike"),
    (S.IRON_CONDOR, legs((put(2690), 1), (put(2770), -1), (call(2770), -1), (call(2790), 1)), AT, "same strike"),
    (S.IRON_CONDOR, legs((put(2660), 1), (put(2710), -1), (call(2770), -1), (call(2790), 1)), AT, "50 and 20 wide"),
    (S.IRON_CONDOR, legs((put(2690), 1), (put(2710), -1), (call(2770, LATER), -1), (call(2790), 1)), AT, "one expiry"),
    (S.IRON_CONDOR, legs((put(2690), 1), (put(2710), -2), (call(2770), -1), (call(2790), 1)), AT, "by rising strike"),
    (S.PUT_SPREAD, legs((put(2690), 1), (put(2710), 1)), AT, "by rising strike"),
    (S.PUT_SPREAD, legs((call(2690), 1), (call(2710), -1)), AT, "by rising strike"),
    (S.PUT_SPREAD, legs((put(2690), 1), (put(2710, LATER), -1)), AT, "one expiry"),
    (S.CALL_SPREAD, legs((call(2770), -1), (call(2770, LATER), 1)), AT, "one expiry"),
    (S.STRANGLE, legs((put(2600), -1), (call(2700), -1)), AT, "is not between"),
    (S.STRANGLE, legs((put(2600), -1), (call(2900), -1)), Facts(), "unknown"),
    (S.STRANGLE, legs((put(2600), -1), (call(2900), 1)), AT, "by rising strike"),
    (S.IPMCC, legs((call(2300, LEAPS), 1), (call(2250), -1)), DELTAS, "must be above"),
    (S.IPMCC, legs((call(2300, LEAPS), 1), (call(2300), -1)), DELTAS, "must be above"),
    (S.IPMCC, legs((call(2300, LEAPS), 1), (call(2750, LEAPS), -1)), DELTAS, "must expire before"),
    (S.IPMCC, legs((call(2600, LEAPS), 1), (call(2750), -1)), DELTAS, "0.65"),
    (S.IPMCC, legs((call(2300, LEAPS), 1), (call(2750), -1)), Facts(), "delta is unknown"),
    (S.LEAP_LADDER, legs(*((put(2000 + i, LEAPS), 1) for i in range(7))), AT, "7 rungs"),
    (S.LEAP_LADDER, legs((put(2500, LATER), 1)), AT, "less than 270 days"),
    (S.LEAP_LADDER, legs((put(2500, LEAPS), -1)), AT, "only long puts"),
    (S.LT112, legs((put(2500), 1), (put(2650), -1), (put(2700), -2)), AT, "by rising strike"),
    (S.LT112, legs((put(2700), 1), (put(2650), -1), (put(2500), -1)), AT, "by rising strike"),
    (S.LT112, legs((put(2700, LATER), 1), (put(2650, LATER), -1), (put(2500), -2)), AT, "one expiry"),
    (
        S.LT112,
        legs((put(2700), 1), (put(2650), -1), (put(2500, LATER), -2)),
        Facts(allows_calendar=True),
        "none later",
    ),
    (S.BEAR_TRAP, legs((put(2740), 1), (put(2710), -1), (put(2500), -4)), AT, "by rising strike"),
    (S.RATIO_SPREAD, legs((put(2650), 1), (put(2700), -2)), AT, "by rising strike"),
    (S.PUT_CONDOR, legs((put(2690), 1), (put(2700), -1), (put(2710), 1), (put(2720), -1)), AT, "by rising strike"),
    (S.PUT_CONDOR, legs((put(2690), 1), (put(2700), -1), (put(2710), -1), (put(2730), 1)), AT, "10 and 20 wide"),
    (S.CALL_CONDOR, legs((call(2690), -1), (call(2700), 1), (call(2710), 1), (call(2720), -1)), AT, "by rising"),
    (S.BUTTERFLY, legs((call(2700), 1), (call(2710), -2), (call(2730), 1)), AT, "10 and 20 wide"),
    (S.BOX, legs(*zip(AMERICAN, (1, -1, -1, 1), strict=True)), AT, "European"),
    (S.BOX, legs((call(2700), 1), (put(2710), -1), (call(2800), -1), (put(2800), 1)), AT, "by rising strike"),
    (S.SINGLE, legs((shares("SPX"), 1)), AT, "not an option"),
    (S.PUT_SPREAD, legs((put(2690), 2), (put(2710), -2)), AT, "divisor"),
    (S.PUT_SPREAD, legs((put(2690), 1), (put(2690), -1)), AT, "twice"),
    (
        S.PUT_SPREAD,
        legs((put(2690), 1), (contract(2710, underlying="NDX", root="NDXP"), -1)),
        AT,
        "one underlying",
    ),
    (S.PUT_SPREAD, (), AT, "at least one leg"),
]


@pytest.mark.parametrize(("structure", "package", "facts"), GOOD)
def test_it_is_one_in_any_order(structure: Structure, package: tuple[Leg, ...], facts: Facts) -> None:
    checked = validate(structure, package, facts)
    assert sorted(map(repr, checked)) == sorted(map(repr, package))
    assert validate(structure, tuple(reversed(package)), facts) == checked


@pytest.mark.parametrize(("structure", "package", "facts", "says"), BAD)
def test_it_is_none_and_says_why(structure: Structure, package: tuple[Leg, ...], facts: Facts, says: str) -> None:
    with pytest.raises(InvalidStructure, match=says):
        validate(structure, package, facts)


def test_every_structure_is_tested_both_ways() -> None:
    assert {structure for structure, *_ in GOOD} == set(Structure)
    assert {structure for structure, *_ in BAD} == set(Structure)


PRICES = [
    (S.IRON_CONDOR, "-2.20", True),
    (S.IRON_CONDOR, "0", False),
    (S.IRON_CONDOR, "0.10", False),
    (S.IRON_CONDOR, "-20", False),  # as much as it can lose
    (S.PUT_SPREAD, "-4", True),
    (S.PUT_SPREAD, "4", False),  # a short spread is not paid for
    (S.PUT_CONDOR, "0.80", True),
    (S.PUT_CONDOR, "-0.10", False),
    (S.PUT_CONDOR, "10", False),  # as much as it can be worth
    (S.CALL_CONDOR, "0", False),
    (S.STRANGLE, "-5", True),
    (S.STRANGLE, "1", False),
    (S.IPMCC, "430", True),
    (S.IPMCC, "-1", False),
    (S.LEAP_LADDER, "120", True),
    (S.LEAP_LADDER, "0", False),
    (S.LT112, "-25", True),
    (S.LT112, "3", True),
    (S.LT112, "51", False),  # the spread alone is worth 50 at most
    (S.RATIO_SPREAD, "-2", True),
    (S.BUTTERFLY, "1", True),
    (S.BUTTERFLY, "0", False),
    (S.BOX, "98", True),
    (S.BOX, "101", True),  # negative interest is interest
    (S.BOX, "-98", False),  # a long box is paid for
]


@pytest.mark.parametrize(("structure", "net", "makes_sense"), PRICES)
def test_a_price_that_is_free_money_or_a_certain_loss_is_refused(
    structure: Structure, net: str, makes_sense: bool
) -> None:
    shape, package, facts = next(row for row in GOOD if row[0] is structure)
    ordered = validate(shape, package, facts)
    if makes_sense:
        check_net(structure, ordered, Decimal(net))
    else:
        with pytest.raises(InvalidStructure, match="net price"):
            check_net(structure, ordered, Decimal(net))


def test_a_condor_whose_far_wing_is_wider_still_has_to_cost_something() -> None:
    """Method 1.1.4: its payoff is below zero far down, so that free money alone would not refuse a credit."""
    wide = legs((put(2650), 1), (put(2700), -1), (put(2710), -1), (put(2720), 1))
    ordered = validate(S.PUT_CONDOR, wide, Facts(allows_broken_wings=True))
    with pytest.raises(InvalidStructure, match="wrong sign"):
        check_net(S.PUT_CONDOR, ordered, Decimal("-0.05"))


def test_every_structure_is_in_the_table() -> None:
    assert set(SHAPES) == set(Structure)

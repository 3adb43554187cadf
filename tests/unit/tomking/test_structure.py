"""Method 3.3, a row a case: what each structure is, and every way of not being it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from builders import FRIDAY, call, contract, put
from tomking.errors import InvalidStructure
from tomking.market.contract import Right, Style, shares
from tomking.market.leg import Leg
from tomking.strategies.structure import Facts, Structure, validate

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
    (S.RATIO_SPREAD, legs((put(2700), 1), (put(2650), -2)), AT),
    (S.RATIO_SPREAD, legs((call(2700), 2), (call(2650 + 100), -3)), AT),
    (S.BUTTERFLY, legs((call(2700), 1), (call(2710), -2), (call(2720), 1)), AT),
    (S.BOX, legs((call(2700), 1), (put(2700), -1), (call(2800), -1), (put(2800), 1)), AT),
]

AMERICAN = [contract(k, r, style=Style.AMERICAN) for k in (2700, 2800) for r in Right]

BAD = [
    (S.SINGLE, legs((put(2700), -1), (put(2690), 1)), AT, "one leg"),
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
    (S.IPMCC, legs((call(2300, LEAPS), 1), (call(2250), -1)), DELTAS, "by rising strike"),
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
    (S.RATIO_SPREAD, legs((put(2650), 1), (put(2700), -2)), AT, "by rising strike"),
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
    assert {structure for structure, *_ in BAD} >= set(Structure) - {S.PUT_CONDOR, S.CALL_CONDOR}

"""The shapes a multi-leg trade may have, and the rules each must keep.

`validate` is asked before a trade is sized and again by the executor's facade: legs that are not what they claim to be
never reach a broker. Rules after the method's table of structure validators.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import pairwise

from tomking.errors import InvalidStructure
from tomking.market.contract import Contract, Right, Style, plain
from tomking.market.leg import Leg, package


class Structure(Enum):
    """Named leg patterns."""

    SINGLE = "single"
    IRON_CONDOR = "iron_condor"
    PUT_SPREAD = "put_spread"
    CALL_SPREAD = "call_spread"
    PUT_CONDOR = "put_condor"
    CALL_CONDOR = "call_condor"
    STRANGLE = "strangle"
    IPMCC = "ipmcc"
    LEAP_LADDER = "leap_ladder"
    LT112 = "lt112"
    RATIO_SPREAD = "ratio_spread"
    BUTTERFLY = "butterfly"
    BOX = "box"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What some rules need to know beside the legs; a rule whose fact is missing refuses.

    Attributes:
        spot: price of the underlying: a strangle's strikes lie on both sides of it.
        deltas: deltas by contract: IPMCC asks for the long call's.
        today: session date: the ladder asks for days to expiry.
        allows_broken_wings: condors and butterflies may have wings of unequal width.
        allows_calendar: the naked puts of LT112 may expire before its spread.
    """

    spot: Decimal | None = None
    deltas: Mapping[Contract, float] | None = None
    today: date | None = None
    allows_broken_wings: bool = False
    allows_calendar: bool = False


MIN_IPMCC_LONG_DELTA = 0.70
"""Least delta of the long call of an IPMCC (method 3.3)."""

MIN_LADDER_DAYS = 270
"""Least days to expiry of a rung of the LEAP ladder (method 3.3)."""

MAX_LADDER_LEGS = 6
"""Rungs a LEAP ladder may have (method 1.5)."""


def validate(structure: Structure, legs: Sequence[Leg], facts: Facts) -> tuple[Leg, ...]:
    """The legs, by rising strike, when they are the structure they claim to be.

    Raises:
        InvalidStructure: they are not; the text names the rule and the strikes that break it.
    """
    name = structure.value.replace("_", " ")
    checked = package(*legs)
    for leg in checked:
        if not leg.contract.is_option:
            raise InvalidStructure(f"{name}: {leg.contract.text} is not an option")
    if len({leg.contract.underlying for leg in checked}) > 1:
        raise InvalidStructure(f"{name}: all legs must be on one underlying")
    ordered = tuple(sorted(checked, key=lambda leg: (strike(leg), leg.contract.right is Right.CALL)))
    _RULES[structure](name, ordered, facts)
    return ordered


def strike(leg: Leg) -> Decimal:
    """The leg's strike."""
    if leg.contract.strike is None:
        raise InvalidStructure(f"{leg.contract.text} has no strike")
    return leg.contract.strike


# -- one rule a structure; legs come by rising strike ---------------------------------------------------------------


def _single(name: str, legs: tuple[Leg, ...], _: Facts) -> None:
    if len(legs) != 1 or abs(legs[0].ratio) != 1:
        raise InvalidStructure(f"{name}: one leg with ratio 1 is needed, found {len(legs)}")


def _vertical(right: str) -> _Rule:
    def rule(name: str, legs: tuple[Leg, ...], _: Facts) -> None:
        _ratios(name, legs, right * 2, ((1, -1), (-1, 1)))
        _one_expiry(name, legs)
        _rising(name, legs)

    return rule


def _iron_condor(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    _ratios(name, legs, "PPCC", ((1, -1, -1, 1),))
    _one_expiry(name, legs)
    _rising(name, legs)
    _equal_wings(name, legs, facts)


def _condor(right: str) -> _Rule:
    def rule(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
        _ratios(name, legs, right * 4, ((1, -1, -1, 1),))
        _one_expiry(name, legs)
        _rising(name, legs)
        _equal_wings(name, legs, facts)

    return rule


def _strangle(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    _ratios(name, legs, "PC", ((-1, -1),))
    _one_expiry(name, legs)
    _rising(name, legs)
    if facts.spot is None:
        raise InvalidStructure(f"{name}: the price of the underlying is unknown")
    put, call = legs
    if not strike(put) < facts.spot < strike(call):
        raise InvalidStructure(
            f"{name}: the price {plain(facts.spot)} is not between put {_at(put)} and call {_at(call)}"
        )


def _ipmcc(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    _ratios(name, legs, "CC", ((1, -1),))
    long, short = legs
    if strike(short) <= strike(long):
        raise InvalidStructure(f"{name}: the short strike {_at(short)} must be above the long strike {_at(long)}")
    if _expiry(short) >= _expiry(long):
        raise InvalidStructure(
            f"{name}: the short call ({_expiry(short)}) must expire before the long one ({_expiry(long)})"
        )
    delta = (facts.deltas or {}).get(long.contract)
    if delta is None or delta < MIN_IPMCC_LONG_DELTA:
        found = "is unknown" if delta is None else f"is {delta:.2f}"
        raise InvalidStructure(f"{name}: the long call's delta {found}, at least {MIN_IPMCC_LONG_DELTA:.2f} is needed")


def _leap_ladder(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    if len(legs) > MAX_LADDER_LEGS:
        raise InvalidStructure(f"{name}: {len(legs)} rungs, at most {MAX_LADDER_LEGS} are allowed")
    if facts.today is None:
        raise InvalidStructure(f"{name}: the session date is unknown")
    for leg in legs:
        if leg.contract.right is not Right.PUT or leg.is_short:
            raise InvalidStructure(f"{name}: only long puts, found {leg.ratio:+d} {leg.contract.text}")
        if leg.contract.days_to_expiry(facts.today) < MIN_LADDER_DAYS:
            raise InvalidStructure(f"{name}: {leg.contract.text} has less than {MIN_LADDER_DAYS} days left")
    _rising(name, legs)


def _lt112(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    _ratios(name, legs, "PPP", ((-2, -1, 1),))
    _rising(name, legs)
    naked, short, long = legs
    if not facts.allows_calendar:
        _one_expiry(name, legs)
    elif _expiry(short) != _expiry(long) or _expiry(naked) > _expiry(long):
        raise InvalidStructure(f"{name}: the spread needs one expiry, and the naked puts none later than it")


def _ratio_spread(name: str, legs: tuple[Leg, ...], _: Facts) -> None:
    if {leg.contract.right for leg in legs} == {Right.CALL}:
        _ratios(name, legs, "CC", ((1, -2), (1, -3), (2, -3)))
    else:
        _ratios(name, legs, "PP", ((-2, 1), (-3, 1), (-3, 2)))
    _one_expiry(name, legs)
    _rising(name, legs)


def _butterfly(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    rights = "".join(_right(leg) for leg in legs)
    _ratios(name, legs, "CCC" if rights.startswith("C") else "PPP", ((1, -2, 1),))
    _one_expiry(name, legs)
    _rising(name, legs)
    low, body, high = (strike(leg) for leg in legs)
    if body - low != high - body and not facts.allows_broken_wings:
        raise InvalidStructure(f"{name}: the wings are {plain(body - low)} and {plain(high - body)} wide")


def _box(name: str, legs: tuple[Leg, ...], _: Facts) -> None:
    _ratios(name, legs, "PCPC", ((-1, 1, 1, -1), (1, -1, -1, 1)))
    _one_expiry(name, legs)
    low_put, low_call, high_put, high_call = (strike(leg) for leg in legs)
    if low_put != low_call or high_put != high_call or low_put >= high_put:
        raise InvalidStructure(f"{name}: exactly two strikes are needed, a call and a put at each")
    if any(leg.contract.style is not Style.EUROPEAN for leg in legs):
        raise InvalidStructure(f"{name}: European options only; an early assignment would break it open")


_Rule = Callable[[str, tuple[Leg, ...], Facts], None]

_RULES: Mapping[Structure, _Rule] = {
    Structure.SINGLE: _single,
    Structure.IRON_CONDOR: _iron_condor,
    Structure.PUT_SPREAD: _vertical("P"),
    Structure.CALL_SPREAD: _vertical("C"),
    Structure.PUT_CONDOR: _condor("P"),
    Structure.CALL_CONDOR: _condor("C"),
    Structure.STRANGLE: _strangle,
    Structure.IPMCC: _ipmcc,
    Structure.LEAP_LADDER: _leap_ladder,
    Structure.LT112: _lt112,
    Structure.RATIO_SPREAD: _ratio_spread,
    Structure.BUTTERFLY: _butterfly,
    Structure.BOX: _box,
}


# -- what the rules are made of --------------------------------------------------------------------------------------


def _ratios(name: str, legs: tuple[Leg, ...], rights: str, allowed: tuple[tuple[int, ...], ...]) -> None:
    found = "".join(_right(leg) for leg in legs)
    ratios = tuple(leg.ratio for leg in legs)
    if found != rights or ratios not in allowed:
        wanted = " or ".join(_pattern(rights, pattern) for pattern in allowed)
        raise InvalidStructure(f"{name}: by rising strike it is {wanted}; found {_pattern(found, ratios)}")


def _pattern(rights: str, ratios: tuple[int, ...]) -> str:
    return " ".join(f"{ratio:+d}{right}" for right, ratio in zip(rights, ratios, strict=True))


def _one_expiry(name: str, legs: tuple[Leg, ...]) -> None:
    expiries = sorted({_expiry(leg) for leg in legs})
    if len(expiries) > 1:
        raise InvalidStructure(f"{name}: one expiry is needed, found {', '.join(map(str, expiries))}")


def _rising(name: str, legs: tuple[Leg, ...]) -> None:
    for lower, upper in pairwise(legs):
        if strike(lower) >= strike(upper):
            raise InvalidStructure(f"{name}: {lower.contract.text} and {upper.contract.text} have the same strike")


def _equal_wings(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    lower, upper = strike(legs[1]) - strike(legs[0]), strike(legs[3]) - strike(legs[2])
    if lower != upper and not facts.allows_broken_wings:
        raise InvalidStructure(f"{name}: the wings are {plain(lower)} and {plain(upper)} wide")


def _expiry(leg: Leg) -> date:
    if leg.contract.expiry is None:
        raise InvalidStructure(f"{leg.contract.text} does not expire")
    return leg.contract.expiry


def _right(leg: Leg) -> str:
    if leg.contract.right is None:
        raise InvalidStructure(f"{leg.contract.text} is neither call nor put")
    return leg.contract.right.value


def _at(leg: Leg) -> str:
    return plain(strike(leg))

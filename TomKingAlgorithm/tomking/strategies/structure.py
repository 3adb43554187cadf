"""The shapes a multi-leg trade may have, as a table, and the two questions asked of every trade.

`validate`: are these legs the structure they claim to be? `check_net`: does the price make sense for it? Both are asked
before a trade is sized and again by the executor's facade, so that legs that are not what they claim to be never reach
a broker. Patterns and rules after the method's table of structure validators (method 3.3).
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
from tomking.market.payoff import max_loss, max_profit, payoff

ZERO = Decimal(0)


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
    BEAR_TRAP = "bear_trap"
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


@dataclass(frozen=True, slots=True)
class Shape:
    """What a structure is.

    Attributes:
        patterns: allowed legs by rising strike, as ``+1P -1P -1C +1C``; empty when the rules alone decide.
        rules: what must hold beside the pattern; each raises `InvalidStructure`.
        is_debit: it is bought for a debit although its payoff alone would not say so (method 1.1.4).
        is_loan: its payoff is the same at every price, so that its price is interest and not risk.
    """

    patterns: tuple[str, ...]
    rules: tuple[Rule, ...]
    is_debit: bool = False
    is_loan: bool = False


def validate(structure: Structure, legs: Sequence[Leg], facts: Facts) -> tuple[Leg, ...]:
    """The legs, by rising strike (a put before a call of the same), when they are the structure they claim to be.

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
    shape = SHAPES[structure]
    found = pattern_of(ordered)
    if shape.patterns and found not in shape.patterns:
        raise InvalidStructure(f"{name}: by rising strike it is {' or '.join(shape.patterns)}; found {found}")
    for rule in shape.rules:
        rule(name, ordered, facts)
    return ordered


def check_net(structure: Structure, legs: Sequence[Leg], net: Decimal) -> None:
    """Is `net` (points, debit positive) a price at which the structure may be opened?

    Between the least and the most the package can be worth: a price outside is free money or a certain loss, and in
    either case the quotes are wrong or the legs are not what was meant.

    Raises:
        InvalidStructure: it is not.
    """
    shape, name = SHAPES[structure], structure.value.replace("_", " ")
    if (shape.is_debit and net <= 0) or (shape.is_loan and net * payoff(legs, ZERO) <= 0):
        raise InvalidStructure(f"{name}: a net price of {plain(net)} has the wrong sign")
    if shape.is_loan:
        return
    least, most = max_loss(legs, ZERO), max_profit(legs, ZERO)
    if least is not None and net <= -least:
        raise InvalidStructure(f"{name}: at a net price of {plain(net)} it could not lose, so the quotes are wrong")
    if most is not None and net >= most:
        raise InvalidStructure(f"{name}: at a net price of {plain(net)} it could not gain")


def strike(leg: Leg) -> Decimal:
    """The leg's strike.

    Raises:
        InvalidStructure: it is no option.
    """
    if leg.contract.strike is None:
        raise InvalidStructure(f"{leg.contract.text} has no strike")
    return leg.contract.strike


def pattern_of(legs: Sequence[Leg]) -> str:
    """The legs' ratios and rights: ``+1P -1P -1C +1C``."""
    return " ".join(f"{leg.ratio:+d}{leg.contract.right.value if leg.contract.right else '?'}" for leg in legs)


# -- what a structure may ask beside its pattern; legs come by rising strike ----------------------------------------


def _one_expiry(name: str, legs: tuple[Leg, ...], _: Facts) -> None:
    expiries = sorted({_expiry(leg) for leg in legs})
    if len(expiries) > 1:
        raise InvalidStructure(f"{name}: one expiry is needed, found {', '.join(map(str, expiries))}")


def _rising(name: str, legs: tuple[Leg, ...], _: Facts) -> None:
    for lower, upper in pairwise(legs):
        if strike(lower) >= strike(upper):
            raise InvalidStructure(f"{name}: {lower.contract.text} and {upper.contract.text} have the same strike")


def _equal_wings(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    """The lowest two strikes are as far apart as the highest two."""
    lower, upper = strike(legs[1]) - strike(legs[0]), strike(legs[-1]) - strike(legs[-2])
    if lower != upper and not facts.allows_broken_wings:
        raise InvalidStructure(f"{name}: the wings are {plain(lower)} and {plain(upper)} wide")


def _around_the_spot(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    if facts.spot is None:
        raise InvalidStructure(f"{name}: the price of the underlying is unknown")
    put, call = legs
    if not strike(put) < facts.spot < strike(call):
        raise InvalidStructure(
            f"{name}: the price {plain(facts.spot)} is not between put {_at(put)} and call {_at(call)}"
        )


def _short_above_and_sooner(name: str, legs: tuple[Leg, ...], _: Facts) -> None:
    long, short = sorted(legs, key=lambda leg: leg.is_short)
    if strike(short) <= strike(long):
        raise InvalidStructure(f"{name}: the short strike {_at(short)} must be above the long strike {_at(long)}")
    if _expiry(short) >= _expiry(long):
        raise InvalidStructure(
            f"{name}: the short call ({_expiry(short)}) must expire before the long one ({_expiry(long)})"
        )


def _deep_long(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    long = next(leg for leg in legs if not leg.is_short)
    delta = (facts.deltas or {}).get(long.contract)
    if delta is None or delta < MIN_IPMCC_LONG_DELTA:
        found = "is unknown" if delta is None else f"is {delta:.2f}"
        raise InvalidStructure(f"{name}: the long call's delta {found}, at least {MIN_IPMCC_LONG_DELTA:.2f} is needed")


def _long_dated_puts(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    if len(legs) > MAX_LADDER_LEGS:
        raise InvalidStructure(f"{name}: {len(legs)} rungs, at most {MAX_LADDER_LEGS} are allowed")
    if facts.today is None:
        raise InvalidStructure(f"{name}: the session date is unknown")
    for leg in legs:
        if leg.contract.right is not Right.PUT or leg.is_short:
            raise InvalidStructure(f"{name}: only long puts, found {leg.ratio:+d} {leg.contract.text}")
        if leg.contract.days_to_expiry(facts.today) < MIN_LADDER_DAYS:
            raise InvalidStructure(f"{name}: {leg.contract.text} has less than {MIN_LADDER_DAYS} days left")


def _spread_outlives_naked_puts(name: str, legs: tuple[Leg, ...], facts: Facts) -> None:
    if not facts.allows_calendar:
        _one_expiry(name, legs, facts)
        return
    naked, short, long = legs
    if _expiry(short) != _expiry(long) or _expiry(naked) > _expiry(long):
        raise InvalidStructure(f"{name}: the spread needs one expiry, and the naked puts none later than it")


def _two_strikes(name: str, legs: tuple[Leg, ...], _: Facts) -> None:
    low_put, low_call, high_put, high_call = (strike(leg) for leg in legs)
    if low_put != low_call or high_put != high_call or low_put >= high_put:
        raise InvalidStructure(f"{name}: exactly two strikes are needed, a call and a put at each")


def _european(name: str, legs: tuple[Leg, ...], _: Facts) -> None:
    if any(leg.contract.style is not Style.EUROPEAN for leg in legs):
        raise InvalidStructure(f"{name}: European options only; an early assignment would break it open")


def _expiry(leg: Leg) -> date:
    if leg.contract.expiry is None:
        raise InvalidStructure(f"{leg.contract.text} does not expire")
    return leg.contract.expiry


def _at(leg: Leg) -> str:
    return plain(strike(leg))


Rule = Callable[[str, tuple[Leg, ...], Facts], None]

_FLAT = (_one_expiry, _rising)

SHAPES: Mapping[Structure, Shape] = {
    Structure.SINGLE: Shape(("+1P", "-1P", "+1C", "-1C"), ()),
    Structure.IRON_CONDOR: Shape(("+1P -1P -1C +1C",), (*_FLAT, _equal_wings)),
    Structure.PUT_SPREAD: Shape(("+1P -1P", "-1P +1P"), _FLAT),
    Structure.CALL_SPREAD: Shape(("-1C +1C", "+1C -1C"), _FLAT),
    Structure.PUT_CONDOR: Shape(("+1P -1P -1P +1P",), (*_FLAT, _equal_wings), is_debit=True),
    Structure.CALL_CONDOR: Shape(("+1C -1C -1C +1C",), (*_FLAT, _equal_wings), is_debit=True),
    Structure.STRANGLE: Shape(("-1P -1C",), (*_FLAT, _around_the_spot)),
    Structure.IPMCC: Shape(("+1C -1C", "-1C +1C"), (_short_above_and_sooner, _deep_long)),
    Structure.LEAP_LADDER: Shape((), (_long_dated_puts, _rising)),
    Structure.LT112: Shape(("-2P -1P +1P",), (_rising, _spread_outlives_naked_puts)),
    Structure.BEAR_TRAP: Shape(("-2P -1P +1P", "-3P -1P +1P"), _FLAT),
    Structure.RATIO_SPREAD: Shape(("-2P +1P", "-3P +1P", "-3P +2P", "+1C -2C", "+1C -3C", "+2C -3C"), _FLAT),
    Structure.BUTTERFLY: Shape(("+1P -2P +1P", "+1C -2C +1C"), (*_FLAT, _equal_wings)),
    Structure.BOX: Shape(("-1P +1C +1P -1C", "+1P -1C -1P +1C"), (_one_expiry, _two_strikes, _european), is_loan=True),
}
"""Every structure there is; what is not in this table cannot be opened under a name."""

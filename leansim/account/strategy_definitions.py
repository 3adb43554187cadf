"""The option structures LEAN's margin knows, by their legs.

A definition is a sequence of legs; each leg names a right, a signed ratio and conditions on strike and expiration
relative to the legs before it. Conditions are data, so that two definitions can be compared.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from leansim.api.enums import OptionRight

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol

_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


class Contract(NamedTuple):
    """An option contract by what conditions compare."""

    symbol: Symbol
    right: OptionRight
    strike: Decimal
    expiration: datetime


class Condition(Protocol):
    """Whether a contract fits as the next leg after some others."""

    def holds(self, legs: Sequence[Contract], contract: Contract) -> bool:
        """Whether ``contract`` fits after ``legs``."""


@dataclass(frozen=True)
class Strike:
    """The strike compares so to the strike of an earlier leg."""

    comparison: str
    leg: int

    def holds(self, legs: Sequence[Contract], contract: Contract) -> bool:
        """Whether it does."""
        return _OPERATORS[self.comparison](contract.strike, legs[self.leg].strike)


@dataclass(frozen=True)
class Expiration:
    """The expiration compares so to that of an earlier leg."""

    comparison: str
    leg: int

    def holds(self, legs: Sequence[Contract], contract: Contract) -> bool:
        """Whether it does."""
        return _OPERATORS[self.comparison](contract.expiration, legs[self.leg].expiration)


@dataclass(frozen=True)
class Mirror:
    """The strike lies as far beyond a middle leg's as another leg's lies on the other side."""

    middle: int
    other: int

    def holds(self, legs: Sequence[Contract], contract: Contract) -> bool:
        """Whether it does."""
        return contract.strike == legs[self.middle].strike * 2 - legs[self.other].strike


@dataclass(frozen=True)
class LegDefinition:
    """One leg: right, signed ratio, conditions."""

    right: OptionRight
    quantity: int
    conditions: tuple[Condition, ...] = ()

    def fits(self, legs: Sequence[Contract], contract: Contract, quantity: int) -> bool:
        """Whether a position in a contract can be this leg after ``legs``."""
        if contract.right != self.right or (quantity > 0) != (self.quantity > 0):
            return False
        for condition in self.conditions:  # noqa: SIM110  ten times as fast as all() of a generator, in the hottest loop
            if not condition.holds(legs, contract):
                return False
        return True


@dataclass(frozen=True)
class StrategyDefinition:
    """A structure: name, lots of the underlying, option legs."""

    name: str
    legs: tuple[LegDefinition, ...]
    underlying_lots: int = 0

    @property
    def leg_count(self) -> int:
        """Legs, the underlying included."""
        return len(self.legs) + bool(self.underlying_lots)

    @property
    def leaves_short_uncovered(self) -> bool:
        """Whether a short leg has neither a long of its right nor the underlying against it."""
        calls = sum(leg.quantity for leg in self.legs if leg.right == OptionRight.CALL)
        puts = sum(leg.quantity for leg in self.legs if leg.right == OptionRight.PUT)
        return -calls > max(0, self.underlying_lots) or -puts > max(0, -self.underlying_lots)

    def inverted(self) -> StrategyDefinition:
        """The same structure sold."""
        legs = tuple(replace(leg, quantity=-leg.quantity) for leg in self.legs)
        return replace(self, legs=legs, underlying_lots=-self.underlying_lots)

    def is_named_by(self, other: StrategyDefinition) -> bool:
        """Whether ``other`` describes these very legs."""
        return (
            self.underlying_lots == other.underlying_lots
            and len(self.legs) == len(other.legs)
            and all(
                any(
                    mine.right == leg.right
                    and mine.quantity == leg.quantity
                    and set(leg.conditions) <= set(mine.conditions)
                    for mine in self.legs
                )
                for leg in other.legs
            )
        )


def _call(quantity: int, *conditions: Condition) -> LegDefinition:
    return LegDefinition(OptionRight.CALL, quantity, conditions)


def _put(quantity: int, *conditions: Condition) -> LegDefinition:
    return LegDefinition(OptionRight.PUT, quantity, conditions)


def _define(name: str, *legs: LegDefinition, lots: int = 0) -> StrategyDefinition:
    return StrategyDefinition(name, legs, lots)


_SAME_EXPIRY: Final = Expiration("==", 0)
_LATER: Final = Expiration(">", 0)
_SAME_STRIKE: Final = Strike("==", 0)
_BELOW: Final = Strike("<", 0)
_ABOVE: Final = Strike(">", 0)

COVERED_CALL = _define("Covered Call", _call(-1), lots=1)
PROTECTIVE_CALL = _define("Protective Call", _call(1), lots=-1)
COVERED_PUT = _define("Covered Put", _put(-1), lots=-1)
PROTECTIVE_PUT = _define("Protective Put", _put(1), lots=1)
PROTECTIVE_COLLAR = _define("Protective Collar", _call(-1), _put(1, _BELOW, _SAME_EXPIRY), lots=1)
CONVERSION = _define("Conversion", _call(-1), _put(1, _SAME_STRIKE, _SAME_EXPIRY), lots=1)
REVERSE_CONVERSION = _define("Reverse Conversion", _call(1), _put(-1, _SAME_STRIKE, _SAME_EXPIRY), lots=-1)
NAKED_CALL = _define("Naked Call", _call(-1))
NAKED_PUT = _define("Naked Put", _put(-1))
BEAR_CALL_SPREAD = _define("Bear Call Spread", _call(-1), _call(1, _ABOVE, _SAME_EXPIRY))
BEAR_PUT_SPREAD = _define("Bear Put Spread", _put(1), _put(-1, _BELOW, _SAME_EXPIRY))
BULL_CALL_SPREAD = _define("Bull Call Spread", _call(1), _call(-1, _ABOVE, _SAME_EXPIRY))
BULL_PUT_SPREAD = _define("Bull Put Spread", _put(-1), _put(1, _BELOW, _SAME_EXPIRY))
STRADDLE = _define("Straddle", _call(1), _put(1, _SAME_STRIKE, _SAME_EXPIRY))
SHORT_STRADDLE = _define("Short Straddle", _call(-1), _put(-1, _SAME_STRIKE, _SAME_EXPIRY))
STRANGLE = _define("Strangle", _call(1), _put(1, _BELOW, _SAME_EXPIRY))
SHORT_STRANGLE = _define("Short Strangle", _call(-1), _put(-1, _BELOW, _SAME_EXPIRY))


def _butterfly(name: str, leg: Callable[..., LegDefinition], wing: int) -> StrategyDefinition:
    return _define(
        name,
        leg(wing),
        leg(-2 * wing, Strike(">=", 0), _SAME_EXPIRY),
        leg(wing, Strike(">=", 1), _SAME_EXPIRY, Mirror(1, 0)),
    )


BUTTERFLY_CALL = _butterfly("Butterfly Call", _call, 1)
SHORT_BUTTERFLY_CALL = _butterfly("Short Butterfly Call", _call, -1)
BUTTERFLY_PUT = _butterfly("Butterfly Put", _put, 1)
SHORT_BUTTERFLY_PUT = _butterfly("Short Butterfly Put", _put, -1)
CALL_CALENDAR_SPREAD = _define("Call Calendar Spread", _call(-1), _call(1, _SAME_STRIKE, _LATER))
SHORT_CALL_CALENDAR_SPREAD = _define("Short Call Calendar Spread", _call(1), _call(-1, _SAME_STRIKE, _LATER))
PUT_CALENDAR_SPREAD = _define("Put Calendar Spread", _put(-1), _put(1, _SAME_STRIKE, _LATER))
SHORT_PUT_CALENDAR_SPREAD = _define("Short Put Calendar Spread", _put(1), _put(-1, _SAME_STRIKE, _LATER))


def _iron_butterfly(name: str, body: int) -> StrategyDefinition:
    return _define(
        name,
        _put(body),
        _put(-body, _BELOW, _SAME_EXPIRY),
        _call(body, _SAME_STRIKE, _SAME_EXPIRY),
        _call(-body, Mirror(0, 1), _SAME_EXPIRY),
    )


def _iron_condor(name: str, low_put: int) -> StrategyDefinition:
    return _define(
        name,
        _put(low_put),
        _put(-low_put, _ABOVE, _SAME_EXPIRY),
        _call(-low_put, Strike(">", 1), _SAME_EXPIRY),
        _call(low_put, Strike(">", 2), _SAME_EXPIRY),
    )


def _box(name: str, high_put: int) -> StrategyDefinition:
    return _define(
        name,
        _put(high_put),
        _put(-high_put, _BELOW, _SAME_EXPIRY),
        _call(high_put, Strike("==", 1), _SAME_EXPIRY),
        _call(-high_put, _SAME_STRIKE, _SAME_EXPIRY),
    )


def _jelly_roll(name: str, near_call: int) -> StrategyDefinition:
    return _define(
        name,
        _call(near_call),
        _call(-near_call, _SAME_STRIKE, _LATER),
        _put(-near_call, _SAME_STRIKE, _SAME_EXPIRY),
        _put(near_call, _SAME_STRIKE, Expiration("==", 1)),
    )


IRON_BUTTERFLY = _iron_butterfly("Iron Butterfly", -1)
SHORT_IRON_BUTTERFLY = _iron_butterfly("Short Iron Butterfly", 1)
IRON_CONDOR = _iron_condor("Iron Condor", 1)
SHORT_IRON_CONDOR = _iron_condor("Short Iron Condor", -1)
BOX_SPREAD = _box("Box Spread", 1)
SHORT_BOX_SPREAD = _box("Short Box Spread", -1)
JELLY_ROLL = _jelly_roll("Jelly Roll", -1)
SHORT_JELLY_ROLL = _jelly_roll("Short Jelly Roll", 1)


def _call_ladder(name: str, low: int) -> StrategyDefinition:
    return _define(name, _call(low), _call(-low, _ABOVE, _SAME_EXPIRY), _call(-low, Strike(">", 1), _SAME_EXPIRY))


def _put_ladder(name: str, high: int) -> StrategyDefinition:
    return _define(name, _put(high), _put(-high, _BELOW, _SAME_EXPIRY), _put(-high, Strike("<", 1), _SAME_EXPIRY))


BEAR_CALL_LADDER = _call_ladder("Bear Call Ladder", -1)
BEAR_PUT_LADDER = _put_ladder("Bear Put Ladder", 1)
BULL_CALL_LADDER = _call_ladder("Bull Call Ladder", 1)
BULL_PUT_LADDER = _put_ladder("Bull Put Ladder", -1)
CALL_BACKSPREAD = _define("Call Backspread", _call(-1), _call(2, _ABOVE, _SAME_EXPIRY))
PUT_BACKSPREAD = _define("Put Backspread", _put(-1), _put(2, _BELOW, _SAME_EXPIRY))
SHORT_CALL_BACKSPREAD = _define("Short Call Backspread", _call(1), _call(-2, _ABOVE, _SAME_EXPIRY))
SHORT_PUT_BACKSPREAD = _define("Short Put Backspread", _put(1), _put(-2, _BELOW, _SAME_EXPIRY))

#: In LEAN's order, which decides between structures of equally many legs.
_NAMED: Final = (
    COVERED_CALL,
    PROTECTIVE_CALL,
    COVERED_PUT,
    PROTECTIVE_PUT,
    PROTECTIVE_COLLAR,
    CONVERSION,
    REVERSE_CONVERSION,
    NAKED_CALL,
    NAKED_PUT,
    BEAR_CALL_SPREAD,
    BEAR_PUT_SPREAD,
    BULL_CALL_SPREAD,
    BULL_PUT_SPREAD,
    STRADDLE,
    SHORT_STRADDLE,
    STRANGLE,
    SHORT_STRANGLE,
    BUTTERFLY_CALL,
    SHORT_BUTTERFLY_CALL,
    BUTTERFLY_PUT,
    SHORT_BUTTERFLY_PUT,
    CALL_CALENDAR_SPREAD,
    SHORT_CALL_CALENDAR_SPREAD,
    PUT_CALENDAR_SPREAD,
    SHORT_PUT_CALENDAR_SPREAD,
    IRON_BUTTERFLY,
    SHORT_IRON_BUTTERFLY,
    IRON_CONDOR,
    SHORT_IRON_CONDOR,
    BOX_SPREAD,
    SHORT_BOX_SPREAD,
    JELLY_ROLL,
    SHORT_JELLY_ROLL,
    BEAR_CALL_LADDER,
    BEAR_PUT_LADDER,
    BULL_CALL_LADDER,
    BULL_PUT_LADDER,
    CALL_BACKSPREAD,
    PUT_BACKSPREAD,
    SHORT_CALL_BACKSPREAD,
    SHORT_PUT_BACKSPREAD,
)


def _with_inversions() -> list[StrategyDefinition]:
    """Every definition, followed by its inversion where that has no name of its own.

    So a lone long call is a "Naked Call": its margin model is asked, which matters for options on futures.
    """
    found = []
    for definition in _NAMED:
        found.append(definition)
        inverted = definition.inverted()
        if not any(inverted.is_named_by(named) for named in _NAMED):
            found.append(inverted)
    return found


#: All definitions, those of most legs first.
DEFINITIONS: Final = tuple(sorted(_with_inversions(), key=lambda definition: -definition.leg_count))
#: The same, but those that leave a short leg uncovered come last.
COVERED_SHORTS_FIRST: Final = tuple(sorted(DEFINITIONS, key=lambda definition: definition.leaves_short_uncovered))

"""Which option structures a set of positions makes up: LEAN's matching, one underlying at a time.

First greedily, structures of many legs first; where that leaves shorts uncovered that could be covered, a second time
with the covering structures first. The grouping that leaves fewer short contracts uncovered is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from leansim.account.matching_order import ordered
from leansim.account.strategy_definitions import COVERED_SHORTS_FIRST, DEFINITIONS, Contract, StrategyDefinition
from leansim.api.enums import OptionRight

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol

#: A long option covers a short whose strike it is beyond by at most this fraction of that strike.
_WIDEST_COVER: Final = Decimal("0.1")


@dataclass
class Contracts:
    """Option contracts (signed) of one underlying, and lots of the underlying itself."""

    options: dict[Symbol, int] = field(default_factory=dict)
    underlying_lots: int = 0

    def add(self, symbol: Symbol, quantity: int) -> None:
        """Add to a position; one of 0 disappears."""
        total = self.options.get(symbol, 0) + quantity
        if total:
            self.options[symbol] = total
        else:
            self.options.pop(symbol, None)

    @property
    def count(self) -> int:
        """Positions, the underlying included."""
        return len(self.options) + bool(self.underlying_lots)


@dataclass(frozen=True)
class Strategy:
    """A structure found: its legs in the definition's order, signed contracts; lots of the underlying."""

    name: str
    legs: tuple[tuple[Symbol, int], ...]
    underlying_lots: int = 0


#: Positions by contract, in the order they are tried.
_Held = dict[Contract, int]


def match(contracts: Contracts) -> tuple[Strategy, ...]:
    """The structures the contracts make up; what fits none is in none."""
    return _match(ordered(contracts.options.items()), contracts.underlying_lots)


@lru_cache(maxsize=4096)
def _match(options: tuple[tuple[Symbol, int], ...], lots: int) -> tuple[Strategy, ...]:
    # no price matters here, and a resting order is judged by the same positions in every step
    held = {
        Contract(symbol, symbol.id.option_right, symbol.id._exact_strike, symbol.id.date): quantity
        for symbol, quantity in options
    }
    best, score = _greedy(DEFINITIONS, held, lots)
    if not score or score <= _least_uncovered(held, lots):
        return best
    other, other_score = _greedy(COVERED_SHORTS_FIRST, held, lots)
    return other if other_score < score else best


def _greedy(definitions: Iterable[StrategyDefinition], held: _Held, lots: int) -> tuple[tuple[Strategy, ...], int]:
    """Structures in the order of their definitions, and the short contracts they leave uncovered."""
    rest = dict(held)
    found: list[Strategy] = []
    uncovered = 0
    for definition in definitions:
        while (legs_and_units := _first_match(definition, rest, lots)) is not None:
            contracts, units = legs_and_units
            legs = [(contract, leg.quantity * units) for contract, leg in zip(contracts, definition.legs, strict=True)]
            taken_lots = definition.underlying_lots * units
            found.append(Strategy(definition.name, tuple((c.symbol, quantity) for c, quantity in legs), taken_lots))
            uncovered += _uncovered(legs, OptionRight.CALL, max(0, taken_lots))
            uncovered += _uncovered(legs, OptionRight.PUT, max(0, -taken_lots))
            for contract, quantity in legs:
                rest[contract] -= quantity
                if not rest[contract]:
                    del rest[contract]
            lots -= taken_lots
        if not rest and not lots:
            break
    return tuple(found), uncovered + sum(max(0, -quantity) for quantity in rest.values())


def _first_match(definition: StrategyDefinition, held: _Held, lots: int) -> tuple[tuple[Contract, ...], int] | None:
    """The first contracts that fill a definition, and how many units of it they make."""
    if len(held) + bool(lots) < definition.leg_count:
        return None
    most = None
    needed = definition.underlying_lots
    if needed:
        if (lots > 0) != (needed > 0) or abs(lots) < abs(needed):
            return None
        most = lots // needed
    found = _fill_legs(definition, (), (), held)
    if found is None:
        return None
    contracts, units = found
    return contracts, min(units) if most is None else min(*units, most)


def _fill_legs(
    definition: StrategyDefinition, legs: tuple[Contract, ...], units: tuple[int, ...], held: _Held
) -> tuple[tuple[Contract, ...], tuple[int, ...]] | None:
    """The first way to fill the definition's legs, depth first; a leg takes whole multiples of its ratio."""
    if len(legs) == len(definition.legs):
        return legs, units
    wanted = definition.legs[len(legs)]
    for contract, quantity in held.items():
        if not wanted.fits(legs, contract, quantity):
            continue
        multiple = quantity // wanted.quantity
        if not multiple:
            continue
        rest = dict(held)
        rest[contract] = quantity - multiple * wanted.quantity
        if not rest[contract]:
            del rest[contract]
        found = _fill_legs(definition, (*legs, contract), (*units, multiple), rest)
        if found is not None:
            return found
    return None


def _least_uncovered(held: _Held, lots: int) -> int:
    """Shorts that nothing in the set could cover."""
    calls = sum(quantity for contract, quantity in held.items() if contract.right == OptionRight.CALL)
    puts = sum(quantity for contract, quantity in held.items() if contract.right == OptionRight.PUT)
    return max(0, -calls - max(0, lots)) + max(0, -puts - max(0, -lots))


def _uncovered(legs: Sequence[tuple[Contract, int]], right: OptionRight, lots: int) -> int:
    """Short contracts of a right without cover inside their own structure."""
    sign = 1 if right == OptionRight.CALL else -1
    # those that fewest longs can cover come first, so none of them spends a long that a later one needs
    shorts = sorted(
        ((contract, -quantity) for contract, quantity in legs if contract.right == right and quantity < 0),
        key=lambda leg: sign * leg[0].strike,
    )
    longs = {contract: quantity for contract, quantity in legs if contract.right == right and quantity > 0}
    uncovered = 0
    for short, size in shorts:
        left = size
        for cover in longs:
            if left and longs[cover] and _covers(sign, short, cover):
                used = min(left, longs[cover])
                left -= used
                longs[cover] -= used
        used = min(left, lots)
        lots -= used
        uncovered += left - used
    return uncovered


def _covers(sign: int, short: Contract, cover: Contract) -> bool:
    beyond = sign * (cover.strike - short.strike)
    return cover.expiration >= short.expiration and beyond <= _WIDEST_COVER * short.strike

"""Legs, and the integer-vector algebra of a spread.

A package is a vector of signed whole ratios with greatest common divisor 1; what is held of it is a vector of signed
quantities. Everything an executor must know about a half-filled spread follows from the two: how many complete
`units` are held, and what is held in `excess` of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import gcd

from tomking.errors import InvalidStructure
from tomking.market.contract import Contract


@dataclass(frozen=True, slots=True)
class Leg:
    """A contract and its signed ratio in one unit of the package: +1 is bought, −2 is sold twice."""

    contract: Contract
    ratio: int
    _hash: int = field(init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        """Made once, as a contract's: what was found out about a package is kept by its legs."""
        return self._hash

    def __reduce__(self) -> tuple[type[Leg], tuple[Contract, int]]:
        """Copied and pickled without the hash, which is another one in every process."""
        return Leg, (self.contract, self.ratio)

    def __post_init__(self) -> None:
        """Refuse an empty leg."""
        if self.ratio == 0:
            raise InvalidStructure(f"{self.contract.text}: a leg's ratio cannot be 0")
        object.__setattr__(self, "_hash", hash((self.contract, self.ratio)))

    @property
    def is_short(self) -> bool:
        """True when a unit of the package is short this contract."""
        return self.ratio < 0


def package(*legs: Leg) -> tuple[Leg, ...]:
    """The legs as a package, refused when no broker could take it as one order.

    Raises:
        InvalidStructure: no leg, the same contract twice, or ratios with a common divisor (the size belongs in the
            quantity, not in the ratios).
    """
    if not legs:
        raise InvalidStructure("a package needs at least one leg")
    seen: set[Contract] = set()
    for leg in legs:
        if leg.contract in seen:
            raise InvalidStructure(f"{leg.contract.text} appears twice; net its ratios into one leg")
        seen.add(leg.contract)
    divisor = gcd(*(leg.ratio for leg in legs))
    if divisor != 1:
        ratios = ":".join(str(leg.ratio) for leg in legs)
        raise InvalidStructure(f"ratios {ratios} share the divisor {divisor}; divide them and multiply the quantity")
    return legs


def reversed_legs(legs: Sequence[Leg]) -> tuple[Leg, ...]:
    """The package that closes `legs`: every ratio inverted, shorts of the original (now bought) first."""
    inverted = [Leg(leg.contract, -leg.ratio) for leg in legs]
    return tuple(sorted(inverted, key=lambda leg: leg.ratio < 0))


def net_price(legs: Sequence[Leg], prices: Mapping[Contract, Decimal]) -> Decimal:
    """Σ ratio × price for one unit, in points; positive is a debit, negative a credit.

    Raises:
        KeyError: a leg has no price.
    """
    return sum((leg.ratio * prices[leg.contract] for leg in legs), Decimal(0))


def units(legs: Sequence[Leg], held: Mapping[Contract, int]) -> int:
    """How many complete units of the package are held; never negative.

    A leg held the wrong way round counts as none.
    """
    return max(0, min([held.get(leg.contract, 0) // leg.ratio for leg in legs])) if held else 0


def excess(legs: Sequence[Leg], held: Mapping[Contract, int]) -> dict[Contract, int]:
    """What is held beyond complete units, by contract; contracts in balance are left out."""
    whole = units(legs, held)
    beyond = {leg.contract: held.get(leg.contract, 0) - whole * leg.ratio for leg in legs}
    for contract, quantity in held.items():
        beyond.setdefault(contract, quantity)
    return {contract: quantity for contract, quantity in beyond.items() if quantity}

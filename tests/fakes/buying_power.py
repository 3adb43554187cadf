"""What the chaotic broker's own account ties up: not LEAN's rules and not ours, but a truth that can run out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from tomking.market.contract import Contract, Right

NAKED_FRACTION = Decimal("0.15")


def margin(holdings: Mapping[Contract, int]) -> Decimal:
    """The width of what is covered and 15 % of the strike of what is not, in account currency."""
    total = Decimal(0)
    for right in Right:
        longs = _strikes(holdings, right, 1)
        for short in _strikes(holdings, right, -1):
            if longs:
                width = short - longs.pop() if right is Right.PUT else longs.pop() - short
                total += max(width, Decimal(0)) * 100
            else:
                total += short * NAKED_FRACTION * 100
    return total


def _strikes(holdings: Mapping[Contract, int], right: Right, sign: int) -> list[Decimal]:
    """One strike for every contract held long (1) or short (-1), lowest first."""
    return sorted(
        contract.strike
        for contract, quantity in holdings.items()
        if contract.right is right and contract.strike is not None
        for _ in range(quantity * sign)
    )

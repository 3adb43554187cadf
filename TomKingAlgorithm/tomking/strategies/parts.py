"""What a rule means by a part of a position, in signed holdings."""

from __future__ import annotations

from decimal import Decimal

from tomking.market.contract import Contract, Right
from tomking.positions.position import MultiLegPosition
from tomking.strategies.spec import Part

Holding = dict[Contract, int]


def part_of(position: MultiLegPosition, part: Part) -> Holding:
    """The options held that belong to the part; empty when none is."""
    return holding_part({one: quantity for one, quantity in position.held.items() if one.is_option}, part)


def holding_part(held: Holding, part: Part) -> Holding:
    """The same of any holding of options."""
    match part:
        case Part.WHOLE:
            return held
        case Part.SHORTS:
            return {contract: quantity for contract, quantity in held.items() if quantity < 0}
        case Part.LONGS:
            return {contract: quantity for contract, quantity in held.items() if quantity > 0}
        case Part.PUTS:
            return {contract: quantity for contract, quantity in held.items() if contract.right is Right.PUT}
        case Part.CALLS:
            return {contract: quantity for contract, quantity in held.items() if contract.right is Right.CALL}
        case Part.FRONT:
            return front_of(held)
        case Part.NAKED:
            return naked_of(_without(held, front_of(held)))
        case Part.COVERED:
            rest = _without(held, front_of(held))
            return _without(rest, naked_of(rest))


def front_of(held: Holding) -> Holding:
    """The shorts that expire before a long of their right does: a weekly option sold against it."""
    last = {
        right: max((c.expiry for c, q in held.items() if q > 0 and c.right is right and c.expiry), default=None)
        for right in Right
    }
    return {
        contract: quantity
        for contract, quantity in held.items()
        if quantity < 0
        and contract.right is not None
        and contract.expiry is not None
        and (end := last[contract.right]) is not None
        and contract.expiry < end
    }


def naked_of(held: Holding) -> Holding:
    """The shorts left over when the longs of their right have covered those nearest to the money."""
    naked: Holding = {}
    for right in Right:
        cover = sum(quantity for contract, quantity in held.items() if quantity > 0 and contract.right is right)
        shorts = [contract for contract, quantity in held.items() if quantity < 0 and contract.right is right]
        for contract in sorted(shorts, key=_from_the_money):
            covered = min(cover, -held[contract])
            cover -= covered
            if -held[contract] > covered:
                naked[contract] = held[contract] + covered
    return naked


def _without(held: Holding, part: Holding) -> Holding:
    rest = {contract: quantity - part.get(contract, 0) for contract, quantity in held.items()}
    return {contract: quantity for contract, quantity in rest.items() if quantity}


def delivered_of(position: MultiLegPosition) -> Holding:
    """Shares and futures in it: what an exercise or assignment left behind."""
    return {contract: quantity for contract, quantity in position.held.items() if not contract.is_option}


def _from_the_money(contract: Contract) -> tuple[Decimal, str]:
    strike = contract.strike or Decimal(0)
    return (-strike if contract.right is Right.PUT else strike), contract.text

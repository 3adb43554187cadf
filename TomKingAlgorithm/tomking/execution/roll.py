"""Changing a position without closing all of it: rolls, closing some legs, adding legs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tomking.errors import InvalidStructure
from tomking.events import ExitReason, GroupCreated, PartialPolicy, Purpose
from tomking.execution.pricing import QuoteOf, package_price
from tomking.market.leg import Leg, package
from tomking.positions.position import MultiLegPosition


@dataclass(frozen=True, slots=True, kw_only=True)
class RollTerms:
    """What is exchanged, and on which terms.

    Attributes:
        legs: the trades: what opposes a holding of the position closes it, the rest opens something.
        quantity: multiples of all of them, positive.
        worst_net: the price per package the walk may never pass; None: now, at any marketable price.
        reason: what asked for it.
        requirement: buying power in account currency: of the whole position after a roll inside it, of the new
            position, or of what is added; 0 when legs are only closed.
        max_loss: likewise; None when unlimited or not stated.
        into_new_position: what is opened is a position of its own, whose origin is this one.
        spot: price of the underlying, remembered with what is opened; None when it is not known.
    """

    legs: Sequence[Leg]
    quantity: int
    worst_net: Decimal | None
    reason: ExitReason = ExitReason.ROLL
    requirement: Decimal = Decimal(0)
    max_loss: Decimal | None = None
    into_new_position: bool = False
    spot: Decimal | None = None


def split(legs: Sequence[Leg], position: MultiLegPosition) -> tuple[tuple[Leg, ...], tuple[Leg, ...]]:
    """The legs that take off what the position holds, and those that open something."""
    held = position.held
    outgoing = tuple(leg for leg in legs if held.get(leg.contract, 0) * leg.ratio < 0)
    return outgoing, tuple(leg for leg in legs if leg not in outgoing)


def purpose_of(legs: Sequence[Leg], position: MultiLegPosition) -> Purpose:
    """Closing some legs only makes a position smaller, which is always allowed; the other two open something."""
    outgoing, incoming = split(legs, position)
    if not incoming:
        return Purpose.CLOSE
    return Purpose.ROLL if outgoing else Purpose.OPEN


def roll_group(terms: RollTerms, position: MultiLegPosition, group_id: str, quotes: QuoteOf) -> GroupCreated | None:
    """The group that carries a roll out, what closes first; None while its price matters and nobody quotes it.

    Raises:
        InvalidStructure: more of a contract is to be closed than is held, the legs are no package, or there is nothing
            to roll.
    """
    if terms.quantity <= 0:
        raise InvalidStructure(f"the number of packages must be positive, found {terms.quantity}")
    outgoing, incoming = split(package(*terms.legs), position)
    for leg in outgoing:
        held = position.held[leg.contract]
        if abs(held) < abs(leg.ratio) * terms.quantity:
            raise InvalidStructure(f"{leg.ratio * terms.quantity:+d} {leg.contract.text}: only {held:+d} are held")
    legs = (*outgoing, *incoming)
    price = package_price(legs, quotes)
    if price is None and terms.worst_net is not None:
        return None
    purpose = purpose_of(legs, position)
    is_roll = purpose is Purpose.ROLL
    return GroupCreated(
        group_id=group_id,
        strategy=position.strategy,
        purpose=purpose,
        position_id=position.position_id,
        legs=legs,
        quantity=terms.quantity,
        # what is closed stays closed; what is only added is all or nothing
        policy=PartialPolicy.UNWIND if purpose is Purpose.OPEN else PartialPolicy.KEEP,
        worst_net=terms.worst_net,
        expected_net=Decimal(0) if price is None else price.mid,
        exit_reason=None if purpose is Purpose.OPEN else terms.reason,
        requirement=terms.requirement,
        max_loss=terms.max_loss,
        incoming=incoming if is_roll else (),
        rolled_into=group_id if is_roll and terms.into_new_position else "",
        spot=terms.spot,
    )

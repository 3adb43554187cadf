"""Taking over an order that carries an id of ours and is not in the journal: a crash tore its record off."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from tomking.events import (
    Event,
    GroupCreated,
    GroupWithdrawn,
    OperatorNote,
    OrderAdopted,
    PartialPolicy,
    Purpose,
)
from tomking.execution.backend import OrderReport
from tomking.execution.group import OrderGroup
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.positions.book import PositionBook
from tomking.positions.position import MultiLegPosition

LOST = "adopted: the journal had lost it"


class Ledger(Protocol):
    """What adoption reads and writes."""

    @property
    def groups(self) -> Mapping[str, OrderGroup]: ...  # noqa: D102

    @property
    def book(self) -> PositionBook: ...  # noqa: D102

    def record(self, event: Event) -> None: ...  # noqa: D102


@lru_cache(maxsize=4_096)
def group_id_of(order_id: str) -> str:
    """The group named in an order id ``<group_id>.<run>.<k>``; empty when it has another form."""
    parts = order_id.rsplit(".", 2)
    return parts[0] if len(parts) == 3 and all(parts) and parts[2].isdigit() else ""


def place_of(order_id: str) -> int:
    """The number of the order among those of its group; 0 when the id has another form."""
    return int(order_id.rpartition(".")[2]) if group_id_of(order_id) else 0


def is_ours(order_id: str) -> bool:
    """The id has our form."""
    return bool(group_id_of(order_id))


def adopt(ledger: Ledger, report: OrderReport) -> None:
    """Take the order over; what it filled is recorded by the caller.

    Its group is withdrawn: nobody knows what was meant, so what works is canceled and what has filled is balanced. If
    the group is lost too, the order's legs tell: what reduces a position closes it, and whole units of that are kept;
    where only some legs do, it was a roll of that position; anything else was opening and is undone. Further orders of
    such a group add their legs to its package.
    """
    group_id = group_id_of(report.order_id)
    group = ledger.groups.get(group_id)
    if group is None:
        ledger.record(_as_group(ledger.book, group_id, report))
        group = ledger.groups[group_id]
    if not group.withdrawn:
        ledger.record(GroupWithdrawn(group_id, LOST))
    opens: tuple[Contract, ...] = ()
    if group.purpose is not Purpose.OPEN:
        position = ledger.book.positions.get(group.created.position_id)
        reducing = () if position is None else _reducing(position, report)
        opens = tuple(leg.contract for leg in report.legs if leg not in reducing)
    ledger.record(OrderAdopted(report.order_id, group_id, report.legs, report.quantity, opens))
    ledger.record(OperatorNote("ADOPTED", f"{report.order_id} was at the broker and not in the journal"))


def _as_group(book: PositionBook, group_id: str, report: OrderReport) -> GroupCreated:
    strategy = group_id.split("-", 1)[0]
    positions = sorted(book.open_positions, key=lambda position: position.strategy != strategy)
    found = next((each for each in positions if len(_reducing(each, report)) == len(report.legs)), None)
    rolled = next((each for each in positions if each.strategy == strategy and _reducing(each, report)), None)
    position = found or rolled
    purpose = Purpose.CLOSE if found else Purpose.ROLL if rolled else Purpose.OPEN
    closing = _reducing(rolled, report) if rolled and not found else ()
    return GroupCreated(
        group_id=group_id,
        strategy=position.strategy if position else strategy,
        purpose=purpose,
        position_id=position.position_id if position else group_id,
        legs=report.legs,
        quantity=report.quantity,
        policy=PartialPolicy.KEEP if position else PartialPolicy.UNWIND,
        worst_net=None,
        expected_net=Decimal(0),
        incoming=tuple(leg for leg in report.legs if leg not in closing) if closing else (),
    )


def _reducing(position: MultiLegPosition, report: OrderReport) -> tuple[Leg, ...]:
    """The legs that make `position` smaller, and not more than it is."""
    held = position.held
    return tuple(
        leg
        for leg in report.legs
        if held.get(leg.contract, 0) * leg.ratio < 0 and abs(held[leg.contract]) >= abs(leg.ratio) * report.quantity
    )

"""All positions: the single source of what we hold and why. A fold of fills and settlements."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import gcd

from tomking.events import ContractSettled, FillReason, GroupCreated, LegFilled, PositionTakenOver, Purpose
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.positions.position import MultiLegPosition

ZERO = Decimal(0)

# asked for every group and fill, and a member is found slowly by way of its class
_OPEN, _ROLL, _TRADE = Purpose.OPEN, Purpose.ROLL, FillReason.TRADE


@dataclass(slots=True)
class PositionBook:
    """Positions by id, closed ones included; `algo.position_manager` is this.

    Attributes:
        positions: every position that ever held something or still may, in order of creation.
        open_ids: ids of the positions that are not closed, in order of creation.
        unassigned: signed holdings no position accounts for (a settlement nobody can place); halts entries.
        settlement_ids: settlements already folded, for deduplication.
    """

    positions: dict[str, MultiLegPosition] = field(default_factory=dict)
    open_ids: list[str] = field(default_factory=list)
    unassigned: dict[Contract, int] = field(default_factory=dict)
    settlement_ids: set[str] = field(default_factory=set)
    _listed: set[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Every fill asks whether its position is among the open ones."""
        self._listed = set(self.open_ids)

    @property
    def open_positions(self) -> tuple[MultiLegPosition, ...]:
        """Positions that are not closed, oldest first."""
        return tuple(self.positions[position_id] for position_id in self.open_ids)

    @property
    def closed_positions(self) -> tuple[MultiLegPosition, ...]:
        """Positions that were held and are held no more, oldest first."""
        still_open = set(self.open_ids)
        return tuple(position for key, position in self.positions.items() if key not in still_open)

    @property
    def realised(self) -> Decimal:
        """Profit on everything closed so far after fees, in account currency."""
        return sum((position.realised for position in self.positions.values()), ZERO)

    def holdings(self) -> dict[Contract, int]:
        """Signed sum over all positions by contract, zeros left out: what the broker should show."""
        total: Counter[Contract] = Counter(self.unassigned)
        for position in self.open_positions:
            for contract, quantity in position.held.items():
                total[contract] += quantity
        return {contract: quantity for contract, quantity in total.items() if quantity}

    # -- written by state.apply only ---------------------------------------------------------------------------------

    def group_created(self, event: GroupCreated, at: datetime) -> None:
        """A group that opens gets a position, one that rolls into a new one too; what closes marks its own."""
        if event.purpose is _OPEN:
            self._make(event, event.position_id, event.legs, None, at)
        elif event.rolled_into:
            self._make(event, event.rolled_into, event.incoming, event.position_id, at)
        self.group_opened(event)

    def _make(
        self, event: GroupCreated, position_id: str, legs: tuple[Leg, ...], origin: str | None, at: datetime
    ) -> None:
        if position_id in self.positions:
            return
        size = gcd(*[leg.ratio for leg in legs])
        self.positions[position_id] = MultiLegPosition(
            position_id=position_id,
            strategy=event.strategy,
            underlying=event.legs[0].contract.underlying,
            legs=legs if size == 1 else tuple(Leg(leg.contract, leg.ratio // size) for leg in legs),
            wanted=event.quantity * size,
            requirement=event.requirement,
            max_loss=event.max_loss,
            created_at=at,
            origin=origin,
        )

    def taken_over(self, event: PositionTakenOver, at: datetime) -> None:
        """Holdings a person gave to the desk."""
        position = self.positions[event.position_id] = MultiLegPosition(
            position_id=event.position_id,
            strategy=event.strategy,
            underlying=event.legs[0].contract.underlying,
            legs=event.legs,
            wanted=event.quantity,
            requirement=event.requirement,
            max_loss=None,
            created_at=at,
        )
        for leg, price in zip(event.legs, event.prices, strict=True):
            position.execute(leg.contract, leg.ratio * event.quantity, price, ZERO, at, FillReason.BY_HAND)
        position.built = position.held
        self._file(position)

    def group_opened(self, event: GroupCreated) -> None:
        """The group is unfinished: new, or brought back by a late fill."""
        for position, purpose in self._concerned(event):
            position.group_opened(event.group_id, purpose, event.exit_reason if purpose is event.purpose else None)
            self._file(position)

    def reckoned(self, event: GroupCreated, buying_power: Decimal) -> None:
        """The broker said what the whole of an opening group would tie up: the larger of its figure and ours counts."""
        position = self.positions.get(event.position_id)
        if position is not None:
            position.requirement = max(position.requirement, buying_power)

    def group_finished(self, event: GroupCreated) -> None:
        """The group ended; a position that never held anything is forgotten."""
        for position, purpose in self._concerned(event):
            position.group_finished(event.group_id, purpose)
            if position.holds_other_legs:
                added_to = position.open_requirement if purpose is _OPEN else ZERO
                position.change_shape(added_to + event.requirement, event.max_loss)
            self._file(position)
            if not position.components and not position.building:
                del self.positions[position.position_id]

    def _concerned(self, event: GroupCreated) -> list[tuple[MultiLegPosition, Purpose]]:
        """The positions a group works for, each with what it does to it: a new position is opened by a roll."""
        pairs = [(event.position_id, event.purpose)]
        if event.rolled_into:
            pairs.append((event.rolled_into, _OPEN))
        return [(self.positions[key], purpose) for key, purpose in pairs if key in self.positions]

    def filled(self, group: GroupCreated, fill: LegFilled, at: datetime) -> None:
        """Fold a fill into the position its group works for."""
        key, reason = group.position_id, _TRADE
        if group.incoming or group.purpose is _ROLL:
            key, reason = self._place_in_roll(group, fill.contract)
        position = self.positions.get(key)
        if position is None:  # the opening group ended with nothing held, and now a late fill arrives
            self.group_created(group, at)
            position = self.positions.get(key)
        if position is None:
            self._leave_unassigned(fill.contract, fill.quantity)
            return
        position.execute(fill.contract, fill.quantity, fill.price, fill.fee, at, reason, group.spot)
        if not position.building:  # while it is being built it stays among the open ones
            self._file(position)

    def _place_in_roll(self, group: GroupCreated, contract: Contract) -> tuple[str, FillReason]:
        """The position a fill of a roll belongs to, and whether it is an exchange: only what goes out is."""
        if contract in [leg.contract for leg in group.incoming]:
            return group.rolled_into or group.position_id, _TRADE
        return group.position_id, FillReason.ROLLED if group.purpose is _ROLL else _TRADE

    def settled(self, event: ContractSettled, at: datetime) -> None:
        """Spread an expiry, exercise or assignment over the positions it concerns, oldest first.

        What is delivered (shares, futures) goes to the position whose option on it settled last, so that its profit
        and its closing stay with the trade that caused it.
        """
        self.settlement_ids.add(event.settlement_id)
        left = event.quantity
        for position in self.open_positions:
            part = position.components.get(event.contract)
            if part is None or part.quantity * left >= 0:
                continue
            taken = -part.quantity if abs(part.quantity) <= abs(left) else left
            position.execute(event.contract, taken, event.price, ZERO, at, event.reason)
            left -= taken
            self._file(position)
            if not left:
                return
        receiver = None if event.contract.is_option else self._delivered_to(event.contract)
        if receiver is None:
            self._leave_unassigned(event.contract, left)
            return
        receiver.execute(event.contract, left, event.price, ZERO, at, event.reason)
        self._file(receiver)

    def _delivered_to(self, contract: Contract) -> MultiLegPosition | None:
        """The position whose option on the same underlying was exercised or assigned last."""
        delivering = {FillReason.ASSIGNED, FillReason.EXERCISED}
        found: tuple[datetime, MultiLegPosition] | None = None
        for position in self.positions.values():
            for part in position:
                if (
                    part.contract.is_option
                    and part.contract.underlying == contract.underlying
                    and part.last_reason in delivering
                    and part.changed_at is not None
                    and (found is None or part.changed_at >= found[0])
                ):
                    found = (part.changed_at, position)
        return found[1] if found else None

    def _leave_unassigned(self, contract: Contract, quantity: int) -> None:
        rest = self.unassigned.get(contract, 0) + quantity
        if rest:
            self.unassigned[contract] = rest
        else:
            self.unassigned.pop(contract, None)

    def _file(self, position: MultiLegPosition) -> None:
        """Keep the list of open positions true, oldest first."""
        key, is_open = position.position_id, position.is_open
        if is_open is (key in self._listed):
            return
        if is_open:
            self._listed.add(key)
            if self.open_ids and self._age(self.open_ids[-1]) > position.created_at:
                insort(self.open_ids, key, key=self._age)
            else:  # most are the newest
                self.open_ids.append(key)
        else:
            self._listed.remove(key)
            self.open_ids.remove(key)

    def _age(self, position_id: str) -> datetime:
        """What the open positions are ordered by."""
        return self.positions[position_id].created_at

"""From a strategy's wish to roll to the group that does it, or to exactly one denial."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from builders import FRIDAY, call, quote
from fakes.habits import Habits
from fakes.trading_room import Room
from tomking.events import ExitReason, IntentDenied, Purpose, TradingState, TradingStateChanged
from tomking.execution.backend import Balances
from tomking.market.leg import Leg
from tomking.positions.position import MultiLegPosition
from tomking.rolling import Rolls
from tomking.strategies.intent import RollIntent

LEAP, WEEKLY, NEXT = call(2300, FRIDAY.replace(year=2019)), call(2770), call(2780, FRIDAY.replace(day=12))
ROLL = (Leg(WEEKLY, 1), Leg(NEXT, -1))


class Wishing(Room):
    """A held diagonal and the desk's way to change it."""

    def __init__(self, buying_power: str = "100000") -> None:
        super().__init__()
        for one, bid, ask in ((LEAP, "480", "480.40"), (WEEKLY, "1.95", "2.05"), (NEXT, "9.00", "9.20")):
            self.market.quotes[one] = quote(bid, ask, self.now)
        group = self.atomic.execute_atomic([Leg(LEAP, 1), Leg(WEEKLY, -1)], 1, "ipmcc")
        self.turn(60, until=lambda: not group.working)
        assert group.filled, group.reason
        self.position: MultiLegPosition = self.ledger.book.positions[group.group_id]
        self.rolls = Rolls(self.executor, attempts=2)
        self.balances: Balances | None = Balances(Decimal(100_000), Decimal(0), Decimal(buying_power))

    def wish(self, **changes: object) -> RollIntent:
        fields: dict[str, object] = {
            "position_id": self.position.position_id,
            "legs": ROLL,
            "quantity": 1,
            "worst_net": Decimal("-6"),
            "text": "the weekly is worn out",
            "reason": ExitReason.ROLL,
            "requirement": Decimal(48_000),
            "max_loss": None,
        }
        return RollIntent(**{**fields, **changes})  # type: ignore[arg-type]

    def ask(self, wish: RollIntent) -> frozenset[str]:
        return self.rolls.turn([wish], self.ledger.state, lambda: self.balances, self.now)

    def denials(self) -> list[str]:
        return [event.code for event in self.events if isinstance(event, IntentDenied)]


def test_a_wish_becomes_a_group_of_its_position() -> None:
    room = Wishing()
    room.ask(room.wish())
    (group,) = room.ledger.open_groups
    assert (group.purpose, group.created.position_id) == (Purpose.ROLL, room.position.position_id)
    room.turn(60, until=lambda: not group.working)
    assert room.position.held == {LEAP: 1, NEXT: -1}
    assert room.position.exit_reason is ExitReason.ROLL


def test_one_at_a_time_and_not_at_every_turn() -> None:
    room = Wishing()
    room.venue.habits = Habits(fills=0)
    for _ in range(3):
        room.ask(room.wish())
    assert len(room.ledger.open_groups) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": 2}, "INVALID_ROLL"),
        ({"legs": (Leg(WEEKLY, 1), Leg(call(9999), -1))}, "NO_PACKAGE_PRICE"),
        ({"requirement": Decimal(200_000)}, "NO_BUYING_POWER"),
    ],
)
def test_what_cannot_be_done_is_denied_once(changes: dict[str, object], code: str) -> None:
    room = Wishing()
    for _ in range(3):
        room.ask(room.wish(**changes))
        room.turn(10)
    assert room.denials() == [code]
    assert not room.ledger.open_groups


def test_what_is_not_quoted_now_costs_no_attempt() -> None:
    room = Wishing()
    seen = room.market.quotes[NEXT]
    for _ in range(4):  # twice as often as there are attempts
        room.now += timedelta(minutes=5)
        room.market.quotes[WEEKLY] = replace(room.market.quotes[WEEKLY], as_of=room.now)
        assert room.ask(room.wish()) == frozenset()
        room.executor.pump(room.now)
    assert room.denials() == ["STALE_QUOTE"]
    assert all(group.purpose is not Purpose.ROLL for group in room.ledger.groups.values())
    room.turn(60)
    room.market.quotes[NEXT] = replace(seen, as_of=room.now)
    assert room.ask(room.wish()) == {room.position.position_id}
    (group,) = room.ledger.open_groups
    room.turn(60, until=lambda: not group.working)
    assert group.filled


def test_without_an_account_nothing_is_added_but_a_part_is_closed() -> None:
    room = Wishing()
    room.balances = None
    room.ask(room.wish())
    assert room.denials() == ["NO_BALANCES"]
    room.turn(10)
    room.ask(room.wish(legs=(Leg(WEEKLY, 1),), worst_net=Decimal("2.10"), reason=ExitReason.PROFIT))
    (group,) = room.ledger.open_groups
    assert group.purpose is Purpose.CLOSE


def test_while_reducing_only_parts_are_closed() -> None:
    room = Wishing()
    room.ledger.record(TradingStateChanged(TradingState.REDUCING, "TEST", "nothing new"))
    room.ask(room.wish())
    assert room.denials() == ["REDUCING"]
    room.turn(10)
    room.ask(room.wish(legs=(Leg(WEEKLY, 1),), worst_net=Decimal("2.10"), reason=ExitReason.STOP))
    assert len(room.ledger.open_groups) == 1


def test_only_so_many_attempts_a_session() -> None:
    room = Wishing()
    room.venue.habits = Habits(fills=0)
    for _ in range(3):
        room.ask(room.wish())
        room.turn(60)
    assert room.denials() == ["ROLL_ATTEMPTS"]
    assert sum(1 for group in room.ledger.groups.values() if group.purpose is Purpose.ROLL) == 2

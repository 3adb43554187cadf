"""Stories of a half-built trade: the account runs dry, the process dies, and what was known survives it, or does not.

The others have their names in `test_executor` (all legs fill, one leg fails, a lost reply, a rapid market, several
trades at once, undoing leaves others alone) and `test_desk` (restarts of the whole desk).
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from builders import condor
from fakes.trading_room import Room
from tomking.events import GroupOutcome, LegFilled, PartialPolicy, Purpose, TradingState
from tomking.market.leg import reversed_legs
from tomking.state import digest

LONG_PUT, SHORT_PUT, SHORT_CALL, LONG_CALL = (leg.contract for leg in condor())


def is_covered(room: Room) -> bool:
    """The broker holds no short beyond its long."""
    book = room.venue.book
    puts = -book.get(SHORT_PUT, 0) <= book.get(LONG_PUT, 0)
    return puts and -book.get(SHORT_CALL, 0) <= book.get(LONG_CALL, 0)


def test_buying_power_is_gone_at_leg_4_and_all_comes_off() -> None:
    """Two thousand for each side of the condor, and three thousand are there."""
    room = Room(max_legs=1)
    room.venue.buying_power = Decimal(3_000)
    group = room.begin()
    held = []
    for _ in range(120):
        room.turn()
        held.append(len(room.venue.book))
        assert is_covered(room)
    assert max(held) == 3, "three legs were on"
    assert group.outcome is GroupOutcome.UNWOUND
    assert room.venue.book == room.ledger.book.holdings() == {}


@pytest.mark.parametrize("fills", [1, 2, 3])
def test_a_crash_after_some_fills_leaves_nothing_half_done(fills: int) -> None:
    """Two fills are on when the process dies; what the disk had not taken yet the broker tells the next one."""
    room = Room(max_legs=1)
    group_id = room.begin().group_id
    room.turn(60, until=lambda: len(room.of(LegFilled)) == fills)
    room.die()
    for _ in range(120):
        room.turn()
        assert is_covered(room)
    group = room.ledger.groups[group_id]
    assert group.outcome in (GroupOutcome.FILLED, GroupOutcome.UNWOUND, GroupOutcome.CANCELED)
    assert group.is_balanced
    assert room.venue.book == room.ledger.book.holdings()
    assert len(room.venue.book) in (0, 4)
    assert len(set(room.venue.submissions)) == len(room.venue.submissions), "nothing is sent twice"


def test_the_state_comes_through_a_restart() -> None:
    room = Room(max_legs=1)
    room.begin()
    room.turn(60, until=lambda: len(room.of(LegFilled)) == 2)
    room.ledger.barrier()
    before = digest(room.ledger.state)
    room.start()
    assert digest(room.ledger.state) == before


@pytest.mark.parametrize("sent", [2, 3, 4])
@pytest.mark.parametrize("is_closing", [False, True])
def test_all_records_of_a_trade_leg_by_leg_are_lost_and_no_leg_is_forgotten(sent: int, is_closing: bool) -> None:
    """A disk that lied: the group is known from its orders at the broker alone, each of which tells one leg."""
    room = Room(max_legs=1)
    legs = condor()
    if is_closing:
        opened = room.begin()
        room.turn(60, until=lambda: opened.filled)
        legs = reversed_legs(legs)
    kept = dict(room.store.visible)
    group = room.begin(
        legs=legs,
        group_id="alpha-run-2",
        purpose=Purpose.CLOSE if is_closing else Purpose.OPEN,
        position_id="alpha-run-1" if is_closing else None,
        policy=PartialPolicy.KEEP if is_closing else PartialPolicy.UNWIND,
        worst_net=None,
    )
    room.turn(60, until=lambda: len(group.orders) == sent)
    room.store.visible, room.store.durable = dict(kept), dict(kept)
    room.venue.disconnect()
    room.start()
    room.atomic.check_and_recover_incomplete_orders()
    again = room.ledger.groups["alpha-run-2"]
    room.turn(60, until=lambda: not again.working)
    assert {leg.contract for order in again.orders.values() for leg in order.legs} <= {
        leg.contract for leg in again.legs
    }
    assert not again.working
    assert again.is_balanced
    assert room.ledger.book.holdings() == room.venue.book
    assert is_covered(room)
    assert room.ledger.trading_state is TradingState.ACTIVE

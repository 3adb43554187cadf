"""Every structure by hand through the facade: on, denied with its reason, and no other way to a broker."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from builders import FRIDAY, call, contract, put, quote
from fakes.habits import Habits
from fakes.trading_room import Room
from tomking.events import GroupOutcome
from tomking.execution.atomic import AtomicOrderExecutor
from tomking.execution.executor import Executor
from tomking.execution.group import OrderGroup
from tomking.market.contract import Contract, Style
from tomking.market.leg import Leg
from tomking.strategies.structure import Structure

LATER, LEAPS = date(2018, 3, 2), date(2019, 1, 18)
Call = Callable[[AtomicOrderExecutor], OrderGroup]

QUOTES = {
    put(2500): ("0.30", "0.35"),
    put(2600): ("0.60", "0.65"),
    put(2650): ("1.00", "1.10"),
    put(2680): ("1.40", "1.45"),
    put(2690): ("1.75", "1.80"),
    put(2700): ("2.35", "2.40"),
    put(2710): ("2.95", "3.00"),
    put(2730): ("4.40", "4.50"),
    put(2720): ("4.20", "4.30"),
    put(2700, LATER): ("42.00", "42.40"),
    put(2650, LATER): ("30.00", "30.40"),
    put(2500, LATER): ("14.00", "14.20"),
    call(2700): ("42.00", "42.10"),
    call(2710): ("33.20", "33.30"),
    call(2720): ("24.90", "25.00"),
    call(2730): ("17.20", "17.30"),
    call(2770): ("1.95", "2.05"),
    call(2790): ("1.00", "1.10"),
    call(2820): ("0.40", "0.45"),
    call(2300, LEAPS): ("480.00", "480.60"),
    put(2500, LEAPS): ("90.00", "90.40"),
    put(2400, LEAPS): ("70.00", "70.40"),
    put(2300, LEAPS): ("55.00", "55.40"),
    put(2200, LEAPS): ("43.00", "43.40"),
    put(2100, LEAPS): ("33.00", "33.40"),
    put(2000, LEAPS): ("25.00", "25.40"),
    call(2650): ("106.50", "107.00"),
    call(2750): ("5.90", "6.30"),
    put(2750): ("16.00", "16.40"),
}
LADDER = [put(strike, LEAPS) for strike in (2500, 2400, 2300, 2200, 2100, 2000)]

ON: list[tuple[str, Call]] = [
    ("single", lambda a: a.execute_single_atomic(Leg(put(2690), -1), 2)),
    ("iron_condor", lambda a: a.execute_iron_condor_atomic(call(2770), call(2790), put(2710), put(2690), 2)),
    (
        "iron_condor",
        lambda a: a.execute_iron_condor_atomic(call(2770), call(2820), put(2710), put(2690), 1, broken_wings=True),
    ),
    ("put_spread", lambda a: a.execute_put_spread_atomic(put(2710), put(2690), 2)),
    ("call_spread", lambda a: a.execute_call_spread_atomic(call(2770), call(2790), 2)),
    (
        "put_condor",
        lambda a: a.execute_put_condor_atomic(put(2690), put(2700), put(2710), put(2720), 1, max_debit=Decimal("1")),
    ),
    ("call_condor", lambda a: a.execute_call_condor_atomic(call(2700), call(2710), call(2720), call(2730), 1)),
    ("strangle", lambda a: a.execute_strangle_atomic(put(2690), call(2770), 2)),
    ("ipmcc", lambda a: a.execute_ipmcc_atomic(call(2300, LEAPS), call(2770), 2)),
    ("leap_ladder", lambda a: a.execute_leap_ladder_atomic(LADDER[:1], [1])),
    ("leap_ladder", lambda a: a.execute_leap_ladder_atomic(LADDER[:4], [1, 1, 2, 2])),
    ("leap_ladder", lambda a: a.execute_leap_ladder_atomic(LADDER, [1] * 6)),
    ("lt112", lambda a: a.execute_lt112_atomic(put(2700), put(2680), put(2600), 2)),
    (
        "lt112",
        lambda a: a.execute_lt112_atomic(put(2700, LATER), put(2650, LATER), put(2500), 1, calendar=True),
    ),
    ("bear_trap", lambda a: a.execute_bear_trap_atomic(put(2720), put(2710), put(2600), 1, naked=3)),
    ("ratio_spread", lambda a: a.execute_ratio_spread_atomic(put(2700), put(2680), 2)),
    ("butterfly", lambda a: a.execute_butterfly_atomic(put(2700), put(2710), put(2720), 2)),
    ("box", lambda a: a.execute_box_atomic(call(2650), call(2750), put(2750), put(2650), 1)),
    ("custom", lambda a: a.execute_atomic([Leg(put(2690), 1), Leg(call(2790), 1)], 1, "custom")),
]


def room(**more: int) -> Room:
    made = Room(**more)  # type: ignore[arg-type]
    for one, (bid, ask) in QUOTES.items():
        made.market.quotes[one] = quote(bid, ask, made.now, delta=0.82 if one == call(2300, LEAPS) else None)
    return made


@pytest.mark.parametrize("max_legs", [1, 4])
@pytest.mark.parametrize(("strategy", "trade"), ON)
def test_it_goes_on_whole_on_both_roads(strategy: str, trade: Call, max_legs: int) -> None:
    here = room(max_legs=max_legs)
    group = trade(here.atomic)
    here.turn(200, until=lambda: not group.working)
    assert group.filled, group.reason
    assert group.strategy == strategy
    assert here.venue.book == {leg.contract: leg.ratio * group.quantity for leg in group.legs}
    if max_legs == 4 and len(group.legs) <= 4:
        assert {len(order.legs) for order in group.orders.values()} == {len(group.legs)}


@pytest.mark.parametrize("max_legs", [1, 4])
@pytest.mark.parametrize(("strategy", "trade"), ON)
def test_or_nothing_of_it(strategy: str, trade: Call, max_legs: int) -> None:
    """Uneven fills, refusals in between: what cannot be completed is undone."""
    for seed in range(8):
        here = room(max_legs=max_legs)
        here.venue.habits = Habits(partial=0.8, fills=0.15, refused=0.15)
        here.venue.chance.seed(seed)
        group = trade(here.atomic)
        here.turn(15)
        here.venue.habits = Habits()
        here.turn(200)
        assert not group.working
        wanted = {leg.contract: leg.ratio * group.quantity for leg in group.legs}
        assert here.venue.book == (wanted if group.filled else {}), group.reason
        assert here.ledger.book.holdings() == here.venue.book


def test_every_structure_has_a_method_and_is_tested() -> None:
    methods = {name for name, _ in inspect.getmembers(AtomicOrderExecutor) if name.startswith("execute_")}
    named = {f"execute_{structure.value}_atomic" for structure in Structure}
    assert methods == named | {"execute_atomic", "execute_roll_atomic"}
    assert {strategy for strategy, _ in ON} == {structure.value for structure in Structure} | {"custom"}


AMERICAN: dict[tuple[int, str], Contract] = {
    (strike, right): contract(strike, right, style=Style.AMERICAN) for strike in (2650, 2750) for right in "PC"
}

FAR_AND_NEAR = (put(2500), put(2710), put(2720), put(2730))

DENIED: list[tuple[str, Call]] = [
    ("wide", lambda a: a.execute_iron_condor_atomic(call(2770), call(2820), put(2710), put(2690), 1)),
    ("one expiry", lambda a: a.execute_put_spread_atomic(put(2710), put(2700, LATER), 1)),
    ("could not lose", lambda a: a.execute_call_spread_atomic(call(2650), call(2750), 1)),
    (
        "wrong sign",
        lambda a: a.execute_put_condor_atomic(put(2500), put(2710), put(2720), put(2730), 1, broken_wings=True),
    ),
    ("not between", lambda a: a.execute_strangle_atomic(put(2690), call(2730), 1)),
    ("must expire before", lambda a: a.execute_ipmcc_atomic(call(2300, LEAPS), call(2770, LEAPS), 1)),
    ("delta is unknown", lambda a: a.execute_ipmcc_atomic(call(2650, LATER), call(2770), 1)),
    ("fall from rung to rung", lambda a: a.execute_leap_ladder_atomic(LADDER[::-1], [1] * 6)),
    ("one positive quantity", lambda a: a.execute_leap_ladder_atomic(LADDER, [1] * 5)),
    ("one positive quantity", lambda a: a.execute_leap_ladder_atomic([], [])),
    ("7 rungs", lambda a: a.execute_leap_ladder_atomic([*LADDER, put(1900, LEAPS)], [1] * 7)),
    ("one expiry", lambda a: a.execute_lt112_atomic(put(2700, LATER), put(2650, LATER), put(2500), 1)),
    ("by rising strike", lambda a: a.execute_bear_trap_atomic(put(2720), put(2710), put(2600), 1, naked=4)),
    ("by rising strike", lambda a: a.execute_ratio_spread_atomic(put(2680), put(2700), 1)),
    ("wide", lambda a: a.execute_butterfly_atomic(put(2680), put(2700), put(2710), 1)),
    (
        "European",
        lambda a: a.execute_box_atomic(
            AMERICAN[2650, "C"], AMERICAN[2750, "C"], AMERICAN[2750, "P"], AMERICAN[2650, "P"], 1
        ),
    ),
]


@pytest.mark.parametrize(("says", "trade"), DENIED)
def test_what_it_is_not_is_denied_with_the_reason(says: str, trade: Call) -> None:
    here = room()
    group = trade(here.atomic)
    assert group.outcome is GroupOutcome.DENIED
    assert says in group.reason
    assert here.venue.submissions == []


def test_a_trade_by_hand_counts_against_the_budgets() -> None:
    here = room()
    condor = here.atomic.execute_iron_condor_atomic(call(2770), call(2790), put(2710), put(2690), 2)
    assert condor.created.max_loss == condor.created.requirement == (20 + condor.created.worst_net) * 200  # type: ignore[operator]
    here.turn(60)
    strangle = here.atomic.execute_strangle_atomic(put(2640), call(2770), 1)
    assert strangle.created.max_loss is None
    assert strangle.created.requirement > 20_000, "the exchange's rule for naked options"
    positions = here.ledger.book.positions
    assert positions[strangle.group_id].open_requirement == strangle.created.requirement


def test_what_is_not_covered_needs_a_price_of_the_underlying() -> None:
    here = room()
    here.market.price = None
    assert here.atomic.execute_single_atomic(Leg(put(2690), -1), 1).reason.startswith("UNKNOWN_MARGIN")
    assert here.atomic.execute_put_spread_atomic(put(2710), put(2690), 1).working


def test_a_condor_dearer_than_allowed_is_left_alone() -> None:
    here = room()
    group = here.atomic.execute_put_condor_atomic(
        put(2690), put(2700), put(2710), put(2720), 1, max_debit=Decimal("0.30")
    )
    assert group.outcome is GroupOutcome.DENIED
    assert "MID_PAST_WORST" in group.reason


def test_a_debit_is_never_walked_past_the_most_allowed() -> None:
    here = room()
    here.venue.habits = Habits(fills=0)
    group = here.atomic.execute_put_condor_atomic(
        put(2690), put(2700), put(2710), put(2720), 1, max_debit=Decimal("0.70")
    )
    here.turn(60, until=lambda: not group.working)
    limits = [order.limit for order in group.orders.values()]
    assert limits
    assert max(limits) <= Decimal("0.70")  # type: ignore[type-var]


def test_the_facade_is_the_only_public_way_to_open() -> None:
    """What the desk hands out can begin groups and nothing else: the door to the broker is private to the executor."""
    public = {name for name, _ in inspect.getmembers(Executor, callable) if not name.startswith("_")}
    sends = {name for name in public if "submit" in name or "send" in name or "order" in name.split("_")}
    assert sends == {"take_order_report"}
    assert not {name for name in vars(room().atomic) if not name.startswith("_")}


def test_the_session_of_the_trade_is_a_friday() -> None:
    assert FRIDAY.weekday() == 4

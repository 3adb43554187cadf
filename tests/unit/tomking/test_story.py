"""The journal in words: every event has its sentence, and trouble is marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from builders import FRIDAY, NOON, call, condor, created, put, put_spread
from tomking import events
from tomking.events import (
    CancelRequested,
    CloseReason,
    ContractSettled,
    DepthRefused,
    EquityMarked,
    Event,
    ExitReason,
    FillReason,
    GroupFinished,
    GroupOutcome,
    GroupWithdrawn,
    HeldBeside,
    IntentDenied,
    LegFilled,
    MismatchFound,
    OperatorNote,
    OrderAccepted,
    OrderAdopted,
    OrderClosed,
    OrderNotFound,
    OrderReckoned,
    OrderRefusedByVenue,
    OrderSubmitted,
    OrderUnknown,
    PhaseChanged,
    PositionTakenOver,
    Purpose,
    Record,
    RunStarted,
    TradingState,
    TradingStateChanged,
    VolatilityMarked,
)
from tomking.journal.story import desk_story, group_story
from tomking.market.leg import Leg

GROUP, ORDER = "alpha-run-1", "alpha-run-1.run.1"
D = Decimal

OF_A_GROUP: list[tuple[Event, str]] = [
    (DepthRefused(GROUP, "NO_BID", "no bid"), "quotes ! NOT GOOD, NO_BID: no bid"),
    (OrderSubmitted(ORDER, GROUP, condor(), 2, D("-2.20"), False, False), "order 1 sent: 2 x the package at -2.2"),
    (
        OrderSubmitted("alpha-run-1.r2.3", GROUP, (Leg(put(2710), 1),), 2, D("3.1"), True, True),
        "order 3 of run r2 sent: undoing, 2 x [+1 SPXW 2018-01-05 2710 P] at 3.1",
    ),
    (
        OrderSubmitted(
            ORDER, GROUP, condor(), 2, D("-2.20"), False, False, package_bid=D("-2.40"), package_ask=D("-2.00")
        ),
        "order 1 sent: 2 x the package at -2.2, quoted -2.4 / -2",
    ),
    (
        OrderSubmitted(ORDER, GROUP, condor(), 2, D("2.40"), False, True, at_market=True),
        "order 1 sent: 2 x the package AT MARKET, expected 2.4",
    ),
    (OrderAccepted(ORDER, "V7"), "order 1 accepted, the broker's V7"),
    (
        OrderReckoned(ORDER, D("3500.5"), D("4.56"), ("thin market",)),
        "order 1 reckoned: ties up 3,500.50, fees 4.56; ! thin market",
    ),
    (OrderRefusedByVenue(ORDER, "margin_check_failed", "no"), "! order 1 REFUSED, margin_check_failed: no"),
    (OrderUnknown(ORDER, "timed out"), "! order 1 UNKNOWN: timed out"),
    (OrderNotFound(ORDER), "! order 1: the broker knows no such order"),
    (OrderAdopted(ORDER, GROUP, put_spread(), 1), "! order 1 found at the broker and not in the journal: 1 x [+1 SPXW"),
    (CancelRequested(ORDER, "step 1"), "order 1 to be canceled: step 1"),
    (LegFilled("F1", ORDER, put(2710), -2, D("3.050"), D("1.14")), "order 1 filled: -2 SPXW 2018-01-05 2710 P at 3.05"),
    (OrderClosed(ORDER, CloseReason.CANCELED, ""), "order 1 canceled"),
    (OrderClosed(ORDER, CloseReason.NEVER_EXISTED, "3 answers"), "order 1 given up, it never existed: 3 answers"),
    (GroupWithdrawn(GROUP, "too old"), "given up: too old"),
    (GroupFinished(GROUP, GroupOutcome.UNWOUND, "undone"), "END UNWOUND: undone"),
]
OF_THE_DESK: list[tuple[Event, str]] = [
    (RunStarted("r1", "live", "default", "abc", "0.1"), "RUN r1 of live/default, version 0.1, settings abc"),
    (IntentDenied("zero_dte", "SPX", "VIX_BAND", "too high"), "zero_dte on SPX denied, VIX_BAND: too high"),
    (ContractSettled("s", put(2710), 2, D(0), FillReason.ASSIGNED), "assigned: +2 SPXW 2018-01-05 2710 P at 0"),
    (TradingStateChanged(TradingState.HALTED, "STRANDED", "legs"), "! TRADING IS HALTED, STRANDED: legs"),
    (TradingStateChanged(TradingState.ACTIVE, "NORMAL", "looked"), "TRADING IS ACTIVE, NORMAL: looked"),
    (PhaseChanged(1, 2, "grown"), "phase 1 to 2: grown"),
    (VolatilityMarked(FRIDAY, "GLD", D("0.1525")), "GLD's volatility at the money 15.2% on 2018-01-05"),
    (EquityMarked(FRIDAY, D(100_000), D(500)), "equity 100,000.00 on 2018-01-05, paid in +500.00"),
    (MismatchFound("x"), "! book and broker differ: x"),
    (MismatchFound(""), "book and broker agree again"),
    (HeldBeside(put(2710), -3), "beside the desk: -3 SPXW 2018-01-05 2710 P"),
    (PositionTakenOver("p", "lt112", put_spread(), 2, (D(1), D(2)), D(9)), "p taken over: 2 x [+1 SPXW"),
    (OperatorNote("COMMAND", "halt -> done"), "NOTE COMMAND: halt -> done"),
    (OperatorNote("STRANDED", "legs"), "! NOTE STRANDED: legs"),
]


def records(*found: Event) -> list[Record]:
    return [Record(seq, NOON, "run", 0, event) for seq, event in enumerate(found, 1)]


def said(lines: Sequence[str]) -> str:
    return "\n".join(lines)


@pytest.mark.parametrize(("event", "sentence"), OF_A_GROUP)
def test_what_happens_to_a_group(event: Event, sentence: str) -> None:
    story = said(list(group_story(records(created(), event))))
    assert f"     2  2018-01-05 12:00:00  {sentence}" in story


@pytest.mark.parametrize(("event", "sentence"), OF_THE_DESK)
def test_what_happens_to_the_desk(event: Event, sentence: str) -> None:
    (line,) = desk_story(records(event))
    assert line.startswith(f"       1  2018-01-05 12:00:00  {sentence}")


def test_no_event_is_without_a_sentence() -> None:
    told = {type(event) for event, _ in (*OF_A_GROUP, *OF_THE_DESK)} | {events.GroupCreated}
    every = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)} - {Event}
    assert told == every


def test_the_heading_says_what_was_wanted_and_how_it_ended() -> None:
    end = GroupFinished(GROUP, GroupOutcome.FILLED, "2 at a net -2.10")
    wanted = replace(created(quantity=2, requirement="3560"), max_loss=D("3560.4545454545"))
    assert list(group_story(records(wanted, end)))[:7] == [
        "alpha-run-1  2018-01-05 12:00:00  FILLED: 2 at a net -2.10",
        "    open, 2 x",
        "      +1 SPXW 2018-01-05 2690 P",
        "      -1 SPXW 2018-01-05 2710 P",
        "      -1 SPXW 2018-01-05 2770 C",
        "      +1 SPXW 2018-01-05 2790 C",
        "    mid -2.2, no worse than -1.8, ties up 3,560, can lose 3,560",
    ]


def test_a_roll_says_what_is_opened_anew_and_where_it_goes() -> None:
    new = Leg(call(2800, date(2018, 2, 2)), -1)
    wanted = replace(
        created((Leg(call(2770), 1), new), purpose=Purpose.ROLL, position_id="alpha-run-0", worst_net=None),
        exit_reason=ExitReason.ROLL,
        incoming=(new,),
        rolled_into=GROUP,
    )
    story = said(list(group_story(records(wanted))))
    assert "! UNFINISHED" in story
    assert "roll (roll) of alpha-run-0 into alpha-run-1, 1 x" in story
    assert "-1 SPXW 2018-02-02 2800 C opened anew" in story
    assert "at any marketable price" in story


def test_a_cause_is_named_when_it_is_not_the_line_before() -> None:
    first, second = records(created(), CancelRequested(ORDER, "old"))
    assert "(after" not in said(list(group_story([first, second._replace(because=1)])))
    assert "(after 1)" in said(list(group_story([first, second._replace(seq=9, because=1)])))

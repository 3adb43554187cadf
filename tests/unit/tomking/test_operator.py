"""A user's own holdings are left alone, and what a person may tell a halted desk."""

from __future__ import annotations

from decimal import Decimal

import pytest
from builders import created, lt112, put, put_spread, quote
from fakes.habits import CALM, Habits
from fakes.rig import PREFIX, Rig
from tomking.events import ExitReason, FillReason, GroupCreated, GroupOutcome, OperatorNote, PartialPolicy, TradingState
from tomking.execution.backend import OrderRequest
from tomking.execution.group import OrderGroup
from tomking.journal.letter_box import letter_box, post
from tomking.ledger import Ledger
from tomking.market.contract import Contract, plain, shares
from tomking.market.leg import Leg
from tomking.positions.position import PositionStatus
from tomking.state import digest

LONG, SHORT = (leg.contract for leg in put_spread())
OWN = put(2640)


def started(*holdings: tuple[Contract, int]) -> Rig:
    rig = Rig(1, CALM)
    rig.script = []
    rig.calm_at = rig.MOST_TURNS = 10**9
    for contract, quantity in holdings:
        rig.venue.hold(contract, quantity)
    rig.start()
    return rig


def turns(rig: Rig, count: int) -> None:
    for _ in range(count):
        rig.turn()


def trade(rig: Rig, legs: tuple[Leg, ...] = put_spread(), quantity: int = 2) -> OrderGroup:
    group = rig.desk.executor.begin(wanted(rig, legs, quantity))
    turns(rig, 60)
    return group


def wanted(rig: Rig, legs: tuple[Leg, ...], quantity: int) -> GroupCreated:
    return created(
        legs,
        quantity,
        group_id=rig.desk.executor.new_group_id("alpha"),
        policy=PartialPolicy.UNWIND,
        worst_net="5",
        expected_net="-1.20",
    )


def told(rig: Rig, line: str) -> str:
    rig.now = rig.now.replace(microsecond=0)
    return rig.desk.command(rig.now, line)


def state(rig: Rig) -> TradingState:
    return rig.desk.state.trading_state


# -- beside the desk ---------------------------------------------------------------------------------------------------


def test_what_nothing_explains_is_an_orphan_and_halts_entries_until_a_person_says_whose_it_is() -> None:
    rig = started((OWN, -3), (shares("SPX"), 100))
    assert not rig.desk.is_ready
    assert rig.desk.state.mismatch == f"orphan +100 SPX; orphan -3 {OWN.text}"
    assert [note.code for note in rig.desk.state.notes] == ["ORPHAN"]
    group = rig.desk.atomic.execute_put_spread_atomic(SHORT, LONG, 1)
    assert group.outcome is GroupOutcome.DENIED
    assert group.reason.startswith("ORPHAN")
    turns(rig, 120)
    assert [note.code for note in rig.desk.state.notes] == ["ORPHAN"], "said once"
    assert told(rig, "ignore all") == f"+100 SPX, -3 {OWN.text} is your own"
    turns(rig, 2)
    assert rig.desk.is_ready
    assert rig.desk.state.beside == {OWN: -3, shares("SPX"): 100}
    assert trade(rig).filled
    assert rig.desk.book.holdings() == {LONG: 2, SHORT: -2}


def test_a_position_is_closed_while_an_orphan_halts_entries() -> None:
    rig = started()
    opened = trade(rig)
    rig.venue.hold(OWN, -1)
    turns(rig, 61)
    assert not rig.desk.is_ready
    assert state(rig) is TradingState.ACTIVE, "exits go on"
    rig.desk._exits.ask(opened.group_id, ExitReason.STOP, "a test")
    turns(rig, 60)
    assert rig.desk.book.holdings() == {}
    assert not rig.desk.is_ready


def test_an_orphan_that_is_gone_halts_nothing_any_more() -> None:
    rig = started()
    rig.venue.hold(OWN, 5)
    turns(rig, 61)
    assert not rig.desk.is_ready
    rig.venue.hold(OWN, -5)
    turns(rig, 61)
    assert rig.desk.is_ready
    assert rig.desk.state.mismatch == ""
    assert trade(rig).filled


def test_what_a_person_called_his_own_may_come_and_go() -> None:
    rig = started((OWN, 5))
    told(rig, f"ignore {OWN.text}")
    assert trade(rig).filled
    for change, left in ((2, {OWN: 7}), (-7, {})):
        rig.venue.hold(OWN, change)
        turns(rig, 61)
        assert rig.desk.state.beside == left
        assert rig.desk.is_ready
    assert "BESIDE" in [note.code for note in rig.desk.state.notes]


def test_nothing_is_opened_in_a_contract_the_user_holds() -> None:
    """Long and short of one contract cannot be held together: a broker would net our leg against the user's."""
    rig = started((SHORT, 1))
    told(rig, "ignore all")
    turns(rig, 2)
    group = rig.desk.atomic.execute_put_spread_atomic(SHORT, LONG, 1)
    assert group.outcome is GroupOutcome.DENIED
    assert group.reason.startswith("USERS_CONTRACT")
    assert rig.venue.submissions == []


def test_in_a_contract_of_the_desk_it_is_a_difference_until_it_is_declared() -> None:
    rig = started()
    assert trade(rig).filled
    rig.venue.hold(LONG, 4)
    turns(rig, 61)
    assert state(rig) is TradingState.HALTED
    assert "NOT DONE: book and broker differ" in told(rig, "resume it is mine")
    assert told(rig, f"ignore {LONG.text}") == f"+4 {LONG.text} is your own"
    assert told(rig, "resume it is mine") == "trading again"
    turns(rig, 61)
    assert state(rig) is TradingState.ACTIVE
    rig.venue.hold(LONG, -4)
    turns(rig, 61)
    assert rig.desk.state.beside == {}
    assert state(rig) is TradingState.ACTIVE


def test_it_survives_a_restart_and_a_replay() -> None:
    rig = started((OWN, -3))
    rig.desk.ledger.barrier()
    assert Ledger.opened(rig.store, PREFIX, "again", rig.now).mismatch == f"orphan -3 {OWN.text}"
    rig.start()
    assert len([note for note in rig.desk.state.notes if note.code == "ORPHAN"]) == 1
    told(rig, "ignore all")
    rig.desk.ledger.barrier()
    assert Ledger.opened(rig.store, PREFIX, "again", rig.now).state.beside == {OWN: -3}
    rig.start()
    assert rig.desk.state.beside == {OWN: -3}
    assert rig.desk.is_ready


# -- the doors ---------------------------------------------------------------------------------------------------------


def test_a_person_halts_and_resumes() -> None:
    rig = started()
    told(rig, "halt the market is mad")
    assert (state(rig), rig.desk.state.trading_text) == (TradingState.HALTED, "the market is mad")
    assert rig.desk.atomic.execute_put_spread_atomic(SHORT, LONG, 1).reason.startswith("HALTED")
    assert told(rig, "resume it is calm") == "trading again"
    assert state(rig) is TradingState.ACTIVE


def stranded(rig: Rig) -> OrderGroup:
    """One leg of a spread fills, then nothing the broker is asked to do."""
    rig.venue.capabilities = type(rig.venue.capabilities)(max_legs=1)
    group = rig.desk.executor.begin(wanted(rig, put_spread(), 2))

    def refuse_after_the_first_fill(_: OrderRequest) -> None:
        if group.held:
            rig.venue.habits = Habits(refused=1)

    rig.venue.on_submit = refuse_after_the_first_fill
    turns(rig, 120)
    rig.venue.on_submit = lambda request: None
    assert group.outcome is GroupOutcome.STRANDED
    return group


def test_the_alert_of_a_stranded_group_names_the_exact_legs() -> None:
    rig = started()
    stranded(rig)
    note = next(note for note in rig.desk.state.notes if note.code == "STRANDED")
    assert f"still to trade after 3 attempts: -2 {LONG.text}" in note.text
    assert f"it holds +2 {LONG.text}; out of balance +2 {LONG.text}" in note.text
    assert state(rig) is TradingState.HALTED
    assert rig.desk.state.trading_text == note.text


def test_a_stranded_group_traded_by_hand_is_accepted_and_trading_goes_on() -> None:
    rig = started()
    group = stranded(rig)
    rig.venue.habits = CALM
    rig.venue.hold(LONG, -2)  # by hand, on the broker's own page
    turns(rig, 61)
    assert "MISMATCH" in [note.code for note in rig.desk.state.notes]
    assert told(rig, f"accept {LONG.text} @ 1.72") == f"-2 {LONG.text} booked at 1.72"
    position = rig.desk.book.positions[group.group_id]
    assert position.status is PositionStatus.CLOSED
    assert position.components[LONG].last_reason is FillReason.BY_HAND
    assert told(rig, "resume sold it by hand") == "trading again"
    turns(rig, 61)
    assert state(rig) is TradingState.ACTIVE
    assert rig.desk.is_ready


def test_every_difference_may_be_accepted_at_the_present_mids() -> None:
    rig = started()
    group = trade(rig)
    rig.venue.hold(LONG, -2)
    rig.venue.hold(SHORT, 2)
    turns(rig, 61)
    assert state(rig) is TradingState.HALTED
    answer = told(rig, "accept all")
    assert f"-2 {LONG.text} booked at {plain(rig.market.quotes[LONG].mid)}" in answer
    assert f"+2 {SHORT.text} booked at " in answer
    assert rig.desk.book.positions[group.group_id].status is PositionStatus.CLOSED
    assert told(rig, "accept all") == "book and broker agree already"
    assert told(rig, "resume") == "trading again"


def test_holdings_of_the_user_become_a_position_of_the_desk() -> None:
    rig = started(*((leg.contract, leg.ratio * 3) for leg in lt112()))
    names = "; ".join(f"{leg.contract.text} @ 2.5" for leg in lt112())
    answer = told(rig, f"adopt lt112 20000: {names}")
    assert answer.startswith("lt112-r1-1 holds +3 ")
    position = rig.desk.book.positions["lt112-r1-1"]
    assert (set(position.legs), position.wanted) == (set(lt112()), 3)
    assert position.status is PositionStatus.ACTIVE
    assert position.open_requirement == 20_000
    assert position.entry_net == Decimal("-5.0")
    assert rig.desk.state.beside == {}
    turns(rig, 61)
    assert state(rig) is TradingState.ACTIVE
    assert "NOT DONE" in told(rig, f"adopt lt112 20000: {names}"), "said twice it changes nothing"
    assert len(rig.desk.book.open_positions) == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("sell everything", "I know halt, resume, accept, ignore, adopt"),
        ("", "I know"),
        ("accept SPXW 2018-01-05 2690 P", "is none of: nothing"),
        ("ignore SPXW 2018-01-05 2690 P", f"is none of: {OWN.text}"),
        ("adopt lt112", "say: adopt"),
        ("adopt lt112 much: SPXW 2018-01-05 2640 P", "'much' is not a number"),
        ("adopt lt112 10:", "name at least one contract"),
        ("adopt lt112 10: SPXW 2018-01-05 9999 P", f"is none of: {OWN.text}"),
        (f"adopt lt112 10: {OWN.text} @ -1", "-1 is not a price"),
        (f"adopt lt-112 10: {OWN.text} @ 1", "letters, digits"),
    ],
)
def test_what_cannot_be_done_is_answered_and_changes_nothing(line: str, says: str) -> None:
    rig = started((OWN, 1))
    before = (rig.desk.book.holdings(), dict(rig.desk.state.beside), state(rig))
    answer = told(rig, line)
    assert answer.startswith("NOT DONE: ")
    assert says in answer
    assert (rig.desk.book.holdings(), dict(rig.desk.state.beside), state(rig)) == before


def test_more_than_was_held_is_no_closing_by_hand() -> None:
    rig = started()
    trade(rig)
    rig.venue.hold(LONG, -5)
    turns(rig, 61)
    assert "is no closing by hand" in told(rig, f"accept {LONG.text} @ 1")


def test_a_contract_without_a_quote_needs_a_price() -> None:
    rig = started()
    trade(rig)
    rig.venue.hold(LONG, -2)
    turns(rig, 61)
    rig.market.quotes[LONG] = quote("0", "0")
    assert f"say {LONG.text} @ PRICE" in told(rig, f"accept {LONG.text}")


def test_the_letter_box_is_emptied_and_every_line_is_answered() -> None:
    rig = started((OWN, 1))
    for line in ("halt wait", "", f"adopt lt112 500: {OWN.text} @ 0.9", "resume go on"):
        post(rig.store, PREFIX, line)
    turns(rig, 6)
    assert rig.store.read(letter_box(PREFIX)) is None
    answers = [note.text for note in rig.desk.state.notes if note.code == "COMMAND"]
    assert [answer.split(" -> ")[0].split()[0] for answer in answers] == ["halt", "adopt", "resume"]
    assert not any("NOT DONE" in answer for answer in answers)
    assert state(rig) is TradingState.ACTIVE
    assert rig.desk.book.holdings() == {OWN: 1}
    rig.desk.ledger.barrier()
    assert digest(Ledger.opened(rig.store, PREFIX, "again", rig.now).state) == digest(rig.desk.state)


def test_a_letter_read_twice_by_a_crash_changes_nothing_the_second_time() -> None:
    rig = started((OWN, 1))
    letter = f"adopt lt112 500: {OWN.text} @ 0.9"
    for _ in range(2):
        post(rig.store, PREFIX, letter)
        turns(rig, 6)
    assert rig.desk.book.holdings() == {OWN: 1}
    assert len(rig.desk.book.open_positions) == 1


def test_a_command_is_an_event_like_any_other() -> None:
    rig = started()
    heard: list[object] = []
    rig.desk.ledger.listener = lambda record: heard.append(record.event)
    told(rig, "halt   because ")
    assert (
        OperatorNote("COMMAND", "halt   because -> nothing new is opened; what is at work is brought to its end")
        in heard
    )

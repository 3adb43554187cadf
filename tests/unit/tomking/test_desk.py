"""The loop: who may open, when it halts, what a restart does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from builders import created, next_record, put, put_spread, quote, seconds
from fakes.chaotic_backend import ChaoticBackend
from fakes.faulty_store import FaultyStore
from fakes.habits import CALM, Habits
from market_days import AT_1030, DayMarket, day_market, priced_chain
from tomking.clock import RunId
from tomking.desk import Desk
from tomking.errors import BackendUnreachable, JournalCorrupt
from tomking.events import (
    EquityMarked,
    Event,
    ExitReason,
    FillReason,
    GroupCreated,
    GroupFinished,
    GroupOutcome,
    IntentDenied,
    MismatchFound,
    OperatorNote,
    OrderSubmitted,
    PartialPolicy,
    Purpose,
    Record,
    RunStarted,
    TradingState,
    TradingStateChanged,
)
from tomking.execution.backend import Balances
from tomking.exiting import closing_packages
from tomking.journal.__main__ import main
from tomking.journal.reading import read_all
from tomking.journal.store import FileStore, Store
from tomking.market.calendar import NEW_YORK
from tomking.market.contract import Contract, shares
from tomking.market.leg import Leg
from tomking.positions.position import PositionStatus
from tomking.settings import Settings
from tomking.state import digest

IDLE = {"zero_dte.enabled": "false", "futures_strangle.enabled": "false"}
PREFIX = "tomking/live/default"


class Room:
    """A desk that can be started again on the same broker and the same store."""

    def __init__(
        self,
        *,
        habits: Habits = CALM,
        store: Store | None = None,
        mode: str = "live",
        market: DayMarket | None = None,
        **parameters: str,
    ) -> None:
        self.market = market or day_market()
        self.venue = ChaoticBackend(self.market, habits)
        self.store = store if store is not None else FaultyStore()
        self.mode = mode
        self.settings = Settings.from_parameters({name.replace("__", "."): text for name, text in parameters.items()})
        self.now: datetime = AT_1030
        self.runs = 0
        self.events: list[Event] = []
        self.desk = self.made()

    def made(self) -> Desk:
        self.runs += 1
        desk = Desk(
            settings=self.settings,
            backend=self.venue,
            market=self.market,
            store=self.store,
            run=RunId(f"r{self.runs}"),
            mode=self.mode,
            now=self.now,
        )
        desk.ledger.listener = self.heard
        return desk

    def heard(self, record: Record) -> None:
        self.events.append(record.event)

    def start(self) -> Room:
        self.desk.start(self.now)
        return self

    def restart(self) -> Desk:
        self.venue.disconnect()
        self.desk = self.made()
        self.desk.start(self.now)
        return self.desk

    def turn(self, count: int = 1) -> None:
        for _ in range(count):
            self.now += seconds(1)
            self.market.confirm(self.now)
            self.venue.tick(self.now)
            self.desk.step(self.now)

    def open_spread(self, policy: PartialPolicy = PartialPolicy.UNWIND, quantity: int = 1) -> GroupCreated:
        decided = created(
            put_spread(),
            quantity,
            group_id=self.desk.executor.new_group_id("alpha"),
            policy=policy,
            worst_net="5",
            requirement=2000,
        )
        self.desk.executor.begin(decided)
        return decided

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if type(event) is kind]


def idle(**more: object) -> Room:
    return Room(**{name.replace(".", "__"): text for name, text in IDLE.items()}, **more)  # type: ignore[arg-type]


# -- a day of the method ----------------------------------------------------------------------------------------------


def test_friday_from_the_wish_to_the_condor() -> None:
    room = Room().start()
    room.turn(40)
    positions = room.desk.book.open_positions
    assert len(positions) == 1, room.desk.state.denials
    assert positions[0].strategy == "zero_dte"
    assert positions[0].status is PositionStatus.ACTIVE
    assert len(positions[0].held) == 4
    assert positions[0].entry_net is not None
    assert positions[0].entry_net < 0
    assert room.desk.book.holdings() == room.venue.book
    group = room.desk.state.groups[positions[0].position_id]
    assert group.filled
    assert group.created.requirement > 0


def test_one_trade_a_session() -> None:
    room = Room().start()
    room.turn(300)
    assert len(room.of(GroupCreated)) == 1


def test_a_denial_is_recorded_once_until_its_reason_changes() -> None:
    room = Room(market=day_market(the_vix=None)).start()
    room.turn(20)
    denials = room.of(IntentDenied)
    assert len(denials) == 1
    assert room.venue.submissions == []
    assert list(room.desk.state.denials) == ["zero_dte|SPX|VIX_MISSING"]
    room.market.the_vix = Decimal(12)
    room.market.chains.clear()
    later(room, minutes=5)
    room.turn(20)
    room.market.the_vix = None
    later(room, minutes=5)
    room.turn(20)
    codes = [event.code for event in room.of(IntentDenied) if isinstance(event, IntentDenied)]
    assert codes == ["VIX_MISSING", "DATA_MISSING"], "what was said today is not said again"


@pytest.mark.parametrize(("minutes", "looks"), [(4, 1), (5, 2)])
def test_what_was_denied_is_looked_at_again_after_five_minutes(minutes: int, looks: int) -> None:
    room = Room(market=day_market(the_vix=None)).start()
    room.turn(1)
    room.market.the_vix = Decimal(12)
    room.market.chains.clear()
    later(room, minutes=minutes)
    assert len(room.of(IntentDenied)) == looks, "the second look finds no chain"


@pytest.mark.parametrize(("minutes", "looks"), [(14, 1), (15, 2)])
def test_options_of_another_day_are_looked_at_again_after_fifteen(minutes: int, looks: int) -> None:
    room = Room(market=day_market(the_vix=None), zero_dte__days_to_expiry="1").start()
    room.turn(1)
    room.market.the_vix = Decimal(12)
    room.market.chains.clear()
    later(room, minutes=minutes)
    assert len(room.of(IntentDenied)) == looks


@pytest.mark.parametrize(("minutes", "looks"), [(4, 1), (5, 2)])
def test_but_after_five_when_only_their_quotes_were_too_old(minutes: int, looks: int) -> None:
    monday, before = date(2018, 1, 8), AT_1030 - timedelta(minutes=5)
    market = day_market(priced_chain(expiry=monday, now=before))
    room = Room(market=market, zero_dte__days_to_expiry="3", zero_dte__structure="iron_condor").start()
    room.turn(1)
    assert [each.code for each in room.of(IntentDenied)] == ["NO_STRIKE"]
    room.market.chains.clear()
    later(room, minutes=minutes)
    assert len(room.of(IntentDenied)) == looks


def test_a_position_is_closed_when_its_time_has_come() -> None:
    room = Room().start()
    room.turn(40)
    room.now = AT_1030.replace(hour=20, minute=45)  # 15:45 in New York
    chain = priced_chain(now=room.now)
    room.market.quotes, room.market.chains = dict(chain.quotes), {"SPX": chain}
    room.turn(120)
    position = next(iter(room.desk.book.positions.values()))
    assert position.exit_reason is not None
    assert all(quantity > 0 for quantity in position.held.values()), "only wings nobody bids for may be left"
    assert all(not room.market.quotes[contract].has_bid for contract in position.held)
    assert room.venue.book == position.held
    for contract, quantity in position.held.items():
        room.venue.settle(f"S{contract.text}", contract, -quantity, Decimal(0), FillReason.EXPIRED)
    room.turn(1)
    assert position.status is PositionStatus.CLOSED
    assert room.desk.book.realised == position.realised != 0


def test_a_drawdown_stops_new_trades_and_takes_back_what_is_being_opened() -> None:
    room = idle(habits=Habits(fills=0)).start()
    room.open_spread()
    room.turn(2)
    room.venue.equity = Decimal(84_000)
    room.turn(10)
    assert room.desk.state.trading_state is TradingState.REDUCING
    assert room.desk.ledger.open_groups == ()
    assert room.venue.working == []


def test_a_deep_drawdown_closes_everything() -> None:
    room = Room().start()
    room.turn(40)
    assert room.venue.book
    room.venue.equity = Decimal(79_000)
    room.turn(60)
    assert room.venue.book == {}
    assert room.desk.state.trading_state is TradingState.REDUCING


# -- starting, stopping, starting again -------------------------------------------------------------------------------


def test_the_start_says_who_runs_and_begins_the_account() -> None:
    room = idle().start()
    assert isinstance(room.events[0], RunStarted)
    assert room.desk.is_ready
    assert room.desk.state.high_water_mark == 100_000
    assert room.desk.state.phase is not None


def test_a_restart_goes_on_with_what_is_working() -> None:
    room = idle(habits=Habits(fills=0)).start()
    decided = room.open_spread()
    room.turn(1)
    room.venue.habits = CALM
    room.restart()
    room.turn(40)
    assert room.desk.state.groups[decided.group_id].outcome is GroupOutcome.FILLED
    assert room.desk.book.holdings() == room.venue.book


def test_a_restart_asks_about_every_unfinished_order_before_anything_else() -> None:
    """Dropping this look-up is made up for by polling later, so it needs a test of its own."""
    room = idle(habits=Habits(fills=0)).start()
    room.open_spread()
    room.turn(1)
    order_id = room.venue.submissions[-1]
    room.venue._trade(room.venue.orders_by_id[order_id])  # it fills while we are dead
    room.venue.disconnect()
    desk = room.made()
    desk.start(room.now)
    group = desk.ledger.group_of(order_id)
    assert group is not None
    assert group.filled, "known at the start, not after some polling"
    assert room.venue.submissions[-1] == order_id


def test_a_restart_looks_up_what_the_broker_does_not_list() -> None:
    room = idle(habits=Habits(fills=0)).start()
    room.open_spread()
    room.turn(1)
    order_id = room.venue.submissions[-1]
    room.venue._trade(room.venue.orders_by_id[order_id])
    room.venue.disconnect()
    room.venue.orders = list  # type: ignore[method-assign,assignment]
    desk = room.made()
    desk.start(room.now)
    group = desk.ledger.group_of(order_id)
    assert group is not None
    assert group.filled


def test_nothing_opens_before_book_and_broker_agree() -> None:
    room = Room(habits=Habits(unreadable=1)).start()
    room.turn(30)
    assert not room.desk.is_ready
    assert room.venue.submissions == []
    room.venue.habits = CALM
    room.turn(30)
    assert room.desk.is_ready
    assert room.venue.submissions


def test_nothing_opens_while_the_holdings_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything else is answered, so that only the missing comparison stands in the way."""

    def unreadable() -> dict[Contract, int]:
        raise BackendUnreachable("no answer")

    room = Room()
    monkeypatch.setattr(room.venue, "positions", unreadable)
    room.start()
    room.turn(30)
    assert room.venue.submissions == []
    monkeypatch.undo()
    room.turn(30)
    assert room.venue.submissions


def test_a_difference_halts_and_names_both_sides() -> None:
    room = idle().start()
    traded = put_spread()[0].contract
    room.open_spread()
    room.turn(40)
    room.venue.hold(traded, -1)
    room.restart()
    assert room.desk.state.trading_state is TradingState.HALTED
    assert f"{traded.text}: book +1, broker +0" in room.desk.state.mismatch
    assert room.of(MismatchFound)
    sent = len(room.venue.submissions)
    room.turn(30)
    assert len(room.venue.submissions) == sent
    assert len(room.of(MismatchFound)) == 1, "said once"


def test_only_agreement_and_a_person_lift_a_halt() -> None:
    room = idle().start()
    traded = put_spread()[0].contract
    room.open_spread()
    room.turn(40)
    room.venue.hold(traded, -1)
    room.restart()
    assert room.desk.command(room.now, "resume it will be fine").startswith("NOT DONE")
    room.venue.hold(traded, 1)
    room.turn(1)
    assert room.desk.state.trading_state is TradingState.HALTED, "agreement alone does not lift it"
    assert room.desk.command(room.now, "resume closed by hand") == "trading again"
    assert room.desk.state.trading_state is TradingState.ACTIVE
    assert room.desk.state.mismatch == ""


def test_a_halt_survives_the_restart() -> None:
    room = idle().start()
    room.desk.ledger.record(TradingStateChanged(TradingState.HALTED, "TEST", "stopped"))
    room.desk.ledger.barrier()
    assert room.restart().state.trading_state is TradingState.HALTED


def test_one_poisoned_group_does_not_stop_the_start() -> None:
    room = idle(habits=Habits(fills=0)).start()
    bad, good = room.open_spread(), room.open_spread()
    room.turn(1)
    journal = room.desk.ledger.journal
    journal.append(next_record(journal, GroupFinished(bad.group_id, GroupOutcome.FILLED, ""), room.now))
    journal.barrier()
    room.venue.habits = CALM
    desk = room.restart()
    assert desk.state.groups[bad.group_id].outcome is GroupOutcome.STRANDED
    assert desk.state.trading_state is TradingState.HALTED
    room.turn(40)
    assert desk.state.groups[good.group_id].outcome is not None


def test_a_damaged_journal_refuses_to_start() -> None:
    room = idle().start()
    room.turn(2)
    store = room.store
    assert isinstance(store, FaultyStore)
    room.open_spread()
    room.turn(2)
    key = min(key for key in store.visible if "/journal/" in key)
    store.visible[key] = store.visible[key][:50]
    with pytest.raises(JournalCorrupt):
        room.made()


def test_a_journal_that_cannot_be_written_ends_all_trading() -> None:
    room = Room()
    assert isinstance(room.store, FaultyStore)
    room.start()
    room.store.refuses = True
    room.turn(10)
    assert "journal" in room.desk.dead
    assert room.venue.submissions == []
    assert [event.code for event in room.of(OperatorNote) if isinstance(event, OperatorNote)] == ["JOURNAL_UNWRITABLE"]
    room.store.refuses = False
    room.turn(10)
    assert room.venue.submissions == [], "only a restart begins again"


def test_a_backtest_begins_with_an_empty_journal() -> None:
    room = idle(mode="backtest").start()
    room.open_spread()
    room.turn(1)
    first = room.desk.state.seq
    room.venue.book.clear()
    room.venue.orders_by_id.clear()
    room.restart()
    assert room.desk.state.seq < first
    assert room.desk.state.groups == {}


# -- the turn ---------------------------------------------------------------------------------------------------------


def test_a_turn_inside_a_turn_does_nothing() -> None:
    room = idle().start()
    seen: list[int] = []

    def again(record: Record) -> None:
        seen.append(record.seq)
        room.desk.step(room.now)

    room.desk.ledger.listener = again
    room.open_spread()
    room.turn(1)
    assert seen == sorted(set(seen))


def test_a_quiet_turn_writes_nothing() -> None:
    room = idle().start()
    room.turn(1)
    before = room.desk.state.seq
    assert isinstance(room.store, FaultyStore)
    keys = set(room.store.visible)
    room.turn(50)
    assert room.desk.state.seq == before
    assert set(room.store.visible) == keys


def holding(monkeypatch: pytest.MonkeyPatch, **more: str) -> tuple[Room, list[str]]:
    """A room with a condor on, in a market that stands still, and the times the broker was asked for the account."""
    room = Room(**more).start()
    room.turn(40)
    assert room.desk.book.open_positions
    room.market.still = True
    asked: list[str] = []
    balances = room.venue.balances

    def noted() -> Balances:
        asked.append("balances")
        return balances()

    monkeypatch.setattr(room.venue, "balances", noted)
    room.desk.step(room.now)
    return room, asked


def later(room: Room, **span: float) -> None:
    """Time passes, and the market says nothing."""
    room.now += timedelta(**span)
    room.venue.tick(room.now)
    room.desk.step(room.now)


def test_a_turn_that_finds_nothing_new_decides_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    room, asked = holding(monkeypatch)
    for _ in range(10):
        later(room, seconds=1)
    assert asked == []
    later(room, minutes=1)
    assert len(asked) == 1, "a new minute is news: rules that go by the clock ask again"
    room.market.revised += 1
    later(room)
    assert len(asked) == 2, "a new quote is news"
    room.desk.ledger.record(OperatorNote("X", "anything recorded is news"))
    later(room)
    assert len(asked) == 3


def test_a_time_exit_comes_although_the_market_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    room, _ = holding(monkeypatch)
    position = room.desk.book.open_positions[0]
    later(room, minutes=59 - room.now.minute % 60)
    while position.exit_reason is None:
        later(room, seconds=20)
    assert position.exit_reason is ExitReason.TIME
    assert f"{room.now.astimezone(NEW_YORK):%H:%M}" == f"{room.settings.zero_dte.time_exit:%H:%M}"


def test_an_account_that_did_not_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    room, asked = holding(monkeypatch)
    room.venue.habits = Habits(unreadable=1)
    room.market.revised += 1
    later(room)
    later(room)
    assert len(asked) == 2
    room.venue.habits = CALM
    room.venue.equity = Decimal(79_000)
    later(room)
    assert room.desk.state.trading_state is TradingState.REDUCING


def test_a_way_out_that_ended_without_a_trade_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The position stays due, so a standing market is no reason to look away."""
    room, _ = holding(monkeypatch)
    room.venue.habits = Habits(refused=1)
    later(room, hours=5, minutes=20)
    tried = ways_out(room)
    for _ in range(8):
        later(room, seconds=1)
    assert ways_out(room) > tried > 0


def ways_out(room: Room) -> int:
    return sum(isinstance(each, GroupCreated) and each.purpose is Purpose.CLOSE for each in room.events)


def test_records_name_their_cause() -> None:
    room = idle().start()
    room.open_spread()
    room.turn(3)
    records = {record.seq: record for record in read_all(room.store, PREFIX)}
    sent = next(record for record in records.values() if isinstance(record.event, OrderSubmitted))
    assert sent.because
    assert sent.because < sent.seq


# -- the end of a day -------------------------------------------------------------------------------------------------


def test_the_high_water_mark_moves_with_money_paid_in() -> None:
    room = idle().start()
    room.desk._flow = lambda: Decimal(5_000)
    room.venue.equity = Decimal(104_000)
    room.desk.end_day(room.now)
    assert room.desk.state.high_water_mark == 105_000
    room.desk._flow = lambda: Decimal(-10_000)
    room.venue.equity = Decimal(94_000)
    room.desk.end_day(room.now + timedelta(days=1))
    assert room.desk.state.high_water_mark == 95_000
    assert len(room.of(EquityMarked)) == 3


def test_a_smaller_phase_closes_what_it_does_not_allow() -> None:
    room = Room().start()
    room.turn(40)
    assert room.venue.book
    before = room.desk.state.phase
    room.venue.equity = Decimal(30_000)
    room.desk.ledger.record(EquityMarked(room.now.date(), Decimal(30_000), Decimal(-70_000)))
    room.desk.end_day(room.now)
    assert room.desk.state.phase is not None
    assert before is not None
    assert room.desk.state.phase < before


def test_a_full_day_is_compacted_and_tells_the_same_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tomking.desk.COMPACT_AFTER", 10)
    room = idle().start()
    room.open_spread()
    room.turn(40)
    room.desk.end_day(room.now)
    assert isinstance(room.store, FaultyStore)
    assert not [key for key in room.store.visible if "/journal/" in key]
    live = digest(room.desk.state)
    again = room.made()
    assert digest(again.state) == live
    assert again.book.holdings() == room.venue.book


def test_finished_groups_are_forgotten_after_a_while_but_not_their_positions() -> None:
    room = idle().start()
    decided = room.open_spread()
    room.turn(40)
    room.now += timedelta(days=4)
    room.desk.end_day(room.now)
    assert decided.group_id not in room.desk.state.groups
    assert room.desk.book.positions[decided.position_id].held
    assert room.desk.book.holdings() == room.venue.book, "the broker still lists the order; it is not taken over anew"
    assert room.desk.state.trading_state is TradingState.ACTIVE


def test_an_expired_position_closes_by_its_settlement() -> None:
    room = idle().start()
    room.open_spread()
    room.turn(40)
    for contract, quantity in dict(room.venue.book).items():
        room.venue.settle(f"S{contract.text}", contract, -quantity, Decimal(0), FillReason.EXPIRED)
    room.turn(1)
    assert room.desk.book.open_positions == ()
    assert room.desk.book.realised > 0
    room.turn(100)
    assert room.desk.state.trading_state is TradingState.ACTIVE


# -- the command line -------------------------------------------------------------------------------------------------


def recorded(folder: Path) -> Room:
    room = idle(store=FileStore(folder)).start()
    room.open_spread()
    room.turn(40)
    room.desk.stop(room.now)
    return room


def test_the_journal_of_a_run_replays_to_the_same_state(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = recorded(tmp_path)
    assert main(["replay", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert digest(room.desk.state) in out
    assert "1 filled" in out


def test_another_state_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(tmp_path)
    path = tmp_path / PREFIX / "digest"
    path.write_text(path.read_text().replace('"digest": "', '"digest": "0'))
    assert main(["replay", str(tmp_path)]) == 1
    assert "DIFFERENT" in capsys.readouterr().out


def test_the_story_of_a_group_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(tmp_path)
    assert main(["show", str(tmp_path), "--group", "alpha"]) == 0
    out = capsys.readouterr().out
    assert "alpha-r1-1  2018-01-05 10:30:00  FILLED: 1 at a net " in out
    assert "        +1 SPXW 2018-01-05 2690 P\n        -1 SPXW 2018-01-05 2710 P\n" in out
    assert "order 1 sent: 1 x the package at " in out
    assert "TRADING IS ACTIVE" in out
    assert "RUN r1" not in out, "of the desk, which was not asked for"


def test_a_damaged_journal_is_reported_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(tmp_path)
    assert main(["verify", str(tmp_path)]) == 0
    first = min((tmp_path / PREFIX / "journal").iterdir())
    first.write_text(first.read_text().replace("r1", "r2", 1))
    assert main(["verify", str(tmp_path)]) == 1
    assert "DAMAGED: record 1" in capsys.readouterr().out


def test_a_word_left_for_a_live_desk_is_obeyed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = recorded(tmp_path)
    assert main(["tell", str(tmp_path), "halt", "I", "am", "asleep"]) == 0
    assert "tomking/live/default reads it within seconds" in capsys.readouterr().out
    room.turn(6)
    assert room.desk.state.trading_text == "I am asleep"
    assert main(["tell", str(tmp_path), "--of", "paper", "halt"]) == 2
    assert main(["show", str(tmp_path)]) == 0
    assert "TRADING IS HALTED, OPERATOR: I am asleep" in capsys.readouterr().out


def test_a_backtest_cannot_be_told_anything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = idle(store=FileStore(tmp_path), mode="backtest").start()
    room.desk.stop(room.now)
    assert main(["tell", str(tmp_path), "halt"]) == 2
    assert "one live desk must be meant, found none" in capsys.readouterr().err


def test_a_folder_without_a_journal_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(tmp_path)]) == 2
    assert main(["show", str(tmp_path / "nowhere")]) == 2
    assert "no journal below" in capsys.readouterr().err


# -- ways out ---------------------------------------------------------------------------------------------------------

LONG, SHORT = put(2690), put(2710)


def test_a_wing_nobody_bids_for_does_not_hold_up_the_exit() -> None:
    quotes = {LONG: quote(0, "0.05"), SHORT: quote("0.05", "0.10")}
    assert closing_packages({LONG: 2, SHORT: -2}, quotes.get) == [((Leg(SHORT, 1),), 2)]
    assert closing_packages({LONG: 2}, quotes.get) == []
    quotes[LONG] = quote("0.05", "0.10", sizes=(0, 5))
    assert closing_packages({LONG: 2}, quotes.get) == [], "a bid carried forward is no bid"
    quotes[LONG] = quote("0.05", "0.10")
    assert closing_packages({LONG: 2, SHORT: -2}, quotes.get) == [((Leg(SHORT, 1), Leg(LONG, -1)), 2)]


def test_shorts_are_bought_back_whatever_their_quote() -> None:
    assert closing_packages({SHORT: -2}, {}.get) == [((Leg(SHORT, 1),), 2)]


def test_a_ratio_is_closed_as_a_package_of_whole_ratios_and_shares_apart() -> None:
    quotes = {LONG: quote("1", "1.10"), SHORT: quote("3", "3.10")}
    assert closing_packages({LONG: 6, SHORT: -3, shares("GOOG"): 100}, quotes.get) == [
        ((Leg(SHORT, 1), Leg(LONG, -2)), 3),
        ((Leg(shares("GOOG"), -1),), 100),
    ]


def test_an_error_from_outside_halts_and_opens_nothing() -> None:
    room = Room()
    desk = room.made()
    desk.start(room.now)
    desk.halt(room.now, "CRASH", "ValueError: nobody foresaw this")
    desk.step(room.now)
    assert desk.state.trading_state is TradingState.HALTED
    assert not desk.ledger.open_groups
    assert any(note.code == "CRASH" for note in desk.state.notes)

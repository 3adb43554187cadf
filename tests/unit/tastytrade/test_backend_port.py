"""The port on the fake server: what is refused, lost, or denied before it is sent, and that nobody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from statistics import median
from time import perf_counter

import pytest
from builders import call, condor, condor_quotes, put, put_spread
from fakes.tastytrade.mischief import Behaviour, Fault
from fakes.tastytrade_room import QUICK, TIMER, TastytradeRoom
from tomking.adapters import tastytrade_worker
from tomking.adapters.tastytrade_order_form import NewOrder
from tomking.adapters.tastytrade_orders import Action
from tomking.adapters.tastytrade_symbols import TastytradeSymbols
from tomking.adapters.tastytrade_translation import new_order
from tomking.adapters.tastytrade_worker import Worker
from tomking.errors import BackendUnreachable, InvalidTransition, OrderRefused
from tomking.events import CloseReason
from tomking.execution.backend import (
    Accepted,
    Filled,
    Lost,
    NotFound,
    OrderReport,
    OrderRequest,
    Reckoned,
    Refused,
    Report,
)
from tomking.market.contract import Right, future, option
from tomking.market.leg import Leg

Request = Callable[[bool], OrderRequest]


@pytest.fixture
def room() -> Iterator[TastytradeRoom]:
    with TastytradeRoom() as made:
        made.quote(condor_quotes())
        yield made


def told(room: TastytradeRoom, *kinds: type[Report], turns: int = 1000) -> list[Report]:
    """What is told until one of each kind has come."""
    found: list[Report] = []
    for _ in range(turns):
        room.settle()
        found += room.backend.drain()
        if all(any(isinstance(report, kind) for report in found) for kind in kinds):
            return found
    raise AssertionError(f"told only {found}")


def closed(reports: list[Report]) -> OrderReport | None:
    return next((each for each in reports if isinstance(each, OrderReport) and each.close_reason is not None), None)


def placed(room: TastytradeRoom) -> int:
    return room.fake.requests.count(("POST", f"/accounts/{room.fake.account}/orders"))


# -- nobody waits ------------------------------------------------------------------------------------------------------


def test_a_submit_returns_in_well_under_a_millisecond(room: TastytradeRoom, spread_request: Request) -> None:
    """While the broker holds the call of the first one: the desk's thread never waits for it."""
    room.fake.stall = 1.0
    room.fake.script.fail("POST", "dry-run", Fault.TIMEOUT_BEFORE)
    taken = []
    for count in range(200):
        request = replace(spread_request(False), order_id=f"alpha-run-{count}.run.1")
        begun = perf_counter()
        room.backend.submit(request)
        taken.append(perf_counter() - begun)
    assert median(taken) < 0.001


def test_a_full_line_turns_away_and_nothing_is_sent(
    room: TastytradeRoom, spread_request: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tastytrade_worker, "MOST_COMMANDS", 0)
    with pytest.raises(OrderRefused, match="QUEUE_FULL"):
        room.backend.submit(spread_request(False))
    with pytest.raises(BackendUnreachable):
        room.backend.cancel("alpha-run-1.run.1")
    assert placed(room) == 0


def test_an_order_that_waited_too_long_is_not_sent(spread_request: Request) -> None:
    with TastytradeRoom(pace=replace(QUICK, patience=-1.0)) as room:
        room.backend.submit(spread_request(False))
        (refusal,) = told(room, Refused)
        assert isinstance(refusal, Refused)
        assert refusal.code == "NOT_SENT"
        assert placed(room) == 0


def test_a_worker_that_died_is_told_and_nothing_is_believed_any_more(
    room: TastytradeRoom, spread_request: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("nobody foresaw this")

    cries: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", cries.append)
    monkeypatch.setattr(room.backend._venue, "place", broken)
    room.backend.submit(spread_request(False))
    room.backend._worker._thread.join(5)
    assert [str(cry.exc_value) for cry in cries] == ["nobody foresaw this"], "the log says it"
    with pytest.raises(InvalidTransition, match="has died"):
        room.backend.drain()


# -- before it is sent -------------------------------------------------------------------------------------------------


def test_the_first_order_of_a_group_is_reckoned_and_the_next_is_not(
    room: TastytradeRoom, spread_request: Request
) -> None:
    first = replace(spread_request(False), limit=Decimal("-5"))
    room.backend.submit(first)
    reports = told(room, Accepted)
    (reckoned,) = [each for each in reports if isinstance(each, Reckoned)]
    assert reckoned.buying_power > 0
    assert reckoned.fees > 0
    room.backend.submit(replace(first, order_id="alpha-run-1.run.2"))
    assert not any(isinstance(each, Reckoned) for each in told(room, Accepted))


def test_what_the_dry_run_refuses_is_denied_and_never_sent(room: TastytradeRoom, spread_request: Request) -> None:
    room.backend.submit(replace(spread_request(False), quantity=500))
    (refusal,) = told(room, Refused)
    assert isinstance(refusal, Refused)
    assert refusal.code == "DRY_RUN_MARGIN_CHECK_FAILED"
    assert "buying power" in refusal.text
    assert placed(room) == 0


def test_more_buying_power_than_allowed_is_denied(room: TastytradeRoom, spread_request: Request) -> None:
    room.backend.submit(replace(spread_request(False), most_buying_power=Decimal(100)))
    reports = told(room, Refused)
    refusal = next(each for each in reports if isinstance(each, Refused))
    assert refusal.code == "BUYING_POWER"
    assert "at most 100.00" in refusal.text
    assert placed(room) == 0


@pytest.mark.parametrize("fault", [Fault.ERROR_500_BEFORE, Fault.DROP_AFTER, Fault.HTML_502_BEFORE])
def test_without_an_answer_to_the_dry_run_nothing_is_opened(
    room: TastytradeRoom, spread_request: Request, fault: Fault
) -> None:
    room.fake.script.fail("POST", "dry-run", fault)
    room.backend.submit(spread_request(False))
    (refusal,) = told(room, Refused)
    assert isinstance(refusal, Refused)
    assert refusal.code == "NO_DRY_RUN"
    assert placed(room) == 0


def test_without_an_answer_to_the_dry_run_what_closes_is_sent(room: TastytradeRoom) -> None:
    for contract, quantity in ((put(2690), -1), (put(2710), 1)):
        room.fake.venue.hold(room.symbols.symbol(contract), "Equity Option", quantity)
    room.fake.script.fail("POST", "dry-run", Fault.ERROR_500_BEFORE)
    room.backend.submit(OrderRequest("alpha-run-2.run.1", put_spread(), 1, Decimal("-1.10"), closing=True))
    report = closed(told(room, Filled, OrderReport))
    assert report is not None
    assert report.close_reason is CloseReason.FILLED
    assert room.fake.ledger.positions() == {}


def test_a_contract_without_a_name_there_is_refused_with_the_reason(room: TastytradeRoom) -> None:
    nameless = option("ES", put(2690).expiry, 2700, Right.PUT, root="EW1", multiplier=50, delivery=put(2690).expiry)  # type: ignore[arg-type]  # the builders' contracts end
    room.backend.submit(OrderRequest("alpha-run-1.run.1", (Leg(nameless, -1),), 1, Decimal(-1), closing=False))
    (refusal,) = told(room, Refused)
    assert isinstance(refusal, Refused)
    assert refusal.code == "UNMAPPABLE_SYMBOL"
    assert "EW1" in refusal.text
    assert placed(room) == 0


# -- what is lost ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault.DROP_AFTER,
        Fault.ERROR_500_AFTER,
        Fault.ERROR_504_AFTER,
        Fault.HTML_502_AFTER,
        Fault.HTML_200_AFTER,
        Fault.EMPTY_200_AFTER,
        Fault.CUT_OFF_AFTER,
    ],
)
def test_an_order_whose_answer_was_lost_is_found_by_its_id_and_never_sent_again(
    room: TastytradeRoom, spread_request: Request, fault: Fault
) -> None:
    room.fake.script.fail("POST", "/orders", Fault.DROP_BEFORE)  # spoils the dry run of another group below
    room.backend.submit(replace(spread_request(False), order_id="other-run-1.run.1"))
    told(room, Refused)
    room.backend.submit(replace(spread_request(False), limit=Decimal("-5")))
    told(room, Accepted)
    room.fake.script.fail("POST", "/orders", fault)
    room.backend.submit(replace(spread_request(False), order_id="alpha-run-1.run.2", limit=Decimal("-5")))
    told(room, Lost)
    with pytest.raises(BackendUnreachable):
        room.backend.look_up("alpha-run-1.run.2")
    reports = [each for each in told(room, OrderReport) if isinstance(each, OrderReport)]
    assert reports[-1].order_id == "alpha-run-1.run.2"
    assert room.fake.venue.submissions.count("alpha-run-1.run.2") == 1


def test_an_order_that_never_arrived_is_not_found(room: TastytradeRoom, spread_request: Request) -> None:
    room.backend.submit(replace(spread_request(False), limit=Decimal("-5")))
    told(room, Accepted)
    room.fake.script.fail("POST", "/orders", Fault.DROP_BEFORE)
    room.backend.submit(replace(spread_request(False), order_id="alpha-run-1.run.2"))
    told(room, Lost)
    with pytest.raises(BackendUnreachable):
        room.backend.look_up("alpha-run-1.run.2")
    assert any(isinstance(each, NotFound) for each in told(room, NotFound))


# -- one order for another ---------------------------------------------------------------------------------------------


def resting(room: TastytradeRoom, request: OrderRequest) -> OrderRequest:
    """An order that works at the broker."""
    order = replace(request, limit=Decimal("-5"))
    room.backend.submit(order)
    told(room, Accepted)
    room.settle()
    room.backend.drain()
    return order


def ends(room: TastytradeRoom, *order_ids: str) -> dict[str, OrderReport]:
    """The last word on each of these orders."""
    last: dict[str, OrderReport] = {}
    for _ in range(1000):
        room.settle()
        last |= {each.order_id: each for each in room.backend.drain() if isinstance(each, OrderReport)}
        if all(order_id in last and last[order_id].close_reason is not None for order_id in order_ids):
            return last
    raise AssertionError(f"told only {last}")


@pytest.mark.parametrize("keeps", [True, False])
def test_what_replaces_is_known_as_ours_even_if_the_broker_drops_our_id(
    room: TastytradeRoom, spread_request: Request, keeps: bool
) -> None:
    room.fake.venue.conditions.keeps_identifiers = keeps
    old = resting(room, spread_request(False))
    new = replace(old, order_id="alpha-run-1.run.2", limit=Decimal("-1.00"))
    room.backend.replace(old.order_id, new)
    last = ends(room, old.order_id, new.order_id)
    assert (last[old.order_id].close_reason, last[old.order_id].fills) == (CloseReason.CANCELED, ())
    assert last[new.order_id].close_reason is CloseReason.FILLED
    assert {fill.order_id for fill in last[new.order_id].fills} == {new.order_id}
    assert {fill.contract for fill in last[new.order_id].fills} == {leg.contract for leg in new.legs}


@pytest.mark.parametrize("keeps", [True, False])
@pytest.mark.parametrize("fault", [Fault.TIMEOUT_AFTER, Fault.ERROR_500_AFTER, Fault.HTML_502_AFTER])
def test_a_replacement_whose_answer_was_lost_is_found_and_never_asked_for_again(
    room: TastytradeRoom, spread_request: Request, fault: Fault, keeps: bool
) -> None:
    room.fake.venue.conditions.keeps_identifiers = keeps
    old = resting(room, spread_request(False))
    room.fake.stall = 0.05
    room.fake.script.fail("PUT", "/orders", fault)
    room.backend.replace(old.order_id, replace(old, order_id="alpha-run-1.run.2", limit=Decimal("-4.95")))
    told(room, Lost)
    with pytest.raises(BackendUnreachable):
        room.backend.look_up("alpha-run-1.run.2")
    found: set[str] = set()
    while "alpha-run-1.run.2" not in found:  # the old one is told too, before or after it
        found |= {each.order_id for each in told(room, OrderReport) if isinstance(each, OrderReport)}
    assert len(room.fake.venue.orders) == 2


def test_what_fills_while_it_is_replaced_is_not_traded_twice(room: TastytradeRoom, spread_request: Request) -> None:
    """The broker drops the new order, and says so of both."""
    request = replace(spread_request(False), quantity=2)
    room.fake.script.by_identifier[request.order_id] = Behaviour(fills=(), replace_aborts=True)
    old = resting(room, request)
    room.backend.replace(old.order_id, replace(old, order_id="alpha-run-1.run.2"))
    last = ends(room, "alpha-run-1.run.2")
    assert (last["alpha-run-1.run.2"].close_reason, last["alpha-run-1.run.2"].fills) == (CloseReason.CANCELED, ())
    room.backend.cancel(old.order_id)
    last = ends(room, old.order_id)
    assert {abs(fill.quantity) for fill in last[old.order_id].fills} == {1}


def test_a_replacement_that_is_refused_changes_nothing(room: TastytradeRoom, spread_request: Request) -> None:
    room.fake.script.by_identifier[spread_request(False).order_id] = Behaviour(status="Dead")
    old = resting(room, spread_request(False))
    room.backend.replace(old.order_id, replace(old, order_id="alpha-run-1.run.2"))
    (refusal,) = [each for each in told(room, Refused, OrderReport) if isinstance(each, Refused)]
    assert (refusal.order_id, refusal.code) == ("alpha-run-1.run.2", "cannot_update_order")
    assert [order.identifier for order in room.fake.venue.orders.values()] == [old.order_id]


def test_an_order_the_broker_has_no_number_for_is_not_replaced(room: TastytradeRoom, spread_request: Request) -> None:
    room.backend.replace("alpha-run-1.run.0", spread_request(False))
    (refusal,) = told(room, Refused)
    assert isinstance(refusal, Refused)
    assert (refusal.code, refusal.was_sent) == ("NOT_SENT", False)


def test_filled_with_one_leg_told_is_looked_at_again_before_it_is_believed(
    room: TastytradeRoom, spread_request: Request
) -> None:
    room.fake.script.orders.append(Behaviour(fills=(1,), skewed=True))
    room.backend.submit(spread_request(False))
    reports: list[Report] = []
    while closed(reports) is None:
        reports += told(room, OrderReport)
    report = closed(reports)
    assert report is not None
    assert {fill.contract for fill in report.fills} == {leg.contract for leg in put_spread()}


def test_an_order_the_venue_cancels_by_itself_has_ended_without_a_fill(
    room: TastytradeRoom, spread_request: Request
) -> None:
    room.fake.script.orders.append(Behaviour(off_tick=True))
    room.backend.submit(spread_request(False))
    reports: list[Report] = []
    while closed(reports) is None:
        reports += told(room, OrderReport)
    report = closed(reports)
    assert report is not None
    assert (report.close_reason, report.fills, report.text) == (CloseReason.CANCELED, (), "U R Out")


def test_what_the_desk_has_no_word_for_is_named_and_left_out(room: TastytradeRoom) -> None:
    room.fake.venue.hold("AAPL9 181218P00100000", "Equity Option", 2)
    room.fake.venue.hold("SPY", "Equity", 7)
    room.restart()
    assert [contract.text for contract in room.backend.positions()] == ["SPY"]
    (line,) = room.backend.foreign
    assert "AAPL9" in line


# -- in their words ----------------------------------------------------------------------------------------------------


def sent(legs: tuple[Leg, ...], *, closing: bool = False, opens: tuple[Leg, ...] = ()) -> NewOrder:
    contracts = tuple(leg.contract for leg in opens)
    request = OrderRequest("a-r-1.r.1", legs, 3, Decimal("-2.20"), closing, contracts)
    return new_order(request, TastytradeSymbols())


def test_an_opening_condor_in_their_words() -> None:
    order = sent(condor())
    assert [(leg.symbol, leg.action, leg.quantity) for leg in order.legs] == [
        ("SPXW  180105P02690000", Action.BUY_TO_OPEN, 3),
        ("SPXW  180105P02710000", Action.SELL_TO_OPEN, 3),
        ("SPXW  180105C02770000", Action.SELL_TO_OPEN, 3),
        ("SPXW  180105C02790000", Action.BUY_TO_OPEN, 3),
    ]
    body = order.body()
    assert (body["price"], body["price-effect"]) == ("2.20", "Credit")
    assert body["external-identifier"] == "a-r-1.r.1"
    assert body["advanced-instructions"] == {"strict-position-effect-validation": True}
    assert body["time-in-force"] == "Day"


def test_a_roll_closes_and_opens_leg_by_leg() -> None:
    out, into = Leg(put(2710), 1), Leg(put(2690), -1)
    assert [leg.action for leg in sent((out, into), closing=True, opens=(into,)).legs] == [
        Action.BUY_TO_CLOSE,
        Action.SELL_TO_OPEN,
    ]


def test_ratios_become_quantities() -> None:
    legs = (Leg(put(2690), 2), Leg(call(2770), -1))
    assert [leg.quantity for leg in sent(legs).legs] == [6, 3]


def test_a_future_is_bought_and_sold_without_open_or_close() -> None:
    from unit.tomking.test_tastytrade_symbols import FRIDAY, TAUGHT

    request = OrderRequest("a-r-1.r.1", (Leg(future("ES", FRIDAY, 50), -1),), 2, Decimal(-7000), closing=True)
    (leg,) = new_order(request, TAUGHT).legs
    assert (leg.symbol, leg.action, leg.quantity) == ("/ESZ6", Action.SELL, 2)


# -- the worker --------------------------------------------------------------------------------------------------------


def test_commands_go_before_questions_and_each_in_its_order() -> None:
    done: list[str] = []
    worker = Worker("test", TIMER)
    for name in ("first question", "second question"):
        worker.question(lambda name=name: done.append(name))  # type: ignore[misc]  # bound by default
    for name in ("first command", "second command"):
        worker.command(lambda name=name: done.append(name))  # type: ignore[misc]  # bound by default
    worker.start()
    while not worker.is_idle:
        TIMER.wait(0.001)
    assert done == ["first command", "second command", "first question", "second question"]
    assert worker.stop(5)
    assert not worker.command(lambda: None), "after the end nothing is taken"


def test_what_is_for_later_is_done_later_and_what_is_repeated_again() -> None:
    done: list[str] = []
    worker = Worker("test", TIMER)
    worker.every(0.002, lambda: done.append("again"))
    worker.later(0.01, lambda: done.append("later"))
    assert not worker.is_idle
    worker.start()
    while "later" not in done or done.count("again") < 3:
        TIMER.wait(0.001)
    assert worker.stop(5)
    assert not worker.died

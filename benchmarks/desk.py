"""The desk: records a second at a start, turns a second when nothing is to be done, and what an order costs."""

# ruff: noqa: ARG002  the fakes answer everybody the same

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter

from tomking.clock import RunId
from tomking.desk import Desk
from tomking.events import (
    CloseReason,
    EquityMarked,
    GroupCreated,
    GroupFinished,
    GroupOutcome,
    LegFilled,
    OrderSubmitted,
    PartialPolicy,
    Purpose,
)
from tomking.execution.backend import (
    Accepted,
    Balances,
    Capabilities,
    Closed,
    Filled,
    OrderReport,
    OrderRequest,
    Report,
)
from tomking.execution.executor import Executor
from tomking.execution.rules import ExecutionRules
from tomking.journal.store import FileStore, MemoryStore
from tomking.ledger import Ledger
from tomking.market.chain import Chain
from tomking.market.contract import Contract, Right, Style, option
from tomking.market.daily import DailyBar
from tomking.market.leg import Leg, reversed_legs
from tomking.market.quote import Quote
from tomking.market.view import Session
from tomking.settings import Settings

from benchmarks import disk
from benchmarks.figure import Figure, best_seconds, usual_in_turns

PREFIX = "tomking/live/default"
BEGIN = datetime(2018, 1, 8, 15, 30, tzinfo=UTC)
"""A Monday morning: nothing is opened."""

A_YEAR, SESSIONS = 50_000, 252
"""Records of a year with some 3,500 trades, and its days; read in less than a second."""

SHORT = Quote(Decimal("2.90"), Decimal("3.00"), BEGIN)
WING = Quote(Decimal("1.90"), Decimal("2.00"), BEGIN)

POSITIONS = 20
ROOM_FOR_ALL = ("phases.max_positions", "zero_dte.max_positions", "correlation.a2")
STEPS = 2_000

ORDERS, TURNS = 20, 75
"""Orders of one group each, in a row, and how often the orders and the bare disk take turns."""


class Market:
    """Every option at the price it was traded for, so that no rule asks for anything; closed when told so."""

    revision = 0

    def __init__(self, *, is_open: bool) -> None:
        self._is_open = is_open

    def spot(self, underlying: str, delivery: date | None = None) -> Decimal | None:
        return Decimal(2740)

    def session_open(self, underlying: str) -> Decimal | None:
        return Decimal(2740)

    def chain(self, underlying: str) -> Chain | None:
        return None

    def quote(self, contract: Contract) -> Quote | None:
        return QUOTES.get(contract, WING)

    def vix(self) -> Decimal | None:
        return Decimal(12)

    def vix_open(self) -> Decimal | None:
        return Decimal(12)

    def daily(self, underlying: str) -> Sequence[DailyBar]:
        return ()

    def iv_rank(self, underlying: str) -> Decimal | None:
        return None

    def at_the_money_volatility(self, underlying: str, days: int) -> Decimal | None:
        return None

    def session(self, underlying: str, day: date) -> Session | None:
        return Session(day, time(9, 30), time(16))

    def is_open(self, underlying: str, now: datetime) -> bool:
        return self._is_open

    def rate(self) -> float:
        return 0.02


class Broker:
    """Holds what it is told, and has nothing to say."""

    capabilities = Capabilities(4)

    def __init__(self, held: Mapping[Contract, int]) -> None:
        self._held = held

    def submit(self, request: OrderRequest) -> None:
        raise AssertionError(f"an idle desk sent {request.order_id}")

    def replace(self, order_id: str, request: OrderRequest) -> None:
        raise AssertionError(f"an idle desk sent {request.order_id}")

    def cancel(self, order_id: str) -> None:
        raise AssertionError(f"an idle desk canceled {order_id}")

    def drain(self) -> Sequence[Report]:
        return ()

    def look_up(self, order_id: str) -> OrderReport | None:
        return None

    def orders(self) -> Sequence[OrderReport]:
        return ()

    def positions(self) -> Mapping[Contract, int]:
        return self._held

    def requirement(self, legs: Sequence[Leg]) -> Decimal | None:
        return None

    def account_value(self) -> Decimal:
        return self.balances().equity

    def balances(self) -> Balances:
        return Balances(Decimal(100_000), Decimal(100_000), Decimal(100_000))


def measure(folder: Path) -> Iterator[Figure]:
    """A start from a year's journal, turns with open positions, and what one order costs besides the disk."""
    yield replay()
    for is_open in (False, True):
        yield idle(is_open=is_open)
    yield from one_order(folder)


def replay() -> Figure:
    """Read, check and fold a year's records."""
    store = MemoryStore()
    ledger = Ledger.opened(store, PREFIX, "year", BEGIN)
    number = 0
    for day in range(1, SESSIONS + 1):
        ledger.now = BEGIN + timedelta(days=day)
        while ledger.state.seq * SESSIONS < A_YEAR * day:
            number += 1
            ledger.now += timedelta(minutes=1)
            trade(ledger, number)
        ledger.record(EquityMarked(ledger.now.date(), Decimal(100_000), Decimal(0)))
    ledger.barrier()
    records = ledger.state.seq
    lines = [line for text in store.texts.values() for line in text.split("\n")]
    return Figure(
        "desk: start from a year's journal",
        "records",
        records / best_seconds(lambda: Ledger.opened(store, PREFIX, "next", BEGIN), runs=6),
        "json.loads of the same lines",
        records / best_seconds(lambda: [json.loads(line) for line in lines]),
    )


def idle(*, is_open: bool) -> Figure:
    """Turns with open positions and nothing to do."""
    store = MemoryStore()
    ledger = Ledger.opened(store, PREFIX, "past", BEGIN)
    for number in range(1, POSITIONS + 1):
        trade(ledger, number, is_closed_again=False)
    desk = Desk(
        settings=Settings.from_parameters({name: ",".join([str(POSITIONS)] * 5) for name in ROOM_FOR_ALL}),
        backend=Broker(ledger.book.holdings()),
        market=Market(is_open=is_open),
        store=store,
        run=RunId("now"),
        mode="live",
        now=BEGIN,
    )
    desk.start(BEGIN)
    desk.step(BEGIN)

    def turns() -> None:
        for _ in range(STEPS):
            desk.step(BEGIN)

    def calls() -> None:
        def nothing() -> None:
            return None

        for _ in range(STEPS * POSITIONS):
            nothing()

    return Figure(
        f"desk: idle step, {POSITIONS} positions, market {'open' if is_open else 'closed'}",
        "steps",
        STEPS / best_seconds(turns),
        "an empty call a position",
        STEPS / best_seconds(calls),
    )


class Filler(Broker):
    """Fills what it is sent, at once and whole, and says so when it is asked for news.

    What it will say is made before: how long a broker takes is not the desk's.
    """

    def __init__(self) -> None:
        super().__init__({})
        self.reached_at = 0.0
        self._inbox: Sequence[Report] = ()
        self._answers: dict[str, Sequence[Report]] = {}

    def expect(self, order_id: str, legs: Sequence[Leg]) -> None:
        """Make up what will be said of one package."""
        fills = [
            Filled(
                f"{order_id}-{number}",
                order_id,
                leg.contract,
                leg.ratio,
                Decimal("2.95") if leg.is_short else Decimal("1.95"),
                Decimal("1.13"),
                BEGIN,
            )
            for number, leg in enumerate(legs)
        ]
        self._answers[order_id] = [Accepted(order_id, "V"), *fills, Closed(order_id, CloseReason.FILLED, "")]

    def submit(self, request: OrderRequest) -> None:
        self.reached_at = perf_counter()
        self._inbox = self._answers.pop(request.order_id)

    def drain(self) -> Sequence[Report]:
        news, self._inbox = self._inbox, ()
        return news


def one_order(folder: Path) -> Iterator[Figure]:
    """All that is done for one order, until the broker has it and until its end, beside what the disk alone takes.

    Until the broker has it: the group's record, the look at the quotes, the plan, the order's record and its fold, and
    the barrier. Until its end: also six reports, their records and folds, the end of the group, and the hand-over of
    what came back as at the end of a turn. The protocol has one barrier an order (what comes back can be asked for
    again, and becomes durable with the next one), so the floor of either is one write and one fdatasync of the bytes
    written by then. They take turns with it, for a disk is not as quick at every moment. What is sent was chosen
    before, and what the broker says to it is his: neither is the order's.
    """
    ledger = Ledger.opened(FileStore(folder / "orders"), PREFIX, "orders", BEGIN)
    broker = Filler()
    executor = Executor(broker, ledger, Market(is_open=True), ExecutionRules(), "orders")
    packages = [legs_of(number) for number in range(ORDERS)]
    numbers = count(1)
    sending: list[float] = []

    def broker_gets_ready() -> None:
        for legs in packages:
            broker.expect(f"zero_dte-orders-{next(numbers)}.orders.1", legs)

    def orders() -> None:
        until_sent = 0.0
        for legs in packages:
            begun = perf_counter()
            one(executor, ledger, legs)
            until_sent += broker.reached_at - begun
        sending.append(until_sent)

    def all_of_them() -> int:
        broker_gets_ready()
        orders()
        return _size_of(ledger)

    before = all_of_them()  # the first ones make the file, and what is made once
    size = (all_of_them() - before) // ORDERS
    sent_size = max(len(line.encode()) for line in _lines(ledger) if '"OrderSubmitted"' in line)
    sending.clear()
    _, whole, floor, floor_of_sending = usual_in_turns(
        (
            broker_gets_ready,
            orders,
            lambda: disk.written(folder, ORDERS, size),
            lambda: disk.written(folder, ORDERS, sent_size),
        ),
        TURNS,
    )
    for name, seconds, least in (
        ("desk: one order, from the decision until the broker has it", median(sending), floor_of_sending),
        ("desk: one order, from the decision to its end", whole, floor),
    ):
        yield Figure(name, "orders", ORDERS / seconds, disk.NAME, ORDERS / least)


def one(executor: Executor, ledger: Ledger, legs: tuple[Leg, ...]) -> None:
    """One order, and the end of the turn it fell into."""
    group_id, net = executor.new_group_id("zero_dte"), Decimal("-1.80")
    group = executor.begin(
        GroupCreated(group_id, "zero_dte", Purpose.OPEN, group_id, legs, 1, PartialPolicy.UNWIND, net, net)
    )
    executor.pump(BEGIN)
    ledger.journal.save()
    if not group.filled:
        raise AssertionError(f"{group_id}: {group.reason}")


def _lines(ledger: Ledger) -> list[str]:
    store = ledger.journal.store
    texts = [store.read(key) or "" for key in store.keys(f"{PREFIX}/journal/")]
    return [line for text in texts for line in text.split("\n")]


def _size_of(ledger: Ledger) -> int:
    return sum(len(line.encode()) + 1 for line in _lines(ledger))


def trade(ledger: Ledger, number: int, *, is_closed_again: bool = True) -> None:
    """A condor opened, and closed again when told so."""
    legs = legs_of(number)
    opening = f"zero_dte-past-{2 * number}"
    carried_out(ledger, opening, opening, Purpose.OPEN, legs)
    if is_closed_again:
        carried_out(ledger, f"zero_dte-past-{2 * number + 1}", opening, Purpose.CLOSE, reversed_legs(legs))


@cache
def legs_of(number: int) -> tuple[Leg, ...]:
    """An iron condor, of one expiry after the other."""
    expiry = date(2018, 3, 16) + timedelta(days=number % 200)
    return (
        Leg(contract(2690, Right.PUT, expiry), 1),
        Leg(contract(2710, Right.PUT, expiry), -1),
        Leg(contract(2770, Right.CALL, expiry), -1),
        Leg(contract(2790, Right.CALL, expiry), 1),
    )


def contract(strike: int, right: Right, expiry: date) -> Contract:
    """An SPXW option."""
    return option("SPX", expiry, strike, right, root="SPXW", style=Style.EUROPEAN)


QUOTES = {leg.contract: SHORT for number in range(200) for leg in legs_of(number) if leg.is_short}


def carried_out(ledger: Ledger, group_id: str, position_id: str, purpose: Purpose, legs: tuple[Leg, ...]) -> None:
    """The records of one group that fills at once."""
    net, order_id = Decimal("-2.00"), f"{group_id}.past.1"
    ledger.record(GroupCreated(group_id, "zero_dte", purpose, position_id, legs, 1, PartialPolicy.UNWIND, net, net))
    ledger.record(OrderSubmitted(order_id, group_id, legs, 1, net, False, purpose is Purpose.CLOSE))
    ledger.barrier()
    for leg in legs:
        # the shorts bring more than the longs cost: a credit, of which nothing is earned yet
        price = Decimal("2.95") if leg.is_short == (purpose is Purpose.OPEN) else Decimal("1.95")
        fill_id = f"{order_id}-{leg.contract.text}"
        ledger.record(LegFilled(fill_id, order_id, leg.contract, leg.ratio, price, Decimal("1.13")))
    ledger.record(GroupFinished(group_id, GroupOutcome.FILLED, "1 at a net -2.00"))
    ledger.barrier()

"""What every backend must do, case by case and numbered; one suite for all of them.

A case is a generator: between its steps it yields, and whoever runs it lets time pass at that broker. `Room` is what a
case may ask for; the numbers are for reports ("the direct route fails C07") and never change their meaning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable
from decimal import Decimal
from typing import Protocol

from tomking.errors import BackendUnreachable, OrderRefused
from tomking.events import CloseReason
from tomking.execution.backend import (
    Accepted,
    Backend,
    Balances,
    Closed,
    Filled,
    NotFound,
    OrderReport,
    OrderRequest,
    OrderStatus,
    Reckoned,
    Refused,
    Report,
)
from tomking.market.contract import Contract
from tomking.market.leg import Leg, reversed_legs

Steps = Generator[None, None, None]
Case = Callable[["Room"], Steps]

PATIENCE = 40
"""Steps a case waits for something that must come."""


class Room(Protocol):
    """A broker with an account, seen by a case.

    Attributes:
        backend: the backend under test.
        legs: a package of four legs that is quoted all the time.
        pair: two of its legs that make a spread, likewise.
        natural: a net price per unit of these legs at which the broker certainly trades them.
        resting: one at which it certainly does not.
        too_many: a quantity of `legs` the account cannot afford.
        remembers_ids: a new process of ours can still ask for an order by our id.
    """

    backend: Backend
    legs: tuple[Leg, ...]
    pair: tuple[Leg, ...]
    too_many: int
    remembers_ids: bool

    def natural(self, legs: tuple[Leg, ...]) -> Decimal: ...

    def resting(self, legs: tuple[Leg, ...]) -> Decimal: ...

    def restart(self) -> None: ...


CASES: dict[str, Case] = {}


def case(number: str) -> Callable[[Case], Case]:
    """Files a case under its number."""

    def filed(made: Case) -> Case:
        assert number not in CASES
        CASES[number] = made
        return made

    return filed


class Trade:
    """One order and what has been told of it."""

    def __init__(self, room: Room, order_id: str, legs: tuple[Leg, ...], quantity: int = 1) -> None:
        self.room = room
        self.order_id = order_id
        self.legs = legs
        self.quantity = quantity
        self.told: list[Report] = []
        self.refusal: OrderRefused | Refused | None = None

    def send(self, limit: Decimal, *, closing: bool = False, at_market: bool = False) -> None:
        request = OrderRequest(self.order_id, self.legs, self.quantity, limit, closing, at_market=at_market)
        try:
            self.room.backend.submit(request)
        except OrderRefused as refusal:
            self.refusal = refusal

    def replace(self, old: Trade, limit: Decimal) -> None:
        try:
            self.room.backend.replace(old.order_id, OrderRequest(self.order_id, self.legs, self.quantity, limit, False))
        except OrderRefused as refusal:
            self.refusal = refusal

    def listen(self, *others: Trade) -> None:
        """Take what has been told; what is told of orders that are not asked for is lost."""
        for report in self.room.backend.drain():
            for trade in (self, *others):
                if getattr(report, "order_id", None) == trade.order_id:
                    trade.told.append(report)
                    if isinstance(report, Refused):
                        trade.refusal = report

    def until(self, done: Callable[[], bool], what: str, *others: Trade) -> Steps:
        for _ in range(PATIENCE):
            self.listen(*others)
            if done():
                return
            yield
        names = [type(report).__name__ for report in self.told]
        raise AssertionError(f"{self.order_id}: {what} never came; refused {self.refusal}; told {names}")

    def has(self, *kinds: type[Report]) -> bool:
        return any(isinstance(report, kinds) for report in self.told)

    @property
    def fills(self) -> dict[str, Filled]:
        """By id, from notices and whole stories alike."""
        found: dict[str, Filled] = {}
        for report in self.told:
            for fill in (report,) if isinstance(report, Filled) else getattr(report, "fills", ()):
                assert found.setdefault(fill.fill_id, fill) == fill, "an id stands for one fill only"
        return found

    @property
    def filled(self) -> dict[Contract, int]:
        total: Counter[Contract] = Counter()
        for fill in self.fills.values():
            total[fill.contract] += fill.quantity
        return dict(total)

    @property
    def wanted(self) -> dict[Contract, int]:
        return {leg.contract: leg.ratio * self.quantity for leg in self.legs}

    @property
    def ended(self) -> CloseReason | None:
        for report in self.told:
            if isinstance(report, Closed):
                return report.reason
            if isinstance(report, OrderReport) and report.close_reason is not None:
                return report.close_reason
        return None

    def works(self) -> Steps:
        """Until the broker has it."""
        yield from self.until(lambda: self.has(Accepted), "the acceptance")

    def ends(self) -> Steps:
        yield from self.until(lambda: self.ended is not None, "the end")

    def looked_up(self) -> Generator[None, None, OrderReport | None]:
        """The broker's word on it, at once or later."""
        for _ in range(PATIENCE):
            try:
                return self.room.backend.look_up(self.order_id)
            except BackendUnreachable:
                self.listen()
                answers = [report for report in self.told if isinstance(report, OrderReport | NotFound)]
                if answers:
                    self.told = [report for report in self.told if report not in answers]
                    return answers[-1] if isinstance(answers[-1], OrderReport) else None
                yield
        raise AssertionError(f"{self.order_id}: a look-up was never answered")


def held(room: Room) -> Generator[None, None, dict[Contract, int]]:
    for _ in range(PATIENCE):
        try:
            return dict(room.backend.positions())
        except BackendUnreachable:
            yield
    raise AssertionError("the holdings were never told")


def listed(room: Room) -> Generator[None, None, dict[str, OrderReport]]:
    for _ in range(PATIENCE):
        try:
            return {report.order_id: report for report in room.backend.orders()}
        except BackendUnreachable:
            yield
    raise AssertionError("the orders were never listed")


def valued(room: Room) -> Generator[None, None, Balances]:
    for _ in range(PATIENCE):
        try:
            found = room.backend.balances()
            assert room.backend.account_value() == found.equity
            return found
        except BackendUnreachable:
            yield
    raise AssertionError("the balances were never told")


def flat(room: Room, number: str, contracts: Iterable[Contract]) -> Steps:
    """Close what a case has left of these contracts, so that the next begins with an empty account."""
    left = {contract: quantity for contract, quantity in (yield from held(room)).items() if contract in set(contracts)}
    for count, (contract, quantity) in enumerate(sorted(left.items(), key=lambda pair: pair[1])):
        legs = (Leg(contract, -1 if quantity > 0 else 1),)
        trade = Trade(room, f"flat-{number}-1.run.{count + 1}", legs, abs(quantity))
        trade.send(room.natural(legs), closing=True)
        yield from trade.ends()
        assert trade.ended is CloseReason.FILLED, trade.told


def opened(room: Room, order_id: str, legs: tuple[Leg, ...], quantity: int = 1) -> Generator[None, None, Trade]:
    trade = Trade(room, order_id, legs, quantity)
    trade.send(room.natural(legs))
    yield from trade.ends()
    assert trade.ended is CloseReason.FILLED, (trade.refusal, trade.told)
    return trade


# -- the cases ----------------------------------------------------------------------------------------------------


@case("C01 a package of four legs is one order, and the backend says that it can")
def c01(room: Room) -> Steps:
    assert room.backend.capabilities.max_legs >= 4
    yield


@case("C02 an order that rests is accepted once and tells no fill")
def c02(room: Room) -> Steps:
    trade = Trade(room, "c-two-1.run.1", room.legs)
    trade.send(room.resting(room.legs))
    yield from trade.works()
    for _ in range(3):
        yield
        trade.listen()
    assert len([each for each in trade.told if isinstance(each, Accepted)]) == 1
    assert not trade.fills
    assert trade.ended is None
    room.backend.cancel(trade.order_id)
    yield from trade.ends()


@case("C03 an order is looked up by our id, and comes back as it was sent")
def c03(room: Room) -> Steps:
    trade = Trade(room, "c-three-1.run.1", room.legs, 2)
    trade.send(room.resting(room.legs))
    yield from trade.works()
    report = yield from trade.looked_up()
    assert report is not None
    assert report.status is OrderStatus.WORKING
    assert (set(report.legs), report.quantity) == (set(trade.legs), 2)
    assert report.fills == ()
    found = (yield from listed(room))[trade.order_id]
    assert found.venue_order_id == report.venue_order_id
    room.backend.cancel(trade.order_id)
    yield from trade.ends()


@case("C04 a cancel ends an order without a fill, and says so")
def c04(room: Room) -> Steps:
    trade = Trade(room, "c-four-1.run.1", room.legs)
    trade.send(room.resting(room.legs))
    yield from trade.works()
    room.backend.cancel(trade.order_id)
    yield from trade.ends()
    assert trade.ended is CloseReason.CANCELED
    report = yield from trade.looked_up()
    assert report is not None
    assert (report.status, report.close_reason) == (OrderStatus.CLOSED, CloseReason.CANCELED)
    assert not trade.fills


@case("C05 a package fills in every leg, in its ratios, and then has ended")
def c05(room: Room) -> Steps:
    trade = yield from opened(room, "c-five-1.run.1", room.legs, 2)
    assert trade.filled == trade.wanted
    assert all(fill.price > 0 and fill.fee >= 0 for fill in trade.fills.values())
    report = yield from trade.looked_up()
    assert report is not None
    assert {fill.fill_id for fill in report.fills} == set(trade.fills)
    yield from flat(room, "five", trade.wanted)


@case("C06 what was told once is not told again under another name")
def c06(room: Room) -> Steps:
    trade = yield from opened(room, "c-six-1.run.1", room.pair)
    ids = set(trade.fills)
    for _ in range(4):
        yield
        trade.listen()
    yield from trade.looked_up()
    trade.listen()
    assert set(trade.fills) <= ids
    yield from flat(room, "six", trade.wanted)


@case("C07 the account holds what was filled, and nothing else")
def c07(room: Room) -> Steps:
    before = yield from held(room)
    trade = yield from opened(room, "c-seven-1.run.1", room.legs)
    after = yield from held(room)
    assert {contract: after.get(contract, 0) - before.get(contract, 0) for contract in trade.wanted} == trade.wanted
    yield from flat(room, "seven", trade.wanted)
    assert (yield from held(room)) == before


@case("C08 a package is closed by one order")
def c08(room: Room) -> Steps:
    yield from opened(room, "c-eight-1.run.1", room.legs)
    legs = reversed_legs(room.legs)
    trade = Trade(room, "c-eight-2.run.1", legs)
    trade.send(room.natural(legs), closing=True)
    yield from trade.ends()
    assert trade.filled == trade.wanted
    assert not {leg.contract for leg in legs} & set((yield from held(room)))


@case("C09 an order that closes never opens")
def c09(room: Room) -> Steps:
    trade = Trade(room, "c-nine-1.run.1", room.pair)
    trade.send(room.natural(room.pair), closing=True)
    yield from trade.until(lambda: trade.refusal is not None, "the refusal")
    assert not trade.fills
    assert not {leg.contract for leg in room.pair} & set((yield from held(room)))


@case("C10 an order that never was is not found")
def c10(room: Room) -> Steps:
    assert (yield from Trade(room, "c-ten-1.run.1", room.legs).looked_up()) is None


@case("C11 what the account cannot afford is refused once, with a reason, and does not exist")
def c11(room: Room) -> Steps:
    trade = Trade(room, "c-eleven-1.run.1", room.legs, room.too_many)
    trade.send(room.natural(room.legs))
    yield from trade.until(lambda: trade.refusal is not None, "the refusal")
    assert trade.refusal is not None
    assert trade.refusal.code
    assert trade.refusal.text
    for _ in range(3):
        yield
        trade.listen()
    assert len([each for each in trade.told if isinstance(each, Refused)]) <= 1
    assert not trade.has(Accepted)
    assert not trade.fills
    assert not {leg.contract for leg in room.legs} & set((yield from held(room)))


@case("C12 a cancel of what has ended changes nothing")
def c12(room: Room) -> Steps:
    trade = yield from opened(room, "c-twelve-1.run.1", room.pair)
    room.backend.cancel(trade.order_id)
    for _ in range(4):
        yield
        trade.listen()
    report = yield from trade.looked_up()
    assert report is not None
    assert report.close_reason is CloseReason.FILLED
    assert trade.filled == trade.wanted
    yield from flat(room, "twelve", trade.wanted)


@case("C13 two orders at a time are told apart")
def c13(room: Room) -> Steps:
    one = Trade(room, "c-thirteen-1.run.1", room.legs)
    other = Trade(room, "c-fourteen-1.run.1", room.pair)
    one.send(room.resting(room.legs))
    other.send(room.natural(room.pair))
    yield from other.until(lambda: other.ended is not None and one.has(Accepted), "an end and an acceptance", one)
    assert (one.ended, other.ended) == (None, CloseReason.FILLED)
    assert not one.fills
    assert other.filled == other.wanted
    room.backend.cancel(one.order_id)
    yield from one.ends()
    yield from flat(room, "thirteen", other.wanted)


@case("C14 the account has a value, and opening takes buying power")
def c14(room: Room) -> Steps:
    value = yield from valued(room)
    assert value.equity > 0
    assert value.buying_power > 0
    requirement = room.backend.requirement(room.legs)
    assert requirement is None or requirement > 0


@case("C15 a new process finds the orders of the old one by our ids")
def c15(room: Room) -> Steps:
    if not room.remembers_ids:
        return
    trade = Trade(room, "c-fifteen-1.run.1", room.legs)
    trade.send(room.resting(room.legs))
    yield from trade.works()
    room.restart()
    found = (yield from listed(room))[trade.order_id]
    assert (found.status, set(found.legs)) == (OrderStatus.WORKING, set(trade.legs))
    room.backend.cancel(trade.order_id)
    yield from trade.ends()
    assert trade.ended is CloseReason.CANCELED


@case("C16 what a dry run said is told before the order is accepted")
def c16(room: Room) -> Steps:
    trade = Trade(room, "c-sixteen-1.run.1", room.legs)
    trade.send(room.resting(room.legs))
    yield from trade.works()
    kinds = [type(each) for each in trade.told]
    if Reckoned in kinds:
        assert kinds.index(Reckoned) < kinds.index(Accepted)
        reckoned = next(each for each in trade.told if isinstance(each, Reckoned))
        assert reckoned.buying_power > 0
    room.backend.cancel(trade.order_id)
    yield from trade.ends()


@case("C17 an order stands in for one that rests, if the broker can; if not it says so, and nothing changes")
def c17(room: Room) -> Steps:
    old = Trade(room, "c-seventeen-1.run.1", room.legs)
    old.send(room.resting(room.legs))
    yield from old.works()
    yield  # in its first instants an order cannot be changed
    new = Trade(room, "c-seventeen-1.run.2", room.legs)
    new.replace(old, room.resting(room.legs) + Decimal("0.05"))
    if not room.backend.capabilities.replaces:
        assert isinstance(new.refusal, OrderRefused)
        assert (yield from new.looked_up()) is None
        report = yield from old.looked_up()
        assert report is not None
        assert report.status is OrderStatus.WORKING
        room.backend.cancel(old.order_id)
        yield from old.ends()
        return
    yield from new.until(lambda: old.ended is not None and new.has(Accepted), "the exchange", old)
    assert (old.ended, old.fills) == (CloseReason.CANCELED, {})
    report = yield from new.looked_up()
    assert report is not None
    assert (report.status, set(report.legs), report.quantity) == (OrderStatus.WORKING, set(new.legs), 1)
    room.backend.cancel(new.order_id)
    yield from new.ends()
    assert not new.fills


@case("C18 an order that stands in for another fills as any other, and only once")
def c18(room: Room) -> Steps:
    if not room.backend.capabilities.replaces:
        return
    before = yield from held(room)
    old = Trade(room, "c-eighteen-1.run.1", room.legs)
    old.send(room.resting(room.legs))
    yield from old.works()
    yield  # in its first instants an order cannot be changed
    new = Trade(room, "c-eighteen-1.run.2", room.legs)
    new.replace(old, room.natural(room.legs))
    yield from new.until(lambda: None not in (old.ended, new.ended), "both ends", old)
    assert (old.ended, new.ended) == (CloseReason.CANCELED, CloseReason.FILLED)
    assert (old.filled, new.filled) == ({}, new.wanted)
    after = yield from held(room)
    assert {contract: after.get(contract, 0) - before.get(contract, 0) for contract in new.wanted} == new.wanted
    yield from flat(room, "eighteen", new.wanted)


@case("C19 nothing stands in for an order that has traded")
def c19(room: Room) -> Steps:
    if not room.backend.capabilities.replaces:
        return
    old = yield from opened(room, "c-nineteen-1.run.1", room.pair)
    new = Trade(room, "c-nineteen-1.run.2", room.pair)
    new.replace(old, room.natural(room.pair))
    yield from new.until(lambda: new.refusal is not None, "the refusal")
    assert (yield from new.looked_up()) is None
    assert not new.fills
    yield from flat(room, "nineteen", old.wanted)


@case("C20 a package that closes goes at market, if the broker can; if not it says so, and no order exists")
def c20(room: Room) -> Steps:
    yield from opened(room, "c-twenty-1.run.1", room.legs)
    legs = reversed_legs(room.legs)
    trade = Trade(room, "c-twenty-2.run.1", legs)
    trade.send(room.resting(legs), closing=True, at_market=True)  # the price is what is expected, and not sent
    if not room.backend.capabilities.combo_market:
        assert isinstance(trade.refusal, OrderRefused)
        assert (yield from trade.looked_up()) is None
        yield from flat(room, "twenty", trade.wanted)
        return
    yield from trade.ends()
    assert trade.ended is CloseReason.FILLED
    assert trade.filled == trade.wanted
    assert not {leg.contract for leg in legs} & set((yield from held(room)))
    report = yield from trade.looked_up()
    assert report is not None
    assert {fill.fill_id for fill in report.fills} == set(trade.fills)


@case("C21 an order at market never opens")
def c21(room: Room) -> Steps:
    trade = Trade(room, "c-twentyone-1.run.1", room.pair)
    trade.send(room.natural(room.pair), closing=True, at_market=True)
    yield from trade.until(lambda: trade.refusal is not None, "the refusal")
    assert not trade.fills
    assert not {leg.contract for leg in room.pair} & set((yield from held(room)))

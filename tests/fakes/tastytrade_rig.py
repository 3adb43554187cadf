"""The rig of the crash tests with Tastytrade as the broker: real sockets and threads, a process that dies and returns.

The stories, the promises and the last check are those of `Rig`. What differs is who answers: the fake server, with
trouble drawn from a seed, behind our client, stream and worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from builders import seconds
from fakes.chaotic_backend import Boundary
from fakes.habits import CALM, Habits
from fakes.market import FakeMarket
from fakes.rig import Rig, Trade
from fakes.tastytrade.mischief import Rates
from fakes.tastytrade.orders import VenueOrder
from fakes.tastytrade_room import TIMER, TastytradeRoom
from tomking.execution.adoption import is_ours
from tomking.execution.backend import Balances, Capabilities, OrderReport, OrderRequest, Report
from tomking.market.contract import Contract
from tomking.market.leg import Leg

HOSTILE = Rates(order=0.3, write=0.15, read=0.1, stream=0.15)
PEACEFUL = Rates(order=0, write=0, read=0, stream=0)
_SHORT_STALL = 0.01


@dataclass(frozen=True)
class Executed:
    """A fill as the broker has it."""

    contract: Contract
    quantity: int


@dataclass(frozen=True)
class Order:
    """An order as the broker has it."""

    fills: tuple[Executed, ...]


class Tastytrade:
    """What `Rig` asks of a broker, answered by the fake; and the `Backend`, answered by ours."""

    def __init__(self, market: FakeMarket, seed: int, now: datetime, boundary: Boundary, *, replaces: bool) -> None:
        self.market = market
        self.boundary = boundary
        self.submissions: list[str] = []
        self.on_submit: Callable[[OrderRequest], None] = lambda request: None
        self.room = TastytradeRoom(seed, now, rates=PEACEFUL, replaces=replaces)
        self.room.fake.stall = _SHORT_STALL
        self._habits = CALM
        self._quoted = -1
        self._quote()

    # -- the broker's own life -----------------------------------------------------------------------------------------

    @property
    def habits(self) -> Habits:
        return self._habits

    @habits.setter
    def habits(self, habits: Habits) -> None:
        self._habits = habits
        self.room.fake.mischief.rates = PEACEFUL if habits == CALM else HOSTILE

    def tick(self, now: datetime) -> None:
        self.room.now = now
        self._quote()
        if self._habits == CALM:
            self._clear_up()
        self.room.settle()

    def _quote(self) -> None:
        if self._quoted != self.market.revised:
            self._quoted = self.market.revised
            self.room.quote(self.market.quotes)

    def _clear_up(self) -> None:
        """The broker's people end what hangs in a status nobody knows."""
        venue = self.room.fake.venue
        with venue.lock:
            for order in venue.orders.values():
                if order.status == "Dead":
                    venue._end(order, "Cancelled")

    def _read_again(self) -> None:
        """A reading of the books that is newer than all that happened."""
        backend, since = self.room.backend, TIMER.elapsed()
        while TIMER.elapsed() < since + 5.0:
            books = backend._venue.books
            if books is not None and books.begun_at >= since:
                return
            backend._worker.question(backend._read)
            self.room.settle()
        raise AssertionError("the books could not be read on a quiet day")

    def hold(self, contract: Contract, quantity: int) -> None:
        """The owner of the account trades for himself; on a good day our next reading of the books shows it."""
        venue, symbol = self.room.fake.venue, self.room.symbols.symbol(contract)
        with venue.lock:
            venue.hold(symbol, "Equity Option", venue.ledger.positions().get(symbol, 0) + quantity)
        if self._habits == CALM:
            self._read_again()

    def disconnect(self) -> None:
        """Our process is gone; another one has come up."""
        self.room.restart()

    def close(self) -> None:
        self.room.backend.stop()
        self.room.fake.stop()

    # -- the truth -----------------------------------------------------------------------------------------------------

    @property
    def taken(self) -> list[str]:
        """Our ids in the orders the broker took, in order; none may be there twice."""
        return [each for each in self.room.fake.venue.submissions if each is not None and is_ours(each)]

    @property
    def orders_by_id(self) -> Mapping[str, Order]:
        found = {}
        with self.room.fake.venue.lock:
            for order in self.room.fake.venue.orders.values():
                if order.identifier is not None:
                    found[order.identifier] = Order(tuple(self._executed(order)))
        return found

    def _executed(self, order: VenueOrder) -> Sequence[Executed]:
        return [
            Executed(self._contract(leg.contract.symbol, leg.contract.instrument_type), leg.direction * fill.quantity)
            for leg in order.legs
            for fill in leg.fills
        ]

    def _contract(self, symbol: str, instrument_type: str) -> Contract:
        return self.room.symbols.contract(symbol, instrument_type)

    @property
    def book(self) -> dict[Contract, int]:
        with self.room.fake.venue.lock:
            held = self.room.fake.ledger.positions()
        return {self._contract(symbol, "Equity Option"): quantity for symbol, quantity in held.items()}

    @property
    def working(self) -> list[str]:
        with self.room.fake.venue.lock:
            return [str(order.identifier) for order in self.room.fake.venue.orders.values() if not order.terminal]

    @property
    def is_quiet(self) -> bool:
        """Nothing works; and whatever happened, a new reading of the books says so too."""
        if self.working or not self.room.backend.is_idle:
            return False
        self._read_again()
        return True

    # -- Backend -------------------------------------------------------------------------------------------------------

    @property
    def capabilities(self) -> Capabilities:
        return self.room.backend.capabilities

    def submit(self, request: OrderRequest) -> None:
        self.boundary("submit")
        self.submissions.append(request.order_id)
        self.on_submit(request)
        self.room.backend.submit(request)
        self.boundary("submitted")

    def replace(self, order_id: str, request: OrderRequest) -> None:
        self.boundary("replace")
        self.submissions.append(request.order_id)
        self.on_submit(request)
        self.room.backend.replace(order_id, request)
        self.boundary("replaced")

    def cancel(self, order_id: str) -> None:
        self.boundary("cancel")
        self.room.backend.cancel(order_id)
        self.boundary("canceled")

    def drain(self) -> Sequence[Report]:
        told = self.room.backend.drain()
        if told:
            self.boundary("drain")
        return told

    def look_up(self, order_id: str) -> OrderReport | None:
        self.boundary("look_up")
        return self.room.backend.look_up(order_id)

    def orders(self) -> Sequence[OrderReport]:
        self.boundary("orders")
        return self.room.backend.orders()

    def positions(self) -> Mapping[Contract, int]:
        self.boundary("positions")
        return self.room.backend.positions()

    def requirement(self, legs: Sequence[Leg]) -> Decimal | None:
        return self.room.backend.requirement(legs)

    def account_value(self) -> Decimal:
        return self.room.backend.account_value()

    def balances(self) -> Balances:
        return self.room.backend.balances()


class TastytradeRig(Rig):
    """`Rig` on a Tastytrade; its stories are the same but longer, and so are the promises.

    Attributes:
        rounds: how often each trade is begun, to open or to close, in a story.
    """

    TURN = seconds(5)
    ROUGH_TURNS = 60

    def __init__(self, seed: int, habits: Habits, *, deaths: tuple[int, ...] = (), rounds: int = 8) -> None:
        super().__init__(seed, habits, deaths=deaths, goes_on=True)
        self.rounds = rounds
        self.direct = Tastytrade(self.market, seed, self.now, self._boundary, replaces=self.replaces_in(seed))
        self.direct.on_submit = self._sent
        self.direct.habits = habits
        self.venue = self.direct  # type: ignore[assignment]  # it has all that a rig asks for

    @staticmethod
    def replaces_in(seed: int) -> bool:
        """In this story prices are walked by replacing orders."""
        return seed // 2 % 2 == 1

    def _is_done(self, trade: Trade) -> bool:
        return self.begun.get(trade.strategy, 0) >= self.rounds

    def check_end(self, *, replays: bool = True) -> None:
        super().check_end(replays=replays)
        taken = self.direct.taken
        twice = sorted({each for each in taken if taken.count(each) > 1})
        assert not twice, f"the broker has taken twice: {twice}"

    def close(self) -> None:
        self.direct.close()

"""A desk on a chaotic broker with trades of its own, that can die anywhere and be started again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from random import Random

from builders import NOON, condor, condor_quotes, created, lt112, put_spread, seconds
from fakes.chaotic_backend import CALM, ChaoticBackend, Habits
from fakes.faulty_store import FaultyStore
from fakes.market import FakeMarket
from tomking.clock import RunId
from tomking.desk import Desk
from tomking.events import GroupOutcome, PartialPolicy, Purpose, TradingState
from tomking.execution.backend import OrderRequest
from tomking.execution.pricing import package_price
from tomking.exiting import closing_packages
from tomking.journal.journal import journal_prefix
from tomking.ledger import Ledger
from tomking.market.leg import Leg
from tomking.settings import Settings
from tomking.state import digest

SETTINGS = Settings.from_parameters({"zero_dte.enabled": "false", "futures_strangle.enabled": "false"})
PREFIX = journal_prefix("live", SETTINGS.desk.deployment)


class Died(BaseException):
    """The process is gone. Not an Exception, so that nothing can catch it by accident."""


@dataclass
class Trade:
    """A trade the script wants: opened once, closed once after it is on."""

    strategy: str
    legs: tuple[Leg, ...]
    quantity: int
    policy: PartialPolicy
    starts: int


def trades(chance: Random) -> list[Trade]:
    """Two trades in overlapping contracts."""
    shapes = [("alpha", condor()), ("beta", lt112()), ("gamma", put_spread())]
    chosen = chance.sample(shapes, 2)
    return [
        Trade(name, legs, chance.randrange(1, 4), chance.choice(list(PartialPolicy)), chance.randrange(3))
        for name, legs in chosen
    ]


class Rig:
    """One seeded story: trades are opened and closed while the broker misbehaves and the process dies.

    Attributes:
        deaths: numbers of the boundaries (counted over the whole story) at which the process dies.
        losing: flushed records that are lost at each death as well; a disk that lies.
    """

    ROUGH_TURNS = 25
    MOST_TURNS = 600

    def __init__(
        self,
        seed: int,
        habits: Habits = CALM,
        *,
        max_legs: int = 4,
        deaths: tuple[int, ...] = (),
        losing: int = 0,
    ) -> None:
        self.chance = Random(seed)
        self.market = FakeMarket(condor_quotes())
        self.store = FaultyStore(self._boundary)
        self.venue = ChaoticBackend(self.market, habits, seed=seed, max_legs=max_legs, boundary=self._boundary)
        self.venue.on_submit = self._sent
        self.script = trades(self.chance)
        self.now: datetime = NOON
        self.turns = 0
        self.boundaries: list[str] = []
        self.deaths = deaths
        self.losing = losing
        self.runs = 0
        self.faults: list[str] = []
        self.begun: dict[str, int] = {}
        self._desk: Desk | None = None

    @property
    def desk(self) -> Desk:
        assert self._desk is not None
        return self._desk

    # -- the story -----------------------------------------------------------------------------------------------------

    def tell(self) -> None:
        """From the first start to the quiet end."""
        while True:
            try:
                if self._desk is None:
                    self._start()
                while not (self._is_over() and self._is_confirmed()):
                    self.turn()
            except Died:
                self._desk = None
                self.venue.disconnect()
                self.store.lose_unflushed(self.chance)
                self.store.lose_records(self.losing)
            else:
                return

    def turn(self) -> None:
        """One second."""
        self.turns += 1
        if self.turns > self.MOST_TURNS:
            raise AssertionError(f"never came to rest: {[group.group_id for group in self.desk.ledger.open_groups]}")
        self.now += seconds(1)
        if self.turns == self.ROUGH_TURNS:
            self.venue.habits = CALM
        if self.turns % 7 == 0:
            self.market.shift(self.chance.choice((Decimal("-0.05"), Decimal("0.05"))))
        self.market.confirm(self.now)
        self.venue.tick(self.now)
        self.desk.ledger.now = self.now
        self._follow_script()
        self.desk.step(self.now)
        self._look()

    def _start(self) -> None:
        self.runs += 1
        self._desk = Desk(
            settings=SETTINGS,
            backend=self.venue,
            market=self.market,
            store=self.store,
            run=RunId(f"r{self.runs}"),
            mode="live",
            now=self.now,
        )
        self._desk.start(self.now)

    def _is_over(self) -> bool:
        desk = self.desk
        at_rest = (
            self.turns > self.ROUGH_TURNS and desk.is_ready and not desk.ledger.open_groups and self.venue.is_quiet
        )
        halted = desk.state.trading_state is TradingState.HALTED
        if desk.state.mismatch:
            return self.turns > self.ROUGH_TURNS and not desk.ledger.open_groups and self.venue.is_quiet
        return at_rest and (halted or all(self._is_done(trade) for trade in self.script))

    def _is_confirmed(self) -> bool:
        """A last reading of the broker's books changes nothing any more."""
        seq = self.desk.state.seq
        self.desk.end_day(self.now)
        at_rest = not self.desk.ledger.open_groups and self.venue.is_quiet
        return self.desk.state.seq == seq + 1 and at_rest  # the mark alone

    def _is_done(self, trade: Trade) -> bool:
        return self.begun.get(trade.strategy, 0) >= 3

    def _follow_script(self) -> None:
        """Open each trade once, close what is on; a few attempts, then let it be."""
        desk = self.desk
        if not desk.is_ready or desk.state.trading_state is not TradingState.ACTIVE:
            return
        for trade in self.script:
            if self.turns < trade.starts or self._is_done(trade):
                continue
            if any(group.strategy == trade.strategy for group in desk.ledger.open_groups):
                continue
            positions = [each for each in desk.book.open_positions if each.strategy == trade.strategy]
            if positions:
                legs, quantity = closing_packages(positions[0].held, self.market.quote)[0]
                self._begin(trade, legs, quantity, Purpose.CLOSE, positions[0].position_id)
            elif desk.executor.refusal(Purpose.OPEN, trade.legs) is None:
                self._begin(trade, trade.legs, trade.quantity, Purpose.OPEN, None)

    def _begin(
        self, trade: Trade, legs: tuple[Leg, ...], quantity: int, purpose: Purpose, position_id: str | None
    ) -> None:
        self.begun[trade.strategy] = self.begun.get(trade.strategy, 0) + 1
        price = package_price(legs, self.market.quote)
        assert price is not None
        self.desk.executor.begin(
            created(
                legs,
                quantity,
                group_id=self.desk.executor.new_group_id(trade.strategy),
                purpose=purpose,
                position_id=position_id,
                policy=trade.policy if purpose is Purpose.OPEN else PartialPolicy.KEEP,
                worst_net=price.natural,
                expected_net=price.mid,
            )
        )

    # -- what must always be true --------------------------------------------------------------------------------------

    def _boundary(self, name: str) -> None:
        self.boundaries.append(name)
        if len(self.boundaries) in self.deaths:
            raise Died(f"at {name}, boundary {len(self.boundaries)}")

    def _sent(self, request: OrderRequest) -> None:
        if self.venue.submissions.count(request.order_id) > 1:
            self.faults.append(f"{request.order_id} was sent twice")
        if not any(f'"order_id":"{request.order_id}"' in text for text in self.store.durable.values()):
            self.faults.append(f"{request.order_id} was sent before it was durable")

    def _look(self) -> None:
        for group in self.desk.ledger.open_groups:
            if len(group.working_orders) > 1 and not group.reopened and self.losing == 0:
                self.faults.append(f"{group.group_id} has two working orders")

    def check_end(self) -> None:
        """Everything the design promises, once all is quiet."""
        self.deaths = ()
        desk = self.desk
        assert not self.faults, self.faults
        assert not desk.dead
        assert desk.book.holdings() == self.venue.book, "book and broker differ"
        assert not self.venue.working, "an order is left working"
        for group in desk.state.groups.values():
            assert group.outcome is not None
            if group.outcome is GroupOutcome.STRANDED:
                assert desk.state.trading_state is TradingState.HALTED
                continue
            assert group.is_balanced, f"{group.group_id} ended {group.outcome.value} out of balance"
            held = group.units
            if group.purpose is Purpose.OPEN and group.policy is PartialPolicy.UNWIND:
                assert held in (0, group.quantity)
            assert (group.outcome is GroupOutcome.FILLED) == (held == group.quantity)
        self.check_replay()

    def check_replay(self) -> None:
        """The journal tells the same state, told once or twice."""
        self.desk.ledger.barrier()
        live = digest(self.desk.state)
        for _ in range(2):
            again = Ledger.opened(self.store, PREFIX, "replay", self.now)
            assert not again.poisoned, again.poisoned
            assert digest(again.state) == live, "the journal tells another state"

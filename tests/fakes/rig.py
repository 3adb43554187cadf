"""A desk on a chaotic broker with trades of its own, that can die anywhere and be started again.

What dies with the process is the desk, and nothing else: the broker, the market and the disk go on. So a death needs no
telling anew from the beginning: at any boundary `Rig.after_death` gives what is left of the world, and the telling
goes on from there beside the one in which nothing happened. Both ways lead to the same end, and a test says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from random import Random

from builders import NOON, condor, condor_quotes, created, lt112, put, put_spread, seconds
from fakes.chaotic_backend import ChaoticBackend
from fakes.faulty_store import FaultyStore
from fakes.habits import CALM, ROUGH, WILD, Habits
from fakes.market import FakeMarket
from tomking.clock import RunId
from tomking.desk import Desk
from tomking.events import GroupOutcome, LegFilled, PartialPolicy, Purpose, TradingState
from tomking.execution.adoption import group_id_of
from tomking.execution.backend import OrderRequest
from tomking.execution.group import OrderGroup
from tomking.execution.order import Order
from tomking.execution.pricing import package_price
from tomking.execution.roll import RollTerms, roll_group
from tomking.exiting import closing_packages
from tomking.journal.journal import journal_prefix
from tomking.journal.reading import read_all
from tomking.ledger import Ledger
from tomking.market.contract import Contract
from tomking.market.leg import Leg, package, reversed_legs
from tomking.operator import COMMANDED
from tomking.positions.position import MultiLegPosition
from tomking.settings import Settings
from tomking.state import State, apply, digest

SETTINGS = Settings.from_parameters(
    {
        "zero_dte.enabled": "false",
        "futures_strangle.enabled": "false",
        "execution.max_pending_groups": "3",
        "execution.step_fraction": "0.25",
    }
)
HASTY = Settings.from_parameters(
    {
        "zero_dte.enabled": "false",
        "futures_strangle.enabled": "false",
        "execution.max_pending_groups": "3",
        "execution.step_fraction": "0.50",
        "execution.max_steps": "1",
        "execution.group_seconds": "14",
    }
)
"""Prices are soon walked to their end: for stories at a broker that takes packages at market."""

RARELY, MOSTLY = 0.04, 0.8
"""How often in a turn somebody takes a limit that closes, and one that opens, in such stories: else nothing would be
left for the market, or nothing would be on.
"""

PREFIX = journal_prefix("live", SETTINGS.desk.deployment)


class Died(BaseException):
    """The process is gone. Not an Exception, so that nothing can catch it by accident."""


class Broken(AssertionError):
    """A promise was not kept."""


@dataclass
class Trade:
    """A trade the script wants: opened once, rolled once where it is to be, closed once after it is on."""

    strategy: str
    legs: tuple[Leg, ...]
    quantity: int
    policy: PartialPolicy
    starts: int
    roll_to: tuple[Leg, ...] = ()
    into_new_position: bool = False


def trades(chance: Random) -> list[Trade]:
    """Two or three trades in overlapping contracts; the put spread is rolled down."""
    lower = package(Leg(put(2680), 1), Leg(put(2700), -1))
    shapes = [("alpha", condor(), ()), ("beta", lt112(), ()), ("gamma", put_spread(), lower)]
    return [
        Trade(
            name,
            legs,
            chance.randrange(1, 4),
            chance.choice(list(PartialPolicy)),
            chance.randrange(3),
            roll_to,
            chance.random() < 0.5,
        )
        for name, legs, roll_to in chance.sample(shapes, chance.choice((2, 2, 3)))
    ]


class Rig:
    """One seeded story: trades are opened and closed while the broker misbehaves and the process dies.

    Attributes:
        deaths: numbers of the boundaries (counted over the whole story) at which the process dies.
        losing: flushed records that are lost at each death as well; a disk that lies.
        on_boundary: told the number of every boundary; a crash test leaves the story there.
        wants: the script still asks for trades; after a death it only waits for rest, unless `goes_on`.
        faults: promises that were broken on the way.
        users: what the account holds beside the desk, which nobody but its owner may touch.
        length: boundaries of the whole story, known at its end.
    """

    TURN = seconds(2)
    ROUGH_TURNS = 15
    ROUGH_TURNS_AFTER_DEATH = 6
    MOST_TURNS = 500

    def __init__(
        self,
        seed: int,
        habits: Habits = CALM,
        *,
        max_legs: int = 4,
        deaths: tuple[int, ...] = (),
        losing: int = 0,
        goes_on: bool = False,
        grows: bool = False,
        replaces: bool = False,
        combo_market: bool = False,
    ) -> None:
        self.chance = Random(seed)
        self.market = FakeMarket(condor_quotes())
        self.store = FaultyStore(self._boundary, grows=grows)
        self.venue = ChaoticBackend(
            self.market,
            habits,
            seed=seed,
            max_legs=max_legs,
            replaces=replaces,
            combo_market=combo_market,
            boundary=self._boundary,
        )
        is_hasty = combo_market and max_legs > 1
        self.settings = HASTY if is_hasty else SETTINGS
        self.venue.on_submit = self._sent
        if is_hasty:
            self.venue.habits = replace(habits, fills=MOSTLY, fills_closing=RARELY, fills_market=habits.fills)
        self.script = trades(self.chance)
        self.now: datetime = NOON
        self.turns = 0
        self.calm_at = self.ROUGH_TURNS * (2 if is_hasty else 1)
        self.boundary = self.length = 0
        self.boundary_names: list[str] = []
        self.on_boundary: Callable[[int], None] = lambda number: None
        self.deaths = deaths
        self.losing = losing
        self.goes_on = goes_on
        self.wants = True
        self.runs = 0
        self.faults: list[str] = []
        self.users: dict[Contract, int] = {}
        self.begun: dict[str, int] = {}
        self.rolled: set[str] = set()
        self._desk: Desk | None = None
        if habits in (ROUGH, WILD) and self.chance.random() < 0.5:  # enough for some legs, and not for others
            self.venue.buying_power = self.chance.choice((Decimal(6_000), Decimal(90_000), Decimal(250_000)))

    @property
    def desk(self) -> Desk:
        assert self._desk is not None
        return self._desk

    # -- the story -----------------------------------------------------------------------------------------------------

    def tell(self) -> None:
        """From the first start, or the first after a death, to the quiet end."""
        while True:
            try:
                if self._desk is None:
                    self.start()
                while not (self.is_over and self.is_confirmed):
                    self.turn()
            except Died:
                self.die()
            else:
                self.length = self.boundary
                return

    def turn(self) -> None:
        """Two seconds."""
        self.turns += 1
        if self.turns > self.MOST_TURNS:
            raise Broken(f"never came to rest: {[group.group_id for group in self.desk.ledger.open_groups]}")
        self.now += self.TURN
        if self.turns == self.calm_at:
            self.venue.habits = CALM
        if self.turns % 5 == 0:
            self.market.confirm(self.now)
        self.venue.tick(self.now)
        self.desk.ledger.now = self.now
        if self.wants:
            self._follow_script()
        self.desk.step(self.now)
        self._look()

    def start(self) -> None:
        self.runs += 1
        self._desk = Desk(
            settings=self.settings,
            backend=self.venue,
            market=self.market,
            store=self.store,
            run=RunId(f"r{self.runs}"),
            mode="live",
            now=self.now,
        )
        self._desk.start(self.now)

    def die(self) -> None:
        """The process is gone, and with it what it knew."""
        self._desk = None
        self.venue.disconnect()
        self.store.lose_unflushed(self.chance)
        self.store.lose_records(self.losing)
        self.wants = self.goes_on
        self.calm_at = max(self.turns + 1, min(self.calm_at, self.turns + self.ROUGH_TURNS_AFTER_DEATH))

    def after_death(self, losing: int, deaths: tuple[int, ...] = ()) -> Rig:
        """What is left if the process dies here and now; this story goes on undisturbed."""
        twin = copy(self)
        twin.chance = Random()
        twin.chance.setstate(self.chance.getstate())
        twin.market = self.market.copied()
        twin.store = self.store.copied(twin._boundary)
        twin.venue = self.venue.copied(twin.market, twin._boundary)
        twin.venue.on_submit = twin._sent
        twin.on_boundary = lambda number: None
        twin.boundary_names, twin.faults = self.boundary_names[:], self.faults[:]
        twin.users = self.users.copy()
        twin.begun, twin.rolled = self.begun.copy(), self.rolled.copy()
        twin.losing, twin.deaths = losing, deaths
        twin.die()
        return twin

    def user_trades(self, contract: Contract, quantity: int) -> None:
        """The owner of the account trades for himself, beside the desk."""
        self.users[contract] = self.users.get(contract, 0) + quantity
        self.venue.hold(contract, quantity)

    @property
    def expected_holdings(self) -> dict[Contract, int]:
        """What the broker should show: the desk's holdings and the user's."""
        total = Counter(self.users)
        total.update(self.desk.book.holdings())
        return {contract: quantity for contract, quantity in total.items() if quantity}

    def forget(self) -> None:
        """Cut what leads in a circle, so that memory is free at once: a million tellings wait for no collector."""
        for each in (self.desk.atomic, self.desk, self.venue, self.store, self):
            vars(each).clear()

    @property
    def is_over(self) -> bool:
        desk = self.desk
        if self.turns < self.calm_at or desk.ledger.open_groups or not self.venue.is_quiet:
            return False
        if desk.state.mismatch or desk.state.trading_state is TradingState.HALTED:
            return True
        return desk.is_ready and not (self.wants and any(not self._is_done(trade) for trade in self.script))

    @property
    def is_confirmed(self) -> bool:
        """A last reading of the broker's books changes nothing any more."""
        seq = self.desk.state.seq
        self.desk.end_day(self.now)
        at_rest = not self.desk.ledger.open_groups and self.venue.is_quiet
        return self.desk.state.seq == seq + 1 and at_rest  # the mark alone

    def _is_done(self, trade: Trade) -> bool:
        return self.begun.get(trade.strategy, 0) >= 2

    def _follow_script(self) -> None:
        """Open each trade once, roll what is to be rolled, close what is on; a few attempts, then let it be."""
        desk = self.desk
        if not desk.is_ready or desk.state.trading_state is not TradingState.ACTIVE:
            return
        for trade in self.script:
            if self.turns < trade.starts or self._is_done(trade):
                continue
            if any(group.strategy == trade.strategy for group in desk.ledger.open_groups):
                continue
            positions = [each for each in desk.book.open_positions if each.strategy == trade.strategy]
            if positions and trade.roll_to and trade.strategy not in self.rolled:
                self.rolled.add(trade.strategy)
                self._roll(trade, positions[0])
            elif positions:
                legs, quantity = closing_packages(positions[0].held, self.market.quote)[0]
                self._begin(trade, legs, quantity, Purpose.CLOSE, positions[0].position_id)
            elif desk.executor.refusal(Purpose.OPEN, trade.legs) is None:
                self._begin(trade, trade.legs, trade.quantity, Purpose.OPEN, None)
            elif self.turns >= self.calm_at and not desk.ledger.open_groups:
                self.begun[trade.strategy] = 2  # nothing is at work that could make room for it: let it be

    def _roll(self, trade: Trade, position: MultiLegPosition) -> None:
        """Exchange what is held for the new package; what is not held as it was built is left to be closed."""
        if position.held != {leg.contract: leg.ratio * position.units for leg in trade.legs}:
            return
        legs = (*reversed_legs(trade.legs), *trade.roll_to)
        price, executor = package_price(legs, self.market.quote), self.desk.executor
        denial = executor.roll_refusal(legs, position)
        if price is None or denial is not None:
            return
        terms = RollTerms(
            legs=legs, quantity=position.units, worst_net=price.natural, into_new_position=trade.into_new_position
        )
        decided = roll_group(terms, position, executor.new_group_id(trade.strategy), self.market.quote)
        assert decided is not None
        executor.begin(decided)

    def _begin(
        self,
        trade: Trade,
        legs: tuple[Leg, ...],
        quantity: int,
        purpose: Purpose,
        position_id: str | None,
    ) -> None:
        self.begun[trade.strategy] = self.begun.get(trade.strategy, 0) + 1
        price = package_price(legs, self.market.quote)
        assert price is not None
        is_urgent = purpose is Purpose.CLOSE and self.venue.capabilities.combo_market
        self.desk.executor.begin(
            created(
                legs,
                quantity,
                group_id=self.desk.executor.new_group_id(trade.strategy),
                purpose=purpose,
                position_id=position_id,
                policy=trade.policy if purpose is Purpose.OPEN else PartialPolicy.KEEP,
                worst_net=None if is_urgent else price.natural,
                expected_net=price.mid,
            )
        )

    # -- what must always be true --------------------------------------------------------------------------------------

    def _boundary(self, name: str) -> None:
        self.boundary += 1
        self.boundary_names.append(name)
        self.on_boundary(self.boundary)
        if self.boundary in self.deaths:
            raise Died(f"at {name}, boundary {self.boundary}")

    def _sent(self, request: OrderRequest) -> None:
        if self.venue.submissions.count(request.order_id) > 1:
            self.faults.append(f"{request.order_id} was sent twice")
        if not any(f'"order_id":"{request.order_id}"' in text for text in reversed(self.store.durable.values())):
            self.faults.append(f"{request.order_id} was sent before it was durable")
        if self.desk.state.trading_state is TradingState.REDUCING:
            self._look_for_increase(request)
        if request.at_market:
            self._look_at_market(request)

    def _look_at_market(self, request: OrderRequest) -> None:
        """At market goes a package that closes, once a group, on two-sided quotes, when no other order works."""
        group = self.desk.state.group_of(request.order_id)
        assert group is not None
        if request.opens or not request.closing or len(request.legs) < 2:
            self.faults.append(f"{request.order_id} is no package that closes, and at market")
        if len(group.working_orders) != 1:
            self.faults.append(f"{request.order_id} is sent at market beside another order")
        if sum(order.at_market for order in group.orders.values()) != 1:
            self.faults.append(f"{request.order_id} is the second at market")
        quotes = [self.market.quotes[leg.contract] for leg in request.legs]
        if any(not quote.has_bid or quote.bid >= quote.ask for quote in quotes):
            self.faults.append(f"{request.order_id} is sent at market on poor quotes")

    def _look_for_increase(self, request: OrderRequest) -> None:
        """What only reduces leaves no leg of its position larger, nor on the other side of nothing."""
        group = self.desk.state.group_of(request.order_id)
        assert group is not None
        is_incoming = {leg.contract for leg in group.incoming}
        for leg in request.legs:
            rolled = group.created.rolled_into if leg.contract in is_incoming else ""
            position = self.desk.book.positions[rolled or group.created.position_id]
            held, traded = position.held.get(leg.contract, 0), leg.ratio * request.quantity
            if held * traded >= 0 or abs(traded) > abs(held):
                self.faults.append(f"{request.order_id} trades {traded} of {held} {leg.contract.text} while reducing")

    def _look(self) -> None:
        for group in self.desk.ledger.open_groups:
            is_revived = group.reopened or any(order.remarks for order in group.orders.values())
            if len(group.rival_orders) > 1 and not is_revived and self.losing == 0:
                self.faults.append(f"{group.group_id} has two working orders")
            if self.venue.capabilities.max_legs == 1 and group.purpose is Purpose.OPEN and self.losing == 0:
                self._look_for_cover(group)

    def _look_for_cover(self, group: OrderGroup) -> None:
        """Leg by leg, shorts never exceed what longs cover, unless an order given up for lost came back to life.

        Or an order traded after its end, beside the one that replaced it.
        """
        late = self.venue.traded_late & group.orders.keys()
        if late or group.reopened or any(order.remarks or self._was_denied(order) for order in group.orders.values()):
            return
        held = self.truth_of(group.group_id)
        covered = min(Decimal(held.get(leg.contract, 0)) / leg.ratio for leg in group.legs if not leg.is_short)
        for leg in group.legs:
            if leg.is_short and Decimal(held.get(leg.contract, 0)) / leg.ratio > covered:
                self.faults.append(f"{group.group_id} is short {leg.contract.text} beyond its longs: {held}")

    def _was_denied(self, order: Order) -> bool:
        """The broker has it, and said that it does not for as long as the rules want to hear it."""
        if order.is_working or order.not_found_since is None or order.not_found_until is None:
            return False
        span = self.desk.executor.rules.not_found_span
        return order.order_id in self.venue.orders_by_id and order.not_found_until - order.not_found_since >= span

    def truth_of(self, group_id: str) -> dict[Contract, int]:
        """What the broker executed for a group, by contract."""
        held: dict[Contract, int] = {}
        for order_id, order in self.venue.orders_by_id.items():
            if order.fills and group_id_of(order_id) == group_id:
                for fill in order.fills:
                    held[fill.contract] = held.get(fill.contract, 0) + fill.quantity
        return {contract: quantity for contract, quantity in held.items() if quantity}

    def check_end(self, *, replays: bool = True) -> None:
        """Everything the design promises, once all is quiet.

        Raises:
            Broken: a promise was not kept.
        """
        self.deaths, self.on_boundary = (), lambda number: None
        desk = self.desk
        _insist(not self.faults, "; ".join(self.faults))
        _insist(not desk.dead, desk.dead)
        _insist(self.expected_holdings == self.venue.book, "book and broker differ")
        _insist(not desk.state.mismatch, desk.state.mismatch)
        _insist(not self.venue.working, "an order is left working")
        for group in desk.state.groups.values():
            self._check_group(group)
        if replays:
            self.check_replay()

    def _check_group(self, group: OrderGroup) -> None:
        name = group.group_id
        _insist(group.outcome is not None, f"{name} has not ended")
        # by group, not only in sum: what one trade holds is never taken from another in the same contracts
        _insist(group.held == self.truth_of(name), f"{name}: the broker executed something else than is recorded")
        if group.outcome is GroupOutcome.STRANDED:
            state = self.desk.state
            calls = [i for i, note in enumerate(state.notes) if note.code == "STRANDED" and name in note.text]
            _insist(bool(calls), f"{name}: nobody called")
            # trading goes on after a call only on a person's word
            lifted = any(note.code == COMMANDED and "trading again" in note.text for note in state.notes[calls[-1] :])
            is_halted = state.trading_state is TradingState.HALTED
            _insist(is_halted or lifted, f"{name} is stranded and trading goes on")
            return
        _insist(group.is_balanced, f"{name} ended {group.outcome} out of balance")
        if group.purpose is Purpose.OPEN and group.policy is PartialPolicy.UNWIND:
            _insist(group.units in (0, group.quantity), f"{name} kept {group.units} of {group.quantity}")
        is_filled = group.outcome is GroupOutcome.FILLED
        _insist(is_filled == (group.units == group.quantity), f"{name} ended {group.outcome} with {group.units}")

    def check_replay(self) -> None:
        """The journal tells the same state, read once or twice, and with every fill told twice."""
        self.desk.ledger.barrier()
        live = self.desk.state
        for _ in range(2):
            again = Ledger.opened(self.store, PREFIX, "replay", self.now)
            _insist(not again.poisoned, f"{again.poisoned}")
            _insist(again.state == live, "the journal tells another state")
        _insist(digest(again.state) == digest(live), "equal states have two digests")
        doubled = State()
        for record in read_all(self.store, PREFIX):
            for _ in range(2 if isinstance(record.event, LegFilled) else 1):
                apply(doubled, record)
        _insist(doubled == live, "a fill counts twice when it is told twice")


def _insist(is_true: bool, otherwise: str) -> None:
    if not is_true:
        raise Broken(otherwise)

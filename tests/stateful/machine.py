"""What may happen on a trading day, and what must be true throughout: the part that is the same at every broker.

The machine plays the broker (good days, bad days, wild days), the market, the operator and the power supply. After
every step the invariants of the design are checked; at the end all calms down and every group must have come to rest.
"""

from __future__ import annotations

from decimal import Decimal

from builders import call, condor, created, lt112, put, put_spread
from fakes.habits import CALM, LEVELS, Habits
from fakes.rig import Died, Rig
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tomking.events import GroupOutcome, PartialPolicy, Purpose, TradingState, TradingStateChanged
from tomking.execution.pricing import package_price
from tomking.execution.roll import RollTerms, roll_group
from tomking.exiting import closing_packages
from tomking.market.contract import Contract
from tomking.market.leg import Leg, package, reversed_legs

STRUCTURES = {"alpha": condor(), "beta": lt112(), "gamma": put_spread()}
ROLLED = package(Leg(put(2680), 1), Leg(put(2700), -1))
"""Where the put spread of `gamma` is rolled to."""

USERS = (put(2500), call(2770))
"""What the user may hold: a contract the desk never trades, and one that `alpha` would."""

USERS_HOLDINGS = st.dictionaries(st.sampled_from(USERS), st.integers(1, 3) | st.integers(-3, -1), max_size=2)
BEGUN = st.lists(st.sampled_from(sorted(STRUCTURES)), unique=True)


class TradingMachine(RuleBasedStateMachine):
    """A rig without a script of its own; a subclass says at which broker, in `start`."""

    rig: Rig

    def begin(self, rig: Rig, users: dict[Contract, int], begun: list[str]) -> None:
        """The day has begun: what the user holds, and trades that are on their way."""
        self.rig = rig
        for contract, quantity in users.items():
            self.rig.user_trades(contract, quantity)
        self.settled: dict[str, tuple[Contract, int]] = {}
        self.rig.script = []
        self.rig.calm_at = self.rig.MOST_TURNS = 10**9
        self.rig.start()
        self.stranded = 0
        while not self.rig.desk.is_ready or self.rig.desk.state.mismatch:
            self.the_user_says_what_is_his()
            self.rig.turn()
            assert self.rig.turns < 20, "the day never begins"
        for name in begun:
            self.rig.turn()
            self.a_trade_is_wanted(name, 2, PartialPolicy.UNWIND)
        self.time_passes(4)

    # -- what may happen ---------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 8))
    def time_passes(self, count: int) -> None:
        for _ in range(count):
            self.rig.turn()

    @rule(habits=st.sampled_from(list(LEVELS.values())))
    def the_broker_changes_its_habits(self, habits: Habits) -> None:
        self.rig.venue.habits = habits

    @rule(by=st.sampled_from(("-0.30", "-0.05", "0.05", "0.30")))
    def the_market_moves(self, by: str) -> None:
        self.rig.market.shift(Decimal(by))

    @rule(is_open=st.booleans())
    def the_market_opens_or_closes(self, is_open: bool) -> None:
        self.rig.market.open = is_open

    @rule(
        name=st.sampled_from(sorted(STRUCTURES)),
        quantity=st.integers(1, 3),
        policy=st.sampled_from(list(PartialPolicy)),
    )
    def a_trade_is_wanted(self, name: str, quantity: int, policy: PartialPolicy) -> None:
        desk, legs = self.rig.desk, STRUCTURES[name]
        price = package_price(legs, self.rig.market.quote)
        if not desk.is_ready or price is None or desk.executor.refusal(Purpose.OPEN, legs) is not None:
            return
        group_id = desk.executor.new_group_id(name)
        desk.executor.begin(
            created(legs, quantity, group_id=group_id, policy=policy, worst_net=price.natural, expected_net=price.mid)
        )

    @rule(urgent=st.booleans())
    def a_position_is_to_be_closed(self, urgent: bool) -> None:
        desk = self.rig.desk
        idle = [each for each in desk.book.open_positions if not each.building and not each.closing]
        if not idle or desk.executor.refusal(Purpose.CLOSE, ()) is not None:
            return
        legs, quantity = closing_packages(idle[0].held, self.rig.market.quote)[0]
        price = package_price(legs, self.rig.market.quote)
        desk.executor.begin(
            created(
                legs,
                quantity,
                group_id=desk.executor.new_group_id(idle[0].strategy),
                purpose=Purpose.CLOSE,
                position_id=idle[0].position_id,
                policy=PartialPolicy.KEEP,
                worst_net=None if urgent or price is None else price.natural,
            )
        )

    @rule(into_new_position=st.booleans())
    def a_put_spread_is_to_be_rolled_down(self, into_new_position: bool) -> None:
        desk = self.rig.desk
        legs = (*reversed_legs(put_spread()), *ROLLED)
        price = package_price(legs, self.rig.market.quote)
        if price is None:
            return
        for position in desk.book.open_positions:
            idle = not position.building and not position.closing
            is_whole = position.held == {leg.contract: leg.ratio * position.units for leg in put_spread()}
            if idle and is_whole and desk.executor.roll_refusal(legs, position) is None:
                terms = RollTerms(
                    legs=legs,
                    quantity=position.units,
                    worst_net=price.natural,
                    into_new_position=into_new_position,
                )
                group_id = desk.executor.new_group_id(position.strategy)
                decided = roll_group(terms, position, group_id, self.rig.market.quote)
                assert decided is not None
                desk.executor.begin(decided)
                return

    @rule(quantity=st.integers(1, 2) | st.integers(-2, -1))
    def the_user_trades_for_himself(self, quantity: int) -> None:
        self.rig.user_trades(put(2500), quantity)

    @rule()
    def the_user_says_what_is_his(self) -> None:
        self.rig.desk.command(self.rig.now, "ignore all")

    @rule()
    def the_operator_forbids_new_trades(self) -> None:
        desk = self.rig.desk
        if desk.state.trading_state is TradingState.ACTIVE:
            desk.ledger.record(TradingStateChanged(TradingState.REDUCING, "TEST", "nothing new"))

    @rule()
    def the_operator_lifts_it(self) -> None:
        # no precondition: at a broker with threads of its own, whether a rule may run must not hang on their timing
        if not self.rig.desk.ledger.open_groups:
            self.rig.desk.command(self.rig.now, "resume looked at it")

    @rule(after=st.integers(1, 40))
    def the_process_dies_soon(self, after: int) -> None:
        self.rig.deaths = (self.rig.boundary + after,)
        try:
            for _ in range(10):
                self.rig.turn()
        except Died:
            self.rig.die()
            self.rig.calm_at = 10**9
            self.rig.start()
        self.rig.deaths = ()

    @rule()
    def a_quiet_hour(self) -> None:
        """Whatever went before: when all is quiet, book and broker hold the same."""
        self.all_calms_down()
        assert self.rig.expected_holdings == self.rig.venue.book

    @rule()
    def somebody_reads_the_journal(self) -> None:
        self.rig.check_replay()

    # -- what must always be true --------------------------------------------------------------------------------------

    @invariant()
    def no_promise_was_broken_on_the_way(self) -> None:
        """Seen by the rig at every send and after every turn.

        At most one working order a group; nothing sent twice, nor before it is durable; nothing increased while only
        reducing; leg by leg no short beyond its longs.
        """
        if hasattr(self, "rig"):
            assert not self.rig.faults, self.rig.faults

    @invariant()
    def what_has_ended_is_balanced_or_stranded_and_halts_trading(self) -> None:
        if not hasattr(self, "rig"):
            return
        state = self.rig.desk.state
        for group in state.groups.values():
            assert group.outcome in (None, GroupOutcome.STRANDED) or group.is_balanced
        before, self.stranded = self.stranded, state.outcome_counts.get("stranded", 0)
        if self.stranded > before:
            assert state.trading_state is TradingState.HALTED
            assert any(note.code == "STRANDED" for note in state.notes)

    @invariant()
    def the_book_adds_up_to_its_groups(self) -> None:
        if not hasattr(self, "rig"):
            return
        book = self.rig.desk.book
        total: dict[object, int] = {}
        for group in self.rig.desk.state.groups.values():
            for contract, quantity in group.held.items():
                total[contract] = total.get(contract, 0) + quantity
        for contract, quantity in self.settled.values():
            total[contract] = total.get(contract, 0) + quantity
        assert {contract: quantity for contract, quantity in total.items() if quantity} == book.holdings()
        assert not book.unassigned, "every settlement belongs to a position"

    @invariant()
    def what_is_the_users_stays_the_users(self) -> None:
        """Nothing is opened in a contract the user held before, and no order of ours changes what is his."""
        if not hasattr(self, "rig"):
            return
        rig = self.rig
        for contract, quantity in rig.users.items():
            assert contract not in rig.desk.book.holdings()
            assert rig.venue.book.get(contract, 0) == quantity, f"{contract.text} is the user's"

    @invariant()
    def a_trade_touches_nothing_but_its_own(self) -> None:
        """What a position holds is what the broker executed for its own groups, of what has been told.

        A settlement is the exchange's, and spread over positions: what was ever settled is added up with the book.
        """
        if not hasattr(self, "rig"):
            return
        state = self.rig.desk.state
        own: dict[str, dict[Contract, int]] = {name: {} for name in state.book.positions}
        for group in state.groups.values():
            incoming = {leg.contract for leg in group.created.incoming}
            for contract, quantity in group.held.items():
                is_rolled = group.created.rolled_into and contract in incoming
                name = group.created.rolled_into if is_rolled else group.created.position_id
                share = own.setdefault(name, {})
                share[contract] = share.get(contract, 0) + quantity
        settled = {contract for contract, _ in self.settled.values()}
        for name, position in state.book.positions.items():
            held = {contract: quantity for contract, quantity in position.held.items() if contract not in settled}
            assert held == {c: quantity for c, quantity in own[name].items() if quantity and c not in settled}

    def teardown(self) -> None:
        """All calms down: everything must come to rest, and add up."""
        if hasattr(self, "rig"):
            self.all_calms_down()
            self.rig.check_end()

    def all_calms_down(self) -> None:
        habits, self.rig.venue.habits = self.rig.venue.habits, CALM
        is_open, self.rig.market.open = self.rig.market.open, True
        for _ in range(200):
            self.rig.turn()
            if self.rig.desk.state.mismatch:
                self.the_user_says_what_is_his()
                continue
            if not self.rig.desk.ledger.open_groups and self.rig.venue.is_quiet and self.rig.is_confirmed:
                break
        assert not self.rig.desk.ledger.open_groups, "a group never ends"
        self.rig.venue.habits, self.rig.market.open = habits, is_open

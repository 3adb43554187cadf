"""Any broker, any order of events: Hypothesis chooses what happens next, the promises must hold throughout.

The machine plays the broker (good days, bad days, wild days), the market, the operator and the power supply. After
every step the invariants of the design are checked; at the end all calms down and every group must have come to rest.
"""

from __future__ import annotations

from decimal import Decimal

from builders import condor, created, lt112, put_spread
from fakes.chaotic_backend import CALM, ROUGH, WILD
from fakes.rig import Died, Rig
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from stress import STRESS
from tomking.events import PartialPolicy, Purpose, TradingState, TradingStateChanged
from tomking.execution.pricing import package_price
from tomking.exiting import closing_packages

STRUCTURES = {"alpha": condor(), "beta": lt112(), "gamma": put_spread()}


class ExecutionMachine(RuleBasedStateMachine):
    """A rig without a script of its own."""

    @initialize(seed=st.integers(0, 2**16), max_legs=st.sampled_from((1, 4)))
    def start(self, seed: int, max_legs: int) -> None:
        self.rig = Rig(seed, CALM, max_legs=max_legs)
        self.rig.script = []
        self.rig.ROUGH_TURNS = 10**9
        self.rig.MOST_TURNS = 10**9
        self.rig._start()

    # -- what may happen ---------------------------------------------------------------------------------------------

    @rule(count=st.integers(1, 8))
    def time_passes(self, count: int) -> None:
        for _ in range(count):
            self.rig.turn()

    @rule(habits=st.sampled_from((CALM, ROUGH, WILD)))
    def the_broker_changes_its_habits(self, habits: object) -> None:
        self.rig.venue.habits = habits  # type: ignore[assignment]

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

    @rule()
    def the_operator_forbids_new_trades(self) -> None:
        desk = self.rig.desk
        if desk.state.trading_state is TradingState.ACTIVE:
            desk.ledger.record(TradingStateChanged(TradingState.REDUCING, "TEST", "nothing new"))

    @rule()
    @precondition(lambda self: not self.rig.desk.ledger.open_groups)
    def the_operator_lifts_it(self) -> None:
        self.rig.desk.command(self.rig.now, "resume looked at it")

    @rule(after=st.integers(1, 40))
    def the_process_dies_soon(self, after: int) -> None:
        self.rig.deaths = (len(self.rig.boundaries) + after,)
        try:
            for _ in range(10):
                self.rig.turn()
        except Died:
            self.rig.venue.disconnect()
            self.rig.store.lose_unflushed(self.rig.chance)
            self.rig._start()
        self.rig.deaths = ()

    # -- what must always be true --------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_sent_twice_nor_before_it_is_durable(self) -> None:
        if hasattr(self, "rig"):
            assert not self.rig.faults, self.rig.faults

    @invariant()
    def a_stranded_group_halts_trading(self) -> None:
        if hasattr(self, "rig") and self.rig.desk.state.outcome_counts.get("stranded"):
            noted = [note.code for note in self.rig.desk.state.notes]
            assert "STRANDED" in noted or self.rig.desk.state.trading_state is TradingState.HALTED

    @invariant()
    def the_book_adds_up_to_its_groups(self) -> None:
        if not hasattr(self, "rig"):
            return
        book = self.rig.desk.book
        total: dict[object, int] = {}
        for group in self.rig.desk.state.groups.values():
            for contract, quantity in group.held.items():
                total[contract] = total.get(contract, 0) + quantity
        assert {contract: quantity for contract, quantity in total.items() if quantity} == book.holdings()

    def teardown(self) -> None:
        """All calms down: everything must come to rest, and add up."""
        if not hasattr(self, "rig"):
            return
        self.rig.venue.habits = CALM
        self.rig.market.open = True
        for _ in range(400):
            self.rig.turn()
            if not self.rig.desk.ledger.open_groups and self.rig.venue.is_quiet and self.rig._is_confirmed():
                break
        self.rig.check_end()


ExecutionMachine.TestCase.settings = settings(
    max_examples=40 * STRESS,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestExecution = ExecutionMachine.TestCase

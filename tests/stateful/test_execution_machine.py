"""Any broker, any order of events: Hypothesis chooses what happens next, the promises must hold throughout.

The broker is the chaotic one, which can do everything a broker may do; the rules all brokers share are in `machine`.
"""

from __future__ import annotations

from decimal import Decimal

from builders import quote
from fakes.habits import CALM, SHY
from fakes.rig import Rig
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule
from stateful.machine import BEGUN, STRUCTURES, USERS_HOLDINGS, TradingMachine
from stress import STRESS
from tomking.events import FillReason, PartialPolicy, TradingState
from tomking.market.contract import Contract, Right, shares

SHARES = shares("SPX")
"""What an assignment delivers."""


class ExecutionMachine(TradingMachine):
    """At a broker whose account may run dry, with settlements and assignments."""

    @initialize(
        seed=st.integers(0, 2**16),
        max_legs=st.sampled_from((1, 4)),
        grows=st.booleans(),
        replaces=st.booleans(),
        combo_market=st.booleans(),
        users=USERS_HOLDINGS,
        begun=BEGUN,
    )
    def start(
        self,
        seed: int,
        max_legs: int,
        grows: bool,
        replaces: bool,
        combo_market: bool,
        users: dict[Contract, int],
        begun: list[str],
    ) -> None:
        rig = Rig(seed, CALM, max_legs=max_legs, grows=grows, replaces=replaces, combo_market=combo_market)
        rig.market.quotes[SHARES] = quote("27.39", "27.41")
        self.begin(rig, users, begun)

    @rule(name=st.sampled_from(sorted(STRUCTURES)), count=st.integers(11, 16))
    def what_was_opened_must_get_out_and_nobody_takes_its_limits(self, name: str, count: int) -> None:
        habits, self.rig.venue.habits = self.rig.venue.habits, CALM
        self.a_trade_is_wanted(name, 2, PartialPolicy.UNWIND)
        self.time_passes(7)
        self.rig.venue.habits = SHY
        self.a_position_is_to_be_closed(urgent=True)
        self.time_passes(count)
        self.rig.venue.habits = habits

    @rule(limit=st.none() | st.sampled_from((0, 2_000, 10_000, 100_000)))
    def the_account_grows_or_shrinks(self, limit: int | None) -> None:
        self.rig.venue.buying_power = None if limit is None else Decimal(limit)

    @rule(which=st.integers(0, 20), intrinsic=st.sampled_from(("0.00", "3.40")))
    @precondition(lambda self: self.is_at_rest)
    def the_exchange_settles_a_leg_in_cash(self, which: int, intrinsic: str) -> None:
        """A holding of the desk expires, all of it."""
        held = self.own_options()
        if held:
            contract = held[which % len(held)]
            reason = FillReason.EXPIRED if intrinsic == "0.00" else FillReason.EXERCISED
            self.settle(contract, -self.rig.venue.book[contract], Decimal(intrinsic), reason)

    @rule(which=st.integers(0, 20), share=st.integers(1, 3))
    @precondition(lambda self: self.is_at_rest)
    def a_short_is_assigned(self, which: int, share: int) -> None:
        """Some of a short option is gone, and what it delivers is there."""
        held = [contract for contract in self.own_options() if self.rig.venue.book[contract] < 0]
        if held:
            contract = held[which % len(held)]
            assigned = min(share, -self.rig.venue.book[contract])
            delivered = -assigned if contract.right is Right.CALL else assigned
            assert contract.strike is not None
            self.settle(contract, assigned, Decimal(0), FillReason.ASSIGNED)
            self.settle(SHARES, delivered, contract.strike, FillReason.ASSIGNED)

    @invariant()
    def how_often_it_comes_to_the_market_is_told(self) -> None:
        """`pytest --hypothesis-show-statistics` says it."""
        if hasattr(self, "rig") and self.rig.venue.at_market:
            event("a package went at market")

    @property
    def is_at_rest(self) -> bool:
        return hasattr(self, "rig") and not self.rig.desk.ledger.open_groups and self.rig.venue.is_quiet

    def own_options(self) -> list[Contract]:
        """What only the desk holds, as the broker says too."""
        book, venue = self.rig.desk.book.holdings(), self.rig.venue.book
        return sorted(
            (each for each, quantity in book.items() if each.is_option and venue.get(each) == quantity),
            key=lambda each: each.text,
        )

    def settle(self, contract: Contract, quantity: int, price: Decimal, reason: FillReason) -> None:
        """The exchange changes a holding; it is told, and told again, and counts once."""
        settlement_id = f"S{len(self.settled)}"
        self.settled[settlement_id] = (contract, quantity)
        self.rig.venue.settle(settlement_id, contract, quantity, price, reason)
        for told in self.rig.venue.drain():
            self.rig.desk.executor.take(told)
            self.rig.desk.executor.take(told)
        assert settlement_id in self.rig.desk.book.settlement_ids
        self.rig.desk.ledger.barrier()  # one lost with the disk is a difference, and halts: that is another test


ExecutionMachine.TestCase.settings = settings(
    max_examples=40 * STRESS,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestExecution = ExecutionMachine.TestCase


def test_a_person_may_lift_a_halt_while_legs_are_stranded() -> None:
    machine = ExecutionMachine()
    machine.start(seed=0, max_legs=1, grows=False, replaces=False, combo_market=False, users={}, begun=[])
    for name in ("alpha", "beta"):
        machine.a_trade_is_wanted(name=name, policy=PartialPolicy.UNWIND, quantity=1)
    machine.time_passes(count=3)
    machine.the_account_grows_or_shrinks(limit=0)
    machine.a_quiet_hour()
    assert machine.rig.desk.state.outcome_counts["stranded"]
    assert machine.rig.desk.state.trading_state is TradingState.HALTED
    machine.the_operator_lifts_it()
    assert machine.rig.desk.state.trading_state is TradingState.ACTIVE
    machine.teardown()


def test_the_machine_comes_to_the_market() -> None:
    """By its own rules, and every promise is kept there: the rig looks at each such order as it arrives."""
    machine = ExecutionMachine()
    machine.start(seed=0, max_legs=4, grows=False, replaces=False, combo_market=True, users={}, begun=[])
    machine.what_was_opened_must_get_out_and_nobody_takes_its_limits(name="alpha", count=12)
    machine.the_process_dies_soon(after=30)
    machine.time_passes(count=8)
    assert machine.rig.venue.at_market
    assert not machine.rig.faults
    machine.rig.deaths = ()
    machine.all_calms_down()
    machine.rig.check_end()

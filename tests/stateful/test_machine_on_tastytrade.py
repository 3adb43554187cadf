"""The same machine at Tastytrade, as far as the fake server is it: real sockets and threads, and a process that dies.

What Hypothesis chooses is the same as at the chaotic broker, but for settlements, which Tastytrade does not report, and
an account that runs dry on the way. What happens between two of its steps depends on threads, so a failure is told as
it happened and not made shorter.
"""

from __future__ import annotations

from decimal import Decimal

from fakes.habits import CALM
from fakes.tastytrade_rig import TastytradeRig
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize
from stateful.machine import BEGUN, USERS_HOLDINGS, TradingMachine
from stress import STRESS
from tomking.market.contract import Contract


class TastytradeMachine(TradingMachine):
    """Prices are walked by replacing orders in every second example."""

    @initialize(
        seed=st.integers(0, 2**16),
        cash=st.sampled_from((100_000, 2_000_000)),
        users=USERS_HOLDINGS,
        begun=BEGUN,
    )
    def start(self, seed: int, cash: int, users: dict[Contract, int], begun: list[str]) -> None:
        self.broker = TastytradeRig(seed, CALM)
        self.broker.direct.room.fake.ledger.cash = Decimal(cash)
        self.begin(self.broker, users, begun)

    def teardown(self) -> None:
        if not hasattr(self, "broker"):
            return
        try:
            super().teardown()
        finally:
            self.broker.close()


TastytradeMachine.TestCase.settings = settings(
    max_examples=8 * STRESS,
    stateful_step_count=16,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestExecutionOnTastytrade = TastytradeMachine.TestCase

"""Multi-leg trades asked for by hand: legs in, one order group out.

Every method checks that the legs are the structure they claim to be and that the desk may trade, then brings the trade
on all-or-nothing. There is no other way to send a multi-leg trade. What is returned is the group: a yes or no could
not say "working" or "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from math import gcd

from tomking.errors import InvalidStructure
from tomking.events import GroupCreated, GroupOutcome, IntentDenied, PartialPolicy, Purpose
from tomking.execution.executor import Executor
from tomking.execution.group import OrderGroup
from tomking.execution.pricing import package_price
from tomking.market.calendar import session_date
from tomking.market.contract import Contract
from tomking.market.leg import Leg, package
from tomking.risk.verdict import Denial
from tomking.strategies.structure import Facts, Structure, validate


class AtomicOrderExecutor:
    """`algo.atomic_executor`. Contracts are `tomking.market.contract.Contract`; quantities are packages, positive.

    A method's group is `filled`, or still `working`, or has an `outcome` with its `reason`; a trade that was refused
    before anything was sent has the outcome DENIED. Every method takes the desk's lock, so it may be called from any
    thread, and raises `JournalUnwritable` when the trade could not be recorded: then nothing was sent.
    """

    def __init__(
        self, executor: Executor, recover: Callable[[], bool], lock: AbstractContextManager[object] | None = None
    ) -> None:
        self._executor = executor
        self._recover = recover
        self._lock: AbstractContextManager[object] = nullcontext() if lock is None else lock

    def execute_iron_condor_atomic(
        self, short_call: Contract, long_call: Contract, short_put: Contract, long_put: Contract, quantity: int
    ) -> OrderGroup:
        """Sell a put and a call spread, same expiry, wings of equal width."""
        legs = [(long_put, 1), (short_put, -1), (short_call, -1), (long_call, 1)]
        return self._execute(Structure.IRON_CONDOR, legs, quantity)

    def execute_put_spread_atomic(self, short_put: Contract, long_put: Contract, quantity: int) -> OrderGroup:
        """A put vertical: a credit when the short strike is the higher one."""
        return self._execute(Structure.PUT_SPREAD, [(short_put, -1), (long_put, 1)], quantity)

    def execute_call_spread_atomic(self, short_call: Contract, long_call: Contract, quantity: int) -> OrderGroup:
        """A call vertical: a credit when the short strike is the lower one."""
        return self._execute(Structure.CALL_SPREAD, [(short_call, -1), (long_call, 1)], quantity)

    def execute_strangle_atomic(self, short_put: Contract, short_call: Contract, quantity: int) -> OrderGroup:
        """Sell a put below and a call above the price of the underlying."""
        return self._execute(Structure.STRANGLE, [(short_put, -1), (short_call, -1)], quantity)

    def execute_ipmcc_atomic(self, leap_call: Contract, weekly_call: Contract, quantity: int) -> OrderGroup:
        """Buy a deep call a year out, sell a nearer one above its strike."""
        return self._execute(Structure.IPMCC, [(leap_call, 1), (weekly_call, -1)], quantity)

    def execute_leap_ladder_atomic(self, put_strikes: Sequence[Contract], quantities: Sequence[int]) -> OrderGroup:
        """Buy long-dated puts, one rung a contract, `quantities` of each."""
        if len(put_strikes) != len(quantities) or not quantities or min(quantities) <= 0:
            with self._lock:
                return self._denied(
                    "INVALID_STRUCTURE", "a ladder needs one positive quantity a rung", "leap_ladder", 1
                )
        size = gcd(*quantities)
        legs = [(put, quantity // size) for put, quantity in zip(put_strikes, quantities, strict=True)]
        return self._execute(Structure.LEAP_LADDER, legs, size)

    def execute_lt112_atomic(
        self, long_put: Contract, short_put: Contract, naked_put: Contract, quantity: int
    ) -> OrderGroup:
        """A bought put spread paid for by two naked puts further down: 1 : −1 : −2."""
        return self._execute(Structure.LT112, [(long_put, 1), (short_put, -1), (naked_put, -2)], quantity)

    def execute_put_condor_atomic(
        self, lowest: Contract, lower: Contract, upper: Contract, highest: Contract, quantity: int
    ) -> OrderGroup:
        """Buy the outer puts, sell the inner ones: a debit."""
        legs = [(lowest, 1), (lower, -1), (upper, -1), (highest, 1)]
        return self._execute(Structure.PUT_CONDOR, legs, quantity)

    def execute_ratio_spread_atomic(
        self, long_leg: Contract, short_leg: Contract, quantity: int, ratio: int = 2
    ) -> OrderGroup:
        """Buy one, sell `ratio` further out of the money."""
        return self._execute(Structure.RATIO_SPREAD, [(long_leg, 1), (short_leg, -ratio)], quantity)

    def execute_atomic(self, legs: Sequence[Leg], quantity: int, strategy: str) -> OrderGroup:
        """Any package: different contracts, ratios with greatest common divisor 1."""
        with self._lock:
            try:
                checked = package(*legs)
            except InvalidStructure as error:
                return self._denied("INVALID_STRUCTURE", str(error), strategy, quantity, legs)
            return self._open(checked, quantity, strategy)

    def check_and_recover_incomplete_orders(self) -> bool:
        """Ask the broker what became of every unfinished order; False when it gives no answer now."""
        with self._lock:
            return self._recover()

    def _execute(self, structure: Structure, pairs: Sequence[tuple[Contract, int]], quantity: int) -> OrderGroup:
        legs: tuple[Leg, ...] = ()
        with self._lock:
            try:
                legs = tuple(Leg(contract, ratio) for contract, ratio in pairs)
                checked = validate(structure, legs, self._facts(legs))
            except InvalidStructure as error:
                return self._denied("INVALID_STRUCTURE", str(error), structure.value, quantity, legs)
            return self._open(checked, quantity, structure.value)

    def _facts(self, legs: Sequence[Leg]) -> Facts:
        market = self._executor.market
        quotes = {leg.contract: market.quote(leg.contract) for leg in legs}
        return Facts(
            spot=market.spot(legs[0].contract.underlying),
            deltas={
                contract: quote.delta
                for contract, quote in quotes.items()
                if quote is not None and quote.delta is not None
            },
            today=session_date(self._executor.ledger.now),
        )

    def _open(self, legs: tuple[Leg, ...], quantity: int, strategy: str) -> OrderGroup:
        executor = self._executor
        denial = executor.refusal(Purpose.OPEN, legs)
        if denial is None and quantity <= 0:
            denial = Denial("INVALID_QUANTITY", f"the number of packages must be positive, found {quantity}")
        price = package_price(legs, executor.market.quote)
        if denial is None and price is None:
            denial = Denial("NO_PACKAGE_PRICE", "a leg has no usable quote")
        if denial is not None or price is None:
            code, text = (denial.code, denial.text) if denial is not None else ("", "")
            return self._denied(code, text, strategy, quantity, legs)
        group_id = executor.new_group_id(strategy)
        group = executor.begin(
            GroupCreated(
                group_id=group_id,
                strategy=strategy,
                purpose=Purpose.OPEN,
                position_id=group_id,
                legs=legs,
                quantity=quantity,
                policy=PartialPolicy.UNWIND,
                worst_net=price.natural,
                expected_net=price.mid,
            )
        )
        executor.pump(executor.ledger.now)
        return group

    def _denied(self, code: str, text: str, strategy: str, quantity: int, legs: Sequence[Leg] = ()) -> OrderGroup:
        """A group that never was: recorded as a denial, nothing sent."""
        executor = self._executor
        underlying = legs[0].contract.underlying if legs else ""
        executor.ledger.record(IntentDenied(strategy, underlying, code, text))
        created = GroupCreated(
            group_id="",
            strategy=strategy,
            purpose=Purpose.OPEN,
            position_id="",
            legs=tuple(legs),
            quantity=quantity,
            policy=PartialPolicy.UNWIND,
            worst_net=None,
            expected_net=Decimal(0),
        )
        return OrderGroup(created, executor.ledger.now, outcome=GroupOutcome.DENIED, outcome_text=f"{code}: {text}")

"""Multi-leg trades asked for by hand: legs in, one order group out.

Every method checks that the legs are the structure they claim to be and that the desk may trade, then brings the trade
on all-or-nothing. There is no other way to send a multi-leg trade. What is returned is the group: a yes or no could
not say "working" or "unknown".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import pairwise
from math import gcd

from tomking.errors import InvalidStructure
from tomking.events import GroupCreated, GroupOutcome, IntentDenied, PartialPolicy, Purpose
from tomking.execution.executor import Executor
from tomking.execution.group import OrderGroup
from tomking.execution.pricing import package_price
from tomking.execution.roll import RollTerms, roll_group
from tomking.market.calendar import session_date
from tomking.market.contract import Contract, plain
from tomking.market.leg import Leg, package
from tomking.market.payoff import is_covered, max_loss
from tomking.positions.position import PositionStatus
from tomking.risk.buying_power import Quoted, UnknownMargin, requirement
from tomking.risk.verdict import Denial
from tomking.settings.risk import RiskSettings
from tomking.strategies.structure import Facts, Structure, check_net, validate


class AtomicOrderExecutor:
    """`algo.atomic_executor`. Contracts are `tomking.market.contract.Contract`; quantities are packages, positive.

    A method's group is `filled`, or still `working`, or has an `outcome` with its `reason`; a trade that was refused
    before anything was sent has the outcome DENIED. Every method takes the desk's lock, so it may be called from any
    thread, and raises `JournalUnwritable` when the trade could not be recorded: then nothing was sent.
    """

    def __init__(
        self,
        executor: Executor,
        recover: Callable[[], bool],
        risk: RiskSettings,
        lock: AbstractContextManager[object] | None = None,
    ) -> None:
        self._executor = executor
        self._recover = recover
        self._risk = risk
        self._lock: AbstractContextManager[object] = nullcontext() if lock is None else lock

    def execute_single_atomic(self, leg: Leg, quantity: int) -> OrderGroup:
        """One option, bought (ratio 1) or sold (ratio -1)."""
        return self._execute(Structure.SINGLE, [leg], quantity)

    def execute_iron_condor_atomic(
        self,
        short_call: Contract,
        long_call: Contract,
        short_put: Contract,
        long_put: Contract,
        quantity: int,
        *,
        broken_wings: bool = False,
    ) -> OrderGroup:
        """Sell a put and a call spread, same expiry, wings of equal width unless `broken_wings`."""
        legs = [Leg(long_put, 1), Leg(short_put, -1), Leg(short_call, -1), Leg(long_call, 1)]
        return self._execute(Structure.IRON_CONDOR, legs, quantity, broken_wings=broken_wings)

    def execute_put_spread_atomic(self, short_put: Contract, long_put: Contract, quantity: int) -> OrderGroup:
        """A put vertical: a credit when the short strike is the higher one."""
        return self._execute(Structure.PUT_SPREAD, [Leg(short_put, -1), Leg(long_put, 1)], quantity)

    def execute_call_spread_atomic(self, short_call: Contract, long_call: Contract, quantity: int) -> OrderGroup:
        """A call vertical: a credit when the short strike is the lower one."""
        return self._execute(Structure.CALL_SPREAD, [Leg(short_call, -1), Leg(long_call, 1)], quantity)

    def execute_put_condor_atomic(
        self,
        lowest: Contract,
        lower: Contract,
        upper: Contract,
        highest: Contract,
        quantity: int,
        *,
        max_debit: Decimal | None = None,
        broken_wings: bool = False,
    ) -> OrderGroup:
        """Buy the outer puts, sell the inner ones: a debit, of `max_debit` points at most."""
        legs = [Leg(lowest, 1), Leg(lower, -1), Leg(upper, -1), Leg(highest, 1)]
        return self._execute(Structure.PUT_CONDOR, legs, quantity, broken_wings=broken_wings, worst_net=max_debit)

    def execute_call_condor_atomic(
        self,
        lowest: Contract,
        lower: Contract,
        upper: Contract,
        highest: Contract,
        quantity: int,
        *,
        max_debit: Decimal | None = None,
        broken_wings: bool = False,
    ) -> OrderGroup:
        """Buy the outer calls, sell the inner ones: a debit, of `max_debit` points at most."""
        legs = [Leg(lowest, 1), Leg(lower, -1), Leg(upper, -1), Leg(highest, 1)]
        return self._execute(Structure.CALL_CONDOR, legs, quantity, broken_wings=broken_wings, worst_net=max_debit)

    def execute_strangle_atomic(self, short_put: Contract, short_call: Contract, quantity: int) -> OrderGroup:
        """Sell a put below and a call above the price of the underlying."""
        return self._execute(Structure.STRANGLE, [Leg(short_put, -1), Leg(short_call, -1)], quantity)

    def execute_ipmcc_atomic(self, leap_call: Contract, weekly_call: Contract, quantity: int) -> OrderGroup:
        """Buy a deep call a year out, sell a nearer one above its strike."""
        return self._execute(Structure.IPMCC, [Leg(leap_call, 1), Leg(weekly_call, -1)], quantity)

    def execute_leap_ladder_atomic(self, put_strikes: Sequence[Contract], quantities: Sequence[int]) -> OrderGroup:
        """Buy one to six long-dated puts, one rung a contract by falling strike, `quantities` of each."""
        fault = _ladder_fault(put_strikes, quantities)
        if fault:
            with self._lock:
                return self._denied("INVALID_STRUCTURE", fault, Structure.LEAP_LADDER.value, 1)
        size = gcd(*quantities)
        legs = [Leg(put, quantity // size) for put, quantity in zip(put_strikes, quantities, strict=True)]
        return self._execute(Structure.LEAP_LADDER, legs, size)

    def execute_lt112_atomic(
        self,
        long_put: Contract,
        short_put: Contract,
        naked_put: Contract,
        quantity: int,
        *,
        calendar: bool = False,
    ) -> OrderGroup:
        """A bought put spread paid for by two naked puts further down, 1 : -1 : -2, sooner ones if `calendar`."""
        legs = [Leg(long_put, 1), Leg(short_put, -1), Leg(naked_put, -2)]
        return self._execute(Structure.LT112, legs, quantity, calendar=calendar)

    def execute_bear_trap_atomic(
        self, long_put: Contract, short_put: Contract, naked_put: Contract, quantity: int, naked: int = 2
    ) -> OrderGroup:
        """A put spread at the money paid for by `naked` far puts."""
        legs = [Leg(long_put, 1), Leg(short_put, -1), Leg(naked_put, -naked)]
        return self._execute(Structure.BEAR_TRAP, legs, quantity)

    def execute_ratio_spread_atomic(
        self, long_leg: Contract, short_leg: Contract, quantity: int, ratio: int = 2
    ) -> OrderGroup:
        """Buy one, sell `ratio` further out of the money."""
        return self._execute(Structure.RATIO_SPREAD, [Leg(long_leg, 1), Leg(short_leg, -ratio)], quantity)

    def execute_butterfly_atomic(
        self, lower: Contract, body: Contract, upper: Contract, quantity: int, *, broken_wings: bool = False
    ) -> OrderGroup:
        """Buy the wings, sell the body twice."""
        legs = [Leg(lower, 1), Leg(body, -2), Leg(upper, 1)]
        return self._execute(Structure.BUTTERFLY, legs, quantity, broken_wings=broken_wings)

    def execute_box_atomic(
        self,
        bought_call: Contract,
        sold_call: Contract,
        bought_put: Contract,
        sold_put: Contract,
        quantity: int,
    ) -> OrderGroup:
        """Two strikes, a call and a put at each, European options only: a loan, given or taken."""
        legs = [Leg(bought_call, 1), Leg(sold_call, -1), Leg(bought_put, 1), Leg(sold_put, -1)]
        return self._execute(Structure.BOX, legs, quantity)

    def execute_atomic(
        self, legs: Sequence[Leg], quantity: int, strategy: str, *, worst_net: Decimal | None = None
    ) -> OrderGroup:
        """Any package: different contracts, ratios with greatest common divisor 1; at `worst_net` points at most."""
        with self._lock:
            try:
                checked = package(*legs)
            except InvalidStructure as error:
                return self._denied("INVALID_STRUCTURE", str(error), strategy, quantity, legs)
            return self._open(checked, quantity, strategy, worst_net)

    def execute_roll_atomic(self, position_id: str, terms: RollTerms) -> OrderGroup:
        """Exchange legs of a position: one package of up to four legs, else what closes before what opens."""
        with self._lock:
            executor, position = self._executor, self._executor.ledger.book.positions.get(position_id)
            if position is None or position.status not in {PositionStatus.ACTIVE, PositionStatus.PARTIALLY_CLOSED}:
                state = "does not exist" if position is None else f"is {position.status.value}"
                return self._denied("NO_POSITION", f"{position_id} {state}", "roll", terms.quantity, terms.legs)
            refused = partial(self._denied, strategy=position.strategy, quantity=terms.quantity, legs=terms.legs)
            denial = executor.roll_refusal(terms.legs, position)
            if denial is not None:
                return refused(denial.code, denial.text)
            try:
                group_id = executor.new_group_id(position.strategy)
                created = roll_group(terms, position, group_id, executor.market.quote)
            except InvalidStructure as error:
                return refused("INVALID_ROLL", str(error))
            if created is None:
                return refused("NO_PACKAGE_PRICE", "a leg has no usable quote")
            return self._begin(created)

    def check_and_recover_incomplete_orders(self) -> bool:
        """Ask the broker what became of every unfinished order; False when it gives no answer now."""
        with self._lock:
            return self._recover()

    def _execute(
        self,
        structure: Structure,
        legs: Sequence[Leg],
        quantity: int,
        *,
        broken_wings: bool = False,
        calendar: bool = False,
        worst_net: Decimal | None = None,
    ) -> OrderGroup:
        with self._lock:
            try:
                facts = replace(self._facts(legs), allows_broken_wings=broken_wings, allows_calendar=calendar)
                checked = validate(structure, legs, facts)
                price = package_price(checked, self._executor.market.quote)
                if price is not None:
                    check_net(structure, checked, price.mid)
            except InvalidStructure as error:
                return self._denied("INVALID_STRUCTURE", str(error), structure.value, quantity, legs)
            return self._open(checked, quantity, structure.value, worst_net)

    def _facts(self, legs: Sequence[Leg]) -> Facts:
        market = self._executor.market
        quotes = {leg.contract: market.quote(leg.contract) for leg in legs}
        return Facts(
            spot=market.spot(legs[0].contract.underlying, legs[0].contract.delivery),
            deltas={
                contract: quote.delta
                for contract, quote in quotes.items()
                if quote is not None and quote.delta is not None
            },
            today=session_date(self._executor.ledger.now),
        )

    def _open(self, legs: tuple[Leg, ...], quantity: int, strategy: str, worst_net: Decimal | None) -> OrderGroup:
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
        worst_net = price.natural if worst_net is None else min(worst_net, price.natural)
        try:
            needed = self._requirement(legs, worst_net)
        except UnknownMargin as problem:
            return self._denied("UNKNOWN_MARGIN", str(problem), strategy, quantity, legs)
        loss = max_loss(legs, worst_net)
        group_id = executor.new_group_id(strategy)
        return self._begin(
            GroupCreated(
                group_id=group_id,
                strategy=strategy,
                purpose=Purpose.OPEN,
                position_id=group_id,
                legs=legs,
                quantity=quantity,
                policy=PartialPolicy.UNWIND,
                worst_net=worst_net,
                expected_net=price.mid,
                requirement=needed * quantity,
                max_loss=None if loss is None else loss * legs[0].contract.multiplier * quantity,
            )
        )

    def _requirement(self, legs: tuple[Leg, ...], net: Decimal) -> Decimal:
        """What one package ties up: a trade asked for by hand counts against the budgets like any other.

        Raises:
            UnknownMargin: it is not covered, and its margin or the price of its underlying is not known.
        """
        market, now = self._executor.market, self._executor.ledger.now
        quotes = {leg.contract: market.quote(leg.contract) for leg in legs}
        spot = market.spot(legs[0].contract.underlying, legs[0].contract.delivery)
        if spot is None and not is_covered(legs):
            raise UnknownMargin(f"the price of {legs[0].contract.underlying} is unknown")
        prices = {contract: quote.mid for contract, quote in quotes.items() if quote is not None}
        quoted = Quoted(spot or Decimal(0), prices, now, market.rate())
        return requirement(legs, net, quoted, self._risk, self._executor.backend.requirement)

    def _begin(self, created: GroupCreated) -> OrderGroup:
        group = self._executor.begin(created)
        self._executor.pump(self._executor.ledger.now)
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


def _ladder_fault(puts: Sequence[Contract], quantities: Sequence[int]) -> str:
    """What is wrong with a ladder as it was given; empty when nothing is."""
    if len(puts) != len(quantities) or not quantities or min(quantities) <= 0:
        return "a ladder needs one positive quantity a rung"
    strikes = [put.strike or Decimal(0) for put in puts]
    if any(upper <= lower for upper, lower in pairwise(strikes)):
        return f"a ladder's strikes fall from rung to rung, found {', '.join(map(plain, strikes))}"
    return ""

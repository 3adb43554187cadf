"""The desk's way to change what it holds: from a strategy's wish to roll to the group that does it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tomking.entering import AskBalances, deny_once
from tomking.errors import InvalidStructure
from tomking.events import Purpose
from tomking.execution.depth import check_depth
from tomking.execution.executor import Executor
from tomking.execution.roll import RollTerms, purpose_of, roll_group
from tomking.market.calendar import session_date
from tomking.positions.position import MultiLegPosition, PositionStatus
from tomking.risk.verdict import Denial
from tomking.state import State
from tomking.strategies.intent import RollIntent

_AT_REST = frozenset({PositionStatus.ACTIVE, PositionStatus.PARTIALLY_CLOSED})


class Rolls:
    """Turns wishes to roll into groups; one a position at a time, and only so many a session."""

    def __init__(self, executor: Executor, attempts: int) -> None:
        self._executor = executor
        self._attempts = attempts
        self._tried_at: dict[str, datetime] = {}

    def turn(
        self, wishes: Sequence[RollIntent], state: State, ask_balances: AskBalances, now: datetime
    ) -> frozenset[str]:
        """Begin a group for every wish that is allowed; what is not is denied once, with the reason.

        The positions that are to be looked at again soon are returned: what was denied now can wait.
        """
        denied = set()
        for wish in wishes:
            position = state.book.positions[wish.position_id]
            last = self._tried_at.get(wish.position_id)
            if position.status not in _AT_REST or (last is not None and now - last < self._executor.rules.step):
                continue
            self._tried_at[wish.position_id] = now
            denial = self._begin(wish, position, state, ask_balances, now)
            if denial is not None:
                denied.add(wish.position_id)
                deny_once(self._executor.ledger, state, position.strategy, position.underlying, denial, now)
        return frozenset(wish.position_id for wish in wishes if wish.position_id not in denied)

    def _begin(
        self, wish: RollIntent, position: MultiLegPosition, state: State, ask_balances: AskBalances, now: datetime
    ) -> Denial | None:
        executor, purpose = self._executor, purpose_of(wish.legs, position)
        denial = executor.roll_refusal(wish.legs, position)
        if denial is None and purpose is not Purpose.CLOSE:
            denial = self._too_often(position, state, now) or _too_dear(wish, purpose, position, ask_balances)
        if denial is not None:
            return denial
        terms = RollTerms(
            legs=wish.legs,
            quantity=wish.quantity,
            worst_net=wish.worst_net,
            reason=wish.reason,
            requirement=wish.requirement,
            max_loss=wish.max_loss,
            into_new_position=wish.into_new_position,
            spot=executor.market.spot(position.underlying, wish.legs[0].contract.delivery),
        )
        try:
            created = roll_group(terms, position, executor.new_group_id(position.strategy), executor.market.quote)
        except InvalidStructure as error:
            return Denial("INVALID_ROLL", str(error))
        if created is None:
            return Denial("NO_PACKAGE_PRICE", f"{position.position_id}: a leg of the roll has no usable quote")
        if purpose is not Purpose.CLOSE:
            # the executor looks too, but a group it denies is an attempt: an option seldom quoted had none left by noon
            depth = check_depth(
                created.legs, created.quantity, created.worst_net, now, executor.market.quote, executor.rules
            )
            if not depth.accepted:
                return Denial(depth.code, f"{position.position_id}: {depth.text}")
        executor.begin(created)
        return None

    def _too_often(self, position: MultiLegPosition, state: State, now: datetime) -> Denial | None:
        begun = sum(
            1
            for group in state.groups.values()
            if group.created.position_id == position.position_id != group.group_id
            and group.purpose is not Purpose.CLOSE
            and session_date(group.created_at) == session_date(now)
        )
        if begun < self._attempts:
            return None
        return Denial("ROLL_ATTEMPTS", f"{position.position_id} was to be rolled {begun} times in this session")


def _too_dear(
    wish: RollIntent, purpose: Purpose, position: MultiLegPosition, ask_balances: AskBalances
) -> Denial | None:
    """What comes in must fit into what the account has left, with what goes out given back."""
    balances = ask_balances()
    if balances is None:
        return Denial("NO_BALANCES", "the broker does not say what the account holds")
    more = wish.requirement - (position.open_requirement if purpose is Purpose.ROLL else 0)
    if more <= 0 or more <= balances.buying_power:
        return None
    return Denial(
        "NO_BUYING_POWER", f"{more:,.0f} more would be tied up, the account has {balances.buying_power:,.0f} left"
    )

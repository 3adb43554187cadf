"""The desk's way out: from a decision to close to the group that does it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import gcd

from tomking.events import ExitReason, GroupCreated, PartialPolicy, Purpose
from tomking.execution.executor import Executor
from tomking.execution.pricing import PackagePrice, QuoteOf, on_grid, package_price
from tomking.execution.rules import ExecutionRules
from tomking.market.contract import Contract
from tomking.market.leg import Leg
from tomking.market.quote import Quote
from tomking.market.view import MarketView
from tomking.positions.book import PositionBook
from tomking.positions.position import MultiLegPosition, PositionStatus
from tomking.strategies.exits import NO_ORDERS, Orders, exits_due
from tomking.strategies.intent import ExitIntent
from tomking.strategies.spec import StrategySpec


class Exits:
    """Turns exit decisions into closing groups; they skip the validators, because a way out is never denied."""

    def __init__(self, executor: Executor, rules: ExecutionRules) -> None:
        self._executor = executor
        self._rules = rules
        self._asked: dict[str, ExitIntent] = {}
        self._tried_at: dict[str, datetime] = {}

    def ask(self, position_id: str, reason: ExitReason, text: str) -> None:
        """Close a position for a reason that is not a market rule (a phase change); kept until it is closed."""
        self._asked[position_id] = ExitIntent(position_id, reason, text, is_urgent=False)

    def turn(
        self,
        book: PositionBook,
        specs: Sequence[StrategySpec],
        market: MarketView,
        now: datetime,
        equity: Decimal | None,
        orders: Orders = NO_ORDERS,
        looked_at: Sequence[MultiLegPosition] | None = None,
    ) -> Collection[str]:
        """Begin a closing group for every position that must go and has none; the positions that must go.

        The rules are asked about the positions `looked_at` alone; None: about all.
        """
        if looked_at is None:
            looked_at = book.open_positions
        if not (looked_at or self._asked) or self._executor.refusal(Purpose.CLOSE, ()) is not None:
            return ()
        due = {intent.position_id: intent for intent in exits_due(specs, looked_at, market, now, equity, orders)}
        for position_id, intent in list(self._asked.items()):
            if position_id not in book.open_ids:
                del self._asked[position_id]
            else:
                due.setdefault(position_id, intent)
        for position in book.open_positions:
            if position.position_id in due:
                self._close(position, due[position.position_id], market, now)
        return due.keys()

    def _close(self, position: MultiLegPosition, intent: ExitIntent, market: MarketView, now: datetime) -> None:
        if position.status is PositionStatus.CLOSING:
            if intent.is_urgent:
                self._hurry(position, intent)
            return
        if position.status is not PositionStatus.BUILDING and self._may_try(position.position_id, now):
            for legs, quantity in closing_packages(intent.part or position.held, market.quote):
                self._begin(position, legs, quantity, intent, market)

    def _may_try(self, position_id: str, now: datetime) -> bool:
        """A refused way out is tried again with the next step of time, not at once."""
        last = self._tried_at.get(position_id)
        if last is not None and now - last < self._rules.step:
            return False
        self._tried_at[position_id] = now
        return True

    def _hurry(self, position: MultiLegPosition, intent: ExitIntent) -> None:
        """Take back a patient closing group; an urgent one follows when it has ended."""
        for group_id in sorted(position.closing):
            group = self._executor.ledger.groups[group_id]
            if group.created.worst_net is not None:
                self._executor.withdraw(group, f"it has become urgent: {intent.text}")

    def _begin(
        self, position: MultiLegPosition, legs: tuple[Leg, ...], quantity: int, intent: ExitIntent, market: MarketView
    ) -> None:
        price = package_price(legs, market.quote)
        if price is None and not intent.is_urgent:
            return  # a patient exit waits for a market
        self._executor.begin(
            GroupCreated(
                group_id=self._executor.new_group_id(position.strategy),
                strategy=position.strategy,
                purpose=Purpose.CLOSE,
                position_id=position.position_id,
                legs=legs,
                quantity=quantity,
                policy=PartialPolicy.KEEP,
                worst_net=None if intent.is_urgent or price is None else _reachable(legs, price, market.quote),
                expected_net=Decimal(0) if price is None else price.mid,
                exit_reason=intent.reason,
            )
        )


def closing_packages(held: Mapping[Contract, int], quotes: QuoteOf) -> list[tuple[tuple[Leg, ...], int]]:
    """What undoes a holding: its options as one package, bought-back shorts first; shares and futures one by one.

    A long option nobody bids for is left out: no broker sells it, and one such wing would keep the whole package from
    trading. It is worth nothing and risks nothing, and goes when somebody bids, or expires.
    """
    options = {
        contract: -quantity
        for contract, quantity in held.items()
        if contract.is_option and (quantity < 0 or _has_bid(quotes(contract)))
    }
    packages = []
    if options:
        size = gcd(*options.values())
        legs = sorted((Leg(contract, quantity // size) for contract, quantity in options.items()), key=_sold)
        packages.append((tuple(legs), size))
    for contract, quantity in held.items():
        if not contract.is_option:
            packages.append(((Leg(contract, -1 if quantity > 0 else 1),), abs(quantity)))
    return packages


def _reachable(legs: tuple[Leg, ...], price: PackagePrice, quotes: QuoteOf) -> Decimal:
    """The natural price, or the next one on our grid beyond it: a class may be quoted on a finer grid than ours.

    Of a class without a grid it is the natural price: nothing can be sent, and the group says why.
    """
    try:
        return on_grid(legs, price.natural, None, quotes)
    except ValueError:
        return price.natural


def _has_bid(quote: Quote | None) -> bool:
    return quote is not None and quote.has_bid


def _sold(leg: Leg) -> bool:
    return leg.is_short

"""After a start: ask the broker first, and open nothing before book and broker agree."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from tomking.errors import BackendUnreachable
from tomking.execution import adoption
from tomking.execution.executor import Executor
from tomking.market.contract import Contract
from tomking.market.settlement import has_settled, settlement_price


def resolve_orders(executor: Executor) -> str:
    """Learn what became of every order of ours: take over unknown ones, look up the unfinished.

    Returns why it could not be done; empty when the broker answered. Orders whose look-up got no answer stay unknown
    and are asked about again by the ordinary loop.
    """
    try:
        reports = executor.backend.orders()
    except BackendUnreachable as error:
        return f"the broker does not list its orders: {error}"
    # as they were sent: if all records of a group are lost, its first order tells most of what it was
    for report in sorted(reports, key=lambda report: adoption.place_of(report.order_id)):
        if adoption.is_ours(report.order_id):
            executor.take_order_report(report)
    listed = {report.order_id for report in reports}
    for group in executor.ledger.open_groups:
        for order in group.working_orders:
            if order.order_id not in listed:
                executor.look_up(order.order_id)
    return ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Book and broker side by side.

    Attributes:
        differences: contracts the desk trades of which the two hold different quantities: (book, broker). What the
            user is known to hold beside the desk counts as the book's.
        orphans: signed holdings nothing explains, in contracts the desk never traded: whose they are a person must say.
        beside: what a person has called his own, where it has changed.
        ended: live, options past their end that the broker holds no more: what the book holds, and what one was worth.
            Live brokers tell of no expiry.
    """

    differences: dict[Contract, tuple[int, int]] = field(default_factory=dict)
    orphans: dict[Contract, int] = field(default_factory=dict)
    beside: dict[Contract, int] = field(default_factory=dict)
    ended: dict[Contract, tuple[int, Decimal]] = field(default_factory=dict)

    @property
    def agrees(self) -> bool:
        """Everything the account holds is explained."""
        return not self.differences and not self.orphans

    @property
    def text(self) -> str:
        """What is not explained, for a person."""
        found = [
            f"{contract.text}: book {book:+d}, broker {broker:+d}"
            for contract, (book, broker) in self.differences.items()
        ]
        found += [f"orphan {quantity:+d} {contract.text}" for contract, quantity in self.orphans.items()]
        return "; ".join(found)


def _worth_at_end(executor: Executor, contract: Contract) -> Decimal | None:
    """What an option was worth that has ended; None while it lives, in a backtest, and when nobody knows."""
    now = executor.ledger.now
    is_live = executor.rules.sweep is not None
    return settlement_price(contract, executor.market, now) if is_live and has_settled(contract, now) else None


def compare(executor: Executor) -> Comparison | None:
    """Compare the books; None when it cannot be told now: no answer, or an order's fate is unknown."""
    ledger = executor.ledger
    if any(group.working_orders for group in ledger.open_groups):
        return None
    try:
        broker = executor.backend.positions()
    except BackendUnreachable:
        return None
    book, known_beside = ledger.book.holdings(), ledger.beside
    found = Comparison()
    for contract in sorted({*book, *broker, *known_beside}, key=lambda each: each.text):
        ours, held = book.get(contract, 0), broker.get(contract, 0)
        expected = ours + known_beside.get(contract, 0)
        if expected == held:
            continue
        worth = _worth_at_end(executor, contract) if held == known_beside.get(contract, 0) else None
        if worth is not None:
            found.ended[contract] = (ours, worth)
            continue
        if held == ours or (contract in known_beside and not ledger.trades(contract)):
            found.beside[contract] = held - ours  # the user's own comes and goes as he likes
        elif ledger.trades(contract):
            found.differences[contract] = (expected, held)
        else:
            found.orphans[contract] = held
    return found

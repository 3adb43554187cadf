"""After a start: ask the broker first, and open nothing before book and broker agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tomking.errors import BackendUnreachable
from tomking.execution import adoption
from tomking.execution.executor import Executor
from tomking.market.contract import Contract


def resolve_orders(executor: Executor) -> str:
    """Learn what became of every order of ours: take over unknown ones, look up the unfinished.

    Returns why it could not be done; empty when the broker answered. Orders whose look-up got no answer stay unknown
    and are asked about again by the ordinary loop.
    """
    try:
        reports = executor.backend.orders()
    except BackendUnreachable as error:
        return f"the broker does not list its orders: {error}"
    for report in reports:
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
        beside: what the account holds beside the desk where that has changed: contracts the desk never traded are the
            user's own, and none of its business.
    """

    differences: Mapping[Contract, tuple[int, int]]
    beside: Mapping[Contract, int]


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
    differences: dict[Contract, tuple[int, int]] = {}
    beside: dict[Contract, int] = {}
    for contract in sorted({*book, *broker, *known_beside}, key=lambda each: each.text):
        expected = book.get(contract, 0) + known_beside.get(contract, 0)
        found = broker.get(contract, 0)
        if expected == found:
            continue
        if not ledger.trades(contract):
            beside[contract] = found
        elif found == book.get(contract, 0):
            beside[contract] = 0  # what was beside is gone, or was the desk's after all
        else:
            differences[contract] = (expected, found)
    return Comparison(differences, beside)


def difference_text(found: Mapping[Contract, tuple[int, int]]) -> str:
    """The differences for a person."""
    return "; ".join(
        f"{contract.text}: book {book:+d}, broker {broker:+d}" for contract, (book, broker) in found.items()
    )

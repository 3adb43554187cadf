"""After a start: ask the broker first, and open nothing before book and broker agree."""

from __future__ import annotations

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


def difference(executor: Executor) -> dict[Contract, tuple[int, int]] | None:
    """Contracts of which book and broker hold different quantities: (book, broker).

    None when it cannot be told now: the broker gives no answer, or an order's fate is unknown.
    """
    if any(group.working_orders for group in executor.ledger.open_groups):
        return None
    try:
        broker = executor.backend.positions()
    except BackendUnreachable:
        return None
    book = executor.ledger.book.holdings()
    return {
        contract: (book.get(contract, 0), broker.get(contract, 0))
        for contract in sorted({*book, *broker}, key=lambda each: each.text)
        if book.get(contract, 0) != broker.get(contract, 0)
    }


def difference_text(found: dict[Contract, tuple[int, int]]) -> str:
    """The difference for a person."""
    return "; ".join(
        f"{contract.text}: book {book:+d}, broker {broker:+d}" for contract, (book, broker) in found.items()
    )

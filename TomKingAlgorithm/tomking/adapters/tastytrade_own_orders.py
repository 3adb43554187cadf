"""Which of the broker's orders are ours, and by which of our ids.

An order carries our id as its external identifier. That an order which stands in for another keeps the identifier it
was given nobody promises, so it is recognised by the order it replaces as well; and what was once known by the
broker's number stays known by it, whatever it says later.
"""

from __future__ import annotations

from dataclasses import replace

from tomking.adapters.tastytrade_orders import Order
from tomking.execution.adoption import is_ours


class OwnOrders:
    """Our ids and the broker's numbers. For one thread."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._ids: dict[int, str] = {}
        self._expected: dict[int, str] = {}

    def number(self, order_id: str) -> int | None:
        """The broker's number of an order of ours; None while it has told none."""
        return self._numbers.get(order_id)

    def learn(self, order_id: str, number: int) -> None:
        """The broker calls our order so."""
        self._numbers[order_id] = number
        self._ids[number] = order_id

    def expect(self, replaced: int, order_id: str) -> None:
        """Our order `order_id` is about to stand in for the one the broker calls `replaced`."""
        self._expected[replaced] = order_id

    def give_up(self, replaced: int) -> None:
        """It will not: the broker refused."""
        self._expected.pop(replaced, None)

    def id_of(self, number: int, identifier: str | None) -> str:
        """Our id of what the broker calls so; empty when it is not ours.

        Args:
            number: the broker's.
            identifier: the external identifier it shows.
        """
        order_id = self._ids.get(number) or identifier or ""
        return order_id if is_ours(order_id) else ""

    def named(self, order: Order) -> Order | None:
        """The order with our id as its identifier; None when it is not ours."""
        if order.order_id is None:
            return None
        expected = self._expected.get(order.replaces) if order.replaces is not None else None
        order_id = self.id_of(order.order_id, expected or order.external_identifier)
        if not order_id:
            return None
        self.learn(order_id, order.order_id)
        return order if order.external_identifier == order_id else replace(order, external_identifier=order_id)

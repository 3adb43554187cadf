"""Orders as they run live: an order call only queues its request, everything else happens later.

LEAN's live handler gives requests to threads of its own and waits a little for each. Here the wait is never long
enough: every order call returns while the order is new, which is the case an algorithm has to survive.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from leansim.api.orders import GroupOrderManager, Order
from leansim.trading.transactions import BrokerageMaker, TransactionHandler

if TYPE_CHECKING:
    from leansim.api.order_requests import OrderRequest
    from leansim.results.recorder import Recorder
    from leansim.trading.line import Alarms
    from leansim.trading.ports import TradingAlgorithm

#: How long LEAN's threads take to pick a request up, ns.
PICK_UP_NS: Final = 50_000_000


class LiveTransactionHandler(TransactionHandler):
    """Requests are processed when the alarm rings, in order."""

    def __init__(
        self, algorithm: TradingAlgorithm, recorder: Recorder, make_brokerage: BrokerageMaker, alarms: Alarms
    ) -> None:
        self._alarms = alarms
        self._due: dict[int, int] = {}
        super().__init__(algorithm, recorder, make_brokerage)

    def process_synchronous_events(self) -> None:
        """What is due at this instant happens before anything else in the step."""
        self._alarms.ring(self._algorithm.clock.ns)
        super().process_synchronous_events()

    def _wait(self, request: OrderRequest) -> None:
        super()._wait(request)
        due = self._due[id(request)] = self._algorithm.clock.ns + PICK_UP_NS
        self._alarms.set(due, self.drain)

    def _is_due(self, request: OrderRequest) -> bool:
        if self._due[id(request)] > self._algorithm.clock.ns:
            return False
        del self._due[id(request)]
        return True

    def adopt(self, orders: Iterable[Order]) -> list[Order]:
        """Take up what rests at the brokerage when the process begins: new ids, no tags, no history."""
        adopted: list[Order] = []
        groups: dict[int, GroupOrderManager] = {}
        for theirs in orders:
            order = theirs.clone()
            order.tag = ""
            status = order.status
            if theirs.group_order_manager is not None:
                old = theirs.group_order_manager
                if old.id not in groups:
                    number = self._algorithm.transactions.get_increment_group_order_manager_id()
                    groups[old.id] = GroupOrderManager(number, old.count, old._quantity, old._limit_price)
                order.group_order_manager = groups[old.id]
            self._open_order(order)
            order.status = status
            if order.group_order_manager is not None:
                order.group_order_manager.order_ids.add(order.id)
            adopted.append(order)
        return adopted

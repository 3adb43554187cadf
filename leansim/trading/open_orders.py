"""The open orders, in the order LEAN walks them.

LEAN keeps them in .NET's ``ConcurrentDictionary``, which walks its buckets: by id modulo the table's size, the newest
first inside a bucket. That order is visible: orders are canceled in it when a contract expires.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leansim.api.orders import Order

#: .NET's table sizes, as far as a backtest may need them.
_PRIMES: Final = (37, 47, 59, 71, 89, 107, 131, 163, 197, 239, 293, 353, 431, 521, 631, 761, 919, 1103, 1327, 1597)
_PRIMES_ABOVE: Final = (1931, 2333, 2801, 3371, 4049, 4861, 5839, 7013, 8419, 10103, 12143, 14591, 17519, 21023, 25229)
#: The table has as many locks as the machine has cores; the recorded runs had two.
_LOCKS: Final = 2
_MOST_LOCKS: Final = 1024


class OpenOrders:
    """Orders by id."""

    def __init__(self) -> None:
        self._size = _PRIMES[0]
        self._locks = _LOCKS
        self._budget = self._size // self._locks
        self._buckets: dict[int, list[Order]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Order]:
        for bucket in sorted(self._buckets):
            yield from self._buckets[bucket]

    def __contains__(self, order_id: int) -> bool:
        return self.get(order_id) is not None

    def get(self, order_id: int) -> Order | None:
        """The order of an id."""
        return next((order for order in self._buckets.get(order_id % self._size, ()) if order.id == order_id), None)

    def add(self, order: Order) -> None:
        """Put a new order in."""
        self._put(order)
        lock = order.id % self._size % self._locks
        if sum(len(bucket) for at, bucket in self._buckets.items() if at % self._locks == lock) > self._budget:
            self._grow()

    def pop(self, order_id: int) -> Order | None:
        """Take an order out."""
        order = self.get(order_id)
        if order is not None:
            bucket = self._buckets[order_id % self._size]
            bucket.remove(order)
            if not bucket:
                del self._buckets[order_id % self._size]
            self._count -= 1
        return order

    def _put(self, order: Order) -> None:
        self._buckets.setdefault(order.id % self._size, []).insert(0, order)
        self._count += 1

    def _grow(self) -> None:
        if self._count < self._size // 4:
            self._budget *= 2
            return
        self._size = next(prime for prime in (*_PRIMES, *_PRIMES_ABOVE) if prime >= self._size * 2)
        self._locks = min(self._locks * 2, _MOST_LOCKS)
        orders = list(self)
        self._buckets, self._count = {}, 0
        for order in orders:
            self._put(order)
        self._budget = max(1, self._size // self._locks)

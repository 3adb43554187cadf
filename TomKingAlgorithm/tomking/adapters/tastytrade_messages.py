"""The account stream's messages, read; and the sieve that lets through only what is new. No network, no thread.

A notification is a full snapshot, and the stream has neither numbers nor replay: messages come twice, late and out of
order. A fill is known by its id; an order's snapshot is newer when it ended, shows more fills, or was updated later.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal

from tomking.adapters.tastytrade_account import read_balances, read_position, read_trading_status
from tomking.adapters.tastytrade_fields import Row, UnreadablePayload
from tomking.adapters.tastytrade_notices import (
    BalancesNotice,
    ComplexOrderNotice,
    FillNotice,
    Notice,
    OrderNotice,
    PositionNotice,
    TradingStatusNotice,
    Unmapped,
)
from tomking.adapters.tastytrade_orders import Order, read_complex_order, read_order


@dataclass(frozen=True, slots=True)
class Answer:
    """The server's answer to `connect` or `heartbeat`; `message` says what was wrong."""

    action: str
    ok: bool
    message: str


def read_message(text: str | bytes, account: str) -> Order | Notice | Answer:
    """One message; whatever cannot be read is `Unmapped`, nothing raises.

    Args:
        account: the only account whose messages count.
    """
    try:
        parsed: object = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return Unmapped("", "not JSON")
    if not isinstance(parsed, dict):
        return Unmapped("", "not an object")
    row = Row(parsed)
    try:
        if "type" not in row and "action" in row:
            return Answer(row.text("action"), row.text_or("status", "") == "ok", row.text_or("message", ""))
        kind = row.text_or("type", "")
    except UnreadablePayload as problem:
        return Unmapped("", str(problem))
    try:
        return _read_notification(kind, row, account)
    except UnreadablePayload as problem:
        return Unmapped(kind, str(problem), _order_id(row) if kind == "Order" else None)


def _read_notification(kind: str, row: Row, account: str) -> Order | Notice:
    if kind not in {"Order", "ComplexOrder", "CurrentPosition", "AccountBalance", "TradingStatus"}:
        return Unmapped(kind, "")
    data = row.row("data")
    if data.text("account-number") != account:
        return Unmapped(kind, "of another account")
    match kind:
        case "Order":
            data.whole("id")
            return read_order(data)
        case "ComplexOrder":
            return ComplexOrderNotice(read_complex_order(data))
        case "CurrentPosition":
            return PositionNotice(read_position(data))
        case "AccountBalance":
            return BalancesNotice(read_balances(data))
        case _:
            return TradingStatusNotice(read_trading_status(data))


def _order_id(row: Row) -> int | None:
    try:
        return row.row("data").whole("id")
    except UnreadablePayload:
        return None


@dataclass(slots=True)
class _Known:
    last: Order
    fill_ids: set[str]


class Sieve:
    """What was handed on already, by order. Remembers the orders touched last, so its size is bounded.

    Of an order it has forgotten, fills would pass a second time: whoever books them does so by fill id.
    """

    def __init__(self, remembered_orders: int = 5_000) -> None:
        self._room = remembered_orders
        self._orders: OrderedDict[int, _Known] = OrderedDict()

    def news(self, order: Order) -> list[Notice]:
        """The fills not handed on yet, then the order itself when it is newer; empty when it says nothing new."""
        order_id = _id(order)
        known = self._orders.get(order_id)
        seen = known.fill_ids if known is not None else set()
        found: list[Notice] = []
        for leg, fill in order.executions():
            if fill.fill_id not in seen:
                found.append(
                    FillNotice(order_id, order.external_identifier, leg.symbol, leg.action, leg.direction, fill)
                )
        if known is None or _newer(order, known.last):
            found.append(OrderNotice(order))
        return found

    def keep(self, order: Order) -> None:
        """The news of this order were handed on."""
        order_id = _id(order)
        fill_ids = {fill.fill_id for _, fill in order.executions()}
        known = self._orders.get(order_id)
        if known is None:
            self._orders[order_id] = _Known(order, fill_ids)
            if len(self._orders) > self._room:
                self._orders.popitem(last=False)
            return
        known.fill_ids |= fill_ids
        if _newer(order, known.last):
            known.last = order
        self._orders.move_to_end(order_id)


def _id(order: Order) -> int:
    if order.order_id is None:
        raise ValueError("an order of the stream has an id")
    return order.order_id


def _newer(order: Order, last: Order) -> bool:
    if order.terminal != last.terminal:
        return order.terminal
    if order.filled != last.filled:
        return order.filled > last.filled
    if order.updated_at is not None and last.updated_at is not None and order.updated_at != last.updated_at:
        return order.updated_at > last.updated_at
    return order != last

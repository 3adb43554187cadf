"""Fills LEAN's own models never give: a part of each leg, and a whole package at its limit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leansim.api.enums import OrderStatus
from leansim.api.order_events import CashAmount, OrderEvent, OrderFee
from leansim.api.orders import ComboLimitOrder
from leansim.trading import fill_prices

if TYPE_CHECKING:
    from leansim.api.orders import Order
    from leansim.api.securities import SecurityManager
    from leansim.trading.faults import Fault

_CENT: Final = Decimal("0.01")


def in_parts(fills: list[OrderEvent], fault: Fault) -> tuple[list[OrderEvent], list[OrderEvent]]:
    """What of each fill happens now, and what is left, whole contracts each; the fee is shared by quantity."""
    now: list[OrderEvent] = []
    left: list[OrderEvent] = []
    for place, fill in enumerate(fills):
        whole = fill._fill_quantity
        first = Decimal(int(abs(whole) * Decimal(str(fault.share(place))))).copy_sign(whole)
        if first == whole:
            now.append(fill)
            continue
        part, rest = fill.clone(), fill.clone()
        fee = fill.order_fee.value
        paid = (fee._amount * first / whole).quantize(_CENT)
        part._fill_quantity, rest._fill_quantity = first, whole - first
        part.order_fee = OrderFee(CashAmount(paid, fee.currency))
        rest.order_fee = OrderFee(CashAmount(fee._amount - paid, fee.currency))
        part.status = OrderStatus.PARTIALLY_FILLED
        left.append(rest)
        if first:
            now.append(part)
    return now, left


def prices_at_limit(legs: list[Order], securities: SecurityManager) -> list[Decimal]:
    """Prices of the legs that make up the order's limit exactly; the last ones of the market where it has none."""
    prices = [fill_prices.side_prices(securities[leg.symbol], leg.direction).current for leg in legs]
    first = legs[0]
    group = first.group_order_manager
    if group is None:
        limit: Decimal | None = getattr(first, "_limit_price", None)
        return prices if limit is None else [limit]
    if not isinstance(first, ComboLimitOrder):
        return prices
    ratios = [leg._quantity / group._quantity for leg in legs]
    net = sum((ratio * price for ratio, price in zip(ratios, prices, strict=True)), Decimal(0))
    dearest = max(range(len(legs)), key=prices.__getitem__)
    prices[dearest] += (group._limit_price - net) / ratios[dearest]
    return prices


def joined(fills: list[OrderEvent]) -> list[OrderEvent]:
    """One fill for each order: all of its parts, at the time and price of the last."""
    joined: dict[int, OrderEvent] = {}
    for fill in fills:
        before = joined.pop(fill.order_id, None)
        if before is not None:
            fill._fill_quantity += before._fill_quantity
        joined[fill.order_id] = fill
    return list(joined.values())

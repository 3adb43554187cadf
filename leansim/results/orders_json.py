"""Orders and order events in LEAN's shape, and the fingerprint of a list of orders.

Keys, their order, which of them are left out and how many digits a number shows are LEAN's: its ``OrderListHash`` is
the MD5 of this very text, so two runs are the same if and only if this text is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leansim.api.enums import OrderType
from leansim.api.naming import pascal
from leansim.api.order_events import NULL_CURRENCY
from leansim.api.order_properties import (
    DayTimeInForce,
    GoodTilCanceledTimeInForce,
    GoodTilDateTimeInForce,
    OrderProperties,
    TimeInForce,
)
from leansim.api.orders import (
    ComboLegLimitOrder,
    GroupOrderManager,
    LimitIfTouchedOrder,
    LimitOrder,
    Order,
    StopLimitOrder,
    StopMarketOrder,
    TrailingStopOrder,
)
from leansim.errors import NotEmulated
from leansim.results.lean_json import dumps, iso_time
from leansim.results.rounding import normalized, smart

if TYPE_CHECKING:
    from leansim.api.order_events import OrderEvent
    from leansim.api.symbols import Symbol

_COMBOS = (OrderType.COMBO_MARKET, OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT)
_TIME_IN_FORCE = "QuantConnect.Orders.TimeInForces"


def order_list_hash(orders: Mapping[int, Order]) -> str:
    """LEAN's ``OrderListHash``: MD5 over the orders by id, their own prices rounded to seven digits."""
    return hash_of(order_as_json(orders[number], rounded=True) for number in sorted(orders))


def hash_of(shapes: Iterable[Mapping[str, Any]]) -> str:
    """The same over orders that already have LEAN's shape."""
    return hashlib.md5(",".join(dumps(shape) for shape in shapes).encode(), usedforsecurity=False).hexdigest()


def order_as_json(order: Order, rounded: bool = False) -> dict[str, Any]:
    """An order; ``rounded`` as LEAN rounds it for the fingerprint."""
    price = smart(order._price) if rounded else normalized(order._price)
    quantity = normalized(order._quantity)
    is_combo = order.type in _COMBOS
    created = iso_time(order._time_ns) if order._is_zoned else iso_time(order._time_ns).removesuffix("Z")
    shape = _own_fields(order, rounded)
    if is_combo:
        shape["quantity"] = quantity
    shape |= {
        "id": order.id,
        "contingentId": order.contingent_id,
        "brokerId": list(order.broker_id),
        "symbol": symbol_as_json(order.symbol),
        "price": price,
        "priceCurrency": order.price_currency,
        "time": created,
        "createdTime": created,
    }
    for key, ns in (
        ("lastFillTime", order._last_fill_ns),
        ("lastUpdateTime", order._last_update_ns),
        ("canceledTime", order._canceled_ns),
    ):
        if ns is not None:
            shape[key] = iso_time(ns)
    if not is_combo:
        shape["quantity"] = quantity
    shape["status"] = int(order.status)
    if order.tag is not None:
        shape["tag"] = order.tag
    shape |= {
        "properties": _properties(order.properties, pascal if rounded else _lower_camel),
        "securityType": int(order.security_type),
        "direction": int(order.direction),
        "value": quantity * price,
        "orderSubmissionData": _submission_data(order),
        "isMarketable": _is_marketable(order, rounded),
    }
    if order.group_order_manager is not None:
        shape["groupOrderManager"] = _group(order.group_order_manager)
    shape["priceAdjustmentMode"] = int(order.price_adjustment_mode)
    return shape


def event_as_json(event: OrderEvent, algorithm_id: str) -> dict[str, Any]:
    """An order event, as in LEAN's ``-order-events.json``."""
    shape: dict[str, Any] = {
        "id": f"{algorithm_id}-{event.order_id}-{event.id}",
        "algorithmId": algorithm_id,
        "orderId": event.order_id,
        "orderEventId": event.id,
        "symbol": str(event.symbol.id),
        "symbolValue": event.symbol.value,
        "symbolPermtick": event.symbol.id.symbol,
        "time": event._utc_ns / 1_000_000_000,
        "status": _lower_camel(str(event.status)),
    }
    fee = event.order_fee.value
    if fee.currency != NULL_CURRENCY:
        shape |= {"orderFeeAmount": fee._amount, "orderFeeCurrency": fee.currency}
    shape |= {
        "fillPrice": event._fill_price,
        "fillPriceCurrency": event.fill_price_currency,
        "fillQuantity": event._fill_quantity,
        "direction": _lower_camel(str(event.direction)),
    }
    if event.message:
        shape["message"] = event.message
    shape |= {"isAssignment": event.is_assignment, "quantity": event._quantity}
    if event._stop_price is not None:
        shape["stopPrice"] = event._stop_price
    if event._limit_price is not None:
        shape["limitPrice"] = event._limit_price
    if event.is_in_the_money:
        shape["isInTheMoney"] = True
    return shape


def symbol_as_json(symbol: Symbol) -> dict[str, Any]:
    """A symbol with its underlying."""
    shape: dict[str, Any] = {"value": symbol.value, "id": str(symbol.id), "permtick": symbol.value}
    if symbol.underlying is not None:
        shape["underlying"] = symbol_as_json(symbol.underlying)
    return shape


def _own_fields(order: Order, rounded: bool) -> dict[str, Any]:
    """What the class of the order adds; LEAN writes these first."""
    kind = {"type": int(order.type)}

    def price(value: Decimal) -> Decimal:
        return smart(value) if rounded else value

    match order:
        case TrailingStopOrder():
            return {
                "trailingAmount": price(order._trailing_amount),
                "trailingAsPercentage": order.trailing_as_percentage,
                **kind,
                "stopPrice": price(order._stop_price),
            }
        case StopMarketOrder():
            return {"stopPrice": price(order._stop_price), **kind}
        case StopLimitOrder():
            return {
                "stopPrice": price(order._stop_price),
                "stopTriggered": order.stop_triggered,
                "limitPrice": price(order._limit_price),
                **kind,
            }
        case LimitIfTouchedOrder():
            return {
                **kind,
                "triggerPrice": price(order._trigger_price),
                "limitPrice": price(order._limit_price),
                "triggerTouched": order.trigger_touched,
            }
        case ComboLegLimitOrder():
            return {**kind, "limitPrice": order._limit_price}
        case LimitOrder():
            return {"limitPrice": price(order._limit_price), **kind}
    return dict(kind)


def _is_marketable(order: Order, rounded: bool) -> bool:
    """LEAN rounds the limit before it asks: a limit at the quote may be through it, or no longer reach it."""
    if rounded and isinstance(order, LimitOrder):
        return order._marketable_at(smart(order._limit_price))
    return order.is_marketable


def _group(group: GroupOrderManager) -> dict[str, Any]:
    return {
        "id": group.id,
        "quantity": group._quantity,
        "count": group.count,
        "limitPrice": group._limit_price,
        "orderIds": list(group.order_ids),
        "direction": int(group.direction),
    }


def _submission_data(order: Order) -> dict[str, Any] | None:
    data = order.order_submission_data
    if data is None:
        return None
    return {
        "bidPrice": data._bid_price,
        "askPrice": data._ask_price,
        "lastPrice": data._last_price,
    }


def _properties(properties: OrderProperties, spelled: Callable[[str], str]) -> dict[str, Any]:
    """A brokerage's own properties, in small camel case in LEAN's files and in Pascal case under its fingerprint."""
    own = {
        spelled(name): value
        for name, value in sorted(vars(properties).items())
        if name not in ("time_in_force", "exchange") and not name.startswith("_")
    }
    written = {**own, "timeInForce": _time_in_force(properties.time_in_force)}
    exchange = properties.exchange
    if exchange is None:
        return written
    kinds = [int(kind) for kind in exchange.security_types]
    shown = {"code": exchange.code, "name": exchange.name, "market": exchange.market, "security_types": kinds}
    return {**written, spelled("exchange"): {spelled(name): value for name, value in shown.items()}}


def _time_in_force(time_in_force: TimeInForce) -> dict[str, Any]:
    match time_in_force:
        case GoodTilCanceledTimeInForce():
            return {}
        case DayTimeInForce():
            return {"$type": f"{_TIME_IN_FORCE}.DayTimeInForce"}
        case GoodTilDateTimeInForce():
            expiry = time_in_force.expiry
            return {
                "$type": f"{_TIME_IN_FORCE}.GoodTilDateTimeInForce",
                "Expiry": f"{expiry:%Y-%m-%dT%H:%M:%S}{'Z' if expiry.tzinfo else ''}",
            }
    raise NotEmulated(type(time_in_force).__name__)


def _lower_camel(name: str) -> str:
    spelled = pascal(name)
    return spelled[:1].lower() + spelled[1:]

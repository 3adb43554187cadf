"""An order as the venue knows it, the strict reading of a request body, and the JSON an order is told in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import gcd
from typing import Any

from fakes.tastytrade.contracts import Contract, read_symbol
from fakes.tastytrade.mischief import Behaviour
from fakes.tastytrade.refusal import invalid, preflight

TERMINAL = {"Filled", "Cancelled", "Rejected", "Expired", "Removed"}
WORKING = {"Received", "Routed", "In Flight", "Live", "Contingent"}
ACTIONS = {"Buy to Open": 1, "Sell to Open": -1, "Buy to Close": 1, "Sell to Close": -1, "Buy": 1, "Sell": -1}
ORDER_TYPES = {"Limit", "Market", "Stop", "Stop Limit"}
TIMES_IN_FORCE = {"Day", "GTC", "GTD", "IOC", "Ext", "GTC Ext"}
MAX_LEGS = {"Equity Option": 4, "Future Option": 4, "Equity": 1, "Future": 1}

_FIELDS = {
    "order-type", "time-in-force", "price", "price-effect", "stop-trigger", "legs", "external-identifier", "source",
    "advanced-instructions", "rules", "gtc-date", "automated-source", "partition-key", "preflight-id", "value",
    "value-effect", "behavior", "account-number", "underlying-symbol", "underlying-instrument-type",
}  # fmt: skip
_LEG_FIELDS = {"instrument-type", "symbol", "action", "quantity", "remaining-quantity", "fills"}


@dataclass
class VenueFill:
    fill_id: str
    exec_id: str
    quantity: int
    price: Decimal
    at: datetime
    venue: str


@dataclass
class VenueLeg:
    contract: Contract
    action: str
    quantity: int
    fills: list[VenueFill] = field(default_factory=list)

    @property
    def direction(self) -> int:
        return ACTIONS[self.action]

    @property
    def filled(self) -> int:
        return sum(fill.quantity for fill in self.fills)


@dataclass
class VenueOrder:
    """One order. `price` is net per unit in points, debit positive; None for a market order."""

    account: str
    legs: list[VenueLeg]
    order_type: str
    time_in_force: str
    price: Decimal | None
    price_text: str | None
    stop_trigger: str | None
    identifier: str | None
    source: str | None
    strict: bool
    order_id: int | None = None
    status: str = "Received"
    behaviour: Behaviour = field(default_factory=Behaviour)
    received_at: datetime | None = None
    times: dict[str, datetime] = field(default_factory=dict)
    updated_at: datetime | None = None
    replaces: int | None = None
    replaced_by: int | None = None
    edited: bool = False
    reject_reason: str | None = None
    contingent: str | None = None
    complex_order_id: int | None = None
    complex_order_tag: str | None = None
    units_filled: int = 0
    cancel_requested: bool = False
    cancelled_size: int | None = None

    @property
    def size(self) -> int:
        return gcd(*(leg.quantity for leg in self.legs))

    @property
    def terminal(self) -> bool:
        return self.status in TERMINAL

    @property
    def units_left(self) -> int:
        return self.size - self.units_filled

    def ratios(self) -> Iterator[tuple[VenueLeg, int]]:
        """Each leg with its contracts for one unit."""
        for leg in self.legs:
            yield leg, leg.quantity // self.size

    def to_json(self) -> dict[str, Any]:
        first = self.legs[0].contract
        fields: dict[str, Any] = {
            "account-number": self.account,
            "cancellable": self.status in {"Received", "Live", "Contingent"},
            "editable": self.status in {"Received", "Live"},
            "edited": self.edited,
            "external-identifier": self.identifier,
            "leg-count": len(self.legs),
            "order-type": self.order_type,
            "price": self.price_text,
            "price-effect": None if self.price is None else "Debit" if self.price > 0 else "Credit",
            "size": self.size,
            "source": self.source,
            "status": self.status,
            "stop-trigger": self.stop_trigger,
            "time-in-force": self.time_in_force,
            "underlying-instrument-type": first.underlying_type,
            "underlying-symbol": first.underlying,
            "updated-at": int(self.updated_at.timestamp() * 1000) if self.updated_at and self.order_id else 0,
            "legs": [
                {
                    "action": leg.action,
                    "instrument-type": leg.contract.instrument_type,
                    "quantity": leg.quantity,
                    "remaining-quantity": leg.quantity - leg.filled,
                    "symbol": leg.contract.symbol,
                    "fills": [
                        {
                            "ext-group-fill-id": fill.exec_id,
                            "ext-exec-id": fill.exec_id,
                            "fill-id": fill.fill_id,
                            "quantity": fill.quantity,
                            "fill-price": format(fill.price, "f"),
                            "filled-at": iso(fill.at),
                            "destination-venue": fill.venue,
                        }
                        for fill in leg.fills
                    ],
                }
                for leg in self.legs
            ],
            "id": self.order_id,
            "received-at": iso(self.received_at) if self.received_at and self.order_id else None,
            "replaces-order-id": self.replaces,
            "replacing-order-id": self.replaced_by,
            "reject-reason": self.reject_reason,
            "contingent-status": self.contingent,
            "complex-order-id": self.complex_order_id,
            "complex-order-tag": self.complex_order_tag,
            "cancelled-size": self.cancelled_size,
            **{name: iso(at) for name, at in self.times.items()},
        }
        return {name: value for name, value in fields.items() if value is not None}


def iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def read_body(account: str, body: Any, replaced: VenueOrder | None = None) -> VenueOrder:
    """The order a request asks for; a replacement takes its legs from the order it replaces.

    Raises:
        Refusal: 400 for what is wrong in itself, 422 for what is never traded.
    """
    if not isinstance(body, dict):
        raise invalid("body", "must be an object")
    for name in body.keys() - _FIELDS:
        raise invalid(name, "is not a known field")
    order_type, in_force = body.get("order-type"), body.get("time-in-force")
    if order_type not in ORDER_TYPES:
        raise invalid("order-type", "does not have a valid value")
    if in_force not in TIMES_IN_FORCE:
        raise invalid("time-in-force", "does not have a valid value")
    if replaced is None:
        legs = _read_legs(body.get("legs"))
    elif "legs" in body:
        raise invalid("legs", "is not a known field")
    else:
        legs = [VenueLeg(leg.contract, leg.action, leg.quantity) for leg in replaced.legs]
    price, text = _read_price(body, priced=order_type in {"Limit", "Stop Limit"})
    identifier = body.get("external-identifier")
    if identifier is not None and not isinstance(identifier, str):
        raise invalid("external-identifier", "must be a string")
    advanced = body.get("advanced-instructions") or {}
    order = VenueOrder(
        account=account,
        legs=legs,
        order_type=str(order_type),
        time_in_force=str(in_force),
        price=price,
        price_text=text,
        stop_trigger=_read_trigger(body, needed=str(order_type).startswith("Stop")),
        identifier=identifier,
        source=body.get("source"),
        strict=advanced.get("strict-position-effect-validation") is True,
    )
    _check_shape(order)
    return order


def _read_legs(legs: Any) -> list[VenueLeg]:
    if not isinstance(legs, list) or not legs:
        raise invalid("legs", "is missing")
    found = []
    for leg in legs:
        if not isinstance(leg, dict) or leg.keys() - _LEG_FIELDS:
            raise invalid("legs", "is invalid")
        if leg.get("instrument-type") not in MAX_LEGS:
            raise invalid("legs.instrument-type", "does not have a valid value")
        if leg.get("action") not in ACTIONS:
            raise invalid("legs.action", "does not have a valid value")
        quantity = _number(leg.get("quantity"))
        if quantity is None or quantity <= 0 or quantity != int(quantity):
            raise invalid("legs.quantity", "must be a whole number greater than zero")
        contract = read_symbol(str(leg.get("symbol")), leg["instrument-type"])
        found.append(VenueLeg(contract, leg["action"], int(quantity)))
    return found


def _read_price(body: dict[str, Any], priced: bool) -> tuple[Decimal | None, str | None]:
    if not priced:
        if "price" in body:
            raise invalid("price", "is not allowed for this order type")
        return None, None
    price, effect = _number(body.get("price")), body.get("price-effect")
    if price is None or price <= 0:
        raise invalid("price", "must be greater than zero")
    if effect not in {"Debit", "Credit"}:
        raise invalid("price-effect", "does not have a valid value")
    return (price if effect == "Debit" else -price), format(price, "f")


def _read_trigger(body: dict[str, Any], needed: bool) -> str | None:
    trigger = _number(body.get("stop-trigger"))
    if needed != (trigger is not None):
        raise invalid("stop-trigger", "is required" if needed else "is not allowed for this order type")
    return None if trigger is None else format(trigger, "f")


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _check_shape(order: VenueOrder) -> None:
    kinds = {leg.contract.instrument_type for leg in order.legs}
    if len(kinds) > 1:
        raise invalid("legs", "must be of one instrument type")
    kind = kinds.pop()
    if len(order.legs) > MAX_LEGS[kind]:
        raise invalid("legs", f"at most {MAX_LEGS[kind]} legs are allowed")
    if len({leg.contract.symbol for leg in order.legs}) < len(order.legs):
        raise invalid("legs", "must have different symbols")
    if len({leg.contract.underlying if kind != "Future Option" else leg.contract.product for leg in order.legs}) > 1:
        raise invalid("legs", "must have one underlying")
    if kind != "Future" and any(leg.action in {"Buy", "Sell"} for leg in order.legs):
        raise invalid("legs.action", "does not have a valid value")
    if order.order_type in {"Market", "Stop"} and len(order.legs) > 1:
        raise invalid("order-type", "is allowed for a single leg only")
    if order.order_type.startswith("Stop") and kind == "Future Option":
        raise invalid("order-type", "stops are not allowed on futures options")
    if order.order_type == "Market" and order.time_in_force.startswith("GT"):
        raise preflight("gtc_market_orders_not_supported", "GTC/GTD Market orders are not supported.")
    if order.price is not None and order.price < 0 and all(leg.direction > 0 for leg in order.legs):
        raise preflight("cant_buy_for_credit", "You cannot buy for a credit.")

"""Orders as they are sent to Tastytrade.

A net price is signed here too, **debit positive**, and becomes a positive text with a `price-effect` in the body.
Numbers go out as exact decimal text, never by way of a float.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tomking.adapters.tastytrade_fields import plain
from tomking.adapters.tastytrade_orders import Action, InstrumentType, OrderType, TimeInForce

SOURCE = "tomking/1.0"
"""Names this client in every order; free text that Tastytrade echoes."""


@dataclass(frozen=True, slots=True)
class NewLeg:
    """One leg to send; `quantity` in contracts, positive."""

    symbol: str
    instrument_type: InstrumentType
    action: Action
    quantity: int


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to send.

    Attributes:
        legs: 1 to 4, different symbols.
        price: net per unit of lowest ratio in points, debit positive, never 0; None for market and stop orders.
        external_identifier: our id.
        strict: a closing leg without a position is refused instead of becoming an opening one.
    """

    legs: tuple[NewLeg, ...]
    price: Decimal | None
    external_identifier: str | None = None
    order_type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.DAY
    stop_trigger: Decimal | None = None
    strict: bool = True
    source: str | None = SOURCE

    def body(self) -> dict[str, object]:
        """The JSON body.

        Raises:
            ValueError: a price of 0, which has no direction on the wire.
        """
        fields: dict[str, object] = {
            "time-in-force": str(self.time_in_force),
            "order-type": str(self.order_type),
            **_price_fields(self.price),
        }
        if self.stop_trigger is not None:
            fields["stop-trigger"] = plain(self.stop_trigger)
        if self.source is not None:
            fields["source"] = self.source
        if self.external_identifier is not None:
            fields["external-identifier"] = self.external_identifier
        if self.strict:
            fields["advanced-instructions"] = {"strict-position-effect-validation": True}
        fields["legs"] = [
            {
                "instrument-type": str(leg.instrument_type),
                "symbol": leg.symbol,
                "action": str(leg.action),
                "quantity": leg.quantity,
            }
            for leg in self.legs
        ]
        return fields


@dataclass(frozen=True, slots=True)
class Replacement:
    """What may change of a working order; legs and quantity stay. The identifier is lost unless given again."""

    price: Decimal
    external_identifier: str | None
    order_type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.DAY

    def body(self) -> dict[str, object]:
        """The JSON body; `ValueError` for a price of 0."""
        fields: dict[str, object] = {
            "time-in-force": str(self.time_in_force),
            "order-type": str(self.order_type),
            **_price_fields(self.price),
        }
        if self.external_identifier is not None:
            fields["external-identifier"] = self.external_identifier
        return fields


@dataclass(frozen=True, slots=True)
class NewComplexOrder:
    """Orders tied together: `OTOCO` with a trigger, `OCO` without; an OCO pair is one limit and one stop."""

    kind: str
    orders: tuple[NewOrder, ...]
    trigger: NewOrder | None = None
    source: str | None = SOURCE

    def body(self) -> dict[str, object]:
        """The JSON body; `ValueError` for a price of 0."""
        fields: dict[str, object] = {"type": self.kind}
        if self.source is not None:
            fields["source"] = self.source
        if self.trigger is not None:
            fields["trigger-order"] = self.trigger.body()
        fields["orders"] = [order.body() for order in self.orders]
        return fields


def _price_fields(price: Decimal | None) -> dict[str, object]:
    if price is None:
        return {}
    if price == 0 or not price.is_finite():
        raise ValueError(f"a net price has a direction and so cannot be {price}")
    return {"price": plain(abs(price)), "price-effect": "Debit" if price > 0 else "Credit"}

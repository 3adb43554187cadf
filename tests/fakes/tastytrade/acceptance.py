"""What the broker says to an order before it takes it: refusals, corrections, warnings, margin and fees."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fakes.tastytrade.contracts import Contract, unsupported
from fakes.tastytrade.ledger import ZERO, effect, fees, money, requirement
from fakes.tastytrade.orders import VenueLeg, VenueOrder
from fakes.tastytrade.refusal import preflight

if TYPE_CHECKING:
    from fakes.tastytrade.venue import Venue

NEW_YORK = ZoneInfo("America/New_York")
LAST_OPENING_SALE = time(15, 30)
"""On the day an option expires; New York time."""


class Acceptance:
    """The preflight checks of one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def check(self, order: VenueOrder) -> list[dict[str, str]]:
        """Refuse what the broker refuses; correct open and close as it does; return its warnings."""
        warnings = []
        now = self._venue.now().astimezone(NEW_YORK)
        for leg in order.legs:
            contract = leg.contract
            if self._venue.conditions.listed_only and contract.symbol not in self._venue.listed:
                raise unsupported(contract.symbol)
            if contract.expiration is not None and contract.expiration < now.date():
                raise unsupported(contract.symbol)
            if leg.action == "Sell to Open" and contract.expiration == now.date() and now.time() >= LAST_OPENING_SALE:
                raise preflight("too_close_to_expiration", "Opening orders are not accepted this close to expiration.")
            for other in self._working_legs(contract):
                if other.direction != leg.direction:
                    raise preflight(
                        "illegal_buy_and_sell_on_same_symbol", "Cannot buy and sell against the same symbol."
                    )
            if leg.action.endswith("Close"):
                warnings += self._check_close(order, leg)
        opens = any(leg.action.endswith("Open") for leg in order.legs)
        if opens and self._venue.ledger.status.get("is-closing-only"):
            raise preflight("account_closing_only", "Your account is restricted to closing orders.")
        if not self._venue.conditions.open:
            if order.order_type == "Market" and opens:
                raise preflight(
                    "tif_no_after_hours_opening_market_orders", "Opening market orders not allowed when market closed."
                )
            warnings.append(
                {
                    "code": "tif.next_valid_session",
                    "message": "Your order will begin working during next valid session.",
                }
            )
        if opens and self._tied_up(order) > self._venue.ledger.buying_power:
            raise preflight(
                "margin_check_failed", "Account does not have sufficient buying power available for this order."
            )
        return warnings

    def _check_close(self, order: VenueOrder, leg: VenueLeg) -> list[dict[str, str]]:
        held = self._venue.ledger.held(leg.contract.symbol)
        closable = max(0, -held * leg.direction)
        closing = sum(
            other.quantity - other.filled
            for other in self._working_legs(leg.contract)
            if other.action.endswith("Close")
        )
        if closing and closing + leg.quantity > closable:
            raise preflight(
                "cannot_close_against_more_than_existing_position",
                "You already have a closing order which must be cancelled before this order can be routed.",
            )
        if leg.quantity <= closable:
            return []
        if order.strict or closable:
            raise preflight(
                "cannot_close_against_more_than_existing_position", "The position is not large enough to close."
            )
        leg.action = leg.action.replace("Close", "Open")
        message = "One or more closing legs have no open position."
        return [{"code": "closing_with_no_position", "message": message}]

    def _working_legs(self, contract: Contract) -> Iterable[VenueLeg]:
        for order in self._venue.not_ended.values():
            if order.contingent is None:
                for leg in order.legs:
                    if leg.contract.symbol == contract.symbol:
                        yield leg

    def _tied_up(self, order: VenueOrder) -> Decimal:
        """What the order would tie up: margin it adds and the debit it pays, credit and debit in currency."""
        after = {
            symbol: (holding.contract, holding.quantity) for symbol, holding in self._venue.ledger.holdings.items()
        }
        for leg in order.legs:
            contract, quantity = after.get(leg.contract.symbol, (leg.contract, 0))
            after[contract.symbol] = (contract, quantity + leg.direction * leg.quantity)
        added = requirement((contract, quantity, ZERO) for contract, quantity in after.values())
        paid = (order.price or ZERO) * order.size * order.legs[0].contract.multiplier
        return added - self._venue.ledger.requirement + paid

    def effects(self, order: VenueOrder) -> dict[str, Any]:
        total = sum((fees(leg.contract, leg.action, leg.quantity) for leg in order.legs), ZERO)
        closing = sum((fees(leg.contract, "to Close", leg.quantity) for leg in order.legs), ZERO)
        used = self._tied_up(order) + total
        power = self._venue.ledger.buying_power
        change: dict[str, Any] = effect("change-in-margin-requirement", used - total)
        change |= effect("change-in-buying-power", used) | effect("current-buying-power", -power)
        change |= effect("new-buying-power", used - power) | effect("isolated-order-margin-requirement", used - total)
        change |= {"is-spread": len(order.legs) > 1, "impact": money(abs(used))}
        change["effect"] = change["change-in-buying-power-effect"]
        return {
            "buying-power-effect": change,
            "fee-calculation": _fee_json(total),
            "closing-fee-calculation": _fee_json(closing),
        }


def _fee_json(total: Decimal) -> dict[str, Any]:
    fields: dict[str, Any] = effect("commission", total) | effect("total-fees", total) | effect("rebates", ZERO)
    for name in ("regulatory-fees", "clearing-fees", "proprietary-index-option-fees"):
        fields |= effect(name, ZERO)
    fields["per-quantity"] = False
    return fields

"""What a position is worth now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tomking.market.contract import Contract
from tomking.market.view import MarketView
from tomking.positions.component import PositionComponent
from tomking.positions.position import MultiLegPosition

ZERO = Decimal(0)
ONE = Decimal(1)

DISPLAY_INTRINSIC_FRACTION = Decimal("0.9")
"""Share of intrinsic value shown for an option without a quote (seed 3). For display only: see `Mark.stale`."""


MAX_MARK_AGE = timedelta(seconds=60)
"""An older quote decides nothing (method 3.7)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A position valued at one instant.

    Attributes:
        value: what the holding is worth at mid, in account currency; negative when closing it costs money.
        profit: realised and unrealised, after the fees paid so far, in account currency.
        cost_to_close: net price in points of one package of what is held if closed at natural prices, debit positive;
            None when a leg has no usable side, units are not complete, or only a part was asked for.
        premium: the credit received or the debit paid for all that was opened, positive.
        stale: a leg had no two-sided quote within the allowed age; such a mark is for display and never decides a
            stop, a target or an order.
        reason: why it is stale; empty otherwise.
    """

    value: Decimal
    profit: Decimal
    premium: Decimal
    cost_to_close: Decimal | None
    stale: bool
    reason: str = ""

    @property
    def profit_fraction(self) -> Decimal | None:
        """Profit ÷ premium; None before entry or when the package cost nothing."""
        return self.profit / self.premium if self.premium else None


def mark(
    position: MultiLegPosition,
    market: MarketView,
    now: datetime,
    max_age: timedelta = MAX_MARK_AGE,
    part: Mapping[Contract, int] | None = None,
) -> Mark:
    """Value `position` at the mid of its quotes; where one is missing, at 0.9 × intrinsic, marked stale.

    With `part` (signed holdings) only that much of it counts: its share of premium, fees and profit; what was closed
    of other contracts does not.
    """
    value = profit = premium = ZERO
    reason = ""
    for component in position:
        share = _share(component, part)
        if not share:
            continue
        contract = component.contract
        profit += share * (component.realised - component.fees)
        if contract.is_option:
            premium += share * component.opened_value * contract.multiplier
        if component.quantity:
            price, why = _price(contract, market, now, max_age)
            reason = reason or why
            value += share * component.quantity * price * contract.multiplier
            profit += share * component.profit_at(price)
    return Mark(
        value=value,
        profit=profit,
        premium=abs(premium),
        cost_to_close=None if part is not None else _cost_to_close(position, market),
        stale=bool(reason),
        reason=reason,
    )


def _share(component: PositionComponent, part: Mapping[Contract, int] | None) -> Decimal:
    """How much of a component counts, from 0 to 1."""
    if part is None:
        return ONE
    wanted = part.get(component.contract, 0)
    if not wanted:
        return ZERO
    return ONE if wanted == component.quantity else Decimal(wanted) / (component.quantity or 1)


def _price(contract: Contract, market: MarketView, now: datetime, max_age: timedelta) -> tuple[Decimal, str]:
    if not contract.is_option:
        spot = market.spot(contract.underlying, contract.expiry)
        return (ZERO, f"{contract.text} has no price") if spot is None else (spot, "")
    quote = market.quote(contract)
    if quote is None:
        spot = market.spot(contract.underlying, contract.delivery)
        shown = ZERO if spot is None else contract.intrinsic(spot) * DISPLAY_INTRINSIC_FRACTION
        return shown, f"{contract.text} has no quote"
    if quote.age(now) > max_age:
        return quote.mid, f"{contract.text} was last quoted {quote.as_of:%H:%M:%S} UTC"
    if quote.is_crossed:
        return quote.mid, f"{contract.text} is crossed, {quote.bid} over {quote.ask}"
    if not quote.has_ask:
        return quote.mid, f"{contract.text} has no offer"
    return quote.mid, ""  # no bid is a price too: a worthless option is bid 0


def _cost_to_close(position: MultiLegPosition, market: MarketView) -> Decimal | None:
    """Natural price of undoing one package: shorts bought at the ask, longs sold at the bid."""
    if not position.units:
        return None
    cost = ZERO
    for leg in position.legs:
        quote = market.quote(leg.contract)
        if quote is None or (leg.is_short and not quote.has_ask):
            return None
        cost -= leg.ratio * (quote.ask if leg.is_short else quote.bid)
    return cost

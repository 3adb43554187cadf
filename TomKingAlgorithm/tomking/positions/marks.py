"""What a position is worth now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tomking.market.contract import Contract
from tomking.market.view import MarketView
from tomking.positions.position import MultiLegPosition

ZERO = Decimal(0)

DISPLAY_INTRINSIC_FRACTION = Decimal("0.9")
"""Share of intrinsic value shown for an option without a quote (seed 3). For display only: see `Mark.stale`."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A position valued at one instant.

    Attributes:
        value: what the holding is worth at mid, in account currency; negative when closing it costs money.
        profit: realised and unrealised, after the fees paid so far, in account currency.
        cost_to_close: net price in points of one package of what is held if closed at natural prices, debit positive;
            None when a leg has no usable side, or units are not complete.
        profit_fraction: profit ÷ the credit received (or the debit paid) for all that was opened; None before entry
            or when the package cost nothing.
        stale: a leg had no two-sided quote within the allowed age; such a mark is for display and never decides a
            stop, a target or an order.
        reason: why it is stale; empty otherwise.
    """

    value: Decimal
    profit: Decimal
    cost_to_close: Decimal | None
    profit_fraction: Decimal | None
    stale: bool
    reason: str = ""


def mark(
    position: MultiLegPosition, market: MarketView, now: datetime, max_age: timedelta = timedelta(seconds=60)
) -> Mark:
    """Value `position` at the mid of its quotes; where one is missing, at 0.9 × intrinsic, marked stale."""
    value = unrealised = ZERO
    reason = ""
    for part in position:
        if not part.quantity:
            continue
        price, why = _price(part.contract, market, now, max_age)
        reason = reason or why
        value += part.quantity * price * part.contract.multiplier
        unrealised += part.profit_at(price)
    profit = position.realised + unrealised
    premium = _premium(position)
    return Mark(
        value=value,
        profit=profit,
        cost_to_close=_cost_to_close(position, market),
        profit_fraction=profit / premium if premium else None,
        stale=bool(reason),
        reason=reason,
    )


def _price(contract: Contract, market: MarketView, now: datetime, max_age: timedelta) -> tuple[Decimal, str]:
    if not contract.is_option:
        spot = market.spot(contract.underlying)
        return (ZERO, f"{contract.text} has no price") if spot is None else (spot, "")
    quote = market.quote(contract)
    if quote is None:
        spot = market.spot(contract.underlying)
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


def _premium(position: MultiLegPosition) -> Decimal:
    """The credit or debit of everything opened, positive, in account currency."""
    net = sum((part.opened_value * part.contract.multiplier for part in position if part.contract.is_option), ZERO)
    return abs(net)

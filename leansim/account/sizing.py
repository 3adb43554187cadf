"""How many contracts or shares a target of buying power buys: ``set_holdings`` and margin calls."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from leansim.account import quotes
from leansim.account.future_margin import FutureMarginModel
from leansim.account.group_margin import SecurityPositionGroupBuyingPowerModel
from leansim.account.margin import BuyingPowerModel, amount_of, initial_margin, maintenance_margin, native_model
from leansim.account.order_sizes import (
    GetMaximumOrderQuantityForDeltaBuyingPowerParameters,
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
)
from leansim.account.positions import PositionGroup
from leansim.api.decimals import exact
from leansim.api.net import ArgumentException, InvalidOperationException
from leansim.api.orders import MarketOrder
from leansim.numbers import ONE, ZERO
from leansim.trading.fees import order_fee
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.securities import Security


@dataclass(frozen=True)
class Size:
    """A quantity to order, and why it is 0 where that is an error."""

    quantity: Decimal
    error: str | None = None


def size_for_target(
    portfolio: SecurityPortfolioManager, security: Security, target: Decimal, minimum_fraction: Decimal
) -> Size:
    """What the security's model answers, which may be written in Python; see :func:`own_size_for_target`."""
    if native_model(security, "get_maximum_order_quantity_for_target_buying_power") is not None:
        return own_size_for_target(portfolio, security, target, minimum_fraction)
    asked = GetMaximumOrderQuantityForTargetBuyingPowerParameters(portfolio, security, target, minimum_fraction)
    return _size(call(security.buying_power_model, "get_maximum_order_quantity_for_target_buying_power", asked))


def own_size_for_target(
    portfolio: SecurityPortfolioManager, security: Security, target: Decimal, minimum_fraction: Decimal
) -> Size:
    """Quantity to order so that a security's initial margin is at most a fraction ``target`` of the account's value.

    ``minimum_fraction``: orders that change less margin than this fraction of the value are 0.
    Raises ArgumentException where LEAN's search does not converge.
    """
    model = security.buying_power_model
    if isinstance(model, FutureMarginModel) and abs(target) > 1:
        raise InvalidOperationException(
            "Futures do not allow specifying a leveraged target, since they are traded using margin which already is "
            f"leveraged. Possible target buying power goes from -1 to 1, target provided is: {target}"
        )
    free = model._free if isinstance(model, BuyingPowerModel) else ZERO
    total = portfolio._total_portfolio_value
    wanted = target * (total - total * free)
    if not wanted:
        return Size(-security.holdings._quantity)
    used = amount_of(initial_margin(security, security.holdings._quantity))
    per_unit = amount_of(initial_margin(security, ONE))
    if not per_unit:
        return Size(ZERO, f"{security.symbol}: The security does not have an accurate price")
    if minimum_fraction and abs(wanted - used) < total * minimum_fraction:
        return Size(ZERO)
    last = ZERO
    while True:
        quantity, margin = _amount_to_order(security, wanted, per_unit)
        if not quantity:
            return Size(ZERO)
        order = MarketOrder(security.symbol, quantity, quotes.utc_ns(security))
        fees = portfolio.cash_book._to_account(order_fee(security, order).value)
        wanted = (total - fees - total * free) * target
        if last == quantity:
            raise ArgumentException(
                f"GetMaximumOrderQuantityForTargetBuyingPower failed to converge to target margin {wanted}."
            )
        last = quantity
        if abs(margin) <= abs(wanted):
            return Size(quantity)


def _amount_to_order(security: Security, wanted: Decimal, per_unit: Decimal) -> tuple[Decimal, Decimal]:
    """A quantity whose resulting margin does not exceed what is wanted, and that margin."""
    lot = quotes.lot_size(security)
    held = security.holdings._quantity
    exact_size = wanted / per_unit - held
    rounding = ROUND_CEILING if wanted < 0 else ROUND_FLOOR
    quantity = (exact_size / lot).to_integral_value(rounding=rounding) * lot
    margin = amount_of(initial_margin(security, quantity + held))
    over = margin - wanted
    while (wanted < 0 and over < 0) or (wanted > 0 and over > 0):
        quantity += lot if wanted < 0 else -lot
        margin = amount_of(initial_margin(security, quantity + held))
        now = margin - wanted
        if abs(now) > abs(over) and (now > 0) == (over > 0):
            raise ArgumentException(
                "BuyingPowerModel().GetAmountToOrder(): Margin is being adjusted in the wrong direction. "
                f"Target margin: {wanted} Margin for one unit: {per_unit}"
            )
        over = now
    return quantity, margin


def size_for_change(
    portfolio: SecurityPortfolioManager, security: Security, change: Decimal, minimum_fraction: Decimal
) -> Size:
    """What the security's model answers, which may be written in Python; see :func:`own_size_for_change`."""
    if native_model(security, "get_maximum_order_quantity_for_delta_buying_power") is not None:
        return own_size_for_change(portfolio, security, change, minimum_fraction)
    asked = GetMaximumOrderQuantityForDeltaBuyingPowerParameters(portfolio, security, change, minimum_fraction)
    return _size(call(security.buying_power_model, "get_maximum_order_quantity_for_delta_buying_power", asked))


def own_size_for_change(
    portfolio: SecurityPortfolioManager, security: Security, change: Decimal, minimum_fraction: Decimal
) -> Size:
    """Quantity to order so that the margin a security ties up changes by an amount."""
    used = maintenance_margin(security)
    if not security.holdings.is_long:
        used = -used
    total = portfolio._total_portfolio_value
    target = (used + change) / total if total else ZERO
    return size_for_target(portfolio, security, target, minimum_fraction)


def _size(answer: Any) -> Size:
    return Size(exact(answer.quantity), answer.reason if answer.is_error else None)


def group_units_to_free(portfolio: SecurityPortfolioManager, group: PositionGroup, amount: Decimal) -> Decimal:
    """Units of a group to close so that it ties up less by an amount; without sign."""
    if isinstance(group._margin, SecurityPositionGroupBuyingPowerModel):
        position = next(iter(group))
        security = portfolio.securities[position.symbol]
        change = amount if position._quantity < 0 else -amount
        return abs(size_for_change(portfolio, security, change, ZERO).quantity / quotes.lot_size(security))
    target = group._maintenance(portfolio) - amount
    held = abs(group._quantity)
    if target == ZERO:
        return held
    closed = ZERO
    margin = abs(amount_of(group._margin._initial(portfolio, group)))
    while margin > abs(target) and closed < held:
        closed += 1
        rest = _with_units(group, held - closed)
        margin = abs(amount_of(rest._margin._initial(portfolio, rest)))
    return closed


def _with_units(group: PositionGroup, units: Decimal) -> PositionGroup:
    return PositionGroup(group._margin, units, (position._with_lots(units) for position in group))

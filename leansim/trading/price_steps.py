"""The smallest price step of a security, and fitting an order's prices and quantity to it."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leansim.api.decimals import Number, exact
from leansim.api.enums import SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException
from leansim.lean_data.symbol_properties import index_option_tick
from leansim.numbers import ZERO, round_to_step
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.orders import Order
    from leansim.api.securities import Security

_SUB_DOLLAR_STEP: Final = Decimal("0.0001")

#: Prices of an order that are rounded, in LEAN's order; a combo's net limit is not among them.
_PRICES: Final = ("_limit_price", "_stop_price", "_trigger_price")


class GetMinimumPriceVariationParameters(ClrObject):
    """What a price variation model is asked for."""

    def __init__(self, security: Security, reference_price: Number) -> None:
        self.security = security
        self._reference_price = exact(reference_price)

    @property
    def reference_price(self) -> float:
        """The price whose step is wanted."""
        return float(self._reference_price)


class SecurityPriceVariationModel(ClrObject):
    """The step of the symbol properties database."""

    def get_minimum_price_variation(self, parameters: GetMinimumPriceVariationParameters) -> Number:
        """The step."""
        return parameters.security.symbol_properties._minimum_price_variation


class EquityPriceVariationModel(SecurityPriceVariationModel):
    """Shares in raw prices: a hundredth of a cent below one dollar."""

    def get_minimum_price_variation(self, parameters: GetMinimumPriceVariationParameters) -> Number:
        """The step."""
        if parameters.security.type != SecurityType.EQUITY:
            raise ArgumentException("EquityPriceVariationModel.GetMinimumPriceVariation(): Invalid SecurityType")
        if parameters._reference_price < 1:
            return _SUB_DOLLAR_STEP
        return super().get_minimum_price_variation(parameters)


class AdjustedPriceVariationModel(SecurityPriceVariationModel):
    """Adjusted prices: none."""

    def get_minimum_price_variation(self, parameters: GetMinimumPriceVariationParameters) -> Number:
        """0."""
        return 0


class IndexOptionPriceVariationModel(SecurityPriceVariationModel):
    """Index options: by root and price."""

    def get_minimum_price_variation(self, parameters: GetMinimumPriceVariationParameters) -> Number:
        """The step."""
        return index_option_tick(parameters.security.symbol.id.symbol, parameters._reference_price)


def step_of(security: Security, price: Decimal) -> Decimal:
    """The smallest step of a security at a price."""
    asked = GetMinimumPriceVariationParameters(security, price)
    return exact(call(security.price_variation_model, "get_minimum_price_variation", asked))


def round_prices(order: Order, security: Security) -> list[tuple[str, Decimal, Decimal]]:
    """Round the order's own prices; the changes as (name, before, after)."""
    changes = []
    names = list(_PRICES)
    if not getattr(order, "trailing_as_percentage", True):
        names.append("_trailing_amount")
    for name in names:
        before: Decimal | None = getattr(order, name, None)
        if before is None:
            continue
        step = step_of(security, before)
        if step > 0:
            after = round_to_step(before, step)
            setattr(order, name, after)
            changes.append((name, before, after))
    return changes


def round_group_price(legs: Iterable[tuple[Order, Security]]) -> tuple[Decimal, Decimal] | None:
    """Round the net limit of a combo to the smallest step of its legs; (before, after).

    LEAN asks each leg's step at the leg order's price, which is 0 before the first fill.
    """
    legs = list(legs)
    steps = [step_of(security, leg._price) for leg, security in legs]
    step = min((step for step in steps if step > 0), default=ZERO)
    group = legs[0][0].group_order_manager
    assert group is not None
    if not step:
        return None
    before = group._limit_price
    group._limit_price = round_to_step(before, step)
    return before, group._limit_price

"""How much worse than the quote a fill is. LEAN's slippage models; any object with their method will do."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.api.decimals import Number, exact
from leansim.api.enums import OrderDirection
from leansim.api.naming import ClrObject
from leansim.numbers import ZERO
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.orders import Order
    from leansim.api.securities import Security


def slippage_of(security: Security, order: Order) -> Decimal:
    """Price points an order slips by the security's own model."""
    return exact(call(security.slippage_model, "get_slippage_approximation", security, order))


class NullSlippageModel(ClrObject):
    """None."""

    def get_slippage_approximation(self, asset: Security, order: Order) -> Number:
        """0."""
        return 0


class ConstantSlippageModel(ClrObject):
    """A fraction of the last price."""

    def __init__(self, slippage_percent: Number) -> None:
        self._fraction = exact(slippage_percent)

    def get_slippage_approximation(self, asset: Security, order: Order) -> Number:
        """The slippage in price points."""
        if asset.cache.get_data() is None:
            return 0
        return last_value(asset) * self._fraction


class VolumeShareSlippageModel(ClrObject):
    """Grows with the square of the order's share of the bar's volume (of quotes: of the size at the touch)."""

    def __init__(self, volume_limit: Number = 0.025, price_impact: Number = 0.1) -> None:
        self._limit = exact(volume_limit)
        self._impact = exact(price_impact)

    def get_slippage_approximation(self, asset: Security, order: Order) -> Number:
        """The slippage in price points."""
        last = asset.cache.get_data()
        if last is None:
            return 0
        if hasattr(last, "last_bid_size"):
            volume = last.last_bid_size if order.direction == OrderDirection.BUY else last.last_ask_size
        else:
            volume = last.volume
        size = exact(volume)
        share = self._limit if size <= 0 else min(abs(order._quantity) / size, self._limit)
        return share * share * self._impact * last_value(asset)


def last_value(security: Security) -> Decimal:
    """Value of the last data point: a trade bar's close, a quote bar's middle."""
    last = security.cache.get_data()
    return ZERO if last is None else exact(last.value) if hasattr(last, "value") else quotes.price(security)

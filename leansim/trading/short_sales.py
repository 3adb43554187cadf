"""Whether shares can be borrowed for an order: what the shortable provider says, less what is short already."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.api.enums import OrderResponseErrorCode
from leansim.api.order_requests import OrderRequest, OrderResponse
from leansim.api.shortable import NullShortableProvider
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.api.transactions import SecurityTransactionManager


def shortable_quantity(security: Security) -> int | None:
    """How many shares can be borrowed now; ``None``: no limit."""
    provider = security.shortable_provider or NullShortableProvider.INSTANCE
    found: int | None = call(provider, "shortable_quantity", security.symbol, security.local_time)
    return found


def is_shortable(
    security: Security, quantity: Decimal, transactions: SecurityTransactionManager, updated_id: int | None = None
) -> bool:
    """Whether that many more can be sold; of open orders the one that is updated does not count."""
    limit = shortable_quantity(security)
    if limit is None:
        return True
    symbol = security.symbol
    coming = transactions._remaining(lambda ticket: ticket.symbol == symbol and ticket.order_id != updated_id)
    short = security.holdings._quantity + coming
    return bool(short > -limit and short - abs(quantity) >= -limit)


def not_shortable(request: OrderRequest, security: Security, quantity: Decimal) -> OrderResponse:
    """The refusal."""
    return OrderResponse.error(
        request,
        OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY,
        f"Order exceeds shortable quantity {shortable_quantity(security) or 0} for Symbol {security.symbol} "
        f"requested {quantity})",
    )

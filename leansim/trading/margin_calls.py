"""What happens when the account ties up more margin than it has: a warning, then orders that close groups."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leansim.account.positions import PositionGroup
from leansim.account.sizing import group_units_to_free
from leansim.api.decimals import Number, exact
from leansim.api.enums import OrderType
from leansim.api.naming import ClrObject, ClrStatic
from leansim.api.order_requests import SubmitOrderRequest
from leansim.api.orders import GroupOrderManager
from leansim.numbers import ZERO, plain
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.order_properties import OrderProperties
    from leansim.api.order_ticket import OrderTicket
    from leansim.trading.ports import TradingAlgorithm

#: A warning is due when this fraction of the value, or less, is free.
_WARNING: Final = Decimal("0.05")
_TAG: Final = "Margin Call"


def check(algorithm: TradingAlgorithm) -> None:
    """LEAN's margin call check, to be made every five minutes: orders, or a warning."""
    model = algorithm.portfolio.margin_call_model
    if model is None:
        return
    requests, warn = call(model, "get_margin_call_orders", False)
    executed: list[OrderTicket] = []
    if requests:
        securities = algorithm.securities
        if all(securities[request.symbol].exchange.exchange_open for request in requests):
            requests = algorithm.notify_margin_call(requests)
            executed = call(model, "execute_margin_call", requests)
            for ticket in executed:
                algorithm.error(
                    f"{algorithm.transactions.utc_time} - Executed MarginCallOrder: {ticket.symbol} - Quantity: "
                    f"{plain(ticket._quantity)} @ {plain(ticket._average_fill_price)}"
                )
    if not executed and warn:
        algorithm.notify_margin_call_warning()


class NullMarginCallModel(ClrObject):
    """Never warns and closes nothing."""

    def get_margin_call_orders(self, issue_margin_call_warning: bool = False) -> tuple[list[SubmitOrderRequest], bool]:
        """No orders, no warning."""
        return [], False

    def execute_margin_call(self, generated_margin_call_orders: Sequence[SubmitOrderRequest]) -> list[OrderTicket]:
        """Nothing."""
        return []


class MarginCallModel(metaclass=ClrStatic):
    """LEAN's margin call model that does nothing, by name."""

    NULL = NullMarginCallModel()


class DefaultMarginCallModel(ClrObject):
    """Closes groups, losers first, until margin is free again."""

    def __init__(
        self,
        portfolio: SecurityPortfolioManager,
        default_order_properties: OrderProperties | None = None,
        margin_buffer: Number = 0.10,
    ) -> None:
        self._portfolio = portfolio
        self._properties = default_order_properties
        self._buffer = exact(margin_buffer)

    def get_margin_call_orders(self, issue_margin_call_warning: bool = False) -> tuple[list[SubmitOrderRequest], bool]:
        """The orders that are needed, and whether to warn."""
        portfolio = self._portfolio
        used = portfolio._total_margin_used
        if used <= ZERO:
            return [], False
        total = portfolio._total_portfolio_value
        free = total - portfolio.unsettled_cash_book._total - used
        if free > ZERO:
            return [], free <= total * _WARNING
        requests: list[SubmitOrderRequest] = []
        if used > total * (1 + self._buffer):
            for group in portfolio._positions._groups:
                closing = self._close(group, used - total)
                if closing and all(request._quantity for request in closing):
                    requests += closing
        return requests, bool(requests)

    def _close(self, group: PositionGroup, missing: Decimal) -> list[SubmitOrderRequest]:
        """Orders that close as much of a group as frees the missing margin, or all of it."""
        portfolio = self._portfolio
        tied = group._maintenance(portfolio)
        keep = max(ZERO, tied - missing)
        units = group_units_to_free(portfolio, group, tied - keep)
        shared = None
        kind = OrderType.MARKET
        if len(group) > 1:
            kind = OrderType.COMBO_MARKET
            group_id = portfolio.transactions.get_increment_group_order_manager_id()
            shared = GroupOrderManager(group_id, len(group), units)
        requests = []
        for position in group:
            security = portfolio.securities[position.symbol]
            quantity = units * position._unit_quantity * (-1 if position._quantity > 0 else 1)
            requests.append(
                SubmitOrderRequest(
                    kind,
                    security.type,
                    security.symbol,
                    quantity * units if shared is not None else quantity,
                    0,
                    0,
                    0,
                    0,
                    False,
                    portfolio.transactions._utc_ns,
                    _TAG,
                    None if self._properties is None else self._properties.clone(),
                    shared,
                )
            )
        return requests

    def execute_margin_call(self, generated_margin_call_orders: Sequence[SubmitOrderRequest]) -> list[OrderTicket]:
        """Send the orders, those of the largest loss first, until margin is free."""
        portfolio = self._portfolio
        executed: list[OrderTicket] = []
        if portfolio._margin_remaining >= 0:
            return executed
        together: dict[object, list[SubmitOrderRequest]] = {}
        for request in generated_margin_call_orders:
            shared = request.group_order_manager
            together.setdefault(id(request) if shared is None else ("group", shared.id), []).append(request)

        def profit(requests: list[SubmitOrderRequest]) -> Decimal:
            return sum((portfolio[request.symbol]._unrealized_profit for request in requests), ZERO)

        for requests in sorted(together.values(), key=profit):
            executed += [portfolio.transactions.add_order(request) for request in requests]
            if portfolio._margin_remaining >= 0:
                break
        return executed

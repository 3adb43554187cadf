"""What this room asks of its neighbors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from decimal import Decimal

    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.account.trades import TradeBuilder
    from leansim.api.order_events import OrderEvent
    from leansim.api.order_properties import OrderProperties
    from leansim.api.order_requests import SubmitOrderRequest
    from leansim.api.securities import Security, SecurityManager
    from leansim.api.settings import AlgorithmSettings
    from leansim.api.symbols import Symbol
    from leansim.api.transactions import SecurityTransactionManager
    from leansim.clock import TimeKeeper
    from leansim.trading.brokerage_models import DefaultBrokerageModel


class TradingAlgorithm(Protocol):
    """The algorithm as the trading room sees it; QCAlgorithm is one."""

    clock: TimeKeeper
    securities: SecurityManager
    portfolio: SecurityPortfolioManager
    transactions: SecurityTransactionManager
    settings: AlgorithmSettings
    trade_builder: TradeBuilder
    default_order_properties: OrderProperties

    @property
    def brokerage_model(self) -> DefaultBrokerageModel:
        """The brokerage model in force."""

    @property
    def is_warming_up(self) -> bool:
        """Whether orders are refused."""

    @property
    def live_mode(self) -> bool:
        """False in a backtest."""

    @property
    def current_slice(self) -> Any:
        """The slice of this step, None before the first."""

    def price_factor(self, security: Security) -> Decimal:
        """What the last price of a security was multiplied with; 1 where prices are as traded."""

    def debug(self, message: str) -> None:
        """A debug line."""

    def error(self, message: str) -> None:
        """An error line."""

    def set_runtime_error(self, error: Exception, context: str) -> None:
        """End the run with this error after the current callback."""

    def add_security_for_order(self, symbol: Symbol) -> Security:
        """Subscribe a contract an order names, and seed it with its last known price from history."""

    def notify_order_event(self, event: OrderEvent) -> None:
        """Call the algorithm's ``on_order_event``."""

    def notify_assignment(self, event: OrderEvent) -> None:
        """Call the algorithm's ``on_assignment_order_event``."""

    def notify_margin_call(self, requests: list[SubmitOrderRequest]) -> list[SubmitOrderRequest]:
        """Call the algorithm's ``on_margin_call``; what it returns is executed."""

    def notify_margin_call_warning(self) -> None:
        """Call the algorithm's ``on_margin_call_warning``."""

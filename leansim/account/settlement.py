"""When money of a fill reaches the account: at once, days later, or daily for futures."""

from __future__ import annotations

from collections import deque
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.account.holdings import FutureHolding
from leansim.api.naming import ClrObject
from leansim.api.order_events import CashAmount
from leansim.api.time_zones import to_ns
from leansim.numbers import ZERO

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.order_events import OrderEvent
    from leansim.api.securities import Security


class ImmediateSettlementModel(ClrObject):
    """At once."""

    def _apply_funds(
        self, portfolio: SecurityPortfolioManager, security: Security, amount: CashAmount, fill: OrderEvent
    ) -> None:
        portfolio.cash_book[amount.currency].add_amount(amount._amount)

    def _scan(self, portfolio: SecurityPortfolioManager, security: Security, utc_ns: int) -> None:
        """Settle what is due; called once an hour."""


class DelayedSettlementModel(ImmediateSettlementModel):
    """Proceeds of sales some trading days later, at a time of day of the exchange; purchases at once."""

    def __init__(self, number_of_days: int, time_of_day: timedelta) -> None:
        self._days = number_of_days
        self._time_of_day = time_of_day
        self._waiting: deque[tuple[int, CashAmount]] = deque()

    def _apply_funds(
        self, portfolio: SecurityPortfolioManager, security: Security, amount: CashAmount, fill: OrderEvent
    ) -> None:
        if amount._amount <= 0:
            super()._apply_funds(portfolio, security, amount, fill)
            return
        portfolio.unsettled_cash_book[amount.currency].add_amount(amount._amount)
        hours = security.exchange.hours
        day = hours.time_zone.to_local(fill._utc_ns).date()
        for _ in range(self._days):
            day += timedelta(days=1)
            while not hours.is_date_open(day):
                day += timedelta(days=1)
        due = hours.time_zone.to_utc_ns(to_ns(datetime(day.year, day.month, day.day) + self._time_of_day))
        self._waiting.append((due, amount))

    def _scan(self, portfolio: SecurityPortfolioManager, security: Security, utc_ns: int) -> None:
        while self._waiting and utc_ns >= self._waiting[0][0]:
            _, amount = self._waiting.popleft()
            portfolio.unsettled_cash_book[amount.currency].add_amount(-amount._amount)
            portfolio.cash_book[amount.currency].add_amount(amount._amount)


class FutureSettlementModel(ImmediateSettlementModel):
    """Futures: the day's profit or loss becomes cash once a day, at the settlement price."""

    def __init__(self) -> None:
        self._last_settlement: date | None = None
        self._settled_quantity = ZERO

    def _apply_funds(
        self, portfolio: SecurityPortfolioManager, security: Security, amount: CashAmount, fill: OrderEvent
    ) -> None:
        if self._settled_quantity:
            holding = _future_holding(security)
            closed = min(abs(fill._fill_quantity), abs(holding._quantity), abs(self._settled_quantity))
            closed = closed if fill._fill_quantity < 0 else -closed
            factor = closed / self._settled_quantity
            self._settled_quantity -= closed
            # the amount is the whole profit of the trade: what was settled before has been paid already
            paid_before = factor * holding._settled_profit
            holding._settled_profit -= paid_before
            amount = CashAmount(amount._amount - paid_before, amount.currency)
        super()._apply_funds(portfolio, security, amount, fill)

    def _scan(self, portfolio: SecurityPortfolioManager, security: Security, utc_ns: int) -> None:
        today = security.local_time.date()
        if self._last_settlement is not None and self._last_settlement >= today:
            return
        if self._last_settlement is not None and security.holdings.invested:
            holding = _future_holding(security)
            self._settled_quantity = holding._quantity
            profit = holding._close_profit(False, quotes.price(security)) - holding._settled_profit
            if profit:
                holding._settled_profit += profit
                portfolio.cash_book[security.quote_currency.symbol].add_amount(profit)
        self._last_settlement = today


def _future_holding(security: Security) -> FutureHolding:
    assert isinstance(security.holdings, FutureHolding)
    return security.holdings

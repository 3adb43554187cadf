"""When money of a fill reaches the account: at once, days later, or daily for futures."""

from __future__ import annotations

from collections import deque
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.account.holdings import FutureHolding
from leansim.api.naming import ClrObject
from leansim.api.order_events import NULL_CURRENCY, CashAmount, utc_ns
from leansim.api.time_zones import aware_utc, to_ns
from leansim.numbers import ZERO

if TYPE_CHECKING:
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.order_events import OrderEvent
    from leansim.api.securities import Security


class _Moment(ClrObject):
    """Base of what a settlement model is asked with: the account, the security, and when."""

    def __init__(self, portfolio: SecurityPortfolioManager, security: Security, time: datetime | int) -> None:
        self.portfolio = portfolio
        self.security = security
        self._time = time
        self._utc_ns = utc_ns(time)

    @property
    def utc_time(self) -> datetime:
        """The instant, UTC; as it was given when an algorithm made this."""
        return aware_utc(self._time) if isinstance(self._time, int) else self._time


class ScanSettlementModelParameters(_Moment):
    """What a model settles what is due with: ``(portfolio, security, time_utc)``."""


class ApplyFundsSettlementModelParameters(_Moment):
    """What a model books an amount with: ``(portfolio, security, time_utc, cash_amount, fill)``."""

    def __init__(
        self,
        portfolio: SecurityPortfolioManager,
        security: Security,
        application_time_utc: datetime | int,
        cash_amount: CashAmount,
        fill: OrderEvent | None,
    ) -> None:
        super().__init__(portfolio, security, application_time_utc)
        self.cash_amount = cash_amount
        self.fill = fill


class ImmediateSettlementModel(ClrObject):
    """At once."""

    def apply_funds(self, apply_funds_parameters: ApplyFundsSettlementModelParameters) -> None:
        """Book an amount."""
        self._book(apply_funds_parameters.portfolio, apply_funds_parameters.cash_amount)

    @staticmethod
    def _book(portfolio: SecurityPortfolioManager, amount: CashAmount) -> None:
        portfolio.cash_book[amount.currency].add_amount(amount._amount)

    def scan(self, settlement_parameters: ScanSettlementModelParameters) -> None:
        """Settle what is due; called once an hour."""

    def get_unsettled_cash(self) -> CashAmount:
        """What is not settled yet; nothing here."""
        return CashAmount(ZERO, NULL_CURRENCY)


class DelayedSettlementModel(ImmediateSettlementModel):
    """Proceeds of sales some trading days later, at a time of day of the exchange; purchases at once."""

    def __init__(self, number_of_days: int, time_of_day: timedelta) -> None:
        self._days = number_of_days
        self._time_of_day = time_of_day
        self._waiting: deque[tuple[int, CashAmount]] = deque()

    def apply_funds(self, apply_funds_parameters: ApplyFundsSettlementModelParameters) -> None:
        """Book an amount, or remember it."""
        given = apply_funds_parameters
        portfolio, security, amount = given.portfolio, given.security, given.cash_amount
        if amount._amount <= 0:
            self._book(portfolio, amount)
            return
        portfolio.unsettled_cash_book[amount.currency].add_amount(amount._amount)
        hours = security.exchange.hours
        day = hours.time_zone.to_local(given._utc_ns).date()
        for _ in range(self._days):
            day += timedelta(days=1)
            while not hours.is_date_open(day):
                day += timedelta(days=1)
        due = hours.time_zone.to_utc_ns(to_ns(datetime(day.year, day.month, day.day) + self._time_of_day))
        self._waiting.append((due, amount))

    def scan(self, settlement_parameters: ScanSettlementModelParameters) -> None:
        """Book what is due."""
        portfolio = settlement_parameters.portfolio
        while self._waiting and settlement_parameters._utc_ns >= self._waiting[0][0]:
            _, amount = self._waiting.popleft()
            portfolio.unsettled_cash_book[amount.currency].add_amount(-amount._amount)
            self._book(portfolio, amount)

    def get_unsettled_cash(self) -> CashAmount:
        """What is not due yet."""
        if not self._waiting:
            return super().get_unsettled_cash()
        return CashAmount(sum((amount._amount for _, amount in self._waiting), ZERO), self._waiting[0][1].currency)


class FutureSettlementModel(ImmediateSettlementModel):
    """Futures: the day's profit or loss becomes cash once a day, at the settlement price."""

    def __init__(self) -> None:
        self._last_settlement: date | None = None
        self._settled_quantity = ZERO

    def apply_funds(self, apply_funds_parameters: ApplyFundsSettlementModelParameters) -> None:
        """Book an amount, less what was settled of it before."""
        given = apply_funds_parameters
        security, amount, fill = given.security, given.cash_amount, given.fill
        if self._settled_quantity and fill is not None:
            holding = _future_holding(security)
            closed = min(abs(fill._fill_quantity), abs(holding._quantity), abs(self._settled_quantity))
            closed = closed if fill._fill_quantity < 0 else -closed
            factor = closed / self._settled_quantity
            self._settled_quantity -= closed
            # the amount is the whole profit of the trade: what was settled before has been paid already
            paid_before = factor * holding._settled_profit
            holding._settled_profit -= paid_before
            amount = CashAmount(amount._amount - paid_before, amount.currency)
        self._book(given.portfolio, amount)

    def scan(self, settlement_parameters: ScanSettlementModelParameters) -> None:
        """Settle the day's profit or loss."""
        portfolio, security = settlement_parameters.portfolio, settlement_parameters.security
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

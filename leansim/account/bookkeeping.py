"""A fill's way into the account: cash, fees, holdings, profit (LEAN's portfolio models)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.account.settlement import ApplyFundsSettlementModelParameters
from leansim.api.enums import OrderDirection, OrderType, SecurityType, SettlementType
from leansim.api.naming import ClrObject
from leansim.api.order_events import CashAmount
from leansim.api.symbols import is_option
from leansim.numbers import ZERO
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.account.holdings import SecurityHolding
    from leansim.account.portfolio import SecurityPortfolioManager
    from leansim.api.order_events import OrderEvent
    from leansim.api.securities import Security


class SecurityPortfolioModel(ClrObject):
    """Books the fills of any security."""

    def _process_fill(self, portfolio: SecurityPortfolioManager, security: Security, fill: OrderEvent) -> None:
        holding = security.holdings
        was_long, was_short = holding._quantity > 0, holding._quantity < 0
        portfolio._add_sale(holding, holding._value_of(abs(fill._fill_quantity), fill._fill_price))

        fee = ZERO
        if fill.order_fee.value._amount:
            fee = portfolio.cash_book._to_account(fill.order_fee.value)
            holding._add_fee(fee)
            portfolio.cash_book[fill.order_fee.value.currency].add_amount(-fill.order_fee.value._amount)

        if security.type != SecurityType.FUTURE:
            cost = -fill._fill_quantity * fill._fill_price * quotes.multiplier(security)
            self._apply_funds(portfolio, security, cost, fill)

        closing = (was_long and fill.direction == OrderDirection.SELL) or (
            was_short and fill.direction == OrderDirection.BUY
        )
        if closing:
            profit = self._closing_profit(portfolio, security, fill) * quotes.conversion_rate(security)
            holding._add_profit(profit)
            # LEAN takes the fee twice: for the closing order and, assumed equal, the opening one
            net = profit - 2 * fee
            portfolio.transactions._add_transaction_record(quotes.utc_ns(security), net, is_win(fill, security, net))
        price, quantity = _new_holding(holding._average_price, holding._quantity, fill)
        holding.set_holdings(price, quantity)

    def _closing_profit(self, portfolio: SecurityPortfolioManager, security: Security, fill: OrderEvent) -> Decimal:
        """Profit of the closed quantity, in quote currency; the cash of a future moves here."""
        holding: SecurityHolding = security.holdings
        closed = min(abs(fill._fill_quantity), abs(holding._quantity))
        closed = closed if fill._fill_quantity < 0 else -closed
        profit = closed * quotes.multiplier(security) * (fill._fill_price - holding._average_price)
        if security.type == SecurityType.FUTURE:
            self._apply_funds(portfolio, security, profit, fill)
        return profit

    @staticmethod
    def _apply_funds(
        portfolio: SecurityPortfolioManager, security: Security, amount: Decimal, fill: OrderEvent
    ) -> None:
        cash = CashAmount(amount, security.quote_currency.symbol)
        parameters = ApplyFundsSettlementModelParameters(portfolio, security, fill._utc_ns, cash, fill)
        call(security.settlement_model, "apply_funds", parameters)


class OptionPortfolioModel(SecurityPortfolioModel):
    """Options: an exercise may move the underlying instead, or cash, and says its profit in the event's message."""

    def _process_fill(self, portfolio: SecurityPortfolioManager, security: Security, fill: OrderEvent) -> None:
        if not _is_exercise(fill):
            super()._process_fill(portfolio, security, fill)
            return
        moved = portfolio.securities[fill.symbol]
        super()._process_fill(portfolio, moved, fill)
        profit = security.holdings._last_trade_profit
        label, sign = ("Profit", "+") if profit >= 0 else ("Loss", "")
        fill.message = f"{fill.message}. {label}: {sign}{profit:f}"

    def _closing_profit(self, portfolio: SecurityPortfolioManager, security: Security, fill: OrderEvent) -> Decimal:
        profit = super()._closing_profit(portfolio, security, fill)
        if not _is_exercise(fill) or not is_option(security.type):
            return profit
        if security.exercise_settlement != SettlementType.CASH:
            return profit
        assert fill.ticket is not None
        worth = quotes.intrinsic(security, quotes.close(security.underlying))
        cash = -worth * quotes.unit_of_trade(security) * fill.ticket._quantity
        if cash:
            self._apply_funds(portfolio, security, cash, fill)
        return profit + cash


def _is_exercise(fill: OrderEvent) -> bool:
    return fill.ticket is not None and fill.ticket.order_type == OrderType.OPTION_EXERCISE


def is_win(fill: OrderEvent, security: Security, profit_loss: Decimal) -> bool:
    """Whether LEAN counts a closed position as won: profit, or for exercises what the exercise itself was worth."""
    if not is_option(fill.symbol.security_type) or not _is_exercise(fill):
        return profit_loss > 0
    at_money = quotes.payoff(security, quotes.price(security.underlying))
    worth = security.holdings._value_of(abs(fill._fill_quantity), at_money)
    if fill.direction == OrderDirection.SELL:
        return fill.is_in_the_money and abs(profit_loss) < worth
    return not fill.is_in_the_money or abs(profit_loss) > worth


def _new_holding(average: Decimal, held: Decimal, fill: OrderEvent) -> tuple[Decimal, Decimal]:
    """Average price and quantity after a fill."""
    filled = fill._fill_quantity
    after = held + filled
    if not held:
        return fill._fill_price, filled
    adds = (held > 0) == (fill.direction == OrderDirection.BUY)
    if adds:
        return (average * held + filled * fill._fill_price) / after, after
    if not after:
        return ZERO, after
    crossed = (after > 0) != (held > 0)
    return (fill._fill_price if crossed else average), after

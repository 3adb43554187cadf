"""What is held of one security: quantity, average price, and what it earned and cost so far.

Amounts are exact and in the account's currency; an algorithm reads floats.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.account.cash import ConvertibleCashAmount
from leansim.api.decimals import DecimalField, Number, exact
from leansim.api.enums import SecurityType
from leansim.api.naming import ClrObject
from leansim.api.orders import MarketOrder
from leansim.numbers import ZERO, plain
from leansim.trading.fees import order_fee
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.account.cash import CashBook
    from leansim.api.securities import Security
    from leansim.api.symbols import Symbol


class SecurityHolding(ClrObject):
    """The holding of one security. ``changed`` is called after each change of quantity."""

    average_price = DecimalField("Average entry price of what is held.", read_only=True)
    quantity = DecimalField("Signed quantity held.", read_only=True)
    total_sale_volume = DecimalField("Value of everything bought and sold so far.", read_only=True)
    total_fees = DecimalField("Fees paid so far.", read_only=True)
    total_dividends = DecimalField("Dividends received so far.", read_only=True)
    last_trade_profit = DecimalField("Profit of the last closing fill.", read_only=True)

    def __init__(self, security: Security, cash_book: CashBook, changed: Callable[[SecurityHolding], None]) -> None:
        self._security = security
        self._cash_book = cash_book
        self._changed = changed
        self._average_price = ZERO
        self._quantity = ZERO
        self._total_sale_volume = ZERO
        self._total_fees = ZERO
        self._total_dividends = ZERO
        self._last_trade_profit = ZERO
        self._closed_profit = ZERO

    # -- what is held

    @property
    def symbol(self) -> Symbol:
        """The security's symbol."""
        return self._security.symbol

    @property
    def type(self) -> SecurityType:
        """The security's type."""
        return self._security.type

    @property
    def absolute_quantity(self) -> float:
        """Quantity without sign."""
        return float(abs(self._quantity))

    @property
    def invested(self) -> bool:
        """Whether at least one lot is held."""
        return abs(self._quantity) >= quotes.lot_size(self._security)

    @property
    def hold_stock(self) -> bool:
        """The same as ``invested``."""
        return self.invested

    @property
    def is_long(self) -> bool:
        """Whether the quantity is positive."""
        return self._quantity > 0

    @property
    def is_short(self) -> bool:
        """Whether the quantity is negative."""
        return self._quantity < 0

    @property
    def leverage(self) -> float:
        """The buying power model's leverage."""
        return float(call(self._security.buying_power_model, "get_leverage", self._security))

    # -- values

    @property
    def _price(self) -> Decimal:
        return quotes.price(self._security)

    @property
    def price(self) -> float:
        """Last price."""
        return float(self._price)

    def _value_of(self, quantity: Decimal, price: Decimal | None = None) -> Decimal:
        """Value of a quantity in account currency, at the last price unless another is given."""
        security = self._security
        at = quotes.price(security) if price is None else price
        return at * quantity * quotes.multiplier(security) * quotes.conversion_rate(security)

    def get_quantity_value(self, quantity: Number, price: Number | None = None) -> ConvertibleCashAmount:
        """Value of a quantity in its currency, at the last price unless another is given."""
        each = quotes.price(self._security) if price is None else exact(price)
        amount = each * exact(quantity) * quotes.multiplier(self._security)
        return ConvertibleCashAmount(amount, self._security.quote_currency)

    @property
    def _holdings_value(self) -> Decimal:
        quantity = self._quantity
        if not quantity:
            return ZERO
        # `_value_of` without its questions: what is held is valued in every step
        security = self._security
        worth = security.cache.price * quantity * security.symbol_properties._contract_multiplier
        rate: Decimal = security.quote_currency._conversion_rate
        return worth * rate

    @property
    def holdings_value(self) -> float:
        """Signed value at the last price."""
        return float(self._holdings_value)

    @property
    def absolute_holdings_value(self) -> float:
        """Value at the last price, without sign."""
        return abs(self.holdings_value)

    @property
    def _holdings_cost(self) -> Decimal:
        return self._value_of(self._quantity, self._average_price) if self._quantity else ZERO

    @property
    def holdings_cost(self) -> float:
        """Signed value at the average price."""
        return float(self._holdings_cost)

    @property
    def absolute_holdings_cost(self) -> float:
        """Value at the average price, without sign."""
        return abs(self.holdings_cost)

    @property
    def unlevered_holdings_cost(self) -> float:
        """Cost divided by the leverage."""
        return self.holdings_cost / self.leverage

    @property
    def unlevered_absolute_holdings_cost(self) -> float:
        """Cost divided by the leverage, without sign."""
        return abs(self.unlevered_holdings_cost)

    # -- profit

    @property
    def _profit(self) -> Decimal:
        return self._closed_profit + self._total_dividends

    @property
    def profit(self) -> float:
        """Profit of what was closed, dividends included, fees not deducted."""
        return float(self._profit)

    @property
    def net_profit(self) -> float:
        """Profit less fees."""
        return float(self._profit - self._total_fees)

    @property
    def _unrealized_profit(self) -> Decimal:
        return self._close_profit()

    @property
    def unrealized_profit(self) -> float:
        """What closing now would earn: at the bid or ask, after the closing fee."""
        return float(self._unrealized_profit)

    @property
    def unrealized_profit_percent(self) -> float:
        """Unrealized profit as a fraction of the cost."""
        cost = abs(self._holdings_cost)
        return float(self._unrealized_profit / cost) if cost else 0.0

    def _close_profit(
        self,
        include_fees: bool = True,
        exit_price: Decimal | None = None,
        entry_price: Decimal | None = None,
        quantity: Decimal | None = None,
    ) -> Decimal:
        if quantity is None and not self.invested:
            return ZERO
        size = self._quantity if quantity is None else quantity
        fees = self._closing_fee(size) if include_fees else ZERO
        if exit_price is None:
            side = quotes.bid(self._security) if self.is_long else quotes.ask(self._security)
            exit_price = side or quotes.price(self._security)
        entry = self._average_price if entry_price is None else entry_price
        return self._value_of(size, exit_price) - self._value_of(size, entry) - fees

    def _closing_fee(self, quantity: Decimal) -> Decimal:
        order = MarketOrder(self.symbol, -quantity, quotes.utc_ns(self._security))
        return self._cash_book._to_account(order_fee(self._security, order).value)

    def total_close_profit(
        self,
        include_fees: bool = True,
        exit_price: Number | None = None,
        entry_price: Number | None = None,
        quantity: Number | None = None,
    ) -> float:
        """What closing would earn, with the given prices and quantity in place of the present ones."""
        given = [None if value is None else exact(value) for value in (exit_price, entry_price, quantity)]
        return float(self._close_profit(include_fees, *given))

    # -- bookkeeping, by the portfolio models

    def set_holdings(self, average_price: Number, quantity: Number) -> None:
        """Replace quantity and average price."""
        self._average_price = exact(average_price)
        self._quantity = exact(quantity)
        self._changed(self)

    def _add_fee(self, fee: Decimal) -> None:
        self._total_fees += fee

    def _add_profit(self, profit: Decimal) -> None:
        self._closed_profit += profit
        self._last_trade_profit = profit

    def _add_sale(self, value: Decimal) -> None:
        self._total_sale_volume += value

    def _add_dividend(self, amount: Decimal) -> None:
        self._total_dividends += amount

    def __str__(self) -> str:
        return f"{self.symbol.value}: {plain(self._quantity)} @ {plain(self._average_price)}"


class OptionHolding(SecurityHolding):
    """The holding of an option."""


class FutureHolding(SecurityHolding):
    """The holding of a future: its profit is settled into cash every day."""

    settled_profit = DecimalField("Profit of the open position already settled into cash.")

    def __init__(self, security: Security, cash_book: CashBook, changed: Callable[[SecurityHolding], None]) -> None:
        super().__init__(security, cash_book, changed)
        self._settled_profit = ZERO

    @property
    def _unsettled_profit(self) -> Decimal:
        return self._close_profit() - self._settled_profit

    @property
    def unsettled_profit(self) -> float:
        """Profit of the open position not settled yet."""
        return float(self._unsettled_profit)

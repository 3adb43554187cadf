"""What a brokerage has on its books for an account: cash and positions, by what really happened there.

An algorithm hears of it by events, which may be late, lost or said twice. After a restart the books are all it has.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.account.margin import underlying_of
from leansim.api.enums import OrderType, SecurityType, SettlementType
from leansim.api.securities import Option
from leansim.numbers import ZERO

if TYPE_CHECKING:
    from leansim.api.order_events import OrderEvent
    from leansim.api.orders import Order
    from leansim.api.securities import Security
    from leansim.api.symbols import Symbol


@dataclass
class Holding:
    """A position: signed quantity and average price."""

    quantity: Decimal
    average_price: Decimal


@dataclass
class Books:
    """Cash in the account's currency, positions that are not flat, and how many packages of orders were taken in."""

    cash: Decimal
    positions: dict[Symbol, Holding] = field(default_factory=dict)
    packages: int = 0

    def next_id(self) -> str:
        """The brokerage's own name of a new package: never given twice, whichever process sends it."""
        self.packages += 1
        return f"B{self.packages}"

    def fill(self, event: OrderEvent, order: Order, security: Security) -> None:
        """Book a fill; one of an exercise pays what the contract settles in."""
        self.cash -= event.order_fee.value._amount
        held = self._quantity(event.symbol)
        self._trade(event.symbol, event._fill_quantity, event._fill_price, security)
        if order.type == OrderType.OPTION_EXERCISE and isinstance(security, Option) and event.symbol == order.symbol:
            self._pay(security, held - self._quantity(event.symbol))

    def end(self, option: Option) -> None:
        """A contract expires or is assigned: it is exercised when that is worth a cent, and off the books."""
        held = self._quantity(option.symbol)
        if not held:
            return
        self._trade(option.symbol, -held, ZERO, option)
        underlying = underlying_of(option)
        spot = quotes.close(underlying)
        if not quotes.is_auto_exercised(option, spot):
            return
        if option.exercise_settlement == SettlementType.CASH:
            self._pay(option, held)
        else:
            units = quotes.exercise_quantity(option, -held)
            self._trade(underlying.symbol, units, quotes.strike(option), underlying)

    def sell_out(self, security: Security) -> None:
        """A security that is no option ends: what is held is sold at the last price."""
        self._trade(security.symbol, -self._quantity(security.symbol), security.cache.price, security)

    def _pay(self, option: Option, held: Decimal) -> None:
        if option.exercise_settlement == SettlementType.CASH:
            worth = quotes.intrinsic(option, quotes.close(underlying_of(option)))
            self.cash += worth * held * quotes.multiplier(option)

    def _quantity(self, symbol: Symbol) -> Decimal:
        position = self.positions.get(symbol)
        return ZERO if position is None else position.quantity

    def _trade(self, symbol: Symbol, quantity: Decimal, price: Decimal, security: Security) -> None:
        if not quantity:
            return
        position = self.positions.get(symbol)
        held, average = (ZERO, ZERO) if position is None else (position.quantity, position.average_price)
        multiplier = quotes.multiplier(security)
        closed = min(abs(held), abs(quantity)) if held * quantity < 0 else ZERO
        if security.type == SecurityType.FUTURE:
            self.cash += closed * (price - average) * multiplier * (1 if held > 0 else -1)
        else:
            self.cash -= quantity * price * multiplier
        total = held + quantity
        if not total:
            del self.positions[symbol]
        elif held * quantity >= 0:
            self.positions[symbol] = Holding(total, (held * average + quantity * price) / total)
        else:
            self.positions[symbol] = Holding(total, average if held * total > 0 else price)

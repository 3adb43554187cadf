"""Cash by currency, and the conversion of amounts to the account's currency."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leansim.api.decimals import DecimalField, Number, exact
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException, ExtendedDictionary, InvalidOperationException, KeyNotFoundException
from leansim.api.order_events import NULL_CURRENCY, CashAmount, currency_symbol
from leansim.errors import NotEmulated
from leansim.numbers import ONE, ZERO

if TYPE_CHECKING:
    from leansim.api.securities import Security


class Cash(ClrObject):
    """An amount of one currency and its rate to the account currency (0: unknown)."""

    amount = DecimalField("Amount, in this currency.", read_only=True)
    conversion_rate = DecimalField("Account currency per unit; 0 when there is none.", read_only=True)

    def __init__(self, symbol: str, amount: Number, conversion_rate: Number) -> None:
        if not symbol:
            raise ArgumentException("Cash symbols cannot be null or empty.")
        self.symbol = symbol.upper()
        self.currency_symbol = currency_symbol(self.symbol)
        self._amount = exact(amount)
        self._conversion_rate = exact(conversion_rate)
        self._changed: Callable[[], None] = _nobody

    @property
    def _value(self) -> Decimal:
        return self._amount * self._conversion_rate

    @property
    def value_in_account_currency(self) -> float:
        """The amount in account currency."""
        return float(self._value)

    def add_amount(self, amount: Number) -> float:
        """Add to the amount; the new amount."""
        self._amount += exact(amount)
        self._changed()
        return float(self._amount)

    def set_amount(self, amount: Number) -> None:
        """Replace the amount."""
        self._amount = exact(amount)
        self._changed()

    def __str__(self) -> str:
        return f"{self.symbol}: {self.currency_symbol}{self._amount:.2f} @ {self._conversion_rate:.2f}"


class PairCash(Cash):
    """A currency known by a pair of currencies: its rate is the pair's price, and none of it can be held."""

    def __init__(self, symbol: str, pair: Security) -> None:
        self._pair = pair
        super().__init__(symbol, ZERO, ZERO)

    @property
    def _conversion_rate(self) -> Decimal:
        return self._pair.cache.price

    @_conversion_rate.setter
    def _conversion_rate(self, rate: Decimal) -> None:
        """The pair has the rate."""

    def add_amount(self, amount: Number) -> float:
        """Not emulated."""
        raise NotEmulated(f"cash in {self.symbol}")

    def set_amount(self, amount: Number) -> None:
        """Not emulated."""
        raise NotEmulated(f"cash in {self.symbol}")


def _nobody() -> None:
    """Nobody wants to know that an amount has changed."""


class CashBook(ExtendedDictionary[str, Cash]):
    """All currencies of the account, by their three letters."""

    __slots__ = ("_accounts", "_changed", "account_currency")

    _pair_types = ("String", Cash)

    def __init__(self, account_currency: str = "USD") -> None:
        self.account_currency = account_currency
        self._accounts: dict[str, Cash] = {account_currency: Cash(account_currency, ZERO, ONE)}
        self._changed: Callable[[], None] = _nobody

    def _tell(self, changed: Callable[[], None]) -> None:
        """Call this whenever an amount changes."""
        self._changed = changed
        for cash in self._accounts.values():
            cash._changed = changed

    def _find(self, key: Any) -> tuple[bool, Cash | None]:
        if key == NULL_CURRENCY:
            raise InvalidOperationException("Unexpected request for NullCurrency Cash instance")
        cash = self._accounts.get(key)
        return cash is not None, cash

    def _pairs(self) -> Iterable[tuple[str, Cash]]:
        return self._accounts.items()

    def _missing(self, key: object) -> KeyNotFoundException:
        return KeyNotFoundException(f"This cash symbol ({key}) was not found in your cash book.")

    def __len__(self) -> int:
        return len(self._accounts)

    @property
    def is_read_only(self) -> bool:
        """False: currencies can be added."""
        return False

    def add(self, symbol: str, amount: Number | Cash, conversion_rate: Number = 0) -> Cash:
        """A currency, or new values of one that is there."""
        given = amount if isinstance(amount, Cash) else Cash(symbol, amount, conversion_rate)
        cash = self._accounts.setdefault(symbol, given)
        if isinstance(cash, PairCash):
            raise NotEmulated(f"cash in {symbol}")
        cash._amount, cash._conversion_rate = given._amount, given._conversion_rate
        cash._changed = self._changed
        self._changed()
        return cash

    def _follow(self, symbol: str, pair: Security) -> Cash:
        """The cash of a pair's base currency; the pair gives its rate when it was not known before."""
        return self._accounts.setdefault(symbol, PairCash(symbol, pair))

    def __setitem__(self, key: str, value: Cash) -> None:
        self.add(key, value)

    def remove(self, key: str) -> bool:
        """Take a currency out; False when it was not there."""
        gone = self._accounts.pop(key, None)
        if gone is not None:
            self._changed()
        return gone is not None

    @property
    def _total(self) -> Decimal:
        total = ZERO
        for cash in self._accounts.values():
            total += cash._amount * cash._conversion_rate
        return total

    @property
    def total_value_in_account_currency(self) -> float:
        """Sum over all currencies."""
        return float(self._total)

    def _to_account(self, amount: CashAmount) -> Decimal:
        """An amount in account currency; ArgumentException when there is no rate."""
        if amount.currency == self.account_currency or not amount._amount:
            return amount._amount
        rate = self[amount.currency]._conversion_rate
        if not rate:
            raise ArgumentException(f"The conversion rate for {amount.currency} is not available.")
        return amount._amount * rate

    def convert_to_account_currency(self, source_quantity: Number, source_currency: str) -> float:
        """An amount of a currency in account currency."""
        return float(self._to_account(CashAmount(source_quantity, source_currency)))

    def convert(self, source_quantity: Number, source_currency: str, destination_currency: str) -> float:
        """An amount of one currency in another."""
        rate = self[destination_currency]._conversion_rate
        if not rate:
            raise ArgumentException(f"The conversion rate for {destination_currency} is not available.")
        return float(self._to_account(CashAmount(source_quantity, source_currency)) / rate)

    def _set_account_currency(self, currency: str) -> None:
        amount = self._accounts.pop(self.account_currency)._amount
        self.account_currency = currency
        self.add(currency, amount, ONE)


class ConvertibleCashAmount(ClrObject):
    """An amount of a currency that knows what it is worth in the account's."""

    amount = DecimalField("The amount.", read_only=True)

    def __init__(self, amount: Number, cash: Cash) -> None:
        self._amount = exact(amount)
        self.cash = cash

    @property
    def in_account_currency(self) -> float:
        """The amount in account currency."""
        return float(self._amount * self.cash._conversion_rate)

    def __float__(self) -> float:
        return float(self._amount)

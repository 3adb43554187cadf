"""One contract of an option or futures chain: a row of the chain's columns.

Contracts are what algorithms look at most: a chain of hundreds, each minute. Their class has no ``__getattr__``
(:class:`~leansim.api.naming.FixedClrObject`), and they hold their quote themselves; what is asked less often is looked
up in the columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol, Self

from leansim.api.enums import OptionRight, OptionStyle
from leansim.api.greeks import GreekLists, ModeledGreeks
from leansim.api.naming import FixedClrObject, held
from leansim.api.symbols import SecurityIdentifier, Symbol


class ChainColumns(Protocol):
    """What contracts read; a chain of a slice and a chain of a universe file are such."""

    contract_time: datetime
    symbols: list[Symbol]

    @property
    def underlying_price(self) -> float: ...
    @property
    def bid_close(self) -> Sequence[float]: ...
    @property
    def ask_close(self) -> Sequence[float]: ...
    @property
    def bid_size(self) -> Sequence[float]: ...
    @property
    def ask_size(self) -> Sequence[float]: ...
    @property
    def close(self) -> Sequence[float]: ...
    @property
    def volume(self) -> Sequence[float]: ...
    @property
    def value(self) -> Sequence[float]: ...
    @property
    def implied_volatility(self) -> Sequence[float]: ...
    @property
    def theoretical_price(self) -> Sequence[float]: ...
    @property
    def greeks(self) -> Sequence[Any]: ...
    def expected_greeks(self) -> GreekLists | None: ...
    def strike_multiplier(self) -> float: ...


class BaseContract(FixedClrObject):
    """One contract of a chain: a row of the chain's columns."""

    __slots__ = ("_ask", "_bid", "_chain", "_i", "symbol")
    _missing = ("days_to_expiry",)
    _converts_to_symbol = True

    _chain: ChainColumns
    _i: int
    _bid: float
    _ask: float
    symbol: Symbol

    @classmethod
    def _all_of(cls, columns: ChainColumns) -> list[Self]:
        """All contracts of a chain, by ticker."""
        made: list[Self] = []
        # without a constructor of their own, which would take longer than all that is done here
        places = range(len(columns.symbols))
        for i, symbol, bid, ask in zip(places, columns.symbols, columns.bid_close, columns.ask_close, strict=True):
            contract = cls()
            contract._chain = columns
            contract._i = i
            contract._bid = bid
            contract._ask = ask
            contract.symbol = symbol
            made.append(contract)
        return made

    id: SecurityIdentifier = held("symbol.id", "The symbol's identifier.")
    underlying_symbol: Symbol | None = held("symbol.underlying", "What the contract is on.")
    expiry: datetime = held("symbol.id.date", "The day it expires, midnight.")
    time: datetime = held("_chain.contract_time", "The instant, in the exchange's zone.")
    bid_price: float = held("_bid", "Close of the bid, 0 when there is none.")
    ask_price: float = held("_ask", "Close of the ask, 0 when there is none.")

    @property
    def bid_size(self) -> int:
        """Size of the bid."""
        return int(self._chain.bid_size[self._i])

    @property
    def ask_size(self) -> int:
        """Size of the ask."""
        return int(self._chain.ask_size[self._i])

    @property
    def last_price(self) -> float:
        """Close of the last trade bar, 0 when there is none."""
        return self._chain.close[self._i]

    @property
    def value(self) -> float:
        """The last price."""
        return self.last_price

    @property
    def price(self) -> float:
        """The last price."""
        return self.last_price

    @property
    def close(self) -> float:
        """The last price."""
        return self.last_price

    @property
    def volume(self) -> int:
        """Volume of the last trade bar."""
        return int(self._chain.volume[self._i])

    @property
    def open_interest(self) -> float:
        """Open interest."""
        return self._chain.value[self._i]

    def __str__(self) -> str:
        return self.symbol.value

    def to_string(self) -> str:
        """The ticker."""
        return self.symbol.value


class OptionContract(BaseContract):
    """One option of a chain."""

    __slots__ = ()
    _missing = ("create",)

    @classmethod
    def _all_of(cls, columns: ChainColumns) -> list[Self]:
        """All contracts of a chain, by ticker; with their greeks if these are going to be looked at."""
        lists = columns.expected_greeks()
        if lists is None:
            return super()._all_of(columns)
        made: list[Any] = super(OptionContract, _WithGreeks)._all_of(columns)
        ModeledGreeks._give_all(lists, made)
        return made

    strike: float = held("symbol.id.strike_price", "The strike.")

    @property
    def scaled_strike(self) -> float:
        """The strike in the unit of the underlying's price."""
        return self.symbol.id.strike_price * self._chain.strike_multiplier()

    right: OptionRight = held("symbol.id.option_right", "Call or put.")
    style: OptionStyle = held("symbol.id.option_style", "American or European.")

    @property
    def underlying_last_price(self) -> float:
        """The underlying's price."""
        return self._chain.underlying_price

    @property
    def implied_volatility(self) -> float:
        """Annual volatility, a fraction; 0 where none could be implied."""
        return self._chain.implied_volatility[self._i]

    @property
    def theoretical_price(self) -> float:
        """The model's price at that volatility."""
        return self._chain.theoretical_price[self._i]

    @property
    def greeks(self) -> Any:
        """Sensitivities."""
        return self._chain.greeks[self._i]


class _WithGreeks(OptionContract):
    """One that holds its greeks: to find them in the columns takes several times as long."""

    __slots__ = ("_greeks",)

    greeks = held("_greeks", "Sensitivities.")


# nobody is to see that there are two of them
_WithGreeks.__name__ = _WithGreeks.__qualname__ = OptionContract.__name__


class FuturesContract(BaseContract):
    """One future of a chain."""

    __slots__ = ()

"""`PortfolioTarget`: how much of a security an algorithm wants to hold; and in which order several are to be traded."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leansim.api.decimals import DecimalField, Number, exact
from leansim.api.naming import ClrObject
from leansim.api.symbols import Symbol, SymbolCache
from leansim.numbers import ZERO, plain, round_down_to_step

if TYPE_CHECKING:
    from leansim.api.algorithm import QCAlgorithm
    from leansim.api.workings import Workings


class PortfolioTarget(ClrObject):
    """A symbol and a quantity; for ``set_holdings`` the quantity is a fraction of the account's value."""

    quantity = DecimalField("The quantity, or fraction of the account's value.", read_only=True)

    def __init__(self, symbol: Symbol | str, quantity: Number, tag: str = "") -> None:
        self.symbol = symbol if isinstance(symbol, Symbol) else SymbolCache.get_symbol(symbol)
        self._quantity = exact(quantity)
        self.tag = tag

    @staticmethod
    def percent(
        algorithm: QCAlgorithm, symbol: Symbol, percent: Number, return_delta_quantity: bool = False, tag: str = ""
    ) -> PortfolioTarget | None:
        """The quantity a fraction of the account's value buys (or what is missing of it); ``None`` when none can."""
        quantity = algorithm._leansim_sized(algorithm._leansim.symbol_of(symbol), exact(percent))
        if quantity is None:
            return None
        held = ZERO if return_delta_quantity else algorithm._leansim.securities[symbol].holdings._quantity
        return PortfolioTarget(symbol, quantity + held, tag)

    def __str__(self) -> str:
        text = f"{self.symbol.value}: {plain(self._quantity)}"
        return f"{text} ({self.tag})" if self.tag else text


def by_margin_impact(workings: Workings, deltas: Iterable[tuple[Symbol, Decimal]]) -> list[tuple[Symbol, Decimal]]:
    """Quantities to trade in LEAN's order: what makes a position smaller first, then by value, largest first.

    Left out is what is less than a lot, and what cannot be traded now.
    """
    ranked: list[tuple[bool, Decimal, tuple[Symbol, Decimal]]] = []
    for symbol, delta in deltas:
        security: Any = workings.securities[symbol]
        lot = security.symbol_properties._lot_size
        size = round_down_to_step(delta, lot)
        if abs(size) < lot or not security.has_data or not security.is_tradable:
            continue
        open_tickets = workings.transactions.get_open_order_tickets(symbol)
        coming = sum((ticket._quantity - ticket._quantity_filled for ticket in open_tickets), ZERO)
        held = security.holdings._quantity + coming
        reduces = bool(held) and abs(size + held) < abs(held)
        ranked.append((reduces, abs(size * security.cache.price), (symbol, delta)))
    ranked.sort(key=lambda each: (each[0], each[1]), reverse=True)
    return [each[2] for each in ranked]

"""Multiplier, tick and lot of a security as the algorithm sees them: floats over exact numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.api.decimals import DecimalField, exact
from leansim.api.enums import SecurityType
from leansim.api.naming import ClrObject
from leansim.api.symbols import OPTION_TYPES
from leansim.lean_data.symbol_properties import index_option_tick

if TYPE_CHECKING:
    from leansim.api.security_cache import SecurityCache
    from leansim.api.symbols import Symbol
    from leansim.lean_data.symbol_properties import SymbolProperties as Line


class SymbolProperties(ClrObject):
    """What the symbol properties database says of a security."""

    contract_multiplier = DecimalField("Money per point of price.", read_only=True)
    minimum_price_variation = DecimalField("The tick.", read_only=True)
    lot_size = DecimalField("The smallest step of an order's quantity.", read_only=True)
    price_magnifier = DecimalField("Units of the quoted price per unit of the currency.", read_only=True)
    strike_multiplier = DecimalField(
        "What a strike is multiplied by to compare it with the underlying.", read_only=True
    )

    def __init__(self, line: Line) -> None:
        self.description = line.description
        self.quote_currency = line.quote_currency
        self.market_ticker = line.market_ticker
        self._contract_multiplier = line.contract_multiplier
        self._minimum_price_variation = line.minimum_price_variation
        self._lot_size = line.lot_size
        self._minimum_order_size: Decimal | None = line.minimum_order_size
        self._price_magnifier = line.price_magnifier
        self._strike_multiplier = line.strike_multiplier

    @property
    def minimum_order_size(self) -> float | None:
        """The smallest quantity, where there is one."""
        return None if self._minimum_order_size is None else float(self._minimum_order_size)


class OptionSymbolProperties(SymbolProperties):
    """The same of an option, with what it delivers."""

    def __init__(self, line: Line, unit_of_trade: int) -> None:
        super().__init__(line)
        self.contract_unit_of_trade = unit_of_trade


class IndexOptionSymbolProperties(OptionSymbolProperties):
    """The same of an index option, whose tick depends on its last price."""

    def __init__(self, line: Line, symbol: Symbol) -> None:
        super().__init__(line, int(line.contract_multiplier))
        self._root = symbol.id.symbol
        self._cache: SecurityCache | None = None

    def _watch(self, cache: SecurityCache) -> None:
        """Where its last price is found."""
        self._cache = cache

    @property
    def minimum_price_variation(self) -> float:  # type: ignore[override]  # a slot there, worked out here
        """The tick at the last data point, which in LEAN is the open interest where there is one."""
        if self._cache is None:
            return float(index_option_tick(self._root, None))
        return float(index_option_tick(self._root, Decimal(self._cache.open_interest) or self._cache.price))


def symbol_properties_of(line: Line, symbol: Symbol) -> SymbolProperties:
    """The properties of a security; a futures option delivers one future, other options their multiplier."""
    if symbol.security_type not in OPTION_TYPES:
        return SymbolProperties(line)
    if symbol.security_type == SecurityType.INDEX_OPTION:
        return IndexOptionSymbolProperties(line, symbol)
    future_option = symbol.security_type == SecurityType.FUTURE_OPTION
    return OptionSymbolProperties(line, 1 if future_option else int(exact(line.contract_multiplier)))

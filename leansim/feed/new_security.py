"""A security as it is made: of its type's class, on its exchange, with its symbol's properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leansim.api.exchange import SecurityExchange
from leansim.api.securities import SECURITY_CLASSES, Security
from leansim.api.symbol_properties import symbol_properties_of
from leansim.clock import TimeKeeper

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol
    from leansim.lean_data.folder import DataFolder


def new_security(symbol: Symbol, folder: DataFolder, clock: TimeKeeper) -> Security:
    """The security of a symbol, without data, models or subscriptions."""
    exchange = SecurityExchange(folder.market_hours.entry_of(symbol), clock)
    properties = symbol_properties_of(folder.symbol_properties.of(symbol), symbol)
    return SECURITY_CLASSES[symbol.security_type](symbol, exchange, properties, clock)

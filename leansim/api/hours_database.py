"""``self.market_hours_database``: which hours a product is traded in."""

from __future__ import annotations

from typing import Any

from leansim.api.enums import SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException
from leansim.api.option_symbols import database_ticker
from leansim.api.reference import required_reference_data
from leansim.api.symbols import Symbol
from leansim.api.time_zones import CachedDateTimeZone


class Entry(ClrObject):
    """The hours of a product's exchange, and the clock its data are kept by."""

    def __init__(self, hours: Any) -> None:
        self.exchange_hours = hours
        self.data_time_zone: CachedDateTimeZone = hours._data_time_zone


class MarketHoursDatabase(ClrObject):
    """LEAN's database of the data folder in use. A product is named by its ticker or by a symbol."""

    @staticmethod
    def from_data_folder() -> MarketHoursDatabase:
        """The database of the run's data folder."""
        return MarketHoursDatabase()

    def get_exchange_hours(self, *arguments: Any) -> Any:
        """``(configuration)`` or ``(market, symbol, security_type)``; ArgumentException when there is no entry."""
        if len(arguments) == 1:
            configuration = arguments[0]
            arguments = (configuration.market, configuration.symbol, configuration.security_type)
        return self.get_entry(*arguments).exchange_hours

    def get_data_time_zone(self, market: str, symbol: Symbol | str, security_type: SecurityType) -> CachedDateTimeZone:
        """The clock a product's data are kept by."""
        return self.get_entry(market, symbol, security_type).data_time_zone

    def get_entry(self, market: str, symbol: Symbol | str | None, security_type: SecurityType) -> Entry:
        """All that is known of a product; ArgumentException when there is no entry."""
        ticker = database_ticker(symbol) if isinstance(symbol, Symbol) else symbol
        return Entry(required_reference_data().hours(market, ticker, security_type))

    def try_get_entry(
        self, market: str, symbol: Symbol | str | None, security_type: SecurityType, entry: object = None
    ) -> tuple[bool, Entry | None]:
        """Whether there is an entry, and the entry: pythonnet returns an ``out`` parameter that way."""
        try:
            return True, self.get_entry(market, symbol, security_type)
        except ArgumentException:
            return False, None

"""When a security gets another ticker, or a continuous future another contract: from its map file."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from leansim.api.bars import SymbolChangedEvent
from leansim.api.enums import DataMappingMode
from leansim.api.symbols import Symbol
from leansim.api.time_zones import to_ns

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import SecurityExchangeHours
    from leansim.lean_data.map_files import MapFile


def symbol_changes(
    symbol: Symbol,
    files: MapFile,
    hours: SecurityExchangeHours,
    start_ns: int,
    end_ns: int,
    mode: DataMappingMode | None = None,
) -> list[SymbolChangedEvent]:
    """The first trading day of each new ticker, within two instants, both inclusive.

    What the symbol is called on the first day is no change; a future's contracts are those of a mapping mode.
    """
    before = files.ticker_on(hours.time_zone.to_local(start_ns).date(), symbol.value, mode)
    found: list[SymbolChangedEvent] = []
    for until in sorted({row.until for row in files.rows if row.mode in (None, mode)}):
        day = hours.get_next_trading_day(datetime(until.year, until.month, until.day))
        is_within = start_ns <= hours.time_zone.to_utc_ns(to_ns(day)) <= end_ns
        if not is_within or not files.has_data(day.date()):
            continue
        ticker = files.ticker_on(day.date(), before, mode)
        if ticker != before:
            found.append(SymbolChangedEvent(symbol, day, before, ticker))
            before = ticker
    return found

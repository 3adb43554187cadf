"""What a slice tells beside prices: ends of contracts, splits, dividends, changed symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from leansim.api.bars import BaseData, Delisting, Dividend, Split, SymbolChangedEvent
from leansim.api.instant import BY_TICKER
from leansim.api.slice import DataDictionary, Delistings, Dividends, Splits, SymbolChangedEvents
from leansim.api.symbols import Symbol
from leansim.feed.delistings import Due

Auxiliary = dict[type[DataDictionary[Any]], DataDictionary[Any]]
"""The dictionaries of a slice that are not of prices, by their types."""

_DICTIONARIES: Final[dict[type[BaseData], type[DataDictionary[Any]]]] = {
    Split: Splits,
    Dividend: Dividends,
    SymbolChangedEvent: SymbolChangedEvents,
}


def delistings_of(
    time: datetime, notices: Sequence[Due], last_trades: Mapping[Symbol, Callable[[], float]]
) -> Delistings:
    """The notices as the algorithm sees them at a local time, made when looked at, each with the last trade's price."""
    due_of = {symbol: due for due in notices for symbol in due.symbols}
    symbols = sorted(due_of, key=BY_TICKER)
    made: dict[Symbol, Delisting] = {}

    def every() -> list[Delisting]:
        if not made:
            for symbol in symbols:
                _, kind, at = due_of[symbol]
                price = last_trades.get(symbol)
                made[symbol] = Delisting(symbol, at, 0.0 if price is None else price(), kind)
        return list(made.values())

    def find(symbol: Symbol) -> Delisting | None:
        every()
        return made.get(symbol)

    found = Delistings._lazy(time, find, lambda: symbols, every)
    found._notices = notices
    return found


def auxiliary_of(time: datetime, delistings: Delistings | None, events: Sequence[BaseData]) -> Auxiliary:
    """The dictionaries that hold the notices and events of an instant; of the others there are none."""
    found: Auxiliary = {}
    if delistings is not None:
        found[Delistings] = delistings
    for event in events:
        kind = _DICTIONARIES[type(event)]
        found.setdefault(kind, kind(time))[event.symbol] = event
    return found

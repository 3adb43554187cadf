"""Splits, dividends and new tickers of the subscribed equities, from their factor and map files."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leansim.api.bars import BaseData, Dividend, Split
from leansim.api.enums import SplitType
from leansim.api.symbols import Symbol
from leansim.api.time_zones import from_ns, to_ns
from leansim.feed.renamings import symbol_changes
from leansim.numbers import round_half_even

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import SecurityExchangeHours
    from leansim.lean_data.factor_files import FactorFile
    from leansim.lean_data.folder import DataFolder


class CorporateActions:
    """The events of everything that is subscribed, in the order of time.

    All come at the midnight of their day, a split with a warning at the midnight of the day before.
    """

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._waiting: list[tuple[int, int, BaseData]] = []
        self._symbols: set[Symbol] = set()
        self._count = 0

    def add(self, symbol: Symbol, hours: SecurityExchangeHours, now_ns: int, end_ns: int) -> None:
        """Expect the events of an equity from now on."""
        self._symbols.add(symbol)
        paid = payouts(symbol, self._folder.factor_files.of(symbol), hours, now_ns, end_ns)
        renamed = symbol_changes(symbol, self._folder.map_files.of(symbol), hours, now_ns, end_ns)
        for event in (*paid, *renamed):
            self._count += 1
            heapq.heappush(self._waiting, (hours.time_zone.to_utc_ns(to_ns(event.time)), self._count, event))

    def remove(self, symbol: Symbol) -> None:
        """It is no longer subscribed: its events do not come."""
        self._symbols.discard(symbol)
        self._waiting = [entry for entry in self._waiting if entry[2].symbol != symbol]
        heapq.heapify(self._waiting)

    @property
    def next_ns(self) -> int | None:
        """When the next event comes."""
        return self._waiting[0][0] if self._waiting else None

    def due(self, ns: int) -> list[BaseData]:
        """The events that have come by an instant."""
        found = []
        while self._waiting and self._waiting[0][0] <= ns:
            found.append(heapq.heappop(self._waiting)[2])
        return found


def payouts(
    symbol: Symbol, factors: FactorFile, hours: SecurityExchangeHours, start_ns: int, end_ns: int
) -> list[Split | Dividend]:
    """The dividends and splits of an equity within two instants, both inclusive, in the order of time.

    LEAN learns of one on the last trading day before it, so whoever comes on the day itself is not told.
    """
    zone = hours.time_zone
    start = from_ns(zone.to_local_ns(start_ns))
    found: list[Split | Dividend] = []
    for row in factors.rows:
        last = datetime(row.until.year, row.until.month, row.until.day)
        dividend, split = factors.dividend_after(row.until), factors.split_after(row.until)
        if dividend is None and split is None:
            continue
        midnight = last + timedelta(days=1)
        if start >= midnight or not hours.is_open(max(start, last), midnight, False):
            continue
        effective = hours.get_next_trading_day(last)
        if dividend is not None:
            ratio, close = dividend
            paid = round_half_even(close - close * ratio, 2)
            found.append(Dividend(symbol, effective, float(paid), float(close)))
        if split is not None:
            factor, price = (float(number) for number in split)
            found.append(Split(symbol, last, price, factor, SplitType.WARNING))
            found.append(Split(symbol, effective, price, factor, SplitType.SPLIT_OCCURRED))
    within = [event for event in found if start_ns <= zone.to_utc_ns(to_ns(event.time)) <= end_ns]
    return sorted(within, key=lambda event: event.time)

"""Splits and dividends of the subscribed equities, from their factor files."""

from __future__ import annotations

import heapq
from datetime import datetime
from typing import TYPE_CHECKING

from leansim.api.bars import Dividend, Split
from leansim.api.enums import SplitType
from leansim.api.symbols import Symbol
from leansim.api.time_zones import to_ns
from leansim.numbers import round_half_even

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import SecurityExchangeHours
    from leansim.lean_data.factor_files import FactorFile


class CorporateActions:
    """The events of everything that is subscribed, in the order of time.

    A dividend comes at the midnight of its ex-date, a split likewise, with a warning at the midnight of the day before.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Split | Dividend]] = []
        self._symbols: set[Symbol] = set()
        self._count = 0

    def add(self, symbol: Symbol, factors: FactorFile, hours: SecurityExchangeHours, now_ns: int, end_ns: int) -> None:
        """Expect the events of an equity from now on."""
        self._symbols.add(symbol)
        for row in factors.rows:
            last = datetime(row.until.year, row.until.month, row.until.day)
            dividend, split = factors.dividend_after(row.until), factors.split_after(row.until)
            if dividend is None and split is None:
                continue
            effective = hours.get_next_trading_day(last)
            if dividend is not None:
                ratio, close = dividend
                paid = round_half_even(close - close * ratio, 2)
                self._push(effective, Dividend(symbol, effective, float(paid), float(close)), hours, now_ns, end_ns)
            if split is not None:
                factor, price = (float(number) for number in split)
                self._push(last, Split(symbol, last, price, factor, SplitType.WARNING), hours, now_ns, end_ns)
                occurred = Split(symbol, effective, price, factor, SplitType.SPLIT_OCCURRED)
                self._push(effective, occurred, hours, now_ns, end_ns)

    def _push(
        self, midnight: datetime, event: Split | Dividend, hours: SecurityExchangeHours, now_ns: int, end_ns: int
    ) -> None:
        ns = hours.time_zone.to_utc_ns(to_ns(midnight))
        if now_ns <= ns <= end_ns:
            self._count += 1
            heapq.heappush(self._waiting, (ns, self._count, event))

    def remove(self, symbol: Symbol) -> None:
        """It is no longer subscribed: its events do not come."""
        self._symbols.discard(symbol)
        self._waiting = [entry for entry in self._waiting if entry[2].symbol != symbol]
        heapq.heapify(self._waiting)

    @property
    def next_ns(self) -> int | None:
        """When the next event comes."""
        return self._waiting[0][0] if self._waiting else None

    def due(self, ns: int) -> list[Split | Dividend]:
        """The events that have come by an instant."""
        found = []
        while self._waiting and self._waiting[0][0] <= ns:
            found.append(heapq.heappop(self._waiting)[2])
        return found

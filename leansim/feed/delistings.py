"""When contracts and shares end: a warning on the last day, the end itself at the start of the day after."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from leansim.api.enums import DelistingType, SecurityType
from leansim.api.option_symbols import FutureOptionSymbol, OptionSymbol
from leansim.api.symbols import Symbol, parted
from leansim.api.time_zones import to_ns

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import SecurityExchangeHours
    from leansim.lean_data.folder import DataFolder
    from leansim.lean_data.map_files import MapFiles


class Due(NamedTuple):
    """A delisting notice that has come: of which symbols, of which kind, and the local time it is about."""

    symbols: list[Symbol]
    kind: DelistingType
    time: datetime


def end_of_trading(symbol: Symbol, map_files: MapFiles) -> datetime | None:
    """The local time a security ends; ``None`` for what has no end of its own.

    The midnight of its last day, but a future whose expiry was computed has the hour with it. A share's is in its map
    file; custom data about a share end with it.
    """
    kind = symbol.security_type
    if kind is SecurityType.BASE:
        about = symbol.underlying
        if about is None or about.security_type is not SecurityType.EQUITY:
            return None
        return end_of_trading(about, map_files)
    if kind in (SecurityType.INDEX, SecurityType.FOREX) or symbol.is_canonical():
        return None
    if kind is SecurityType.EQUITY:
        day = map_files.of(symbol).delisting_date
        return datetime(day.year, day.month, day.day)
    if kind is SecurityType.OPTION:
        return OptionSymbol.get_last_day_of_trading(symbol)
    if kind is SecurityType.FUTURE_OPTION:
        return FutureOptionSymbol.get_last_day_of_trading(symbol)
    return symbol.id.date


def _ending_alike(like: Symbol) -> Callable[[Symbol], object]:
    """What is the same of contracts of a kind that end together; a share ends by itself."""
    kind = like.security_type
    if kind is SecurityType.EQUITY or kind is SecurityType.BASE:
        return attrgetter("id")
    return attrgetter("security_type" if kind is SecurityType.FOREX else "id.date")


class DelistingCalendar:
    """The notices of everything that is subscribed, in the order of time."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        # contracts that end together wait together
        self._waiting: list[tuple[int, int, list[Symbol], DelistingType, datetime]] = []
        self._listed: set[Symbol] = set()
        self._count = 0

    def add(self, symbols: dict[Symbol, None], hours: SecurityExchangeHours, now_ns: int, end_ns: int) -> None:
        """Expect the end of these securities of one kind, which keep these hours, in a run that ends at ``end_ns``."""
        by_last_day: dict[datetime, list[Symbol]] = {}
        new, _ = parted(symbols, self._listed)
        for _, group in groupby(new, _ending_alike(next(iter(symbols)))):
            alike = list(group)
            last = end_of_trading(alike[0], self._folder.map_files)
            if last is not None:
                by_last_day.setdefault(last, []).extend(alike)
        for last, ending in by_last_day.items():
            self._expect(ending, last, hours, now_ns, end_ns)

    def _expect(
        self, symbols: list[Symbol], last: datetime, hours: SecurityExchangeHours, now_ns: int, end_ns: int
    ) -> None:
        """The notices of contracts that end at a local time."""
        zone = hours.time_zone
        midnight = datetime(last.year, last.month, last.day)
        warning = zone.to_utc_ns(to_ns(midnight))
        if warning > end_ns:
            return
        self._listed.update(symbols)
        self._push(max(warning, now_ns), symbols, DelistingType.WARNING, midnight)
        # LEAN notices the end when a later trading day begins; a run that has none never sees it
        following = hours.get_next_trading_day(midnight)
        if zone.to_utc_ns(to_ns(following)) <= end_ns:
            after = last + timedelta(days=1)
            self._push(max(zone.to_utc_ns(to_ns(after)), now_ns), symbols, DelistingType.DELISTED, after)

    def _push(self, ns: int, symbols: list[Symbol], kind: DelistingType, time: datetime) -> None:
        self._count += 1
        heapq.heappush(self._waiting, (ns, self._count, symbols, kind, time))

    def remove(self, symbols: Iterable[Symbol]) -> None:
        """These are no longer subscribed: their notices do not come."""
        self._listed.difference_update(symbols)

    @property
    def next_ns(self) -> int | None:
        """When the next notice comes."""
        while self._waiting and self._listed.isdisjoint(self._waiting[0][2]):
            heapq.heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    def due(self, ns: int) -> list[Due]:
        """The notices that have come by an instant."""
        found = []
        while (first := self.next_ns) is not None and first <= ns:
            _, _, symbols, kind, time = heapq.heappop(self._waiting)
            listed = [symbol for symbol in symbols if symbol in self._listed]
            found.append(Due(listed, kind, time))
            if kind == DelistingType.DELISTED:
                self._listed.difference_update(listed)
        return found

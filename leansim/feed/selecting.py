"""Universes that select symbols: what the feed asks of each, and those an algorithm's functions make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from leansim.api.instant import BY_TICKER
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_DAY, to_ns

if TYPE_CHECKING:
    from leansim.api.time_zones import CachedDateTimeZone
    from leansim.feed.subscriptions import SubscriptionRequest
    from leansim.lean_data.exchange_hours import ExchangeHours

ONE_DAY: Final = timedelta(days=1)

Triggers = Callable[[int, int], Iterable[int]]
"""The instants a universe selects at, given its beginning and the end of the run (ns UTC)."""


class SelectingUniverse:
    """Base of them.

    Attributes:
        symbol: its name; of a chain the canonical symbol.
        request: how members are subscribed.
        members: the symbols selected last, each with the instant it came.
        next_ns: when it selects next; ``None`` for never again.
        minimum_ns: how long a member stays at least.

    """

    def __init__(self, symbol: Symbol, request: SubscriptionRequest, minimum_ns: int = NS_PER_DAY) -> None:
        self.symbol = symbol
        self.request = request
        self.members: dict[Symbol, int] = {}
        self.removed = False
        self.next_ns: int | None = None
        self.minimum_ns = minimum_ns

    def select(self, ns: int) -> tuple[frozenset[Symbol] | None, int]:
        """The symbols to have from now on (``None``: as before), and how many rows were looked at."""
        raise NotImplementedError

    def groups(self, new: Iterable[Symbol]) -> list[list[Symbol]]:
        """New members, those that are in the same files together, in the order they are subscribed."""
        return [[symbol] for symbol in sorted(new, key=BY_TICKER)]

    def request_for(self, symbol: Symbol) -> SubscriptionRequest:
        """How a member is subscribed."""
        return self.request.of(symbol)

    def may_leave(self, symbol: Symbol, ns: int) -> bool:
        """Whether a member has been there long enough, to the nearest day."""
        return ns - self.members[symbol] >= self.minimum_ns - NS_PER_DAY // 2


class SelectorUniverse(SelectingUniverse):
    """Members named by a function of the algorithm.

    ``triggers`` gives the instants to select at, the first being when the universe begins; ``choose`` the symbols of an
    instant (``None``: as before) and how many data points it looked at.
    """

    def __init__(
        self,
        symbol: Symbol,
        request: SubscriptionRequest,
        triggers: Triggers,
        choose: Callable[[int], tuple[Iterable[Symbol] | None, int]],
        minimum_ns: int,
    ) -> None:
        super().__init__(symbol, request, minimum_ns)
        self._triggers = triggers
        self._choose = choose
        self._waiting: Iterator[int] = iter(())
        self._selected: frozenset[Symbol] | None = None
        self._end_ns = 0

    @property
    def selection(self) -> frozenset[Symbol] | None:
        """What it selected last; ``None`` before the first time."""
        return self._selected

    def begin(self, ns: int, end_ns: int) -> None:
        """It selects from now on, to the end of the run."""
        self._end_ns = end_ns
        self._waiting = iter(self._triggers(ns, end_ns))
        self.next_ns = next(self._waiting, None)

    def select(self, ns: int) -> tuple[frozenset[Symbol] | None, int]:
        """The symbols to have from now on."""
        while self.next_ns is not None and self.next_ns <= ns:
            self.next_ns = next(self._waiting, None)
        if ns > self._end_ns:
            # the file of the last day is still read, though nothing is selected with it
            return None, 0
        chosen, points = self._choose(ns)
        selection = None if chosen is None else frozenset(chosen)
        if selection is None or selection == self._selected:
            return None, points
        self._selected = selection
        return selection, points


def every(interval: timedelta, hours: ExchangeHours) -> Triggers:
    """At the beginning, and at each interval after it in which the exchange is open."""

    def triggers(start_ns: int, end_ns: int) -> Iterable[int]:
        zone: CachedDateTimeZone = hours.time_zone
        local = zone.to_local(start_ns)
        yield start_ns
        while True:
            local += interval
            ns = zone.to_utc_ns(to_ns(local))
            if ns > end_ns:
                return
            if hours.is_open(local, local + interval, False):
                yield ns

    return triggers


def after_each_trading_day(hours: ExchangeHours) -> Triggers:
    """At the beginning, and at the midnight after each trading day: when LEAN's daily files can be known."""

    def triggers(start_ns: int, end_ns: int) -> Iterable[int]:
        zone: CachedDateTimeZone = hours.time_zone
        local = zone.to_local(start_ns)
        day = datetime(local.year, local.month, local.day)
        yield start_ns
        while True:
            if zone.to_utc_ns(to_ns(day)) > end_ns:
                return
            following = day + ONE_DAY
            ns = zone.to_utc_ns(to_ns(following))
            if hours.is_date_open(day) and ns > start_ns:
                yield ns
            day = following

    return triggers


def once(start_ns: int, end_ns: int) -> Iterable[int]:
    """At the beginning only."""
    del end_ns
    return (start_ns,)


def universe_symbol(name: str, like: Any) -> Symbol:
    """The name of a universe as a symbol of its kind of security and market."""
    return Symbol.create(f"qc-universe-{name}", *like)

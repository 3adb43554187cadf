"""Securities as they are made: of their type's class, on their exchange, with their symbol's properties and data.

The securities of a chain's contracts are made when somebody looks at them: most are never.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from leansim.api.exchange import SecurityExchange
from leansim.api.securities import SECURITY_CLASSES, Equity, Option, Security, SecurityManager
from leansim.api.symbol_properties import symbol_properties_of
from leansim.clock import TimeKeeper
from leansim.feed.security_window import Window

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol
    from leansim.feed.feed import Feed
    from leansim.lean_data.folder import DataFolder


def new_security(symbol: Symbol, folder: DataFolder, clock: TimeKeeper) -> Security:
    """The security of a symbol, without data, models or subscriptions."""
    exchange = SecurityExchange(folder.market_hours.entry_of(symbol), clock)
    properties = symbol_properties_of(folder.symbol_properties.of(symbol), symbol)
    return SECURITY_CLASSES[symbol.security_type](symbol, exchange, properties, clock)


class SecurityMaker:
    """Makes the securities of a feed, and lets them read their streams.

    Attributes:
        gone: the securities that were made and have left the run.
    """

    def __init__(self, feed: Feed, folder: DataFolder, securities: SecurityManager, clock: TimeKeeper) -> None:
        self.gone: dict[Symbol, Security] = {}
        self._feed = feed
        self._folder = folder
        self._securities = securities
        self._clock = clock
        self._watched: set[Symbol] = set()

    def make(self, symbol: Symbol) -> Security:
        """A security, subscribed as its symbol is, with its models."""
        feed = self._feed
        security = new_security(symbol, self._folder, self._clock)
        request = feed._requests.get(symbol)
        if request is not None:
            security._requests = [request.of(symbol).raw() if symbol in feed._raw else request.of(symbol)]
        if isinstance(security, Equity):
            security._normalize = partial(feed._normalize, security)
        if isinstance(security, Option) and symbol.underlying is not None:
            if symbol.underlying in self._securities:
                security.underlying = self._securities[symbol.underlying]
            canonical = None if symbol.is_canonical() else self._securities._known(symbol.canonical)
            if isinstance(canonical, Option):
                security.price_model = canonical.price_model
        self.gone.pop(symbol, None)
        self.watch(security)
        feed.equip(security)
        security._is_made = True
        return security

    def for_changes(self, symbol: Symbol) -> Security:
        """A security that came or went, as the algorithm is told of it."""
        known = self._securities._known(symbol) or self.gone.get(symbol)
        if known is None:
            known = self._securities[symbol] if self._securities._is_active(symbol) else self.make(symbol)
        return known

    def watch(self, security: Security) -> None:
        """Let a security read its streams."""
        symbol = security.symbol
        if symbol in self._watched or symbol not in self._feed._owners:
            return
        self._watched.add(symbol)
        for stream in self._feed._streams.of(symbol):
            security.cache._attach(Window(stream, symbol, security))

    def let_go(self, symbols: Iterable[Symbol], left: Mapping[Symbol, Security]) -> None:
        """The data of these symbols end; with them leave those of their securities that were ever made."""
        self._watched.difference_update(symbols)
        self.gone.update(left)

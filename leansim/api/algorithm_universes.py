"""Universes an algorithm makes with functions of its own, and universe selection models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from leansim.api.enums import Resolution, SecurityType
from leansim.api.etf_universes import UniverseDefinitions
from leansim.api.fundamentals import Fundamental, fundamental_of
from leansim.api.net import ArgumentException
from leansim.api.selection_models import (
    UNCHANGED,
    CompositeUniverseSelectionModel,
    OptionChainedUniverseSelectionModel,
    Universe,
    UniverseSelectionModel,
)
from leansim.api.settings import UniverseSettings
from leansim.api.symbols import Market, Symbol
from leansim.errors import NotEmulated
from leansim.feed.consolidators import SPANS
from leansim.feed.selecting import SelectorUniverse, Triggers, after_each_trading_day, every, once, universe_symbol
from leansim.feed.subscriptions import SubscriptionRequest
from leansim.lean_data.coarse import read_coarse

if TYPE_CHECKING:
    from leansim.api.workings import Workings

_US_EQUITIES: Final = (SecurityType.EQUITY, Market.USA)
_OBSOLETE: Final = (
    "Warning: AddUniverse(coarseSelector, fineSelector) is obsolete, please use "
    "AddUniverse(Func<IEnumerable<Fundamental>, IEnumerable<Symbol>> selector) instead."
)
Chosen = Callable[[int], tuple[Iterable[Symbol] | None, int]]


class UniverseMethods:
    """Mixin of ``QCAlgorithm``: universes by functions and by selection models."""

    _leansim: Workings

    @property
    def universe(self) -> UniverseDefinitions:
        """Universes LEAN makes: of the holdings of a fund."""
        return self._leansim.universes

    def add_universe(self, *arguments: Any) -> Universe:
        """``(selector)`` of fundamentals, ``(coarse, fine)``, or ``(name[, resolution], selector)`` of the time.

        The whole form of the last is ``(security type, name, resolution, market, settings, selector)``.
        """
        parts = list(arguments)
        if len(parts) == 1 and isinstance(parts[0], Universe):
            made: Universe = parts[0]
            self._leansim.feed.add_universe(made._selecting)
            return made
        if len(parts) == 6 and isinstance(parts[0], SecurityType):
            kind, name, resolution, market, settings, selector = parts
            return self._leansim_user_universe(name, resolution, selector, (kind, market), settings)
        if parts and isinstance(parts[0], str) and callable(parts[-1]):
            resolution = parts[1] if len(parts) == 3 else Resolution.DAILY
            return self._leansim_user_universe(parts[0], resolution, parts[-1], _US_EQUITIES, None)
        if len(parts) == 1 and _is_selector(parts[0]):
            return self._leansim_fundamental_universe(parts[0], None)
        if len(parts) == 2 and all(_is_selector(part) for part in parts):
            self._leansim.warn_once("coarse and fine", _OBSOLETE)
            if self._leansim.universe_settings.asynchronous:
                raise ArgumentException(
                    "Asynchronous universe selection is not supported for coarse and fine selectors"
                )
            return self._leansim_fundamental_universe(*parts)
        raise NotEmulated("QCAlgorithm.add_universe of universe objects, custom data or date rules")

    def add_universe_options(self, universe: Any, option_filter: Callable[[Any], Any] | None = None) -> None:
        """Subscribe the option chains of what a universe, or a canonical future, selects."""
        if isinstance(universe, Universe):
            self.add_universe_selection(OptionChainedUniverseSelectionModel(universe, option_filter))
        else:
            self._leansim.algorithm.add_future_option(universe, option_filter)

    def set_universe_selection(self, universe_selection: UniverseSelectionModel) -> None:
        """Let a model make the universes."""
        if not isinstance(universe_selection, UniverseSelectionModel):
            raise NotEmulated("QCAlgorithm.set_universe_selection with a model that is no UniverseSelectionModel")
        self._leansim.universe_selection = universe_selection

    def add_universe_selection(self, universe_selection: UniverseSelectionModel) -> None:
        """Let another model make universes too."""
        known = self._leansim.universe_selection
        if known is not None:
            universe_selection = CompositeUniverseSelectionModel(known, universe_selection)
        self.set_universe_selection(universe_selection)

    # ---- inside

    def _leansim_user_universe(
        self, name: str, resolution: Resolution, selector: Any, like: Any, settings: UniverseSettings | None
    ) -> Universe:
        workings = self._leansim
        security_type, market = like
        symbol = Symbol.create(name, security_type, market)
        zone = workings.exchange_hours(symbol).time_zone

        def choose(ns: int) -> tuple[Iterable[Symbol] | None, int]:
            chosen = selector(zone.to_local(ns))
            if chosen is UNCHANGED:
                return None, 1
            return [_symbol_of(item, security_type, market) for item in chosen], 1

        triggers = every(SPANS[resolution], workings.exchange_hours(symbol))
        return self._leansim_begin(symbol, triggers, choose, settings)

    def _leansim_fundamental_universe(self, selector: Any, fine_selector: Any) -> Universe:
        workings = self._leansim
        symbol = universe_symbol("fundamental", _US_EQUITIES)
        hours = workings.exchange_hours(Symbol.create("SPY", *_US_EQUITIES))

        def choose(ns: int) -> tuple[Iterable[Symbol] | None, int]:
            local = hours.time_zone.to_local(ns)
            day = hours.get_previous_trading_day(datetime(local.year, local.month, local.day))
            found = [fundamental_of(day, row) for row in read_coarse(workings.data, day.date())]
            chosen = selector(found)
            if chosen is UNCHANGED or fine_selector is None:
                return None if chosen is UNCHANGED else _symbols(chosen), len(found)
            wanted = _symbols(chosen)
            fine = [each for each in found if each.symbol in wanted and each.has_fundamental_data]
            if not found:
                fine = [Fundamental(local, each) for each in wanted]
            finally_chosen = fine_selector(fine)
            return None if finally_chosen is UNCHANGED else _symbols(finally_chosen), len(found)

        return self._leansim_begin(symbol, after_each_trading_day(hours), choose, None)

    def _leansim_begin(
        self,
        symbol: Symbol,
        triggers: Triggers,
        choose: Chosen,
        settings: UniverseSettings | None,
    ) -> Universe:
        made = self._leansim_selector(symbol, triggers, choose, settings)
        self._leansim.feed.add_universe(made)
        return Universe(made)

    def _leansim_selector(
        self,
        symbol: Symbol,
        triggers: Triggers,
        choose: Chosen,
        settings: UniverseSettings | None,
    ) -> SelectorUniverse:
        """A universe that does not select yet."""
        workings = self._leansim
        used = workings.universe_settings if settings is None else settings
        request = SubscriptionRequest(
            symbol,
            used.resolution,
            used.fill_forward,
            used.extended_market_hours,
            used.data_normalization_mode,
            used.data_mapping_mode,
            abs(used.contract_depth_offset),
        )
        minimum_ns = int(used.minimum_time_in_universe / timedelta(microseconds=1)) * 1000
        return SelectorUniverse(symbol, request, triggers, choose, minimum_ns)

    def _leansim_hold(self, name: str, symbols: Iterable[Symbol], settings: UniverseSettings | None) -> None:
        """A universe whose members never change."""
        members = list(symbols)
        symbol = universe_symbol(name, _US_EQUITIES)
        self._leansim_begin(symbol, once, lambda _: (members, 1), settings)


def _is_selector(what: Any) -> bool:
    return callable(what) and not isinstance(what, type)


def _symbols(chosen: Any) -> list[Symbol]:
    if not isinstance(chosen, (list, tuple)) and not hasattr(chosen, "__iter__"):
        raise ArgumentException(f"a universe's selector must give a list of symbols, not {type(chosen).__name__}")
    return [_symbol_of(item, *_US_EQUITIES) for item in chosen]


def _symbol_of(item: Any, security_type: SecurityType, market: str) -> Symbol:
    if isinstance(item, Symbol):
        return item
    if isinstance(item, str):
        return Symbol.create(item, security_type, market)
    symbol = getattr(item, "symbol", None)
    if isinstance(symbol, Symbol):
        return symbol
    raise ArgumentException(f"{item!r} is no symbol a universe could have")


class SelectionTurn:
    """The engine's side of a selection model: asks it when it wants to be asked."""

    def __init__(self, workings: Workings) -> None:
        self._workings = workings
        self._made: set[Symbol] = set()

    def take(self) -> None:
        """Make the universes the model wants now, and end those it no longer wants."""
        workings = self._workings
        model = workings.universe_selection
        if model is None or workings.clock.utc < model.get_next_refresh_time_utc():
            return
        wanted = set(model.create_universes(workings.algorithm))
        for symbol in self._made - wanted:
            if symbol.security_type is SecurityType.FUTURE:
                workings.feed.remove(symbol)
            else:
                workings.feed.dispose(symbol)
        self._made = wanted

"""Universe selection models. One makes universes of an algorithm and says when it wants to be asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from leansim.api.enums import SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException
from leansim.api.settings import UniverseSettings
from leansim.api.symbols import OPTION_TYPES, Symbol
from leansim.errors import NotEmulated
from leansim.feed.selecting import SelectorUniverse

if TYPE_CHECKING:
    from leansim.feed.feed import Feed

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_AT_ONCE: Final = datetime.min.replace(tzinfo=UTC)


class _Unchanged(list[Symbol]):
    """What a selector answers to keep its members."""


UNCHANGED: Final = _Unchanged()


class Universe(ClrObject):
    """What ``add_universe`` gives: to be handed to a selection model."""

    UNCHANGED: list[Symbol] = UNCHANGED

    def __init__(self, selecting: SelectorUniverse) -> None:
        self._selecting = selecting

    @property
    def symbol(self) -> Symbol:
        """Its name."""
        return self._selecting.symbol


class UniverseSelectionModel(ClrObject):
    """Base. ``create_universes`` makes the universes and gives their names (leansim's own: symbols)."""

    def get_next_refresh_time_utc(self) -> datetime:
        """When to ask again, aware UTC; never, unless a model says otherwise."""
        return _NEVER

    def create_universes(self, algorithm: Any) -> Iterable[Symbol]:
        """Make the universes of now."""
        raise NotEmulated(f"{type(self).__name__}.create_universes of the algorithm's own")


class NullUniverseSelectionModel(UniverseSelectionModel):
    """No universes."""

    def create_universes(self, algorithm: Any) -> Iterable[Symbol]:
        """None."""
        return ()


class _AskedOnce(UniverseSelectionModel):
    """Base of models that make their universes at the beginning."""

    def __init__(self) -> None:
        self._asked = False

    def get_next_refresh_time_utc(self) -> datetime:
        """At once, then never."""
        return _NEVER if self._asked else _AT_ONCE

    def create_universes(self, algorithm: Any) -> Iterable[Symbol]:
        """The universes, once."""
        self._asked = True
        return self._create(algorithm)

    def _create(self, algorithm: Any) -> Iterable[Symbol]:
        raise NotImplementedError


class ManualUniverseSelectionModel(_AskedOnce):
    """The symbols that are named: ``([symbols][, universe settings])``."""

    def __init__(self, symbols: Any = (), universe_settings: UniverseSettings | None = None) -> None:
        super().__init__()
        self._symbols = [symbols] if isinstance(symbols, Symbol) else list(symbols)
        self._settings = universe_settings

    def _create(self, algorithm: Any) -> Iterable[Symbol]:
        groups: dict[tuple[SecurityType, str], list[Symbol]] = {}
        for symbol in self._symbols:
            groups.setdefault((symbol.security_type, symbol.id.market), []).append(symbol)
        for (kind, market), members in groups.items():
            algorithm._leansim_hold(f"manual-{market}-{kind}", members, self._settings)
        return ()


class _OfChains(UniverseSelectionModel):
    """Base of models of chains: ``(refresh interval, selector of the UTC time[, universe settings])``."""

    def __init__(
        self,
        refresh_interval: timedelta,
        chain_symbol_selector: Callable[[datetime], Iterable[Symbol]],
        universe_settings: UniverseSettings | None = None,
    ) -> None:
        self._interval = refresh_interval
        self._selector = chain_symbol_selector
        self._settings = universe_settings
        self._next = _AT_ONCE

    def get_next_refresh_time_utc(self) -> datetime:
        """An interval after the last time."""
        return self._next

    def filter(self, filter: Any) -> Any:
        """Which contracts of a chain: all, unless a subclass chooses."""
        return filter

    def create_universes(self, algorithm: Any) -> Iterable[Symbol]:
        """The chains of the symbols the selector names, one for each root."""
        self._next = algorithm.utc_time + self._interval
        canonicals = dict.fromkeys(self._canonical(symbol) for symbol in self._selector(algorithm.utc_time))
        return [_chain(algorithm, canonical, self._settings, self.filter) for canonical in canonicals]

    def _canonical(self, symbol: Symbol) -> Symbol:
        raise NotImplementedError


class OptionUniverseSelectionModel(_OfChains):
    """The option chains a function names."""

    def _canonical(self, symbol: Symbol) -> Symbol:
        if symbol.security_type not in OPTION_TYPES:
            raise ArgumentException(
                "optionChainSymbolSelector must return option, index options, or futures options symbols."
            )
        return symbol.canonical


class FutureUniverseSelectionModel(_OfChains):
    """The futures chains a function names."""

    def _canonical(self, symbol: Symbol) -> Symbol:
        if symbol.security_type is not SecurityType.FUTURE:
            raise ArgumentException("FutureChainSymbolSelector must return future symbols.")
        return symbol.canonical


class _OfMembers(UniverseSelectionModel):
    """Base of models of the option chains on what others select."""

    def __init__(self, option_filter: Any, universe_settings: UniverseSettings | None) -> None:
        self._filter = option_filter
        self._settings = universe_settings
        self._seen: tuple[frozenset[Symbol], ...] = ()

    def _selected(self) -> tuple[frozenset[Symbol], ...]:
        raise NotImplementedError

    def get_next_refresh_time_utc(self) -> datetime:
        """At once when others have been selected, else never."""
        return _NEVER if self._selected() == self._seen else _AT_ONCE

    def create_universes(self, algorithm: Any) -> Iterable[Symbol]:
        """A chain for each member."""
        self._seen = self._selected()
        members = sorted(frozenset().union(*self._seen), key=lambda symbol: symbol.value)
        canonicals = [Symbol.create_canonical_option(member) for member in members]
        return [_chain(algorithm, canonical, self._settings, self._filter) for canonical in canonicals]


class OptionChainedUniverseSelectionModel(_OfMembers):
    """The option chains of what a universe selects: ``(universe, filter[, universe settings])``."""

    def __init__(
        self, universe: Universe, option_filter: Any, universe_settings: UniverseSettings | None = None
    ) -> None:
        super().__init__(option_filter, universe_settings)
        self._universe = universe._selecting

    def _selected(self) -> tuple[frozenset[Symbol], ...]:
        selection = self._universe.selection
        return () if selection is None else (selection,)


class OptionsOfFuture(_OfMembers):
    """The option chains of a future's contracts: those its filter selects, and the one it stands for.

    LEAN makes them as the algorithm's universe settings say, whatever the future is subscribed with. Without a filter
    every option is chosen.
    """

    def __init__(self, feed: Feed, future: Symbol, option_filter: Callable[[Any], Any] | None) -> None:
        super().__init__(_all_of_it if option_filter is None else option_filter, None)
        self._feed = feed
        self._future = future

    def _selected(self) -> tuple[frozenset[Symbol], ...]:
        return self._feed.futures_selected(self._future)


def _all_of_it(universe: Any) -> Any:
    return universe


def _chain(algorithm: Any, canonical: Symbol, own: UniverseSettings | None, contract_filter: Any) -> Symbol:
    """Subscribe a chain with a filter, as a model's settings or the algorithm's say."""
    settings = algorithm.universe_settings if own is None else own
    if algorithm._leansim.feed.has_chain(canonical):
        security = algorithm.securities[canonical]
    else:
        security = algorithm.add_security(
            canonical, settings.resolution, settings.fill_forward, settings.leverage, settings.extended_market_hours
        )
    security.set_filter(contract_filter)
    symbol: Symbol = security.symbol
    return symbol


class CompositeUniverseSelectionModel(UniverseSelectionModel):
    """Several models together."""

    def __init__(self, *universe_selection_models: Any) -> None:
        models = universe_selection_models
        self._models: list[UniverseSelectionModel] = list(models[0]) if isinstance(models[0], list) else list(models)
        self._made: dict[int, list[Symbol]] = {}

    def add_universe_selection(self, universe_selection_model: UniverseSelectionModel) -> None:
        """One more."""
        self._models.append(universe_selection_model)

    def get_next_refresh_time_utc(self) -> datetime:
        """As the first of them."""
        return min((model.get_next_refresh_time_utc() for model in self._models), default=_NEVER)

    def create_universes(self, algorithm: Any) -> Iterable[Symbol]:
        """The universes of those whose time has come, and what the others made before."""
        for at, model in enumerate(self._models):
            if algorithm.utc_time >= model.get_next_refresh_time_utc():
                self._made[at] = list(model.create_universes(algorithm))
        return [symbol for made in self._made.values() for symbol in made]

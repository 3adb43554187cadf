"""What an algorithm subscribes: equities, indices, futures, options, their contracts and their chains."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from leansim.api.enums import DataMappingMode, DataNormalizationMode, Resolution, SecurityType
from leansim.api.net import ArgumentException, KeyNotFoundException
from leansim.api.option_symbols import IndexOptionSymbol
from leansim.api.selection_models import OptionsOfFuture
from leansim.api.symbols import Symbol, SymbolCache
from leansim.errors import NotEmulated
from leansim.feed.subscriptions import SubscriptionRequest

if TYPE_CHECKING:
    from leansim.api.chains import FuturesChain, FuturesChains, OptionChain, OptionChains
    from leansim.api.securities import Equity, Forex, Future, Index, IndexOption, Option, Security
    from leansim.api.workings import Workings

OPTION_TYPES = (SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION)
_OPTION_TYPE_OF = {
    SecurityType.EQUITY: SecurityType.OPTION,
    SecurityType.INDEX: SecurityType.INDEX_OPTION,
    SecurityType.FUTURE: SecurityType.FUTURE_OPTION,
}
_OF_FUTURES = (
    DataNormalizationMode.RAW,
    DataNormalizationMode.BACKWARDS_RATIO,
    DataNormalizationMode.BACKWARDS_PANAMA_CANAL,
    DataNormalizationMode.FORWARD_PANAMA_CANAL,
)
EMULATED_TYPES = (SecurityType.EQUITY, SecurityType.INDEX, SecurityType.FOREX, SecurityType.FUTURE, *OPTION_TYPES)


class DataMethods:
    """Mixin of ``QCAlgorithm``: subscriptions and chains."""

    _leansim: Workings

    # ---- one security

    def add_equity(
        self,
        ticker: str,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0.0,
        extended_market_hours: bool = False,
        data_normalization_mode: DataNormalizationMode | None = None,
    ) -> Equity:
        """Subscribe a stock or fund."""
        symbol = self._leansim_symbol(ticker, SecurityType.EQUITY, market)
        made: Equity = self._leansim_add(
            symbol, resolution, fill_forward, leverage, extended_market_hours, normalization=data_normalization_mode
        )
        return made

    def add_index(
        self, ticker: str, resolution: Resolution | None = None, market: str | None = None, fill_forward: bool = True
    ) -> Index:
        """Subscribe an index."""
        made: Index = self._leansim_add(
            self._leansim_symbol(ticker, SecurityType.INDEX, market), resolution, fill_forward, 1.0, False
        )
        return made

    def add_forex(
        self,
        ticker: str,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0.0,
    ) -> Forex:
        """Subscribe a pair of currencies quoted in US dollars; orders of it are not emulated."""
        made: Forex = self._leansim_add(
            self._leansim_symbol(ticker, SecurityType.FOREX, market), resolution, fill_forward, leverage, False
        )
        return made

    def add_future(
        self,
        ticker: str,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool | None = None,
        leverage: float = 0.0,
        extended_market_hours: bool | None = None,
        data_mapping_mode: DataMappingMode | None = None,
        data_normalization_mode: DataNormalizationMode | None = None,
        contract_depth_offset: int = 0,
    ) -> Future:
        """Subscribe a future: its continuous contract, and the contracts its filter selects."""
        market = self._leansim_market(market, ticker, SecurityType.FUTURE)
        alias = f"/{ticker}"
        symbol = SymbolCache._get_or_none(alias)
        if symbol is None or symbol.id.market != market or symbol.security_type != SecurityType.FUTURE:
            symbol = Symbol.create(ticker, SecurityType.FUTURE, market, alias)
        made: Future = self._leansim_add(
            symbol,
            resolution,
            fill_forward,
            leverage,
            extended_market_hours,
            normalization=data_normalization_mode,
            mapping=data_mapping_mode,
            depth=contract_depth_offset,
        )
        return made

    def add_option(self, underlying: Any, *arguments: Any, **named: Any) -> Option:
        """``(underlying[, target_option][, resolution, market, fill_forward, leverage])``: an option chain."""
        parts = list(arguments)
        target = named.pop("target_option", None)
        if parts and (isinstance(parts[0], str) or (parts[0] is None and len(parts) > 1 and "resolution" not in named)):
            target = parts.pop(0)
        names = ("resolution", "market", "fill_forward", "leverage")
        settings = _bind("AddOption", names, parts, named)
        if isinstance(underlying, str):
            market = self._leansim_market(settings["market"], underlying, SecurityType.OPTION)
            underlying = Symbol.create(underlying, SecurityType.EQUITY, market)
        made: Option = self._leansim_add_chain(self._leansim.symbol_of(underlying), target, settings)
        return made

    def add_index_option(self, underlying: Any = None, *arguments: Any, **named: Any) -> IndexOption:
        """``(ticker | index symbol[, target_option][, resolution[, market], fill_forward])``: an index's options."""
        underlying = named.pop("symbol", underlying)
        parts = list(arguments)
        target = named.pop("target_option", None)
        if parts and isinstance(parts[0], str):
            target = parts.pop(0)
        if isinstance(underlying, str):
            settings = _bind("AddIndexOption", ("resolution", "market", "fill_forward"), parts, named)
            index = IndexOptionSymbol.map_to_underlying(underlying)
            if target is None and index.upper() != underlying.upper():
                self._leansim.warn_once(
                    "index option ticker",
                    f"Warning: '{underlying}' is an index option ticker, using index '{index}' as the underlying and "
                    f"'{underlying}' as the target option.",
                )
                underlying, target = index, underlying
            market = self._leansim_market(settings["market"], underlying, SecurityType.INDEX)
            underlying = Symbol.create(underlying, SecurityType.INDEX, market)
        else:
            settings = _bind("AddIndexOption", ("resolution", "fill_forward"), parts, named)
        symbol = self._leansim.symbol_of(underlying)
        if symbol.security_type != SecurityType.INDEX:
            raise ArgumentException("Symbol provided must be of type SecurityType.Index")
        if settings["fill_forward"] is None:
            settings["fill_forward"] = True
        made: IndexOption = self._leansim_add_chain(symbol, target, {**settings, "market": symbol.id.market})
        return made

    def add_future_option(self, symbol: Any, option_filter: Callable[[Any], Any] | None = None) -> None:
        """Subscribe the option chains of every contract of a future."""
        target = self._leansim.symbol_of(symbol)
        if not target.is_canonical():
            raise ArgumentException(
                "Symbol provided must be canonical (i.e. the Symbol returned from AddFuture(), not AddFutureContract()."
            )
        options = OptionsOfFuture(self._leansim.feed, target, option_filter)
        self._leansim.algorithm.add_universe_selection(options)

    def add_option_contract(
        self,
        symbol: Symbol,
        resolution: Resolution | None = None,
        fill_forward: bool = True,
        leverage: float = 0.0,
        extended_market_hours: bool = False,
    ) -> Option:
        """Subscribe one option contract, and its underlying when it is not."""
        symbol = symbol if symbol is None else self._leansim.symbol_of(symbol)
        if symbol is None or symbol.security_type not in OPTION_TYPES or not symbol.has_underlying:
            raise ArgumentException(
                f"Unexpected option symbol {symbol}. "
                "Please provide a valid option contract with it's underlying symbol set."
            )
        workings, underlying = self._leansim, symbol.underlying
        assert underlying is not None
        known = workings.securities.get(underlying)
        if known is None or (not known.is_tradable and not workings.feed.is_subscribed(underlying)):
            self.add_security(
                underlying,
                resolution,
                fill_forward,
                leverage,
                extended_market_hours,
                data_normalization_mode=DataNormalizationMode.RAW,
            )
        elif known.is_delisted:
            raise ArgumentException(f"The underlying asset ({underlying.value}) is delisted")
        elif symbol.security_type == SecurityType.OPTION and workings.locked and not workings.feed.is_raw(known.symbol):
            raise ArgumentException(
                f"The underlying {known.type} asset ({known.symbol.value}) is not set to "
                "DataNormalizationMode.Raw; please change this with the SetDataNormalization() method"
            )
        made: Option = self._leansim_add(
            symbol, resolution, fill_forward, leverage, extended_market_hours, normalization=DataNormalizationMode.RAW
        )
        return made

    def add_index_option_contract(
        self, symbol: Symbol, resolution: Resolution | None = None, fill_forward: bool = True
    ) -> IndexOption:
        """Subscribe one index option contract."""
        symbol = self._leansim.symbol_of(symbol)
        if symbol.security_type != SecurityType.INDEX_OPTION or symbol.is_canonical():
            raise ArgumentException("Symbol provided must be non-canonical and of type SecurityType.IndexOption")
        return self.add_option_contract(symbol, resolution, fill_forward)  # type: ignore[return-value]  # by its type

    def add_future_option_contract(
        self,
        symbol: Symbol,
        resolution: Resolution | None = None,
        fill_forward: bool = True,
        leverage: float = 0.0,
        extended_market_hours: bool = False,
    ) -> Option:
        """Subscribe one contract of a futures option."""
        symbol = self._leansim.symbol_of(symbol)
        if symbol.is_canonical():
            raise ArgumentException(
                "Expected non-canonical Symbol (i.e. a Symbol representing a specific Future contract"
            )
        return self.add_option_contract(symbol, resolution, fill_forward, leverage, extended_market_hours)

    def add_future_contract(
        self,
        symbol: Symbol,
        resolution: Resolution | None = None,
        fill_forward: bool = True,
        leverage: float = 0.0,
        extended_market_hours: bool = False,
    ) -> Future:
        """Subscribe one futures contract."""
        return self.add_security(symbol, resolution, fill_forward, leverage, extended_market_hours)  # type: ignore[return-value]  # by its type

    def add_security(self, *arguments: Any, **named: Any) -> Security:
        """``(symbol, …)`` or ``(security_type, ticker, …)``; the rest as in the special methods."""
        if (arguments and isinstance(arguments[0], SecurityType)) or "security_type" in named:
            return self._leansim_add_by_type(list(arguments), named)
        names = (
            "symbol",
            "resolution",
            "fill_forward",
            "leverage",
            "extended_market_hours",
            "data_mapping_mode",
            "data_normalization_mode",
            "contract_depth_offset",
        )
        given = _bind("AddSecurity", names, list(arguments), named)
        symbol = self._leansim.symbol_of(given["symbol"])
        if symbol.security_type in OPTION_TYPES and not symbol.is_canonical():
            fill = (
                self._leansim.universe_settings.fill_forward if given["fill_forward"] is None else given["fill_forward"]
            )
            extended = given["extended_market_hours"]
            if extended is None:
                extended = self._leansim.universe_settings.extended_market_hours
            return self.add_option_contract(symbol, given["resolution"], fill, given["leverage"] or 0.0, extended)
        mode = given["data_normalization_mode"]
        made: Security = self._leansim_add(
            symbol,
            given["resolution"],
            given["fill_forward"],
            given["leverage"] or 0.0,
            given["extended_market_hours"],
            # a symbol's default is LEAN's own, not the universe settings'
            normalization=DataNormalizationMode.ADJUSTED if mode is None and not symbol.is_canonical() else mode,
            mapping=given["data_mapping_mode"],
            depth=given["contract_depth_offset"] or 0,
        )
        return made

    def remove_security(self, symbol: Any, tag: str | None = None) -> bool:
        """Cancel its orders, close its position and unsubscribe it; False when it is not known."""
        target = self._leansim.symbol_of(symbol)
        security = self._leansim.securities.get(target)
        if security is None:
            return False
        algorithm = self._leansim.algorithm
        tag = "Removed" if tag is None else tag
        children = self._leansim.feed.members_of(target) if target.is_canonical() else ()
        if not algorithm.is_warming_up:
            algorithm.transactions.cancel_open_orders(target, tag)
        if security.invested:
            algorithm.liquidate(target, tag=tag)
        for child in children:
            self.remove_security(child, tag)
        self._leansim.feed.remove(target)
        return True

    def remove_option_contract(self, symbol: Any, tag: str | None = None) -> bool:
        """The same as :meth:`remove_security`."""
        return self.remove_security(symbol, tag)

    # ---- chains of the day before

    def option_chain(self, symbol: Any, flatten: bool = False) -> OptionChain:
        """The chain of yesterday's universe file: closes, greeks and implied volatilities of that day."""
        return self._leansim.chains.option_chain(_canonical_option(self._leansim.symbol_of(symbol)), flatten)

    def option_chains(self, symbols: Iterable[Any], flatten: bool = False) -> OptionChains:
        """Several option chains by canonical symbol."""
        wanted = [_canonical_option(self._leansim.symbol_of(symbol)) for symbol in symbols]
        return self._leansim.chains.option_chains(wanted, flatten)

    def futures_chain(self, symbol: Any, flatten: bool = False) -> FuturesChain:
        """The chain of yesterday's universe file of a future."""
        return self._leansim.chains.futures_chain(_canonical_future(self._leansim.symbol_of(symbol)), flatten)

    def futures_chains(self, symbols: Iterable[Any], flatten: bool = False) -> FuturesChains:
        """Several futures chains by canonical symbol."""
        wanted = [_canonical_future(self._leansim.symbol_of(symbol)) for symbol in symbols]
        return self._leansim.chains.futures_chains(wanted, flatten)

    future_chain = futures_chain
    future_chains = futures_chains

    # ---- inside

    def _leansim_symbol(self, ticker: Any, security_type: SecurityType, market: str | None) -> Symbol:
        if isinstance(ticker, Symbol):
            # .NET makes a text of it where a text is wanted
            ticker = ticker.value
        market = self._leansim_market(market, ticker, security_type)
        known = SymbolCache._get_or_none(ticker)
        if known is not None and known.id.market == market and known.security_type == security_type:
            return known
        return Symbol.create(ticker, security_type, market)

    def _leansim_market(self, market: str | None, ticker: str, security_type: SecurityType) -> str:
        if market:
            return market
        found: str | None = self._leansim.default_market(ticker, security_type)
        if found is None:
            raise KeyNotFoundException(f"No default market set for security type: {security_type}")
        return found

    def _leansim_add_by_type(self, parts: list[Any], named: dict[str, Any]) -> Security:
        security_type = named.pop("security_type", None) or parts.pop(0)
        ticker = named.pop("ticker", None) or parts.pop(0)
        if security_type not in EMULATED_TYPES:
            raise NotEmulated(f"QCAlgorithm.add_security of a {str(security_type).lower()}")
        # LEAN's three forms differ in what follows the resolution: a market, or fill-forward and a leverage.
        names: tuple[str, ...] = ("resolution", "fill_forward", "extended_market_hours")
        if len(parts) > 1 and (isinstance(parts[1], str) or "market" in named):
            names = ("resolution", "market", "fill_forward", "leverage", "extended_market_hours")
        elif len(parts) > 2 and isinstance(parts[2], (int, float)) and not isinstance(parts[2], bool):
            names = ("resolution", "fill_forward", "leverage", "extended_market_hours")
        extra = ("market", "leverage", "data_mapping_mode", "data_normalization_mode")
        names += ("data_mapping_mode", "data_normalization_mode", *(n for n in extra[:2] if n not in names))
        given = _bind("AddSecurity", names, parts, named)
        if security_type == SecurityType.FUTURE:
            return self.add_future(
                ticker,
                given["resolution"],
                given["market"],
                given["fill_forward"],
                given["leverage"] or 0.0,
                given["extended_market_hours"],
                given["data_mapping_mode"],
                given["data_normalization_mode"],
            )
        if security_type == SecurityType.OPTION:
            return self.add_option(ticker, given["resolution"], given["market"], given["fill_forward"])
        symbol = self._leansim_symbol(ticker, security_type, given["market"])
        made: Security = self._leansim_add(
            symbol,
            given["resolution"],
            given["fill_forward"],
            given["leverage"] or 0.0,
            given["extended_market_hours"],
            normalization=given["data_normalization_mode"],
        )
        return made

    def _leansim_add_chain(self, underlying: Symbol, target: str | None, settings: dict[str, Any]) -> Any:
        option_type = _OPTION_TYPE_OF.get(underlying.security_type)
        if option_type is None:
            raise ArgumentException(f"{underlying.security_type} has no options")
        market = settings["market"] or underlying.id.market
        alias = f"?{target or underlying.value}"
        symbol = SymbolCache._get_or_none(alias)
        if symbol is None or symbol.id.market != market or symbol.security_type != option_type:
            symbol = Symbol.create_canonical_option(underlying, target, market, alias)
        return self._leansim_add(
            symbol, settings["resolution"], settings["fill_forward"], settings.get("leverage") or 0.0, None
        )

    def _leansim_add(
        self,
        symbol: Symbol,
        resolution: Resolution | None,
        fill_forward: bool | None,
        leverage: float,
        extended: bool | None,
        *,
        normalization: DataNormalizationMode | None = None,
        mapping: DataMappingMode | None = None,
        depth: int = 0,
    ) -> Any:
        workings, defaults = self._leansim, self._leansim.universe_settings
        request = SubscriptionRequest(
            symbol,
            defaults.resolution if resolution is None else resolution,
            defaults.fill_forward if fill_forward is None else fill_forward,
            defaults.extended_market_hours if extended is None else extended,
            _normalization(symbol, defaults.data_normalization_mode if normalization is None else normalization),
            defaults.data_mapping_mode if mapping is None else mapping,
            abs(depth),
        )
        return workings.subscribe(request, leverage)


def _bind(method: str, names: tuple[str, ...], parts: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """Positional and named arguments by name, ``None`` where not given; TypeError as pythonnet words it."""
    bound: dict[str, Any] = dict.fromkeys(names)
    if len(parts) > len(names) or any(name not in bound for name in named):
        raise TypeError(f"No method matches given arguments for {method}")
    bound.update(zip(names, parts, strict=False))
    bound.update(named)
    return bound


def _normalization(symbol: Symbol, wanted: DataNormalizationMode) -> DataNormalizationMode:
    """How prices are adjusted: not at all where nothing can be, and a continuous future in one of its own ways."""
    if symbol.security_type is SecurityType.INDEX or symbol.security_type in OPTION_TYPES:
        return DataNormalizationMode.RAW
    if symbol.security_type is SecurityType.FUTURE and symbol.is_canonical() and wanted not in _OF_FUTURES:
        return DataNormalizationMode.BACKWARDS_RATIO
    return wanted


def _canonical_option(symbol: Symbol) -> Symbol:
    if symbol.security_type in (SecurityType.EQUITY, SecurityType.INDEX, SecurityType.FUTURE):
        return Symbol.create_canonical_option(symbol)
    if symbol.security_type in OPTION_TYPES:
        return symbol.canonical
    raise ArgumentException(f"The symbol {symbol} is not an option or an underlying symbol.")


def _canonical_future(symbol: Symbol) -> Symbol:
    if symbol.security_type == SecurityType.FUTURE:
        return symbol.canonical
    if symbol.security_type == SecurityType.FUTURE_OPTION and symbol.underlying is not None:
        return symbol.underlying.canonical
    raise ArgumentException(f"The symbol {symbol} is neither a future nor a future option symbol.")

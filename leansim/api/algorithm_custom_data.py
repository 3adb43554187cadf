"""How an algorithm subscribes data of its own: ``self.add_data(Rates, "US", Resolution.DAILY)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leansim.api.bars import BaseData
from leansim.api.custom_types import custom_symbol, linked_symbol
from leansim.api.enums import Resolution, SecurityType
from leansim.api.net import ArgumentException, InvalidOperationException
from leansim.api.symbol_properties import SymbolProperties
from leansim.api.symbols import Symbol, SymbolCache
from leansim.errors import NotEmulated
from leansim.feed.subscriptions import SubscriptionRequest
from leansim.lean_data.exchange_hours import ExchangeHours
from leansim.trading.overrides import call

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.api.time_zones import CachedDateTimeZone
    from leansim.api.workings import Workings

_NAMES: Final = ("resolution", "time_zone", "fill_forward", "leverage")


class CustomDataMethods:
    """Mixin of ``QCAlgorithm``: data of the algorithm's own."""

    _leansim: Workings

    def add_data(self, type: Any, ticker: Any = None, *arguments: Any, **named: Any) -> Security:
        """``(class, ticker | symbol[, resolution[, time_zone, fill_forward, leverage]])``: data of one's own.

        A symbol, or a ticker where the class asks for a mapping, becomes the underlying of the data's symbol.
        """
        about = named.pop("underlying", named.pop("symbol", ticker))
        if "properties" in named or (arguments and isinstance(arguments[0], SymbolProperties)):
            raise NotEmulated("QCAlgorithm.add_data with symbol properties of one's own")
        if len(arguments) > len(_NAMES) or any(name not in _NAMES for name in named):
            raise TypeError("No method matches given arguments for AddData")
        given = dict.fromkeys(_NAMES) | dict(zip(_NAMES, arguments, strict=False)) | named
        if not (isinstance(type, _TYPE) and issubclass(type, BaseData)):
            raise ArgumentException(f"AddData needs a class of data, a subclass of PythonData, not {type!r}")
        factory = type()
        symbol = _symbol_for(type, factory, about)
        self._keep_hours(symbol, given["time_zone"], factory)
        request = SubscriptionRequest(
            symbol,
            _resolution(type, factory, given["resolution"]),
            fill_forward=bool(given["fill_forward"]),
            extended_market_hours=True,
        )
        return self._leansim.subscribe(request, 1.0 if given["leverage"] is None else given["leverage"])

    def _keep_hours(self, symbol: Symbol, zone: CachedDateTimeZone | None, factory: BaseData) -> None:
        """Data of one's own come at any time, on the clock that is given, else on that of their class."""
        database = self._leansim.data.market_hours
        market, ticker = symbol.id.market, symbol.id.symbol
        if zone is None:
            if database.try_entry(market, ticker, SecurityType.BASE) is not None:
                return
            zone = call(factory, "data_time_zone")
        database.set_entry(market, ticker, SecurityType.BASE, ExchangeHours.always_open(zone))


_TYPE: Final = type


def _symbol_for(data_type: type[BaseData], factory: BaseData, about: Any) -> Symbol:
    if isinstance(about, str):
        if not call(factory, "requires_mapping"):
            return custom_symbol(data_type, about)
        underlying = SymbolCache._get_or_none(about)
        if underlying is None:
            raise InvalidOperationException(
                f"The custom data type {data_type.__name__} requires mapping, but the provided ticker is not in the "
                "cache. Please add this custom data type using a Symbol or perform this call after a Security has been "
                "added using AddEquity, AddForex, AddCfd, AddCrypto, AddFuture, AddOption or AddSecurity."
            )
        return linked_symbol(data_type, underlying)
    symbol = about if isinstance(about, Symbol) else getattr(about, "symbol", None)
    if not isinstance(symbol, Symbol):
        raise TypeError("No method matches given arguments for AddData")
    return linked_symbol(data_type, symbol)


def _resolution(data_type: type[BaseData], factory: BaseData, wanted: Resolution | None) -> Resolution:
    if wanted is None:
        default: Resolution = call(factory, "default_resolution")
        return default
    supported = list(call(factory, "supported_resolutions"))
    if wanted not in supported:
        raise ArgumentException(
            f"Sorry {wanted} is not a supported resolution for {data_type.__name__} and SecurityType.Base. Please "
            f"change your AddData to use one of the supported resolutions ({','.join(map(str, supported))})."
        )
    return wanted

"""What an algorithm sees of its subscriptions: one configuration for each symbol and kind of data.

``self.subscription_manager`` lists them, feeds consolidators by hand, and has the service that looks them up.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from leansim.api.bars import OpenInterest, QuoteBar, Tick, TradeBar
from leansim.api.custom_types import custom_type_of
from leansim.api.enums import DataMappingMode, DataNormalizationMode, Resolution, SecurityType, TickType
from leansim.api.extensions import Extensions
from leansim.api.naming import ClrObject
from leansim.api.net import HashSet, hash_set
from leansim.api.python_models import implementing

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol
    from leansim.api.time_zones import CachedDateTimeZone
    from leansim.api.workings import Workings
    from leansim.feed.subscriptions import SubscriptionRequest

_TYPES: dict[TickType, type] = {
    TickType.TRADE: TradeBar,
    TickType.QUOTE: QuoteBar,
    TickType.OPEN_INTEREST: OpenInterest,
}


class SubscriptionDataConfig(ClrObject):
    """How one kind of a symbol's data is subscribed."""

    def __init__(self, workings: Workings, request: SubscriptionRequest, tick_type: TickType) -> None:
        self._workings = workings
        self._request = request
        self.tick_type = tick_type

    @property
    def symbol(self) -> Symbol:
        """The symbol."""
        return self._request.symbol

    @property
    def security_type(self) -> SecurityType:
        """The symbol's type."""
        return self.symbol.security_type

    @property
    def market(self) -> str:
        """The symbol's market."""
        return self.symbol.id.market

    @property
    def mapped_symbol(self) -> str:
        """The ticker the data have now."""
        return self.symbol.value

    @property
    def type(self) -> type:
        """The class of the data."""
        custom = custom_type_of(self.symbol)
        if custom is not None:
            return custom
        return Tick if self.resolution == Resolution.TICK else _TYPES[self.tick_type]

    @property
    def resolution(self) -> Resolution:
        """The resolution."""
        return self._request.resolution

    @property
    def increment(self) -> timedelta:
        """The length of a bar; 0 for ticks."""
        return Extensions.to_time_span(self.resolution)

    @property
    def fill_data_forward(self) -> bool:
        """Whether missing bars are filled forward."""
        return self._request.fill_forward

    @property
    def extended_market_hours(self) -> bool:
        """Whether data outside the regular session come too."""
        return self._request.extended_market_hours

    @property
    def is_internal_feed(self) -> bool:
        """Whether the data are the engine's own."""
        return self._request.internal or self.tick_type == TickType.OPEN_INTEREST

    @property
    def is_custom_data(self) -> bool:
        """Whether the data come from a class of the algorithm's."""
        return self.security_type == SecurityType.BASE

    @property
    def is_filtered_subscription(self) -> bool:
        """Whether data outside the hours are left out."""
        return True

    @property
    def data_normalization_mode(self) -> DataNormalizationMode:
        """How prices are adjusted."""
        return self._workings.normalization(self.symbol)

    @property
    def data_mapping_mode(self) -> DataMappingMode:
        """When a continuous future goes on to its next contract."""
        return self._request.mapping_mode

    @property
    def contract_depth_offset(self) -> int:
        """Which contract a continuous future follows; 0 is the front one."""
        return self._request.contract_depth_offset

    @property
    def exchange_time_zone(self) -> CachedDateTimeZone:
        """The exchange's zone."""
        return self._workings.exchange_hours(self.symbol).time_zone

    @property
    def data_time_zone(self) -> CachedDateTimeZone:
        """The zone the data are kept in."""
        return self._workings.exchange_hours(self.symbol)._data_time_zone

    @property
    def consolidators(self) -> HashSet[Any]:
        """The consolidators these data feed."""
        fed: HashSet[Any] = hash_set("IDataConsolidator")
        for consolidator in self._workings.consolidators.fed_by(self.symbol, self.tick_type):
            fed.add(consolidator)
        return fed

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SubscriptionDataConfig):
            return False
        return self._request == other._request and self.tick_type == other.tick_type

    def __hash__(self) -> int:
        return hash((self.symbol, self.tick_type))

    def __str__(self) -> str:
        return f"{self.symbol.value},{self.symbol.id},{self.tick_type},{self.resolution}"


def configs_of(workings: Workings, symbol: Symbol, *, internal: bool = False) -> list[SubscriptionDataConfig]:
    """The configurations of a symbol; none when it is not subscribed."""
    if not workings.feed.is_subscribed(symbol):
        return []
    request = workings.feed.request_of(symbol).of(symbol)
    found = [SubscriptionDataConfig(workings, request, kind) for kind in workings.feed.tick_types(symbol)]
    return [config for config in found if internal or not config.is_internal_feed]


class SubscriptionDataConfigService(ClrObject):
    """Looks up configurations."""

    def __init__(self, workings: Workings) -> None:
        self._workings = workings

    def get_subscription_data_configs(
        self, symbol: Any = None, include_internal_configs: bool = False
    ) -> list[SubscriptionDataConfig]:
        """The configurations of a symbol, or all of them."""
        workings = self._workings
        symbols = list(workings.securities._every_symbol()) if symbol is None else [workings.symbol_of(symbol)]
        return [config for each in symbols for config in configs_of(workings, each, internal=include_internal_configs)]


class SubscriptionManager(ClrObject):
    """``self.subscription_manager``: the subscriptions, and consolidators by hand."""

    def __init__(self, workings: Workings) -> None:
        self._workings = workings

    @property
    def subscription_data_config_service(self) -> SubscriptionDataConfigService:
        """Looks up configurations."""
        return SubscriptionDataConfigService(self._workings)

    @property
    def subscriptions(self) -> list[SubscriptionDataConfig]:
        """All configurations but the engine's own."""
        return self.subscription_data_config_service.get_subscription_data_configs()

    @property
    def count(self) -> int:
        """How many configurations there are."""
        return len(self.subscription_data_config_service.get_subscription_data_configs(None, True))

    def add_consolidator(self, symbol: Any, consolidator: Any, tick_type: TickType | None = None) -> None:
        """Feed a consolidator with a symbol's data."""
        fed = implementing("IDataConsolidator", consolidator)
        self._workings.consolidators.add(self._workings.symbol_of(symbol), fed, tick_type)

    def remove_consolidator(self, symbol: Any, consolidator: Any) -> None:
        """Feed it no longer."""
        target = None if symbol is None else self._workings.symbol_of(symbol)
        self._workings.consolidators.remove(target, consolidator)

"""``self.settings`` and ``self.universe_settings``: LEAN's names, LEAN's defaults.

A setting of LEAN's that leansim could only pretend to follow raises ``NotEmulated`` when it is changed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from leansim.api.enums import DataMappingMode, DataNormalizationMode, Resolution
from leansim.api.naming import ClrObject, snake
from leansim.errors import NotEmulated


class ClrRecord(ClrObject):
    """Named values an algorithm may change, in both spellings; an unknown name is an ``AttributeError``, as in LEAN.

    ``_fixed`` names the values that may be read but not changed, because nothing in leansim follows them.
    """

    _fixed: frozenset[str] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        member = snake(name) if name[:1].isupper() else name
        if member in self._fixed and member in self.__dict__ and value != self.__dict__[member]:
            raise NotEmulated(f"{type(self).__name__}.{member}")
        if member not in type(self).__annotations__ and not isinstance(getattr(type(self), member, None), property):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        object.__setattr__(self, member, value)


class AlgorithmSettings(ClrRecord):
    """``self.settings``."""

    automatic_indicator_warm_up: bool
    daily_consolidation_use_extended_market_hours: bool
    daily_precise_end_time: bool
    data_subscription_limit: int
    databases_refresh_period: timedelta
    free_portfolio_value: float | None
    free_portfolio_value_percentage: float
    ignore_unknown_asset_holdings: bool
    liquidate_enabled: bool
    max_absolute_portfolio_target_percentage: float
    min_absolute_portfolio_target_percentage: float
    minimum_order_margin_portfolio_percentage: float
    performance_sample_period: timedelta
    rebalance_portfolio_on_insight_changes: bool | None
    rebalance_portfolio_on_security_changes: bool | None
    seed_initial_prices: bool
    stale_price_time_span: timedelta
    trading_days_per_year: int | None
    warmup_resolution: Resolution | None

    _fixed = frozenset({"daily_precise_end_time", "performance_sample_period"})

    def __init__(self) -> None:
        self.automatic_indicator_warm_up = False
        self.daily_consolidation_use_extended_market_hours = False
        self.daily_precise_end_time = True
        self.data_subscription_limit = 2**31 - 1
        self.databases_refresh_period = timedelta(days=1)
        self.free_portfolio_value = None
        self.free_portfolio_value_percentage = 0.0025
        self.ignore_unknown_asset_holdings = True
        self.liquidate_enabled = True
        self.max_absolute_portfolio_target_percentage = 1_000_000_000.0
        self.min_absolute_portfolio_target_percentage = 0.0000000001
        self.minimum_order_margin_portfolio_percentage = 0.001
        self.performance_sample_period = timedelta()
        self.rebalance_portfolio_on_insight_changes = None
        self.rebalance_portfolio_on_security_changes = None
        self.seed_initial_prices = False
        self.stale_price_time_span = timedelta(hours=1)
        self.trading_days_per_year = None
        self.warmup_resolution = None

    @property
    def warm_up_resolution(self) -> Resolution | None:
        """Another spelling of ``warmup_resolution``."""
        return self.warmup_resolution

    @warm_up_resolution.setter
    def warm_up_resolution(self, value: Resolution | None) -> None:
        self.__dict__["warmup_resolution"] = value


class UniverseSettings(ClrRecord):
    """``self.universe_settings``: what securities are subscribed with when nothing else is said."""

    resolution: Resolution
    leverage: float
    fill_forward: bool
    extended_market_hours: bool
    minimum_time_in_universe: timedelta
    data_normalization_mode: DataNormalizationMode
    data_mapping_mode: DataMappingMode
    contract_depth_offset: int
    asynchronous: bool | None
    schedule: Any
    subscription_data_types: Any

    _fixed = frozenset({"schedule", "subscription_data_types"})

    def __init__(
        self,
        resolution: Resolution = Resolution.MINUTE,
        leverage: float = 0.0,
        fill_forward: bool = True,
        extended_market_hours: bool = False,
        minimum_time_in_universe: timedelta = timedelta(days=1),
        data_normalization_mode: DataNormalizationMode = DataNormalizationMode.ADJUSTED,
        data_mapping_mode: DataMappingMode = DataMappingMode.OPEN_INTEREST,
        contract_depth_offset: int = 0,
        asynchronous: bool | None = None,
    ) -> None:
        self.resolution = resolution
        self.leverage = leverage
        self.fill_forward = fill_forward
        self.extended_market_hours = extended_market_hours
        self.minimum_time_in_universe = minimum_time_in_universe
        self.data_normalization_mode = data_normalization_mode
        self.data_mapping_mode = data_mapping_mode
        self.contract_depth_offset = contract_depth_offset
        self.asynchronous = asynchronous
        self.schedule = None
        self.subscription_data_types = None

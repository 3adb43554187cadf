"""Volatility models by LEAN's names.

A model of the algorithm's own, or one of an indicator, is fed with the data of its security. LEAN's price models by
indicators do not ask them; its model of returns can be chosen, but refuses when it is asked for its volatility.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from leansim.api.bars import TradeBar
from leansim.api.enums import DataNormalizationMode, Resolution
from leansim.api.naming import ClrObject, ClrStatic
from leansim.api.net import ArgumentOutOfRangeException
from leansim.errors import NotEmulated
from leansim.trading.overrides import call, is_overridden

if TYPE_CHECKING:
    from leansim.api.algorithm import QCAlgorithm
    from leansim.api.securities import Security


class BaseVolatilityModel(ClrObject):
    """A model that knows nothing."""

    @property
    def volatility(self) -> float:
        """0."""
        return 0.0

    def update(self, security: Any, data: Any) -> None:
        """Nothing."""


class StandardDeviationOfReturnsVolatilityModel(BaseVolatilityModel):
    """Standard deviation of returns: ``(periods[, resolution[, update frequency]])`` or ``(resolution[, …])``."""

    def __init__(
        self,
        periods: int | Resolution,
        resolution: Resolution | timedelta | None = None,
        update_frequency: timedelta | None = None,
    ) -> None:
        if not isinstance(periods, Resolution) and periods < 2:
            raise ArgumentOutOfRangeException("'periods' must be greater than or equal to 2.")

    @property
    def volatility(self) -> NoReturn:
        """Not emulated."""
        raise NotEmulated("StandardDeviationOfReturnsVolatilityModel.volatility")


class IndicatorVolatilityModel(BaseVolatilityModel):
    """The value of an indicator: ``(indicator[, update])``; ``update(security, data, indicator)`` feeds it."""

    def __init__(self, indicator: Any, indicator_update: Callable[[Any, Any, Any], Any] | None = None) -> None:
        self._indicator = indicator
        self._update = indicator_update

    @property
    def volatility(self) -> float:
        """The indicator's value."""
        return float(self._indicator.current.value)

    def update(self, security: Any, data: Any) -> None:
        """Feed the indicator, when a function says how; else it is fed elsewhere."""
        if self._update is not None:
            self._update(security, data, self._indicator)


class VolatilityModelExtensions(metaclass=ClrStatic):
    """What LEAN does with volatility models."""

    @staticmethod
    def warm_up(
        volatility_model: Any,
        algorithm: QCAlgorithm,
        security: Security,
        resolution: Resolution | None,
        bar_count: int,
        data_normalization_mode: DataNormalizationMode | None = None,
    ) -> None:
        """Feed a model from history; of raw prices with what they would be on today's scale."""
        mode = data_normalization_mode
        if mode == DataNormalizationMode.RAW:
            mode = DataNormalizationMode.SCALED_RAW
        for bar in algorithm.history[TradeBar](
            security.symbol, bar_count, resolution, data_normalization_mode=mode, fill_forward=True
        ):
            call(volatility_model, "update", security, bar)


def wants_data(model: Any) -> bool:
    """Whether a model is to be fed: one that does something with what it gets."""
    if isinstance(model, BaseVolatilityModel):
        return is_overridden(type(model), "update", BaseVolatilityModel)
    return hasattr(model, "update") or hasattr(model, "Update")

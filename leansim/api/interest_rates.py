"""The risk-free rate as an algorithm asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leansim.api.decimals import Number, exact
from leansim.api.naming import ClrObject
from leansim.api.reference import required_reference_data

if TYPE_CHECKING:
    from leansim.api.reference import Rates

__all__ = [
    "ConstantRiskFreeRateInterestRateModel",
    "FuncRiskFreeRateInterestRateModel",
    "InterestRateProvider",
]


class InterestRateProvider(ClrObject):
    """LEAN's default model: the primary credit rate of the data folder in use."""

    def __init__(self, rates: Rates | None = None) -> None:
        self._rates = required_reference_data().interest_rates if rates is None else rates

    def get_interest_rate(self, date: datetime) -> float:
        """The rate of a day, as a fraction of one; the first known rate before it, 1 % without any."""
        return float(self._rates.rate(date.date()))


class ConstantRiskFreeRateInterestRateModel(ClrObject):
    """The same rate on every day."""

    def __init__(self, risk_free_rate: Number) -> None:
        self._rate = exact(risk_free_rate)

    def get_interest_rate(self, date: datetime) -> float:
        """The rate."""
        return float(self._rate)


class FuncRiskFreeRateInterestRateModel(ClrObject):
    """The rate a function of the algorithm's gives for a day."""

    def __init__(self, get_interest_rate_func: Callable[[datetime], Any]) -> None:
        self._function = get_interest_rate_func

    def get_interest_rate(self, date: datetime) -> float:
        """The rate of a day, as a fraction of one."""
        return float(exact(self._function(date)))

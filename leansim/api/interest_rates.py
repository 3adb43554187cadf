"""The risk-free rate as an algorithm asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from leansim.api.naming import ClrObject

if TYPE_CHECKING:
    from leansim.lean_data.interest_rates import InterestRates

__all__ = ["InterestRateProvider"]


class InterestRateProvider(ClrObject):
    """LEAN's default model: the primary credit rate of the data folder."""

    def __init__(self, rates: InterestRates) -> None:
        self._rates = rates

    def get_interest_rate(self, date: datetime) -> float:
        """The rate of a day, as a fraction of one; the first known rate before it, 1 % without any."""
        return float(self._rates.rate(date.date()))

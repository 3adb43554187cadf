"""The risk-free rate as an algorithm asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from leansim.api.naming import ClrObject
from leansim.api.reference import required_reference_data

if TYPE_CHECKING:
    from leansim.api.reference import Rates

__all__ = ["InterestRateProvider"]


class InterestRateProvider(ClrObject):
    """LEAN's default model: the primary credit rate of the data folder."""

    def __init__(self, rates: Rates | None = None) -> None:
        self._rates = required_reference_data().interest_rates if rates is None else rates

    def get_interest_rate(self, date: datetime) -> float:
        """The rate of a day, as a fraction of one; the first known rate before it, 1 % without any."""
        return float(self._rates.rate(date.date()))

"""The exchange of a security: its hours, asked at the run's clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leansim.api.naming import ClrObject
from leansim.clock import TimeKeeper

if TYPE_CHECKING:
    from leansim.api.time_zones import CachedDateTimeZone
    from leansim.lean_data.exchange_hours import SecurityExchangeHours


class SecurityExchange(ClrObject):
    """When a security trades. Times are naive, on the exchange's clock."""

    __slots__ = ("_clock", "hours")

    def __init__(self, hours: SecurityExchangeHours, clock: TimeKeeper) -> None:
        self.hours = hours
        self._clock = clock

    @property
    def time_zone(self) -> CachedDateTimeZone:
        """The exchange's zone."""
        return self.hours.time_zone

    @property
    def trading_days_per_year(self) -> int:
        """LEAN's constant for all exchanges but crypto."""
        return 252

    @property
    def local_time(self) -> datetime:
        """The exchange's clock."""
        return self._clock.local(self.hours.time_zone)

    @property
    def exchange_open(self) -> bool:
        """Whether it is open in regular hours now."""
        return self.hours.is_open(self.local_time, False)

    @property
    def closing_soon(self) -> bool:
        """Whether it closes within ten minutes."""
        return self.is_closing_soon(10)

    def is_closing_soon(self, minutes_to_close: int) -> bool:
        """Whether it is closed so many minutes from now."""
        return not self.hours.is_open(self.local_time + timedelta(minutes=minutes_to_close), False)

    def date_is_open(self, date_to_check: datetime, extended_market_hours: bool = False) -> bool:
        """Whether the day has a session."""
        return self.hours.is_date_open(date_to_check, extended_market_hours)

    def date_time_is_open(self, date_time: datetime) -> bool:
        """Whether it is open in regular hours at a time."""
        return self.hours.is_open(date_time, False)

    def is_open_during_bar(
        self, bar_start_time: datetime, bar_end_time: datetime, is_extended_market_hours: bool
    ) -> bool:
        """Whether it is open at any time of a bar."""
        return self.hours.is_open(bar_start_time, bar_end_time, is_extended_market_hours)

"""The classes LEAN tests custom data with; what they read lies in LEAN's own test folder and is usually not there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from leansim.api.bars import BaseData, TradeBar
from leansim.api.enums import MarketDataType, Resolution
from leansim.api.python_data import SubscriptionDataSource
from leansim.api.time_zones import TimeZones

if TYPE_CHECKING:
    from leansim.api.time_zones import CachedDateTimeZone

__all__ = ["LinkedData", "UnlinkedData", "UnlinkedDataTradeBar"]


class _Daily:
    """Days on the clock of UTC."""

    def default_resolution(self) -> Resolution:
        """Daily."""
        return Resolution.DAILY

    def supported_resolutions(self) -> list[Resolution]:
        """Daily alone."""
        return [Resolution.DAILY]

    def data_time_zone(self) -> CachedDateTimeZone:
        """UTC."""
        return TimeZones.UTC


class LinkedData(_Daily, BaseData):
    """Data about a security."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def requires_mapping(self) -> bool:
        """Its ticker is that of a security."""
        return True

    def get_source(self, config: Any, date: datetime, is_live_mode: bool) -> SubscriptionDataSource:
        """A file for each underlying."""
        del date, is_live_mode
        return SubscriptionDataSource(f"TestData/linked/{config.symbol.underlying.value.lower()}.csv")

    def reader(self, config: Any, line: str, date: datetime, is_live_mode: bool) -> LinkedData:
        """A point a line."""
        del line, is_live_mode
        point = LinkedData()
        point.count, point.symbol, point.end_time = 10, config.symbol, date
        return point


class UnlinkedData(_Daily, BaseData):
    """Data about a ticker of their own."""

    any_ticker: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.ticker: str | None = None

    def get_source(self, config: Any, date: datetime, is_live_mode: bool) -> SubscriptionDataSource:
        """A file for each ticker, or one for all."""
        del date, is_live_mode
        return SubscriptionDataSource(f"TestData/unlinked/{_file(self.any_ticker, config)}")

    def reader(self, config: Any, line: str, date: datetime, is_live_mode: bool) -> UnlinkedData:
        """A point a line."""
        del line, is_live_mode
        point = UnlinkedData()
        point.ticker, point.symbol, point.end_time = (
            "ANY" if self.any_ticker else config.symbol.value,
            config.symbol,
            date,
        )
        return point


class UnlinkedDataTradeBar(_Daily, TradeBar):
    """The same with the members of a trade bar."""

    any_ticker: ClassVar[bool] = False
    data_type = MarketDataType.BASE

    def get_source(self, config: Any, date: datetime, is_live_mode: bool) -> SubscriptionDataSource:
        """A file for each ticker, or one for all."""
        del date, is_live_mode
        return SubscriptionDataSource(f"TestData/unlinkedtradebar/{_file(self.any_ticker, config)}")

    def reader(self, config: Any, line: str, date: datetime, is_live_mode: bool) -> UnlinkedDataTradeBar:
        """A point a line."""
        del line, is_live_mode
        point = UnlinkedDataTradeBar()
        point.open, point.high, point.low, point.close, point.volume = 1.0, 2.0, 1.0, 1.5, 0.0
        point.symbol, point.end_time = config.symbol, date
        return point


def _file(any_ticker: bool, config: Any) -> str:
    return "data.csv" if any_ticker else f"{config.symbol.value.lower()}.csv"

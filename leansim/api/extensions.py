"""LEAN's static odds and ends that algorithms in Python use: `Extensions`, `Time`, `Currencies`, `Globals`."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal

from leansim.api.decimals import exact
from leansim.api.enums import OrderDirection, Resolution, SecurityType, TickType
from leansim.api.exceptions import ClrException, InvalidOperationException
from leansim.api.naming import ClrStatic
from leansim.api.reference import reference_data
from leansim.api.symbols import OPTION_TYPES
from leansim.api.time_zones import CachedDateTimeZone, aware_utc, from_ns, to_ns
from leansim.numbers import round_half_even


class Extensions(metaclass=ClrStatic):
    """LEAN's extension methods, as functions of their first argument."""

    @staticmethod
    def convert_to_utc(time: datetime, _from: CachedDateTimeZone) -> datetime:
        """The aware UTC time at which a zone's clock reads ``time``."""
        return aware_utc(_from.to_utc_ns(to_ns(time)))

    @staticmethod
    def convert_from_utc(time: datetime, to: CachedDateTimeZone) -> datetime:
        """What a zone's clock reads at a UTC time, aware or naive."""
        return to.to_local(to_ns(time))

    @staticmethod
    def convert_to(time: datetime, _from: CachedDateTimeZone, to: CachedDateTimeZone) -> datetime:
        """What one zone's clock reads when another's reads ``time``."""
        return to.to_local(_from.to_utc_ns(to_ns(time)))

    @staticmethod
    def is_option(security_type: SecurityType) -> bool:
        """Whether it is a kind of option."""
        return security_type in OPTION_TYPES

    @staticmethod
    def to_time_span(resolution: Resolution) -> timedelta:
        """The length of a resolution's bars; 0 for ticks."""
        return _SPANS[Resolution(resolution)]

    @staticmethod
    def tick_type_to_lower(tick_type: TickType) -> str:
        """``trade``, ``quote``, ``openinterest``."""
        return str(tick_type).replace("_", "").lower()

    @staticmethod
    def get_order_direction(quantity: float) -> OrderDirection:
        """The direction of an order of a quantity."""
        if quantity == 0:
            return OrderDirection.HOLD
        return OrderDirection.BUY if quantity > 0 else OrderDirection.SELL

    @staticmethod
    def round_to_significant_digits(d: float, digits: int) -> float:
        """A number with that many digits, ties to even."""
        number = exact(d)
        if not number:
            return 0.0
        scale = Decimal(10) ** (math.floor(math.log10(abs(number))) + 1)
        return float(scale * round_half_even(number / scale, digits))

    @staticmethod
    def round_down(date_time: datetime, interval: timedelta) -> datetime:
        """The last multiple of an interval, counted from midnight of the first day of the calendar."""
        if not interval:
            return date_time
        return date_time - (date_time - datetime(1, 1, 1)) % interval


_SPANS = {
    Resolution.TICK: timedelta(0),
    Resolution.SECOND: timedelta(seconds=1),
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: timedelta(days=1),
}


class Time(metaclass=ClrStatic):
    """LEAN's constants of time."""

    MAX_TIME_SPAN = timedelta.max
    ONE_YEAR = timedelta(days=365)
    ONE_DAY = timedelta(days=1)
    ONE_HOUR = timedelta(hours=1)
    ONE_MINUTE = timedelta(minutes=1)
    ONE_SECOND = timedelta(seconds=1)
    ONE_MILLISECOND = timedelta(milliseconds=1)
    BEGINNING_OF_TIME = datetime(1899, 12, 30)
    END_OF_TIME = datetime(2050, 12, 31)

    @staticmethod
    def unix_time_stamp_to_date_time(unix_time_stamp: float) -> datetime:
        """The naive UTC time of seconds since 1970."""
        return from_ns(round(unix_time_stamp * 1e9))

    @staticmethod
    def date_time_to_unix_time_stamp(time: datetime) -> float:
        """Seconds since 1970 of a naive or aware UTC time."""
        return to_ns(time) / 1e9


class Currencies(metaclass=ClrStatic):
    """Currency codes."""

    USD = "USD"
    EUR = "EUR"
    GBP = "GBP"
    JPY = "JPY"
    CHF = "CHF"
    INR = "INR"
    HKD = "HKD"
    NULL_CURRENCY = "QCC"


class RegressionTestException(ClrException):
    """What LEAN's own test algorithms raise when the engine does not do what they expect."""


class _DataFolderPath:
    def __get__(self, instance: object, owner: type | None = None) -> str:
        reference = reference_data()
        root = getattr(reference, "root", None)
        if root is None:
            raise InvalidOperationException("no data folder is in use")
        return str(root)


class Globals(metaclass=ClrStatic):
    """Where LEAN's process keeps its things."""

    data_folder = _DataFolderPath()

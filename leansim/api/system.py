"""The classes of .NET's System namespaces that LEAN algorithms in Python use."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal as _PythonDecimal

from leansim.api.naming import ClrStatic
from leansim.numbers import dec, round_half_even


class Decimal(_PythonDecimal):
    """System.Decimal: as Python's, made of a float through its text."""

    def __new__(cls, value: float | str | _PythonDecimal = 0) -> Decimal:
        """A decimal of a number."""
        return super().__new__(cls, dec(value))


class Math(metaclass=ClrStatic):
    """System.Math."""

    PI = math.pi
    E = math.e

    @staticmethod
    def round(value: float, digits: int = 0) -> float:
        """Rounded, ties to even."""
        return float(round_half_even(dec(value), digits))

    @staticmethod
    def abs(value: float) -> float:
        """The absolute value."""
        return abs(value)

    @staticmethod
    def min(val_1: float, val_2: float) -> float:
        """The smaller."""
        return min(val_1, val_2)

    @staticmethod
    def max(val_1: float, val_2: float) -> float:
        """The larger."""
        return max(val_1, val_2)

    @staticmethod
    def floor(d: float) -> float:
        """The largest integer not above."""
        return float(math.floor(d))

    @staticmethod
    def ceiling(d: float) -> float:
        """The smallest integer not below."""
        return float(math.ceil(d))

    @staticmethod
    def sqrt(d: float) -> float:
        """The square root; NaN of a negative number, as .NET has it."""
        return math.sqrt(d) if d >= 0 else math.nan

    @staticmethod
    def pow(x: float, y: float) -> float:
        """``x`` to the power of ``y``."""
        return math.pow(x, y)

    @staticmethod
    def exp(d: float) -> float:
        """e to the power of ``d``."""
        return math.exp(d)

    @staticmethod
    def log(a: float, new_base: float = math.e) -> float:
        """The logarithm."""
        return math.log(a) if new_base == math.e else math.log(a, new_base)

    @staticmethod
    def sin(a: float) -> float:
        """The sine of an angle in radians."""
        return math.sin(a)

    @staticmethod
    def cos(d: float) -> float:
        """The cosine of an angle in radians."""
        return math.cos(d)

    @staticmethod
    def sign(value: float) -> int:
        """-1, 0 or 1."""
        return (value > 0) - (value < 0)


class TimeSpan(metaclass=ClrStatic):
    """System.TimeSpan: makes the ``timedelta`` Python sees a time span as."""

    ZERO = timedelta(0)

    @staticmethod
    def from_days(value: float) -> timedelta:
        """So many days."""
        return timedelta(days=value)

    @staticmethod
    def from_hours(value: float) -> timedelta:
        """So many hours."""
        return timedelta(hours=value)

    @staticmethod
    def from_minutes(value: float) -> timedelta:
        """So many minutes."""
        return timedelta(minutes=value)

    @staticmethod
    def from_seconds(value: float) -> timedelta:
        """So many seconds."""
        return timedelta(seconds=value)

    @staticmethod
    def from_milliseconds(value: float) -> timedelta:
        """So many milliseconds."""
        return timedelta(milliseconds=value)

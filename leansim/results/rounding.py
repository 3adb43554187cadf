"""How LEAN rounds and prints the figures in its results.

LEAN computes with .NET decimals and prints them with the digits they carry: ``99768`` and ``100000.00`` are different
texts of different computations. Python's `Decimal` carries digits through sums, products and quotients by the same
rules, so what is left is rounding (half to even), the 15 digits a double keeps when .NET turns it into a decimal, and
how .NET writes a double.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache

from leansim.errors import LeanSimError

ZERO = Decimal(0)
_DECIMAL_MAX = Decimal("79228162514264337593543950335")
_HUNDRED = Decimal(100)
_SMALLEST = Decimal(1).scaleb(-28)
_CAPACITY_STEP = Decimal("1000.00")


class NotFinite(LeanSimError):
    """A figure is infinite or not a number; LEAN raises there and prints no statistics."""


def normalized(value: Decimal) -> Decimal:
    """Without trailing zeros, never in exponent notation: ``70.00`` → ``70``, ``7E+1`` → ``70``."""
    if not value:
        return ZERO
    value = value.normalize()
    return value.quantize(Decimal(1)) if value.as_tuple().exponent > 0 else value  # type: ignore[operator]  # finite


def rounded(value: Decimal, digits: int) -> Decimal:
    """Half to even at ``digits`` decimals; digits that are not there are not added (``5`` stays ``5``)."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -digits:
        value = value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    return value if value else abs(value)


def significant(value: Decimal, digits: int) -> Decimal:
    """Half to even at ``digits`` significant digits, in LEAN's way of computing it (the scale is a power of ten)."""
    if not value:
        return ZERO
    scale = Decimal(10) ** (math.floor(math.log10(float(abs(value)))) + 1)
    return scale * rounded(value / scale, digits)


@lru_cache(maxsize=1024)
def smart(value: Decimal) -> Decimal:
    """LEAN's rounding of charted values: 4 decimals above 1000, else 7 significant digits; no trailing zeros."""
    value = normalized(value)
    if value > 1000:
        return rounded(value, 4)
    return normalized(significant(value, 7))


def to_thousands(value: Decimal) -> Decimal:
    """To the nearest multiple of 1000.00, halves away from zero."""
    return _CAPACITY_STEP * (value / _CAPACITY_STEP).quantize(Decimal(1), ROUND_HALF_UP)


def from_double(value: float) -> Decimal:
    """A double as .NET's conversion to decimal gives it: 15 significant digits, cut at the largest decimal.

    Raises :class:`NotFinite` for infinities and NaN, where LEAN raises too.
    """
    if not math.isfinite(value):
        raise NotFinite(f"cannot turn {value} into a decimal")
    if abs(value) >= float(_DECIMAL_MAX):
        return _DECIMAL_MAX if value > 0 else -_DECIMAL_MAX
    digits = Decimal(f"{value:.14e}")
    exponent = digits.as_tuple().exponent
    # A .NET decimal has at most 28 decimals: smaller doubles lose digits, and the smallest become zero.
    if isinstance(exponent, int) and exponent < -28:
        digits = digits.quantize(Decimal(1).scaleb(-28), ROUND_HALF_EVEN)
    return normalized(digits)


def times_hundred(value: Decimal) -> Decimal:
    """A fraction as percent; stops at the largest decimal as LEAN's does."""
    return _DECIMAL_MAX if value >= _DECIMAL_MAX / _HUNDRED else value * _HUNDRED


def text(value: Decimal) -> str:
    """A decimal as .NET prints it: all its digits, no exponent, no sign on zero."""
    return f"{value if value else abs(value):f}"


def double_text(value: float) -> str:
    """A double as .NET prints it: shortest digits, ``E+16`` notation from 1e15 on, ``-0`` with its sign."""
    if value == 0:
        return "-0" if math.copysign(1.0, value) < 0 else "0"
    if 1e-5 <= abs(value) < 1e15:
        plain = f"{Decimal(repr(value)):f}"
        return plain.removesuffix(".0")
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
    power = int(exponent)
    return f"{mantissa}E{'+' if power >= 0 else '-'}{abs(power):02d}"


def round_double(value: float, digits: int) -> float:
    """.NET's ``Math.Round`` of a double: scaled, half to even, scaled back (not the correctly rounded decimal)."""
    if abs(value) >= 1e16:
        return value
    scale = 10.0**digits
    product = value * scale
    whole = math.floor(product)
    fraction = product - whole
    if fraction > 0.5 or (fraction == 0.5 and whole % 2 == 1):
        whole += 1
    return math.copysign(whole / scale, value)


def to_double(value: Decimal) -> float:
    """A decimal as .NET makes it a double: numerator and denominator rounded first, so the last bit may be another."""
    _, digits, exponent = value.quantize(_SMALLEST).as_tuple() if value.adjusted() < 0 else value.as_tuple()
    numerator = int("".join(map(str, digits)))
    low, high = numerator & (2**64 - 1), numerator >> 64
    double = (float(low) + float(high) * 2.0**64) / 10.0 ** -int(exponent)
    return -double if value < 0 else double

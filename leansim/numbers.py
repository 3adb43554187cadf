"""Exact decimals: from a column's float to the number that stood in the file, and rounding to a price step.

Trading and account count in :class:`~decimal.Decimal`; columns are float64. A price in a LEAN file has at most nine
significant digits, so the shortest text that identifies the float is the text of the file.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


@lru_cache(maxsize=1 << 16)
def _from_float(value: float) -> Decimal:
    exact = Decimal(repr(value))
    if not exact.is_finite():
        raise ValueError(f"{value} is not a number a decimal can hold")
    return exact


def dec(value: float | Decimal | str) -> Decimal:
    """The decimal a number stands for: ``dec(0.1)`` is ``Decimal("0.1")``, not its binary neighbor.

    Args:
        value: a float of a column, a Python number an algorithm passed, text, or a decimal (returned unchanged).

    Raises:
        ValueError: for NaN and infinities, which .NET decimals cannot hold either.

    """
    if isinstance(value, Decimal):
        return value
    if type(value) is int:
        return Decimal(value)
    if isinstance(value, str):
        return Decimal(value)
    # float(): numpy scalars are floats whose repr is not a number's text
    return _from_float(float(value))


def dec_or_zero(value: float) -> Decimal:
    """As :func:`dec`, with 0 for NaN: LEAN's answer for a price it has not seen."""
    return ZERO if value != value else _from_float(value)


def round_to_step(value: Decimal, step: Decimal) -> Decimal:
    """``value`` on the nearest multiple of ``step``, ties to the even one as .NET rounds; step 0 rounds nothing."""
    if not step:
        return value
    return (value / step).quantize(ONE, rounding=ROUND_HALF_EVEN) * step


def round_down_to_step(value: Decimal, step: Decimal) -> Decimal:
    """``value`` on the next multiple of ``step`` towards zero: how LEAN fits a quantity to a lot size."""
    if not step:
        return value
    return (value / step).quantize(ONE, rounding=ROUND_DOWN) * step


def round_half_even(value: Decimal, digits: int = 0) -> Decimal:
    """.NET's ``Math.Round`` of a decimal: ``digits`` places, ties to even."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)


def round_half_away(value: Decimal, digits: int = 0) -> Decimal:
    """.NET's ``Math.Round(…, MidpointRounding.AwayFromZero)``: ``digits`` places."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """A decimal's text without exponent and without trailing zeros: ``7.50`` → ``"7.5"``, ``1E+3`` → ``"1000"``."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text

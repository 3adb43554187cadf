from __future__ import annotations

import math
from decimal import Decimal

import pytest

from leansim.results.rounding import (
    NotFinite,
    double_text,
    from_double,
    normalized,
    round_double,
    rounded,
    significant,
    smart,
    text,
    times_hundred,
    to_thousands,
)

D = Decimal


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [("2.345", 2, "2.34"), ("2.355", 2, "2.36"), ("5", 2, "5"), ("1.5", 2, "1.5"), ("-0.001", 2, "0.00")],
)
def test_decimals_round_half_to_even_and_keep_the_digits_they_have(value: str, digits: int, expected: str) -> None:
    assert text(rounded(D(value), digits)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("105332.80000", "105332.8"),
        ("1000.00005", "1000.0000"),
        ("0.123456789", "0.1234568"),
        ("999.99999", "1000"),
        ("-123456.789", "-123456.8"),
        ("0.000", "0"),
    ],
)
def test_charted_values_keep_four_decimals_above_1000_else_seven_digits(value: str, expected: str) -> None:
    assert text(smart(D(value))) == expected


def test_trailing_zeros_go_without_exponent() -> None:
    assert text(normalized(D("70.00"))) == "70"
    assert text(normalized(D("7E+1"))) == "70"


def test_capacity_is_rounded_as_lean_prints_it() -> None:
    assert text(significant(to_thousands(D("22345678")), 2)) == "22000000.00"
    assert text(significant(to_thousands(D("1500")), 2)) == "2000.00"
    assert text(significant(to_thousands(D(0)), 2)) == "0"


def test_a_double_becomes_a_decimal_of_fifteen_digits() -> None:
    assert from_double(1 / 3) == D("0.333333333333333")
    assert from_double(2.61169038178551e29) == D("79228162514264337593543950335")
    assert from_double(100.0) == D(100)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(NotFinite):
        from_double(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (64.084, "64.084"),
        (-31.63, "-31.63"),
        (0.0, "0"),
        (-0.0, "-0"),
        (3.0, "3"),
        (-6.654540153820717e27, "-6.654540153820717E+27"),
    ],
)
def test_doubles_are_written_as_dotnet_writes_them(value: float, expected: str) -> None:
    assert double_text(value) == expected


def test_doubles_round_half_to_even_after_scaling() -> None:
    assert round_double(0.0625, 3) == 0.062
    assert round_double(-1.2345678, 3) == -1.235
    assert math.copysign(1, round_double(-0.0001, 3)) == -1


def test_percent_stops_at_the_largest_decimal() -> None:
    assert times_hundred(D("0.0533")) == D("5.33")
    assert times_hundred(D("1E+28")) == D("79228162514264337593543950335")

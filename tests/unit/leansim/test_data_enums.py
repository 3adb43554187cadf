"""LEAN's enums as pythonnet shows them: no ints, yet compared, hashed and counted with like ints."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from leansim.api.enums import OrderDirection, OrderStatus, Resolution, SecurityType


def test_an_enum_is_no_int_but_becomes_one() -> None:
    assert not isinstance(OrderStatus.FILLED, int)
    assert int(OrderStatus.FILLED) == 3
    with pytest.raises(TypeError):
        json.dumps(OrderStatus.FILLED)
    with pytest.raises(TypeError):
        [0, 1, 2, 3][OrderStatus.FILLED]


def test_an_enum_is_true_even_when_its_integer_is_zero() -> None:
    assert OrderDirection.BUY
    assert int(OrderDirection.BUY) == 0


@pytest.mark.parametrize("member", ["name", "value", "nonsense"])
def test_what_an_enum_of_leans_lacks_is_lacking(member: str) -> None:
    assert not hasattr(OrderStatus.FILLED, member)


@pytest.mark.parametrize("same", [3, 3.0, "FILLED", "Filled", OrderStatus.FILLED, OrderStatus.Filled, Resolution.HOUR])
def test_an_enum_equals_its_integer_its_name_and_any_enum_of_that_integer(same: object) -> None:
    assert same == OrderStatus.FILLED
    assert OrderStatus.FILLED.__eq__(same)
    assert not (same != OrderStatus.FILLED)  # noqa: SIM202 - the other operator is what is asked


@pytest.mark.parametrize("other", [True, None, "filled", "3", 4, OrderStatus.NEW])
def test_an_enum_equals_nothing_else(other: object) -> None:
    assert other != OrderStatus.FILLED
    assert not OrderStatus.FILLED.__eq__(other)


def test_an_enum_is_ordered_with_numbers_and_enums_only() -> None:
    assert OrderStatus.NEW < OrderStatus.FILLED <= 3 < OrderStatus.CANCELED
    with pytest.raises(TypeError):
        _ = OrderStatus.NEW < None


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (lambda x: x + 1, 4.0),
        (lambda x: 1 - x, -2.0),
        (lambda x: x * 2, 6.0),
        (lambda x: 2 * x, 6.0),
        (lambda x: 6 / x, 2.0),
    ],
)
def test_arithmetic_with_a_number_gives_a_float(count: Callable[[Any], Any], expected: float) -> None:
    counted = count(OrderStatus.FILLED)
    assert counted == expected
    assert isinstance(counted, float)


def test_two_enums_cannot_be_added() -> None:
    with pytest.raises(TypeError):
        _ = OrderStatus.FILLED + OrderStatus.NEW


def test_an_enum_is_a_key_like_its_integer() -> None:
    assert {3: "filled"}[OrderStatus.FILLED] == "filled"
    assert Resolution(1) is Resolution.SECOND
    with pytest.raises(ValueError, match="99"):
        Resolution(99)


def test_an_enum_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(SecurityType.OPTION)) is SecurityType.OPTION

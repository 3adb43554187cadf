"""System.Random of a seed: the numbers .NET gives."""

from __future__ import annotations

import pytest

from leansim.api.net import ArgumentOutOfRangeException
from leansim.api.pseudo_random import Random
from leansim.errors import NotEmulated


def test_a_seed_gives_nets_numbers() -> None:
    chance = Random(42)
    assert [chance.next(0, 100) for _ in range(8)] == [66, 14, 12, 52, 16, 26, 72, 51]
    assert Random(-42).next(100) == 66
    assert 0 <= chance.next_double() < 1


def test_bounds_are_checked_and_a_seed_is_needed() -> None:
    with pytest.raises(ArgumentOutOfRangeException):
        Random(1).next(5, 4)
    with pytest.raises(NotEmulated):
        Random()

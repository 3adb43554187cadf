"""The grid of a sweep: which values each parameter takes, and every combination of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Final

from leansim.errors import InputError

MOST_VALUES: Final = 10_000
"""Values of one parameter; more is a slip of the pen (own choice)."""


@dataclass(frozen=True)
class Axis:
    """One parameter and the values it takes, as the texts the algorithm will read."""

    name: str
    values: tuple[str, ...]


def stepped(name: str, low: str, high: str, step: str) -> Axis:
    """From ``low`` to ``high``, both included when the steps meet it, as LEAN's grid search counts.

    Raises :class:`~leansim.errors.InputError` when a number cannot be read, the step is not positive or nothing lies
    between the bounds.
    """
    first, last, width = (_number(name, text) for text in (low, high, step))
    if width <= 0:
        raise InputError(f"--parameter {name}: the step is {step}; it must be above 0")
    if last < first:
        raise InputError(f"--parameter {name}: the maximum {high} is below the minimum {low}")
    count = int((last - first) / width) + 1
    if count > MOST_VALUES:
        raise InputError(f"--parameter {name}: {count:,} values; at most {MOST_VALUES:,} make sense, take a wider step")
    return Axis(name, tuple(_plain(first + number * width) for number in range(count)))


def listed(name: str, text: str) -> Axis:
    """Values separated by commas, numbers or words.

    Raises :class:`~leansim.errors.InputError` when one is empty or given twice.
    """
    values = tuple(value.strip() for value in text.split(","))
    if not all(values) or len(set(values)) < len(values):
        raise InputError(f"--values {name} {text}: every value must be there, and once")
    return Axis(name, values)


def points(axes: Sequence[Axis]) -> list[dict[str, str]]:
    """Every combination, the last axis running fastest.

    Raises :class:`~leansim.errors.InputError` when there is no axis or a parameter has two.
    """
    names = [axis.name for axis in axes]
    if not names:
        raise InputError("nothing to vary: give --parameter NAME MIN MAX STEP or --values NAME A,B,C")
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise InputError(f"{', '.join(twice)}: a parameter can be varied once")
    return [dict(zip(names, values, strict=True)) for values in product(*(axis.values for axis in axes))]


def _number(name: str, text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InputError(f'--parameter {name}: "{text}" is not a number; for words use --values {name} A,B,C')
    return number


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"

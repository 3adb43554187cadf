"""How .NET decimals look from Python.

Inside, money and prices are :class:`~decimal.Decimal`, kept in a field with a leading underscore. An algorithm reads
a ``float`` and may write any number; what it writes is taken over through its shortest text, as LEAN does it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, overload

from leansim.api.net import ArgumentException

Number = int | float | Decimal


def exact(value: Number | Any) -> Decimal:
    """The decimal LEAN makes of a number from Python: through its text, so 0.1 is exactly 0.1.

    Raises ``TypeError`` for what is no number and ``ArgumentException`` for NaN and infinities.
    """
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"no decimal can be made of {type(value).__name__}")
    else:
        number = Decimal(repr(float(value)).removesuffix(".0")) if isinstance(value, float) else Decimal(int(value))
    if not number.is_finite():
        raise ArgumentException(f"{value} cannot be a decimal")
    return number


class DecimalField:
    """A decimal of LEAN's: ``price = DecimalField()`` reads ``_price`` as a float and writes it exactly.

    ``read_only`` refuses writes the way a .NET property without setter does.
    """

    def __init__(self, doc: str, *, read_only: bool = False) -> None:
        self.__doc__ = doc
        self._read_only = read_only

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self._field = f"_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> DecimalField: ...

    @overload
    def __get__(self, instance: object, owner: type) -> float: ...

    def __get__(self, instance: object | None, owner: type) -> DecimalField | float:
        if instance is None:
            return self
        return float(getattr(instance, self._field))

    def __set__(self, instance: object, value: Number) -> None:
        if self._read_only:
            raise AttributeError(f"property '{self._name}' of '{type(instance).__name__}' object has no setter")
        setattr(instance, self._field, exact(value))


class OptionalDecimalField:
    """A ``decimal?`` of LEAN's: reads ``_price`` as a float or ``None`` and writes it exactly."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._field = f"_{name}"

    @overload
    def __get__(self, instance: None, owner: type) -> OptionalDecimalField: ...

    @overload
    def __get__(self, instance: object, owner: type) -> float | None: ...

    def __get__(self, instance: object | None, owner: type) -> OptionalDecimalField | float | None:
        if instance is None:
            return self
        value = getattr(instance, self._field)
        return None if value is None else float(value)

    def __set__(self, instance: object, value: Number | None) -> None:
        setattr(instance, self._field, None if value is None else exact(value))

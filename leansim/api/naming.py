"""How Python sees LEAN's objects: two spellings of every member, and a loud answer for the ones not emulated.

LEAN's members are read and set in snake_case and in PascalCase. Here every class is written in snake_case and inherits
from :class:`ClrObject`, which finds the Pascal spelling on first use, or, where reading has to be fast, from
:class:`FixedClrObject`, which has it from the beginning. A member LEAN has and leansim does not is named by
:class:`~leansim.errors.NotEmulated`; anything else is an ``AttributeError``, as in LEAN.
"""

from __future__ import annotations

import re
from enum import Enum, EnumMeta
from functools import cache
from inspect import getattr_static
from operator import attrgetter
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from leansim.errors import NotEmulated

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def snake(name: str) -> str:
    """The snake_case spelling of a Pascal name: ``ComboMarketOrder`` → ``combo_market_order``.

    Digits are ambiguous (``SP500EMini`` is ``SP_500_E_MINI``): :func:`member_spelled` compares without underscores.
    """
    return _WORD.sub("_", name).lower()


@cache
def _without_underscores(cls: type) -> dict[str, str]:
    return {name.replace("_", "").lower(): name for name in dir(cls) if not name.startswith("_")}


def member_spelled(cls: type, name: str) -> str | None:
    """The member of a class that a Pascal name means; None when there is none."""
    if name[:1].isupper() and "_" not in name:
        found = _without_underscores(cls).get(name.lower())
        # without digits the words must be the right ones: COMBOMarketOrder is no name of LEAN's
        if found != name and found is not None and (snake(name) == found.lower() or any(map(str.isdigit, name))):
            return found
    return None


@cache
def pascal(name: str) -> str:
    """The Pascal spelling of a snake_case or UPPER_SNAKE name: ``on_data`` → ``OnData``, ``FILLED`` → ``Filled``."""
    return "".join(part[:1].upper() + part[1:].lower() for part in name.split("_") if part)


def in_pascal(member: Any, name: str) -> Any:
    """A member read by its Pascal name: a method of ours takes its named arguments by the names they have in C#."""
    if not isinstance(member, (MethodType, FunctionType)) or not member.__module__.startswith("leansim."):
        return member

    def method(*arguments: Any, **named: Any) -> Any:
        return member(*arguments, **named_in_snake(named, name)) if named else member(*arguments)

    vars(method)["__wrapped__"] = member  # tells the signature; more of `wraps` costs five times as much, at each look
    return method


def named_in_snake(named: dict[str, Any], method: str) -> dict[str, Any]:
    """Named arguments of a Pascal method by the names of its snake_case twin; TypeError for those already so."""
    if any("_" in argument for argument in named):
        raise TypeError(f"No method matches given arguments for {method}")
    return {snake(argument): value for argument, value in named.items()}


class AnyClrObject:
    """What every object of LEAN's has."""

    __slots__ = ("__weakref__",)

    def to_string(self) -> str:
        """The text of ``str()``."""
        return str(self)


class ClrObject(AnyClrObject):
    """An object of LEAN's as Python sees it.

    A member that is not found is looked up in the table generated from the API stubs (`leansim.api.surface`).
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        # Only reached when ordinary look-up failed, so it costs nothing for snake_case members.
        if not name.startswith("_"):
            member = member_spelled(type(self), name)
            if member is None and name[:1].isupper() and snake(name) in getattr(self, "__dict__", ()):
                member = snake(name)
            if member is not None:
                return in_pascal(getattr(self, member), name)
            from leansim.api.surface import is_known_member

            if is_known_member(type(self), name):
                raise NotEmulated(f"{type(self).__name__}.{snake(name)}")
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    if not TYPE_CHECKING:  # with it, mypy would let any name be set

        def __setattr__(self, name: str, value: Any) -> None:
            # Both spellings of what LEAN's class has are one; what an algorithm adds is kept as it is written.
            object.__setattr__(self, self._as_held(name) if name[0].isupper() else name, value)

    def _as_held(self, name: str) -> str:
        cls = type(self)
        member = member_spelled(cls, name)
        if member is not None and hasattr(getattr_static(cls, member), "__set__"):
            return member
        from leansim.api.surface import is_known_member

        held = snake(name)
        return held if held in getattr(self, "__dict__", ()) and is_known_member(cls, name) else name


class FixedClrObject(AnyClrObject):
    """An object of LEAN's that is read very often: its class has all that can be asked for, in both spellings.

    Python reads the attributes of a class without ``__getattr__`` several times as fast as those of one that has it.
    So nothing is looked up here: ``_missing`` of a class names what LEAN's class has and leansim does not.
    """

    __slots__ = ()
    _missing: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name in vars(cls).get("_missing", ()):
            setattr(cls, name, MissingMember(name))
        spell_members(cls)


def spell_members(cls: type) -> None:
    """Give the members of a class, its constants too, their Pascal spelling."""
    for name in dir(cls):
        if name in (snake(name), name.upper()) and not name.startswith("_"):
            setattr(cls, pascal(name), getattr_static(cls, name))


def spell_own_members(cls: type) -> None:
    """Give what a class and its bases of ours define themselves the Pascal spelling: ``super()`` finds it then."""
    for base in cls.__mro__:
        if base.__module__.startswith("leansim.") and base.__module__ != __name__:
            for name, member in [*vars(base).items()]:
                if name == snake(name) and not name.startswith("_"):
                    setattr(base, pascal(name), member)


def held(path: str, doc: str) -> Any:
    """A member that is only read, from what the object holds: half the price of a property written in Python."""
    return property(attrgetter(path), doc=doc)


class MissingMember:
    """A member LEAN's class has and leansim's has not: whoever looks at it is told so."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, owner: object, cls: type) -> Any:
        raise NotEmulated(f"{cls.__name__}.{self._name}")


class _ClrEnumMeta(EnumMeta):
    """Gives an enum's members their Pascal spelling: ``OrderStatus.Filled is OrderStatus.FILLED``."""

    def __getattr__(cls, name: str) -> Any:
        if not name.startswith("_"):
            member = member_spelled(cls, name)
            if member is not None:
                return cls.__members__[member]
        raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")


class ClrEnum(Enum, metaclass=_ClrEnumMeta):
    """An enum of LEAN's with LEAN's integers, as pythonnet shows it.

    It is no ``int`` (``isinstance`` and ``json.dumps`` refuse it, it is always true, it indexes no list) and has no
    ``name`` or ``value``. It compares with enums, numbers and its own name, hashes as its integer, and becomes a
    float in arithmetic with a number. ``int(x)`` and ``str(x)`` (UPPER_SNAKE) take it apart.
    """

    _value_: int

    @property
    def name(self) -> str:
        """Refused: an enum of LEAN's has no such member."""
        raise AttributeError(f"'{type(self).__name__}' object has no attribute 'name'")

    @property
    def value(self) -> int:
        """Refused: an enum of LEAN's has no such member."""
        raise AttributeError(f"'{type(self).__name__}' object has no attribute 'value'")

    def __str__(self) -> str:
        return self._name_

    def __repr__(self) -> str:
        return f"<{type(self).__name__}.{self._name_}>"

    def __int__(self) -> int:
        return self._value_

    def __hash__(self) -> int:
        return self._value_

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, ClrEnum):
            return self._value_ == other._value_
        if isinstance(other, str):
            return other in (self._name_, pascal(self._name_))
        number = _comparable(other)
        return number is not None and self._value_ == number

    def __lt__(self, other: object) -> bool:
        return self._value_ < self._ordered(other)

    def __le__(self, other: object) -> bool:
        return self._value_ <= self._ordered(other)

    def __gt__(self, other: object) -> bool:
        return self._value_ > self._ordered(other)

    def __ge__(self, other: object) -> bool:
        return self._value_ >= self._ordered(other)

    def _ordered(self, other: object) -> float:
        number = _comparable(other)
        if number is None:
            raise TypeError(f"Cannot compare {type(self).__name__} with {type(other).__name__}")
        return number

    def __add__(self, other: float) -> float:
        return float(self._value_ + other) if _is_number(other) else NotImplemented

    def __sub__(self, other: float) -> float:
        return float(self._value_ - other) if _is_number(other) else NotImplemented

    def __mul__(self, other: float) -> float:
        return float(self._value_ * other) if _is_number(other) else NotImplemented

    def __truediv__(self, other: float) -> float:
        return self._value_ / other if _is_number(other) else NotImplemented

    def __radd__(self, other: float) -> float:
        return float(other + self._value_) if _is_number(other) else NotImplemented

    def __rsub__(self, other: float) -> float:
        return float(other - self._value_) if _is_number(other) else NotImplemented

    def __rmul__(self, other: float) -> float:
        return float(other * self._value_) if _is_number(other) else NotImplemented

    def __rtruediv__(self, other: float) -> float:
        return other / self._value_ if _is_number(other) else NotImplemented


def _is_number(other: object) -> bool:
    return isinstance(other, int | float) and not isinstance(other, bool)


def _comparable(other: object) -> float | None:
    """The number an enum is compared with; None for what it cannot be compared with."""
    if isinstance(other, ClrEnum):
        return other._value_
    if isinstance(other, int | float) and not isinstance(other, bool):
        return other
    return None


class ClrStatic(type):
    """Metaclass of LEAN's static classes (``Market``, ``OptionStrategies``…): Pascal spelling of class members."""

    def __setattr__(cls, name: str, value: Any) -> None:
        super().__setattr__(member_spelled(cls, name) or name, value)

    def __getattr__(cls, name: str) -> Any:
        if not name.startswith("_"):
            member = member_spelled(cls, name)
            if member is not None:
                return in_pascal(getattr(cls, member), name)
            from leansim.api.surface import is_known_member

            if is_known_member(cls, name):
                raise NotEmulated(f"{cls.__name__}.{name}")
        raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")

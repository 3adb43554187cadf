"""How Python sees LEAN's objects: two spellings of every member, and a loud answer for the ones not emulated.

LEAN's members can be read in snake_case and in PascalCase. Here every class is written in snake_case and inherits
from :class:`ClrObject`, which finds the Pascal spelling on first use. A member LEAN has and leansim does not is
named by :class:`~leansim.errors.NotEmulated`; anything else is an ``AttributeError``, as in LEAN.
"""

from __future__ import annotations

import re
from enum import EnumMeta, IntEnum
from functools import cache
from typing import Any

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


class ClrObject:
    """An object of LEAN's as Python sees it.

    Subclasses may list in ``not_emulated`` the snake_case members LEAN has and they lack; the table generated from
    the API stubs (`leansim.api.surface`) is consulted for the rest.
    """

    __slots__ = ("__weakref__",)

    def __getattr__(self, name: str) -> Any:
        # Only reached when ordinary look-up failed, so it costs nothing for snake_case members.
        if not name.startswith("_"):
            member = member_spelled(type(self), name)
            if member is None and name[:1].isupper() and snake(name) in getattr(self, "__dict__", ()):
                member = snake(name)
            if member is not None:
                return getattr(self, member)
            from leansim.api.surface import is_known_member

            if is_known_member(type(self), name):
                raise NotEmulated(f"{type(self).__name__}.{snake(name)}")
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


class _ClrEnumMeta(EnumMeta):
    """Gives an enum's members their Pascal spelling: ``OrderStatus.Filled is OrderStatus.FILLED``."""

    def __getattr__(cls, name: str) -> Any:
        if not name.startswith("_"):
            member = member_spelled(cls, name)
            if member is not None:
                return cls.__members__[member]
        raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")


class ClrEnum(IntEnum, metaclass=_ClrEnumMeta):
    """An enum of LEAN's: LEAN's integers, ``str()`` in UPPER_SNAKE, equal to and hashed as its integer."""

    def __str__(self) -> str:
        return self.name


class ClrStatic(type):
    """Metaclass of LEAN's static classes (``Market``, ``OptionStrategies``…): Pascal spelling of class members."""

    def __getattr__(cls, name: str) -> Any:
        if not name.startswith("_"):
            member = member_spelled(cls, name)
            if member is not None:
                return getattr(cls, member)
            from leansim.api.surface import is_known_member

            if is_known_member(cls, name):
                raise NotEmulated(f"{cls.__name__}.{name}")
        raise AttributeError(f"type object '{cls.__name__}' has no attribute '{name}'")

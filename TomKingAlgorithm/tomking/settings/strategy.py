"""What the settings of all strategies share: their choices, and checks between fields."""

from __future__ import annotations

from typing import Final

from tomking.errors import SettingsError
from tomking.settings.parameter import Section, parameter

KINDS: Final = ("index", "equity", "future")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")


def delta(default: float, about: str, source: str) -> float:
    """A field that holds a delta."""
    return parameter(default, unit="delta without sign", low=0.001, high=0.999, about=about, source=source)


def in_order(section: Section, *names: str) -> None:
    """Refuse fields that fall from one to the next.

    Raises:
        SettingsError: they do; the text shows them.
    """
    values = [getattr(section, name) for name in names]
    if values != sorted(values):
        shown = ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
        raise SettingsError(f"these must not fall from one to the next: {shown}")

"""What the settings of all strategies share: fields that each of them has, and checks between fields."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Final

from tomking.errors import SettingsError
from tomking.market.universe import PRODUCTS
from tomking.settings.parameter import Section, parameter

KINDS: Final = ("index", "equity", "future")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")

FIRST_ENTRY: Final = time(9, 45)
LAST_ENTRY: Final = time(14)
"""No option entry in the first quarter of an hour, none after 14:00 (method 1.0)."""


def enabled(why: str) -> bool:
    """The switch of a strategy that is off until asked for."""
    return parameter(False, unit="true or false", about=f"Trade this strategy; {why}.", source="own")


def products(about: str, source: str, *roots: str) -> tuple[str, ...]:
    """The underlyings a strategy trades."""
    return parameter(roots, unit="underlyings", choices=tuple(PRODUCTS), about=about, source=source)


def first_phases(source: str, **phases: int) -> tuple[tuple[str, int], ...]:
    """The first phase that trades each product; names that begin with a digit are given with a leading underscore."""
    pairs = tuple((root.removeprefix("_"), phase) for root, phase in phases.items())
    return parameter(
        pairs,
        unit="root : phase",
        low=0,
        high=4,
        about="First phase that trades a product; one not listed is not traded.",
        source=source,
    )


def moment(default: time, about: str, source: str) -> time:
    """A time of day."""
    return parameter(default, unit="New York time", about=about, source=source)


def days(default: int, about: str, source: str, *, low: int = 0) -> int:
    """A number of calendar days."""
    return parameter(default, unit="calendar days", low=low, high=800, about=about, source=source)


def delta(default: float, about: str, source: str) -> float:
    """A field that holds a delta."""
    return parameter(default, unit="delta without sign", low=0.001, high=0.999, about=about, source=source)


def fraction(
    default: str, about: str, source: str, *, low: str = "0.0001", high: str = "1", unit: str = "fraction"
) -> Decimal:
    """A share of something."""
    return parameter(Decimal(default), unit=unit, low=Decimal(low), high=Decimal(high), about=about, source=source)


def maybe_fraction(default: str | None, about: str, source: str, *, high: str = "2") -> Decimal | None:
    """A share of something, or none to switch the rule off."""
    value = None if default is None else Decimal(default)
    return parameter(value, unit="fraction", low=Decimal("0.0001"), high=Decimal(high), about=about, source=source)


def shift(default: str, about: str, source: str) -> Decimal:
    """A distance from the price as a share of it, either way."""
    return parameter(
        Decimal(default), unit="fraction", low=Decimal("-0.2"), high=Decimal("0.2"), about=about, source=source
    )


def money(default: int, about: str, source: str) -> Decimal:
    """An amount of account currency a contract."""
    return parameter(Decimal(default), unit="USD", low=Decimal(0), high=Decimal(10000), about=about, source=source)


def multiple(default: str, about: str, source: str, *, unit: str = "times credit") -> Decimal:
    """So many times a premium."""
    return parameter(Decimal(default), unit=unit, low=Decimal("0.05"), high=Decimal(10), about=about, source=source)


def vix(default: int | None, about: str, source: str) -> Decimal | None:
    """A bound of the VIX, or none."""
    value = None if default is None else Decimal(default)
    return parameter(value, unit="VIX", low=Decimal(5), high=Decimal(100), about=about, source=source)


def leg_spread() -> Decimal | None:
    """The widest quote a short leg may have."""
    return maybe_fraction(
        "0.25", "Widest spread of a short leg over its mid; none: the package's spread decides alone.", "method 3.7"
    )


def strikes(default: int) -> int:
    """The width of the subscribed chain."""
    return parameter(
        default,
        unit="strikes",
        low=2,
        high=500,
        about="Listed strikes subscribed on each side of the price.",
        source="own",
    )


def buying_power(source: str, *values: str) -> tuple[Decimal, ...]:
    """Buying power of one position by phase."""
    return parameter(
        tuple(Decimal(value) for value in values),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Buying power of one position as a share of equity, by phase from 0.",
        source=source,
    )


def positions(source: str, *values: int) -> tuple[int, ...]:
    """Positions at a time by phase."""
    return parameter(values, unit="positions", low=0, high=20, about="At a time, by phase from 0.", source=source)


def in_order(section: Section, *names: str) -> None:
    """Refuse fields that fall from one to the next.

    Raises:
        SettingsError: they do; the text shows them.
    """
    values = [getattr(section, name) for name in names]
    if values != sorted(values):
        shown = ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
        raise SettingsError(f"these must not fall from one to the next: {shown}")


def in_trading_hours(section: Section) -> None:
    """Refuse an entry window outside the hours in which positions are opened.

    Raises:
        SettingsError: it begins too early or ends too late.
    """
    in_order(section, "entry_from", "entry_until")
    begins, ends = section.entry_from, section.entry_until  # type: ignore[attr-defined]  # of every strategy's section
    if begins < FIRST_ENTRY or ends > LAST_ENTRY:
        raise SettingsError(
            f"entry_from = {begins:%H:%M} and entry_until = {ends:%H:%M} must lie from "
            f"{FIRST_ENTRY:%H:%M} to {LAST_ENTRY:%H:%M}"
        )

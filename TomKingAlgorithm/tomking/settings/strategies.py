"""Settings of the strategies, one section each. Defaults are the method's "use" columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Final

from tomking.errors import SettingsError
from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase

KINDS: Final = ("index", "equity", "future")
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday")
VIX_PRESETS: Final = ("seed", "manual", "inverted", "off")


def _d(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def _delta(default: float, about: str, source: str) -> float:
    return parameter(default, unit="delta without sign", low=0.001, high=0.999, about=about, source=source)


def _ordered(section: Section, *names: str) -> None:
    values = [getattr(section, name) for name in names]
    if values != sorted(values):
        shown = ", ".join(f"{name} = {value}" for name, value in zip(names, values, strict=True))
        raise SettingsError(f"these must not fall from one to the next: {shown}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroDteSettings(Section):
    """Friday 0DTE: a condor in a quiet morning, a vertical against a larger move, gone the same day."""

    enabled: bool = parameter(True, unit="true or false", about="Trade this strategy.", source="seed")
    underlying: str = parameter("SPX", unit="root", about="What the options are on.", source="method 1.1")
    root: str = parameter("SPXW", unit="root", about="Root of the options.", source="method 1.1")
    kind: str = parameter("index", unit="kind", choices=KINDS, about="What the underlying is.", source="LEAN")
    weekday: str = parameter(
        "friday",
        unit="weekday",
        choices=(*WEEKDAYS, "any"),
        about="Entry day; a holiday is skipped.",
        source="method 1.1",
    )
    entry_from: time = parameter(
        time(10, 30), unit="New York time", about="First moment of the entry window.", source="method 1.1"
    )
    entry_until: time = parameter(
        time(11), unit="New York time", about="Last moment of the entry window.", source="method 1.1"
    )
    structure: str = parameter(
        "auto",
        unit="structure",
        choices=("auto", "iron_condor", "put_spread", "call_spread"),
        about="auto: condor, or after a move the one-sided vertical that fades it.",
        source="method 1.1",
    )
    move_fraction: Decimal = parameter(
        Decimal("0.005"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal("0.2"),
        about="Move since the open beyond which auto trades one side only.",
        source="method 1.1",
    )
    days_to_expiry: int = parameter(
        0, unit="calendar days", low=0, high=7, about="Days to expiry at entry.", source="method 1.1"
    )
    short_delta: float = _delta(0.155, "Wanted delta of a condor's short strikes.", "method 1.1 (.15-.16)")
    min_short_delta: float = _delta(0.10, "Smallest acceptable.", "own")
    max_short_delta: float = _delta(0.25, "Largest acceptable.", "method 1.1 (RAW: 15-25)")
    vertical_short_delta: float = _delta(
        0.25,
        "Wanted delta of a vertical's short strike; with a condor's delta one side alone never earns the credit gate.",
        "method 1.1 (RAW: 15-25), 1.1.3",
    )
    min_vertical_short_delta: float = _delta(0.15, "Smallest acceptable.", "method 1.1 (RAW: 15-25)")
    max_vertical_short_delta: float = _delta(0.30, "Largest acceptable.", "method 1.1 (RAW: never 30+)")
    wing_delta: float = _delta(0.06, "Wanted delta of the long strikes.", "seed")
    min_wing_delta: float = _delta(0.02, "Smallest acceptable.", "own")
    max_wing_delta: float = _delta(0.12, "Largest acceptable.", "own")
    wing_width: Decimal | None = parameter(
        Decimal(10),
        unit="points",
        low=Decimal("0.5"),
        high=Decimal(500),
        about="Fixed distance of the long strikes from the short ones; none: by wing_delta. On strikes 5 points apart "
        "and a sloping smile the seed's delta of .06 misses the credit gate on nine Fridays in ten; 10 points at an "
        "index of 2,700 are about half a day's deviation, where the gate passes.",
        source="method 1.1 (or fixed width), 1.1.3",
    )
    max_leg_spread_fraction: Decimal | None = parameter(
        None,
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(2),
        about="Widest spread of a short leg over its mid; none: the package's spread decides alone.",
        source="method 3.7",
    )
    strikes: int = parameter(
        40, unit="strikes", low=2, high=500, about="Listed strikes subscribed on each side of the price.", source="own"
    )
    vix_preset: str = parameter(
        "seed",
        unit="preset",
        choices=VIX_PRESETS,
        about="seed: below 22; manual: below 40; inverted: 22 to 35; off: the VIX is not asked for.",
        source="method 1.1.2",
    )
    min_vix: Decimal | None = parameter(
        None,
        unit="VIX",
        low=Decimal(5),
        high=Decimal(100),
        about="Replaces the preset's lower bound.",
        source="method 1.1.2",
    )
    max_vix: Decimal | None = parameter(
        None,
        unit="VIX",
        low=Decimal(5),
        high=Decimal(100),
        about="Replaces the preset's upper bound.",
        source="method 1.1.2",
    )
    vix_rise_fraction: Decimal = parameter(
        Decimal("0.10"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(2),
        about="A VIX this far above its open halves the size.",
        source="method 1.1",
    )
    vix_sizes: tuple[tuple[Decimal, Decimal], ...] = parameter(
        ((Decimal(30), Decimal("0.75")),),
        unit="VIX above : factor",
        low=Decimal("0.01"),
        high=Decimal(1),
        about="Factor on the size in a high VIX.",
        source="method 1.1",
    )
    min_credit_fraction: Decimal = parameter(
        Decimal("0.20"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(2),
        about="Least credit as a share of the most that can be lost.",
        source="seed",
    )
    min_credit: Decimal = parameter(
        Decimal(25), unit="USD", low=Decimal(0), high=Decimal(10000), about="Least credit a contract.", source="seed"
    )
    profit_target_fraction: Decimal = parameter(
        Decimal("0.50"),
        unit="fraction",
        low=Decimal("0.05"),
        high=Decimal(1),
        about="Closed at this share of the credit.",
        source="method 1.1",
    )
    stop_multiple: Decimal = parameter(
        Decimal("2.0"),
        unit="times credit",
        low=Decimal("0.1"),
        high=Decimal(10),
        about="Closed at a loss of this many credits.",
        source="method 1.1",
    )
    time_exit: time = parameter(
        time(15), unit="New York time", about="From here on it is closed by a patient price walk.", source="method 1.1"
    )
    hard_exit: time = parameter(
        time(15, 30), unit="New York time", about="From here on it must be out.", source="method 1.1"
    )
    hard_exit_before_close_minutes: int = parameter(
        30,
        unit="minutes",
        low=1,
        high=240,
        about="The hard exit is never later than this before the close; both exits move along on half days.",
        source="method 1.0",
    )
    hold_to_settlement: bool = parameter(
        False, unit="true or false", about="No exit of ours: held to cash settlement.", source="own: for sample data"
    )
    buying_power_fractions: tuple[Decimal, ...] = parameter(
        _d("0.02", "0.02", "0.025", "0.03", "0.035"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Buying power of one position as a share of equity, by phase from 0.",
        source="seed (2, 2.5 %), method 2.4",
    )
    max_positions: tuple[int, ...] = parameter(
        (0, 1, 2, 3, 5), unit="positions", low=0, high=20, about="At a time, by phase from 0.", source="method 2.3"
    )
    contract_caps: tuple[tuple[Decimal, int], ...] = parameter(
        tuple((Decimal(equity), cap) for equity, cap in ((0, 1), (40000, 2), (75000, 3), (100000, 4), (150000, 5))),
        unit="USD from : contracts",
        low=0,
        high=1000,
        about="Most contracts by equity.",
        source="method 1.1",
    )

    def __post_init__(self) -> None:
        """Check ranges, tables, and the order of times and deltas."""
        Section.__post_init__(self)
        by_phase(self, "buying_power_fractions", "max_positions")
        _ordered(self, "entry_from", "entry_until")
        _ordered(self, "time_exit", "hard_exit")
        _ordered(self, "min_short_delta", "short_delta", "max_short_delta")
        _ordered(self, "min_vertical_short_delta", "vertical_short_delta", "max_vertical_short_delta")
        _ordered(self, "min_wing_delta", "wing_delta", "max_wing_delta")
        shorts = min(self.short_delta, self.vertical_short_delta)
        if self.wing_width is None and self.wing_delta >= shorts:
            raise SettingsError(f"wing_delta = {self.wing_delta} must be below the short deltas, the least is {shorts}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FuturesStrangleSettings(Section):
    """A short put and a short call far out of the money on a future, closed at half the credit or 21 days."""

    enabled: bool = parameter(
        False,
        unit="true or false",
        about="Trade this strategy; off because the embedded data have no options on futures.",
        source="own",
    )
    underlying: str = parameter("ES", unit="root", about="Root of the future.", source="method 1.3")
    root: str = parameter("ES", unit="root", about="Root of the options.", source="method 1.3")
    kind: str = parameter("future", unit="kind", choices=KINDS, about="What the underlying is.", source="LEAN")
    recurrence: str = parameter(
        "second_tuesday",
        unit="rule",
        choices=("second_tuesday", "first_wednesday", "weekly", "daily"),
        about="Entry days.",
        source="method 1.3",
    )
    weekday: str = parameter(
        "tuesday", unit="weekday", choices=WEEKDAYS, about="Entry day when weekly.", source="method 1.3"
    )
    entry_from: time = parameter(
        time(9, 45), unit="New York time", about="First moment of the entry window.", source="method 1.3"
    )
    entry_until: time = parameter(
        time(14), unit="New York time", about="Last moment of the entry window.", source="method 1.0"
    )
    days_to_expiry: int = parameter(
        90, unit="calendar days", low=1, high=400, about="Wanted days to expiry.", source="method 1.3"
    )
    min_days_to_expiry: int = parameter(80, unit="calendar days", low=1, high=400, about="Fewest.", source="method 1.3")
    max_days_to_expiry: int = parameter(100, unit="calendar days", low=1, high=400, about="Most.", source="method 1.3")
    put_delta: float = _delta(0.06, "Wanted delta of the put.", "method 1.3")
    min_put_delta: float = _delta(0.05, "Smallest acceptable.", "method 1.3 (5-7)")
    max_put_delta: float = _delta(0.07, "Largest acceptable.", "method 1.3 (5-7)")
    call_delta: float = _delta(0.055, "Wanted delta of the call.", "method 1.3")
    min_call_delta: float = _delta(0.045, "Smallest acceptable.", "method 1.3 (5-6)")
    max_call_delta: float = _delta(0.065, "Largest acceptable.", "method 1.3 (5-6)")
    max_leg_spread_fraction: Decimal | None = parameter(
        Decimal("0.25"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(2),
        about="Widest spread of a leg over its mid; none: the package's spread decides alone.",
        source="method 3.7",
    )
    strikes: int = parameter(
        120, unit="strikes", low=2, high=500, about="Listed strikes subscribed on each side of the price.", source="own"
    )
    min_vix: Decimal | None = parameter(
        Decimal(13), unit="VIX", low=Decimal(5), high=Decimal(100), about="Not below.", source="method 1.3"
    )
    max_vix: Decimal | None = parameter(
        Decimal(40), unit="VIX", low=Decimal(5), high=Decimal(100), about="Not above.", source="method 1.3"
    )
    min_credit_fraction: Decimal = parameter(
        Decimal("0.15"),
        unit="fraction",
        low=Decimal("0.001"),
        high=Decimal(2),
        about="Least credit as a share of the estimated margin. The seed's 15 % keeps ES out (9 to 10 % is usual).",
        source="seed",
    )
    min_credit: Decimal = parameter(
        Decimal(50), unit="USD", low=Decimal(0), high=Decimal(10000), about="Least credit a strangle.", source="seed"
    )
    profit_target_fraction: Decimal = parameter(
        Decimal("0.50"),
        unit="fraction",
        low=Decimal("0.05"),
        high=Decimal(1),
        about="Closed at this share of the credit.",
        source="method 1.3",
    )
    stop_multiple: Decimal = parameter(
        Decimal("2.0"),
        unit="times credit",
        low=Decimal("0.1"),
        high=Decimal(10),
        about="Closed at a loss of this many credits.",
        source="method 1.3",
    )
    exit_days_to_expiry: int = parameter(
        21, unit="calendar days", low=0, high=365, about="Closed when no more are left.", source="method 1.8"
    )
    exit_delta: float = _delta(0.30, "Closed when a short leg's delta reaches this.", "method 1.3")
    buying_power_fractions: tuple[Decimal, ...] = parameter(
        _d("0.025", "0.025", "0.035", "0.045", "0.055"),
        unit="fraction",
        low=Decimal(0),
        high=Decimal(1),
        about="Buying power of one position as a share of equity, by phase from 0.",
        source="method 1.3",
    )
    max_positions: tuple[int, ...] = parameter(
        (1, 2, 3, 4, 6), unit="positions", low=0, high=20, about="At a time, by phase from 0.", source="method 1.3"
    )
    first_phases: tuple[tuple[str, int], ...] = parameter(
        (
            ("MCL", 0),
            ("MGC", 0),
            ("GLD", 1),
            ("TLT", 1),
            ("SLV", 2),
            ("XOP", 2),
            ("M6A", 2),
            ("M6E", 2),
            ("MES", 2),
            ("MNQ", 2),
            ("ES", 3),
            ("CL", 3),
            ("GC", 3),
            ("ZB", 3),
            ("ZN", 3),
            ("6E", 3),
            ("LE", 3),
            ("SI", 4),
            ("NQ", 4),
        ),
        unit="root : phase",
        low=0,
        high=4,
        about="First phase that trades a product; one not listed is not traded.",
        source="method 1.3",
    )

    def __post_init__(self) -> None:
        """Check ranges, tables, and the order of times, days and deltas."""
        Section.__post_init__(self)
        by_phase(self, "buying_power_fractions", "max_positions")
        _ordered(self, "entry_from", "entry_until")
        _ordered(self, "min_days_to_expiry", "days_to_expiry", "max_days_to_expiry")
        _ordered(self, "min_put_delta", "put_delta", "max_put_delta")
        _ordered(self, "min_call_delta", "call_delta", "max_call_delta")

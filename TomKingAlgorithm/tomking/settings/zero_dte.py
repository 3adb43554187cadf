"""Settings of Friday 0DTE. Defaults are the method's "use" column (method 1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Final

from tomking.errors import SettingsError
from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase, decimals
from tomking.settings.strategy import KINDS, WEEKDAYS, delta, in_order, in_trading_hours

VIX_PRESETS: Final = ("seed", "manual", "inverted", "off")


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
        choices=("auto", "auto_condor", "iron_condor", "put_spread", "call_spread", "put_condor", "call_condor"),
        about="auto: condor, or after a move the one-sided vertical that fades it; auto_condor: after one the condor "
        "of puts (rise) or calls (fall), bought for a debit.",
        source="method 1.1, 1.1.4",
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
    short_delta: float = delta(0.155, "Wanted delta of a condor's short strikes.", "method 1.1 (.15-.16)")
    min_short_delta: float = delta(0.10, "Smallest acceptable.", "own")
    max_short_delta: float = delta(0.25, "Largest acceptable.", "method 1.1 (RAW: 15-25)")
    vertical_short_delta: float = delta(
        0.25,
        "Wanted delta of a vertical's short strike; with a condor's delta one side alone never earns the credit gate.",
        "method 1.1 (RAW: 15-25), 1.1.3",
    )
    min_vertical_short_delta: float = delta(0.15, "Smallest acceptable.", "method 1.1 (RAW: 15-25)")
    max_vertical_short_delta: float = delta(0.30, "Largest acceptable.", "method 1.1 (RAW: never 30+)")
    strikes_by: str = parameter(
        "delta",
        unit="selector",
        choices=("delta", "expected_move", "average_range"),
        about="How a condor's and a vertical's short strikes are found: by delta, or so many expected moves or mean "
        "ranges of 14 sessions from the price.",
        source="method 1.1",
    )
    condor_distance: Decimal = parameter(
        Decimal("0.5"),
        unit="measures",
        low=Decimal("0.05"),
        high=Decimal(5),
        about="Distance of a condor's short strikes when not by delta.",
        source="method 1.1 (0.5 ATR; 1 expected move)",
    )
    vertical_distance: Decimal = parameter(
        Decimal("0.7"),
        unit="measures",
        low=Decimal("0.05"),
        high=Decimal(5),
        about="The same of a vertical's.",
        source="method 1.1 (0.7 ATR)",
    )
    condor_deltas: tuple[float, ...] = parameter(
        (0.06, 0.12, 0.15, 0.22),
        unit="delta without sign",
        low=0.001,
        high=0.999,
        about="Deltas of a put or call condor from the far long to the near long.",
        source="seed 3",
    )
    condor_delta_tolerance: float = delta(0.04, "Most one of them may be off.", "own")
    max_debit_fraction: Decimal = parameter(
        Decimal("0.25"),
        unit="fraction",
        low=Decimal("0.01"),
        high=Decimal(5),
        about="Most a put or call condor may cost, as a share of the most it can gain.",
        source="own",
    )
    touch_multiple: Decimal | None = parameter(
        Decimal("2.0"),
        unit="times credit",
        low=Decimal(1),
        high=Decimal(20),
        about="A side whose short strike is reached is closed at this multiple of its credit; none: it is not.",
        source="method 1.1.5",
    )
    day_loss_fraction: Decimal | None = parameter(
        Decimal("0.02"),
        unit="fraction",
        low=Decimal("0.001"),
        high=Decimal(1),
        about="No entry once the account has lost so much today, and out at a loss of so much; none: not asked.",
        source="method 1.1",
    )
    wing_delta: float = delta(0.06, "Wanted delta of the long strikes.", "seed")
    min_wing_delta: float = delta(0.02, "Smallest acceptable.", "own")
    max_wing_delta: float = delta(0.12, "Largest acceptable.", "own")
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
        decimals("0.02", "0.02", "0.025", "0.03", "0.035"),
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
        in_trading_hours(self)
        in_order(self, "time_exit", "hard_exit")
        in_order(self, "min_short_delta", "short_delta", "max_short_delta")
        in_order(self, "min_vertical_short_delta", "vertical_short_delta", "max_vertical_short_delta")
        in_order(self, "min_wing_delta", "wing_delta", "max_wing_delta")
        if len(self.condor_deltas) != 4 or list(self.condor_deltas) != sorted(set(self.condor_deltas)):
            raise SettingsError("condor_deltas needs four deltas that rise")
        shorts = min(self.short_delta, self.vertical_short_delta)
        if self.wing_width is None and self.wing_delta >= shorts:
            raise SettingsError(f"wing_delta = {self.wing_delta} must be below the short deltas, the least is {shorts}")

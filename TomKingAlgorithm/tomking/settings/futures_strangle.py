"""Settings of the futures strangle. Defaults are the method's "use" column (method 1.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase, decimals
from tomking.settings.strategy import (
    WEEKDAYS,
    delta,
    enabled,
    in_order,
    in_trading_hours,
    maybe_fraction,
    products,
    vix,
)


def _distances(
    energy: str, metals: str, currencies: str, agriculture: str, other: str
) -> tuple[tuple[str, Decimal], ...]:
    names = ("energy", "metals", "currencies", "agriculture", "other")
    return tuple(zip(names, decimals(energy, metals, currencies, agriculture, other), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class FuturesStrangleSettings(Section):
    """A short put and a short call far out of the money, on futures and a few ETFs; defended by delta."""

    enabled: bool = enabled("off until asked for: begin with one strategy")
    preset: str = parameter(
        "90_days",
        unit="preset",
        choices=("90_days", "45_days"),
        about="45_days: the origin's later reading, 38 to 60 days out instead of the three day settings.",
        source="method 1.3",
    )
    products: tuple[str, ...] = products(
        "Underlyings: futures and ETFs.", "method 1.3", "MCL", "MGC", "GLD", "TLT", "MES", "ES", "CL", "GC"
    )
    recurrence: str = parameter(
        "second_tuesday",
        unit="rule",
        choices=("second_tuesday", "weekly", "daily"),
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
    put_delta: float = delta(0.06, "Wanted delta of the put.", "method 1.3")
    min_put_delta: float = delta(0.05, "Smallest acceptable.", "method 1.3 (5-7)")
    max_put_delta: float = delta(0.07, "Largest acceptable.", "method 1.3 (5-7)")
    call_delta: float = delta(0.055, "Wanted delta of the call.", "method 1.3")
    min_call_delta: float = delta(0.045, "Smallest acceptable.", "method 1.3 (5-6)")
    max_call_delta: float = delta(0.065, "Largest acceptable.", "method 1.3 (5-6)")
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
    min_vix: Decimal | None = vix(13, "Only above.", "method 1.3")
    max_vix: Decimal | None = vix(40, "Only below.", "method 1.3")
    vix_base: Decimal | None = vix(
        20, "Below it the size is multiplied by VIX over this; above it the budgets decide.", "method 1.3"
    )
    min_iv_rank: Decimal | None = maybe_fraction(
        "0.30", "Least rank of the underlying's implied volatility in its last year; none: not asked.", "method 1.3"
    )
    iv_rank_sessions: int = parameter(
        252,
        unit="sessions",
        low=20,
        high=252,
        about="Sessions the rank is told by where no index tells it: the desk marks each product's volatility daily.",
        source="method 1.3",
    )
    max_range_fraction: Decimal | None = maybe_fraction(
        None, "Greatest 20-session range as a share of the price (the seed's 0.08); none: not asked.", "method 1.3"
    )
    event_days: int | None = parameter(
        30,
        unit="calendar days",
        low=0,
        high=365,
        about="No event of the product within so many days; none: not asked.",
        source="method 1.3",
    )
    min_credit_fraction: Decimal = parameter(
        Decimal("0.15"),
        unit="fraction",
        low=Decimal("0.001"),
        high=Decimal(2),
        about="Least credit as a share of the estimated margin.",
        source="seed",
    )
    credit_fractions: tuple[tuple[str, Decimal], ...] = parameter(
        (),
        unit="root : fraction",
        low=Decimal("0.001"),
        high=Decimal(2),
        about="The same for single products, as ES:0.09.",
        source="method 1.3: set it per underlying",
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
    roll_delta: float = delta(
        0.20, "The untested side is moved nearer when the tested delta reaches this.", "method 1.3"
    )
    roll_to_delta: float = delta(0.16, "Where to: a delta that is still held.", "method 1.3 (16 hold)")
    close_tested_delta: float = delta(0.25, "The tested side is closed at this delta.", "method 1.3")
    exit_delta: float = delta(0.30, "Everything is closed when a short leg's delta reaches this.", "method 1.3")
    strikes_by: str = parameter(
        "delta",
        unit="selector",
        choices=("delta", "price"),
        about="By delta, or so far out of the money as `distances` says of the product's class.",
        source="method 1.3: only when no Greeks",
    )
    put_distances: tuple[tuple[str, Decimal], ...] = parameter(
        _distances("0.10", "0.05", "0.03", "0.08", "0.15"),
        unit="class : fraction",
        low=Decimal("0.005"),
        high=Decimal("0.9"),
        about="How far out of the money the put is, by class.",
        source="method 1.3",
    )
    call_distances: tuple[tuple[str, Decimal], ...] = parameter(
        _distances("0.08", "0.07", "0.03", "0.10", "0.15"),
        unit="class : fraction",
        low=Decimal("0.005"),
        high=Decimal("0.9"),
        about="The same of the call.",
        source="method 1.3",
    )
    buying_power_fractions: tuple[Decimal, ...] = parameter(
        decimals("0.025", "0.025", "0.035", "0.045", "0.055"),
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
            *dict.fromkeys(("MCL", "MGC"), 0).items(),
            *dict.fromkeys(("GLD", "TLT"), 1).items(),
            *dict.fromkeys(("SLV", "XOP", "M6A", "M6E", "MES", "MNQ"), 2).items(),
            *dict.fromkeys(("ES", "CL", "GC", "ZB", "ZN", "6E", "LE"), 3).items(),
            *dict.fromkeys(("SI", "NQ", "RTY", "M2K", "YM", "6A", "6B", "6C", "M6B"), 4).items(),
            *dict.fromkeys(("HG", "HE", "ZC", "ZS", "ZW"), 4).items(),
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
        in_trading_hours(self)
        in_order(self, "min_days_to_expiry", "days_to_expiry", "max_days_to_expiry")
        in_order(self, "min_put_delta", "put_delta", "max_put_delta")
        in_order(self, "min_call_delta", "call_delta", "max_call_delta")
        in_order(self, "roll_delta", "close_tested_delta", "exit_delta")

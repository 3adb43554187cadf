"""Settings of BEAR_TRAP. Its evidence is weak: it is experimental and off (method 1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from tomking.settings import strategy
from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase
from tomking.settings.strategy import WEEKDAYS, delta, fraction, in_order

SOURCE = "method 1.6"


@dataclass(frozen=True, slots=True, kw_only=True)
class BearTrapSettings(Section):
    """An at-the-money put debit spread paid for by two or three far puts; experimental."""

    enabled: bool = strategy.enabled("experimental, its legs are inferred and its record is unknown")
    products: tuple[str, ...] = strategy.products("Underlyings.", SOURCE, "SPY")
    first_phases: tuple[tuple[str, int], ...] = strategy.first_phases(SOURCE, SPY=3, XSP=3, QQQ=4, MES=3, ES=4, SPX=4)
    weekday: str = parameter("wednesday", unit="weekday", choices=WEEKDAYS, about="Entry day.", source="own")
    entry_from: time = strategy.moment(time(10), "First moment of the entry window.", "own")
    entry_until: time = strategy.moment(time(11), "Last moment of the entry window.", "own")
    days_to_expiry: int = strategy.days(60, "Wanted days to expiry.", SOURCE, low=1)
    min_days_to_expiry: int = strategy.days(45, "Fewest.", SOURCE, low=1)
    max_days_to_expiry: int = strategy.days(75, "Most.", SOURCE, low=1)
    strike_tolerance: Decimal = fraction("0.005", "Most the long strike may be off the price, of it.", "own")
    spread_width_fraction: Decimal = fraction("0.01", "Width of the put debit spread, of the price.", SOURCE)
    naked_puts: int = parameter(
        3, unit="puts", low=2, high=3, about="Far puts sold for each spread.", source="method 1.6 (2-3)"
    )
    naked_delta: float = delta(0.08, "Wanted delta of the far puts.", SOURCE)
    min_naked_delta: float = delta(0.05, "Smallest acceptable.", "own")
    max_naked_delta: float = delta(0.10, "Largest acceptable.", SOURCE)
    max_leg_spread_fraction: Decimal | None = strategy.leg_spread()
    strikes: int = strategy.strikes(80)
    min_vix: Decimal | None = strategy.vix(18, "Only above.", SOURCE)
    max_vix: Decimal | None = strategy.vix(35, "Only below.", SOURCE)
    naked_profit_fraction: Decimal = fraction("0.90", "The far puts are closed at this share of their credit.", SOURCE)
    naked_stop_multiple: Decimal = strategy.multiple("2.0", "They are closed at a loss of so many of it.", SOURCE)
    exit_days_to_expiry: int = strategy.days(21, "They are closed when no more days are left.", "method 1.8")
    spread_profit_multiple: Decimal = strategy.multiple(
        "1.0",
        "The spread is closed at this gain.",
        "method 1.6 (50 % of the width, for which it costs half)",
        unit="times debit",
    )
    buying_power_fractions: tuple[Decimal, ...] = strategy.buying_power(SOURCE, "0", "0", "0", "0.05", "0.05")
    max_positions: tuple[int, ...] = strategy.positions(SOURCE, 0, 0, 0, 1, 2)

    def __post_init__(self) -> None:
        """Check ranges, tables, and the order of times, days and deltas."""
        Section.__post_init__(self)
        by_phase(self, "buying_power_fractions", "max_positions")
        strategy.in_trading_hours(self)
        in_order(self, "min_days_to_expiry", "days_to_expiry", "max_days_to_expiry")
        in_order(self, "min_naked_delta", "naked_delta", "max_naked_delta")

"""Settings of the ratio spread. Defaults are the method's (method 1.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from tomking.errors import SettingsError
from tomking.settings import strategy
from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase
from tomking.settings.strategy import WEEKDAYS, delta, fraction, in_order

SOURCE = "method 1.7"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioSpreadSettings(Section):
    """One put bought, two sold further down, 45 days out."""

    enabled: bool = strategy.enabled("off until asked for: begin with one strategy")
    products: tuple[str, ...] = strategy.products("Underlyings.", SOURCE, "SPY", "IWM", "TLT")
    first_phases: tuple[tuple[str, int], ...] = strategy.first_phases("method 2.2", SPY=2, IWM=2, TLT=2, XSP=2, SPX=3)
    weekday: str = parameter("tuesday", unit="weekday", choices=WEEKDAYS, about="Entry day.", source=SOURCE)
    entry_from: time = strategy.moment(time(10), "First moment of the entry window.", "own")
    entry_until: time = strategy.moment(time(11), "Last moment of the entry window.", "own")
    days_to_expiry: int = strategy.days(45, "Wanted days to expiry.", SOURCE, low=1)
    min_days_to_expiry: int = strategy.days(38, "Fewest.", "own", low=1)
    max_days_to_expiry: int = strategy.days(52, "Most.", "own", low=1)
    long_delta: float = delta(0.25, "Wanted delta of the long put.", SOURCE)
    min_long_delta: float = delta(0.21, "Smallest acceptable.", "own")
    max_long_delta: float = delta(0.29, "Largest acceptable.", "own")
    short_delta: float = delta(0.16, "Wanted delta of the short puts.", SOURCE)
    min_short_delta: float = delta(0.12, "Smallest acceptable.", "own")
    max_short_delta: float = delta(0.20, "Largest acceptable.", "own")
    max_leg_spread_fraction: Decimal | None = strategy.leg_spread()
    strikes: int = strategy.strikes(60)
    min_vix: Decimal | None = strategy.vix(None, "Only above.", "method 1.7 (JS: 20)")
    max_vix: Decimal | None = strategy.vix(40, "Only below.", "own")
    min_credit: Decimal = strategy.money(
        50, "Least credit a package; the manual's 200 to 250 belong to 2024's prices.", "own"
    )
    profit_target_fraction: Decimal = fraction("0.50", "Closed at this share of the credit.", SOURCE)
    stop_multiple: Decimal = strategy.multiple("2.0", "Closed at a loss of so many credits.", "method 1.8")
    exit_days_to_expiry: int = strategy.days(21, "Closed when no more days are left.", "method 1.8")
    close_tested_delta: float = delta(0.30, "The uncovered put is bought back at this delta.", SOURCE)
    close_all_delta: float = delta(0.40, "Everything is closed at this delta of a short put.", SOURCE)
    buying_power_fractions: tuple[Decimal, ...] = strategy.buying_power("method 2.4", "0", "0", "0.02", "0.02", "0.02")
    max_positions: tuple[int, ...] = strategy.positions("method 2.3", 0, 0, 2, 4, 5)

    def __post_init__(self) -> None:
        """Check ranges, tables, and the order of times, days and deltas."""
        Section.__post_init__(self)
        by_phase(self, "buying_power_fractions", "max_positions")
        strategy.in_trading_hours(self)
        in_order(self, "min_days_to_expiry", "days_to_expiry", "max_days_to_expiry")
        in_order(self, "min_long_delta", "long_delta", "max_long_delta")
        in_order(self, "min_short_delta", "short_delta", "max_short_delta")
        in_order(self, "close_tested_delta", "close_all_delta")
        if self.max_short_delta >= self.min_long_delta:
            raise SettingsError("max_short_delta must be below min_long_delta: the short puts lie further out")

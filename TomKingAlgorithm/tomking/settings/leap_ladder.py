"""Settings of the LEAP put ladder. Defaults are the method's "use" column (method 1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from tomking.settings import strategy
from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase
from tomking.settings.strategy import WEEKDAYS, delta, fraction, in_order

SOURCE = "method 1.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeapLadderSettings(Section):
    """A ladder of one-year puts: bought as protection a rung a month, or sold for income a rung a week."""

    enabled: bool = strategy.enabled("off until asked for: begin with one strategy")
    mode: str = parameter(
        "protective",
        unit="mode",
        choices=("protective", "income"),
        about="protective: long puts, an insurance that costs; income: short puts.",
        source="method 1.5 (seed: protective)",
    )
    products: tuple[str, ...] = strategy.products("Underlyings.", SOURCE, "SPY")
    first_phases: tuple[tuple[str, int], ...] = strategy.first_phases(SOURCE, SPY=2, XSP=2, SPX=3)
    weekday: str = parameter("monday", unit="weekday", choices=WEEKDAYS, about="Entry day.", source=SOURCE)
    entry_from: time = strategy.moment(time(9, 45), "First moment of the entry window.", SOURCE)
    entry_until: time = strategy.moment(time(10, 30), "Last moment of the entry window.", "own")
    days_to_expiry: int = strategy.days(365, "Wanted days to expiry.", SOURCE, low=1)
    min_days_to_expiry: int = strategy.days(300, "Fewest.", SOURCE, low=1)
    max_days_to_expiry: int = strategy.days(450, "Most.", SOURCE, low=1)
    rungs: tuple[Decimal, ...] = parameter(
        tuple(Decimal(text) for text in ("0.05", "0.10", "0.15", "0.20")),
        unit="fraction",
        low=Decimal(0),
        high=Decimal("0.6"),
        about="protective: how far out of the money each rung is; one a month in turn.",
        source=SOURCE,
    )
    rung_tolerance: Decimal = fraction("0.015", "Most a listed strike may miss a rung, of the price.", "own")
    income_deltas: tuple[float, ...] = parameter(
        (0.12, 0.13, 0.14, 0.12),
        unit="delta without sign",
        low=0.001,
        high=0.999,
        about="income: wanted deltas, by week of the month in turn.",
        source=SOURCE,
    )
    income_delta_tolerance: float = delta(0.02, "income: most a delta may be off.", "own")
    roll_days: int = strategy.days(90, "protective: a rung is renewed when no more days are left.", SOURCE)
    income_roll_days: int = strategy.days(150, "income: the same.", SOURCE)
    income_profit_fraction: Decimal = fraction("0.30", "income: closed at this share of the credit.", SOURCE)
    income_min_vix: Decimal | None = strategy.vix(15, "income: only above.", SOURCE)
    max_vix: Decimal | None = strategy.vix(40, "protective: only below.", SOURCE)
    income_min_credit: Decimal = strategy.money(50, "income: least credit a put.", "own")
    max_leg_spread_fraction: Decimal | None = strategy.leg_spread()
    strikes: int = strategy.strikes(150)
    buying_power_fractions: tuple[Decimal, ...] = strategy.buying_power(
        "method 2.4 (1-2.5 % a rung)", "0", "0", "0.02", "0.02", "0.02"
    )
    max_positions: tuple[int, ...] = strategy.positions("method 1.5: 4 rungs", 0, 0, 4, 4, 4)
    income_max_positions: tuple[int, ...] = strategy.positions("method 2.3", 0, 0, 4, 6, 10)
    total_fraction: Decimal = fraction("0.10", "protective: buying power of all rungs together.", SOURCE)
    income_total_fraction: Decimal = fraction("0.20", "income: the same.", "method 1.5 (RAW)")

    def __post_init__(self) -> None:
        """Check ranges, tables, and the order of times and days."""
        Section.__post_init__(self)
        by_phase(self, "buying_power_fractions", "max_positions", "income_max_positions")
        strategy.in_trading_hours(self)
        in_order(self, "min_days_to_expiry", "days_to_expiry", "max_days_to_expiry")

"""Settings of LT112. Defaults are the method's "use" column (method 1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from tomking.errors import SettingsError
from tomking.settings import strategy
from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase
from tomking.settings.strategy import WEEKDAYS, delta, fraction, in_order

SOURCE = "method 1.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lt112Settings(Section):
    """Long-term 1-1-2: a put debit spread paid for by two naked puts, 120 days out; or a plain put spread."""

    enabled: bool = strategy.enabled("off until asked for: begin with one strategy")
    products: tuple[str, ...] = strategy.products(
        "Underlyings; small ones first: SPX and ES need an account several times as big.", SOURCE, "XSP"
    )
    first_phases: tuple[tuple[str, int], ...] = strategy.first_phases("method 2.2", XSP=2, MES=2, SPY=2, ES=3, SPX=3)
    structure: str = parameter(
        "1-1-2",
        unit="structure",
        choices=("1-1-2", "put_spread", "calendarised"),
        about="put_spread: the origin's later reading, a short put spread whose short strike is chosen by delta; "
        "calendarised: a spread at the money five months out and two far puts of the next month, from phase 3.",
        source="method 1.2 (seeds 1 and 3)",
    )
    weekday: str = parameter("wednesday", unit="weekday", choices=WEEKDAYS, about="Entry day.", source=SOURCE)
    weeks: tuple[tuple[int, Decimal], ...] = parameter(
        ((1, Decimal(0)), (2, Decimal(75000)), (3, Decimal(100000)), (4, Decimal(150000))),
        unit="week of the month : USD from",
        low=Decimal(0),
        about="Weeks in which it is entered, each from an equity on: stacking.",
        source=SOURCE,
    )
    entry_from: time = strategy.moment(time(10), "First moment of the entry window.", SOURCE)
    entry_until: time = strategy.moment(time(10, 30), "Last moment of the entry window.", "own (RAW: 10:10)")
    days_to_expiry: int = strategy.days(120, "Wanted days to expiry; 112 for put_spread.", SOURCE, low=1)
    min_days_to_expiry: int = strategy.days(105, "Fewest.", SOURCE, low=1)
    max_days_to_expiry: int = strategy.days(135, "Most.", SOURCE, low=1)
    long_delta: float = delta(0.25, "Wanted delta of the long put.", SOURCE)
    min_long_delta: float = delta(0.20, "Smallest acceptable.", "method 1.2 (22-25)")
    max_long_delta: float = delta(0.30, "Largest acceptable.", "own")
    spread_width_fraction: Decimal = fraction(
        "0.01", "Width of the put debit spread as a share of the price: 50 points at 5,000.", SOURCE
    )
    max_spread_debit_fraction: Decimal = fraction(
        "0.24", "Most the debit spread may cost, as a share of its width: 12 of 50 points.", SOURCE
    )
    naked_delta: float = delta(0.05, "Wanted delta of the two naked puts.", SOURCE)
    min_naked_delta: float = delta(0.03, "Smallest acceptable.", "own")
    max_naked_delta: float = delta(0.07, "Largest acceptable.", "own")
    put_spread_delta: float = delta(0.25, "put_spread: wanted delta of the short put.", SOURCE)
    put_spread_width_fraction: Decimal = fraction("0.01", "put_spread: width as a share of the price.", SOURCE)
    calendar_days: int = strategy.days(150, "calendarised: wanted days to expiry of the spread.", SOURCE, low=1)
    min_calendar_days: int = strategy.days(130, "Fewest.", "own", low=1)
    max_calendar_days: int = strategy.days(170, "Most.", "own", low=1)
    calendar_naked_days: int = strategy.days(30, "calendarised: wanted days to expiry of the puts.", SOURCE, low=1)
    min_calendar_naked_days: int = strategy.days(24, "Fewest.", "own", low=1)
    max_calendar_naked_days: int = strategy.days(40, "Most.", "own", low=1)
    calendar_width_fraction: Decimal = fraction(
        "0.0173", "calendarised: width of the spread as a share of the price: 100 points at 5,780.", SOURCE
    )
    calendar_strike_tolerance: Decimal = fraction(
        "0.005", "How far its long strike may be off the price, as a share of it.", "own"
    )
    max_leg_spread_fraction: Decimal | None = strategy.leg_spread()
    strikes: int = strategy.strikes(150)
    min_vix: Decimal | None = strategy.vix(12, "Only above.", SOURCE)
    max_vix: Decimal | None = strategy.vix(35, "Only below.", SOURCE)
    min_credit_fraction: Decimal = fraction("0.25", "Least credit as a share of the spread's width.", "seed", high="5")
    min_credit: Decimal = strategy.money(100, "Least credit a package.", "seed")
    naked_profit_fraction: Decimal = fraction(
        "0.90", "The naked puts are closed at this share of their credit.", SOURCE
    )
    naked_stop_multiple: Decimal = strategy.multiple("2.0", "They are closed at a loss of so many of it.", SOURCE)
    stop_equity_fraction: Decimal = fraction("0.02", "Or at a loss of this share of the equity.", SOURCE)
    exit_days_to_expiry: int = strategy.days(21, "They are closed when no more days are left.", "method 1.8")
    spread_profit_fraction: Decimal = fraction("0.50", "put_spread: closed at this share of the credit.", SOURCE)
    watch_fraction: Decimal = fraction(
        "0.0167", "Distance of the price from the naked puts shown as WATCH: 75 points at 4,500.", SOURCE
    )
    prepare_fraction: Decimal = fraction("0.0111", "Shown as PREPARE: 50 points at 4,500.", SOURCE)
    close_fraction: Decimal = fraction("0.0056", "Everything is closed: 25 points at 4,500.", SOURCE)
    monetise: bool = parameter(
        False,
        unit="true or false",
        about="Sell a weekly put against the long put, just above it, again and again.",
        source="method 1.2: optional, phase 3 and later",
    )
    monetise_days: int = strategy.days(7, "Days to expiry of the weekly put.", SOURCE, low=1)
    monetise_after_days: int = strategy.days(30, "Not in the first days of a position.", SOURCE)
    monetise_min_credit: Decimal = strategy.money(50, "Least credit of a weekly put.", SOURCE)
    buying_power_fractions: tuple[Decimal, ...] = strategy.buying_power(
        "seed (6, 8 %), method 2.4", "0", "0", "0.06", "0.08", "0.10"
    )
    max_positions: tuple[int, ...] = strategy.positions("method 2.3", 0, 0, 1, 2, 3)

    def __post_init__(self) -> None:
        """Check ranges, tables, and the order of times, days, deltas and distances."""
        Section.__post_init__(self)
        by_phase(self, "buying_power_fractions", "max_positions")
        strategy.in_trading_hours(self)
        in_order(self, "min_days_to_expiry", "days_to_expiry", "max_days_to_expiry")
        in_order(self, "min_calendar_days", "calendar_days", "max_calendar_days")
        in_order(self, "min_calendar_naked_days", "calendar_naked_days", "max_calendar_naked_days")
        in_order(self, "min_long_delta", "long_delta", "max_long_delta")
        in_order(self, "min_naked_delta", "naked_delta", "max_naked_delta")
        in_order(self, "close_fraction", "prepare_fraction", "watch_fraction")
        if self.max_naked_delta >= self.min_long_delta:
            raise SettingsError("max_naked_delta must be below min_long_delta: the naked puts lie further out")

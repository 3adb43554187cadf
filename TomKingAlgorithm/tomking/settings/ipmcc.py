"""Settings of IPMCC. Defaults are the method's "use" column (method 1.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from tomking.settings import strategy
from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase
from tomking.settings.strategy import WEEKDAYS, delta, fraction, in_order

SOURCE = "method 1.4"


@dataclass(frozen=True, slots=True, kw_only=True)
class IpmccSettings(Section):
    """Income poor man's covered call: a deep call a year out, a weekly call sold against it every Friday."""

    enabled: bool = strategy.enabled("off until asked for: begin with one strategy")
    products: tuple[str, ...] = strategy.products("Underlyings.", SOURCE, "QQQ", "SPY", "IWM")
    first_phases: tuple[tuple[str, int], ...] = strategy.first_phases(
        "method 2.2",
        QQQ=1,
        SPY=1,
        IWM=1,
        IBIT=1,
        TQQQ=1,
        TNA=1,
        NVDA=2,
        GOOGL=2,
        AAPL=2,
        MSFT=2,
        AMZN=2,
        MSTR=3,
        TSLA=3,
        HOOD=3,
        SOFI=3,
        PLTR=3,
    )
    weekday: str = parameter(
        "friday", unit="weekday", choices=WEEKDAYS, about="Day of entry and of sale.", source=SOURCE
    )
    entry_from: time = strategy.moment(time(9, 45), "First moment of the window.", "method 1.4 (options open at 9:30)")
    entry_until: time = strategy.moment(time(10, 30), "Last moment of the window.", "own")
    long_days: int = strategy.days(365, "Wanted days to expiry of the long call.", SOURCE, low=1)
    min_long_days: int = strategy.days(280, "Fewest.", SOURCE, low=1)
    max_long_days: int = strategy.days(730, "Most.", SOURCE, low=1)
    long_delta: float = delta(0.80, "Wanted delta of the long call.", SOURCE)
    min_long_delta: float = delta(0.75, "Smallest acceptable.", "method 1.4 (70-90)")
    max_long_delta: float = delta(0.90, "Largest acceptable.", "method 1.4 (70-90)")
    max_extrinsic_fraction: Decimal = fraction(
        "0.05", "Most extrinsic value of the long call as a share of its strike, beside financing.", SOURCE
    )
    roll_days: int = strategy.days(90, "The long call is renewed when no more days are left.", SOURCE)
    short_days: int = strategy.days(7, "Wanted days to expiry of the weekly call.", SOURCE, low=1)
    min_short_days: int = strategy.days(4, "Fewest; holidays shorten a week.", "own", low=1)
    max_short_days: int = strategy.days(10, "Most.", "own", low=1)
    fast_sessions: int = parameter(
        8, unit="sessions", low=2, high=100, about="Fast exponential average of the closes.", source=SOURCE
    )
    slow_sessions: int = parameter(21, unit="sessions", low=3, high=300, about="Slow one.", source=SOURCE)
    flat_fraction: Decimal = fraction("0.001", "Averages closer than this are flat.", "own")
    far_fraction: Decimal = fraction("0.02", "A price further above the fast average is far above.", SOURCE)
    above_shift: Decimal = strategy.shift(
        "0.005", "Strike of the weekly call over the price when the fast average leads.", SOURCE
    )
    flat_shift: Decimal = strategy.shift("0", "When the averages are flat: at the money.", SOURCE)
    below_shift: Decimal = strategy.shift("-0.005", "When the slow one leads: one or two strikes in the money.", SOURCE)
    far_shift: Decimal = strategy.shift(
        "-0.010", "When the price is far above: two or three strikes in the money.", SOURCE
    )
    strike_tolerance: Decimal = fraction("0.006", "Most a listed strike may miss the wanted one, of the price.", "own")
    deeper_at: Decimal = fraction("0.10", "Loss of the long call from which weekly calls are sold deeper.", SOURCE)
    deeper_shift: Decimal = strategy.shift("-0.005", "How much deeper.", SOURCE)
    reduce_at: Decimal = fraction("0.15", "Loss of the long call from which half of the position goes.", SOURCE)
    stop_at: Decimal = fraction("0.30", "Loss of the long call from which all of it goes.", SOURCE)
    extrinsic_target_fraction: Decimal = fraction(
        "0.90", "The weekly call is bought back when this share of its extrinsic value is gone.", SOURCE
    )
    max_leg_spread_fraction: Decimal | None = strategy.leg_spread()
    strikes: int = strategy.strikes(120)
    min_credit_fraction: Decimal = fraction(
        "0.02", "Least time value of a weekly call as a share of the long call's cost.", "seed"
    )
    min_credit: Decimal = strategy.money(20, "Least time value of a weekly call.", "seed")
    buying_power_fractions: tuple[Decimal, ...] = strategy.buying_power(
        "method 2.4", "0", "0.08", "0.10", "0.12", "0.15"
    )
    max_positions: tuple[int, ...] = strategy.positions("method 2.3", 0, 1, 2, 3, 4)
    max_loss_fraction: Decimal = fraction(
        "0.15",
        "Replaces the account's limit of the greatest loss: the long call costs more than 5 % of most accounts.",
        "own, after method 1.4 and 2.4",
    )
    trade_risk_fraction: Decimal = fraction(
        "0.045",
        "Replaces the account's limit of the loss at the stop: 30 % of a long call of 15 %.",
        "own, after method 1.4 and 2.4",
    )

    def __post_init__(self) -> None:
        """Check ranges, tables, and the order of times, days, deltas and losses."""
        Section.__post_init__(self)
        by_phase(self, "buying_power_fractions", "max_positions")
        strategy.in_trading_hours(self)
        in_order(self, "min_long_days", "long_days", "max_long_days")
        in_order(self, "min_short_days", "short_days", "max_short_days")
        in_order(self, "min_long_delta", "long_delta", "max_long_delta")
        in_order(self, "fast_sessions", "slow_sessions")
        in_order(self, "deeper_at", "reduce_at", "stop_at")

"""Settings of what stops trading after losses, and of how it begins again."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tomking.errors import SettingsError
from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase
from tomking.settings.strategy import fraction

SOURCE = "method 2.8"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerSettings(Section):
    """Streaks of losses, losses of a day, a week and a month, sudden falls, and the way back after a drawdown."""

    losses_in_a_row: tuple[int, ...] = parameter(
        (2, 2, 3, 3, 3),
        unit="losses",
        low=1,
        high=50,
        about="Losses in a row that pause a strategy, by phase from 0.",
        source=SOURCE,
    )
    loss_rate_trades: int = parameter(
        10, unit="trades", low=3, high=200, about="Latest trades of a strategy the loss rate is told by.", source="own"
    )
    loss_rate_fraction: Decimal = fraction("0.50", "Share of them that may lose; more pause the strategy.", SOURCE)
    pause_days: int = parameter(
        14, unit="calendar days", low=1, high=365, about="A pause, from the last loss on.", source="own"
    )
    intraday_loss_fraction: Decimal = fraction(
        "0.03", "Fall from the day's high that stops new trades for the day.", SOURCE
    )
    day_loss_fraction: Decimal = fraction("0.05", "Loss of a day that stops new trades for the day.", SOURCE)
    week_loss_fraction: Decimal = fraction("0.10", "Loss of a week that stops new trades for the week.", SOURCE)
    month_loss_fraction: Decimal = fraction("0.15", "Loss of a month that stops new trades for the month.", SOURCE)
    warn_share: Decimal = fraction(
        "0.80", "Share of any limit of a period from which new positions are half as big.", "method 2.8 (METH)"
    )
    flatten_multiple: Decimal | None = parameter(
        Decimal("1.5"),
        unit="times the limit",
        low=Decimal(1),
        high=Decimal(10),
        about="Loss of a period, in its limits, at which everything is closed and a person must resume; none: never.",
        source="method 2.8 (METH)",
    )
    sudden_fraction: tuple[Decimal, ...] = parameter(
        tuple(Decimal(text) for text in ("0.02", "0.02", "0.03", "0.03", "0.03")),
        unit="fraction",
        low=Decimal("0.001"),
        high=Decimal(1),
        about="Fall within `sudden_minutes` that stops new trades, by phase from 0.",
        source=SOURCE,
    )
    sudden_minutes: int = parameter(
        5, unit="minutes", low=1, high=120, about="The time of a sudden fall.", source=SOURCE
    )
    sudden_pause_minutes: int = parameter(
        60, unit="minutes", low=1, high=1440, about="How long a sudden fall stops new trades.", source=SOURCE
    )
    correlation_limit: Decimal | None = parameter(
        Decimal("0.90"),
        unit="correlation",
        low=Decimal("0.1"),
        high=Decimal(1),
        about="Average correlation of the markets held above which no equity position opens; none: not asked.",
        source=SOURCE,
    )
    correlation_release: Decimal = parameter(
        Decimal("0.70"),
        unit="correlation",
        low=Decimal(-1),
        high=Decimal(1),
        about="Average correlation they must have fallen below before equity positions open again.",
        source=SOURCE,
    )
    recovery_hours: int = parameter(
        24, unit="hours", low=1, high=2000, about="Least time before trading resumes after a stop.", source=SOURCE
    )
    recovery_fraction: Decimal = fraction("0.02", "Rise from the lowest equity since, before it resumes.", SOURCE)
    recovery_vix: Decimal = parameter(
        Decimal(25),
        unit="VIX",
        low=Decimal(5),
        high=Decimal(100),
        about="VIX below which it resumes.",
        source=SOURCE,
    )
    break_days: int = parameter(
        14,
        unit="calendar days",
        low=1,
        high=365,
        about="After so long it resumes without the rise: an empty book cannot recover by itself.",
        source="method 2.8 (RAW: 2 weeks)",
    )

    def __post_init__(self) -> None:
        """Check ranges and the number of phases."""
        Section.__post_init__(self)
        by_phase(self, "losses_in_a_row", "sudden_fraction")
        if self.correlation_limit is not None and self.correlation_release > self.correlation_limit:
            limit, release = self.correlation_limit, self.correlation_release
            raise SettingsError(f"correlation_release = {release} is above correlation_limit = {limit}")

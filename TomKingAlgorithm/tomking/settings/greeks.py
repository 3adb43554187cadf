"""Settings of the book's Greeks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tomking.settings.parameter import Section, parameter
from tomking.settings.risk import by_phase


def _limit(unit: str, about: str, *values: int) -> tuple[Decimal, ...]:
    return parameter(
        tuple(Decimal(value) for value in values), unit=unit, low=Decimal(0), about=about, source="method 2.7"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GreekSettings(Section):
    """Limits of the whole book's Greeks, a value a phase, phase 0 first."""

    mode: str = parameter(
        "warn",
        unit="mode",
        choices=("off", "warn", "block"),
        about="What a limit does: nothing, a note to the operator, or a denial.",
        source="method 2.7: warnings first, blocks later",
    )
    delta: tuple[Decimal, ...] = _limit("SPY shares", "Beta-weighted delta, either way.", 50, 50, 75, 100, 150)
    gamma: tuple[Decimal, ...] = _limit("SPY shares a point", "Beta-weighted gamma, either way.", 10, 10, 15, 20, 30)
    short_vega: tuple[Decimal, ...] = _limit(
        "USD a volatility point", "Loss when every volatility rises by a point.", 500, 500, 800, 1100, 1500
    )
    theta: tuple[Decimal, ...] = _limit("USD a day", "Gain of a day without a move.", 100, 200, 300, 400, 500)
    betas: tuple[tuple[str, Decimal], ...] = parameter(
        tuple(
            (root, Decimal(beta))
            for root, beta in (
                ("QQQ", "1.15"),
                ("NQ", "1.15"),
                ("MNQ", "1.15"),
                ("IWM", "1.15"),
                ("RTY", "1.15"),
                ("M2K", "1.15"),
                ("GLD", "0.05"),
                ("GC", "0.05"),
                ("MGC", "0.05"),
                ("SLV", "0.3"),
                ("SI", "0.3"),
                ("TLT", "-0.2"),
                ("ZB", "-0.2"),
                ("ZN", "-0.1"),
                ("CL", "0.4"),
                ("MCL", "0.4"),
                ("XLE", "0.9"),
                ("XOP", "1.1"),
                ("6E", "0.1"),
                ("M6E", "0.1"),
                ("6A", "0.4"),
                ("M6A", "0.4"),
                ("LE", "0.1"),
            )
        ),
        unit="root : beta",
        low=Decimal(-5),
        high=Decimal(5),
        about="Betas to the S&P 500; 1 for what is not listed.",
        source="own: rounded long-run values",
    )

    def __post_init__(self) -> None:
        """Check ranges and the number of phases."""
        Section.__post_init__(self)
        by_phase(self, "delta", "gamma", "short_vega", "theta")

"""LT112, the long-term 1-1-2: a put debit spread, and two far puts that pay for it (method 1.2).

The naked puts are a trade of their own: out at 90 % of their credit, at their stop, or 21 days before expiry; the
spread is left behind as a hedge that costs nothing more.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.market.contract import Right
from tomking.market.universe import PRODUCTS
from tomking.positions.position import MultiLegPosition
from tomking.settings.desk import DeskSettings, ExecutionSettings
from tomking.settings.lt112 import Lt112Settings
from tomking.settings.risk import PHASES
from tomking.settings.strategy import WEEKDAYS
from tomking.strategies.parts import part_of
from tomking.strategies.rolling_rules import Overwrite, RollRule
from tomking.strategies.spec import (
    HARD_EXIT,
    HARD_EXIT_MINUTES,
    TIME_EXIT,
    Conditions,
    ExitRules,
    Part,
    PartExit,
    QuoteRules,
    Recurrence,
    Schedule,
    SizingRules,
    StrategySpec,
    VixBand,
)
from tomking.strategies.structure import Structure
from tomking.strategies.target import (
    Always,
    ByDelta,
    ByDistance,
    ByWidthFraction,
    CreditBasis,
    CreditGate,
    ExpiryWindow,
    LegTarget,
    Measure,
    Template,
)

NAME: Final = "lt112"

CALENDARISED: Final = "calendarised"
"""The structure whose far puts expire before its spread."""

CALENDARISED_PHASE: Final = 3
"""First phase that trades it (method 1.0)."""

MONETISED_PHASE: Final = 3
"""First phase that sells puts against the spread (method 1.2)."""

MONDAY: Final = 0


def specs(settings: Lt112Settings, desk: DeskSettings, execution: ExecutionSettings) -> tuple[StrategySpec, ...]:
    """One specification a product."""
    return tuple(_spec(root, settings, desk, execution) for root in settings.products)


def _spec(root: str, settings: Lt112Settings, desk: DeskSettings, execution: ExecutionSettings) -> StrategySpec:
    return StrategySpec(
        name=NAME,
        is_enabled=settings.enabled,
        product=PRODUCTS[root],
        choice=Always(template(settings)),
        schedule=Schedule(
            recurrence=Recurrence.MONTHLY,
            weekday=WEEKDAYS.index(settings.weekday),
            weeks=settings.weeks,
            earliest=settings.entry_from,
            latest=settings.entry_until,
            attempts=desk.entry_attempts,
        ),
        expiry=_expiry(settings),
        conditions=Conditions(vix=VixBand(settings.min_vix, settings.max_vix), is_unique_expiry=True),
        exits=exits(settings),
        rolls=rolls(settings),
        sizing=SizingRules(
            buying_power_fractions=settings.buying_power_fractions, max_positions=settings.max_positions
        ),
        quotes=QuoteRules(execution.max_quote_age_seconds, settings.max_leg_spread_fraction),
        first_phase=_first_phase(root, settings),
        is_short_volatility=True,
        strikes=settings.strikes,
    )


def template(settings: Lt112Settings) -> Template:
    """The 1-1-2, in one expiry or in two, or the plain put spread of the preset."""
    gate = CreditGate(CreditBasis.WIDTH, settings.min_credit_fraction, settings.min_credit)
    legs: tuple[LegTarget, ...]
    if settings.structure == "put_spread":
        short = ByDelta(settings.put_spread_delta, settings.min_long_delta, settings.max_long_delta)
        legs = (
            LegTarget(Right.PUT, -1, short),
            LegTarget(Right.PUT, 1, ByWidthFraction(settings.put_spread_width_fraction)),
        )
        return Template(Structure.PUT_SPREAD, legs, gate)
    long = ByDelta(settings.long_delta, settings.min_long_delta, settings.max_long_delta)
    naked = ByDelta(settings.naked_delta, settings.min_naked_delta, settings.max_naked_delta)
    if settings.structure == CALENDARISED:
        at_the_money = ByDistance(Measure.PRICE, Decimal(0), settings.calendar_strike_tolerance)
        legs = (
            LegTarget(Right.PUT, 1, at_the_money),
            LegTarget(Right.PUT, -1, ByWidthFraction(settings.calendar_width_fraction)),
            LegTarget(Right.PUT, -2, naked, _naked_expiry(settings)),
        )
        # even money is enough: the far puts must pay for the spread
        return Template(Structure.LT112, legs, CreditGate(CreditBasis.WIDTH, Decimal(0), Decimal(0)))
    legs = (
        LegTarget(Right.PUT, 1, long),
        LegTarget(Right.PUT, -1, ByWidthFraction(settings.spread_width_fraction)),
        LegTarget(Right.PUT, -2, naked),
    )
    return Template(Structure.LT112, legs, gate, spread_debit_fraction=settings.max_spread_debit_fraction)


def exits(settings: Lt112Settings) -> tuple[PartExit, ...]:
    """The naked puts for themselves; their distance ends everything; the spread runs to its expiry day.

    A weekly put sold against the spread goes when its strike is reached, or on its last afternoon.
    """
    if settings.structure == "put_spread":
        rules = ExitRules(
            profit_fraction=settings.spread_profit_fraction,
            stop_multiple=settings.naked_stop_multiple,
            stop_equity_fraction=settings.stop_equity_fraction,
            days_to_expiry=settings.exit_days_to_expiry,
        )
        return (PartExit(Part.WHOLE, rules),)
    naked = ExitRules(
        profit_fraction=settings.naked_profit_fraction,
        stop_multiple=settings.naked_stop_multiple,
        stop_equity_fraction=settings.stop_equity_fraction,
        days_to_expiry=settings.exit_days_to_expiry,
    )
    far = naked_part(settings)
    of_the_far_puts = (
        PartExit(far, naked),
        PartExit(far, ExitRules(distance_fraction=settings.close_fraction), closes=Part.WHOLE),
    )
    spread = PartExit(Part.COVERED, ExitRules(days_to_expiry=0))
    if settings.structure == CALENDARISED:
        return (*of_the_far_puts, spread)
    return (
        *of_the_far_puts,
        PartExit(
            Part.FRONT,
            ExitRules(
                profit_fraction=settings.naked_profit_fraction,
                distance_fraction=Decimal(0),
                time_at=TIME_EXIT,
                hard_at=HARD_EXIT,
                hard_before_close_minutes=HARD_EXIT_MINUTES,
            ),
        ),
        spread,
    )


def naked_part(settings: Lt112Settings) -> Part:
    """Which part the two far puts are: with an expiry of their own they are the front of the position."""
    return Part.FRONT if settings.structure == CALENDARISED else Part.NAKED


def rolls(settings: Lt112Settings) -> tuple[RollRule, ...]:
    """Hedge monetisation, where it is wanted: a weekly put just above the long one, which covers it."""
    if not settings.monetise or settings.structure != "1-1-2":
        return ()
    days = settings.monetise_days
    return (
        Overwrite(
            right=Right.PUT,
            expiry=ExpiryWindow(days, max(1, days - 3), days + 3),
            trend=None,
            strikes={},
            deeper=(),
            weekday=MONDAY,
            earliest=settings.entry_from,
            latest=settings.entry_until,
            first_day=settings.monetise_after_days,
            cost_fraction=None,
            amount=settings.monetise_min_credit,
            first_phase=MONETISED_PHASE,
        ),
    )


def defence_level(position: MultiLegPosition, spot: Decimal | None, settings: Lt112Settings) -> str:
    """How near the price is to the naked puts: safe, watch, prepare or close; empty when there are none."""
    strikes = [contract.strike for contract in part_of(position, naked_part(settings)) if contract.strike is not None]
    if not strikes or not spot:
        return ""
    away = (spot - max(strikes)) / spot
    levels = (
        ("close", settings.close_fraction),
        ("prepare", settings.prepare_fraction),
        ("watch", settings.watch_fraction),
    )
    return next((name for name, limit in levels if away <= limit), "safe")


def _expiry(settings: Lt112Settings) -> ExpiryWindow:
    if settings.structure == CALENDARISED:
        return ExpiryWindow(settings.calendar_days, settings.min_calendar_days, settings.max_calendar_days)
    return ExpiryWindow(settings.days_to_expiry, settings.min_days_to_expiry, settings.max_days_to_expiry)


def _naked_expiry(settings: Lt112Settings) -> ExpiryWindow:
    return ExpiryWindow(
        settings.calendar_naked_days, settings.min_calendar_naked_days, settings.max_calendar_naked_days
    )


def _first_phase(root: str, settings: Lt112Settings) -> int:
    listed = dict(settings.first_phases).get(root, PHASES)
    return max(listed, CALENDARISED_PHASE) if settings.structure == CALENDARISED else listed

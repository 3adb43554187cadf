"""BEAR_TRAP, experimental: an at-the-money put debit spread that two or three far puts pay for (method 1.6).

What is told of it is its name, its days, its VIX range and its caps; the legs are an inference.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.market.contract import Right
from tomking.market.universe import PRODUCTS
from tomking.settings.bear_trap import BearTrapSettings
from tomking.settings.desk import DeskSettings, ExecutionSettings
from tomking.settings.risk import PHASES
from tomking.settings.strategy import WEEKDAYS
from tomking.strategies.spec import (
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

NAME: Final = "bear_trap"


def specs(settings: BearTrapSettings, desk: DeskSettings, execution: ExecutionSettings) -> tuple[StrategySpec, ...]:
    """One specification a product."""
    return tuple(_spec(root, settings, desk, execution) for root in settings.products)


def _spec(root: str, settings: BearTrapSettings, desk: DeskSettings, execution: ExecutionSettings) -> StrategySpec:
    naked = ByDelta(settings.naked_delta, settings.min_naked_delta, settings.max_naked_delta)
    legs = (
        LegTarget(Right.PUT, 1, ByDistance(Measure.PRICE, Decimal(0), settings.strike_tolerance)),
        LegTarget(Right.PUT, -1, ByWidthFraction(settings.spread_width_fraction)),
        LegTarget(Right.PUT, -settings.naked_puts, naked),
    )
    # even money is enough: the far puts must pay for the spread
    gate = CreditGate(CreditBasis.WIDTH, Decimal(0), Decimal(0))
    return StrategySpec(
        name=NAME,
        is_enabled=settings.enabled,
        product=PRODUCTS[root],
        choice=Always(Template(Structure.BEAR_TRAP, legs, gate)),
        schedule=Schedule(
            recurrence=Recurrence.WEEKLY,
            weekday=WEEKDAYS.index(settings.weekday),
            earliest=settings.entry_from,
            latest=settings.entry_until,
            attempts=desk.entry_attempts,
        ),
        expiry=ExpiryWindow(settings.days_to_expiry, settings.min_days_to_expiry, settings.max_days_to_expiry),
        conditions=Conditions(vix=VixBand(settings.min_vix, settings.max_vix), is_unique_expiry=True),
        exits=exits(settings),
        sizing=SizingRules(
            buying_power_fractions=settings.buying_power_fractions, max_positions=settings.max_positions
        ),
        quotes=QuoteRules(execution.max_quote_age_seconds, settings.max_leg_spread_fraction),
        first_phase=dict(settings.first_phases).get(root, PHASES),
        is_short_volatility=True,
        strikes=settings.strikes,
    )


def exits(settings: BearTrapSettings) -> tuple[PartExit, ...]:
    """The far puts as LT112's; the spread when it has doubled, or on its expiry day."""
    return (
        PartExit(
            Part.NAKED,
            ExitRules(
                profit_fraction=settings.naked_profit_fraction,
                stop_multiple=settings.naked_stop_multiple,
                days_to_expiry=settings.exit_days_to_expiry,
            ),
        ),
        PartExit(Part.COVERED, ExitRules(profit_fraction=settings.spread_profit_multiple, days_to_expiry=0)),
    )

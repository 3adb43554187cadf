"""The ratio spread: one put bought, two sold further down, for a credit (method 1.7).

The method's "roll the untested side" has nothing to roll here: all legs are puts. Its other steps hold: the uncovered
put is bought back first, then everything goes.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.market.contract import Right
from tomking.market.universe import PRODUCTS
from tomking.settings.desk import DeskSettings, ExecutionSettings
from tomking.settings.ratio_spread import RatioSpreadSettings
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
    CreditBasis,
    CreditGate,
    ExpiryWindow,
    LegTarget,
    Template,
)

NAME: Final = "ratio_spread"


def specs(settings: RatioSpreadSettings, desk: DeskSettings, execution: ExecutionSettings) -> tuple[StrategySpec, ...]:
    """One specification a product."""
    return tuple(_spec(root, settings, desk, execution) for root in settings.products)


def _spec(root: str, settings: RatioSpreadSettings, desk: DeskSettings, execution: ExecutionSettings) -> StrategySpec:
    long = ByDelta(settings.long_delta, settings.min_long_delta, settings.max_long_delta)
    short = ByDelta(settings.short_delta, settings.min_short_delta, settings.max_short_delta)
    gate = CreditGate(CreditBasis.MARGIN, Decimal(0), settings.min_credit)
    legs = (LegTarget(Right.PUT, 1, long), LegTarget(Right.PUT, -2, short))
    return StrategySpec(
        name=NAME,
        is_enabled=settings.enabled,
        product=PRODUCTS[root],
        choice=Always(Template(Structure.RATIO_SPREAD, legs, gate)),
        schedule=Schedule(
            recurrence=Recurrence.WEEKLY,
            weekday=WEEKDAYS.index(settings.weekday),
            earliest=settings.entry_from,
            latest=settings.entry_until,
            attempts=desk.entry_attempts,
        ),
        expiry=ExpiryWindow(settings.days_to_expiry, settings.min_days_to_expiry, settings.max_days_to_expiry),
        conditions=Conditions(vix=VixBand(settings.min_vix, settings.max_vix)),
        exits=exits(settings),
        sizing=SizingRules(
            buying_power_fractions=settings.buying_power_fractions, max_positions=settings.max_positions
        ),
        quotes=QuoteRules(execution.max_quote_age_seconds, settings.max_leg_spread_fraction),
        first_phase=dict(settings.first_phases).get(root, PHASES),
        is_short_volatility=True,
        strikes=settings.strikes,
    )


def exits(settings: RatioSpreadSettings) -> tuple[PartExit, ...]:
    """All at its target, stop, 21 days, a large delta or a touch of the long strike; the uncovered put before."""
    return (
        PartExit(
            Part.WHOLE,
            ExitRules(
                profit_fraction=settings.profit_target_fraction,
                stop_multiple=settings.stop_multiple,
                days_to_expiry=settings.exit_days_to_expiry,
                delta=settings.close_all_delta,
                long_touched=True,
            ),
        ),
        PartExit(Part.NAKED, ExitRules(delta=settings.close_tested_delta)),
    )

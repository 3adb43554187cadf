"""The ladder of one-year puts (method 1.5).

Protective (the seed's): long puts at four distances, a rung a month in turn, never sold before they are renewed; what
they cost is an insurance premium. Income (the manual's): short puts at a small delta, a rung a week.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.market.contract import Right
from tomking.market.universe import PRODUCTS
from tomking.settings.desk import DeskSettings, ExecutionSettings
from tomking.settings.leap_ladder import LeapLadderSettings
from tomking.settings.risk import PHASES
from tomking.settings.strategy import WEEKDAYS
from tomking.strategies.rolling_rules import Renew
from tomking.strategies.spec import (
    HELD,
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
    ByDelta,
    ByDistance,
    CreditBasis,
    CreditGate,
    DebitGate,
    ExpiryWindow,
    LegTarget,
    Measure,
    Rotating,
    Template,
    Turn,
)

NAME: Final = "leap_ladder"


def specs(settings: LeapLadderSettings, desk: DeskSettings, execution: ExecutionSettings) -> tuple[StrategySpec, ...]:
    """One specification a product."""
    return tuple(_spec(root, settings, desk, execution) for root in settings.products)


def _spec(root: str, settings: LeapLadderSettings, desk: DeskSettings, execution: ExecutionSettings) -> StrategySpec:
    is_income = settings.mode == "income"
    weeks = () if is_income else ((1, Decimal(0)),)
    rotation = income_rungs(settings) if is_income else protective_rungs(settings)
    window = ExpiryWindow(settings.days_to_expiry, settings.min_days_to_expiry, settings.max_days_to_expiry)
    vix = VixBand(settings.income_min_vix, None) if is_income else VixBand(None, settings.max_vix)
    return StrategySpec(
        name=NAME,
        is_enabled=settings.enabled,
        product=PRODUCTS[root],
        choice=rotation,
        schedule=Schedule(
            recurrence=Recurrence.WEEKLY if is_income else Recurrence.MONTHLY,
            weekday=WEEKDAYS.index(settings.weekday),
            weeks=weeks,
            earliest=settings.entry_from,
            latest=settings.entry_until,
            attempts=desk.entry_attempts,
        ),
        expiry=window,
        conditions=Conditions(vix=vix),
        exits=exits(settings),
        rolls=() if is_income else (renewal(settings, window),),
        sizing=SizingRules(
            buying_power_fractions=settings.buying_power_fractions,
            max_positions=settings.income_max_positions if is_income else settings.max_positions,
            strategy_fraction=settings.income_total_fraction if is_income else settings.total_fraction,
        ),
        quotes=QuoteRules(execution.max_quote_age_seconds, settings.max_leg_spread_fraction),
        first_phase=dict(settings.first_phases).get(root, PHASES),
        is_short_volatility=is_income,
        is_protective=not is_income,
        strikes=settings.strikes,
    )


def protective_rungs(settings: LeapLadderSettings) -> Rotating:
    """A long put at each distance, by month."""
    rungs = (ByDistance(Measure.PRICE, rung, settings.rung_tolerance) for rung in settings.rungs)
    templates = (Template(Structure.LEAP_LADDER, (LegTarget(Right.PUT, 1, by),), DebitGate(None)) for by in rungs)
    return Rotating(Turn.MONTH, tuple(templates))


def renewal(settings: LeapLadderSettings, window: ExpiryWindow) -> Renew:
    """Each rung as it was bought."""
    legs = (template.legs[0] for template in protective_rungs(settings).templates)
    return Renew(settings.roll_days, dict(zip(settings.rungs, legs, strict=True)), window)


def income_rungs(settings: LeapLadderSettings) -> Rotating:
    """A short put at each delta, by week of the month."""
    gate = CreditGate(CreditBasis.MARGIN, Decimal(0), settings.income_min_credit)
    off = settings.income_delta_tolerance
    targets = (ByDelta(delta, delta - off, delta + off) for delta in settings.income_deltas)
    templates = (Template(Structure.SINGLE, (LegTarget(Right.PUT, -1, by),), gate) for by in targets)
    return Rotating(Turn.WEEK_OF_MONTH, tuple(templates))


def exits(settings: LeapLadderSettings) -> tuple[PartExit, ...]:
    """Income is taken at its target, and given up when it has grown old; insurance is held."""
    if settings.mode == "income":
        rules = ExitRules(profit_fraction=settings.income_profit_fraction, days_to_expiry=settings.income_roll_days)
        return (PartExit(Part.WHOLE, rules),)
    return HELD

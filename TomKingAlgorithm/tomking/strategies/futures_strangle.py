"""Futures strangle: a far put and a far call sold, out at half the credit or 21 days, defended by delta (1.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.market.contract import Right
from tomking.market.universe import PRODUCTS
from tomking.risk.correlation import GROUPS
from tomking.settings.desk import DeskSettings, ExecutionSettings
from tomking.settings.futures_strangle import FuturesStrangleSettings
from tomking.settings.risk import PHASES
from tomking.settings.strategy import WEEKDAYS
from tomking.strategies.rolling_rules import RollIn
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
    CreditBasis,
    CreditGate,
    ExpiryWindow,
    LegTarget,
    Measure,
    Selector,
    Template,
)

NAME: Final = "futures_strangle"

TUESDAY: Final = 1
DISTANCE_TOLERANCE: Final = Decimal("0.01")
"""How far a strike found by distance may be off, as a share of the price (own choice)."""


def specs(
    settings: FuturesStrangleSettings, desk: DeskSettings, execution: ExecutionSettings
) -> tuple[StrategySpec, ...]:
    """One specification a product."""
    return tuple(_spec(root, settings, desk, execution) for root in settings.products)


def _spec(
    root: str, settings: FuturesStrangleSettings, desk: DeskSettings, execution: ExecutionSettings
) -> StrategySpec:
    return StrategySpec(
        name=NAME,
        is_enabled=settings.enabled,
        product=PRODUCTS[root],
        choice=Always(template(settings, root)),
        schedule=_schedule(settings, desk.entry_attempts),
        expiry=_expiry(settings),
        conditions=Conditions(
            vix=VixBand(settings.min_vix, settings.max_vix),
            iv_rank=settings.min_iv_rank,
            iv_rank_sessions=settings.iv_rank_sessions,
            range_fraction=settings.max_range_fraction,
            event_days=settings.event_days,
        ),
        exits=exits(settings),
        rolls=(
            RollIn(
                settings.roll_delta,
                ByDelta(settings.roll_to_delta, settings.min_call_delta, settings.roll_delta),
            ),
        ),
        sizing=SizingRules(
            buying_power_fractions=settings.buying_power_fractions,
            max_positions=settings.max_positions,
            vix_base=settings.vix_base,
        ),
        quotes=QuoteRules(execution.max_quote_age_seconds, settings.max_leg_spread_fraction),
        # a product that is not listed belongs to a phase nobody reaches
        first_phase=dict(settings.first_phases).get(root, PHASES),
        is_short_volatility=True,
        strikes=settings.strikes,
    )


def template(settings: FuturesStrangleSettings, root: str) -> Template:
    """Both legs; by distance only where the settings say so."""
    fraction = dict(settings.credit_fractions).get(root, settings.min_credit_fraction)
    put: Selector = ByDelta(settings.put_delta, settings.min_put_delta, settings.max_put_delta)
    call: Selector = ByDelta(settings.call_delta, settings.min_call_delta, settings.max_call_delta)
    if settings.strikes_by == "price":
        kind = product_class(root)
        put = ByDistance(Measure.PRICE, dict(settings.put_distances)[kind], DISTANCE_TOLERANCE)
        call = ByDistance(Measure.PRICE, dict(settings.call_distances)[kind], DISTANCE_TOLERANCE)
    return Template(
        Structure.STRANGLE,
        (LegTarget(Right.PUT, -1, put), LegTarget(Right.CALL, -1, call)),
        CreditGate(CreditBasis.MARGIN, fraction, settings.min_credit),
    )


def product_class(root: str) -> str:
    """The class whose distances a product has; ``other`` for indices, bonds and shares."""
    group = next((name for name, roots in GROUPS.items() if root in roots), "")
    metals = {"GC", "MGC", "GLD"}
    by_group = {
        "C1": "energy",
        "C2": "energy",
        "B2": "metals",
        "D1": "agriculture",
        "D2": "agriculture",
        "E": "currencies",
    }
    return "metals" if root in metals else by_group.get(group, "other")


def exits(settings: FuturesStrangleSettings) -> tuple[PartExit, ...]:
    """All of it at its target, stop, 21 days or a large delta; the tested side alone before that."""
    tested = ExitRules(delta=settings.close_tested_delta)
    return (
        PartExit(
            Part.WHOLE,
            ExitRules(
                profit_fraction=settings.profit_target_fraction,
                stop_multiple=settings.stop_multiple,
                days_to_expiry=settings.exit_days_to_expiry,
                delta=settings.exit_delta,
            ),
        ),
        PartExit(Part.PUTS, tested),
        PartExit(Part.CALLS, tested),
    )


def _schedule(settings: FuturesStrangleSettings, attempts: int) -> Schedule:
    recurrence, weekday = Recurrence(settings.recurrence.replace("second_tuesday", "monthly")), settings.weekday
    return Schedule(
        recurrence=recurrence,
        weekday=TUESDAY if recurrence is Recurrence.MONTHLY else WEEKDAYS.index(weekday),
        weeks=((2, Decimal(0)),),
        earliest=settings.entry_from,
        latest=settings.entry_until,
        attempts=attempts,
    )


def _expiry(settings: FuturesStrangleSettings) -> ExpiryWindow:
    if settings.preset == "45_days":
        return ExpiryWindow(45, 38, 60)
    return ExpiryWindow(settings.days_to_expiry, settings.min_days_to_expiry, settings.max_days_to_expiry)

"""IPMCC, the income poor man's covered call: a deep call a year out, every week a short call against it (method 1.4).

The weekly call follows the trend of the closes: over the price in a rise, at it when flat, in the money when falling or
stretched, and always above the long strike. It is exchanged on its last day, or bought back when its extrinsic value
is gone; the next Friday sells the next one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.market.contract import Right
from tomking.market.universe import PRODUCTS
from tomking.settings.desk import DeskSettings, ExecutionSettings
from tomking.settings.ipmcc import IpmccSettings
from tomking.settings.risk import PHASES
from tomking.settings.strategy import WEEKDAYS
from tomking.strategies.rolling_rules import Overwrite, Renew
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
)
from tomking.strategies.structure import Structure
from tomking.strategies.target import (
    ByDelta,
    ByDistance,
    ByTrend,
    CreditBasis,
    CreditGate,
    ExpiryWindow,
    LegTarget,
    Measure,
    Template,
    Trend,
    TrendRule,
)

NAME: Final = "ipmcc"

ZERO: Final = Decimal(0)


def specs(settings: IpmccSettings, desk: DeskSettings, execution: ExecutionSettings) -> tuple[StrategySpec, ...]:
    """One specification a product."""
    return tuple(_spec(root, settings, desk, execution) for root in settings.products)


def _spec(root: str, settings: IpmccSettings, desk: DeskSettings, execution: ExecutionSettings) -> StrategySpec:
    return StrategySpec(
        name=NAME,
        is_enabled=settings.enabled,
        product=PRODUCTS[root],
        choice=ByTrend(trend_rule(settings), {trend: template(settings, trend) for trend in Trend}),
        schedule=Schedule(
            recurrence=Recurrence.WEEKLY,
            weekday=WEEKDAYS.index(settings.weekday),
            earliest=settings.entry_from,
            latest=settings.entry_until,
            attempts=desk.entry_attempts,
        ),
        expiry=_weekly(settings),
        conditions=Conditions(is_unique_product=True),
        exits=exits(settings),
        rolls=(_renewal(settings), _overwrite(settings)),
        sizing=SizingRules(
            buying_power_fractions=settings.buying_power_fractions,
            max_positions=settings.max_positions,
            trade_risk_fraction=settings.trade_risk_fraction,
            max_loss_fraction=settings.max_loss_fraction,
        ),
        quotes=QuoteRules(execution.max_quote_age_seconds, settings.max_leg_spread_fraction),
        first_phase=dict(settings.first_phases).get(root, PHASES),
        is_short_volatility=False,
        strikes=settings.strikes,
    )


def trend_rule(settings: IpmccSettings) -> TrendRule:
    """How the trend is told."""
    return TrendRule(settings.fast_sessions, settings.slow_sessions, settings.flat_fraction, settings.far_fraction)


def weekly_strikes(settings: IpmccSettings) -> dict[Trend, ByDistance]:
    """The weekly call's strike by trend."""
    shifts = {
        Trend.ABOVE: settings.above_shift,
        Trend.FLAT: settings.flat_shift,
        Trend.BELOW: settings.below_shift,
        Trend.FAR_ABOVE: settings.far_shift,
    }
    return {trend: ByDistance(Measure.PRICE, shift, settings.strike_tolerance) for trend, shift in shifts.items()}


def template(settings: IpmccSettings, trend: Trend) -> Template:
    """Both calls, opened as one package."""
    return Template(
        Structure.IPMCC,
        (_long_call(settings), LegTarget(Right.CALL, -1, weekly_strikes(settings)[trend])),
        CreditGate(CreditBasis.LONG_COST, settings.min_credit_fraction, settings.min_credit),
        extrinsic_fraction=settings.max_extrinsic_fraction,
    )


def exits(settings: IpmccSettings) -> tuple[PartExit, ...]:
    """The long call's losses reduce or end everything; the weekly call goes by its extrinsic value or its last day."""
    return (
        PartExit(Part.LONGS, ExitRules(stop_multiple=settings.stop_at, half_at=settings.reduce_at), closes=Part.WHOLE),
        PartExit(
            Part.FRONT,
            ExitRules(
                extrinsic_fraction=settings.extrinsic_target_fraction,
                time_at=TIME_EXIT,
                hard_at=HARD_EXIT,
                hard_before_close_minutes=HARD_EXIT_MINUTES,
            ),
        ),
    )


def _renewal(settings: IpmccSettings) -> Renew:
    return Renew(settings.roll_days, {ZERO: _long_call(settings)}, _yearly(settings))


def _overwrite(settings: IpmccSettings) -> Overwrite:
    return Overwrite(
        right=Right.CALL,
        expiry=_weekly(settings),
        trend=trend_rule(settings),
        strikes=weekly_strikes(settings),
        deeper=((settings.deeper_at, settings.deeper_shift),),
        weekday=WEEKDAYS.index(settings.weekday),
        earliest=settings.entry_from,
        latest=settings.entry_until,
        first_day=1,
        cost_fraction=settings.min_credit_fraction,
        amount=settings.min_credit,
    )


def _long_call(settings: IpmccSettings) -> LegTarget:
    by = ByDelta(settings.long_delta, settings.min_long_delta, settings.max_long_delta)
    return LegTarget(Right.CALL, 1, by, _yearly(settings))


def _yearly(settings: IpmccSettings) -> ExpiryWindow:
    return ExpiryWindow(settings.long_days, settings.min_long_days, settings.max_long_days)


def _weekly(settings: IpmccSettings) -> ExpiryWindow:
    return ExpiryWindow(settings.short_days, settings.min_short_days, settings.max_short_days)

"""Futures strangle: a far put and a far call sold on a future, out at half the credit or 21 days (method 1.3)."""

from __future__ import annotations

from typing import Final

from tomking.events import PartialPolicy
from tomking.market.contract import Right
from tomking.settings.desk import DeskSettings, ExecutionSettings
from tomking.settings.futures_strangle import FuturesStrangleSettings
from tomking.settings.risk import PHASES
from tomking.settings.strategy import WEEKDAYS
from tomking.strategies.spec import (
    CreditBasis,
    CreditGate,
    Direction,
    ExitRules,
    ExpiryWindow,
    LegTarget,
    QuoteRules,
    Recurrence,
    Schedule,
    SizingRules,
    StrategySpec,
    Template,
    VixBand,
)
from tomking.strategies.structure import Structure

NAME: Final = "futures_strangle"


def spec(settings: FuturesStrangleSettings, desk: DeskSettings, execution: ExecutionSettings) -> StrategySpec:
    """The strategy as these settings have it."""
    put = LegTarget(Right.PUT, -1, settings.put_delta, settings.min_put_delta, settings.max_put_delta)
    call = LegTarget(Right.CALL, -1, settings.call_delta, settings.min_call_delta, settings.max_call_delta)
    return StrategySpec(
        name=NAME,
        is_enabled=settings.enabled,
        underlying=settings.underlying,
        root=settings.root,
        templates=dict.fromkeys(Direction, Template(Structure.STRANGLE, (put, call))),
        move_fraction=None,
        schedule=Schedule(
            recurrence=Recurrence(settings.recurrence),
            weekday=WEEKDAYS.index(settings.weekday),
            earliest=settings.entry_from,
            latest=settings.entry_until,
            attempts=desk.entry_attempts,
        ),
        expiry=ExpiryWindow(settings.days_to_expiry, settings.min_days_to_expiry, settings.max_days_to_expiry),
        vix=VixBand(settings.min_vix, settings.max_vix),
        credit=CreditGate(CreditBasis.MARGIN, settings.min_credit_fraction, settings.min_credit),
        exits=ExitRules(
            profit_fraction=settings.profit_target_fraction,
            stop_multiple=settings.stop_multiple,
            time_at=None,
            hard_at=None,
            hard_before_close_minutes=0,
            days_to_expiry=settings.exit_days_to_expiry,
            delta=settings.exit_delta,
        ),
        sizing=SizingRules(
            buying_power_fractions=settings.buying_power_fractions,
            max_positions=settings.max_positions,
            contract_caps=(),
            vix_rise_fraction=None,
            vix_sizes=(),
        ),
        quotes=QuoteRules(execution.max_quote_age_seconds, settings.max_leg_spread_fraction),
        # a product that is not listed belongs to a phase nobody reaches
        first_phase=dict(settings.first_phases).get(settings.underlying, PHASES),
        is_short_volatility=True,
        policy=PartialPolicy.UNWIND,
    )

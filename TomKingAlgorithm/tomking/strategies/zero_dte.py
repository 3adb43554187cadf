"""Friday 0DTE: a condor in a quiet morning, after a move the vertical that fades it; gone the same day (method 1.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.events import PartialPolicy
from tomking.market.contract import Right
from tomking.settings.desk import DeskSettings, ExecutionSettings
from tomking.settings.strategy import WEEKDAYS
from tomking.settings.zero_dte import ZeroDteSettings
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

NAME: Final = "zero_dte"

VIX_PRESETS: Final = {
    "seed": VixBand(None, Decimal(22)),
    "manual": VixBand(None, Decimal(40)),
    "inverted": VixBand(Decimal(22), Decimal(35)),
    "off": VixBand(None, None),
}
"""The three readings of the method's VIX rule (method 1.1.2), and none."""


def spec(settings: ZeroDteSettings, desk: DeskSettings, execution: ExecutionSettings) -> StrategySpec:
    """The strategy as these settings have it."""
    held = settings.hold_to_settlement
    return StrategySpec(
        name=NAME,
        is_enabled=settings.enabled,
        underlying=settings.underlying,
        root=settings.root,
        templates=templates(settings),
        move_fraction=settings.move_fraction if settings.structure == "auto" else None,
        schedule=_schedule(settings, desk.entry_attempts),
        expiry=ExpiryWindow(settings.days_to_expiry, settings.days_to_expiry, settings.days_to_expiry),
        vix=vix_band(settings),
        credit=CreditGate(CreditBasis.MAX_LOSS, settings.min_credit_fraction, settings.min_credit),
        exits=ExitRules(
            profit_fraction=None if held else settings.profit_target_fraction,
            stop_multiple=None if held else settings.stop_multiple,
            time_at=None if held else settings.time_exit,
            hard_at=None if held else settings.hard_exit,
            hard_before_close_minutes=settings.hard_exit_before_close_minutes,
            days_to_expiry=None,
            delta=None,
        ),
        sizing=SizingRules(
            buying_power_fractions=settings.buying_power_fractions,
            max_positions=settings.max_positions,
            contract_caps=settings.contract_caps,
            vix_rise_fraction=settings.vix_rise_fraction,
            vix_sizes=settings.vix_sizes,
        ),
        quotes=QuoteRules(execution.max_quote_age_seconds, settings.max_leg_spread_fraction),
        first_phase=0,
        is_short_volatility=True,
        policy=PartialPolicy.UNWIND,
    )


def templates(settings: ZeroDteSettings) -> dict[Direction, Template]:
    """The structure traded in each direction: a rise is faded with calls, a fall with puts."""
    put_wing, call_wing = (_wing(settings, right) for right in (Right.PUT, Right.CALL))
    condor = (_condor_short(settings, Right.PUT), put_wing, _condor_short(settings, Right.CALL), call_wing)
    short_put, short_call = (_vertical_short(settings, right) for right in (Right.PUT, Right.CALL))
    shapes = {
        "iron_condor": Template(Structure.IRON_CONDOR, condor),
        "put_spread": Template(Structure.PUT_SPREAD, (short_put, put_wing)),
        "call_spread": Template(Structure.CALL_SPREAD, (short_call, call_wing)),
    }
    if settings.structure != "auto":
        return dict.fromkeys(Direction, shapes[settings.structure])
    return {
        Direction.FLAT: shapes["iron_condor"],
        Direction.UP: shapes["call_spread"],
        Direction.DOWN: shapes["put_spread"],
    }


def vix_band(settings: ZeroDteSettings) -> VixBand:
    """The preset's band, with the bounds replaced that are set by themselves."""
    preset = VIX_PRESETS[settings.vix_preset]
    return VixBand(
        preset.above if settings.min_vix is None else settings.min_vix,
        preset.below if settings.max_vix is None else settings.max_vix,
    )


def _condor_short(settings: ZeroDteSettings, right: Right) -> LegTarget:
    return LegTarget(right, -1, settings.short_delta, settings.min_short_delta, settings.max_short_delta)


def _vertical_short(settings: ZeroDteSettings, right: Right) -> LegTarget:
    return LegTarget(
        right,
        -1,
        settings.vertical_short_delta,
        settings.min_vertical_short_delta,
        settings.max_vertical_short_delta,
    )


def _wing(settings: ZeroDteSettings, right: Right) -> LegTarget:
    return LegTarget(
        right, 1, settings.wing_delta, settings.min_wing_delta, settings.max_wing_delta, settings.wing_width
    )


def _schedule(settings: ZeroDteSettings, attempts: int) -> Schedule:
    every_day = settings.weekday == "any"
    return Schedule(
        recurrence=Recurrence.DAILY if every_day else Recurrence.WEEKLY,
        weekday=0 if every_day else WEEKDAYS.index(settings.weekday),
        earliest=settings.entry_from,
        latest=settings.entry_until,
        attempts=attempts,
    )

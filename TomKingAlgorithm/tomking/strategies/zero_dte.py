"""Friday 0DTE: a condor in a quiet morning, after a move the vertical that fades it; gone the same day (method 1.1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.market.contract import Right
from tomking.market.universe import Product, UnderlyingKind
from tomking.settings.desk import DeskSettings, ExecutionSettings
from tomking.settings.strategy import WEEKDAYS
from tomking.settings.zero_dte import ZeroDteSettings
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
    Always,
    ByDelta,
    ByDistance,
    ByMove,
    ByWidth,
    Choice,
    CreditBasis,
    CreditGate,
    DebitGate,
    Direction,
    ExpiryWindow,
    LegTarget,
    Measure,
    Selector,
    Template,
)

NAME: Final = "zero_dte"

VIX_PRESETS: Final = {
    "seed": VixBand(None, Decimal(22)),
    "manual": VixBand(None, Decimal(40)),
    "inverted": VixBand(Decimal(22), Decimal(35)),
    "off": VixBand(None, None),
}
"""The three readings of the method's VIX rule (method 1.1.2), and none."""

STRIKE_TOLERANCE: Final = Decimal("0.005")
"""How far a strike found by distance may be off, as a share of the price (own choice)."""


def spec(settings: ZeroDteSettings, desk: DeskSettings, execution: ExecutionSettings) -> StrategySpec:
    """The strategy as these settings have it."""
    return StrategySpec(
        name=NAME,
        is_enabled=settings.enabled,
        product=Product(settings.underlying, settings.root, UnderlyingKind(settings.kind)),
        choice=choice(settings),
        schedule=_schedule(settings, desk.entry_attempts),
        expiry=ExpiryWindow(settings.days_to_expiry, settings.days_to_expiry, settings.days_to_expiry),
        conditions=Conditions(vix=vix_band(settings), day_loss_fraction=settings.day_loss_fraction),
        exits=exits(settings),
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
        strikes=settings.strikes,
    )


def choice(settings: ZeroDteSettings) -> Choice:
    """The structure traded in each direction: a rise is faded with calls, a fall with puts."""
    shapes = templates(settings)
    if settings.structure == "auto":
        up, down = "call_spread", "put_spread"
    elif settings.structure == "auto_condor":
        up, down = "put_condor", "call_condor"
    else:
        return Always(shapes[settings.structure])
    by_direction = {
        Direction.FLAT: shapes["iron_condor"],
        Direction.UP: shapes[up],
        Direction.DOWN: shapes[down],
    }
    return ByMove(settings.move_fraction, by_direction)


def templates(settings: ZeroDteSettings) -> dict[str, Template]:
    """Every structure it may trade, by name."""
    credit = CreditGate(CreditBasis.MAX_LOSS, settings.min_credit_fraction, settings.min_credit)
    put_wing, call_wing = (LegTarget(right, 1, _wing(settings)) for right in (Right.PUT, Right.CALL))
    inner = _condor_short(settings)
    condor = (LegTarget(Right.PUT, -1, inner), put_wing, LegTarget(Right.CALL, -1, inner), call_wing)
    short = _vertical_short(settings)
    debit = DebitGate(settings.max_debit_fraction)
    return {
        "iron_condor": Template(Structure.IRON_CONDOR, condor, credit),
        "put_spread": Template(Structure.PUT_SPREAD, (LegTarget(Right.PUT, -1, short), put_wing), credit),
        "call_spread": Template(Structure.CALL_SPREAD, (LegTarget(Right.CALL, -1, short), call_wing), credit),
        "put_condor": Template(Structure.PUT_CONDOR, _four(settings, Right.PUT), debit),
        "call_condor": Template(Structure.CALL_CONDOR, _four(settings, Right.CALL), debit),
    }


def exits(settings: ZeroDteSettings) -> tuple[PartExit, ...]:
    """Target, stop and clock for all of it; a side that is reached and has become dear goes alone."""
    if settings.hold_to_settlement:
        return HELD
    whole = ExitRules(
        profit_fraction=settings.profit_target_fraction,
        stop_multiple=settings.stop_multiple,
        stop_equity_fraction=settings.day_loss_fraction,
        time_at=settings.time_exit,
        hard_at=settings.hard_exit,
        hard_before_close_minutes=settings.hard_exit_before_close_minutes,
    )
    side = ExitRules(touch_multiple=settings.touch_multiple)
    return PartExit(Part.WHOLE, whole), PartExit(Part.PUTS, side), PartExit(Part.CALLS, side)


def vix_band(settings: ZeroDteSettings) -> VixBand:
    """The preset's band, with the bounds replaced that are set by themselves."""
    preset = VIX_PRESETS[settings.vix_preset]
    return VixBand(
        preset.above if settings.min_vix is None else settings.min_vix,
        preset.below if settings.max_vix is None else settings.max_vix,
    )


def _condor_short(settings: ZeroDteSettings) -> Selector:
    if settings.strikes_by != "delta":
        return ByDistance(Measure(settings.strikes_by), settings.condor_distance, STRIKE_TOLERANCE)
    return ByDelta(settings.short_delta, settings.min_short_delta, settings.max_short_delta)


def _vertical_short(settings: ZeroDteSettings) -> Selector:
    if settings.strikes_by != "delta":
        return ByDistance(Measure(settings.strikes_by), settings.vertical_distance, STRIKE_TOLERANCE)
    return ByDelta(settings.vertical_short_delta, settings.min_vertical_short_delta, settings.max_vertical_short_delta)


def _wing(settings: ZeroDteSettings) -> Selector:
    if settings.wing_width is not None:
        return ByWidth(settings.wing_width)
    return ByDelta(settings.wing_delta, settings.min_wing_delta, settings.max_wing_delta)


def _four(settings: ZeroDteSettings, right: Right) -> tuple[LegTarget, ...]:
    """Long near, short, short, long far: from the money outwards."""
    off = settings.condor_delta_tolerance
    far_to_near = [ByDelta(delta, max(0.0, delta - off), delta + off) for delta in settings.condor_deltas]
    ratios = (1, -1, -1, 1)
    return tuple(LegTarget(right, ratio, by) for ratio, by in zip(ratios, reversed(far_to_near), strict=True))


def _schedule(settings: ZeroDteSettings, attempts: int) -> Schedule:
    every_day = settings.weekday == "any"
    return Schedule(
        recurrence=Recurrence.DAILY if every_day else Recurrence.WEEKLY,
        weekday=0 if every_day else WEEKDAYS.index(settings.weekday),
        earliest=settings.entry_from,
        latest=settings.entry_until,
        attempts=attempts,
    )

"""The fall from the high-water mark, and what it forbids (seed: 10 half size, 15 nothing new, 20 % all out)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from tomking.events import TradingState
from tomking.risk.account import Account
from tomking.settings.risk import RiskSettings

LIQUIDATE: Final = "DRAWDOWN_LIQUIDATE"
"""Code of the step that closes everything."""

STOP: Final = "DRAWDOWN_STOP"
HALF: Final = "DRAWDOWN_HALF"
NORMAL: Final = "NORMAL"


def high_water_mark(previous: Decimal, equity: Decimal, flow: Decimal) -> Decimal:
    """The mark after a day that ended with `equity`, of which `flow` was paid in (negative: taken out) since the last.

    Money that comes and goes moves the mark along: a deposit is no gain and a withdrawal no loss.
    """
    return max(previous + flow, equity)


def trading_state_for(account: Account, settings: RiskSettings) -> tuple[TradingState, str, str]:
    """What the drawdown allows: state, stable code, text. A halt is a human's to lift and stays.

    `LIQUIDATE` asks for every position to be closed; the desk gives its text to the exits as the emergency.
    """
    fall = account.drawdown_fraction
    text = f"{fall:.1%} below the high-water mark of {account.high_water_mark:,.0f}"
    if account.trading_state is TradingState.HALTED:
        return TradingState.HALTED, "HALTED", "the desk is halted; a person must lift it"
    if fall >= settings.liquidate_drawdown:
        return TradingState.REDUCING, LIQUIDATE, f"{text}: everything is closed"
    if fall >= settings.stop_drawdown:
        return TradingState.REDUCING, STOP, f"{text}: nothing new is opened"
    if fall >= settings.half_size_drawdown:
        return TradingState.ACTIVE, HALF, f"{text}: new positions at half size"
    return TradingState.ACTIVE, NORMAL, text


def size_factor(account: Account, settings: RiskSettings) -> Decimal:
    """Factor on the size of a new position: 1, or a half from the first step on."""
    return Decimal("0.5") if account.drawdown_fraction >= settings.half_size_drawdown else Decimal(1)

"""The fall from the high-water mark, and what it forbids (seed: 10 half size, 15 nothing new, 20 % all out).

The way back (method 2.8): after a stop or a liquidation trading resumes at half size when enough time has passed, the
account has risen from its lowest point and the VIX is calm; after a longer break without the rise, because an empty
book cannot rise. From then on the same ladder is measured from where it resumed, until the old mark is within reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from tomking.events import TradingState
from tomking.risk.account import Account
from tomking.settings import Settings

LIQUIDATE: Final = "DRAWDOWN_LIQUIDATE"
"""Code of the step that closes everything."""

STOP: Final = "DRAWDOWN_STOP"
"""Code of the step from which nothing new opens and losers are closed."""

HALF: Final = "DRAWDOWN_HALF"
SUDDEN: Final = "SUDDEN_FALL"
"""Code of the pause after a fall within minutes."""

FLATTEN: Final = "PERIOD_FLATTEN"
"""Code of the step that closes everything after a period's loss, and leaves the rest to a person."""

RESUMED: Final = "RESUMED_AT_HALF_SIZE"
NORMAL: Final = "NORMAL"

LADDER: Final = (STOP, LIQUIDATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the desk remembers of why it may or may not trade.

    Attributes:
        code: of the present permission.
        since: when it began; None: it never changed.
        lowest: lowest equity since then.
        resumed_from: the equity, or its highest since, from which the ladder is measured after a resumption; None:
            from the high-water mark.
        sudden: what a sudden fall looked like just now, in words; empty when there was none.
        flatten: what a loss of a period beyond every limit looks like, in words; empty when there is none.
        vix: the VIX; None when it has no value.
    """

    code: str = NORMAL
    since: datetime | None = None
    lowest: Decimal | None = None
    resumed_from: Decimal | None = None
    sudden: str = ""
    flatten: str = ""
    vix: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """What the account may do: state, stable code, text; `mark` replaces the high-water mark for the ladder."""

    state: TradingState
    code: str
    text: str
    mark: Decimal | None = None


def high_water_mark(previous: Decimal, equity: Decimal, flow: Decimal) -> Decimal:
    """The mark after a day that ended with `equity`, of which `flow` was paid in (negative: taken out) since the last.

    Money that comes and goes moves the mark along: a deposit is no gain and a withdrawal no loss.
    """
    return max(previous + flow, equity)


def permission_for(account: Account, standing: Standing, now: datetime, settings: Settings) -> Permission:
    """What the account may do now. A halt is a human's to lift and stays.

    `LIQUIDATE` and `FLATTEN` ask for every position to be closed, `STOP` for those that lose; the desk tells the exits.
    `FLATTEN` is left by a person only: the desk halts when all is closed.
    """
    if account.trading_state is TradingState.HALTED:
        return Permission(TradingState.HALTED, "HALTED", "the desk is halted; a person must lift it")
    if standing.code == FLATTEN or standing.flatten:
        return Permission(TradingState.REDUCING, FLATTEN, standing.flatten or "all is being closed")
    stopped = standing.code in LADDER
    found = _ladder(account, None if stopped else standing.resumed_from, settings)
    if stopped and not (standing.code == STOP and found.code == LIQUIDATE):
        # a stop is left by recovery only, not because the equity hovers at its edge
        return _recovered(account, standing, now, settings) or Permission(
            TradingState.REDUCING, standing.code, found.text
        )
    if found.code in LADDER:
        return found
    if standing.sudden:
        return Permission(TradingState.REDUCING, SUDDEN, standing.sudden, standing.resumed_from)
    if standing.code == SUDDEN and standing.since is not None:
        pause = timedelta(minutes=settings.breakers.sudden_pause_minutes)
        if now - standing.since < pause:
            return Permission(TradingState.REDUCING, SUDDEN, "a sudden fall stops new trades", standing.resumed_from)
    return found


def size_factor(account: Account, settings: Settings) -> Decimal:
    """Factor on the size of a new position: 1, or a half in a drawdown and after a resumption."""
    in_drawdown = account.drawdown_fraction >= settings.risk.half_size_drawdown
    return Decimal("0.5") if in_drawdown or account.trading_code == RESUMED else Decimal(1)


def _ladder(account: Account, resumed_from: Decimal | None, settings: Settings) -> Permission:
    """The steps, measured from the high-water mark or from where trading resumed."""
    risk, fall = settings.risk, account.drawdown_fraction
    text = f"{fall:.1%} below the high-water mark of {account.high_water_mark:,.0f}"
    if resumed_from is not None and fall >= risk.half_size_drawdown:
        mark = max(resumed_from, account.equity)
        fall = 1 - account.equity / mark if mark > 0 else Decimal(1)
        if fall < risk.stop_drawdown:
            return Permission(TradingState.ACTIVE, RESUMED, f"{text}: new positions at half size", mark)
        text = f"{fall:.1%} below {mark:,.0f}, the highest since trading resumed"
    if fall >= risk.liquidate_drawdown:
        return Permission(TradingState.REDUCING, LIQUIDATE, f"{text}: everything is closed")
    if fall >= risk.stop_drawdown:
        return Permission(TradingState.REDUCING, STOP, f"{text}: nothing new is opened")
    if fall >= risk.half_size_drawdown:
        return Permission(TradingState.ACTIVE, HALF, f"{text}: new positions at half size")
    return Permission(TradingState.ACTIVE, NORMAL, text)


def _recovered(account: Account, standing: Standing, now: datetime, settings: Settings) -> Permission | None:
    """Trading at half size again, when the time, the account and the VIX allow it."""
    rules = settings.breakers
    if account.drawdown_fraction < settings.risk.half_size_drawdown:
        return Permission(TradingState.ACTIVE, NORMAL, "the drawdown is made good")
    if standing.since is None or standing.vix is None or standing.vix >= rules.recovery_vix:
        return None
    waited = now - standing.since
    lowest = account.equity if standing.lowest is None else standing.lowest
    has_risen = account.equity >= lowest * (1 + rules.recovery_fraction)
    if waited >= timedelta(days=rules.break_days) or (has_risen and waited >= timedelta(hours=rules.recovery_hours)):
        text = f"resumed at half size after {waited.total_seconds() / 3600:.0f} hours, VIX {standing.vix}"
        return Permission(TradingState.ACTIVE, RESUMED, text, account.equity)
    return None

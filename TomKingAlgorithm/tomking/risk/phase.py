"""The stages of an account: which it is in, when it changes, and what a change means for the book (method 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tomking.risk.account import Exposure
from tomking.risk.case import Case, Check
from tomking.risk.correlation import GROUPS, members
from tomking.risk.verdict import Denial
from tomking.settings import Settings
from tomking.settings.risk import PhaseSettings
from tomking.strategies.spec import StrategySpec


def phase_of(equity: Decimal, settings: PhaseSettings) -> int:
    """The highest phase whose threshold the equity reaches: where an account without history begins."""
    return max(phase for phase, start in enumerate(settings.from_equity) if equity >= start or phase == 0)


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What an account has shown, for the promotion criteria.

    Attributes:
        trades: closed trades.
        wins: those of them with a profit.
        drawdown_fraction: present fall from the high-water mark.
    """

    trades: int
    wins: int
    drawdown_fraction: Decimal


NO_RECORD: Final = TrackRecord(0, 0, Decimal(0))


def next_phase(current: int, equity: Decimal, settings: PhaseSettings, record: TrackRecord = NO_RECORD) -> int:
    """The phase after a day that ended with this equity; asked once a day, never within a session.

    Up as far as the thresholds reach, and where the criteria apply one phase at a time and only when they are met; down
    below `demotion_fraction` of the present phase's threshold, so that an account at a threshold does not change its
    mind every day, and one phase in a deep drawdown.
    """
    reached = phase_of(equity, settings)
    if record.drawdown_fraction > settings.demotion_drawdown:
        return max(0, min(current - 1, reached))
    if reached > current:
        if not settings.criteria_apply:
            return reached
        return current + 1 if has_earned(current, record, settings) else current
    phase = current
    while phase > 0 and equity < settings.demotion_fraction * settings.from_equity[phase]:
        phase -= 1
    return phase


def has_earned(current: int, record: TrackRecord, settings: PhaseSettings) -> bool:
    """The record meets the criteria of the phase above."""
    wins = Decimal(record.wins) / record.trades if record.trades else Decimal(0)
    return (
        record.trades >= settings.promotion_trades[current]
        and wins >= settings.promotion_wins[current]
        and record.drawdown_fraction <= settings.promotion_drawdown[current]
    )


class PhaseAllows(Check):
    """The account's phase trades this strategy and this underlying."""

    code = "PHASE"

    def check(self, case: Case) -> Denial | None:
        """Deny a strategy or product of a later phase."""
        spec, phase = case.spec, case.account.phase
        if spec.sizing.max_positions[phase] == 0:
            return self.deny(f"{spec.name} is not traded in phase {phase} (equity {case.account.equity:,.0f})")
        if phase < spec.first_phase:
            later = f"from phase {spec.first_phase}" if spec.first_phase < len(spec.sizing.max_positions) else "never"
            return self.deny(f"{spec.name} trades {spec.underlying} {later}, the account is in phase {phase}")
        return None


@dataclass(frozen=True, slots=True)
class PhaseAction:
    """One consequence of a phase change.

    Attributes:
        position_id: position to close; None when only limits change.
        text: why, for the journal.
    """

    position_id: str | None
    text: str


def transition(
    old: int,
    new: int,
    exposures: Sequence[Exposure],
    specs: Iterable[StrategySpec],
    settings: Settings,
    equity: Decimal,
) -> tuple[PhaseAction, ...]:
    """What a phase change asks of the book, in the order in which it is to be done.

    Down: close what is beyond the new phase's limits. Up: limits rise from the next session, nothing is closed.
    """
    if new >= old:
        return () if new == old else (PhaseAction(None, "its limits apply from the next session"),)
    return beyond_limits(new, exposures, specs, settings, equity)


def told(old: int, new: int, actions: Sequence[PhaseAction]) -> str:
    """A phase change and everything it asks for, in order, with the reasons: for the journal."""
    each = (a.text if a.position_id is None else f"closes {a.position_id}: {a.text}" for a in actions)
    consequences = "; ".join(each) or "nothing held is beyond its limits"
    return f"phase {'rises' if new > old else 'falls'} from {old} to {new}: {consequences}"


def beyond_limits(
    phase: int, exposures: Sequence[Exposure], specs: Iterable[StrategySpec], settings: Settings, equity: Decimal
) -> tuple[PhaseAction, ...]:
    """What of the book the phase does not allow, in the order in which it is to be closed.

    What it does not trade, then what is over a strategy's limit, over a correlation group's, over the total, and over
    the buying power; losers first, then the smallest profit for the buying power it uses.
    """
    by_product = {(spec.name, spec.underlying): spec for spec in specs}
    left = sorted((exposure for exposure in exposures if not exposure.is_working), key=_first_to_go)
    actions: list[PhaseAction] = []

    def close(exposure: Exposure, why: str) -> None:
        left.remove(exposure)
        actions.append(PhaseAction(exposure.position_id, why))

    def close_excess(held: Sequence[Exposure], limit: int, why: str) -> None:
        for exposure in held[: max(0, len(held) - limit)]:
            close(exposure, why)

    for exposure in list(left):
        spec = by_product.get((exposure.strategy, exposure.underlying))
        if spec is None or spec.sizing.max_positions[phase] == 0 or spec.first_phase > phase:
            close(exposure, f"{exposure.strategy} on {exposure.underlying} is not traded there")
    for name, limit in {spec.name: spec.sizing.max_positions[phase] for spec in by_product.values()}.items():
        held = [exposure for exposure in left if exposure.strategy == name]
        close_excess(held, limit, f"it allows {limit} positions of {name}")
    for group in GROUPS:
        inside = members(group, settings.correlation)
        limit = getattr(settings.correlation, group.lower())[phase]
        held = [exposure for exposure in left if exposure.underlying in inside]
        close_excess(held, limit, f"it allows {limit} positions in group {group}")
    total = settings.phases.max_positions[phase]
    close_excess(list(left), total, f"it allows {total} positions in all")
    share = settings.phases.buying_power_fractions[phase]
    while left and sum((exposure.requirement for exposure in left), Decimal(0)) > share * equity:
        close(left[0], f"it allows {share:.0%} of the equity in buying power")
    return tuple(actions)


def _first_to_go(exposure: Exposure) -> tuple[Decimal, str]:
    """By profit for the buying power used, so losers come first; what cannot be valued before them."""
    if exposure.profit is None:
        return Decimal("-Infinity"), exposure.position_id
    per_money = exposure.profit / exposure.requirement if exposure.requirement > 0 else exposure.profit
    return per_money, exposure.position_id

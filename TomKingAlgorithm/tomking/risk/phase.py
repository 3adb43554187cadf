"""The stages of an account: which it is in, when it changes, and what a change means for the book (method 2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tomking.risk.account import Exposure
from tomking.risk.case import Case, Check
from tomking.risk.verdict import Denial
from tomking.settings.risk import PhaseSettings
from tomking.strategies.spec import StrategySpec


def phase_of(equity: Decimal, settings: PhaseSettings) -> int:
    """The highest phase whose threshold the equity reaches: where an account without history begins."""
    return max(phase for phase, start in enumerate(settings.from_equity) if equity >= start or phase == 0)


def next_phase(current: int, equity: Decimal, settings: PhaseSettings) -> int:
    """The phase after a day that ended with this equity; asked once a day, never within a session.

    Up as far as the thresholds reach; down only below `demotion_fraction` of the present phase's threshold, so that an
    account at a threshold does not change its mind every day.
    """
    reached = phase_of(equity, settings)
    if reached >= current:
        return reached
    phase = current
    while phase > 0 and equity < settings.demotion_fraction * settings.from_equity[phase]:
        phase -= 1
    return phase


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
    old: int, new: int, exposures: Sequence[Exposure], specs: Iterable[StrategySpec], settings: PhaseSettings
) -> tuple[PhaseAction, ...]:
    """What a phase change asks of the book, in the order in which it is to be done.

    Down: close what the new phase does not trade, then what is over a strategy's limit, then over the total; losers
    first, then the smallest profit for the buying power it uses. Up: limits rise, nothing is closed.
    """
    if new >= old:
        change = "stays" if new == old else f"rises from {old}, its limits apply from the next session"
        return () if new == old else (PhaseAction(None, f"phase {new} {change}"),)
    by_name = {spec.name: spec for spec in specs}
    left = sorted((exposure for exposure in exposures if not exposure.is_working), key=_first_to_go)
    actions: list[PhaseAction] = []

    def close(exposure: Exposure, why: str) -> None:
        left.remove(exposure)
        actions.append(PhaseAction(exposure.position_id, f"phase falls from {old} to {new}: {why}"))

    for exposure in list(left):
        spec = by_name.get(exposure.strategy)
        if spec is None or spec.sizing.max_positions[new] == 0 or spec.first_phase > new:
            close(exposure, f"{exposure.strategy} on {exposure.underlying} is not traded there")
    for spec in by_name.values():
        limit = spec.sizing.max_positions[new]
        held = [exposure for exposure in left if exposure.strategy == spec.name]
        for exposure in held[: max(0, len(held) - limit)]:
            close(exposure, f"it allows {limit} positions of {spec.name}")
    total = settings.max_positions[new]
    for exposure in left[: max(0, len(left) - total)]:
        close(exposure, f"it allows {total} positions in all")
    return tuple(actions)


def _first_to_go(exposure: Exposure) -> tuple[Decimal, str]:
    """By profit for the buying power used, so losers come first; what cannot be valued before them."""
    if exposure.profit is None:
        return Decimal("-Infinity"), exposure.position_id
    per_money = exposure.profit / exposure.requirement if exposure.requirement > 0 else exposure.profit
    return per_money, exposure.position_id

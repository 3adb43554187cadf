"""No new trades around events: rate decisions, price figures, earnings (method 1.8)."""

from __future__ import annotations

from tomking.market.calendar import to_new_york
from tomking.risk.case import Case, Check
from tomking.risk.verdict import Denial


class EventBlock(Check):
    """No event of the market is on today, and none of the product is near, where the strategy asks for that."""

    code = "EVENT"

    def check(self, case: Case) -> Denial | None:
        """Deny on the day of an event for all from its time on, and near an event of the underlying itself."""
        local = to_new_york(case.now)
        for subject, begins in case.settings.events.blocked_from:
            if local.time() >= begins and case.events.on(local.date(), [subject]):
                return self.deny(f"{subject} is today; nothing opens from {begins:%H:%M}")
        near, following = case.spec.conditions.event_days, case.events.next_of(case.spec.underlying, local.date())
        if near is None or following is None:
            return None
        left = (following - local.date()).days
        return (
            self.deny(f"{case.spec.underlying} has an event in {left} days, on {following}") if left <= near else None
        )

"""How many positions: of a strategy, on an underlying, short volatility, and in all."""

from __future__ import annotations

from tomking.risk.case import Case, Check
from tomking.risk.verdict import Denial


class StrategyCount(Check):
    """The strategy has room for another position in this phase."""

    code = "STRATEGY_COUNT"

    def check(self, case: Case) -> Denial | None:
        """Deny when the strategy is full."""
        limit = case.spec.sizing.max_positions[case.account.phase]
        held = len(case.account.of_strategy(case.spec.name))
        if held < limit:
            return None
        return self.deny(f"{held} positions of {case.spec.name}, phase {case.account.phase} allows {limit}")


class TotalCount(Check):
    """The account has room for another position in this phase."""

    code = "TOTAL_COUNT"

    def check(self, case: Case) -> Denial | None:
        """Deny when the account is full."""
        limit = case.settings.phases.max_positions[case.account.phase]
        held = len(case.account.exposures)
        if held < limit:
            return None
        return self.deny(f"{held} positions in all, phase {case.account.phase} allows {limit}")


class UnderlyingCount(Check):
    """The underlying has room for another position."""

    code = "UNDERLYING_COUNT"

    def check(self, case: Case) -> Denial | None:
        """Deny when the underlying is full."""
        limit = case.settings.risk.max_per_underlying
        held = len(case.account.of_underlyings([case.spec.underlying]))
        if held < limit:
            return None
        return self.deny(f"{held} positions on {case.spec.underlying}, the limit is {limit}")


class ShortVolatilityCount(Check):
    """There is room for another position that loses when volatility rises."""

    code = "SHORT_VOLATILITY_COUNT"

    def check(self, case: Case) -> Denial | None:
        """Deny a further short-volatility position when the book is full of them."""
        limit = case.settings.risk.max_short_volatility
        held = sum(exposure.is_short_volatility for exposure in case.account.exposures)
        if not case.spec.is_short_volatility or held < limit:
            return None
        return self.deny(f"{held} short-volatility positions, the limit is {limit}")

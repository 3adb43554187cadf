"""How many positions: of a strategy, on an underlying, on the index, with one expiry, short volatility, in all; and
how many trades a day."""

from __future__ import annotations

from tomking.market.universe import S_AND_P_500
from tomking.risk.case import Case, Check, PlanCheck
from tomking.risk.verdict import Denial
from tomking.strategies.intent import TradePlan


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


class OneOfProduct(Check):
    """No other position of the strategy is on the same product, where the strategy asks for that."""

    code = "ONE_OF_PRODUCT"

    def check(self, case: Case) -> Denial | None:
        """Deny a second position on the product."""
        spec = case.spec
        if not spec.conditions.is_unique_product:
            return None
        if all(exposure.underlying != spec.underlying for exposure in case.account.of_strategy(spec.name)):
            return None
        return self.deny(f"{spec.name} has a position on {spec.underlying} already")


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


class DayCount(Check):
    """The account has not begun as many trades today as this phase allows."""

    code = "DAY_COUNT"

    def check(self, case: Case) -> Denial | None:
        """Deny a further trade of the day."""
        limit = case.settings.phases.trades_a_day[case.account.phase]
        begun = case.account.opened_today
        if begun < limit:
            return None
        return self.deny(f"{begun} trades begun today, phase {case.account.phase} allows {limit}")


class UnderlyingCount(Check):
    """The underlying has room for another position."""

    code = "UNDERLYING_COUNT"

    def check(self, case: Case) -> Denial | None:
        """Deny when the underlying is full."""
        limit = case.settings.risk.max_per_underlying
        held = case.account.counted_on([case.spec.underlying])
        if held < limit or case.spec.is_protective:
            return None
        return self.deny(f"{held} positions on {case.spec.underlying}, the limit is {limit}")


class IndexCount(Check):
    """The S&P 500, under whichever of its names, has room for another position."""

    code = "INDEX_COUNT"

    def check(self, case: Case) -> Denial | None:
        """Deny when the index is full."""
        if case.spec.underlying not in S_AND_P_500 or case.spec.is_protective:
            return None
        limit = case.settings.risk.max_index_equivalents
        held = case.account.counted_on(S_AND_P_500)
        if held < limit:
            return None
        return self.deny(f"{held} positions on the S&P 500, the limit is {limit}")


class SameExpiry(PlanCheck):
    """No other position of the strategy has the same expiry, where the strategy asks for that."""

    code = "SAME_EXPIRY"

    def check(self, plan: TradePlan, case: Case) -> Denial | None:
        """Deny a second position with one expiry: in August 2024 several were one trade."""
        if not case.spec.conditions.is_unique_expiry:
            return None
        if all(exposure.expiry != plan.expiry for exposure in case.account.of_strategy(case.spec.name)):
            return None
        return self.deny(f"a position of {case.spec.name} expires on {plan.expiry} already")


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

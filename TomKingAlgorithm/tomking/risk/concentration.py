"""Not too much in one place: buying power by underlying, by correlation group, by strategy (seed: 15/30/40 %)."""

from __future__ import annotations

from decimal import Decimal

from tomking.risk.account import total
from tomking.risk.case import Budget, Case
from tomking.risk.correlation import group_of, members
from tomking.risk.verdict import Denial


class UnderlyingConcentration(Budget):
    """Buying power in one underlying, as a share of equity."""

    code = "CONCENTRATION_UNDERLYING"

    def room(self, case: Case) -> Decimal:
        """The share of equity less what the underlying ties up."""
        held = total(case.account.of_underlyings([case.spec.underlying]))
        return case.settings.risk.underlying_fraction * case.account.equity - held


class GroupConcentration(Budget):
    """Buying power in one correlation group, as a share of equity."""

    code = "CONCENTRATION_GROUP"

    def room(self, case: Case) -> Decimal | Denial:
        """The share of equity less what the group ties up; a denial for an underlying without a group."""
        group = group_of(case.spec.underlying, case.settings.correlation)
        if group is None:
            return Denial("UNKNOWN_UNDERLYING", f"{case.spec.underlying} is in no correlation group")
        held = total(case.account.of_underlyings(members(group, case.settings.correlation)))
        return case.settings.risk.group_fraction * case.account.equity - held


class StrategyConcentration(Budget):
    """Buying power in one strategy, as a share of equity."""

    code = "CONCENTRATION_STRATEGY"

    def room(self, case: Case) -> Decimal:
        """The share of equity, the strategy's own or the account's, less what the strategy ties up."""
        own = case.spec.sizing.strategy_fraction
        share = case.settings.risk.strategy_fraction if own is None else own
        return share * case.account.equity - total(case.account.of_strategy(case.spec.name))

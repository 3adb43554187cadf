"""How much money a trade may use: by position, by phase, by VIX, by what must stay free, by what it may lose."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tomking.risk.case import Budget, Case
from tomking.risk.verdict import Denial
from tomking.strategies.intent import TradePlan


def at_level(table: Sequence[tuple[Decimal, Decimal]], level: Decimal) -> Decimal:
    """The value of the last row of a rising table that begins at or below `level`; the first row below that."""
    value = table[0][1]
    for start, following in table:
        if level >= start:
            value = following
    return value


class PositionBudget(Budget):
    """Buying power of one position, as a share of equity by strategy and phase."""

    code = "POSITION_BUYING_POWER"

    def room(self, case: Case) -> Decimal:
        """The phase's share of equity."""
        return case.spec.sizing.buying_power_fractions[case.account.phase] * case.account.equity


class PhaseBudget(Budget):
    """Buying power of all positions together, as a share of equity by phase."""

    code = "PHASE_BUYING_POWER"

    def room(self, case: Case) -> Decimal:
        """The phase's share of equity less what is tied up."""
        share = case.settings.phases.buying_power_fractions[case.account.phase]
        return share * case.account.equity - case.account.requirement


class VixBudget(Budget):
    """Buying power of all positions together, as a share of equity by VIX."""

    code = "VIX_BUYING_POWER"

    def room(self, case: Case) -> Decimal | Denial:
        """The VIX's share of equity less what is tied up; a denial while the VIX is missing."""
        if not case.settings.risk.vix_limits_apply:
            return case.account.equity
        vix = case.market.vix()
        if vix is None:
            return Denial("VIX_MISSING", "the VIX has no value, and buying power is limited by it")
        share = at_level(case.settings.risk.vix_buying_power, vix)
        return share * case.account.equity - case.account.requirement


class Reserve(Budget):
    """Buying power the broker still gives, less the reserve kept for exits."""

    code = "CASH_RESERVE"

    def room(self, case: Case) -> Decimal:
        """The broker's figure less the reserve and what working groups will take of it."""
        working = sum((e.requirement for e in case.account.exposures if e.is_working), Decimal(0))
        return case.account.buying_power - case.settings.risk.cash_reserve_fraction * case.account.equity - working


class MarginCircuit(Budget):
    """Buying power in use by the broker's own figure, as a share of equity by VIX."""

    code = "MARGIN_CIRCUIT"

    def room(self, case: Case) -> Decimal | Denial:
        """The VIX's share of equity less what the broker says is in use and what working groups will take."""
        table = case.settings.risk.margin_circuit
        share = table[0][1]
        if case.settings.risk.vix_limits_apply:
            vix = case.market.vix()
            if vix is None:
                return Denial("VIX_MISSING", "the VIX has no value, and the margin circuit depends on it")
            share = at_level(table, vix)
        working = sum((e.requirement for e in case.account.exposures if e.is_working), Decimal(0))
        used = case.account.equity - case.account.buying_power
        return share * case.account.equity - used - working


class TradeRisk(Budget):
    """Loss of the trade at its stop, as a share of equity."""

    code = "TRADE_RISK"
    bounds_buying_power = False

    def room(self, case: Case) -> Decimal:
        """The share of equity one trade may lose: the strategy's own, else the account's."""
        own = case.spec.sizing.trade_risk_fraction
        return (case.settings.risk.trade_risk_fraction if own is None else own) * case.account.equity

    def use(self, plan: TradePlan) -> Decimal | None:
        """Stop distance of one package, never more than its greatest loss; None when it has neither."""
        return min((loss for loss in (plan.stop_loss, plan.max_loss) if loss is not None), default=None)


class GreatestLoss(Budget):
    """Most the trade can lose, as a share of equity."""

    code = "MAX_LOSS"
    bounds_buying_power = False

    def room(self, case: Case) -> Decimal:
        """The share of equity a defined-risk trade may lose: the strategy's own, else the account's."""
        own = case.spec.sizing.max_loss_fraction
        return (case.settings.risk.max_loss_fraction if own is None else own) * case.account.equity

    def use(self, plan: TradePlan) -> Decimal | None:
        """The package's greatest loss; None for undefined risk, which the stop bounds."""
        return plan.max_loss

"""The smallest credit worth the risk (seed: 0DTE 20 % and 25 USD, strangle 15 % and 50 USD)."""

from __future__ import annotations

from decimal import Decimal

from tomking.risk.case import Case, PlanCheck
from tomking.risk.verdict import Denial
from tomking.strategies.spec import CreditBasis, CreditGate, TradePlan


def gate_problem(gate: CreditGate, credit: Decimal, at_risk: Decimal) -> tuple[str, str] | None:
    """Code and text of what is wrong with a credit; None when it is enough.

    Args:
        gate: the strategy's gate.
        credit: of one package, in account currency.
        at_risk: most one package can lose, or its margin, after the gate's basis.
    """
    against = "the greatest loss" if gate.basis is CreditBasis.MAX_LOSS else "the margin"
    if credit < gate.amount:
        return "CREDIT_AMOUNT", f"a credit of {credit:.2f} is less than the {gate.amount} wanted"
    if at_risk > 0 and credit < gate.fraction * at_risk:
        share = credit / at_risk
        return (
            "CREDIT_RATIO",
            f"a credit of {credit:.2f} is {share:.1%} of {against} ({at_risk:,.2f}), {gate.fraction:.1%} is wanted",
        )
    return None


def least_credit(gate: CreditGate, width: Decimal, margin: Decimal) -> Decimal:
    """The smallest credit of one package, in account currency, that passes the gate.

    Against the greatest loss the credit counts twice, since the loss is `width` less the credit:
    credit ≥ fraction × (width − credit).
    """
    if gate.basis is CreditBasis.MAX_LOSS:
        return max(gate.amount, gate.fraction * width / (1 + gate.fraction))
    return max(gate.amount, gate.fraction * margin)


class CreditEnough(PlanCheck):
    """The expected credit is worth the risk."""

    code = "CREDIT_RATIO"

    def check(self, plan: TradePlan, case: Case) -> Denial | None:
        """Deny a credit below the strategy's gate."""
        gate = case.spec.credit
        at_risk = plan.expected_max_loss if gate.basis is CreditBasis.MAX_LOSS else plan.requirement
        if at_risk is None:
            return self.deny("the greatest loss is not defined, and the credit is measured by it")
        problem = gate_problem(gate, plan.expected_credit, at_risk)
        return None if problem is None else Denial(*problem)

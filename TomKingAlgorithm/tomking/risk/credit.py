"""What a trade's price must be worth (seed: 0DTE 20 % and 25 USD, strangle 15 % and 50, LT112 25 % and 100, IPMCC 2 %
and 20)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from tomking.market.calendar import settles_at
from tomking.market.greeks import years_between
from tomking.market.leg import Leg
from tomking.market.payoff import max_profit
from tomking.risk.case import Case, PlanCheck
from tomking.risk.verdict import Denial
from tomking.strategies.intent import TradePlan
from tomking.strategies.structure import strike
from tomking.strategies.target import CreditBasis, CreditGate, DebitGate

_AGAINST = {
    CreditBasis.MAX_LOSS: "the greatest loss",
    CreditBasis.MARGIN: "the margin",
    CreditBasis.WIDTH: "the spread's width",
    CreditBasis.LONG_COST: "the long leg's cost",
}


def gate_problem(gate: CreditGate, credit: Decimal, at_risk: Decimal) -> tuple[str, str] | None:
    """Code and text of what is wrong with a credit; None when it is enough.

    Args:
        gate: the strategy's gate.
        credit: of one package, in account currency.
        at_risk: what the gate's basis names, of one package.
    """
    if credit < gate.amount:
        return "CREDIT_AMOUNT", f"a credit of {credit:.2f} is less than the {gate.amount} wanted"
    if at_risk > 0 and credit < gate.fraction * at_risk:
        share, against = credit / at_risk, _AGAINST[gate.basis]
        return (
            "CREDIT_RATIO",
            f"a credit of {credit:.2f} is {share:.1%} of {against} ({at_risk:,.2f}), {gate.fraction:.1%} is wanted",
        )
    return None


def least_credit(gate: CreditGate, at_risk: Decimal) -> Decimal:
    """The smallest credit of one package, in account currency, that passes the gate.

    Args:
        gate: the gate.
        at_risk: of one package; for MAX_LOSS the loss without any credit. There the credit counts twice, since the
            loss is that less the credit: credit ≥ fraction × (at_risk − credit).
    """
    if gate.basis is CreditBasis.MAX_LOSS:
        return max(gate.amount, gate.fraction * at_risk / (1 + gate.fraction))
    return max(gate.amount, gate.fraction * at_risk)


def spread_width(legs: Sequence[Leg]) -> Decimal:
    """Distance of the highest two strikes, in points."""
    strikes = sorted(strike(leg) for leg in legs)
    return strikes[-1] - strikes[-2] if len(strikes) > 1 else Decimal(0)


class CreditEnough(PlanCheck):
    """The expected credit is worth the risk, or the debit worth the chance."""

    code = "CREDIT_RATIO"

    def check(self, plan: TradePlan, case: Case) -> Denial | None:
        """Deny a credit below the gate, or a debit above it."""
        gate = plan.template.gate
        if isinstance(gate, DebitGate):
            return _debit_problem(gate, plan)
        if gate.basis is CreditBasis.LONG_COST:
            problem = _income_problem(gate, plan, case)
            return None if problem is None else Denial(*problem)
        at_risk: Decimal | None = plan.requirement
        if gate.basis is CreditBasis.MAX_LOSS:
            at_risk = plan.expected_max_loss
        elif gate.basis is CreditBasis.WIDTH:
            at_risk = spread_width(plan.legs) * plan.multiplier
        if at_risk is None:
            return self.deny("the greatest loss is not defined, and the credit is measured by it")
        problem = gate_problem(gate, plan.expected_credit, at_risk)
        return None if problem is None else Denial(*problem)


class SpreadCheapEnough(PlanCheck):
    """The debit spread inside the package costs no more than its share of the width."""

    code = "SPREAD_DEBIT"

    def check(self, plan: TradePlan, case: Case) -> Denial | None:  # noqa: ARG002  the plan says it all
        """Deny an expensive spread."""
        limit = plan.template.spread_debit_fraction
        if limit is None:
            return None
        upper, lower = sorted(plan.legs, key=strike, reverse=True)[:2]
        debit = plan.prices[upper.contract] - plan.prices[lower.contract]
        width = spread_width(plan.legs)
        if debit <= limit * width:
            return None
        return self.deny(f"the spread costs {debit:.2f}, {debit / width:.1%} of its width, {limit:.1%} is allowed")


class LongCheapEnough(PlanCheck):
    """The long leg's extrinsic value is small, beside what financing its strike costs."""

    code = "EXTRINSIC"

    def check(self, plan: TradePlan, case: Case) -> Denial | None:
        """Deny a long leg with much time value."""
        limit, spot = plan.template.extrinsic_fraction, case.market.spot(case.spec.underlying)
        if limit is None or spot is None:
            return None
        long = next(leg.contract for leg in plan.legs if not leg.is_short)
        at = strike(Leg(long, 1))
        extrinsic = (plan.prices[long] - long.intrinsic(spot)) / at
        years = years_between(case.now, settles_at(long))
        financing = Decimal(repr(1 - math.exp(-case.market.rate() * years)))
        if extrinsic <= limit + financing:
            return None
        return self.deny(
            f"{long.text} has {extrinsic:.1%} of its strike in extrinsic value, "
            f"{limit:.1%} and {financing:.1%} of financing are allowed"
        )


def _income_problem(gate: CreditGate, plan: TradePlan, case: Case) -> tuple[str, str] | None:
    """The short leg's time value against the long leg's cost: the intrinsic value sold is no income."""
    spot = case.market.spot(case.spec.underlying) or Decimal(0)
    earned = paid = Decimal(0)
    for leg in plan.legs:
        price = plan.prices[leg.contract]
        if leg.is_short:
            earned -= leg.ratio * (price - leg.contract.intrinsic(spot))
        else:
            paid += leg.ratio * price
    return gate_problem(gate, earned * plan.multiplier, paid * plan.multiplier)


def _debit_problem(gate: DebitGate, plan: TradePlan) -> Denial | None:
    if plan.expected_net <= 0:
        return Denial("NO_DEBIT", f"a net of {plan.expected_net:.2f} is no debit: the quotes are not to be trusted")
    gain = max_profit(plan.legs, plan.expected_net)
    if gate.gain_fraction is None or gain is None or plan.expected_net <= gate.gain_fraction * gain:
        return None
    return Denial(
        "DEBIT_RATIO",
        f"a debit of {plan.expected_net:.2f} for a gain of at most {gain:.2f}; {gate.gain_fraction:.1%} is allowed",
    )

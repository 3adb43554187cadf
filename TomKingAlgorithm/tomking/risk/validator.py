"""The one ordered chain of validators (method 3.8). The first denial wins; the rest is not asked.

Intent checks need no strikes and come before them; plan checks see the whole trade. Sizing asks the same budgets, so
what it makes passes them, and they are asked again all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from tomking.market.event_dates import EventDates, event_dates
from tomking.market.view import MarketView
from tomking.risk.account import Account, Exposure
from tomking.risk.breakers import DayLoss, LossStreak, PeriodLoss
from tomking.risk.budget import (
    GreatestLoss,
    MarginCircuit,
    PhaseBudget,
    PositionBudget,
    Reserve,
    TradeRisk,
    VixBudget,
)
from tomking.risk.case import Budget, Case, Check, PlanCheck, Rule, first_denial
from tomking.risk.co_movement import AverageCorrelation
from tomking.risk.concentration import GroupConcentration, StrategyConcentration, UnderlyingConcentration
from tomking.risk.condition import (
    DataPresent,
    EntryWindow,
    ImpliedVolatilityRank,
    MarketOpen,
    MayTrade,
    QuietRange,
    VixInBand,
)
from tomking.risk.correlation import FamilyCount, GroupCount, KnownUnderlying
from tomking.risk.count import (
    DayCount,
    IndexCount,
    OneOfProduct,
    SameExpiry,
    ShortVolatilityCount,
    StrategyCount,
    TotalCount,
    UnderlyingCount,
)
from tomking.risk.credit import CreditEnough, LongCheapEnough, SpreadCheapEnough, gate_problem
from tomking.risk.event_block import EventBlock
from tomking.risk.greek_limits import GreekLimits
from tomking.risk.phase import PhaseAction, PhaseAllows, beyond_limits, transition
from tomking.risk.stress import StressLoss
from tomking.risk.verdict import Denial
from tomking.settings import Settings
from tomking.strategies.catalog import specs
from tomking.strategies.intent import Intent, TradePlan

ANY_EQUITY: Final = Decimal("Infinity")
"""An equity that no limit of buying power binds, for a question that names none."""

INTENT_CHECKS: Final[tuple[Check, ...]] = (
    PhaseAllows(),
    MarketOpen(),
    EntryWindow(),
    VixInBand(),
    MayTrade(),
    PeriodLoss(),
    DayLoss(),
    LossStreak(),
    StrategyCount(),
    OneOfProduct(),
    TotalCount(),
    DayCount(),
    UnderlyingCount(),
    IndexCount(),
    ShortVolatilityCount(),
    KnownUnderlying(),
    GroupCount(),
    FamilyCount(),
    AverageCorrelation(),
    EventBlock(),
    DataPresent(),
    ImpliedVolatilityRank(),
    QuietRange(),
)

BUDGETS: Final[tuple[Budget, ...]] = (
    PositionBudget(),
    PhaseBudget(),
    VixBudget(),
    Reserve(),
    MarginCircuit(),
    TradeRisk(),
    GreatestLoss(),
    StressLoss(),
    UnderlyingConcentration(),
    GroupConcentration(),
    StrategyConcentration(),
)

GREEKS: Final = GreekLimits()

PLAN_CHECKS: Final[tuple[PlanCheck, ...]] = (
    CreditEnough(),
    SpreadCheapEnough(),
    LongCheapEnough(),
    *BUDGETS,
    SameExpiry(),
    GREEKS,
)


class StrategyValidator:
    """May we trade: the chain over one set of settings. It keeps nothing and changes nothing."""

    def __init__(self, settings: Settings, events: EventDates | None = None) -> None:
        self._settings = settings
        self._events = event_dates() if events is None else events
        self._all_specs = specs(settings)
        self._specs = {spec.name: spec for spec in self._all_specs}

    def check_intent(self, intent: Intent, account: Account, market: MarketView, now: datetime) -> Denial | None:
        """The first denial of a wish, before strikes are looked for."""
        case = self._case(intent, account, market, now)
        return first_denial(check.check(case) for check in INTENT_CHECKS)

    def check_plan(self, plan: TradePlan, account: Account, market: MarketView, now: datetime) -> Denial | None:
        """The first denial of a trade with strikes and size."""
        case = self._case(plan.intent, account, market, now)
        return first_denial(check.check(plan, case) for check in PLAN_CHECKS)

    def warning(self, plan: TradePlan, account: Account, market: MarketView, now: datetime) -> Denial | None:
        """What is to be noted about a trade that may be opened all the same."""
        if self._settings.greeks.mode != "warn":
            return None
        return GREEKS.problem(plan, self._case(plan.intent, account, market, now))

    def validate_expected_credit(
        self, strategy: str, expected_credit: Decimal, max_risk: Decimal, contracts: int
    ) -> tuple[bool, str]:
        """Whether a credit passes the strategy's gate, and why not.

        Args:
            strategy: name of a strategy.
            expected_credit: of the whole trade, in account currency.
            max_risk: of the whole trade: its greatest loss, its margin, its width or its long leg's cost, after the
                strategy's gate.
            contracts: packages in the trade.
        """
        spec = self._specs.get(strategy)
        if spec is None:
            return False, f"unknown strategy {strategy!r}; known are {', '.join(self._specs)}"
        if contracts <= 0:
            return False, f"the number of contracts must be positive, found {contracts}"
        if max_risk <= 0:
            return False, f"the risk must be positive, found {max_risk}"
        if spec.credit_gate is None:
            return False, f"{strategy} is bought for a debit; it has no credit to expect"
        problem = gate_problem(spec.credit_gate, expected_credit / contracts, max_risk / contracts)
        return (True, "the credit is enough") if problem is None else (False, problem[1])

    def handle_phase_transition(
        self, old_phase: int, new_phase: int, exposures: Sequence[Exposure] = (), equity: Decimal = ANY_EQUITY
    ) -> tuple[PhaseAction, ...]:
        """What the change asks of the book, in order; the desk closes what is named."""
        return transition(old_phase, new_phase, exposures, self._all_specs, self._settings, equity)

    def beyond_limits(self, phase: int, exposures: Sequence[Exposure], equity: Decimal) -> tuple[PhaseAction, ...]:
        """What of the book the present phase does not allow: what a change that was cut short still asks for."""
        return beyond_limits(phase, exposures, self._all_specs, self._settings, equity)

    def _case(self, intent: Intent, account: Account, market: MarketView, now: datetime) -> Case:
        return Case(
            settings=self._settings, account=account, market=market, now=now, intent=intent, events=self._events
        )


def chain_rows() -> tuple[tuple[str, str], ...]:
    """Code and meaning of every validator, in the order in which they are asked; for documents and the start table."""
    rules: tuple[Rule, ...] = (*INTENT_CHECKS, *PLAN_CHECKS)
    return tuple((rule.code, rule.about()) for rule in rules)

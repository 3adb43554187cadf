"""What a validator is shown, and what a validator is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_FLOOR, Decimal
from typing import ClassVar

from tomking.market.event_dates import EventDates
from tomking.market.view import MarketView
from tomking.risk.account import Account
from tomking.risk.verdict import Denial
from tomking.settings import Settings
from tomking.strategies.intent import Intent, TradePlan
from tomking.strategies.spec import StrategySpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One wish, or one plan, before the validators; they only read it."""

    settings: Settings
    account: Account
    market: MarketView
    now: datetime
    intent: Intent
    events: EventDates = field(default_factory=EventDates)

    @property
    def spec(self) -> StrategySpec:
        """The strategy that wishes."""
        return self.intent.spec


class Rule(ABC):
    """Base of all rules. The first line of a rule's docstring is shown to the user."""

    code: ClassVar[str]
    """Stable name of its denials."""

    @classmethod
    def about(cls) -> str:
        """The rule in one line."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    @classmethod
    def deny(cls, text: str) -> Denial:
        """A denial under this rule's code."""
        return Denial(cls.code, text)


class Check(Rule):
    """A rule on a wish that has no strikes yet."""

    @abstractmethod
    def check(self, case: Case) -> Denial | None:
        """The denial, or None when the rule has nothing against it."""


class PlanCheck(Rule):
    """A rule on a trade with strikes and size."""

    @abstractmethod
    def check(self, plan: TradePlan, case: Case) -> Denial | None:
        """The denial, or None when the rule has nothing against it."""


class Budget(PlanCheck):
    """A rule that bounds the size: so much money, of which one package uses so much.

    Sizing asks the same object that later checks the plan, so a plan it made cannot break it.
    """

    bounds_buying_power: ClassVar[bool] = True
    """The money is buying power, which the broker may reckon otherwise than we do; of the other rules it is a loss."""

    @abstractmethod
    def room(self, case: Case) -> Decimal | Denial:
        """Money left under this rule, in account currency; a denial when it cannot be told."""

    def use(self, plan: TradePlan) -> Decimal | None:
        """Money one package uses under this rule; None: the rule does not bound this plan."""
        return plan.requirement

    def packages(self, plan: TradePlan, case: Case) -> Decimal | Denial | None:
        """How many packages there is room for, as an exact ratio; None: no bound."""
        use = self.use(plan)
        if use is None or use <= 0:
            return None
        room = self.room(case)
        return room if isinstance(room, Denial) else max(Decimal(0), room) / use

    def check(self, plan: TradePlan, case: Case) -> Denial | None:
        """Deny a plan bigger than the room."""
        allowed = self.packages(plan, case)
        if isinstance(allowed, Denial):
            return allowed
        if allowed is None or plan.quantity <= allowed:
            return None
        return self.too_big(plan, case)

    def too_big(self, plan: TradePlan, case: Case) -> Denial:
        """The denial of a plan that does not fit."""
        room = self.room(case)
        if isinstance(room, Denial):
            return room
        use = self.use(plan) or Decimal(0)
        rule, left = self.about().rstrip("."), max(Decimal(0), room)
        return self.deny(f"{rule}: {plan.quantity} x {use:,.0f} needs more than the {left:,.0f} left")


def first_denial(answers: Iterable[Denial | None]) -> Denial | None:
    """The first that is one; the rest is not asked."""
    return next((answer for answer in answers if answer is not None), None)


def whole(packages: Decimal) -> int:
    """Whole packages, rounded down."""
    return int(packages.to_integral_value(ROUND_FLOOR))

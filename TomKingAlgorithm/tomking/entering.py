"""The desk's way in: from a strategy's wish through every check to a group, or to exactly one denial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from tomking.accounting import account_of, exposures_of
from tomking.events import GroupCreated, IntentDenied, OperatorNote, Purpose
from tomking.execution.backend import Balances
from tomking.execution.executor import Executor, Ledger
from tomking.market.calendar import session_date, to_new_york
from tomking.market.view import MarketView
from tomking.risk.account import Account
from tomking.risk.validator import StrategyValidator
from tomking.risk.verdict import Denial
from tomking.settings import Settings
from tomking.state import State
from tomking.strategies.entries import entries_due, is_entry_day
from tomking.strategies.intent import Intent, NoStrike, TradePlan
from tomking.strategies.sizing import plan_trade
from tomking.strategies.spec import StrategySpec
from tomking.strategies.strikes import scene_of, select_legs

WANTS_QUOTES: Final = frozenset({"NO_STRIKE", "NO_VOLATILITY", "NO_PRICE", "INVALID_PRICE"})
"""Denials of a chain whose quotes are too old, too wide or one-sided: far expiries are quoted seldom."""

AskBalances = Callable[[], Balances | None]


class Entries:
    """Turns wishes into opening groups."""

    def __init__(self, executor: Executor, validator: StrategyValidator, settings: Settings) -> None:
        self._executor = executor
        self._validator = validator
        self._settings = settings
        self._pause = timedelta(minutes=settings.desk.entry_retry_minutes)
        self._long_pause = timedelta(minutes=max(settings.desk.entry_retry_minutes, settings.desk.management_minutes))
        self._rests_until: dict[tuple[str, str], datetime] = {}
        self._today: date | None = None
        self._entering: Sequence[StrategySpec] = ()
        self._account: Account | None = None
        self._account_seen: tuple[int, int, datetime] | None = None

    def turn(
        self,
        specs: Sequence[StrategySpec],
        state: State,
        ask_balances: AskBalances,
        now: datetime,
        day_high: Decimal | None = None,
    ) -> bool:
        """Take every wish of this moment to its group or its denial; True when there was any."""
        market = self._executor.market
        due = entries_due(self._rested(self._of_today(specs, now), now), market, state, now)
        for intent in due:
            found = self._plan(intent, specs, state, ask_balances, now, day_high)
            if isinstance(found, Denial):
                spec = intent.spec
                self._rests_until[spec.name, spec.underlying] = now + self._pause_after(spec, found)
                deny_once(self._executor.ledger, state, spec.name, spec.underlying, found, now)
            else:
                self._begin(found)
        return bool(due)

    def _of_today(self, specs: Sequence[StrategySpec], now: datetime) -> Sequence[StrategySpec]:
        """Those that may enter on this day at all, found out once a day."""
        day = to_new_york(now).date()
        if self._today != day:
            self._today = day
            self._entering = [spec for spec in specs if spec.is_enabled and is_entry_day(spec.schedule, day)]
        return self._entering

    def _rested(self, specs: Sequence[StrategySpec], now: datetime) -> Sequence[StrategySpec]:
        """What was denied is looked at again after a while."""
        if not self._rests_until:
            return specs
        self._rests_until = {wish: until for wish, until in self._rests_until.items() if now < until}
        return [spec for spec in specs if (spec.name, spec.underlying) not in self._rests_until]

    def _pause_after(self, spec: StrategySpec, denial: Denial) -> timedelta:
        """Sooner when its options expire today, and when the next quote may be all that is missing."""
        return self._pause if not spec.expiry.target or denial.code in WANTS_QUOTES else self._long_pause

    def _plan(
        self,
        intent: Intent,
        specs: Sequence[StrategySpec],
        state: State,
        ask_balances: AskBalances,
        now: datetime,
        day_high: Decimal | None,
    ) -> TradePlan | Denial:
        """Through the checks in their order; the first denial ends it."""
        market = self._executor.market
        refusal = self._executor.refusal(Purpose.OPEN, ())
        if refusal is not None:
            return refusal
        account = self._account_now(specs, state, ask_balances, now, day_high)
        if account is None:
            return Denial("NO_BALANCES", "the broker does not say what the account holds")
        denial = self._validator.check_intent(intent, account, market, now)
        if denial is not None:
            return denial
        chain = market.chain(intent.spec.underlying)
        if chain is None:
            return Denial("NO_CHAIN", f"no option on {intent.spec.underlying} is quoted")
        spec = intent.spec
        # a year of sessions is read from the engine: only for those who need it
        is_needed = intent.template is not None and intent.template.counts_ranges
        daily = market.daily(spec.underlying) if is_needed else ()
        legs = select_legs(spec, intent, scene_of(spec, chain, now, market.rate(), _close_of(spec, market, now), daily))
        if isinstance(legs, NoStrike):
            return Denial(legs.code, legs.reason)
        plan = plan_trade(spec, intent, legs, market, account, self._settings, self._executor.backend.requirement)
        if isinstance(plan, Denial):
            return plan
        denial = self._validator.check_plan(plan, account, market, now) or self._executor.refusal(
            Purpose.OPEN, plan.legs
        )
        if denial is not None:
            return denial
        warning = self._validator.warning(plan, account, market, now)
        if warning is not None:
            self._executor.ledger.record(OperatorNote(warning.code, f"{spec.name}: {warning.text}"))
        return plan

    def _account_now(
        self,
        specs: Sequence[StrategySpec],
        state: State,
        ask_balances: AskBalances,
        now: datetime,
        day_high: Decimal | None,
    ) -> Account | None:
        """The account, the same for all wishes of a moment; None while the broker does not tell."""
        market = self._executor.market
        seen = (market.revision, state.seq, now)
        if self._account is None or self._account_seen != seen:
            balances = ask_balances()
            if balances is None:
                return None
            exposures = exposures_of(state, specs, market, now)
            self._account = account_of(state, balances, self._settings, exposures, now=now, day_high=day_high)
            self._account_seen = seen
        return self._account

    def _begin(self, plan: TradePlan) -> None:
        spec = plan.intent.spec
        group_id = self._executor.new_group_id(spec.name)
        self._executor.begin(
            GroupCreated(
                group_id=group_id,
                strategy=spec.name,
                purpose=Purpose.OPEN,
                position_id=group_id,
                legs=plan.legs,
                quantity=plan.quantity,
                policy=spec.policy,
                worst_net=plan.worst_net,
                expected_net=plan.expected_net,
                requirement=plan.total_requirement,
                max_loss=None if plan.max_loss is None else plan.max_loss * plan.quantity,
                spot=self._executor.market.spot(spec.underlying, plan.legs[0].contract.delivery),
                most_requirement=plan.most_requirement,
            )
        )


def deny_once(ledger: Ledger, state: State, strategy: str, underlying: str, denial: Denial, now: datetime) -> None:
    """Record a denial once a session, whatever else is denied in between."""
    last = state.denials.get(f"{strategy}|{underlying}|{denial.code}")
    if last is None or session_date(last.at) != session_date(now):
        ledger.record(IntentDenied(strategy, underlying, denial.code, denial.text))


def _close_of(spec: StrategySpec, market: MarketView, now: datetime) -> time | None:
    session = market.session(spec.underlying, session_date(now))
    return session.closes if session is not None else None

"""What holds for every strategy whatever the account: sizes inside every limit, checks that only read, one answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_days import account, exposure, spec_of
from modelled_market import ModelledMarket, Underlying, closes
from tomking.market.calendar import from_new_york
from tomking.market.leg import Leg
from tomking.risk.account import Account
from tomking.risk.validator import BUDGETS, StrategyValidator
from tomking.risk.verdict import Denial
from tomking.settings import Settings
from tomking.strategies.entries import intent_for
from tomking.strategies.intent import Intent, NoStrike, TradePlan
from tomking.strategies.sizing import plan_trade
from tomking.strategies.spec import StrategySpec
from tomking.strategies.strikes import scene_of, select_legs

CLOSED_FORM = {  # strategy: underlying, when, windows of expiries, parameters without which no market passes its gates
    "zero_dte": (
        Underlying("SPX", 2740.0, 0.30, 0.02, step=5.0, half_spread=0.01),
        datetime(2018, 1, 5, 10, 30),
        ((0, 0),),
        {},
    ),
    "lt112": (Underlying("XSP", 274.0, 0.20, 0.15, half_spread=0.01), datetime(2018, 1, 3, 10), ((105, 135),), {}),
    "futures_strangle": (
        Underlying("ES", 2740.0, 0.16, 0.12, step=10.0, multiplier=50, half_spread=0.01),
        datetime(2018, 1, 9, 10),
        ((75, 105),),
        {
            "futures_strangle.products": "ES",
            "futures_strangle.min_iv_rank": "none",
            "futures_strangle.min_credit_fraction": "0.02",
        },
    ),
    "ipmcc": (
        Underlying("QQQ", 100.0, 0.15, 0.10, half_spread=0.005),
        datetime(2018, 1, 5, 10),
        ((4, 10), (300, 400)),
        {"ipmcc.products": "QQQ", "ipmcc.min_credit_fraction": "0.001"},
    ),
    "leap_ladder": (
        Underlying("SPY", 270.0, 0.16, 0.10, half_spread=0.005),
        datetime(2018, 2, 5, 9, 45),
        ((300, 450),),
        {},
    ),
    "ratio_spread": (
        Underlying("SPY", 270.0, 0.18, 0.15, half_spread=0.005),
        datetime(2018, 1, 9, 10),
        ((38, 52),),
        {"ratio_spread.products": "SPY", "ratio_spread.min_credit": "20"},
    ),
    "bear_trap": (Underlying("SPY", 270.0, 0.22, 0.15, half_spread=0.005), datetime(2018, 1, 3, 10), ((45, 75),), {}),
}


@dataclass(frozen=True)
class Moment:
    """A strategy in the market it enters."""

    settings: Settings
    spec: StrategySpec
    market: ModelledMarket
    intent: Intent
    legs: tuple[Leg, ...]
    now: datetime

    def planned(self, of: Account) -> TradePlan | Denial:
        return plan_trade(self.spec, self.intent, self.legs, self.market, of, self.settings)


@cache
def moment(name: str) -> Moment:
    one, local, windows, parameters = CLOSED_FORM[name]
    chosen = Settings.from_parameters({f"{name}.enabled": "true", **parameters})
    now = from_new_york(local.date(), local.time())
    vix = Decimal(24) if name == "bear_trap" else Decimal(16)
    market = ModelledMarket({one.root: replace(one)}, now, vix, windows)
    market.opened = {one.root: Decimal(str(one.price))}
    market.days[one.root] = closes(*[one.price] * 60, until=local.date())
    spec = spec_of(name, chosen, one.root)
    intent, chain = intent_for(spec, market, now), market.chain(one.root)
    assert chain is not None
    legs = select_legs(spec, intent, scene_of(spec, chain, now, market.rate(), time(16), market.daily(one.root)))
    assert not isinstance(legs, NoStrike), legs
    return Moment(chosen, spec, market, intent, legs, now)


def held(used: Decimal) -> Account:
    book = tuple(
        exposure("other", root, used / 2, position_id=root, is_short_volatility=False) for root in ("LE", "GLD")
    )
    return account(100_000, exposures=book)


@pytest.mark.parametrize("name", CLOSED_FORM)
def test_its_own_moment_is_a_trade_for_an_account_that_can_afford_it(name: str) -> None:
    found = moment(name).planned(account(2_000_000))
    assert isinstance(found, TradePlan), found
    assert found.quantity >= 1


@pytest.mark.parametrize("name", CLOSED_FORM)
@settings(max_examples=12, deadline=None)
@given(
    equity=st.integers(20_000, 3_000_000),
    phase=st.integers(0, 4),
    fall=st.decimals(0, "0.14", places=3),
    used=st.integers(0, 70),
)
def test_a_size_is_inside_every_budget_or_there_is_exactly_one_denial(
    name: str, equity: int, phase: int, fall: Decimal, used: int
) -> None:
    at, tied = moment(name), Decimal(equity) * used / 100
    book = (exposure("other", "LE", tied, is_short_volatility=False),)
    of = account(equity, phase, mark=Decimal(equity) / (1 - fall), buying_power=equity - tied, exposures=book)
    found = at.planned(of)
    if isinstance(found, Denial):
        assert found.code
        assert found.text
        return
    validator = StrategyValidator(at.settings)
    case = validator._case(at.intent, of, at.market, at.now)
    assert found.quantity >= 1
    assert found.total_requirement <= found.most_requirement
    for budget in BUDGETS:
        use, room = budget.use(found), budget.room(case)
        assert not isinstance(room, Denial)
        assert use is None or use * found.quantity <= room, budget.code


@pytest.mark.parametrize("name", CLOSED_FORM)
def test_more_in_use_never_makes_a_trade_bigger(name: str) -> None:
    at = moment(name)
    sizes = []
    for share in range(0, 80, 10):
        of = held(Decimal(share) * 1_000)
        found = at.planned(replace(of, equity=Decimal(100_000)))
        sizes.append(0 if isinstance(found, Denial) else found.quantity)
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("name", CLOSED_FORM)
def test_asking_changes_nothing(name: str) -> None:
    """Wishes, strikes, sizes and checks only read: asked again, in any order, they say the same."""
    at, of = moment(name), account(400_000)
    validator = StrategyValidator(at.settings)
    before = (at.planned(of), validator.check_intent(at.intent, of, at.market, at.now))
    plan = at.planned(account(2_000_000))
    assert isinstance(plan, TradePlan)
    answers = [validator.check_plan(plan, of, at.market, at.now) for _ in range(2)]
    validator.warning(plan, of, at.market, at.now)
    assert answers[0] == answers[1]
    assert (at.planned(of), validator.check_intent(at.intent, of, at.market, at.now)) == before

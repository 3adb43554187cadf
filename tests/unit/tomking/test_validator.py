"""The chain, a row a rule with both sides of its boundary, and its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_days import AT_1030, DayMarket, account, day_market, exposure, scene_in, spec_of
from tomking.events import TradingState
from tomking.risk.account import Account
from tomking.risk.correlation import FAMILIES, GROUPS, family_of, group_of
from tomking.risk.validator import BUDGETS, INTENT_CHECKS, PLAN_CHECKS, StrategyValidator, chain_rows
from tomking.risk.verdict import Denial
from tomking.settings import Settings
from tomking.strategies.catalog import specs
from tomking.strategies.entries import intent_for
from tomking.strategies.intent import NoStrike, TradePlan
from tomking.strategies.sizing import plan_trade
from tomking.strategies.strikes import select_legs


def code(
    of: Account | None = None,
    market: DayMarket | None = None,
    strategy: str = "zero_dte",
    underlying: str | None = None,
    now: Any = AT_1030,
    **parameters: str,
) -> str | None:
    """The code of the first denial of an intent."""
    settings = Settings.from_parameters({name.replace("__", "."): value for name, value in parameters.items()})
    market = market or day_market()
    intent = intent_for(spec_of(strategy, settings, underlying), market, now)
    denial = StrategyValidator(settings).check_intent(intent, of or account(), market, now)
    return None if denial is None else denial.code


def many(count: int, **facts: Any) -> tuple[Any, ...]:
    return tuple(exposure(position_id=f"p{number}", **facts) for number in range(count))


def test_a_good_moment_is_not_denied() -> None:
    assert code() is None


@pytest.mark.parametrize(("phase", "expected"), [(0, "PHASE"), (1, None), (2, None), (3, None), (4, None)])
def test_0dte_begins_in_phase_1(phase: int, expected: str | None) -> None:
    assert code(account(phase=phase)) == expected


@pytest.mark.parametrize(
    ("vix", "expected"), [("21.99", None), ("22", "VIX_BAND"), ("80", "VIX_BAND"), (None, "VIX_MISSING")]
)
def test_the_seeds_vix_band(vix: str | None, expected: str | None) -> None:
    assert code(market=day_market(the_vix=None if vix is None else Decimal(vix))) == expected


@pytest.mark.parametrize(
    ("preset", "vix", "expected"),
    [
        ("manual", "39.9", None),
        ("manual", "40", "VIX_BAND"),
        ("inverted", "22", "VIX_BAND"),
        ("inverted", "22.1", None),
        ("inverted", "35", "VIX_BAND"),
        ("off", "90", None),
        ("off", None, None),
    ],
)
def test_the_other_presets(preset: str, vix: str | None, expected: str | None) -> None:
    market = day_market(the_vix=None if vix is None else Decimal(vix))
    assert code(market=market, zero_dte__vix_preset=preset) == expected


def test_a_bound_of_its_own_replaces_the_presets() -> None:
    assert code(market=day_market(the_vix=Decimal(25)), zero_dte__max_vix="30") is None
    assert code(market=day_market(the_vix=Decimal(14)), zero_dte__min_vix="15") == "VIX_BAND"


@pytest.mark.parametrize("state", [TradingState.REDUCING, TradingState.HALTED])
def test_nothing_is_opened_unless_active(state: TradingState) -> None:
    assert code(account(state=state)) == "TRADING_STATE"


def test_session_day_and_window() -> None:
    assert code(market=day_market(open=False)) == "MARKET_CLOSED"
    assert code(now=AT_1030 - timedelta(minutes=1)) == "OUTSIDE_WINDOW"
    assert code(now=AT_1030 + timedelta(minutes=31)) == "OUTSIDE_WINDOW"
    assert code(now=AT_1030 + timedelta(days=3)) == "OUTSIDE_WINDOW"


@pytest.mark.parametrize("missing", ["price", "opened_at", "chains"])
def test_missing_data_denies(missing: str) -> None:
    assert code(market=day_market(**{missing: {} if missing == "chains" else None})) == "DATA_MISSING"


@pytest.mark.parametrize(
    ("exposures", "parameters", "expected"),
    [
        (many(5, underlying="XLE"), {}, "STRATEGY_COUNT"),
        (many(4, underlying="XLE", is_short_volatility=False), {}, None),
        (many(10, strategy="other", underlying="XLE", is_short_volatility=False), {}, "TOTAL_COUNT"),
        (many(9, strategy="other", underlying="XLE", is_short_volatility=False), {}, None),
        (many(2, strategy="other", is_short_volatility=False), {}, "UNDERLYING_COUNT"),
        (many(1, strategy="other", is_short_volatility=False), {}, None),
        (many(5, strategy="other", underlying="XLE"), {}, "SHORT_VOLATILITY_COUNT"),
        (many(4, strategy="other", underlying="XLE"), {}, None),
        (many(3, strategy="other", underlying="ES", is_short_volatility=False), {}, "INDEX_COUNT"),
        (many(2, strategy="other", underlying="ES", is_short_volatility=False), {}, None),
        (many(3, strategy="other", underlying="QQQ", is_short_volatility=False), {}, "CORRELATION_GROUP"),
        (many(2, strategy="other", underlying="QQQ", is_short_volatility=False), {}, None),
        (many(3, strategy="other", underlying="NQ", is_short_volatility=False), {}, "CORRELATION_FAMILY"),
        (many(2, strategy="other", underlying="NQ", is_short_volatility=False), {}, None),
        ((), {"zero_dte__underlying": "GOOG"}, "UNKNOWN_UNDERLYING"),
    ],
)
def test_counts(exposures: tuple[Any, ...], parameters: dict[str, str], expected: str | None) -> None:
    assert code(account(exposures=exposures), **parameters) == expected


def test_a_group_at_work_counts_like_a_position() -> None:
    working = many(5, underlying="XLE", is_working=True)
    assert code(account(exposures=working)) == "STRATEGY_COUNT"


def test_a_high_vix_lowers_the_group_limit_to_no_less_than_one() -> None:
    wild = day_market(the_vix=Decimal("30.1"))
    two = many(2, strategy="other", underlying="SPY", is_short_volatility=False)
    assert code(account(exposures=two), wild, zero_dte__vix_preset="off") == "CORRELATION_GROUP"
    assert code(account(phase=1), wild, zero_dte__vix_preset="off", correlation__a2="1,1,1,1,1") is None


@pytest.mark.parametrize("phase", range(5))
def test_products_begin_in_their_phase(phase: int) -> None:
    settings = Settings.from_parameters({"futures_strangle.enabled": "true"})
    market = day_market()
    intent = intent_for(spec_of("futures_strangle", settings, "ES"), market, AT_1030)
    denial = StrategyValidator(settings).check_intent(intent, account(phase=phase), market, AT_1030)
    assert denial is not None
    assert (denial.code == "PHASE") is (phase < 3)  # ES from phase 3; then it is the wrong day


def test_a_product_that_is_not_listed_is_never_traded() -> None:
    assert code(strategy="futures_strangle", underlying="USO", futures_strangle__products="USO") == "PHASE"


# -- correlation table -----------------------------------------------------------------------------------------------


def test_no_underlying_is_in_two_groups() -> None:
    roots = [root for members in GROUPS.values() for root in members]
    assert len(roots) == len(set(roots))
    families = [root for members in FAMILIES.values() for root in members]
    assert len(families) == len(set(families))


def test_an_added_member_belongs_to_its_family_too() -> None:
    settings = Settings.from_parameters({"correlation.members": "GOOG:A2"}).correlation
    assert group_of("GOOG", settings) == "A2"
    family = family_of("GOOG", settings)
    assert family is not None
    assert family[0] == "EQUITY_INDEX"
    assert {"GOOG", "SPX", "ES"} <= family[1]
    assert group_of("TSLA", settings) is None


# -- the chain itself ------------------------------------------------------------------------------------------------


def test_the_order_is_the_methods() -> None:
    assert [check.code for check in INTENT_CHECKS[:5]] == [
        "PHASE",
        "MARKET_CLOSED",
        "OUTSIDE_WINDOW",
        "VIX_BAND",
        "TRADING_STATE",
    ]
    assert PLAN_CHECKS[0].code == "CREDIT_RATIO"
    everything_wrong = day_market(open=False, the_vix=None, price=None)
    assert code(account(phase=0, state=TradingState.HALTED), everything_wrong) == "PHASE"
    assert code(account(state=TradingState.HALTED), everything_wrong) == "MARKET_CLOSED"
    assert code(account(state=TradingState.HALTED), day_market(the_vix=None)) == "VIX_MISSING"


def test_every_rule_has_one_code_and_one_line() -> None:
    rows = chain_rows()
    assert len({code for code, _ in rows}) == len(rows)
    assert all(about.endswith(".") and code == code.upper() for code, about in rows)


def good_plan(settings: Settings, of: Account, market: DayMarket) -> TradePlan | Denial:
    spec = specs(settings)[0]
    intent = intent_for(spec, market, AT_1030)
    legs = select_legs(spec, intent, scene_in(intent, market))
    assert not isinstance(legs, NoStrike)
    return plan_trade(spec, intent, legs, market, of, settings)


MARKET = day_market()
PLAN = good_plan(Settings(), account(1_000_000), MARKET)


@given(st.permutations(range(len(PLAN_CHECKS))), st.integers(20_000, 400_000))
def test_plan_checks_do_not_depend_on_their_order(order: list[int], equity: int) -> None:
    settings, market, of, plan = Settings(), MARKET, account(equity), PLAN
    assert isinstance(plan, TradePlan)
    validator = StrategyValidator(settings)
    before = [validator.check_plan(plan, of, market, AT_1030) for _ in range(2)]
    case = validator._case(plan.intent, of, market, AT_1030)
    denials = {PLAN_CHECKS[index].code: PLAN_CHECKS[index].check(plan, case) for index in order}
    first = next((denials[check.code] for check in PLAN_CHECKS if denials[check.code] is not None), None)
    assert before == [first, first]


@given(st.integers(0, 4), st.integers(0, 8))
def test_another_position_never_loosens_a_limit(phase: int, held: int) -> None:
    settings, market = Settings(), MARKET
    more = many(held + 1, strategy="other", underlying="SPY")
    intent = intent_for(specs(settings)[0], market, AT_1030)
    validator = StrategyValidator(settings)
    fewer = validator.check_intent(intent, account(phase=phase, exposures=more[:-1]), market, AT_1030)
    if fewer is not None:
        assert validator.check_intent(intent, account(phase=phase, exposures=more), market, AT_1030) is not None
    small = validator._case(intent, account(phase=phase, exposures=more[:-1]), market, AT_1030)
    large = validator._case(intent, account(phase=phase, exposures=more), market, AT_1030)
    for budget in BUDGETS:
        left, less = budget.room(small), budget.room(large)
        assert not isinstance(left, Denial)
        assert not isinstance(less, Denial)
        assert less <= left


# -- credit ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credit", "risk", "contracts", "good"),
    [
        ("200", "1000", 1, True),  # exactly 20 %
        ("199.99", "1000", 1, False),
        ("25", "125", 1, True),
        ("24.99", "100", 1, False),  # less than 25 USD a contract
        ("49.99", "200", 2, False),
        ("50", "200", 2, True),
        ("200", "0", 1, False),
        ("200", "1000", 0, False),
        ("-5", "1000", 1, False),
    ],
)
def test_the_seeds_gate(credit: str, risk: str, contracts: int, good: bool) -> None:
    validator = StrategyValidator(Settings())
    answer, text = validator.validate_expected_credit("zero_dte", Decimal(credit), Decimal(risk), contracts)
    assert answer is good
    assert text


def test_an_unknown_strategy_has_no_gate_to_pass() -> None:
    answer, text = StrategyValidator(Settings()).validate_expected_credit("zero", Decimal(500), Decimal(1000), 1)
    assert answer is False
    assert "zero_dte" in text


def denial_of(check: Callable[[], Denial | None]) -> Denial:
    denial = check()
    assert denial is not None
    return denial


def test_a_poor_credit_is_denied_with_its_figures() -> None:
    settings = Settings.from_parameters({"zero_dte.min_credit_fraction": "0.9"})
    plan = good_plan(settings, account(), day_market())
    assert isinstance(plan, Denial)
    assert plan.code == "CREDIT_RATIO"
    assert "90.0%" in plan.text
    rich = good_plan(Settings(), account(), day_market())
    assert isinstance(rich, TradePlan)
    poor = replace(rich, expected_net=Decimal("-0.20"))
    market = day_market()
    assert denial_of(lambda: StrategyValidator(Settings()).check_plan(poor, account(), market, AT_1030)).code == (
        "CREDIT_AMOUNT"
    )


def test_the_rules_read_and_do_not_write() -> None:
    market, of = day_market(), account(exposures=many(2, underlying="XLE"))
    intent = intent_for(specs(Settings())[0], market, AT_1030)
    validator = StrategyValidator(Settings())
    answers = {validator.check_intent(intent, of, market, AT_1030) for _ in range(3)}
    assert answers == {None}

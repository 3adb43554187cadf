"""The method's tables of limits, row by row, each asked on both sides of its boundary (method 2.1 to 2.6)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from market_days import AT_1030, account, day_market, exposure, spec_of
from tomking.market.universe import Product, UnderlyingKind
from tomking.risk.budget import MarginCircuit, PhaseBudget, PositionBudget, Reserve, VixBudget
from tomking.risk.case import Budget, Case
from tomking.risk.concentration import GroupConcentration, StrategyConcentration, UnderlyingConcentration
from tomking.risk.correlation import GROUPS, FamilyCount, GroupCount
from tomking.risk.count import DayCount, IndexCount, ShortVolatilityCount, StrategyCount, TotalCount, UnderlyingCount
from tomking.risk.phase import PhaseAllows
from tomking.settings import Settings
from tomking.strategies.entries import intent_for
from tomking.strategies.intent import NoStrike, TradePlan
from tomking.strategies.sizing import plan_trade
from tomking.strategies.spec import StrategySpec
from tomking.strategies.strikes import scene_of, select_legs

PHASES = range(1, 5)
SETTINGS = Settings()
EQUITY = Decimal(100_000)

POSITIONS = {  # method 2.3, the column "use"; the ladder's is that of its long rungs
    "zero_dte": (1, 2, 3, 5),
    "lt112": (0, 1, 2, 3),
    "futures_strangle": (2, 3, 4, 6),
    "ipmcc": (1, 2, 3, 4),
    "leap_ladder": (0, 4, 4, 4),
    "ratio_spread": (0, 2, 4, 5),
    "bear_trap": (0, 0, 1, 2),
}
TOTAL = (3, 5, 7, 10)
A_DAY = (2, 3, 5, 7, 10)  # method 2.2, phases 0 to 4
OF_ONE_POSITION = {  # method 2.4
    "zero_dte": ("0.02", "0.025", "0.03", "0.035"),
    "lt112": ("0", "0.06", "0.08", "0.10"),
    "futures_strangle": ("0.025", "0.035", "0.045", "0.055"),
    "ipmcc": ("0.08", "0.10", "0.12", "0.15"),
    "leap_ladder": ("0", "0.02", "0.02", "0.02"),
    "ratio_spread": ("0", "0.02", "0.02", "0.02"),
    "bear_trap": ("0", "0", "0.05", "0.05"),
}
OF_ALL = ("0.30", "0.50", "0.65", "0.80")
BY_VIX = (  # method 2.5: from this VIX on
    ("5", "0.45"),
    ("12.99", "0.45"),
    ("13", "0.65"),
    ("17.99", "0.65"),
    ("18", "0.75"),
    ("24.99", "0.75"),
    ("25", "0.50"),
    ("29.99", "0.50"),
    ("30", "0.40"),
    ("39.99", "0.40"),
    ("40", "0.25"),
    ("80", "0.25"),
)
CIRCUIT = (("19.99", "0.80"), ("20", "0.70"), ("29.99", "0.70"), ("30", "0.60"), ("39.99", "0.60"), ("40", "0.50"))
IN_GROUP = {  # method 2.6, phases 0 to 4
    "A1": (1, 1, 2, 2, 3),
    "A2": (1, 2, 2, 3, 3),
    "B1": (1, 1, 2, 2, 2),
    "B2": (1, 1, 1, 2, 2),
    "C1": (1, 1, 2, 2, 3),
    "C2": (1, 1, 1, 1, 2),
    "D1": (1, 1, 1, 2, 2),
    "D2": (1, 1, 1, 1, 2),
    "E": (1, 1, 2, 2, 2),
}
FIRST_PHASE = {  # method 2.2 and 1.3: the first phase that trades a product
    "zero_dte": {"SPX": 1},
    "futures_strangle": {
        "MCL": 0,
        "MGC": 0,
        "GLD": 1,
        "TLT": 1,
        "SLV": 2,
        "XOP": 2,
        "M6A": 2,
        "M6E": 2,
        "MES": 2,
        "MNQ": 2,
        "ES": 3,
        "CL": 3,
        "GC": 3,
        "ZB": 3,
        "ZN": 3,
        "6E": 3,
        "LE": 3,
        "SI": 4,
        "NQ": 4,
        "RTY": 4,
        "ZC": 4,
        "HE": 4,
    },
    "lt112": {"XSP": 2, "MES": 2, "SPY": 2, "ES": 3, "SPX": 3},
    "ipmcc": {"SPY": 1, "QQQ": 1, "IWM": 1},
    "leap_ladder": {"SPY": 2},
    "ratio_spread": {"SPY": 2},
    "bear_trap": {"SPY": 3},
}


def case_of(spec: StrategySpec, phase: int = 4, *, vix: str = "16", held: int = 0, **facts: object) -> Case:
    """The strategy's wish, while so many other positions are held: on `underlying`, of `strategy`."""
    of = {"strategy": "other", "underlying": "LE", "requirement": 0} | facts
    exposures = tuple(exposure(position_id=f"p{number}", **of) for number in range(held))  # type: ignore[arg-type]
    market = day_market(the_vix=Decimal(vix))
    intent = intent_for(spec, market, AT_1030)
    return Case(
        settings=SETTINGS,
        account=account(EQUITY, phase, exposures=exposures),
        market=market,
        now=AT_1030,
        intent=intent,
    )


def on(spec: StrategySpec, underlying: str) -> StrategySpec:
    return replace(spec, product=Product(underlying, underlying, UnderlyingKind.FUTURE))


def one_package() -> TradePlan:
    spec, market = spec_of("zero_dte"), day_market()
    intent = intent_for(spec, market, AT_1030)
    chain = market.chain("SPX")
    assert chain is not None
    legs = select_legs(spec, intent, scene_of(spec, chain, AT_1030, 0.02))
    assert not isinstance(legs, NoStrike)
    plan = plan_trade(spec, intent, legs, market, account(1_000_000), SETTINGS)
    assert isinstance(plan, TradePlan)
    return plan


PLAN = one_package()


def assert_bound(budget: Budget, case: Case, room: Decimal) -> None:
    """A trade that needs all of the room passes, a cent more does not."""
    fits = replace(PLAN, quantity=1, requirement=room)
    assert budget.check(fits, case) is None
    denial = budget.check(replace(fits, requirement=room + Decimal("0.01")), case)
    assert denial is not None
    assert denial.code == budget.code


# -- 2.2 and 2.3: who may trade, and how many -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "root", "first"),
    [(strategy, root, first) for strategy, roots in FIRST_PHASE.items() for root, first in roots.items()],
)
def test_first_phases(strategy: str, root: str, first: int) -> None:
    settings = Settings.from_parameters({} if strategy == "zero_dte" else {f"{strategy}.products": root})
    spec = spec_of(strategy, settings, root)
    for phase in range(5):
        limit = spec.sizing.max_positions[phase]
        assert (PhaseAllows().check(case_of(spec, phase)) is None) is (phase >= first and limit > 0)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("strategy", POSITIONS)
def test_positions_of_a_strategy(strategy: str, phase: int) -> None:
    spec, limit = spec_of(strategy), POSITIONS[strategy][phase - 1]
    assert spec.sizing.max_positions[phase] == limit
    assert StrategyCount().check(case_of(spec, phase, held=limit, strategy=strategy)) is not None
    if limit:
        assert StrategyCount().check(case_of(spec, phase, held=limit - 1, strategy=strategy)) is None


@pytest.mark.parametrize("phase", PHASES)
def test_positions_of_all_strategies(phase: int) -> None:
    spec, limit = spec_of("zero_dte"), TOTAL[phase - 1]
    assert TotalCount().check(case_of(spec, phase, held=limit - 1)) is None
    assert TotalCount().check(case_of(spec, phase, held=limit)) is not None


@pytest.mark.parametrize("phase", range(5))
def test_trades_of_a_day(phase: int) -> None:
    asked = case_of(spec_of("zero_dte"), phase)
    for begun, opens in ((A_DAY[phase] - 1, True), (A_DAY[phase], False)):
        case = replace(asked, account=replace(asked.account, opened_today=begun))
        assert (DayCount().check(case) is None) is opens


@pytest.mark.parametrize(
    ("check", "limit", "facts"),
    [
        (UnderlyingCount(), 2, {"underlying": "SPX"}),
        (IndexCount(), 3, {"underlying": "ES"}),
        (IndexCount(), 3, {"underlying": "SPY"}),
        (ShortVolatilityCount(), 5, {}),
        (FamilyCount(), 3, {"underlying": "NQ"}),
    ],
)
def test_the_lessons_of_august(check: object, limit: int, facts: dict[str, object]) -> None:
    spec = spec_of("zero_dte")
    assert check.check(case_of(spec, held=limit - 1, **facts)) is None  # type: ignore[attr-defined]  # each is a check
    assert check.check(case_of(spec, held=limit, **facts)) is not None  # type: ignore[attr-defined]


# -- 2.4 and 2.5: buying power ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("strategy", OF_ONE_POSITION)
def test_buying_power_of_one_position(strategy: str, phase: int) -> None:
    share = Decimal(OF_ONE_POSITION[strategy][phase - 1])
    assert_bound(PositionBudget(), case_of(spec_of(strategy), phase), share * EQUITY)


@pytest.mark.parametrize("phase", PHASES)
def test_buying_power_of_all_positions(phase: int) -> None:
    case = case_of(spec_of("zero_dte"), phase, held=1, requirement=10_000)
    assert_bound(PhaseBudget(), case, Decimal(OF_ALL[phase - 1]) * EQUITY - 10_000)


@pytest.mark.parametrize(("vix", "share"), BY_VIX)
def test_buying_power_by_vix(vix: str, share: str) -> None:
    assert_bound(VixBudget(), case_of(spec_of("zero_dte"), vix=vix), Decimal(share) * EQUITY)


@pytest.mark.parametrize(("vix", "share"), CIRCUIT)
def test_the_margin_circuit(vix: str, share: str) -> None:
    case = case_of(spec_of("zero_dte"), vix=vix)
    in_use = replace(case, account=replace(case.account, buying_power=EQUITY - 40_000))
    assert_bound(MarginCircuit(), in_use, Decimal(share) * EQUITY - 40_000)


def test_the_reserve_and_the_concentrations_of_the_seed() -> None:
    spec = spec_of("zero_dte")
    case = case_of(spec)
    assert_bound(Reserve(), case, Decimal("0.80") * EQUITY)
    same = {"requirement": 5_000, "strategy": "zero_dte", "underlying": "SPX"}
    assert_bound(UnderlyingConcentration(), case_of(spec, held=1, **same), Decimal("0.15") * EQUITY - 5_000)
    assert_bound(GroupConcentration(), case_of(spec, held=1, **(same | {"underlying": "QQQ"})), Decimal(25_000))
    assert_bound(StrategyConcentration(), case_of(spec, held=1, **same), Decimal("0.40") * EQUITY - 5_000)


# -- 2.6: groups ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", range(5))
@pytest.mark.parametrize("group", IN_GROUP)
def test_positions_in_a_group(group: str, phase: int) -> None:
    wanted, other = GROUPS[group][0], GROUPS[group][-1]
    spec, limit = on(spec_of("futures_strangle"), wanted), IN_GROUP[group][phase]
    for vix, most in (("30", limit), ("30.01", max(1, limit - 1))):
        assert GroupCount().check(case_of(spec, phase, vix=vix, held=most - 1, underlying=other)) is None
        assert GroupCount().check(case_of(spec, phase, vix=vix, held=most, underlying=other)) is not None

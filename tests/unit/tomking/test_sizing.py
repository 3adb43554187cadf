from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from market_days import AT_1030, DayMarket, account, day_market, exposure, priced_chain, scene_in
from tomking.market.payoff import max_loss
from tomking.risk.account import Account
from tomking.risk.buying_power import Quoted, requirement
from tomking.risk.validator import StrategyValidator
from tomking.risk.verdict import Denial
from tomking.settings import Settings
from tomking.strategies.catalog import specs
from tomking.strategies.entries import intent_for
from tomking.strategies.intent import NoStrike, TradePlan
from tomking.strategies.sizing import contract_cap, plan_trade, size_factors
from tomking.strategies.strikes import select_legs


def planned(
    of: Account | None = None, market: DayMarket | None = None, settings: Settings | None = None
) -> TradePlan | Denial:
    market, settings = market or day_market(), settings or Settings()
    spec = specs(settings)[0]
    intent = intent_for(spec, market, AT_1030)
    legs = select_legs(spec, intent, scene_in(intent, market))
    assert not isinstance(legs, NoStrike)
    return plan_trade(spec, intent, legs, market, of or account(), settings)


def plan(of: Account | None = None, market: DayMarket | None = None, settings: Settings | None = None) -> TradePlan:
    found = planned(of, market, settings)
    assert isinstance(found, TradePlan), found
    return found


def without_limits(**parameters: str) -> Settings:
    """Only the limit under test can bind."""
    wide = {
        "zero_dte.contract_caps": "0:1000",
        "zero_dte.buying_power_fractions": "1,1,1,1,1",
        "phases.buying_power_fractions": "1,1,1,1,1",
        "risk.vix_limits_apply": "false",
        "risk.cash_reserve_fraction": "0",
        "risk.trade_risk_fraction": "1",
        "risk.max_loss_fraction": "1",
        "risk.underlying_fraction": "1",
        "risk.group_fraction": "1",
        "risk.strategy_fraction": "1",
        "risk.stress_loss_fraction": "1",
        "risk.margin_circuit": "0:1",
        "execution.depth_multiple": "0",
    }
    return Settings.from_parameters({**wide, **{name.replace("__", "."): text for name, text in parameters.items()}})


def test_the_figures_of_a_plan() -> None:
    found = plan()
    assert found.expected_net < 0
    assert found.expected_net < found.natural_net <= found.worst_net + (found.natural_net - found.expected_net)
    assert found.max_loss == max_loss(found.legs, found.worst_net) * 100  # type: ignore[operator]
    assert found.expected_max_loss == max_loss(found.legs, found.expected_net) * 100  # type: ignore[operator]
    assert found.requirement == found.max_loss
    assert found.total_requirement == found.requirement * found.quantity


@pytest.mark.parametrize("half_spread", ["0.05", "0.30"])
def test_the_walk_may_not_go_below_the_gate(half_spread: str) -> None:
    """At `worst_net` the credit still passes the gate, however wide the market: 20 % of the loss, and 25 USD."""
    found = plan(market=day_market(priced_chain(half_spread=Decimal(half_spread))))
    worst_credit = -found.worst_net * 100
    assert found.max_loss is not None
    assert worst_credit >= Decimal("0.20") * found.max_loss - Decimal("0.0001")
    assert worst_credit >= 25


def test_nor_further_than_half_a_spread_beyond_natural() -> None:
    found = plan()
    half = found.natural_net - found.expected_net
    assert found.worst_net <= found.natural_net + half


@pytest.mark.parametrize(
    ("parameter", "value", "code"),
    [
        ("zero_dte.contract_caps", "0:0", "CONTRACT_CAP"),
        ("zero_dte.buying_power_fractions", "0,0,0,0,0", "POSITION_BUYING_POWER"),
        ("phases.buying_power_fractions", "0,0,0,0,0", "PHASE_BUYING_POWER"),
        ("risk.trade_risk_fraction", "0.001", "TRADE_RISK"),
        ("risk.max_loss_fraction", "0.001", "MAX_LOSS"),
        ("risk.underlying_fraction", "0.01", "CONCENTRATION_UNDERLYING"),
        ("risk.group_fraction", "0.01", "CONCENTRATION_GROUP"),
        ("risk.strategy_fraction", "0.01", "CONCENTRATION_STRATEGY"),
        ("risk.cash_reserve_fraction", "0.9", "CASH_RESERVE"),
    ],
)
def test_no_room_for_one_is_a_denial_never_one_contract(parameter: str, value: str, code: str) -> None:
    settings = without_limits(**{parameter.replace(".", "__"): value})
    poor = account(20_000, buying_power=18_100)
    found = planned(poor, settings=settings)
    assert isinstance(found, Denial)
    assert found.code == code
    assert planned(poor, settings=without_limits()) != found


def test_a_missing_vix_denies_where_buying_power_depends_on_it() -> None:
    found = planned(market=day_market(the_vix=None))
    assert isinstance(found, Denial)
    assert found.code == "VIX_MISSING"
    assert isinstance(
        planned(market=day_market(the_vix=None), settings=Settings.from_parameters({"risk.vix_limits_apply": "false"})),
        TradePlan,
    )


@pytest.mark.parametrize(
    ("vix", "share"),
    [
        ("12.99", "0.45"),
        ("13", "0.65"),
        ("18", "0.75"),
        ("24.9", "0.75"),
        ("25", "0.50"),
        ("30", "0.40"),
        ("41", "0.25"),
    ],
)
def test_the_vix_table(vix: str, share: str) -> None:
    settings = without_limits(risk__vix_limits_apply="true", zero_dte__vix_preset="off", zero_dte__vix_sizes="90:1")
    market = day_market(the_vix=Decimal(vix), vix_at_open=Decimal(vix))
    found = plan(account(100_000), market, settings)
    assert found.quantity == int(Decimal(share) * 100_000 / found.requirement)


@pytest.mark.parametrize(
    ("equity", "cap"),
    [(30_000, 1), (39_999, 1), (40_000, 2), (75_000, 3), (99_999, 3), (100_000, 4), (150_000, 5), (900_000, 5)],
)
def test_contract_caps(equity: int, cap: int) -> None:
    assert contract_cap(specs(Settings())[0].sizing, Decimal(equity)) == cap


# -- what makes it smaller -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vix", "opened", "mark", "factors"),
    [
        ("12", "12", 100_000, ()),
        ("13.2", "12", 100_000, ()),  # exactly 10 % up
        ("13.21", "12", 100_000, ("0.5",)),
        ("30", "30", 100_000, ()),
        ("30.1", "30", 100_000, ("0.75",)),
        ("34", "30", 100_000, ("0.5", "0.75")),
        ("12", "12", 111_111, ()),
        ("12", "12", 111_112, ("0.5",)),  # 10 % drawdown
        ("12", None, 100_000, ()),
        (None, None, 100_000, ()),
    ],
)
def test_size_factors(vix: str | None, opened: str | None, mark: int, factors: tuple[str, ...]) -> None:
    market = day_market(
        the_vix=None if vix is None else Decimal(vix), vix_at_open=None if opened is None else Decimal(opened)
    )
    found = size_factors(specs(Settings())[0], market, account(mark=mark), Settings())
    assert tuple(str(factor) for factor, _ in found) == factors


def test_half_size_rounds_down_and_to_nothing() -> None:
    calm, risen = day_market(), day_market(the_vix=Decimal(15), vix_at_open=Decimal(12))
    for caps, whole, half in (("0:4", 4, 2), ("0:3", 3, 1)):
        settings = without_limits(zero_dte__contract_caps=caps)
        assert plan(market=calm, settings=settings).quantity == whole
        assert plan(market=risen, settings=settings).quantity == half
    one = without_limits(zero_dte__contract_caps="0:1")
    assert plan(market=calm, settings=one).quantity == 1
    assert isinstance(planned(market=risen, settings=one), Denial)


CHAINS = {volatility: priced_chain(volatility=volatility) for volatility in (0.2, 0.3, 0.5)}


@hypothesis_settings(max_examples=50)
@given(
    equity=st.integers(5_000, 2_000_000),
    phase=st.integers(1, 4),
    vix=st.decimals(9, 60, places=2),
    rise=st.decimals("0.8", "1.4", places=2),
    fall=st.decimals(0, "0.3", places=3),
    held=st.integers(0, 60),
    volatility=st.sampled_from(sorted(CHAINS)),
)
def test_a_size_never_exceeds_a_limit(
    equity: int, phase: int, vix: Decimal, rise: Decimal, fall: Decimal, held: int, volatility: float
) -> None:
    """Whatever the account: a plan passes every check at its size, and one more package breaks the tightest limit."""
    settings = Settings.from_parameters({"zero_dte.vix_preset": "off", "zero_dte.min_credit_fraction": "0.01"})
    used = Decimal(equity) * held / 100
    book = (exposure("other", "XLE", used / 2, position_id="a"), exposure("other", "SPY", used / 2, position_id="b"))
    of = account(equity, phase, mark=Decimal(equity) / (1 - fall), buying_power=equity - used, exposures=book)
    market = day_market(CHAINS[volatility], the_vix=vix, vix_at_open=vix / rise)
    found = planned(of, market, settings)
    if isinstance(found, Denial):
        assert found.code
        return
    assert found.quantity >= 1
    assert StrategyValidator(settings).check_plan(found, of, market, AT_1030) is None
    assert found.total_requirement <= settings.zero_dte.buying_power_fractions[phase] * equity
    assert found.total_requirement + used <= settings.phases.buying_power_fractions[phase] * equity
    assert of.buying_power - found.total_requirement >= Decimal("0.20") * equity
    cap = contract_cap(found.intent.spec.sizing, Decimal(equity))
    assert cap is not None
    assert found.quantity <= cap
    if not size_factors(found.intent.spec, market, of, settings) and found.quantity < cap:
        more = replace(found, quantity=found.quantity + 1)
        assert StrategyValidator(settings).check_plan(more, of, market, AT_1030) is not None


@pytest.mark.parametrize(("multiple", "packages"), [("1", 50), ("2", 25), ("3", 16), ("10", 5)])
def test_no_more_than_the_quotes_are_deep_enough_for(multiple: str, packages: int) -> None:
    """50 contracts are quoted on both sides; the gate would refuse more, and so nothing at all."""
    found = plan(account(5_000_000), settings=without_limits(execution__depth_multiple=multiple))
    assert found.quantity == packages
    assert found.limits[0] == f"QUOTED_SIZE {packages:.2f}"


def test_where_nothing_is_quoted_the_gate_denies_and_not_the_size() -> None:
    settings = without_limits(execution__depth_multiple="10")
    market = day_market()
    market.quotes = {one: replace(each, bid_size=5, ask_size=5) for one, each in market.quotes.items()}
    assert plan(account(5_000_000), market=market, settings=settings).quantity == 1


def test_an_unpriced_leg_is_no_trade() -> None:
    market = day_market()
    spec = specs(Settings())[0]
    intent = intent_for(spec, market, AT_1030)
    legs = select_legs(spec, intent, scene_in(intent, market))
    assert not isinstance(legs, NoStrike)
    del market.quotes[legs[0].contract]
    found = plan_trade(spec, intent, legs, market, account(), Settings())
    assert isinstance(found, Denial)
    assert found.code == "NO_PRICE"


def test_the_requirement_is_that_of_the_worst_fill() -> None:
    found = plan()
    quoted = Quoted(Decimal(2740), found.prices, AT_1030, 0.02)
    at_mid = requirement(found.legs, found.expected_net, quoted, Settings().risk)
    assert found.requirement > at_mid

"""The strangle: who may trade what, its gates, and the defence by delta step by step."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from modelled_market import Underlying
from story import Story
from tomking.events import ExitReason, Purpose
from tomking.market.calendar import session_date, settles_at
from tomking.market.contract import Contract, Right
from tomking.market.event_dates import event_dates
from tomking.market.greeks import own_deltas, years_between
from tomking.positions.component import ComponentStatus
from tomking.positions.position import MultiLegPosition, PositionStatus
from tomking.risk.validator import StrategyValidator
from tomking.settings import Settings
from tomking.strategies.catalog import specs
from tomking.strategies.futures_strangle import product_class

SECOND_TUESDAY = date(2018, 1, 9)
TEN = time(10)


def begun(
    root: str = "ES",
    price: float = 2740.0,
    cash: int = 300_000,
    *,
    rank: str | None = "0.5",
    on: date = SECOND_TUESDAY,
    vix: str = "16",
    step: float = 10.0,
    multiplier: int = 50,
    **parameters: str,
) -> Story:
    story = Story(
        Underlying(root, price, 0.16, 0.12, step=step, multiplier=multiplier, half_spread=0.01),
        begins=on,
        windows=((75, 105),),
        cash=cash,
        vix=vix,
        futures_strangle__enabled="true",
        futures_strangle__products=root,
        **{"futures_strangle__credit_fractions": "ES:0.09", "risk__trade_risk_fraction": "0.2", **parameters},
    )
    if rank is not None:
        story.market.ranks[root] = Decimal(rank)
    story.at(on, TEN)
    return story


def deltas(story: Story) -> dict[Right, float]:
    """Deltas of what is short, without signs."""
    found: dict[Right, float] = {}
    for contract in story.only.held:
        quote, years = story.market.quote(contract), years_between(story.now, settles_at(contract))
        assert quote is not None
        assert contract.right is not None
        price = story.market.underlyings[contract.underlying].price
        found[contract.right] = abs(float(own_deltas([contract], [quote], price, years, 0.02)[0][0]))
    return found


def leg(position: MultiLegPosition, right: Right) -> Contract | None:
    return next((contract for contract in position.held if contract.right is right), None)


def moved(story: Story, right: Right, delta: float) -> None:
    """The price goes to where the short of that right has this delta."""
    contract = leg(story.only, right)
    assert contract is not None
    story.move_to_delta(contract, delta)


def test_a_far_put_and_a_far_call() -> None:
    story = begun()
    found = deltas(story)
    assert 0.05 <= found[Right.PUT] <= 0.07
    assert 0.045 <= found[Right.CALL] <= 0.065
    assert 80 <= (story.only.expiry - SECOND_TUESDAY).days <= 100  # type: ignore[operator]
    assert story.only.max_loss is None


@pytest.mark.parametrize(
    ("root", "phase"),
    [
        ("MCL", 0),
        ("MGC", 0),
        ("GLD", 1),
        ("TLT", 1),
        ("SLV", 2),
        ("MES", 2),
        ("ES", 3),
        ("CL", 3),
        ("SI", 4),
        ("NQ", 4),
    ],
)
def test_products_by_phase(root: str, phase: int) -> None:
    settings = Settings.from_parameters({"futures_strangle.products": root})
    (spec,) = [spec for spec in specs(settings) if spec.name == "futures_strangle"]
    assert spec.first_phase == phase


@pytest.mark.parametrize(
    ("rank", "code"), [(None, "IV_RANK_MISSING"), ("0.30", "IV_RANK"), ("0.31", None), ("1", None)]
)
def test_the_rank_of_implied_volatility(rank: str | None, code: str | None) -> None:
    assert begun(rank=rank).codes == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("on", "opened"), [(date(2018, 1, 9), True), (date(2018, 1, 2), False), (date(2018, 1, 10), False)]
)
def test_the_second_tuesday(on: date, opened: bool) -> None:
    assert bool(begun(on=on).positions) is opened


@pytest.mark.parametrize(("vix", "factor"), [("20", 1.0), ("39", 1.0), ("15", 0.75)])
def test_a_low_vix_makes_it_smaller(vix: str, factor: float) -> None:
    wide = {
        "futures_strangle__buying_power_fractions": "1,1,1,1,1",
        "risk__trade_risk_fraction": "1",
        "risk__stress_loss_fraction": "1",
        "risk__underlying_fraction": "1",
        "risk__group_fraction": "1",
    }
    whole = begun(vix="20", cash=2_000_000, **wide, risk__vix_buying_power="0:0.4", risk__margin_circuit="0:0.8")
    found = begun(vix=vix, cash=2_000_000, **wide, risk__vix_buying_power="0:0.4", risk__margin_circuit="0:0.8")
    assert found.only.wanted == pytest.approx(whole.only.wanted * factor, abs=1)


@pytest.mark.parametrize(("wanted", "opened"), [("0.05", True), ("0.90", False)])
def test_the_credit_is_measured_by_the_estimated_margin_of_each_product(wanted: str, opened: bool) -> None:
    story = begun(futures_strangle__credit_fractions=f"ES:{wanted}")
    assert bool(story.positions) is opened
    assert opened or story.codes == ["CREDIT_RATIO"]


@pytest.mark.parametrize(("day", "denied"), [("2018-02-08", True), ("2018-02-09", False), ("2018-01-08", False)])
def test_an_event_of_the_product_within_thirty_days(day: str, denied: bool) -> None:
    story = begun(on=date(2018, 1, 8))
    story.desk.validator = StrategyValidator(story.settings, event_dates(f"{day},ES"))
    story.desk._entries._validator = story.desk.validator
    story.at(SECOND_TUESDAY, TEN)
    assert ("EVENT" in story.codes) is denied


# -- defence --------------------------------------------------------------------------------------------------------


def test_a_delta_of_16_is_held() -> None:
    story = begun(futures_strangle__stop_multiple="10")
    moved(story, Right.PUT, 0.17)
    assert story.reasons == []
    assert not story.groups(Purpose.ROLL)


def test_at_20_the_untested_side_comes_nearer_for_a_credit() -> None:
    story = begun(futures_strangle__stop_multiple="10")
    position = story.only
    tested, untested = leg(position, Right.PUT), leg(position, Right.CALL)
    moved(story, Right.PUT, 0.22)
    (roll,) = story.groups(Purpose.ROLL)
    assert story.reasons == []
    assert tested in position.held, "the loser is not rolled"
    assert untested not in position.held
    new = leg(position, Right.CALL)
    assert new is not None
    assert new.strike < untested.strike  # type: ignore[operator, union-attr]
    assert new.expiry == untested.expiry  # type: ignore[union-attr]
    assert roll.worst_net is not None
    assert roll.worst_net < 0
    assert deltas(story)[Right.CALL] == pytest.approx(0.16, abs=0.02)
    assert position.components[untested].status is ComponentStatus.ROLLED  # type: ignore[index]
    story.at(session_date(story.now), time(13))
    assert len(story.groups(Purpose.ROLL)) == 1, "it is near enough now"


def test_at_25_the_tested_side_goes_alone() -> None:
    story = begun(futures_strangle__stop_multiple="10", futures_strangle__profit_target_fraction="1")
    position = story.only
    moved(story, Right.CALL, 0.26)
    assert story.reasons == [ExitReason.DELTA]
    assert leg(position, Right.CALL) is None
    assert leg(position, Right.PUT) is not None
    assert position.status is PositionStatus.PARTIALLY_CLOSED


def test_at_30_everything_goes() -> None:
    story = begun(futures_strangle__stop_multiple="10")
    position = story.only
    moved(story, Right.PUT, 0.31)
    assert story.reasons == [ExitReason.DELTA]
    assert position.status is PositionStatus.CLOSED


def test_what_is_left_of_it_has_a_target_of_its_own() -> None:
    """The tested call was closed at a loss; the put is held to its share of what it brought."""
    story = begun(futures_strangle__stop_multiple="10", futures_strangle__profit_target_fraction="0.8")
    position = story.only
    moved(story, Right.CALL, 0.26)
    put = leg(position, Right.PUT)
    assert put is not None
    story.price("ES", story.market.underlyings["ES"].price, 0.14)
    story.at(session_date(story.now) + timedelta(days=12), time(12), seconds=120)
    assert story.reasons[0] is ExitReason.DELTA
    assert set(story.reasons[1:]) == {ExitReason.PROFIT}
    assert all(leg.contract == put for group in story.groups(Purpose.CLOSE)[1:] for leg in group.legs)


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("MCL", "energy"),
        ("XOP", "energy"),
        ("GLD", "metals"),
        ("SI", "metals"),
        ("6E", "currencies"),
        ("LE", "agriculture"),
        ("ES", "other"),
        ("TLT", "other"),
    ],
)
def test_classes_for_distances(root: str, kind: str) -> None:
    assert product_class(root) == kind


def test_strikes_by_distance_where_no_greeks_are_to_be_had() -> None:
    story = begun(
        "MCL",
        60.0,
        step=0.5,
        multiplier=100,
        futures_strangle__strikes_by="price",
        futures_strangle__min_credit_fraction="0.01",
        futures_strangle__min_credit="1",
    )
    held = {contract.right: contract.strike for contract in story.only.held}
    assert held == {Right.PUT: Decimal("54.0"), Right.CALL: Decimal("65.0")}

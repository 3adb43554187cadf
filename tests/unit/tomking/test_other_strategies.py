"""The ladder, the ratio spread, the bear trap, and what Friday 0DTE may trade beside its condor."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from modelled_market import Underlying, closes
from story import Story
from tomking.events import ExitReason, Purpose
from tomking.market.calendar import session_date
from tomking.market.contract import Right
from tomking.positions.position import PositionStatus
from tomking.settings import Settings
from tomking.strategies.catalog import specs

# -- the ladder ------------------------------------------------------------------------------------------------------

FIRST_MONDAYS = [date(2018, 1, 1), date(2018, 2, 5), date(2018, 3, 5), date(2018, 4, 2), date(2018, 5, 7)]


def ladder(cash: int = 400_000, *, begins: date = FIRST_MONDAYS[1], vix: str = "16", **parameters: str) -> Story:
    return Story(
        Underlying("SPY", 270.0, 0.16, 0.10, half_spread=0.005),
        begins=begins,
        windows=((300, 450),),
        cash=cash,
        vix=vix,
        leap_ladder__enabled="true",
        **parameters,
    )


def test_a_rung_a_month_at_four_distances() -> None:
    story = ladder()
    for month, day in enumerate(FIRST_MONDAYS[1:], start=2):
        story.at(day, time(9, 45))
        strike = next(iter(story.positions[-1].held)).strike
        assert float(strike or 0) == pytest.approx(270 * (1 - (0.05, 0.10, 0.15, 0.20)[(month - 1) % 4]), abs=1)
        story.at(day + timedelta(days=7), time(9, 45))  # the second Monday buys nothing
        assert len(story.positions) == month - 1
    assert all(quantity > 0 for position in story.positions for quantity in position.held.values())
    story.at(date(2018, 6, 4), time(9, 45))
    assert "STRATEGY_COUNT" in story.codes, "four rungs are the ladder"


def test_insurance_has_a_budget() -> None:
    story = ladder(leap_ladder__total_fraction="0.0201")
    for day in FIRST_MONDAYS[1:3]:
        story.at(day, time(9, 45))
    assert len(story.positions) == 1
    assert "CONCENTRATION_STRATEGY" in story.codes


def test_insurance_is_held_through_everything_and_renewed_when_old() -> None:
    story = ladder()
    story.at(FIRST_MONDAYS[1], time(9, 45))
    position = story.only
    (old,) = position.held
    for days, price in ((30, 240.0), (90, 300.0), (150, 270.0)):
        story.price("SPY", price)
        story.at(FIRST_MONDAYS[1] + timedelta(days=days), time(12))
    assert story.reasons == []
    assert old in position.held
    monday = (old.expiry or FIRST_MONDAYS[1]) - timedelta(days=88)
    monday -= timedelta(days=monday.weekday())
    story.at(monday + timedelta(days=1), time(9, 50))
    assert old in position.held, "on Mondays only"
    story.at(monday + timedelta(days=7), time(9, 50))
    (new,) = position.held
    assert new != old
    assert story.only is position
    assert len(story.groups(Purpose.ROLL)) == 1


def renewed(story: Story) -> list[float]:
    """The newest strike of each position, after the Monday on which its first put had grown old."""
    for position in story.positions:
        (old,) = position.held
        day = (old.expiry or FIRST_MONDAYS[1]) - timedelta(days=88)
        for week in (0, 7):
            story.at(day + timedelta(days=week - day.weekday() % 7 + 7), time(9, 50))
    return [float(max(one.held, key=lambda each: each.expiry or date.min).strike or 0) for one in story.positions]


def test_each_rung_is_renewed_as_the_rung_it_is() -> None:
    """Bought at 5 and 20 % out; the index has risen since, and they are 5 and 20 % out again."""
    story = ladder(leap_ladder__rungs="0.20,0.05")  # February is the second month
    story.at(FIRST_MONDAYS[1], time(9, 45))
    story.at(FIRST_MONDAYS[2], time(9, 45))
    story.price("SPY", 280.0, 0.25)
    assert renewed(story) == pytest.approx([280 * 0.95, 280 * 0.80], abs=1)
    assert [len(position.held) for position in story.positions] == [1, 1]


def test_a_rung_nobody_bids_for_gets_its_successor_all_the_same_and_one_only() -> None:
    story = ladder(leap_ladder__rungs="0.20")
    story.at(FIRST_MONDAYS[1], time(9, 45))
    story.price("SPY", 310.0)
    assert renewed(story) == pytest.approx([310 * 0.80], abs=1)
    first, successor = story.only.held.values()
    assert first == successor > 0


def test_income_sells_a_small_delta_every_week() -> None:
    story = ladder(1_500_000, leap_ladder__mode="income", leap_ladder__income_min_credit="10")
    story.at(date(2018, 2, 5), time(9, 45))
    (short,) = story.only.held.items()
    assert short[1] < 0
    assert story.only.max_loss is None
    story.at(date(2018, 2, 12), time(9, 45))
    assert len(story.positions) == 2
    story.price("SPY", 285, 0.11)
    story.at(date(2018, 3, 20), time(12))
    assert set(story.reasons) == {ExitReason.PROFIT}


def test_income_waits_for_a_vix_and_insurance_does_not() -> None:
    for mode, vix, code in (("income", "15", "VIX_BAND"), ("protective", "39", None), ("protective", "40", "VIX_BAND")):
        story = ladder(vix=vix, leap_ladder__mode=mode)
        story.at(FIRST_MONDAYS[1], time(9, 45))
        assert story.codes == ([] if code is None else [code])


# -- the ratio spread -----------------------------------------------------------------------------------------------


def ratio(**parameters: str) -> Story:
    story = Story(
        Underlying("SPY", 270.0, 0.18, 0.15, half_spread=0.005),
        begins=date(2018, 1, 9),
        windows=((0, 0), (38, 52)),
        cash=900_000,
        ratio_spread__enabled="true",
        ratio_spread__products="SPY",
        ratio_spread__min_credit="20",
        **{"ratio_spread__buying_power_fractions": "0.1,0.1,0.1,0.1,0.1", **parameters},
    )
    story.at(date(2018, 1, 9), time(10))
    return story


def test_one_bought_two_sold() -> None:
    position = ratio().only
    assert [leg.ratio for leg in position.legs] == [-2, 1]
    assert (position.entry_net or 0) < 0


@pytest.mark.parametrize(
    ("price", "volatility", "days", "reasons", "status"),
    [
        (270, 0.18, 2, [], PositionStatus.ACTIVE),
        (281, 0.10, 9, [ExitReason.PROFIT], PositionStatus.CLOSED),
        (270, 0.18, 30, [ExitReason.DTE], PositionStatus.CLOSED),
    ],
)
def test_its_steps(
    price: float, volatility: float, days: int, reasons: list[ExitReason], status: PositionStatus
) -> None:
    story = ratio(ratio_spread__stop_multiple="10", ratio_spread__profit_target_fraction="0.9" if days == 30 else "0.5")
    position = story.only
    story.price("SPY", price, volatility)
    story.at(date(2018, 1, 9) + timedelta(days=days), time(12))
    assert story.reasons == reasons
    assert position.status is status


@pytest.mark.parametrize(
    ("delta", "status"),
    [(0.29, PositionStatus.ACTIVE), (0.31, PositionStatus.PARTIALLY_CLOSED), (0.41, PositionStatus.CLOSED)],
)
def test_its_defence(delta: float, status: PositionStatus) -> None:
    story = ratio(ratio_spread__stop_multiple="10")
    position = story.only
    story.move_to_delta(position.legs[0].contract, delta)
    assert position.status is status
    assert set(story.reasons) <= {ExitReason.DELTA}
    if status is PositionStatus.PARTIALLY_CLOSED:
        assert sum(position.held.values()) == 0, "the uncovered put is gone, a debit spread is left"


def test_a_touch_of_the_long_strike_ends_it() -> None:
    story = ratio(
        ratio_spread__stop_multiple="10", ratio_spread__close_tested_delta="0.9", ratio_spread__close_all_delta="0.9"
    )
    position = story.only
    for off, reasons in ((1.0, []), (-0.5, [ExitReason.DELTA])):
        story.price("SPY", float(position.legs[-1].contract.strike or 0) + off)
        story.at(date(2018, 1, 11), time(12))
        assert story.reasons == reasons


# -- the bear trap --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", ["2", "3"])
def test_far_puts_pay_for_a_spread_at_the_money(count: str) -> None:
    story = Story(
        Underlying("SPY", 270.0, 0.22, 0.15, half_spread=0.005),
        begins=date(2018, 1, 3),
        windows=((45, 75),),
        cash=900_000,
        vix="24",
        bear_trap__enabled="true",
        bear_trap__naked_puts=count,
        bear_trap__buying_power_fractions="0.2,0.2,0.2,0.2,0.2",
    )
    story.at(date(2018, 1, 3), time(10))
    position = story.only
    assert [leg.ratio for leg in position.legs] == [-int(count), -1, 1]
    assert float(position.legs[-1].contract.strike or 0) == pytest.approx(270, abs=1)
    assert (position.entry_net or 1) <= 0
    story.price("SPY", 285, 0.12)
    story.at(date(2018, 2, 7), time(12))
    assert story.reasons[0] is ExitReason.PROFIT
    assert position.status is PositionStatus.PARTIALLY_CLOSED


def test_what_is_experimental_is_off() -> None:
    enabled = {spec.name for spec in specs(Settings()) if spec.is_enabled}
    assert enabled == {"zero_dte"}


# -- Friday 0DTE ----------------------------------------------------------------------------------------------------

FRIDAY = date(2018, 1, 5)
HALF_PAST_TEN = time(10, 30)


def friday(opened: float = 2740.0, price: float = 2740.0, **parameters: str) -> Story:
    story = Story(
        Underlying("SPX", opened, 0.30, 0.02, step=5.0, half_spread=0.01),
        begins=FRIDAY,
        windows=((0, 0),),
        zero_dte__enabled="true",
        **parameters,
    )
    story.price("SPX", price)
    story.at(FRIDAY, HALF_PAST_TEN)
    return story


@pytest.mark.parametrize(
    ("price", "right"),
    [(2740, None), (2754.5, Right.PUT), (2725.5, Right.CALL)],
    ids=["quiet", "rise", "fall"],
)
def test_four_of_one_right_after_a_move(price: float, right: Right | None) -> None:
    story = friday(price=price, zero_dte__structure="auto_condor", zero_dte__max_debit_fraction="0.9")
    position = story.only
    rights = {leg.contract.right for leg in position.legs}
    assert rights == ({Right.PUT, Right.CALL} if right is None else {right})
    assert [leg.ratio for leg in position.legs] == [1, -1, -1, 1]
    net = position.entry_net or Decimal(0)
    assert (net > 0) is (right is not None), "it costs a debit (method 1.1.4)"
    if right is not None:
        strikes = [leg.contract.strike or Decimal(0) for leg in position.legs]
        lower, upper = strikes[1] - strikes[0], strikes[3] - strikes[2]
        far, near = (lower, upper) if right is Right.PUT else (upper, lower)
        worst = position.requirement / position.wanted / 100
        assert worst == pytest.approx(net + max(Decimal(0), far - near), abs=Decimal("1"))


def test_a_dear_condor_of_puts_is_not_bought() -> None:
    story = friday(price=2754.5, zero_dte__structure="put_condor", zero_dte__max_debit_fraction="0.01")
    assert story.codes == ["DEBIT_RATIO"]


@pytest.mark.parametrize(("by", "distance"), [("expected_move", 1.0), ("average_range", 0.5)])
def test_strikes_by_distance(by: str, distance: float) -> None:
    story = Story(
        Underlying("SPX", 2740.0, 0.30, 0.0, step=5.0, half_spread=0.01),
        begins=FRIDAY,
        windows=((0, 0),),
        zero_dte__enabled="true",
        zero_dte__strikes_by=by,
        zero_dte__condor_distance=str(distance),
        zero_dte__min_credit_fraction="0.01",
        zero_dte__structure="iron_condor",
    )
    story.market.days["SPX"] = closes(*[2740.0 + (60 if number % 2 else 0) for number in range(30)], until=FRIDAY)
    story.at(FRIDAY, HALF_PAST_TEN)
    shorts = sorted(float(one.strike or 0) for one, quantity in story.only.held.items() if quantity < 0)
    move = 2740 * 0.30 * (5.5 / 24 / 365) ** 0.5 if by == "expected_move" else 61.0
    assert shorts == pytest.approx([2740 - distance * move, 2740 + distance * move], abs=2.6)


def test_a_range_that_is_not_known_is_no_strike() -> None:
    assert friday(zero_dte__strikes_by="average_range").codes == ["NO_RANGE"]


def test_a_side_that_is_reached_goes_alone_and_the_other_to_its_target() -> None:
    story = friday(zero_dte__stop_multiple="9", zero_dte__day_loss_fraction="none", zero_dte__touch_multiple="2")
    position = story.only
    call = max(leg.contract.strike or Decimal(0) for leg in position.legs if leg.is_short)
    story.price("SPX", float(call) + 2)
    story.at(FRIDAY, time(12))
    closes_of = story.groups(Purpose.CLOSE)
    assert [group.exit_reason for group in closes_of[:2]] == [ExitReason.STOP, ExitReason.PROFIT]
    assert {leg.contract.right for leg in closes_of[0].legs} == {Right.CALL}
    assert {leg.contract.right for leg in closes_of[1].legs} == {Right.PUT}
    assert position.realised < 0


def test_a_loss_of_two_percent_of_the_account_ends_it() -> None:
    for limit, reasons in (("0.005", [ExitReason.STOP]), ("none", [])):
        story = friday(zero_dte__stop_multiple="9", zero_dte__touch_multiple="none", zero_dte__day_loss_fraction=limit)
        story.price("SPX", 2775)
        story.at(FRIDAY, time(12), seconds=5)
        assert story.reasons == reasons


def test_nothing_opens_after_a_bad_morning() -> None:
    story = Story(
        Underlying("SPX", 2740.0, 0.30, 0.02, step=5.0, half_spread=0.01),
        begins=FRIDAY - timedelta(days=1),
        windows=((0, 0),),
        zero_dte__enabled="true",
    )
    story.end_day(FRIDAY - timedelta(days=1))
    story.cash -= 2_000
    story.at(FRIDAY, HALF_PAST_TEN)
    assert story.codes == ["DAY_LOSS"]
    assert session_date(story.now) == FRIDAY


@settings(max_examples=12, deadline=None)
@given(
    cash=st.integers(5_000, 500_000),
    vix=st.integers(9, 45),
    price=st.floats(2690, 2790),
    spread=st.sampled_from([0.005, 0.05, 0.4]),
)
@example(cash=41_667, vix=9, price=2727.0, spread=0.4)  # the depth gate refuses what the validators allowed
def test_every_wish_ends_in_a_trade_or_in_exactly_one_denial(cash: int, vix: int, price: float, spread: float) -> None:
    story = Story(
        Underlying("SPX", 2740.0, 0.30, 0.02, step=5.0, half_spread=spread),
        begins=FRIDAY,
        windows=((0, 0),),
        cash=cash,
        vix=str(vix),
        zero_dte__enabled="true",
    )
    story.price("SPX", price)
    story.at(FRIDAY, HALF_PAST_TEN, seconds=5)
    assert len(story.groups(Purpose.OPEN)) + len(story.denials) == 1

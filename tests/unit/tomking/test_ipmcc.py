"""IPMCC through its weeks: both calls, the weekly strike by the trend, rolls, an assignment, losses."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from modelled_market import Underlying, closes
from story import Story
from tomking.events import ExitReason, FillReason, Purpose
from tomking.market.contract import Contract, Right
from tomking.market.greeks import black_delta, carry
from tomking.positions.component import ComponentStatus
from tomking.positions.position import MultiLegPosition, PositionStatus

FRIDAY = date(2018, 1, 5)
OPENING = time(9, 45)
PRICE = 100.0

FLAT = [PRICE] * 60
RISING = [PRICE - 6 + 0.1 * number for number in range(60)]
FALLING = [PRICE + 6 - 0.1 * number for number in range(60)]
STRETCHED = [PRICE - 10 + 0.1 * number for number in range(60)]  # the price is 4 % above its fast average


def begun(
    history: list[float] | None = None, cash: int = 400_000, volatility: float = 0.20, **parameters: str
) -> Story:
    story = Story(
        Underlying("QQQ", PRICE, volatility, 0.05, step=0.5, half_spread=0.003),
        begins=FRIDAY,
        windows=((0, 15), (300, 400)),
        cash=cash,
        ipmcc__enabled="true",
        ipmcc__products="QQQ",
        ipmcc__min_credit_fraction=parameters.pop("floor", "0.02"),
        **parameters,
    )
    story.market.days["QQQ"] = closes(*(FLAT if history is None else history), until=FRIDAY)
    story.at(FRIDAY, OPENING)
    return story


def weekly(position: MultiLegPosition) -> Contract:
    (found,) = [contract for contract, quantity in position.held.items() if quantity < 0]
    return found


def long(position: MultiLegPosition) -> Contract:
    (found,) = [contract for contract, quantity in position.held.items() if quantity > 0 and contract.is_option]
    return found


def friday(weeks: int) -> date:
    return FRIDAY + timedelta(days=7 * weeks)


def test_a_deep_call_and_a_weekly_one_as_one_package() -> None:
    story = begun()
    position = story.only
    assert len(story.groups(Purpose.OPEN)) == 1
    deep, short = long(position), weekly(position)
    years = (deep.expiry - FRIDAY).days / 365  # type: ignore[operator]
    forward = PRICE * float(carry(years, 0.02))
    delta = float(black_delta(forward, float(deep.strike or 0), years, 0.21, 0.02, True, on_future=False))
    assert delta == pytest.approx(0.80, abs=0.03)
    assert 280 <= (deep.expiry - FRIDAY).days <= 730  # type: ignore[operator]
    assert short.expiry == friday(1)
    assert {short.right, deep.right} == {Right.CALL}
    assert short.strike > deep.strike  # type: ignore[operator]
    assert position.max_loss == position.requirement, "the most it can lose is what it costs"


@pytest.mark.parametrize(
    ("history", "strike"),
    [(FLAT, "100"), (RISING, "100.5"), (FALLING, "99.5"), (STRETCHED, "99")],
    ids=["flat", "rising", "falling", "stretched"],
)
def test_the_weekly_strike_follows_the_trend(history: list[float], strike: str) -> None:
    assert weekly(begun(history, floor="0.01").only).strike == Decimal(strike)


def test_without_a_past_there_is_no_trend_and_no_trade() -> None:
    story = begun(FLAT[:20])
    assert not story.positions
    assert story.codes == ["DATA_MISSING"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"floor": "0.2"}, "CREDIT_RATIO"),
        ({"ipmcc__min_credit": "900"}, "CREDIT_AMOUNT"),
        ({"ipmcc__max_extrinsic_fraction": "0.001"}, "EXTRINSIC"),
        ({"ipmcc__max_loss_fraction": "0.001"}, "MAX_LOSS"),
        ({"ipmcc__trade_risk_fraction": "0.001"}, "TRADE_RISK"),
    ],
)
def test_what_is_not_bought(parameters: dict[str, str], code: str) -> None:
    assert begun(**parameters).codes == [code]


def test_a_small_account_cannot_pay_for_one_and_is_told_so() -> None:
    """The method's own arithmetic (1.4): the buying power of phase 1 forbids it; nothing is squeezed in."""
    assert begun(cash=20_000).codes == ["PHASE"]
    small = {"ipmcc__first_phases": "QQQ:0", "ipmcc__max_positions": "1,1,1,1,1"}
    assert begun(cash=15_000, ipmcc__buying_power_fractions=",".join(["0.08"] * 5), **small).codes == [
        "POSITION_BUYING_POWER"
    ]


# -- weeks ----------------------------------------------------------------------------------------------------------


def test_the_weekly_call_is_exchanged_on_its_last_day() -> None:
    story = begun()
    position = story.only
    first = weekly(position)
    deep = long(position)
    story.at(friday(1), OPENING)
    (roll,) = story.groups(Purpose.ROLL)
    assert {leg.contract: leg.ratio for leg in roll.legs} == {first: 1, weekly(position): -1}
    assert weekly(position).expiry == friday(2)
    assert position.held[deep] == -position.held[weekly(position)]
    assert position.components[first].status is ComponentStatus.ROLLED
    assert position.status is PositionStatus.ACTIVE
    assert story.only is position, "the trade is one from its first week to its last"
    paid = position.max_loss
    story.at(friday(2), OPENING)
    assert len(story.groups(Purpose.ROLL)) == 2
    assert position.max_loss != paid


def test_a_call_whose_time_is_gone_is_bought_back_and_the_next_friday_sells_another() -> None:
    story = begun()
    position = story.only
    first = weekly(position)
    story.price("QQQ", 97.5)
    story.at(friday(1) - timedelta(days=3), time(12))
    assert story.reasons == [ExitReason.PROFIT]
    assert position.status is PositionStatus.PARTIALLY_CLOSED
    assert position.components[first].status is ComponentStatus.CLOSED
    story.price("QQQ", 99)
    story.at(friday(1), OPENING)
    assert weekly(position).expiry == friday(2)
    assert position.status is PositionStatus.ACTIVE


@pytest.mark.parametrize(
    ("price", "day", "gone"),
    [(100.0, 3, False), (101.0, 3, False), (108.0, 4, True)],
    ids=["at the money", "in the money", "deep in the money"],
)
def test_what_counts_is_the_extrinsic_value_alone(price: float, day: int, gone: bool) -> None:
    """Deep in the money a weekly call costs much, and nearly none of it is time."""
    story = begun()
    story.price("QQQ", price)
    story.at(FRIDAY + timedelta(days=day), time(12))
    assert (ExitReason.PROFIT in story.reasons) is gone


def test_on_its_last_afternoon_it_goes_when_it_could_not_be_exchanged() -> None:
    story = begun(ipmcc__extrinsic_target_fraction="1")
    story.market.windows = ((0, 0), (300, 400))  # next week is not listed
    story.at(friday(1), OPENING)
    assert "NO_EXPIRY" in story.codes
    assert len(story.codes) == len(set(story.codes)), "each is said once"
    story.at(friday(1), time(15))
    assert story.reasons == [ExitReason.TIME]
    assert story.only.status is PositionStatus.PARTIALLY_CLOSED


def test_a_poor_week_is_not_sold() -> None:
    story = begun(ipmcc__extrinsic_target_fraction="1", ipmcc__reduce_at="0.5", ipmcc__stop_at="0.6")
    story.price("QQQ", 100, 0.04)
    story.at(friday(1), OPENING, seconds=120)
    assert "CREDIT_AMOUNT" in story.codes
    assert not story.groups(Purpose.ROLL)


def test_an_assignment_is_covered_and_the_trade_goes_on() -> None:
    story = begun(ipmcc__extrinsic_target_fraction="1")
    position = story.only
    short = weekly(position)
    count = -position.held[short]
    story.price("QQQ", 100.5)
    story.at(friday(1), time(11))
    story.settle(short, "0", FillReason.ASSIGNED)
    delivered = story.market.underlyings["QQQ"].delivered(short)
    story.deliver(delivered, -100 * count, str(short.strike))
    story.at(friday(1) + timedelta(days=3), OPENING)
    assert position.components[short].status is ComponentStatus.ASSIGNED
    assert story.reasons == [ExitReason.ASSIGNMENT]
    assert delivered not in position.held
    assert position.held[long(position)] == count, "the long call stays"
    story.at(friday(2), OPENING)
    assert weekly(position).expiry == friday(3)
    assert position.realised != 0


# -- the long call --------------------------------------------------------------------------------------------------


def lost(story: Story, fraction: float) -> None:
    """The long call is worth so much less than it cost."""
    position = story.only
    deep = long(position)
    entry = position.components[deep].entry_price
    assert entry is not None
    goal, one = float(entry) * (1 - fraction), story.market.underlyings["QQQ"]
    low, high = 60.0, 130.0
    moment = story.now + timedelta(days=3)
    while high - low > 0.001:
        one.price = (low + high) / 2
        low, high = (one.price, high) if one.worths([deep], moment)[0] < goal else (low, one.price)


@pytest.mark.parametrize(
    ("fraction", "left"),
    [(0.14, 1.0), (0.155, 0.5), (0.295, 0.5), (0.305, 0.0)],
)
def test_losses_of_the_long_call_halve_it_and_end_it(fraction: float, left: float) -> None:
    story = begun(ipmcc__max_loss_fraction="0.5", ipmcc__trade_risk_fraction="0.2")
    position = story.only
    count = position.held[long(position)]
    assert count >= 2
    lost(story, fraction)
    story.at(date(2018, 1, 8), time(12))
    story.at(date(2018, 1, 8), time(13))
    held = {contract: quantity for contract, quantity in position.held.items() if quantity > 0}
    assert sum(held.values()) == count - int(count * (1 - left))
    assert sum(position.held.values()) >= 0, "no short call is ever left alone"
    if left == 0.5:
        story.at(friday(1), OPENING)
        story.at(friday(1), time(12))
        assert story.reasons.count(ExitReason.STOP) == 1, "it is halved once, through every week"


def test_a_tenth_lost_sells_the_weekly_call_deeper() -> None:
    story = begun(floor="0.001", ipmcc__reduce_at="0.4", ipmcc__stop_at="0.5")
    lost(story, 0.12)
    story.at(date(2018, 1, 8), time(12))
    now = story.market.underlyings["QQQ"].price
    story.market.days["QQQ"] = closes(*[now] * 60, until=friday(1))
    story.at(friday(1), OPENING)
    assert float(weekly(story.only).strike or 0) == pytest.approx(now * 0.995, abs=0.3)


def test_an_old_long_call_is_renewed() -> None:
    story = begun()
    position = story.only
    old = long(position)
    story.settle(weekly(position), "0", FillReason.EXPIRED)
    expiry = old.expiry or FRIDAY
    assert expiry.weekday() == FRIDAY.weekday()
    # looked at on Fridays in the window of the entries only: on other days its chain is not asked for
    for days, clock in ((91, time(10)), (90, time(10)), (86, time(10)), (84, time(9, 30)), (84, time(15))):
        story.at(expiry - timedelta(days=days), clock)
        assert long(position) == old
    story.at(expiry - timedelta(days=84), time(10))
    new = long(position)
    assert new != old
    assert (new.expiry - story.now.date()).days >= 280  # type: ignore[operator]
    assert story.only is position

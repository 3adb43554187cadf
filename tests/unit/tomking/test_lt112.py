"""LT112 from its first Wednesday to the end of its spread, day by day on a modelled market."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from modelled_market import Underlying
from story import Story
from tomking.events import ExitReason, Purpose
from tomking.market.calendar import session_date
from tomking.positions.component import ComponentStatus
from tomking.positions.position import MultiLegPosition, PositionStatus
from tomking.strategies.lt112 import defence_level

FIRST_WEDNESDAY = date(2018, 1, 3)
TEN = time(10)


def begun(cash: int = 100_000, *, on: date = FIRST_WEDNESDAY, volatility: float = 0.20, **parameters: str) -> Story:
    """A market in which the trade passes its gates: 20 % volatility, a marked skew."""
    story = Story(
        Underlying("XSP", 274.0, volatility, 0.15, half_spread=0.01),
        begins=on,
        windows=((0, 10), (105, 135)),
        cash=cash,
        lt112__enabled="true",
        **parameters,
    )
    story.at(on, TEN)
    return story


def naked_and_spread(position: MultiLegPosition) -> tuple[ComponentStatus, ComponentStatus, ComponentStatus]:
    """Statuses by rising strike: naked puts, short of the spread, long of the spread."""
    ordered = sorted(position, key=lambda part: part.contract.strike or Decimal(0))
    return tuple(part.status for part in ordered)  # type: ignore[return-value]  # a 1-1-2 has three


def test_a_spread_paid_for_by_two_far_puts() -> None:
    story = begun()
    position = story.only
    naked, short, long = position.legs
    assert [leg.ratio for leg in position.legs] == [-2, -1, 1]
    assert {leg.contract.expiry for leg in position.legs} == {date(2018, 5, 4)}  # 121 days out
    assert naked.contract.strike < short.contract.strike < long.contract.strike  # type: ignore[operator]
    assert long.contract.strike - short.contract.strike == 3  # type: ignore[operator]  # 1 % of 274, listed by 1
    credit = -(position.entry_net or Decimal(0)) * 100
    assert credit >= 100
    assert credit >= Decimal("0.25") * 300


@pytest.mark.parametrize(
    ("on", "cash", "opened"),
    [
        (date(2018, 1, 3), 60_000, True),
        (date(2018, 1, 10), 74_999, False),
        (date(2018, 1, 10), 75_000, True),
        (date(2018, 1, 17), 99_999, False),
        (date(2018, 1, 17), 100_000, True),
        (date(2018, 1, 24), 149_999, False),
        (date(2018, 1, 24), 150_000, True),
        (date(2018, 1, 31), 900_000, False),  # a fifth Wednesday
        (date(2018, 1, 4), 900_000, False),
    ],
)
def test_weeks_are_stacked_by_the_account(on: date, cash: int, opened: bool) -> None:
    story = begun(cash, on=on, lt112__buying_power_fractions="0.5,0.5,0.5,0.5,0.5")
    assert bool(story.positions) is opened, story.denials
    if not opened and on.weekday() == 2 and on.day < 29:
        assert story.codes == ["OUTSIDE_WINDOW"]


@pytest.mark.parametrize(("phase_cash", "code"), [(54_000, "PHASE"), (55_000, "POSITION_BUYING_POWER")])
def test_it_begins_in_phase_2(phase_cash: int, code: str) -> None:
    """A unit of XSP ties up more than 6 % of 55,000: that is said, and nothing is squeezed in."""
    assert begun(phase_cash).codes == [code]


@pytest.mark.parametrize(
    ("vix", "opened"), [("12", False), ("12.01", True), ("34.99", True), ("35", False)], ids=lambda value: str(value)
)
def test_the_vix_band(vix: str, opened: bool) -> None:
    story = Story(
        Underlying("XSP", 274.0, 0.20, 0.15),
        begins=FIRST_WEDNESDAY,
        windows=((105, 135),),
        vix=vix,
        cash=400_000,
        lt112__enabled="true",
    )
    story.at(FIRST_WEDNESDAY, TEN)
    assert bool(story.positions) is opened, story.denials
    assert opened or story.codes == ["VIX_BAND"]


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"lt112__min_credit": "300"}, "CREDIT_AMOUNT"),
        ({"lt112__min_credit_fraction": "0.9"}, "CREDIT_RATIO"),
        ({"lt112__max_spread_debit_fraction": "0.05"}, "SPREAD_DEBIT"),
    ],
)
def test_a_trade_that_is_not_worth_it(parameters: dict[str, str], code: str) -> None:
    assert begun(**parameters).codes == [code]


def test_never_two_with_one_expiry() -> None:
    story = begun(400_000, risk__max_loss_fraction="1")
    story.market.windows = ((114, 114),)  # the same Friday, seen a week later
    story.at(FIRST_WEDNESDAY + timedelta(days=7), TEN)
    assert len(story.positions) == 1
    assert story.codes == ["SAME_EXPIRY"]
    story.market.windows = ((105, 135),)
    story.at(FIRST_WEDNESDAY + timedelta(days=14), TEN)
    assert len({position.expiry for position in story.positions}) == 2


# -- out ------------------------------------------------------------------------------------------------------------


def later(story: Story, days: int, price: float, volatility: float, clock: time = time(12)) -> MultiLegPosition:
    position = story.only
    story.price("XSP", price, volatility)
    story.at(session_date(story.now) + timedelta(days=days), clock)
    return position


def test_the_naked_puts_go_at_90_percent_and_the_spread_is_left_running() -> None:
    story = begun()
    position = later(story, 40, 285, 0.11)
    assert story.reasons == [ExitReason.PROFIT]
    assert naked_and_spread(position) == (ComponentStatus.CLOSED, ComponentStatus.OPEN, ComponentStatus.OPEN)
    assert position.status is PositionStatus.PARTIALLY_CLOSED
    earned = position.realised
    assert earned > 0

    later(story, 50, 285, 0.11)
    assert story.reasons == [ExitReason.PROFIT], "the spread is exempt from the 21 days"
    assert position.realised == earned, "what was earned stays on the books"

    story.market.windows = ((0, 0),)
    story.price("XSP", 240, 0.2)
    story.at(date(2018, 5, 4), time(11))
    assert story.reasons == [ExitReason.PROFIT, ExitReason.EXPIRY]
    assert position.status is PositionStatus.CLOSED
    assert position.realised > earned, "a spread in the money paid at last"


@pytest.mark.parametrize(
    ("days", "price", "volatility", "reason"),
    [
        (20, 274, 0.20, None),
        (30, 252, 0.30, ExitReason.STOP),  # the naked puts cost three times their credit
        (100, 274, 0.20, ExitReason.DTE),  # 21 days before 4 May
    ],
)
def test_the_naked_puts_for_themselves(days: int, price: float, volatility: float, reason: ExitReason | None) -> None:
    story = begun(lt112__naked_profit_fraction="1")
    position = later(story, days, price, volatility)
    assert story.reasons == ([] if reason is None else [reason])
    if reason is not None:
        assert naked_and_spread(position) == (ComponentStatus.CLOSED, ComponentStatus.OPEN, ComponentStatus.OPEN)


def test_the_stop_by_equity_comes_first_for_a_small_account() -> None:
    story = begun(lt112__naked_stop_multiple="10", lt112__stop_equity_fraction="0.004")
    later(story, 30, 240, 0.28)
    assert story.reasons == [ExitReason.STOP]
    (close,) = story.groups(Purpose.CLOSE)
    assert close.legs[0].contract.strike == min(leg.contract.strike for leg in story.only.legs)  # type: ignore[type-var]


@pytest.mark.parametrize(("above", "closed"), [(0.0058, False), (0.0054, True), (-0.02, True)])
def test_all_of_it_goes_when_the_price_is_at_the_naked_strike(above: float, closed: bool) -> None:
    story = begun(lt112__naked_stop_multiple="10", lt112__stop_equity_fraction="1")
    position = story.only
    strike = float(position.legs[0].contract.strike or 0)
    later(story, 30, strike / (1 - above), 0.11)
    assert story.reasons == ([ExitReason.DELTA] if closed else [])
    assert (position.status is PositionStatus.CLOSED) is closed


@pytest.mark.parametrize(
    ("above", "level"),
    [
        (0.0168, "safe"),
        (0.0166, "watch"),
        (0.0112, "watch"),
        (0.0110, "prepare"),
        (0.0057, "prepare"),
        (0.0055, "close"),
    ],
)
def test_the_distance_is_shown_in_steps(above: float, level: str) -> None:
    story = begun()
    position = story.only
    strike = position.legs[0].contract.strike
    assert strike is not None
    assert defence_level(position, strike / (1 - Decimal(str(above))), story.settings.lt112) == level


def test_without_an_equity_nothing_is_stopped_by_it() -> None:
    story = begun(lt112__naked_stop_multiple="10")
    story.venue.habits = type(story.venue.habits)(unreadable=1)
    later(story, 30, 252, 0.30)
    assert story.reasons == []


# -- the options of the strategy ------------------------------------------------------------------------------------


def test_the_put_spread_preset() -> None:
    story = begun(400_000, lt112__structure="put_spread", lt112__min_credit="30", lt112__min_credit_fraction="0.15")
    position = story.only
    assert [leg.ratio for leg in position.legs] == [1, -1]
    assert position.max_loss is not None
    assert position.requirement == position.max_loss
    later(story, 61, 285, 0.12)
    assert story.reasons == [ExitReason.PROFIT]


def test_the_hedge_is_monetised_when_asked_for() -> None:
    story = begun(lt112__monetise="true", lt112__monetise_min_credit="1")
    position = later(story, 40, 285, 0.11)  # the naked puts are gone
    long = position.legs[-1].contract
    story.price("XSP", 262, 0.22)
    story.at(date(2018, 2, 19), TEN)  # a Monday
    weekly = [one for one, quantity in position.held.items() if quantity < 0 and one.expiry != long.expiry]
    assert [(one.strike or Decimal(0)) > (long.strike or Decimal(0)) for one in weekly] == [True]
    story.price("XSP", float(weekly[0].strike or 0) - 0.5, 0.25)
    story.at(date(2018, 2, 20), TEN)
    assert story.reasons[-1] is ExitReason.DELTA, "its strike was reached"
    assert long in position.held, "the spread stays"


def test_the_hedge_is_not_monetised_before_phase_3() -> None:
    story = begun(lt112__monetise="true", lt112__monetise_min_credit="1", phases__from_equity="0,1,2,900000,900001")
    later(story, 40, 285, 0.11)
    story.price("XSP", 262, 0.22)
    story.at(date(2018, 2, 19), TEN)
    assert len(story.groups(Purpose.OPEN)) == 1


def test_nothing_is_sold_against_it_by_default() -> None:
    story = begun()
    later(story, 40, 285, 0.11)
    story.at(date(2018, 2, 19), TEN)
    assert len(story.groups(Purpose.OPEN)) == 1


# -- in two expiries --------------------------------------------------------------------------------------------------


def calendarised(cash: int = 100_000, **parameters: str) -> Story:
    """A skew as steep as the index's: without it the far puts do not pay for the spread."""
    story = Story(
        Underlying("XSP", 274.0, 0.20, 0.45, half_spread=0.01),
        begins=FIRST_WEDNESDAY,
        windows=((24, 40), (130, 170)),
        cash=cash,
        lt112__enabled="true",
        lt112__structure="calendarised",
        **{"risk__trade_risk_fraction": "0.05", **parameters},
    )
    story.at(FIRST_WEDNESDAY, TEN)
    return story


def test_the_far_puts_may_expire_before_the_spread() -> None:
    position = calendarised().only
    naked, short, long = position.legs
    assert [leg.ratio for leg in position.legs] == [-2, -1, 1]
    assert (naked.contract.expiry, short.contract.expiry) == (date(2018, 2, 2), date(2018, 6, 1))
    assert short.contract.expiry == long.contract.expiry
    assert long.contract.strike == pytest.approx(Decimal(274), abs=1)
    assert (position.entry_net or Decimal(1)) <= 0, "the far puts pay for the spread"


def test_it_begins_in_phase_3() -> None:
    assert calendarised(74_000).codes == ["PHASE"]
    assert calendarised(76_000).codes != ["PHASE"]


def test_its_far_puts_go_at_21_days_and_the_spread_is_left_running() -> None:
    story = calendarised()
    position = story.only
    story.at(date(2018, 1, 11), time(12))
    assert story.reasons == []
    story.at(date(2018, 1, 12), time(12), seconds=200)
    assert set(story.reasons) == {ExitReason.DTE}
    assert position.status is PositionStatus.PARTIALLY_CLOSED
    assert sorted(position.held.values()) == [-1 * position.wanted, position.wanted]
    assert {contract.expiry for contract in position.held} == {date(2018, 6, 1)}


def test_its_distance_ends_everything_and_is_shown() -> None:
    story = calendarised(lt112__naked_stop_multiple="10", lt112__stop_equity_fraction="1")
    position, settings = story.only, story.settings.lt112
    naked = float(position.legs[0].contract.strike or 0)
    assert defence_level(position, Decimal(274), settings) == "safe"
    assert defence_level(position, Decimal(str(naked * 1.005)), settings) == "close"
    story.price("XSP", naked * 1.004)
    story.at(date(2018, 1, 8), time(12), seconds=60)
    assert position.status is PositionStatus.CLOSED
    assert ExitReason.DELTA in story.reasons

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from builders import call, condor, contract, put, quote
from market_days import AT_1030, FRIDAY, DayMarket, day_market, spec_of
from tomking.events import ExitReason, FillReason, Purpose
from tomking.market.calendar import from_new_york
from tomking.market.contract import Style, shares
from tomking.market.leg import Leg
from tomking.positions.position import MultiLegPosition
from tomking.settings import Settings
from tomking.strategies.catalog import specs
from tomking.strategies.exits import Orders, exit_times, exits_due
from tomking.strategies.intent import ExitIntent

SPECS = specs(Settings())
ZERO_DTE, STRANGLE = spec_of("zero_dte"), spec_of("futures_strangle")


def held(legs: Sequence[Leg], prices: Sequence[str], strategy: str = "zero_dte", quantity: int = 1) -> MultiLegPosition:
    """A position whose legs were filled at `prices`."""
    position = MultiLegPosition(
        position_id=f"{strategy}-run-1",
        strategy=strategy,
        underlying=legs[0].contract.underlying,
        legs=tuple(legs),
        wanted=quantity,
        requirement=Decimal(1000),
        max_loss=None,
        created_at=AT_1030,
    )
    position.group_opened("g1", Purpose.OPEN, None)
    for leg, price in zip(legs, prices, strict=True):
        position.execute(leg.contract, leg.ratio * quantity, Decimal(price), Decimal(0), AT_1030, FillReason.TRADE)
    position.group_finished("g1", Purpose.OPEN)
    return position


def a_condor() -> MultiLegPosition:
    """Credit 2.00 a package."""
    return held(condor(), ("1.00", "2.00", "2.00", "1.00"))


def market_at(cost: str, now: datetime, **facts: object) -> DayMarket:
    """A market in which `a_condor` costs `cost` to close at mid."""
    wing, short = Decimal("0.50"), Decimal("0.50") + Decimal(cost) / 2
    prices = {put(2690): wing, put(2710): short, call(2770): short, call(2790): wing}
    market = day_market(**facts)
    market.quotes = {one: quote(mid - Decimal("0.05"), mid + Decimal("0.05"), now) for one, mid in prices.items()}
    return market


def decision(cost: str, at: time, position: MultiLegPosition | None = None, **facts: object) -> ExitIntent | None:
    now = from_new_york(FRIDAY, at)
    market = market_at(cost, now, **facts)
    found = exits_due(SPECS, [position or a_condor()], market, now)
    assert len(found) <= 1
    return found[0] if found else None


def reason(cost: str, at: time, **facts: object) -> tuple[ExitReason, bool] | None:
    found = decision(cost, at, **facts)
    return None if found is None else (found.reason, found.is_urgent)


# -- each rule and its boundary --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        ("2.00", None),
        ("1.02", None),
        ("1.00", (ExitReason.PROFIT, False)),  # half of the credit
        ("0.10", (ExitReason.PROFIT, False)),
        ("5.98", None),
        ("6.00", (ExitReason.STOP, True)),  # a loss of twice the credit
        ("12.00", (ExitReason.STOP, True)),
    ],
)
def test_target_and_stop(cost: str, expected: tuple[ExitReason, bool] | None) -> None:
    assert reason(cost, time(12)) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (time(14, 59), None),
        (time(15), (ExitReason.TIME, False)),
        (time(15, 29), (ExitReason.TIME, False)),
        (time(15, 30), (ExitReason.TIME, True)),
        (time(15, 59), (ExitReason.TIME, True)),
    ],
)
def test_patient_then_hard_by_the_clock(at: time, expected: tuple[ExitReason, bool] | None) -> None:
    assert reason("2.00", at) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [(time(11, 59), None), (time(12), (ExitReason.TIME, False)), (time(12, 30), (ExitReason.TIME, True))],
)
def test_half_days_end_earlier(at: time, expected: tuple[ExitReason, bool] | None) -> None:
    assert reason("2.00", at, closes=time(13)) == expected


def test_exit_times_follow_the_close() -> None:
    assert exit_times(ZERO_DTE.exits[0].rules, time(16)) == (time(15), time(15, 30))
    assert exit_times(ZERO_DTE.exits[0].rules, time(13)) == (time(12), time(12, 30))
    assert exit_times(STRANGLE.exits[0].rules, time(16)) is None


# -- the order of the rules ------------------------------------------------------------------------------------------


def test_the_clock_comes_before_the_stop_and_the_stop_before_the_target() -> None:
    assert reason("8.00", time(15, 30)) == (ExitReason.TIME, True)
    assert reason("0.10", time(15)) == (ExitReason.TIME, False)


def test_an_emergency_comes_first() -> None:
    now = from_new_york(FRIDAY, time(15, 45))
    (found,) = exits_due(SPECS, [a_condor()], market_at("0.10", now), now, orders=Orders(emergency="20 % drawdown"))
    assert (found.reason, found.text, found.is_urgent) == (ExitReason.EMERGENCY, "20 % drawdown", True)


def test_an_emergency_closes_what_was_opened_by_hand_and_nothing_else_does() -> None:
    now = from_new_york(FRIDAY, time(15, 45))
    by_hand = held(condor(), ("1.00", "2.00", "2.00", "1.00"), "somebody")
    assert not exits_due(SPECS, [by_hand], market_at("12.00", now), now)
    (found,) = exits_due(SPECS, [by_hand], market_at("12.00", now), now, orders=Orders(emergency="all out"))
    assert found.reason is ExitReason.EMERGENCY


def test_one_decision_a_position() -> None:
    now = from_new_york(FRIDAY, time(12))
    both = [a_condor(), a_condor()]
    both[1].position_id = "other"
    found = exits_due(SPECS, both, market_at("0.10", now), now)
    assert [intent.position_id for intent in found] == [both[0].position_id, "other"]


# -- when nothing is decided -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cost", ["0.10", "12.00"])
def test_a_stale_mark_decides_nothing_but_the_clock_does(cost: str) -> None:
    now = from_new_york(FRIDAY, time(12))
    market = market_at(cost, now - timedelta(minutes=5))
    assert not exits_due(SPECS, [a_condor()], market, now)
    late = from_new_york(FRIDAY, time(15, 30))
    assert exits_due(SPECS, [a_condor()], market, late)[0].reason is ExitReason.TIME


def test_a_missing_quote_is_not_worth_its_intrinsic_value() -> None:
    now = from_new_york(FRIDAY, time(12))
    market = market_at("0.10", now)
    del market.quotes[put(2710)]
    assert not exits_due(SPECS, [a_condor()], market, now)


def test_a_closed_market_closes_nothing() -> None:
    assert reason("12.00", time(12), open=False) is None


def test_what_is_being_built_or_is_closed_is_left_alone() -> None:
    now = from_new_york(FRIDAY, time(15, 45))
    building = a_condor()
    building.group_opened("g2", Purpose.OPEN, None)
    closed = a_condor()
    for leg in condor():
        closed.execute(leg.contract, -leg.ratio, Decimal(1), Decimal(0), now, FillReason.TRADE)
    assert not exits_due(SPECS, [building, closed], market_at("2.00", now), now)


def test_a_closing_position_is_named_again_only_when_it_becomes_urgent() -> None:
    closing = a_condor()
    closing.group_opened("g2", Purpose.CLOSE, ExitReason.TIME)
    assert decision("2.00", time(15, 10), closing) is None
    hurried = decision("2.00", time(15, 30), closing)
    assert hurried is not None
    assert hurried.is_urgent


def test_a_disabled_strategy_is_still_managed() -> None:
    disabled = specs(Settings.from_parameters({"zero_dte.enabled": "false"}))
    now = from_new_york(FRIDAY, time(12))
    assert exits_due(disabled, [a_condor()], market_at("0.10", now), now)


def test_held_to_settlement_has_no_exit() -> None:
    holding = specs(Settings.from_parameters({"zero_dte.hold_to_settlement": "true"}))
    for cost, at in (("0.10", time(12)), ("12.00", time(12)), ("2.00", time(15, 59))):
        now = from_new_york(FRIDAY, at)
        assert not exits_due(holding, [a_condor()], market_at(cost, now), now)


def test_but_what_an_exercise_leaves_behind_goes_all_the_same() -> None:
    holding = specs(Settings.from_parameters({"zero_dte.hold_to_settlement": "true"}))
    position = a_condor()
    position.execute(shares("SPX"), -100, Decimal(2710), Decimal(0), AT_1030, FillReason.ASSIGNED)
    now = from_new_york(FRIDAY, time(12))
    (found,) = exits_due(holding, [position], market_at("2.00", now), now)
    assert found.reason is ExitReason.ASSIGNMENT
    assert dict(found.part) == {shares("SPX"): -100}


# -- strangles -------------------------------------------------------------------------------------------------------

EXPIRY = date(2018, 4, 20)
PUT, CALL = (
    contract(strike, right, EXPIRY, underlying="ES", root="ES", style=Style.AMERICAN, multiplier=50, delivery=EXPIRY)
    for strike, right in ((2400, "P"), (3000, "C"))
)


def strangle_decision(day: date, put_mid: str, call_mid: str, spot: int = 2740) -> ExitIntent | None:
    now = from_new_york(day, time(12))
    position = held([Leg(PUT, -1), Leg(CALL, -1)], ("10", "6"), "futures_strangle")
    mids = {PUT: Decimal(put_mid), CALL: Decimal(call_mid)}
    market = day_market(price=Decimal(spot))
    market.quotes = {one: quote(mid - Decimal("0.1"), mid + Decimal("0.1"), now) for one, mid in mids.items()}
    found = exits_due(SPECS, [position], market, now)
    return found[0] if found else None


def test_a_strangle_runs_while_nothing_is_wrong() -> None:
    assert strangle_decision(date(2018, 1, 23), "10", "6") is None


@pytest.mark.parametrize(("left", "expected"), [(22, None), (21, ExitReason.DTE), (1, ExitReason.DTE)])
def test_21_days(left: int, expected: ExitReason | None) -> None:
    found = strangle_decision(EXPIRY - timedelta(days=left), "9", "5", 2700)
    assert (found.reason if found else None) is expected


def test_a_tested_side_is_left_by_its_delta() -> None:
    found = strangle_decision(date(2018, 1, 23), "30", "1", 2450)
    assert found is not None
    assert found.reason is ExitReason.DELTA
    assert PUT.text in found.text


def test_the_stop_comes_before_the_delta() -> None:
    found = strangle_decision(date(2018, 1, 23), "60", "1", 2420)
    assert found is not None
    assert found.reason is ExitReason.STOP


def test_half_the_credit_is_enough() -> None:
    found = strangle_decision(date(2018, 2, 23), "5", "3", 2700)
    assert found is not None
    assert found.reason is ExitReason.PROFIT


def test_a_short_option_never_goes_into_its_expiry_day() -> None:
    found = strangle_decision(EXPIRY, "0.2", "0.2")
    assert found is not None
    assert (found.reason, found.is_urgent) == (ExitReason.EXPIRY, True)


def test_a_size_does_not_change_a_decision() -> None:
    now = from_new_york(FRIDAY, time(12))
    for quantity in (1, 7):
        position = held(condor(), ("1.00", "2.00", "2.00", "1.00"), quantity=quantity)
        assert exits_due(SPECS, [position], market_at("1.00", now), now)[0].reason is ExitReason.PROFIT
        assert not exits_due(SPECS, [position], market_at("1.10", now), now)

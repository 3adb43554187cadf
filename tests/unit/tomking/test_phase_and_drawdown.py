from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from builders import NOON
from hypothesis import given
from hypothesis import strategies as st
from market_days import account, exposure
from tomking.accounting import MarksSince, standing_of
from tomking.events import TradingState
from tomking.market.calendar import session_date
from tomking.risk.drawdown import (
    HALF,
    LIQUIDATE,
    NORMAL,
    RESUMED,
    STOP,
    SUDDEN,
    Standing,
    high_water_mark,
    permission_for,
    size_factor,
)
from tomking.risk.equity_watch import EquityWatch
from tomking.risk.phase import PhaseAction, TrackRecord, beyond_limits, next_phase, phase_of, told
from tomking.risk.validator import StrategyValidator
from tomking.settings import Settings
from tomking.state import Mark, State
from tomking.strategies.catalog import specs

SETTINGS = Settings()


@pytest.mark.parametrize(
    ("equity", "phase"),
    [
        (-5, 0),
        (0, 0),
        (39_999, 0),
        (40_000, 1),
        (54_999, 1),
        (55_000, 2),
        (75_000, 3),
        (94_999, 3),
        (95_000, 4),
        (10**7, 4),
    ],
)
def test_where_an_account_begins(equity: int, phase: int) -> None:
    assert phase_of(Decimal(equity), SETTINGS.phases) == phase


@pytest.mark.parametrize(
    ("current", "equity", "after"),
    [
        (1, "54999", 1),
        (1, "55000", 2),
        (1, "95000", 4),
        (2, "54999", 2),  # below its threshold, above 0.93 of it
        (2, "51150", 2),
        (2, "51149.99", 1),
        (3, "69750", 3),
        (3, "69749", 2),
        (4, "88350", 4),
        (4, "88349", 3),
        (4, "30000", 0),  # as far as it fell
        (1, "37200", 1),
        (1, "37199", 0),
    ],
)
def test_up_at_the_threshold_down_below_its_93_percent(current: int, equity: str, after: int) -> None:
    assert next_phase(current, Decimal(equity), SETTINGS.phases) == after


@pytest.mark.parametrize(
    ("current", "trades", "wins", "fall", "after"),
    [
        (1, 20, 12, "0.15", 2),
        (1, 19, 19, "0", 1),
        (1, 20, 11, "0", 1),
        (1, 20, 12, "0.151", 1),
        (2, 50, 33, "0.12", 3),
        (2, 50, 32, "0", 2),
        (3, 100, 70, "0.10", 4),
        (3, 100, 69, "0", 3),
        (0, 0, 0, "0", 1),
    ],
)
def test_promotion_may_have_to_be_earned(current: int, trades: int, wins: int, fall: str, after: int) -> None:
    record = TrackRecord(trades, wins, Decimal(fall))
    strict = Settings.from_parameters({"phases.criteria_apply": "true"}).phases
    assert next_phase(current, Decimal(200_000), strict, record) == after
    assert next_phase(current, Decimal(200_000), SETTINGS.phases, record) == 4


def test_a_deep_drawdown_is_one_phase_down() -> None:
    deep, not_quite = (TrackRecord(0, 0, Decimal(text)) for text in ("0.201", "0.20"))
    assert next_phase(4, Decimal(100_000), SETTINGS.phases, deep) == 3
    assert next_phase(4, Decimal(100_000), SETTINGS.phases, not_quite) == 4
    assert next_phase(0, Decimal(10_000), SETTINGS.phases, deep) == 0


@given(st.integers(0, 4), st.decimals(0, 200_000, places=2))
def test_a_phase_is_stable(current: int, equity: Decimal) -> None:
    once = next_phase(current, equity, SETTINGS.phases)
    assert next_phase(once, equity, SETTINGS.phases) == once


def test_the_journal_names_what_a_change_closes_in_its_order_and_why() -> None:
    actions = (PhaseAction("b-1", "too many"), PhaseAction("a-2", "too big"))
    assert told(3, 1, actions) == "phase falls from 3 to 1: closes b-1: too many; closes a-2: too big"
    assert told(3, 1, ()) == "phase falls from 3 to 1: nothing held is beyond its limits"
    rising = StrategyValidator(SETTINGS).handle_phase_transition(1, 3)
    assert told(1, 3, rising) == "phase rises from 1 to 3: its limits apply from the next session"


def test_rising_closes_nothing() -> None:
    actions = StrategyValidator(SETTINGS).handle_phase_transition(2, 3, (exposure(),))
    assert [action.position_id for action in actions] == [None]
    assert StrategyValidator(SETTINGS).handle_phase_transition(2, 2, (exposure(),)) == ()


def closed(old: int, new: int, *exposures: object, settings: Settings = SETTINGS) -> list[str | None]:
    actions = StrategyValidator(settings).handle_phase_transition(old, new, exposures)  # type: ignore[arg-type]
    return [action.position_id for action in actions]


def test_falling_closes_what_the_new_phase_does_not_trade() -> None:
    kept = exposure(position_id="kept")
    es = exposure("futures_strangle", "ES", position_id="es")
    assert closed(3, 2, kept, es) == ["es"]
    assert closed(1, 0, kept) == ["kept"]
    assert closed(4, 3, exposure("forgotten", "SPY", position_id="x")) == ["x"]


def test_falling_closes_the_excess_losers_first_then_the_smallest_profit_for_its_money() -> None:
    book = (
        exposure(position_id="gain", profit=300, requirement=1000),
        exposure(position_id="thin", profit=300, requirement=9000),
        exposure(position_id="loss", profit=-10),
        exposure(position_id="worse", profit=-500),
    )
    assert closed(4, 3, *book) == ["worse"]
    assert closed(3, 2, *book) == ["worse", "loss"]
    assert closed(2, 1, *book) == ["worse", "loss", "thin"]


def test_falling_respects_the_total_and_leaves_working_groups_to_the_desk() -> None:
    strangles = [exposure("futures_strangle", "MCL", position_id=f"s{n}", profit=n) for n in range(2)]
    condors = [exposure(position_id=f"z{n}", profit=10 + n) for n in range(2)]
    crude = Settings.from_parameters({"phases.max_positions": "1,2,5,7,10", "correlation.c1": "2,2,2,2,2"})
    assert closed(2, 1, *strangles, *condors, settings=crude) == ["z0", "s0"]
    assert closed(2, 1, exposure(position_id="w", is_working=True), *condors) == ["z0"]


def test_falling_closes_the_losers_of_a_full_group_first_and_then_what_is_over_the_buying_power() -> None:
    strangles = [exposure("futures_strangle", "MCL", 900, position_id=f"c{n}", profit=n - 1) for n in range(2)]
    assert closed(2, 1, *strangles) == ["c0"]  # one position in crude oil
    rich = [exposure("futures_strangle", root, 9000, position_id=root, profit=1) for root in ("MCL", "MGC")]
    actions = beyond_limits(1, rich, specs(SETTINGS), SETTINGS, Decimal(45_000))
    assert [action.position_id for action in actions] == ["MCL"]
    assert "30%" in actions[0].text


def test_what_the_phase_allows_is_left_alone() -> None:
    assert beyond_limits(4, [exposure()], specs(SETTINGS), SETTINGS, Decimal(100_000)) == ()


# -- drawdown --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equity", "state", "code"),
    [
        (100_000, TradingState.ACTIVE, NORMAL),
        (90_001, TradingState.ACTIVE, NORMAL),
        (90_000, TradingState.ACTIVE, HALF),
        (85_001, TradingState.ACTIVE, HALF),
        (85_000, TradingState.REDUCING, STOP),
        (80_001, TradingState.REDUCING, STOP),
        (80_000, TradingState.REDUCING, LIQUIDATE),
        (1, TradingState.REDUCING, LIQUIDATE),
        (-50, TradingState.REDUCING, LIQUIDATE),
    ],
)
def test_the_seeds_ladder(equity: int, state: TradingState, code: str) -> None:
    of = account(equity, mark=100_000)
    found = permission_for(of, Standing(), NOON, SETTINGS)
    assert (found.state, found.code) == (state, code)
    assert size_factor(of, SETTINGS) == (1 if code == NORMAL else Decimal("0.5"))


def test_a_halt_stays_whatever_the_equity() -> None:
    halted = account(100_000, state=TradingState.HALTED)
    assert permission_for(halted, Standing(), NOON, SETTINGS).state is TradingState.HALTED


def stopped(code: str = STOP, *, hours: float = 24, lowest: int = 83_000, vix: str | None = "20") -> Standing:
    return Standing(
        code=code,
        since=NOON - timedelta(hours=hours),
        lowest=Decimal(lowest),
        vix=None if vix is None else Decimal(vix),
    )


@pytest.mark.parametrize(
    ("standing", "equity", "code"),
    [
        (stopped(), 84_660, RESUMED),  # a day, 2 % up, a calm VIX
        (stopped(hours=23.9), 84_660, STOP),
        (stopped(), 84_659, STOP),
        (stopped(vix="25"), 84_660, STOP),
        (stopped(vix=None), 84_660, STOP),
        (stopped(hours=14 * 24), 83_000, RESUMED),  # an empty book cannot rise
        (stopped(hours=14 * 24, vix="25"), 83_000, STOP),
        (stopped(), 79_000, LIQUIDATE),  # it went on falling
        (stopped(), 86_000, RESUMED),  # above the step, but still below the mark by more than 10 %
        (stopped(hours=1), 90_001, NORMAL),  # made good
        (stopped(LIQUIDATE, lowest=79_000), 80_579, LIQUIDATE),
        (stopped(LIQUIDATE, lowest=79_000), 80_580, RESUMED),
        (stopped(LIQUIDATE, hours=15 * 24, lowest=79_000), 79_000, RESUMED),
    ],
)
def test_the_way_back(standing: Standing, equity: int, code: str) -> None:
    of = account(equity, mark=100_000)
    found = permission_for(of, standing, NOON, SETTINGS)
    assert found.code == code
    assert (found.state is TradingState.ACTIVE) is (code in {RESUMED, NORMAL})
    assert (found.mark is not None) is (code == RESUMED)


@pytest.mark.parametrize(
    ("equity", "code"),
    [(80_000, RESUMED), (68_001, RESUMED), (68_000, STOP), (64_001, STOP), (64_000, LIQUIDATE), (90_001, NORMAL)],
)
def test_after_a_resumption_the_ladder_is_measured_from_there(equity: int, code: str) -> None:
    resumed = Standing(code=RESUMED, since=NOON, resumed_from=Decimal(80_000), vix=Decimal(20))
    of = replace(account(equity, mark=100_000), trading_code=RESUMED)
    assert permission_for(of, resumed, NOON, SETTINGS).code == code
    assert size_factor(of, SETTINGS) == Decimal("0.5")


@given(
    st.lists(st.tuples(st.integers(-3, 12), st.integers(80_000, 120_000)), max_size=12),
    st.none() | st.integers(0, 300),
    st.integers(70_000, 130_000),
)
def test_the_marks_since_the_permission_changed(
    marks: list[tuple[int, int]], changed: int | None, resumed_from: int
) -> None:
    """Asked again after each mark, it answers as if it had gone through all of them."""
    state, since = State(), MarksSince()
    state.resumed_from = Decimal(resumed_from)
    for hours in (None, changed):
        state.trading_since = None if hours is None else NOON + timedelta(hours=hours)
        state.marks.clear()
        for days, equity in sorted(marks, key=lambda each: each[0]):
            state.marks.append(Mark(session_date(NOON + timedelta(days=days)), Decimal(equity), Decimal(0)))
            found = standing_of(state, since, "", None)
            counted = [
                each.equity
                for each in state.marks
                if state.trading_since is not None and each.day >= session_date(state.trading_since)
            ]
            assert found.lowest == min(counted, default=None)
            assert found.resumed_from == max([Decimal(resumed_from), *counted])


def test_a_sudden_fall_pauses_for_an_hour() -> None:
    of = account(97_000, mark=100_000)
    fallen = permission_for(of, Standing(sudden="3.0% lost within 5 minutes"), NOON, SETTINGS)
    assert (fallen.state, fallen.code) == (TradingState.REDUCING, SUDDEN)
    for minutes, code in ((59, SUDDEN), (60, NORMAL)):
        later = Standing(code=SUDDEN, since=NOON - timedelta(minutes=minutes))
        assert permission_for(of, later, NOON, SETTINGS).code == code


@pytest.mark.parametrize(("phase", "limit"), [(1, 98_000), (4, 97_000)])
def test_what_is_sudden(phase: int, limit: int) -> None:
    for equity, falls in ((limit + 1, False), (limit, True)):
        watch = EquityWatch(SETTINGS.breakers)
        assert not watch.see(NOON, Decimal(100_000), phase)
        assert bool(watch.see(NOON + timedelta(minutes=5), Decimal(equity), phase)) is falls
        assert watch.day_high == 100_000
        slow = EquityWatch(SETTINGS.breakers)
        slow.see(NOON, Decimal(100_000), phase)
        assert not slow.see(NOON + timedelta(minutes=5, seconds=1), Decimal(equity), phase)


def test_a_new_day_has_its_own_high() -> None:
    watch = EquityWatch(SETTINGS.breakers)
    watch.see(NOON, Decimal(100_000), 4)
    assert not watch.see(NOON + timedelta(days=1), Decimal(90_000), 4)
    assert watch.day_high == 90_000


@pytest.mark.parametrize(
    ("before", "equity", "flow", "after"),
    [
        (100, 110, 0, 110),
        (100, 90, 0, 100),
        (100, 140, 50, 150),  # a deposit is no gain
        (100, 40, -50, 50),  # a withdrawal is no loss
        (100, 70, -50, 70),
    ],
)
def test_the_mark_moves_along_with_the_money(before: int, equity: int, flow: int, after: int) -> None:
    assert high_water_mark(Decimal(before), Decimal(equity), Decimal(flow)) == after


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-2000, 2000)), max_size=30))
def test_flows_alone_never_make_a_drawdown(days: list[tuple[int, int]]) -> None:
    """Without gains or losses the equity is always at its mark, whatever comes and goes."""
    equity = mark = Decimal(100_000)
    for _, flow in days:
        equity += flow
        mark = high_water_mark(mark, equity, Decimal(flow))
        assert mark == equity

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_days import account, exposure
from tomking.events import TradingState
from tomking.risk.drawdown import HALF, LIQUIDATE, NORMAL, STOP, high_water_mark, size_factor, trading_state_for
from tomking.risk.phase import next_phase, phase_of
from tomking.risk.validator import StrategyValidator
from tomking.settings import Settings

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


@given(st.integers(0, 4), st.decimals(0, 200_000, places=2))
def test_a_phase_is_stable(current: int, equity: Decimal) -> None:
    once = next_phase(current, equity, SETTINGS.phases)
    assert next_phase(once, equity, SETTINGS.phases) == once


def test_rising_closes_nothing() -> None:
    actions = StrategyValidator(SETTINGS).handle_phase_transition(2, 3, (exposure(),))
    assert [action.position_id for action in actions] == [None]
    assert StrategyValidator(SETTINGS).handle_phase_transition(2, 2, (exposure(),)) == ()


def closed(old: int, new: int, *exposures: object, settings: Settings = SETTINGS) -> list[str | None]:
    actions = StrategyValidator(settings).handle_phase_transition(old, new, exposures)  # type: ignore[arg-type]
    assert all(f"phase falls from {old} to {new}" in action.text for action in actions)
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
    crude = Settings.from_parameters({"futures_strangle.underlying": "MCL", "phases.max_positions": "1,2,5,7,10"})
    assert closed(2, 1, *strangles, *condors, settings=crude) == ["z0", "s0"]
    assert closed(2, 1, exposure(position_id="w", is_working=True), *condors) == ["z0"]


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
    found = trading_state_for(of, SETTINGS.risk)
    assert found[:2] == (state, code)
    assert size_factor(of, SETTINGS.risk) == (1 if code == NORMAL else Decimal("0.5"))


def test_a_halt_stays_whatever_the_equity() -> None:
    halted = account(100_000, state=TradingState.HALTED)
    assert trading_state_for(halted, SETTINGS.risk)[0] is TradingState.HALTED


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

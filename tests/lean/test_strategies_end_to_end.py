"""main.py on the embedded engine and its modelled quotes: every strategy opens, is managed and closes.

Each run is a few days around an entry and its end; where the method's own numbers would take months, the parameters
bring the end near. Between them every exit reason closes a trade. The data are made on demand in one folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sample_data import ROOT
from tomking.events import ExitReason, GroupOutcome
from tomking.positions.position import MultiLegPosition, PositionStatus
from tomking.settings import Settings
from tomking.state import State
from tomking.strategies.catalog import specs

from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, RunStatus, run
from leansim.model_data import ModelDataProvider
from leansim.results.recorder import EngineInfo, Recorder

pytestmark = pytest.mark.xdist_group("modelled days")  # one worker: they share the data they make

OFF = {"zero_dte.enabled": "false"}


@dataclass(frozen=True)
class Case:
    """A run and what must have become of it.

    Attributes:
        first, last: its days.
        strategy: which one trades; the only one enabled.
        reason: why its position, or the first part of it that went, was closed or exchanged.
        cash: what the account begins with.
        parameters: beside `enabled`; those without a dot are the strategy's.
        leaves: statuses its positions end in.
    """

    first: str
    last: str
    strategy: str
    reason: ExitReason
    cash: int = 200_000
    parameters: Mapping[str, str] = field(default_factory=dict)
    leaves: frozenset[PositionStatus] = frozenset({PositionStatus.CLOSED})


@dataclass(frozen=True)
class Run:
    """A finished run: what the desk remembers, and the report it left."""

    state: State
    report: dict[str, Any]

    @property
    def positions(self) -> list[MultiLegPosition]:
        return list(self.state.book.positions.values())


def run_case(case: Case, data: Path, store: Path) -> Run:
    own = {name if "." in name else f"{case.strategy}.{name}": text for name, text in case.parameters.items()}
    parameters = {
        **OFF,
        f"{case.strategy}.enabled": "true",
        "backtest.start": case.first,
        "backtest.end": case.last,
        "backtest.cash": str(case.cash),
        **own,
    }
    folder = DataFolder(data, ModelDataProvider(data, seed=7))
    config = RunConfig(ROOT / "TomKingAlgorithm" / "main.py", folder, parameters, store, "modelled")
    result = run(config, Recorder(EngineInfo("test")))
    assert result.status is RunStatus.COMPLETED, result.error
    report = json.loads((store / "tomking/backtest/default/report.json").read_text(encoding="utf-8"))
    return Run(result.algorithm.desk.state, report)  # type: ignore[attr-defined]  # main.py's algorithm has a desk


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("modelled")


BIG_CONDORS = {
    "contract_caps": "0:100",
    "buying_power_fractions": "0.3,0.3,0.3,0.3,0.3",
    "risk.trade_risk_fraction": "0.3",
    "risk.max_loss_fraction": "0.3",
    "risk.underlying_fraction": "1",
    "risk.group_fraction": "1",
    "risk.strategy_fraction": "1",
    "risk.stress_loss_fraction": "1",
    "execution.max_slippage": "5000",
    "profit_target_fraction": "0.95",
}
ON_SHARES = {
    "underlying": "SPY",
    "root": "SPY",
    "kind": "equity",
    "hold_to_settlement": "true",
    "structure": "iron_condor",
    "wing_width": "none",
    "wing_delta": "0.10",
    "min_wing_delta": "0.001",
    "max_wing_delta": "0.3",
    "short_delta": "0.35",
    "max_short_delta": "0.6",
    "min_credit": "1",
    "min_credit_fraction": "0.01",
    "vix_preset": "off",
    "max_leg_spread_fraction": "none",
}
WEEK_LONG_112 = {
    "products": "XSP",
    "min_credit": "1",
    "min_credit_fraction": "0.001",
    "max_spread_debit_fraction": "0.9",
    "days_to_expiry": "9",
    "min_days_to_expiry": "8",
    "max_days_to_expiry": "10",
    "exit_days_to_expiry": "0",
    "naked_profit_fraction": "1",
    "naked_delta": "0.06",
    "max_naked_delta": "0.12",
    "max_leg_spread_fraction": "none",
    "weeks": "1:0",
}
GOLD = {
    "products": "GLD",
    "min_iv_rank": "none",
    "min_credit_fraction": "0.03",
    "min_credit": "30",
}
OPEN = frozenset({PositionStatus.ACTIVE})

CASES = {
    "a condor at its stop": Case("2018-04-06", "2018-04-09", "zero_dte", ExitReason.STOP, 100_000),
    "a condor at its target": Case("2018-04-20", "2018-04-23", "zero_dte", ExitReason.PROFIT, 100_000),
    "a condor at three in the afternoon": Case(
        "2018-04-27",
        "2018-04-30",
        "zero_dte",
        ExitReason.TIME,
        100_000,
        {"profit_target_fraction": "1", "stop_multiple": "9", "touch_multiple": "none", "day_loss_fraction": "none"},
    ),
    "a drawdown closes what loses": Case(
        "2018-05-04",
        "2018-05-04",
        "zero_dte",
        ExitReason.DRAWDOWN,
        100_000,
        {
            **BIG_CONDORS,
            "risk.half_size_drawdown": "0.01",
            "risk.stop_drawdown": "0.0101",
            "risk.liquidate_drawdown": "0.5",
        },
    ),
    "a very bad day closes everything": Case(
        "2018-05-03",
        "2018-05-04",
        "zero_dte",
        ExitReason.EMERGENCY,
        100_000,
        {**BIG_CONDORS, "breakers.day_loss_fraction": "0.002", "breakers.flatten_multiple": "1"},
    ),
    "an assignment leaves shares, which go": Case(
        "2018-10-12", "2018-10-15", "zero_dte", ExitReason.ASSIGNMENT, 100_000, ON_SHARES
    ),
    "the 1-1-2 to its expiry day": Case("2016-03-02", "2016-03-11", "lt112", ExitReason.EXPIRY, 200_000, WEEK_LONG_112),
    "a strangle by its delta": Case(
        "2018-02-13",
        "2018-02-16",
        "futures_strangle",
        ExitReason.DELTA,
        200_000,
        {**GOLD, "exit_delta": "0.065", "close_tested_delta": "0.065", "roll_delta": "0.065", "roll_to_delta": "0.064"},
    ),
    "a strangle on a future, by the rank of the VIX": Case(
        "2018-02-13",
        "2018-02-14",
        "futures_strangle",
        ExitReason.DTE,
        400_000,
        {
            "products": "ES",
            "days_to_expiry": "120",
            "max_days_to_expiry": "130",
            "exit_days_to_expiry": "121",
            "min_credit_fraction": "0.02",
            "risk.trade_risk_fraction": "0.2",
        },
    ),
    "a weekly call is exchanged for the next": Case(
        "2016-06-03",
        "2016-06-10",
        "ipmcc",
        ExitReason.ROLL,
        100_000,
        {"products": "SPY", "extrinsic_target_fraction": "1"},
        OPEN,
    ),
    "insurance is renewed": Case(
        "2018-02-05",
        "2018-02-12",
        "leap_ladder",
        ExitReason.ROLL,
        200_000,
        {"roll_days": "346", "days_to_expiry": "372", "min_days_to_expiry": "330"},
        OPEN,
    ),
    "a smaller phase closes what it does not allow": Case(
        "2018-01-29",
        "2018-01-30",
        "leap_ladder",
        ExitReason.PHASE,
        600_000,
        {
            "mode": "income",
            "income_profit_fraction": "1",
            "income_min_vix": "10",
            "income_max_positions": "0,0,0,0,1",
            "phases.from_equity": "0,40000,55000,75000,599999",
            "phases.demotion_fraction": "1",
        },
    ),
    "a ratio spread at its target": Case(
        "2018-02-06",
        "2018-02-06",
        "ratio_spread",
        ExitReason.PROFIT,
        200_000,
        {"products": "SPY", "profit_target_fraction": "0.4"},
    ),
    "a bear trap: the spread at its gain, the far puts at their stop": Case(
        "2018-03-21",
        "2018-03-22",
        "bear_trap",
        ExitReason.PROFIT,
        200_000,
        {"min_vix": "10", "naked_stop_multiple": "0.3", "spread_profit_multiple": "0.1"},
    ),
    "a long call and its weekly call at their stop": Case(
        "2018-10-05",
        "2018-10-08",
        "ipmcc",
        ExitReason.STOP,
        100_000,
        {"products": "SPY", "deeper_at": "0.01", "reduce_at": "0.02", "stop_at": "0.03"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_strategy_from_its_entry_to_its_end(name: str, data: Path, tmp_path: Path) -> None:
    case = CASES[name]
    told = run_case(case, data, tmp_path)
    assert told.positions, (told.state.denials, [group.reason for group in told.state.groups.values()])
    assert {position.strategy for position in told.positions} == {case.strategy}
    assert {position.status for position in told.positions} == case.leaves
    assert {position.exit_reason for position in told.positions} == {case.reason}
    assert not told.state.open_groups
    assert not {group.outcome for group in told.state.groups.values()} & {GroupOutcome.STRANDED, GroupOutcome.UNWOUND}
    assert not told.state.mismatch
    counted = {row["code"]: row["count"] for row in told.report["denials"]}
    assert counted == told.state.denial_counts


def test_the_volatility_of_a_product_without_an_index_is_marked_each_session(data: Path, tmp_path: Path) -> None:
    case = Case("2018-02-13", "2018-02-14", "futures_strangle", ExitReason.DTE, 400_000, {"products": "GLD"})
    told = run_case(case, data, tmp_path)
    assert not told.positions
    (row,) = told.report["denials"]
    assert (row["code"], row["count"]) == ("IV_RANK_MISSING", 1)
    marks = told.state.volatilities["GLD"]
    assert [mark.day.day for mark in marks] == [13, 14]
    assert all(0.05 < mark.value < 0.5 for mark in marks)


def test_every_exit_reason_closes_a_trade_in_one_of_them() -> None:
    assert {case.reason for case in CASES.values()} == set(ExitReason)


def test_every_strategy_ends_a_position_in_one_of_them() -> None:
    closed = {case.strategy for case in CASES.values() if case.leaves == {PositionStatus.CLOSED}}
    assert closed == {spec.name for spec in specs(Settings())}


@pytest.mark.parametrize("days", [("2015-05-28", "2015-05-29"), ("2015-06-04", "2015-06-05")])
def test_the_volatility_is_marked_whatever_closes_first_and_expires_when(
    days: tuple[str, str], data: Path, tmp_path: Path
) -> None:
    """The desk's day ends with that of SPX, after that of shares and before that of futures; in June no expiry is in
    the window of entries."""
    parameters = {"products": "GLD,MCL", "zero_dte.enabled": "true"}
    case = Case(*days, "futures_strangle", ExitReason.DTE, parameters=parameters)
    told = run_case(case, data, tmp_path)
    assert {root: [f"{each.day}" for each in told.state.volatilities[root]] for root in ("GLD", "MCL")} == {
        "GLD": list(days),
        "MCL": list(days),
    }

"""Universes by functions of the algorithm and by selection models: when they select, who comes and who goes."""

from __future__ import annotations

import textwrap
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.feed_runs import FeedRun
from conformance.lean_runs import needs_goldens, run_algorithm
from leansim.api.enums import Resolution, SecurityType
from leansim.api.symbols import Symbol
from leansim.api.time_zones import NS_PER_DAY
from leansim.feed.benchmark import BenchmarkPrices
from leansim.feed.selecting import SelectorUniverse
from leansim.feed.subscriptions import SubscriptionRequest

pytestmark = needs_goldens

HEAD = """
    from AlgorithmImports import *

    class Algorithm(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2013, 10, 7)
            self.set_end_date(2013, 10, 10)
            self.universe_settings.resolution = Resolution.DAILY
            self.asked, self.seen, self.changes = [], [], SecurityChanges.NONE
            {setup}

        def select(self, what):
            self.asked.append((self.time, what))
            {answer}

        def on_securities_changed(self, changes):
            self.changes += changes
            for security in changes.added_securities:
                self.seen.append((self.time.day, "+" + security.symbol.value))
            for security in changes.removed_securities:
                self.seen.append((self.time.day, "-" + security.symbol.value))
"""


def run(folder: Path, setup: str, answer: str = "return []") -> Any:
    """The algorithm after its run; it must have ended well."""
    file = folder / "universe_algorithm.py"
    file.write_text(textwrap.dedent(HEAD).format(setup=setup, answer=answer), encoding="utf-8")
    found = run_algorithm(file, folder / "store").result
    assert found.error is None, found.error
    return found.algorithm


def test_a_function_of_the_time_is_asked_each_trading_day(tmp_path: Path) -> None:
    algorithm = run(
        tmp_path, 'self.add_universe("mine", self.select)', 'return ["SPY"] if what.day == 7 else ["IBM", "SPY"][:1]'
    )
    assert [what for _, what in algorithm.asked] == [datetime(2013, 10, day) for day in (7, 8, 9, 10)]
    assert algorithm.seen == [(7, "+SPY"), (8, "+IBM"), (8, "-SPY")]
    assert [security.symbol.value for security in algorithm.active_securities.values()] == ["IBM"]
    # added up, LEAN leaves out the removal of what was added before
    assert (len(algorithm.changes.added_securities), len(algorithm.changes.removed_securities)) == (2, 0)


def test_what_stays_at_least_a_day_and_unchanged_keep_their_members(tmp_path: Path) -> None:
    algorithm = run(
        tmp_path,
        'self.universe_settings.minimum_time_in_universe = timedelta(days=2); self.add_universe("mine", self.select)',
        'return {7: ["SPY"], 8: ["IBM"], 9: Universe.UNCHANGED, 10: ["IBM"]}[what.day]',
    )
    assert algorithm.seen == [(7, "+SPY"), (8, "+IBM")]


def test_fundamentals_come_with_the_file_of_the_day_before(tmp_path: Path) -> None:
    algorithm = run(
        tmp_path, "self.add_universe(self.select)", 'return [Symbol.create("SPY", SecurityType.EQUITY, Market.USA)]'
    )
    assert [(time.day, len(rows)) for time, rows in algorithm.asked] == [(7, 0), (8, 0), (9, 0), (10, 0)]
    assert algorithm.seen == [(7, "+SPY")]


@pytest.mark.parametrize(
    "model",
    [
        "ManualUniverseSelectionModel([self.spy])",
        "CompositeUniverseSelectionModel(NullUniverseSelectionModel(), ManualUniverseSelectionModel(self.spy))",
    ],
)
def test_symbols_by_hand(model: str, tmp_path: Path) -> None:
    spy = 'self.spy = Symbol.create("SPY", SecurityType.EQUITY, Market.USA)'
    algorithm = run(tmp_path, f"{spy}; self.set_universe_selection({model})")
    assert algorithm.seen == [(7, "+SPY")]


OF_CONTRACTS = "; ".join(
    (
        "self.set_start_date(2015, 12, 23)",
        "self.set_end_date(2015, 12, 24)",
        "self.universe_settings.resolution = Resolution.MINUTE",
        "self.universe_settings.data_normalization_mode = DataNormalizationMode.RAW",
        'self.add_universe("mine", self.select)',
        'goog = Symbol.create("GOOG", SecurityType.EQUITY, Market.USA)',
        "expiry = datetime(2015, 12, 24)",
        "call = Symbol.create_option(goog, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 750, expiry)",
        "noon = self.time_rules.at(12, 0)",
        "self.schedule.on(self.date_rules.on(2015, 12, 23), noon, lambda: self.add_option_contract(call))",
    )
)


def test_a_contract_keeps_its_underlying_after_the_universe_let_it_go(tmp_path: Path) -> None:
    algorithm = run(tmp_path, OF_CONTRACTS, 'return ["GOOG"] if what.day == 23 else ["SPY"]')
    assert (24, "+SPY") in algorithm.seen
    assert "GOOG" in [security.symbol.value for security in algorithm.active_securities.values()]


def test_chains_follow_what_a_universe_selects(tmp_path: Path) -> None:
    algorithm = run(
        tmp_path,
        "; ".join(
            (
                "self.set_start_date(2015, 12, 24)",
                "self.set_end_date(2015, 12, 24)",
                "self.universe_settings.resolution = Resolution.MINUTE",
                'universe = self.add_universe("mine", self.select)',
                "self.add_universe_options(universe, lambda u: u.calls_only().strikes(0, 0).expiration(0, 1))",
            )
        ),
        'return ["GOOG"]',
    )
    added = [ticker for _, ticker in algorithm.seen]
    assert "+GOOG" in added
    assert any(ticker.startswith("+GOOG  151224C") for ticker in added)


def test_two_selectors_cannot_be_asynchronous(tmp_path: Path) -> None:
    file = tmp_path / "universe_algorithm.py"
    setup = "self.universe_settings.asynchronous = True; self.add_universe(self.select, self.select)"
    file.write_text(textwrap.dedent(HEAD).format(setup=setup, answer="return []"), encoding="utf-8")
    assert "not supported for coarse and fine" in str(run_algorithm(file, tmp_path / "store").result.error)


@pytest.mark.parametrize("days", [0, 2])
def test_the_benchmark_is_followed_from_the_first_instant_of_the_run_on(days: int) -> None:
    start = datetime(2013, 10, 7)
    run = FeedRun(start, datetime(2013, 10, 10))
    spy = Symbol.create("SPY", SecurityType.EQUITY, "usa")
    first_ns = run.clock.ns + days * NS_PER_DAY
    request = SubscriptionRequest(spy, Resolution.DAILY)
    run.feed.add_universe(SelectorUniverse(spy, request, lambda *_: (first_ns,), lambda _: ([], 0), 0))
    run.feed.benchmark = spy
    instants = [step.ns for step in run.steps()]
    assert run.feed.first_ns == instants[0] == first_ns
    assert len(instants) > 1
    workings: Any = SimpleNamespace(feed=run.feed, clock=SimpleNamespace(ns=first_ns - 1))
    assert BenchmarkPrices(workings, spy).now() == 0

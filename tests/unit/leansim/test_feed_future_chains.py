"""Option chains of a future's contracts come and go with the contracts its filter selects, as LEAN's do."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from leansim.lean_data.folder import DataFolder
from leansim.loop import RunConfig, run
from leansim.model_data import ModelDataProvider
from leansim.results.recorder import EngineInfo, Recorder

pytestmark = pytest.mark.xdist_group("futures chains")  # one worker: they share the data they make

HEAD = """
    from AlgorithmImports import *

    class Algorithm(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2014, 1, 7)
            self.set_end_date(2014, 1, 13)
            self.set_cash(1_000_000)
            self.set_benchmark(lambda time: 1)
            self.most_days, self.changes, self.seen = 100, [], {}
            future = self.add_future("MCL", Resolution.MINUTE, Market.NYMEX)
            future.set_filter(lambda contracts: contracts.expiration(0, self.most_days))
            self.add_future_option(future.symbol, lambda options: options.strikes(0, 0).expiration(60, 100))

        def options(self):
            return sorted(
                symbol for symbol in self.securities.keys()
                if symbol.security_type == SecurityType.FUTURE_OPTION and not symbol.is_canonical()
            )

        def on_securities_changed(self, changes):
            for word, found in (("+", changes.added_securities), ("-", changes.removed_securities)):
                options = sorted(each.symbol for each in found if each.type == SecurityType.FUTURE_OPTION)
                if options:
                    self.changes.append((self.time.day, word, options))

        def on_data(self, slice):
            if (self.time.hour, self.time.minute) != (10, 5):
                return
            self.seen[self.time.day] = self.options()
            self.at_ten()
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def algorithm_after(data: Path, folder: Path, at_ten: str) -> Any:
    file = folder / "main.py"
    file.write_text(dedent(HEAD) + "\n    def at_ten(self):\n" + dedent(at_ten).replace("\n", "\n        "))
    provider = DataFolder(data, ModelDataProvider(data, seed=7))
    found = run(RunConfig(file, provider, {}, folder / "store", "chains"), Recorder(EngineInfo("test")))
    assert found.error is None, found.error
    return found.algorithm


def test_the_chain_of_a_contract_that_is_dropped_is_dropped(data: Path, tmp_path: Path) -> None:
    algorithm = algorithm_after(
        data, tmp_path, "\n    if self.time.day in (7, 9):\n        self.most_days = 45 if self.time.day == 7 else 100"
    )
    first, last = algorithm.seen[7], algorithm.seen[10]
    assert first
    assert last
    assert algorithm.seen == {7: first, 8: [], 9: [], 10: last, 13: algorithm.seen[13]}
    assert [(day, word) for day, word, _ in algorithm.changes][:3] == [(7, "+"), (8, "-"), (10, "+")]
    assert algorithm.changes[1][2] == first
    listed = set(algorithm.securities.keys())
    assert {symbol.canonical for symbol in first} <= listed


def test_what_is_held_of_it_stays_with_its_future_until_it_is_sold(data: Path, tmp_path: Path) -> None:
    algorithm = algorithm_after(
        data,
        tmp_path,
        """
        if self.time.day == 7:
            self.most_days = 45
            self.held = self.options()[0]
            self.market_order(self.held, 1)
        if self.time.day == 8:
            self.future_price = self.securities[self.held.underlying].get_last_data().end_time
            self.option_ends = self.securities[self.held].get_last_data().end_time
            self.market_order(self.held, -1)
        """,
    )
    assert algorithm.seen[8] == [algorithm.held]
    assert algorithm.option_ends.day == 8
    assert algorithm.future_price.day == 8
    assert algorithm.seen[9] == []
    assert algorithm.held.underlying not in set(algorithm.securities.keys())


def test_chains_are_subscribed_as_the_universe_settings_say(data: Path, tmp_path: Path) -> None:
    algorithm = algorithm_after(
        data,
        tmp_path,
        """
        if self.time.day == 7:
            self.universe_settings.fill_forward = False
            self.most_days = 0
            self.filled = {}
        if self.time.day == 8:
            self.most_days = 100
        for each in self.options():
            self.filled[self.time.day, each] = self.securities[each].is_fill_data_forward
        """,
    )
    filled = {(day, fills) for (day, _), fills in algorithm.filled.items() if day < 13}
    assert filled == {(7, True), (9, False), (10, False)}

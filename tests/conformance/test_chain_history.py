"""History of canonical symbols is chains; open interest is there for who asks."""

from __future__ import annotations

import textwrap
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.lean_runs import needs_goldens, run_algorithm
from leansim.api.enums import OptionRight

pytestmark = needs_goldens

ALGORITHM = """
    from AlgorithmImports import *

    class Algorithm(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2015, 12, 24)
            self.set_end_date(2015, 12, 24)
            goog = self.add_option("GOOG").symbol
            self.flat = self.history(goog, 2, flatten=True)
            self.several = self.history([goog, self.add_option("AAPL").symbol], timedelta(5), flatten=True)
            self.chains = list(self.history[OptionUniverse](goog, 2))
            self.listed = self.option_chain_provider.get_option_contract_list(goog, datetime(2015, 12, 24))
            self.contract = self.flat.loc[datetime(2015, 12, 24)].openinterest.idxmax()
            self.add_option_contract(self.contract)
            self.interest = None
            call = Symbol.create_option(
                "TWX", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 45, datetime(2015, 1, 17)
            )
            day = datetime(2014, 6, 5)
            self.filled = self.history(OpenInterest, call, day, day + timedelta(1), Resolution.MINUTE)

        def on_data(self, slice):
            if self.interest is None and self.securities[self.contract].open_interest > 0:
                self.interest = self.history(OpenInterest, self.contract, timedelta(1))
                self.known = self.securities[self.contract].open_interest
"""


@pytest.fixture(scope="module")
def algorithm(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("chains")
    file = folder / "chain_history_algorithm.py"
    file.write_text(textwrap.dedent(ALGORITHM), encoding="utf-8")
    found = run_algorithm(file, folder / "store").result
    assert found.error is None, found.error
    return found.algorithm


def test_a_row_a_contract_under_the_day_it_can_be_known(algorithm: Any) -> None:
    flat = algorithm.flat
    assert list(flat.index.names) == ["time", "symbol"]
    assert list(flat.index.levels[0]) == [datetime(2015, 12, 23), datetime(2015, 12, 24)]
    assert list(flat.loc[datetime(2015, 12, 24)].index) == list(algorithm.listed)
    assert {"close", "delta", "impliedvolatility", "openinterest", "underlying", "value"} <= set(flat.columns)


def test_chains_of_several_roots_are_told_apart(algorithm: Any) -> None:
    assert list(algorithm.several.index.names) == ["canonical", "time", "symbol"]


def test_typed_history_gives_the_days_and_their_contracts(algorithm: Any) -> None:
    first, last = algorithm.chains
    assert (first.end_time, last.end_time) == (datetime(2015, 12, 23), datetime(2015, 12, 24))
    assert [row.symbol for row in last.data] == list(algorithm.listed)
    assert last.underlying.close > 700


def test_open_interest_is_given_though_it_comes_before_the_session(algorithm: Any) -> None:
    assert algorithm.interest["openinterest"].iloc[-1] == algorithm.known > 0


def test_open_interest_is_filled_forward_through_the_session(algorithm: Any) -> None:
    """As many rows as LEAN's own unit test of such a request expects: the one of the file and each minute."""
    assert len(algorithm.filled) == 391
    assert algorithm.filled.openinterest.nunique() == 1


def test_the_right_of_a_contract_is_no_text_in_a_frame(algorithm: Any) -> None:
    rights = {*algorithm.filled.index.get_level_values("type")}
    assert rights == {OptionRight.CALL}
    assert {type(right) for right in rights} == {OptionRight}

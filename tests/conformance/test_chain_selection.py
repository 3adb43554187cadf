"""What filters may return, and chains of several roots as one data frame."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from conformance.lean_runs import needs_goldens, run_algorithm

pytestmark = needs_goldens


def run(text: str, folder: Path) -> Any:
    """The algorithm after its run; it must have ended well."""
    file = folder / "chain_algorithm.py"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    found = run_algorithm(file, folder / "store").result
    assert found.error is None, found.error
    return found.algorithm


def test_a_filter_may_return_the_rows_it_went_through(tmp_path: Path) -> None:
    algorithm = run(
        """
        from AlgorithmImports import *

        class Algorithm(QCAlgorithm):
            def initialize(self):
                self.set_start_date(2015, 12, 24)
                self.set_end_date(2015, 12, 24)
                self.seen = set()
                self.add_option("GOOG").set_filter(self.choose)

            def choose(self, universe):
                near = universe.expiration(0, 1)
                calls = [row for row in near if row.id.option_right == OptionRight.CALL]
                return [row for row in calls if 740 < row.id.strike_price < 755]

            def on_data(self, slice):
                for chain in slice.option_chains.values():
                    self.seen |= {(c.strike, c.right) for c in chain}
        """,
        tmp_path,
    )
    assert {strike for strike, _ in algorithm.seen} == {742.5, 745.0, 747.5, 750.0, 752.5}
    assert len({right for _, right in algorithm.seen}) == 1


def test_chains_of_several_roots_are_one_frame_under_their_canonical_symbols(tmp_path: Path) -> None:
    algorithm = run(
        """
        from AlgorithmImports import *

        class Algorithm(QCAlgorithm):
            def initialize(self):
                self.set_start_date(2015, 12, 24)
                self.set_end_date(2015, 12, 24)
                goog, aapl = (self.add_equity(ticker).symbol for ticker in ("GOOG", "AAPL"))
                self.chains = self.option_chains([goog, aapl], flatten=True)
                self.flat = self.chains.data_frame
                self.lists = self.option_chains([goog, aapl]).data_frame
        """,
        tmp_path,
    )
    flat, chains = algorithm.flat, [chain for chain in algorithm.chains.values() if len(chain)]
    assert list(flat.index.names) == ["canonical", "symbol"]
    assert len(flat) == sum(len(chain) for chain in chains)
    for chain in chains:
        assert list(flat.loc[chain.symbol].index) == [contract.symbol for contract in chain]
    assert list(algorithm.lists.columns) == ["contracts", "count"]

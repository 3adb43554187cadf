"""Collective2's demonstration of LEAN: export to other platforms, and a currency pair as data."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from conformance.lean_runs import run_algorithm
from leansim.api.time_zones import to_ns
from leansim.errors import NotEmulated
from leansim.loop import RunResult

LEAN = Path(os.environ.get("LEAN_REPOSITORY", ""))
pytestmark = pytest.mark.skipif(
    not (LEAN / "Data" / "forex").is_dir(), reason="LEAN's repository (LEAN_REPOSITORY) has the data of currencies"
)

ALGORITHM = """
    from AlgorithmImports import *

    class Algorithm(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2013, 10, 9)
            self.set_end_date(2013, 10, 10)
            self.spy = self.add_equity("SPY").symbol
            self.pair = self.add_forex("EURUSD", Resolution.HOUR).symbol
            self.signal_export.add_signal_export_provider(Collective2SignalExport("key", 1))
            self.seen = []
            self.sent = None

        def on_data(self, slice):
            if self.pair in slice.quote_bars:
                bar = slice.quote_bars[self.pair]
                self.seen.append((bar.end_time, bar.bid.close, bar.ask.close, self.securities[self.pair].price))
            if self.sent is None and self.spy in slice.bars:
                self.sent = self.signal_export.set_target_portfolio(PortfolioTarget(self.spy, 0.5))
                if ORDER:
                    self.market_order(self.pair, 1000)
"""


def _run(tmp_path: Path, order: bool) -> RunResult:
    file = tmp_path / "export_algorithm.py"
    file.write_text(textwrap.dedent(ALGORITHM).replace("ORDER", str(order)), encoding="utf-8")
    return run_algorithm(file, tmp_path / "store", data=LEAN / "Data").result


def test_a_backtest_sends_nothing_and_reads_the_pairs_quotes(tmp_path: Path) -> None:
    result = _run(tmp_path, order=False)
    assert result.error is None, result.error
    algorithm = result.algorithm
    assert algorithm.sent is True
    times = [to_ns(row[0]) for row in algorithm.seen]
    assert times == sorted(times)
    assert len(times) >= 40
    euro = algorithm.portfolio.cash_book["EUR"]
    assert (euro.amount, euro.conversion_rate) == (0, algorithm.securities["EURUSD"].price)
    for _, bid, ask, price in algorithm.seen:
        assert 1.3 < bid < ask < 1.4
        assert abs(price - (bid + ask) / 2) < 1e-9


def test_an_order_of_a_pair_stops_the_run_by_name(tmp_path: Path) -> None:
    with pytest.raises(NotEmulated, match="orders of currency pairs"):
        _run(tmp_path, order=True)

"""Tickers nobody added, where a symbol is wanted: LEAN makes a symbol of any text, without data and without a price."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.command_line import backtest
from fakes.lean_folder import ENTRIES, write_folder, write_zip

TRADES = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 6)
        self.add_equity("ABC", Resolution.DAILY)
        self.set_benchmark(lambda time: 0)

    def on_data(self, slice):
        ticket = self.market_order("PEPE", 1)
        assert (ticket.status, ticket.order_id) == (OrderStatus.INVALID, -10)
        assert ticket.submit_request.response.error_code == OrderResponseErrorCode.SECURITY_PRICE_ZERO
        assert ticket.symbol.security_type == SecurityType.BASE
        assert not self.set_holdings("PAPA", 1) and not self.calculate_order_quantity("PAPA", 1)

    def on_end_of_algorithm(self):
        with_data = [security.symbol.value for security in self.securities.values() if security.has_data]
        assert with_data == ["ABC"]
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = write_folder(tmp_path / "data", {**ENTRIES, "Base-empty-[*]": ENTRIES["Equity-usa-[*]"]})
    rows = "".join(f"202101{day:02} 00:00,100000,100000,100000,100000,1000\n" for day in (4, 5, 6))
    write_zip(folder / "equity/usa/daily/abc.zip", {"abc.csv": rows})
    return folder


def test_an_order_of_a_ticker_nobody_added_is_refused_for_want_of_a_price(data: Path) -> None:
    result = backtest(data, TRADES)
    assert result.exit_code == 0, result.output

"""AAPL's split of 2014-06-09: what LEAN does to option positions the evening before."""

from __future__ import annotations

import textwrap
from pathlib import Path

from conformance.lean_runs import needs_goldens, run_algorithm
from leansim.api.enums import OrderStatus, OrderType

pytestmark = needs_goldens

ALGORITHM = """
    from AlgorithmImports import *

    class Algorithm(QCAlgorithm):
        def initialize(self):
            self.set_start_date(2014, 6, 6)
            self.set_end_date(2014, 6, 9)
            self.add_equity("AAPL", Resolution.HOUR)
            put = Symbol.create_option("AAPL", Market.USA, OptionStyle.AMERICAN, OptionRight.PUT, 650,
                                       datetime(2014, 10, 18))
            self.option = self.add_option_contract(put, Resolution.HOUR)
            self.placed = False

        def on_data(self, slice):
            if not self.placed and self.option.price > 0:
                self.placed = True
                self.market_order(self.option.symbol, 2)
                self.limit_order(self.option.symbol, -2, 500)
"""


def test_options_are_sold_at_the_close_and_their_orders_cancelled(tmp_path: Path) -> None:
    file = tmp_path / "split_algorithm.py"
    file.write_text(textwrap.dedent(ALGORITHM), encoding="utf-8")
    found = run_algorithm(file, tmp_path / "store")
    assert found.result.error is None, found.result.error
    resting, closing = (found.result.algorithm.transactions.get_order_ticket(i) for i in (2, 3))
    assert resting.status == OrderStatus.CANCELED
    assert (
        resting.tag == "Canceled due to impending split. Separate MarketOnClose order submitted to liquidate position."
    )
    assert (closing.order_type, closing.quantity) == (OrderType.MARKET_ON_CLOSE, -2)
    assert closing.status == OrderStatus.FILLED
    assert closing.tag == "Liquidated due to impending split. Option splits are not currently supported."
    # sent at the last full hour before the latest moment for market-on-close orders, filled at the close
    assert f"{closing.time:%H:%M}" == "19:00"
    assert not found.result.algorithm.option.is_tradable
    assert any("due to impending AAPL split event" in line for line in found.log)

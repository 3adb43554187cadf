"""What a closed trade says of the way its price took: every price counts for the entries that were open then."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest
from trading_bench import Bench

from leansim.account import trades as trades_module


@dataclass
class Entry:
    """An entry as it is told price by price; amounts per share."""

    price: float
    side: int
    best: float = 0.0
    drawdown: float = 0.0

    def see(self, price: float) -> None:
        """One price."""
        profit = (price - self.price) * self.side
        self.best = max(self.best, profit)
        self.drawdown = max(self.drawdown, self.best - profit)


@pytest.mark.parametrize("side", [1, -1])
def test_extremes_are_those_of_every_price_since_the_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int
) -> None:
    monkeypatch.setattr(trades_module, "_TOGETHER", 7)
    bench = Bench(tmp_path)
    bench.algorithm.set_cash(1_000_000)
    builder, stock = bench.workings.trade_builder, bench.stock
    draw = random.Random(side)
    entries: list[Entry] = []
    seen: list[float] = []

    def pass_minutes(count: int) -> None:
        for _ in range(count):
            price = 750 + draw.randint(-400, 400) / 100
            bench.minute()
            bench.trade(stock.symbol, price)
            builder._look_at_market(bench.workings.securities)
            seen.append(price)
            for entry in entries:
                entry.see(price)

    def trade(quantity: int) -> float:
        ticket = bench.algorithm.market_order(stock.symbol, quantity)
        price = float(ticket.average_fill_price)
        # a fill of what is open is a price, too
        if entries:
            seen.append(price)
        for entry in entries:
            entry.see(price)
        return price

    bench.quote(stock.symbol, 749.99, 750.01)
    bench.trade(stock.symbol, 750)
    for minutes in (3, 20, 5):
        price = trade(side)
        entries.append(Entry(price, side))
        seen = seen or [price]
        pass_minutes(minutes)
    expected = []
    for _ in range(3):
        trade(-side)
        entry = entries.pop(0)
        against, favor = (min(seen), max(seen)) if side > 0 else (max(seen), min(seen))
        expected.append(((against - entry.price) * side, (favor - entry.price) * side, entry.drawdown))
        pass_minutes(4)
    found = [(each.mae, each.mfe, each.end_trade_drawdown) for each in builder.closed_trades]
    assert found == [pytest.approx(each, abs=0.006) for each in expected]

"""Ticks, from their files to an algorithm: several in one instant, none filled forward, prices unscaled."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import Result
from fakes.command_line import backtest
from fakes.lean_folder import write_folder, write_zip

from leansim.api.bars import Tick, TradeBar
from leansim.api.enums import SecurityType, TickType
from leansim.api.markets import Market
from leansim.api.slice import TradeBars
from leansim.api.symbols import Symbol, SymbolCache
from leansim.errors import NotEmulated

HEAD = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 8)
        self.set_end_date(2021, 1, 8)
        self.set_benchmark(lambda time: 1)
        self.ibm = self.add_equity("IBM", Resolution.TICK).symbol
"""
TRADES = """\
34140000,1815200,283,P,20002020,0
34200000,1818000,500,P,2000,0
34201500,1819000,100,N,0,0
34201500,1820000,200,N,0,0
"""
QUOTES = """\
34201500,0,0,1821000,300,Q,1,0
34202000,1817000,100,0,0,P,1,0
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = write_folder(tmp_path / "data")
    for kind, text in (("trade", TRADES), ("quote", QUOTES)):
        path = folder / f"equity/usa/tick/ibm/20210108_{kind}.zip"
        write_zip(path, {f"20210108_ibm_{kind.title()}_Tick.csv": text})
    return folder


def run(data: Path, body: str) -> Result:
    return backtest(data, HEAD + body)


def logged(data: Path) -> list[str]:
    (path,) = (data.parent / "out").glob("*-log.txt")
    return [line.split(" ", 2)[2] for line in path.read_text().splitlines() if "TICK" in line]


def test_an_instant_brings_all_its_ticks_trades_first(data: Path) -> None:
    result = run(
        data,
        """
    def on_data(self, slice):
        for tick in slice.ticks[self.ibm]:
            self.log(f"TICK {self.time:%S.%f} {int(tick.tick_type)} {tick.price} {tick.quantity} {tick.exchange}")
""",
    )
    assert result.exit_code == 0, result.output
    assert logged(data) == [
        "TICK 00.000000 0 181.8 500.0 ARCA",
        "TICK 01.500000 0 181.9 100.0 NYSE",
        "TICK 01.500000 0 182.0 200.0 NYSE",
        "TICK 01.500000 1 182.1 0.0 NASDAQ",
        "TICK 02.000000 1 181.7 0.0 ARCA",
    ]


def test_a_consolidator_gets_every_tick(data: Path) -> None:
    body = """
        bars = VolumeRenkoConsolidator(400)
        bars.data_consolidated += lambda _, bar: self.log(f"TICK {bar.open} {bar.close} {bar.volume}")
        self.subscription_manager.add_consolidator(self.ibm, bars)
"""
    assert run(data, body).exit_code == 0
    assert logged(data) == ["TICK 181.8 181.8 400.0", "TICK 181.8 182.0 400.0"]


def test_the_price_is_that_of_the_last_tick(data: Path) -> None:
    body = """
    def on_end_of_algorithm(self):
        self.log(f"TICK {self.securities[self.ibm].price} {self.securities[self.ibm].ask_price}")
"""
    assert run(data, body).exit_code == 0
    assert logged(data) == ["TICK 182.0 182.1"]


def test_ticks_become_bars_of_a_time_or_a_number(data: Path) -> None:
    body = """
        self.consolidate(self.ibm, timedelta(seconds=1), TickType.TRADE, self.show)
        self.consolidate(self.ibm, timedelta(seconds=1), TickType.QUOTE, self.show)
        self.consolidate(TradeBar, self.ibm, 3, TickType.TRADE, self.show)

    def show(self, bar):
        self.log(f"TICK {type(bar).__name__} {bar.time:%S} {bar.end_time:%S.%f} {bar.open} {bar.close}")
"""
    result = run(data, body)
    assert result.exit_code == 0, result.output
    assert sorted(logged(data)) == [
        "TICK QuoteBar 01 02.000000 182.1 182.1",
        "TICK TradeBar 00 01.000000 181.8 181.8",
        "TICK TradeBar 00 01.500000 181.8 182.0",
    ]


def test_ticks_of_open_interest_into_bars_stop_by_name(data: Path) -> None:
    body = """
        self.consolidate(TradeBar, self.ibm, 3, TickType.OPEN_INTEREST, lambda bar: None)
"""
    result = run(data, body)
    assert result.exit_code != 0
    assert "OpenInterestConsolidator" in result.output


def test_a_slice_gives_the_last_tick_of_each_symbol(data: Path) -> None:
    body = """
    def on_data(self, slice):
        last = slice.get(Tick)[self.ibm]
        self.log(f"TICK {self.time:%S.%f} {last == slice.ticks[self.ibm][-1]} {int(last.tick_type)}")
"""
    result = run(data, body)
    assert result.exit_code == 0, result.output
    assert logged(data) == ["TICK 00.000000 True 0", "TICK 01.500000 True 1", "TICK 02.000000 True 1"]


def test_a_tick_is_made_as_lean_makes_it() -> None:
    at, ibm = datetime(2021, 1, 8), Symbol.create("IBM", SecurityType.EQUITY, Market.USA)

    def told(tick: Tick) -> tuple[object, ...]:
        return tick.tick_type, tick.value, tick.bid_price, tick.ask_price, tick.bid_size, tick.ask_size

    assert (Tick().symbol, Tick().time) == (Symbol.EMPTY, datetime(1, 1, 1))
    assert told(Tick(at, ibm, 7)) == (TickType.OPEN_INTEREST, 7, 0, 0, 0, 0)
    assert told(Tick(at, ibm, 1, 2)) == (TickType.QUOTE, 1.5, 1, 2, 0, 0)
    assert told(Tick(at, ibm, 9, 1, 2)) == (TickType.QUOTE, 9, 1, 2, 0, 0)
    assert told(Tick(at, ibm, 10, 1, 20, 2)) == (TickType.QUOTE, 1.5, 1, 2, 10, 20)
    one_sided = Tick(at, ibm, 0, 0, 20, 2)
    assert told(one_sided) == told(Tick(one_sided)) == (TickType.QUOTE, 2, 0, 2, 0, 20)
    assert (Tick(one_sided).symbol, Tick(one_sided).end_time) == (ibm, at)
    with pytest.raises(NotEmulated):
        Tick(at, ibm, "", "T", 1, 2)


def test_an_entry_of_a_data_dictionary_is_set_by_a_ticker() -> None:
    bars, ibm = TradeBars(), Symbol.create("IBM", SecurityType.EQUITY, Market.USA)
    SymbolCache.set("IBM", ibm)
    bars["ibm"] = bar = TradeBar()
    assert bars[ibm] is bar

"""The first price of a security: what an initializer finds of the past while the security is being made."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.command_line import backtest, seen
from fakes.lean_folder import write_folder, write_text, write_zip

DAYS = (4, 5, 6, 7, 8)

OF_A_UNIVERSE = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 5)
        self.set_end_date(2021, 1, 8)
        self.universe_settings.resolution = Resolution.DAILY
        self.universe_settings.data_normalization_mode = DataNormalizationMode.RAW
        self.add_security_initializer(self.seed)
        self.add_universe("alternating", Resolution.DAILY, lambda time: ["SPY", "ABC"] if time.day % 2 else [])

    def seed(self, security):
        for point in self.get_last_known_prices(security):
            security.set_market_price(point)

    def on_securities_changed(self, changes):
        for security in changes.added_securities:
            self.log(f"SEEN {self.time:%d} {security.symbol} {security.price}")

    def on_end_of_algorithm(self):
        (last,) = self.get_last_known_prices("SPY")
        self.log(f"SEEN at the end {last.close}")
"""


OF_MINUTES = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 7)
        self.set_end_date(2021, 1, 7)
        self.settings.seed_initial_prices = True
        self.add_equity("SPY", Resolution.DAILY)
        share = self.add_equity("ABC", Resolution.MINUTE)
        self.log(f"SEEN {share.price}")
        self.log(f"SEEN {self.history(QuoteBar, share.symbol, 3, Resolution.DAILY).shape}")
        self.log(f"SEEN {len(list(self.history[TradeBar](share.symbol, 3, Resolution.DAILY)))}")
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Shares cost as many times 10 as the day of the month, and their prices are halved."""
    folder = write_folder(tmp_path / "data")
    for ticker in ("spy", "abc"):
        days = "".join(f"2021010{day} 00:00,{day}00000,{day}00000,{day}00000,{day}00000,1\n" for day in DAYS)
        write_zip(folder / f"equity/usa/daily/{ticker}.zip", {f"{ticker}.csv": days})
        hours = days.replace(" 00:00", " 15:00")
        write_zip(folder / f"equity/usa/hour/{ticker}.zip", {f"{ticker}.csv": hours})
        factors = "20200102,0.5,1,100\n20210201,0.5,1,100\n20501231,1,1,0\n"
        write_text(folder / f"equity/usa/factor_files/{ticker}.csv", factors)
    return folder


def told_by(algorithm: str, data: Path) -> list[str]:
    result = backtest(data, algorithm)
    assert result.exit_code == 0, result.output
    return seen(data)


def test_a_new_member_that_is_the_benchmark_is_seeded_with_its_adjusted_hours(data: Path) -> None:
    assert told_by(OF_A_UNIVERSE, data) == [
        "05 ABC 40.0",
        "05 SPY 40.0",  # the benchmark is followed from the end of the first step on
        "07 ABC 60.0",
        "07 SPY 30.0",
        "at the end 80.0",
    ]


def test_nobody_looks_for_days_of_quotes_of_a_share(data: Path) -> None:
    """There are none: one without minutes has the price of the day before, and whoever asks for them gets nothing."""
    assert told_by(OF_MINUTES, data) == ["30.0", "(0, 0)", "3"]

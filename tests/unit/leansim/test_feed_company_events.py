"""A company that gets another ticker and is taken off the exchange: data, events, orders, holdings."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.command_line import backtest, seen
from fakes.lean_folder import write_folder, write_text, write_zip

ALGORITHM = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 12)
        self.set_benchmark(lambda time: 1)
        self.share = self.add_equity("NEW.1", Resolution.DAILY).symbol
        self.portfolio.set_cash(10_000)

    def on_data(self, slice):
        bar = slice.bars.get(self.share)
        if bar is not None:
            self.log(f"SEEN bar {bar.time:%d} {bar.close}")
        if not self.transactions.orders_count and bar is not None:
            self.market_on_open_order(self.share, 10)
            self.limit_order(self.share, 10, 1)

    def on_symbol_changed_events(self, events):
        for event in events.values():
            self.log(f"SEEN change {self.time:%d} {event.old_symbol} {event.new_symbol}")

    def on_delistings(self, events):
        for event in events.values():
            self.log(f"SEEN {event.type} {self.time:%d}")

    def on_order_event(self, event):
        if event.status in (OrderStatus.FILLED, OrderStatus.CANCELED):
            self.log(f"SEEN {event.status} {self.time:%d} {event.fill_quantity} {event.fill_price}")

    def on_end_of_algorithm(self):
        self.log(f"SEEN end {self.securities[self.share].is_delisted} {self.portfolio[self.share].quantity}")
"""
DAYS = {"old": (4, 5), "new": (6, 7, 8)}


@pytest.fixture
def renamed(tmp_path: Path) -> list[str]:
    """What an algorithm says of a share that gets another ticker and is taken off the exchange."""
    data = write_folder(tmp_path / "data")
    write_text(data / "equity/usa/map_files/new.1.csv", "20200102,old\n20210105,old\n20210108,new\n")
    for ticker, days in DAYS.items():
        rows = [f"202101{day:02} 00:00,{100000 * day},{100000 * day},{100000 * day},{100000 * day},1" for day in days]
        write_zip(data / f"equity/usa/daily/{ticker}.zip", {f"{ticker}.csv": "\n".join(rows) + "\n"})
    result = backtest(data, ALGORITHM)
    assert result.exit_code == 0, result.output
    return seen(data)


def test_files_follow_the_ticker_of_their_day(renamed: list[str]) -> None:
    assert [line for line in renamed if line.startswith("bar")] == [
        "bar 04 40.0",
        "bar 05 50.0",
        "bar 06 60.0",
        "bar 07 70.0",
        "bar 08 80.0",
    ]


def test_a_new_ticker_is_told_on_its_first_trading_day_and_ends_resting_orders(renamed: list[str]) -> None:
    assert "change 06 OLD NEW" in renamed
    assert "CANCELED 06 0.0 0.0" in renamed


def test_a_share_taken_off_the_exchange_is_sold_the_day_after_its_last(renamed: list[str]) -> None:
    assert renamed[-5:] == [
        "WARNING 08",
        "bar 08 80.0",
        "FILLED 09 -10.0 80.0",
        "DELISTED 09",
        "end True 0.0",
    ]


PAID = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, int(self.get_parameter("first")))
        self.set_end_date(2021, 1, 8)
        self.set_benchmark(lambda time: 1)
        self.share = self.add_equity("PAYS", Resolution.DAILY).symbol

    def on_data(self, slice):
        for event in [*slice.dividends.values(), *slice.splits.values()]:
            self.log(f"SEEN {type(event).__name__} {self.time:%d}")

    def on_end_of_algorithm(self):
        past = self.history[Dividend](self.share, timedelta(int(self.get_parameter("back"))))
        self.log(f"SEEN history {[f'{event.time:%d}' for event in past]}")
"""


@pytest.mark.parametrize(
    ("first", "back", "told"),
    [
        ("4", "5", ["Split 04", "Split 05", "Dividend 07", "history ['07']"]),
        ("5", "3", ["Dividend 07", "history ['07']"]),
        ("6", "2", ["Dividend 07", "history []"]),
        ("7", "1", ["history []"]),
    ],
)
def test_who_was_not_there_the_day_before_is_not_told_of_a_dividend_or_a_split(
    tmp_path: Path, first: str, back: str, told: list[str]
) -> None:
    data = write_folder(tmp_path / "data")
    factors = "20200102,0.99,0.5,100\n20210104,0.99,0.5,100\n20210106,0.99,1,100\n20501231,1,1,0\n"
    write_text(data / "equity/usa/factor_files/pays.csv", factors)
    rows = "".join(f"2021010{day} 00:00,1000000,1000000,1000000,1000000,1\n" for day in (4, 5, 6, 7, 8))
    write_zip(data / "equity/usa/daily/pays.zip", {"pays.csv": rows})
    result = backtest(data, PAID, first=first, back=back)
    assert result.exit_code == 0, result.output
    assert seen(data) == told

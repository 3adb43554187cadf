"""An account in another currency than US dollars: fees, values, the benchmark, what needs a conversion."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import Result
from fakes.command_line import backtest
from fakes.lean_folder import ENTRIES, write_folder, write_text, write_zip

from leansim.api.enums import SecurityType
from leansim.api.exchanges import Exchange
from leansim.api.order_properties import IndiaOrderProperties, OrderProperties
from leansim.results.orders_json import _properties

HEAD = """\
from AlgorithmImports import *


class Probe(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 6)
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    entries = {**ENTRIES, "Equity-india-[*]": ENTRIES["Equity-usa-[*]"]}
    folder = write_folder(tmp_path / "data", entries)
    rows = "".join(f"202101{day:02} 00:00,{day}0000,{day}0000,{day}0000,{day}0000,1000\n" for day in (4, 5, 6))
    write_zip(folder / "equity/india/daily/abc.zip", {"abc.csv": rows})
    return folder


def run(data: Path, body: str) -> Result:
    return backtest(data, HEAD + body)


def found(data: Path) -> dict[str, str]:
    written = (data.parent / "out" / f"{data.parent.name}.json").read_text()
    statistics: dict[str, str] = json.loads(written)["statistics"]
    return statistics


TRADE = """
        self.set_account_currency("INR", 1000)
        self.add_equity("ABC", Resolution.DAILY, Market.INDIA)

    def on_data(self, slice):
        if not self.portfolio.invested:
            self.market_on_open_order("ABC", 10)
"""


def test_fees_and_values_are_in_the_accounts_currency(data: Path) -> None:
    result = run(data, TRADE)
    assert result.exit_code == 0, result.output
    statistics = found(data)
    # a share that is in no database is quoted in the account's currency: bought at 5, worth 6, the least fee is 6
    assert (statistics["Start Equity"], statistics["End Equity"]) == ("1000", "1004")
    assert statistics["Total Fees"] == "₹6.00"


def test_what_is_quoted_in_another_currency_stops_by_name(data: Path) -> None:
    body = """
        self.set_account_currency("INR")
        self.add_equity("SPY", Resolution.DAILY)
"""
    result = run(data, body)
    assert result.exit_code != 0
    assert "a security quoted in USD in an account in INR" in result.output


def test_a_benchmark_that_could_be_converted_stops_by_name(data: Path) -> None:
    write_text(data / "forex/oanda/daily/usdinr.zip", "")
    result = run(data, TRADE)
    assert result.exit_code != 0
    assert "a benchmark quoted in USD in an account in INR" in result.output


def test_the_currency_cannot_change_after_a_security(data: Path) -> None:
    body = """
        self.add_equity("SPY", Resolution.DAILY)
        self.set_account_currency("INR")
"""
    result = run(data, body)
    assert result.exit_code != 0
    assert "after adding a Security" in result.output


def test_exchanges_are_equal_by_code_market_and_kinds() -> None:
    assert Exchange("another name", "P", "", "usa", (SecurityType.EQUITY,)) == Exchange.ARCA
    assert Exchange.NSE != Exchange.NSX
    assert Exchange.UNKNOWN == None  # noqa: E711  # what LEAN's operator answers
    assert str(Exchange.ARCA) == "ARCA"


def test_an_exchange_is_written_only_where_it_is_set() -> None:
    assert _properties(OrderProperties(), str.title) == {"timeInForce": {}}
    properties = IndiaOrderProperties(Exchange.NSE, IndiaOrderProperties.IndiaProductType.MIS)
    written = _properties(properties, lambda name: name.upper())
    assert written["EXCHANGE"] == {"CODE": "NSE", "NAME": "NSE", "MARKET": "india", "SECURITY_TYPES": [1]}
    assert written["PRODUCT_TYPE"] == "MIS"

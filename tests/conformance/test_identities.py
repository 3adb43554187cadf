"""Symbols, expiries and sessions against what the real engine answered (`../shared/lean-goldens/tables`)."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.futures_expiry import FuturesExpiryFunctions, FuturesOptionsExpiryFunctions
from leansim.api.markets import Market
from leansim.api.reference import use_reference_data
from leansim.api.symbols import SecurityIdentifier, Symbol, SymbolCache
from leansim.api.time_zones import local_date
from leansim.lean_data.folder import DataFolder

FUTURES = ("ES", "MES", "NQ", "MNQ", "RTY", "CL", "MCL", "GC", "MGC", "SI", "ZB", "ZN", "6E", "6A", "LE", "ZC", "YM")
SHARED = Path(os.environ.get("TOMKING_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
TABLES = SHARED / "lean-goldens" / "tables"
DATA = SHARED / "lean-data"

pytestmark = pytest.mark.skipif(not TABLES.is_dir() or not DATA.is_dir(), reason=f"no goldens in {SHARED}")


def table(name: str) -> Any:
    return json.loads(gzip.decompress((TABLES / f"{name}.json.gz").read_bytes()))


@pytest.fixture(scope="module")
def folder() -> Iterator[DataFolder]:
    made = DataFolder(DATA, cache=False)
    use_reference_data(made)
    SymbolCache.clear()
    yield made
    use_reference_data(None)


def described(symbol: Symbol) -> dict[str, Any]:
    return {
        "id": str(symbol.id),
        "value": symbol.value,
        "text": str(symbol),
        "type": int(symbol.security_type),
        "market": symbol.id.market,
        "date": str(symbol.id.date),
        "canonical": symbol.is_canonical(),
        "underlying": None if symbol.underlying is None else str(symbol.underlying.id),
    }


def made_symbols(folder: DataFolder) -> Iterator[Symbol]:
    """The symbols of symbols_table.py, in its order."""
    calls_and_puts = (OptionRight.CALL, OptionRight.PUT)
    tickers = ["SPY", "QQQ", "IWM", "GLD", "TLT", "SLV", "XLE", "USO", "GOOG", "AAPL", "AIG", "TWX", "NWSA", "FOXA"]
    equities = {ticker: Symbol.create(ticker, SecurityType.EQUITY, Market.USA) for ticker in tickers}
    indexes = {
        ticker: Symbol.create(ticker, SecurityType.INDEX, Market.USA) for ticker in ["SPX", "VIX", "NDX", "RUT", "XSP"]
    }
    yield from equities.values()
    yield from indexes.values()
    for ticker in ("SPY", "GOOG", "QQQ"):
        yield Symbol.create_canonical_option(equities[ticker])
        for right in calls_and_puts:
            for strike in (0.5, 2.5, 47.5, 100, 350.0, 362.5, 402.78, 1000, 9999.5):
                for expiry in (
                    datetime(2015, 12, 24),
                    datetime(2021, 1, 15),
                    datetime(2024, 2, 29),
                    datetime(2026, 12, 18),
                ):
                    yield Symbol.create_option(
                        equities[ticker], Market.USA, OptionStyle.AMERICAN, right, strike, expiry
                    )
    roots = (("SPX", "SPX"), ("SPX", "SPXW"), ("NDX", "NDXP"), ("VIX", "VIXW"), ("RUT", "RUTW"), ("XSP", "XSP"))
    for ticker, root in roots:
        yield Symbol.create_canonical_option(indexes[ticker], root, Market.USA, None)
        for right in calls_and_puts:
            for strike in (0.5, 12.5, 365, 3700, 4445, 12000):
                for expiry in (datetime(2021, 1, 4), datetime(2021, 1, 15), datetime(2023, 6, 30)):
                    yield Symbol.create_option(
                        indexes[ticker], root, Market.USA, OptionStyle.EUROPEAN, right, strike, expiry
                    )
    markets = {
        Market.CME: "ES MES NQ MNQ RTY 6E 6A LE",
        Market.NYMEX: "CL MCL",
        Market.COMEX: "GC MGC SI",
        Market.CBOT: "ZB ZN ZC YM",
    }
    where = {ticker: market for market, names in markets.items() for ticker in names.split()}
    for ticker in FUTURES:
        market = where[ticker]
        yield Symbol.create(ticker, SecurityType.FUTURE, market)
        for expiry in (datetime(2020, 3, 20), datetime(2021, 6, 18), datetime(2024, 12, 20)):
            future = Symbol.create_future(ticker, market, expiry)
            yield future
            for right, strike in ((OptionRight.CALL, 3200), (OptionRight.PUT, 3000.5), (OptionRight.PUT, 1.105)):
                yield Symbol.create_option(future, market, OptionStyle.AMERICAN, right, strike, expiry)


def test_every_symbol_is_the_engines(folder: DataFolder) -> None:
    golden = table("symbols")
    # the golden was made on LEAN's whole sample folder; these two need map files that the test data do not have
    absent = {"NWSA", "FOXA"} if not folder.map_files.resolve("FOXA", "usa") else set()
    made = list(made_symbols(folder))
    assert len(made) == len(golden) == 681
    differing = [
        (described(symbol), row)
        for symbol, row in zip(made, golden, strict=True)
        if described(symbol) != row and row["value"] not in absent
    ]
    assert differing == []


def test_every_identity_can_be_read_back(folder: DataFolder) -> None:
    for row in table("symbols"):
        sid = SecurityIdentifier.parse(row["id"])
        assert str(sid) == row["id"]
        assert int(sid.security_type) == row["type"]
        assert (sid.market, str(sid.date)) == (row["market"], row["date"])


def test_strikes_survive_the_identifier(folder: DataFolder) -> None:
    for symbol in made_symbols(folder):
        if symbol.underlying is not None:
            again = SecurityIdentifier.parse(str(symbol.id))
            assert again._exact_strike == symbol.id._exact_strike
            assert again._exact_strike == Decimal(repr(again.strike_price))


def test_every_expiry_of_the_table_is_the_engines(folder: DataFolder) -> None:
    differing = []
    for root, rows in table("expiry").items():
        canonical = Symbol.create(root, SecurityType.FUTURE, rows["market"])
        rule = FuturesExpiryFunctions.futures_expiry_function(canonical)
        for month_text, *expected in rows["months"]:
            month = local_date(month_text, "%Y%m")
            expiry = rule(month)
            future = Symbol.create_future(root, rows["market"], expiry)
            option = Symbol.create_canonical_option(future)
            ends = FuturesOptionsExpiryFunctions.futures_option_expiry(option, month)
            if [str(expiry), future.value, str(ends)] != expected:
                differing.append((root, month_text, str(expiry), future.value, str(ends), expected))
    assert differing == []


def test_sessions_through_holidays_and_clock_changes_are_the_engines(folder: DataFolder) -> None:
    spy = folder.market_hours.entry("usa", "SPY", SecurityType.EQUITY)
    spx = folder.market_hours.entry("usa", "SPX", SecurityType.INDEX)
    for day_text, *expected in table("schedule")["days"]:
        day = datetime.fromisoformat(day_text)
        assert [
            spy.is_date_open(day),
            *(
                str(ask(day, False))
                for hours in (spy, spx)
                for ask in (hours.get_next_market_open, hours.get_next_market_close)
            ),
        ] == expected, day_text


def test_market_opens_and_closes_of_every_trading_day_are_when_rules_fired(folder: DataFolder) -> None:
    fired = table("schedule")["fired"]
    for rule, ticker, kind, minutes in (
        ("every_day_spy/open_spy", "SPY", SecurityType.EQUITY, 0),
        ("every_day_spy/close_spy_30", "SPY", SecurityType.EQUITY, -30),
        ("every_day_spx/close_spy_30", "SPY", SecurityType.EQUITY, -30),
    ):
        hours = folder.market_hours.entry("usa", ticker, kind)
        for text in fired[rule]:
            moment = datetime.fromisoformat(text)
            day = date(moment.year, moment.month, moment.day)
            edge = hours._first_daily_open(day) if minutes == 0 else hours._last_daily_close(day)
            assert edge is not None
            assert (moment - edge).total_seconds() / 60 == minutes, text

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fakes.lean_folder import CHICAGO, ENTRIES, NEW_YORK, UTC, write_folder, write_text

from leansim.api.enums import DayOfWeek, OptionRight, OptionStyle, SecurityType
from leansim.api.net import ArgumentException
from leansim.api.reference import use_reference_data
from leansim.api.symbols import Symbol
from leansim.api.time_zones import to_ns, zone
from leansim.errors import DataError
from leansim.lean_data.exchange_hours import ExchangeHours
from leansim.lean_data.folder import DataFolder
from leansim.lean_data.symbol_properties import index_option_tick


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    made = DataFolder(write_folder(tmp_path), cache=False)
    use_reference_data(made)
    yield made
    use_reference_data(None)


@pytest.fixture
def stocks(folder: DataFolder) -> ExchangeHours:
    return folder.market_hours.entry("usa", "SPY", SecurityType.EQUITY)


@pytest.fixture
def es(folder: DataFolder) -> ExchangeHours:
    return folder.market_hours.entry("cme", "ES", SecurityType.FUTURE)


def utc(moment: datetime, name: str = NEW_YORK) -> int:
    return zone(name).to_utc_ns(to_ns(moment))


def test_an_ordinary_day_has_its_session(stocks: ExchangeHours) -> None:
    monday = datetime(2015, 12, 21)
    assert stocks.is_date_open(monday)
    assert stocks.is_open(monday.replace(hour=9, minute=30), False)
    assert not stocks.is_open(monday.replace(hour=16), False)
    assert stocks.is_open(monday.replace(hour=16), True)
    assert stocks.get_next_market_open(monday, False) == monday.replace(hour=9, minute=30)
    assert stocks.get_next_market_close(monday, True) == monday.replace(hour=20)
    assert stocks.regular_market_duration == timedelta(hours=6, minutes=30)
    assert stocks.market_hours[DayOfWeek.FRIDAY].market_duration == timedelta(hours=6, minutes=30)


def test_an_early_close_ends_the_day_and_takes_the_evening_along(stocks: ExchangeHours) -> None:
    eve = datetime(2015, 12, 24)
    assert stocks.get_next_market_close(eve, False) == datetime(2015, 12, 24, 13)
    assert not stocks.is_open(eve.replace(hour=13), True)
    assert stocks._last_daily_close(eve) == datetime(2015, 12, 24, 13)


def test_the_session_after_a_holiday_weekend_is_mondays(stocks: ExchangeHours) -> None:
    assert not stocks.is_date_open(datetime(2015, 12, 25))
    assert stocks._first_daily_open(date(2015, 12, 25)) is None
    assert stocks._session(date(2015, 12, 25)) is None
    assert stocks.get_next_market_open(datetime(2015, 12, 24, 13), False) == datetime(2015, 12, 28, 9, 30)
    assert stocks.get_previous_trading_day(datetime(2015, 12, 28)) == datetime(2015, 12, 24)
    assert stocks.get_next_trading_day(datetime(2015, 12, 24)) == datetime(2015, 12, 28)
    assert stocks.get_previous_market_open(datetime(2015, 12, 27), False) == datetime(2015, 12, 24, 9, 30)
    assert stocks.get_first_daily_market_open(datetime(2015, 12, 28, 12), False) == datetime(2015, 12, 28, 9, 30)


def test_instants_are_answered_too(stocks: ExchangeHours) -> None:
    opening, closing = utc(datetime(2015, 12, 24, 9, 30)), utc(datetime(2015, 12, 24, 13))
    assert stocks.is_open(opening)
    assert not stocks.is_open(opening - 1)
    assert stocks._next_close(opening) == closing
    assert stocks._next_open(closing) == utc(datetime(2015, 12, 28, 9, 30))
    assert stocks._session(date(2015, 12, 24)) == (opening, closing)


def test_a_span_is_open_when_any_part_of_it_is(stocks: ExchangeHours) -> None:
    friday, monday = datetime(2016, 1, 8, 16), datetime(2016, 1, 11, 9, 30)
    assert not stocks.is_open(friday, monday, False)
    assert stocks.is_open(friday, monday + timedelta(minutes=1), False)
    assert stocks.is_open(friday, monday, True)


def test_extended_sessions_that_touch_at_midnight_are_one(es: ExchangeHours) -> None:
    monday = datetime(2020, 3, 2)
    assert es.get_next_market_close(monday.replace(hour=9, minute=30), True) == monday.replace(hour=17)
    assert es.get_next_market_open(monday.replace(hour=17), True) == monday.replace(hour=18)
    assert es.get_next_market_close(monday.replace(hour=18), True) == monday.replace(day=3, hour=17)
    assert es.get_next_market_open(monday.replace(hour=18), True) == monday.replace(day=3, hour=18)
    assert es.get_next_market_open(monday.replace(hour=9, minute=30), False) == monday.replace(day=3, hour=9, minute=30)
    assert es._trading_weekdays() == [DayOfWeek(number) for number in range(6)]


def test_sunday_is_open_only_in_extended_hours(es: ExchangeHours) -> None:
    sunday = datetime(2020, 3, 1)
    assert not es.is_date_open(sunday)
    assert es.is_date_open(sunday, True)


def test_a_market_that_resumes_after_an_early_close_has_both_parts(es: ExchangeHours) -> None:
    thanksgiving = datetime(2020, 11, 26)
    assert es.is_open(thanksgiving.replace(hour=12), False)
    assert not es.is_open(thanksgiving.replace(hour=13), True)
    assert es.is_open(thanksgiving.replace(hour=18), True)
    assert es.get_next_market_close(thanksgiving.replace(hour=10), False) == thanksgiving.replace(hour=13)
    assert not es.is_open(datetime(2020, 7, 3, 14), True)


def test_options_take_the_days_of_their_underlying_and_specific_entries_those_of_the_market(folder: DataFolder) -> None:
    hours = folder.market_hours
    options = hours.entry("usa", "GOOG", SecurityType.OPTION)
    assert options._holiday_dates == {date(2015, 12, 25), date(2016, 1, 1)}
    assert options.get_next_market_close(datetime(2015, 12, 24), False) == datetime(2015, 12, 24, 13)
    weekly = hours.entry("usa", "SPXW", SecurityType.INDEX_OPTION)
    assert (weekly.time_zone.id, weekly._data_time_zone.id) == (CHICAGO, NEW_YORK)
    assert hours.entry("usa", "SPX", SecurityType.INDEX)._holiday_dates == {date(2020, 12, 25)}
    assert hours.entry("usa", "VIX", SecurityType.INDEX)._holiday_dates == frozenset()


def test_a_futures_option_has_its_futures_hours(folder: DataFolder) -> None:
    own = folder.market_hours.entry("cme", "ES", SecurityType.FUTURE_OPTION)
    assert own is folder.market_hours.entry("cme", "ES", SecurityType.FUTURE)
    assert own._data_time_zone.id == UTC


def test_a_product_without_an_entry_raises_as_in_lean(folder: DataFolder) -> None:
    with pytest.raises(ArgumentException, match="Unable to locate exchange hours for Forex-oanda-EURUSD"):
        folder.market_hours.entry("oanda", "EURUSD", SecurityType.FOREX)


def test_a_day_of_24_hours_is_read_in_both_of_leans_spellings(tmp_path: Path) -> None:
    entries = json.loads(json.dumps(ENTRIES).replace("1.00:00:00", "1:00:00:00"))
    hours = DataFolder(write_folder(tmp_path, entries), cache=False).market_hours.entry(
        "cme", "ES", SecurityType.FUTURE
    )
    assert hours.is_open(datetime(2020, 3, 2, 23, 59), True)


def test_always_open_is_open_and_never_opens(stocks: ExchangeHours) -> None:
    always = ExchangeHours.always_open(stocks.time_zone)
    assert always.is_market_always_open
    assert not stocks.is_market_always_open
    assert always.is_open(datetime(2015, 12, 25), False)
    with pytest.raises(ArgumentException):
        always.get_next_market_open(datetime(2015, 12, 25), False)


def test_a_broken_database_says_which_file_and_what_to_do(tmp_path: Path) -> None:
    write_text(write_folder(tmp_path) / "market-hours/market-hours-database.json", "{")
    with pytest.raises(DataError, match=r"market-hours-database\.json cannot be read.*lean init"):
        DataFolder(tmp_path, cache=False).market_hours.entry("usa", "SPY", SecurityType.EQUITY)


def test_an_entry_with_a_wrong_time_is_named(tmp_path: Path) -> None:
    entries = json.loads(json.dumps(ENTRIES).replace("09:30:00", "half past nine"))
    with pytest.raises(DataError, match=r"equity-usa-\[\*\].*half past nine"):
        DataFolder(write_folder(tmp_path, entries), cache=False).market_hours.entry("usa", "SPY", SecurityType.EQUITY)


# --- symbol properties ------------------------------------------------------------------------------------------------


def test_properties_come_from_the_own_line_or_the_markets(folder: DataFolder) -> None:
    database = folder.symbol_properties
    spy = Symbol.create("SPY", SecurityType.EQUITY, "usa")
    assert database.of(spy).contract_multiplier == 1
    nqx = Symbol.create_canonical_option(Symbol.create("NDX", SecurityType.INDEX, "usa"), "NQX", "usa", None)
    assert (database.of(nqx).strike_multiplier, database.of(nqx).contract_multiplier) == (5, 100)
    assert database.market_of("ES", SecurityType.FUTURE) == "cme"
    assert database.market_of("ZZ", SecurityType.FUTURE) is None
    assert list(database.tickers("cme", SecurityType.FUTURE)) == ["ES"]


def test_a_futures_option_has_its_futures_properties(folder: DataFolder) -> None:
    future = Symbol.create_future("ES", "cme", datetime(2020, 3, 20))
    option = Symbol.create_option(future, "cme", OptionStyle.AMERICAN, OptionRight.CALL, 3200, datetime(2020, 3, 20))
    found = folder.symbol_properties.of(option)
    assert (found.contract_multiplier, found.minimum_price_variation) == (50, Decimal("0.25"))


def test_what_the_database_does_not_list_has_leans_default(folder: DataFolder) -> None:
    found = folder.symbol_properties.of(Symbol.create("EURUSD", SecurityType.FOREX, "oanda"))
    assert (found.contract_multiplier, found.minimum_price_variation, found.lot_size) == (1, Decimal("0.01"), 1)
    assert folder.symbol_properties.get("oanda", "EURUSD", SecurityType.FOREX) is None


@pytest.mark.parametrize(
    ("root", "price", "tick"),
    [("SPXW", "2.99", "0.05"), ("SPXW", "3", "0.1"), ("VIX", "2", "0.01"), ("VIX", "3", "0.05"), ("VIXW", "9", "0.01")],
)
def test_index_option_ticks_depend_on_the_price(root: str, price: str, tick: str) -> None:
    assert index_option_tick(root, Decimal(price)) == Decimal(tick)
    assert index_option_tick(root, None) == Decimal("0.05")

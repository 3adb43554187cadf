"""Modelled options of all terms and futures: no arbitrage, LEAN's calendars, the same bytes alone and in any order."""

from __future__ import annotations

import hashlib
import random
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from leansim.api.enums import DataMappingMode, DataNormalizationMode, Resolution, SecurityType, TickType
from leansim.api.futures_expiry import future_expiry, future_option_expiry
from leansim.api.identifiers import option_root_of_future
from leansim.api.reference import reference_data, use_reference_data
from leansim.api.symbols import Symbol
from leansim.feed.continuous import ContinuousFuture, Mapping
from leansim.lean_data.blocks import Block
from leansim.lean_data.folder import DataFolder
from leansim.model_data import ModelDataProvider
from leansim.model_data.assets import ASSETS, Markets
from leansim.model_data.chain import asset_day
from leansim.model_data.contract_files import RootFiles
from leansim.model_data.contracts import Contracts, Valuation
from leansim.model_data.expiries import Cycle, listed
from leansim.model_data.future_routes import future_paths
from leansim.model_data.futures import FUTURES, listed_months, month_named, months
from leansim.model_data.history import History
from leansim.model_data.lines import Archive
from leansim.model_data.listing import Listing
from leansim.model_data.products import OPTIONS, SHARES
from leansim.model_data.provider import DEFAULT_HISTORY
from leansim.model_data.session_grid import quoted_minutes
from leansim.pricing.black import black_scholes_greeks

DAY, EVENING = date(2016, 3, 8), date(2016, 3, 7)
CALM, WILD = date(2017, 11, 9), date(2018, 2, 6)

ONE_OF_A_KIND = [
    "option/usa/minute/qqq/20160308_quote_american.zip",
    "option/usa/minute/qqq/20160308_openinterest_american.zip",
    "option/usa/universes/iwm/20160307.csv",
    "futureoption/nymex/hour/mcl/201606/mcl_2016_trade_american.zip",
    "futureoption/nymex/daily/mcl/201606/mcl_2016_quote_american.zip",
    "indexoption/usa/minute/xsp/20160308_quote_european.zip",
    "indexoption/usa/universes/spx/20160307.csv",
    "equity/usa/minute/gld/20160308_trade.zip",
    "equity/usa/daily/tlt.zip",
    "future/nymex/minute/cl/20160308_quote.zip",
    "future/cme/minute/es/20160308_trade.zip",
    "future/comex/universes/mgc/20160307.csv",
    "future/cbot/map_files/zb.csv",
    "future/cme/margins/NQ.csv",
    "futureoption/nymex/minute/lo/201605/20160308_quote_american.zip",
    "futureoption/cme/universes/euu/201606/20160307.csv",
]


@pytest.fixture(scope="module")
def markets() -> Markets:
    return Markets(History.load(DEFAULT_HISTORY), 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataFolder]:
    root = tmp_path_factory.mktemp("model")
    found = DataFolder(root, ModelDataProvider(root), cache=False)
    before = reference_data()
    use_reference_data(found)
    yield found
    use_reference_data(before)


def contracts_of(name: str, markets: Markets, evening: date) -> Contracts:
    return Contracts.listed(Listing(OPTIONS[name], markets).on(evening))


# --- what is listed ---


def test_expiries_are_third_fridays_their_thursdays_and_once_their_saturdays() -> None:
    cycle = Cycle(weekly=9, monthly=60, january=740)
    found = [expiry for expiry, _ in listed(cycle, date(2014, 3, 24), shares=True)]
    assert [expiry.day.isoformat() for expiry in found] == [
        "2014-03-28",
        "2014-04-19",  # the Saturday after Good Friday; the last session is the Thursday
        "2014-05-17",
        "2015-01-17",
        "2016-01-15",
    ]
    assert found[1].last == date(2014, 4, 17)
    (on_index, _), *_ = listed(Cycle(monthly=30), date(2014, 4, 1))
    assert on_index.day == on_index.last == date(2014, 4, 17)
    (morning, _), *_ = listed(Cycle(monthly=30), date(2016, 3, 1), morning=True)
    assert (morning.day, morning.last) == (date(2016, 3, 18), date(2016, 3, 17))


@pytest.mark.parametrize("name", ["spxw", "spy", "tlt"])
def test_a_contract_once_listed_stays_until_it_expires(markets: Markets, name: str) -> None:
    days = [day for day in markets.history.modelled if date(2018, 1, 3) <= day <= date(2018, 3, 1)]
    before: set[tuple[date, float, bool]] = set()
    for evening in days:
        contracts = contracts_of(name, markets, evening)
        columns = zip(contracts.of.tolist(), contracts.strike.tolist(), contracts.is_call.tolist(), strict=True)
        now = {(contracts.expiries[of].day, strike, is_call) for of, strike, is_call in columns}
        gone = {contract for contract in before - now if contract[0] > evening}
        assert not gone, (evening, sorted(gone)[:3])
        before = now


@pytest.mark.parametrize("name", ["spy", "gld", "spx"])
def test_every_evening_lists_strikes_for_every_expiry(markets: Markets, name: str) -> None:
    # the first months have expiries on Saturdays, a day further away than the Friday that is counted to
    days = [day for day in markets.history.modelled[1:] if day < date(2014, 4, 1)]
    for evening in days:
        for strikes in Listing(OPTIONS[name], markets).on(evening):
            assert strikes.has_call.sum() > 3, (evening, strikes.expiry)
            assert strikes.has_put.sum() > 3, (evening, strikes.expiry)


def deltas(name: str, markets: Markets, evening: date, least: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    contracts = contracts_of(name, markets, evening)
    root = OPTIONS[name]
    close = markets.bars(root.asset)[evening].close * root.scale
    valuation = Valuation(ASSETS[root.asset].rho, markets.history.rate(evening), False, root.style == "american")
    _, greeks = valuation.greeks(contracts, evening, close, markets.volatility(root.asset)[evening])
    days = np.array([(contracts.expiries[of].day - evening).days for of in contracts.of.tolist()])
    inside = (days >= least) & (days <= most)
    return greeks.delta[inside & contracts.is_call], -greeks.delta[inside & ~contracts.is_call]


@pytest.mark.parametrize("evening", [EVENING, CALM, WILD])
def test_the_deltas_the_method_trades_are_listed(markets: Markets, evening: date) -> None:
    def nearest(found: np.ndarray, wanted: float) -> float:
        return float(np.abs(found - wanted).min())

    _, puts = deltas("xsp", markets, evening, 95, 140)
    assert nearest(puts, 0.25) < 0.03
    assert nearest(puts, 0.05) < 0.015
    calls, puts = deltas("spy", markets, evening, 280, 730)
    assert nearest(calls, 0.80) < 0.05
    assert puts.min() < 0.20
    calls, puts = deltas("gld", markets, evening, 60, 115)
    assert nearest(puts, 0.06) < 0.015
    assert nearest(calls, 0.055) < 0.015


# --- values and quotes ---


@pytest.mark.parametrize("name", list(OPTIONS))
@pytest.mark.parametrize("day", [DAY, WILD])
def test_values_offer_no_arbitrage(markets: Markets, name: str, day: date) -> None:
    root = OPTIONS[name]
    previous = markets.history.previous(day)
    assert previous is not None
    contracts = contracts_of(name, markets, previous)
    modelled = asset_day(markets, 0, root.asset, day)
    at = np.array([0, 600, 1500, 2340])
    level, volatility, left = modelled.index[at] * root.scale, modelled.vix[at], np.array([1.0, 0.7, 0.3, 0.01])
    rate = markets.history.rate(day)
    valuation = Valuation(ASSETS[root.asset].rho, rate, False, is_american=False)
    value = valuation.values(contracts, day, level, volatility, left)
    for of in range(len(contracts.expiries)):
        strikes: dict[bool, np.ndarray] = {}
        for right in (True, False):
            chosen = (contracts.of == of) & (contracts.is_call == right)
            strike, own = contracts.strike[chosen], value[chosen]
            strikes[right] = strike
            slopes = np.diff(own, axis=0) / np.diff(strike)[:, None]
            assert (np.diff(slopes, axis=0) > -1e-7).all(), "butterfly"
            assert ((slopes <= 1e-9) if right else (slopes >= -1e-9)).all(), "vertical"
        both = np.intersect1d(strikes[True], strikes[False])
        years = (contracts.expiries[of].day - day).days / 365
        call, put = (
            value[(contracts.of == of) & (contracts.is_call == right) & np.isin(contracts.strike, both)]
            for right in (True, False)
        )
        np.testing.assert_allclose(call - put, level - both[:, None] * np.exp(-rate * years), atol=1e-7)
    terms = contracts.variance(day, volatility, left)[np.unique(contracts.of, return_index=True)[1]]
    assert (np.diff(terms, axis=0) > 0).all(), "calendar"


@pytest.mark.parametrize("name", ["spx", "xsp", "spy", "slv"])
def test_quotes_enclose_the_value_on_the_root_s_ticks(folder: DataFolder, markets: Markets, name: str) -> None:
    block = folder.read_day(canonical(name), DAY, Resolution.MINUTE, TickType.QUOTE)
    assert block is not None
    tick = OPTIONS[name].tick / 10_000
    c = block.columns
    there = ~np.isnan(c["bid_close"])
    assert 0.5 < there.mean() <= 1.0
    assert (c["bid_close"][there] < c["ask_close"][there]).all()
    for side in ("bid", "ask"):
        seen = there if side == "bid" else np.ones(len(block), bool)
        prices = np.concatenate([c[f"{side}_{at}"][seen] for at in ("open", "high", "low", "close")])
        np.testing.assert_allclose(prices / tick, np.rint(prices / tick), atol=1e-6)
        assert (c[f"{side}_high"][seen] >= np.maximum(c[f"{side}_open"], c[f"{side}_close"])[seen]).all()
        assert (c[f"{side}_low"][seen] <= np.minimum(c[f"{side}_open"], c[f"{side}_close"])[seen]).all()
    assert (c["ask_size"] >= 1).all()


def canonical(name: str) -> Symbol:
    kind = SecurityType.EQUITY if name in SHARES else SecurityType.INDEX
    ticker = "SPX" if name == "spxw" else name.upper()
    return Symbol.create_canonical_option(Symbol.create(ticker, kind, "usa"), name.upper(), "usa", None)


@pytest.mark.parametrize("name", ["spxw", "xsp", "qqq", "xle"])
def test_an_evening_s_universe_is_the_next_day_s_quotes(folder: DataFolder, name: str) -> None:
    universe = folder.read_universe(canonical(name), EVENING)
    block = folder.read_day(canonical(name), DAY, Resolution.MINUTE, TickType.QUOTE)
    today = folder.read_day(canonical(name), EVENING, Resolution.MINUTE, TickType.QUOTE)
    assert universe is not None
    assert block is not None
    assert today is not None
    assert set(universe.contracts) == set(block.contracts)
    close = dict(zip(universe.contracts, universe.columns["close"], strict=True))
    mids = (np.nan_to_num(today.columns["bid_close"]) + today.columns["ask_close"]) / 2
    last = {contract: mids[today.rows(contract)][-1] for contract in today.contracts}
    both = [contract for contract in close if contract in last]
    assert len(both) > 0.8 * len(close)
    own, seen = (np.array([prices[contract] for contract in both]) for prices in (close, last))
    assert np.abs(own - seen).max() <= 0.02 + 0.02 * seen.max()


@pytest.mark.parametrize("name", ["spx", "iwm"])
def test_the_universe_s_volatility_is_that_of_its_prices(folder: DataFolder, markets: Markets, name: str) -> None:
    universe = folder.read_universe(canonical(name), EVENING)
    assert universe is not None
    assert universe.underlying is not None
    level, rate, columns = universe.underlying["close"], markets.history.rate(EVENING), universe.columns
    strike = np.array([float(contract.id.strike_price) for contract in universe.contracts])
    is_call = np.array([contract.id.option_right == 0 for contract in universe.contracts])
    years = np.array([(contract.id.date.date() - EVENING).days for contract in universe.contracts]) / 365
    greeks = black_scholes_greeks(level, strike, years, rate, 0.0, columns["implied_volatility"], is_call)
    # half a tick of rounding, and what early exercise pays on puts
    assert np.abs(greeks.price - columns["close"]).max() < 0.06 + 0.005 * level * (name == "iwm")
    np.testing.assert_allclose(columns["delta"], greeks.delta, atol=5e-4)
    np.testing.assert_allclose(columns["theta"], greeks.theta / 365, atol=1e-3)
    np.testing.assert_allclose(columns["vega"], greeks.vega / 100, atol=1e-2)
    assert (columns["open_interest"] >= columns["volume"]).all()


def test_days_of_options_are_bars_of_what_the_minutes_end_with(folder: DataFolder, markets: Markets) -> None:
    kinds = (TickType.QUOTE, TickType.TRADE, TickType.OPEN_INTEREST)
    quoted, traded, interest = (folder.read_day(canonical("tlt"), DAY, Resolution.DAILY, kind) for kind in kinds)
    minutes = folder.read_day(canonical("tlt"), DAY, Resolution.MINUTE, TickType.QUOTE)
    assert quoted is not None
    assert traded is not None
    assert interest is not None
    assert minutes is not None
    assert set(quoted.contracts) == set(minutes.contracts) == set(interest.contracts) >= set(traded.contracts)
    for contract in traded.contracts:
        (row,) = range(*traded.rows(contract).indices(len(traded)))
        (own,) = range(*quoted.rows(contract).indices(len(quoted)))
        bid, ask, price = (
            quoted.columns["bid_close"][own],
            quoted.columns["ask_close"][own],
            traded.columns["close"][row],
        )
        assert np.nan_to_num(bid) <= price <= ask
        assert traded.columns["low"][row] <= price <= traded.columns["high"][row]
        last = minutes.columns["ask_close"][minutes.rows(contract)][-1]
        assert ask == pytest.approx(last, abs=0.05 + 0.05 * last)


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A history of some weeks: files of years are made in a moment."""
    history = History.load(DEFAULT_HISTORY)
    vix = {day: level for day, level in history.vix.items() if date(2016, 2, 1) <= day <= date(2016, 3, 18)}
    root = tmp_path_factory.mktemp("weeks")
    return DataFolder(root, ModelDataProvider(root, history=replace(history, vix=vix)))


def test_hours_of_options_are_between_their_days_and_their_minutes(weeks: DataFolder) -> None:
    name, kinds = "xsp", (TickType.QUOTE, TickType.TRADE, TickType.OPEN_INTEREST)
    hours, traded, interest = (weeks.read_day(canonical(name), DAY, Resolution.HOUR, kind) for kind in kinds)
    days = weeks.read_day(canonical(name), DAY, Resolution.DAILY, TickType.QUOTE)
    minutes = weeks.read_day(canonical(name), DAY, Resolution.MINUTE, TickType.QUOTE)
    assert hours is not None
    assert traded is not None
    assert interest is not None
    assert days is not None
    assert minutes is not None
    assert set(hours.contracts) == set(minutes.contracts) == set(interest.contracts) > set(traded.contracts)
    tick = OPTIONS[name].tick / 10_000
    for contract in hours.contracts[::40]:
        rows, own = hours.rows(contract), minutes.rows(contract)
        ends = {int(minutes.time[row]): row for row in range(own.start, own.stop)}
        assert rows.stop - rows.start == 7
        both = [
            (row, ends[int(hours.time[row])]) for row in range(rows.start, rows.stop) if int(hours.time[row]) in ends
        ]
        assert both, "a spell ends at some full hour"
        for hour, minute in both:
            ask, seen = hours.columns["ask_close"][hour], minutes.columns["ask_close"][minute]
            assert ask == pytest.approx(seen, abs=2 * tick + 0.02 * seen)
        # the day is valued by the evening's volatility, the hours on the way to it
        high, highest = hours.columns["ask_high"][rows].max(), days.columns["ask_high"][days.rows(contract)].max()
        assert high == pytest.approx(highest, rel=0.5, abs=5 * tick)
    for contract in traded.contracts:
        prices, asks = traded.columns["close"][traded.rows(contract)], hours.columns["ask_close"][hours.rows(contract)]
        assert (prices <= asks).all()
        assert (prices >= np.nan_to_num(hours.columns["bid_close"][hours.rows(contract)])).all()


@pytest.mark.usefixtures("folder")  # when a month expires depends on the holidays of the folder in use
def test_options_on_a_future_have_hours_and_days(weeks: DataFolder) -> None:
    future = Symbol.create_future("MCL", "nymex", future_expiry("MCL", "nymex", datetime(2016, 6, 1)))
    option = Symbol.create_canonical_option(future, "MCL", "nymex", None)
    minutes = weeks.read_day(option, DAY, Resolution.MINUTE, TickType.QUOTE)
    assert minutes is not None
    for resolution, bars in ((Resolution.HOUR, 7), (Resolution.DAILY, 1)):
        quoted, traded, interest = (
            weeks.read_day(option, DAY, resolution, kind)
            for kind in (TickType.QUOTE, TickType.TRADE, TickType.OPEN_INTEREST)
        )
        assert quoted is not None
        assert traded is not None
        assert interest is not None
        assert set(quoted.contracts) == set(minutes.contracts) == set(interest.contracts) >= set(traded.contracts)
        assert len(quoted) == bars * len(quoted.contracts)
        for contract in quoted.contracts:
            last, seen = (float(block.columns["ask_close"][block.rows(contract)][-1]) for block in (quoted, minutes))
            assert last == pytest.approx(seen, abs=0.03 + 0.03 * seen)


# --- spells ---


def test_a_quote_is_there_when_the_clock_strikes() -> None:
    for days in (3, 45, 365):
        ends = set((quoted_minutes(390, days) + 1).tolist())
        assert {15, 16, 17, 18, 19, 20, 21, 30, 31, 32, 33, 34, 35, 376, 390} <= ends
    assert {90, 210, 330} <= set((quoted_minutes(390, 45) + 1).tolist())
    assert len(quoted_minutes(390, 0, every_minute=True)) == 390
    assert quoted_minutes(210, 45).max() == 209
    assert len(quoted_minutes(390, 45, is_near=False)) < 20


# --- futures ---


def test_months_expire_when_lean_says(folder: DataFolder) -> None:
    assert folder.market_hours is not None
    for name, root in FUTURES.items():
        for year in (2014, 2018):
            for month in months(name, year):
                label = datetime.strptime(month.name, "%Y%m")  # noqa: DTZ007
                assert future_expiry(name.upper(), root.market, label).date() == month.expiry
                assert future_option_expiry(name.upper(), root.market, label).date() == month.option_expiry
        assert option_root_of_future(name.upper()).lower() == root.options
        assert [month.expiry for month in listed_months(name, EVENING)] == sorted(
            month.expiry for month in listed_months(name, EVENING)
        )


def at_the_stocks_close(trades: Block, future: Symbol) -> float:
    """What a future was worth when the stock market closed."""
    close = datetime(DAY.year, DAY.month, DAY.day, 16, tzinfo=ZoneInfo("America/New_York"))
    rows = trades.rows(future)
    return float(trades.columns["close"][rows][trades.time[rows] == int(close.timestamp()) * 1_000_000_000][0])


@pytest.mark.parametrize("name", list(FUTURES))
def test_a_future_and_its_options_read_back(folder: DataFolder, markets: Markets, name: str) -> None:
    root = FUTURES[name]
    future = Symbol.create_future(name.upper(), root.market, datetime(2016, 6, 1))
    universe = folder.read_universe(future.canonical, DAY)
    trades = folder.read_day(future.canonical, DAY, Resolution.MINUTE, TickType.TRADE)
    quoted = folder.read_day(future.canonical, DAY, Resolution.MINUTE, TickType.QUOTE)
    daily = folder.read_day(future.canonical, DAY, Resolution.DAILY, TickType.TRADE)
    assert universe is not None
    assert trades is not None
    assert quoted is not None
    assert daily is not None
    assert set(universe.contracts) <= set(trades.contracts) == set(quoted.contracts)
    first = universe.contracts[0]
    settled = at_the_stocks_close(trades, first)
    assert settled == universe.columns["close"][0] == daily.columns["close"][daily.rows(first)][-1]
    assert settled == pytest.approx(markets.bars(root.asset)[DAY].close * root.scale, rel=0.02)
    assert folder.market_hours.entry_of(first).time_zone.to_local(int(trades.time.max())).minute == 0
    bid, ask = (quoted.columns[f"{side}_close"] for side in ("bid", "ask"))
    np.testing.assert_allclose(ask - bid, root.tick, atol=1e-9)
    paths = [path for path in future_paths(name, DAY, is_session=True) if "option/" in path]
    assert paths
    for path in paths:
        assert folder.path(path) is not None, path
    assert float(folder.margins(first).on(DAY).maintenance_overnight) > 0
    assert float(folder.symbol_properties.of(first).minimum_price_variation) == root.tick


def test_options_on_a_future_are_valued_on_their_own_month(folder: DataFolder) -> None:
    future = Symbol.create_future("CL", "nymex", future_expiry("CL", "nymex", datetime(2016, 6, 1)))
    option = Symbol.create_canonical_option(future, "LO", "nymex", None)
    universe = folder.read_universe(option, DAY)
    block = folder.read_day(option, DAY, Resolution.MINUTE, TickType.QUOTE)
    trades = folder.read_day(future, DAY, Resolution.MINUTE, TickType.TRADE)
    assert universe is not None
    assert block is not None
    assert trades is not None
    month = month_named("cl", "201606")
    assert month is not None
    assert {contract.id.date.date() for contract in universe.contracts} == {month.option_expiry}
    price = at_the_stocks_close(trades, future)
    mids = (np.nan_to_num(block.columns["bid_close"]) + block.columns["ask_close"]) / 2
    last = {contract: mids[block.rows(contract)][-1] for contract in block.contracts}
    pairs = {}
    for contract in block.contracts:
        pairs.setdefault(float(contract.id.strike_price), {})[int(contract.id.option_right)] = last[contract]
    gaps = [pair[0] - pair[1] - (price - strike) for strike, pair in pairs.items() if len(pair) == 2]
    assert len(gaps) >= 2
    assert np.abs(gaps).max() < 0.06


def test_the_continuous_future_walks_through_its_months(folder: DataFolder) -> None:
    canonical_es = Symbol.create_future("ES", "cme", datetime(2016, 6, 1)).canonical
    mode, ratio = DataMappingMode.OPEN_INTEREST, DataNormalizationMode.BACKWARDS_RATIO
    future = ContinuousFuture(folder, canonical_es, Mapping(mode, ratio))
    names = [future.contract_on(day) for day in (date(2016, 3, 1), date(2016, 3, 16), date(2016, 6, 20))]
    assert [contract.id.date.date() for contract in names if contract] == [
        date(2016, 3, 18),
        date(2016, 6, 17),
        date(2016, 9, 16),
    ]
    adjusted = future.adjusted_values({"close": 100.0}, date(2016, 3, 1))["close"]
    assert 99 < adjusted < 103
    assert adjusted != 100.0


# --- files ---


@pytest.mark.parametrize("seed", [0, 3])
def test_every_file_has_the_same_bytes_alone_and_in_any_order(tmp_path: Path, seed: int) -> None:
    together = ModelDataProvider(tmp_path / "together", seed=seed)
    shuffled = list(ONE_OF_A_KIND)
    random.Random(seed).shuffle(shuffled)
    assert all(together.fetch(relative) for relative in shuffled)
    for relative in ONE_OF_A_KIND[seed::4]:
        alone = ModelDataProvider(tmp_path / "alone" / hashlib.sha256(relative.encode()).hexdigest(), seed=seed)
        assert alone.fetch(relative)
        ours, theirs = (provider._root / relative for provider in (alone, together))
        assert ours.read_bytes() == theirs.read_bytes(), relative


@pytest.mark.parametrize(
    ("relative", "reason"),
    [
        ("future/cme/minute/es/20160325_trade.zip", "do not trade on 2016-03-25"),  # Good Friday
        ("future/cme/universes/es/20160117.csv", "not a session"),  # a Sunday
        ("futureoption/cme/minute/es/201603/20160118_quote_american.zip", "not a session"),  # stocks do not trade
        ("future/nymex/minute/es/20160308_trade.zip", "not a modelled root"),
        ("futureoption/cme/minute/es/201604/20160308_quote_american.zip", "no contract month 201604"),
        ("futureoption/cme/minute/es/201612/20160308_quote_american.zip", "are listed on 2016-03-08"),
        ("option/usa/minute/qqq/20160308_trade_american.zip", "trades by the hour and the day alone"),
    ],
)
def test_what_is_not_modelled_says_why(tmp_path: Path, relative: str, reason: str) -> None:
    provider = ModelDataProvider(tmp_path)
    assert not provider.fetch(relative)
    assert reason in provider.reason
    assert not list(tmp_path.iterdir())


def test_zips_are_what_the_standard_library_reads(folder: DataFolder) -> None:
    path = folder.path(ONE_OF_A_KIND[0])
    assert path is not None
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"modelled by leansim" in archive.comment


def test_a_day_of_a_root_can_be_made_without_its_files() -> None:
    markets = Markets(History.load(DEFAULT_HISTORY), 0)
    files = RootFiles("gld", OPTIONS["gld"], markets, 0)
    entries = dict(Archive(False, files.quote_lines(asset_day(markets, 0, "GOLD", DAY))).entries())
    assert len(entries) > 50
    assert all(text.count(b"\n") == len(text.splitlines()) > 5 for text in entries.values())

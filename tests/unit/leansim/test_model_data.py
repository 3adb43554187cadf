"""Modelled data: real anchors hit, arbitrage-free quotes, LEAN's format, the same bytes whenever and in any order."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from leansim.api.enums import Resolution, SecurityType, TickType
from leansim.api.symbols import Symbol
from leansim.errors import DataError, InputError
from leansim.lean_data.folder import DataFolder
from leansim.model_data import ModelDataProvider, chain, generate, is_modelled, option_files, quotes, surface
from leansim.model_data.history import History
from leansim.model_data.path import SAMPLES_PER_MINUTE, elapsed_variance, minute_bars
from leansim.model_data.provider import DEFAULT_HISTORY
from leansim.model_data.randomness import generator
from leansim.pricing.lean_greeks import OptionModelValues

FRIDAY, THURSDAY = date(2015, 1, 9), date(2015, 1, 8)
EARLY_FRIDAY = date(2015, 11, 27)
CALM, WILD = date(2017, 11, 10), date(2015, 8, 28)

QUOTES = "indexoption/usa/minute/spxw/20150109_quote_european.zip"
INTEREST = "indexoption/usa/minute/spxw/20150109_openinterest_european.zip"
UNIVERSE = "indexoption/usa/universes/spxw/20150108.csv"
INDEX = "index/usa/minute/spx/20150109_trade.zip"
VIX = "index/usa/minute/vix/20150109_trade.zip"
SPY = "equity/usa/minute/spy/20150109_trade.zip"
FILES = [QUOTES, INTEREST, UNIVERSE, INDEX, VIX, SPY, "index/usa/daily/spx.zip", "equity/usa/daily/spy.zip"]


@pytest.fixture(scope="module")
def history() -> History:
    return History.load(DEFAULT_HISTORY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    root = tmp_path_factory.mktemp("model")
    return DataFolder(root, ModelDataProvider(root), cache=False)


def digest(root: Path, relative: str) -> str:
    return hashlib.sha256((root / relative).read_bytes()).hexdigest()


def spxw() -> Symbol:
    return Symbol.create_canonical_option(Symbol.create("SPX", SecurityType.INDEX, "usa"), "SPXW", "usa", None)


def is_dense(contract: Symbol, history: History) -> bool:
    """Of the chain that is quoted every minute of its day."""
    strikes = chain.strikes(history.bars[THURSDAY].close)
    return contract.id.date.date() == FRIDAY and float(contract.id.strike_price) in strikes


# --- the history ---


def test_history_files_are_those_of_the_provenance() -> None:
    provenance = json.loads((DEFAULT_HISTORY / "provenance.json").read_text())
    assert provenance["files"].keys() == {path.name for path in DEFAULT_HISTORY.glob("*.csv")}
    for name, facts in provenance["files"].items():
        content = (DEFAULT_HISTORY / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == facts["sha256"], name
        dates = [line.split(",")[0] for line in content.decode().splitlines()[1:]]
        assert dates == sorted(set(dates)), name
        assert [dates[0], dates[-1], len(dates)] == [facts["first_date"], facts["last_date"], facts["rows"]], name
    assert "Kevin Sheppard" in (DEFAULT_HISTORY / "LICENSE.arch.md").read_text()


def test_known_days_of_the_history(history: History) -> None:
    assert history.bars[date(2018, 12, 31)].close == 2506.85
    assert max(history.vix, key=lambda day: history.vix[day]) == date(2015, 8, 24)
    assert history.rate(date(2015, 6, 30)) == 0.0
    assert history.rate(date(2018, 12, 31)) == history.rate(date(2018, 11, 1)) == pytest.approx(0.0216)
    assert (history.modelled[0], history.modelled[-1]) == (date(2014, 1, 6), date(2018, 12, 31))
    assert [history.session_minutes(day) for day in (FRIDAY, EARLY_FRIDAY)] == [390, 210]


def test_a_missing_or_damaged_history_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"sp500_daily\.csv is missing"):
        History.load(tmp_path)
    (tmp_path / "sp500_daily.csv").write_text("date,open\n2015-01-02,1\n")
    with pytest.raises(DataError, match="line 2: 2 columns where 6 belong"):
        History.load(tmp_path)


# --- the path ---


def test_every_modelled_day_hits_its_open_high_low_and_close(history: History) -> None:
    for day in history.modelled[::7]:
        path, bar = chain.model_day(history, 0, day), history.bars[day]
        ends = (path.index[0], path.index.max(), path.index.min(), path.index[-1])
        assert ends == bar[:4], day
        assert len(path.index) == history.session_minutes(day) * SAMPLES_PER_MINUTE + 1


def test_the_path_has_no_jumps(history: History) -> None:
    jumps = []
    for day in history.modelled[::5]:
        bar = history.bars[day]
        samples = history.session_minutes(day) * SAMPLES_PER_MINUTE
        step = np.log(bar.high / bar.low) / 1.596 / np.sqrt(samples)
        jumps.append(np.abs(np.diff(np.log(chain.model_day(history, 0, day).index))).max() / step)
    assert np.median(jumps) < 5
    assert max(jumps) < 9


def test_the_vix_goes_from_close_to_close_against_the_index(history: History) -> None:
    correlations = []
    for day in history.modelled[5:400:9]:
        path = chain.model_day(history, 0, day)
        previous = history.previous(day)
        assert previous is not None
        assert (path.vix[0], path.vix[-1]) == (history.vix[previous], history.vix[day])
        assert 0.6 * min(path.vix[[0, -1]]) < path.vix.min()
        assert path.vix.max() < 1.6 * max(path.vix[[0, -1]])
        moves = [np.diff(np.log(column[:: 15 * SAMPLES_PER_MINUTE])) for column in (path.index, path.vix)]
        correlations.append(np.corrcoef(*moves)[0, 1])
    assert -0.95 < np.median(correlations) < -0.4


def test_the_path_moves_as_much_as_its_range_says_and_more_at_the_ends(history: History) -> None:
    ratios, shares = [], []
    for day in history.modelled[:200]:
        if history.session_minutes(day) == 390:
            bar = history.bars[day]
            moves = np.diff(np.log(chain.model_day(history, 0, day).index[::SAMPLES_PER_MINUTE]))
            ratios.append(np.sqrt((moves**2).sum()) / (np.log(bar.high / bar.low) / 1.596))
            shares.append((moves[:30] ** 2).sum() / (moves**2).sum())
    assert np.median(ratios) == pytest.approx(1.0, abs=0.05)
    # 30 of 390 minutes would be 7.7 % of a flat day
    assert 0.09 < np.mean(shares) < 0.16


def test_minute_bars_are_contiguous_and_contain_their_ends(history: History) -> None:
    bars = minute_bars(chain.model_day(history, 0, FRIDAY).index)
    np.testing.assert_array_equal(bars.open[1:], bars.close[:-1])
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()


# --- the surface ---


def test_surface_reproduces_the_calibration() -> None:
    # at the money the total variance is the one given
    assert surface.total_variance(np.array(0.0), np.array(0.01)) == pytest.approx(0.01)
    # slope of the smile against k / (sigma sqrt T): -0.199 - 0.019 ln(days) in the calibration, rms 0.039
    for days in (1, 30, 165):
        variance = 0.16**2 * days / 365
        z = np.array([-0.05, 0.05])
        volatility = np.sqrt(surface.total_variance(z * np.sqrt(variance), np.array(variance)) / variance)
        slope = (volatility[1] - volatility[0]) / 0.1
        assert slope == pytest.approx(-0.199 - 0.019 * np.log(days), abs=0.06)


def test_density_of_the_surface_is_nowhere_negative() -> None:
    for variance in 10.0 ** np.linspace(-8, -0.6, 25):
        strike = np.exp(np.linspace(-9, 5, 2001) * np.sqrt(variance))
        call = chain.fair_values(np.array([1.0]), np.array([variance]), strike).call[:, 0]
        slopes = np.diff(call) / np.diff(strike)
        assert (np.diff(slopes) > -1e-9).all(), variance
        assert ((slopes <= 1e-12) & (slopes >= -1 - 1e-12)).all(), variance


@pytest.mark.parametrize("vix", [9.0, 15.0, 27.0, 41.0])
def test_a_session_s_volatility_is_a_sensible_share_of_the_vix(vix: float) -> None:
    annual = np.sqrt(surface.session_variance(np.array(vix)) * 252)
    assert 0.5 < annual / (vix / 100) < 0.86  # real 0DTE options showed 0.53 to 0.86
    assert surface.day_variance(np.array(vix)) > surface.session_variance(np.array(vix))


def test_implied_and_realised_moves_are_of_a_kind(history: History) -> None:
    shocks = []
    for day in history.modelled:
        bar, previous = history.bars[day], history.previous(day)
        assert previous is not None
        deviation = float(np.sqrt(surface.session_variance(np.array(history.vix[previous]))))
        shocks.append(np.log(bar.close / bar.open) / deviation)
    assert 0.9 < np.sqrt(np.mean(np.square(shocks))) < 1.0


# --- the quotes ---


def quoted(history: History, day: date) -> tuple[chain.FairValues, quotes.Quotes, quotes.Quotes, np.ndarray]:
    path = chain.model_day(history, 0, day)
    previous = history.previous(day)
    assert previous is not None
    strike = chain.strikes(history.bars[previous].close)
    values = chain.session_values(path, strike)
    factor = quotes.widening(path.minutes)
    return values, quotes.quote(values.call, factor), quotes.quote(values.put, factor), strike


@pytest.mark.parametrize("day", [FRIDAY, EARLY_FRIDAY, CALM, WILD])
def test_values_keep_parity_and_convexity(history: History, day: date) -> None:
    values, _, _, strike = quoted(history, day)
    index = chain.model_day(history, 0, day).index[::SAMPLES_PER_MINUTE]
    np.testing.assert_allclose(values.call - values.put, index - strike[:, None], atol=1e-8)
    assert (np.diff(values.call, n=2, axis=0) > -1e-8).all()
    assert (values.call >= np.maximum(index - strike[:, None], 0) - 1e-9).all()
    assert (np.diff(values.call, axis=0) <= 1e-9).all()


@pytest.mark.parametrize("day", [FRIDAY, EARLY_FRIDAY, CALM, WILD])
def test_quotes_are_on_ticks_and_offer_no_arbitrage(history: History, day: date) -> None:
    values, calls, puts, strike = quoted(history, day)
    for side, value in ((calls, values.call), (puts, values.put)):
        assert (side.ask > side.bid).all()
        assert (side.bid >= 0).all()
        assert (side.bid * quotes.NICKEL <= value + 1e-9).all()
        assert (side.ask * quotes.NICKEL >= value - 1e-9).all()
        dear = np.concatenate([side.bid[side.bid >= 60], side.ask[side.ask >= 60]])
        assert not (dear % 2).any()  # ticks of 0.10 from 3.00 on
        # butterflies: buying the wings and selling the body never pays a premium
        assert (side.ask[:-2] - 2 * side.bid[1:-1] + side.ask[2:] >= 0).all()
        assert (side.bid[:-2] - 2 * side.ask[1:-1] + side.bid[2:] <= 200).all()
    width = np.diff(strike)[:, None] / quotes.NICKEL
    # boxes: never sold for more, nor bought for less, than they are worth at expiry
    assert (calls.bid[:-1] - calls.ask[1:] + puts.bid[1:] - puts.ask[:-1] <= width).all()
    assert (calls.ask[:-1] - calls.bid[1:] + puts.ask[1:] - puts.bid[:-1] >= width).all()


def test_spreads_and_sizes_follow_the_calibration(history: History) -> None:
    spread, delta, size, nervous = [], [], [], []
    for day in [d for d in history.modelled if chain.expires(history, d)][::16]:
        values, _, puts, _ = quoted(history, day)
        if values.put.shape[1] != 391:
            continue
        inner = slice(15, 376)
        spread.append(((puts.ask - puts.bid) * quotes.NICKEL)[:, inner].ravel())
        delta.append((1 - values.call_delta)[:, inner].ravel())
        size.append(quotes.sizes(generator(0, "quotes", day), values.put)[0][:, inner].ravel())
        nervous.append(((puts.ask - puts.bid) * quotes.NICKEL)[:, :15].ravel())
    spreads, deltas, sizes = (np.concatenate(parts) for parts in (spread, delta, size))

    def median(values: np.ndarray, low: float, high: float) -> float:
        return float(np.median(values[(deltas > low) & (deltas <= high)]))

    # medians of 22,626 real quotes; 0DTE is tighter than the other expiries in them at the same delta
    assert median(spreads, 0.0, 0.02) == pytest.approx(0.05)
    assert 0.05 <= median(spreads, 0.02, 0.05) <= 0.15
    assert 0.10 <= median(spreads, 0.10, 0.20) <= 0.30
    assert 0.15 <= median(spreads, 0.35, 0.50) <= 0.40
    assert 20 < median(sizes, 0.35, 0.50) < 150
    assert 60 < median(sizes, 0.10, 0.20) < 400
    assert np.concatenate(nervous).mean() > 1.15 * spreads.mean()


def test_chain_has_wings_and_empty_bids(history: History) -> None:
    for day in (CALM, FRIDAY, WILD):
        values, calls, puts, _ = quoted(history, day)
        opening = values.call_delta[:, 1]
        assert opening.min() < 0.01
        assert 1 - opening.max() < 0.01
        assert (np.abs(1 - opening - 0.16) < 0.05).any()
        assert (puts.bid[0] == 0).any()
        assert (calls.ask[-1] > 0).all()


# --- files ---


@pytest.mark.parametrize("relative", FILES)
def test_a_file_has_the_same_bytes_alone_and_among_others(tmp_path: Path, folder: DataFolder, relative: str) -> None:
    for other in reversed(FILES):
        assert folder.path(other) is not None
    assert ModelDataProvider(tmp_path).fetch(relative)
    assert digest(tmp_path, relative) == digest(folder.root, relative)
    assert not list(tmp_path.rglob("*.tmp"))


def test_the_seed_changes_what_is_modelled_and_nothing_else(tmp_path: Path, folder: DataFolder) -> None:
    provider = ModelDataProvider(tmp_path, seed=1)
    for relative in (INDEX, QUOTES, "index/usa/daily/spx.zip"):
        assert provider.fetch(relative)
        assert folder.path(relative) is not None

    def content(root: Path, relative: str) -> list[bytes]:
        with zipfile.ZipFile(root / relative) as archive:
            return [archive.read(name) for name in archive.namelist()]

    assert content(tmp_path, INDEX) != content(folder.root, INDEX)
    assert content(tmp_path, QUOTES) != content(folder.root, QUOTES)
    assert content(tmp_path, "index/usa/daily/spx.zip") == content(folder.root, "index/usa/daily/spx.zip")


def test_what_exists_is_left_alone(tmp_path: Path) -> None:
    real = tmp_path / INDEX
    real.parent.mkdir(parents=True)
    real.write_bytes(b"real data")
    assert ModelDataProvider(tmp_path).fetch(INDEX)
    assert real.read_bytes() == b"real data"
    assert not is_modelled(real)


def test_zips_say_that_they_are_modelled(folder: DataFolder) -> None:
    path = folder.path(QUOTES)
    assert path is not None
    assert is_modelled(path)
    assert b"seed 0" in zipfile.ZipFile(path).comment


@pytest.mark.parametrize(
    ("relative", "reason"),
    [
        ("indexoption/usa/minute/spxw/20140106_quote_european.zip", "nothing is listed yet"),
        ("indexoption/usa/minute/spxw/20150403_quote_european.zip", "not a trading day"),  # Good Friday
        ("indexoption/usa/minute/spxw/20190104_quote_european.zip", "outside the modelled years 2014-01-06"),
        ("index/usa/minute/spx/20131231_trade.zip", "outside"),
        ("index/usa/minute/vix/20150110_trade.zip", "not a trading day"),
        ("indexoption/usa/minute/spxw/20150109_trade_european.zip", "trades by the hour and the day alone"),
        ("option/usa/minute/goog/20151224_quote_american.zip", "none of the files"),
    ],
)
def test_what_the_model_does_not_cover_is_refused_with_a_reason(tmp_path: Path, relative: str, reason: str) -> None:
    provider = ModelDataProvider(tmp_path)
    assert not provider.fetch(relative)
    assert reason in provider.reason
    assert not list(tmp_path.iterdir())
    assert provider.fetch(INDEX)
    assert provider.reason == ""


def test_quotes_read_back_are_the_model_s(folder: DataFolder, history: History) -> None:
    block = folder.read_day(spxw(), FRIDAY, Resolution.MINUTE, TickType.QUOTE)
    assert block is not None
    today = [i for i, contract in enumerate(block.contracts) if is_dense(contract, history)]
    assert len(today) == 200
    assert set(np.diff(block.offsets)[today]) == {390}
    _, calls, puts, _ = quoted(history, FRIDAY)
    for sides, right in ((calls, 0), (puts, 1)):
        rows = [i for i in today if block.contracts[i].id.option_right == right]
        ask = np.stack([block.columns["ask_close"][block.offsets[i] : block.offsets[i + 1]] for i in rows])
        bid = np.stack([block.columns["bid_close"][block.offsets[i] : block.offsets[i + 1]] for i in rows])
        np.testing.assert_allclose(ask, sides.ask[:, 1:] * quotes.NICKEL, atol=1e-9)
        np.testing.assert_allclose(np.nan_to_num(bid), sides.bid[:, 1:] * quotes.NICKEL, atol=1e-9)
    for side in ("bid", "ask"):
        o, h, low, c = (block.columns[f"{side}_{name}"] for name in ("open", "high", "low", "close"))
        there = ~np.isnan(c)
        assert (h >= np.maximum(o, c))[there].all()
        assert (low <= np.minimum(o, c))[there].all()
        assert (low > 0)[there].all()
        prices = np.rint(np.concatenate([o, h, low, c])[np.tile(there, 4)] * 20).astype(int)
        assert not (prices[prices > 60] % 2).any()
    hours = folder.hours("usa", "SPXW", SecurityType.INDEX_OPTION)
    assert hours.time_zone.to_local(int(block.time.max())).strftime("%H:%M") == "15:00"  # Chicago


def test_early_closes_are_respected(folder: DataFolder) -> None:
    block = folder.read_day(spxw(), EARLY_FRIDAY, Resolution.MINUTE, TickType.QUOTE)
    index = folder.read_day(spxw().underlying, EARLY_FRIDAY, Resolution.MINUTE, TickType.TRADE)
    assert block is not None
    assert index is not None
    assert (np.diff(block.offsets).max(), len(index)) == (210, 210)
    hours = folder.hours("usa", "SPX", SecurityType.INDEX)
    assert hours.is_open(int(index.time[-1]) - 1, False)
    assert not hours.is_open(int(index.time[-1]) + 1, False)


def test_universe_lists_the_next_day_s_contracts(folder: DataFolder, history: History) -> None:
    universe = folder.read_universe(spxw(), THURSDAY)
    block = folder.read_day(spxw(), FRIDAY, Resolution.MINUTE, TickType.QUOTE)
    interest = folder.read_day(spxw(), FRIDAY, Resolution.MINUTE, TickType.OPEN_INTEREST)
    assert universe is not None
    assert block is not None
    assert interest is not None
    assert set(universe.contracts) == set(block.contracts) > set(interest.contracts)
    evening = dict(zip(universe.contracts, universe.columns["open_interest"], strict=True))
    assert [evening[contract] for contract in interest.contracts] == interest.columns["value"].tolist()
    assert universe.underlying is not None
    assert universe.underlying["close"] == history.bars[THURSDAY].close
    dense = np.array([is_dense(contract, history) for contract in universe.contracts])
    listed = [contract for contract, chosen in zip(universe.contracts, dense, strict=True) if chosen]
    is_call = np.array([contract.id.option_right == 0 for contract in listed])
    delta, close = universe.columns["delta"][dense], universe.columns["close"][dense]
    assert (np.diff(delta[is_call]) <= 1e-6).all()
    assert ((delta >= 0) == is_call).all()
    np.testing.assert_allclose((delta[is_call] - delta[~is_call]), 1.0, atol=2e-3)
    spread_of_parity = close[is_call] - close[~is_call] - (history.bars[THURSDAY].close - chain.strikes(2062.14))
    assert np.abs(spread_of_parity).max() < 0.8
    # the greeks are LEAN's own for these prices, one calendar day before expiry
    strike = np.array([float(contract.id.strike_price) for contract in listed])
    mirror = np.arange(len(close)).reshape(-1, 2)[:, ::-1].ravel()
    model = OptionModelValues(history.bars[THURSDAY].close, strike, 1 / 365, 0.0, 0.0, is_call, close, mirror)
    np.testing.assert_allclose(universe.columns["implied_volatility"][dense], model.implied_volatility, atol=1e-6)
    np.testing.assert_allclose(universe.columns["theta"][dense], model.theta_per_day, atol=1e-4)


def test_index_equity_and_metadata_read_back(folder: DataFolder, history: History) -> None:
    bar = history.bars[FRIDAY]
    spx, vix = (Symbol.create(name, SecurityType.INDEX, "usa") for name in ("SPX", "VIX"))
    minutes = folder.read_day(spx, FRIDAY, Resolution.MINUTE, TickType.TRADE)
    daily = folder.read_day(spx, FRIDAY, Resolution.DAILY, TickType.TRADE)
    assert minutes is not None
    assert daily is not None
    c = minutes.columns
    assert (c["open"][0], c["high"].max(), c["low"].min(), c["close"][-1]) == bar[:4]
    assert tuple(daily.columns[name][0] for name in ("open", "high", "low", "close")) == bar[:4]
    assert len(minutes) == 405
    assert (c["high"][-15:] == c["low"][-15:]).all()
    fear = folder.read_day(vix, FRIDAY, Resolution.MINUTE, TickType.TRADE)
    assert fear is not None
    assert fear.columns["close"][-1] == history.vix[FRIDAY]
    spy = folder.read_day(Symbol.create("SPY", SecurityType.EQUITY, "usa"), FRIDAY, Resolution.MINUTE, TickType.TRADE)
    assert spy is not None
    assert spy.columns["close"][-1] == pytest.approx(bar.close / 10, abs=0.0051)
    assert spy.columns["volume"].min() > 0
    assert float(folder.interest_rates.rate(date(2018, 12, 3))) == pytest.approx(history.rate(date(2018, 12, 3)))
    tick = folder.symbol_properties.get("usa", "SPXW", SecurityType.INDEX_OPTION)
    assert (tick.contract_multiplier, float(tick.minimum_price_variation)) == (100, 0.05)
    hours = folder.hours("usa", "SPXW", SecurityType.INDEX_OPTION)
    assert not hours.is_date_open(date(2015, 4, 3))
    assert EARLY_FRIDAY in hours._early_close_times
    assert folder.hours("cme", "ES", SecurityType.FUTURE).is_date_open(date(2015, 1, 9))


def test_hour_bars_are_the_minutes_of_their_hour(tmp_path: Path, history: History) -> None:
    # a short history keeps the file, which holds all years, small
    days = history.modelled[:4]
    short = dataclasses.replace(history, bars={d: history.bars[d] for d in history.sessions if d <= days[-1]})
    provider = ModelDataProvider(tmp_path, history=short)
    for relative in ("index/usa/hour/spx.zip", "equity/usa/hour/spy.zip", "index/usa/daily/vix.zip"):
        assert provider.fetch(relative)
    hours = zipfile.ZipFile(tmp_path / "index/usa/hour/spx.zip").read("spx.csv").decode().splitlines()
    assert [line.split(",")[0][9:] for line in hours[:8]] == [f"{hour:02d}:00" for hour in range(8, 16)]
    path = chain.model_day(short, 0, days[0])
    bars = minute_bars(path.index)
    expected = [bars.open[0], bars.high[:30].max(), bars.low[:30].min(), bars.close[29], 0]
    assert [float(cell) for cell in hours[0].split(",")[1:]] == pytest.approx(expected)
    spy = zipfile.ZipFile(tmp_path / "equity/usa/hour/spy.zip").read("spy.csv").decode().splitlines()
    assert len(spy) == 7 * len(days)
    vix = zipfile.ZipFile(tmp_path / "index/usa/daily/vix.zip").read("vix.csv").decode().splitlines()
    assert [float(line.split(",")[4]) for line in vix] == [history.vix[day] for day in days]


def test_generate_makes_what_a_run_needs(tmp_path: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    made = generate(tmp_path, FRIDAY, FRIDAY, ["spxw", "spx"], lambda *step: seen.append(step), resolutions=["minute"])
    assert made == len(seen) == seen[-1][1]
    for relative in (QUOTES, INTEREST, UNIVERSE, INDEX, "market-hours/market-hours-database.json"):
        assert (tmp_path / relative).is_file(), relative
    assert not (tmp_path / VIX).exists()
    with pytest.raises(InputError, match="ndx"):
        generate(tmp_path, FRIDAY, FRIDAY, ["ndx"])


def test_quotes_change_in_size_from_minute_to_minute(history: History) -> None:
    bars = option_files.quote_bars(0, chain.model_day(history, 0, FRIDAY), chain.strikes(2062.14))
    assert len(np.unique(bars.ask_size)) > 200
    assert 0.05 < 1 - bars.has_bid.mean() < 0.6
    assert all((side[bars.has_bid] > 0).all() for side in (*bars.bid, bars.bid_size))


def test_variance_time_is_monotone_and_slow_at_noon() -> None:
    elapsed = elapsed_variance(390)
    assert (elapsed[0], elapsed[-1]) == (0.0, 1.0)
    steps = np.diff(elapsed)
    assert (steps > 0).all()
    assert steps.argmin() == pytest.approx(len(steps) / 2, abs=1)


def test_a_folder_of_another_seed_is_refused_not_mixed(tmp_path: Path) -> None:
    assert ModelDataProvider(tmp_path, seed=1).fetch(INDEX)
    assert ModelDataProvider(tmp_path, seed=1).fetch(INDEX)
    with pytest.raises(InputError, match="seed 1"):
        ModelDataProvider(tmp_path, seed=2)


def test_files_found_by_listing_are_made_before_the_folder_is_listed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path, ModelDataProvider(tmp_path))
    found = folder.map_files.first_ticker("SPY", "usa")
    assert found is not None
    assert found[0] == "SPY"

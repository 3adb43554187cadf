"""Options on every root, of funds, indices and futures: no arbitrage in their values, quotes around them on ticks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from leansim.model_data import quotes
from leansim.model_data.assets import Markets
from leansim.model_data.chain import Day, asset_day
from leansim.model_data.contract_files import RootFiles
from leansim.model_data.contracts import Contracts
from leansim.model_data.dated_options import Source
from leansim.model_data.future_files import FutureFiles
from leansim.model_data.future_option_files import FutureOptionFiles
from leansim.model_data.futures import FUTURES, months
from leansim.model_data.history import History
from leansim.model_data.path import SAMPLES_PER_MINUTE, elapsed_variance
from leansim.model_data.products import OPTIONS
from leansim.model_data.provider import DEFAULT_HISTORY
from leansim.model_data.quoting import LAST_MOMENT

CALM, WILD = date(2017, 11, 9), date(2018, 2, 6)
MINUTES = np.array([0, 100, 250, 389])


@cache
def markets() -> Markets:
    return Markets(History.load(DEFAULT_HISTORY), 0)


@cache
def session(asset: str, day: date) -> Day:
    return asset_day(markets(), 0, asset, day)


def sources(name: str, day: date) -> Iterator[Source]:
    """What is listed on a root: one source, or one for each month of the future."""
    if name in OPTIONS:
        yield RootFiles(name, OPTIONS[name], markets(), 0)
        return
    future = FutureFiles(name, markets(), 0)
    for month in (month for year in (day.year, day.year + 1) for month in months(name, year)):
        files = FutureOptionFiles(future, month)
        if len(files.trading(day)):
            yield files


def values(source: Source, contracts: Contracts, day: date, american: bool) -> np.ndarray:
    path, valuation = session(source.asset, day), source.quoting(day).valuation
    at = MINUTES * SAMPLES_PER_MINUTE
    left = np.maximum(1.0 - elapsed_variance(path.minutes)[at], LAST_MOMENT)
    return replace(valuation, is_american=american).values(contracts, day, source.level(path)[at], path.vix[at], left)


@pytest.mark.parametrize("day", [CALM, WILD])
@pytest.mark.parametrize("name", FUTURES)
def test_options_on_futures_offer_no_arbitrage(name: str, day: date) -> None:
    seen = 0
    for source in sources(name, day):
        contracts, level = source.trading(day), source.level(session(source.asset, day))[MINUTES * SAMPLES_PER_MINUTE]
        european, american = (values(source, contracts, day, style) for style in (False, True))
        assert (american >= european).all()
        for is_call in (True, False):
            own = contracts.is_call == is_call
            for value in (european[own], american[own]):
                slopes = np.diff(value, axis=0) / np.diff(contracts.strike[own])[:, None]
                assert (np.diff(slopes, axis=0) > -1e-7).all(), "butterfly"
                assert ((slopes <= 1e-9) if is_call else (slopes >= -1e-9)).all(), "vertical"
        both = np.intersect1d(contracts.strike[contracts.is_call], contracts.strike[~contracts.is_call])
        call, put = (
            european[(contracts.is_call == right) & np.isin(contracts.strike, both)] for right in (True, False)
        )
        discount = np.exp(-markets().history.rate(day) * contracts.years(day)[0])
        np.testing.assert_allclose(call - put, (level - both[:, None]) * discount, atol=1e-7)
        seen += len(both)
    assert seen > 3


@pytest.mark.parametrize("name", [*OPTIONS, *FUTURES])
def test_quotes_lie_on_ticks_around_the_value(name: str) -> None:
    for source in sources(name, WILD):
        quoting, contracts = source.quoting(WILD), source.trading(WILD)
        path, law = session(source.asset, WILD), quoting.law
        bars = quoting.bars(contracts, MINUTES[:-1], path, source.level(path))
        assert bars.has_bid.mean() > 0.3
        for side, there in ((bars.bid, bars.has_bid), (bars.ask, np.ones_like(bars.has_bid))):
            o, high, low, c = (column[there] for column in side)
            for price in (o, high, low, c):
                assert not (price[price > law.dear_from] % law.dear_step).any()
            assert (high >= np.maximum(o, c)).all()
            assert (low <= np.minimum(o, c)).all()
        assert (bars.ask[3] > bars.bid[3]).all()
        assert (np.minimum(bars.bid_size, bars.ask_size) >= 1).all()
        value = values(source, contracts, WILD, quoting.style == "american")
        bid, ask = quotes.quote(value, np.ones(len(MINUTES)), law)
        assert (bid * law.tick <= value + 1e-9).all()
        assert (ask * law.tick >= value - 1e-9).all()

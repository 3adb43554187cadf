"""Futures around the clock: the nights between two sessions, Sundays, holidays of stocks, hours and days."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from leansim.model_data import ModelDataProvider, generate
from leansim.model_data.assets import INDEX, OIL, Markets
from leansim.model_data.chain import asset_day
from leansim.model_data.future_routes import lasting_paths
from leansim.model_data.globex import FutureDay, FutureDays
from leansim.model_data.history import History
from leansim.model_data.provider import DEFAULT_HISTORY

NEW_YORK = ZoneInfo("America/New_York")
MONDAY, FRIDAY, SUNDAY = date(2016, 3, 14), date(2016, 3, 11), date(2016, 3, 13)  # clocks change on this Sunday
HOLIDAY = date(2016, 1, 18)  # stocks do not trade, futures until 13:00


@pytest.fixture(scope="module")
def days() -> FutureDays:
    markets = Markets(History.load(DEFAULT_HISTORY), 0)
    return FutureDays(markets, 0, partial(asset_day, markets, 0))


def new_york(day: date, minutes: np.ndarray) -> list[datetime]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [(midnight + timedelta(minutes=minute)).astimezone(NEW_YORK) for minute in minutes.tolist()]


def of(days: FutureDays, day: date, asset: str = INDEX) -> FutureDay:
    found = days.of(asset, day)
    assert found is not None
    return found


@pytest.mark.parametrize("day", [MONDAY, date(2016, 3, 8), date(2016, 11, 8)])
def test_a_day_has_nearly_twenty_three_hours_with_a_break_at_five(days: FutureDays, day: date) -> None:
    found = of(days, day)
    hours = {moment.hour for moment in new_york(day, found.minutes)}
    assert len(found.minutes) == 23 * 60
    assert hours == set(range(24)) - {17}
    assert found.in_session.sum() == 390
    opens = new_york(day, found.minutes[found.in_session])[0]
    assert (opens.hour, opens.minute) == (9, 30)


def test_a_week_ends_on_friday_afternoon_and_begins_on_sunday_evening(days: FutureDays) -> None:
    assert new_york(FRIDAY, of(days, FRIDAY).minutes)[-1].strftime("%a %H:%M") == "Fri 16:59"
    assert days.of(INDEX, FRIDAY + timedelta(days=1)) is None
    first = new_york(SUNDAY, of(days, SUNDAY).minutes)[0]
    assert first.strftime("%a %H:%M") == "Sun 18:00"
    assert not of(days, SUNDAY).in_session.any()


@pytest.mark.parametrize("asset", [INDEX, OIL, "EURO"])
def test_a_night_leads_from_close_to_open(days: FutureDays, asset: str) -> None:
    parts = [of(days, day, asset) for day in (FRIDAY, SUNDAY, MONDAY)]
    opens, closes = (np.concatenate([getattr(part.bars, name) for part in parts]) for name in ("open", "close"))
    np.testing.assert_array_equal(opens[1:], closes[:-1])
    session = np.concatenate([part.in_session for part in parts])
    first, last = np.flatnonzero(session)[[0, -1]]
    bars = days.markets.bars(asset)
    assert opens[session][0] == bars[FRIDAY].open
    assert closes[last] == bars[MONDAY].close
    assert (session[first:].astype(int)[:390] == 1).all()
    # a fifteenth to a third of a day's deviation, as nights have in the surface's clock
    night = np.log(closes[first + 390 : np.flatnonzero(session)[390]])
    daily = days.markets.volatility(asset)[FRIDAY] / 100 / np.sqrt(252)
    assert 0.1 * daily < np.diff(night).std() * np.sqrt(len(night)) < 0.6 * daily


def test_the_day_s_volume_is_spread_over_all_of_it(days: FutureDays) -> None:
    shares = of(days, date(2016, 3, 9)).share
    assert shares.sum() == pytest.approx(1.0, abs=0.01)


def test_on_a_holiday_of_stocks_futures_trade_alone(days: FutureDays, tmp_path: Path) -> None:
    found = of(days, HOLIDAY)
    assert not found.in_session.any()
    hours = {moment.hour for moment in new_york(HOLIDAY, found.minutes)}
    assert hours == {*range(13), 18, *range(19, 24)}
    provider = ModelDataProvider(tmp_path)
    for folder in ("future/cme/universes/es", "futureoption/cme/universes/es/201603"):
        texts = []
        for day in (date(2016, 1, 15), HOLIDAY):
            assert provider.fetch(f"{folder}/{day:%Y%m%d}.csv"), provider.reason
            texts.append((tmp_path / folder / f"{day:%Y%m%d}.csv").read_text().splitlines())
        # settled at the session before
        assert [line.split(",")[:7] for line in texts[0][:2]] == [line.split(",")[:7] for line in texts[1][:2]]


def test_days_outside_the_history_are_not_there(days: FutureDays) -> None:
    history = days.markets.history
    first, last = history.modelled[0], history.modelled[-1]
    assert days.of(INDEX, first - timedelta(days=1)) is not None  # the evening before
    assert days.of(INDEX, first - timedelta(days=3)) is None
    assert of(days, last).in_session[-1]  # no night leads on
    assert days.of(INDEX, last + timedelta(days=1)) is None


def lines(path: Path, entry: str) -> list[list[float]]:
    with zipfile.ZipFile(path) as archive:
        text = archive.read(entry).decode()
    return [[float(cell) for cell in line.replace(" ", "").replace(":", "").split(",")] for line in text.splitlines()]


def test_hours_and_days_are_their_minutes(tmp_path: Path) -> None:
    folder, day = tmp_path / "future/nymex", date(2016, 3, 9)
    history = History.load(DEFAULT_HISTORY)
    weeks = {at: level for at, level in history.vix.items() if date(2016, 3, 1) <= at <= date(2016, 3, 18)}
    provider = ModelDataProvider(tmp_path, history=replace(history, vix=weeks))
    for relative in ("minute/mcl/20160309_quote.zip", "hour/mcl_quote.zip", "daily/mcl_quote.zip"):
        assert provider.fetch(f"future/nymex/{relative}"), provider.reason
    minutes = np.array(lines(folder / "minute/mcl/20160309_quote.zip", "20160309_mcl_minute_quote_201604.csv"))
    hours = [
        row for row in lines(folder / "hour/mcl_quote.zip", "mcl_quote_201604.csv") if row[0] // 10_000 == 20160309
    ]
    (whole,) = (
        row for row in lines(folder / "daily/mcl_quote.zip", "mcl_quote_201604.csv") if row[0] // 10_000 == 20160309
    )
    assert len(hours) == 23
    for hour in hours:
        own = minutes[minutes[:, 0] // 3_600_000 == hour[0] % 10_000 // 100]
        expected = [own[0, 1], own[:, 2].max(), own[:, 3].min(), own[-1, 4], own[-1, 5]]
        assert hour[1:6] == expected
    opens = int((datetime(day.year, day.month, day.day, 9, 30, tzinfo=NEW_YORK).timestamp() % 86_400) * 1000)
    session = minutes[(minutes[:, 0] >= opens) & (minutes[:, 0] < opens + 390 * 60_000)]
    assert whole[1:5] == [session[0, 1], session[:, 2].max(), session[:, 3].min(), session[-1, 4]]


def test_generating_brings_sundays_holidays_and_hours(tmp_path: Path) -> None:
    generate(tmp_path, date(2016, 1, 16), HOLIDAY, ["mgc"], resolutions=["minute"])
    made = {path.relative_to(tmp_path / "future/comex").as_posix() for path in (tmp_path / "future/comex").rglob("*.*")}
    assert {"minute/mgc/20160117_trade.zip", "minute/mgc/20160118_quote.zip", "universes/mgc/20160118.csv"} <= made
    assert not {path for path in made if "20160116" in path or "universes/mgc/20160117" in path}
    assert {f"future/comex/hour/mgc_{kind}.zip" for kind in ("trade", "quote", "openinterest")} <= set(
        lasting_paths("mgc")
    )

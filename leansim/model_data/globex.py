"""Trading around the clock: futures trade from 18:00 in New York to 17:00 on the day after, and prices move meanwhile.

Between two sessions of the stock market an asset walks from the close of one to the opening of the other, a Brownian
bridge over the minutes in which CME's Globex is open: both ends are those of its daily bars. A file of futures holds a
day of the clock of UTC: the end of a night, the session, and the beginning of the next night.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import surface
from leansim.model_data.assets import Markets
from leansim.model_data.calendars import cme_globex
from leansim.model_data.chain import Day
from leansim.model_data.path import SAMPLES_PER_MINUTE, MinuteBars, elapsed_variance, minute_bars
from leansim.model_data.randomness import generator

Floats = NDArray[np.float64]
Minutes = NDArray[np.int64]

_NEW_YORK = ZoneInfo("America/New_York")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTES_OF_DAY = 24 * 60
_STOCKS_OPEN, _GLOBEX_OPENS, _GLOBEX_CLOSES = time(9, 30), time(18), time(17)
# Of the volume between two closes of the stock market, what trades outside of its session.
_NIGHT_VOLUME, _NIGHT_MINUTES = 0.15, 990


class FutureDay(NamedTuple):
    """A day of the clock of UTC, minute by minute in which futures trade.

    Attributes:
        minutes: of the day at which they start.
        bars: level of the asset.
        share: of a day's volume that trades in each.
        in_session: the stock market is open.
    """

    minutes: Minutes
    bars: MinuteBars
    share: Floats
    in_session: NDArray[np.bool_]


@dataclass(frozen=True)
class FutureDays:
    """The days of all assets.

    Attributes:
        markets: what prices follow.
        seed: of the model.
        session: the path of an asset's session.
    """

    markets: Markets
    seed: int
    session: Callable[[str, date], Day]

    def of(self, asset: str, day: date) -> FutureDay | None:
        """A day of an asset; None when futures do not trade on it, or the model does not cover it."""
        history = self.markets.history
        is_session = day in history.modelled_set
        if day in history.bars and not is_session:
            return None
        following = history.following(day)
        pieces = [self._night(asset, day if is_session else following)]
        if is_session:
            pieces += [self._session(asset, day), self._night(asset, following)]
        midnight = _minute(day, time(), UTC)
        cut = [_between(piece, midnight, midnight + _MINUTES_OF_DAY) for piece in pieces if piece is not None]
        cut = [piece for piece in cut if len(piece.minutes)]
        if not cut:
            return None
        minutes, columns, share, in_session = zip(*cut, strict=True)
        bars = MinuteBars(*(np.concatenate(column) for column in zip(*columns, strict=True)))
        return FutureDay(np.concatenate(minutes) - midnight, bars, np.concatenate(share), np.concatenate(in_session))

    def _session(self, asset: str, day: date) -> FutureDay:
        path = self.session(asset, day)
        share = (1.0 - _NIGHT_VOLUME) * np.diff(elapsed_variance(path.minutes)[::SAMPLES_PER_MINUTE])
        minutes = _minute(day, _STOCKS_OPEN) + np.arange(path.minutes)
        return FutureDay(minutes, minute_bars(path.index), share, np.ones(path.minutes, bool))

    def _night(self, asset: str, until: date | None) -> FutureDay | None:
        """What trades outside of the stock market's hours, up to a session's opening; minutes are those of all time."""
        return self._nights(asset, until) if until in self.markets.history.modelled_set else None

    @cached_property
    def _nights(self) -> Callable[[str, date], FutureDay]:
        return lru_cache(maxsize=32)(self._make_night)

    def _make_night(self, asset: str, until: date) -> FutureDay:
        history, bars = self.markets.history, self.markets.bars(asset)
        after = history.previous(until)
        assert after is not None, "a modelled day has a session before it"
        close = _minute(after, _STOCKS_OPEN) + history.session_minutes(after)
        minutes = _globex_minutes(after, until, close, _minute(until, _STOCKS_OPEN))
        start, end = math.log(bars[after].close), math.log(bars[until].open)
        deviation = math.sqrt(surface.night_variance(self.markets.volatility(asset)[after]))
        steps = generator(self.seed, f"night {asset}", until).standard_normal(len(minutes) * SAMPLES_PER_MINUTE)
        walk = np.concatenate([[0.0], np.cumsum(steps)]) / math.sqrt(len(steps))
        elapsed = np.linspace(0.0, 1.0, len(walk))
        level = np.round(np.exp(start + (end - start) * elapsed + deviation * (walk - walk[-1] * elapsed)), 2)
        share = np.full(len(minutes), _NIGHT_VOLUME / _NIGHT_MINUTES)
        return FutureDay(minutes, minute_bars(level), share, np.zeros(len(minutes), bool))


def is_globex_day(day: date) -> bool:
    """Whether Globex has a session that is called by this day."""
    opens, closes = _globex_session(day)
    return opens < closes


def open_minute(day: date) -> int:
    """The stock market's opening on the clock of UTC, in minutes of the day."""
    return _minute(day, _STOCKS_OPEN) - _minute(day, time(), UTC)


def _minute(day: date, at: time, zone: tzinfo = _NEW_YORK) -> int:
    """A time of day, in New York if nothing else is said, in minutes since 1970."""
    return int((datetime.combine(day, at, zone) - _EPOCH) // timedelta(minutes=1))


def _globex_minutes(after: date, until: date, start: int, end: int) -> Minutes:
    """The minutes from `start` to `end` in which Globex is open; the two lie in its sessions of two days."""
    days = (after + timedelta(days=step) for step in range((until - after).days + 1))
    spans = [(max(opens, start), min(closes, end)) for opens, closes in map(_globex_session, days) if opens < closes]
    return np.concatenate([np.arange(first, last) for first, last in spans if first < last])


@cache
def _globex_session(day: date) -> tuple[int, int]:
    """Opening, on the evening before, and close of a day's session; both the same when there is none."""
    import pandas as pd  # late: the calendar needs it, and takes long to load

    calendar, label = cme_globex(), pd.Timestamp(day)
    opens = _minute(day - timedelta(days=1), _GLOBEX_OPENS)
    if not calendar.is_session(label):
        return opens, opens
    closes = int((calendar.session_close(label) - _EPOCH) // timedelta(minutes=1))
    return opens, min(closes, _minute(day, _GLOBEX_CLOSES))


def _between(piece: FutureDay, start: int, end: int) -> FutureDay:
    inside = slice(*np.searchsorted(piece.minutes, (start, end)).tolist())
    bars = MinuteBars(*(column[inside] for column in piece.bars))
    return FutureDay(piece.minutes[inside], bars, piece.share[inside], piece.in_session[inside])

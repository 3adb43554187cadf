"""Files of the indices SPX, XSP and VIX, and of the funds, whose price here is a share of an asset's level.

Index files are in Chicago time and plain prices, those of funds in New York time and ten-thousandths of a dollar. An
index has no volume; a fund's is a fixed share of what its asset trades.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.chain import Day
from leansim.model_data.history import FULL_SESSION_MINUTES, DailyBar
from leansim.model_data.lines import Minutes, NumberLines, minute_of
from leansim.model_data.path import SAMPLES_PER_MINUTE, MinuteBars, elapsed_variance, minute_bars
from leansim.model_data.products import Share

CHICAGO_OPEN_MINUTE = 8 * 60 + 30
NEW_YORK_OPEN_MINUTE = 9 * 60 + 30

# Index levels stand still in the quarter of an hour in which index options still trade after the stock market's close;
# on an early close the session of LEAN's market hours ends with the stock market's.
_MINUTES_AFTER_CLOSE = 15
_EQUITY_SCALE = 10_000
_INDEX_DECIMALS = 2
_MINUTES_OF_HOUR = 60

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def index_minutes(entry: str, samples: Floats) -> NumberLines:
    """Minute bars of an index for one day, from its path."""
    bars = _with_standstill(minute_bars(samples))
    return _lines(entry, CHICAGO_OPEN_MINUTE + np.arange(len(bars.open)), bars, _no_volume(bars), _INDEX_DECIMALS)


def index_hours(entry: str, days: Iterable[tuple[date, Floats]]) -> Iterator[NumberLines]:
    """Hour bars of an index over many days, each bar named after the full hour it lies in."""
    for day, samples in days:
        bars = _with_standstill(minute_bars(samples))
        yield _hours(entry, day, bars, CHICAGO_OPEN_MINUTE, _no_volume(bars), _INDEX_DECIMALS)


def index_days(entry: str, days: Mapping[date, DailyBar], scale: float = 1.0) -> NumberLines:
    """Daily bars of an index."""
    # what the file says, digit by digit
    prices = [[float(f"{price * scale:.{_INDEX_DECIMALS}f}") for price in bar[:4]] for bar in days.values()]
    return _days(entry, days, np.array(prices), [bar.volume for bar in days.values()], _INDEX_DECIMALS)


def vix_day(day: Day) -> DailyBar:
    """The VIX's daily bar: its close is real, the rest comes from the path."""
    return DailyBar(day.vix[0], day.vix.max(), day.vix.min(), day.vix[-1], 0)


def share_minutes(entry: str, share: Share, bar: DailyBar, day: Day) -> NumberLines:
    """Minute bars of a fund for one day."""
    clock = NEW_YORK_OPEN_MINUTE + np.arange(day.minutes)
    return _lines(entry, clock, _share_bars(share, day), _share_volume(share, bar, day))


def share_hours(entry: str, share: Share, days: Iterable[tuple[DailyBar, Day]]) -> Iterator[NumberLines]:
    """Hour bars of a fund."""
    for bar, day in days:
        volume = _share_volume(share, bar, day)
        yield _hours(entry, day.session, _share_bars(share, day), NEW_YORK_OPEN_MINUTE, volume)


def share_days(entry: str, share: Share, bars: Mapping[date, DailyBar]) -> NumberLines:
    """Daily bars of a fund over the whole history of its asset."""
    days = {day: bars[day] for day in sorted(bars)}
    prices = _share_price(share, np.array([bar[:4] for bar in days.values()]))
    return _days(entry, days, prices, [int(bar.volume * share.volume_share) for bar in days.values()])


def share_map_file(name: str, share: Share) -> str:
    """The fund never changed its name; the first date is the one LEAN knows it by, it is part of its identifier."""
    return f"{share.since},{name},P\n20501231,{name},P\n"


def share_factor_file(share: Share) -> str:
    """No splits and, because the price index pays none, no dividends."""
    return f"{share.since},1,1,1\n20501231,1,1,0\n"


def _with_standstill(bars: MinuteBars) -> MinuteBars:
    after = _MINUTES_AFTER_CLOSE if len(bars.close) == FULL_SESSION_MINUTES else 0
    last = np.full(after, bars.close[-1])
    return MinuteBars(*(np.concatenate([column, last]) for column in bars))


def _no_volume(bars: MinuteBars) -> Whole:
    return np.zeros(len(bars.open), np.int64)


def _lines(entry: str, clock: Minutes, bars: MinuteBars, volume: Whole, decimals: int = 0) -> NumberLines:
    return NumberLines([entry], clock, [column[None, :] for column in (*bars, volume)], decimals)


def _days(entry: str, days: Iterable[date], prices: Floats, volume: list[int], decimals: int = 0) -> NumberLines:
    clock = np.array([minute_of(day) for day in days])
    return _lines(entry, clock, MinuteBars(*prices.T), np.array(volume, np.int64), decimals)


def _hours(entry: str, day: date, bars: MinuteBars, open_minute: int, volume: Whole, decimals: int = 0) -> NumberLines:
    """The bars by clock hour."""
    hours = (open_minute + np.arange(len(bars.open))) // _MINUTES_OF_HOUR
    first = np.flatnonzero(np.diff(hours, prepend=-1))
    last = np.append(first[1:], len(hours)) - 1
    high, low = np.maximum.reduceat(bars.high, first), np.minimum.reduceat(bars.low, first)
    hourly = MinuteBars(bars.open[first], high, low, bars.close[last])
    clock = minute_of(day) + hours[first] * _MINUTES_OF_HOUR
    return _lines(entry, clock, hourly, np.add.reduceat(volume, first), decimals)


def _share_bars(share: Share, day: Day) -> MinuteBars:
    return MinuteBars(*(_share_price(share, column) for column in minute_bars(day.index)))


def _share_price(share: Share, level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ten-thousandths of a dollar, to the cent."""
    return np.asarray(np.rint(level * (share.scale * 100)) * (_EQUITY_SCALE // 100))


def _share_volume(share: Share, bar: DailyBar, day: Day) -> NDArray[np.int64]:
    """Shares per minute: spread over the day as its variance is."""
    shares = np.diff(elapsed_variance(day.minutes)[::SAMPLES_PER_MINUTE])
    return np.asarray(bar.volume * share.volume_share * shares, np.int64)

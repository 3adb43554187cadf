"""Files of the indices SPX and VIX, and of SPY, which here is a tenth of the index.

Index files are in Chicago time and plain prices, SPY's in New York time and ten-thousandths of a dollar. The index has
no volume; SPY's is a fixed share of what the index's members traded.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.chain import Day
from leansim.model_data.history import FULL_SESSION_MINUTES, DailyBar, History
from leansim.model_data.path import SAMPLES_PER_MINUTE, MinuteBars, elapsed_variance, minute_bars
from leansim.model_data.writer import bar_lines

CHICAGO_OPEN_MINUTE = 8 * 60 + 30
NEW_YORK_OPEN_MINUTE = 9 * 60 + 30

_MS_PER_MINUTE = 60_000
# Index levels stand still in the quarter of an hour in which index options still trade after the stock market's close;
# on an early close the session of LEAN's market hours ends with the stock market's.
_MINUTES_AFTER_CLOSE = 15
_EQUITY_SCALE = 10_000
_SPY_PER_INDEX = 0.1
_SPY_SHARE_OF_VOLUME = 1 / 30


def index_minutes(samples: NDArray[np.float64]) -> bytes:
    """Minute bars of an index for one day, from its path."""
    o, h, low, c = _with_standstill(minute_bars(samples))
    starts = (CHICAGO_OPEN_MINUTE + np.arange(len(o))) * _MS_PER_MINUTE
    return bar_lines([{"ms": starts, "o": o, "h": h, "l": low, "c": c, "v": np.zeros(len(o), int)}], 2)


def index_hours(days: list[tuple[date, NDArray[np.float64]]]) -> bytes:
    """Hour bars of an index over many days, each bar named after the full hour it lies in."""
    hours = (_hours(day, _with_standstill(minute_bars(samples)), CHICAGO_OPEN_MINUTE, None) for day, samples in days)
    return bar_lines(hours, 2)


def index_days(days: list[tuple[date, DailyBar]]) -> bytes:
    """Daily bars of an index."""
    lines = (f"{day:%Y%m%d} 00:00,{b.open:.2f},{b.high:.2f},{b.low:.2f},{b.close:.2f},{b.volume}" for day, b in days)
    return ("\n".join(lines) + "\n").encode()


def vix_day(day: Day) -> DailyBar:
    """The VIX's daily bar: its close is real, the rest comes from the path."""
    return DailyBar(day.vix[0], day.vix.max(), day.vix.min(), day.vix[-1], 0)


def spy_minutes(history: History, day: Day) -> bytes:
    """Minute bars of SPY for one day."""
    o, h, low, c = _spy_bars(day)
    starts = (NEW_YORK_OPEN_MINUTE + np.arange(day.minutes)) * _MS_PER_MINUTE
    return bar_lines([{"ms": starts, "o": o, "h": h, "l": low, "c": c, "v": _spy_volume(history, day)}], 0)


def spy_hours(history: History, days: list[Day]) -> bytes:
    """Hour bars of SPY."""
    hours = (_hours(d.session, _spy_bars(d), NEW_YORK_OPEN_MINUTE, _spy_volume(history, d)) for d in days)
    return bar_lines(hours, 0)


def spy_days(history: History) -> bytes:
    """Daily bars of SPY over the whole history of the index."""
    lines = []
    for day in history.sessions:
        bar = history.bars[day]
        prices = ",".join(str(int(_spy_price(np.array(p)))) for p in bar[:4])
        lines.append(f"{day:%Y%m%d} 00:00,{prices},{int(bar.volume * _SPY_SHARE_OF_VOLUME)}")
    return ("\n".join(lines) + "\n").encode()


def spy_map_file() -> str:
    """SPY never changed its name; the first date is the one LEAN knows it by, it is part of its identifier."""
    return "19980102,spy,P\n20501231,spy,P\n"


def spy_factor_file() -> str:
    """No splits and, because the price index pays none, no dividends."""
    return "19980102,1,1,1\n20501231,1,1,0\n"


def _with_standstill(bars: MinuteBars) -> MinuteBars:
    after = _MINUTES_AFTER_CLOSE if len(bars.close) == FULL_SESSION_MINUTES else 0
    last = np.full(after, bars.close[-1])
    return MinuteBars(*(np.concatenate([column, last]) for column in bars))


def _hours(day: date, bars: MinuteBars, open_minute: int, volume: NDArray[np.int64] | None) -> dict[str, object]:
    """Columns of the bars by clock hour."""
    hours = (open_minute + np.arange(len(bars.open))) // 60
    first = np.flatnonzero(np.diff(hours, prepend=-1))
    last = np.append(first[1:], len(hours)) - 1
    return {
        "time": [f"{day:%Y%m%d} {hour:02d}:00" for hour in hours[first]],
        "o": bars.open[first],
        "h": np.maximum.reduceat(bars.high, first),
        "l": np.minimum.reduceat(bars.low, first),
        "c": bars.close[last],
        "v": np.zeros(len(first), int) if volume is None else np.add.reduceat(volume, first),
    }


def _spy_bars(day: Day) -> MinuteBars:
    o, h, low, c = minute_bars(day.index)
    return MinuteBars(_spy_price(o), _spy_price(h), _spy_price(low), _spy_price(c))


def _spy_price(index: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ten-thousandths of a dollar, to the cent."""
    return np.asarray(np.rint(index * (_SPY_PER_INDEX * 100)) * (_EQUITY_SCALE // 100))


def _spy_volume(history: History, day: Day) -> NDArray[np.int64]:
    """Shares per minute: spread over the day as its variance is."""
    shares = np.diff(elapsed_variance(day.minutes)[::SAMPLES_PER_MINUTE])
    return np.asarray(history.bars[day.session].volume * _SPY_SHARE_OF_VOLUME * shares, np.int64)

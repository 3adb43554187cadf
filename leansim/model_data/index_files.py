"""Files of the indices SPX, XSP and VIX, and of the funds, whose price here is a share of an asset's level.

Index files are in Chicago time and plain prices, those of funds in New York time and ten-thousandths of a dollar. An
index has no volume; a fund's is a fixed share of what its asset trades.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.chain import Day
from leansim.model_data.history import FULL_SESSION_MINUTES, DailyBar
from leansim.model_data.path import SAMPLES_PER_MINUTE, MinuteBars, elapsed_variance, minute_bars
from leansim.model_data.products import Share
from leansim.model_data.writer import bar_lines

CHICAGO_OPEN_MINUTE = 8 * 60 + 30
NEW_YORK_OPEN_MINUTE = 9 * 60 + 30

_MS_PER_MINUTE = 60_000
# Index levels stand still in the quarter of an hour in which index options still trade after the stock market's close;
# on an early close the session of LEAN's market hours ends with the stock market's.
_MINUTES_AFTER_CLOSE = 15
_EQUITY_SCALE = 10_000


def index_minutes(samples: NDArray[np.float64]) -> bytes:
    """Minute bars of an index for one day, from its path."""
    o, h, low, c = _with_standstill(minute_bars(samples))
    starts = (CHICAGO_OPEN_MINUTE + np.arange(len(o))) * _MS_PER_MINUTE
    return bar_lines([{"ms": starts, "o": o, "h": h, "l": low, "c": c, "v": np.zeros(len(o), int)}], 2)


def index_hours(days: list[tuple[date, NDArray[np.float64]]]) -> bytes:
    """Hour bars of an index over many days, each bar named after the full hour it lies in."""
    hours = (_hours(day, _with_standstill(minute_bars(samples)), CHICAGO_OPEN_MINUTE, None) for day, samples in days)
    return bar_lines(hours, 2)


def index_days(days: list[tuple[date, DailyBar]], scale: float = 1.0) -> bytes:
    """Daily bars of an index."""
    lines = []
    for day, bar in days:
        o, h, low, c = (price * scale for price in bar[:4])
        lines.append(f"{day:%Y%m%d} 00:00,{o:.2f},{h:.2f},{low:.2f},{c:.2f},{bar.volume}")
    return ("\n".join(lines) + "\n").encode()


def vix_day(day: Day) -> DailyBar:
    """The VIX's daily bar: its close is real, the rest comes from the path."""
    return DailyBar(day.vix[0], day.vix.max(), day.vix.min(), day.vix[-1], 0)


def share_minutes(share: Share, bar: DailyBar, day: Day) -> bytes:
    """Minute bars of a fund for one day."""
    o, h, low, c = _share_bars(share, day)
    starts = (NEW_YORK_OPEN_MINUTE + np.arange(day.minutes)) * _MS_PER_MINUTE
    return bar_lines([{"ms": starts, "o": o, "h": h, "l": low, "c": c, "v": _share_volume(share, bar, day)}], 0)


def share_hours(share: Share, days: list[tuple[DailyBar, Day]]) -> bytes:
    """Hour bars of a fund."""
    hours = (
        _hours(day.session, _share_bars(share, day), NEW_YORK_OPEN_MINUTE, _share_volume(share, bar, day))
        for bar, day in days
    )
    return bar_lines(hours, 0)


def share_days(share: Share, bars: dict[date, DailyBar]) -> bytes:
    """Daily bars of a fund over the whole history of its asset."""
    lines = []
    for day in sorted(bars):
        bar = bars[day]
        prices = ",".join(str(int(_share_price(share, np.array(p)))) for p in bar[:4])
        lines.append(f"{day:%Y%m%d} 00:00,{prices},{int(bar.volume * share.volume_share)}")
    return ("\n".join(lines) + "\n").encode()


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


def _share_bars(share: Share, day: Day) -> MinuteBars:
    return MinuteBars(*(_share_price(share, column) for column in minute_bars(day.index)))


def _share_price(share: Share, level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ten-thousandths of a dollar, to the cent."""
    return np.asarray(np.rint(level * (share.scale * 100)) * (_EQUITY_SCALE // 100))


def _share_volume(share: Share, bar: DailyBar, day: Day) -> NDArray[np.int64]:
    """Shares per minute: spread over the day as its variance is."""
    shares = np.diff(elapsed_variance(day.minutes)[::SAMPLES_PER_MINUTE])
    return np.asarray(bar.volume * share.volume_share * shares, np.int64)

"""Bars of the futures: trades and quotes by the minute and the hour, quotes and open interest by the day.

An hour is what its minutes say, and a day what those of the stock market's session say. Files of hours and days hold
all the years at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.future_files import OPEN_INTEREST_MINUTE, FutureFiles
from leansim.model_data.globex import FutureDay, FutureDays
from leansim.model_data.lines import Lines, NumberLines, TickLines, minute_of
from leansim.model_data.number_text import Cells, quote_cells, trade_cells
from leansim.model_data.quotes import Counts, QuoteBars
from leansim.model_data.randomness import generator

_SIZE, _SIZE_DEVIATION = 60.0, 0.8
_MINUTES_OF_HOUR = 60


@dataclass(frozen=True)
class FutureBars:
    """The bars of one root.

    Attributes:
        files: of the root: its months, and what they cost.
        days: what its asset does.
    """

    files: FutureFiles
    days: FutureDays

    def minute_lines(self, kind: str, day: date) -> TickLines | None:
        """Trades or quotes of each month on a day of the clock of UTC; None on a day without trading."""
        minutes = self.days.of(self.files.root.asset, day)
        if minutes is None:
            return None
        names = [f"{day:%Y%m%d}_{self.files.name}_minute_{kind}_{month.name}.csv" for month in self.files.trading(day)]
        return TickLines(names, minutes.minutes, self._cells(kind, self._bars(kind, day, minutes)))

    def dated_lines(self, kind: str, resolution: str) -> Iterator[Lines]:
        """Trades, quotes or open interest of each month, by the hour or by the day."""
        for day in self._all_days():
            lines = self._dated(kind, resolution, day)
            if lines is not None:
                yield lines

    def _dated(self, kind: str, resolution: str, day: date) -> Lines | None:
        files = self.files
        names = [f"{files.name}_{kind}_{month.name}.csv" for month in files.trading(day)]
        if kind == "openinterest":
            if day not in files.markets.history.modelled_set:
                return None
            hour = OPEN_INTEREST_MINUTE // _MINUTES_OF_HOUR if resolution == "hour" else 0
            clock = np.array([minute_of(day) + hour * _MINUTES_OF_HOUR])
            return NumberLines(names, clock, [files.interests(len(names))])
        minutes = self.days.of(files.root.asset, day)
        if minutes is None:
            return None
        hours = minutes.minutes // _MINUTES_OF_HOUR
        bars = self._bars(kind, day, minutes)
        if resolution == "daily":
            if not minutes.in_session.any():
                return None
            hours = np.zeros(int(minutes.in_session.sum()), np.int64)
            bars = [column[:, minutes.in_session] for column in bars]
        first = np.flatnonzero(np.diff(hours, prepend=-1))
        clock = minute_of(day) + hours[first] * _MINUTES_OF_HOUR
        return TickLines(names, clock, self._cells(kind, _together(bars, first)))

    def _all_days(self) -> Iterator[date]:
        """Every day from the first to the last modelled one, Sundays too: Globex opens on their evening."""
        modelled = self.files.markets.history.modelled
        for step in range(-1, (modelled[-1] - modelled[0]).days + 1):
            yield modelled[0] + timedelta(days=step)

    def _bars(self, kind: str, day: date, minutes: FutureDay) -> list[Counts]:
        """Columns of bars, months by minutes: prices of the bid and its size, or of the trades and their volume.

        Quotes are a tick wide: the last trade was at the bid or at the ask.
        """
        files = self.files
        months = files.trading(day)
        scale = np.array([files.carry(day, month) / files.root.tick for month in months])[:, None]
        o, high, low, c = (np.rint(column * scale).astype(np.int32) for column in minutes.bars)
        if kind == "trade":
            volume = np.array([files.volume(place) for place in range(len(months))])[:, None] * minutes.share
            return [o, high, low, c, np.maximum(np.rint(volume), 1).astype(np.int32)]
        rng = generator(files.seed, f"future {files.name}", day)
        below = rng.integers(0, 2, (len(months), len(minutes.minutes) + 1), np.int32)
        size = np.rint(_SIZE * np.exp(_SIZE_DEVIATION * rng.standard_normal((2, *o.shape))))
        bid_size, ask_size = np.maximum(size, 1).astype(np.int32)
        o, c = o - below[:, :-1], c - below[:, 1:]
        high, low = np.maximum(high - 1, np.maximum(o, c)), np.minimum(low, np.minimum(o, c))
        return [o, high, low, c, bid_size, ask_size]

    def _cells(self, kind: str, bars: list[Counts]) -> list[Cells]:
        root, (o, high, low, c, *amounts) = self.files.root, bars
        if kind == "trade":
            return trade_cells((o, high, low, c), amounts[0], root.tick, root.decimals)
        bid = (o, high, low, c)
        ask = tuple(side + 1 for side in bid)
        quotes = QuoteBars(np.arange(o.shape[1]), bid, amounts[0], ask, amounts[1])
        return quote_cells(quotes, root.tick, root.decimals)


def _together(bars: list[Counts], first: NDArray[np.int64]) -> list[Counts]:
    """Bars of longer spans, each of which begins at one of `first`; volumes add up, sizes are the last."""
    o, high, low, c, *amounts = bars
    last = np.append(first[1:], o.shape[1]) - 1
    joined = [
        o[:, first],
        np.maximum.reduceat(high, first, axis=1),
        np.minimum.reduceat(low, first, axis=1),
        c[:, last],
    ]
    if len(amounts) == 1:
        return [*joined, np.add.reduceat(amounts[0], first, axis=1)]
    return [*joined, *(size[:, last] for size in amounts)]

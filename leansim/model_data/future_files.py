"""Files of the futures: open interest, universes, daily trades, maps, factors, margins; `future_bars` has the rest.

A day's bar is that of the stock market's session, at whose close futures are settled.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from leansim.api.symbols import Symbol
from leansim.model_data.assets import Markets
from leansim.model_data.expiries import session_on_or_before
from leansim.model_data.futures import FUTURES, FutureRoot, Month, carry, last_session, listed_months, months, on_tick
from leansim.model_data.lines import NumberLines, minute_of

Floats = NDArray[np.float64]

UNIVERSE_HEADER = "#expiry,open,high,low,close,volume,open_interest"

OPEN_INTEREST_MINUTE = 12 * 60
"""When the open interest is known, on the clock of UTC."""
# How trading is spread over the months: each later one has this share of the one before it.
_FADING = 0.12
_INTEREST_PER_VOLUME = 2.2
# When the market moves on from a month, by LEAN's mapping modes: with the last trading day, with the month before
# the expiry's, and when most positions have moved.
_LAST_DAY, _FIRST_DAY_OF_MONTH, _OPEN_INTEREST, _OPEN_INTEREST_OF_YEAR = range(4)
_MODES = (_LAST_DAY, _FIRST_DAY_OF_MONTH, _OPEN_INTEREST, _OPEN_INTEREST_OF_YEAR)
_DAYS_BEFORE_EXPIRY = 4
_DEPTHS = 3
# What a contract ties up, as a share of what it is worth at the end of 2013: magnitudes of the exchanges' own.
_MAINTENANCE = {"SPX": 0.05, "NDX": 0.05, "OIL": 0.045, "GOLD": 0.055, "BONDS": 0.022, "EURO": 0.016}
_INITIAL = 1.1


@dataclass(frozen=True)
class FutureFiles:
    """The months of one root.

    Attributes:
        name: of the root, lower case.
        markets: what prices follow.
        seed: of the model.
    """

    name: str
    markets: Markets
    seed: int

    @property
    def root(self) -> FutureRoot:
        """Its row of the table."""
        return FUTURES[self.name]

    def trading(self, day: date) -> list[Month]:
        """The months that trade on a day."""
        return listed_months(self.name, day - timedelta(days=1))

    def interest_lines(self, day: date) -> NumberLines:
        """Open interest of each month."""
        months = self.trading(day)
        names = [f"{day:%Y%m%d}_{self.name}_minute_openinterest_{month.name}.csv" for month in months]
        return NumberLines(names, np.array([OPEN_INTEREST_MINUTE]), [self.interests(len(months))])

    def universe(self, evening: date) -> str:
        """The months that trade after an evening; on a holiday of stocks prices are those of the session before."""
        lines, session = [UNIVERSE_HEADER], session_on_or_before(evening)
        for place, month in enumerate(listed_months(self.name, evening)):
            prices = ",".join(self._text(price) for price in self.bar(session, month))
            lines.append(f"{month.name},{prices},{self.volume(place)},{self.interest(place)}")
        return "\n".join(lines) + "\n"

    def daily_lines(self) -> Iterator[NumberLines]:
        """Daily trade bars of every month, a day."""
        for day in self.markets.history.modelled:
            months = self.trading(day)
            names = [f"{self.name}_trade_{month.name}.csv" for month in months]
            # what the file says, digit by digit
            bars = np.array([[[float(self._text(price))] for price in self.bar(day, month)] for month in months])
            volume = np.array([[self.volume(place)] for place in range(len(months))])
            columns = [*bars.transpose(1, 0, 2), volume]
            yield NumberLines(names, np.array([minute_of(day)]), columns, self.root.decimals)

    def bar(self, day: date, month: Month) -> Floats:
        """Open, high, low and close of a month on a day."""
        return on_tick(self.root, np.array(self.markets.bars(self.root.asset)[day][:4]) * self.carry(day, month))

    def carry(self, day: date, month: Month) -> float:
        """What a month costs for one point of the asset."""
        return carry(self.root, self.markets.history.rate(day), day, month)

    def volume(self, place: int) -> int:
        """Contracts a day of the month in a place, the next one to expire first."""
        return max(int(self.root.volume * _FADING**place), 1)

    def interest(self, place: int) -> int:
        """Contracts open."""
        return max(int(_INTEREST_PER_VOLUME * self.root.volume * _FADING**place), 1)

    def interests(self, months: int) -> NDArray[np.int64]:
        """A column of the open interest of the first months."""
        return np.array([[self.interest(place)] for place in range(months)])

    # -- the continuous future ---------------------------------------------------------------------------------------

    def map_file(self) -> str:
        """Which month the continuous future stands for until when, in each of LEAN's modes."""
        ticker, market = self.name.upper(), self.root.market
        rows = []
        for mode in _MODES:
            for month in self._all_months():
                symbol = Symbol.create_future(ticker, market, datetime(*month.expiry.timetuple()[:3]))
                rows.append((_moves_on(month, mode), mode, f"{symbol.id}".lower()))
        lines = [f"18991230,{self.name},{market.upper()}"]
        lines += [f"{until:%Y%m%d},{identity},{market.upper()},{mode}" for until, mode, identity in sorted(rows)]
        return "\n".join(lines) + "\n"

    def factor_file(self) -> str:
        """What prices before each change of month are multiplied with, or added to them."""
        lines = []
        for mode in _MODES:
            found = [_Adjustments(self, mode, depth).rows() for depth in range(_DEPTHS)]
            for rows in zip(*found, strict=True):
                until = rows[0][0]
                scales = [list(column) for column in zip(*(row[1:] for row in rows), strict=True)]
                names = ("BackwardsRatioScale", "BackwardsPanamaCanalScale", "ForwardPanamaCanalScale")
                line = {"Date": f"{until}T00:00:00", **dict(zip(names, scales, strict=True)), "DataMappingMode": mode}
                lines.append((until, mode, json.dumps(line, separators=(",", ":"))))
        return "".join(f"{text}\n" for _, _, text in sorted(lines))

    def margin_file(self, multiplier: float) -> str:
        """Margins of a contract: one figure for all years."""
        worth = self.markets.bars(self.root.asset)[self.markets.history.modelled[0]].close * self.root.scale
        maintenance = round(worth * multiplier * _MAINTENANCE[self.root.asset], -1)
        return f"date,initial,maintenance\n20090101,{maintenance * _INITIAL:.0f},{maintenance:.0f}\n"

    # -- parts -------------------------------------------------------------------------------------------------------

    def _all_months(self) -> list[Month]:
        """The months of the modelled years, and those to come that they map to."""
        history = self.markets.history
        first, last = history.modelled[0].year, history.modelled[-1].year
        return [month for year in range(first, last + 2) for month in months(self.name, year)]

    def _text(self, price: float) -> str:
        return f"{price:.{self.root.decimals}f}"


@dataclass(frozen=True)
class _Adjustments:
    """How one continuous future is adjusted: in one mode, so many months behind the first."""

    files: FutureFiles
    mode: int
    depth: int

    def rows(self) -> list[tuple[date, float, float, float]]:
        """Day of each change, ratio and difference backwards, difference forwards."""
        files = self.files
        modelled = files.markets.history.modelled
        every = files._all_months()
        changes = []
        for place, month in enumerate(every[: -1 - _DEPTHS]):
            until = _moves_on(month, self.mode)
            place_of_day = bisect.bisect_right(modelled, min(until, last_session(month)))
            if place_of_day == 0 or until > modelled[-1]:
                continue
            day = modelled[place_of_day - 1]
            old, new = (float(files.bar(day, every[place + self.depth + step])[3]) for step in (0, 1))
            changes.append((until, old, new))
        rows, ratio, difference = [], 1.0, 0.0
        for until, old, new in reversed(changes):
            ratio, difference = ratio * new / old, difference + new - old
            rows.append((until, ratio, round(difference, 6)))
        forward, found = 0.0, []
        for (until, old, new), (_, scale, backwards) in zip(changes, reversed(rows), strict=True):
            found.append((until, scale, backwards, round(forward, 6)))
            forward += old - new
        return found


def _moves_on(month: Month, mode: int) -> date:
    """The last day on which a continuous future stands for a month."""
    if mode == _LAST_DAY:
        return month.expiry
    if mode == _FIRST_DAY_OF_MONTH:
        return month.expiry.replace(day=1) - timedelta(days=1)
    return month.expiry - timedelta(days=_DAYS_BEFORE_EXPIRY)

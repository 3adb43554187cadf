"""Files of options by the hour and by the day: a year of quotes, trades or open interest in one archive.

A day's bar is quotes around the fair value at the underlying's open, high, low and close, on what an evening's universe
knows; an hour's at its first and last sample and where the underlying was highest and lowest between. A contract trades
on the days on which its universe has a volume, at the middle of those quotes, by the hour if there is enough for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import quotes
from leansim.model_data.assets import Markets
from leansim.model_data.chain import Day
from leansim.model_data.contract_files import SHARE_TRADED
from leansim.model_data.contracts import Contracts
from leansim.model_data.lines import Lines, Minutes, NumberLines, TickLines, minute_of
from leansim.model_data.number_text import quote_cells, trade_cells
from leansim.model_data.path import SAMPLES_PER_MINUTE, elapsed_variance
from leansim.model_data.quotes import Counts, QuoteBars, Quotes
from leansim.model_data.quoting import LAST_MOMENT, Quoting

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

KINDS = ("quote", "trade", "openinterest")
RESOLUTIONS = ("hour", "daily")

_MINUTES_OF_HOUR = 60


class Source(Protocol):
    """The options of one root; of those on futures, of one of its months."""

    @property
    def markets(self) -> Markets:
        """What prices follow."""

    @property
    def asset(self) -> str:
        """What decides their value."""

    def trading(self, day: date) -> Contracts:
        """The contracts of a session."""

    def interest_on(self, contracts: Contracts, day: date) -> Whole:
        """Open interest on the morning of a session."""

    def quoting(self, day: date) -> Quoting:
        """How they are valued and quoted."""

    def bar(self, day: date) -> Floats:
        """Open, high, low and close of the underlying."""

    def level(self, path: Day) -> Floats:
        """The underlying at each sample of a session."""


class _Points(NamedTuple):
    """Bars by four points in time: the first, the highest, the lowest and the last of the underlying.

    Attributes:
        clock: when the bars start, in minutes since 1970.
        level: of the underlying, points one bar after the other.
        volatility: index of the asset.
        left: share of the session's variance still to come.
    """

    clock: Minutes
    level: Floats
    volatility: Floats
    left: Floats


def dated_lines(
    source: Source, kind: str, resolution: str, year: int, path: Callable[[str, date], Day]
) -> Iterator[Lines]:
    """One entry per contract with its bars of a year, day by day; a contract without any has none.

    Args:
        source: the options.
        kind: one of `KINDS`.
        resolution: one of `RESOLUTIONS`.
        year: of the days.
        path: of an asset's session.
    """
    for day in source.markets.history.modelled[1:]:
        contracts = source.trading(day) if day.year == year else None
        if contracts is None or not len(contracts):
            continue
        quoting, interest = source.quoting(day), source.interest_on(contracts, day)
        names = quoting.dated_names(kind, contracts)
        if kind == "openinterest":
            hour = quoting.interest_minute // _MINUTES_OF_HOUR if resolution == "hour" else 0
            yield NumberLines(names, np.array([minute_of(day) + hour * _MINUTES_OF_HOUR]), [interest[:, None]])
            continue
        points = _day_points(source, day) if resolution == "daily" else _hour_points(source, quoting, path, day)
        if kind == "quote":
            yield _quotes(quoting, contracts, points, names)
            continue
        traded = _trades(quoting, contracts, points, names, (interest * SHARE_TRADED).astype(np.int64))
        if traded is not None:
            yield traded


def _day_points(source: Source, day: date) -> _Points:
    volatility = source.markets.volatility(source.asset)[day]
    return _Points(np.array([minute_of(day)]), source.bar(day), np.full(4, volatility), np.full(4, LAST_MOMENT))


def _hour_points(source: Source, quoting: Quoting, path: Callable[[str, date], Day], day: date) -> _Points:
    session = path(source.asset, day)
    level = source.level(session)
    hours = (quoting.open_minute + np.arange(session.minutes)) // _MINUTES_OF_HOUR
    first = np.flatnonzero(np.diff(hours, prepend=-1))
    edges = np.append(first, session.minutes) * SAMPLES_PER_MINUTE
    at = []
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        inside = level[start : end + 1]
        at += [start, start + int(inside.argmax()), start + int(inside.argmin()), end]
    left = np.maximum(1.0 - elapsed_variance(session.minutes)[at], LAST_MOMENT)
    clock = minute_of(day) + hours[first] * _MINUTES_OF_HOUR
    return _Points(clock, level[at], session.vix[at], left)


def _quoted(quoting: Quoting, contracts: Contracts, points: _Points) -> tuple[Floats, Quotes]:
    """Values and quotes: contracts by bars by the four points."""
    value = quoting.valuation.values(contracts, quoting.day, points.level, points.volatility, points.left)
    bid, ask = quotes.quote(value, np.ones(len(points.level)), quoting.law)
    shape = (len(contracts), len(points.clock), 4)
    return value.reshape(shape), Quotes(bid.reshape(shape), ask.reshape(shape))


def _trades(
    quoting: Quoting, contracts: Contracts, points: _Points, names: list[str], traded: Whole
) -> TickLines | None:
    """Of the contracts that trade."""
    _, quoted = _quoted(quoting, contracts, points)
    bars = _bars(quotes.middle(quoted, quoting.law))
    volume = traded // len(points.clock)
    trades = np.flatnonzero((volume > 0) & (bars[2].min(axis=1) > 0))
    if not len(trades):
        return None
    volumes = np.repeat(volume[trades, None], len(points.clock), axis=1).astype(np.int32)
    cells = trade_cells([column[trades] for column in bars], volumes, quoting.unit, quoting.decimals)
    return TickLines([names[at] for at in trades.tolist()], points.clock, cells)


def _quotes(quoting: Quoting, contracts: Contracts, points: _Points, names: list[str]) -> TickLines:
    """Of every contract; a bid that is not there at the close, or was not at the lowest, has no bar."""
    value, quoted = _quoted(quoting, contracts, points)
    law = quoting.law
    size = np.maximum(np.rint(law.size * np.maximum(value[:, :, 3], law.tick) ** law.size_power), 1).astype(np.int32)
    bids = _bars(quoted.bid)
    there = bids[2] > 0
    bars = QuoteBars(np.arange(len(points.clock)), tuple(side * there for side in bids), size, _bars(quoted.ask), size)
    return TickLines(names, points.clock, quote_cells(bars, quoting.unit, quoting.decimals))


def _bars(prices: Counts) -> tuple[Counts, ...]:
    """Open, high, low, close of the values at the four."""
    return prices[:, :, 0], prices.max(axis=2), prices.min(axis=2), prices[:, :, 3]

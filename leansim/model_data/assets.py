"""What prices follow: the S&P 500 and the closes of oil are real, everything else is derived by loadings and noise.

A derived asset's daily return is the sum of its loadings on other assets' returns and an own part, whose deviation
moves slowly. Its "volatility index" is what its options are priced with, as the VIX is for the S&P 500: the loadings
times the other assets' indices, and the own deviation with the premium implied volatility has over the realised one.
The figures of the table are rough magnitudes of 2014 to 2018, chosen here and not fitted: derived assets have the size
and the company of their namesakes, not their history. Levels are those of the last session of 2013.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.history import DailyBar, History
from leansim.model_data.randomness import generator
from leansim.model_data.surface import RHO

Floats = NDArray[np.float64]

INDEX = "SPX"
OIL = "OIL"

_FIRST = date(2012, 12, 31)
_ANCHOR = date(2013, 12, 31)
_TRADING_DAYS = 252
# Implied over realised deviation of an asset's own part, and how its deviation wanders: in logarithms, with the
# deviation it has in the long run and the days after which half of a departure is gone.
_PREMIUM = 1.12
_WANDERING, _HALF_LIFE = 0.22, 40
# Part of a day's own variance that happens over night.
_NIGHT = 0.25
# How long a memory oil's volatility has of its daily moves, what its options cost beside that, and at least, in points.
_OIL_MEMORY, _OIL_PREMIUM, _OIL_FLOOR = 0.95, 1.05, 18.0
# How far a day's extremes lie beyond its open and close, in deviations of the session.
_BEYOND = 0.42


@dataclass(frozen=True)
class Asset:
    """One row of the table.

    Attributes:
        level: at the close of the last session of 2013.
        loadings: on other assets' returns.
        deviation: of the own part, a fraction a year.
        rho: of its smile; the S&P 500's slopes down, a safe haven's hardly does.
        volume: units traded a day.
    """

    level: float
    loadings: Mapping[str, float] = field(default_factory=dict)
    deviation: float = 0.0
    rho: float = RHO
    volume: int = 0


ASSETS: dict[str, Asset] = {
    INDEX: Asset(1848.36),
    "NDX": Asset(3592.0, {INDEX: 1.10}, 0.085, -0.62, 30_000_000),
    "RUT": Asset(1163.6, {INDEX: 1.10}, 0.095, -0.60, 30_000_000),
    "ENERGY": Asset(885.1, {INDEX: 0.95}, 0.14, -0.45, 15_000_000),
    "BONDS": Asset(1018.6, {INDEX: -0.28}, 0.105, -0.10, 9_000_000),
    "GOLD": Asset(1202.3, {INDEX: -0.05}, 0.135, 0.05, 8_000_000),
    "SILVER": Asset(187.1, {"GOLD": 1.40}, 0.15, 0.10, 8_000_000),
    "EURO": Asset(13746.0, {"GOLD": 0.12}, 0.075, -0.05, 150_000),
    OIL: Asset(98.17, {}, 0.30, -0.30, 400_000),
}
"""Every asset by its name; what an asset loads on stands before it."""


class Markets:
    """Daily bars and volatility indices of all assets, for one history and seed."""

    def __init__(self, history: History, seed: int) -> None:
        self.history = history
        self._seed = seed
        self._series: dict[str, _Series] = {}

    def bars(self, asset: str) -> dict[date, DailyBar]:
        """Daily bars; of derived assets from 2013 on."""
        return self.history.bars if asset == INDEX else self._derived(asset).bars

    def volatility(self, asset: str) -> dict[date, float]:
        """The volatility index at the close, in points, on the days that have a VIX."""
        return self.history.vix if asset == INDEX else self._derived(asset).volatility

    @cached_property
    def days(self) -> list[date]:
        """Sessions of derived assets, the first of them without a bar."""
        sessions = self.history.sessions
        return sessions[bisect.bisect_left(sessions, _FIRST) :]

    def _derived(self, name: str) -> _Series:
        known = self._series.get(name)
        if known is None:
            known = self._series[name] = self._derive(name)
        return known

    def _derive(self, name: str) -> _Series:
        asset, days = ASSETS[name], self.days
        rng = generator(self._seed, f"asset {name}", _FIRST)
        count = len(days) - 1
        own, first_half, above, below, wandering = rng.standard_normal((5, count))
        deviation = asset.deviation * np.exp(_wander(wandering)) / math.sqrt(_TRADING_DAYS)
        night = deviation * math.sqrt(_NIGHT) * first_half
        session = deviation * math.sqrt(1.0 - _NIGHT) * own
        session = session - (session.mean() + night.mean())  # the own part leads nowhere in the long run
        inside = (1.0 - _NIGHT) * deviation**2
        implied = (_PREMIUM * deviation) ** 2 * _TRADING_DAYS * 1e4
        if name == OIL:
            night, session, inside, implied = self._oil(first_half)
        for factor, loading in asset.loadings.items():
            moves = self._moves(factor)
            night, session = night + loading * moves.night, session + loading * moves.session
            inside = inside + (loading * moves.deviation) ** 2
            implied = implied + (loading * moves.implied) ** 2
        opens, closes = _levels(asset.level, night, session, days)
        edge = _BEYOND * np.sqrt(inside)
        high = np.maximum(opens, closes) * np.exp(edge * np.abs(above))
        low = np.minimum(opens, closes) * np.exp(-edge * np.abs(below))
        volume = asset.volume * np.exp(0.3 * np.abs(above) + 0.3 * np.abs(below) - 0.4)
        prices = np.round(np.stack([opens, high, low, closes]), 2).T.tolist()
        bars = {
            day: DailyBar(o, h, low, c, int(units))
            for day, (o, h, low, c), units in zip(days[1:], prices, volume.tolist(), strict=True)
        }
        points = np.round(np.sqrt(implied), 2).tolist()
        volatility = {day: v for day, v in zip(days[1:], points, strict=True) if day in self.history.vix}
        return _Series(bars, volatility)

    def _oil(self, shares: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Returns over night and of the session, variance of the session, implied variance: of real closes.

        A day without a price keeps the one before. How much of a day's move came over night is drawn.
        """
        closes, last = [], self.history.oil[max(day for day in self.history.oil if day <= self.days[0])]
        for day in self.days:
            last = self.history.oil.get(day, last)
            closes.append(last)
        moves = np.diff(np.log(closes))
        part = np.clip(0.3 + 0.2 * shares, 0.0, 0.8)
        variance, found = float(np.var(moves[:60])), []
        for move in moves.tolist():
            variance = _OIL_MEMORY * variance + (1.0 - _OIL_MEMORY) * move * move
            found.append(variance)
        daily = np.array(found)
        points = np.maximum(_OIL_PREMIUM * 100.0 * np.sqrt(daily * _TRADING_DAYS), _OIL_FLOOR)
        return part * moves, (1.0 - part) * moves, (1.0 - _NIGHT) * daily, points**2

    def _moves(self, factor: str) -> _Moves:
        """What an asset that loads on `factor` needs of it, day by day; without a VIX its implied part is missing."""
        bars, volatility = self.bars(factor), self.volatility(factor)
        table = np.log([bars.get(day, (1.0, 1.0, 1.0, 1.0))[:4] for day in self.days])
        if factor != INDEX:
            table[0] = table[1, 0]  # a derived asset begins at its first open
        night = table[1:, 0] - table[:-1, 3]
        implied = np.array([volatility.get(day, 0.0) for day in self.days[1:]])
        return _Moves(night, table[1:, 3] - table[1:, 0], (table[1:, 1] - table[1:, 2]) / 1.6, implied)


@dataclass(frozen=True)
class _Series:
    bars: dict[date, DailyBar]
    volatility: dict[date, float]


@dataclass(frozen=True)
class _Moves:
    """Of each day: return over night, return from open to close, deviation told by the range, volatility index."""

    night: Floats
    session: Floats
    deviation: Floats
    implied: Floats


def _wander(shocks: Floats) -> Floats:
    """A mean-reverting walk that starts in its long-run spread."""
    keep = 0.5 ** (1.0 / _HALF_LIFE)
    push = _WANDERING * math.sqrt(1.0 - keep * keep)
    found = np.empty_like(shocks)
    level = _WANDERING * shocks[0]
    for day, shock in enumerate(shocks.tolist()):
        level = keep * level + push * shock
        found[day] = level
    return found


def _levels(level: float, night: Floats, session: Floats, days: list[date]) -> tuple[Floats, Floats]:
    """Opens and closes of the returns, with the asset's level at the close of the anchor day."""
    closes = np.cumsum(night + session)
    anchor = closes[bisect.bisect_left(days, _ANCHOR) - 1]
    closes = closes - anchor + math.log(level)
    return np.exp(closes - session), np.exp(closes)

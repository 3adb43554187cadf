"""The way through a day: a path that hits the real open, high, low and close, and the VIX that goes with it.

The index path is a Brownian bridge from open to close in "variance time" (more happens near open and close). Of many
such bridges the one whose own extremes come nearest to the day's is kept, moved so that its highest point is the high
and its lowest the low, and what then still leaves the range is reflected back into it. Six samples make a minute.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.history import DailyBar

Floats = NDArray[np.float64]

SAMPLES_PER_MINUTE = 6

CANDIDATES = 64
# Expected range of a Brownian path of unit deviation (Feller): sqrt(8 / pi).
_RANGE_OF_UNIT_PATH = 1.596
# How much the VIX moves against the index within a day, and how much by itself over a whole day, both in logarithms.
_VIX_BETA = -4.0
_VIX_OWN_DEVIATION = 0.03


class MinuteBars(NamedTuple):
    """Open, high, low, close of each minute."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats


@cache
def elapsed_variance(minutes: int) -> Floats:
    """Share of the session's variance that has happened at each sample, from 0 to 1: a U over the day; not to be
    written to."""
    x = (np.arange(minutes * SAMPLES_PER_MINUTE) + 0.5) / (minutes * SAMPLES_PER_MINUTE)
    weights = 0.65 + 1.05 * (2.0 * x - 1.0) ** 2
    elapsed = np.concatenate([[0.0], np.cumsum(weights)])
    elapsed /= elapsed[-1]
    elapsed.setflags(write=False)
    return np.asarray(elapsed)


def index_path(rng: np.random.Generator, day: DailyBar, minutes: int, candidates: int = CANDIDATES) -> Floats:
    """Index level at each sample, in cents; first sample the open, last the close, extremes the high and the low."""
    elapsed = elapsed_variance(minutes)
    low, high = math.log(day.low), math.log(day.high)
    start, end = math.log(day.open), math.log(day.close)
    deviation = (high - low) / _RANGE_OF_UNIT_PATH
    every_minute = elapsed[::SAMPLES_PER_MINUTE]
    bridges = start + (end - start) * every_minute + deviation * _bridges(rng, every_minute, candidates)
    misses = np.abs(bridges.max(axis=1) - high) + np.abs(bridges.min(axis=1) - low)
    # between the minutes the chosen candidate is a straight line so far: give each minute its own little bridge
    path = np.interp(elapsed, every_minute, bridges[misses.argmin()])
    path += deviation * _within_minutes(rng, elapsed)

    top, bottom = 1 + int(path[1:-1].argmax()), 1 + int(path[1:-1].argmin())
    targets = sorted([(0, start), (top, high), (bottom, low), (len(path) - 1, end)])
    anchors = [position for position, _ in targets]
    shifts = [level - path[position] for position, level in targets]
    moved = np.add(path, np.interp(np.arange(len(path)), anchors, shifts), dtype=float)
    prices = np.clip(np.round(np.exp(_reflect(moved, low, high)), 2), day.low, day.high)
    prices[anchors] = [{top: day.high, bottom: day.low}.get(p, day.open if p == 0 else day.close) for p in anchors]
    return np.asarray(prices)


def vix_path(rng: np.random.Generator, index: Floats, previous_close: float, close: float) -> Floats:
    """VIX at each sample, in hundredths: from yesterday's close to today's, against the index on the way."""
    elapsed = elapsed_variance((len(index) - 1) // SAMPLES_PER_MINUTE)
    own = _VIX_OWN_DEVIATION * _bridges(rng, elapsed, 1)[0]
    move = np.log(index / index[0])
    against = _VIX_BETA * (move - move[-1] * elapsed)
    trend = np.log(previous_close) + np.log(close / previous_close) * elapsed
    levels = np.round(np.exp(trend + against + own), 2)
    levels[0], levels[-1] = previous_close, close
    return np.asarray(levels)


def minute_bars(samples: Floats) -> MinuteBars:
    """Bars of a sampled path; each minute opens where the one before closed."""
    inside = np.lib.stride_tricks.sliding_window_view(samples, SAMPLES_PER_MINUTE + 1)[::SAMPLES_PER_MINUTE]
    return MinuteBars(inside[:, 0].copy(), inside.max(axis=1), inside.min(axis=1), inside[:, -1].copy())


def _bridges(rng: np.random.Generator, elapsed: Floats, count: int) -> Floats:
    """Brownian bridges from 0 to 0 over the given times, one per row."""
    walks = np.zeros((count, len(elapsed)))
    np.cumsum(rng.standard_normal((count, len(elapsed) - 1)) * np.sqrt(np.diff(elapsed)), axis=1, out=walks[:, 1:])
    return walks - walks[:, -1:] * elapsed


def _within_minutes(rng: np.random.Generator, elapsed: Floats) -> Floats:
    """Brownian bridges over each minute, one after the other: 0 at every full minute."""
    steps = (rng.standard_normal(len(elapsed) - 1) * np.sqrt(np.diff(elapsed))).reshape(-1, SAMPLES_PER_MINUTE)
    walks = np.cumsum(steps, axis=1)
    walks -= walks[:, -1:] * (np.arange(1, SAMPLES_PER_MINUTE + 1) / SAMPLES_PER_MINUTE)
    return np.concatenate([[0.0], walks.ravel()])


def _reflect(path: Floats, low: float, high: float) -> Floats:
    """The path with everything outside [low, high] mirrored back inside."""
    span = high - low
    if span <= 0.0:
        return np.full_like(path, low)
    phase = np.mod(path - low, 2.0 * span)
    return np.asarray(low + np.minimum(phase, 2.0 * span - phase))

"""From fair values to quotes: spreads, ticks, one-sided markets, sizes.

The laws are fitted to 22,626 one-minute quotes of real SPXW options: spread 0.125 * mid ** 0.373, wider in the first
and last quarter of an hour, on Cboe's ticks (0.05 below 3, 0.10 from there on); size 150 * mid ** -0.57, log-normal. A
fair value always lies between bid and ask, so quotes of arbitrage-free values offer no arbitrage either.

Prices are counted in nickels (0.05), the smallest tick.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]

NICKEL = 0.05

_DIME_FROM = 60  # nickels: 3.00
_SPREAD_FACTOR, _SPREAD_POWER = 0.125, 0.373
_NERVOUS_MINUTES, _NERVOUS_WIDENING = 15, 4.0 / 3.0
_SIZE_FACTOR, _SIZE_POWER, _SIZE_DEVIATION, _SIZE_CORRELATION = 150.0, -0.57, 1.36, 0.68
_LARGEST_SIZE = 5000


class Quotes(NamedTuple):
    """Bids (0: none) and asks in nickels."""

    bid: Counts
    ask: Counts


def widening(minutes: int) -> Floats:
    """Factor on the spread at each of minutes + 1 times."""
    factors = np.ones(minutes + 1)
    factors[:_NERVOUS_MINUTES] = factors[-_NERVOUS_MINUTES:] = _NERVOUS_WIDENING
    return factors


def quote(value: Floats, spread_factor: Floats) -> Quotes:
    """Bid and ask around fair values."""
    in_nickels = value * (1.0 / NICKEL)
    tick = np.where(in_nickels < _DIME_FROM, 1.0, 2.0)
    law = (_SPREAD_FACTOR / NICKEL) * np.power(value.astype(np.float32), np.float32(_SPREAD_POWER)) * spread_factor
    spread = np.maximum(np.rint(law / tick), 1.0) * tick
    bid = np.maximum(np.rint((in_nickels - 0.5 * spread) / tick), 0.0) * tick
    ask = (bid + spread).astype(np.int32)
    ask += (ask > _DIME_FROM) & (ask & 1).astype(bool)
    return Quotes(bid.astype(np.int32), ask)


def bars(quotes: Quotes, rise: Floats, fall: Floats) -> list[Counts]:
    """Open, high, low, close of the bid, then of the ask, in nickels; without a bid at the close its bar means nothing.

    Args:
        quotes: rows of contracts, one column more than there are minutes.
        rise: what the value gained, at most, above both ends of the minute.
        fall: what it lost, at most, below both ends.
    """
    up, down = (rise * (1.0 / NICKEL)).astype(np.int32), (fall * (1.0 / NICKEL)).astype(np.int32)
    sides: list[Counts] = []
    for side in quotes:
        first, last = side[:, :-1], side[:, 1:]
        first = np.where(first > 0, first, last)
        high = np.maximum(first, last) + up
        high += (high > _DIME_FROM) & (high & 1).astype(bool)
        low = np.maximum(np.minimum(first, last) - down, 1)
        low -= (low > _DIME_FROM) & (low & 1).astype(bool)
        sides += [first, high, low, last]
    return sides


def sizes(rng: np.random.Generator, value: Floats) -> tuple[Counts, Counts]:
    """Contracts at the bid and at the ask."""
    log_size = np.log(_SIZE_FACTOR) + _SIZE_POWER * np.log(np.maximum(value, NICKEL).astype(np.float32))
    common, own = rng.standard_normal((2, *value.shape), dtype=np.float32)
    other = _SIZE_CORRELATION * common + np.float32(np.sqrt(1.0 - _SIZE_CORRELATION**2)) * own
    return _contracts(log_size + _SIZE_DEVIATION * common), _contracts(log_size + _SIZE_DEVIATION * other)


def _contracts(log_size: NDArray[np.float32]) -> Counts:
    return np.asarray(np.clip(np.rint(np.exp(log_size)), 1, _LARGEST_SIZE), np.int32)

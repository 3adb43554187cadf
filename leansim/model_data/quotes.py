"""From fair values to quotes: spreads, ticks, one-sided markets, sizes.

The laws are fitted to 22,626 one-minute quotes of real SPXW options: spread 0.125 * mid ** 0.373, wider in the first
and last quarter of an hour, on Cboe's ticks (0.05 below 3, 0.10 from there on); size 150 * mid ** -0.57, log-normal. A
fair value always lies between bid and ask, so quotes of arbitrage-free values offer no arbitrage either.

Prices are counted in ticks, the smallest steps of the root.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leansim.pricing.special import ndtri

Floats = NDArray[np.float64]
Counts = NDArray[np.int32]

NICKEL = 0.05

_NERVOUS_MINUTES, _NERVOUS_WIDENING = 15, 4.0 / 3.0
_SIZE_DEVIATION, _SIZE_CORRELATION = 1.36, 0.68
# The spread of anything cheaper is that of this value, in dollars.
_CHEAPEST = 1e-6
_LARGEST_SIZE = 5000


class Law(NamedTuple):
    """How a root is quoted.

    Attributes:
        tick: smallest price step, in dollars.
        dear_from: ticks from which on prices come in larger steps.
        dear_step: that step, in ticks.
        spread: of an option worth a dollar, in dollars.
        spread_power: how it grows with the value.
        size: contracts on each side of an option worth a dollar.
        size_power: how they fall with the value.
    """

    tick: float = NICKEL
    dear_from: int = 60
    dear_step: int = 2
    spread: float = 0.125
    spread_power: float = 0.373
    size: float = 150.0
    size_power: float = -0.57

    def scaled(self, unit: float, width: float, depth: float) -> Law:
        """The same law where a point of the index costs `unit`, with other spreads and sizes."""
        spread = self.spread * width * unit ** (1.0 - self.spread_power)
        return self._replace(spread=spread, size=self.size * depth * unit**-self.size_power)


CBOE = Law()
"""Options on the S&P 500."""


class Quotes(NamedTuple):
    """Bids (0: none) and asks in ticks."""

    bid: Counts
    ask: Counts


class QuoteBars(NamedTuple):
    """Bars of quotes, contracts by minutes, prices in ticks; where no bid is left at the close there is no bid's bar.

    Attributes:
        minutes: after the open at which the bars start; the same of all contracts.
        bid: open, high, low, close.
        bid_size: contracts wanted.
        ask: open, high, low, close.
        ask_size: contracts offered.
    """

    minutes: NDArray[np.int64]
    bid: tuple[Counts, ...]
    bid_size: Counts
    ask: tuple[Counts, ...]
    ask_size: Counts

    @property
    def has_bid(self) -> NDArray[np.bool_]:
        """Whether the bid has a bar."""
        return np.asarray(self.bid[3] > 0)


def widening(minutes: int) -> Floats:
    """Factor on the spread at each of minutes + 1 times."""
    factors = np.ones(minutes + 1)
    factors[:_NERVOUS_MINUTES] = factors[-_NERVOUS_MINUTES:] = _NERVOUS_WIDENING
    return factors


def quote(value: Floats, spread_factor: Floats, law: Law = CBOE) -> Quotes:
    """Bid and ask around fair values."""
    in_ticks = value * (1.0 / law.tick)
    # comparisons are numbers here: choosing by `where` takes ten times as long
    step = 1.0 + (law.dear_step - 1) * (in_ticks >= law.dear_from)
    power = np.exp(law.spread_power * np.log(np.maximum(value, _CHEAPEST).astype(np.float32)))
    spread = np.maximum(np.rint((law.spread / law.tick) * power * spread_factor / step), 1.0) * step
    bid = np.maximum(np.rint((in_ticks - 0.5 * spread) / step), 0.0) * step
    ask = _on_dear_steps((bid + spread).astype(np.int32), law, up=True)
    return Quotes(bid.astype(np.int32), ask)


def middle(quoted: Quotes, law: Law = CBOE) -> Counts:
    """The price between bid and ask, or the next one below that there is."""
    return _on_dear_steps((quoted.bid + quoted.ask) // 2, law, up=False)


def bars(opening: Quotes, closing: Quotes, rise: Floats, fall: Floats, law: Law = CBOE) -> list[tuple[Counts, ...]]:
    """Open, high, low, close of the bid and of the ask, in ticks; without a bid at the close its bar means nothing.

    Args:
        opening: at the beginning of each minute.
        closing: at its end.
        rise: what the value gained, at most, above both ends of the minute.
        fall: what it lost, at most, below both ends.
    """
    up, down = (rise * (1.0 / law.tick)).astype(np.int32), (fall * (1.0 / law.tick)).astype(np.int32)
    sides: list[tuple[Counts, ...]] = []
    for start, last in zip(opening, closing, strict=True):
        first = start + last * (start == 0)
        high = _on_dear_steps(np.maximum(first, last) + up, law, up=True)
        low = _on_dear_steps(np.maximum(np.minimum(first, last) - down, 1), law, up=False)
        sides.append((first, high, low, last))
    return sides


def sizes(rng: np.random.Generator, value: Floats, law: Law = CBOE) -> tuple[Counts, Counts]:
    """Contracts at the bid and at the ask."""
    log_size = np.log(law.size) + law.size_power * np.log(np.maximum(value, law.tick).astype(np.float32))
    drawn = rng.integers(0, 1 << 32, value.shape, np.uint32)
    normal = _normal_quantiles()
    common, own = normal[drawn & 0xFFFF], normal[drawn >> 16]
    other = _SIZE_CORRELATION * common + np.float32(np.sqrt(1.0 - _SIZE_CORRELATION**2)) * own
    return _contracts(log_size + _SIZE_DEVIATION * common), _contracts(log_size + _SIZE_DEVIATION * other)


@cache
def _normal_quantiles() -> NDArray[np.float32]:
    """As many quantiles of the normal distribution as sixteen bits can choose from: a number drawn in a tenth of the
    time a normal one takes."""
    return ndtri((np.arange(1 << 16) + 0.5) / (1 << 16)).astype(np.float32)


def _on_dear_steps(price: Counts, law: Law, *, up: bool) -> Counts:
    """Prices in the range of the larger steps, moved to the next one."""
    if law.dear_step == 1:
        return price
    step, is_dear = law.dear_step, price > law.dear_from
    # a remainder by two is a bit, which takes a tenth of the time of a division
    off = (price & 1 if step == 2 else (-price % step if up else price % step)) * is_dear
    return np.asarray(price + off if up else price - off, np.int32)


def _contracts(log_size: NDArray[np.float32]) -> Counts:
    return np.asarray(np.clip(np.rint(np.exp(log_size)), 1, _LARGEST_SIZE), np.int32)

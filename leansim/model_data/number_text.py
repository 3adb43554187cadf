"""Blocks of small whole numbers as lines of text: each number is printed once and looked up from then on.

A cell of a block has room for eight or sixteen bytes, text first and then zeros, which are removed when the lines of a
contract are cut out. A general writer of csv needs two to three times as long. What a text says as a number is looked
up the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.quotes import Counts, QuoteBars

Floats = NDArray[np.float64]
Words = NDArray[np.uint64]
Texts = tuple[Words, ...]
"""Of each number from none on: its first eight bytes, the next eight."""

_WORD = 8
# Lines whose cells are put together at a time: their block stays in the processor's cache.
_TOGETHER = 4096


class Cells(NamedTuple):
    """A column of a file.

    Attributes:
        counts: entries by lines; 0 is an empty cell.
        unit: what one is in the file.
        decimals: in the file; None: they are whole numbers.
    """

    counts: Counts
    unit: float = 1.0
    decimals: int | None = None


def quote_cells(bars: QuoteBars, unit: float, decimals: int | None) -> list[Cells]:
    """The columns of a quote file.

    Args:
        bars: of the contracts.
        unit: what one tick is in the file.
        decimals: of prices; None: they are whole numbers.
    """
    there = bars.has_bid
    bids = [Cells(side * there, unit, decimals) for side in bars.bid]
    asks = [Cells(side, unit, decimals) for side in bars.ask]
    return [*bids, Cells(bars.bid_size * there), *asks, Cells(bars.ask_size)]


def trade_cells(prices: Sequence[Counts], volume: Counts, unit: float, decimals: int | None) -> list[Cells]:
    """The columns of a trade file; arguments as of quotes."""
    return [*(Cells(price, unit, decimals) for price in prices), Cells(volume)]


def tick_lines(clock: Sequence[str], columns: Sequence[Cells]) -> Iterator[bytes]:
    """The lines of each entry; `clock` is the first cell of each."""
    starts, together = _words(clock), max(_TOGETHER // len(clock), 1)
    last = len(columns) - 1
    texts = [_texts(_length(cells.counts), cells.unit, cells.decimals, at == last) for at, cells in enumerate(columns)]
    for first in range(0, len(columns[0].counts), together):
        cut = slice(first, first + together)
        yield from _block(starts, [(cells.counts[cut], text) for cells, text in zip(columns, texts, strict=True)])


def tick_values(columns: Sequence[Cells]) -> list[Floats]:
    """The numbers the texts say, an empty cell NaN."""
    return [
        _numbers(_length(cells.counts), cells.unit, cells.decimals).take(cells.counts, mode="clip") for cells in columns
    ]


def _block(clock: Texts, columns: Sequence[tuple[Counts, Texts]]) -> Iterator[bytes]:
    """Of a few contracts; a column is its numbers and their texts."""
    # tables have every number: `clip` only leaves out the check
    words = [*clock, *(word.take(numbers, mode="clip") for numbers, texts in columns for word in texts)]
    block = np.empty((*columns[0][0].shape, len(words)), np.uint64)
    for at, word in enumerate(words):
        block[:, :, at] = word
    for contract in block:
        yield contract.tobytes().translate(None, b"\0")


@cache
def _texts(count: int, unit: float, decimals: int | None, is_last: bool) -> Texts:
    """The cell of each number, with the comma before it, the last one with the end of the line; none is empty."""
    end = "\n" if is_last else ""
    return _words([f",{end}", *(f",{text}{end}" for text in _printed(count, unit, decimals))])


@cache
def _numbers(count: int, unit: float, decimals: int | None) -> Floats:
    """What each of those texts says."""
    return np.array([np.nan, *map(float, _printed(count, unit, decimals))])


def _printed(count: int, unit: float, decimals: int | None) -> Iterator[str]:
    form = ".0f" if decimals is None else f".{decimals}f"
    return (f"{ticks * unit:{form}}" for ticks in range(1, count))


def _words(texts: Sequence[str]) -> Texts:
    words = -(-max(map(len, texts)) // _WORD)
    table = np.array([text.encode() for text in texts], f"S{words * _WORD}").view(np.uint64)
    return tuple(np.ascontiguousarray(table[word::words]) for word in range(words))


def _length(numbers: Counts) -> int:
    """The length of a table that has all of them: of few lengths, so that tables serve many files."""
    return int(1 << max(int(numbers.max()).bit_length(), 8))

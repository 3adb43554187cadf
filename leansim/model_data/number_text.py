"""Blocks of small whole numbers as lines of text: each number is printed once and looked up from then on.

A cell of a block has room for eight or sixteen bytes, text first and then zeros, which are removed when the lines of a
contract are cut out. A general writer of csv needs two to three times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.quotes import Counts, QuoteBars

Words = NDArray[np.uint64]
Texts = tuple[Words, ...]
"""Of each number from none on: its first eight bytes, the next eight."""

_WORD = 8
_MS_PER_MINUTE = 60_000
# Lines whose cells are put together at a time: their block stays in the processor's cache.
_TOGETHER = 4096


def minute_clock(minutes: Iterable[int]) -> list[str]:
    """Minutes of the day as files of minutes have them."""
    return [str(minute * _MS_PER_MINUTE) for minute in minutes]


def quote_lines(clock: Sequence[str], bars: QuoteBars, unit: float, decimals: int | None) -> Iterator[bytes]:
    """The lines of each contract of a quote file.

    Args:
        clock: of each bar.
        bars: of the contracts.
        unit: what one tick is in the file.
        decimals: of prices; None: they are whole numbers.
    """
    there = bars.has_bid
    sides = ([side * there for side in bars.bid], bars.bid_size * there, ""), (bars.ask, bars.ask_size, "\n")
    columns: list[tuple[Counts, Texts]] = []
    for prices, sizes, end in sides:
        columns += [(price, _prices(_length(price), unit, decimals)) for price in prices]
        columns.append((sizes, _sizes(_length(sizes), end)))
    return _lines(clock, columns)


def trade_lines(
    clock: Sequence[str], prices: Sequence[Counts], volume: Counts, unit: float, decimals: int | None
) -> Iterator[bytes]:
    """The lines of each contract of a trade file; arguments as of quotes."""
    columns = [(price, _prices(_length(price), unit, decimals)) for price in prices]
    return _lines(clock, [*columns, (volume, _sizes(_length(volume), "\n"))])


def _lines(clock: Sequence[str], columns: Sequence[tuple[Counts, Texts]]) -> Iterator[bytes]:
    """A column is its numbers and their texts."""
    starts, together = _words(clock), max(_TOGETHER // len(clock), 1)
    for first in range(0, len(columns[0][0]), together):
        yield from _block(starts, [(numbers[first : first + together], texts) for numbers, texts in columns])


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
def _prices(count: int, unit: float, decimals: int | None) -> Texts:
    """The cell of each number of ticks, with the comma before it; none is an empty cell."""
    form = ".0f" if decimals is None else f".{decimals}f"
    return _words([",", *(f",{ticks * unit:{form}}" for ticks in range(1, count))])


@cache
def _sizes(count: int, end: str) -> Texts:
    """The cell of each number of contracts, with the comma before it and the end of the line."""
    return _words([f",{end}", *(f",{size}{end}" for size in range(1, count))])


def _words(texts: Sequence[str]) -> Texts:
    words = -(-max(map(len, texts)) // _WORD)
    table = np.array([text.encode() for text in texts], f"S{words * _WORD}").view(np.uint64)
    return tuple(np.ascontiguousarray(table[word::words]) for word in range(words))


def _length(numbers: Counts) -> int:
    """The length of a table that has all of them: of few lengths, so that tables serve many files."""
    return int(1 << max(int(numbers.max()).bit_length(), 8))

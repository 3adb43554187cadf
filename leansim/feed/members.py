"""The symbols of a stream, by ticker, and since when each is brought.

A set of members never changes; another is made when symbols come or go. The streams of a chain have the same members:
what the first of them makes of a change the others find.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leansim.api.instant import BY_TICKER

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol

Int64s = npt.NDArray[np.int64]


class Members:
    """Some symbols.

    Attributes:
        symbols: by ticker.
        column: where each is among them.
        starts: bars that end from this instant on (ns UTC) are theirs.
    """

    __slots__ = ("_next", "column", "starts", "symbols")

    def __init__(self, starts: dict[Symbol, int]) -> None:
        self.symbols: list[Symbol] = sorted(starts, key=BY_TICKER)
        self.column: dict[Symbol, int] = {symbol: i for i, symbol in enumerate(self.symbols)}
        self.starts: Int64s = np.fromiter(map(starts.__getitem__, self.symbols), np.int64, len(starts))
        # the last change: which symbols, since when (None: gone), and what came of it
        self._next: tuple[Sequence[Symbol], int | None, Members] | None = None

    def __len__(self) -> int:
        return len(self.symbols)

    def joined_by(self, symbols: Sequence[Symbol], start_ns: int) -> Members:
        """With these symbols too; itself when they are members already."""
        known = self._next
        if known is not None and known[0] is symbols and known[1] == start_ns:
            return known[2]
        fresh = [symbol for symbol in symbols if symbol not in self.column] if self.column else symbols
        return self._remember(symbols, start_ns, self._starts() | dict.fromkeys(fresh, start_ns), bool(fresh))

    def without(self, symbols: Sequence[Symbol]) -> Members:
        """Without these symbols; itself when none of them is a member."""
        known = self._next
        if known is not None and known[0] is symbols and known[1] is None:
            return known[2]
        starts = self._starts()
        for symbol in symbols:
            starts.pop(symbol, None)
        return self._remember(symbols, None, starts, len(starts) != len(self.symbols))

    def _starts(self) -> dict[Symbol, int]:
        return dict(zip(self.symbols, self.starts.tolist(), strict=True))

    def _remember(
        self, symbols: Sequence[Symbol], start_ns: int | None, starts: dict[Symbol, int], changed: bool
    ) -> Members:
        made = self if not changed else Members(starts) if starts else NOBODY
        self._next = (symbols, start_ns, made)
        return made


NOBODY = Members({})
"""No symbols: what every stream begins with."""

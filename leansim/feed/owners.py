"""Who wants the data of each symbol: the algorithm, and each universe that selects it.

The contracts of a chain come and go by the hundreds, all of them wanted by the same universe: they share one set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from leansim.api.symbols import Symbol, parted

_NOBODY: Final[frozenset[object]] = frozenset()


class Owners:
    """The owners by symbol; a symbol that was released by all of them stays known until it is forgotten."""

    def __init__(self) -> None:
        self._of: dict[Symbol, frozenset[object]] = {}

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._of

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self._of)

    def of(self, symbol: Symbol) -> frozenset[object]:
        """Who wants a symbol; of a group of contracts the same object."""
        return self._of.get(symbol, _NOBODY)

    def add(self, symbol: Symbol, owner: object) -> None:
        """An owner more."""
        self._of[symbol] = self.of(symbol) | {owner}

    def known_among(self, symbols: dict[Symbol, None]) -> list[Symbol]:
        """Those of some symbols that somebody wants, or wanted until now."""
        return parted(symbols, self._of)[1]

    def begin(self, symbols: dict[Symbol, None], owner: object) -> None:
        """An owner for those of some symbols that nobody wanted yet."""
        new, _ = parted(symbols, self._of)
        self._of.update(dict.fromkeys(new, frozenset((owner,))))

    def release(self, symbol: Symbol, owner: object) -> bool:
        """An owner less; whether nobody is left."""
        before = self._of.get(symbol)
        if before is None:
            return False
        if owner in before:
            self._of[symbol] = before = _NOBODY if len(before) == 1 else before - {owner}
        return not before

    def forget(self, symbols: Iterable[Symbol]) -> None:
        """Symbols whose data have ended."""
        for symbol in symbols:
            del self._of[symbol]

"""Who wants the data of each symbol: the algorithm, and each universe that selects it.

The contracts of a chain come and go by the hundreds, all of them wanted by the same universe: they share one set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol

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

    def known_among(self, symbols: Iterable[Symbol]) -> list[Symbol]:
        """Those of some symbols that somebody wants, or wanted until now."""
        known = self._of
        return [symbol for symbol in symbols if symbol in known]

    def begin(self, symbols: Iterable[Symbol], owner: object) -> None:
        """An owner for those of some symbols that nobody wanted yet."""
        shared = frozenset((owner,))
        for symbol in symbols:
            self._of.setdefault(symbol, shared)

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

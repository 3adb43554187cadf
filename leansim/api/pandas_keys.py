"""Keys of data frames: for the whole process, LEAN has pandas find a symbol by its ticker or its identifier's text too.

It does so when it makes its first frame that is not empty, and then for every frame, also the algorithm's own: a key
is looked up as the symbol it stands for before it is looked up as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from leansim.api.symbols import Symbol, SymbolCache


@cache
def teach_pandas() -> None:
    """Change pandas' lookups; a second call does nothing."""
    import pandas as pd  # late: it takes long to import
    from pandas.core import indexing

    indexers = [getattr(indexing, name) for name in ("_LocationIndexer", "_ScalarAccessIndexer")]
    for kind in (*indexers, pd.DataFrame):
        _change(kind, "__getitem__", _mapped_first)
    _change(pd.Index, "get_loc", _mapped_first)
    _change(pd.Index, "__contains__", _mapped_second)


def _change(kind: Any, method: str, how: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    setattr(kind, method, how(getattr(kind, method)))


def _mapped(key: Any) -> Any:
    """A key with every text of a known symbol replaced by it. Subclasses of text and containers stay as they are."""
    kind = type(key)
    if kind is str:
        known, symbol = SymbolCache.try_get_symbol(key)
        return symbol if known else key
    if kind is tuple:
        return tuple(_mapped(part) for part in key)
    if kind is list:
        return [_mapped(part) for part in key]
    if kind is dict:
        return {name: _mapped(value) for name, value in key.items()}
    return key


def _mapped_first(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that raises KeyError for unknown keys, tried with the mapped key before the key itself."""

    @wraps(method)
    def find(*arguments: Any, **named: Any) -> Any:
        mapped = _mapped(arguments)
        try:
            return method(*mapped, **_mapped(named))
        except KeyError:
            pass
        try:
            return method(*arguments, **named)
        except KeyError:
            raise KeyError(
                "No key found for either mapped or original key. "
                f"Mapped Key: {_texts(mapped)}; Original Key: {_texts(arguments)}"
            ) from None

    return find


def _texts(arguments: tuple[Any, ...]) -> list[str]:
    return [str(argument) for argument in arguments if isinstance(argument, (str, Symbol))]


def _mapped_second(method: Callable[..., bool]) -> Callable[..., bool]:
    """A method that tells whether a key is there, asked again with the mapped key when the key itself is not."""

    @wraps(method)
    def contains(self: Any, key: Any) -> bool:
        return method(self, key) or method(self, _mapped(key))

    return contains

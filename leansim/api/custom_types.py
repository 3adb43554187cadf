"""Symbols of custom data: their identity's text is ``TICKER.ClassName``, and the name stands for the class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leansim.api.enums import SecurityType
from leansim.api.identifiers import DEFAULT_DATE, _generate
from leansim.api.markets import Market
from leansim.api.symbols import Symbol

if TYPE_CHECKING:
    from leansim.api.bars import BaseData

_CLASSES: Final[dict[str, type[BaseData]]] = {}
_DATED: Final = (
    SecurityType.BASE,
    SecurityType.EQUITY,
    SecurityType.FUTURE,
    SecurityType.OPTION,
    SecurityType.INDEX_OPTION,
    SecurityType.FUTURE_OPTION,
)


def custom_symbol(data_type: type[BaseData], ticker: str) -> Symbol:
    """The symbol of data about a ticker of their own."""
    return _made(data_type, ticker, ticker, Market.USA, None)


def linked_symbol(data_type: type[BaseData], underlying: Symbol) -> Symbol:
    """The symbol of data about a security, which is their underlying."""
    return _made(data_type, underlying.id.symbol, underlying.value, underlying.id.market, underlying)


def custom_type_of(symbol: Symbol) -> type[BaseData] | None:
    """The class a symbol of custom data names, ``None`` for any other symbol."""
    if symbol.security_type != SecurityType.BASE:
        return None
    return _CLASSES.get(symbol.id.symbol.rpartition(".")[2])


def _made(data_type: type[BaseData], ticker: str, value: str, market: str, underlying: Symbol | None) -> Symbol:
    name = data_type.__name__
    _CLASSES[name] = data_type
    dated = underlying is not None and underlying.security_type in _DATED
    date = underlying.id.date if dated and underlying is not None else DEFAULT_DATE
    identity = _generate(date, f"{ticker.upper()}.{name}", SecurityType.BASE, market, upper=False)
    return Symbol._of(identity, value, underlying)

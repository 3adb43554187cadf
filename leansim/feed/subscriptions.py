"""What is subscribed: one request per symbol, and the kinds of data LEAN gives a security of each type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leansim.api.enums import DataMappingMode, DataNormalizationMode, Resolution, SecurityType, TickType
from leansim.api.symbols import Symbol
from leansim.errors import NotEmulated

if TYPE_CHECKING:
    from leansim.lean_data.exchange_hours import ExchangeHours

# In the order LEAN hands them on inside one instant: trades, then quotes, then open interest.
_TRADE, _QUOTE, _INTEREST = TickType.TRADE, TickType.QUOTE, TickType.OPEN_INTEREST

TICK_TYPES: dict[SecurityType, tuple[TickType, ...]] = {
    SecurityType.BASE: (_TRADE,),
    SecurityType.INDEX: (_TRADE,),
    SecurityType.EQUITY: (_TRADE, _QUOTE),
    SecurityType.FOREX: (_QUOTE,),
    SecurityType.OPTION: (_TRADE, _QUOTE, _INTEREST),
    SecurityType.INDEX_OPTION: (_TRADE, _QUOTE, _INTEREST),
    SecurityType.FUTURE: (_TRADE, _QUOTE, _INTEREST),
    SecurityType.FUTURE_OPTION: (_TRADE, _QUOTE, _INTEREST),
}


@dataclass(frozen=True)
class SubscriptionRequest:
    """A symbol the algorithm (or the engine, ``internal``) wants data of.

    A canonical symbol (``?SPXW``, ``/ES``) asks for its universe: the contracts its filter selects are subscribed with
    the same settings. Any other symbol is subscribed itself. ``internal`` data move prices but are in no slice.
    """

    symbol: Symbol
    resolution: Resolution
    fill_forward: bool = True
    extended_market_hours: bool = False
    normalization: DataNormalizationMode = DataNormalizationMode.RAW
    mapping_mode: DataMappingMode = DataMappingMode.OPEN_INTEREST
    contract_depth_offset: int = 0
    internal: bool = False

    @property
    def is_raw(self) -> bool:
        """Whether prices are as traded."""
        return self.normalization == DataNormalizationMode.RAW

    def of(self, symbol: Symbol) -> SubscriptionRequest:
        """The same settings for another symbol."""
        return self if symbol is self.symbol else replace(self, symbol=symbol)

    def for_members(self) -> SubscriptionRequest:
        """The settings of what a universe selects: chains bring raw prices."""
        return self.raw() if self.symbol.is_canonical() else self

    def raw(self) -> SubscriptionRequest:
        """The same settings with prices as traded."""
        return replace(self, normalization=DataNormalizationMode.RAW)


def tick_types_of(symbol: Symbol, resolution: Resolution) -> tuple[TickType, ...]:
    """The kinds of data LEAN subscribes for a symbol at a resolution."""
    kinds = TICK_TYPES.get(symbol.security_type)
    if kinds is None:
        raise NotEmulated(f"data of {symbol.security_type}")
    return tuple(kind for kind in kinds if has_data(symbol.security_type, kind, resolution))


def has_precise_days(symbol: Symbol, hours: ExchangeHours) -> bool:
    """Whether a day's bar can end at the close: not of currencies or custom data, nor where nothing ever closes."""
    return symbol.security_type not in (SecurityType.FOREX, SecurityType.BASE) and not hours.is_market_always_open


def has_data(security_type: SecurityType, tick_type: TickType, resolution: Resolution) -> bool:
    """Whether LEAN knows such data: equities have no hour or daily quotes."""
    quotes_of_equity = security_type is SecurityType.EQUITY and tick_type is TickType.QUOTE
    return not (quotes_of_equity and resolution in (Resolution.HOUR, Resolution.DAILY))

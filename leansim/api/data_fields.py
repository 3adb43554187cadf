"""``Field``: which number of a bar or tick feeds an indicator of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from leansim.api.bars import QuoteBar, Tick, TradeBar
from leansim.api.naming import ClrStatic

Selector = Callable[[Any], Any]
_BARS: Final = (TradeBar, QuoteBar)


def _of_bars(number: Callable[[Any], float], doc: str) -> Any:
    """A number of bars; of anything else the value."""

    def select(data: Any) -> float:
        return float(number(data) if isinstance(data, _BARS) else data.value)

    select.__doc__ = doc
    return staticmethod(select)


def _of_quotes(side: str, price: str, doc: str) -> Any:
    """A price of one side of a quote bar; of anything else the value. A side that is not there raises."""

    def select(data: Any) -> float:
        return float(getattr(getattr(data, side), price) if isinstance(data, QuoteBar) else data.value)

    select.__doc__ = doc
    return staticmethod(select)


def _of_ticks(side: str, doc: str) -> Any:
    """A side of a tick, or the close of that side of a quote bar; of anything else the value."""

    def select(data: Any) -> float:
        if isinstance(data, Tick):
            return float(getattr(data, f"{side}_price"))
        return float(getattr(data, side).close if isinstance(data, QuoteBar) else data.value)

    select.__doc__ = doc
    return staticmethod(select)


def _volume(data: Any) -> float:
    """The volume of a trade bar, the quantity of a tick, else the value."""
    if isinstance(data, TradeBar):
        return float(data.volume)
    return float(data.quantity if isinstance(data, Tick) else data.value)


class Field(metaclass=ClrStatic):
    """Selectors. A subscription's quotes are asked for what is of a side, its trades for the volume."""

    OPEN = _of_bars(lambda bar: bar.open, "The open.")
    HIGH = _of_bars(lambda bar: bar.high, "The high.")
    LOW = _of_bars(lambda bar: bar.low, "The low.")
    CLOSE = staticmethod(lambda data: float(data.value))
    AVERAGE = _of_bars(lambda bar: (bar.open + bar.high + bar.low + bar.close) / 4, "Open, high, low and close.")
    MEDIAN = _of_bars(lambda bar: (bar.high + bar.low) / 2, "High and low.")
    TYPICAL = _of_bars(lambda bar: (bar.high + bar.low + bar.close) / 3, "High, low and close.")
    WEIGHTED = _of_bars(lambda bar: (bar.high + bar.low + 2 * bar.close) / 4, "High, low, the close twice.")
    SEVEN_BAR = _of_bars(
        lambda bar: (2 * bar.open + bar.high + bar.low + 3 * bar.close) / 7, "The open twice, the close three times."
    )
    BID_OPEN = _of_quotes("bid", "open", "The bid's open.")
    BID_HIGH = _of_quotes("bid", "high", "The bid's high.")
    BID_LOW = _of_quotes("bid", "low", "The bid's low.")
    BID_CLOSE = _of_quotes("bid", "close", "The bid's close.")
    ASK_OPEN = _of_quotes("ask", "open", "The ask's open.")
    ASK_HIGH = _of_quotes("ask", "high", "The ask's high.")
    ASK_LOW = _of_quotes("ask", "low", "The ask's low.")
    ASK_CLOSE = _of_quotes("ask", "close", "The ask's close.")
    BID_PRICE = _of_ticks("bid", "The bid of a tick, the bid's close of a bar.")
    ASK_PRICE = _of_ticks("ask", "The ask of a tick, the ask's close of a bar.")
    VOLUME = staticmethod(_volume)


_OF_QUOTES: Final = [
    getattr(Field, f"{side}_{price}") for side in ("BID", "ASK") for price in ("OPEN", "HIGH", "LOW", "CLOSE", "PRICE")
]


def type_to_select_from(selector: Selector | None) -> type | None:
    """The type of data a selector reads; ``None`` when any will do."""
    if any(selector is of_quotes for of_quotes in _OF_QUOTES):
        return QuoteBar
    return TradeBar if selector is Field.VOLUME else None

"""Data frames as LEAN's Python sees them: indexed by symbol and time, columns in alphabetical order.

Levels hold ``Symbol`` objects; a ticker's text finds them too, because LEAN teaches pandas to look symbols up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from leansim.api.bars import (
    Delisting,
    Dividend,
    MarginInterestRate,
    OpenInterest,
    QuoteBar,
    Split,
    SymbolChangedEvent,
    Tick,
    TradeBar,
)
from leansim.api.enums import SecurityType
from leansim.api.pandas_keys import teach_pandas
from leansim.api.python_data import DynamicData
from leansim.errors import NotEmulated

if TYPE_CHECKING:
    import pandas as pd

    from leansim.api.symbols import Symbol

OPTION_LEVELS = ("expiry", "strike", "type", "symbol", "time")
FUTURE_LEVELS = ("expiry", "symbol", "time")
LEVELS = ("symbol", "time")


def bars_frame(bars: Iterable[Any]) -> pd.DataFrame:
    """A frame of bars of any symbols. At one instant a trade bar's prices count before a quote bar's."""
    import pandas as pd

    bars = list(bars)
    if not bars:
        return pd.DataFrame()
    teach_pandas()
    if all(isinstance(bar, DynamicData) for bar in bars):
        return _frame_of_own(bars)
    rows: dict[tuple[Symbol, Any], dict[str, Any]] = {}
    for bar in bars:
        cells = rows.setdefault((bar.symbol, bar.end_time), {})
        values = _cells(bar)
        if isinstance(bar, TradeBar):
            cells.update(values)
        else:
            for name, value in values.items():
                cells.setdefault(name, value)
    kinds = {symbol.security_type for symbol, _ in rows}
    names = _levels(kinds)
    keys = sorted(rows, key=lambda key: (key[0].value, key[1])) if len({s for s, _ in rows}) > 1 else list(rows)
    index = pd.MultiIndex.from_tuples([_key(symbol, time, names) for symbol, time in keys], names=list(names))
    columns = sorted({name for cells in rows.values() for name in cells})
    data = {name: [rows[key].get(name) for key in keys] for name in columns}
    frame = pd.DataFrame(data, index=index)
    return frame.dropna(axis=1, how="all")


def _frame_of_own(points: list[DynamicData]) -> pd.DataFrame:
    """A frame of the algorithm's own data: every member a column, every point a row, also several of an instant."""
    import pandas as pd

    if len({point.symbol for point in points}) > 1:
        points = sorted(points, key=lambda point: (point.symbol.value, point.end_time))
    cells = [_cells(point) for point in points]
    index = pd.MultiIndex.from_tuples([(point.symbol, point.end_time) for point in points], names=list(LEVELS))
    columns = sorted({name for row in cells for name in row})
    frame = pd.DataFrame({name: [row.get(name) for row in cells] for name in columns}, index=index)
    return frame.dropna(axis=1, how="all")


def _levels(kinds: set[SecurityType]) -> tuple[str, ...]:
    if kinds & {SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION}:
        return OPTION_LEVELS
    return FUTURE_LEVELS if SecurityType.FUTURE in kinds else LEVELS


def _key(symbol: Symbol, time: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    if names is LEVELS:
        return symbol, time
    is_option = symbol.security_type in (SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION)
    expiry = symbol.id.date if is_option or symbol.security_type is SecurityType.FUTURE else ""
    if names is FUTURE_LEVELS:
        return expiry, symbol, time
    strike = symbol.id.strike_price if is_option else ""
    right = symbol.id.option_right if is_option else ""
    return expiry, strike, right, symbol, time


def _cells(bar: Any) -> dict[str, Any]:
    if isinstance(bar, QuoteBar):
        cells: dict[str, Any] = {}
        for side, prices, size in (("bid", bar.bid, bar.last_bid_size), ("ask", bar.ask, bar.last_ask_size)):
            if prices is not None:
                cells[f"{side}open"], cells[f"{side}high"] = prices.open, prices.high
                cells[f"{side}low"], cells[f"{side}close"] = prices.low, prices.close
            cells[f"{side}size"] = size
        cells.update(open=bar.open, high=bar.high, low=bar.low, close=bar.close)
        return cells
    if isinstance(bar, TradeBar):
        return {"open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close, "volume": bar.volume}
    if isinstance(bar, OpenInterest):
        return {"openinterest": bar.value}
    if isinstance(bar, Tick):
        raise NotEmulated("history of ticks as a data frame")
    if isinstance(bar, DynamicData):
        return {**bar.get_storage_dictionary(), "value": bar.value}
    names = _EVENT_COLUMNS[type(bar)]
    return {name.replace("_", ""): getattr(bar, name) for name in names}


_EVENT_COLUMNS: dict[type, tuple[str, ...]] = {
    Dividend: ("distribution", "reference_price"),
    Split: ("reference_price", "split_factor", "type"),
    Delisting: ("ticket", "type"),
    SymbolChangedEvent: ("new_symbol", "old_symbol"),
    MarginInterestRate: ("interest_rate",),
}

"""Ticks: how one is made of a row, and the ticks of the past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from leansim.api.bars import Tick, middle
from leansim.api.enums import DataNormalizationMode, SecurityType, TickType
from leansim.api.symbols import Symbol
from leansim.api.time_zones import from_ns
from leansim.feed.sessions import Sessions
from leansim.lean_data.ticks import MARKS

if TYPE_CHECKING:
    from leansim.feed.past import PastRequest
    from leansim.lean_data.folder import DataFolder

EXCHANGES: Final = {
    "A": "AMEX",
    "B": "NASDAQ_BX",
    "C": "NSE",
    "D": "FINRA",
    "I": "ISE",
    "J": "EDGA",
    "K": "EDGX",
    "M": "CSE",
    "N": "NYSE",
    "P": "ARCA",
    "Q": "NASDAQ",
    "S": "NASDAQ_SC",
    "T": "NASDAQ",
    "W": "CBOE",
    "X": "NASDAQ_PSX",
    "Y": "BATS_Y",
    "Z": "BATS",
}
"""LEAN's names of the exchanges of US equities by their letters."""


TICK_FIELDS: Final = {
    TickType.TRADE: ("close", "volume", *MARKS),
    TickType.QUOTE: ("bid_close", "ask_close", "bid_size", "ask_size", *MARKS),
}
"""The columns a tick is made of."""


def make_tick(symbol: Symbol, tick_type: TickType, time: datetime, values: Mapping[str, float]) -> Tick:
    """A tick of a row's own values; a side that was not quoted is 0."""
    made = Tick()
    made.symbol, made.time, made.tick_type = symbol, time, tick_type
    if tick_type == TickType.TRADE:
        made.value, made.quantity = values["close"], values["volume"]
    else:
        bid, ask = _or_zero(values["bid_close"]), _or_zero(values["ask_close"])
        made.bid_price, made.ask_price = bid, ask
        made.bid_size, made.ask_size = _or_zero(values["bid_size"]), _or_zero(values["ask_size"])
        made.value = middle(bid, ask) if bid and ask else bid or ask
    code, condition = int(values["exchange"]), int(values["condition"])
    made.exchange = EXCHANGES.get(chr(code), "") if code else ""
    made.sale_condition = f"{condition:X}" if condition else ""
    made.suspicious = bool(values["suspicious"])
    return made


def _or_zero(value: float) -> float:
    return 0.0 if value != value else value


def past_ticks(folder: DataFolder, request: PastRequest) -> list[Tick]:
    """The ticks of a request in time order, adjusted as bars are."""
    symbol, kind = request.symbol, request.tick_type
    hours = folder.market_hours.entry_of(symbol)
    sessions = Sessions(hours, hours._data_time_zone, request.extended)
    found: list[Tick] = []
    day, last = sessions.date_of(request.start_ns), sessions.date_of(request.end_ns - 1)
    while day <= last:
        block = folder.read_file(symbol, day, request.resolution, kind)
        if block is not None:
            times = block.time
            keep = (times >= request.start_ns) & (times <= request.end_ns) & sessions.open_during(day, times, times + 1)
            scale = 1.0
            if request.normalization != DataNormalizationMode.RAW and symbol.security_type is SecurityType.EQUITY:
                scale = float(folder.factor_files.of(symbol).factor(day, request.normalization))
            for at in np.flatnonzero(keep):
                values: dict[str, Any] = {name: float(column[at]) for name, column in block.columns.items()}
                for name in ("close", "bid_close", "ask_close"):
                    if name in values and scale != 1.0:
                        values[name] = round(values[name] * scale, 12)
                local = from_ns(hours.time_zone.to_local_ns(int(times[at])))
                found.append(make_tick(symbol, kind, local, values))
        day += timedelta(days=1)
    return found

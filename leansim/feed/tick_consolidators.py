"""Consolidators from ticks to bars: of trades, and of quotes. Ticks of another kind pass by uncounted."""

from __future__ import annotations

from typing import Any

from leansim.api.bars import QuoteBar, Tick, TradeBar
from leansim.api.enums import TickType
from leansim.errors import NotEmulated
from leansim.feed.consolidators import PeriodConsolidator


class TickConsolidator(PeriodConsolidator):
    """Trades to trade bars."""

    input_type, output_type = Tick, TradeBar

    def _takes(self, data: Any) -> bool:
        return bool(data.tick_type == TickType.TRADE)

    def aggregate_bar(self, working_bar: Any, data: Tick) -> TradeBar:
        price = data.value
        if working_bar is None:
            start = self._start_of_bar(data)
            return TradeBar(start, data.symbol, price, price, price, price, data.quantity, self._period)
        working_bar.close = price
        working_bar.volume += data.quantity
        working_bar.low = min(working_bar.low, price)
        working_bar.high = max(working_bar.high, price)
        made: TradeBar = working_bar
        return made


class TickQuoteBarConsolidator(PeriodConsolidator):
    """Quotes to quote bars; a new bar opens at the close of the one before."""

    input_type, output_type = Tick, QuoteBar

    def _takes(self, data: Any) -> bool:
        return bool(data.tick_type == TickType.QUOTE)

    def aggregate_bar(self, working_bar: Any, data: Tick) -> QuoteBar:
        if working_bar is None:
            working_bar = QuoteBar(self._start_of_bar(data), data.symbol, None, 0, None, 0, self._period)
            before = self.consolidated
            if before is not None:
                bid, ask = (0.0 if side is None else side.close for side in (before.bid, before.ask))
                working_bar.update(0.0, bid, ask, 0.0, before.last_bid_size, before.last_ask_size)
        working_bar.update(0.0, data.bid_price, data.ask_price, 0.0, data.bid_size, data.ask_size)
        if self._period is None:
            working_bar.end_time = self._rounded(data.end_time)
        made: QuoteBar = working_bar
        return made


def ticks_to(tick_type: TickType | None) -> type[PeriodConsolidator]:
    """The consolidator LEAN takes for ticks of a kind."""
    if tick_type == TickType.OPEN_INTEREST:
        raise NotEmulated("OpenInterestConsolidator")
    return TickQuoteBarConsolidator if tick_type == TickType.QUOTE else TickConsolidator

"""What LEAN does with option positions when their underlying is about to split: it closes them at that day's close."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leansim.api.enums import DelistingType, OrderType, SplitType
from leansim.api.order_requests import SubmitOrderRequest
from leansim.api.orders import MarketOnCloseOrder
from leansim.api.securities import Option
from leansim.api.time_zones import to_ns
from leansim.feed.consolidators import SPANS
from leansim.feed.warm_up import rounded_down

if TYPE_CHECKING:
    from datetime import datetime

    from leansim.api.bars import Split
    from leansim.api.slice import Slice
    from leansim.api.symbols import Symbol
    from leansim.api.workings import Workings

_CANCELED = "Canceled due to impending split. Separate MarketOnClose order submitted to liquidate position."
_LIQUIDATED = "Liquidated due to impending split. Option splits are not currently supported."


class SplitLiquidation:
    """What is to be done before the splits that were announced.

    Attributes:
        announced: those splits, by symbol.
    """

    def __init__(self, workings: Workings) -> None:
        self._workings = workings
        self.announced: dict[Symbol, Split] = {}
        self._ending: dict[Symbol, datetime] = {}

    def take_notice(self, events: Slice) -> None:
        """Remember what a slice announces."""
        for symbols, kind, time in events.delistings._notices:
            if kind is DelistingType.WARNING:
                self._ending.update(dict.fromkeys(symbols, time))
            else:
                for symbol in symbols:
                    self._ending.pop(symbol, None)
        for split in events.splits.values():
            if split.type == SplitType.WARNING:
                self.announced.setdefault(split.symbol, split)

    def close_positions(self) -> None:
        """From the last moment for market-on-close orders on: close what is held of the underlying's options."""
        for symbol in [s for s in list(self.announced) if self._is_time(s)]:
            split = self.announced.pop(symbol)
            if not self._workings.is_warming_up:
                self._close_options_on(split)

    def _is_time(self, symbol: Symbol) -> bool:
        workings = self._workings
        if not workings.feed.is_subscribed(symbol):
            del self.announced[symbol]
            return False
        hours = workings.exchange_hours(symbol)
        now = workings.clock.ns
        close = hours.time_zone.to_local(hours._next_close(now, False))
        last = close - MarketOnCloseOrder.submission_time_buffer
        begin = rounded_down(last, SPANS[workings.feed.request_of(symbol).resolution], hours)
        return now >= hours.time_zone.to_utc_ns(to_ns(begin))

    def _close_options_on(self, split: Split) -> None:
        workings = self._workings
        held = [s for s in workings.securities._made() if isinstance(s, Option) and s.symbol.underlying == split.symbol]
        for option in [option for option in held if option.holdings.quantity]:
            ending = self._ending.get(option.symbol)
            if ending is not None and ending.date() == option.local_time.date():
                continue
            workings.transactions.cancel_open_orders(option.symbol, _CANCELED)
            workings.transactions.add_order(
                SubmitOrderRequest(
                    OrderType.MARKET_ON_CLOSE,
                    option.type,
                    option.symbol,
                    -option.holdings.quantity,
                    0,
                    0,
                    workings.clock.utc,
                    _LIQUIDATED,
                )
            )
            option.is_tradable = False
            workings.debug(
                f"MarketOnClose order submitted for option contract '{option.symbol}' due to impending "
                f"{split.symbol.value} split event. Option splits are not currently supported."
            )

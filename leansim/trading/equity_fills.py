"""Fills of shares: LEAN goes by trades where there are any, and says in the event's message when it could not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.api.enums import OrderDirection, OrderStatus
from leansim.api.net import InvalidOperationException
from leansim.numbers import plain
from leansim.trading import fill_prices
from leansim.trading.fills import FillModel, new_event, set_filled, slip
from leansim.trading.slippage import slippage_of

if TYPE_CHECKING:
    from leansim.api.order_events import OrderEvent
    from leansim.api.orders import (
        LimitIfTouchedOrder,
        LimitOrder,
        MarketOnCloseOrder,
        MarketOnOpenOrder,
        MarketOrder,
        Order,
        StopMarketOrder,
    )
    from leansim.api.securities import Security
    from leansim.api.security_cache import BarView

_MINUTES_OF_AN_HOUR = 3600 * 1_000_000_000


@dataclass(frozen=True)
class _Found:
    """A price of one side, where it came from, and whether it is old."""

    price: Decimal
    message: str
    end_ns: int
    is_stale: bool


class EquityFillModel(FillModel):
    """LEAN's model for shares."""

    def market_fill(self, asset: Security, order: MarketOrder) -> OrderEvent:
        """At the ask or bid of the last quote, else the last trade, in regular hours."""
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not fill_prices.is_exchange_open(asset, False):
            return event
        points = slippage_of(asset, order)
        found = self._best_side(asset, order)
        if found.is_stale and fill_prices.must_wait(asset, found.end_ns, order._time_ns):
            return event
        set_filled(event, order, found.price)
        slip(event, order, points)
        event.message = found.message
        return event

    def stop_market_fill(self, asset: Security, order: StopMarketOrder) -> OrderEvent:
        """Once a trade reaches the stop: at the stop, or at the open when the bar opened beyond it."""
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not fill_prices.is_exchange_open(asset, False):
            return event
        trade = _fresh_trade(asset, order)
        if trade is None:
            return event
        selling = order.direction == OrderDirection.SELL
        if not (trade.low <= order._stop_price if selling else trade.high >= order._stop_price):
            return event
        gapped = trade.open <= order._stop_price if selling else trade.open >= order._stop_price
        set_filled(event, order, trade.open if gapped else order._stop_price)
        slip(event, order, slippage_of(asset, order))
        if gapped:
            event.message = _gap_text(asset, trade, "an unfavorable")
        return event

    def limit_fill(self, asset: Security, order: LimitOrder) -> OrderEvent:
        """Once a trade is better than the limit: at the limit, or at the open when the bar opened beyond it."""
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not self._open_for(asset):
            return event
        trade = _fresh_trade(asset, order)
        if trade is None:
            return event
        buying = order.direction == OrderDirection.BUY
        if not (trade.low < order._limit_price if buying else trade.high > order._limit_price):
            return event
        gapped = trade.open < order._limit_price if buying else trade.open > order._limit_price
        set_filled(event, order, trade.open if gapped else order._limit_price)
        if gapped:
            event.message = _gap_text(asset, trade, "a favorable")
        return event

    def limit_if_touched_fill(self, asset: Security, order: LimitIfTouchedOrder) -> OrderEvent:
        """Once a trade touched the trigger: when our side of the quote is at the limit or better."""
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not self._open_for(asset):
            return event
        trade = _fresh_trade(asset, order)
        if trade is None:
            return event
        buying = order.direction == OrderDirection.BUY
        touched = trade.low <= order._trigger_price if buying else trade.high >= order._trigger_price
        if not (touched or order.trigger_touched):
            return event
        order.trigger_touched = True
        found = self._best_side(asset, order)
        if found.price <= order._limit_price if buying else found.price >= order._limit_price:
            set_filled(event, order, found.price)
            event.message = found.message
        return event

    def market_on_open_fill(self, asset: Security, order: MarketOnOpenOrder) -> OrderEvent:
        """At the open of the first trade bar of the next session."""
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED:
            return event
        trade = asset.cache._last_trade
        hours = asset.exchange.hours
        if trade is not None:
            start_ns = trade.end_ns - trade.period_ns
            if start_ns < order._time_ns:
                return event
            if trade.period_ns < _MINUTES_OF_AN_HOUR and not hours.is_open(start_ns, False):
                return event
        if trade is None or order._time_ns >= trade.end_ns:
            return event
        placed = hours.time_zone.to_local(order._time_ns).date()
        if hours.is_open(order._time_ns, False) and placed == trade.end_time.date():
            return event
        if not fill_prices.is_exchange_open(asset, False):
            return event
        set_filled(event, order, trade.open)
        self._or_quote(asset, order, event)
        slip(event, order, slippage_of(asset, order))
        return event

    def market_on_close_fill(self, asset: Security, order: MarketOnCloseOrder) -> OrderEvent:
        """At the close of the last trade bar, once the session of the order is over."""
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED:
            return event
        if quotes.utc_ns(asset) < fill_prices.next_regular_close(asset, order._time_ns):
            return event
        trade = asset.cache._last_trade
        set_filled(event, order, Decimal(0) if trade is None else trade.close)
        self._or_quote(asset, order, event)
        slip(event, order, slippage_of(asset, order))
        return event

    def _or_quote(self, asset: Security, order: Order, event: OrderEvent) -> None:
        """The quote's side for a fill that found no trade price."""
        if not event._fill_price:
            found = self._best_side(asset, order)
            event._fill_price = found.price
            event.message += found.message

    def _best_side(self, asset: Security, order: Order) -> _Found:
        """The ask (bid) of the last quote if it is fresh, else the newer of quote and trade."""
        span = self.parameters.stale_price_time_span // timedelta(microseconds=1) * 1000
        oldest = order._time_ns - span
        quote, trade = asset.cache._last_quote, asset.cache._last_trade
        best: _Found | None = None
        zone = asset.exchange.hours.time_zone
        if quote is not None:
            side = quote.ask if order.direction == OrderDirection.BUY else quote.bid
            price = quote.close if side is None else side.close
            if quote.end_ns >= oldest:
                return _Found(price, "", quote.end_ns, is_stale=False)
            best = _Found(
                price, f"{fill_prices.stale_text(asset, quote.end_ns)}, using QuoteBar data.", quote.end_ns, True
            )
        if trade is not None and (best is None or trade.end_ns > best.end_ns):
            text = (
                f"Warning: No quote information available at {zone.to_local(trade.end_ns):%m/%d/%Y %H:%M:%S} {zone}, "
                "order filled using TradeBar data"
            )
            best = _Found(trade.close, text, trade.end_ns, trade.end_ns < oldest)
        if best is None:
            side_name = "ask" if order.direction == OrderDirection.BUY else "bid"
            raise InvalidOperationException(
                f"Cannot get {side_name} price to perform fill for {asset.symbol} because no market data was found."
            )
        return best


def _fresh_trade(asset: Security, order: Order) -> BarView | None:
    """The last trade bar, when it ended after the order was made."""
    trade = asset.cache._last_trade
    return trade if trade is not None and trade.end_ns > order._time_ns else None


def _gap_text(asset: Security, trade: BarView, kind: str) -> str:
    zone = asset.exchange.hours.time_zone
    at = f"{zone.to_local(trade.end_ns):%m/%d/%Y %H:%M:%S} {zone}"
    return f"Due to {kind} gap at {at}, order filled using the open price ({plain(trade.open)})"

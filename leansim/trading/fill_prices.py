"""What a fill model reads of a security: prices of a side, whether its exchange is open, how old its data are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leansim.account import quotes
from leansim.api.enums import OrderDirection, Resolution
from leansim.api.time_zones import to_ns

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.api.security_cache import BarView

_NS: Final = 1_000_000_000
_RESOLUTION_NS: Final = {
    Resolution.TICK: 0,
    Resolution.SECOND: _NS,
    Resolution.MINUTE: 60 * _NS,
    Resolution.HOUR: 3600 * _NS,
    Resolution.DAILY: 86_400 * _NS,
}
_COARSE: Final = (Resolution.HOUR, Resolution.DAILY)
_ONE_HOUR: Final = timedelta(hours=1)
#: Before any data: older than every order.
_NEVER: Final = -(2**63)


@dataclass(frozen=True, slots=True)
class SidePrices:
    """Prices an order of one direction can fill at, from one bar; instants in ns UTC."""

    start_ns: int
    end_ns: int
    current: Decimal
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


def side_prices(security: Security, direction: OrderDirection) -> SidePrices:
    """Bid side for a sale, ask side for a purchase; without that side the last trade, without one the last prices."""
    cache = security.cache
    if direction != OrderDirection.HOLD:
        quote = cache._last_quote
        if quote is not None:
            side = quote.bid if direction == OrderDirection.SELL else quote.ask
            if side is not None:
                return _of_bar(quote, side.open, side.high, side.low, side.close)
        trade = cache._last_trade
        if trade is not None:
            return _of_bar(trade, trade.open, trade.high, trade.low, trade.close)
    last_ns = cache._last_ns
    end = _NEVER if last_ns is None else last_ns
    price = quotes.price(security)
    return SidePrices(
        end, end, price, cache.open or price, cache.high or price, cache.low or price, cache.close or price
    )


def _of_bar(bar: BarView, open_: Decimal, high: Decimal, low: Decimal, close: Decimal) -> SidePrices:
    return SidePrices(bar.end_ns - bar.period_ns, bar.end_ns, close, open_, high, low, close)


def is_exchange_open(security: Security, extended: bool) -> bool:
    """Whether an order may fill now: the exchange is open, or was during the bar that is just over."""
    hours = security.exchange.hours
    if hours.is_open(quotes.utc_ns(security), extended):
        return True
    last = security.cache.get_data()
    if last is None:
        return False
    now = security.local_time
    coarse = last.end_time - last.time > _ONE_HOUR
    within = now.date() == last.end_time.date() if coarse else now <= last.end_time
    return within and hours.is_open(last.time, last.end_time, extended)


def has_coarse_data(security: Security) -> bool:
    """Whether the security has no finer data than hours: its orders wait for fresh data."""
    return security.resolution in _COARSE


def must_wait(security: Security, data_end_ns: int, order_ns: int) -> bool:
    """Whether a market order that found stale data waits for fresh ones: they are more than one bar old."""
    if has_coarse_data(security):
        return True
    bar = _RESOLUTION_NS[security.resolution]
    return bool(bar) and order_ns - data_end_ns > bar


def market_price(security: Security, prices: SidePrices, order_ns: int) -> Decimal:
    """Price of a market order: the side's last price; of coarse data the open of a bar that began after the order."""
    if prices.open and has_coarse_data(security) and order_ns <= prices.start_ns:
        return prices.open
    return prices.current


def local_ns(security: Security, ns: int) -> int:
    """An instant on the exchange's clock, in ns."""
    return security.exchange.hours.time_zone.to_local_ns(ns)


def next_regular_close(security: Security, ns: int) -> int:
    """The next end of a regular session after an instant, ns UTC."""
    return security.exchange.hours._next_close(ns, False)


def stale_text(security: Security, end_ns: int) -> str:
    """LEAN's warning of a fill at an old price."""
    zone = security.exchange.hours.time_zone
    return f"Warning: fill at stale price ({zone.to_local(end_ns):%m/%d/%Y %H:%M:%S} {zone})"


def last_bar_end_local_ns(security: Security) -> int | None:
    """When the last data point ended, on the exchange's clock in ns; None before the first."""
    last = security.cache.get_data()
    return None if last is None else to_ns(last.end_time)

"""When an order fills and at what price: LEAN's default fill model, and the base of every other.

A subclass (an algorithm may write one) overrides the method of an order type and returns an event: its status stays as
the order's where nothing fills. All comparisons with a limit or stop are strict, as LEAN's are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from leansim.account import quotes
from leansim.api.enums import OrderDirection, OrderStatus, OrderType, SecurityType
from leansim.api.naming import ClrObject
from leansim.api.net import ClrDictionary, InvalidOperationException, dictionary
from leansim.api.order_events import OrderEvent, OrderFee
from leansim.api.orders import ComboLegLimitOrder, TrailingStopOrder
from leansim.trading import fill_prices
from leansim.trading.fill_prices import side_prices
from leansim.trading.overrides import call
from leansim.trading.slippage import slippage_of

if TYPE_CHECKING:
    from leansim.api.orders import (
        LimitIfTouchedOrder,
        LimitOrder,
        MarketOnCloseOrder,
        MarketOnOpenOrder,
        MarketOrder,
        Order,
        StopLimitOrder,
        StopMarketOrder,
    )
    from leansim.api.securities import Security

_METHODS = {
    OrderType.MARKET: "market_fill",
    OrderType.LIMIT: "limit_fill",
    OrderType.LIMIT_IF_TOUCHED: "limit_if_touched_fill",
    OrderType.STOP_MARKET: "stop_market_fill",
    OrderType.TRAILING_STOP: "trailing_stop_fill",
    OrderType.STOP_LIMIT: "stop_limit_fill",
    OrderType.MARKET_ON_OPEN: "market_on_open_fill",
    OrderType.MARKET_ON_CLOSE: "market_on_close_fill",
}
_COMBO_METHODS = {
    OrderType.COMBO_MARKET: "combo_market_fill",
    OrderType.COMBO_LIMIT: "combo_limit_fill",
    OrderType.COMBO_LEG_LIMIT: "combo_leg_limit_fill",
}


class FillModelParameters(ClrObject):
    """What a fill model is given: the security and order, and for combos the securities of all orders of the group."""

    def __init__(
        self,
        security: Security,
        order: Order,
        stale_price_time_span: timedelta,
        securities_for_orders: dict[Order, Security],
        on_order_updated: Callable[[Order], None],
    ) -> None:
        self.security = security
        self.order = order
        self.stale_price_time_span = stale_price_time_span
        self.securities_for_orders: ClrDictionary[Order, Security] = dictionary(
            "Order", "Security", securities_for_orders
        )
        self.on_order_updated = on_order_updated

    @property
    def _legs(self) -> list[tuple[Order, Security]]:
        return sorted(self.securities_for_orders.items(), key=lambda leg: leg[0].id)


class Fill(ClrObject):
    """The events a fill model gives for an order, or for all orders of a group."""

    def __init__(self, order_events: OrderEvent | Iterable[OrderEvent]) -> None:
        self._events = [order_events] if isinstance(order_events, OrderEvent) else list(order_events)

    def __iter__(self) -> Any:
        return iter(self._events)


class FillModel(ClrObject):
    """LEAN's default model: options, index options, and the base of the others."""

    #: Set by `fill`, before the method of the order type is called.
    parameters: FillModelParameters

    def __init__(self) -> None:
        """Nothing to set."""

    def fill(self, parameters: FillModelParameters) -> Fill:
        """The events of an order, by the method of its type."""
        self.parameters = parameters
        order = parameters.order
        combo = _COMBO_METHODS.get(order.type)
        if combo is not None:
            return Fill(call(self, combo, order, parameters))
        return Fill(call(self, _METHODS[order.type], parameters.security, order))

    # -- single orders

    def market_fill(self, asset: Security, order: MarketOrder) -> OrderEvent:
        """At the ask or bid, in regular hours, on fresh data."""
        return self._market_fill(asset, order, extended=False)

    def limit_fill(self, asset: Security, order: LimitOrder) -> OrderEvent:
        """Once the side's low is below (high above) the limit, in data newer than the order."""
        return self._limit_fill(asset, order, order._limit_price)

    def stop_market_fill(self, asset: Security, order: StopMarketOrder) -> OrderEvent:
        """Once the side passes the stop: at the stop or the last price, whichever is worse."""
        return self._stop_fill(asset, order, extended=False)

    def _stop_fill(self, asset: Security, order: StopMarketOrder, *, extended: bool) -> OrderEvent:
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not fill_prices.is_exchange_open(asset, extended):
            return event
        prices = side_prices(asset, order.direction)
        if prices.end_ns <= order._time_ns:
            return event
        slip = slippage_of(asset, order)
        if order.direction == OrderDirection.SELL and prices.low < order._stop_price:
            set_filled(event, order, min(order._stop_price, prices.current - slip))
        elif order.direction == OrderDirection.BUY and prices.high > order._stop_price:
            set_filled(event, order, max(order._stop_price, prices.current + slip))
        return event

    def trailing_stop_fill(self, asset: Security, order: TrailingStopOrder) -> OrderEvent:
        """As a stop, but reaching it is enough; else the stop follows the market."""
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not fill_prices.is_exchange_open(asset, False):
            return event
        prices = side_prices(asset, order.direction)
        if prices.end_ns <= order._time_ns:
            return event
        slip = slippage_of(asset, order)
        selling = order.direction == OrderDirection.SELL
        if selling and prices.low <= order._stop_price:
            set_filled(event, order, min(order._stop_price, prices.current - slip))
        elif order.direction == OrderDirection.BUY and prices.high >= order._stop_price:
            set_filled(event, order, max(order._stop_price, prices.current + slip))
        else:
            self._trail(order, prices.high if selling else prices.low)
        return event

    def _trail(self, order: TrailingStopOrder, market: Decimal) -> None:
        """Move the stop after the market when it is farther away than it should be."""
        distance = market - order._stop_price
        if order.direction != OrderDirection.SELL:
            distance = -distance
        amount = order._trailing_amount
        if distance <= (market * amount if order.trailing_as_percentage else amount):
            return
        order._stop_price = TrailingStopOrder._stop_for(market, amount, order.trailing_as_percentage, order.direction)
        self.parameters.on_order_updated(order)

    def stop_limit_fill(self, asset: Security, order: StopLimitOrder) -> OrderEvent:
        """Once the stop was passed: when the last price is better than the limit."""
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not self._open_for(asset):
            return event
        prices = side_prices(asset, order.direction)
        if prices.end_ns <= order._time_ns:
            return event
        buying = order.direction == OrderDirection.BUY
        passed = prices.high > order._stop_price if buying else prices.low < order._stop_price
        if not (passed or order.stop_triggered):
            return event
        if not order.stop_triggered:
            order.stop_triggered = True
            self.parameters.on_order_updated(order)
        # only the last price counts: nobody knows whether the extreme came before the stop was passed
        if buying and prices.current < order._limit_price:
            set_filled(event, order, min(prices.high, order._limit_price))
        elif not buying and prices.current > order._limit_price:
            set_filled(event, order, max(prices.low, order._limit_price))
        return event

    def limit_if_touched_fill(self, asset: Security, order: LimitIfTouchedOrder) -> OrderEvent:
        """Once a trade touched the trigger: at the limit, when the other side of the quote is there."""
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not self._open_for(asset):
            return event
        trade = asset.cache._last_trade
        if trade is None or trade.end_ns <= order._time_ns:
            return event
        quote = asset.cache._last_quote
        if order.direction == OrderDirection.SELL:
            if trade.high >= order._trigger_price or order.trigger_touched:
                order.trigger_touched = True
                side = None if quote is None else quote.ask
                price = side.close if side is not None else (quote or trade).close
                if price >= order._limit_price:
                    set_filled(event, order, order._limit_price)
        elif trade.low <= order._trigger_price or order.trigger_touched:
            order.trigger_touched = True
            side = None if quote is None else quote.bid
            price = side.close if side is not None else (quote or trade).close
            if price <= order._limit_price:
                set_filled(event, order, order._limit_price)
        return event

    def market_on_open_fill(self, asset: Security, order: MarketOnOpenOrder) -> OrderEvent:
        """At the open of the first bar of the next session."""
        _must_close(asset, order)
        event = new_event(asset, order)
        last_end = fill_prices.last_bar_end_local_ns(asset)
        placed = fill_prices.local_ns(asset, order._time_ns)
        if order.status == OrderStatus.CANCELED or last_end is None or placed >= last_end:
            return event
        hours = asset.exchange.hours
        same_day = hours.time_zone.to_local(order._time_ns).date() == asset.local_time.date()
        if hours.is_open(order._time_ns, False) and same_day:
            return event
        if not fill_prices.is_exchange_open(asset, False):
            return event
        set_filled(event, order, side_prices(asset, order.direction).open)
        slip(event, order, slippage_of(asset, order))
        return event

    def market_on_close_fill(self, asset: Security, order: MarketOnCloseOrder) -> OrderEvent:
        """At the last price, once the session of the order is over."""
        _must_close(asset, order)
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED:
            return event
        if quotes.utc_ns(asset) < fill_prices.next_regular_close(asset, order._time_ns):
            return event
        set_filled(event, order, side_prices(asset, order.direction).close)
        slip(event, order, slippage_of(asset, order))
        return event

    # -- combos: all legs or none

    def combo_market_fill(self, order: Order, parameters: FillModelParameters) -> list[OrderEvent]:
        """Each leg as a market order."""
        return _all_or_none(self._market_fill(security, leg, extended=False) for leg, security in parameters._legs)

    def combo_leg_limit_fill(self, order: Order, parameters: FillModelParameters) -> list[OrderEvent]:
        """Each leg as a limit order."""
        events = []
        for leg, security in parameters._legs:
            assert isinstance(leg, ComboLegLimitOrder)
            event = self._limit_fill(security, leg, leg._limit_price)
            if event.status != OrderStatus.FILLED:
                return []
            events.append(event)
        return events

    def combo_limit_fill(self, order: Order, parameters: FillModelParameters) -> list[OrderEvent]:
        """When the net of the legs' lows (of a sold group: highs) is better than the limit; at those lows or highs.

        No exchange hours are asked for. Shares count per hundred.
        """
        group = order.group_order_manager
        assert group is not None
        buying = group._quantity > 0
        found: list[tuple[Order, Security, Decimal]] = []
        net = Decimal(0)
        for leg, security in parameters._legs:
            prices = side_prices(security, leg.direction)
            if prices.end_ns < leg._time_ns:
                return []
            price = prices.low if buying else prices.high
            ratio = leg._quantity / group._quantity
            net += price * (ratio / 100 if security.type == SecurityType.EQUITY else ratio)
            found.append((leg, security, price))
        if not (net < group._limit_price if buying else net > group._limit_price):
            return []
        events = []
        for leg, security, price in found:
            event = new_event(security, leg)
            set_filled(event, leg, price)
            events.append(event)
        return events

    # -- shared

    @staticmethod
    def _open_for(asset: Security) -> bool:
        """Whether limit orders may fill: in extended hours too when they are subscribed."""
        return fill_prices.is_exchange_open(asset, asset.is_extended_market_hours)

    def _market_fill(self, asset: Security, order: Order, *, extended: bool) -> OrderEvent:
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not fill_prices.is_exchange_open(asset, extended):
            return event
        prices = side_prices(asset, order.direction)
        if self._is_stale(prices.end_ns, order):
            if fill_prices.must_wait(asset, prices.end_ns, order._time_ns):
                return event
            event.message = fill_prices.stale_text(asset, prices.end_ns)
        set_filled(event, order, fill_prices.market_price(asset, prices, order._time_ns))
        slip(event, order, slippage_of(asset, order))
        return event

    def _is_stale(self, data_end_ns: int, order: Order) -> bool:
        span = self.parameters.stale_price_time_span // timedelta(microseconds=1) * 1000
        return data_end_ns + span < order._time_ns

    def _limit_fill(self, asset: Security, order: Order, limit: Decimal) -> OrderEvent:
        event = new_event(asset, order)
        if order.status == OrderStatus.CANCELED or not self._open_for(asset):
            return event
        prices = side_prices(asset, order.direction)
        if prices.end_ns <= order._time_ns:
            return event
        if order.direction == OrderDirection.BUY and prices.low < limit:
            set_filled(event, order, min(prices.high, limit))
        elif order.direction == OrderDirection.SELL and prices.high > limit:
            set_filled(event, order, max(prices.low, limit))
        return event


class ImmediateFillModel(FillModel):
    """LEAN's name of the default model for options."""


class FutureFillModel(ImmediateFillModel):
    """Futures: market orders fill in extended hours, stops too where those are subscribed."""

    def market_fill(self, asset: Security, order: MarketOrder) -> OrderEvent:
        """At the ask or bid, in extended hours too."""
        return self._market_fill(asset, order, extended=True)

    def stop_market_fill(self, asset: Security, order: StopMarketOrder) -> OrderEvent:
        """Once the side passes the stop, in the hours that are subscribed."""
        return self._stop_fill(asset, order, extended=asset.is_extended_market_hours)


class FutureOptionFillModel(FutureFillModel):
    """Options on futures: as futures."""


def new_event(security: Security, order: Order) -> OrderEvent:
    """An event that changes nothing yet, at the security's time."""
    return OrderEvent(order, quotes.utc_ns(security), OrderFee.ZERO)


def set_filled(event: OrderEvent, order: Order, price: Decimal) -> None:
    """Fill the whole order at a price."""
    event.status = OrderStatus.FILLED
    event._fill_price = price
    event._fill_quantity = order._quantity


def slip(event: OrderEvent, order: Order, points: Decimal) -> None:
    """Make a fill worse by some points."""
    event._fill_price += points if order.direction == OrderDirection.BUY else -points


def _all_or_none(events: Iterable[OrderEvent]) -> list[OrderEvent]:
    found = []
    for event in events:
        if event.status != OrderStatus.FILLED:
            return []
        found.append(event)
    return found


def _must_close(security: Security, order: Order) -> None:
    if security.exchange.hours.is_market_always_open:
        raise InvalidOperationException(
            f"Market never closes for this symbol {security.symbol}, can no submit a {order.type} order."
        )

"""How a limit order in options fills in a backtest.

LEAN's own combo fill reads each leg's bar low (or high) and sells contracts nobody bids for at their last price; its
fill of a single option wants a price better than the limit, so that an order at the very price that is offered rests
for as long as the market stands still. This one asks what the package would trade at now: natural from the closing
quotes, improved by a set share of the spread, at the limit or better, on quotes newer than the order, and never for a
leg without a bid to sell to. It runs in LEAN and in leansim alike, uses only members both are known to have, and cannot
raise: LEAN swallows an exception here and the order would just rest.
"""

from __future__ import annotations

from datetime import datetime

from AlgorithmImports import (
    Extensions,
    FillModel,
    FillModelParameters,
    LimitOrder,
    Order,
    OrderEvent,
    OrderFee,
    OrderStatus,
    QuoteBar,
    Security,
    SecurityType,
)

_ROUNDING = 1e-9
"""Slack for sums of floats: LEAN hands its decimals to Python as floats."""


class PackageFillModel(FillModel):
    """Fills a package as one, at `spread_share` of the way from natural to mid, or rests.

    Args:
        spread_share: 0 fills at the natural price only (every leg on its far side), 1 at the package mid.
    """

    def __init__(self, spread_share: float) -> None:
        super().__init__()
        self._concession = spread_share / 2.0

    def limit_fill(self, asset: Security, order: LimitOrder) -> OrderEvent:
        """The fill of an option, a package of one leg, or an event without one."""
        buying = order.quantity > 0
        price = self._price(asset, buying, order.created_time)
        if price is not None and (
            price <= order.limit_price + _ROUNDING if buying else price >= order.limit_price - _ROUNDING
        ):
            return self._event(order, asset, price)
        return OrderEvent(order, self._now(asset), OrderFee.ZERO)

    def combo_limit_fill(self, order: Order, parameters: FillModelParameters) -> list[OrderEvent]:
        """The fills of all legs, or an empty list while the package does not trade."""
        legs = sorted(((pair.key, pair.value) for pair in parameters.securities_for_orders), key=lambda leg: leg[0].id)
        group = order.group_order_manager
        if group is None or group.quantity == 0:
            return []
        size = abs(group.quantity)
        sign = 1.0 if group.quantity > 0 else -1.0
        net, prices = 0.0, []
        for leg, security in legs:
            price = self._price(security, leg.quantity > 0, order.created_time)
            if price is None:
                return []
            prices.append(price)
            net += leg.quantity / size * price
        limit = group.limit_price * sign
        if net > limit + _ROUNDING:
            return []
        return [self._event(leg, security, price) for (leg, security), price in zip(legs, prices, strict=True)]

    def _price(self, security: Security, buying: bool, since: datetime) -> float | None:
        """What one contract trades at now; None while its market is missing, crossed or not newer than the order."""
        bar = security.get_last_data()
        if not isinstance(bar, QuoteBar):
            return None
        if Extensions.convert_to_utc(bar.end_time, security.exchange.time_zone) <= since:
            return None
        bid = 0.0 if bar.bid is None or bar.last_bid_size == 0 else bar.bid.close
        ask = 0.0 if bar.ask is None or bar.last_ask_size == 0 else bar.ask.close
        if not (0.0 < ask >= bid) or not (bid > 0.0 or buying):
            return None
        concession = (ask - bid) * self._concession
        return float(ask - concession if buying else bid + concession)

    def _event(self, leg: Order, security: Security, price: float) -> OrderEvent:
        event = OrderEvent(leg, self._now(security), OrderFee.ZERO)
        event.fill_price = round(price, 4)
        event.fill_quantity = leg.quantity
        event.status = OrderStatus.FILLED
        return event

    def _now(self, security: Security) -> datetime:
        return Extensions.convert_to_utc(security.local_time, security.exchange.time_zone)

    def give_to(self, security: Security) -> None:
        """Make this the fill model of an option; LEAN asks the model of a package's first leg, so each leg needs it."""
        if security.type in (SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION):
            security.set_fill_model(self)

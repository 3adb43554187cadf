"""How options end: exercise, early assignment, expiry; and what is left of a contract that is delisted."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from leansim.account import quotes
from leansim.account.margin import underlying_of
from leansim.api.decimals import DecimalField, Number, exact
from leansim.api.enums import OptionRight, OptionStyle, OrderStatus, SettlementType
from leansim.api.naming import ClrObject
from leansim.api.order_events import OrderEvent, OrderFee
from leansim.api.orders import MarketOrder, OptionExerciseOrder, direction_of
from leansim.numbers import ZERO
from leansim.trading.fees import order_fee

if TYPE_CHECKING:
    from leansim.account.holdings import SecurityHolding
    from leansim.api.securities import Option
    from leansim.lean_data.exchange_hours import SecurityExchangeHours

LIQUIDATE_FROM_DELISTING: Final = "Liquidate from delisting"


class DefaultExerciseModel(ClrObject):
    """Exercise by the underlying's last price; what is a cent in the money is exercised, the rest expires."""

    def option_exercise(self, option: Option, order: OptionExerciseOrder) -> list[OrderEvent]:
        """The events: the option at price 0, then (physical delivery) the underlying at the strike."""
        underlying = underlying_of(option)
        in_the_money = quotes.is_auto_exercised(option, quotes.close(underlying))
        assigned = in_the_money and option.holdings.is_short
        kind = ("Assigned" if assigned else "Automatic Exercise") if in_the_money else "OTM"
        now = quotes.utc_ns(option)
        closing = OrderEvent(
            order.id,
            option.symbol,
            now,
            OrderStatus.FILLED,
            direction_of(order._quantity),
            ZERO,
            order._quantity,
            OrderFee.ZERO,
            f"{kind}. Underlying: {quotes.price(underlying):f}",
        )
        closing.is_assignment = assigned
        closing.is_in_the_money = in_the_money
        events = [closing]
        if in_the_money and option.exercise_settlement == SettlementType.PHYSICAL_DELIVERY:
            quantity = quotes.exercise_quantity(option, order._quantity)
            delivery = OrderEvent(
                order.id,
                underlying.symbol,
                now,
                OrderStatus.FILLED,
                direction_of(quantity),
                quotes.strike(option),
                quantity,
                OrderFee.ZERO,
                "Option Assignment" if assigned else "Option Exercise",
            )
            delivery.is_in_the_money = True
            events.append(delivery)
        return events


class OptionAssignmentParameters(ClrObject):
    """What an assignment model is asked about."""

    def __init__(self, option: Option) -> None:
        self.option = option


class OptionAssignmentResult(ClrObject):
    """How many short contracts are assigned now, and the order's tag."""

    NULL: OptionAssignmentResult
    quantity = DecimalField("Contracts assigned; 0 for none.", read_only=True)

    def __init__(self, quantity: Number, tag: str) -> None:
        self._quantity = exact(quantity)
        self.tag = tag


OptionAssignmentResult.NULL = OptionAssignmentResult(0, "")


class NullOptionAssignmentModel(ClrObject):
    """No early assignment."""

    def get_assignment(self, parameters: OptionAssignmentParameters) -> OptionAssignmentResult:
        """None."""
        return OptionAssignmentResult.NULL


class DefaultOptionAssignmentModel(ClrObject):
    """LEAN's simulation: short contracts deep in the money near expiry are assigned when exercising beats selling."""

    def __init__(self, required_in_the_money_percent: Number = 0.05, prior_expiration: timedelta | None = None) -> None:
        self._depth = exact(required_in_the_money_percent)
        self._prior = timedelta(days=4) if prior_expiration is None else prior_expiration

    def get_assignment(self, parameters: OptionAssignmentParameters) -> OptionAssignmentResult:
        """All contracts or none."""
        option = parameters.option
        if not self._is_near_expiry(option) or not self._is_deep_in_the_money(option):
            return OptionAssignmentResult.NULL
        if _gain_of_exercising(option) <= 0:
            return OptionAssignmentResult.NULL
        return OptionAssignmentResult(abs(option.holdings._quantity), "Simulated option assignment before expiration")

    def _is_near_expiry(self, option: Option) -> bool:
        expiry, now = option.symbol.id.date, option.local_time
        if option.symbol.id.option_style == OptionStyle.AMERICAN:
            return expiry - now <= self._prior
        return expiry.date() == now.date()

    def _is_deep_in_the_money(self, option: Option) -> bool:
        spot = quotes.close(underlying_of(option))
        # without a price LEAN divides by zero and the run ends there; no option trades before its underlying
        return bool(spot) and quotes.payoff(option, spot) / spot > self._depth


def _gain_of_exercising(option: Option) -> Decimal:
    """What the holder of the other side gains by exercising instead of selling, by LEAN's estimate."""
    underlying = underlying_of(option)
    holding: SecurityHolding = option.holdings
    held, paid = holding._quantity, holding._average_price
    now = quotes.utc_ns(option)
    rate, multiplier = quotes.conversion_rate(option), quotes.multiplier(option)

    def fee(of: Option, order: MarketOrder | OptionExerciseOrder) -> Decimal:
        return order_fee(of, order).value._amount * quotes.conversion_rate(of)

    selling = (quotes.bid(option) - paid) * -held * rate * multiplier
    selling -= fee(option, MarketOrder(option.symbol, -held, now))

    is_call = option.symbol.id.option_right == OptionRight.CALL
    spot = quotes.bid(underlying) if is_call else quotes.ask(underlying)
    units = quotes.exercise_quantity(option, held)
    exercising = (
        (spot - quotes.scaled_strike(option))
        * units
        * quotes.conversion_rate(underlying)
        * quotes.unit_of_trade(option)
    )
    exercising -= paid * abs(held) * multiplier * rate
    exercising -= fee(option, OptionExerciseOrder(option.symbol, abs(held), now))
    if option.exercise_settlement == SettlementType.PHYSICAL_DELIVERY:
        closing = MarketOrder(underlying.symbol, -units, now)
        exercising -= order_fee(underlying, closing).value._amount * quotes.conversion_rate(underlying)
    return exercising - selling


def is_expired(option: Option) -> bool:
    """Whether the contract's last session is over."""
    return option.local_time >= expiry_time(option.symbol.id.date, option.exchange.hours)


def expiry_time(expiry: datetime, hours: SecurityExchangeHours) -> datetime:
    """The last regular close on or before an expiry date, on the exchange's clock; the end of that date at most."""
    day = expiry if hours.is_date_open(expiry) else hours.get_previous_trading_day(expiry)
    midnight = datetime(expiry.year, expiry.month, expiry.day) + timedelta(days=1)
    return min(hours.get_last_daily_market_close(day, False), midnight)

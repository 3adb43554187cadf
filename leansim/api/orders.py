"""Orders as LEAN's classes: one class per type, combos with their group.

The decimals of an order are kept exactly in fields with a leading underscore (``order._limit_price``); an algorithm
reads floats. What else belongs to an order lives beside it: `order_requests`, `order_ticket`, `order_events`,
`order_properties`.
"""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Self

from leansim.api.decimals import DecimalField, Number, OptionalDecimalField, exact
from leansim.api.enums import DataNormalizationMode, OrderDirection, OrderStatus, OrderType, SecurityType
from leansim.api.naming import ClrObject, ClrStatic, FixedClrObject, pascal
from leansim.api.net import ArgumentException, HashSet, hash_set
from leansim.api.order_events import currency_symbol, smart_rounding, utc_ns
from leansim.api.order_properties import OrderProperties, TimeInForce
from leansim.api.time_zones import aware_utc
from leansim.numbers import ZERO, plain

if TYPE_CHECKING:
    from leansim.api.order_requests import SubmitOrderRequest, UpdateOrderRequest
    from leansim.api.securities import Security
    from leansim.api.symbols import Symbol


def direction_of(quantity: Decimal) -> OrderDirection:
    """Buy for a positive, sell for a negative quantity, hold for 0."""
    if quantity > 0:
        return OrderDirection.BUY
    return OrderDirection.SELL if quantity < 0 else OrderDirection.HOLD


class Leg(ClrObject):
    """A leg of a combo: ``quantity`` is its ratio, ``order_price`` its own limit (combo leg limit orders only)."""

    order_price = OptionalDecimalField("The leg's own limit price, None in other combos.")

    def __init__(self) -> None:
        self.symbol: Symbol | None = None
        self.quantity = 0
        self._order_price: Decimal | None = None

    @staticmethod
    def create(symbol: Symbol, quantity: int, limit_price: Number | None = None) -> Leg:
        """A leg; a quantity with a fraction is a ``TypeError``, as in LEAN."""
        leg = Leg()
        leg.symbol = symbol
        leg.quantity = whole(quantity)
        leg.order_price = limit_price
        return leg


def whole(quantity: int | float) -> int:
    """An ``int`` parameter of LEAN's as Python may pass it: an int, or a float without a fraction."""
    if isinstance(quantity, bool) or not isinstance(quantity, (int, float)) or int(quantity) != quantity:
        raise TypeError("No method matches given arguments: an integer quantity is expected")
    return int(quantity)


class GroupOrderManager(ClrObject):
    """What the leg orders of one combo share."""

    quantity = DecimalField("Signed quantity of the group; a leg's quantity is its ratio times this.", read_only=True)
    limit_price = DecimalField("Net limit price of a combo limit order per unit of the group, else 0.")

    def __init__(self, group_id: int, leg_count: int, quantity: Number, limit_price: Number = 0) -> None:
        self.id = group_id
        self.count = leg_count
        self._quantity = exact(quantity)
        self._limit_price = exact(limit_price)
        self.order_ids: HashSet[int] = hash_set("Int32")

    @property
    def direction(self) -> OrderDirection:
        """Buy for a positive group quantity, sell for a negative one."""
        return direction_of(self._quantity)

    @property
    def absolute_quantity(self) -> float:
        """The group's quantity without sign."""
        return float(abs(self._quantity))


class OrderSubmissionData(ClrObject):
    """Prices of the security when the order was sent."""

    bid_price = DecimalField("Bid.", read_only=True)
    ask_price = DecimalField("Ask.", read_only=True)
    last_price = DecimalField("Last price.", read_only=True)

    def __init__(self, bid_price: Decimal, ask_price: Decimal, last_price: Decimal) -> None:
        self._bid_price = bid_price
        self._ask_price = ask_price
        self._last_price = last_price


class Order(FixedClrObject):
    """Base of all orders."""

    __slots__ = (
        "__dict__",
        "_canceled_ns",
        "_events",
        "_id",
        "_is_zoned",
        "_last_fill_ns",
        "_last_update_ns",
        "_own_quantity",
        "_price",
        "_time_ns",
        "broker_id",
        "contingent_id",
        "group_order_manager",
        "order_submission_data",
        "price_adjustment_mode",
        "price_currency",
        "properties",
        "status",
        "symbol",
        "tag",
    )
    _missing: tuple[str, ...] = (
        "apply_update_order_request",
        "contingency",
        "copy_to",
        "create_order",
        "create_positions",
        "get_default_tag",
        "get_value_impl",
    )

    _order_type: ClassVar[OrderType]
    quantity = DecimalField("Signed quantity.", read_only=True)
    price = DecimalField("Average price of the fills so far; 0 before the first.", read_only=True)

    def __init__(
        self,
        symbol: Symbol,
        quantity: Number,
        time: datetime | int,
        tag: str | None = "",
        properties: OrderProperties | None = None,
        group: GroupOrderManager | None = None,
    ) -> None:
        self.group_order_manager = group
        self._id = 0
        self._events = 0
        self._time_ns = utc_ns(time)
        self._is_zoned = True
        self._last_fill_ns: int | None = None
        self._last_update_ns: int | None = None
        self._canceled_ns: int | None = None
        self._price = ZERO
        self.contingent_id = 0
        self.broker_id: list[str] = []
        self.symbol = symbol
        self.price_currency = ""
        self.status = OrderStatus.NONE
        self.tag = tag
        self.properties = properties if properties is not None else OrderProperties()
        self.order_submission_data: OrderSubmissionData | None = None
        self.price_adjustment_mode = DataNormalizationMode.RAW
        self._set_quantity(exact(quantity))

    # -- identity

    @property
    def id(self) -> int:
        """LEAN's number of the order, from 1."""
        return self._id

    def _set_id(self, order_id: int) -> None:
        self._id = order_id
        if order_id and self.group_order_manager is not None:
            self.group_order_manager.order_ids.add(order_id)

    @property
    def type(self) -> OrderType:
        """The order's type."""
        return type_of(self)

    @property
    def security_type(self) -> SecurityType:
        """Type of the security."""
        return self.symbol.security_type

    # -- quantity

    @property
    def _quantity(self) -> Decimal:
        return self._own_quantity

    def _set_quantity(self, quantity: Decimal) -> None:
        self._own_quantity = quantity

    @property
    def absolute_quantity(self) -> float:
        """Quantity without sign."""
        return float(abs(self._quantity))

    @property
    def direction(self) -> OrderDirection:
        """Buy, sell, or hold for a quantity of 0."""
        return direction_of(self._quantity)

    # -- times, aware UTC

    @property
    def time(self) -> datetime:
        """When the order was made."""
        return aware_utc(self._time_ns)

    @property
    def created_time(self) -> datetime:
        """The same as ``time``."""
        return aware_utc(self._time_ns)

    @property
    def last_fill_time(self) -> datetime | None:
        """Time of the latest fill."""
        return None if self._last_fill_ns is None else aware_utc(self._last_fill_ns)

    @property
    def last_update_time(self) -> datetime | None:
        """Time of the latest update."""
        return None if self._last_update_ns is None else aware_utc(self._last_update_ns)

    @property
    def canceled_time(self) -> datetime | None:
        """When it was canceled."""
        return None if self._canceled_ns is None else aware_utc(self._canceled_ns)

    # -- the rest

    @property
    def time_in_force(self) -> TimeInForce:
        """How long it may rest."""
        return self.properties.time_in_force

    @property
    def is_marketable(self) -> bool:
        """Whether it was a market order, or a limit order at or through the quote when it was sent."""
        return self.type in (OrderType.MARKET, OrderType.COMBO_MARKET)

    @property
    def value(self) -> float:
        """Quantity times average fill price."""
        return float(self._quantity * self._price)

    def _next_event_id(self) -> int:
        self._events += 1
        return self._events

    def get_value(self, security: Security) -> float:
        """What the order is worth in the account's currency, negative for a sale."""
        rate = security.quote_currency._conversion_rate
        multiplier = security.symbol_properties._contract_multiplier
        return float(self._unit_value(security.cache.price) * rate * multiplier)

    def _unit_value(self, price: Decimal) -> Decimal:
        """Quantity times the price at which LEAN values the order, before multiplier and conversion.

        ``price`` is the security's; limit and stop orders take the worse of it and their own.
        """
        return self._quantity * price

    def _default_tag(self) -> str:
        return ""

    def _apply(self, request: UpdateOrderRequest) -> None:
        """Take over what an update changes."""
        if request._quantity is not None:
            self._set_quantity(request._quantity)
        if request.tag is not None:
            self.tag = request.tag

    def clone(self) -> Self:
        """A copy; the legs of a combo still share their group."""
        clone = copy.copy(self)
        clone.broker_id = list(self.broker_id)
        clone.properties = self.properties.clone()
        return clone

    def __str__(self) -> str:
        tag = f": {self.tag}" if self.tag else ""
        units = "unit" if self._quantity == 1 else "units"
        return (
            f"OrderId: {self.id} (BrokerId: {','.join(self.broker_id)}) {pascal(str(self.status))} "
            f"{pascal(str(self.type))} order for {plain(self._quantity)} {units} of {self.symbol}{tag}"
        )

    def _money(self, price: Decimal) -> str:
        return f"{currency_symbol(self.price_currency)}{plain(smart_rounding(price))}"


def type_of(order: Order) -> OrderType:
    """An order's type."""
    return type(order)._order_type


def worse_of(quantity: Decimal, own: Decimal, market: Decimal) -> Decimal:
    """LEAN's value of an order with a price of its own: sells at the higher, buys at the lower of the two."""
    if quantity < 0:
        return quantity * max(own, market)
    return quantity * min(own, market) if quantity > 0 else ZERO


class MarketOrder(Order):
    """At once, at the market."""

    _order_type = OrderType.MARKET


class MarketOnOpenOrder(Order):
    """At the next open."""

    _order_type = OrderType.MARKET_ON_OPEN


class _OfTheClass:
    """What the class has now, for an order that is asked for it by its Pascal name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, owner: object, cls: type) -> timedelta:
        found: timedelta = getattr(cls, self._name)
        return found


class MarketOnCloseOrder(Order, metaclass=ClrStatic):
    """At the next close, when it is sent long enough before; an algorithm may set how long."""

    DEFAULT_SUBMISSION_TIME_BUFFER = timedelta(minutes=15, seconds=30)
    submission_time_buffer = DEFAULT_SUBMISSION_TIME_BUFFER
    DefaultSubmissionTimeBuffer = _OfTheClass("DEFAULT_SUBMISSION_TIME_BUFFER")
    SubmissionTimeBuffer = _OfTheClass("submission_time_buffer")

    _order_type = OrderType.MARKET_ON_CLOSE


class OptionExerciseOrder(Order):
    """Exercise or assignment of options; quantity is the change of the option holding."""

    _order_type = OrderType.OPTION_EXERCISE


class LimitOrder(Order):
    """At the limit price or better."""

    _order_type = OrderType.LIMIT
    limit_price = DecimalField("The limit.", read_only=True)

    def __init__(
        self,
        symbol: Symbol,
        quantity: Number,
        limit_price: Number,
        time: datetime | int,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        self._limit_price = exact(limit_price)
        super().__init__(symbol, quantity, time, tag, properties)

    @property
    def is_marketable(self) -> bool:
        """Whether the limit was at or through the quote when it was sent."""
        return self._marketable_at(self._limit_price)

    def _marketable_at(self, limit: Decimal) -> bool:
        data = self.order_submission_data
        if data is None:
            return False
        if self.direction == OrderDirection.BUY:
            return limit >= data._ask_price
        return self.direction == OrderDirection.SELL and limit <= data._bid_price

    def _unit_value(self, price: Decimal) -> Decimal:
        return worse_of(self._quantity, self._limit_price, price)

    def _apply(self, request: UpdateOrderRequest) -> None:
        super()._apply(request)
        if request._limit_price is not None:
            self._limit_price = request._limit_price

    def __str__(self) -> str:
        return f"{super().__str__()} at limit {self._money(self._limit_price)}"


class StopMarketOrder(Order):
    """At the market once the stop is passed."""

    _order_type = OrderType.STOP_MARKET
    stop_price = DecimalField("The stop.", read_only=True)

    def __init__(
        self,
        symbol: Symbol,
        quantity: Number,
        stop_price: Number,
        time: datetime | int,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        self._stop_price = exact(stop_price)
        super().__init__(symbol, quantity, time, tag, properties)

    def _unit_value(self, price: Decimal) -> Decimal:
        return worse_of(self._quantity, self._stop_price, price)

    def _apply(self, request: UpdateOrderRequest) -> None:
        super()._apply(request)
        if request._stop_price is not None:
            self._stop_price = request._stop_price

    def __str__(self) -> str:
        return f"{super().__str__()} at stop {self._money(self._stop_price)}"


class TrailingStopOrder(StopMarketOrder):
    """A stop that follows the market at a distance, in points or as a fraction of the price."""

    __slots__ = ("trailing_as_percentage",)
    _missing = ("calculate_stop_price", "try_update_stop_price")

    _order_type = OrderType.TRAILING_STOP
    trailing_amount = DecimalField("The distance.", read_only=True)

    def __init__(
        self,
        symbol: Symbol,
        quantity: Number,
        stop_price: Number,
        trailing_amount: Number,
        trailing_as_percentage: bool,
        time: datetime | int,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        self._trailing_amount = exact(trailing_amount)
        self.trailing_as_percentage = trailing_as_percentage
        super().__init__(symbol, quantity, stop_price, time, tag, properties)

    def _default_tag(self) -> str:
        return f"Trailing Amount: {self._trailing_text()}"

    def _trailing_text(self) -> str:
        if self.trailing_as_percentage:
            return f"{plain(self._trailing_amount * 100)}%"
        return f"{currency_symbol(self.price_currency)}{plain(self._trailing_amount)}"

    def _apply(self, request: UpdateOrderRequest) -> None:
        super()._apply(request)
        if request._trailing_amount is not None:
            self._trailing_amount = request._trailing_amount

    def __str__(self) -> str:
        return f"{super().__str__()}. Trailing amount: {self._trailing_text()}"

    @staticmethod
    def _stop_for(market: Decimal, amount: Decimal, as_percentage: bool, direction: OrderDirection) -> Decimal:
        """Where the stop belongs for a market price."""
        distance = market * amount if as_percentage else amount
        return market + distance if direction == OrderDirection.BUY else market - distance


class StopLimitOrder(Order):
    """A limit order once the stop is passed."""

    __slots__ = ("stop_triggered",)
    _missing = ("stop_triggered_time",)

    _order_type = OrderType.STOP_LIMIT
    stop_price = DecimalField("The stop.", read_only=True)
    limit_price = DecimalField("The limit.", read_only=True)

    def __init__(
        self,
        symbol: Symbol,
        quantity: Number,
        stop_price: Number,
        limit_price: Number,
        time: datetime | int,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        self._stop_price = exact(stop_price)
        self._limit_price = exact(limit_price)
        self.stop_triggered = False
        super().__init__(symbol, quantity, time, tag, properties)

    def _unit_value(self, price: Decimal) -> Decimal:
        return worse_of(self._quantity, self._limit_price, price)

    def _apply(self, request: UpdateOrderRequest) -> None:
        super()._apply(request)
        if request._stop_price is not None:
            self._stop_price = request._stop_price
        if request._limit_price is not None:
            self._limit_price = request._limit_price

    def __str__(self) -> str:
        return f"{super().__str__()} at stop {self._money(self._stop_price)} limit {self._money(self._limit_price)}"


class LimitIfTouchedOrder(Order):
    """A limit order once the trigger is touched."""

    __slots__ = ("trigger_touched",)

    _order_type = OrderType.LIMIT_IF_TOUCHED
    trigger_price = DecimalField("The trigger.", read_only=True)
    limit_price = DecimalField("The limit.", read_only=True)

    def __init__(
        self,
        symbol: Symbol,
        quantity: Number,
        trigger_price: Number,
        limit_price: Number,
        time: datetime | int,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        self._trigger_price = exact(trigger_price)
        self._limit_price = exact(limit_price)
        self.trigger_touched = False
        super().__init__(symbol, quantity, time, tag, properties)

    def _unit_value(self, price: Decimal) -> Decimal:
        return worse_of(self._quantity, self._limit_price, price)

    def _apply(self, request: UpdateOrderRequest) -> None:
        super()._apply(request)
        if request._trigger_price is not None:
            self._trigger_price = request._trigger_price
        if request._limit_price is not None:
            self._limit_price = request._limit_price

    def __str__(self) -> str:
        prices = f"at trigger {self._money(self._trigger_price)} limit {self._money(self._limit_price)}"
        return f"{super().__str__()} {prices}"


class ComboOrder(Order):
    """A leg order of a combo: its quantity is a ratio times the group's quantity."""

    group_order_manager: GroupOrderManager

    def __init__(
        self,
        symbol: Symbol,
        quantity: Number,
        time: datetime | int,
        group_order_manager: GroupOrderManager,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        super().__init__(symbol, quantity, time, tag, properties, group_order_manager)

    @property
    def _ratio(self) -> Decimal:
        return self._own_quantity

    @property
    def _quantity(self) -> Decimal:
        return self._own_quantity * self.group_order_manager._quantity

    def _set_quantity(self, quantity: Decimal) -> None:
        self._own_quantity = quantity / self.group_order_manager._quantity

    def _apply(self, request: UpdateOrderRequest) -> None:
        if request.tag is not None:
            self.tag = request.tag
        if request._quantity is not None:
            self.group_order_manager._quantity = request._quantity


class ComboMarketOrder(ComboOrder):
    """All legs at once, at the market."""

    _order_type = OrderType.COMBO_MARKET


class ComboLimitOrder(ComboOrder):
    """All legs at once, at a net limit price; the limit is in ``group_order_manager``."""

    _order_type = OrderType.COMBO_LIMIT

    def _unit_value(self, price: Decimal) -> Decimal:
        return worse_of(self._quantity, self.group_order_manager._limit_price, price)

    def _apply(self, request: UpdateOrderRequest) -> None:
        super()._apply(request)
        if request._limit_price is not None:
            self.group_order_manager._limit_price = request._limit_price


class ComboLegLimitOrder(ComboOrder):
    """All legs at once, each at its own limit."""

    _order_type = OrderType.COMBO_LEG_LIMIT
    limit_price = DecimalField("The leg's limit.", read_only=True)

    def __init__(
        self,
        symbol: Symbol,
        quantity: Number,
        limit_price: Number,
        time: datetime | int,
        group_order_manager: GroupOrderManager,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        self._limit_price = exact(limit_price)
        super().__init__(symbol, quantity, time, group_order_manager, tag, properties)

    def _unit_value(self, price: Decimal) -> Decimal:
        return worse_of(self._quantity, self._limit_price, price)

    def _apply(self, request: UpdateOrderRequest) -> None:
        super()._apply(request)
        if request._limit_price is not None:
            self._limit_price = request._limit_price


def create_order(request: SubmitOrderRequest) -> Order:
    """The order a submit request asks for: status NEW, the request's id."""
    symbol, quantity, time = request.symbol, request._quantity, request._time_ns
    tag, properties, group = request.tag, request.order_properties, request.group_order_manager
    order: Order
    match request.order_type:
        case OrderType.MARKET:
            order = MarketOrder(symbol, quantity, time, tag, properties)
        case OrderType.LIMIT:
            order = LimitOrder(symbol, quantity, request._limit_price, time, tag, properties)
        case OrderType.STOP_MARKET:
            order = StopMarketOrder(symbol, quantity, request._stop_price, time, tag, properties)
        case OrderType.STOP_LIMIT:
            order = StopLimitOrder(symbol, quantity, request._stop_price, request._limit_price, time, tag, properties)
        case OrderType.TRAILING_STOP:
            order = TrailingStopOrder(
                symbol,
                quantity,
                request._stop_price,
                request._trailing_amount,
                request.trailing_as_percentage,
                time,
                tag,
                properties,
            )
        case OrderType.LIMIT_IF_TOUCHED:
            order = LimitIfTouchedOrder(
                symbol, quantity, request._trigger_price, request._limit_price, time, tag, properties
            )
        case OrderType.MARKET_ON_OPEN:
            order = MarketOnOpenOrder(symbol, quantity, time, tag, properties)
        case OrderType.MARKET_ON_CLOSE:
            order = MarketOnCloseOrder(symbol, quantity, time, tag, properties)
        case OrderType.OPTION_EXERCISE:
            order = OptionExerciseOrder(symbol, quantity, time, tag, properties)
        case _:
            order = _create_combo_order(request, group)
    order.status = OrderStatus.NEW
    order._is_zoned = request._is_zoned
    order._set_id(request.order_id)
    return order


def _create_combo_order(request: SubmitOrderRequest, group: GroupOrderManager | None) -> Order:
    if group is None:
        raise ArgumentException(f"a {pascal(str(request.order_type))} order needs a group")
    symbol, quantity, time = request.symbol, request._quantity, request._time_ns
    tag, properties = request.tag, request.order_properties
    if request.order_type == OrderType.COMBO_MARKET:
        return ComboMarketOrder(symbol, quantity, time, group, tag, properties)
    if request.order_type == OrderType.COMBO_LIMIT:
        group._limit_price = request._limit_price
        return ComboLimitOrder(symbol, quantity, time, group, tag, properties)
    return ComboLegLimitOrder(symbol, quantity, request._limit_price, time, group, tag, properties)

"""What LEAN checks before an order request becomes an order: a request that fails has a ticket but no event."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from leansim.account import quotes
from leansim.api.enums import OptionStyle, OrderResponseErrorCode, OrderType, Resolution, SecurityType
from leansim.api.net import ArgumentException, InvalidOperationException
from leansim.api.order_requests import OrderResponse, SubmitOrderRequest
from leansim.api.orders import MarketOnCloseOrder
from leansim.api.symbols import is_option
from leansim.api.time_zones import NS_PER_SECOND, to_ns
from leansim.errors import NotEmulated
from leansim.numbers import plain

if TYPE_CHECKING:
    from leansim.api.securities import Security
    from leansim.trading.ports import TradingAlgorithm

_CODE = OrderResponseErrorCode


def check(request: SubmitOrderRequest, algorithm: TradingAlgorithm) -> OrderResponse:
    """The first objection to a request, or success. The order of the checks is LEAN's."""
    if algorithm.is_warming_up:
        return OrderResponse.warming_up(request)
    if request.symbol not in algorithm.securities:
        return OrderResponse.missing_security(request)
    security = algorithm.securities[request.symbol]
    if security.type == SecurityType.FOREX:
        raise NotEmulated("orders of currency pairs")
    for objection in (_quantity, _tradable, _hours, _price):
        code_and_text = objection(request, security)
        if code_and_text is not None:
            return OrderResponse.error(request, *code_and_text)
    for objection in (_exercise, _session):
        code_and_text = objection(request, security)
        if code_and_text is not None:
            return OrderResponse.error(request, *code_and_text)
    if request.order_type == OrderType.COMBO_MARKET and request._limit_price:
        raise ArgumentException("Can not set a limit price using market combo orders")
    current = algorithm.current_slice
    if is_option(request.security_type) and current is not None and len(current.splits):
        underlying = request.symbol.underlying
        if underlying in current.splits:
            text = "Options orders are not allowed when a split occurred for its underlying stock"
            return OrderResponse.error(request, _CODE.OPTION_ORDER_ON_STOCK_SPLIT, text)
    return OrderResponse.success(request)


Objection = tuple[OrderResponseErrorCode, str] | None
Check = Callable[[SubmitOrderRequest, "Security"], Objection]


def _quantity(request: SubmitOrderRequest, security: Security) -> Objection:
    if not request._quantity:
        return (
            _CODE.ORDER_QUANTITY_ZERO,
            f"Unable to {str(request.order_request_type).lower()} order with id {request.order_id} "
            "that has zero quantity.",
        )
    lot = quotes.lot_size(security)
    if abs(request._quantity) < lot:
        return (
            _CODE.ORDER_QUANTITY_LESS_THAN_LOT_SIZE,
            f"Unable to {str(request.order_request_type).lower()} order with id {request.order_id} which quantity "
            f"({plain(abs(request._quantity))}) is less than lot size ({plain(lot)}).",
        )
    return None


def _tradable(request: SubmitOrderRequest, security: Security) -> Objection:
    if security.is_tradable:
        return None
    return _CODE.NON_TRADABLE_SECURITY, f"The security with symbol '{request.symbol}' is marked as non-tradable."


def _hours(request: SubmitOrderRequest, security: Security) -> Objection:
    is_open = security.exchange.hours.is_open(quotes.utc_ns(security), False)
    if request.order_type == OrderType.OPTION_EXERCISE and not is_open:
        return _CODE.EXCHANGE_NOT_OPEN, "OptionExercise order and exchange not open."
    futures = (SecurityType.FUTURE, SecurityType.FUTURE_OPTION)
    if request.order_type == OrderType.MARKET_ON_OPEN and security.type in futures:
        return _CODE.EXCHANGE_NOT_OPEN, f"MarketOnOpen orders not supported for {security.type}."
    return None


def _price(request: SubmitOrderRequest, security: Security) -> Objection:
    if not quotes.price(security):
        return (
            _CODE.SECURITY_PRICE_ZERO,
            f"{request.symbol}: The security does not have an accurate price as it has not yet received a bar of data. "
            "Before placing a trade (or using set_holdings) warm up your algorithm with set_warmup, or use "
            "slice.contains(symbol) to confirm the Slice object has price before using the data. Data does not "
            "necessarily all arrive at the same time so your algorithm should confirm the data is ready before using "
            "it. In live trading this can mean you do not have an active subscription to the asset class you're "
            "trying to trade. If using custom data make sure you've set the 'value' property.",
        )
    if not quotes.conversion_rate(security):
        return (
            _CODE.CONVERSION_RATE_ZERO,
            f"{request.symbol.value}: requires {security.quote_currency.symbol} to have a non-zero conversion rate. "
            "This can be caused by lack of data.",
        )
    if not security.has_data:
        return (
            _CODE.SECURITY_HAS_NO_DATA,
            "There is no data for this symbol yet, please check the security.has_data flag to ensure there is at "
            "least one data point.",
        )
    return None


def _exercise(request: SubmitOrderRequest, security: Security) -> Objection:
    if request.order_type != OrderType.OPTION_EXERCISE:
        return None
    symbol = request.symbol
    if not is_option(security.type):
        return _CODE.NON_EXERCISABLE_SECURITY, f"The security with symbol '{symbol}' is not exercisable."
    utc_date = quotes.utc_ns(security) // 86_400_000_000_000
    zone = security.exchange.hours.time_zone
    expiry_date = zone.to_utc_ns(to_ns(symbol.id.date)) // 86_400_000_000_000
    if symbol.id.option_style == OptionStyle.EUROPEAN and utc_date < expiry_date:
        return (
            _CODE.EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE,
            f"Cannot exercise European style option with symbol '{symbol}' before its expiration date.",
        )
    if security.holdings.is_short:
        return (
            _CODE.UNSUPPORTED_REQUEST_TYPE,
            f"The security with symbol '{symbol}' has a short option position. Only long option positions are "
            "exercisable.",
        )
    if abs(request._quantity) > security.holdings._quantity:
        return (
            _CODE.UNSUPPORTED_REQUEST_TYPE,
            f"Cannot exercise more contracts of '{symbol}' than is currently available in the portfolio. ",
        )
    return None


def _session(request: SubmitOrderRequest, security: Security) -> Objection:
    opening = request.order_type == OrderType.MARKET_ON_OPEN
    if not opening and request.order_type != OrderType.MARKET_ON_CLOSE:
        return None
    hours = security.exchange.hours
    if hours.is_market_always_open:
        name = "MarketOnOpen" if opening else "MarketOnClose"
        raise InvalidOperationException(
            f"Market never closes for this symbol {security.symbol}, can no submit a {name} order."
        )
    if opening:
        if hours.is_open(quotes.utc_ns(security), False) and not is_daily_only(security):
            return (
                _CODE.MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS,
                "Cannot submit a MarketOnOpen order while the market is open.",
            )
        return None
    if is_near_close(security):
        return (
            _CODE.MARKET_ON_CLOSE_ORDER_TOO_LATE,
            f"MarketOnClose orders must be placed within {MarketOnCloseOrder.submission_time_buffer} before market "
            "close. Override this "
            "TimeSpan buffer by setting Orders.MarketOnCloseOrder.SubmissionTimeBuffer in QCAlgorithm.Initialize().",
        )
    return None


def is_daily_only(security: Security) -> bool:
    """Whether the security has nothing but daily data; a canonical option has nothing but its daily universe."""
    return security.resolution == Resolution.DAILY or security.symbol.is_canonical()


def is_near_close(security: Security) -> bool:
    """Whether it is too late for a market-on-close order of today."""
    now = quotes.utc_ns(security)
    buffer_ns = MarketOnCloseOrder.submission_time_buffer.total_seconds() * NS_PER_SECOND
    return now > security.exchange.hours._next_close(now, False) - buffer_ns

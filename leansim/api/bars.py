"""The data points an algorithm sees: bars, ticks, and what happens to a company or a contract.

Prices are floats, times are naive and in the exchange's time zone. All of them can be made by an algorithm, with LEAN's
arguments: ``TradeBar(time, symbol, open, high, low, close, volume, period)``.
"""

from __future__ import annotations

from copy import copy as shallow_copy
from datetime import datetime, timedelta
from typing import Any, Self

from leansim.api.enums import DelistingType, MarketDataType, Resolution, SplitType, TickType
from leansim.api.naming import ClrObject, FixedClrObject
from leansim.api.symbols import Symbol
from leansim.api.time_zones import CachedDateTimeZone, TimeZones
from leansim.errors import NotEmulated

_ONE_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1, 1, 1)


class BaseData(ClrObject):
    """A data point: a symbol, a value, and from when to when it is about."""

    __slots__ = ("__dict__", "_end", "_time", "is_fill_forward", "symbol")

    data_type: MarketDataType = MarketDataType.BASE

    def __init__(self) -> None:
        self.symbol: Any = Symbol.EMPTY
        self.is_fill_forward = False
        self._time = _EPOCH
        self._end = _EPOCH
        self.value = 0.0

    @property
    def time(self) -> datetime:
        """When the period this point is about begins."""
        return self._time

    @time.setter
    def time(self, value: datetime) -> None:
        self._time = value
        self._end = value

    @property
    def end_time(self) -> datetime:
        """When the point is complete, and can be known."""
        return self._end

    @end_time.setter
    def end_time(self, value: datetime) -> None:
        self._time = value
        self._end = value

    @property
    def price(self) -> float:
        """The value; for a bar its close."""
        return float(self.value)

    def requires_mapping(self) -> bool:
        """Whether a ticker of such data stands for a security that was added."""
        return False

    def is_sparse_data(self) -> bool:
        """Whether days without any data are usual."""
        return True

    def default_resolution(self) -> Resolution:
        """The resolution of such data when none is asked for."""
        return Resolution.MINUTE

    def supported_resolutions(self) -> list[Resolution]:
        """The resolutions such data may be asked for in."""
        return list(Resolution)

    def data_time_zone(self) -> CachedDateTimeZone:
        """The clock of such data."""
        return TimeZones.NEW_YORK

    def update(
        self,
        last_trade: float,
        bid_price: float,
        ask_price: float,
        volume: float,
        bid_size: float,
        ask_size: float,
    ) -> None:
        """Take in a trade and a quote; 0 for what is not known."""
        self.value = last_trade

    def update_trade(self, last_trade: float, trade_size: float) -> None:
        """Take in a trade alone."""
        self.update(last_trade, 0.0, 0.0, trade_size, 0.0, 0.0)

    def clone(self, fill_forward: bool | None = None) -> Self:
        """A copy; ``fill_forward`` marks it."""
        copy = shallow_copy(self)
        if fill_forward is not None:
            copy.is_fill_forward = fill_forward
        return copy

    def to_string(self) -> str:
        """The text of ``str()``."""
        return f"{self.symbol}: {number_text(self.price)}"

    def __str__(self) -> str:
        return self.to_string()

    def __repr__(self) -> str:
        return self.to_string()


def number_text(value: float) -> str:
    """A number as .NET writes a decimal: no exponent, no trailing zeros."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return text if text not in ("-0", "") else "0"


class Bar(FixedClrObject):
    """Open, high, low and close of one side of a market."""

    __slots__ = ("close", "high", "low", "open")

    def __init__(self, open: float = 0.0, high: float = 0.0, low: float = 0.0, close: float = 0.0) -> None:
        self.open = float(open)
        self.high = float(high)
        self.low = float(low)
        self.close = float(close)

    def update(self, value: float) -> None:
        """Take in one more price; zero is no price."""
        value = float(value)
        if value == 0:
            return
        if self.open == 0:
            self.open = self.high = self.low = self.close = value
        self.high = max(self.high, value)
        self.low = min(self.low, value)
        self.close = value

    def clone(self) -> Bar:
        """A copy."""
        return Bar(self.open, self.high, self.low, self.close)

    def __str__(self) -> str:
        open_, high, low, close = (number_text(x) for x in (self.open, self.high, self.low, self.close))
        return f"O: {open_} H: {high} L: {low} C: {close}"


class TradeBar(BaseData):
    """Prices and volume of the trades in one period."""

    __slots__ = ("_period", "close", "high", "low", "open", "volume")

    data_type = MarketDataType.TRADE_BAR

    def __init__(
        self,
        time: datetime | TradeBar | None = None,
        symbol: Any = Symbol.EMPTY,
        open: float = 0.0,
        high: float = 0.0,
        low: float = 0.0,
        close: float = 0.0,
        volume: float = 0.0,
        period: timedelta | None = None,
    ) -> None:
        self.open: float
        self.high: float
        self.low: float
        self.close: float
        self.volume: float
        if isinstance(time, TradeBar):
            other = time
            time, symbol, period = other.time, other.symbol, other.period
            open, high, low, close, volume = other.open, other.high, other.low, other.close, other.volume
        self.symbol = symbol
        self.is_fill_forward = False
        self._time = time if time is not None else _EPOCH
        self._period = period if period is not None else _ONE_MINUTE
        self._end = self._time + self._period
        self.open = float(open)
        self.high = float(high)
        self.low = float(low)
        self.close = float(close)
        self.volume = float(volume)

    @property
    def time(self) -> datetime:
        """When the bar begins."""
        return self._time

    @time.setter
    def time(self, value: datetime) -> None:
        self._time = value
        self._end = value + self._period

    @property
    def end_time(self) -> datetime:
        """When the bar ends."""
        return self._end

    @end_time.setter
    def end_time(self, value: datetime) -> None:
        self._end = value
        self._period = value - self._time

    @property
    def period(self) -> timedelta:
        """How long the bar is."""
        return self._period

    @period.setter
    def period(self, value: timedelta) -> None:
        self._period = value
        self._end = self._time + value

    def update(
        self,
        last_trade: float,
        bid_price: float,
        ask_price: float,
        volume: float,
        bid_size: float,
        ask_size: float,
    ) -> None:
        """Take in a trade: the close, a new extreme, more volume. The first one also opens a bar without prices."""
        if not self.open:
            self.open = self.high = self.low = float(last_trade)
        self.high = max(self.high, float(last_trade))
        self.low = min(self.low, float(last_trade))
        self.volume += volume
        self.close = float(last_trade)

    @property
    def value(self) -> float:
        """The close."""
        return self.close

    @value.setter
    def value(self, price: float) -> None:
        self.close = float(price)

    @property
    def price(self) -> float:
        """The close."""
        return self.close

    def to_string(self) -> str:
        """Symbol, prices and volume."""
        open_, high, low, close = (number_text(x) for x in (self.open, self.high, self.low, self.close))
        return f"{self.symbol}: O: {open_} H: {high} L: {low} C: {close} V: {number_text(self.volume)}"


class QuoteBar(BaseData):
    """Bid and ask of one period; a side without a quote is ``None``."""

    __slots__ = ("_period", "_value", "ask", "bid", "last_ask_size", "last_bid_size")

    data_type = MarketDataType.QUOTE_BAR

    def __init__(
        self,
        time: datetime | None = None,
        symbol: Any = Symbol.EMPTY,
        bid: Bar | None = None,
        last_bid_size: float = 0.0,
        ask: Bar | None = None,
        last_ask_size: float = 0.0,
        period: timedelta | None = None,
    ) -> None:
        self.symbol = symbol
        self.is_fill_forward = False
        self._time = time if time is not None else _EPOCH
        self._period = period if period is not None else _ONE_MINUTE
        self._end = self._time + self._period
        self.bid = None if bid is None else bid.clone()
        self.ask = None if ask is None else ask.clone()
        self.last_bid_size = float(last_bid_size)
        self.last_ask_size = float(last_ask_size)
        # none: the middle of the closes, not looked at yet
        self._value: float | None = self._middle("close")

    @property
    def time(self) -> datetime:
        """When the bar begins."""
        return self._time

    @time.setter
    def time(self, value: datetime) -> None:
        self._time = value
        self._end = value + self._period

    @property
    def end_time(self) -> datetime:
        """When the bar ends."""
        return self._end

    @end_time.setter
    def end_time(self, value: datetime) -> None:
        self._end = value
        self._period = value - self._time

    @property
    def period(self) -> timedelta:
        """How long the bar is."""
        return self._period

    @period.setter
    def period(self, value: timedelta) -> None:
        self._period = value
        self._end = self._time + value

    def _middle(self, field: str) -> float:
        bid = getattr(self.bid, field) if self.bid is not None else 0.0
        ask = getattr(self.ask, field) if self.ask is not None else 0.0
        if bid and ask:
            return middle(bid, ask)
        return bid or ask

    @property
    def open(self) -> float:
        """The middle of the opens, or the side there is, or 0."""
        return self._middle("open")

    @property
    def high(self) -> float:
        """The middle of the highs, or the side there is, or 0."""
        return self._middle("high")

    @property
    def low(self) -> float:
        """The middle of the lows, or the side there is, or 0."""
        return self._middle("low")

    @property
    def close(self) -> float:
        """The middle of the closes, or the side there is; without sides the value."""
        if self.bid is None and self.ask is None:
            return self._value or 0.0
        return self._middle("close")

    @property
    def value(self) -> float:
        """The close of the bar as it came: without the side it may have been given of the bar before it."""
        if self._value is None:
            self._value = self._middle("close")
        return self._value

    @value.setter
    def value(self, price: float) -> None:
        self._value = float(price)

    @property
    def price(self) -> float:
        """The value."""
        return self.value

    def update(
        self,
        last_trade: float,
        bid_price: float,
        ask_price: float,
        volume: float,
        bid_size: float,
        ask_size: float,
    ) -> None:
        """Take in a quote, and a trade as the value; 0 for what is not known."""
        self.bid = _updated(self.bid, bid_price)
        self.ask = _updated(self.ask, ask_price)
        if bid_size > 0:
            self.last_bid_size = float(bid_size)
        if ask_size > 0:
            self.last_ask_size = float(ask_size)
        value = last_trade or ask_price or bid_price
        if value:
            self.value = float(value)

    def collapse(self) -> TradeBar:
        """The middle prices as a trade bar without volume."""
        return TradeBar(self.time, self.symbol, self.open, self.high, self.low, self.close, 0, self.period)

    def to_string(self) -> str:
        """Symbol and the prices of both sides."""

        def side(name: str, bar: Bar | None) -> str:
            prices = ["" if bar is None else number_text(getattr(bar, x)) for x in ("open", "high", "low", "close")]
            return "".join(f"{name}: {field}: {price} " for field, price in zip("OHLC", prices, strict=True))

        return f"{self.symbol}: {side('Bid', self.bid)}{side('Ask', self.ask)}"


def _updated(side: Bar | None, price: float) -> Bar | None:
    if side is not None:
        side.update(price)
        return side
    return Bar(price, price, price, price) if price else None


def middle(bid: float, ask: float) -> float:
    """The middle of two prices, to the ten decimals a LEAN price can have (a sum of floats can leave a speck)."""
    return round((bid + ask) / 2, 10)


class Tick(BaseData):
    """One trade, one quote, or an open interest.

    LEAN tells them apart by the arguments: ``(time, symbol, open_interest)``, ``(time, symbol, bid, ask)``,
    ``(time, symbol, last, bid, ask)``, ``(time, symbol, bid_size, bid_price, ask_size, ask_price)``, or another tick.
    """

    __slots__ = (
        "ask_price",
        "ask_size",
        "bid_price",
        "bid_size",
        "exchange",
        "quantity",
        "sale_condition",
        "suspicious",
        "tick_type",
    )

    data_type = MarketDataType.TICK

    def __init__(self, *arguments: Any) -> None:
        super().__init__()
        self.tick_type = TickType.TRADE
        self.bid_price = self.ask_price = self.bid_size = self.ask_size = self.quantity = 0.0
        self.exchange = ""
        self.sale_condition = ""
        self.suspicious = False
        if len(arguments) == 1 and isinstance(arguments[0], Tick):
            for name in ("symbol", "time", "value", *Tick.__slots__):
                setattr(self, name, getattr(arguments[0], name))
        elif arguments:
            self._take(*arguments)

    def _take(self, time: Any, symbol: Any, *numbers: Any) -> None:
        """Become an open interest or a quote."""
        if not isinstance(time, datetime) or not 1 <= len(numbers) <= 4 or any(isinstance(n, str) for n in numbers):
            raise NotEmulated("Tick made of a line of data, or with a sale condition and an exchange")
        self.time, self.symbol = time, symbol
        if len(numbers) == 1:
            self.tick_type, self.value = TickType.OPEN_INTEREST, float(numbers[0])
            return
        self.tick_type = TickType.QUOTE
        if len(numbers) == 4:
            self.bid_size, self.bid_price, self.ask_size, self.ask_price = map(float, numbers)
            self.value = self.bid_price + self.ask_price
            if self.bid_price * self.ask_price:
                self.value /= 2
            return
        self.bid_price, self.ask_price = map(float, numbers[-2:])
        self.value = float(numbers[0]) if len(numbers) == 3 else (self.bid_price + self.ask_price) / 2

    @property
    def last_price(self) -> float:
        """The value."""
        return float(self.value)


class OpenInterest(Tick):
    """How many contracts are open."""

    __slots__ = ()

    def __init__(self, time: datetime | None = None, symbol: Any = Symbol.EMPTY, open_interest: float = 0.0) -> None:
        super().__init__()
        self.tick_type = TickType.OPEN_INTEREST
        if time is not None:
            self.time = time
        self.symbol = symbol
        self.value = float(open_interest)


class _Auxiliary(BaseData):
    """What is no price: changes of the contract or the company itself."""

    __slots__ = ()

    data_type = MarketDataType.AUXILIARY


class Delisting(_Auxiliary):
    """The end of a contract or share: a warning on its last day, then the end itself at the start of the next."""

    __slots__ = ("ticket", "type")
    __setattr__ = object.__setattr__  # made by the hundreds, and set by nobody

    def __init__(
        self,
        symbol: Any = Symbol.EMPTY,
        date: datetime | None = None,
        price: float = 0.0,
        type: DelistingType = DelistingType.WARNING,
    ) -> None:
        super().__init__()
        self.symbol = symbol
        if date is not None:
            self.time = date
        self.value = float(price)
        self.type = type
        self.ticket: Any = None

    def set_order_ticket(self, ticket: Any) -> None:
        """Keep the ticket of the order that closed what was held."""
        self.ticket = ticket

    def to_string(self) -> str:
        """Kind and symbol."""
        kind = "Delisting Warning" if self.type == DelistingType.WARNING else "Delisted"
        return f"{kind}: {self.symbol}"


class Split(_Auxiliary):
    """A split of shares: a warning the day before, then the split; new shares = old / factor."""

    __slots__ = ("reference_price", "split_factor", "type")

    def __init__(
        self,
        symbol: Any = Symbol.EMPTY,
        date: datetime | None = None,
        price: float = 0.0,
        split_factor: float = 0.0,
        type: SplitType = SplitType.WARNING,
    ) -> None:
        super().__init__()
        self.symbol = symbol
        if date is not None:
            self.time = date
        self.reference_price = float(price)
        self.split_factor = float(split_factor)
        self.value = self.reference_price
        self.type = type


class Dividend(_Auxiliary):
    """A cash dividend per share, on its ex-date."""

    __slots__ = ("distribution", "reference_price")

    def __init__(
        self,
        symbol: Any = Symbol.EMPTY,
        date: datetime | None = None,
        distribution: float = 0.0,
        reference_price: float = 0.0,
    ) -> None:
        super().__init__()
        self.symbol = symbol
        if date is not None:
            self.time = date
        self.distribution = float(distribution)
        self.reference_price = float(reference_price)
        self.value = self.distribution


class SymbolChangedEvent(_Auxiliary):
    """A symbol that goes on under another name: a renamed share, or the next contract of a continuous future."""

    __slots__ = ("new_symbol", "old_symbol")

    def __init__(
        self,
        requested_symbol: Any = Symbol.EMPTY,
        date: datetime | None = None,
        old_symbol: str = "",
        new_symbol: str = "",
    ) -> None:
        super().__init__()
        self.symbol = requested_symbol
        if date is not None:
            self.time = date
        self.old_symbol = old_symbol
        self.new_symbol = new_symbol


class MarginInterestRate(_Auxiliary):
    """What holding a perpetual future costs, as a fraction of its value."""

    __slots__ = ("interest_rate",)

    def __init__(self, symbol: Any = Symbol.EMPTY, time: datetime | None = None, interest_rate: float = 0.0) -> None:
        super().__init__()
        self.symbol = symbol
        if time is not None:
            self.time = time
        self.interest_rate = float(interest_rate)
        self.value = self.interest_rate

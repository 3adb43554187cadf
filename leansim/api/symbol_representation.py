"""`SymbolRepresentation`: between symbols and the ways people and brokers write them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from leansim.api.decimals import exact
from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.futures_expiry import FuturesOptionsExpiryFunctions, future_expiry
from leansim.api.markets import Market
from leansim.api.naming import ClrObject, ClrStatic
from leansim.api.net import ArgumentException, ClrNotImplementedException, FormatException
from leansim.api.option_symbols import index_of_root
from leansim.api.reference import required_reference_data
from leansim.api.symbols import OPTION_TYPES, SecurityIdentifier, Symbol, future_root_of_option
from leansim.api.ticker_text import (
    FutureTickerParts,
    future_ticker,
    osi_ticker,
    osi_ticker_compact,
    parse_future_ticker,
    parse_osi,
)

# A one-digit year means the next such year. LEAN counts from today; a fixed year gives the same answer in every run.
_ONE_DIGIT_YEARS_FROM = 2020


class FutureTickerProperties(ClrObject):
    """What a futures ticker says."""

    def __init__(self, parts: FutureTickerParts) -> None:
        self.underlying = parts.root
        self.expiration_year_short = parts.year
        self.expiration_year_short_length = parts.year_digits
        self.expiration_month = parts.month
        self.expiration_day = parts.day


class SymbolRepresentation(metaclass=ClrStatic):
    """Writing and reading tickers."""

    @staticmethod
    def parse_future_ticker(ticker: str) -> FutureTickerProperties | None:
        """The parts of a futures ticker, None when it is none."""
        parts = parse_future_ticker(ticker)
        return None if parts is None else FutureTickerProperties(parts)

    @staticmethod
    def parse_future_symbol(ticker: str, future_year: int | None = None) -> Symbol | None:
        """The contract of a futures ticker; None when the ticker or its root is unknown."""
        parts = parse_future_ticker(ticker)
        if parts is None:
            return None
        market = required_reference_data().market_of(parts.root, SecurityType.FUTURE)
        if market is None:
            return None
        expiry = future_expiry(parts.root, market, datetime(_year(parts, future_year), parts.month, 1))
        return Symbol.create_future(parts.root, market, expiry)

    @staticmethod
    def parse_future_option_symbol(ticker: str, strike_scale: int = 1) -> Symbol | None:
        """The contract of a futures option written as ``LOF21 C5000``; None when it cannot be read."""
        pieces = ticker.split(" ")
        if len(pieces) != 2:
            return None
        parts = parse_future_ticker(pieces[0])
        rights = {"C": OptionRight.CALL, "P": OptionRight.PUT}
        right = rights.get(pieces[1][:1].upper())
        if parts is None or right is None:
            return None
        root = future_root_of_option(parts.root)
        market = required_reference_data().market_of(root, SecurityType.FUTURE)
        if market is None:
            return None
        try:
            strike = Decimal(pieces[1][1:]) / strike_scale
        except InvalidOperation as error:
            raise FormatException(f"{ticker}: the strike is no number") from error
        year = 2000 + (parts.year if parts.year >= 10 else parts.year + 20)
        future = Symbol.create_future(root, market, future_expiry(root, market, datetime(year, parts.month, 1)))
        expiry = FuturesOptionsExpiryFunctions.get_future_option_expiry_from_future_expiry(future)
        return Symbol.create_option(future, market, OptionStyle.AMERICAN, right, strike, expiry)

    @staticmethod
    def generate_future_ticker(
        underlying: str,
        expiration: datetime,
        double_digits_year: bool = True,
        include_expiration_date: bool = True,
    ) -> str:
        """``ES20H20``."""
        return future_ticker(
            underlying, expiration, two_digit_year=double_digits_year, with_day=include_expiration_date
        )

    @staticmethod
    def generate_option_ticker_osi(*arguments: Any) -> str:
        """``(symbol)`` or ``(underlying, right, strike_price, expiration)``: the ticker, root padded to six."""
        return osi_ticker(*_osi_arguments(arguments, "GenerateOptionTickerOSI"))

    @staticmethod
    def generate_option_ticker_osi_compact(*arguments: Any) -> str:
        """The same without padding."""
        return osi_ticker_compact(*_osi_arguments(arguments, "GenerateOptionTickerOSICompact"))

    @staticmethod
    def parse_option_ticker_osi(
        ticker: str,
        security_type: SecurityType = SecurityType.OPTION,
        option_style: OptionStyle | str = OptionStyle.AMERICAN,
        market: str = Market.USA,
    ) -> Symbol:
        """The contract of an OSI ticker; FormatException when it is none. The style may be left out."""
        if isinstance(option_style, str):
            market, option_style = option_style, OptionStyle.AMERICAN
        parts = parse_osi(ticker)
        if parts is None:
            raise FormatException(f"Invalid ticker format {ticker}")
        root: str | None = parts.root
        if security_type == SecurityType.OPTION:
            under, value = SecurityIdentifier.generate_equity(parts.root, market), parts.root
            root = None
        elif security_type == SecurityType.INDEX_OPTION:
            under = SecurityIdentifier.generate_index(index_of_root(parts.root), market)
            value = under.symbol
        elif security_type == SecurityType.FUTURE_OPTION:
            future = parse_future_ticker(parts.root)
            if future is None:
                raise FormatException(f"Invalid ticker format {ticker}")
            under = SecurityIdentifier.generate_future(parts.expiry, future.root, market)
            value = under.symbol
        else:
            raise ClrNotImplementedException(f"ParseOptionTickerOSI(): {security_type}")
        sid = SecurityIdentifier.generate_option(
            parts.expiry, under, root, market, parts.strike, parts.right, option_style
        )
        return Symbol._of(sid, ticker, Symbol._of(under, value))

    @staticmethod
    def parse_ticker_from_user_input(ticker: str, security_type: SecurityType, market: str) -> Symbol | None:
        """The security of a ticker as a person writes it."""
        if security_type in (SecurityType.OPTION, SecurityType.INDEX_OPTION):
            return SymbolRepresentation.parse_option_ticker_osi(ticker, security_type)
        if security_type == SecurityType.FUTURE:
            return SymbolRepresentation.parse_future_symbol(ticker)
        if security_type == SecurityType.FUTURE_OPTION:
            return SymbolRepresentation.parse_future_option_symbol(ticker)
        return Symbol.create(ticker, security_type, market)


def _year(parts: FutureTickerParts, future_year: int | None) -> int:
    if future_year is not None:
        year = 1900 + parts.year
        while year < future_year:
            year += 10
        return year
    if parts.year_digits > 1:
        return 2000 + parts.year
    return _ONE_DIGIT_YEARS_FROM + parts.year


def _osi_arguments(arguments: tuple[Any, ...], method: str) -> tuple[str, OptionRight, Decimal, datetime]:
    if len(arguments) == 1 and isinstance(arguments[0], Symbol):
        symbol = arguments[0]
        if symbol.security_type not in OPTION_TYPES or symbol.underlying is None:
            raise ArgumentException(f"{method} returns symbol to be an option, received {symbol.security_type}.")
        return symbol.underlying.value, symbol.id.option_right, symbol.id._exact_strike, symbol.id.date
    if len(arguments) == 4:
        underlying, right, strike, expiration = arguments
        return underlying, right, exact(strike), expiration
    raise TypeError(f"No method matches given arguments for {method}")

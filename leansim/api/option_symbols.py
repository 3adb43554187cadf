"""What an option's or future's symbol implies: root, standard or weekly, settlement, last trading day, expiry."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from leansim.api.business_days import third_friday
from leansim.api.enums import SecurityType
from leansim.api.futures_expiry import future_expiry
from leansim.api.futures_months import contract_month
from leansim.api.identifiers import future_root_of_option, option_root_of_future
from leansim.api.markets import Market
from leansim.api.naming import ClrStatic
from leansim.api.net import ArgumentException
from leansim.api.reference import Hours, required_reference_data
from leansim.api.symbols import OPTION_TYPES, Symbol
from leansim.api.time_zones import from_ns, to_ns
from leansim.errors import NotEmulated

INDEX_MARKETS: Final = {"HSI": "hkfe", "KM": "krx", "N225": "ose", "SX5E": "eurex", "DAX": "eurex"}
"""The market of an index that is not of the brokerage's."""
_INDEX_OF_ROOT: Final = {"RUTW": "RUT", "SPXW": "SPX", "VIXW": "VIX", "NDXP": "NDX", "NQX": "NDX"}
_MORNING_ROOTS: Final = frozenset({"SPX", "NDX", "VIX", "VIXW", "RUT"})
# before that day standard contracts expired on the Saturday after the third Friday
_FRIDAY_EXPIRIES: Final = datetime(2015, 2, 1)
_PM_SETTLEMENT: Final = timedelta(hours=15)


def index_of_root(root: str) -> str:
    """The index under an index option root: ``SPXW`` → ``SPX``."""
    return _INDEX_OF_ROOT.get(root.upper(), root)


def database_ticker(symbol: Symbol) -> str:
    """Under which ticker LEAN's databases (hours, properties) list a security."""
    kind = symbol.security_type
    if kind == SecurityType.OPTION:
        return symbol.underlying.value if symbol.underlying is not None else ""
    if kind in (SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION):
        return symbol.id.symbol if symbol.has_underlying else ""
    if kind in (SecurityType.BASE, SecurityType.FUTURE):
        return symbol.id.symbol
    return symbol.value


def hours_of(symbol: Symbol) -> Hours:
    """The hours a security keeps."""
    return required_reference_data().hours(symbol.id.market, database_ticker(symbol), symbol.security_type)


class IndexOptionSymbol(metaclass=ClrStatic):
    """LEAN's rules of index options."""

    SUPPORTED_INDEX_OPTION_TICKERS = ("SPX", "NDX", "VIX", "RUT", *_INDEX_OF_ROOT)

    @staticmethod
    def is_standard(symbol: Symbol) -> bool:
        """Whether it is a monthly contract; roots without weeklies have only those."""
        if symbol.id.market != Market.USA or symbol.id.symbol not in ("NQX", "SPXW", "RUTW"):
            return True
        return third_friday(symbol.id.date) == symbol.id.date

    @staticmethod
    def is_am_settled(symbol: Symbol) -> bool:
        """Whether the root settles in the morning (SPX, NDX, VIX, RUT and every root LEAN does not know)."""
        return symbol.id.symbol.upper() not in _INDEX_OF_ROOT

    @staticmethod
    def is_index_option(ticker: str) -> bool:
        """Whether it is an index option root LEAN knows."""
        return ticker.upper() in IndexOptionSymbol.SUPPORTED_INDEX_OPTION_TICKERS

    @staticmethod
    def map_to_underlying(index_option: str) -> str:
        """The index under a root."""
        return index_of_root(index_option)

    @staticmethod
    def get_last_trading_date(ticker: str, expiration_date: datetime) -> datetime:
        """The last day of trading: the day before expiry for morning-settled roots."""
        return expiration_date - timedelta(days=ticker in _MORNING_ROOTS)

    @staticmethod
    def get_expiry_date(ticker: str, last_trading_date: datetime) -> datetime:
        """The expiry of contracts that stop trading on a day."""
        return last_trading_date + timedelta(days=ticker in _MORNING_ROOTS)


class OptionSymbol(metaclass=ClrStatic):
    """LEAN's rules of options."""

    @staticmethod
    def is_standard_contract(symbol: Symbol) -> bool:
        """:meth:`is_standard`."""
        return OptionSymbol.is_standard(symbol)

    @staticmethod
    def is_standard(symbol: Symbol) -> bool:
        """Whether it expires between the Thursday and the Saturday around the third Friday of its month."""
        expiry = symbol.id.date
        third = third_friday(expiry).day
        return third - 2 < expiry.day < third + 2

    @staticmethod
    def is_weekly(symbol: Symbol) -> bool:
        """Whether it expires on another Friday."""
        return not OptionSymbol.is_standard(symbol) and symbol.id.date.weekday() == 4

    @staticmethod
    def map_to_underlying(option_ticker: str, security_type: SecurityType) -> str:
        """The ticker under an option root."""
        if security_type in (SecurityType.FUTURE_OPTION, SecurityType.FUTURE):
            return future_root_of_option(option_ticker)
        if security_type in (SecurityType.INDEX_OPTION, SecurityType.INDEX):
            return index_of_root(option_ticker)
        return option_ticker

    @staticmethod
    def get_last_day_of_trading(symbol: Symbol) -> datetime:
        """The last open day up to the expiry date; of the Saturday expiries before 2015 the Friday."""
        day = symbol.id.date
        if OptionSymbol.is_standard(symbol) and day.weekday() == 5 and day < _FRIDAY_EXPIRIES:
            day -= timedelta(days=1)
        hours = hours_of(symbol)
        while not hours.is_date_open(day):
            day -= timedelta(days=1)
        return _midnight(day)

    @staticmethod
    def get_settlement_date_time(symbol: Symbol) -> datetime:
        """When a contract settles, on the exchange's clock.

        Monthly index options of morning-settled roots settle at the open, other index options at 15:00 (their
        exchange is in Chicago), everything else at the close of the last day.
        """
        expires, hours = _expiration(symbol)
        expiry_day = symbol.id.date.date()
        if expires.date() == expiry_day and symbol.security_type == SecurityType.INDEX_OPTION:
            if not IndexOptionSymbol.is_am_settled(symbol):
                return _midnight(expires) + _PM_SETTLEMENT
            if OptionSymbol.is_standard(symbol):
                return hours.get_next_market_open(_midnight(expires), False)
        return expires

    @staticmethod
    def is_option_contract_expired(symbol: Symbol, current_time_utc: datetime | int) -> bool:
        """Whether trading of a contract has ended; False for other securities. An int is an instant in ns UTC."""
        if symbol.security_type not in OPTION_TYPES:
            return False
        expires, hours = _expiration(symbol)
        ns = to_ns(current_time_utc) if isinstance(current_time_utc, datetime) else current_time_utc
        return from_ns(hours.time_zone.to_local_ns(ns)) >= expires


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _expiration(symbol: Symbol) -> tuple[datetime, Hours]:
    """The close of the last trading day, at the latest the midnight after the expiry date."""
    if symbol.security_type not in OPTION_TYPES:
        raise ArgumentException(f"The symbol {symbol} is not an option type")
    hours = hours_of(symbol)
    day = symbol.id.date
    last = day if hours.is_date_open(day) else hours.get_previous_trading_day(day)
    closes = hours.get_last_daily_market_close(last, False)
    return min(closes, _midnight(day + timedelta(days=1))), hours


class FutureSymbol(metaclass=ClrStatic):
    """LEAN's rules of futures."""

    @staticmethod
    def is_standard(symbol: Symbol) -> bool:
        """Whether the contract expires on the day its root's rule gives; True when there is no rule."""
        month = contract_month(symbol.id.symbol, symbol.id.date)
        try:
            standard = future_expiry(symbol.id.symbol, symbol.id.market, month)
        except (ArgumentException, NotEmulated):
            return True
        return symbol.id.date.date() == standard.date()

    @staticmethod
    def is_weekly(symbol: Symbol) -> bool:
        """Not standard."""
        return not FutureSymbol.is_standard(symbol)


class FutureOptionSymbol(metaclass=ClrStatic):
    """LEAN's rules of futures options."""

    @staticmethod
    def is_standard(symbol: Symbol) -> bool:
        """True: LEAN knows only those."""
        del symbol
        return True

    @staticmethod
    def get_last_day_of_trading(symbol: Symbol) -> datetime:
        """The expiry date."""
        return _midnight(symbol.id.date)


class FuturesOptionsSymbolMappings(metaclass=ClrStatic):
    """LEAN's tickers of options on futures."""

    @staticmethod
    def map(future_ticker: str) -> str:
        """``CL`` → ``LO``."""
        return option_root_of_future(future_ticker)

    @staticmethod
    def map_from_option(future_option_ticker: str) -> str:
        """``LO`` → ``CL``."""
        return future_root_of_option(future_option_ticker)

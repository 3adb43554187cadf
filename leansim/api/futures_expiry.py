"""When futures and futures options expire: one rule a root, from LEAN's expiry functions.

A rule gets the contract month and the root's holidays (exchange and bank) and gives the exchange's time of expiry.
Months in which a root lists no contract stand for its next one, as in LEAN.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from leansim.api.business_days import (
    FRIDAY,
    ONE_DAY,
    Holidays,
    add_business_days,
    business_day_on_or_before,
    is_business_day,
    last_weekday,
    moved_off_holiday,
    nth_business_day,
    nth_last_business_day,
    nth_weekday,
    previous_month,
    third_friday,
    third_wednesday,
)
from leansim.api.enums import SecurityType
from leansim.api.futures import Futures
from leansim.api.futures_months import MONTH_LETTERS, MONTHS_AFTER_EXPIRY, contract_month
from leansim.api.markets import Market
from leansim.api.naming import ClrStatic
from leansim.api.net import ArgumentException
from leansim.api.reference import required_reference_data
from leansim.api.symbols import OPTION_TYPES, Symbol
from leansim.errors import NotEmulated

Rule = Callable[[datetime, Holidays], datetime]


class _Root(NamedTuple):
    """How a root's contracts expire: contract months (letters), rule, time of day."""

    market: str
    months: str
    rule: Rule
    hour: int = 0
    minute: int = 0


_ALL = MONTH_LETTERS
_QUARTERS = "HMUZ"


# --- rules of futures -------------------------------------------------------------------------------------------------


def _nth_last(n: int) -> Rule:
    return lambda month, holidays: nth_last_business_day(month, n, holidays)


def _nth_last_of_month_before(n: int, months: int = 1) -> Rule:
    return lambda month, holidays: nth_last_business_day(previous_month(month, months), n, holidays)


def _third_friday(month: datetime, holidays: Holidays) -> datetime:
    return moved_off_holiday(third_friday(month), -1, holidays)


def _third_friday_always(month: datetime, holidays: Holidays) -> datetime:  # noqa: ARG001  # a rule's signature
    return third_friday(month)


def _before_third_wednesday(count: int) -> Rule:
    return lambda month, holidays: add_business_days(third_wednesday(month), -count, holidays)


def _before_day(day: int) -> Rule:
    return lambda month, holidays: add_business_days(month.replace(day=day), -1, holidays)


def _before_second_friday(month: datetime, holidays: Holidays) -> datetime:
    return business_day_on_or_before(nth_weekday(month, 2, FRIDAY) - ONE_DAY, holidays)


def _last_friday(month: datetime, holidays: Holidays) -> datetime:
    return moved_off_holiday(last_weekday(month, FRIDAY), -1, holidays)


def _seventh_before_last(month: datetime, holidays: Holidays) -> datetime:
    return add_business_days(nth_last_business_day(month, 1, holidays), -7, holidays)


def _crude(days: int) -> Rule:
    """So many business days before the 25th of the month before, one more when the 25th is none itself."""

    def rule(month: datetime, holidays: Holidays) -> datetime:
        pivot = previous_month(month).replace(day=25)
        extra = 0 if is_business_day(pivot, holidays) else 1
        return add_business_days(pivot, -days - extra, holidays)

    return rule


def _natural_gas(month: datetime, holidays: Holidays) -> datetime:
    return add_business_days(month.replace(day=1), -3, holidays)


def _volatility(month: datetime, holidays: Holidays) -> datetime:
    """30 days before the next month's third Friday; a day earlier when either is a holiday."""
    settled = third_friday(previous_month(month, -1))
    expiry = settled - timedelta(days=30)
    return expiry - ONE_DAY if expiry.date() in holidays or settled.date() in holidays else expiry


def _volatility_mini(month: datetime, holidays: Holidays) -> datetime:
    settled = third_friday(previous_month(month, -1))
    expiry = settled - timedelta(days=30)
    if settled.date() in holidays:
        expiry -= ONE_DAY
    return business_day_on_or_before(expiry, holidays)


_FUTURES: Final[dict[str, _Root]] = {
    # equity indices
    "FESX": _Root(Market.EUREX, _QUARTERS, _third_friday, 13, 30),
    **{
        root: _Root(market, _QUARTERS, _third_friday, 13, 30)
        for market, roots in ((Market.CME, "ES MES NQ MNQ RTY M2K"), (Market.CBOT, "YM MYM"))
        for root in roots.split()
    },
    "EMD": _Root(Market.CME, _QUARTERS, _third_friday_always, 13, 30),
    "NKD": _Root(Market.CME, _QUARTERS, _before_second_friday, 21),
    "VX": _Root(Market.CFE, _ALL, _volatility, 13),
    "VXM": _Root(Market.CFE, _ALL, _volatility_mini, 13),
    # metals
    "GC": _Root(Market.COMEX, _ALL, _nth_last(3)),
    "SI": _Root(Market.COMEX, _ALL, _nth_last(3)),
    "SIL": _Root(Market.COMEX, _ALL, _nth_last(3)),
    "MGC": _Root(Market.COMEX, "GJMQVZ", _nth_last(3)),
    "HG": _Root(Market.COMEX, _ALL, _nth_last(3), 17),
    "PL": _Root(Market.NYMEX, _ALL, _nth_last(3)),
    "PA": _Root(Market.NYMEX, _ALL, _nth_last(3)),
    # energies
    "CL": _Root(Market.NYMEX, _ALL, _crude(3)),
    "MCL": _Root(Market.NYMEX, _ALL, _crude(4)),
    "NG": _Root(Market.NYMEX, _ALL, _natural_gas),
    "HO": _Root(Market.NYMEX, _ALL, _nth_last_of_month_before(1)),
    "RB": _Root(Market.NYMEX, _ALL, _nth_last_of_month_before(1)),
    "BZ": _Root(Market.NYMEX, _ALL, _nth_last_of_month_before(1, months=2)),
    # interest rates
    "ZB": _Root(Market.CBOT, _QUARTERS, _seventh_before_last, 12, 1),
    "ZN": _Root(Market.CBOT, _QUARTERS, _seventh_before_last, 12, 1),
    "ZF": _Root(Market.CBOT, _QUARTERS, _nth_last(1), 12, 1),
    "ZT": _Root(Market.CBOT, _QUARTERS, _nth_last(1), 12, 1),
    "UB": _Root(Market.CBOT, _QUARTERS, _nth_last(8), 12, 1),
    "TN": _Root(Market.CBOT, _QUARTERS, _nth_last(8)),
    "10Y": _Root(Market.CBOT, _ALL, _nth_last(1)),
    "2YY": _Root(Market.CBOT, _ALL, _nth_last(1)),
    "GE": _Root(Market.CME, _ALL, _before_third_wednesday(2), 11),
    # currencies
    **{root: _Root(Market.CME, _ALL, _before_third_wednesday(2), 14, 16) for root in ["6B", "6J", "6E", "6A", "6M"]},
    **{root: _Root(Market.CME, _QUARTERS, _before_third_wednesday(2), 14, 16) for root in ["6S", "6N", "M6E", "M6B"]},
    "6C": _Root(Market.CME, _ALL, _before_third_wednesday(1), 14, 16),
    "M6A": _Root(Market.CME, _QUARTERS, _before_third_wednesday(2)),
    **{root: _Root(Market.CME, _ALL, _last_friday, 15) for root in ["BTC", "MBT", "ETH", "MET"]},
    # grains, meats, wood
    **{root: _Root(Market.CBOT, "HKNUZ", _before_day(15)) for root in ["ZW", "KE", "ZC", "ZO"]},
    "ZS": _Root(Market.CBOT, "FHKNQUX", _before_day(15)),
    "ZM": _Root(Market.CBOT, "FHKNQUVZ", _before_day(15)),
    "ZL": _Root(Market.CBOT, "FHKNQUVZ", _before_day(15)),
    "LE": _Root(Market.CME, "GJMQVZ", _nth_last(1), 12),
    "HE": _Root(Market.CME, "GJKMNQVZ", lambda month, holidays: nth_business_day(month, 10, holidays), 12),
    "LBS": _Root(Market.CME, "FHKNUX", _before_day(16), 17, 5),
    "LBR": _Root(Market.CME, "FHKNUX", _before_day(16), 17, 5),
}


def expiration_holidays(market: str, root: str) -> frozenset[date]:
    """The days that do not count as business days for a root: its exchange's holidays and the banks'."""
    hours = required_reference_data().hours(market, root, SecurityType.FUTURE)
    return hours._holiday_dates | hours._bank_holiday_dates


def future_expiry(root: str, market: str, month: datetime, holidays: Holidays | None = None) -> datetime:
    """When the contract of a month expires, exchange time; counted without `holidays`, by default the root's own.

    Raises:
        ArgumentException: LEAN has no rule for the root.
        NotEmulated: LEAN has one and leansim does not.

    """
    known = _FUTURES.get(root)
    if known is None or known.market != market:
        if known is None and root in _lean_roots():
            raise NotEmulated(f"FuturesExpiryFunctions for {root}")
        raise ArgumentException(f"Expiry function not implemented for {root} in FuturesExpiryFunctions")
    month = datetime(month.year, month.month, 1)
    while MONTH_LETTERS[month.month - 1] not in known.months:
        month = previous_month(month, -1)
    day = known.rule(month, expiration_holidays(market, root) if holidays is None else holidays)
    return day + timedelta(hours=known.hour, minutes=known.minute)


def _lean_roots() -> set[str]:
    groups = [group for group in vars(Futures).values() if isinstance(group, type)]
    return {ticker for group in groups for ticker in vars(group).values() if isinstance(ticker, str)}


# --- rules of futures options -----------------------------------------------------------------------------------------


def _friday_before_month(month: datetime, holidays: Holidays) -> datetime:
    """The Friday before the second last business day of the month before."""
    day = nth_last_business_day(previous_month(month), 2, holidays) - ONE_DAY
    while day.weekday() != FRIDAY:
        day = add_business_days(day, -1, holidays)
    return day


def _fourth_last_of_month_before(hour: int, minute: int, *, avoid_fridays: bool = True) -> Rule:
    def rule(month: datetime, holidays: Holidays) -> datetime:
        day = nth_last_business_day(previous_month(month), 4, holidays)
        while avoid_fridays and (day.weekday() == FRIDAY or (day + ONE_DAY).date() in holidays):
            day = add_business_days(day, -1, holidays)
        return day + timedelta(hours=hour, minutes=minute)

    return rule


def _second_friday_before_third_wednesday(month: datetime, holidays: Holidays) -> datetime:
    return moved_off_holiday(third_wednesday(month) - timedelta(days=12), -1, holidays) + timedelta(hours=9)


def _crude_option(month: datetime, holidays: Holidays) -> datetime:
    return add_business_days(previous_month(month).replace(day=26), -7, holidays)


def _first_friday(month: datetime, holidays: Holidays) -> datetime:
    return moved_off_holiday(nth_weekday(month, 1, FRIDAY), -1, holidays) + timedelta(hours=13)


_FUTURE_OPTIONS: Final[dict[str, Rule]] = {
    "CL": _crude_option,
    "NG": _fourth_last_of_month_before(0, 0, avoid_fridays=False),
    **dict.fromkeys(
        ["ZB", "ZC", "ZN", "TN", "UB", "ZO", "KE", "ZF", "ZS", "ZT", "ZW", "ZL", "ZM"], _friday_before_month
    ),
    "HG": _fourth_last_of_month_before(12, 0),
    "GC": _fourth_last_of_month_before(12, 30),
    "SI": _fourth_last_of_month_before(12, 25),
    **dict.fromkeys(
        ["6A", "6B", "6C", "6E", "6J", "6S", "6N", "6M", "EAD", "AJY", "ANE", "ECD"],
        _second_friday_before_third_wednesday,
    ),
    "LE": _first_friday,
    "HE": lambda month, holidays: nth_business_day(month, 10, holidays),
    "LBR": _nth_last_of_month_before(1),
    "LBS": _nth_last_of_month_before(1),
    **dict.fromkeys(["ES", "EMD", "YM", "NQ"], _third_friday),
}


def future_option_expiry(root: str, market: str, month: datetime, holidays: Holidays | None = None) -> datetime:
    """When the options on the future of a month expire; roots without a rule of their own with the future itself.

    Raises:
        ArgumentException, NotEmulated: as :func:`future_expiry`.

    """
    rule = _FUTURE_OPTIONS.get(root)
    if rule is None:
        return future_expiry(root, market, month, holidays)
    return rule(month, expiration_holidays(market, root) if holidays is None else holidays)


# --- LEAN's doors -----------------------------------------------------------------------------------------------------


class FuturesExpiryFunctions(metaclass=ClrStatic):
    """LEAN's futures expiry functions."""

    @staticmethod
    def futures_expiry_function(symbol: Symbol) -> Callable[[datetime], datetime]:
        """The function from contract month to expiry of a future's root; ArgumentException when there is none."""
        root, market = symbol.id.symbol, symbol.id.market
        future_expiry(root, market, datetime(2020, 1, 1))
        return lambda month: future_expiry(root, market, month)


class FuturesOptionsExpiryFunctions(metaclass=ClrStatic):
    """LEAN's futures option expiry functions."""

    @staticmethod
    def futures_option_expiry(canonical_future_option_symbol: Symbol, future_contract_month: datetime) -> datetime:
        """When the options on the future of a contract month expire."""
        under = canonical_future_option_symbol.underlying
        if under is None:
            raise ArgumentException(f"{canonical_future_option_symbol} is not an option on a future")
        return future_option_expiry(under.id.symbol, under.id.market, future_contract_month)

    @staticmethod
    def get_future_option_expiry_from_future_expiry(
        future_symbol: Symbol, canonical_future_option: Symbol | None = None
    ) -> datetime:
        """When the options on a futures contract expire."""
        root = future_symbol
        if canonical_future_option is not None and canonical_future_option.underlying is not None:
            root = canonical_future_option.underlying
        month = contract_month(future_symbol.id.symbol, future_symbol.id.date)
        return future_option_expiry(root.id.symbol, root.id.market, month)


class FuturesExpiryUtilityFunctions(metaclass=ClrStatic):
    """LEAN's helpers around expiries that algorithms use."""

    @staticmethod
    def third_friday(time: datetime, contract: Symbol | None = None) -> datetime:
        """The third Friday of a month; with a contract, the business day before when it is a holiday."""
        if contract is None:
            return third_friday(time)
        if contract.security_type in OPTION_TYPES and contract.underlying is not None:
            contract = contract.underlying
        return _third_friday(time, expiration_holidays(contract.id.market, contract.id.symbol))

    @staticmethod
    def third_wednesday(time: datetime) -> datetime:
        """The third Wednesday of a month."""
        return third_wednesday(time)

    @staticmethod
    def get_future_contract_month(symbol: Symbol) -> datetime:
        """The first day of the contract month of a future, or of the future under an option."""
        future = symbol
        if symbol.security_type == SecurityType.FUTURE_OPTION and symbol.underlying is not None:
            future = symbol.underlying
        return contract_month(future.id.symbol, future.id.date)

    @staticmethod
    def get_delta_between_contract_month_and_contract_expiry(
        underlying: str, future_expiry_date: datetime | None = None
    ) -> int:
        """By how many months a root's contracts expire before their contract month; LEAN ignores the date, too."""
        del future_expiry_date
        return MONTHS_AFTER_EXPIRY.get(underlying, 0)

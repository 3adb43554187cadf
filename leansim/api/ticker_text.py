"""How tickers of options and futures are written: OSI text, futures tickers with day, month letter and year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from leansim.api.enums import OptionRight
from leansim.api.futures_months import MONTH_LETTERS, contract_month

_OSI: Final = re.compile(r"([A-Z0-9.]+)\s*(\d{6})([CP])(\d{8})", re.IGNORECASE)


class OsiParts(NamedTuple):
    """What an OSI ticker says."""

    root: str
    expiry: datetime
    right: OptionRight
    strike: Decimal


class FutureTickerParts(NamedTuple):
    """What a futures ticker says; the year as written, with one or two digits."""

    root: str
    day: int
    month: int
    year: int
    year_digits: int


@lru_cache(maxsize=1 << 14)
def strike_text(strike: Decimal) -> str:
    """A strike as OSI tickers have it."""
    return f"{int((strike * 1000).to_integral_value()):08d}"


@lru_cache(maxsize=1 << 12)
def _six_digits(expiry: date) -> str:
    return f"{expiry:%y%m%d}"


def osi_ticker(root: str, right: OptionRight, strike: Decimal, expiry: date) -> str:
    """``GOOG  160115C00750000``; a root longer than five characters is followed by one more space, as LEAN does."""
    return osi_tickers(root, right, (strike_text(strike),), expiry)[0]


def osi_tickers(root: str, right: OptionRight, strikes: Iterable[str], expiry: date) -> list[str]:
    """The same of several strikes, written as :func:`strike_text`."""
    if len(root) > 5:
        root += " "
    before = f"{root:<6}{_six_digits(expiry)}{'P' if right == OptionRight.PUT else 'C'}"
    return [before + strike for strike in strikes]


def osi_ticker_compact(root: str, right: OptionRight, strike: Decimal, expiry: date) -> str:
    """The same without padding."""
    return f"{root}{_six_digits(expiry)}{'P' if right == OptionRight.PUT else 'C'}{strike_text(strike)}"


def parse_osi(ticker: str) -> OsiParts | None:
    """The parts of an OSI ticker; None when it is none."""
    match = _OSI.fullmatch(ticker)
    if match is None:
        return None
    root, day, right, strike = match.groups()
    try:
        expiry = datetime(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    return OsiParts(root, expiry, OptionRight.CALL if right.upper() == "C" else OptionRight.PUT, Decimal(strike) / 1000)


def future_ticker(root: str, expiry: date, *, two_digit_year: bool = True, with_day: bool = True) -> str:
    """``ES20H20``: root, day of expiry, letter and year of the contract month."""
    month = contract_month(root, expiry)
    year = month.year % (100 if two_digit_year else 10)
    day = f"{expiry.day:02d}" if with_day else ""
    return f"{root}{day}{MONTH_LETTERS[month.month - 1]}{year}"


def parse_future_ticker(ticker: str) -> FutureTickerParts | None:
    """The parts of a futures ticker; None when it is none. Without a day the day is 1."""
    match = re.fullmatch(r"(.+?)(\d{2})?([FGHJKMNQUVXZ])(\d{1,2})", ticker)
    if match is None:
        return None
    root, day, letter, year = match.groups()
    return FutureTickerParts(root, int(day or 1), MONTH_LETTERS.index(letter) + 1, int(year), len(year))

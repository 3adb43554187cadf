"""The futures: what they follow, which months are listed, when they expire, and what a month costs.

A month's price is its asset's level grown at the short rate less what the asset yields, to the expiry. Expiries are
LEAN's own rules, counted without the days on which the stock exchange is closed; those days have no data here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import numpy as np
from numpy.typing import NDArray

from leansim.api.futures_expiry import future_expiry, future_option_expiry
from leansim.api.futures_months import MONTH_LETTERS, contract_month
from leansim.model_data.assets import INDEX, OIL
from leansim.model_data.calendars import stock_holidays
from leansim.model_data.expiries import session_on_or_before

Floats = NDArray[np.float64]

_QUARTERS, _EVEN, _ALL = "HMUZ", "GJMQVZ", MONTH_LETTERS
_DAYS_OF_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class FutureRoot:
    """One future and the options on it.

    Attributes:
        market: LEAN's name of the exchange.
        asset: what it follows.
        scale: price for one point of the asset.
        tick: smallest price step.
        decimals: its digits behind the point, and those of its options' prices.
        months: letters of the listed months.
        ahead: calendar days before its expiry from which on a month is listed.
        asset_yield: what the asset pays a year, so that the future grows by less than the rate.
        volume: contracts a day of the next month to expire.
        options: root of the options, lower case.
        option_tick: smallest price step of an option.
        dear_from: option price from which on the step is `dear_tick`.
        dear_tick: that step.
        options_ahead: calendar days before their expiry from which on options are listed.
        width: spread beside that of S&P 500 options of the same size.
        depth: sizes beside theirs.
    """

    market: str
    asset: str
    scale: float
    tick: float
    decimals: int
    months: str
    volume: int
    options: str
    option_tick: float
    dear_from: float = 0.0
    dear_tick: float = 0.0
    ahead: int = 290
    asset_yield: float = 0.0
    options_ahead: int = 115
    width: float = 1.0
    depth: float = 1.0


FUTURES: dict[str, FutureRoot] = {
    "es": FutureRoot("cme", INDEX, 1.0, 0.25, 2, _QUARTERS, 1_300_000, "es", 0.05, 5.0, 0.25, options_ahead=140,
                     depth=2.0),
    "mes": FutureRoot("cme", INDEX, 1.0, 0.25, 2, _QUARTERS, 400_000, "mes", 0.05, 5.0, 0.25, options_ahead=140,
                      width=1.5, depth=0.5),
    "nq": FutureRoot("cme", "NDX", 1.0, 0.25, 2, _QUARTERS, 300_000, "nq", 0.05, 5.0, 0.25, width=1.5, depth=0.5),
    "mnq": FutureRoot("cme", "NDX", 1.0, 0.25, 2, _QUARTERS, 200_000, "mnq", 0.05, 5.0, 0.25, width=2.5, depth=0.3),
    "cl": FutureRoot("nymex", OIL, 1.0, 0.01, 2, _ALL, 400_000, "lo", 0.01, ahead=220, width=1.2, depth=0.5),
    "mcl": FutureRoot("nymex", OIL, 1.0, 0.01, 2, _ALL, 80_000, "mcl", 0.01, ahead=220, width=2.0, depth=0.3),
    "gc": FutureRoot("comex", "GOLD", 1.0, 0.1, 1, _EVEN, 200_000, "og", 0.1, ahead=220, depth=0.5),
    "mgc": FutureRoot("comex", "GOLD", 1.0, 0.1, 1, _EVEN, 50_000, "mgc", 0.1, ahead=220, width=2.0, depth=0.3),
    "zb": FutureRoot("cbot", "BONDS", 0.126, 0.03125, 6, _QUARTERS, 250_000, "ozb", 0.015625, asset_yield=0.03,
                     depth=2.0),
    "6e": FutureRoot("cme", "EURO", 0.0001, 0.00005, 5, _QUARTERS, 150_000, "euu", 0.00005, depth=1.0),
}  # fmt: skip
"""Every future by its root, lower case."""


@dataclass(frozen=True, slots=True)
class Month:
    """One contract month.

    Attributes:
        name: `YYYYMM` of the contract month.
        expiry: last day of the future.
        option_expiry: of the options on it.
    """

    name: str
    expiry: date
    option_expiry: date


@cache
def months(name: str, year: int) -> tuple[Month, ...]:
    """The months of a root whose future expires in a year, in order."""
    root = FUTURES[name]
    holidays = stock_holidays()
    found = {}
    for number in range(year * 12 - 1, year * 12 + 14):
        first = datetime(number // 12, number % 12 + 1, 1)
        if MONTH_LETTERS[first.month - 1] not in root.months:
            continue
        expiry = future_expiry(name.upper(), root.market, first, holidays).date()
        options = future_option_expiry(name.upper(), root.market, first, holidays).date()
        if expiry.year == year:
            label = f"{contract_month(name.upper(), expiry):%Y%m}"
            found[label] = Month(label, expiry, options)
    return tuple(found[label] for label in sorted(found))


def listed_months(name: str, evening: date) -> list[Month]:
    """The months that are listed on an evening and trade after it, nearest first."""
    ahead = FUTURES[name].ahead
    return [
        month
        for year in (evening.year, evening.year + 1)
        for month in months(name, year)
        if month.expiry > evening and (month.expiry - evening).days <= ahead
    ]


def month_named(name: str, label: str) -> Month | None:
    """The contract month `YYYYMM` of a root; None when it has no such month."""
    year = int(label[:4])
    return next((month for at in (year - 1, year) for month in months(name, at) if month.name == label), None)


def carry(root: FutureRoot, rate: float, day: date, month: Month) -> float:
    """What a month costs for one point of the asset."""
    years = (month.expiry - day).days / _DAYS_OF_YEAR
    return root.scale * math.exp((rate - root.asset_yield) * years)


def on_tick(root: FutureRoot, price: Floats) -> Floats:
    """Prices on the future's grid."""
    return np.asarray(np.rint(price / root.tick) * root.tick)


def last_session(month: Month) -> date:
    """The last day a month has data."""
    return session_on_or_before(month.expiry)

"""What can be traded on: the products, and which option chains the desk needs from its feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

S_AND_P_500: Final = frozenset({"SPX", "XSP", "SPY", "ES", "MES"})
"""The index under its names: what holds for one of them holds for all, and the VIX is the volatility of each."""


class UnderlyingKind(Enum):
    """What the options are on; it decides how a feed is subscribed."""

    INDEX = "index"
    EQUITY = "equity"
    FUTURE = "future"


@dataclass(frozen=True, slots=True)
class Product:
    """An underlying and the root of its options.

    Attributes:
        underlying: root of the underlying (``SPX``, ``GLD``, ``CL``).
        root: root of the options as LEAN names them (``SPXW``, ``GLD``, ``LO``).
        kind: what the underlying is.
    """

    underlying: str
    root: str
    kind: UnderlyingKind


def _products() -> dict[str, Product]:
    indexes = {"SPX": "SPXW", "XSP": "XSP", "NDX": "NDXP", "RUT": "RUTW"}
    shares = (
        "SPY QQQ IWM DIA GLD SLV TLT XLE XOP USO IBIT TQQQ TNA NVDA GOOGL GOOG AAPL MSFT AMZN MSTR TSLA HOOD SOFI PLTR"
    )
    # options on these futures have the future's own root, the others one of their own (LEAN's table of roots)
    same = "ES MES NQ MNQ M2K MCL MGC M6A M6B M6E LE HE"
    other = {"RTY": "RTO", "YM": "OYM", "CL": "LO", "GC": "OG", "SI": "SO", "ZB": "OZB", "ZN": "OZN", "HG": "HXE"}
    other |= {"6E": "EUU", "6A": "ADU", "6B": "GBU", "6C": "CAU", "ZC": "OZC", "ZS": "OZS", "ZW": "OZW"}
    found = [Product(name, root, UnderlyingKind.INDEX) for name, root in indexes.items()]
    found += [Product(name, name, UnderlyingKind.EQUITY) for name in shares.split()]
    found += [Product(name, name, UnderlyingKind.FUTURE) for name in same.split()]
    found += [Product(name, root, UnderlyingKind.FUTURE) for name, root in other.items()]
    return {product.underlying: product for product in found}


PRODUCTS: Final = _products()
"""Everything the method names, by its underlying."""


def every_day(day: date) -> bool:  # noqa: ARG001  whatever it is
    """For a universe that is wanted each session."""
    return True


@dataclass(frozen=True, slots=True)
class OptionUniverse:
    """The options of one root inside a window of expiries and strikes, on the days they are looked into.

    What is held stays subscribed whatever the window says.

    Attributes:
        underlying: root of the underlying (``SPX``, ``GOOG``, ``ES``).
        root: root of the options (``SPXW``).
        kind: what the underlying is.
        min_days: calendar days to expiry of the nearest contracts wanted, at the start of the day.
        max_days: and of the farthest.
        strikes_below: listed strikes wanted below the price.
        strikes_above: and above it.
        is_wanted: the days on which somebody looks into it; a feed that leaves it out on others reads much less.
        held_expiries_only: of the window only expiries something is held in, for the exchange of a leg.
    """

    underlying: str
    root: str
    kind: UnderlyingKind
    min_days: int
    max_days: int
    strikes_below: int
    strikes_above: int
    is_wanted: Callable[[date], bool] = every_day
    held_expiries_only: bool = False

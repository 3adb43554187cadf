"""What Tastytrade charges for a trade, from its public schedule; for backtests that count every cent.

Sources: the broker's pages "Commissions & Fees", "Commissions and fees breakdown" and "Single-listed exchange
proprietary index options fees" (read November 2026). Regulatory rates change about once a year; those of the breakdown
page are used for every date. Exchange fees of futures products are not on those pages: LEAN's are taken, for the next
dearer class where a product is not listed. Not charged here: exercise and assignment, borrowing, interest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Final

ZERO: Final = Decimal(0)
CENT: Final = Decimal("0.01")

CLEARING: Final = Decimal("0.10")
"""Per option contract on shares or an index, both ways."""
OPTIONS_REGULATORY: Final = Decimal("0.0388")
"""Per option contract on shares or an index, both ways."""
TRADING_ACTIVITY: Final = Decimal("0.002")
"""Per option contract on shares or an index that is sold."""
SEC_FRACTION: Final = Decimal("0.000013")
"""Of the value of options or shares sold."""
FUTURES_CLEARING: Final = Decimal("0.30")
"""Per future or option on one, both ways."""
FUTURES_REGULATORY: Final = Decimal("0.02")
"""NFA, per future or option on one, both ways."""
SHARE_CLEARING: Final = Decimal("0.0008")
SHARE_TRADING_ACTIVITY: Final = Decimal("0.000119")
SHARE_TRADING_ACTIVITY_CAP: Final = Decimal("5.95")

PROPRIETARY: Final[Mapping[str, Decimal]] = {
    **dict.fromkeys(("SPX", "SPXW", "VIX", "VIXW"), Decimal("0.65")),
    **dict.fromkeys(("OEX", "XEO"), Decimal("0.40")),
    **dict.fromkeys(("MXEA", "MXEF"), Decimal("0.25")),
    **dict.fromkeys(("RUT", "RUTW", "DJX"), Decimal("0.18")),
    "XSP": Decimal("0.07"),
}
"""Per index option contract, both ways, by root; an index that is not here pays the highest."""
XSP_FREE_BELOW: Final = 10
"""Contracts of a leg below which XSP pays no proprietary fee."""

E_MINIS: Final = frozenset({"ES", "NQ", "YM", "RTY", "EMD"})
MICROS: Final = frozenset({"MES", "MNQ", "MYM", "M2K", "MCL", "MGC", "SIL", "M6E", "M6A", "M6B"})


class Product(Enum):
    """What is traded, as the schedule tells products apart."""

    SHARES = "shares"
    EQUITY_OPTION = "equity_option"
    INDEX_OPTION = "index_option"
    FUTURE = "future"
    FUTURE_OPTION = "future_option"


@dataclass(frozen=True, slots=True)
class Execution:
    """One leg as it trades.

    Attributes:
        product: what it is.
        root: its root as the exchange names it; of an option on a future that of the future.
        quantity: signed change of holdings.
        held: holdings before it, signed.
        price: per unit, in points.
        multiplier: currency per point.
    """

    product: Product
    root: str
    quantity: int
    held: int
    price: Decimal
    multiplier: int

    @property
    def size(self) -> int:
        """Units traded."""
        return abs(self.quantity)

    @property
    def opened(self) -> int:
        """Units of it that open something: all of them, unless they take off what is held."""
        closes = abs(self.held) if self.held * self.quantity < 0 else 0
        return max(self.size - closes, 0)


def tastytrade_fee(trade: Execution) -> Decimal:
    """Everything charged for `trade`, in dollars, to the cent."""
    match trade.product:
        case Product.SHARES:
            fee = trade.size * SHARE_CLEARING + _on_shares_sold(trade)
        case Product.EQUITY_OPTION:
            commission = min(Decimal(trade.opened), Decimal(10))
            fee = commission + trade.size * (CLEARING + OPTIONS_REGULATORY) + _on_options_sold(trade)
        case Product.INDEX_OPTION:
            per_contract = CLEARING + OPTIONS_REGULATORY + _proprietary(trade)
            fee = trade.opened + trade.size * per_contract + _on_options_sold(trade)
        case Product.FUTURE:
            fee = trade.size * (_future_commission(trade.root) + _exchange(trade) + _FUTURES)
        case Product.FUTURE_OPTION:
            commission = Decimal("1.50") if trade.root in MICROS else Decimal("2.50")
            fee = trade.opened * commission + trade.size * (_exchange(trade) + _FUTURES)
    return fee.quantize(CENT, ROUND_HALF_UP)


_FUTURES: Final = FUTURES_CLEARING + FUTURES_REGULATORY


def _on_options_sold(trade: Execution) -> Decimal:
    if trade.quantity > 0:
        return ZERO
    return trade.size * (TRADING_ACTIVITY + SEC_FRACTION * trade.multiplier * trade.price)


def _on_shares_sold(trade: Execution) -> Decimal:
    if trade.quantity > 0:
        return ZERO
    activity = min(trade.size * SHARE_TRADING_ACTIVITY, SHARE_TRADING_ACTIVITY_CAP)
    return activity + trade.size * SEC_FRACTION * trade.price


def _proprietary(trade: Execution) -> Decimal:
    if trade.root == "XSP" and trade.size < XSP_FREE_BELOW:
        return ZERO
    return PROPRIETARY.get(trade.root, max(PROPRIETARY.values()))


def _future_commission(root: str) -> Decimal:
    return Decimal("0.85") if root in MICROS else Decimal("1.25")


def _exchange(trade: Execution) -> Decimal:
    """LEAN's exchange fees: E-minis, micros, and the rest."""
    is_option = trade.product is Product.FUTURE_OPTION
    if trade.root in MICROS:
        return Decimal("0.20") if is_option else Decimal("0.30")
    if trade.root in E_MINIS:
        return Decimal("0.55") if is_option else Decimal("1.28")
    return Decimal("1.60")

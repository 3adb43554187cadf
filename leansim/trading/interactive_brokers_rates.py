"""Interactive Brokers' commission schedule as LEAN has it, exchange and regulatory fees included."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple


class ShareRate(NamedTuple):
    """What shares cost in a market: per share, at least, and at most as a fraction of the trade's value."""

    currency: str
    per_share: Decimal
    minimum: Decimal
    maximum_fraction: Decimal


SHARES: Final = {
    "usa": ShareRate("USD", Decimal("0.005"), Decimal(1), Decimal("0.005")),
    "india": ShareRate("INR", Decimal("0.01"), Decimal(6), Decimal(20)),
}
EUREX_CONTRACT: Final = Decimal("1.02")
"""Euros per futures contract at Eurex, the exchange's fee included."""

US_FUTURES_MARKETS: Final = frozenset({"usa", "cmeglobex", "nymex", "cbot", "ice", "cfe", "comex", "cme", "nyseliffe"})

_REGULATORY: Final = Decimal("0.02")
_COMMISSION: Final = Decimal("0.85")
_EXCHANGE: Final = Decimal("1.60")

_MICROS: Final = ("MYM", "M2K", "MES", "MNQ", "2YY", "5YY", "10Y", "30Y", "MCL", "MGC", "SIL")
_MICRO_CURRENCIES: Final = ("M6E", "M6A", "M6B", "MCD", "MJY", "MSF", "M6J", "MIR", "M6C", "M6S", "MNH")
_E_MINIS: Final = ("ES", "NQ", "YM", "RTY", "EMD")

_FUTURE_COMMISSION: Final = {
    **dict.fromkeys(_MICROS, Decimal("0.25")),
    **dict.fromkeys(_MICRO_CURRENCIES, Decimal("0.15")),
    "BTC": Decimal(5),
    "MBT": Decimal("2.25"),
    "ETH": Decimal(3),
    "MET": Decimal("0.20"),
    "MIB": Decimal("2.25"),
    "MRB": Decimal("0.20"),
    "E7": Decimal("0.50"),
    "J7": Decimal("0.50"),
}
_FUTURE_EXCHANGE: Final = {
    **dict.fromkeys(_E_MINIS, Decimal("1.28")),
    **dict.fromkeys(_MICROS, Decimal("0.30")),
    **dict.fromkeys(_MICRO_CURRENCIES, Decimal("0.24")),
    "BTC": Decimal(6),
    "MBT": Decimal("2.5"),
    "ETH": Decimal(4),
    "MET": Decimal("0.20"),
    "MIB": Decimal("2.5"),
    "MRB": Decimal("0.20"),
    "E7": Decimal("0.85"),
    "J7": Decimal("0.85"),
}
_OPTION_COMMISSION: Final = {
    **dict.fromkeys(_MICROS, Decimal("0.25")),
    "BTC": Decimal(5),
    "MBT": Decimal("1.25"),
    "ETH": Decimal(3),
    "MET": Decimal("0.10"),
    "MIB": Decimal("1.25"),
    "MRB": Decimal("0.10"),
}
_OPTION_EXCHANGE: Final = {
    **dict.fromkeys(_E_MINIS, Decimal("0.55")),
    **dict.fromkeys(_MICROS, Decimal("0.20")),
    "BTC": Decimal(5),
    "MBT": Decimal("2.5"),
    "ETH": Decimal(4),
    "MET": Decimal("0.20"),
    "MIB": Decimal("2.5"),
    "MRB": Decimal("0.20"),
}


def future_rate(root: str) -> Decimal:
    """Per futures contract."""
    return _FUTURE_COMMISSION.get(root, _COMMISSION) + _FUTURE_EXCHANGE.get(root, _EXCHANGE) + _REGULATORY


def future_option_rate(root: str) -> Decimal:
    """Per option on a future, by the future's root."""
    return _OPTION_COMMISSION.get(root, _COMMISSION) + _OPTION_EXCHANGE.get(root, _EXCHANGE) + _REGULATORY


def option_rate(monthly_contracts: Decimal, premium: Decimal) -> Decimal:
    """Per option contract, by the contracts traded a month and the premium in price points."""
    if monthly_contracts <= 10_000:
        if premium >= Decimal("0.1"):
            return Decimal("0.65")
        return Decimal("0.5") if premium >= Decimal("0.05") else Decimal("0.25")
    if monthly_contracts <= 50_000:
        return Decimal("0.5") if premium >= Decimal("0.05") else Decimal("0.25")
    return Decimal("0.25") if monthly_contracts <= 100_000 else Decimal("0.15")

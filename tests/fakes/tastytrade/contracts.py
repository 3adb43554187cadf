"""What a symbol says, and the tick it trades in. Symbols are read by their published formats, nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from fakes.tastytrade.refusal import Refusal, preflight

INDEX_OF = {"SPXW": "SPX", "RUTW": "RUT", "NDXP": "NDX", "VIXW": "VIX", "NQX": "NDX"}
INDICES = frozenset({"SPX", "XSP", "RUT", "NDX", "VIX", "DJX"})
FUTURE_MULTIPLIER = {
    "ES": 50, "MES": 5, "NQ": 20, "MNQ": 2, "CL": 1000, "MCL": 100, "GC": 100, "MGC": 10, "SI": 5000, "ZB": 1000,
    "6E": 125000, "RTY": 50, "M2K": 5,
}  # fmt: skip

Ticks = tuple[tuple[str, str | None], ...]
PENNY: Ticks = (("0.01", None),)
NICKEL: Ticks = (("0.01", "3.0"), ("0.05", None))
DIME: Ticks = (("0.05", "3.0"), ("0.1", None))
OPTION_TICKS: dict[str, Ticks] = {
    "SPX": DIME, "XSP": PENNY, "RUT": DIME, "NDX": DIME, "VIX": DIME, "SPY": PENNY, "QQQ": PENNY, "IWM": PENNY,
    "ES": (("0.05", "5.0"), ("0.1", "20.0"), ("0.25", "100.0"), ("0.5", None)),
    "MES": (("0.05", "5.0"), ("0.25", None)),
    "CL": PENNY, "MCL": PENNY, "GC": (("0.1", None),), "ZB": (("0.015625", None),),
}  # fmt: skip
FUTURE_TICK = {"ES": "0.25", "MES": "0.25", "NQ": "0.25", "MNQ": "0.25", "CL": "0.01", "GC": "0.1"}
SPREAD_TICK = {"SPX": "0.05", "RUT": "0.05", "NDX": "0.05", "VIX": "0.05"}

_OCC = re.compile(r"([A-Z0-9]{1,6}) *(\d{6})([CP])(\d{8})")
_FUTURE = re.compile(r"/([A-Z0-9]{1,3})([FGHJKMNQUVXZ])(\d)")
_FUTURE_OPTION = re.compile(r"\.(/[A-Z0-9]{3,5}) *([A-Z0-9]{2,6}) *(\d{6})([CP])(\d+(?:\.\d+)?)")


@dataclass(frozen=True)
class Contract:
    symbol: str
    instrument_type: str
    underlying: str
    """As orders and positions name it: `SPX`, `/ESZ6`."""
    product: str
    """What ticks and multipliers go by: `SPX`, `ES`."""
    multiplier: int
    expiration: date | None = None
    strike: Decimal = Decimal(0)
    right: str = ""

    @property
    def underlying_type(self) -> str:
        return "Future" if self.instrument_type.startswith("Future") else "Equity"

    def tick(self, price: Decimal) -> Decimal:
        """The tick of a single leg at a price."""
        if self.instrument_type == "Equity":
            return Decimal("0.01") if abs(price) >= 1 else Decimal("0.0001")
        if self.instrument_type == "Future":
            return Decimal(FUTURE_TICK.get(self.product, "0.01"))
        for value, below in OPTION_TICKS.get(self.product, NICKEL):
            if below is None or abs(price) < Decimal(below):
                return Decimal(value)
        raise AssertionError(self.product)


@lru_cache(maxsize=50_000)
def read_symbol(symbol: str, instrument_type: str) -> Contract:
    """The contract of a leg, padding checked to the blank.

    Raises:
        Refusal: the symbol is none of this kind.
    """
    if instrument_type == "Equity" and re.fullmatch(r"[A-Z][A-Z0-9./]{0,6}", symbol):
        return Contract(symbol, instrument_type, symbol, symbol, 1)
    if instrument_type == "Equity Option" and (found := _OCC.fullmatch(symbol)) and len(symbol) == 21:
        root, day, right, strike = found.groups()
        plain = INDEX_OF.get(root) or (root.rstrip("0123456789") or root)
        return Contract(symbol, instrument_type, plain, plain, 100, _day(symbol, day), Decimal(strike) / 1000, right)
    if instrument_type == "Future" and (found := _FUTURE.fullmatch(symbol)):
        product = found[1]
        return Contract(symbol, instrument_type, symbol, product, FUTURE_MULTIPLIER.get(product, 1))
    if instrument_type == "Future Option" and (found := _FUTURE_OPTION.fullmatch(symbol)):
        future, code, day, right, strike = found.groups()
        if symbol == f".{future:<6}{code:<6}{day}{right}{strike}" and (product := _FUTURE.fullmatch(future)):
            return Contract(
                symbol,
                instrument_type,
                future,
                product[1],
                FUTURE_MULTIPLIER.get(product[1], 1),
                _day(symbol, day),
                Decimal(strike),
                right,
            )
    raise unsupported(symbol)


def unsupported(symbol: str) -> Refusal:
    return preflight("instrument_validation_failed", f"Trading of {symbol} is not supported")


def _day(symbol: str, text: str) -> date:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise unsupported(symbol) from None


def order_tick(contracts: list[Contract], price: Decimal) -> Decimal:
    """The increment the venue takes for a net price: its own for index spreads, else the finest of the legs."""
    if len(contracts) == 1:
        return contracts[0].tick(price)
    product = contracts[0].product
    if product in SPREAD_TICK:
        return Decimal(SPREAD_TICK[product])
    if contracts[0].instrument_type == "Equity Option":
        return Decimal("0.01")
    return min(contract.tick(Decimal(0)) for contract in contracts)

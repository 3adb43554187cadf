"""The symbol properties database: multiplier, tick, lot and currency of every product."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from pathlib import Path
from typing import Final, NamedTuple

from leansim.api.enums import SecurityType
from leansim.api.option_symbols import database_ticker
from leansim.api.symbols import Symbol
from leansim.errors import DataError
from leansim.lean_data.market_hours import ANY
from leansim.numbers import ONE

_CENT: Final = Decimal("0.01")
_NICKEL: Final = Decimal("0.05")
_DIME: Final = Decimal("0.1")
_THREE: Final = Decimal(3)
_FEWEST_COMMAS: Final = 7


class SymbolProperties(NamedTuple):
    """What the database says of a product; all numbers exact.

    Attributes:
        contract_multiplier: money per point.
        minimum_price_variation: the tick; of index options see :func:`index_option_tick`.
        lot_size: the smallest step of an order's quantity.
        minimum_order_size: the smallest quantity, where there is one.
        price_magnifier: how many units of the quoted price make one of the currency.
        strike_multiplier: what a strike is multiplied by to compare it with the underlying's price.

    """

    description: str
    quote_currency: str
    contract_multiplier: Decimal
    minimum_price_variation: Decimal
    lot_size: Decimal
    market_ticker: str
    minimum_order_size: Decimal | None
    price_magnifier: Decimal
    strike_multiplier: Decimal


def default_properties(quote_currency: str = "") -> SymbolProperties:
    """What LEAN assumes of a product the database does not list; without a currency it is the account's."""
    return SymbolProperties("", quote_currency.upper(), ONE, _CENT, ONE, "", None, ONE, ONE)


def index_option_tick(root: str, price: Decimal | None) -> Decimal:
    """The tick of an index option at a price: 0.05 below 3 and 0.10 from there, VIX finer; 0.05 without a price."""
    if price is None:
        return _NICKEL
    if root == "VIXW":
        return _CENT
    if root == "VIX":
        return _NICKEL if price >= _THREE else _CENT
    return _DIME if price >= _THREE else _NICKEL


class SymbolPropertiesDatabase:
    """LEAN's ``symbol-properties-database.csv``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parsed: dict[str, SymbolProperties] = {}

    @cached_property
    def _lines(self) -> dict[tuple[str, str, str], str]:
        """(market, ticker, type) → the line, taken apart when it is asked for: of ten thousand a run needs a few."""
        try:
            text = self._path.read_text(encoding="utf-8")
        except OSError as error:
            raise DataError(
                f"{self._path} cannot be read ({error}). Point the data folder at one made by `lean init`, "
                "or copy its symbol-properties folder."
            ) from error
        listed = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        lines = {}
        for line in listed[1:]:
            if line.count(",") >= _FEWEST_COMMAS:
                market, ticker, kind, _ = line.split(",", 3)
                lines[market.lower(), ticker.upper(), kind.lower()] = line
        return lines

    @cached_property
    def _markets(self) -> dict[tuple[str, str], str]:
        """(ticker, type) → the first market that lists it."""
        markets: dict[tuple[str, str], str] = {}
        for market, ticker, kind in self._lines:
            markets.setdefault((ticker, kind), market)
        return markets

    def get(self, market: str, ticker: str | None, security_type: SecurityType) -> SymbolProperties | None:
        """The line of a product, or that of its whole market; None when there is neither."""
        kind = _kind(security_type)
        for name in ((ticker or ANY).upper(), ANY):
            line = self._lines.get((market.lower(), name, kind))
            if line is not None:
                return self._parse(line)
        return None

    def of(self, symbol: Symbol, quote_currency: str = "") -> SymbolProperties:
        """The properties of a security; a futures option without its own line has its future's.

        ``quote_currency`` is that of a product that is not listed; empty for the account's.
        """
        market, kind = symbol.id.market, symbol.security_type
        line = self._lines.get((market.lower(), database_ticker(symbol).upper(), _kind(kind)))
        if line is None and kind == SecurityType.FUTURE_OPTION and symbol.underlying is not None:
            future = symbol.underlying
            line = self._lines.get((market.lower(), database_ticker(future).upper(), _kind(future.security_type)))
        if line is None:
            line = self._lines.get((market.lower(), ANY, _kind(kind)))
        return default_properties(quote_currency) if line is None else self._parse(line)

    def market_of(self, ticker: str, security_type: SecurityType) -> str | None:
        """The first market that lists a ticker."""
        return self._markets.get((ticker.upper(), _kind(security_type)))

    def tickers(self, market: str, security_type: SecurityType) -> Iterator[str]:
        """Every ticker the database lists on a market."""
        kind = _kind(security_type)
        return (ticker for where, ticker, type_ in self._lines if where == market.lower() and type_ == kind)

    def _parse(self, line: str) -> SymbolProperties:
        """The line in numbers, which are the same for every contract of a root."""
        if line not in self._parsed:
            self._parsed[line] = self._read(line)
        return self._parsed[line]

    def _read(self, line: str) -> SymbolProperties:
        cells = line.split(",")
        cells += [""] * (12 - len(cells))
        try:
            return SymbolProperties(
                description=cells[3],
                quote_currency=cells[4],
                contract_multiplier=Decimal(cells[5]),
                minimum_price_variation=Decimal(cells[6]),
                lot_size=Decimal(cells[7]),
                market_ticker=cells[8],
                minimum_order_size=Decimal(cells[9]) if cells[9] else None,
                price_magnifier=Decimal(cells[10]) if cells[10] else ONE,
                strike_multiplier=Decimal(cells[11]) if cells[11] else ONE,
            )
        except InvalidOperation as error:
            raise DataError(f"{self._path}: a number in the line {line} cannot be read") from error


@cache
def _kind(security_type: SecurityType) -> str:
    return str(security_type).replace("_", "").lower()

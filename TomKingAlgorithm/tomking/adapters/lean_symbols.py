"""Between our contracts and LEAN's symbols, both ways and without loss.

LEAN's identifier knows an option's root, strike, right, style and date; a symbol's text is for reading only and is
never parsed. Symbols met once are remembered, so a contract taken from LEAN goes back as the very symbol it was.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

from AlgorithmImports import (
    Market,
    OptionRight,
    OptionStyle,
    QCAlgorithm,
    SecurityType,
    Symbol,
)

from tomking.errors import TomKingError
from tomking.market.contract import Contract, Kind, Right, Style, future, option, shares

FUTURES_MARKETS: Final = {
    "ES": Market.CME,
    "MES": Market.CME,
    "NQ": Market.CME,
    "MNQ": Market.CME,
    "RTY": Market.CME,
    "M2K": Market.CME,
    "YM": Market.CBOT,
    "6E": Market.CME,
    "6A": Market.CME,
    "6B": Market.CME,
    "6C": Market.CME,
    "M6E": Market.CME,
    "M6A": Market.CME,
    "M6B": Market.CME,
    "LE": Market.CME,
    "HE": Market.CME,
    "CL": Market.NYMEX,
    "MCL": Market.NYMEX,
    "GC": Market.COMEX,
    "MGC": Market.COMEX,
    "SI": Market.COMEX,
    "HG": Market.COMEX,
    "ZB": Market.CBOT,
    "ZN": Market.CBOT,
    "ZC": Market.CBOT,
    "ZS": Market.CBOT,
    "ZW": Market.CBOT,
}
"""Exchange of each future the method trades, as LEAN names markets."""

INDEXES: Final = frozenset({"SPX", "XSP", "NDX", "RUT", "VIX"})
"""Underlyings that are indices: European options, settled in cash."""

OPTION_TYPES: Final = (SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION)
"""What LEAN calls an option."""


class UnknownSymbol(TomKingError):
    """A symbol or contract that has no counterpart on the other side; the text says which fact is missing."""


class LeanSymbols:
    """The dictionary between contracts and symbols of one algorithm."""

    def __init__(self, algorithm: QCAlgorithm) -> None:
        self._algorithm = algorithm
        self._contracts: dict[Symbol, Contract] = {}
        self._symbols: dict[Contract, Symbol] = {}
        self._futures: dict[tuple[str, date | None], Symbol] = {}
        self._multipliers: dict[tuple[int, str], int] = {}

    def contract(self, symbol: Symbol) -> Contract:
        """The contract a LEAN symbol stands for.

        Raises:
            UnknownSymbol: a canonical symbol, an index, or a kind the framework does not hold.
        """
        known = self._contracts.get(symbol)
        if known is None:
            known = self._read(symbol)
            self._contracts[symbol] = known
            self._symbols.setdefault(known, symbol)
        return known

    def symbol(self, contract: Contract) -> Symbol:
        """The LEAN symbol of a contract, made from its facts when LEAN has not shown it in this run.

        Raises:
            UnknownSymbol: the future's exchange is not known.
        """
        known = self._symbols.get(contract)
        if known is None:
            known = self._make(contract)
            self._symbols[contract] = known
            self._contracts[known] = contract
        return known

    def _read(self, symbol: Symbol) -> Contract:
        if symbol.is_canonical():
            raise UnknownSymbol(f"{symbol.value} stands for a whole chain, not for a contract")
        if symbol.security_type in OPTION_TYPES:
            return self._read_option(symbol)
        if symbol.security_type == SecurityType.EQUITY:
            return shares(str(symbol.value))
        if symbol.security_type == SecurityType.FUTURE:
            return future(str(symbol.id.symbol), symbol.id.date.date(), self._multiplier(symbol))
        raise UnknownSymbol(f"{symbol.value}: {symbol.security_type} cannot be held")

    def _read_option(self, symbol: Symbol) -> Contract:
        identity, underlying = symbol.id, symbol.underlying
        if underlying is None:
            raise UnknownSymbol(f"{symbol.value} is an option without an underlying")
        is_index, is_equity = (
            symbol.security_type == kind for kind in (SecurityType.INDEX_OPTION, SecurityType.OPTION)
        )
        name = str(underlying.value if is_index or is_equity else underlying.id.symbol)
        return option(
            name,
            identity.date.date(),
            Decimal(str(identity.strike_price)),
            Right.CALL if identity.option_right == OptionRight.CALL else Right.PUT,
            # an equity option's identity carries the ticker of the listing day (GOOCV for GOOG), not its root
            root=name if is_equity else str(identity.symbol),
            style=Style.EUROPEAN if identity.option_style == OptionStyle.EUROPEAN else Style.AMERICAN,
            multiplier=self._multiplier(symbol),
            delivery=None if is_index or is_equity else underlying.id.date.date(),
        )

    def _multiplier(self, symbol: Symbol) -> int:
        """One for all contracts of a root: an adjusted option has a root of its own."""
        key = (int(symbol.security_type), str(symbol.id.symbol))
        if key not in self._multipliers:
            properties = self._algorithm.securities[symbol].symbol_properties
            self._multipliers[key] = int(properties.contract_multiplier)
        return self._multipliers[key]

    def _make(self, contract: Contract) -> Symbol:
        if contract.kind is Kind.SHARES:
            return Symbol.create(contract.root, SecurityType.EQUITY, Market.USA)
        if contract.kind is Kind.FUTURE:
            return self.future(contract.root, contract.expiry)
        right = OptionRight.CALL if contract.right is Right.CALL else OptionRight.PUT
        style = OptionStyle.EUROPEAN if contract.style is Style.EUROPEAN else OptionStyle.AMERICAN
        if contract.expiry is None or contract.strike is None:
            raise UnknownSymbol(f"{contract!r} is not a whole option")
        expiry, strike = datetime.combine(contract.expiry, time()), float(contract.strike)
        if contract.delivery is not None:
            underlying = self.future(contract.underlying, contract.delivery)
            return Symbol.create_option(underlying, contract.root, underlying.id.market, style, right, strike, expiry)
        if contract.underlying in INDEXES:
            index = Symbol.create(contract.underlying, SecurityType.INDEX, Market.USA)
            return Symbol.create_option(index, contract.root, Market.USA, style, right, strike, expiry)
        equity = Symbol.create(contract.underlying, SecurityType.EQUITY, Market.USA)
        return Symbol.create_option(equity, Market.USA, style, right, strike, expiry)

    def future(self, root: str, expiry: date | None) -> Symbol:
        """The symbol of a future.

        Raises:
            UnknownSymbol: its exchange is not known.
        """
        known = self._futures.get((root, expiry))
        if known is None:
            market = FUTURES_MARKETS.get(root)
            if market is None or expiry is None:
                raise UnknownSymbol(f"{root}: the exchange of this future is not known; add it to FUTURES_MARKETS")
            known = self._futures[root, expiry] = Symbol.create_future(root, market, datetime.combine(expiry, time()))
        return known

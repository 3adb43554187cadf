"""Between our contracts and Tastytrade's symbols, both ways and without loss.

Options on shares and indices follow a rule. Futures and their options do not: a one-digit year comes again every
decade, the future an option delivers is not the one of its month, and roots change. Those are known from the broker's
own chains, which are read into this dictionary before it is asked; what no chain has named is refused with the reason.

Styles and roots are LEAN's, because they are part of a contract's identity there: options on shares and futures are
American, on an index European, and where LEAN's name of a root differs from the exchange's, ours is LEAN's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from tomking.adapters.tastytrade_instruments import Future, FutureOptionChain, FutureOptionExpiration, OptionChain
from tomking.adapters.tastytrade_orders import InstrumentType
from tomking.adapters.tastytrade_symbols_formats import (
    FutureOptionText,
    OptionText,
    StreamedFutureOption,
    UnmappableSymbol,
    from_future_option,
    from_occ,
    from_streamed,
    from_streamed_future_option,
    future_option,
    is_future,
    occ,
    product_of,
    streamed,
    streamed_future_option,
)
from tomking.market.contract import Contract, Kind, Right, Style, future, option, shares

INDEX_ROOTS: Final = {
    "SPX": "SPX",
    "SPXW": "SPX",
    "XSP": "XSP",
    "NDX": "NDX",
    "NDXP": "NDX",
    "RUT": "RUT",
    "RUTW": "RUT",
    "VIX": "VIX",
    "VIXW": "VIX",
}
"""Option roots of the indices, and the index of each."""

MULTIPLIERS: Final = {
    "ES": 50,
    "MES": 5,
    "NQ": 20,
    "MNQ": 2,
    "RTY": 50,
    "M2K": 5,
    "YM": 5,
    "CL": 1_000,
    "MCL": 100,
    "GC": 100,
    "MGC": 10,
    "SI": 5_000,
    "HG": 25_000,
    "ZB": 1_000,
    "ZN": 1_000,
    "6E": 125_000,
    "6A": 100_000,
    "6B": 62_500,
    "6C": 100_000,
    "M6E": 12_500,
    "M6A": 10_000,
    "M6B": 6_250,
    "LE": 40_000,
    "HE": 40_000,
    "ZC": 5_000,
    "ZS": 5_000,
    "ZW": 5_000,
}
"""Currency per point and contract, by product of a future, as LEAN counts; those the method trades.

Grains and livestock are priced in dollars there. A broker that prices them in cents counts a hundredth of this a point:
its futures are refused, because its prices would be taken for a hundred times too much.
"""

_LEANS_NAME: Final = {("MCL", "MCO"): "MCL", ("MGC", "OMG"): "MGC"}
"""LEAN's name of an option root, by product and the exchange's name, where the two differ."""

_EXCHANGES_NAME: Final = {(product, leans): exchanges for (product, exchanges), leans in _LEANS_NAME.items()}
_STANDARD_MULTIPLIER: Final = 100


@dataclass(frozen=True, slots=True)
class _Expiration:
    """One expiry of one option root on a future, as its chain names it."""

    future: str
    code: str
    streamed: StreamedFutureOption | None


class TastytradeSymbols:
    """The dictionary; it knows what the rules say and what chains have taught it."""

    def __init__(self) -> None:
        self._expiry_of_future: dict[str, date] = {}
        self._future_at: dict[tuple[str, date], str] = {}
        self._streamer_of_future: dict[str, str] = {}
        self._expirations: dict[tuple[str, str, date], _Expiration] = {}
        self._root_of_code: dict[tuple[str, str, date], str] = {}
        self._streamed: dict[str, tuple[str, str, date]] = {}
        self._roots: dict[str, tuple[str, int]] = {}

    # -- what chains teach ---------------------------------------------------------------------------------------------

    def learn_futures(self, futures: Iterable[Future]) -> None:
        """Futures as the broker lists them.

        Raises:
            UnmappableSymbol: a symbol of another form, or another multiplier than the one traded with here.
        """
        for each in futures:
            self._learn_future(each.symbol, each.expiration)
            known = MULTIPLIERS.get(product_of(each.symbol))
            if known is not None and each.multiplier != known:
                raise UnmappableSymbol(
                    f"a point of {each.symbol} is worth {each.multiplier} at the broker, {known} here"
                )
            if each.streamer_symbol is not None:
                self._streamer_of_future[each.symbol] = each.streamer_symbol

    def _learn_future(self, symbol: str, expiry: date) -> None:
        if not is_future(symbol):
            raise UnmappableSymbol(f"{symbol!r} is not the symbol of a future")
        self._expiry_of_future[symbol] = expiry
        self._future_at[product_of(symbol), expiry] = symbol

    def learn_futures_chain(self, chain: FutureOptionChain) -> None:
        """The options of one future's product.

        Raises:
            UnmappableSymbol: its symbols are of another form than ours would be.
        """
        for each in chain.futures:
            self._learn_future(each.symbol, each.expiration)
        for expiration in chain.expirations:
            if expiration.strikes:
                self._learn_expiration(expiration)

    def _learn_expiration(self, row: FutureOptionExpiration) -> None:
        """One strike tells how all of an expiry are written."""
        symbol, streamer = row.strikes[0].call, row.strikes[0].call_streamer
        found = from_future_option(symbol)
        streamed_as = None if streamer is None else from_streamed_future_option(streamer)  # the sandbox lacks some
        expiration = _Expiration(found.future, found.code, streamed_as)
        if self._composed(expiration, found.expiry, found.right, found.strike) != symbol:
            raise UnmappableSymbol(f"{symbol!r} is written in a way we would not write it")
        product = product_of(found.future)
        root = _LEANS_NAME.get((product, row.option_root_symbol), row.option_root_symbol)
        self._expirations[product, root, found.expiry] = expiration
        self._root_of_code[found.future, found.code, found.expiry] = root
        if streamed_as is not None:
            self._streamed[streamed_as.head] = (product, root, found.expiry)

    def learn_option_chain(self, chains: Iterable[OptionChain]) -> None:
        """The options on one share or index, a chain for each root: adjusted roots and what they deliver."""
        for each in chains:
            self._roots[each.root_symbol] = _ours(each.underlying_symbol), each.shares_per_contract

    # -- contracts to symbols ------------------------------------------------------------------------------------------

    def symbol(self, contract: Contract) -> str:
        """What Tastytrade calls `contract` in an order.

        Raises:
            UnmappableSymbol: it has no name there, or only a chain not read yet would tell.
        """
        if contract.kind is Kind.SHARES:
            return contract.root.replace(".", "/")
        if contract.kind is Kind.FUTURE:
            return self._future_symbol(contract.root, contract.expiry)
        if contract.delivery is None:
            return occ(self._option_text(contract))
        expiration = self._expiration(contract)
        if contract.expiry is None or contract.right is None or contract.strike is None:
            raise UnmappableSymbol(f"{contract!r} is not a whole option")
        return self._composed(expiration, contract.expiry, contract.right, contract.strike)

    def instrument_type(self, contract: Contract) -> InstrumentType:
        """The word that goes with the symbol; options on an index are options on shares there."""
        if contract.kind is Kind.SHARES:
            return InstrumentType.EQUITY
        if contract.kind is Kind.FUTURE:
            return InstrumentType.FUTURE
        return InstrumentType.EQUITY_OPTION if contract.delivery is None else InstrumentType.FUTURE_OPTION

    def streamer(self, contract: Contract) -> str:
        """What streams of quotes call `contract`.

        Raises:
            UnmappableSymbol: as for `symbol`, or the broker streams no quotes of it.
        """
        if contract.kind is Kind.SHARES:
            return self.symbol(contract)
        if contract.kind is Kind.FUTURE:
            symbol = self._future_symbol(contract.root, contract.expiry)
            if symbol not in self._streamer_of_future:
                raise UnmappableSymbol(f"the stream's name of {symbol} was not in the list of futures", contract.root)
            return self._streamer_of_future[symbol]
        if contract.delivery is None:
            return streamed(self._option_text(contract))
        expiration = self._expiration(contract)
        if expiration.streamed is None or contract.strike is None or contract.right is None:
            raise UnmappableSymbol(f"the chain names no stream of {contract.text}")
        return streamed_future_option(replace(expiration.streamed, right=contract.right, strike=contract.strike))

    def _option_text(self, contract: Contract) -> OptionText:
        if contract.expiry is None or contract.right is None or contract.strike is None:
            raise UnmappableSymbol(f"{contract!r} is not a whole option")
        root = contract.root.replace(".", "")
        back = self._facts_of_root(root, contract.underlying)
        style = Style.EUROPEAN if root in INDEX_ROOTS else Style.AMERICAN
        if back != (contract.underlying, contract.multiplier) or contract.style is not style:
            raise UnmappableSymbol(f"{contract!r}: at the broker the root {root} means {back}, {style.value}")
        self._roots.setdefault(root, back)  # BRKB alone would not tell that it is of BRK.B
        return OptionText(root, contract.expiry, contract.right, contract.strike)

    def _future_symbol(self, product: str, expiry: date | None) -> str:
        symbol = self._future_at.get((product, expiry)) if expiry is not None else None
        if symbol is None or self._expiry_of_future[symbol] != expiry:  # ten years later it names another one
            raise UnmappableSymbol(f"no {product} future that ends on {expiry} is in the broker's list", product)
        return symbol

    def _expiration(self, contract: Contract) -> _Expiration:
        product, root, expiry = contract.underlying, contract.root, contract.expiry
        found = self._expirations.get((product, root, expiry)) if expiry is not None else None
        if found is None:
            name = _EXCHANGES_NAME.get((product, root), root)
            text = f"no option of the root {name} on {product} that ends on {expiry} is in the broker's chain"
            raise UnmappableSymbol(text, product)
        delivered = self._expiry_of_future.get(found.future)
        if delivered != contract.delivery:
            text = (
                f"{contract.text} would deliver the future of {contract.delivery}, the broker's the one of {delivered}"
            )
            raise UnmappableSymbol(text)
        if contract.multiplier != self._multiplier(product) or contract.style is not Style.AMERICAN:
            raise UnmappableSymbol(f"{contract!r} is not what the broker trades under that name")
        return found

    @staticmethod
    def _composed(expiration: _Expiration, expiry: date, right: Right, strike: Decimal) -> str:
        return future_option(FutureOptionText(expiration.future, expiration.code, expiry, right, strike))

    # -- symbols to contracts ------------------------------------------------------------------------------------------

    def contract(self, symbol: str, instrument_type: str, underlying: str | None = None) -> Contract:
        """The contract behind a symbol of an order or a holding.

        Args:
            symbol: as the broker writes it.
            instrument_type: the word that came with it.
            underlying: its ``underlying-symbol``, where the broker named one.

        Raises:
            UnmappableSymbol: a kind we do not hold, or only a chain not read yet would tell.
        """
        if instrument_type == InstrumentType.EQUITY:
            return shares(_ours(symbol))
        if instrument_type == InstrumentType.EQUITY_OPTION:
            return self._option(from_occ(symbol), underlying)
        if instrument_type == InstrumentType.FUTURE:
            return future(product_of(symbol), self._expiry(symbol), self._multiplier(product_of(symbol)))
        if instrument_type == InstrumentType.FUTURE_OPTION:
            return self._future_option(symbol)
        raise UnmappableSymbol(f"{symbol!r}: {instrument_type!r} is nothing the desk could hold")

    def from_streamer(self, name: str) -> Contract:
        """The contract behind a name in a stream of quotes.

        Raises:
            UnmappableSymbol: as for `contract`.
        """
        if name.startswith("./"):
            found = from_streamed_future_option(name)
            key = self._streamed.get(found.head)
            if key is None:
                raise UnmappableSymbol(f"{name!r} is in no chain that was read")
            return self._future_option(self._composed(self._expirations[key], key[2], found.right, found.strike))
        if name.startswith("/"):
            symbol = next((own for own, streamer in self._streamer_of_future.items() if streamer == name), "")
            if not symbol:
                raise UnmappableSymbol(f"{name!r} is in no list of futures that was read")
            return self.contract(symbol, InstrumentType.FUTURE)
        if name.startswith("."):
            return self._option(from_streamed(name), None)
        return shares(_ours(name))

    def _option(self, text: OptionText, underlying: str | None) -> Contract:
        name, multiplier = self._facts_of_root(text.root, None if underlying is None else _ours(underlying))
        is_index = text.root in INDEX_ROOTS
        return option(
            name,
            text.expiry,
            text.strike,
            text.right,
            root=name if text.root == name.replace(".", "") else text.root,
            style=Style.EUROPEAN if is_index else Style.AMERICAN,
            multiplier=multiplier,
        )

    def _facts_of_root(self, root: str, underlying: str | None) -> tuple[str, int]:
        """Underlying and multiplier of an option root."""
        if root in INDEX_ROOTS:
            return INDEX_ROOTS[root], _STANDARD_MULTIPLIER
        known = self._roots.get(root)
        if known is not None:
            return known
        name = root if underlying is None else underlying
        if name.replace(".", "") != root or not root.isalpha():
            raise UnmappableSymbol(f"what the adjusted root {root} delivers stands only in the chain of its underlying")
        return name, _STANDARD_MULTIPLIER

    def _future_option(self, symbol: str) -> Contract:
        text = from_future_option(symbol)
        product = product_of(text.future)
        root = self._root_of_code.get((text.future, text.code, text.expiry))
        if root is None:
            raise UnmappableSymbol(f"{symbol!r} is in no chain of {product} that was read", product)
        return option(
            product,
            text.expiry,
            text.strike,
            text.right,
            root=root,
            style=Style.AMERICAN,
            multiplier=self._multiplier(product),
            delivery=self._expiry(text.future),
        )

    def _expiry(self, symbol: str) -> date:
        expiry = self._expiry_of_future.get(symbol)
        if expiry is None:
            product = product_of(symbol) if is_future(symbol) else ""
            raise UnmappableSymbol(f"{symbol!r} is in no list of futures that was read", product)
        return expiry

    @staticmethod
    def _multiplier(product: str) -> int:
        multiplier = MULTIPLIERS.get(product)
        if multiplier is None:
            raise UnmappableSymbol(
                f"what a point of {product} is worth is not known here; the method does not trade it"
            )
        return multiplier


def _ours(ticker: str) -> str:
    """``BRK.B``, as LEAN writes it, of the broker's ``BRK/B``."""
    return ticker.replace("/", ".")

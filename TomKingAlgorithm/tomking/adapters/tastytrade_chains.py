"""Symbols with the chains they need: what no chain has named yet is asked of the broker, once, and then read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tomking.adapters.tastytrade_client import TastytradeClient
from tomking.adapters.tastytrade_outcomes import Accepted
from tomking.adapters.tastytrade_symbols import TastytradeSymbols
from tomking.adapters.tastytrade_symbols_formats import UnmappableSymbol

T = TypeVar("T")


class Chains:
    """The dictionary of symbols, and the way to learn more; for the worker's thread."""

    def __init__(self, client: TastytradeClient, symbols: TastytradeSymbols) -> None:
        self._client = client
        self._symbols = symbols

    def made(self, make: Callable[[TastytradeSymbols], T]) -> T:
        """What `make` makes with the symbols.

        Raises:
            UnmappableSymbol: no chain tells, or the chain could not be read now.
        """
        asked: set[str] = set()
        while True:
            try:
                return make(self._symbols)
            except UnmappableSymbol as error:
                if not error.product or error.product in asked:
                    raise
                asked.add(error.product)
                self._learn(error.product)

    def _learn(self, product: str) -> None:
        futures, chain = self._client.futures(product), self._client.future_option_chain(product)
        if isinstance(futures, Accepted):
            self._symbols.learn_futures(futures.value)
        if isinstance(chain, Accepted):
            self._symbols.learn_futures_chain(chain.value)

"""``self.option_chain_provider`` and ``self.future_chain_provider``: which contracts a root had on a date."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from leansim.api.naming import ClrObject
from leansim.api.symbols import Symbol

if TYPE_CHECKING:
    from leansim.feed.chain_files import ChainFiles


class BacktestingOptionChainProvider(ClrObject):
    """Option contracts from the universe files."""

    def __init__(self, files: ChainFiles) -> None:
        self._files = files

    def get_option_contract_list(self, symbol: Symbol, date: date) -> list[Symbol]:
        """The contracts of an underlying (or of an option's root) as of the trading day before a date."""
        canonical = symbol.canonical if symbol.has_canonical() and symbol.has_underlying else None
        if canonical is None:
            canonical = (
                symbol if symbol.is_canonical() and symbol.has_underlying else Symbol.create_canonical_option(symbol)
            )
        return self._files.contracts(canonical, datetime(date.year, date.month, date.day))


class BacktestingFutureChainProvider(ClrObject):
    """Futures contracts from the universe files."""

    def __init__(self, files: ChainFiles) -> None:
        self._files = files

    def get_future_contract_list(self, symbol: Symbol, date: date) -> list[Symbol]:
        """The contracts of a root as of the trading day before a date."""
        return self._files.contracts(symbol.canonical, datetime(date.year, date.month, date.day))

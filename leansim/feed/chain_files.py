"""Chains of the day before, from universe files: ``self.option_chain(symbol)`` and its kin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from leansim.api.bars import QuoteBar
from leansim.api.chains import BaseChain, FuturesChain, FuturesChains, OptionChain, OptionChains
from leansim.api.greeks import GreekLists, ModeledGreeks
from leansim.api.instant import BY_TICKER
from leansim.api.symbols import Symbol
from leansim.feed.universe_tables import ContractTable

if TYPE_CHECKING:
    from leansim.clock import TimeKeeper
    from leansim.lean_data.folder import DataFolder

C = TypeVar("C", bound=BaseChain)

_DAYS_BACK: Final = 3
_FIELDS: Final = {
    "bid_close": "close",
    "ask_close": "close",
    "close": "close",
    "volume": "volume",
    "value": "open_interest",
    "implied_volatility": "implied_volatility",
    "delta": "delta",
    "gamma": "gamma",
    "vega": "vega",
    "theta": "theta",
    "rho": "rho",
}


class FileColumns:
    """The columns of a universe file as contracts of a chain read them: the close is bid, ask and last; sizes are 0."""

    def __init__(self, table: ContractTable | None, today: datetime, strike_multiplier: float) -> None:
        self._table = table
        self._multiplier = strike_multiplier
        self.contract_time = today if table is None else table.end_time
        self.underlying = QuoteBar()
        bar = None if table is None else table.underlying
        self.underlying_price = 0.0 if bar is None else bar.close
        rows: list[int] = []
        if table is not None:
            rows = np.flatnonzero(table.expiry_day >= today.toordinal()).tolist()
            rows.sort(key=lambda row: table.symbol(row).value)
        self._rows = rows
        self.symbols: list[Symbol] = [] if table is None else [table.symbol(row) for row in rows]

    def __getattr__(self, field: str) -> Sequence[float]:
        if field.startswith("_"):
            raise AttributeError(field)
        values = self.__dict__[field] = self._list(field)
        return values

    @cached_property
    def greeks(self) -> Sequence[ModeledGreeks]:
        """The greeks of the contracts, as the file has them."""
        return ModeledGreeks._all_of(GreekLists(self._list), len(self._rows))

    def _list(self, field: str) -> Sequence[float]:
        """A field of all contracts; 0 where a universe file has none."""
        if field == "theta_per_day":
            return [value / 365.0 for value in self._list("theta")]
        column = _FIELDS.get(field)
        if column is None or self._table is None:
            return [0.0] * len(self._rows)
        values: list[float] = self._table.column(column)[self._rows].tolist()
        return values

    def expected_greeks(self) -> None:
        """None: they are found in the file's columns."""

    def strike_multiplier(self) -> float:
        """What strikes are multiplied by to compare them with the underlying's price."""
        return self._multiplier

    def move(self, tick_type: Any) -> None:
        """None: a universe file has no bars."""
        del tick_type

    def bar(self, symbol: Symbol, tick_type: Any) -> None:
        """None: a universe file has no bars."""
        del symbol, tick_type


class ChainFiles:
    """Chains as the last universe file before now has them."""

    def __init__(self, folder: DataFolder, clock: TimeKeeper) -> None:
        self._folder = folder
        self._clock = clock

    def option_chain(self, canonical: Symbol, flatten: bool) -> OptionChain:
        """The options of a root; empty when none of the last three trading days has a file."""
        return self._chain(OptionChain, canonical, flatten)

    def option_chains(self, canonicals: Sequence[Symbol], flatten: bool) -> OptionChains:
        """Several option chains."""
        chains = {c: self.option_chain(c, flatten) for c in canonicals}
        return OptionChains._lazy(self._today(canonicals), chains.get, lambda: sorted(chains, key=BY_TICKER))

    def futures_chain(self, canonical: Symbol, flatten: bool) -> FuturesChain:
        """The futures of a root; empty when none of the last three trading days has a file."""
        return self._chain(FuturesChain, canonical, flatten)

    def futures_chains(self, canonicals: Sequence[Symbol], flatten: bool) -> FuturesChains:
        """Several futures chains."""
        chains = {c: self.futures_chain(c, flatten) for c in canonicals}
        return FuturesChains._lazy(self._today(canonicals), chains.get, lambda: sorted(chains, key=BY_TICKER))

    def contracts(self, canonical: Symbol, day: datetime) -> list[Symbol]:
        """Every contract of the last universe file before a day; empty when none of three trading days has one."""
        table = self._latest(canonical, day)
        return [] if table is None else [table.symbol(row) for row in range(len(table))]

    def _today(self, canonicals: Sequence[Symbol]) -> datetime | None:
        return None if not canonicals else self._date(canonicals[0])

    def _date(self, canonical: Symbol) -> datetime:
        local = self._clock.local(self._folder.market_hours.entry_of(canonical).time_zone)
        return datetime(local.year, local.month, local.day)

    def _chain(self, kind: type[C], canonical: Symbol, flatten: bool) -> C:
        today = self._date(canonical)
        properties = self._folder.symbol_properties.of(canonical)
        columns = FileColumns(self._latest(canonical, today), today, float(properties.strike_multiplier))
        return kind(canonical, today, columns, flatten)

    def _latest(self, canonical: Symbol, today: datetime) -> ContractTable | None:
        hours = self._folder.market_hours.entry_of(canonical)
        day = today
        for _ in range(_DAYS_BACK):
            day = hours.get_previous_trading_day(day)
            universe = self._folder.read_universe(canonical, day.date())
            if universe is not None and len(universe):
                return ContractTable(universe)
        return None

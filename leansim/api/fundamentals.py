"""What a universe of fundamentals shows of an equity: LEAN's coarse data. Company reports are not emulated."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leansim.api.bars import BaseData
from leansim.api.symbols import SecurityIdentifier, Symbol

if TYPE_CHECKING:
    from leansim.lean_data.coarse import CoarseRow

_ONE_DAY = timedelta(days=1)


class Fundamental(BaseData):
    """One equity on a day; without a row of coarse data its figures are 0."""

    def __init__(self, time: datetime, symbol: Symbol, row: CoarseRow | None = None) -> None:
        super().__init__()
        self.symbol = symbol
        self.time = time
        self.end_time = time + _ONE_DAY
        self.value = 0.0 if row is None else row.close
        self._row = row

    @property
    def price(self) -> float:
        """The close as traded."""
        return float(self.value)

    @property
    def market(self) -> str:
        """The market."""
        market: str = self.symbol.id.market
        return market

    @property
    def volume(self) -> int:
        """Shares traded."""
        return 0 if self._row is None else int(self._row.volume)

    @property
    def dollar_volume(self) -> float:
        """Money traded."""
        return 0.0 if self._row is None else self._row.dollar_volume

    @property
    def has_fundamental_data(self) -> bool:
        """Whether LEAN has company reports of it."""
        return self._row is not None and self._row.has_fundamentals

    @property
    def price_factor(self) -> float:
        """What the close is multiplied with for dividends."""
        return 1.0 if self._row is None else self._row.price_factor

    @property
    def split_factor(self) -> float:
        """What the close is multiplied with for splits."""
        return 1.0 if self._row is None else self._row.split_factor

    @property
    def adjusted_price(self) -> float:
        """The close, adjusted."""
        return self.price * self.price_factor * self.split_factor


def fundamental_of(time: datetime, row: CoarseRow) -> Fundamental:
    """What a row of the file of a day shows."""
    return Fundamental(time, Symbol(SecurityIdentifier.parse(row.identity), row.ticker), row)

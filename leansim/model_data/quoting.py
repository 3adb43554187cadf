"""Minute quotes of the contracts of one file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import quotes
from leansim.model_data.chain import Day
from leansim.model_data.contracts import Contracts, Valuation
from leansim.model_data.lines import TickLines
from leansim.model_data.number_text import quote_cells
from leansim.model_data.path import SAMPLES_PER_MINUTE, elapsed_variance
from leansim.model_data.quotes import Law, QuoteBars
from leansim.model_data.randomness import generator
from leansim.model_data.session_grid import Minutes

Floats = NDArray[np.float64]

STRIKE_SCALE = 10_000

_STILL = np.zeros(1)
LAST_MOMENT = 0.5 / 390.0
"""Share of a session's variance left at its last quote: as in the chain of the day, options are not yet dead."""


@dataclass(frozen=True)
class Quoting:
    """How the options of one root are valued and quoted on a day.

    Attributes:
        root: name in files, lower case.
        style: of exercise, as in file names.
        day: the session.
        seed: of the model.
        valuation: of its contracts.
        law: of spreads, ticks and sizes.
        unit: what one tick is in the file.
        open_minute: of the session on the file's clock.
        decimals: of prices in the file; None: they are whole numbers.
        interest_minute: of the day in which the open interest is known, on the file's clock.
    """

    root: str
    style: str
    day: date
    seed: int
    valuation: Valuation
    law: Law
    unit: float
    open_minute: int = 9 * 60 + 30
    decimals: int | None = None
    interest_minute: int = 6 * 60 + 30

    def names(self, kind: str, contracts: Contracts) -> list[str]:
        """Names of entries of minutes, a contract."""
        return self._names(f"{self.day:%Y%m%d}_{self.root}_minute_{kind}_{self.style}", contracts)

    def dated_names(self, kind: str, contracts: Contracts) -> list[str]:
        """Names of entries of hours and days, a contract."""
        return self._names(f"{self.root}_{kind}_{self.style}", contracts)

    def _names(self, start: str, contracts: Contracts) -> list[str]:
        expiries = [f"{expiry.day:%Y%m%d}" for expiry in contracts.expiries]
        columns = (contracts.is_call.tolist(), contracts.strike.tolist(), contracts.of.tolist())
        return [
            f"{start}_{'call' if is_call else 'put'}_{round(strike * STRIKE_SCALE)}_{expiries[of]}.csv"
            for is_call, strike, of in zip(*columns, strict=True)
        ]

    def mids(self, contracts: Contracts, bar: Floats, volatility: float) -> Floats:
        """Middle of the quotes at levels of the underlying, at the end of the session: contracts by levels."""
        points = len(bar)
        value = self.valuation.values(contracts, self.day, bar, np.full(points, volatility), np.zeros(points))
        bid, ask = quotes.quote(value, np.ones(points), self.law)
        return np.asarray((bid + ask) * (0.5 * self.law.tick))

    def bars(self, contracts: Contracts, minutes: Minutes, day: Day, level: Floats) -> QuoteBars:
        """The quotes of contracts that are quoted at the same minutes.

        A bar spans the quotes at the two ends of its minute, and sizes stand through a spell.
        """
        times = np.union1d(minutes, minutes + 1)
        samples = times * SAMPLES_PER_MINUTE
        left = np.maximum(1.0 - elapsed_variance(day.minutes)[samples], LAST_MOMENT)
        value = self.valuation.values(contracts, self.day, level[samples], day.vix[samples], left)
        bid, ask = quotes.quote(value, quotes.widening(day.minutes)[times], self.law)
        starts, ends = np.searchsorted(times, minutes), np.searchsorted(times, minutes + 1)
        opening, closing = (quotes.Quotes(bid[:, at], ask[:, at]) for at in (starts, ends))
        sides = quotes.bars(opening, closing, _STILL, _STILL, self.law)
        spell = np.cumsum(np.diff(minutes, prepend=minutes[0]) > 1)
        first = np.searchsorted(spell, np.arange(spell[-1] + 1))
        # a generator of its own for each set of minutes: what one set draws does not depend on the others
        rng = generator(self.seed, f"sizes {self.root} {len(minutes)}", self.day)
        bid_size, ask_size = (size[:, spell] for size in quotes.sizes(rng, value[:, ends[first]], self.law))
        return QuoteBars(minutes, sides[0], bid_size, sides[1], ask_size)


def quote_lines(
    quoting: Quoting, contracts: Contracts, minutes: Sequence[Minutes], day: Day, level: Floats
) -> Iterator[TickLines]:
    """One entry per contract with its quotes.

    Args:
        quoting: how.
        contracts: which.
        minutes: at which minutes each of them is quoted.
        day: the path of the asset's session.
        level: of the underlying at each sample of the path.
    """
    grids: dict[bytes, int] = {}
    own = np.array([grids.setdefault(grid.tobytes(), len(grids)) for grid in minutes])
    for grid, number in grids.items():
        together = contracts.only(own == number)
        bars = quoting.bars(together, np.frombuffer(grid, np.int64), day, level)
        cells = quote_cells(bars, quoting.unit, quoting.decimals)
        yield TickLines(quoting.names("quote", together), quoting.open_minute + bars.minutes, cells)

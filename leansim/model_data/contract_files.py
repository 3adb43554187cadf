"""Files of the options on funds and indices: quotes of a day, open interest, and rows of the universe.

Contracts come from the `listing`, times from the `session_grid`, values from the asset's path through Black's formula
on the forward that the short rate makes. Nothing pays dividends here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import quotes
from leansim.model_data.assets import ASSETS, INDEX, Markets
from leansim.model_data.chain import Day
from leansim.model_data.contracts import DAYS_OF_YEAR, Contracts, Valuation
from leansim.model_data.history import DailyBar
from leansim.model_data.lines import Lines, NumberLines
from leansim.model_data.listing import Listing
from leansim.model_data.open_interest import open_interest
from leansim.model_data.products import OptionRoot
from leansim.model_data.quoting import Quoting, quote_lines
from leansim.model_data.session_grid import quoted_minutes
from leansim.model_data.writer import csv_lines

UNIVERSE_HEADER = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho"
)
TEN_THOUSANDTHS = 10_000

SHARE_TRADED = 0.08
"""Contracts traded on a day, as a share of the open interest."""


@dataclass(frozen=True)
class RootFiles:
    """The options of one root.

    Attributes:
        name: of the root, lower case.
        root: its row of the table.
        markets: what prices follow.
        seed: of the model.
    """

    name: str
    root: OptionRoot
    markets: Markets
    seed: int

    @cached_property
    def listing(self) -> Listing:
        """Its contracts, evening by evening."""
        return Listing(self.root, self.markets)

    @cached_property
    def law(self) -> quotes.Law:
        """How it is quoted: as options on the S&P 500, on the scale of its own price and with its own ticks."""
        root = self.root
        unit = root.scale * ASSETS[root.asset].level / ASSETS[INDEX].level
        law = quotes.CBOE.scaled(unit, root.width, root.depth)
        return law._replace(
            tick=root.tick / TEN_THOUSANDTHS,
            dear_from=root.dear_from // root.tick,
            dear_step=root.dear_tick // root.tick,
        )

    def quote_lines(self, day: Day, without: frozenset[float] = frozenset()) -> Iterator[Lines]:
        """One entry per contract with its quotes.

        Args:
            day: the path of the asset's session.
            without: strikes of today's expiry that are quoted elsewhere.
        """
        contracts = self._listed(self._before(day.session), without)
        every_minute = self.root.style == "european"
        left = contracts.days_left(day.session)
        yield from quote_lines(
            self.quoting(day.session),
            contracts,
            [
                quoted_minutes(day.minutes, days, is_near=near, every_minute=every_minute)
                for days, near in zip(left.tolist(), contracts.is_near.tolist(), strict=True)
            ],
            day,
            self.level(day),
        )

    def interest_lines(self, day: date, without: frozenset[float] = frozenset()) -> NumberLines:
        """One entry per contract near the price with the open interest of the morning."""
        listed = self._listed(self._before(day), without)
        contracts = listed.only(listed.is_near)
        quoting, interest = self.quoting(day), self.interest(contracts, self._before(day))
        return NumberLines(
            quoting.names("openinterest", contracts), np.array([quoting.interest_minute]), [interest[:, None]]
        )

    def universe_rows(self, evening: date, without: frozenset[float] = frozenset()) -> str:
        """Lines of the contracts that trade after an evening, by expiry, calls before puts."""
        contracts = self._listed(evening, without)
        if not len(contracts):
            return ""
        import polars as pl

        markets, root = self.markets, self.root
        quoting = self.quoting(evening)
        bar = np.array(markets.bars(root.asset)[evening][:4]) * root.scale
        volatility = markets.volatility(root.asset)[evening]
        implied, greeks = quoting.valuation.greeks(contracts, evening, float(bar[3]), volatility)
        interest = self.interest(contracts, evening)
        mids = quoting.mids(contracts, bar, volatility)
        frame = pl.DataFrame(
            {
                "expiry": np.array([f"{expiry.day:%Y%m%d}" for expiry in contracts.expiries])[contracts.of].tolist(),
                "strike": [f"{strike:g}" for strike in contracts.strike.tolist()],
                "right": np.where(contracts.is_call, "C", "P").tolist(),
                "open": mids[:, 0],
                "high": mids.max(axis=1),
                "low": mids.min(axis=1),
                "close": mids[:, 3],
                "volume": (interest * SHARE_TRADED).astype(np.int64),
                "open_interest": interest,
                "implied_volatility": implied,
                "delta": greeks.delta,
                "gamma": greeks.gamma,
                "vega": greeks.vega / 100.0,
                "theta": greeks.theta / DAYS_OF_YEAR,
                "rho": greeks.rho / 100.0,
            }
        )
        return csv_lines(frame, 7).decode()

    def quoting(self, day: date) -> Quoting:
        """How the root is valued and quoted on a day."""
        root = self.root
        american = root.style == "american"
        valuation = Valuation(ASSETS[root.asset].rho, self.markets.history.rate(day), False, american)
        return Quoting(self.name, root.style, day, self.seed, valuation, self.law, root.tick)

    @property
    def asset(self) -> str:
        """What decides their value."""
        return self.root.asset

    def trading(self, day: date) -> Contracts:
        """The contracts of a session."""
        return self.listed(self._before(day))

    def interest_on(self, contracts: Contracts, day: date) -> NDArray[np.int64]:
        """Open interest on the morning of a session."""
        return self.interest(contracts, self._before(day))

    def bar(self, day: date) -> NDArray[np.float64]:
        """Open, high, low and close of the underlying."""
        return np.array(self.markets.bars(self.root.asset)[day][:4]) * self.root.scale

    def level(self, path: Day) -> NDArray[np.float64]:
        """The underlying at each sample of a session."""
        return path.index * self.root.scale

    def _before(self, day: date) -> date:
        previous = self.markets.history.previous(day)
        assert previous is not None, "a modelled day has a session before it"
        return previous

    @cached_property
    def listed(self) -> Callable[[date], Contracts]:
        """The contracts after an evening; its universe and the next day's files ask for the same ones."""
        return lru_cache(maxsize=4)(lambda evening: Contracts.listed(self.listing.on(evening)))

    def _listed(self, evening: date, without: frozenset[float]) -> Contracts:
        """The contracts after an evening, but for strikes of the next session's expiry."""
        following = self.markets.history.following(evening)
        contracts = self.listed(evening)
        if not without:
            return contracts
        expiring = np.array([expiry.last == following for expiry in contracts.expiries])[contracts.of]
        return contracts.only(~(expiring & np.isin(contracts.strike, list(without))))

    def interest(self, contracts: Contracts, evening: date) -> NDArray[np.int64]:
        """Open interest: a hump out of the money, and noise that stays with a contract."""
        root = self.root
        close = self.markets.bars(root.asset)[evening].close * root.scale
        level = self.markets.volatility(root.asset)[evening] / 100.0
        return open_interest(contracts, evening, close, level, f"{self.seed}|{self.name}", root.depth)


def universe_head(bar: DailyBar, scale: float) -> str:
    """The header of a universe file and the underlying's line."""
    prices = ",".join(f"{price * scale:.2f}" for price in bar[:4])
    return f"{UNIVERSE_HEADER}\n,,,{prices},{bar.volume},,,,,,,\n"

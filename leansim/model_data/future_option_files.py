"""Files of the options on futures: quotes, open interest and universes, one for each month of the future."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import quotes
from leansim.model_data.assets import ASSETS, INDEX, Markets
from leansim.model_data.chain import Day
from leansim.model_data.contracts import Contracts, Valuation
from leansim.model_data.expiries import Expiry, session_on_or_before
from leansim.model_data.future_files import OPEN_INTEREST_MINUTE, FutureFiles
from leansim.model_data.futures import FutureRoot, Month, on_tick
from leansim.model_data.globex import open_minute
from leansim.model_data.lines import NumberLines, TickLines
from leansim.model_data.listing import MONTHLY, Series, strikes_of
from leansim.model_data.open_interest import open_interest
from leansim.model_data.quoting import Quoting, quote_lines
from leansim.model_data.session_grid import quoted_minutes

UNIVERSE_HEADER = "#expiry,strike,right,open,high,low,close,volume,open_interest"

_SHARE_TRADED = 0.08
# Spreads of options on E-mini futures beside their value, as calibrated in regular hours.
_SPREAD, _SPREAD_POWER = 0.134, 0.300


@dataclass(frozen=True)
class FutureOptionFiles:
    """The options of one root on one month of its future."""

    futures: FutureFiles
    month: Month

    @property
    def root(self) -> FutureRoot:
        """The future's row of the table."""
        return self.futures.root

    @property
    def expiry(self) -> Expiry:
        """Of the options."""
        return Expiry(self.month.option_expiry, session_on_or_before(self.month.option_expiry))

    def is_listed(self, evening: date) -> bool:
        """Whether the options are listed on an evening and trade after it."""
        left = (self.expiry.day - evening).days
        return evening < self.expiry.last and left <= self.root.options_ahead

    def quote_lines(self, day: Day) -> Iterator[TickLines]:
        """One entry per contract with its quotes."""
        contracts = self._contracts(self._before(day.session))
        minutes = [
            quoted_minutes(day.minutes, days, is_near=near)
            for days, near in zip(contracts.days_left(day.session).tolist(), contracts.is_near.tolist(), strict=True)
        ]
        yield from quote_lines(self.quoting(day.session), contracts, minutes, day, self.level(day))

    def interest_lines(self, day: date) -> NumberLines:
        """One entry per contract near the price with the open interest of the morning."""
        evening = self._before(day)
        listed = self._contracts(evening)
        contracts = listed.only(listed.is_near)
        quoting, interest = self.quoting(day), self._interest(contracts, evening)
        return NumberLines(
            quoting.names("openinterest", contracts), np.array([quoting.interest_minute]), [interest[:, None]]
        )

    def universe(self, evening: date) -> str:
        """The future's bar and the contracts that trade after an evening; files of these options have no greeks.

        On a holiday of stocks it is that of the session before.
        """
        markets, root, evening = self.futures.markets, self.root, session_on_or_before(evening)
        bar = self.futures.bar(evening, self.month)
        contracts = self._contracts(evening)
        volatility = markets.volatility(root.asset)[evening]
        mids = self.quoting(evening).mids(contracts, bar, volatility)
        interest = self._interest(contracts, evening)
        text = f"{root.decimals}f"
        under = ",".join(f"{price:.{text}}" for price in bar)
        lines = [UNIVERSE_HEADER, f",,,{under},{root.volume},"]
        decimals = max(root.decimals, 3)
        columns = (contracts.strike.tolist(), contracts.is_call.tolist(), mids.tolist(), interest.tolist())
        expiry = f"{self.expiry.day:%Y%m%d}"
        for strike, is_call, (o, high, low, c), count in zip(*columns, strict=True):
            top, bottom = max(o, high, low, c), min(o, high, low, c)
            prices = ",".join(f"{price:.{decimals}f}" for price in (o, top, bottom, c))
            right = "C" if is_call else "P"
            lines.append(f"{expiry},{strike:.10g},{right},{prices},{int(count * _SHARE_TRADED)},{count}")
        return "\n".join(lines) + "\n"

    @cached_property
    def _series(self) -> Series:
        """The month's own closes."""
        found = Series.of(self.futures.markets, self.root.asset, 1.0)
        costs = np.array([self._carry(day) for day in found.days])
        return replace(found, close=found.close * costs)

    def _contracts(self, evening: date) -> Contracts:
        strikes = strikes_of(self._series, self.expiry, evening, [(MONTHLY, self.root.options_ahead)])
        return Contracts.listed([strikes])

    def _interest(self, contracts: Contracts, evening: date) -> NDArray[np.int64]:
        files, root = self.futures, self.root
        close = float(files.bar(evening, self.month)[3])
        level = files.markets.volatility(root.asset)[evening] / 100.0
        key = f"{files.seed}|{files.name} {self.month.name}"
        return open_interest(contracts, evening, close, level, key, root.depth)

    @property
    def markets(self) -> Markets:
        """What prices follow."""
        return self.futures.markets

    @property
    def asset(self) -> str:
        """What decides their value."""
        return self.root.asset

    def trading(self, day: date) -> Contracts:
        """The contracts of a session; none before they are listed and after their last one."""
        evening = self._before(day)
        return self._contracts(evening) if self.is_listed(evening) else Contracts.listed(())

    def interest_on(self, contracts: Contracts, day: date) -> NDArray[np.int64]:
        """Open interest on the morning of a session."""
        return self._interest(contracts, self._before(day))

    def bar(self, day: date) -> NDArray[np.float64]:
        """Open, high, low and close of the future."""
        return self.futures.bar(day, self.month)

    def level(self, path: Day) -> NDArray[np.float64]:
        """The future at each sample of a session."""
        return on_tick(self.root, path.index * self._carry(path.session))

    def quoting(self, day: date) -> Quoting:
        """How the options are valued and quoted on a day."""
        root, files = self.root, self.futures
        rate = files.markets.history.rate(day)
        valuation = Valuation(ASSETS[root.asset].rho, rate, on_future=True, is_american=True)
        return Quoting(
            root.options, "american", day, files.seed, valuation, self._law, root.option_tick, open_minute(day),
            max(root.decimals, 2), OPEN_INTEREST_MINUTE,
        )  # fmt: skip

    @cached_property
    def _law(self) -> quotes.Law:
        root = self.root
        unit = root.scale * ASSETS[root.asset].level / ASSETS[INDEX].level
        law = quotes.CBOE._replace(spread=_SPREAD, spread_power=_SPREAD_POWER).scaled(unit, root.width, root.depth)
        tick = root.option_tick
        return law._replace(
            tick=tick, dear_from=round(root.dear_from / tick), dear_step=max(round(root.dear_tick / tick), 1)
        )

    def _carry(self, day: date) -> float:
        return self.futures.carry(day, self.month)

    def _before(self, day: date) -> date:
        previous = self.futures.markets.history.previous(day)
        assert previous is not None, "a modelled day has a session before it"
        return previous

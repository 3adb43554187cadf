"""Contracts of one file as columns, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leansim.model_data import chain, surface
from leansim.model_data.expiries import Expiry, sessions_between
from leansim.model_data.listing import Strikes
from leansim.pricing.black import Greeks, black_scholes_greeks

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAYS_OF_YEAR = 365.0


@dataclass(frozen=True)
class Contracts:
    """Options by expiry, calls before puts, by strike.

    Attributes:
        expiries: of the contracts.
        of: position in them, a contract.
        strike: a contract.
        is_call: a contract.
        is_near: the strike is near the price.
    """

    expiries: tuple[Expiry, ...]
    of: NDArray[np.int64]
    strike: Floats
    is_call: Bools
    is_near: Bools

    @classmethod
    def listed(cls, chains: Iterable[Strikes]) -> Contracts:
        """All contracts of some expiries."""
        expiries, columns = [], []
        for position, strikes in enumerate(chains):
            expiries.append(strikes.expiry)
            for right, has in ((True, strikes.has_call), (False, strikes.has_put)):
                strike, near = strikes.strike[has], strikes.is_near[has]
                columns.append((np.full(len(strike), position), strike, np.full(len(strike), right), near))
        if not columns:
            none = np.zeros(0)
            return cls((), none.astype(np.int64), none, none.astype(bool), none.astype(bool))
        return cls(tuple(expiries), *(np.concatenate(column) for column in zip(*columns, strict=True)))

    def __len__(self) -> int:
        return len(self.strike)

    def only(self, chosen: Bools) -> Contracts:
        """Some of the contracts."""
        return Contracts(
            self.expiries, self.of[chosen], self.strike[chosen], self.is_call[chosen], self.is_near[chosen]
        )

    def days_left(self, day: date) -> NDArray[np.int64]:
        """Calendar days to the last session, a contract."""
        return np.array([(expiry.last - day).days for expiry in self.expiries], np.int64)[self.of]

    def years(self, day: date) -> Floats:
        """Calendar time to the expiry, a contract."""
        return np.array([(expiry.day - day).days for expiry in self.expiries])[self.of] / DAYS_OF_YEAR

    def variance(self, day: date, volatility: Floats, left: Floats) -> Floats:
        """Total variance at the money: contracts by points in time.

        Args:
            day: the session.
            volatility: index of the asset at each point, in points.
            left: share of the session's variance still to come.
        """
        terms = [
            surface.term_variance(volatility, left, sessions_between(day, expiry.last), is_morning=expiry.is_morning)
            for expiry in self.expiries
        ]
        return np.stack(terms)[self.of]


@dataclass(frozen=True)
class Valuation:
    """How the options of one root are valued.

    Attributes:
        rho: of the asset's smile.
        rate: short rate of the day, a fraction.
        on_future: the underlying is a future: it has no carry.
        is_american: worth at least what exercising pays.
    """

    rho: float
    rate: float
    on_future: bool
    is_american: bool

    def values(self, contracts: Contracts, day: date, level: Floats, volatility: Floats, left: Floats) -> Floats:
        """Fair values: contracts by points in time.

        Puts and calls keep parity at the rate. Options exercised early are worth at least what that pays; more of a
        premium they do not have.

        Args:
            contracts: what is valued.
            day: the session.
            level: of the underlying at each point.
            volatility: index of the asset, in points.
            left: share of the session's variance still to come.
        """
        discount = np.exp(-self.rate * contracts.years(day))[:, None]
        forward = np.broadcast_to(level, (len(contracts), len(level))) / (1.0 if self.on_future else discount)
        strike, is_call = contracts.strike[:, None], contracts.is_call[:, None]
        fair = chain.fair_values(forward, contracts.variance(day, volatility, left), contracts.strike, self.rho)
        value = np.where(is_call, fair.call, fair.put) * discount
        return np.maximum(value, np.where(is_call, 1.0, -1.0) * (level - strike)) if self.is_american else value

    def greeks(self, contracts: Contracts, evening: date, level: float, volatility: float) -> tuple[Floats, Greeks]:
        """Implied volatility and greeks at the end of a session, by the surface and on LEAN's clock."""
        years = contracts.years(evening)
        variance = contracts.variance(evening, np.array([volatility]), np.zeros(1))[:, 0]
        carry = 0.0 if self.on_future else self.rate
        log_moneyness = np.log(contracts.strike / (level * np.exp(carry * years)))
        implied = np.sqrt(surface.total_variance(log_moneyness, variance, self.rho) / years)
        dividend = self.rate - carry
        return implied, black_scholes_greeks(
            level, contracts.strike, years, self.rate, dividend, implied, contracts.is_call
        )

"""What a holding would be worth in another market: the same options repriced at another price and volatility.

One holding, one underlying. Each option keeps the volatility its price implies today; shares and futures move with the
underlying.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from tomking.market.calendar import settles_at
from tomking.market.contract import Contract, Right
from tomking.market.greeks import black_greeks, black_price, carry, implied_volatility, years_between
from tomking.market.implied import Numbers

_LEAST_VOLATILITY = 0.01
"""For options whose price implies none, when no other option of the holding implies one either."""


@dataclass(frozen=True, slots=True)
class BookGreeks:
    """Derivatives of a whole holding in account currency.

    Attributes:
        delta: per point of the underlying.
        gamma: of delta, per point.
        vega: per volatility point.
        theta: per calendar day.
    """

    delta: float
    gamma: float
    vega: float
    theta: float


@dataclass(frozen=True)
class Valuation:
    """A holding with everything its repricing needs; arrays have one entry an option.

    Attributes:
        spot: price of the underlying, or of the future the options deliver.
        rate: risk-free rate a year.
        scale: signed quantity times multiplier.
        strike, years, volatility: of each option.
        is_call: which are calls.
        on_future: options on a future, valued on the future itself.
        linear: account currency per point from shares and futures.
    """

    spot: float
    rate: float
    scale: Numbers
    strike: Numbers
    years: Numbers
    volatility: Numbers
    is_call: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    on_future: bool
    linear: float

    def _forward(self, spot: Numbers | float) -> Numbers | float:
        return spot if self.on_future else spot * carry(self.years, self.rate)

    def worth(self, spot: float, volatility_shift: Numbers | float = 0.0) -> float:
        """Value in account currency at another price, every volatility shifted (in fractions: 0.05 is 5 points)."""
        linear = self.linear * spot
        if not self.scale.size:
            return linear
        volatility = np.maximum(self.volatility + volatility_shift, _LEAST_VOLATILITY)
        price = black_price(self._forward(spot), self.strike, self.years, volatility, self.rate, self.is_call)
        return linear + float(self.scale @ price)

    def greeks(self) -> BookGreeks:
        """The derivatives now."""
        if not self.scale.size:
            return BookGreeks(self.linear, 0.0, 0.0, 0.0)
        each = black_greeks(
            self._forward(self.spot),
            self.strike,
            self.years,
            self.volatility,
            self.rate,
            self.is_call,
            on_future=self.on_future,
        )
        sums = (float(self.scale @ part) for part in (each.delta, each.gamma, each.vega, each.theta))
        delta, gamma, vega, theta = sums
        return BookGreeks(self.linear + delta, gamma, vega, theta)


def valuation(
    holding: Mapping[Contract, int],
    prices: Mapping[Contract, Decimal],
    spot: Decimal,
    now: datetime,
    rate: float,
) -> Valuation:
    """The holding as priced now.

    Args:
        holding: signed quantities, all on one underlying.
        prices: mids of the options; one without a price, or whose price implies no volatility, takes the highest
            volatility of the others: what nobody prices is not counted as calm.
        spot: price of the underlying.
        now: the instant.
        rate: risk-free rate a year.
    """
    options = [contract for contract in holding if contract.is_option]
    linear = sum(q * c.multiplier for c, q in holding.items() if not c.is_option)
    on_future = any(contract.delivery is not None for contract in options)
    strike = np.array([float(contract.strike or 0) for contract in options])
    years = np.array([years_between(now, settles_at(contract)) for contract in options])
    is_call = np.array([contract.right is Right.CALL for contract in options], dtype=np.bool_)
    price = np.array([float(prices.get(contract, 0)) for contract in options])
    volatility = np.empty(0)
    if options:
        forward = float(spot) if on_future else float(spot) * carry(years, rate)
        volatility = implied_volatility(price, forward, strike, years, rate, is_call)
        known = volatility[~np.isnan(volatility)]
        volatility = np.where(np.isnan(volatility), known.max() if known.size else _LEAST_VOLATILITY, volatility)
    return Valuation(
        spot=float(spot),
        rate=rate,
        scale=np.array([float(holding[contract] * contract.multiplier) for contract in options]),
        strike=strike,
        years=years,
        volatility=volatility,
        is_call=is_call,
        on_future=on_future,
        linear=float(linear),
    )

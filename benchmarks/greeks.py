"""Greeks and implied volatilities of a chain, beside two libraries that take one option at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import QuantLib
from tomking.market.greeks import black_greeks, black_price, carry, implied_volatility
from vollib.black_scholes.greeks.analytical import delta, gamma, theta, vega
from vollib.black_scholes.implied_volatility import implied_volatility as vollib_volatility

from benchmarks.figure import Figure, best_seconds

CONTRACTS = 2_000
SAMPLE = 50
"""Contracts the libraries are measured on; they need the same time for each."""

SPOT, RATE = 2740.0, 0.02


def measure(folder: Path) -> Iterator[Figure]:  # noqa: ARG001  every workload is given one
    """Volatility, delta, gamma, vega and theta of 20 expiries with 100 strikes each."""
    strike = np.tile(np.linspace(2200, 3200, 100), 20)
    years = np.repeat(np.linspace(7, 365, 20) / 365, 100)
    is_call = strike > SPOT
    forward = SPOT * carry(years, RATE)
    volatility = 0.12 + 0.1 * np.abs(np.log(strike / SPOT))
    price = black_price(forward, strike, years, volatility, RATE, is_call)

    def ours() -> None:
        found = implied_volatility(price, forward, strike, years, RATE, is_call)
        black_greeks(forward, strike, years, found, RATE, is_call, on_future=False)

    chosen = np.linspace(0, CONTRACTS - 1, SAMPLE).astype(int)
    rows = [
        (float(price[one]), float(strike[one]), float(years[one]), "c" if is_call[one] else "p")
        for one in chosen
        if price[one] > 0.01
    ]

    def by_vollib() -> None:
        for worth, at, life, flag in rows:
            found = vollib_volatility(worth, SPOT, at, life, RATE, flag)
            for greek in (delta, gamma, vega, theta):
                greek(flag, SPOT, at, life, RATE, found)

    def by_quantlib() -> None:
        for worth, at, life, flag in rows:
            kind = QuantLib.Option.Call if flag == "c" else QuantLib.Option.Put
            growth = float(np.exp(RATE * life))
            deviation = QuantLib.blackFormulaImpliedStdDev(kind, at, SPOT * growth, worth, 1 / growth, 0.0, 0.2, 1e-10)
            payoff = QuantLib.PlainVanillaPayoff(kind, at)
            found = QuantLib.BlackCalculator(payoff, SPOT * growth, deviation, 1 / growth)
            found.delta(SPOT), found.gamma(SPOT), found.vega(life), found.theta(SPOT, life)

    rate = CONTRACTS / best_seconds(ours, runs=50)
    for name, library in (("vollib", by_vollib), ("QuantLib", by_quantlib)):
        yield Figure(
            f"greeks: a chain of {CONTRACTS:,} contracts",
            "contracts",
            rate,
            f"{name}, one by one",
            len(rows) / best_seconds(library),
        )

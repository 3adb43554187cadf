"""Open interest of modelled options."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np
from numpy.typing import NDArray

from leansim.model_data.contracts import Contracts

# Thickest out of the money; the noise is the same day after day, as positions are.
_AT_THE_MONEY, _WIDTH, _NOISE, _LEAST = 2500.0, 1.6, 0.8, 0.02
_CALLS_ABOVE, _PUTS_BELOW = 0.7, -1.0


def open_interest(
    contracts: Contracts, evening: date, close: float, volatility: float, key: str, depth: float
) -> NDArray[np.int64]:
    """Contracts open at the end of a session.

    Args:
        contracts: of a root.
        evening: the session.
        close: of the underlying.
        volatility: index of the asset, a fraction.
        key: what the noise depends on besides the contract.
        depth: the root's interest beside that of S&P 500 options.
    """
    deviation = volatility * np.sqrt(contracts.years(evening))
    distance = np.log(contracts.strike / close) / deviation
    shift = np.where(contracts.is_call, _CALLS_ABOVE, _PUTS_BELOW)
    bulk = np.exp(-(((distance - shift) / _WIDTH) ** 2)) + _LEAST
    return np.asarray(np.rint(_AT_THE_MONEY * depth * bulk * np.exp(_NOISE * _lasting_noise(contracts, key))), np.int64)


def _lasting_noise(contracts: Contracts, key: str) -> NDArray[np.float64]:
    """About standard normal numbers that depend on the contract and not on the list it stands in."""
    salts = [
        int.from_bytes(hashlib.sha256(f"{key}|{expiry.day}".encode()).digest()[:8], "big")
        for expiry in contracts.expiries
    ]
    number = np.rint(contracts.strike * 20_000).astype(np.uint64) + contracts.is_call.astype(np.uint64)
    mixed = number * np.uint64(0x9E3779B97F4A7C15) ^ np.array(salts, np.uint64)[contracts.of]
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    # four uniform numbers of sixteen bits each: their sum is near enough to normal
    parts = [(mixed >> np.uint64(shift)) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48)]
    return np.asarray((np.sum(parts, axis=0) / 65536.0 - 2.0) * np.sqrt(3.0))

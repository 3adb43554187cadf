"""From Tastytrade to our contracts to LEAN and all the way back, each dictionary without memory."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tomking.adapters.tastytrade_symbols import MULTIPLIERS, TastytradeSymbols
from tomking.adapters.tastytrade_symbols_formats import kind_of
from unit.tomking.test_tastytrade_symbols import taught

from leansim.api import shims


class Securities:
    """What LEAN knows of a symbol it has subscribed."""

    def __getitem__(self, symbol: Any) -> Any:
        underlying = symbol.underlying if symbol.underlying is not None else symbol
        multiplier = MULTIPLIERS.get(str(underlying.id.symbol), 100)
        return SimpleNamespace(symbol_properties=SimpleNamespace(contract_multiplier=float(multiplier)))


@pytest.fixture(scope="module")
def lean() -> Callable[[], Any]:
    """Makes LEAN's dictionary."""
    shims.install()
    kind = importlib.import_module("tomking.adapters.lean_symbols").LeanSymbols
    return lambda: kind(SimpleNamespace(securities=Securities()))


@pytest.mark.parametrize(
    "symbol",
    [
        "SPXW  261218P07250000",
        "SPX   261218P07250000",
        "XSP   261218C00725000",
        "SPY   261218C00752500",
        "IRBT  260116C00022500",
        "/ESZ6",
        "/CLF7",
        "./ESZ6 ESZ6  261218P7300",
        "./ESZ6 EW4X6 261127P7300",
        "./ESZ6 EW3U6 260918C9100",
        "./ESZ6 E1AN6 260706P6260",
        "./CLF7 LOF7  261216C62.5",
        "./GCM6 OGK6  260428C3000",
        "./6EZ6 EUUV6 261009P1.15",
        "./MCLF7MCOF7 261216C62.5",
        "./MNQZ5MNQZ5 251219P11000",
        "SPY",
        "BRK/B",
    ],
)
def test_a_symbol_survives_the_way_to_lean_and_back(symbol: str, lean: Callable[[], Any]) -> None:
    theirs: TastytradeSymbols = taught()
    contract = theirs.contract(symbol, kind_of(symbol))
    again = lean().contract(lean().symbol(contract))
    assert again == contract
    assert taught().symbol(again) == symbol

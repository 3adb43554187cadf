"""From Tastytrade to our contracts to LEAN and all the way back, each dictionary without memory."""

from __future__ import annotations

import csv
import importlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sample_data import LEAN_DATA, MISSING
from tomking.adapters.tastytrade_symbols import MULTIPLIERS, TastytradeSymbols
from tomking.adapters.tastytrade_symbols_formats import kind_of
from tomking.execution.pricing import tick_table
from tomking.market.contract import Contract, Right, option
from tomking.market.universe import PRODUCTS, Product, UnderlyingKind
from tomking.risk.correlation import group_of
from tomking.settings import Settings
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


FUTURES = [product for product in PRODUCTS.values() if product.kind is UnderlyingKind.FUTURE]
PROPERTIES = LEAN_DATA / "symbol-properties" / "symbol-properties-database.csv"


def an_option(root: str, name: str, strike: Decimal) -> Contract:
    facts: dict[str, Any] = {"multiplier": MULTIPLIERS[root], "delivery": date(2021, 12, 14)}
    return option(root, date(2021, 11, 26), strike, Right.PUT, root=name, **facts)


@pytest.mark.parametrize("product", FUTURES, ids=lambda product: product.underlying)
def test_every_future_that_can_be_traded_has_all_its_facts(product: Product, lean: Any) -> None:
    """What lacks one would be chosen and sized, and then die at the depth gate, at the margin or at the symbol."""
    root, settings = product.underlying, Settings()
    assert root in importlib.import_module("tomking.adapters.lean_symbols").FUTURES_MARKETS
    assert tick_table(an_option(root, product.root, Decimal(100))).beyond > 0
    assert dict(settings.risk.future_margin)[root] > 0
    assert dict(settings.futures_strangle.first_phases)[root] <= 4
    assert group_of(root, settings.correlation) is not None


@pytest.mark.skipif(not PROPERTIES.exists(), reason=MISSING)
def test_facts_of_futures_are_leans() -> None:
    """Multiplier, tick and unit of strikes: of the options where LEAN has a line for them, else of the future."""
    with PROPERTIES.open(encoding="utf-8") as lines:
        rows = {(row[1], row[2]): row for row in csv.reader(lines) if len(row) > 6}
    for product in FUTURES:
        root = product.underlying
        row = rows.get((product.root, "futureoption")) or rows[root, "future"]
        assert MULTIPLIERS[root] == Decimal(row[5]), root
        assert tick_table(an_option(root, product.root, Decimal(100))).beyond % Decimal(row[6]) == 0, root
        assert "".join(row[11:]) in {"", "1"}, f"{root}: strikes are not points of price"

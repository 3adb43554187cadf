"""Files of a renamed stock and of its options are named by the ticker of their day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from leansim.api.enums import SecurityType
from leansim.api.reference import use_reference_data
from leansim.api.symbols import Symbol
from leansim.lean_data.folder import DataFolder

UNIVERSE = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho\n"
)
BEFORE, AFTER = date(2020, 6, 1), date(2020, 6, 2)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DataFolder]:
    """NEW was called OLD until 2020-06-01; universe files of both days."""
    maps = tmp_path / "equity/usa/map_files"
    maps.mkdir(parents=True)
    (maps / "new.csv").write_text("20100104,old,Q\n20200601,old,Q\n20501231,new,Q\n", encoding="utf-8")
    for ticker, day in (("old", BEFORE), ("new", AFTER)):
        universes = tmp_path / "option/usa/universes" / ticker
        universes.mkdir(parents=True)
        row = "20200619,50,C,1,1,1,1,0,,0.2,0.5,0.1,0.1,0.1,0.1\n"
        (universes / f"{day:%Y%m%d}.csv").write_text(f"{UNIVERSE},,,50,50,50,50,0,,,,,,,\n{row}", encoding="utf-8")
    made = DataFolder(tmp_path, cache=False)
    use_reference_data(made)
    yield made
    use_reference_data(None)


def test_universes_are_found_under_the_ticker_of_the_day(folder: DataFolder) -> None:
    stock = Symbol.create("NEW", SecurityType.EQUITY, "usa")
    canonical = Symbol.create_canonical_option(stock)
    (before,) = _contracts(folder, canonical, BEFORE)
    (after,) = _contracts(folder, canonical, AFTER)
    assert (before.value, after.value) == ("OLD   200619C00050000", "NEW   200619C00050000")
    # the same contract all the same, of the same stock
    assert before == after
    assert before.underlying == stock


def test_a_stock_keeps_its_identity_under_another_name(folder: DataFolder) -> None:
    stock = Symbol.create("NEW", SecurityType.EQUITY, "usa")
    assert folder.named_on(stock, BEFORE).value == "OLD"
    assert folder.named_on(stock, BEFORE) == stock
    assert folder.named_on(stock, AFTER) is stock
    other = Symbol.create("SPY", SecurityType.EQUITY, "usa")
    assert folder.named_on(other, BEFORE) is other


def _contracts(folder: DataFolder, canonical: Symbol, day: date) -> tuple[Symbol, ...]:
    universe = folder.read_universe(canonical, day)
    assert universe is not None
    return universe.contracts

"""The second set of books notices what it is there for: each test breaks the engine, and the books object."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ledger import Ledger, audited
from trading_bench import Bench, legs

from leansim.account.bookkeeping import SecurityPortfolioModel
from leansim.account.holdings import SecurityHolding
from leansim.trading.brokerage import SimulatedBrokerage
from leansim.trading.fills import FillModel


def trade(store: Path) -> Ledger:
    """A spread is opened and a limit order canceled, both on the books."""
    with audited(Ledger()) as ledger:
        bench = Bench(store)
        bought, sold = bench.put(740), bench.put(735)
        bench.algorithm.combo_market_order(legs((bought, 1), (sold, -1)), 2)
        bench.algorithm.limit_order(bought, 1, 0.5).cancel()
        bench.minute((bought, 4.0, 5.0), (sold, 4.0, 5.0))
    return ledger


def test_books_that_agree_say_nothing(tmp_path: Path) -> None:
    ledger = trade(tmp_path)
    assert (ledger.events, ledger.fills) == (7, 2)


def _a_cent_too_much(patch: pytest.MonkeyPatch) -> None:
    right = SecurityPortfolioModel._apply_funds

    def wrong(portfolio: Any, security: Any, amount: Decimal, fill: Any) -> None:
        right(portfolio, security, amount + Decimal("0.01"), fill)

    patch.setattr(SecurityPortfolioModel, "_apply_funds", staticmethod(wrong))


def _one_too_many(patch: pytest.MonkeyPatch) -> None:
    right = SecurityHolding.set_holdings
    patch.setattr(SecurityHolding, "set_holdings", lambda self, price, quantity: right(self, price, quantity + 1))


def _a_leg_is_missing(patch: pytest.MonkeyPatch) -> None:
    right = FillModel.combo_market_fill
    patch.setattr(FillModel, "combo_market_fill", lambda self, order, given: right(self, order, given)[:1])


def _filled_twice(patch: pytest.MonkeyPatch) -> None:
    right = SimulatedBrokerage._deliver

    def wrong(self: SimulatedBrokerage, orders: Any, fills: Any) -> None:
        right(self, orders, fills)
        self._emit([fill.clone() for fill in fills])

    patch.setattr(SimulatedBrokerage, "_deliver", wrong)


@pytest.mark.parametrize("breakage", [_a_cent_too_much, _one_too_many, _a_leg_is_missing, _filled_twice])
def test_a_mistake_is_noticed(breakage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    breakage(monkeypatch)
    with pytest.raises(AssertionError):
        trade(tmp_path)

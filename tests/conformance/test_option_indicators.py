"""Volatility and greeks as indicators: the values LEAN publishes, and what may be given to them."""

from __future__ import annotations

import textwrap
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.lean_runs import SHARED, needs_goldens, run_algorithm
from leansim.api.dividend_models import DividendYieldProvider
from leansim.api.enums import OptionRight, OptionStyle, SecurityType
from leansim.api.net import ArgumentException
from leansim.api.reference import use_reference_data
from leansim.api.symbols import Symbol
from leansim.feed.indicators_options import Delta, ImpliedVolatility, OptionGreekIndicatorsHelper
from leansim.lean_data.folder import DataFolder

pytestmark = needs_goldens

# only the last bars count, and a tree a minute for a whole day takes its time
ALGORITHM = """
    from AlgorithmImports import *

    class Algorithm(QCAlgorithm):
        def initialize(self):
            self.set_start_date({day})
            self.set_end_date({day})
            underlying = {underlying}
            self.option = Symbol.create_option(underlying, {option})
            self.add_option_contract(self.option, Resolution.MINUTE)
            self.all = []

        def on_data(self, slice):
            if self.all or self.time.time() < time({begin}):
                return
            option, black, tree = self.option, OptionPricingModelType.BLACK_SCHOLES, OptionPricingModelType.FORWARD_TREE
            crr = OptionPricingModelType.BINOMIAL_COX_ROSS_RUBINSTEIN
            self.all = [self.iv(option), self.d(option, option_model=crr, iv_model=black)]
            self.all += [make(option, option_model=tree, iv_model=black) for make in (self.g, self.v, self.t, self.r)]
"""
FUTURE = 'Symbol.create_future("ES", Market.CME, datetime(2020, 3, 20))'
# what LEAN publishes of its own algorithms of the same set-up
PUBLISHED = {
    "index": (
        {
            "day": "2021, 1, 4",
            "begin": "15, 50",
            "underlying": 'self.add_index("SPX").symbol',
            "option": "Market.USA, OptionStyle.EUROPEAN, OptionRight.CALL, 3800, datetime(2021, 1, 15)",
        },
        [0.17406, 0.19196, 0.00247, 1.72195, -1.3689, 0.01744],
    ),
    "future": (
        {
            "day": "2020, 1, 6",
            "begin": "16, 50",
            "underlying": f"self.add_future_contract({FUTURE}).symbol",
            "option": "Market.CME, OptionStyle.AMERICAN, OptionRight.CALL, 3200, datetime(2020, 3, 20)",
        },
        [0.13941, 0.63509, 0.00209, 5.64129, -0.47731, 0.03145],
    ),
}


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_values_are_those_lean_publishes(name: str, tmp_path: Path) -> None:
    setup, expected = PUBLISHED[name]
    file = tmp_path / "indicator_algorithm.py"
    file.write_text(textwrap.dedent(ALGORITHM).format(**setup), encoding="utf-8")
    found = run_algorithm(file, tmp_path / "store").result
    assert found.error is None, found.error
    algorithm: Any = found.algorithm
    assert [round(indicator.current.value, 5) for indicator in algorithm.all] == expected
    assert all(indicator.is_ready for indicator in algorithm.all)


@pytest.fixture
def stock() -> Any:
    use_reference_data(DataFolder(SHARED / "lean-data", cache=False))
    yield Symbol.create("AAPL", SecurityType.EQUITY, "usa")
    use_reference_data(None)


def test_arguments_have_leans_forms(stock: Symbol) -> None:
    option = Symbol.create_option(stock, "usa", OptionStyle.AMERICAN, OptionRight.PUT, 100, datetime(2014, 6, 21))
    mirror = Symbol.create_option(stock, "usa", OptionStyle.AMERICAN, OptionRight.CALL, 100, datetime(2014, 6, 21))
    assert ImpliedVolatility("mine", option, 0.01, 0.02, mirror).name == "mine"
    assert ImpliedVolatility(option, mirror_option=mirror).use_mirror_contract
    assert Delta(option, risk_free_rate=0.01).implied_volatility.name.endswith("_IV")
    with pytest.raises(ArgumentException):
        ImpliedVolatility(stock)
    with pytest.raises(TypeError):
        Delta(option, period=1)


def test_dividend_yields_come_from_the_factor_file(stock: Symbol) -> None:
    provider = DividendYieldProvider(stock)
    # four dividends of 3.05 and 3.29 dollars in the year to 2014-05-08, before the split of seven to one
    assert provider.get_dividend_yield(datetime(2014, 6, 5), 650.0) == pytest.approx(12.44 / 650, abs=1e-4)
    assert provider.get_dividend_yield(datetime(1999, 1, 4), 40.0) == 0.0
    with pytest.raises(ArgumentException):
        provider.get_dividend_yield(datetime(2014, 6, 5), 0.0)
    assert provider.get_dividend_yield(datetime(2014, 6, 5)) > 0.0


def test_formulas_are_offered_alone() -> None:
    call = OptionGreekIndicatorsHelper.black_theoretical_price(0.2, 100.0, 100.0, 1.0, 0.05, 0.0, OptionRight.CALL)
    assert call == pytest.approx(10.4506, abs=1e-4)
    years = OptionGreekIndicatorsHelper.time_till_expiry(datetime(2021, 1, 2), datetime(2020, 1, 3))
    assert years == pytest.approx((date(2021, 1, 2) - date(2020, 1, 3)).days / 365)

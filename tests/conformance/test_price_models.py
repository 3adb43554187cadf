"""Price models an algorithm names or writes: who is asked, how often, and what its contracts show then."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from conformance.lean_runs import needs_goldens, run_algorithm

pytestmark = needs_goldens


def run(text: str, folder: Path) -> Any:
    """The algorithm after its run; it must have ended well."""
    file = folder / "model_algorithm.py"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    found = run_algorithm(file, folder / "store").result
    assert found.error is None, found.error
    return found.algorithm


def test_a_model_of_the_algorithms_own_is_asked_once_for_each_contract_that_is_looked_at(tmp_path: Path) -> None:
    algorithm = run(
        """
        from AlgorithmImports import *

        class Own:
            def __init__(self):
                self.asked = []

            def evaluate(self, parameters):
                contract = parameters.contract
                self.asked.append((contract.symbol, parameters.slice.time, parameters.security.price))
                greeks = Greeks(0.5, 0.2, 0.1, -3.65, 0.05, 9)
                return OptionPriceModelResult(contract.strike, lambda: 0.25, lambda: greeks)

        class Algorithm(QCAlgorithm):
            def initialize(self):
                self.set_start_date(2015, 12, 24)
                self.set_end_date(2015, 12, 24)
                option = self.add_option("GOOG")
                option.set_filter(lambda u: u.standards_only().strikes(-1, 1).expiration(0, 180))
                self.canonical = option.symbol
                self.model = Own()
                option.set_price_model(self.model)
                self.seen = None

            def on_data(self, slice):
                chain = slice.option_chains.get(self.canonical)
                if chain and self.seen is None:
                    self.contracts = len(list(chain))
                    contract = list(chain)[1]
                    greeks = contract.greeks
                    self.seen = (contract.theoretical_price - contract.strike, contract.implied_volatility,
                                 greeks.delta, greeks.lambda_, round(greeks.theta_per_day, 12))
                    self.symbol = contract.symbol
        """,
        tmp_path,
    )
    assert algorithm.seen == (0.0, 0.25, 0.5, 9.0, -0.01)
    assert algorithm.contracts > 1
    ((symbol, time, price),) = algorithm.model.asked
    assert symbol == algorithm.symbol
    assert price > 0
    assert time.minute == 31


def test_a_contract_may_have_another_model_than_its_chain(tmp_path: Path) -> None:
    algorithm = run(
        """
        from AlgorithmImports import *

        class Algorithm(QCAlgorithm):
            def initialize(self):
                self.set_start_date(2015, 12, 24)
                self.set_end_date(2015, 12, 24)
                option = self.add_option("GOOG")
                option.set_filter(lambda u: u.calls_only().standards_only().strikes(-1, 1).expiration(0, 30))
                self.canonical, self.seen = option.symbol, None

            def on_securities_changed(self, changes):
                for security in changes.added_securities:
                    if security.symbol.has_canonical():
                        self.changed = security.symbol
                        security.set_price_model(OptionPriceModels.null())
                        break

            def on_data(self, slice):
                chain = slice.option_chains.get(self.canonical)
                if chain and self.seen is None:
                    self.seen = {c.symbol: (c.theoretical_price, c.greeks.delta) for c in chain}
                    self.price = self.securities[self.changed].price
        """,
        tmp_path,
    )
    assert algorithm.seen.pop(algorithm.changed) == (algorithm.price, 0.0)
    assert algorithm.seen
    assert all(price > 0 and 0 < delta < 1 for price, delta in algorithm.seen.values())


def test_options_on_futures_have_quantlibs_greeks(tmp_path: Path) -> None:
    algorithm = run(
        """
        from AlgorithmImports import *

        class Algorithm(QCAlgorithm):
            def initialize(self):
                self.set_start_date(2020, 1, 6)
                self.set_end_date(2020, 1, 6)
                future = Symbol.create_future("ES", Market.CME, datetime(2020, 3, 20))
                self.add_future_contract(future)
                call = Symbol.create_option(future, Market.CME, OptionStyle.AMERICAN, OptionRight.CALL, 3200,
                                            datetime(2020, 3, 20))
                self.contract = self.add_future_option_contract(call)
                self.seen = None

            def on_data(self, slice):
                chain = slice.option_chains.get(self.contract.symbol)
                if chain and self.contract.price > 0 and self.seen is None:
                    self.seen = chain.contracts[self.contract.symbol]
                    self.numbers = (self.seen.greeks.delta, self.seen.implied_volatility, self.seen.greeks.rho)
        """,
        tmp_path,
    )
    delta, volatility, rho = algorithm.numbers
    assert 0.5 < delta < 0.8
    assert 0.05 < volatility < 0.3
    assert rho > 0

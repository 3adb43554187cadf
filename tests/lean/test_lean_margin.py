"""What LEAN would tie up for a package, told beforehand: beside what the real engine tied up when it traded it."""

from __future__ import annotations

import gzip
import importlib
import json
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sample_data import GOLDENS, MISSING
from tomking.market.contract import Contract, Right, option
from tomking.market.leg import Leg

from leansim.api import shims

RECORDING = GOLDENS / "probes" / "m_margin.json.gz"
pytestmark = pytest.mark.skipif(not RECORDING.is_file(), reason=MISSING)

JANUARY, FEBRUARY = date(2016, 1, 15), date(2016, 2, 19)


def put(strike: int, expiry: date = JANUARY) -> Contract:
    return option("GOOG", expiry, strike, Right.PUT)


def call(strike: int, expiry: date = JANUARY) -> Contract:
    return option("GOOG", expiry, strike, Right.CALL)


CASES: dict[str, list[tuple[Contract, int]]] = {
    "short_put_735": [(put(735), -1)],
    "short_call_765": [(call(765), -1)],
    "bull_put_spread_720_735": [(put(720), 1), (put(735), -1)],
    "bear_put_spread(debit)_735_720": [(put(735), 1), (put(720), -1)],
    "bear_call_spread_765_780": [(call(765), -1), (call(780), 1)],
    "iron_condor_15_15": [(put(720), 1), (put(735), -1), (call(765), -1), (call(780), 1)],
    "iron_condor_put15_call35": [(put(720), 1), (put(735), -1), (call(765), -1), (call(800), 1)],
    "iron_condor_put35_call15": [(put(700), 1), (put(735), -1), (call(765), -1), (call(780), 1)],
    "short_strangle_735_765": [(put(735), -1), (call(765), -1)],
    "one_one_two": [(put(735), 1), (put(720), -1), (put(700), -2)],
    "one_one_two_wide": [(put(740), 1), (put(730), -1), (put(680), -2)],
    "ratio_1x2_put": [(put(735), 1), (put(720), -2)],
    "jade_lizard": [(put(735), -1), (call(765), -1), (call(780), 1)],
    "broken_wing_put_fly": [(put(735), 1), (put(720), -2), (put(690), 1)],
    "diagonal_put_735_720": [(put(735), -1), (put(720, FEBRUARY), 1)],
    "diagonal_call_leaps": [(call(700, FEBRUARY), 1), (call(765), -1)],
}


@pytest.fixture(scope="module")
def lean_margin() -> Iterator[Any]:
    shims.install()
    yield importlib.import_module("tomking.adapters.lean_margin")
    shims.uninstall()
    for name in [name for name in sys.modules if name.startswith("tomking.adapters.lean_")]:
        del sys.modules[name]


class Symbols:
    """A contract is its own symbol."""

    def symbol(self, contract: Contract) -> Contract:
        return contract


class Securities(dict[Contract, Any]):
    def contains_key(self, key: Contract) -> bool:
        return key in self


def recorded() -> dict[str, dict[str, Any]]:
    with gzip.open(RECORDING, "rt", encoding="utf-8") as file:
        lines = json.load(file)["log_lines"]
    cases = (json.loads(line[line.index("{") :]) for line in lines if "single_init" in line)
    return {case["name"]: case for case in cases}


def securities(legs: list[tuple[Contract, int]], case: dict[str, Any]) -> Securities:
    """What the recording says of each leg alone; a ratio has LEAN's figure of one contract times its number."""
    found = Securities()
    for contract, ratio in legs:
        occ = f"GOOG  {contract.expiry:%y%m%d}{contract.right.value}{int(contract.strike * 1000):08d}"  # type: ignore[union-attr,operator]  # options have all three

        def told(parameters: Any, one: float = case["single_init"][occ] / ratio) -> SimpleNamespace:
            return SimpleNamespace(value=one * parameters.quantity)

        model = SimpleNamespace(get_initial_margin_requirement=told)
        found[contract] = SimpleNamespace(has_data=True, price=case["quotes"][occ]["px"], buying_power_model=model)
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_package_beforehand_is_what_the_engine_tied_up(lean_margin: Any, name: str) -> None:
    case = recorded()[name]
    algorithm = SimpleNamespace(securities=securities(CASES[name], case))
    legs = [Leg(contract, ratio) for contract, ratio in CASES[name]]
    told = lean_margin.lean_requirement(legs, algorithm, Symbols())
    assert told is not None
    # the engine traded at the prices it was asked at; a premium of the mid of the quotes may differ by a tick
    assert float(told) == pytest.approx(case["used"], abs=20)


def test_without_a_price_it_does_not_tell(lean_margin: Any) -> None:
    legs = [Leg(put(735), -1)]
    nothing = SimpleNamespace(securities=Securities())
    assert lean_margin.lean_requirement(legs, nothing, Symbols()) is None
    silent = SimpleNamespace(securities=Securities({put(735): SimpleNamespace(has_data=False)}))
    assert lean_margin.lean_requirement(legs, silent, Symbols()) is None


def test_a_spread_on_a_future_is_margined_without_its_multiplier(lean_margin: Any) -> None:
    legs = [
        Leg(option("ES", date(2020, 3, 20), strike, Right.PUT, multiplier=50, delivery=date(2020, 3, 20)), ratio)
        for strike, ratio in ((3050, 1), (3100, -1))
    ]
    told = lean_margin.lean_requirement(legs, SimpleNamespace(securities=Securities()), Symbols())
    assert told == Decimal(50), "as recorded: 50 points, 50 dollars"

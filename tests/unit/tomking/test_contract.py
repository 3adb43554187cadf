"""A contract and a leg outside the process that made them."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from datetime import date

import pytest
from tomking.codec import contract_to_text, leg_to_text
from tomking.market.contract import Contract, Right, future, option, shares
from tomking.market.leg import Leg

SPXW = option("SPX", date(2018, 1, 5), "2710.5", Right.PUT, root="SPXW")
SHORT = Leg(SPXW, -2)

IS_FOUND = """
import pickle, sys
from tomking.codec import contract_from_text, leg_from_text
read = leg_from_text if sys.argv[1][0] in "+-" else contract_from_text
sys.exit(pickle.load(sys.stdin.buffer) not in {read(sys.argv[1])})
"""


@pytest.mark.parametrize(("thing", "text"), [(SPXW, contract_to_text(SPXW)), (SHORT, leg_to_text(SHORT))])
@pytest.mark.parametrize("seed", ["1", "2"])
def test_what_is_handed_to_another_process_is_found_there(seed: str, thing: Contract | Leg, text: str) -> None:
    # every process has hashes of its own for texts, and contracts and legs remember theirs
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", IS_FOUND, text]
    assert subprocess.run(command, input=pickle.dumps(thing), env=environment, check=False).returncode == 0


@pytest.mark.parametrize("thing", [SPXW, shares("SPY"), future("ES", date(2018, 3, 16), 50), SHORT])
def test_a_copy_is_equal_and_found(thing: Contract | Leg) -> None:
    for again in (copy.copy(thing), copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
        assert again == thing
        assert again in {thing}

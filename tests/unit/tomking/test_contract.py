"""A contract outside the process that made it."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from datetime import date

import pytest
from tomking.codec import contract_to_text
from tomking.market.contract import Contract, Right, future, option, shares

SPXW = option("SPX", date(2018, 1, 5), "2710.5", Right.PUT, root="SPXW")

IS_FOUND = """
import pickle, sys
from tomking.codec import contract_from_text
sys.exit(pickle.load(sys.stdin.buffer) not in {contract_from_text(sys.argv[1])})
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_what_is_handed_to_another_process_is_found_there(seed: str) -> None:
    # every process has hashes of its own for texts, and a contract remembers its hash
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", IS_FOUND, contract_to_text(SPXW)]
    assert subprocess.run(command, input=pickle.dumps(SPXW), env=environment, check=False).returncode == 0


@pytest.mark.parametrize("contract", [SPXW, shares("SPY"), future("ES", date(2018, 3, 16), 50)])
def test_a_copy_is_equal_and_found(contract: Contract) -> None:
    for again in (copy.copy(contract), copy.deepcopy(contract), pickle.loads(pickle.dumps(contract))):
        assert again == contract
        assert again in {contract}

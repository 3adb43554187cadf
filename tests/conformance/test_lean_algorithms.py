"""LEAN's own Python algorithms: order events, orders, the 28 statistics and the end of each run equal LEAN's recording.

They need a checkout of LEAN of the recorded commit, named by ``LEAN_REPOSITORY``. One alone: ``-k NAME``, or
``python -m tests.conformance.algorithm_runs NAME``. What is known to differ is listed in :data:`KNOWN` with its cause,
and the list is complete: what is not in it must be equal, what is in it must differ.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from conformance.algorithm_runs import ALGORITHMS, difference, lean_repository

pytestmark = [
    pytest.mark.skipif(not ALGORITHMS.is_dir(), reason="LEAN's recordings are not beside the repository"),
    pytest.mark.skipif(lean_repository() is None, reason="LEAN_REPOSITORY names no checkout of LEAN"),
]


def _recorded(scope: str) -> list[str]:
    if not ALGORITHMS.is_dir():
        return []
    with (ALGORITHMS / "INDEX.csv").open(encoding="utf-8", newline="") as file:
        return sorted({row["algorithm"] for row in csv.DictReader(file) if row["scope"] == scope})


def _run(name: str, folder: Path) -> None:
    repository = lean_repository()
    assert repository is not None
    found = difference(name, repository, folder)
    cause = KNOWN.get(name)
    if cause is None:
        assert not found, found
    else:
        assert found, f"equal now: remove {name} from KNOWN"


#: What differs, and why. An entry that is equal fails its test.
KNOWN: dict[str, str] = {
    "BasicSetAccountCurrencyWithAmountAlgorithm": "an account in euros and crypto currencies are not emulated",
    "ETFGlobalRotationAlgorithm": "no end in the time allowed: minutes of eighteen years, nearly all filled forward",
}


@pytest.mark.parametrize("name", _recorded("options"))
def test_an_option_algorithm_runs_as_in_lean(name: str, tmp_path: Path) -> None:
    _run(name, tmp_path)


@pytest.mark.parametrize("name", _recorded("core"))
def test_another_algorithm_runs_as_in_lean(name: str, tmp_path: Path) -> None:
    _run(name, tmp_path)

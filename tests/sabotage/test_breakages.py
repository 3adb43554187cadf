"""Every breakage still fits the source, so that `make sabotage` never tries none; whether it is caught, that tells."""

from __future__ import annotations

import pytest
from sabotage.__main__ import TESTS, broken_text
from sabotage.breakages import BREAKAGES, Breakage


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.name)
def test_a_breakage_fits_exactly_once(breakage: Breakage) -> None:
    compile(broken_text(breakage), breakage.file, "exec")
    for test in breakage.tests:
        file, name = test.split("::")
        assert f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), test


def test_there_are_enough_and_each_has_its_own_name() -> None:
    assert len(BREAKAGES) >= 15
    assert len({breakage.name for breakage in BREAKAGES}) == len(BREAKAGES)

"""What Python gets from LEAN's objects, expression by expression: type names, values, exceptions."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.lean_runs import GOLDENS, golden, needs_goldens, run_algorithm

pytestmark = needs_goldens


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Our answer to every expression."""
    store = tmp_path_factory.mktemp("interop")
    run = run_algorithm(GOLDENS / "interop" / "u_interop.py", store, {"number": "3"}, algorithm_id="Interop")
    assert run.result.error is None
    return dict(map(tuple, run.stored("tables/interop")))


def test_python_sees_every_object_as_it_sees_leans(answers: dict[str, dict[str, Any]]) -> None:
    recorded = golden("interop/answers.json")
    assert len(recorded) > 300
    assert {expression for expression, expected in recorded if not _agrees(answers[expression], expected)} == set()


def _agrees(answer: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether an answer is the recorded one; texts that name an address in memory were not recorded."""
    unrecorded = {"value"} if answer.get("type") in ("list", "dict", "str") and "value" not in expected else set()
    return {key: value for key, value in answer.items() if key not in unrecorded} == expected

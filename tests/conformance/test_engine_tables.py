"""LEAN's tables: schedules, indicators, consolidators, history, custom models."""

from __future__ import annotations

from pathlib import Path

from conformance.lean_runs import GOLDENS, comparable, golden, needs_goldens, run_algorithm

pytestmark = needs_goldens


def _table(store: Path, algorithm: str, key: str, **parameters: str) -> object:
    run = run_algorithm(GOLDENS / "tables" / algorithm, store, parameters)
    assert run.result.error is None
    return comparable(run.stored(f"tables/{key}"))


def test_every_rule_of_the_schedule_fires_when_it_fires_in_lean(tmp_path: Path) -> None:
    assert _table(tmp_path, "schedule_table.py", "schedule") == golden("tables/schedule.json.gz")


def test_indicators_consolidators_history_and_warm_up_are_leans(tmp_path: Path) -> None:
    expected = comparable(golden("tables/indicators-minutes.json.gz"))
    assert _table(tmp_path, "indicators_table.py", "indicators-minutes") == expected


def test_fill_and_fee_models_written_in_python_are_asked_as_in_lean(tmp_path: Path) -> None:
    assert _table(tmp_path, "custom_models.py", "custom-models-no") == comparable(
        golden("tables/custom-models-no.json.gz")
    )


def test_partial_fills_of_a_python_model_are_booked_as_in_lean(tmp_path: Path) -> None:
    found = _table(tmp_path, "custom_models.py", "custom-models-yes", partial="yes")
    assert found == comparable(golden("tables/custom-models-yes.json.gz"))

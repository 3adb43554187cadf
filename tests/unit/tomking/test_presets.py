"""The presets in samples/: settings the framework knows, and what the five years promise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_data import ROOT
from tomking.settings import Settings
from tomking.strategies.catalog import specs, universes

SAMPLES = sorted((ROOT / "samples").glob("*.json"))


def settings_of(path: Path) -> Settings:
    return Settings.from_parameters(json.loads(path.read_text(encoding="utf-8"))["parameters"])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_names_parameters_there_are(path: Path) -> None:
    assert any(spec.is_enabled for spec in specs(settings_of(path)))


def test_the_five_years_have_every_strategy() -> None:
    settings = settings_of(ROOT / "samples" / "years.json")
    assert all(spec.is_enabled for spec in specs(settings))
    assert (settings.backtest.end - settings.backtest.start).days > 4.9 * 365


def test_the_volatility_of_each_product_with_a_rank_of_its_own_is_looked_at_every_day() -> None:
    settings = settings_of(ROOT / "samples" / "years.json")
    wanted = {each.underlying for each in universes(settings) if each.is_wanted(settings.backtest.start)}
    assert wanted >= set(settings.futures_strangle.products)

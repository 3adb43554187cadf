from __future__ import annotations

import json
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from tomking.errors import SettingsError
from tomking.settings import Settings, names, settings_hash, settings_rows, settings_text
from tomking.settings.parameter import Row
from tomking.strategies.catalog import specs, universes

ROOT = Path(__file__).resolve().parents[3]
ROWS = settings_rows(Settings())


def test_the_defaults_are_valid_and_the_methods() -> None:
    settings = Settings()
    assert settings.phases.from_equity == tuple(map(Decimal, (0, 40000, 55000, 75000, 95000)))
    assert settings.phases.max_positions == (2, 3, 5, 7, 10)
    assert settings.zero_dte.entry_from == time(10, 30)
    assert settings.zero_dte.entry_until == time(11)
    assert settings.zero_dte.min_credit_fraction == Decimal("0.20")
    assert settings.zero_dte.min_credit == 25
    assert settings.zero_dte.buying_power_fractions[1:] == tuple(map(Decimal, ("0.02", "0.025", "0.03", "0.035")))
    assert settings.risk.cash_reserve_fraction == Decimal("0.20")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_number_says_what_it_is(row: Row) -> None:
    assert row.about.endswith(".")
    assert row.unit
    assert row.source


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_shown_can_be_read_back(row: Row) -> None:
    assert Settings.from_parameters({row.name: row.value}) == Settings()


def test_a_value_is_read_by_the_type_of_its_field() -> None:
    settings = Settings.from_parameters(
        {
            "zero_dte.profit_target_fraction": "0.6",
            "zero_dte.wing_width": "25",
            "zero_dte.hard_exit": "15:45",
            "zero_dte.hold_to_settlement": "TRUE",
            "zero_dte.contract_caps": "0:1, 50000:7",
            "correlation.members": "GOOG:A2,TSLA:A2",
            "phases.max_positions": "1,2,3,4,5",
        }
    )
    assert settings.zero_dte.profit_target_fraction == Decimal("0.6")
    assert settings.zero_dte.wing_width == 25
    assert settings.zero_dte.hard_exit == time(15, 45)
    assert settings.zero_dte.hold_to_settlement is True
    assert settings.zero_dte.contract_caps == ((Decimal(0), 1), (Decimal(50000), 7))
    assert settings.correlation.members == (("GOOG", "A2"), ("TSLA", "A2"))
    assert settings.phases.max_positions == (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"zero_dte.proft_target_fraction": "0.5"}, "'zero_dte.profit_target_fraction'"),
        ({"zero_dtee.weekday": "friday"}, "'zero_dte.weekday'"),
        ({"weekday": "friday"}, "unknown parameter 'weekday'"),
        ({"zero_dte.stop_multiple": "two"}, "zero_dte.stop_multiple = 'two'"),
        ({"zero_dte.stop_multiple": "11"}, "zero_dte.stop_multiple = 11 times credit is outside 0.1 to 10"),
        ({"zero_dte.stop_multiple": "NaN"}, "finite"),
        ({"zero_dte.enabled": "perhaps"}, "true or false"),
        ({"zero_dte.vix_preset": "low"}, "seed, manual, inverted, off"),
        ({"zero_dte.time_exit": "15:45:30"}, "a whole minute"),
        ({"zero_dte.time_exit": "15:45+01:00"}, "a whole minute"),
        ({"zero_dte.entry_from": "12:00"}, "entry_from = 12:00:00, entry_until = 11:00:00"),
        ({"zero_dte.entry_from": "09:30"}, "entry_from = 09:30 and entry_until = 11:00 must lie from 09:45 to 14:00"),
        ({"zero_dte.entry_until": "14:01"}, "must lie from 09:45 to 14:00"),
        ({"futures_strangle.entry_from": "09:44"}, "must lie from 09:45 to 14:00"),
        ({"lt112.entry_until": "15:00"}, "must lie from 09:45 to 14:00"),
        ({"zero_dte.short_delta": "0.05"}, "zero_dte.these must not fall"),
        ({"phases.max_positions": "1,2,3"}, "phases.max_positions needs 5 values"),
        ({"phases.from_equity": "0,50000,40000,60000,70000"}, "rise"),
        ({"risk.stop_drawdown": "0.05"}, "must rise"),
        ({"correlation.members": "GOOG:Z9"}, "'Z9'"),
        ({"correlation.members": "GOOG"}, "key:value"),
        ({"backtest.start": "2019-13-01"}, "backtest.start"),
        ({"backtest.start": "2019-02-01"}, "before start"),
        ({"desk.deployment": "a b"}, "letters, digits"),
    ],
)
def test_a_wrong_parameter_stops_the_start_and_says_which(parameters: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        Settings.from_parameters(parameters)
    assert says in str(refusal.value)


KNOWN = frozenset(names())


@hypothesis_settings(max_examples=40)
@given(st.text(min_size=1, max_size=40))
def test_an_unknown_name_is_always_refused(name: str) -> None:
    if name not in KNOWN:
        with pytest.raises(SettingsError):
            Settings.from_parameters({name: "1"})


def test_the_hash_tells_settings_apart() -> None:
    assert settings_hash(Settings()) == settings_hash(Settings())
    changed = {
        settings_hash(Settings.from_parameters({name: value}))
        for name, value in (
            ("backtest.cash", "50000"),
            ("zero_dte.stop_multiple", "1"),
            ("risk.max_per_underlying", "1"),
        )
    }
    assert len(changed | {settings_hash(Settings())}) == 4


@pytest.mark.parametrize("sample", ["goog-condor", "spxw-vertical", "es-strangle"])
def test_the_samples_are_valid(sample: str) -> None:
    given_ = json.loads((ROOT / "samples" / f"{sample}.json").read_text(encoding="utf-8"))
    assert set(given_) == {"description", "parameters"}
    settings = Settings.from_parameters(given_["parameters"])
    assert len([spec for spec in specs(settings) if spec.is_enabled]) == 1
    assert len({universe.underlying for universe in universes(settings)}) == 1


OFF_BY_DEFAULT = ("lt112.", "ipmcc.", "futures_strangle.", "leap_ladder.", "ratio_spread.", "bear_trap.")


def test_a_run_says_what_it_goes_by_and_what_was_changed() -> None:
    settings = Settings.from_parameters({"zero_dte.profit_target_fraction": "0.6", "lt112.weekday": "tuesday"})
    head, columns, *rows = settings_text(settings)
    assert settings_hash(settings) in head
    assert head.endswith(f"2 of {len(settings_rows(settings))} are not the default")
    assert columns.split() == ["parameter", "value"]
    told = {name: value.lstrip() for name, _, value in (row.partition(" ") for row in rows)}
    assert told.pop("zero_dte.profit_target_fraction") == "0.6 (default 0.5)"
    assert told.pop("lt112.weekday") == "tuesday (default wednesday)"
    in_force = {row.name: row.value for row in settings_rows(settings) if not row.name.startswith(OFF_BY_DEFAULT)}
    assert told == {name: value for name, value in in_force.items() if name != "zero_dte.profit_target_fraction"}


def test_a_strategy_that_is_switched_on_shows_all_of_its_values() -> None:
    on, off = (settings_text(Settings.from_parameters({"lt112.enabled": text})) for text in ("true", "false"))
    assert sum(row.startswith("lt112.") for row in on) == sum(name.startswith("lt112.") for name in names())
    assert not any(row.startswith("lt112.") for row in off)
    assert ": 0 of " in off[0]

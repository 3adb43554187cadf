from __future__ import annotations

import json
from pathlib import Path

import pytest

from leansim.errors import AlgorithmError, InputError
from leansim.project import (
    Overrides,
    find_algorithm,
    load_project,
    make_workspace,
    newest_result,
    read_json,
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "lean.json").write_text('// made by the lean CLI\n{\n  "data-folder": "data" /* "x" */\n}\n')
    (tmp_path / "data").mkdir()
    project = tmp_path / "Condors"
    project.mkdir()
    (project / "main.py").write_text("")
    (project / "config.json").write_text('{"algorithm-language": "Python", "parameters": {"a": "project", "b": 2}}')
    return tmp_path


def test_a_project_folder_with_defaults(workspace: Path) -> None:
    project = load_project(workspace / "Condors")
    assert project.name == "Condors"
    assert project.algorithm == workspace / "Condors/main.py"
    assert project.workspace == workspace
    assert project.data_folder == workspace / "data"
    assert project.data_provider == "local"
    assert project.object_store == workspace / "storage"
    assert project.parameters == {"a": "project", "b": "2"}
    assert project.output is None
    assert project.backtests == workspace / "Condors/backtests"


def test_the_nearer_place_wins(workspace: Path) -> None:
    (workspace / "config.json").write_text(
        '{"parameters": {"a": "root", "c": true}, "seed": 5, "data-provider": "model", "output": "out"}'
    )
    project = load_project(workspace / "Condors", Overrides(parameters={"c": "given"}, seed=6))
    assert project.parameters == {"a": "root", "b": "2", "c": "given"}
    assert (project.seed, project.data_provider, project.output) == (6, "model", workspace / "out")


def test_an_algorithm_file(workspace: Path) -> None:
    path = workspace / "Condors" / "other.py"
    path.write_text("")
    assert load_project(path).name == "other"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"seed": 1,}', r"config\.json, line 1, column 1\d: not valid JSON"),
        ('{\n  "data_folder": "x"\n}', r'unknown key "data_folder" \(did you mean "data-folder"\?\)'),
        ('{"seed": "one"}', r'"seed" must be a whole number'),
        ('{"seed": true}', r'"seed" must be a whole number'),
        ('{"seed": 1, "seed": 2}', r'"seed" stands twice'),
        ('{"seed": NaN}', r"NaN is not a JSON number"),
        ("[]", r"must be a JSON object"),
        ('{"parameters": {"a": [1]}}', r'parameter "a" must be text or a number'),
        ('{"data-provider": "cloud"}', r"local or model"),
        ('{"data-folder": "nowhere"}', r"nowhere does not exist; name one with --data-folder"),
    ],
)
def test_bad_configuration_says_where_and_what(workspace: Path, content: str, message: str) -> None:
    (workspace / "config.json").write_text(content)
    with pytest.raises(InputError, match=message):
        load_project(workspace / "Condors")


def test_keys_the_lean_cli_writes_are_left_alone(workspace: Path) -> None:
    (workspace / "config.json").write_text('{"description": "x", "local-id": 1}')
    load_project(workspace / "Condors")


def test_an_error_in_lean_json_keeps_its_line_behind_comments(workspace: Path) -> None:
    (workspace / "lean.json").write_text('// one\n{ /* two\n three */\n "data-folder": "http://x",\n oops }')
    with pytest.raises(InputError, match=r"lean\.json, line 5, column 2"):
        load_project(workspace / "Condors")


def test_the_model_may_start_with_no_data_folder(workspace: Path) -> None:
    project = load_project(workspace / "Condors", Overrides(data_folder=workspace / "new", data_provider="model"))
    assert project.data_folder == workspace / "new"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", r"has no main\.py"),
        ("missing", "does not exist"),
        ("notes.txt", "not a Python file"),
        ("Sharp", r"`lean backtest`"),
    ],
)
def test_no_algorithm(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "Sharp").mkdir()
    (tmp_path / "Sharp" / "Main.cs").write_text("")
    with pytest.raises(AlgorithmError, match=message):
        find_algorithm(tmp_path / name)


def test_a_workspace_is_made_once(tmp_path: Path) -> None:
    (tmp_path / "lean.json").write_text("{}")
    assert [(path.name, new) for path, new in make_workspace(tmp_path)] == [("lean.json", False), ("config.json", True)]
    assert (tmp_path / "lean.json").read_text() == "{}"
    assert json.loads((tmp_path / "config.json").read_text())["data-provider"] == "model"


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(InputError, match="not UTF-8"):
        read_json(tmp_path / "x.json")


def test_another_file_can_stand_for_the_workspaces_config(workspace: Path) -> None:
    (workspace / "config.json").write_text('{"seed": 5, "data-provider": "model", "parameters": {"a": "root"}}')
    sample = workspace / "sample.json"
    sample.write_text('{"description": "a sample", "parameters": {"a": "sample"}}')
    project = load_project(workspace / "Condors", Overrides(config=sample))
    assert (project.parameters["a"], project.seed, project.data_provider) == ("sample", 0, "local")
    with pytest.raises(InputError, match=r"missing\.json does not exist"):
        load_project(workspace / "Condors", Overrides(config=workspace / "missing.json"))


def test_a_folder_named_on_the_command_line_is_not_modelled_into(workspace: Path) -> None:
    (workspace / "config.json").write_text('{"data-provider": "model"}')
    other = workspace / "real"
    other.mkdir()
    assert load_project(workspace / "Condors", Overrides(data_folder=other)).data_provider == "local"
    assert (
        load_project(workspace / "Condors", Overrides(data_folder=other, data_provider="model")).data_provider
        == "model"
    )


def test_the_newest_run_of_a_project_is_found(workspace: Path) -> None:
    project = workspace / "Condors"
    with pytest.raises(InputError, match="holds no result"):
        newest_result(project)
    for name in ("2026-01-05_10-00-00", "2026-01-06_10-00-00"):
        run = project / "backtests" / name
        run.mkdir(parents=True)
        (run / "Condors.json").write_text("{}")
        (run / "Condors-summary.json").write_text("{}")
    assert newest_result(project) == project / "backtests/2026-01-06_10-00-00/Condors.json"
    assert newest_result(project / "backtests/2026-01-05_10-00-00").parent.name == "2026-01-05_10-00-00"


def test_a_scenario_needs_modelled_data(tmp_path: Path) -> None:
    (tmp_path / "lean.json").write_text("{}")
    (tmp_path / "data").mkdir()
    (tmp_path / "main.py").write_text("")
    with pytest.raises(InputError, match="--data-provider model"):
        load_project(tmp_path, Overrides(scenario="like-october-1987", data_folder=tmp_path / "data"))
    with_model = Overrides(scenario="like-october-1987", data_folder=tmp_path / "data", data_provider="model")
    assert load_project(tmp_path, with_model).scenario == "like-october-1987"

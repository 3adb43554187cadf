"""What is to be run: from a project folder or an algorithm file to everything a run needs to know.

A *workspace* is the folder with ``lean.json``, as the lean CLI makes it; a *project* is a folder in it with ``main.py``
and its own ``config.json``. Three places may say the same thing, and the nearer one wins::

    command line  >  config.json of the workspace  >  config.json of the project (its parameters)
                                                   >  lean.json (its data folder)

Every file is strict JSON, except that ``lean.json`` may have comments, as the lean CLI writes it.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from leansim.errors import AlgorithmError, InputError

DATA_PROVIDERS: Final = ("local", "model")

#: Keys of the workspace's config.json that leansim reads, with the type each must have.
RUNNER_KEYS: Final[Mapping[str, type]] = {
    "data-folder": str,
    "data-provider": str,
    "object-store": str,
    "output": str,
    "seed": int,
    "parameters": dict,
}
# A config.json at the root marks a project for the lean CLI, which writes these keys into it.
_LEAN_PROJECT_KEYS: Final = frozenset(
    {
        "algorithm-language",
        "cloud-id",
        "description",
        "docker",
        "encrypted",
        "encryption-key",
        "lean-engine",
        "libraries",
        "local-id",
        "organization-id",
        "python-venv",
        "version-control",
    }
)
_COMMENT_OR_STRING = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)


@dataclass(frozen=True)
class Overrides:
    """What the command line says; ``None`` and empty where it says nothing.

    ``config`` is read instead of the workspace's config.json; a data folder named here is taken as it is, without the
    model behind it, unless the provider is named too.
    """

    config: Path | None = None
    output: Path | None = None
    data_folder: Path | None = None
    data_provider: str | None = None
    object_store: Path | None = None
    seed: int | None = None
    scenario: str = ""
    parameters: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Project:
    """Everything known before a run starts. Paths are absolute; ``output`` is ``None`` when nobody named one."""

    name: str
    algorithm: Path
    workspace: Path
    data_folder: Path
    data_provider: str
    object_store: Path
    parameters: Mapping[str, str]
    seed: int
    output: Path | None
    scenario: str

    @property
    def backtests(self) -> Path:
        """Where results go when nobody named a place."""
        return self.algorithm.parent / "backtests"

    @property
    def optimizations(self) -> Path:
        """Where sweeps go when nobody named a place."""
        return self.algorithm.parent / "optimizations"


def load_project(path: Path, overrides: Overrides | None = None) -> Project:
    """Read a project folder, or the folder of an algorithm file, and its workspace.

    Raises:
        AlgorithmError: there is no algorithm at ``path``.
        InputError: a configuration file is malformed, has an unknown key, or names a folder that does not exist.

    """
    given = overrides or Overrides()
    algorithm = find_algorithm(path)
    workspace = find_workspace(algorithm.parent) or find_workspace(Path.cwd()) or Path.cwd()
    lean = _lean_json(workspace / "lean.json")
    config = given.config or workspace / "config.json"
    if given.config is not None and not given.config.is_file():
        raise InputError(f"{given.config} does not exist; --config names a file like the workspace's config.json")
    runner = _runner_config(config)
    own = {} if algorithm.parent == workspace else _project_config(algorithm.parent / "config.json")

    parameters = {**own, **_parameters(runner.get("parameters", {}), config)}
    parameters.update(given.parameters or {})
    own_folder = "local" if given.data_folder is not None else None
    provider = given.data_provider or own_folder or runner.get("data-provider") or "local"
    if provider not in DATA_PROVIDERS:
        raise InputError(f'{config}: "data-provider" is "{provider}"; it can be {" or ".join(DATA_PROVIDERS)}')
    if given.scenario and provider != "model":
        raise InputError(f"--scenario {given.scenario} needs modelled data: give --data-provider model")
    return Project(
        name=algorithm.parent.name if algorithm.name == "main.py" else algorithm.stem,
        algorithm=algorithm,
        workspace=workspace,
        data_folder=_data_folder(given.data_folder, runner, lean, workspace, may_be_new=provider == "model"),
        data_provider=provider,
        object_store=_folder(given.object_store, runner.get("object-store"), workspace) or workspace / "storage",
        parameters=parameters,
        seed=given.seed if given.seed is not None else int(runner.get("seed", 0)),
        output=_folder(given.output, runner.get("output"), workspace),
        scenario=given.scenario,
    )


def find_algorithm(path: Path) -> Path:
    """The algorithm's file: ``path`` itself, or ``main.py`` in it."""
    path = path.expanduser().resolve()
    if path.is_dir():
        if (path / "main.py").is_file():
            return path / "main.py"
        other = next((name for name in ("Main.cs", "main.cs") if (path / name).is_file()), None)
        if other is not None:
            raise AlgorithmError(f"{path / other}: leansim runs Python algorithms; run this one with `lean backtest`")
        raise AlgorithmError(f"{path} has no main.py; name a project folder or the algorithm's file")
    if not path.exists():
        raise AlgorithmError(f"{path} does not exist; name a project folder or the algorithm's file")
    if path.suffix != ".py":
        raise AlgorithmError(f"{path} is not a Python file; name a project folder or the algorithm's file")
    return path


def newest_result(folder: Path) -> Path:
    """The result file of a run's folder, or of the newest run of a project.

    Raises:
        InputError: there is none.
    """
    for run in [folder, *sorted((folder / "backtests").glob("*/"), reverse=True)]:
        summaries = sorted(run.glob("*-summary.json"))
        found = [run / summary.name.replace("-summary.json", ".json") for summary in summaries]
        if found and found[0].is_file():
            return found[0]
    raise InputError(f"{folder} holds no result; run `leansim backtest {folder}` first")


def find_workspace(start: Path) -> Path | None:
    """The nearest folder at or above ``start`` with a ``lean.json``."""
    for folder in (start, *start.parents):
        if (folder / "lean.json").is_file():
            return folder
    return None


def read_json(path: Path, text: str | None = None) -> Any:
    """A JSON file. Raises :class:`~leansim.errors.InputError` with line and column when it is malformed."""
    try:
        content = path.read_text(encoding="utf-8-sig") if text is None else text
        return json.loads(
            content,
            object_pairs_hook=lambda pairs: _object(path, pairs),
            parse_constant=lambda word: _not_json(path, word),
        )
    except json.JSONDecodeError as error:
        what = error.msg[:1].lower() + error.msg[1:]
        raise InputError(f"{path}, line {error.lineno}, column {error.colno}: not valid JSON ({what})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def nearest(name: str, known: Iterable[str]) -> str:
    """`` (did you mean "x"?)`` with the known name most like ``name``, or nothing."""
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f' (did you mean "{close[0]}"?)' if close else ""


def _object(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise InputError(f'{path}: "{key}" stands twice in one object; keep one of them')
        result[key] = value
    return result


def _not_json(path: Path, word: str) -> Any:
    raise InputError(f"{path}: {word} is not a JSON number")


def _runner_config(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    content = _dictionary(path, read_json(path))
    for key, value in content.items():
        if key in _LEAN_PROJECT_KEYS:
            continue
        kind = RUNNER_KEYS.get(key)
        if kind is None:
            known = ", ".join(f'"{name}"' for name in RUNNER_KEYS)
            raise InputError(f'{path}: unknown key "{key}"{nearest(key, RUNNER_KEYS)}; known are {known}')
        if not isinstance(value, kind) or isinstance(value, bool):
            words = {str: "text", int: "a whole number", dict: "an object"}
            raise InputError(f'{path}: "{key}" must be {words[kind]}, not {json.dumps(value)}')
    return content


def _project_config(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    return _parameters(_dictionary(path, read_json(path)).get("parameters", {}), path)


def _parameters(content: Any, path: Path) -> dict[str, str]:
    """LEAN hands parameters to the algorithm as text."""
    parameters = {}
    for name, value in _dictionary(path, content, '"parameters"').items():
        if not isinstance(value, str | int | float | bool):
            raise InputError(f'{path}: parameter "{name}" must be text or a number, not {json.dumps(value)}')
        parameters[name] = value if isinstance(value, str) else json.dumps(value)
    return parameters


def _lean_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error

    def blank(match: re.Match[str]) -> str:
        # Comments become blanks, so that line and column of an error still hold.
        found = match.group()
        return found if found.startswith('"') else re.sub(r"[^\n]", " ", found)

    return _dictionary(path, read_json(path, _COMMENT_OR_STRING.sub(blank, content)))


def _dictionary(path: Path, content: Any, what: str = "the file") -> dict[str, Any]:
    if not isinstance(content, dict):
        raise InputError(f"{path}: {what} must be a JSON object {{…}}, not {json.dumps(content)[:40]}")
    return content


def _data_folder(
    given: Path | None, runner: Mapping[str, Any], lean: Mapping[str, Any], workspace: Path, may_be_new: bool
) -> Path:
    folder = _folder(given, runner.get("data-folder") or lean.get("data-folder"), workspace) or workspace / "data"
    if folder.is_dir():
        return folder
    if folder.exists():
        raise InputError(f"data folder {folder} is a file, not a folder")
    if may_be_new:
        return folder
    raise InputError(
        f"data folder {folder} does not exist; name one with --data-folder, make one with `leansim data generate`, "
        "or let the model fill it with --data-provider model"
    )


def _folder(given: Path | None, configured: str | None, workspace: Path) -> Path | None:
    """A path of the command line counts from here, one of a file from the workspace."""
    if given is not None:
        return given.expanduser().resolve()
    if configured:
        return (workspace / Path(configured).expanduser()).resolve()
    return None


def make_workspace(folder: Path) -> list[tuple[Path, bool]]:
    """Write a minimal ``lean.json`` and ``config.json``; each path comes back with whether it had to be written."""
    contents = {
        "lean.json": {"data-folder": "data"},
        "config.json": {"data-folder": "data", "data-provider": "model", "seed": 0, "parameters": {}},
    }
    made = []
    for name, content in contents.items():
        path = folder / name
        new = not path.exists()
        if new:
            path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        made.append((path, new))
    return made

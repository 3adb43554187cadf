"""The house rules of the design, read from the syntax trees: what a reviewer would otherwise have to see each time."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "TomKingAlgorithm"
FRAMEWORK = PROJECT / "tomking"

CLOUD_FILE_LIMIT = 32_000
FOLDERS_THE_CLOUD_SKIPS = {"live", "backtests", "optimizations", "storage", "report", "bin", "obj"}
FORBIDDEN_CALLS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.sleep",
    "sleep",
    "uuid4",
    "uuid.uuid4",
}
WORDS_FOR_NO_ROOM = {"manager", "helper", "helpers", "util", "utils", "common", "base", "enhanced", "smart"}


def python_files(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.rglob("*.py") if "__pycache__" not in path.parts and "backtests" not in path.parts
    )


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts))


PROJECT_FILES = python_files(PROJECT)
FRAMEWORK_FILES = python_files(FRAMEWORK)
ENGINE_FILES = python_files(ROOT / "leansim")


@pytest.mark.parametrize("path", PROJECT_FILES, ids=name)
def test_the_cloud_takes_the_file(path: Path) -> None:
    assert len(path.read_bytes()) <= CLOUD_FILE_LIMIT


def test_no_folder_the_cloud_would_skip() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "TomKingAlgorithm"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    folders = {part for line in tracked.stdout.splitlines() for part in Path(line).parts[1:-1]}
    assert not folders & FOLDERS_THE_CLOUD_SKIPS


@pytest.mark.parametrize("path", [*PROJECT_FILES, *ENGINE_FILES], ids=name)
def test_the_name_says_the_room(path: Path) -> None:
    assert not set(path.stem.split("_")) & WORDS_FOR_NO_ROOM


@pytest.mark.parametrize("path", [p for p in FRAMEWORK_FILES if p.name != "clock.py"], ids=name)
def test_no_ambient_time_or_chance(path: Path) -> None:
    tree = tree_of(path)
    calls = {dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not calls & FORBIDDEN_CALLS
    assert not {module.split(".")[0] for module in imports(tree)} & {"random", "secrets", "uuid"}


@pytest.mark.parametrize("path", FRAMEWORK_FILES, ids=name)
def test_lean_is_known_to_its_adapters_only(path: Path) -> None:
    heads = {module.split(".")[0] for module in imports(tree_of(path))}
    assert "leansim" not in heads
    if path.parent.name != "adapters" or not path.name.startswith("lean_"):
        assert not heads & {"AlgorithmImports", "QuantConnect", "clr", "System"}


@pytest.mark.parametrize("path", FRAMEWORK_FILES, ids=name)
def test_the_network_is_known_to_two_files_only(path: Path) -> None:
    heads = {module.split(".")[0] for module in imports(tree_of(path))}
    if path.name not in {"tastytrade_http.py", "tastytrade_stream.py"}:
        assert not heads & {"httpx", "websockets", "requests", "urllib", "http", "socket", "ssl", "aiohttp"}


@pytest.mark.parametrize("path", FRAMEWORK_FILES, ids=name)
def test_run_time_is_the_standard_library_numpy_and_scipy(path: Path) -> None:
    import sys

    allowed = sys.stdlib_module_names | {"numpy", "scipy", "tomking", "AlgorithmImports", "httpx", "websockets"}
    assert {module.split(".")[0] for module in imports(tree_of(path))} <= allowed


@pytest.mark.parametrize("path", ENGINE_FILES, ids=name)
def test_the_engine_does_not_know_the_framework(path: Path) -> None:
    assert "tomking" not in {module.split(".")[0] for module in imports(tree_of(path))}


@pytest.mark.parametrize("path", PROJECT_FILES, ids=name)
def test_everything_is_caught_in_one_place_only(path: Path) -> None:
    broad = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
    ]
    assert len(broad) <= (1 if path == PROJECT / "main.py" else 0), broad


@pytest.mark.parametrize("path", [p for p in FRAMEWORK_FILES if p.name != "state.py"], ids=name)
def test_only_apply_changes_the_state(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
        )
        for target in targets:
            written = (
                dotted(target.value)
                if isinstance(target, ast.Subscript)
                else dotted(target)
                if isinstance(target, ast.Attribute)
                else ""
            )
            assert ".state." not in f".{written}", f"line {node.lineno} writes {written}"


@pytest.mark.parametrize("path", [p for p in FRAMEWORK_FILES if p.parent.name != "adapters"], ids=name)
def test_only_the_executor_sends(path: Path) -> None:
    calls = {dotted(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)}
    sends = {call for call in calls if call.endswith(("backend.submit", "backend.replace", "backend.cancel"))}
    if path.name != "executor.py":
        assert not sends


LEANS_ORDERS = {
    "buy", "sell", "order", "limit_order", "market_order", "market_on_open_order", "market_on_close_order",
    "stop_market_order", "stop_limit_order", "trailing_stop_order", "limit_if_touched_order", "combo_market_order",
    "combo_limit_order", "combo_leg_limit_order", "exercise_option", "liquidate", "set_holdings",
}  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [p for p in PROJECT_FILES if p.name != "lean_backend.py" and not p.name.startswith("tastytrade_")],
    ids=name,
)
def test_leans_order_methods_are_called_in_one_place(path: Path) -> None:
    """There is no way to a broker around the executor, and so none to trade a leg alone by mistake.

    What speaks with Tastytrade knows nothing of LEAN: its own calls may have the same names.
    """
    calls = {dotted(node.func) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)}
    assert not {call for call in calls if "." in call and call.rpartition(".")[2] in LEANS_ORDERS}


def test_exactly_one_algorithm_in_main() -> None:
    classes = [node for node in tree_of(PROJECT / "main.py").body if isinstance(node, ast.ClassDef)]
    algorithms = [node.name for node in classes if any(dotted(parent) == "QCAlgorithm" for parent in node.bases)]
    assert algorithms == ["TomKingAlgorithm"]


def test_main_is_wiring_only() -> None:
    assert len((PROJECT / "main.py").read_text(encoding="utf-8").splitlines()) <= 150


def test_exactly_two_config_files_both_strict_json() -> None:
    """The lean CLI takes every config.json for a project, and deletes one it cannot parse."""
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = sorted(line for line in tracked.stdout.splitlines() if Path(line).name == "config.json")
    assert found == ["TomKingAlgorithm/config.json", "config.json"]
    for line in found:
        assert isinstance(json.loads((ROOT / line).read_text(encoding="utf-8")), dict)


def test_nothing_is_pushed_without_naming_the_project() -> None:
    for path in [ROOT / "Makefile", ROOT / "README.md", *ROOT.glob("docs/*.md")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "lean cloud push" in line:
                assert "--project" in line, f"{path.name}: {line.strip()}"

"""The lean CLI on our workspace: it reads the project, stops only at the missing Docker, pushes the right files.

The CLI lives in an environment of its own (`make lean-cli`). It downloads a list of modules when it starts; where there
is no network it gets the one entry a local backtest needs, in the CLI's own format.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEAN = ROOT / ".venv-lean" / "bin" / "lean"
CLOUD_FILE_LIMIT = 32_000

pytestmark = [
    pytest.mark.lean_cli,
    pytest.mark.skipif(not LEAN.exists(), reason="the lean CLI is not installed: make lean-cli"),
    pytest.mark.xdist_group("lean_cli"),
]

LIST_SOURCES = """
import sys
from pathlib import Path
from lean.container import container
project = Path(sys.argv[1]).resolve()
for path in container.project_manager.get_source_files(project):
    print(path.relative_to(project).as_posix())
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy: the CLI writes ids into the configuration files of the workspace it runs in."""
    target = tmp_path_factory.mktemp("workspace")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for line in listed.stdout.splitlines():
        if line.startswith(("TomKingAlgorithm/", "data/")) or line in {"lean.json", "config.json"}:
            (target / line).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / line, target / line)
    (target / "home").mkdir()
    return target


@pytest.fixture(scope="module", autouse=True)
def module_list() -> None:
    package = next((ROOT / ".venv-lean" / "lib").glob("python3*/site-packages/lean"))
    if not list(package.glob("modules-*.json")):
        version = next(
            line.split('"')[1]
            for line in (package / "models" / "__init__.py").read_text().splitlines()
            if line.startswith("file_name")
        )
        shutil.copy2(ROOT / "tests" / "fakes" / "lean_cli_modules.json", package / version)


def run(workspace: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HOME": str(workspace / "home"),
        "COLUMNS": "200",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
    }
    return subprocess.run(
        [*words], cwd=workspace, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_backtest_stops_only_at_the_missing_docker(workspace: Path) -> None:
    done = run(workspace, str(LEAN), "backtest", "TomKingAlgorithm")
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode != 0
    assert "Please make sure Docker is installed and running" in said, said
    for path in ("config.json", "TomKingAlgorithm/config.json", "lean.json"):
        kept = json.loads((workspace / path).read_text(encoding="utf-8"))
        original = json.loads((ROOT / path).read_text(encoding="utf-8"))
        assert {key: kept.get(key) for key in original} == original, f"the CLI changed {path}"


def test_exactly_the_project_is_pushed(workspace: Path) -> None:
    done = run(workspace, str(LEAN.parent / "python"), "-c", LIST_SOURCES, "TomKingAlgorithm")
    assert done.returncode == 0, done.stderr
    pushed = set(done.stdout.split())
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "TomKingAlgorithm"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    meant = {
        Path(line).relative_to("TomKingAlgorithm").as_posix() for line in tracked if line.endswith((".py", ".ipynb"))
    }
    assert pushed == meant
    assert "main.py" in pushed
    for name in pushed:
        assert (workspace / "TomKingAlgorithm" / name).stat().st_size <= CLOUD_FILE_LIMIT, name

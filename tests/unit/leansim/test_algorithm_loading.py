"""Which class of a file is the algorithm, and that nothing of a project stays in the process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from leansim.errors import AlgorithmError
from leansim.loading import load, project_modules


def _write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_without_an_algorithm_says_so(tmp_path: Path) -> None:
    file = _write(tmp_path, "main.py", "x = 1\n")
    with pytest.raises(AlgorithmError, match="defines no algorithm"), project_modules(file):
        load(file)


def test_a_file_that_does_not_import_names_the_line(tmp_path: Path) -> None:
    file = _write(tmp_path, "main.py", "import nowhere_to_be_found\n")
    with pytest.raises(AlgorithmError, match=r"main\.py: line 1"), project_modules(file):
        load(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AlgorithmError, match="no algorithm file"), project_modules(tmp_path / "main.py"):
        load(tmp_path / "main.py")


def test_modules_of_a_project_do_not_leak_into_the_next(tmp_path: Path) -> None:
    for name, value in (("one", 1), ("two", 2)):
        _write(tmp_path / name, "parts_of_it/__init__.py", f"VALUE = {value}\n")
        file = _write(tmp_path / name, "main_file.py", "import parts_of_it\nVALUE = parts_of_it.VALUE\n")
        with project_modules(file):
            import importlib

            assert value == importlib.import_module("main_file").VALUE
        assert "parts_of_it" not in sys.modules
        assert "main_file" not in sys.modules
        assert str(file.parent.resolve()) not in sys.path


def test_a_module_of_the_same_name_comes_back_afterwards(tmp_path: Path) -> None:
    import json

    file = _write(tmp_path, "json.py", "MINE = True\n")
    with project_modules(file):
        import importlib

        assert importlib.import_module("json").MINE
    assert sys.modules["json"] is json

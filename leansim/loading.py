"""From an algorithm's file to its instance, by LEAN's rule, and back out of the process without a trace."""

from __future__ import annotations

import importlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from leansim.api import shims
from leansim.errors import AlgorithmError, NotEmulated

if TYPE_CHECKING:
    from leansim.api.algorithm import QCAlgorithm


@contextmanager
def project_modules(file: Path) -> Iterator[None]:
    """Make the file's directory importable; afterwards forget every module that came from it."""
    folder = file.parent.resolve()
    shims.install()
    before = set(sys.modules)
    displaced = {name: sys.modules.pop(name) for name in _names_in(folder) if name in sys.modules}
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if str(folder) in sys.path:
            sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if _lies_in(sys.modules[name], folder):
                del sys.modules[name]
        for name in displaced:
            sys.modules.pop(name, None)
        sys.modules.update(displaced)


def load(file: Path) -> tuple[QCAlgorithm, str | None]:
    """An instance of the file's algorithm, and a warning when the file defines several.

    LEAN instantiates every class of the module's namespace that derives from ``QCAlgorithm`` and whose text begins with
    the module's name, in alphabetical order, and keeps the last. Call inside :func:`project_modules`.

    Raises :class:`~leansim.errors.AlgorithmError` when the file does not import or defines no algorithm.
    """
    if not file.is_file():
        raise AlgorithmError(f"there is no algorithm file {file}")
    try:
        module = importlib.import_module(file.stem)
    except NotEmulated:
        raise
    except Exception as error:
        raise AlgorithmError(f"{file} does not import: {describe(error, file.parent)}") from error
    classes = _algorithm_classes(module)
    if not classes:
        raise AlgorithmError(
            f"{file} defines no algorithm: exactly one class has to derive from QCAlgorithm "
            "(from AlgorithmImports import *)"
        )
    warning = None
    if len(classes) > 1:
        names = ", ".join(name for name, _ in classes)
        warning = f"{file.name} defines {len(classes)} algorithms ({names}); LEAN runs the last, {classes[-1][0]}"
    instances = [kind() for _, kind in classes]
    return instances[-1], warning


def describe(error: BaseException, folder: Path) -> str:
    """An exception as LEAN reports it: its text, then the lines of the algorithm's own files that led to it."""
    text = str(error)
    if isinstance(error, KeyError):
        text = (
            f"The key {error} was not found in the collection, which raises a KeyError exception. To prevent the "
            "exception, use collection.get(key), which returns None when the key is not found, or guard the access "
            "with 'if key in collection:'."
        )
    if isinstance(error, SyntaxError):
        return f"{error.msg} in {Path(error.filename or '').name}: line {error.lineno}"
    lines = [text or type(error).__name__]
    own = folder.resolve()
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).resolve().is_relative_to(own):
            where = Path(frame.filename).resolve().relative_to(own).as_posix()
            lines.append(f"  at {frame.name}\n    {frame.line}\n in {where}: line {frame.lineno}")
    return "\n".join(lines)


def _algorithm_classes(module: ModuleType) -> list[tuple[str, type[QCAlgorithm]]]:
    from leansim.api.algorithm import QCAlgorithm

    found: list[tuple[str, type[QCAlgorithm]]] = []
    for name in sorted(dir(module)):
        value: Any = getattr(module, name)
        if inspect.isclass(value) and issubclass(value, QCAlgorithm) and value.__module__.startswith(module.__name__):
            found.append((name, value))
    return found


def _names_in(folder: Path) -> list[str]:
    """Top-level module names a folder can be imported under."""
    names = [path.stem for path in folder.glob("*.py")]
    return names + [path.name for path in folder.iterdir() if path.is_dir() and path.name.isidentifier()]


def _lies_in(module: ModuleType, folder: Path) -> bool:
    places = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(place is not None and Path(place).resolve().is_relative_to(folder) for place in places)

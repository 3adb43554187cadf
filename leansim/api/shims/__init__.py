"""The packages an algorithm imports: `AlgorithmImports`, `QuantConnect.*`, `System.*`, `clr`.

They have no files. :func:`install` puts a finder on ``sys.meta_path`` that makes a module of each of LEAN's namespaces,
its names taken from :mod:`leansim.api.registry`. The folder beside this file holds their types for mypy.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, Final

from leansim.api.registry import resolve
from leansim.api.surface import namespace_names, namespaces, star_imports

_PACKAGES: Final = ("AlgorithmImports", "QuantConnect", "System", "clr")


class _Namespace(ModuleType):
    """A namespace of LEAN's or .NET's: names are found when read."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module '{self.__name__}' has no attribute '{name}'")
        value = resolve(self.__name__, name)
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds and makes the modules."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for a namespace; None for every other module."""
        del path, target
        if fullname.partition(".")[0] not in _PACKAGES or not _exists(fullname):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=fullname not in ("AlgorithmImports", "clr"))

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """An empty module."""
        return _Namespace(spec.name) if spec.name not in ("AlgorithmImports", "clr") else ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Fill it."""
        if module.__name__ == "AlgorithmImports":
            vars(module).update(_prelude())
        elif module.__name__ == "clr":
            vars(module)["AddReference"] = _add_reference
        else:
            vars(module)["__all__"] = list(namespace_names(module.__name__) or ())


def _exists(name: str) -> bool:
    if name in ("AlgorithmImports", "clr"):
        return True
    return name in namespaces() or any(known.startswith(f"{name}.") for known in namespaces())


def _add_reference(assembly: str) -> None:
    """LEAN's algorithms name the assemblies they use; all are there."""
    del assembly


def _prelude() -> Iterator[tuple[str, Any]]:
    """What ``from AlgorithmImports import *`` exports, in LEAN's order: later names win.

    The first are what LEAN's file needs for itself, and exports without meaning to.
    """
    yield "os", os
    yield "sys", sys
    yield "AddReference", _add_reference
    for namespace in star_imports():
        for name in namespace_names(namespace) or ():
            yield name, resolve(namespace, name)
    yield from _python_names()


def _python_names() -> Iterator[tuple[str, Any]]:
    import datetime
    import json
    import math
    import typing

    import numpy

    yield "np", numpy
    yield "pd", _lazy("pandas")
    pyplot = _lazy("matplotlib.pyplot")
    if pyplot is not None:
        yield "plt", pyplot
    for name in ("date", "time", "datetime", "timedelta"):
        yield name, getattr(datetime, name)
    for name in typing.__all__:
        yield name, getattr(typing, name)
    yield "math", math
    yield "json", json
    yield "Exception", Exception
    algorithm = resolve("QuantConnect.Algorithm", "QCAlgorithm")
    yield "QCAlgorithm", algorithm
    yield "QCAlgorithmFramework", algorithm
    yield "QCAlgorithmFrameworkBridge", algorithm


def _lazy(name: str) -> ModuleType | None:
    """A module that is imported when first read, None when it is not installed: these take long to import."""
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        return None
    return _Deferred(name)


class _Deferred(ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self.__name__), name)


_FINDER: Final = _Finder()


def install() -> None:
    """Make ``from AlgorithmImports import *`` and ``from QuantConnect… import …`` work; a second call does nothing."""
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)


def uninstall() -> None:
    """Undo :func:`install` and forget the modules made."""
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
    for name in [name for name in sys.modules if name.partition(".")[0] in _PACKAGES]:
        del sys.modules[name]

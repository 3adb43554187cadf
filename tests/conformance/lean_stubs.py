"""LEAN's API as QuantConnect's stubs describe it: classes, members, parameter names, integers of enums."""

from __future__ import annotations

import ast
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from leansim.api.inventory import Kind

ROOT = Path(__file__).resolve().parents[2]

BASES_THE_STUBS_LOSE = {
    "IndicatorBase": ("QuantConnect.Indicators.WindowBase",),
    "BaseChain": ("QuantConnect.Data.BaseData",),
}
"""A generic class derived from a plain one of the same name has ``Any`` for its base in the stubs."""


def stubs_folder() -> Path | None:
    """The folder that holds the stub packages: what QC_STUBS names, or what ``make stubs`` installed; None without."""
    given = os.environ.get("QC_STUBS")
    candidates = [Path(given)] if given else sorted((ROOT / ".venv-stubs").glob("lib/python3.*/site-packages"))
    found = [folder for folder in candidates if (folder / "QuantConnect" / "__init__.pyi").is_file()]
    return found[0] if found else None


@dataclass
class StubMember:
    """A member of a class; a method has one tuple of parameter names for every overload.

    ``generic``: the method can be given a type in brackets, ``history[TradeBar](...)``.
    """

    kind: Kind
    overloads: list[tuple[str, ...]] = field(default_factory=list)
    generic: bool = False


@dataclass
class StubClass:
    """A class of LEAN's as it is declared: own members, bases by full name."""

    namespace: str
    node: ast.ClassDef
    members: dict[str, StubMember]

    @property
    def bases(self) -> list[str]:
        """The names of the classes it derives from, without type arguments."""
        stated = [re.sub(r"\[.*", "", ast.unparse(base)) for base in self.node.bases]
        return [*stated, *BASES_THE_STUBS_LOSE.get(self.node.name, ())]

    def enum_integers(self) -> dict[str, int]:
        """Member → integer, of those whose integer the stub knows."""
        return {
            target.id: item.value.value
            for item in self.node.body
            if isinstance(item, ast.Assign)
            and isinstance(target := item.targets[0], ast.Name)
            and isinstance(item.value, ast.Constant)
            and isinstance(item.value.value, int)
        }


class Stubs:
    """All classes of LEAN's, by full name. A generic class and a plain one of the same name are two declarations."""

    def __init__(self, folder: Path) -> None:
        self._declared: dict[str, list[StubClass]] = defaultdict(list)
        for package in ("QuantConnect", "System"):
            for file in sorted((folder / package).rglob("__init__.pyi")):
                namespace = ".".join(file.parent.relative_to(folder).parts)
                for node in ast.parse(file.read_text(encoding="utf-8")).body:
                    if isinstance(node, ast.ClassDef):
                        self._declared[f"{namespace}.{node.name}"].append(StubClass(namespace, node, {}))
        self._by_short_name: dict[str, list[StubClass]] = defaultdict(list)
        for full_name, declarations in list(self._declared.items()):
            self._by_short_name[full_name.rpartition(".")[2]] += declarations
            for stub in declarations:
                stub.members = dict(self._own_members(stub))

    def get(self, full_name: str) -> list[StubClass]:
        """The declarations of a class by its full name; none for a name the stubs do not have."""
        return self._declared.get(full_name, [])

    def members(self, declarations: list[StubClass]) -> dict[str, StubMember]:
        """Own and inherited members; overloads of a name are united along the bases, as .NET unites them."""
        united: dict[str, StubMember] = {}
        for each in self._lineage(declarations, set()):
            for name, member in each.members.items():
                known = united.get(name)
                if known is None:
                    united[name] = StubMember(member.kind, list(member.overloads), member.generic)
                elif name != "__init__" or each in declarations:
                    known.overloads += member.overloads
        return united

    def _lineage(self, declarations: list[StubClass], seen: set[int]) -> Iterator[StubClass]:
        for stub in declarations:
            if id(stub) not in seen:
                seen.add(id(stub))
                yield stub
                for base in stub.bases:
                    yield from self._lineage(self._named(base, stub.namespace), seen)

    def _named(self, base: str, namespace: str) -> list[StubClass]:
        """The class a base means: by its full name, in the same namespace, or imported from another one."""
        short = base.rpartition(".")[2]
        return self.get(base) or self.get(f"{namespace}.{base}") or self._by_short_name.get(short, [])

    def _own_members(self, stub: StubClass) -> Iterator[tuple[str, StubMember]]:
        found: dict[str, StubMember] = {}
        for item in stub.node.body:
            match item:
                case ast.FunctionDef(name=name) if name == "__init__" or not name.startswith("_"):
                    decorators = {ast.unparse(each) for each in item.decorator_list}
                    if "property" in decorators:
                        found[name] = self._of_annotation(stub, item.returns)
                    elif not any(each.endswith(".setter") for each in decorators):
                        found.setdefault(name, StubMember("method")).overloads.append(_parameters(item, decorators))
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if not name.startswith("_"):
                    found[name] = self._of_annotation(stub, annotation)
                case ast.Assign(targets=[ast.Name(id=name)]) if not name.startswith("_"):
                    found[name] = StubMember("value")
                case ast.ClassDef(name=name):
                    found[name] = StubMember("class")
        yield from found.items()

    def _of_annotation(self, stub: StubClass, annotation: ast.expr | None) -> StubMember:
        """A value; or a generic method, which the stubs show as a value of a class ``_Class_Method`` that is called."""
        text = re.sub(r"\[.*", "", ast.unparse(annotation)) if annotation is not None else ""
        name = text.split(".")[-1]
        if not name.startswith("_") or name == "_EventContainer":
            return StubMember("value")
        overloads = []
        for class_name in (name, f"_Typed{name}"):
            for holder in self.get(f"{stub.namespace}.{class_name}"):
                called = (item for item in holder.node.body if isinstance(item, ast.FunctionDef))
                overloads += [_parameters(item, set()) for item in called if item.name == "__call__"]
        return StubMember("method", overloads, generic=True)


def _parameters(function: ast.FunctionDef, decorators: set[str]) -> tuple[str, ...]:
    """Parameter names in order, without ``self``; a starred one keeps its star."""
    names = [each.arg for each in function.args.posonlyargs + function.args.args]
    if "staticmethod" not in decorators:
        names = names[1:]
    if function.args.vararg is not None:
        names.append(f"*{function.args.vararg.arg}")
    return tuple(names)

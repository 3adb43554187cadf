"""Writes docs/emulated.md, what of LEAN's API leansim offers: ``python tools/generate_emulation_table.py``."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from leansim.api.inventory import offered
from leansim.api.registry import emulated, placeholder, resolve
from leansim.api.surface import members_of, namespace_names, star_imports

TARGET = Path(__file__).resolve().parents[1] / "docs" / "emulated.md"

HEAD = """\
# What of LEAN's API is emulated

This page is generated (`python tools/generate_emulation_table.py`) from the classes leansim offers and the members
QuantConnect's stubs (18211) list for LEAN's; a test keeps it fresh. It shows the namespaces that
`from AlgorithmImports import *` brings. A member or class that is not offered raises `NotEmulated` and names itself:
nothing is silently ignored.

*members*: what the class offers of LEAN's, inherited ones included, of how many LEAN has. Names are snake_case; the
Pascal spelling works too.
"""


def text() -> str:
    """The whole page."""
    parts = [HEAD, *_summary()]
    for namespace in star_imports():
        if not namespace.startswith("QuantConnect"):
            continue
        classes = _offered(namespace)
        if classes:
            parts += [f"\n## {namespace}\n", "| class | members | not offered |", "|---|---|---|"]
            parts += [_row(name, cls) for name, cls in classes.items() if not _is_enum(cls)]
        enums = [f"`{name}` ({len(cls.__members__)})" for name, cls in classes.items() if _is_enum(cls)]
        if enums:
            parts.append(f"\nEnums, whole: {', '.join(enums)}.")
    return "\n".join(parts) + "\n"


def _summary() -> list[str]:
    spaces = [namespace for namespace in star_imports() if namespace.startswith("QuantConnect")]
    names = {name for namespace in spaces for name in namespace_names(namespace) or ()}
    classes = {name for namespace in spaces for name in _offered(namespace)}
    lacking = len(names - classes)
    return [f"{len(classes)} of {len(names)} names are offered; the other {lacking} can be imported and refuse use."]


def _offered(namespace: str) -> dict[str, type]:
    names = [name for name in namespace_names(namespace) or () if name in emulated()]
    return {
        name: resolve(namespace, name) for name in sorted(names) if resolve(namespace, name) is not placeholder(name)
    }


def _is_enum(cls: type) -> bool:
    return issubclass(cls, Enum)


def _row(name: str, cls: type) -> str:
    known = members_of(name)
    lacking = sorted(known - offered(cls).keys())
    return f"| `{name}` | {len(known) - len(lacking)} of {len(known)} | {', '.join(f'`{each}`' for each in lacking)} |"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")

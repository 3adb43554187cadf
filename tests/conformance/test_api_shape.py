"""leansim's API beside LEAN's, read from QuantConnect's stubs: names, kinds, parameters, integers of enums."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

import pytest

from conformance.api_shape import compared_classes, differences
from conformance.lean_stubs import Stubs, stubs_folder
from leansim.api.inventory import offered

FOLDER = stubs_folder()
KNOWN = Path(__file__).parent / "known_shape.txt"
needs_stubs = pytest.mark.skipif(
    FOLDER is None, reason="quantconnect-stubs are not installed: `make stubs`, or name their folder in QC_STUBS"
)


def known_differences() -> dict[str, str]:
    """Difference → its cause: the comment above its block."""
    known: dict[str, str] = {}
    cause = ""
    for line in KNOWN.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            cause = line[2:]
        elif line:
            assert cause
            assert line not in known, f"{line} is listed twice"
            known[line] = cause
    return known


@needs_stubs
def test_what_leansim_offers_has_leans_shape_or_is_a_known_difference() -> None:
    assert FOLDER is not None
    stubs = Stubs(FOLDER)
    found: set[str] = set()
    compared = 0
    for cls, declarations in compared_classes(stubs):
        members = stubs.members(declarations)
        compared += len(cls.__members__) if issubclass(cls, Enum) else len(offered(cls))
        found.update(differences(cls, declarations, members))
    known = known_differences()
    assert compared > 3000
    assert sorted(found - known.keys()) == [], "new differences: rename what LEAN lacks, add what it has"
    assert sorted(known.keys() - found) == [], "no longer different: take them off the list"

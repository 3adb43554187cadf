"""The industry's identifiers of securities, from LEAN's ``symbol-properties/security-database.csv``."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from leansim.errors import DataError


class SecurityDefinition(NamedTuple):
    """A line of the file; an identifier the line does not have is ``None``. ``security`` is LEAN's identity text."""

    security: str
    cusip: str | None
    composite_figi: str | None
    sedol: str | None
    isin: str | None
    cik: int | None


def read_security_definitions(path: Path | None) -> list[SecurityDefinition]:
    """The lines of the file in its order; none without a file. Raises ``DataError`` for a line of another format."""
    if path is None:
        return []
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        security, *cells = [cell.strip() for cell in line.split(",")]
        cusip, figi, sedol, isin, cik = (cell or None for cell in [*cells, "", "", "", "", ""][:5])
        if len(cells) < 4 or (cik is not None and not cik.isdigit()):
            raise DataError(f"{path}: the line {line!r} is not in LEAN's format")
        found.append(SecurityDefinition(security, cusip, figi, sedol, isin, None if cik is None else int(cik)))
    return found

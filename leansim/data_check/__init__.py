"""`leansim data check`: whether a folder is what LEAN reads.

Every archive is opened and every line of it read (`archives`), then files are held against each other (`days`). What
makes results wrong is wrong; what recorded data have too is noted only. The market hours and the symbol properties must
be there and whole.
"""

from __future__ import annotations

from pathlib import Path

from leansim.data_check.archives import ARCHIVE, Archive, check_archive
from leansim.data_check.days import check_days
from leansim.data_check.findings import Findings, Problem, show_findings
from leansim.errors import DataError, InputError
from leansim.lean_data.folder import DataFolder
from leansim.lean_data.market_hours import MarketHoursDatabase

__all__ = ["Findings", "Problem", "check_folder", "show_findings"]

_KINDS = ("equity", "index", "option", "indexoption", "future", "futureoption")


def check_folder(root: Path) -> Findings:
    """Check a data folder.

    Raises :class:`~leansim.errors.InputError` when there is no such folder.
    """
    root = root.expanduser().resolve()
    if not root.is_dir():
        raise InputError(f"data folder {root} does not exist; name another, or make one with `leansim data generate`")
    findings = Findings()
    hours = _check_databases(root, findings)
    archives: dict[str, Archive] = {}
    for path in sorted(path for kind in _KINDS for path in (root / kind).rglob("*.zip")):
        relative = path.relative_to(root).as_posix()
        match = ARCHIVE.fullmatch(relative)
        if relative.endswith(".zip.zip") or (match is None and "/tick/" not in relative):
            findings.note(relative, "not named as LEAN names archives: it is never found")
        elif match is not None:
            archive = check_archive(path, relative, match, findings)
            if archive is not None:
                archives[relative] = archive
    if not findings.files:
        findings.fault(".", "no archive of prices anywhere in it")
    check_days(root, archives, hours, findings)
    return findings


def _check_databases(root: Path, findings: Findings) -> MarketHoursDatabase | None:
    """The market hours, when they can be read."""
    folder = DataFolder(root, cache=False)
    for name, read in (
        ("market-hours/market-hours-database.json", lambda: folder.market_hours),
        ("symbol-properties/symbol-properties-database.csv", lambda: folder.symbol_properties),
    ):
        try:
            read()
        except DataError as error:
            findings.fault(name, str(error))
    try:
        return folder.market_hours
    except DataError:
        return None

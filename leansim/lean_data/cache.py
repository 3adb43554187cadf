"""Packed copies of zips: mapped into memory instead of read, used only while the zip is the one they were made of.

A copy carries the zip's size and modification time; a zip that differs, a copy of an older format or a broken copy
is read from the zip again and rewritten. Copies are written aside and renamed, so that a reader never sees half of one.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from leansim.api.identifiers import OPTION_TYPES, contract_number
from leansim.api.symbols import contract_symbols
from leansim.errors import DataError
from leansim.lean_data.blocks import Block, FileFormat, clock_of, contracts_of
from leansim.lean_data.packed import PackedColumns, pack

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol

CACHE_FOLDER: Final = ".leansim-cache"

# raised whenever the meaning of a copy's columns changes
_FORMAT: Final = 5
_SMALLEST: Final = 1024
_WRITABLE: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_OFFSETS: Final = "offsets"
_INSTANTS: Final = "instants"
_WHEN: Final = "when"
_CONTRACTS: Final = "contracts"


def default_cache_folder(data_folder: Path) -> Path:
    """``.leansim-cache`` in the data folder, or a folder of the user's own when that cannot be written to."""
    # the mode is asked too: root may write everywhere, but a folder marked read-only is meant to stay as it is
    if os.access(data_folder, os.W_OK) and data_folder.stat().st_mode & _WRITABLE:
        return data_folder / CACHE_FOLDER
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "leansim" / hashlib.sha256(str(data_folder.resolve()).encode()).hexdigest()[:16]


class ZipCache:
    """The copies of one data folder's zips; ``folder`` None keeps none."""

    def __init__(self, root: Path, folder: Path | None) -> None:
        self._root = root
        self._folder = folder

    def read(self, path: Path, form: FileFormat) -> Block | None:
        """The block of a zip, from its copy; None when there is no copy of exactly this zip.

        Its columns are read when they are looked at.
        """
        copy = self._copy(path)
        if copy is None:
            return None
        try:
            columns = PackedColumns(copy)
            if columns.meta["identity"] != _identity(path, form):
                return None
            offsets, instants, when = (columns.whole(name) for name in (_OFFSETS, _INSTANTS, _WHEN))
            contracts = _contracts(columns, form)
            period = columns.meta["period"]
        except (OSError, KeyError, ValueError, TypeError, IndexError, DataError):
            # a broken copy is as good as none: the zip is the truth
            return None
        return Block(tuple(contracts), offsets, instants[when], period, columns, (instants, when))

    def write(self, path: Path, form: FileFormat, entries: list[str], block: Block) -> None:
        """Keep a copy of a zip's block; small zips and a folder that cannot be written to are left alone.

        ``entries`` are the names in the zip, in its order; they are written in the block's order.
        """
        copy = self._copy(path)
        if copy is None or path.stat().st_size < _SMALLEST:
            return
        meta: dict[str, Any] = {"identity": _identity(path, form), "period": block.period}
        instants, when = clock_of(block.time, block.period)
        whole = {_OFFSETS: block.offsets, _INSTANTS: instants, _WHEN: when}
        if form.symbol.security_type in OPTION_TYPES:
            numbers = [contract_number(contract.id) for contract in block.contracts]
            whole[_CONTRACTS] = np.array(numbers, dtype=np.int64)
        else:
            named = dict(zip(contracts_of(entries, form), entries, strict=True))
            meta["entries"] = [named[contract] for contract in block.contracts]
        packed = pack(meta, whole, block.columns)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(dir=copy.parent, prefix=copy.name, suffix=".part")
            os.close(handle)
        except OSError:
            return
        try:
            Path(aside).write_bytes(packed)
            os.replace(aside, copy)
        except OSError:
            Path(aside).unlink(missing_ok=True)

    def _copy(self, path: Path) -> Path | None:
        if self._folder is None:
            return None
        try:
            relative = path.relative_to(self._root)
        except ValueError:
            return None
        return self._folder / relative.with_name(relative.name + ".packed")


def _contracts(columns: PackedColumns, form: FileFormat) -> list[Symbol]:
    """Options by their numbers: their names need not be read again."""
    if form.symbol.security_type in OPTION_TYPES:
        return contract_symbols(form.symbol).numbered(columns.whole(_CONTRACTS).tolist())
    return contracts_of(columns.meta["entries"], form)


def _identity(path: Path, form: FileFormat) -> list[Any]:
    """What a copy must agree with: the zip, our format, and the clocks the times were made with."""
    status = path.stat()
    zones = [form.data_zone.id, form.exchange_zone.id]
    return [_FORMAT, status.st_size, status.st_mtime_ns, *zones]

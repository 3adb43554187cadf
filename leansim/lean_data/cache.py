"""Packed copies of archives: mapped into memory instead of read, used only for what they were made of.

A copy of a zip carries the zip's size and modification time, a copy of what a provider made without a zip says which
provider's it is. Where these differ, or the copy is broken or of an older format, it is made again. Copies are written
aside and renamed, so that a reader never sees half of one.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from leansim.api.identifiers import OPTION_TYPES, contract_number
from leansim.api.symbols import contract_symbols
from leansim.errors import DataError
from leansim.lean_data.blocks import Block, Clock, FileFormat, clock_of, contracts_of
from leansim.lean_data.packed import PackedColumns, pack

if TYPE_CHECKING:
    from leansim.api.symbols import Symbol
    from leansim.api.time_zones import Int64Array

CACHE_FOLDER: Final = ".leansim-cache"

Origin = Sequence[int | str]
"""What a copy was made of."""

# raised whenever the meaning of a copy's columns changes
_FORMAT: Final = 5
_WRITABLE: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
_OFFSETS: Final = "offsets"
_INSTANTS: Final = "instants"
_WHEN: Final = "when"
_CONTRACTS: Final = "contracts"
_ENDING: Final = ".packed"


def default_cache_folder(data_folder: Path) -> Path:
    """``.leansim-cache`` in the data folder, or a folder of the user's own when that cannot be written to."""
    # the mode is asked too: root may write everywhere, but a folder marked read-only is meant to stay as it is
    if os.access(data_folder, os.W_OK) and data_folder.stat().st_mode & _WRITABLE:
        return data_folder / CACHE_FOLDER
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "leansim" / hashlib.sha256(str(data_folder.resolve()).encode()).hexdigest()[:16]


class PackedCopies:
    """The copies of one data folder's archives; ``folder`` None keeps none.

    An archive is named by its path below the data folder. What a copy was made of is its origin: of a zip its size and
    modification time, of a table without a zip what the provider says.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def read(self, relative: str, form: FileFormat, origin: Origin) -> Block | None:
        """The block of an archive, from its copy; None when there is no copy of exactly this origin.

        Its columns are read when they are looked at.
        """
        if self._folder is None:
            return None
        try:
            columns = PackedColumns(f"{self._folder}/{relative}{_ENDING}")
            if columns.meta["identity"] != _identity(origin, form):
                return None
            offsets = columns.whole(_OFFSETS)
            clock = _clock(columns, offsets)
            contracts = _contracts(columns, form)
            period = columns.meta["period"]
        except (OSError, KeyError, ValueError, TypeError, IndexError, DataError):
            # a broken copy is as good as none: what it was made of is the truth
            return None
        time = clock.spread(clock.instants, int(offsets[-1]))
        return Block(tuple(contracts), offsets, time, period, columns, clock)

    def write(self, relative: str, form: FileFormat, origin: Origin, entries: list[str], block: Block) -> Block:
        """Keep a copy of an archive's block; a folder that cannot be written to is left alone.

        ``entries`` are the names in the archive, in its order; they are written in the block's order. Returns the block
        as :meth:`read` gives it from now on: the first run goes the way of the later ones, which is the quicker.
        """
        if self._folder is None:
            return block
        copy = self._folder / f"{relative}{_ENDING}"
        meta: dict[str, Any] = {"identity": _identity(origin, form), "period": block.period}
        clock = block.clock or clock_of(block.time, block.period)
        whole = {_OFFSETS: block.offsets, _INSTANTS: clock.instants, _WHEN: clock.places_of(len(block))}
        if form.symbol.security_type in OPTION_TYPES:
            numbers = [contract_number(contract.id) for contract in block.contracts]
            whole[_CONTRACTS] = np.array(numbers, dtype=np.int64)
        else:
            named = dict(zip(contracts_of(entries, form), entries, strict=True))
            meta["entries"] = [named[contract] for contract in block.contracts]
        packed = pack(meta, whole, block.columns)
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            # the writer's name is in it: what a killed process left behind can be told from what is being written
            aside = copy.with_name(f".{copy.name}.{os.getpid()}.tmp")
            try:
                aside.write_bytes(packed)
                os.replace(aside, copy)
            finally:
                aside.unlink(missing_ok=True)
        except OSError:
            pass
        columns = PackedColumns(copy, packed)
        return replace(block, columns=columns, clock=_clock(columns, block.offsets))


def _clock(columns: PackedColumns, offsets: Int64Array) -> Clock:
    """When the rows are."""
    instants = columns.whole(_INSTANTS)
    steps = len(instants)
    if columns.counts_up(_WHEN, steps) and bool((np.diff(offsets) == steps).all()):
        return Clock(instants, None)
    return Clock(instants, columns.whole(_WHEN))


def _contracts(columns: PackedColumns, form: FileFormat) -> list[Symbol]:
    """Options by their numbers: their names need not be read again."""
    if form.symbol.security_type in OPTION_TYPES:
        return contract_symbols(form.symbol).numbered(columns.whole(_CONTRACTS).tolist())
    return contracts_of(columns.meta["entries"], form)


def _identity(origin: Origin, form: FileFormat) -> list[Any]:
    """What a copy must agree with: our format, what it was made of, and the clocks the times were made with."""
    return [_FORMAT, *origin, form.data_zone.id, form.exchange_zone.id]

"""The archives of a data folder: zips, or what a provider says is in one, and the packed copies of both."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Protocol

from leansim.lean_data.blocks import Block, FileFormat, block_of, read_zip
from leansim.lean_data.cache import PackedCopies
from leansim.lean_data.tables import Table

# a smaller zip is read as quickly as its copy
_SMALLEST: Final = 1024


class Tables(Protocol):
    """Where archives come from that the folder has no zip of.

    Attributes:
        origin: what all of its tables depend on; tables of one name and origin are the same.
    """

    @property
    def origin(self) -> str:
        """As above."""

    def table(self, relative: str, columns: int) -> Table | None:
        """What that zip would hold, with so many columns after the clock; None when this provider has no such zip."""
        ...


class Archives:
    """Reads archives by their path below the data folder. A zip that is there wins."""

    def __init__(self, root: Path, tables: Tables, copies: PackedCopies) -> None:
        # as text: joining paths costs several times what asking for a file does
        self._root = str(root)
        self._tables = tables
        self._copies = copies

    def has_zip(self, relative: str) -> bool:
        """Whether the zip is there."""
        return os.path.isfile(f"{self._root}/{relative}")

    def zipped(self, relative: str, form: FileFormat) -> Block:
        """The rows of a zip; DataError when it cannot be read."""
        path = f"{self._root}/{relative}"
        status = os.stat(path)
        origin = (status.st_size, status.st_mtime_ns)
        block = self._copies.read(relative, form, origin)
        if block is None:
            entries, block = read_zip(Path(path), form)
            if status.st_size >= _SMALLEST:
                block = self._copies.write(relative, form, origin, entries, block)
        return block

    def made(self, relative: str, form: FileFormat) -> Block | None:
        """The rows of a zip that is not there; None when nobody makes it."""
        origin = (self._tables.origin,)
        block = self._copies.read(relative, form, origin)
        if block is None:
            table = self._tables.table(relative, len(form.names))
            if table is None:
                return None
            block = self._copies.write(relative, form, origin, table.entries, block_of(table, form))
        return block

"""Where journal records are kept: write-once keys in a key-value store."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from tomking.errors import JournalUnwritable

_UNFINISHED = ".writing"


class Store(Protocol):
    """A key-value store of texts. Keys use letters, digits, ``/``, ``_`` and ``-`` only: LEAN refuses others."""

    def save(self, key: str, text: str) -> None:
        """Keep `text` under `key`; readable at once, durable only after `flush`.

        Raises:
            JournalUnwritable: the store refused (quota, permission).
        """
        ...

    def read(self, key: str) -> str | None:
        """The text kept under `key`; None when there is none."""
        ...

    def keys(self, prefix: str) -> Iterable[str]:
        """All keys that begin with `prefix`, in no promised order."""
        ...

    def delete(self, key: str) -> None:
        """Forget `key`; forgetting an unknown key is no error."""
        ...

    def flush(self, key: str) -> None:
        """Return only when `key` would survive the death of the process.

        Raises:
            JournalUnwritable: it would not.
        """
        ...


class MemoryStore:
    """A `Store` that lives as long as the process: for tests and replays."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def save(self, key: str, text: str) -> None:
        """Keep `text` under `key`."""
        self.texts[key] = text

    def read(self, key: str) -> str | None:
        """The text kept under `key`, or None."""
        return self.texts.get(key)

    def keys(self, prefix: str) -> Iterable[str]:
        """All keys that begin with `prefix`."""
        return [key for key in self.texts if key.startswith(prefix)]

    def delete(self, key: str) -> None:
        """Forget `key`."""
        self.texts.pop(key, None)

    def flush(self, key: str) -> None:
        """Nothing is pending."""


class FileStore:
    """A `Store` in `folder`; a key is a path below it.

    `save` writes a temporary file and renames it, so a reader never sees half a text; `flush` makes the file and the
    names that lead to it durable. LEAN keeps its object store in the same shape, so this also reads one of those.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folders: set[str] = set()
        self._durable_folders: set[str] = set()

    def save(self, key: str, text: str) -> None:
        """Keep `text` under `key`.

        Raises:
            JournalUnwritable: the folder cannot be written.
        """
        path = f"{self.folder}/{key}"  # plain texts: a path object costs more than the writing
        unfinished = path + _UNFINISHED
        try:
            if (above := path.rpartition("/")[0]) not in self._folders:
                os.makedirs(above, exist_ok=True)
                self._folders.add(above)
            with open(unfinished, "wb") as file:
                file.write(text.encode())
            os.replace(unfinished, path)
        except OSError as error:
            raise JournalUnwritable(f"{path} cannot be written: {error}") from error

    def read(self, key: str) -> str | None:
        """The text under `key`; None when there is none. Damaged text is returned with replacement characters."""
        try:
            with open(f"{self.folder}/{key}", encoding="utf-8", errors="replace") as file:
                return file.read()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def keys(self, prefix: str) -> Iterable[str]:
        """All keys that begin with `prefix`."""
        below = self.folder / prefix.rpartition("/")[0]
        found = (path for path in below.rglob("*") if path.is_file() and not path.name.endswith(_UNFINISHED))
        names = (path.relative_to(self.folder).as_posix() for path in found)
        return [name for name in names if name.startswith(prefix)]

    def delete(self, key: str) -> None:
        """Remove the file of `key`."""
        (self.folder / key).unlink(missing_ok=True)

    def flush(self, key: str) -> None:
        """Make `key` survive a power cut: its content, then every name on the way to it.

        Raises:
            JournalUnwritable: the file is missing or the disk refuses.
        """
        path = f"{self.folder}/{key}"
        try:
            _synchronise(path, os.O_RDWR, _synchronise_data)
            above, _, _ = key.rpartition("/")
            _synchronise(f"{self.folder}/{above}", os.O_RDONLY, os.fsync)
            while above and above not in self._durable_folders:  # the names on the way do not change any more
                self._durable_folders.add(above)
                above, _, _ = above.rpartition("/")
                _synchronise(f"{self.folder}/{above}", os.O_RDONLY, os.fsync)
        except OSError as error:
            raise JournalUnwritable(f"{path} cannot be made durable: {error}") from error


_synchronise_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
"""The content and its length; not every system has this cheaper one."""


def _synchronise(path: str, flags: int, synchronise: Callable[[int], None]) -> None:
    descriptor = os.open(path, flags)
    try:
        synchronise(descriptor)
    finally:
        os.close(descriptor)

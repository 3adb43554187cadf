"""The journal's store on LEAN's object store.

`save` puts a text into LEAN's memory; it reaches the disk up to five seconds later. `get_file_path` is the one call
that writes it out at once, so it is the flush barrier.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from AlgorithmImports import ObjectStore

from tomking.errors import JournalUnwritable


class LeanStore:
    """A `Store` over an algorithm's object store, which is shared by the whole organization: keys carry a prefix.

    LEAN writes a key's file anew whenever its text changes, so texts do not grow once they are durable.
    """

    grows: Final = False

    def __init__(self, object_store: ObjectStore) -> None:
        self._store = object_store

    def save(self, key: str, text: str) -> None:
        """Keep `text`; durable only after `flush`."""
        if not self._store.save(key, text):
            raise JournalUnwritable(f"LEAN's object store refused {key}: its quota or its permissions do not allow it")

    def append(self, key: str, text: str) -> None:
        """Save what is kept under `key` and `text` behind it; not for a key that was flushed."""
        self.save(key, f"{self.read(key) or ''}{text}")

    def read(self, key: str) -> str | None:
        """The text under `key`, or None."""
        return str(self._store.read(key)) if self._store.contains_key(key) else None

    def keys(self, prefix: str) -> Iterable[str]:
        """The keys that begin with `prefix`."""
        return [str(key) for key in self._store.keys if str(key).startswith(prefix)]

    def delete(self, key: str) -> None:
        """Forget `key`."""
        if self._store.contains_key(key):
            self._store.delete(key)

    def flush(self, key: str) -> None:
        """Write `key` to the disk now."""
        if not self._store.contains_key(key):
            raise JournalUnwritable(f"{key} was never saved")
        self._store.get_file_path(key)

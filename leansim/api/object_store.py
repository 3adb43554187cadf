"""The object store: a folder of files an algorithm keeps between runs, with LEAN's grammar of keys and its late writes.

``save`` changes memory only. Files follow up to five seconds of real time later (:data:`FLUSH_SECONDS`), at
``get_file_path`` and at the end of the run; a process that dies before that loses what was not yet written, as in LEAN.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from leansim.api.naming import ClrObject
from leansim.api.net import ArgumentException, ArgumentNullException, ByteArray, KeyNotFoundException, KeyValuePair

FLUSH_SECONDS = 5.0
MAX_BYTES = 10 * 1024**3
MAX_FILES = 10_000

_KEY = re.compile(r"^\.?[a-zA-Z0-9\\/_#\-\$= ]+\.?[a-zA-Z0-9]*$")
_MAX_SEPARATORS = 100


class ObjectStore(ClrObject):
    """The store as the algorithm sees it, over the directory ``root`` (made when absent).

    ``clock`` tells seconds for the late writes; ``on_error`` is told the text when a save is refused for its size.
    """

    def __init__(
        self, root: Path, clock: Callable[[], float] = time.monotonic, on_error: Callable[[str], None] | None = None
    ) -> None:
        self._root = root
        self._clock = clock
        self._on_error = on_error
        self._entries: dict[str, bytes | None] = {}
        self._dirty: dict[str, None] = {}
        self._sizes: dict[str, int] | None = None
        self._bytes_kept = 0
        self._due: float | None = None
        root.mkdir(parents=True, exist_ok=True)

    # ---- reading

    @property
    def max_size(self) -> int:
        """Bytes the store may hold."""
        return MAX_BYTES

    @property
    def max_files(self) -> int:
        """Files the store may hold."""
        return MAX_FILES

    @property
    def keys(self) -> list[str]:
        """Every key in memory or on disk."""
        self._list_disk()
        return list(self._entries)

    def contains_key(self, path: str) -> bool:
        """Whether the key is in memory or on disk."""
        key = self._normal(path)
        if key in self._entries:
            return True
        if self._file(key).is_file():
            self._entries[key] = None
            return True
        return False

    def read_bytes(self, path: str) -> ByteArray | None:
        """The content of a key. Raises ``KeyNotFoundException`` when there is none."""
        data = self._read(path)
        return None if data is None else ByteArray(data)

    def read(self, path: str, encoding: Any = None) -> str | None:
        """The content of a key as text. Raises ``KeyNotFoundException`` when there is none."""
        _utf8_only(encoding)
        data = self._read(path)
        return None if data is None else data.decode("utf-8", "replace")

    def read_string(self, path: str, encoding: Any = None) -> str | None:
        """The same as :meth:`read`."""
        return self.read(path, encoding)

    def __iter__(self) -> Iterator[KeyValuePair[str, ByteArray]]:
        for key in self.keys:
            if self._entries[key] is None:
                self._entries[key] = self._from_disk(key)
            data = self._entries[key]
            if data is not None:
                yield KeyValuePair(key, ByteArray(data))

    # ---- writing

    def save(self, path: str, text: str | None = None, encoding: Any = None) -> bool:
        """Keep a text under a key; without a text, take what is in the key's file. False when the store is full."""
        if text is None:
            file = Path(self.get_file_path(path))
            if not file.is_file():
                raise ArgumentException(f"There is no file associated with path {path} in '{file}'")
            return self.save_bytes(path, file.read_bytes())
        if not isinstance(text, str):
            raise _no_match("save", path, text)
        _utf8_only(encoding)
        return self.save_bytes(path, text.encode())

    def save_string(self, path: str, text: str, encoding: Any = None) -> bool:
        """The same as :meth:`save` with a text."""
        if not isinstance(text, str):
            raise _no_match("save_string", path, text)
        return self.save(path, text, encoding)

    def save_bytes(self, path: str, contents: Any) -> bool:
        """Keep bytes under a key. Raises ``ArgumentException`` when the key is not in LEAN's grammar."""
        if isinstance(contents, str):
            raise _no_match("save_bytes", path, contents)
        data = None if contents is None else bytes(contents)
        if path is None:
            raise ArgumentNullException("Value cannot be null. (Parameter 'path')")
        if not _KEY.match(path) or path.count("/") > _MAX_SEPARATORS or path.count("\\") > _MAX_SEPARATORS:
            raise ArgumentException(f"LocalObjectStore: path is not supported: '{path}'")
        key = self._normal(path)
        if not self._fits(key, data):
            return False
        self._entries[key] = data
        self._keep_size(key, len(data or b""))
        if data is None:
            return False
        self._dirty[key] = None
        if self._due is None:
            self._due = self._clock() + FLUSH_SECONDS
        return True

    def save_json(self, path: str, obj: Any = None, *_: Any) -> bool:
        """Does not bind from Python in LEAN: a ``TypeError`` in every case."""
        raise _no_match("save_json", path, obj)

    def save_xml(self, path: str, obj: Any = None, *_: Any) -> bool:
        """Does not bind from Python in LEAN: a ``TypeError`` in every case."""
        raise _no_match("save_xml", path, obj)

    def delete(self, path: str) -> bool:
        """Forget a key and delete its file; whether there was anything."""
        key = self._normal(path)
        found = key in self._entries
        self._entries.pop(key, None)
        self._dirty.pop(key, None)
        self._keep_size(key, None)
        file = self._file(key)
        if file.is_file():
            file.unlink()
            return True
        return found

    def clear(self) -> None:
        """Write what is pending and forget what is in memory; the files stay."""
        self._flush()
        self._entries.clear()
        self._sizes = None

    def get_file_path(self, path: str) -> str:
        """The file of a key, everything pending written; a missing key becomes known, but gets no file."""
        if self.contains_key(path):
            self._flush()
        else:
            self.save_bytes(path, None)
        file = self._file(self._normal(path))
        file.parent.mkdir(parents=True, exist_ok=True)
        return str(file)

    # ---- for the loop

    def _flush_if_due(self) -> None:
        """Write what has waited for :data:`FLUSH_SECONDS`; called once a time step."""
        if self._due is not None and self._clock() >= self._due:
            self._flush()

    def _flush(self) -> None:
        """Write everything pending to disk now. Not atomic, as in LEAN: a killed process may leave a torn file."""
        for key in list(self._dirty):
            data = self._entries.get(key)
            if data is not None:
                file = self._file(key)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        self._dirty.clear()
        self._due = None

    # ---- inside

    @staticmethod
    def _normal(path: str) -> str:
        if path is None:
            raise ArgumentNullException("Value cannot be null. (Parameter 'path')")
        return path.lstrip(".").lstrip("/\\").replace("\\", "/")

    def _file(self, key: str) -> Path:
        return self._root / key

    def _read(self, path: str) -> bytes | None:
        if not self.contains_key(path):
            raise KeyNotFoundException(
                f"Object with path '{path}' was not found in the current project. "
                "Please use ObjectStore.ContainsKey(key) to check if an object exists before attempting to read."
            )
        key = self._normal(path)
        if self._entries[key] is None:
            self._entries[key] = self._from_disk(key)
        return self._entries[key]

    def _from_disk(self, key: str) -> bytes | None:
        file = self._file(key)
        return file.read_bytes() if file.is_file() else None

    def _list_disk(self) -> None:
        for file in sorted(self._root.rglob("*")):
            if file.is_file():
                self._entries.setdefault(file.relative_to(self._root).as_posix(), None)

    def _fits(self, key: str, data: bytes | None) -> bool:
        sizes = self._known_sizes()
        if len(sizes) + (key not in sizes) > MAX_FILES:
            return self._refuse(f"You have reached the ObjectStore limit for files it can save: {MAX_FILES}.")
        if self._bytes_kept - sizes.get(key, 0) + len(data or b"") > MAX_BYTES:
            return self._refuse(f"You have reached the ObjectStore storage capacity limit: {MAX_BYTES} bytes.")
        return True

    def _known_sizes(self) -> dict[str, int]:
        """Bytes by key. The disk is walked once; what others change on it is seen after `clear`, as in LEAN."""
        if self._sizes is None:
            self._list_disk()
            kept = {key: data for key, data in self._entries.items() if data is not None}
            files = (key for key in self._entries if key not in kept and self._file(key).is_file())
            self._sizes = {key: len(data) for key, data in kept.items()}
            self._sizes.update((key, self._file(key).stat().st_size) for key in files)
            self._bytes_kept = sum(self._sizes.values())
        return self._sizes

    def _keep_size(self, key: str, size: int | None) -> None:
        if self._sizes is not None:
            self._bytes_kept += (size or 0) - self._sizes.pop(key, 0)
            if size is not None:
                self._sizes[key] = size

    def _refuse(self, text: str) -> bool:
        if self._on_error is not None:
            self._on_error(text + " Unable to save the new file.")
        return False


def _utf8_only(encoding: Any) -> None:
    if encoding is not None:
        raise _no_match("read", "", encoding)


def _no_match(method: str, *arguments: Any) -> TypeError:
    types = ", ".join(str(type(argument)) for argument in arguments)
    return TypeError(f"No method matches given arguments for {method}: ({types})")

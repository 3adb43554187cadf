"""Where journal records are kept: texts by key, of which nothing durable is ever written again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol
from weakref import finalize

from tomking.errors import JournalUnwritable

_UNFINISHED = ".writing"

_END = b"\n\n"
"""At the end of a file that is longer than its text."""

_ROOM = b"\n" * 2**17
"""Empty lines put behind a text at once: records of a busy day."""


class Store(Protocol):
    """A key-value store of texts. Keys use letters, digits, ``/``, ``_`` and ``-`` only: LEAN refuses others."""

    def save(self, key: str, text: str) -> None:
        """Keep `text` under `key`; readable at once, durable only after `flush`.

        Raises:
            JournalUnwritable: the store refused (quota, permission).
        """
        ...

    @property
    def grows(self) -> bool:
        """A text may grow after a flush: `append` does not touch what is durable of it."""
        ...

    def append(self, key: str, text: str) -> None:
        """Add `text` to what is kept under `key`; readable at once, durable only after `flush`.

        Raises:
            JournalUnwritable: the store refused, or somebody else changed the text since it was last read or written
                here.
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

    grows: Final = False

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def save(self, key: str, text: str) -> None:
        """Keep `text` under `key`."""
        self.texts[key] = text

    def append(self, key: str, text: str) -> None:
        """Add `text` to the text under `key`."""
        self.texts[key] += text

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

    `save` writes a temporary file and renames it, so a reader never sees half a text, and what takes the place of
    another is on the disk before it does; `append` writes behind the end, and a reader may see half of that. `flush`
    makes the content durable, and the names that lead to it where they are new. LEAN keeps its object store in the same
    shape, so this also reads one of those.

    The file that grew last stays open: opening it is dearer than writing a record. That another one has taken its place
    is told by `flush`, so that nothing is believed durable that nobody can read. A text that grows has empty lines
    behind it, which `read` leaves out, and grows into them: a file of another length than before costs the disk twice
    what its content does. So such a text must not end with a line end of its own.
    """

    grows: Final = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = str(folder)  # plain texts: a path object costs more than the writing
        self._folders: set[str] = set()
        self._durable_names: set[str] = set()
        self._sizes: dict[str, tuple[int, int]] = {}  # of the text, and of the room behind it
        self._growing = ""
        self._descriptor = -1
        self._place: str | bool = ""
        self._close: Callable[[], object] = lambda: None

    def save(self, key: str, text: str) -> None:
        """Keep `text` under `key`.

        Raises:
            JournalUnwritable: the folder cannot be written.
        """
        path = f"{self._root}/{key}"
        unfinished = path + _UNFINISHED
        data = text.encode()
        try:
            if (above := path.rpartition("/")[0]) not in self._folders:
                os.makedirs(above, exist_ok=True)
                self._folders.add(above)
            with open(unfinished, "wb") as file:
                file.write(data)
                if os.path.exists(path):
                    file.flush()
                    _synchronise_data(file.fileno())
            os.replace(unfinished, path)
        except OSError as error:
            raise JournalUnwritable(f"{path} cannot be written: {error}") from error
        self._durable_names.discard(key)
        self._sizes[key] = len(data), 0
        self._let_go(key)

    def append(self, key: str, text: str) -> None:
        """Write `text` behind what is under `key`, over the empty lines there.

        Raises:
            JournalUnwritable: the file cannot be written, or it is not as this process left it.
        """
        data = text.encode()
        begin, room = self._sizes.get(key, (0, 0))
        size = len(data)
        behind, left = (_END, room - size) if room else (b"", 0)
        if left < len(_END):
            data, left = data + _ROOM, len(_ROOM)
        try:
            descriptor = self._opened_for_growth(key)
            is_as_left = os.pread(descriptor, len(_END), begin) == behind
            if not is_as_left or (not room and os.fstat(descriptor).st_size != begin):
                raise JournalUnwritable(f"{self._root}/{key} is not as it was left: another process writes it")
            written = os.pwrite(descriptor, data, begin)
        except OSError as error:
            raise JournalUnwritable(f"{self._root}/{key} cannot be written: {error}") from error
        if written != len(data):
            raise JournalUnwritable(f"{self._root}/{key} took {written} of {len(data)} bytes: the disk is full")
        self._sizes[key] = begin + size, left

    def read(self, key: str) -> str | None:
        """The text under `key`; None when there is none. Damaged text is returned with replacement characters."""
        try:
            with open(f"{self._root}/{key}", "rb") as file:
                data = file.read()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None
        length = len(data)
        if data.endswith(_END):
            data = data.rstrip(b"\n")
        self._sizes[key] = len(data), length - len(data)
        return data.decode(errors="replace")

    def keys(self, prefix: str) -> Iterable[str]:
        """All keys that begin with `prefix`."""
        below = self.folder / prefix.rpartition("/")[0]
        found = (path for path in below.rglob("*") if path.is_file() and not path.name.endswith(_UNFINISHED))
        names = (path.relative_to(self.folder).as_posix() for path in found)
        return [name for name in names if name.startswith(prefix)]

    def delete(self, key: str) -> None:
        """Remove the file of `key`."""
        self._let_go(key)
        (self.folder / key).unlink(missing_ok=True)

    def flush(self, key: str) -> None:
        """Make `key` survive a power cut: its content, then every name on the way to it that is new.

        Raises:
            JournalUnwritable: the file is missing, another one has taken its place, or the disk refuses.
        """
        path = f"{self._root}/{key}"
        try:
            descriptor = self._opened_for_growth(key)
            _synchronise_data(descriptor)
            if _place_of(descriptor) != self._place:
                raise JournalUnwritable(f"{path} is another file than before: another process writes it")
            name = key
            while name and name not in self._durable_names:
                above, _, _ = name.rpartition("/")
                with _opened(f"{self._root}/{above}", os.O_RDONLY) as descriptor:
                    os.fsync(descriptor)
                self._durable_names.add(name)
                name = above
        except OSError as error:
            raise JournalUnwritable(f"{path} cannot be made durable: {error}") from error

    def _opened_for_growth(self, key: str) -> int:
        """The descriptor of the file of `key`, which is now the one that is open."""
        if self._growing != key:
            self._let_go(self._growing)
            path = f"{self._root}/{key}"
            descriptor = os.open(path, os.O_RDWR)
            close = finalize(self, os.close, descriptor)
            place = _place_of(descriptor)
            if not os.fstat(descriptor).st_nlink:  # gone before its place was asked for, which then would never change
                close()
                raise JournalUnwritable(f"{path} is another file than before: another process writes it")
            self._growing, self._descriptor, self._place, self._close = key, descriptor, place, close
        return self._descriptor

    def _let_go(self, key: str) -> None:
        """The file of `key` need not stay open."""
        if self._growing == key:
            self._growing = ""
            self._close()


_synchronise_data: Callable[[int], None] = getattr(os, "fdatasync", os.fsync)
"""The content and its length; not every system has this cheaper one."""

_OPEN_FILES = "/proc/self/fd"


def _place_by_name(descriptor: int) -> str:
    """The path that leads to an open file now.

    Unlike `fstat` this does not ask for the file's times. Once they were asked for, a new kernel keeps the very instant
    of the next write, and a sync has to bring that to the disk too (Linux 6.18, ext4: 0.18 ms instead of 0.12).
    """
    return os.readlink(f"{_OPEN_FILES}/{descriptor}")


def _has_a_name(descriptor: int) -> bool:
    """Any path leads to an open file: all that can be known where the system does not tell which."""
    return os.fstat(descriptor).st_nlink > 0


_place_of: Callable[[int], str | bool] = _place_by_name if os.path.isdir(_OPEN_FILES) else _has_a_name
"""Another answer than when the file was opened: what is written to it is not where it is read."""


@contextmanager
def _opened(path: str, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)

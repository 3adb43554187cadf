"""How often Python looks for cycles of objects nobody holds any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase, BufferedRandom, BufferedWriter, TextIOWrapper
from itertools import compress
from typing import Any, Final
from zipfile import ZipFile

_COLLECTIONS: Final = (500_000, 20, 50)
"""The youngest are looked through when there are half a million more. At a hundred thousand a year of 200 option
contracts a day was looked through twice, one of all strategies four times and a quarter of history frames once: half a
second at most for a thousand cycles at most, and the memory at the peak was the same."""
_BUFFERED: Final = frozenset((BufferedWriter, BufferedRandom))
# files written in Python, which compress, and archives have an end that is written when they are closed
_ENDING: Final = frozenset((BufferedIOBase, ZipFile))


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles seldom, and never among what is there already: a run makes many objects and few cycles."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


@contextmanager
def until_the_process_ends() -> Iterator[None]:
    """For a process that has one thing to do and ends: look for cycles seldom from the first import on, and leave
    what is held at the end to the system, which takes all of it at once.

    Python would go through everything three times and take it apart object by object. What lies unwritten in open
    files is written, as it would be then, and files that have an end of their own are closed.
    """
    gc.set_threshold(*_COLLECTIONS)
    try:
        yield
    finally:
        _write_open_files()
        gc.freeze()


def _write_open_files() -> None:
    held = gc.get_objects()
    ending = {kind for kind in set(map(type, held)) if not _ENDING.isdisjoint(kind.__mro__)}
    wanted = ending | _BUFFERED | {TextIOWrapper}
    files: list[Any] = list(compress(held, map(wanted.__contains__, map(type, held))))
    # texts may be written through a file that compresses, an entry into an archive, and these into other files
    files.sort(key=_depth)
    for file in files:
        with suppress(OSError, ValueError):  # a full disk, which Python would not tell either; closed already
            if type(file) in ending:
                file.close()
            else:
                file.flush()


def _depth(file: object) -> int:
    """How many of these kinds may be written through this one."""
    if type(file) is TextIOWrapper:
        return 0
    if type(file) in _BUFFERED:
        return 3
    return 2 if isinstance(file, ZipFile) else 1

"""How often Python looks for cycles of objects nobody holds any more."""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import compress
from typing import Final

_COLLECTIONS: Final = (500_000, 20, 50)
"""The youngest are looked through when there are half a million more. At a hundred thousand a year of 200 option
contracts a day was looked through twice, one of all strategies four times and a quarter of history frames once: half a
second at most for a thousand cycles at most, and the memory at the peak was the same."""
_BUFFERED: Final = frozenset((io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom))


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
    files is written, as it would be then.
    """
    gc.set_threshold(*_COLLECTIONS)
    try:
        yield
    finally:
        _write_open_files()
        gc.freeze()


def _write_open_files() -> None:
    held = gc.get_objects()
    for file in compress(held, map(_BUFFERED.__contains__, map(type, held))):
        with suppress(OSError, ValueError):  # a full disk, which Python would not tell either; closed already
            file.flush()

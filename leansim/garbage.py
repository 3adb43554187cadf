"""How often Python looks for cycles of objects nobody holds any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_COLLECTIONS: Final = (100_000, 20, 50)


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

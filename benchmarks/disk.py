"""The floor under everything that must be durable: this disk's own write and fdatasync."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "create, write, fdatasync"


def written(folder: Path, count: int, size: int) -> None:
    """Create `count` files of `size` bytes, each durable before the next."""
    data = b"x" * size
    for number in range(count):
        handle = os.open(folder / f"floor{number}", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.write(handle, data)
        os.fdatasync(handle)
        os.close(handle)

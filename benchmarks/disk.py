"""The floor under everything that must be durable: this disk's own write and fdatasync, and nothing besides."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "write, fdatasync"


def written(folder: Path, count: int, size: int) -> None:
    """Add `size` bytes to one file, `count` times, each durable before the next: the file grows, as a log does."""
    data = b"x" * size
    handle = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_APPEND)
    for _ in range(count):
        os.write(handle, data)
        os.fdatasync(handle)
    os.close(handle)

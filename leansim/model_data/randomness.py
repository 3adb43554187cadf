"""Random numbers that depend on what is made, never on when or in which order."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np


def generator(seed: int, purpose: str, day: date) -> np.random.Generator:
    """A generator for one purpose (such as the index path) on one day."""
    digest = hashlib.sha256(f"{seed}|{purpose}|{day.isoformat()}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))

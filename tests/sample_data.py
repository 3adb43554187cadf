"""Where LEAN's sample data and the recordings of the real engine are, for the tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("TOMKING_SHARED", ROOT.parent / "shared"))
LEAN_DATA = SHARED / "lean-data"
GOLDENS = SHARED / "lean-goldens"
TASTYTRADE_SAMPLES = SHARED / "tastytrade_samples"
MISSING = f"LEAN's sample data are not in {SHARED.name}/ beside the repository (or where TOMKING_SHARED says)"
NO_SAMPLES = f"Tastytrade's payloads are not in {SHARED.name}/ beside the repository (or where TOMKING_SHARED says)"

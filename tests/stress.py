"""How much longer than in `make test` the seeded suites run: the number in TOMKING_STRESS (`make stress` says 20)."""

from __future__ import annotations

import os

STRESS = int(os.environ.get("TOMKING_STRESS", "1"))

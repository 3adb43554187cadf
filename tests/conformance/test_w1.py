"""A week of 200 contracts a day, cold and from the cache: the same order events as the real engine's, leg by leg."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_data import GOLDENS, LEAN_DATA, MISSING

from benchmarks import w1

pytestmark = pytest.mark.skipif(not (GOLDENS / "w1").is_dir() or not LEAN_DATA.is_dir(), reason=MISSING)

DAYS = 5


def test_a_week_trades_as_in_lean_from_zips_and_from_the_cache(tmp_path: Path) -> None:
    data = w1.written(tmp_path, DAYS)
    # `run` raises when a trade or an order event is another than LEAN recorded
    w1.run(tmp_path, data, "chain", DAYS)
    copies = list((data / ".leansim-cache").rglob("*.packed"))
    assert len(copies) == 2 * DAYS, "quotes of the contracts and trades of the index"
    made = {copy: copy.stat().st_mtime_ns for copy in copies}
    w1.run(tmp_path, data, "touch", DAYS)
    assert {copy: copy.stat().st_mtime_ns for copy in copies} == made
